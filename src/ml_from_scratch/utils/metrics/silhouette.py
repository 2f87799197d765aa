r"""How well does each sample lie within its cluster? Silhouettes (Rousseeuw, 1987).

For a sample, :math:`a` is its mean distance to the others of its own cluster and :math:`b` the
smallest mean distance to another cluster:

.. math::
    \lVert x - z \rVert^2 &= \lVert x \rVert^2 - 2\, x \cdot z + \lVert z \rVert^2 \tag{1} \\
    s &= \frac{b - a}{\max(a, b)} \tag{2}

It is 1 deep inside a cluster, 0 between two, negative in the wrong one, and 0 by convention for a
cluster of one. All distances are made by matrix products, a block of rows at a time.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_array, encode_labels
from ...core.random import as_generator
from .targets import check_labels, check_lengths

BLOCK = 2**22  # distances held at once: 32 MiB of float64


def silhouette_samples(X, labels, *, metric="euclidean") -> np.ndarray:
    """Return the silhouette of every sample.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features), or (n_samples, n_samples) if precomputed
        The samples, or all distances between them.
    labels : array-like of shape (n_samples,)
        The cluster of each sample; 2 to n_samples - 1 different ones.
    metric : {"euclidean", "precomputed"}
        For another distance pass the matrix of distances.

    Returns
    -------
    ndarray of shape (n_samples,)
        Between -1 and 1.

    Raises
    ------
    ValueError
        If the number of clusters is out of range, X is not finite, or a precomputed matrix is not
        square with a zero diagonal.

    Examples
    --------
    >>> silhouette_samples([[0.0], [1.0], [10.0], [11.0]], [0, 0, 1, 1]).round(3).tolist()
    [0.905, 0.895, 0.895, 0.905]
    """
    X, codes, counts = _check_clusters(X, labels)
    if metric == "precomputed":
        distances = _precomputed(X)
    elif metric == "euclidean":
        distances = _euclidean(X)
    else:
        raise ValueError(
            f"metric must be 'euclidean' or 'precomputed'; got {metric!r}. Compute that distance "
            "between all samples and pass it with metric='precomputed'."
        )
    member = np.zeros((len(X), len(counts)), dtype=X.dtype)
    member[np.arange(len(X)), codes] = 1.0
    blocks = [
        _silhouette_block(D @ member, codes[rows], counts)  # (rows, K): summed over clusters
        for rows, D in distances
    ]
    return np.concatenate(blocks)


def _silhouette_block(sums, own, counts):
    rows, counts = np.arange(len(own)), counts.astype(sums.dtype)
    others = counts[own] - 1
    a = sums[rows, own] / np.maximum(others, 1)
    means = sums / counts
    means[rows, own] = np.inf
    b = means.min(axis=1)
    widest = np.maximum(a, b)
    s = np.divide(b - a, widest, out=np.zeros_like(a), where=widest > 0)  # (2)
    s[others == 0] = 0.0
    return s


def _euclidean(X):
    """Yield (rows, distances from them to all samples), a block at a time."""
    X = X - X.mean(axis=0)  # distances do not change, and rounding is smaller near the origin
    squares = np.einsum("nd,nd->n", X, X)
    step = max(1, BLOCK // len(X))
    for start in range(0, len(X), step):
        rows = np.arange(start, min(start + step, len(X)))
        D = squares[rows, None] - 2.0 * (X[rows] @ X.T) + squares  # (rows, n)  (1)
        D[np.arange(len(rows)), rows] = 0.0
        yield rows, np.sqrt(np.maximum(D, 0.0, out=D), out=D)


def _precomputed(D):
    if D.shape[0] != D.shape[1]:
        raise ValueError(f"a precomputed distance matrix is square; got shape {D.shape}.")
    if (np.abs(D.diagonal()) > 100 * float(np.finfo(D.dtype).eps)).any():
        raise ValueError(
            "The precomputed distance matrix contains non-zero elements on the diagonal. "
            "Use np.fill_diagonal(D, 0)."
        )
    yield np.arange(len(D)), D


def silhouette_score(
    X, labels, *, metric="euclidean", sample_size=None, random_state=None
) -> float:
    """Return the mean silhouette, over all samples or over ``sample_size`` drawn ones.

    Parameters
    ----------
    X, labels, metric
        As in `silhouette_samples`.
    sample_size : int, optional
        How many samples to draw; all by default.
    random_state : None, int, Generator or RandomState
        Decides the draw.

    Examples
    --------
    >>> round(silhouette_score([[0.0], [1.0], [10.0], [11.0]], [0, 0, 1, 1]), 4)
    0.8997
    """
    if sample_size is not None:
        X, labels = np.asarray(X), np.asarray(labels)
        chosen = as_generator(random_state).permutation(len(X))[:sample_size]
        labels = labels[chosen]
        X = X[np.ix_(chosen, chosen)] if metric == "precomputed" else X[chosen]
    return float(silhouette_samples(X, labels, metric=metric).mean())


def _check_clusters(X, labels):
    X, labels = check_array(X, used_by="a silhouette"), check_labels(labels, "labels")
    n_samples = check_lengths(("X", X), ("labels", labels))
    clusters, codes = encode_labels(labels, n_samples)
    if not 1 < len(clusters) < n_samples:
        raise ValueError(
            f"Number of labels is {len(clusters)}. Valid values are 2 to n_samples - 1 "
            f"(inclusive), here {n_samples - 1}."
        )
    return X, codes, np.bincount(codes)
