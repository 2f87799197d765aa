"""Least squares: scikit-learn's values, hard matrices, and one minimum whatever the solver."""

import warnings

import numpy as np
import pytest

from ml_from_scratch.core.exceptions import ConvergenceWarning
from ml_from_scratch.models import LinearRegression
from ml_from_scratch.models.linear.least_squares import Problem, solve


def data(n=60, d=5, k=None, seed=0, dtype=float):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) * rng.uniform(0.5, 2, d) + rng.normal(size=d)
    W = rng.normal(size=(d,) if k is None else (d, k))
    y = X @ W + 3.0 + 0.1 * rng.normal(size=(n,) if k is None else (n, k))
    return X.astype(dtype), y.astype(dtype)


def stationary(model, X, y, weights=None, tol=1e-9):
    """At a minimum the (weighted) errors are orthogonal to every column, and to the constant."""
    weights = np.ones(len(X)) if weights is None else weights
    error = ((y - model.predict(X)).T * weights).T
    scale = np.abs(X).max(axis=0) * (np.abs(y).max() + 1e-300) * len(X)
    assert (tol * scale >= np.abs(X.T @ error).T).all()
    if model.fit_intercept:
        assert np.abs(error.sum(axis=0)).max() <= tol * len(X) * np.abs(y).max()


# ---- worked example and laws ---------------------------------------------------------------------
def test_by_hand():
    model = LinearRegression().fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 8.0])
    assert model.coef_.tolist() == pytest.approx([3.5])
    assert model.intercept_ == pytest.approx(0.5)
    assert model.predict([[4.0]]).tolist() == pytest.approx([14.5])
    assert LinearRegression(fit_intercept=False).fit([[1.0], [2.0]], [2.0, 4.0]).intercept_ == 0.0


@pytest.mark.parametrize("solver", ["normal", "svd"])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("k", [None, 1, 3])
def test_equals_scikit_learn(solver, fit_intercept, weighted, k):
    linear_model = pytest.importorskip("sklearn.linear_model")
    X, y = data(k=k)
    w = np.random.default_rng(1).random(len(X)) if weighted else None
    ours = LinearRegression(solver=solver, fit_intercept=fit_intercept).fit(X, y, w)
    theirs = linear_model.LinearRegression(fit_intercept=fit_intercept).fit(X, y, w)
    assert ours.coef_.shape == theirs.coef_.shape
    assert np.shape(ours.intercept_) == np.shape(theirs.intercept_)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-10)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-10)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), atol=1e-10)
    np.testing.assert_allclose(ours.score(X, y), theirs.score(X, y))
    assert ours.rank_ == theirs.rank_
    np.testing.assert_allclose(ours.singular_, theirs.singular_, rtol=1e-8)


@pytest.mark.parametrize("shape", [(5, 20), (20, 20), (3, 1), (1, 1), (1, 4)])
@pytest.mark.parametrize("solver", ["normal", "svd"])
def test_few_samples_give_the_solution_of_least_norm(shape, solver):
    linear_model = pytest.importorskip("sklearn.linear_model")
    X, y = data(*shape)
    ours, theirs = LinearRegression(solver=solver).fit(X, y), linear_model.LinearRegression().fit(
        X, y
    )
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-8)
    np.testing.assert_allclose(
        ours.predict(X), y if shape[0] <= shape[1] else theirs.predict(X), atol=1e-8
    )


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_dependent_columns_give_the_solution_of_least_norm(fit_intercept):
    X, y = data(d=3)
    X = np.column_stack([X, X[:, 0] + X[:, 1], 2 * X[:, 2]])
    ours = LinearRegression(fit_intercept=fit_intercept).fit(X, y)
    A, b = (X - X.mean(axis=0), y - y.mean()) if fit_intercept else (X, y)
    assert ours.rank_ == 3
    np.testing.assert_allclose(ours.coef_, np.linalg.pinv(A) @ b, atol=1e-9)


@pytest.mark.parametrize("constant", [0.0, 1.0, 0.1, -1e8, 1e-300])
@pytest.mark.parametrize("solver", ["normal", "svd", "gradient_descent"])
def test_constant_columns_get_no_weight(constant, solver):
    X, y = data(d=3)
    wide = np.column_stack([X[:, :1], np.full(len(X), constant), X[:, 1:]])
    ours = LinearRegression(solver=solver, tol=1e-12).fit(wide, y)
    without = LinearRegression().fit(X, y)
    assert ours.coef_[1] == pytest.approx(0.0, abs=1e-9)
    np.testing.assert_allclose(ours.predict(wide), without.predict(X), atol=1e-7)
    assert solver == "gradient_descent" or ours.rank_ == 3


def test_column_that_is_constant_where_the_weights_are():
    X, y = data(d=3)
    X[:, 1], w = 0.1, np.ones(len(X))
    X[0, 1], w[0] = 5.0, 0.0
    ours = LinearRegression().fit(X, y, w)
    assert ours.coef_[1] == 0.0


