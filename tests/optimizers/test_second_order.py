"""Minimisers reach minima: quadratics in as many steps as the theory says, Rosenbrock, SciPy's answers."""

import numpy as np
import pytest

from ml_from_scratch.optimizers.second_order import (
    _lbfgs_direction,
    minimize_cg,
    minimize_lbfgs,
    minimize_newton,
    solve_cg,
)


def rosenbrock(x):
    a, b = x[1:] - x[:-1] ** 2, 1.0 - x[:-1]
    g = np.zeros_like(x)
    g[:-1] += -400.0 * x[:-1] * a - 2.0 * b
    g[1:] += 200.0 * a
    return float((100.0 * a**2 + b**2).sum()), g


def rosenbrock_hessian(x):
    n = len(x)
    H = np.zeros((n, n))
    i = np.arange(n - 1)
    H[i, i] += 1200.0 * x[:-1] ** 2 - 400.0 * x[1:] + 2.0
    H[i + 1, i + 1] += 200.0
    H[i, i + 1] = H[i + 1, i] = -400.0 * x[:-1]
    return (*rosenbrock(x), H)


def quadratic(n, condition, seed=0):
    rng = np.random.default_rng(seed)
    q, _ = np.linalg.qr(rng.normal(size=(n, n)))
    A = q * np.geomspace(1.0, condition, n) @ q.T
    return (A + A.T) / 2, rng.normal(size=n)


MINIMISERS = {
    "newton": lambda f, x, **k: minimize_newton(
        rosenbrock_hessian if f is rosenbrock else f, x, **k
    ),
    "lbfgs": minimize_lbfgs,
    "cg-pr": minimize_cg,
    "cg-fr": lambda f, x, **k: minimize_cg(f, x, beta="fletcher-reeves", **k),
}


@pytest.mark.parametrize("n", [2, 10])
@pytest.mark.parametrize("name", MINIMISERS)
def test_rosenbrock(name, n):
    start = np.full(n, -1.2)
    start[1::2] = 1.0
    kept = start.copy()
    result = MINIMISERS[name](rosenbrock, start, tol=1e-8, max_iter=5000)
    assert result.converged and result.message == "converged", result
    assert np.abs(result.gradient).max() <= 1e-8
    if n == 2:  # with more dimensions there is a second, local minimum
        np.testing.assert_allclose(result.x, 1.0, atol=1e-6)
    np.testing.assert_array_equal(start, kept)


def test_newton_solves_a_quadratic_in_one_step():
    A, b = quadratic(8, 1e6)
    result = minimize_newton(
        lambda x: (0.5 * x @ A @ x - b @ x, A @ x - b, A), np.zeros(8), tol=1e-7
    )
    assert result.n_iter == 1
    np.testing.assert_allclose(A @ result.x, b, atol=1e-7)


def test_newton_leaves_a_saddle_and_an_indefinite_hessian():
    def double_well(x):
        value = float(((x**2 - 1.0) ** 2).sum())
        return value, 4.0 * x * (x**2 - 1.0), np.diag(12.0 * x**2 - 4.0)

    result = minimize_newton(double_well, np.array([0.1, -0.3, 0.5]))
    np.testing.assert_allclose(np.abs(result.x), 1.0, atol=1e-7)


@pytest.mark.parametrize("n", [1, 2, 5, 20])
def test_linear_cg_ends_in_n_steps(n):
    A, b = quadratic(n, 10.0)
    result = solve_cg(A, b, tol=1e-9)
    assert result.converged and result.n_iter <= n
    np.testing.assert_allclose(result.x, np.linalg.solve(A, b), rtol=1e-7)
    assert result.value == pytest.approx(0.5 * result.x @ A @ result.x - b @ result.x)


def test_linear_cg_needs_as_many_steps_as_there_are_distinct_eigenvalues():
    q, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(30, 30)))
    A = q * np.repeat([1.0, 5.0, 100.0], 10) @ q.T
    b, x0 = np.random.default_rng(1).normal(size=(2, 30))
    result = solve_cg(lambda x: A @ x, b, x0, tol=1e-8)
    assert result.n_iter == 3 and result.converged


def test_linear_cg_edge_cases():
    assert solve_cg(np.eye(3), np.zeros(3)).n_iter == 0
    assert solve_cg(np.eye(3, dtype=np.float32), np.ones(3, np.float32)).x.dtype == np.float32
    with pytest.raises(ValueError, match="positive definite"):
        solve_cg(np.diag([1.0, -1.0]), np.ones(2))
    with pytest.raises(ValueError, match="b must be finite"):
        solve_cg(np.eye(2), np.array([1.0, np.nan]))
    stopped = solve_cg(*quadratic(20, 1e4), max_iter=2)
    assert not stopped.converged and "residual" in stopped.message


