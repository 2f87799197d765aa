"""The solver of support vector machines: the laws of a minimum, and its cache."""

import numpy as np
import pytest

from ml_from_scratch.models.kernels import smo
from ml_from_scratch.models.kernels.functions import rbf_kernel
from ml_from_scratch.models.kernels.smo import SMALL_MATRIX, KernelRows, solve_pairs

rng = np.random.default_rng(0)
X = rng.normal(size=(80, 3))
Y = np.where(X[:, 0] + X[:, 1] ** 2 + 0.5 * rng.normal(size=80) > 0.5, 1.0, -1.0)[None]
K = rbf_kernel(X, X, gamma=0.4)


def rows_of(K, megabytes=200.0):
    return KernelRows(K.__getitem__, K.diagonal().copy(), megabytes)


def box(C, y=Y):
    return np.minimum(C * y, 0.0), np.maximum(C * y, 0.0)


def gap(K, p, beta, lower, upper):
    """How far from a minimum: max F of what may grow minus min F of what may shrink."""
    F = p - beta.sum(axis=0) @ K
    return F[beta < upper].max() - F[beta > lower].min()


def objective(K, p, beta):
    return 0.5 * beta.sum(axis=0) @ K @ beta.sum(axis=0) - (p * beta).sum()


@pytest.mark.parametrize("C", [0.1, 1.0, 100.0])
@pytest.mark.parametrize("tol", [1e-3, 1e-9])
def test_the_end_is_a_minimum(C, tol):
    lower, upper = box(C)
    s = solve_pairs(rows_of(K), Y, lower, upper, tol=tol)
    assert s.converged and abs(s.beta.sum()) < 1e-12 * C * s.n_iter
    assert (lower <= s.beta).all() and (s.beta <= upper).all()
    assert gap(K, Y, s.beta, lower, upper) < tol + 1e-12 * C
    free = (lower < s.beta) & (s.beta < upper)
    F = Y - s.beta @ K
    np.testing.assert_allclose(F[free], s.intercept, atol=tol)


def test_no_feasible_step_lowers_the_objective():
    lower, upper = box(1.0)
    s = solve_pairs(rows_of(K), Y, lower, upper, tol=1e-10)
    best = objective(K, Y, s.beta)
    for _ in range(50):
        other = np.clip(s.beta + 0.01 * rng.normal(size=s.beta.shape), lower, upper)
        other -= (other.sum() / (other != 0).sum()) * (other != 0)  # back onto the plane
        inside = np.clip(other, lower, upper)
        if np.allclose(inside, other):
            assert objective(K, Y, other) > best - 1e-12


def test_two_samples_by_hand():
    # k(1, 1) = 1, k(1, -1) = -1: the boundary is f(x) = x, so beta = 1/2 and -1/2, and b = 0
    K = np.array([[1.0, -1.0], [-1.0, 1.0]])
    y = np.array([[1.0, -1.0]])
    s = solve_pairs(rows_of(K), y, *box(10.0, y), tol=1e-12)
    np.testing.assert_allclose(s.beta, [[0.5, -0.5]], rtol=1e-15)
    assert s.intercept == 0.0 and s.n_iter == 1


def test_two_weights_per_sample():
    p = np.stack([Y[0] - 0.1, Y[0] + 0.1])
    nothing, C = np.zeros(80), np.full(80, 2.0)
    lower, upper = np.stack([nothing, -C]), np.stack([C, nothing])
    s = solve_pairs(rows_of(K), p, lower, upper, tol=1e-9)
    assert gap(K, p, s.beta, lower, upper) < 1e-8
    assert (s.beta[0] * s.beta[1] == 0).all()  # no sample is lifted and lowered at once


def test_a_constant_in_p_is_the_intercept():
    lower, upper = box(1.0)
    s = solve_pairs(rows_of(K), Y, lower, upper, tol=1e-9)
    far = solve_pairs(rows_of(K), Y + 1e6, lower, upper, tol=1e-9)
    np.testing.assert_allclose(far.beta, s.beta, atol=1e-7)
    assert abs(far.intercept - 1e6 - s.intercept) < 1e-7