@pytest.mark.parametrize("scale", [1e-200, 1e-150, 1e-30, 1e-8, 1e8, 1e30, 1e150, 1e200])
def test_units_do_not_matter(scale):
    X, y = data()
    ours, plain = LinearRegression().fit(X * scale, y), LinearRegression().fit(X, y)
    np.testing.assert_allclose(ours.coef_ * scale, plain.coef_, rtol=1e-9)
    ours = LinearRegression().fit(X, y * scale)
    np.testing.assert_allclose(ours.coef_ / scale, plain.coef_, rtol=1e-9)


def test_columns_of_very_different_units():
    X, y = data()
    scales = np.array([1e-10, 1e-5, 1.0, 1e5, 1e10])
    ours, plain = LinearRegression().fit(X * scales, y), LinearRegression().fit(X, y)
    np.testing.assert_allclose(ours.coef_ * scales, plain.coef_, rtol=1e-8)


@pytest.mark.parametrize("offset", [1e3, 1e6, 1e9])
def test_columns_far_from_zero(offset):
    """Without centring first, squares of the offset would hide all that varies."""
    rng = np.random.default_rng(0)
    X = np.round(rng.normal(size=(200, 3)), 3) * 2.0**10
    y = X @ [1.0, 2.0, 3.0]
    ours = LinearRegression().fit(X + offset, y)
    np.testing.assert_allclose(ours.coef_, [1.0, 2.0, 3.0], rtol=1e-7)


@pytest.mark.parametrize("degree", [4, 8, 12])
def test_ill_conditioned_polynomials(degree):
    linalg = pytest.importorskip("scipy.linalg")
    x = np.linspace(0, 1, 100)
    X, y = x[:, None] ** np.arange(1, degree + 1), np.sin(5 * x)
    ours = LinearRegression().fit(X, y)
    coef, *_ = linalg.lstsq(X - X.mean(axis=0), y - y.mean())
    assert ours.rank_ == degree
    np.testing.assert_allclose(ours.coef_, coef, rtol=1e-5, atol=1e-8)


