r"""Covariances of few samples: pulled towards a ball, so that they can be inverted and trusted.

With n samples of d features, centred at their mean, the likeliest covariance is

.. math:: S = \frac1n \sum_i (x_i - \bar x)(x_i - \bar x)^T \tag{1}

which has large eigenvalues that are too large and small ones that are too small (zero, if n is at
most d). A share :math:`\rho` of the ball that has the same mean variance sets that right:

.. math::
    \mu &= \mathrm{tr}(S) / d \tag{2} \\
    \hat\Sigma &= (1 - \rho)\, S + \rho\, \mu I \tag{3}

The share that is expected to come closest to the true covariance can be told from the data: it is
the ratio of how much S scatters to how far it is from the ball,

.. math::
    \beta &= \frac{1}{n d} \Big( \frac1n \sum_i \|x_i - \bar x\|^4 - \|S\|_F^2 \Big) \tag{4} \\
    \delta &= \frac1d \|S - \mu I\|_F^2 = \frac1d \|S\|_F^2 - \mu^2 \tag{5} \\
    \rho &= \min(\beta, \delta) / \delta \tag{6}

Source: Ledoit and Wolf, A well-conditioned estimator for large-dimensional covariance matrices, 2004,
(3) is their (14) and (4-6) are section 3.2.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_choice, check_number


def check_shrinkage(shrinkage) -> None:
    """Refuse what is neither None, "auto" nor a share between 0 and 1."""
    if isinstance(shrinkage, str):
        check_choice("shrinkage", shrinkage, ("auto",))
    else:
        check_number("shrinkage", shrinkage, least=0, most=1, optional=True)


def covariance(X, shrinkage=None) -> np.ndarray:
    """Return the covariance of the rows of X, shrunk by a share, or by the best one: "auto".

    "auto" looks for it among standardised features, so that their units do not matter.

    >>> covariance(np.array([[0.0, 0.0], [2.0, 2.0]]), shrinkage=0.5).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    centred = X - X.mean(axis=0)
    if shrinkage != "auto":
        S = centred.T @ centred / len(X)  # (1)
        return S if shrinkage is None else _shrink(S, float(shrinkage))
    scale = np.sqrt(np.square(centred).mean(axis=0))
    scale[scale <= 1e-15 * np.abs(X).max(axis=0)] = 1.0  # constant columns stay as they are
    centred /= scale
    S = centred.T @ centred / len(X)  # (1)
    return _shrink(S, best_share(centred, S)) * scale * scale[:, None]


def _shrink(S, share) -> np.ndarray:
    ball = S.trace() / len(S)  # (2)
    return (1.0 - share) * S + share * ball * np.eye(len(S))  # (3)


def best_share(centred, S) -> float:
    """Return Ledoit and Wolf's share for centred samples and their covariance."""
    n, d = centred.shape
    squared = float(np.square(S).sum())
    delta = squared / d - (S.trace() / d) ** 2  # (5)
    fourth = float(np.square(np.square(centred).sum(axis=1)).sum())
    beta = (fourth / n - squared) / (n * d)  # (4)
    if d == 1 or not delta > 0.0:  # it is a ball already
        return 0.0
    return min(max(beta, 0.0), delta) / delta  # (6)
