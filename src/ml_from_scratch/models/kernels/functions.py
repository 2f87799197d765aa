r"""Kernels: the inner product of two samples in another space, without going there.

For samples :math:`x` and :math:`y`, as rows of X and Y:

.. math::
    k(x, y) &= x^T y && \text{linear} \tag{1} \\
    k(x, y) &= (\gamma\, x^T y + c)^d && \text{polynomial} \tag{2} \\
    k(x, y) &= \exp(-\gamma \|x - y\|^2) && \text{rbf} \tag{3} \\
    k(x, y) &= \tanh(\gamma\, x^T y + c) && \text{sigmoid} \tag{4} \\
    k(x, y) &= \exp(-\gamma \|x - y\|_1) && \text{laplacian} \tag{5} \\
    k(x, y) &= \frac{x^T y}{\|x\| \|y\|} && \text{cosine} \tag{6} \\
    k(x, y) &= -\sum_j \frac{(x_j - y_j)^2}{x_j + y_j} && \text{additive chi squared} \tag{7} \\
    k(x, y) &= \exp\Big(-\gamma \sum_j \frac{(x_j - y_j)^2}{x_j + y_j}\Big)
        && \text{chi squared} \tag{8}

with :math:`\gamma` called gamma, :math:`c` coef0 and :math:`d` degree. A kernel is an inner product
of some space if all its matrices are positive semidefinite: (4) is not always one, and (7) is one
only for vectors whose coefficients add up to 0.

Source: B. Schölkopf and A. Smola, Learning with Kernels (2002), chapter 2; J. Zhang et al., Local
features and kernels for classification of texture and object categories (2007), for (7) and (8).
"""

from __future__ import annotations

import inspect

import numpy as np

from ...core.checks import check_choice
from ..distances import squared_distances, squared_norms


def linear_kernel(X, Y):
    """Return the inner products.

    >>> linear_kernel(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])).tolist()
    [[11.0]]
    """
    return X @ Y.T  # (1)


def polynomial_kernel(X, Y, *, gamma, degree=3, coef0=1.0):
    """Return a polynomial of the inner products.

    >>> polynomial_kernel(np.array([[1.0]]), np.array([[2.0]]), gamma=1.0, degree=2).tolist()
    [[9.0]]
    """
    K = X @ Y.T
    K *= gamma
    K += coef0
    return np.power(K, degree, out=K)  # (2)


def rbf_kernel(X, Y, *, gamma):
    """Return a similarity that falls with the squared distance.

    >>> rbf_kernel(np.array([[0.0], [1.0]]), np.array([[0.0]]), gamma=1.0).round(4).tolist()
    [[1.0], [0.3679]]
    """
    middle = (
        Y.mean(axis=0) if len(Y) else 0.0
    )  # distances do not change, and rounding is smaller near the origin
    K = squared_distances(X - middle, Y - middle)
    K *= -gamma
    return np.exp(K, out=K)  # (3)


def sigmoid_kernel(X, Y, *, gamma, coef0=1.0):
    """Return the hyperbolic tangent of the inner products.

    >>> sigmoid_kernel(np.array([[0.0]]), np.array([[2.0]]), gamma=1.0, coef0=0.0).tolist()
    [[0.0]]
    """
    K = X @ Y.T
    K *= gamma
    K += coef0
    return np.tanh(K, out=K)  # (4)


def laplacian_kernel(X, Y, *, gamma):
    """Return a similarity that falls with the sum of the absolute differences.

    >>> laplacian_kernel(np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]]), gamma=1.0).round(4).tolist()
    [[0.1353]]
    """
    K = np.zeros((len(X), len(Y)), dtype=X.dtype)
    difference = np.empty_like(K)
    for x, y in zip(X.T, Y.T):  # a feature at a time, so that no array has three axes
        np.subtract(x[:, None], y, out=difference)
        K += np.abs(difference, out=difference)
    K *= -gamma
    return np.exp(K, out=K)  # (5)


def cosine_kernel(X, Y):
    """Return the cosine of the angle between two samples, and 0 where one of them is 0.

    >>> cosine_kernel(np.array([[2.0, 0.0]]), np.array([[3.0, 0.0], [0.0, 1.0]])).tolist()
    [[1.0, 0.0]]
    """
    return _unit_rows(X) @ _unit_rows(Y).T  # (6)


def _unit_rows(X):
    lengths = np.sqrt(squared_norms(X))
    return X / np.where(lengths > 0, lengths, 1.0)[:, None]


def additive_chi2_kernel(X, Y):
    """Return the negative chi-squared distances of samples that are histograms: at least 0.

    >>> additive_chi2_kernel(np.array([[1.0, 3.0]]), np.array([[3.0, 3.0]])).tolist()
    [[-1.0]]
    """
    if (X < 0).any() or (Y < 0).any():
        raise ValueError("the chi-squared kernels are for histograms: X has negative values.")
    K = np.zeros((len(X), len(Y)), dtype=X.dtype)
    for x, y in zip(X.T, Y.T):
        total = x[:, None] + y
        K -= (x[:, None] - y) ** 2 / np.where(total > 0, total, 1.0)  # (7)
    return K


def chi2_kernel(X, Y, *, gamma=1.0):
    """Return the exponential of gamma times the additive chi-squared kernel.

    >>> chi2_kernel(np.array([[1.0, 3.0]]), np.array([[3.0, 3.0]])).round(4).tolist()
    [[0.3679]]
    """
    return np.exp(gamma * additive_chi2_kernel(X, Y))  # (8)


KERNELS = {
    "additive_chi2": additive_chi2_kernel,
    "chi2": chi2_kernel,
    "cosine": cosine_kernel,
    "laplacian": laplacian_kernel,
    "linear": linear_kernel,
    "poly": polynomial_kernel,
    "polynomial": polynomial_kernel,
    "rbf": rbf_kernel,
    "sigmoid": sigmoid_kernel,
}
PARAMETERS = {
    name: set(inspect.signature(function).parameters) for name, function in KERNELS.items()
}


def pairwise_kernel(X, Y, kernel, **parameters) -> np.ndarray:
    """Return the kernel matrix of two sets of samples.

    Parameters
    ----------
    X, Y : ndarray of shape (n, d) and (m, d)
        Samples.
    kernel : str
        One of ``KERNELS``.
    **parameters
        gamma, degree, coef0: what the kernel does not have is left out.

    Raises
    ------
    ValueError
        If there is no kernel of that name, or its values overflow.

    Examples
    --------
    >>> pairwise_kernel(np.ones((1, 2)), np.ones((1, 2)), "linear", gamma=3.0).tolist()
    [[2.0]]
    """
    if kernel not in KERNELS:
        check_choice("kernel", kernel, tuple(KERNELS))
    known = PARAMETERS[kernel]
    with np.errstate(over="ignore", invalid="ignore"):
        K = KERNELS[kernel](X, Y, **{k: v for k, v in parameters.items() if k in known})
        finite = np.isfinite(K.sum()) or np.isfinite(K).all()
    if not finite:
        raise ValueError(
            f"the {kernel} kernel of these data is larger than {K.dtype} can hold. Bring the features "
            "to one scale, for example with StandardScaler."
        )
    return K
