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
:math:`\gamma_{d+2}(v)` of :math:`(\|q_i\| + 1)^2 \le 4 s_i^2`, and centring moves that by at most
:math:`8 v s_i^2` more. Divided by :math:`s_i` as f is, no value can be off by more than

.. math:: E_i = 4\, \gamma_{d+4}(u) + 8\, s_i\, \gamma_{d+4}(v) \tag{2}

(the fourth 1 leaves room for products that underflow). If :math:`t_i` is at least the k-th smallest
of the :math:`f_{ij}`, then k points have a distance of at most :math:`t_i + E_i`, so that each of
the k nearest has

.. math:: f_{ij} \le t_i + 2 E_i \tag{3}

and those are measured closely. A small :math:`t_i` is found without sorting: cut the points into
groups and take the k-th smallest of the groups' minima; no other group holds a candidate.

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

GLANCES = 5_000_000  # values of f held at a time: 20 MB in float32
PAIRS = 1 << 20  # coordinates of candidates looked at closely at a time
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
        size = max(1, min(256, GLANCES // len(self.X)))
        for start in range(0, len(Q), size):
            part = slice(start, start + size)
            measures[part], indices[part] = self._block(Q[part], k)
        return measures, indices

    def _block(self, Q, k):
        if k == len(self.X) or self.metric.p != 2.0:
            return self._look_closely(Q, *self._by_differences(Q, k), k)
        query, index, unclear = self._glance(Q, k, self.rows)
        if len(unclear):
            found = self._look_again(Q, k, unclear)
            query, index = np.append(query, found[0]), np.append(index, found[1])
        return self._look_closely(Q, query, index, k)

    def _look_again(self, Q, k, unclear):
        """Return the candidates of queries that float32 could not make clear."""
        query, index, still = self._glance(Q[unclear], k, self._rows(np.float64))
        last, more = self._by_differences(Q[unclear[still]], k)
        return unclear[np.append(query, still[last])], np.append(index, more)

    # ---- the glance ------------------------------------------------------------------------------
    def _rows(self, dtype) -> np.ndarray:
        """Return the left factors of (1), of shape (n, d + 1)."""
        n, d = self.X.shape
        x = (self.X - self.centre) * self.scale
        rows = np.empty((n, d + 1), dtype=dtype)
        rows[:, :d] = x
        rows[:, d] = squared_norms(x)
        return rows

    def _glance(self, Q, k, rows):
        """Return candidates (number of query, index of point) and the queries with too many."""
        n, d = self.X.shape
        q = (Q - self.centre) * self.scale
        s = np.maximum(1.0, np.sqrt(d) * np.abs(q).max(axis=1))
        right = np.empty((d + 1, len(Q)), dtype=rows.dtype)
        right[:d] = (-2.0 * q / s[:, None]).T
        right[d] = 1.0 / s
        f = rows @ right  # (n, m)  (1)
        error = 4.0 * gamma(d + 4, rows.dtype) + 8.0 * s * gamma(d + 4, np.float64)  # (2)
        return select(f, 2.0 * error, k, most=8 * k + 128)

    def _by_differences(self, Q, k):
        """Return the candidates by all differences: right to a few digits less than float64 has."""
        n, d = self.X.shape
        if k == n:
            return np.repeat(np.arange(len(Q)), n), np.tile(np.arange(n), len(Q))
        columns = np.ascontiguousarray(self.X.T)
        width = n if self.metric.p in (1.0, 2.0, np.inf) else n * d
        size = max(1, PAIRS // width)
        found = []
        for start in range(0, len(Q), size):
            measures = self.metric.all_pairs(Q[start : start + size], columns)
            kth = np.partition(measures, k - 1, axis=1)[:, k - 1]
            limit = kth * (1.0 + 8.0 * gamma(d + 4, np.float64))
            query, index = np.nonzero(measures <= limit[:, None])
            found.append((query + start, index))
        if not found:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        return tuple(np.concatenate(parts) for parts in zip(*found))

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


def select(f, slack, k, most):
    """Return (query, index, unclear): where f (n, m) is at most each column's k-th smallest + slack.

    Queries with more than ``most`` such entries are ``unclear``, and have no candidates here.
    """
    n, m = f.shape
    size = max(1, min(GROUP, n // (8 * k)))
    n_groups = n // size
    whole = f[: n_groups * size].reshape(n_groups, size, m)
    minima = np.ascontiguousarray(whole.min(axis=1).T)  # (m, groups)
    limit = np.partition(minima, k - 1, axis=1)[:, k - 1] + slack  # (m,)  (3)
    query, group = np.nonzero(minima <= limit[:, None])
    i, j = np.nonzero(whole[group, :, query] <= limit[query, None])  # i counts pairs, j in groups
    query, index = query[i], group[i] * size + j
    j, rest = np.nonzero(f[n_groups * size :] <= limit)  # what is left over of the last group
    query, index = np.append(query, rest), np.append(index, n_groups * size + j)
    counts = np.bincount(query, minlength=m)
    if counts.max() <= most:
        return query, index, np.empty(0, np.int64)
    clear = (counts <= most)[query]
    return query[clear], index[clear], np.flatnonzero(counts > most)
