r"""Neighbours by looking at all points: most of them at a glance, only the promising ones closely.

**The glance.** To compare points :math:`x_j` for a query :math:`q_i`, the part of the squared
distance that depends on j is enough. With the points centred and scaled so that the farthest has
norm 1, and :math:`s_i = \max(1, \sqrt d \max_j |q_{ij}|) \ge \|q_i\|`, it is one inner product of
d + 1 numbers,

.. math:: f_{ij} = \big( \|x_j\|^2 - 2 q_i^T x_j \big) / s_i
    = \big[ x_j, \|x_j\|^2 \big]^T \big[ -2 q_i, 1 \big] / s_i \tag{1}

so that all of them are one matrix product, in float32.

**How wrong the glance can be.** Let u be the unit of rounding and
:math:`\gamma_t(u) = t u / (1 - t u)`. Rounding the factors costs u each, and a sum of d + 1 products
in any order another :math:`\gamma_{d+1}(u)` of the sum of their absolute values (Higham, section
3.1), which is :math:`(\|x_j\|^2 + 2 \|q_i\| \|x_j\|) / s_i \le 3`. On the other side the squared
distance by subtracting and squaring, in float64 with its unit v, is only known to
:math:`\gamma_{d+2}(v)` of :math:`(\|q_i\| + 1)^2 \le 4 s_i^2`, and the two roundings of each
coordinate that is centred and scaled move it by at most :math:`16 v s_i^2` more. Divided by
:math:`s_i` as f is, no value can be off by more than

.. math:: E_i = 4\, \gamma_{d+4}(u) + 8\, s_i\, \gamma_{d+4}(v) \tag{2}

(4 in place of 3 leaves room for products that underflow). If :math:`t_i` is at least the k-th smallest
of the :math:`f_{ij}`, then k points have a distance of at most :math:`t_i + E_i`, so that each of
the k nearest has

.. math:: f_{ij} \le t_i + 2 E_i \tag{3}

and those are measured closely. A small :math:`t_i` is found without sorting: cut the points into
groups and take the k-th smallest of the groups' minima; no other group holds a candidate. As the
points seen so far will do for a :math:`t_i`, they are taken in parts that stay in the cache.

**Where the glance is not enough.** Tight clusters far apart leave too many candidates within
:math:`2 E_i`. Such queries look again with u of float64, and if that does not do, at all
differences, one feature at a time. So do other metrics, for which (1) does not hold.

Source for the bounds: Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, 2002.
"""

from __future__ import annotations

import numpy as np

from ...core.registry import storable
from ..distances import squared_norms
from .metrics import Minkowski
from .ranking import nearest

QUERIES = 256  # queries answered together
PRODUCTS, DIFFERENCES = 8192, 256  # points seen at a time: 8 MB in float32, 512 KB
PAIRS = 1 << 19  # coordinates of candidates looked at closely at a time
GROUP = 32  # points whose minimum is taken together


