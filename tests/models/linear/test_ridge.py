"""Ridge regression: scikit-learn's values through every solver, and the laws of the penalty."""

import numpy as np
import pytest

from ml_from_scratch.core.exceptions import ConvergenceWarning
from ml_from_scratch.models import LinearRegression, Ridge


def data(n=60, d=5, k=None, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) * rng.uniform(0.5, 2, d) + rng.normal(size=d)
    y = X @ rng.normal(size=(d,) if k is None else (d, k)) + 3.0
    return X, y + 0.1 * rng.normal(size=y.shape)


def test_by_hand():
    """Centred: the sum of x y is 2, of x squared 2; so the coefficient is 2 / (2 + alpha)."""
    X, y = [[-1.0], [0.0], [1.0]], [4.0, 5.0, 6.0]
    for alpha in (0.0, 1.0, 6.0):
        model = Ridge(alpha=alpha).fit(X, y)
        assert model.coef_[0] == pytest.approx(2 / (2 + alpha))
        assert model.intercept_ == pytest.approx(5.0)


@pytest.mark.parametrize("solver", ["auto", "normal", "svd", "gradient_descent"])
@pytest.mark.parametrize("alpha", [1e-3, 1.0, 1e4])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("shape", [(60, 5), (8, 12)])
def test_equals_scikit_learn(solver, alpha, fit_intercept, weighted, shape):
    linear_model = pytest.importorskip("sklearn.linear_model")
    X, y = data(*shape)
    w = np.random.default_rng(1).random(len(X)) if weighted else None
    options = {"alpha": alpha, "fit_intercept": fit_intercept}
    theirs = linear_model.Ridge(solver="svd", **options).fit(X, y, w)
    ours = Ridge(solver=solver, tol=1e-10, max_iter=200_000, **options).fit(X, y, w)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-7)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-7)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), atol=1e-7)


@pytest.mark.parametrize("shape", [(60, 5), (8, 12)])
@pytest.mark.parametrize("alpha", [0.5, [0.0, 1.0, 1e3], [2.0, 2.0, 0.1]])
@pytest.mark.parametrize("solver", ["auto", "svd", "gradient_descent"])
def test_several_outputs_each_with_its_penalty(shape, alpha, solver):
    linear_model = pytest.importorskip("sklearn.linear_model")
    X, y = data(*shape, k=3)
    ours = Ridge(alpha=alpha, solver=solver, tol=1e-11, max_iter=100_000).fit(X, y)
    theirs = linear_model.Ridge(alpha=np.array(alpha), solver="svd").fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-7)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-7)


def test_a_column_of_y_is_flattened_like_scikit_learn():
    X, y = data(k=1)
    model = Ridge().fit(X, y)
    assert model.coef_.shape == (5,) and model.predict(X).shape == (60,)


def test_no_penalty_is_least_squares():
    X, y = data()
    np.testing.assert_allclose(Ridge(alpha=0).fit(X, y).coef_, LinearRegression().fit(X, y).coef_)
    X, y = data(5, 9)
    np.testing.assert_allclose(
        Ridge(alpha=0).fit(X, y).coef_, LinearRegression().fit(X, y).coef_, atol=1e-10
    )


def test_coefficients_shrink_as_the_penalty_grows():
    X, y = data()
    norms = [np.linalg.norm(Ridge(alpha=a).fit(X, y).coef_) for a in (0, 1, 10, 100, 1e4, 1e8)]
    assert norms == sorted(norms, reverse=True) and norms[-1] < 1e-4


def test_twice_the_data_want_twice_the_penalty():
    X, y = data()
    once, twice = Ridge(alpha=3.0).fit(X, y), Ridge(alpha=6.0).fit(np.r_[X, X], np.r_[y, y])
    np.testing.assert_allclose(once.coef_, twice.coef_, rtol=1e-10)
    weighted = Ridge(alpha=6.0).fit(X, y, sample_weight=2.0)
    np.testing.assert_allclose(once.coef_, weighted.coef_, rtol=1e-10)


