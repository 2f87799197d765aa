"""QuantileRegressor: certificates of the minimum, the meaning of a quantile, and ties."""

import warnings

import numpy as np
import pytest

from ml_from_scratch.core.exceptions import ConvergenceWarning
from ml_from_scratch.models import QuantileRegressor
from ml_from_scratch.models.linear.pinball_simplex import REFRESH, PinballSimplex


def data(n=60, d=4, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) + 1.0
    return X, X @ rng.normal(size=d) + rng.standard_t(3, size=n)


def assert_optimal(model, X, y, s=None):
    """Multipliers prove it: one per sample, within the slopes, that balance each column."""
    n = len(y)
    s = np.ones(n) if s is None else s
    A = np.column_stack([np.ones(n), X]) if model.fit_intercept else X
    r = y - model.predict(X)
    touched = np.abs(r) <= 1e-9 * max(1.0, np.abs(y).max())
    pull = s * np.where(r > 0, model.quantile, model.quantile - 1.0)
    limit = s.sum() * model.alpha
    theta = np.r_[model.intercept_, model.coef_] if model.fit_intercept else model.coef_
    bound = np.full(len(theta), limit)
    bound[: len(theta) - X.shape[1]] = 0.0
    # Samples on the plane, and coefficients that are 0, may pull with anything between the slopes.
    slack_rows, slack_columns = A[touched].T, np.eye(len(theta))[:, theta == 0.0]
    fixed = pull[~touched] @ A[~touched] - bound * np.sign(theta)
    unknown = np.hstack([slack_rows, -slack_columns])
    low = np.r_[(model.quantile - 1.0) * s[touched], -bound[theta == 0.0]]
    high = np.r_[model.quantile * s[touched], bound[theta == 0.0]]
    optimize = pytest.importorskip("scipy.optimize")
    found = optimize.lsq_linear(unknown, -fixed, (low - 1e-12, high + 1e-12), tol=1e-14)
    assert np.abs(unknown @ found.x + fixed).max() <= 1e-6 * n


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("alpha", [0.0, 0.05])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("kind", ["plain", "weighted", "ties", "dependent"])
def test_minimum(quantile, alpha, fit_intercept, kind):
    X, y = data()
    s = None
    if kind == "weighted":
        s = np.random.default_rng(1).integers(0, 3, len(y)).astype(float)
    if kind == "ties":
        X, y = np.round(X), np.round(y)
    if kind == "dependent":
        X = np.column_stack([X, np.ones(len(X)), 2 * X[:, 0]])
    options = {"quantile": quantile, "alpha": alpha, "fit_intercept": fit_intercept}
    model = QuantileRegressor(**options).fit(X, y, s)
    assert_optimal(model, X, y, s)


def test_the_median_by_hand():
    X = np.zeros((5, 1))
    assert QuantileRegressor().fit(X, [5.0, 1.0, 2.0, 9.0, 3.0]).intercept_ == 3.0
    assert QuantileRegressor(quantile=0.1).fit(X, [5.0, 1.0, 2.0, 9.0, 3.0]).intercept_ == 1.0
    weighted = QuantileRegressor().fit(X, [5.0, 1.0, 2.0, 9.0, 3.0], [9, 1, 1, 1, 1])
    assert weighted.intercept_ == 5.0


@pytest.mark.parametrize("quantile", [0.05, 0.3, 0.5, 0.77])
def test_the_share_of_samples_below(quantile):
    X, y = data(400)
    model = QuantileRegressor(quantile=quantile, alpha=0.0).fit(X, y)
    r = y - model.predict(X)
    on = np.abs(r) < 1e-10
    assert on.sum() == 5  # as many as there are parameters
    assert (r[~on] < 0).sum() <= quantile * 400 <= (r[~on] < 0).sum() + on.sum()


def test_the_penalty_sets_coefficients_to_zero():
    X, y = data()
    counts = [
        np.count_nonzero(QuantileRegressor(alpha=a).fit(X, y).coef_) for a in (0, 0.1, 0.3, 10)
    ]
    assert counts[0] == 4 and counts[-1] == 0 and counts == sorted(counts, reverse=True)
    assert QuantileRegressor(alpha=10).fit(X, y).intercept_ in np.sort(y)[29:31]


