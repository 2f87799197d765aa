r"""All distances between two sets of points, by one matrix product.

For rows :math:`x` of X and :math:`y` of Y,

.. math:: \|x - y\|^2 = \|x\|^2 - 2 x^T y + \|y\|^2 \tag{1}

A product of matrices is the fastest thing that a computer does, and (1) leaves nothing else to be
done pair by pair. Its price is cancellation: between points that are close to each other and far
from the origin only about :math:`10^{-16} \|x\|^2` is certain. Bring the data near the origin first
(distances do not change), and compute differences where more is needed.
"""

from __future__ import annotations

import numpy as np


def squared_norms(X) -> np.ndarray:
    """Return the squared length of each row.

    >>> squared_norms(np.array([[3.0, 4.0], [0.0, 1.0]])).tolist()
    [25.0, 1.0]
    """
    return np.einsum("ij,ij->i", X, X)


def squared_distances(X, Y, Y_squared=None) -> np.ndarray:
    """Return the squared Euclidean distances between rows, of shape (len(X), len(Y)), never negative.

    Parameters
    ----------
    X, Y : ndarray of shape (n, d) and (m, d)
        The points, of one floating dtype, which is also that of the distances.
    Y_squared : ndarray of shape (m,), optional
        ``squared_norms(Y)``, for callers that ask about the same Y again and again.

    Examples
    --------
    >>> squared_distances(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0], [0.0, 1.0]])).tolist()
    [[25.0, 1.0]]
    """
    D = X @ Y.T  # (n, m)
    D *= -2.0
    D += squared_norms(X)[:, None]
    D += squared_norms(Y) if Y_squared is None else Y_squared  # (1)
    return np.maximum(D, 0.0, out=D)
