"""HuberRegressor: the gradient, what outliers may do, units, and data that lie on a plane."""

import warnings

import numpy as np
import pytest

from ml_from_scratch.core.exceptions import ConvergenceWarning
from ml_from_scratch.models import HuberRegressor, LinearRegression, QuantileRegressor
from ml_from_scratch.models.linear.huber_regression import _Objective


def data(n=60, d=4, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) + 2.0
    return X, X @ rng.normal(size=d) + 1.0 + rng.standard_t(2, size=n)


def objective(coef, intercept, scale, X, y, model, s):
    z = np.abs(y - X @ coef - intercept) / scale
    e = model.epsilon
    terms = 1.0 + np.where(z <= e, z**2, 2 * e * z - e**2)
    return scale * (s @ terms) + model.alpha * (coef @ coef)


@pytest.mark.parametrize("alpha", [0.0, 1e-4, 5.0])
@pytest.mark.parametrize("epsilon", [1.1, 1.35, 5.0])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_no_step_in_any_direction_is_lower(alpha, epsilon, fit_intercept, weighted):
    X, y = data()
    s = np.random.default_rng(1).integers(0, 3, len(y)).astype(float) if weighted else np.ones(60)
    model = HuberRegressor(alpha=alpha, epsilon=epsilon, fit_intercept=fit_intercept, tol=1e-10)
    model.fit(X, y, s if weighted else None)
    here = objective(model.coef_, model.intercept_, model.scale_, X, y, model, s)
    rng = np.random.default_rng(2)
    for size in (1e-3, 0.1):
        for _ in range(30):
            w, b, t = rng.normal(size=4), rng.normal() * fit_intercept, np.exp(size * rng.normal())
            moved = (model.coef_ + size * w, model.intercept_ + size * b, model.scale_ * t)
            assert objective(*moved, X, y, model, s) >= here - 1e-10
    errors = np.abs(y - model.predict(X))
    np.testing.assert_array_equal(model.outliers_, errors > epsilon * model.scale_)


def test_derivatives_against_differences():
    X, y = data()
    objective = _Objective(X, y, np.random.default_rng(0).random(60), HuberRegressor(alpha=0.3))
    theta = np.r_[np.random.default_rng(1).normal(size=5), 1.3]
    _, z = objective.value(theta)
    g, H, h = objective.gradient(theta, z), objective.hessian(theta, z), 1e-6
    for j, e in enumerate(np.eye(6) * h):
        (above, z_above), (below, z_below) = objective.value(theta + e), objective.value(theta - e)
        assert g[j] == pytest.approx((above - below) / (2 * h), rel=1e-6, abs=1e-8)
        slope = objective.gradient(theta + e, z_above) - objective.gradient(theta - e, z_below)
        np.testing.assert_allclose(H[j], slope / (2 * h), rtol=1e-5, atol=1e-7)


def test_without_outliers_it_is_least_squares():
    X, y = data()
    model = HuberRegressor(alpha=0.0, epsilon=1e6, tol=1e-10).fit(X, y)
    least_squares = LinearRegression().fit(X, y)
    np.testing.assert_allclose(model.coef_, least_squares.coef_, rtol=1e-6)
    errors = y - least_squares.predict(X)
    assert model.scale_ == pytest.approx(np.sqrt(np.mean(errors**2))) and not model.outliers_.any()


@pytest.mark.parametrize("distance", [1e2, 1e6, 1e12])
def test_how_far_an_outlier_is_does_not_matter(distance):
    X, y = data()
    near, far = y.copy(), y.copy()
    near[:3], far[:3] = 50.0, distance
    expected, model = HuberRegressor(tol=1e-9).fit(X, near), HuberRegressor(tol=1e-9).fit(X, far)
    np.testing.assert_allclose(model.coef_, expected.coef_, atol=1e-4)
    assert model.scale_ == pytest.approx(expected.scale_, rel=1e-4) and model.outliers_[:3].all()