def test_an_outlier_may_be_anywhere():
    X, y = data()
    above = y - QuantileRegressor(alpha=0.0).fit(X, y).predict(X) > 0.1
    moved = y + np.where(above, 1e9 * np.random.default_rng(0).random(60), 0.0)
    first, second = (QuantileRegressor(alpha=0.0).fit(X, t) for t in (y, moved))
    np.testing.assert_allclose(first.coef_, second.coef_, rtol=1e-6)


@pytest.mark.parametrize("scale", [1e-150, 1e-6, 1e150])
def test_units_do_not_matter(scale):
    X, y = data()
    plain = QuantileRegressor(alpha=0.0).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        in_X = QuantileRegressor(alpha=0.0).fit(X * scale, y)
        in_y = QuantileRegressor(alpha=0.0).fit(X, y * scale)
        penalised = QuantileRegressor(alpha=1.0).fit(X * scale, y)
    np.testing.assert_allclose(in_X.coef_ * scale, plain.coef_, rtol=1e-9)
    np.testing.assert_allclose(in_y.coef_ / scale, plain.coef_, rtol=1e-9)
    assert np.isfinite(penalised.predict(X)).all()


def test_many_pivots_and_wide_data():
    X, y = data(300, 40)
    model = QuantileRegressor(alpha=0.0, quantile=0.3).fit(X, y)
    assert model.n_iter_ > REFRESH  # the inverse was computed anew
    assert_optimal(model, X, y)
    X, y = data(10, 25)
    wide = QuantileRegressor(alpha=0.0).fit(X, y)
    np.testing.assert_allclose(wide.predict(X), y, atol=1e-9)
    assert np.count_nonzero(wide.coef_) <= 10


def test_all_samples_in_one_place():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = QuantileRegressor(alpha=0.0).fit(np.ones((50, 3)), np.zeros(50))
        assert not model.predict(np.ones((2, 3))).any()
        assert QuantileRegressor().fit([[2.0]], [3.0]).intercept_ == 3.0
        zeros = QuantileRegressor(alpha=0.0).fit(np.zeros((4, 2)), [1.0, 1.0, 2.0, 2.0])
        assert 1.0 <= zeros.intercept_ <= 2.0 and not zeros.coef_.any()


def test_dtype_solver_names_and_limits():
    X, y = data()
    model = QuantileRegressor().fit(X.astype(np.float32), y.astype(np.float32))
    assert model.coef_.dtype == model.intercept_.dtype == np.float32
    for solver in ("simplex", "highs-ds", "interior-point"):
        QuantileRegressor(solver=solver).fit(X, y)
    with pytest.warns(ConvergenceWarning, match="QuantileRegressor stopped after max_iter=2"):
        assert QuantileRegressor(alpha=0.0, max_iter=2).fit(X, y).n_iter_ == 2
    for options, message in [
        ({"quantile": 1.0}, "quantile must be a number above 0 and below 1"),
        ({"alpha": -1.0}, "alpha must be a number of at least 0"),
        ({"solver": "oracle"}, "solver must be one of"),
        ({"max_iter": 0}, "max_iter must be an integer"),
    ]:
        with pytest.raises(ValueError, match=message):
            QuantileRegressor(**options).fit(X, y)


def test_a_simplex_that_stands_on_its_minimum_stays():
    A = np.array([[1.0], [1.0], [1.0]])
    simplex = PinballSimplex(A, np.array([1.0, 2.0, 9.0]), np.ones(3), np.ones(3), basis=[1])
    assert simplex.minimize(max_pivots=0) and simplex.n_pivots == 0
    moved = PinballSimplex(A, np.array([1.0, 2.0, 9.0]), np.ones(3), np.ones(3), basis=[2])
    assert not moved.minimize(max_pivots=0)
    assert moved.minimize(max_pivots=5) and moved.solution().tolist() == [2.0]
