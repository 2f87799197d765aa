"""What is known of the nodes of growing trees, and how it becomes trees.

Nodes are written down in the order in which they come to be, a level at a time. In a tree they stand in
the order in which a walk meets them, depth first and left before right; or, in a tree of few leaves, in
the order in which its splits were made, the best first.
"""

from __future__ import annotations

import heapq

import numpy as np

from .rules import ENDLESS
from .splitters import NOBODY
from .structure import LEAF, UNDEFINED, Tree


class Book:
    """What is known of all nodes, in the order in which they came to be."""

    def __init__(self):
        self.count = 0
        self.nodes: list = []  # for each level: what is known of its nodes
        self.splits: list = (
            []
        )  # for each level: nodes that are split, and where their children stand
        self.questions: list = []  # for each level: what they ask

    def add(self, level) -> int:
        """Write down new nodes, number them, and return the first number."""
        first = self.count
        self.count += len(level)
        level.ids = np.arange(first, self.count)
        value = level.value if level.low is None else _within_bounds(level)
        self.nodes.append([level.counts, level.weight, level.impurity, value])
        return first

    def split(self, ids, splits, chosen, first_child) -> None:
        """Write down the questions of nodes; children are numbered lefts first, then rights."""
        middle = first_child + len(ids)
        self.splits.append((ids, slice(first_child, middle), slice(middle, middle + len(ids))))
        asked = [splits.feature, splits.low, splits.high, splits.missing_left, splits.gain]
        if len(ids) < len(chosen):
            asked = [answer.compress(chosen) for answer in asked]
        self.questions.append(asked)

    def trees(self, n_features, criterion, n_trees, max_leaf_nodes=ENDLESS) -> list[Tree]:
        """Return the trees, each numbered depth first (best first where leaves are limited)."""
        splits = self._split_nodes()
        questions = list(_taken_out(self.questions))
        if max_leaf_nodes < ENDLESS:
            number, ends = self._numbers_best_first(splits, questions, max_leaf_nodes)
        else:
            number, ends = self._numbers_depth_first(n_trees)
        order = _inverse(number, ends[-1])
        counts, weight, impurity, value = (x.take(order, axis=0) for x in _taken_out(self.nodes))
        value, impurity = criterion.in_users_units(value, impurity)
        left, right, feature = (np.full(len(order), fill) for fill in (LEAF, LEAF, UNDEFINED))
        threshold, missing_left = feature.astype(np.float64), np.zeros(len(order), np.uint8)
        if questions:
            asked, low, high, missing, _ = questions
            ids, lefts, rights = (number.take(nodes) for nodes in splits)
            feature[ids], threshold[ids] = asked, threshold_between(low, high)
            to_most = counts.take(lefts) > counts.take(rights)  # where nobody's value was missing
            missing_left[ids] = np.where(missing == NOBODY, to_most, missing)
            sizes = np.diff(ends, prepend=0)
            start = (ends - sizes).repeat(sizes).take(ids)  # of the tree that a node is in
            left[ids], right[ids] = lefts - start, rights - start
        columns = (
            left,
            right,
            feature,
            threshold,
            impurity,
            counts,
            weight,
            value[:, None, :],
            missing_left,
        )
        parts = zip([0, *ends[:-1].tolist()], ends.tolist())
        return [Tree(n_features, *(column[a:b] for column in columns)) for a, b in parts]

    def _split_nodes(self) -> list:
        """Return all nodes that are split, their left and their right children; nothing if none are."""
        if not self.splits:
            return []
        every = np.arange(self.count)
        parts = [(ids, every[lefts], every[rights]) for ids, lefts, rights in self.splits]
        return [np.concatenate(column) for column in zip(*parts)]

    def _numbers_depth_first(self, n_trees):
        """Return each node's number in a walk, tree after tree, and where trees end."""
        size = np.ones(self.count, np.int64)  # of what hangs at a node, from the last level up
        for ids, lefts, rights in reversed(self.splits):
            size[ids] += size[lefts] + size[rights]
        ends = size[:n_trees].cumsum()
        number = np.zeros(self.count, np.int64)
        number[:n_trees] = ends - size[:n_trees]
        for ids, lefts, rights in self.splits:
            next_number = number.take(ids) + 1
            number[lefts] = next_number
            number[rights] = next_number + size[lefts]
        return number, ends

    def _numbers_best_first(self, splits, questions, max_leaf_nodes):
        """Return each node's number as one split after the other is made, the best first.

        -1 stands for nodes that do not come to be; questions that are not asked are taken out.
        """
        order, asked = [0], []
        if questions:
            ids, lefts, rights, gains = (x.tolist() for x in (*splits, questions[-1]))
            question = {node: i for i, node in enumerate(ids)}
            waiting = [(-gains[0], 0)]
            while waiting and len(asked) < max_leaf_nodes - 1:
                i = heapq.heappop(waiting)[1]
                asked.append(i)
                for child in (lefts[i], rights[i]):
                    order.append(child)
                    if child in question:
                        heapq.heappush(waiting, (-gains[question[child]], question[child]))
            splits[:] = [column[asked] for column in splits]
            questions[:] = [column[asked] for column in questions]
        number = np.full(self.count, -1)
        number[order] = np.arange(len(order))
        return number, np.array([len(order)])


def threshold_between(low, high):
    """Return thresholds from low (included) to high (not): their middle, where there is one."""
    low, high = low.astype(np.float64, copy=False), high.astype(np.float64, copy=False)
    middle = 0.5 * low + 0.5 * high
    middle = np.where(middle < high, middle, low)
    return np.where(np.isnan(high), np.inf, middle)  # nothing but missing values on the right


def _taken_out(table):
    """Yield the columns of a table, which loses them: memory never holds everything twice."""
    while table and table[0]:
        yield np.concatenate([row.pop(0) for row in table])


def _inverse(number, n):
    """Return which node has each of the n numbers; those with number -1 have none."""
    order = np.empty(n, np.int64)
    kept = number >= 0
    order[number[kept]] = kept.nonzero()[0]
    return order


def _within_bounds(level):
    """Return values that respect the bounds of monotone constraints."""
    value = level.value.copy()
    value[:, -1] = np.clip(value[:, -1], level.low, level.high)
    if value.shape[1] == 2:
        value[:, 0] = 1.0 - value[:, 1]
    return value
