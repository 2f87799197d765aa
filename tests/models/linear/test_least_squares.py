"""The normal equations are formed in two ways, which are the same wherever both may be used."""

import numpy as np
import pytest

from ml_from_scratch.models import LinearRegression
from ml_from_scratch.models.linear.least_squares import FIRST, Problem


def exact_gram(X, y, w):
    w = np.ones(len(X)) if w is None else w
    A = X.astype(np.longdouble) - np.average(X.astype(np.longdouble), axis=0, weights=w)
    b = y - np.average(y, weights=w)
    return (A.T @ (w[:, None] * A)).astype(float), (A.T @ (w * b)).astype(float)


@pytest.mark.parametrize("shift", [0.0, 2.0, 1e5])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", ["C", "F", "float32", "strided"])
def test_gram(shift, weighted, kind):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3 * FIRST, 4)) + shift
    y = X @ [1.0, -1.0, 0.0, 2.0] + rng.normal(size=len(X))
    w = rng.random(len(X)) if weighted else None
    given = {
        "C": X,
        "F": np.asfortranarray(X),
        "float32": X.astype(np.float32),
        "strided": np.repeat(X, 2, axis=1)[:, ::2],
    }[kind]
    problem = Problem(given, y[:, None], w)
    assert problem._seems_near_zero() == (shift < 3)
    G, C = exact_gram(given, y, w)
    size = np.sqrt(np.outer(G.diagonal(), G.diagonal()))
    found = problem.gram()
    assert np.abs((found[0] - G) / size).max() < 1e-9
    np.testing.assert_allclose(found[1][:, 0], C, rtol=1e-9, atol=1e-9 * np.abs(C).max())


def test_first_rows_may_mislead(monkeypatch):
    """Around zero at first and far away afterwards: the rows are centred one by one after all."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40 * FIRST, 2))
    X[FIRST:] += 1e7
    y = X @ [1.0, -2.0]
    ways, products = [], Problem._products
    monkeypatch.setattr(
        Problem, "_products", lambda self, centred: ways.append(centred) or products(self, centred)
    )
    G, _ = exact_gram(X, y, None)
    np.testing.assert_allclose(Problem(X, y[:, None]).gram()[0], G, rtol=1e-10)
    assert ways == [False, True]
    np.testing.assert_allclose(LinearRegression().fit(X, y).coef_, [1.0, -2.0], rtol=1e-7)


def test_nothing_is_written_to_x():
    X = np.random.default_rng(0).normal(size=(2 * FIRST, 3))
    X.setflags(write=False)
    LinearRegression().fit(X, X[:, 0], np.ones(len(X)))
