r"""Points along curves that no straight line separates, and on a rolled-up sheet.

With the curve's parameter :math:`t` and :math:`\varepsilon \sim \mathcal N(0, \sigma^2 I)` added
to every point, where :math:`\sigma` is the argument ``noise``:

.. math::

    \text{upper moon} &= (\cos t,\ \sin t), \qquad 0 \le t \le \pi \tag{1} \\
    \text{lower moon} &= (1 - \cos t,\ \tfrac12 - \sin t) \tag{2} \\
    \text{circle} &= r\,(\cos t,\ \sin t), \qquad 0 \le t < 2\pi \tag{3} \\
    \text{spiral arm } k \text{ of } K
        &= t\,(\cos\theta,\ \sin\theta), \quad \theta = 2\pi (w t + k / K),
        \quad 0 < t \le 1 \tag{4} \\
    \text{swiss roll} &= (t \cos t,\ h,\ t \sin t), \qquad
        \tfrac32\pi \le t \le \tfrac92\pi, \quad 0 \le h \le 21 \tag{5}
"""

from __future__ import annotations

import numpy as np

from ..core.random import as_generator
from ._arguments import check_count, check_noise


def make_moons(n_samples=100, *, shuffle=True, noise=None, random_state=None):
    """Draw two interleaved half circles: equations (1) and (2).

    Parameters
    ----------
    n_samples : int or pair of int
        Samples in all, or in each moon.
    shuffle : bool
        Whether to mix the samples; otherwise the upper moon comes first.
    noise : None or float
        Standard deviation of the Gaussian noise added to each coordinate.
    random_state : None, int, Generator or RandomState
        The same seed gives the same data.

    Returns
    -------
    X : ndarray of float64, shape (n_samples, 2)
    y : ndarray of int, shape (n_samples,)
        0 for the upper moon, 1 for the lower.

    Raises
    ------
    ValueError, TypeError
        If a count or the noise is out of range or of the wrong type.

    Examples
    --------
    >>> X, y = make_moons(4, shuffle=False)
    >>> X.round(1).tolist(), y.tolist()
    ([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.5], [2.0, 0.5]], [0, 0, 1, 1])
    """
    n_upper, n_lower = _pair(n_samples)
    t, s = np.linspace(0, np.pi, n_upper), np.linspace(0, np.pi, n_lower)
    upper = np.stack([np.cos(t), np.sin(t)], axis=1)  # (1)
    lower = np.stack([1 - np.cos(s), 0.5 - np.sin(s)], axis=1)  # (2)
    return _labelled([upper, lower], shuffle, noise, random_state)


def make_circles(n_samples=100, *, shuffle=True, noise=None, random_state=None, factor=0.8):
    """Draw a circle within a circle: equation (3) with radius 1 and ``factor``.

    Parameters
    ----------
    n_samples : int or pair of int
        Samples in all, or on the outer and the inner circle.
    shuffle : bool
        Whether to mix the samples; otherwise the outer circle comes first.
    noise : None or float
        Standard deviation of the Gaussian noise added to each coordinate.
    random_state : None, int, Generator or RandomState
        The same seed gives the same data.
    factor : float
        Radius of the inner circle, from 0 to below 1.

    Returns
    -------
    X : ndarray of float64, shape (n_samples, 2)
    y : ndarray of int, shape (n_samples,)
        0 for the outer circle, 1 for the inner.

    Raises
    ------
    ValueError, TypeError
        If a count, the noise or the factor is out of range or of the wrong type.
    """
    if not 0 <= factor < 1:
        raise ValueError(f"factor is the inner radius, from 0 to below 1; got {factor}.")
    circles = []
    for r, n in zip((1.0, factor), _pair(n_samples)):
        t = np.linspace(0, 2 * np.pi, n, endpoint=False)
        circles.append(r * np.stack([np.cos(t), np.sin(t)], axis=1))  # (3)
    return _labelled(circles, shuffle, noise, random_state)


