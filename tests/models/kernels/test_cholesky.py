"""Substitutions in blocks."""

import numpy as np
import pytest

from ml_from_scratch.models.kernels.cholesky import (
    BLOCK,
    inverse_of_factored,
    solve_factored,
    solve_lower,
    solve_lower_transposed,
)

rng = np.random.default_rng(0)


@pytest.mark.parametrize("n", [1, 3, BLOCK, BLOCK + 1, 3 * BLOCK - 5])
@pytest.mark.parametrize("columns", [(), (4,)])
def test_solutions_solve(n, columns):
    A = rng.normal(size=(n, n))
    K = A @ A.T + n * np.eye(n)
    L, B = np.linalg.cholesky(K), rng.normal(size=(n, *columns))
    given = B.copy()
    np.testing.assert_allclose(L @ solve_lower(L, B), B, atol=1e-12)
    np.testing.assert_allclose(L.T @ solve_lower_transposed(L, B), B, atol=1e-12)
    np.testing.assert_allclose(K @ solve_factored(L, B), B, atol=1e-11)
    np.testing.assert_allclose(K @ inverse_of_factored(L), np.eye(n), atol=1e-12)
    np.testing.assert_array_equal(B, given)