def test_correction_gains_digits():
    """The normal equations alone lose twice the digits of the condition number."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 6))
    X[:, 5] = X[:, 4] + 3e-5 * X[:, 5]
    truth = np.arange(6.0)
    problem = Problem(X, (X @ truth)[:, None], fit_intercept=False)
    G, C = problem.gram()
    uncorrected = np.abs(np.linalg.solve(G, C)[:, 0] - truth).max()
    corrected = np.abs(solve(problem, np.zeros(1)).coef[:, 0] - truth).max()
    assert corrected < 1e-9 < uncorrected


def test_longley():
    """Longley (1967), the classical ill-conditioned data; certified values by NIST."""
    table = np.array(
        [
            [83.0, 234289, 2356, 1590, 107608, 1947, 60323],
            [88.5, 259426, 2325, 1456, 108632, 1948, 61122],
            [88.2, 258054, 3682, 1616, 109773, 1949, 60171],
            [89.5, 284599, 3351, 1650, 110929, 1950, 61187],
            [96.2, 328975, 2099, 3099, 112075, 1951, 63221],
            [98.1, 346999, 1932, 3594, 113270, 1952, 63639],
            [99.0, 365385, 1870, 3547, 115094, 1953, 64989],
            [100.0, 363112, 3578, 3350, 116219, 1954, 63761],
            [101.2, 397469, 2904, 3048, 117388, 1955, 66019],
            [104.6, 419180, 2822, 2857, 118734, 1956, 67857],
            [108.4, 442769, 2936, 2798, 120445, 1957, 68169],
            [110.8, 444546, 4681, 2637, 121950, 1958, 66513],
            [112.6, 482704, 3813, 2552, 123366, 1959, 68655],
            [114.2, 502601, 3931, 2514, 125368, 1960, 69564],
            [115.7, 518173, 4806, 2572, 127852, 1961, 69331],
            [116.9, 554894, 4007, 2827, 130081, 1962, 70551],
        ]
    )
    model = LinearRegression().fit(table[:, :6], table[:, 6])
    certified = [15.0618722713733, -0.0358191792925910, -2.02022980381683]
    certified += [-1.03322686717359, -0.0511041056535807, 1829.15146461355]
    np.testing.assert_allclose(model.coef_, certified, rtol=1e-9)
    np.testing.assert_allclose(model.intercept_, -3482258.63459582, rtol=1e-9)


def test_weights_count_like_repetitions():
    X, y = data()
    w = np.random.default_rng(2).integers(0, 4, len(X))
    repeated = np.repeat(np.arange(len(X)), w)
    ours = LinearRegression().fit(X, y, sample_weight=w)
    again = LinearRegression().fit(X[repeated], y[repeated])
    np.testing.assert_allclose(ours.coef_, again.coef_, rtol=1e-10)
    stationary(ours, X, y, w)


# ---- dtypes and layouts --------------------------------------------------------------------------
@pytest.mark.parametrize("solver", ["normal", "svd", "gradient_descent"])
@pytest.mark.parametrize("k", [None, 2])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_float32_stays_float32(solver, k, fit_intercept):
    X, y = data(k=k, dtype=np.float32)
    model = LinearRegression(solver=solver, fit_intercept=fit_intercept, tol=1e-5).fit(X, y)
    assert model.coef_.dtype == np.float32 and model.predict(X).dtype == np.float32
    assert np.asarray(model.intercept_).dtype == (np.float32 if fit_intercept else np.float64)
    exact = LinearRegression(fit_intercept=fit_intercept).fit(X.astype(float), y.astype(float))
    np.testing.assert_allclose(model.coef_, exact.coef_, atol=1e-3)


def test_float32_dependent_columns():
    X, y = data(d=3, dtype=np.float32)
    X = np.column_stack([X, X[:, 0] + X[:, 1]])
    assert X.dtype == np.float32
    model = LinearRegression().fit(X, y)
    assert model.rank_ == 3 and np.abs(model.coef_).max() < 10


def test_layout_and_blocks_do_not_matter():
    X, y = data(n=70_000, d=3)
    plain = LinearRegression().fit(X, y)
    for other in (np.asfortranarray(X), np.repeat(X, 2, axis=1)[:, ::2], X[::-1][::-1]):
        np.testing.assert_allclose(LinearRegression().fit(other, y).coef_, plain.coef_, rtol=1e-12)
    X.setflags(write=False)
    y.setflags(write=False)
    stationary(LinearRegression().fit(X, y), X, y)


# ---- gradient descent ----------------------------------------------------------------------------
@pytest.mark.parametrize("k", [None, 3])
@pytest.mark.parametrize("weighted", [True, False])
def test_gradient_descent_finds_the_same_minimum(k, weighted):
    X, y = data(k=k)
    w = np.random.default_rng(1).random(len(X)) if weighted else None
    direct = LinearRegression().fit(X, y, w)
    steps = LinearRegression(solver="gradient_descent", tol=1e-8).fit(X, y, w)
    condition = (direct.singular_[0] / direct.singular_[-1]) ** 2
    np.testing.assert_allclose(
        steps.coef_, direct.coef_, atol=1e-8 * condition * np.abs(direct.coef_).max()
    )
    assert 1 < steps.n_iter_ < 10_000 and not hasattr(steps, "rank_")


def test_overrides_are_honoured_to_the_letter():
    X, y = data(n=20, d=2)
    model = LinearRegression(solver="svd")
    model.fit(X, y, lr=0.05, epochs=7)
    assert model.n_iter_ == 7 and model.solver == "svd" and model.eta0 is None
    A, b, w = X - X.mean(axis=0), y - y.mean(), np.zeros(2)
    for _ in range(7):
        w = w - 0.05 * A.T @ (2 * (A @ w - b) / len(b))
    np.testing.assert_allclose(model.coef_, w, rtol=1e-12)
    np.testing.assert_allclose(model.intercept_, y.mean() - X.mean(axis=0) @ w, rtol=1e-12)
    assert model.fit(X, y, lr=0.05).n_iter_ > 7
    assert model.fit(X, y, epochs=3).n_iter_ == 3
    model.fit(X, y)
    assert model.n_iter_ == 1
    stationary(model, X, y)


def test_nothing_of_an_earlier_fit_is_left():
    X, y = data()
    model = LinearRegression().fit(X, y)
    assert model.rank_ == 5 and not hasattr(model.fit(X, y, epochs=2), "rank_")


def test_epochs_run_without_a_warning_but_max_iter_warns():
    X, y = data()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LinearRegression().fit(X, y, lr=0.01, epochs=2)
    with pytest.warns(ConvergenceWarning, match="max_iter=2.*Raise max_iter") as record:
        LinearRegression(solver="gradient_descent", max_iter=2).fit(X, y)
    assert record[0].filename == __file__


@pytest.mark.parametrize("epochs", [3, 50, 100_000])
@pytest.mark.parametrize("lr", [10.0, 1e300, 1.7e308])
def test_divergence_is_an_error_with_advice(lr, epochs):
    X, y = data()
    with pytest.raises(ValueError, match="diverged .*Pass a smaller lr"):
        LinearRegression().fit(X * 1e3, y, lr=lr, epochs=epochs)


def test_gradient_descent_on_nothing_to_learn():
    model = LinearRegression(solver="gradient_descent").fit(np.ones((4, 2)), np.ones(4))
    assert model.coef_.tolist() == [0.0, 0.0] and model.intercept_ == 1.0 and model.n_iter_ == 1


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"solver": "magic"}, "solver must be one of 'normal', 'svd', 'gradient_descent'"),
        ({"eta0": -1.0}, "eta0 must be a number above 0"),
        ({"max_iter": 0}, "max_iter must be an integer of at least 1"),
        ({"tol": -1.0}, "tol must be"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        LinearRegression(**parameters).fit(*data())


def test_repeatable_bit_for_bit():
    X, y = data()
    a, b = LinearRegression().fit(X, y), LinearRegression().fit(X, y)
    assert a.coef_.tobytes() == b.coef_.tobytes()
