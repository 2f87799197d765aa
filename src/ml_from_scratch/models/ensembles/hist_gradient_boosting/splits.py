r"""The best split of a node, read off its histograms: every bin of every feature in one pass.

To second order, moving the prediction of samples with gradients g and Hessians h by v changes the
loss by :math:`\sum_i (g_i v + \tfrac12 h_i v^2)`; with a penalty :math:`\tfrac12 \lambda v^2` and
:math:`G = \sum_i g_i, H = \sum_i h_i`, the best value and (twice) what a split into left and right
gains over leaving the node whole are

.. math::
    v(G, H) &= -\frac{G}{H + \lambda}                          \tag{1} \\
    \mathrm{gain} &= G v - G_L v_L - G_R v_R                   \tag{2}

**Missing values** are tried on both sides of each threshold: running totals from the left leave them
on the right; adding the missing bin's sums moves them to the left.

**Categories** have no order, and k of them have :math:`2^{k-1} - 1` splits. Sorted by

.. math:: \frac{G_c}{H_c + 10} \tag{3}

only the k - 1 splits in that order can be best (Fisher, On grouping for maximum homogeneity, 1958;
the 10 keeps rare categories from the ends). Categories with less than 10 samples' worth of Hessians
stay on the right, and the left side has at most half of the others.

**Monotone constraints** keep values within bounds that children inherit, and refuse splits whose
two values are in the wrong order.

Source: Chen and Guestrin, XGBoost: a scalable tree boosting system, 2016, equations 5 to 7.
"""

from __future__ import annotations

import numpy as np

LEAST_HESSIAN = 1e-3  # the least sum of Hessians in a leaf
CATEGORY_SUPPORT = 10.0
TINY = 1e-15


class Split:
    """A question, what it gains, and the sums of the samples for which the answer is "left"."""

    __slots__ = ("gain", "feature", "bin", "missing_left", "left_bins", "G", "H", "n")

    def __init__(self, gain, feature, bin_, missing_left, left_bins, sums):
        self.gain, self.feature, self.bin = gain, feature, bin_
        self.missing_left, self.left_bins = missing_left, left_bins
        self.G, self.H, self.n = sums[0], sums[1], int(sums[-1])