def test_dual_and_primal_are_the_same():
    """Where n = d both forms are of one size; one more sample of no weight chooses the other."""
    X, y = data(12, 13)
    more_X, more_y = np.r_[X, np.ones((2, 13))], np.r_[y, 1.0, 1.0]
    weights = np.r_[np.ones(12), 0.0, 0.0]
    dual = Ridge(alpha=0.5).fit(X, y)
    primal = Ridge(alpha=0.5).fit(more_X, more_y, weights)
    np.testing.assert_allclose(dual.coef_, primal.coef_, rtol=1e-9)


@pytest.mark.parametrize("alpha", [1e-12, 1e-6, 1.0])
def test_dependent_columns_share_the_effect(alpha):
    X, y = data(d=2)
    model = Ridge(alpha=alpha).fit(np.column_stack([X, X[:, 0]]), y)
    assert model.coef_[0] == pytest.approx(model.coef_[2], rel=1e-6)
    both = model.coef_[0] + model.coef_[2]
    assert both == pytest.approx(
        LinearRegression().fit(X, y).coef_[0], rel=1e-2 if alpha == 1 else 1e-5
    )


@pytest.mark.parametrize("constant", [0.1, 1e8])
@pytest.mark.parametrize("shape", [(60, 3), (6, 9)])
@pytest.mark.parametrize("alpha", [0.0, 1.0])
@pytest.mark.parametrize("solver", ["auto", "svd"])
def test_constant_column(constant, shape, alpha, solver):
    X, y = data(*shape)
    more = np.column_stack([np.full(len(X), constant), X])
    ours, without = (Ridge(alpha=alpha, solver=solver).fit(x, y) for x in (more, X))
    assert ours.coef_[0] == 0.0
    np.testing.assert_allclose(ours.coef_[1:], without.coef_, atol=1e-12)


def test_float32_and_read_only():
    X, y = data()
    X, y = X.astype(np.float32), y.astype(np.float32)
    X.setflags(write=False)
    for shape in (slice(None), slice(0, 4)):
        model = Ridge().fit(X[shape], y[shape])
        assert model.coef_.dtype == model.predict(X).dtype == np.float32
        np.testing.assert_allclose(
            model.coef_,
            Ridge().fit(X[shape].astype(float), y[shape].astype(float)).coef_,
            atol=1e-4,
        )


def test_overrides_select_gradient_descent():
    X, y = data()
    model = Ridge(alpha=0.1).fit(X, y, lr=0.01, epochs=5)
    assert model.n_iter_ == 5 and model.solver == "auto"
    A, b, w = X - X.mean(axis=0), y - y.mean(), np.zeros(5)
    for _ in range(5):
        w = w - 0.01 * (A.T @ (2 * (A @ w - b)) + 2 * 0.1 * w) / len(b)
    np.testing.assert_allclose(model.coef_, w, rtol=1e-12)
    with pytest.warns(
        ConvergenceWarning, match="Ridge .gradient_descent. stopped after max_iter=3"
    ):
        Ridge(solver="gradient_descent", max_iter=3).fit(X, y)


@pytest.mark.parametrize(
    ("alpha", "error", "message"),
    [
        (-1.0, ValueError, "alpha must be a number of at least 0; got -1.0"),
        ([1.0, 2.0], ValueError, "alpha must be a number of at least 0, or 3 of them"),
        ([1.0, -2.0, 0.0], ValueError, "one per output"),
        ("a", ValueError, "alpha must be numeric"),
        (float("nan"), ValueError, "alpha must be"),
    ],
)
def test_bad_penalties(alpha, error, message):
    with pytest.raises(error, match=message):
        Ridge(alpha=alpha).fit(*data(k=3))


def test_bad_solver():
    with pytest.raises(ValueError, match="solver must be one of 'auto'.*got 'sag'"):
        Ridge(solver="sag").fit(*data())
