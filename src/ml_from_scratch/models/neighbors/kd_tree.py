r"""A k-d tree: points sorted into boxes, so that most of them need not be looked at.

The root's box holds all points. Each box is cut in two at the median of its longest side, until no
more than ``leaf_size`` points are left in one. As all leaves have the same number of places (a place
that no point takes holds NaN), a level of the tree is one array, and building it is one partition
per level, along all boxes at once.

**The bound that saves the work.** A point x in a box with corners l and h is at least as far from a
query q, feature by feature, as the box is:

.. math:: |q_j - x_j| \ge g_j = \max(l_j - q_j,\; q_j - h_j,\; 0) \tag{1}

so that the measure of g is at most that of any point inside, in exact arithmetic; a slack for
rounding, a few parts in :math:`10^{15}` per feature, is allowed. A box whose bound exceeds the k-th
best measure found so far holds no neighbour.

**All queries at once.** A query first goes down to the box where it is at home and finds its k best
there. Then (query, box) pairs go down from the root, level by level, as long as their bound allows.
The leaves that remain are visited nearest first: each query's nearest one, then the next two, the
next four ..., and each round lowers the k-th best, and with it the number of leaves still open.

Sources: Bentley, Multidimensional binary search trees used for associative searching, 1975;
Friedman, Bentley and Finkel, An algorithm for finding best matches in logarithmic expected time,
1977.
"""

from __future__ import annotations

import numpy as np

from ...core.registry import storable
from .brute_force import gamma, where
from .metrics import Minkowski
from .ranking import nearest

QUERIES = 2048  # queries that go down the tree together, at most
COORDINATES, BOUNDS = 1 << 19, 1 << 22  # differences held at a time: to points, and to boxes