class Splitter:
    """Finds the best splits of several nodes at once.

    Parameters
    ----------
    binner : Binner
        Knows how many bins each feature has, and which have missing values.
    is_categorical : ndarray of bool of shape (n_features,)
        Which features are categories.
    monotonic : ndarray of shape (n_features,)
        1 where predictions must not fall as the feature grows, -1 where they must not rise, else 0.
    min_samples_leaf : int
        The least samples of a child.
    l2 : float
        The penalty.
    """

    def __init__(self, binner, is_categorical, monotonic, min_samples_leaf, l2):
        self.min_samples_leaf, self.l2 = min_samples_leaf, l2
        self.any_missing = bool(binner.has_missing.any())
        self.monotonic = monotonic.astype(np.float64)[:, None] if monotonic.any() else None
        self.categorical = np.flatnonzero(is_categorical)
        self._memory = np.empty((4, 0))
        self.numeric = None if not is_categorical.any() else (~is_categorical).astype(np.float64)

    def value(self, G, H):
        """Return the value of a leaf."""
        return -G / (H + self.l2 + TINY)  # (1)

    def best(self, sums, values, bounds, allowed=None) -> list:
        """Return the best split of each node, None where no split is allowed or gains anything.

        Parameters
        ----------
        sums : ndarray of shape (2 or 3, n_nodes, n_features, width)
            Running totals of gradients, of Hessians and of counts; where the last two are the same,
            once. So they are ``sums[0]``, ``sums[1]`` and ``sums[-1]``.
        values : ndarray of shape (n_nodes,)
            The nodes' own values.
        bounds : ndarray of shape (2, n_nodes)
            The least and largest value that their children may have.
        allowed : ndarray of shape (n_nodes, n_features), optional
            1 where a node may be split by a feature, 0 where not.
        """
        splits = self._best_thresholds(sums, values, bounds, allowed)
        if len(self.categorical):
            others = self._best_subsets(sums, values, bounds, allowed)
            splits = [_better(a, b) for a, b in zip(splits, others)]
        return splits

    def _best_thresholds(self, sums, values, bounds, allowed):
        """Numeric features: left is what lies in the first bins."""
        left = sums
        width = sums.shape[-1]
        if self.any_missing:
            missing = sums[..., -1:] - sums[..., -2:-1]
            left = np.concatenate([sums, (sums + missing)[..., ::-1]], axis=-1)
        if self.numeric is not None:
            allowed = self.numeric if allowed is None else allowed * self.numeric
        gains = self._gains(left, sums[:, :, 0, -1], values, bounds)
        places, best, left = _largest(gains, left, allowed)
        splits = []
        for place, gain, totals in zip(places, best, left):
            feature, b = divmod(place, gains.shape[-1])
            missing_left = b >= width
            b = 2 * width - 1 - b if missing_left else b
            splits.append(Split(gain, feature, b, missing_left, None, totals) if gain > 0 else None)
        return splits

    def _best_subsets(self, sums, values, bounds, allowed):
        """Categories: left is what comes first, or last, in the order of (3)."""
        totals, width = sums[:, :, 0, -1], sums.shape[-1]
        each = np.diff(sums[:, :, self.categorical], axis=-1, prepend=0.0)  # of single bins
        order, n_used = self._order_of_categories(each, totals)
        each = np.take_along_axis(each, order[None], axis=-1)
        place = np.arange(width)
        each *= place < n_used
        first = np.cumsum(each, axis=-1)
        last = first[..., -1:] - first + each
        half = (n_used + 1) // 2
        tried = np.concatenate([place < half, (place > n_used - half)[..., ::-1]], axis=-1)
        left = np.concatenate([first, last[..., ::-1]], axis=-1)
        gains = self._gains(left, totals, values, bounds, ordered=False)
        gains *= tried & (n_used > 1)
        allowed = None if allowed is None else allowed[:, self.categorical]
        splits = []
        for node, (at, gain, total) in enumerate(zip(*_largest(gains, left, allowed))):
            k, b = divmod(at, 2 * width)
            ranked = order[node, k, : n_used[node, k, 0]]
            left_bins = np.zeros(width, dtype=bool)
            left_bins[ranked[: b + 1] if b < width else ranked[2 * width - 1 - b :]] = True
            missing_left = self.any_missing and bool(left_bins[-1])
            split = Split(gain, int(self.categorical[k]), 0, missing_left, left_bins, total)
            splits.append(split if gain > 0 else None)
        return splits

    def _order_of_categories(self, each, totals):
        """Return the bins in the order of (3), those without support last, and how many have it."""
        G, H, n = each[0], each[1], each[-1]
        support = H * (totals[-1] / (totals[1] + TINY))[:, None, None]
        used = (support >= CATEGORY_SUPPORT) & (n > 0)
        rank = np.where(used, G / (H + CATEGORY_SUPPORT), np.inf)  # (3)
        return np.argsort(rank, axis=-1, kind="stable"), used.sum(axis=-1)[..., None]

    def _gains(self, left, totals, values, bounds, ordered=True):
        """Return what each candidate gains, 0 where it is not allowed."""
        v, v_right, G_right, H_right = self._scratch(left.shape[1:])
        G, H, n = left[0], left[1], left[-1]
        total_G, total_n = totals[0, :, None, None], totals[-1, :, None, None]
        np.subtract(total_n, n, out=H_right)
        valid = np.minimum(n, H_right, out=v) >= self.min_samples_leaf
        if len(left) == 3:
            np.subtract(totals[1, :, None, None], H, out=H_right)
            valid &= np.minimum(H, H_right, out=v) >= LEAST_HESSIAN
        np.subtract(total_G, G, out=G_right)
        smallest = -(self.l2 + TINY)
        np.divide(G, np.subtract(smallest, H, out=v), out=v)  # (1)
        np.divide(G_right, np.subtract(smallest, H_right, out=v_right), out=v_right)  # (1)
        if self.monotonic is not None:
            lower, upper = bounds[..., None, None]
            np.clip(v, lower, upper, out=v)
            np.clip(v_right, lower, upper, out=v_right)
            if ordered:
                valid &= self.monotonic * (v - v_right) <= 0
        gain = np.subtract(total_G * values[:, None, None], np.multiply(G, v, out=v), out=v)
        gain -= np.multiply(G_right, v_right, out=v_right)  # (2)
        gain *= valid
        return gain

    def _scratch(self, shape):
        """Return four arrays to compute in: the same memory at every call."""
        size = int(np.prod(shape))
        if self._memory.shape[1] < size:
            self._memory = np.empty((4, size))
        return self._memory[:, :size].reshape(4, *shape)


def _largest(gains, left, allowed):
    """Return, for each node, the place of the largest gain, that gain, and the sums on the left."""
    if allowed is not None:
        gains *= allowed[..., None]
    n_nodes = len(gains)
    nodes = np.arange(n_nodes)
    flat = gains.reshape(n_nodes, -1)
    places = flat.argmax(axis=1)
    sums = left.reshape(len(left), n_nodes, -1)[:, nodes, places]
    return places.tolist(), flat[nodes, places].tolist(), sums.T.tolist()


def _better(a, b):
    """Return the split that gains more; of equals the one by the earlier feature."""
    if a is None or b is None:
        return a or b
    if a.gain == b.gain:
        return a if a.feature < b.feature else b
    return a if a.gain > b.gain else b
