"""Minimising between bounds."""

import math

import numpy as np
import pytest

from ml_from_scratch.optimizers.box import minimize_in_box

rng = np.random.default_rng(0)
FREE = np.full(2, np.inf)


def rosenbrock(x):
    a, b = x
    value = (1 - a) ** 2 + 100 * (b - a * a) ** 2
    return float(value), np.array([-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)])


def quadratic(A, c):
    return lambda x: (float(0.5 * (x - c) @ A @ (x - c)), A @ (x - c))


def test_without_bounds():
    result = minimize_in_box(rosenbrock, np.array([-1.2, 1.0]), -FREE, FREE, tol=1e-9, value_tol=0)
    np.testing.assert_allclose(result.x, 1.0, atol=1e-7)
    assert result.converged


def test_a_minimum_on_the_bound():
    upper = np.array([0.5, 2.0])  # along a = 0.5 the best is b = 0.25
    result = minimize_in_box(rosenbrock, np.array([-1.2, 1.0]), -FREE, upper, tol=1e-9, value_tol=0)
    np.testing.assert_allclose(result.x, [0.5, 0.25], atol=1e-8)


@pytest.mark.parametrize("seed", range(10))
def test_the_optimality_conditions_hold(seed):
    rng = np.random.default_rng(seed)
    B = rng.normal(size=(8, 8))
    f = quadratic(B @ B.T + 0.01 * np.eye(8), 2.0 * rng.normal(size=8))
    lower, upper = -rng.random(8), rng.random(8)
    result = minimize_in_box(f, np.zeros(8), lower, upper, tol=1e-9, value_tol=0.0)
    x, g = result.x, f(result.x)[1]
    assert result.converged and (lower <= x).all() and (x <= upper).all()
    assert (np.abs(g[(lower < x) & (x < upper)]) < 1e-8).all()
    assert (g[x == lower] >= 0).all() and (g[x == upper] <= 0).all()
    assert ((x == lower) | (x == upper)).any()


def test_a_start_outside_is_brought_in():
    f = quadratic(np.eye(2), np.array([0.3, 0.4]))
    result = minimize_in_box(f, np.array([9.0, -9.0]), np.zeros(2), np.ones(2))
    np.testing.assert_allclose(result.x, [0.3, 0.4], atol=1e-5)


def test_where_the_function_is_not_defined_is_too_high():
    def f(x):
        if x[0] <= 0:
            return math.inf, np.zeros(1)
        return float(x[0] - math.log(x[0])), 1.0 - 1.0 / x

    result = minimize_in_box(f, np.array([30.0]), np.array([-50.0]), np.array([50.0]), tol=1e-8)
    np.testing.assert_allclose(result.x, 1.0, atol=1e-4)
    with pytest.raises(ValueError, match="must be finite where the search starts"):
        minimize_in_box(f, np.array([-1.0]), np.array([-50.0]), np.array([50.0]))


def test_what_is_told():
    short = minimize_in_box(rosenbrock, np.array([-1.2, 1.0]), -FREE, FREE, max_iter=3)
    assert not short.converged and "3 iterations" in short.message and short.n_iter == 3
    corner = minimize_in_box(quadratic(np.eye(2), np.full(2, 5.0)), np.ones(2), -FREE, np.ones(2))
    assert corner.converged and corner.n_iter == 0
    wrong = minimize_in_box(lambda x: (float(x @ x), -2 * x), np.ones(2), -FREE, FREE)
    assert not wrong.converged and "no step" in wrong.message