@storable
class KDTree:
    """Points X (n, d) in float64, sorted into 2**depth leaves."""

    def __init__(self, X, metric: Minkowski, leaf_size: int):
        n, d = X.shape
        self.metric = metric
        self.depth = max(0, int(np.ceil(np.log2(n / leaf_size))))
        size = -(-n // 2**self.depth) * 2**self.depth  # places in a box, the root's at first
        points, index = np.full((size, d), np.nan), np.full(size, n)
        points[:n], index[:n] = X, np.arange(n)
        self.lower, self.upper = [], []  # corners of the boxes of each level, (2**level, d)
        for level in range(self.depth + 1):
            boxes = points.reshape(-1, size, d)
            self.lower.append(np.fmin.reduce(boxes, axis=1))
            self.upper.append(np.fmax.reduce(boxes, axis=1))
            if level < self.depth:
                order = self._halves(boxes, self.upper[-1] - self.lower[-1])
                points, index, size = points[order], index[order], size // 2
        self.points = points.reshape(-1, size, d)  # (leaves, places, d)
        self.index = index.reshape(-1, size)

    @staticmethod
    def _halves(boxes, sides):
        """Return the order of all places in which each box's lower half comes first."""
        n_boxes, size, _ = boxes.shape
        key = np.take_along_axis(boxes, sides.argmax(axis=1)[:, None, None], axis=2)[:, :, 0]
        order = np.argpartition(key, size // 2, axis=1)  # NaN goes last
        return (order + size * np.arange(n_boxes)[:, None]).ravel()

    def query(self, Q, k) -> tuple[np.ndarray, np.ndarray]:
        """Return measures and indices (m, k) of the k nearest points of each query Q (m, d)."""
        measures, indices = np.empty((len(Q), k)), np.empty((len(Q), k), dtype=np.int64)
        d = Q.shape[1]
        open_boxes = min(len(self.index), 3**d)  # a box and all its neighbours, about
        size = max(1, min(QUERIES, BOUNDS // (d * open_boxes)))
        for start in range(0, len(Q), size):
            part = slice(start, start + size)
            with np.errstate(invalid="ignore"):  # NaN is compared, and never chosen
                measures[part], indices[part] = self._block(Q[part], k)
        return measures, indices

    def _block(self, Q, k):
        level = self._home_level(k)
        home = self._descend(Q, level)
        under = 2 ** (self.depth - level)  # leaves in a home
        leaves = (home[:, None] * under + np.arange(under)).ravel()
        everyone = np.arange(len(Q))
        none = np.full((len(Q), k), np.inf), np.full((len(Q), k), -1, np.int64)
        best = self._visit(Q, np.repeat(everyone, under), leaves, none)
        query, leaf, bound = self._open_leaves(Q, best[0][:, -1])
        elsewhere = leaf // under != home[query]
        return self._visit_in_rounds(Q, query[elsewhere], leaf[elsewhere], bound[elsewhere], best)

    # ---- going down ------------------------------------------------------------------------------
    def _home_level(self, k) -> int:
        """Return the deepest level whose boxes have k places."""
        places = self.index.shape[1]
        return max(0, self.depth - max(0, int(np.ceil(np.log2(k / places)))))

    def _bounds(self, Q, level, box) -> np.ndarray:
        """Return the least measure between each query and its box of that level; NaN if it is empty."""
        below = self.lower[level][box] - Q
        gaps = np.maximum(below, Q - self.upper[level][box], out=below)
        np.maximum(gaps, 0.0, out=gaps)  # (1)
        return self.metric.measure(gaps)

    def _descend(self, Q, level) -> np.ndarray:
        """Return the box of that level that each query goes to when it takes the nearer half."""
        box = np.zeros(len(Q), dtype=np.int64)
        for below in range(1, level + 1):
            left, right = (self._bounds(Q, below, 2 * box + side) for side in (0, 1))
            box = 2 * box + (right < left)
        return box

    def _open_leaves(self, Q, limit):
        """Return (query, leaf, bound) for the leaves that may hold points within each limit."""
        slack = 1.0 + 8.0 * gamma(Q.shape[1] + 4, np.float64)
        query, box = np.arange(len(Q)), np.zeros(len(Q), dtype=np.int64)
        bound = self._bounds(Q, 0, box)
        for level in range(1, self.depth + 1):
            query = np.repeat(query, 2)
            box = (2 * box[:, None] + np.array([0, 1])).ravel()
            bound = self._bounds(Q[query], level, box)
            near = bound <= slack * limit[query]
            query, box, bound = query[near], box[near], bound[near]
        return query, box, bound / slack

    # ---- visiting leaves -------------------------------------------------------------------------
    def _visit_in_rounds(self, Q, query, leaf, bound, best):
        order = np.lexsort((bound, query))
        query, leaf, bound = query[order], leaf[order], bound[order]
        counts = np.bincount(query, minlength=len(Q))
        turn = np.arange(len(query)) - (np.cumsum(counts) - counts)[query]
        first, last = 0, 2
        while first < counts.max(initial=0):
            now = np.flatnonzero((turn >= first) & (turn < last))
            now = now[bound[now] <= best[0][query[now], -1]]
            best = self._visit(Q, query[now], leaf[now], best)
            first, last = last, 3 * last
        return best

    def _visit(self, Q, query, leaf, best):
        """Return the best of what was found so far and of the points in leaves, for pairs of both."""
        k = best[0].shape[1]
        _, places, d = self.points.shape
        found = []
        size = max(1, COORDINATES // (places * d))
        for start in range(0, len(query), size):
            q, box = query[start : start + size], leaf[start : start + size]
            measure = self.metric.measure(self.points[box] - Q[q, None, :])  # (pairs, places)
            limit = best[0][q, -1]
            if k < places and np.isinf(limit).any():  # nothing known yet: the k best of the leaf
                limit = np.fmin(limit, np.partition(measure, k - 1, axis=1)[:, k - 1])
            pair, place = where(measure <= limit[:, None])
            found.append((q[pair], measure[pair, place], self.index[box[pair], place]))
        if not found:
            return best
        query, measure, index = map(np.concatenate, zip(*found))
        who, query = np.unique(query, return_inverse=True)  # those for whom something was found
        row, column = where(np.isfinite(best[0][who]))
        query, measure = np.append(query, row), np.append(measure, best[0][who[row], column])
        index = np.append(index, best[1][who[row], column])
        best[0][who], best[1][who] = nearest(query, measure, index, len(who), k)
        return best
