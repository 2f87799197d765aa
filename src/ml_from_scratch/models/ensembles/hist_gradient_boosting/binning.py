r"""Bins: each value of a feature becomes the number of the interval it lies in, one byte.

A tree only ever asks whether a value is at most some threshold. If the thresholds are chosen once,
:math:`t_0 < t_1 < \dots`, every later question is about small integers:

.. math:: b(x) = \#\{ i : t_i < x \}, \qquad x \le t_i \iff b(x) \le i \tag{1}

With at most ``max_bins`` different values, the thresholds lie half way between neighbours and
nothing is lost. With more, they are quantiles, so that the bins hold equally many samples: where the
quantile :math:`q` falls between two sorted samples it is their mean,

.. math:: t = \tfrac12 \big( x_{(nq)} + x_{(nq + 1)} \big) \text{ if } nq \text{ is whole, else }
    x_{(\lceil nq \rceil)} \tag{2}

Missing values have a bin of their own, the last. A category's bin is its number.
"""

from __future__ import annotations

import numpy as np

MOST_SAMPLES = 200_000  # quantiles are not worth more
LARGEST = 1e300  # a threshold is never infinite: that would be a split on "is it missing"
N_CELLS = 1 << 14


def find_thresholds(x, max_bins, weights=None) -> np.ndarray:
    """Return the thresholds between the bins of one feature, at most max_bins - 1, increasing.

    Parameters
    ----------
    x : ndarray of shape (n_samples,)
        Values; NaN is left out.
    max_bins : int
        The most bins for values that are not missing.
    weights : ndarray of shape (n_samples,), optional
        How much each sample counts in the quantiles.

    Examples
    --------
    >>> find_thresholds(np.array([3.0, 1.0, 1.0, 2.0, np.nan]), max_bins=255).tolist()
    [1.5, 2.5]
    >>> find_thresholds(np.arange(8.0), max_bins=4).tolist()
    [1.5, 3.5, 5.5]
    """
    known = ~np.isnan(x)
    if not known.all():
        x, weights = x[known], None if weights is None else weights[known]
    if weights is None:
        x = np.sort(x)
    else:
        order = np.argsort(x)
        x, weights = x[order], weights[order]
    starts = np.ones(len(x), dtype=bool)
    np.not_equal(x[1:], x[:-1], out=starts[1:])
    distinct = x[starts]
    if len(distinct) <= max_bins:
        thresholds = 0.5 * distinct[:-1] + 0.5 * distinct[1:]
    else:
        shares = np.linspace(0, 100, max_bins + 1)[1:-1] / 100
        thresholds = np.unique(_quantiles(x, weights, shares))
    return np.minimum(thresholds, LARGEST)


def _quantiles(x, weights, shares):
    """Return quantiles of sorted x, each a value or the mean of two neighbours."""
    last = len(x) - 1
    if weights is None:
        place = len(x) * shares - 1.0
        low = np.floor(place)
        whole = place == low
        low = low.astype(np.intp)
        low, high = np.clip(low, 0, last), np.clip(low + 1, 0, last)
        return x[high] - np.where(whole, 0.5 * (x[high] - x[low]), 0.0)  # (2)
    reached = np.cumsum(weights)
    wanted = shares * reached[-1]
    low = np.minimum(np.searchsorted(reached, wanted), last)
    whole = reached[low] - wanted <= np.finfo(np.float64).eps
    high = np.where(whole, np.minimum(low + 1, last), low)
    return 0.5 * x[low] + 0.5 * x[high]


def assign_bins(x, thresholds, missing_bin) -> np.ndarray:
    """Return the bin of every value of a feature, as uint8.

    A search among 254 thresholds costs eight unforeseeable comparisons. Most values need none: the
    range is cut into equal cells, and a cell without a threshold in it lies within a single bin.
    Rounding does no harm: the cell of x never decreases as x grows, so a threshold in a lower cell
    is below x and one in a higher cell is not.

    >>> assign_bins(np.array([1.0, 1.5, 9.0, np.nan]), np.array([1.5, 2.5]), missing_bin=3).tolist()
    [0, 0, 2, 3]
    """
    missing = np.isnan(x)
    any_missing = missing.any()
    if any_missing:
        x = np.where(missing, thresholds[0] if len(thresholds) else 0.0, x)
    if len(x) < N_CELLS or not len(thresholds):
        bins = np.searchsorted(thresholds, x).astype(np.uint8)  # (1)
    else:
        bins = _assign_by_cells(x, thresholds)
    if any_missing:
        bins[missing] = missing_bin
    return bins


def _assign_by_cells(x, thresholds):
    low, high = thresholds[0], thresholds[-1]
    scale = (N_CELLS - 2) / max(high - low, 1e-300)
    if not np.isfinite(scale):
        return np.searchsorted(thresholds, x).astype(np.uint8)

    def cell(values):  # below low: cell 0
        with np.errstate(over="ignore"):
            place = (values - low) * scale
        return np.clip(place, -1.0, N_CELLS - 2.0, out=place).astype(np.intp) + 1

    of_thresholds = cell(thresholds.copy())
    n_below = np.searchsorted(of_thresholds, np.arange(N_CELLS)).astype(np.uint8)
    undecided = np.bincount(of_thresholds, minlength=N_CELLS) > 0
    cells = cell(x)
    bins = n_below.take(cells)
    rows = np.flatnonzero(undecided.take(cells))
    bins[rows] = np.searchsorted(thresholds, x[rows])  # (1)
    return bins


class Binner:
    """The thresholds of all features, found in training data, and the bins that follow from them.

    Parameters
    ----------
    max_bins : int
        The most bins of a feature, without the one for missing values.
    n_categories : list
        For each feature the number of its categories, or None if it is numeric.

    Attributes
    ----------
    thresholds : list of ndarray
        Of each feature; None if it is categorical.
    n_bins : ndarray of shape (n_features,)
        How many bins of each feature are used for values that are not missing.
    width : int
        The length of the bin axis: the largest of n_bins, and one more for missing values (the
        last) if there are any.
    has_missing : ndarray of bool of shape (n_features,)
        Which features have missing values.
    """

    def __init__(self, max_bins, n_categories):
        self.max_bins, self.n_categories = max_bins, n_categories

    def fit_transform(self, X, weights=None, rng=None) -> np.ndarray:
        """Find thresholds; return the bins, of shape (n_features, n_samples), contiguous in samples."""
        sample = X
        if len(X) > MOST_SAMPLES:
            share = None if weights is None else weights / weights.sum()
            sample = X[rng.choice(len(X), MOST_SAMPLES, p=share)]
            weights = None  # they were used in drawing
        self.thresholds = [
            find_thresholds(sample[:, f], self.max_bins, weights) if n is None else None
            for f, n in enumerate(self.n_categories)
        ]
        self.n_bins = np.array(
            [len(t) + 1 if t is not None else n for t, n in zip(self.thresholds, self.n_categories)]
        )
        self.has_missing = np.array([np.isnan(X[:, f]).any() for f in range(X.shape[1])])
        self.width = max(int(self.n_bins.max()), 1) + int(self.has_missing.any())
        bins = np.empty(X.shape[::-1], dtype=np.uint8)
        for f, thresholds in enumerate(self.thresholds):
            column = np.ascontiguousarray(X[:, f])
            if thresholds is None:
                column = np.where(np.isnan(column), self.width - 1.0, column)
                bins[f] = column.astype(np.uint8)
            else:
                bins[f] = assign_bins(column, thresholds, self.width - 1)
        return bins
