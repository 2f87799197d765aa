r"""Solving with a positive definite matrix through its Cholesky factor, in blocks.

For :math:`K = L L^T`, with L lower triangular, :math:`K x = b` is two substitutions,

.. math::
    L z &= b \tag{1} \\
    L^T x &= z \tag{2}

NumPy has the factor but no substitution, so it is made of what NumPy has: products for all of L but
the blocks on its diagonal, and general solutions for these, which are small.
"""

from __future__ import annotations

import numpy as np

BLOCK = 64


class NotPositiveDefiniteError(np.linalg.LinAlgError, ValueError):
    """A covariance is none: it has no Cholesky factor."""


def solve_lower(L, B) -> np.ndarray:
    """Return the solution of L Z = B, for a lower triangular L and B of shape (n,) or (n, m).

    >>> solve_lower(np.array([[2.0, 0.0], [1.0, 1.0]]), np.array([2.0, 3.0])).tolist()
    [1.0, 2.0]
    """
    Z = B.copy(order="C")
    for start in range(0, len(L), BLOCK):
        rows = slice(start, start + BLOCK)
        if start:
            Z[rows] -= L[rows, :start] @ Z[:start]
        Z[rows] = _solve_block(L[rows, rows], Z[rows])  # (1)
    return Z


def solve_lower_transposed(L, B) -> np.ndarray:
    """Return the solution of L^T X = B, for a lower triangular L and B of shape (n,) or (n, m).

    >>> solve_lower_transposed(np.array([[2.0, 0.0], [1.0, 1.0]]), np.array([3.0, 1.0])).tolist()
    [1.0, 1.0]
    """
    X = B.copy(order="C")
    for start in reversed(range(0, len(L), BLOCK)):
        rows, after = slice(start, start + BLOCK), start + BLOCK
        if after < len(L):
            X[rows] -= L[after:, rows].T @ X[after:]
        X[rows] = _solve_block(L[rows, rows].T, X[rows])  # (2)
    return X


def _solve_block(A, B):
    """Solve for a small A; for many columns by its inverse, since a product is quicker then."""
    many = B.ndim == 2 and B.shape[1] > BLOCK
    return np.linalg.inv(A) @ B if many else np.linalg.solve(A, B)


def solve_factored(L, B) -> np.ndarray:
    """Return the solution of L L^T X = B.

    >>> solve_factored(np.array([[2.0, 0.0], [1.0, 1.0]]), np.array([4.0, 3.0])).tolist()
    [0.5, 1.0]
    """
    return solve_lower_transposed(L, solve_lower(L, B))


def inverse_of_factored(L) -> np.ndarray:
    """Return the inverse of L L^T.

    >>> inverse_of_factored(np.array([[2.0]])).tolist()
    [[0.25]]
    """
    inverse = np.zeros_like(L)  # of L, which is lower triangular, too
    for start in range(0, len(L), BLOCK):
        rows, before = slice(start, start + BLOCK), slice(0, start)
        inverse[rows, rows] = block = np.linalg.inv(L[rows, rows])
        inverse[rows, before] = -block @ (L[rows, before] @ inverse[before, before])
    return inverse.T @ inverse
