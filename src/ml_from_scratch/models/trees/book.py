"""What is known of the nodes of growing trees, and how it becomes trees.

Nodes are written down in the order in which they come to be, a level at a time. In a tree they stand in
the order in which a walk meets them, depth first and left before right; or, in a tree of few leaves, in
the order in which its splits were made, the best first.
"""

from __future__ import annotations

import heapq

import numpy as np

from .criteria import NEVER
from .rules import ENDLESS
from .splitters import NOBODY
from .structure import LEAF, UNDEFINED, Tree


class Book:
    """What is known of all nodes, in the order in which they came to be."""

    def __init__(self):
        self.count = 0
        self.nodes: list = []
        self.questions: list = []

    def add(self, level) -> int:
        """Write down new nodes, number them, and return the first number."""
        first = self.count
        self.count += len(level)
        level.ids = np.arange(first, self.count)
        value = level.value if level.low is None else _within_bounds(level)
        self.nodes.append((level.counts, level.weight, level.impurity, value))
        return first

    def split(self, ids, splits, chosen, first_child) -> None:
        """Write down the questions of nodes; children are numbered lefts first, then rights."""
        lefts = first_child + np.arange(len(ids))
        asked = splits.feature, splits.low, splits.high, splits.missing_left, splits.gain
        asked = [answer.compress(chosen) for answer in asked]
        self.questions.append((ids, lefts, lefts + len(ids), *asked))

    def trees(self, n_features, criterion, n_trees, max_leaf_nodes=ENDLESS) -> list[Tree]:
        """Return the trees, each numbered depth first (best first where leaves are limited)."""
        counts, weight, impurity, value = map(np.concatenate, zip(*self.nodes))
        value, impurity = criterion.in_users_units(value, impurity)
        left, right, feature = (np.full(self.count, fill) for fill in (LEAF, LEAF, UNDEFINED))
        threshold, missing_left = np.full(self.count, -2.0), np.zeros(self.count, np.uint8)
        gain = np.full(self.count, NEVER)
        if self.questions:
            ids, lefts, rights, asked, low, high, missing, gains = map(
                np.concatenate, zip(*self.questions)
            )
            left[ids], right[ids], feature[ids], gain[ids] = lefts, rights, asked, gains
            threshold[ids] = threshold_between(low, high)
            to_most = counts.take(lefts) > counts.take(rights)  # where nobody's value was missing
            missing_left[ids] = np.where(missing == NOBODY, to_most, missing)
        if max_leaf_nodes < ENDLESS:
            number, ends = _numbers_best_first(left, right, gain, max_leaf_nodes)
        else:
            number, ends = self._numbers_depth_first(left, right, n_trees)
        order = np.empty(ends[-1], np.int64)
        order[number[number >= 0]] = (number >= 0).nonzero()[0]
        start, trees = 0, []
        for end in ends.tolist():
            nodes = order[start:end]
            inner = left.take(nodes) != LEAF
            trees.append(
                Tree(
                    n_features=n_features,
                    children_left=np.where(inner, number[left[nodes]] - start, LEAF),
                    children_right=np.where(inner, number[right[nodes]] - start, LEAF),
                    feature=np.where(inner, feature[nodes], UNDEFINED),
                    threshold=np.where(inner, threshold[nodes], UNDEFINED),
                    impurity=impurity[nodes],
                    n_node_samples=counts[nodes],
                    weighted_n_node_samples=weight[nodes],
                    value=value[nodes][:, None, :],
                    missing_go_to_left=np.where(inner, missing_left[nodes], 0),
                )
            )
            start = end
        return trees

    def _numbers_depth_first(self, left, right, n_trees):
        """Return each node's number in a walk, tree after tree, and where trees end."""
        size = np.ones(self.count, np.int64)  # of what hangs at a node, from the last level up
        for ids, lefts, rights, *_ in reversed(self.questions):
            size[ids] += size.take(lefts) + size.take(rights)
        ends = size[:n_trees].cumsum()
        number = np.zeros(self.count, np.int64)
        number[:n_trees] = ends - size[:n_trees]
        for ids, lefts, rights, *_ in self.questions:
            next_number = number.take(ids) + 1
            number[lefts] = next_number
            number[rights] = next_number + size.take(lefts)
        return number, ends


def threshold_between(low, high):
    """Return thresholds from low (included) to high (not): their middle, where there is one."""
    low, high = low.astype(np.float64, copy=False), high.astype(np.float64, copy=False)
    middle = 0.5 * low + 0.5 * high
    middle = np.where(middle < high, middle, low)
    return np.where(np.isnan(high), np.inf, middle)  # nothing but missing values on the right


def _numbers_best_first(left, right, gain, max_leaf_nodes):
    """Return each node's number as one split after the other is made, the best first; -1: none.

    Nodes that are not split become leaves.
    """
    order, waiting = [0], [(-gain[0], 0)] if gain[0] > NEVER else []
    n_leaves = 1
    while waiting and n_leaves < max_leaf_nodes:
        node = heapq.heappop(waiting)[1]
        children = [int(left[node]), int(right[node])]
        order += children
        n_leaves += 1
        for child in children:
            if gain[child] > NEVER:
                heapq.heappush(waiting, (-gain[child], child))
    for _, node in waiting:
        left[node] = right[node] = LEAF
    number = np.full(len(left), -1)
    number[order] = np.arange(len(order))
    return number, np.array([len(order)])


def _within_bounds(level):
    """Return values that respect the bounds of monotone constraints."""
    value = level.value.copy()
    value[:, -1] = np.clip(value[:, -1], level.low, level.high)
    if value.shape[1] == 2:
        value[:, 0] = 1.0 - value[:, 1]
    return value
