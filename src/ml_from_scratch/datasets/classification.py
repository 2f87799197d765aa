r"""A classification problem with features that inform, repeat each other, or are mere noise.

Each class is several Gaussian clusters whose centres :math:`c_k` are corners of a cube with half
side ``class_sep``; each cluster is stretched by its own matrix :math:`A_k`:

.. math::

    x_\text{informative} &= A_k^\top z + c_k, \qquad z \sim \mathcal N(0, I) \tag{1} \\
    x_\text{redundant} &= B^\top x_\text{informative} \tag{2}

:math:`A_k` is (n_informative, n_informative) and :math:`B` (n_informative, n_redundant), both
uniform between -1 and 1. Repeated features are copies of those, the rest is standard normal.

The design is I. Guyon's, "Design of experiments for the NIPS 2003 variable selection benchmark"
(2003), as scikit-learn adapted it.
"""

from __future__ import annotations

import numpy as np

from ..core.random import as_generator
from ._arguments import check_count


def make_classification(
    n_samples=100,
    n_features=20,
    *,
    n_informative=2,
    n_redundant=None,
    n_repeated=0,
    n_classes=2,
    n_clusters_per_class=2,
    weights=None,
    flip_y=0.01,
    class_sep=1.0,
    shift=0.0,
    scale=1.0,
    shuffle=True,
    random_state=None,
):
    """Draw labelled samples from clusters at the corners of a cube: equations (1) and (2).

    Parameters
    ----------
    n_samples, n_features : int
        The shape of X.
    n_informative : int
        Dimensions of the cube, at least 1; it must have a corner for every cluster.
    n_redundant : None or int
        How many features are linear combinations of the informative ones. None means 2, or fewer
        if there is no room for them.
    n_repeated : int
        How many features are copies of informative or redundant ones.
    n_classes, n_clusters_per_class : int
        How many classes, and clusters in each.
    weights : None or sequence of float
        The share of each class (the last may be left out); None makes them equal.
    flip_y : float
        The share of samples whose label is then drawn anew, at random: noise in y.
    class_sep : float
        Half the side of the cube: the larger, the easier.
    shift, scale : float or array-like of shape (n_features,)
        X is finally ``(X + shift) * scale``.
    shuffle : bool
        Whether to mix samples and features. Otherwise class follows class, and the columns are
        informative, redundant, repeated, noise.
    random_state : None, int, Generator or RandomState
        The same seed gives the same data.

    Returns
    -------
    X : ndarray of float64, shape (n_samples, n_features)
    y : ndarray of int, shape (n_samples,)

    Raises
    ------
    ValueError, TypeError
        If counts, shares or weights are out of range or do not fit together.

    Examples
    --------
    >>> X, y = make_classification(n_samples=6, n_features=4, shuffle=False, flip_y=0)
    >>> X.shape, y.tolist()
    ((6, 4), [0, 0, 0, 1, 1, 1])
    """
    n_samples = check_count("n_samples", n_samples)
    n_features = check_count("n_features", n_features)
    n_informative = check_count("n_informative", n_informative)
    n_repeated = check_count("n_repeated", n_repeated, least=0)
    if n_redundant is None:
        n_redundant = min(2, max(0, n_features - n_informative - n_repeated))
    n_redundant = check_count("n_redundant", n_redundant, least=0)
    n_noise = n_features - n_informative - n_redundant - n_repeated
    if n_noise < 0:
        raise ValueError(
            f"n_features={n_features} is too few for {n_informative} informative, {n_redundant} "
            f"redundant and {n_repeated} repeated features."
        )
    n_classes = check_count("n_classes", n_classes)
    n_clusters = n_classes * check_count("n_clusters_per_class", n_clusters_per_class)
    if n_clusters > 2**n_informative:
        raise ValueError(
            f"{n_classes} classes of {n_clusters_per_class} clusters need {n_clusters} corners, "
            f"but a cube in n_informative={n_informative} dimensions has {2**n_informative}."
        )
    if not 0 <= flip_y <= 1:
        raise ValueError(f"flip_y is a share of the samples, between 0 and 1; got {flip_y}.")
    shares = _shares(weights, n_classes)
    rng = as_generator(random_state)

    ends = np.round(np.cumsum(shares) * n_samples).astype(int)
    y = np.repeat(np.arange(n_classes), np.diff(ends, prepend=0))
    cluster = y + n_classes * (np.arange(n_samples) % n_clusters_per_class)

    c = class_sep * _corners(n_clusters, n_informative, rng)  # (n_clusters, n_informative)
    informative = rng.standard_normal((n_samples, n_informative))
    for k in range(n_clusters):
        rows, A = cluster == k, rng.uniform(-1, 1, size=(n_informative, n_informative))
        informative[rows] = informative[rows] @ A + c[k]  # (1)
    B = rng.uniform(-1, 1, size=(n_informative, n_redundant))
    redundant = informative @ B  # (n_samples, n_redundant)  (2)
    X = np.hstack([informative, redundant])
    repeated = X[:, rng.integers(X.shape[1], size=n_repeated)]
    X = np.hstack([X, repeated, rng.standard_normal((n_samples, n_noise))])

    flipped = rng.random(n_samples) < flip_y
    y[flipped] = rng.integers(n_classes, size=flipped.sum())
    if shuffle:
        rows = rng.permutation(n_samples)
        X, y = X[rows][:, rng.permutation(n_features)], y[rows]
    return (X + shift) * scale, y


def _shares(weights, n_classes) -> np.ndarray:
    """The share of each class: n_classes numbers that sum to one."""
    if weights is None:
        return np.full(n_classes, 1.0 / n_classes)
    shares = np.asarray(weights, dtype=float)
    if shares.shape == (n_classes - 1,):
        shares = np.append(shares, 1.0 - shares.sum())
    if shares.shape != (n_classes,) or not (shares >= -1e-12).all() or abs(shares.sum() - 1) > 1e-6:
        raise ValueError(
            f"weights must be the shares of the {n_classes} classes (the last may be left out), "
            f"none negative, with sum 1; got {weights!r}."
        )
    return shares


def _corners(n, dimensions, rng) -> np.ndarray:
    """Choose n different corners of the cube with corners at -1 and 1, shape (n, dimensions)."""
    free = min(dimensions, 30)  # more corners than anybody asks for; keeps 2**free an int64
    code = rng.choice(2**free, size=n, replace=False)
    bits = rng.integers(2, size=(n, dimensions))
    bits[:, :free] = code[:, None] >> np.arange(free) & 1
    return 2.0 * bits - 1.0