def make_spirals(
    n_samples=100, *, n_classes=2, turns=1.0, shuffle=True, noise=None, random_state=None
):
    """Draw the arms of a spiral, one class each: equation (4).

    Parameters
    ----------
    n_samples : int
        Samples in all, shared out evenly; the first arms take what is left over.
    n_classes : int
        The number of arms, K.
    turns : float
        How often an arm winds around the centre, w: the larger, the harder.
    shuffle : bool
        Whether to mix the samples; otherwise arm follows arm.
    noise : None or float
        Standard deviation of the Gaussian noise added to each coordinate.
    random_state : None, int, Generator or RandomState
        The same seed gives the same data.

    Returns
    -------
    X : ndarray of float64, shape (n_samples, 2)
    y : ndarray of int, shape (n_samples,)

    Raises
    ------
    ValueError, TypeError
        If a count or the noise is out of range or of the wrong type.

    References
    ----------
    K. Lang and M. Witbrock, "Learning to tell two spirals apart", Proceedings of the 1988
    Connectionist Models Summer School: the first of these problems, with three turns.
    """
    each, left = divmod(check_count("n_samples", n_samples), check_count("n_classes", n_classes))
    arms = []
    for k in range(n_classes):
        n = each + (k < left)
        t = np.arange(1, n + 1) / max(n, 1)  # not from 0, where all arms would meet
        theta = 2 * np.pi * (turns * t + k / n_classes)  # (4)
        arms.append(t[:, None] * np.stack([np.cos(theta), np.sin(theta)], axis=1))  # (4)
    return _labelled(arms, shuffle, noise, random_state)


def make_swiss_roll(n_samples=100, *, noise=0.0, random_state=None):
    """Draw points on a rolled-up rectangle, to be unrolled again: equation (5).

    Parameters
    ----------
    n_samples : int
        Rows of X.
    noise : float
        Standard deviation of the Gaussian noise added to each coordinate.
    random_state : None, int, Generator or RandomState
        The same seed gives the same data.

    Returns
    -------
    X : ndarray of float64, shape (n_samples, 3)
    t : ndarray of float64, shape (n_samples,)
        Where along the roll each point lies: what a good embedding recovers.

    Raises
    ------
    ValueError, TypeError
        If the count or the noise is out of range or of the wrong type.

    References
    ----------
    J. Tenenbaum, V. de Silva and J. Langford, "A global geometric framework for nonlinear
    dimensionality reduction", Science 290 (2000).
    """
    n_samples = check_count("n_samples", n_samples)
    rng = as_generator(random_state)
    t = 1.5 * np.pi * (1 + 2 * rng.random(n_samples))
    h = 21 * rng.random(n_samples)
    X = np.stack([t * np.cos(t), h, t * np.sin(t)], axis=1)  # (5)
    return X + check_noise(noise) * rng.standard_normal(X.shape), t


def _pair(n_samples) -> tuple[int, int]:
    """Samples of each of two curves, from their sum (the second takes an odd one) or as given."""
    if np.ndim(n_samples) == 0:
        n_samples = check_count("n_samples", n_samples)
        return n_samples // 2, n_samples - n_samples // 2
    counts = [check_count("each entry of n_samples", n, least=0) for n in n_samples]
    if len(counts) != 2 or sum(counts) == 0:
        raise ValueError(f"n_samples must be a number or two, not both zero; got {n_samples}.")
    return counts[0], counts[1]


def _labelled(curves, shuffle, noise, random_state):
    """Stack the curves, label them 0, 1, ..., add noise and mix."""
    noise, rng = check_noise(noise), as_generator(random_state)
    X = np.concatenate(curves)
    y = np.repeat(np.arange(len(curves)), [len(curve) for curve in curves])
    X = X + noise * rng.standard_normal(X.shape)
    order = rng.permutation(len(y)) if shuffle else np.arange(len(y))
    return X[order], y[order]
