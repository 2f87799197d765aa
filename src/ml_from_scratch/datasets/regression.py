r"""Regression problems whose answer is known: a noisy plane, and Friedman's curved surface.

.. math::

    y &= X w + b + \varepsilon, \qquad \varepsilon \sim \mathcal N(0, \sigma^2) \tag{1} \\
    y &= 10 \sin(\pi x_0 x_1) + 20 (x_2 - \tfrac12)^2 + 10 x_3 + 5 x_4 + \varepsilon \tag{2}

:math:`X` is (n_samples, n_features), :math:`w` (n_features,) or (n_features, n_targets),
:math:`b` the bias and :math:`\sigma` the argument ``noise``. A model has learned all there is when
its mean squared error on new data is :math:`\sigma^2`.
"""

from __future__ import annotations

import numpy as np

from ..core.random import as_generator
from ._arguments import check_count, check_noise


def make_regression(
    n_samples=100,
    n_features=100,
    *,
    n_informative=10,
    n_targets=1,
    bias=0.0,
    noise=0.0,
    shuffle=True,
    coef=False,
    random_state=None,
):
    """Draw standard normal features and a target that is linear in some of them: equation (1).

    Parameters
    ----------
    n_samples, n_features : int
        The shape of X.
    n_informative : int
        How many features have a coefficient, drawn uniformly between 0 and 100; all of them if
        there are fewer features than this. The others have coefficient zero.
    n_targets : int
        Columns of y; with 1 y is one-dimensional.
    bias : float
        The intercept.
    noise : float
        Standard deviation of the Gaussian noise added to y.
    shuffle : bool
        Whether the informative features are spread at random; otherwise they come first.
    coef : bool
        Whether to return the coefficients too.
    random_state : None, int, Generator or RandomState
        The same seed gives the same data.

    Returns
    -------
    X : ndarray of float64, shape (n_samples, n_features)
    y : ndarray of float64, shape (n_samples,) or (n_samples, n_targets)
    w : ndarray of float64, shape (n_features,) or (n_features, n_targets)
        Only with ``coef=True``.

    Raises
    ------
    ValueError, TypeError
        If a count or the noise is out of range or of the wrong type.

    Examples
    --------
    >>> X, y, w = make_regression(n_samples=50, n_features=3, coef=True, random_state=0)
    >>> X.shape, y.shape, bool(np.all(y == X @ w))
    ((50, 3), (50,), True)
    """
    n_samples = check_count("n_samples", n_samples)
    n_features = check_count("n_features", n_features)
    n_informative = min(check_count("n_informative", n_informative, least=0), n_features)
    n_targets = check_count("n_targets", n_targets)
    noise = check_noise(noise)
    rng = as_generator(random_state)

    X = rng.standard_normal((n_samples, n_features))
    w = np.zeros((n_features, n_targets))
    order = rng.permutation(n_features) if shuffle else np.arange(n_features)
    w[order[:n_informative]] = 100.0 * rng.random((n_informative, n_targets))
    if n_targets == 1:
        w = w[:, 0]
    y = X @ w + bias
    y += noise * rng.standard_normal(y.shape)  # (1)
    return (X, y, w) if coef else (X, y)


def make_friedman1(n_samples=100, n_features=10, *, noise=0.0, random_state=None):
    """Draw uniform features and a curved target with an interaction: equation (2).

    Only the first five features matter; the others are there to be ignored.

    Parameters
    ----------
    n_samples : int
        Rows of X.
    n_features : int
        Columns of X, at least 5, each uniform between 0 and 1.
    noise : float
        Standard deviation of the Gaussian noise added to y.
    random_state : None, int, Generator or RandomState
        The same seed gives the same data.

    Returns
    -------
    X : ndarray of float64, shape (n_samples, n_features)
    y : ndarray of float64, shape (n_samples,)

    Raises
    ------
    ValueError, TypeError
        If a count or the noise is out of range or of the wrong type.

    References
    ----------
    J. Friedman, "Multivariate adaptive regression splines", The Annals of Statistics 19 (1991).
    L. Breiman, "Bagging predictors", Machine Learning 24 (1996).

    Examples
    --------
    >>> X, y = make_friedman1(n_samples=4, random_state=0)
    >>> X.shape, y.shape
    ((4, 10), (4,))
    """
    n_samples = check_count("n_samples", n_samples)
    n_features = check_count("n_features", n_features, least=5)
    noise = check_noise(noise)
    rng = as_generator(random_state)

    X = rng.random((n_samples, n_features))
    x = X.T
    y = 10 * np.sin(np.pi * x[0] * x[1]) + 20 * (x[2] - 0.5) ** 2 + 10 * x[3] + 5 * x[4]  # (2)
    y += noise * rng.standard_normal(n_samples)  # (2)
    return X, y