@pytest.mark.parametrize("name", ["lbfgs", "cg-pr", "cg-fr"])
def test_nonlinear_methods_on_a_quadratic(name):
    A, b = quadratic(10, 100.0)
    result = MINIMISERS[name](
        lambda x: (0.5 * x @ A @ x - b @ x, A @ x - b), np.zeros(10), tol=1e-9
    )
    assert result.converged
    np.testing.assert_allclose(result.x, np.linalg.solve(A, b), rtol=1e-7, atol=1e-9)


def test_fletcher_reeves_is_linear_cg_when_steps_are_exact():
    """On a parabola along the ray the cubic's minimiser is exact, so n = 2 needs few iterations."""
    A = np.array([[4.0, 1.0], [1.0, 3.0]])
    b = np.array([1.0, 2.0])
    result = minimize_cg(
        lambda x: (0.5 * x @ A @ x - b @ x, A @ x - b),
        np.zeros(2),
        beta="fletcher-reeves",
        tol=1e-10,
    )
    np.testing.assert_allclose(result.x, [1 / 11, 7 / 11], atol=1e-10)


@pytest.mark.parametrize("name", ["lbfgs", "cg-pr"])
def test_equals_scipys_minimum(name):
    optimize = pytest.importorskip("scipy.optimize")
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(60, 6)), rng.integers(0, 2, 60) * 2.0 - 1.0

    def logistic(w):
        margin = y * (X @ w)
        sigma = 1.0 / (1.0 + np.exp(margin))
        return float(np.logaddexp(0.0, -margin).sum() + 0.5 * w @ w), w - X.T @ (y * sigma)

    ours = MINIMISERS[name](logistic, np.zeros(6), tol=1e-9)
    theirs = optimize.minimize(
        logistic, np.zeros(6), jac=True, method="BFGS", options={"gtol": 1e-9}
    )
    np.testing.assert_allclose(ours.x, theirs.x, atol=1e-8)


@pytest.mark.parametrize("name", MINIMISERS)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_start_that_is_not_finite_is_refused(name, bad):
    n = 3

    def broken(x):
        parts = (bad, np.full(n, bad), np.eye(n))
        return parts if name == "newton" else parts[:2]

    with pytest.raises(ValueError, match="must be finite where the search starts.*3 elements"):
        MINIMISERS[name](broken, np.zeros(n))


def test_a_wrong_gradient_is_reported():
    result = minimize_lbfgs(lambda x: (float(x @ x), -2 * x), np.ones(2))
    assert not result.converged and "is the gradient that of the value" in result.message


@pytest.mark.parametrize("name", ["lbfgs", "cg-pr"])
def test_too_few_iterations_are_reported(name):
    result = MINIMISERS[name](rosenbrock, np.array([-1.2, 1.0]), max_iter=3)
    assert not result.converged and result.n_iter == 3
    assert "stopped after 3 iterations" in result.message and "tol" in result.message


def test_start_at_the_minimum():
    for name in MINIMISERS:
        result = MINIMISERS[name](rosenbrock, np.ones(2))
        assert result.converged and result.n_iter == 0


def test_walls_of_infinity_are_walked_around():
    """-log is infinite beyond its domain: trials there are refused without a warning."""

    def barrier(x):
        slack = 1.0 - x
        return float(-np.log(slack).sum() - 5.0 * x.sum()), 1.0 / slack - 5.0

    np.testing.assert_allclose(minimize_lbfgs(barrier, np.zeros(3), tol=1e-9).x, 0.8, atol=1e-9)


def test_precision_is_that_of_the_gradient_not_of_the_value():
    """A large constant hides the last digits of the value, not of the gradient."""
    A, b = quadratic(5, 10.0)
    result = minimize_lbfgs(
        lambda x: (1e8 + 0.5 * x @ A @ x - b @ x, A @ x - b), np.zeros(5), tol=1e-9
    )
    assert result.converged
    np.testing.assert_allclose(result.x, np.linalg.solve(A, b), atol=1e-8)


def test_shape_and_name_errors():
    with pytest.raises(ValueError, match="flat vector; got shape"):
        minimize_lbfgs(rosenbrock, np.zeros((2, 2)))
    with pytest.raises(ValueError, match="beta must be 'polak-ribiere'"):
        minimize_cg(rosenbrock, np.zeros(2), beta="dai-yuan")


def test_the_two_loops_are_the_bfgs_formula():
    """H <- (I - rho s y^T) H (I - rho y s^T) + rho s s^T, from H = (s^T y / y^T y) I (N&W 6.17, 7.20)."""
    rng = np.random.default_rng(0)
    A, _ = quadratic(6, 20.0)
    steps = [(s, A @ s, 1.0 / (s @ A @ s)) for s in rng.normal(size=(4, 6))]
    s, y, rho = steps[-1]
    H = np.eye(6) / (rho * (y @ y))
    for s, y, rho in steps:
        V = np.eye(6) - rho * np.outer(y, s)
        H = V.T @ H @ V + rho * np.outer(s, s)
    g = rng.normal(size=6)
    np.testing.assert_allclose(_lbfgs_direction(g, steps), -H @ g, rtol=1e-12)
