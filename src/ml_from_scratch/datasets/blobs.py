r"""Round clusters: Gaussian clouds around a few centres.

.. math::

    x = c_k + \sigma_k z, \qquad z \sim \mathcal N(0, I) \tag{1}

with the centre :math:`c_k` (n_features,) and the spread :math:`\sigma_k` of the cluster :math:`k`
that is the sample's label.
"""

from __future__ import annotations

import numbers

import numpy as np

from ..core.random import as_generator
from ._arguments import check_count


def make_blobs(
    n_samples=100,
    n_features=2,
    *,
    centers=None,
    cluster_std=1.0,
    center_box=(-10.0, 10.0),
    shuffle=True,
    random_state=None,
    return_centers=False,
):
    """Draw samples from round Gaussian clusters: equation (1).

    Parameters
    ----------
    n_samples : int or sequence of int
        How many samples in all, shared out evenly; or how many in each cluster.
    n_features : int
        Columns of X; ignored when the centres themselves are given.
    centers : None, int or array-like of shape (n_centers, n_features)
        How many centres to draw (None: 3, or as many as n_samples has entries), or the centres.
    cluster_std : float or sequence of float
        The spread of every cluster, or of each.
    center_box : pair of float
        Between which values the centres' coordinates are drawn, uniformly.
    shuffle : bool
        Whether to mix the samples; otherwise cluster follows cluster.
    random_state : None, int, Generator or RandomState
        The same seed gives the same data.
    return_centers : bool
        Whether to return the centres too.

    Returns
    -------
    X : ndarray of float64, shape (n_samples, n_features)
    y : ndarray of int, shape (n_samples,)
        The cluster of each sample, from 0.
    centers : ndarray of float64, shape (n_centers, n_features)
        Only with ``return_centers=True``.

    Raises
    ------
    ValueError, TypeError
        If a count, a spread or the centres are out of range or do not fit together.

    Examples
    --------
    >>> X, y = make_blobs([2, 1], centers=[[0, 0], [9, 9]], shuffle=False, random_state=0)
    >>> X.shape, y.tolist()
    ((3, 2), [0, 0, 1])
    """
    rng = as_generator(random_state)
    one_count = np.ndim(n_samples) == 0
    if centers is None:
        centers = 3 if one_count else len(n_samples)
    if isinstance(centers, numbers.Integral):
        shape = check_count("centers", centers), check_count("n_features", n_features)
        centers = rng.uniform(*_box(center_box), size=shape)
    centers = np.array(centers, dtype=float)
    if centers.ndim != 2 or not np.isfinite(centers).all():
        raise ValueError(
            "centers must be a number, or finite coordinates of shape (n_centers, n_features); "
            f"got shape {centers.shape}."
        )
    counts = _counts(n_samples, len(centers))
    spread = _spread(cluster_std, len(centers))

    y = np.repeat(np.arange(len(centers)), counts)
    if shuffle:
        y = rng.permutation(y)
    z = rng.standard_normal((len(y), centers.shape[1]))
    X = centers[y] + spread[y, None] * z  # (n_samples, n_features)  (1)
    return (X, y, centers) if return_centers else (X, y)


def _counts(n_samples, n_centers) -> list[int]:
    """How many samples each centre gets; the first ones take what does not divide evenly."""
    if np.ndim(n_samples) == 0:
        each, left = divmod(check_count("n_samples", n_samples), n_centers)
        return [each + (k < left) for k in range(n_centers)]
    counts = [check_count("each entry of n_samples", n, least=0) for n in n_samples]
    if len(counts) != n_centers or sum(counts) == 0:
        raise ValueError(
            f"n_samples must give one count for each of the {n_centers} centers, not all zero; "
            f"got {counts}."
        )
    return counts


def _spread(cluster_std, n_centers) -> np.ndarray:
    spread = np.asarray(cluster_std, dtype=float)
    if spread.shape not in ((), (n_centers,)) or not (spread >= 0).all():
        raise ValueError(
            f"cluster_std must be one number of at least 0, or one for each of the {n_centers} "
            f"centers; got {cluster_std!r}."
        )
    return np.broadcast_to(spread, (n_centers,))


def _box(center_box) -> tuple[float, float]:
    low, high = center_box
    if not low <= high:
        raise ValueError(f"center_box must be (lowest, highest); got {center_box}.")
    return low, high