@pytest.mark.parametrize("scale", [1e-150, 1e-3, 1e150])
def test_units_do_not_matter(scale):
    X, y = data()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plain = HuberRegressor(alpha=0.0, tol=1e-9).fit(X, y)
        in_y = HuberRegressor(alpha=0.0, tol=1e-9).fit(X, y * scale)
        in_X = HuberRegressor(alpha=0.0, tol=1e-9).fit(X * scale + scale, y)
        penalised = HuberRegressor().fit(X * scale, y)  # with a small or an immense penalty
        HuberRegressor(alpha=1e30).fit(X * 1e-150, y)
    np.testing.assert_allclose(in_y.coef_ / scale, plain.coef_, rtol=1e-6)
    np.testing.assert_allclose(in_y.scale_ / scale, plain.scale_, rtol=1e-6)
    np.testing.assert_allclose(in_X.coef_ * scale, plain.coef_, rtol=1e-6)
    assert np.isfinite(penalised.predict(X * scale)).all()


def test_most_samples_on_a_plane():
    X, _ = data()
    y = X @ [1.0, 2.0, 3.0, 4.0] - 5.0
    exact = HuberRegressor().fit(X, y)
    np.testing.assert_allclose(exact.coef_, [1, 2, 3, 4], rtol=1e-6)
    assert 0 < exact.scale_ < 1e-6
    y[:15] += np.random.default_rng(0).normal(size=15)
    most = HuberRegressor().fit(X, y)
    np.testing.assert_allclose(most.coef_, [1, 2, 3, 4], rtol=1e-4)
    assert most.outliers_[:15].all()


def test_at_one_it_is_absolute_error():
    X, y = data()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = HuberRegressor(epsilon=1.0, alpha=0.0, tol=1e-8).fit(X, y)
    best = QuantileRegressor(alpha=0.0).fit(X, y)
    error, least = (np.abs(y - m.predict(X)).mean() for m in (model, best))
    assert least <= error <= least * (1 + 1e-3)


def test_hard_data():
    X, y = data()
    more = np.column_stack([X, np.full(60, 7.0), X[:, 0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = HuberRegressor(tol=1e-8).fit(more, y)
        assert abs(model.coef_[4]) < 1e-9 and model.coef_[0] == pytest.approx(model.coef_[5])
        wide = HuberRegressor().fit(X[:3], y[:3])
        np.testing.assert_allclose(wide.predict(X[:3]), y[:3], atol=1e-5)
        assert HuberRegressor().fit(X, np.full(60, 2.0)).predict(X)[0] == pytest.approx(2.0)
        assert HuberRegressor().fit(X[:1], [3.0]).predict(X[:1])[0] == pytest.approx(3.0)
        small = HuberRegressor().fit(X.astype(np.float32), y.astype(np.float32))
    assert small.coef_.dtype == small.predict(X.astype(np.float32)).dtype == np.float32


def test_warm_start_weights_and_warnings():
    X, y = data()
    model = HuberRegressor(warm_start=True, tol=1e-8).fit(X, y)
    coef, first = model.coef_, model.n_iter_
    assert model.fit(X, y).n_iter_ == 1 < first
    np.testing.assert_allclose(model.coef_, coef, rtol=1e-6)
    s = np.r_[np.zeros(20), np.full(40, 3.0)]
    gone = HuberRegressor(alpha=3.0).fit(X, y, s)
    np.testing.assert_allclose(gone.coef_, HuberRegressor(alpha=1.0).fit(X[20:], y[20:]).coef_)
    assert gone.outliers_.shape == (60,)
    with pytest.warns(ConvergenceWarning, match="HuberRegressor stopped after max_iter=1"):
        HuberRegressor(max_iter=1, tol=1e-12).fit(X, y)
    for name in ("epsilon", "alpha", "tol"):
        with pytest.raises(ValueError, match=f"{name} must be a number"):
            HuberRegressor(**{name: -1.0}).fit(X, y)