@storable
class BruteForce:
    """Points X (n, d) in float64, prepared for queries by matrix products."""

    def __init__(self, X, metric: Minkowski):
        self.X, self.metric = X, metric
        self.centre, self.scale, self.rows = None, 1.0, None
        if metric.p == 2.0:
            low, high = X.min(axis=0), X.max(axis=0)
            self.centre = np.where(low == high, low, np.clip(X.mean(axis=0), low, high))
            farthest = np.sqrt(squared_norms(X - self.centre).max())
            self.scale = 1.0 / farthest if farthest > 1e-150 else 1.0
            self.rows = self._rows(np.float32)

    def query(self, Q, k) -> tuple[np.ndarray, np.ndarray]:
        """Return measures and indices (m, k) of the k nearest points of each query Q (m, d)."""
        measures, indices = np.empty((len(Q), k)), np.empty((len(Q), k), dtype=np.int64)
        for start in range(0, len(Q), QUERIES):
            part = slice(start, start + QUERIES)
            query, index = self._candidates(Q[part], k)
            measures[part], indices[part] = self._look_closely(Q[part], query, index, k)
        return measures, indices

    def _candidates(self, Q, k) -> tuple[np.ndarray, np.ndarray]:
        """Return pairs of a query and a point, the k nearest of each query among them."""
        if self.metric.p != 2.0:
            return self._by_differences(Q, k)
        query, index = self._by_products(Q, k, self.rows)
        for look_again in (self._by_products_in_float64, self._by_differences):
            too_many = np.bincount(query, minlength=len(Q)) > 8 * k + 128
            if not too_many.any():
                break
            clear, unclear = ~too_many[query], np.flatnonzero(too_many)
            more, found = look_again(Q[unclear], k)
            query, index = np.append(query[clear], unclear[more]), np.append(index[clear], found)
        return query, index

    # ---- the glance ------------------------------------------------------------------------------
    def _rows(self, dtype) -> np.ndarray:
        """Return the left factors of (1), of shape (n, d + 1)."""
        n, d = self.X.shape
        x = (self.X - self.centre) * self.scale
        rows = np.empty((n, d + 1), dtype=dtype)
        rows[:, :d] = x
        rows[:, d] = squared_norms(x)
        return rows

    def _by_products(self, Q, k, rows):
        d = Q.shape[1]
        q = (Q - self.centre) * self.scale
        s = np.maximum(1.0, np.sqrt(d) * np.abs(q).max(axis=1))
        right = np.empty((d + 1, len(Q)), dtype=rows.dtype)
        right[:d] = (-2.0 * q / s[:, None]).T
        right[d] = 1.0 / s
        error = 4.0 * gamma(d + 4, rows.dtype) + 8.0 * s * gamma(d + 4, np.float64)  # (2)
        f = np.empty((min(PRODUCTS, len(rows)), len(Q)), dtype=rows.dtype)  # one for all parts
        parts = (
            np.matmul(part, right, out=f[: len(part)])  # (points, m)  (1)
            for part in (rows[i : i + PRODUCTS] for i in range(0, len(rows), PRODUCTS))
        )
        return small_ones(parts, len(Q), k, slack=2.0 * error)

    def _by_products_in_float64(self, Q, k):
        return self._by_products(Q, k, self._rows(np.float64))

    def _by_differences(self, Q, k):
        columns = np.ascontiguousarray(Q.T)
        parts = (
            self.metric.all_pairs(self.X[start : start + DIFFERENCES], columns)
            for start in range(0, len(self.X), DIFFERENCES)
        )
        return small_ones(parts, len(Q), k, share=8.0 * gamma(len(columns) + 4, np.float64))

    # ---- the close look --------------------------------------------------------------------------
    def _look_closely(self, Q, query, index, k):
        measure = np.empty(len(query))
        size = max(1, PAIRS // Q.shape[1])
        for start in range(0, len(query), size):
            part = slice(start, start + size)
            measure[part] = self.metric.measure(Q[query[part]] - self.X[index[part]])
        return nearest(query, measure, index, len(Q), k)


def gamma(t, dtype) -> float:
    """Return Higham's bound on the relative error that t roundings make together.

    >>> gamma(1, np.float64) == 2.0**-53 / (1 - 2.0**-53)
    True
    """
    tu = t * float(np.finfo(dtype).eps) / 2.0
    return tu / (1.0 - tu) if tu < 0.5 else float("inf")


def small_ones(parts, m, k, *, slack=0.0, share=0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return where the columns of f, shape (n, m), are nearly as small as their k-th smallest entry.

    f comes in parts of some rows each. Nearly means: above it by at most ``slack``, plus ``share`` of
    it. The answer, columns and rows, holds all such entries and a few more.

    >>> column, row = small_ones(iter([np.array([[3.0], [1.0]]), np.array([[2.0], [9.0]])]), 1, 2)
    >>> row.tolist()
    [1, 2]
    """
    found, start = [], 0
    least = np.full((m, k), np.inf)  # minima of k groups, the smallest of those seen so far
    for f in parts:
        size = max(1, min(GROUP, len(f) // (8 * k)))
        n_groups = len(f) // size
        groups, rest = f[: n_groups * size].reshape(n_groups, size, m), f[n_groups * size :]
        minima = np.ascontiguousarray(groups.min(axis=1).T)  # (m, groups)
        least = _smallest(np.hstack([least, _smallest(minima, k)]), k)
        limit = least.max(axis=1) * (1.0 + share) + slack  # (3)
        column, group = where(minima <= limit[:, None])
        values = groups[group, :, column]
        pair, inside = where(values <= limit[column, None])
        row = start + size * group[pair] + inside
        found.append((column[pair], row, values[pair, inside]))
        row, column = where(rest <= limit)
        found.append((column, start + n_groups * size + row, rest[row, column]))
        start += len(f)
    column, row, value = map(np.concatenate, zip(*found))
    near = value <= limit[column]  # by now the limit may be lower
    return column[near], row[near]


def _smallest(values, k) -> np.ndarray:
    """Return each row's k smallest values, in any order; all, if there are fewer."""
    return values if values.shape[1] <= k else np.partition(values, k - 1, axis=1)[:, :k]


def where(mask) -> tuple[np.ndarray, np.ndarray]:
    """Return what ``np.nonzero`` does of a table, five times as fast where little is true."""
    return np.divmod(np.flatnonzero(mask), mask.shape[1])