def test_all_at_their_bounds():
    y = np.array([[1.0, 1.0, -1.0, -1.0]])
    s = solve_pairs(rows_of(np.eye(4)), y, *box(0.1, y), tol=1e-9)
    np.testing.assert_allclose(s.beta, 0.1 * y)
    assert abs(s.intercept) < 1e-12


def test_max_iter_and_a_gap_that_rounding_keeps_open():
    lower, upper = box(100.0)
    s = solve_pairs(rows_of(K), Y, lower, upper, tol=1e-9, max_iter=5)
    assert s.n_iter == 5 and not s.converged and s.gap > 1e-9
    s = solve_pairs(rows_of(K), Y, lower, upper, tol=1e-300)
    assert s.converged and s.gap < 1e-9 and s.n_iter < 500_000


def test_a_kernel_that_is_none():
    """With negative curvature a step goes as far as the box lets it."""
    y = np.array([[1.0, -1.0]])
    s = solve_pairs(rows_of(-np.eye(2)), y, *box(3.0, y), tol=1e-6)
    assert s.beta.tolist() == [[3.0, -3.0]]


# ---- rows ----------------------------------------------------------------------------------------
class Counted:
    def __init__(self, K):
        self.K, self.computed = K, 0

    def __call__(self, rows):
        self.computed += len(self.K[rows])
        return self.K[rows]


def test_a_small_matrix_is_computed_at_once_and_a_large_one_by_rows():
    block = Counted(K)
    rows = KernelRows(block, K.diagonal().copy(), 1)
    assert block.computed == 80
    rows[3], rows.root_of_curvature(4)
    assert block.computed == 80
    n = int(SMALL_MATRIX**0.5) + 1
    large = Counted(np.eye(n))
    rows = KernelRows(large, np.ones(n), 200)
    assert large.computed == 0
    rows[3], rows[3], rows[4]
    assert large.computed == 2
    np.testing.assert_allclose(
        rows.root_of_curvature(3)[4], 1.0
    )  # the curvature of orthogonal units is 2


def test_a_cache_too_small_forgets_what_was_not_used_for_longest():
    n = int(SMALL_MATRIX**0.5) + 1
    block = Counted(np.eye(n))
    rows = KernelRows(block, np.ones(n), megabytes=3 * 8 * n / 2**20)
    for i in (0, 1, 2, 0, 3):  # 3 takes the place of 1
        assert rows[i][i] == 1.0
    assert block.computed == 4 and list(rows.kept) == [2, 0, 3]
    rows[0]
    assert block.computed == 4
    rows[1]
    assert block.computed == 5


def test_the_cache_changes_no_solution():
    n = 800
    X = rng.normal(size=(n, 2))
    y = np.where(X.sum(axis=1) + rng.normal(size=n) > 0, 1.0, -1.0)[None]
    K = rbf_kernel(X, X, gamma=0.5)
    by_rows = solve_pairs(rows_of(K), y, *box(1.0, y), tol=1e-3)
    forgetful = solve_pairs(rows_of(K, megabytes=0.05), y, *box(1.0, y), tol=1e-3)
    np.testing.assert_array_equal(by_rows.beta, forgetful.beta)


def test_progress_is_reported(capsys):
    lower, upper = box(1e6)
    solve_pairs(rows_of(K), Y, lower, upper, tol=1e-9, verbose=True)
    assert "SMO: 100 of 100  gap" in capsys.readouterr().err


def test_newton_steps_change_no_solution(monkeypatch):
    """They make long searches short: with a linear kernel few weights are free, and depend on each other."""
    K = X @ X.T
    lower, upper = box(1.0)
    short = solve_pairs(rows_of(K), Y, lower, upper, tol=1e-9)
    monkeypatch.setattr(smo, "MANY_FREE", 0)
    long = solve_pairs(rows_of(K), Y, lower, upper, tol=1e-9)
    np.testing.assert_allclose(short.beta @ K, long.beta @ K, atol=1e-6)
    assert abs(short.beta.sum()) < 1e-9 and gap(K, Y, short.beta, lower, upper) < 1.1e-9
    assert short.n_iter < long.n_iter
