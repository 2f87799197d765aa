r"""Histograms: for each bin of each feature, how many samples of a node it has, and their sums.

All that a split of a node needs to know about its samples is, per feature and bin, the number of
samples, the sum of gradients and the sum of Hessians. Three sums, but one pass over the samples:

**Counting for free.** With a power of two s so small that :math:`s \sum_i |v_i| < \tfrac12`,

.. math::
    w_i &= 1 + s \, v_i                                       \tag{1} \\
    n = \mathrm{round}\Big(\sum_i w_i\Big), &\qquad
        \sum_i v_i = \Big(\sum_i w_i - n\Big) / s             \tag{2}

one sum of :math:`w` holds the count in its whole part and the sum of v in its fraction. The
:math:`s v_i` are rounded to a multiple of the last digit that a sum of all :math:`w` can have, so
every sum is exact, and does not depend on its order. For 100,000 samples 36 bits are left for v. If
all Hessians are 1, v are the gradients. If not, v are the Hessians, and the weights are complex
numbers, :math:`g_i + \mathrm i \, w_i`, whose addition adds both parts.

**One child from the other.** The sums of a node are those of its children together, so only the
child with fewer samples is summed up; the other is what is left. This is as true of running totals
along the bins, which are what a split looks at, so running totals are what is kept.

Source: Ke et al., LightGBM: a highly efficient gradient boosting decision tree, 2017, section 2.
"""

from __future__ import annotations

import numpy as np

# before this version np.add.at took fifty times as long
ADD_AT_IS_FAST = np.lib.NumpyVersion(np.__version__) >= "1.25.0"
BLOCK = 1 << 15  # samples whose weights stay in the cache
FEW_ROWS = 1024  # up to here all features (and nodes) are summed in a single call


class Weights:
    """The gradients and Hessians of all samples, packed for one pass.

    Parameters
    ----------
    gradients : ndarray of shape (n_trees, n_samples)
        First derivatives of the loss. They are rounded to 24 significant bits, as scikit-learn's
        are: sums of them are then exact for small data, and equal splits tie exactly.
    hessians : ndarray of shape (n_trees, n_samples), optional
        Second derivatives; None if all are 1.
    """

    def __init__(self, gradients, hessians=None):
        self.constant = hessians is None
        self.n_sums = 2 if self.constant else 3
        gradients = _to_24_bits(gradients)
        if self.constant:
            self.packed, self.scale = _pack(gradients)
        else:
            counted, self.scale = _pack(_to_24_bits(hessians))
            self.packed = np.empty(gradients.shape, dtype=np.complex128)
            self.packed.real, self.packed.imag = gradients, counted

    def unpack(self, totals, out) -> None:
        """Write sums of gradients, of Hessians (if not constant) and counts to out, along axis 0."""
        counted = totals if self.constant else totals.imag
        np.rint(counted, out=out[-1])  # (2)
        values = out[0] if self.constant else out[1]
        np.subtract(counted, out[-1], out=values)
        values *= 1.0 / self.scale  # (2)
        if not self.constant:
            out[0] = totals.real


def _to_24_bits(values):
    largest = max(values.max(), -values.min())
    if 1e-30 < largest < 1e30 or not largest:
        return values.astype(np.float32).astype(np.float64)
    shift = int(np.frexp(largest)[1])
    return np.ldexp(np.ldexp(values, -shift).astype(np.float32).astype(np.float64), shift)


def _pack(values):
    """Return (1 + scale * values, scale)."""
    n = values.shape[-1]
    total = float(np.abs(values).sum(axis=-1).max())
    scale = 2.0 ** -(max(-900, int(np.frexp(total)[1])) + 2) if total else 1.0
    last_digit = 2.0 ** (n.bit_length() - 52)
    packed = values * (scale / last_digit)
    np.rint(packed, out=packed)
    packed *= last_digit
    packed += 1.0  # (1)
    return packed, scale


class HistogramBuilder:
    """Sums packed weights over the samples of nodes, by feature and bin.

    Parameters
    ----------
    bins : ndarray of uint8 of shape (n_features, n_samples)
        From ``Binner``.
    width : int
        The length of the bin axis.
    """

    def __init__(self, bins, width):
        self.bins, self.width = bins, width
        self.n_features = len(bins)
        self.by_row = np.ascontiguousarray(bins.T)  # a row's bins lie together: cheap to gather
        self.offsets = width * np.arange(self.n_features)

    def totals(self, rows, packed) -> np.ndarray:
        """Return running totals of packed weights along the bins of each feature, for each node.

        Parameters
        ----------
        rows : list of ndarray
            The samples of each node; None means all.
        packed : list of ndarray of shape (n_samples,)
            The packed weights of the tree that each node belongs to.

        Returns
        -------
        ndarray of shape (n_nodes, n_features, width)
        """
        n_rows = sum(self.bins.shape[1] if r is None else len(r) for r in rows)
        build = self._all_at_once if n_rows <= FEW_ROWS else self._one_by_one
        sums = build(rows, packed)
        return np.cumsum(sums, axis=-1, out=sums)

    def _all_at_once(self, rows, packed):
        """One sum over (node, feature, bin) for all: fastest where calls cost more than samples."""
        n_nodes, d = len(rows), self.n_features
        sizes = [self.bins.shape[1] if r is None else len(r) for r in rows]
        parts = [self.by_row if r is None else self.by_row.take(r, axis=0) for r in rows]
        w = [p if r is None else p.take(r) for r, p in zip(rows, packed)]
        keys = self.offsets + (parts[0] if n_nodes == 1 else np.concatenate(parts))  # (n_rows, d)
        w = w[0] if n_nodes == 1 else np.concatenate(w)
        if n_nodes > 1:
            keys += np.repeat(np.arange(n_nodes) * (d * self.width), sizes)[:, None]
        sums = np.zeros(n_nodes * d * self.width, dtype=w.dtype)
        _add_by_key(sums, keys.ravel(), np.repeat(w, d))
        return sums.reshape(n_nodes, d, self.width)

    def _one_by_one(self, rows, packed):
        """One sum per node and feature, in blocks of samples that fit the cache."""
        sums = np.zeros((len(rows), self.n_features, self.width), dtype=packed[0].dtype)
        for node, (r, w) in enumerate(zip(rows, packed)):
            for start in range(0, len(w) if r is None else len(r), BLOCK):
                block = slice(start, start + BLOCK)
                if r is None:
                    columns, weights = self.bins[:, block], w[block]
                else:
                    columns, weights = self.by_row.take(r[block], axis=0).T, w.take(r[block])
                for f, column in enumerate(columns):
                    _add_by_key(sums[node, f], column, weights)
        return sums


def _add_by_key(sums, keys, weights) -> None:
    """Add each weight to the sum that its key names."""
    if weights.dtype != np.complex128:
        sums += np.bincount(keys, weights, len(sums))
    elif ADD_AT_IS_FAST:
        np.add.at(sums, keys.astype(np.intp, copy=False), weights)
    else:
        sums.real += np.bincount(keys, weights.real, len(sums))
        sums.imag += np.bincount(keys, weights.imag, len(sums))
