"""A level of growing trees: all nodes that are still to be split, side by side.

The samples stand in one long row, node after node: ``rows`` holds their numbers, ``counts`` how many
belong to each node, ``starts`` where each node begins. What is known of a node (its weight, its mean)
is ``spread`` over its samples by repetition, and what is known of samples is gathered into nodes by
``reduceat``: no loop over nodes anywhere.

In this and the neighbouring files: k nodes, m samples, c classes, b orders of the samples.
"""

from __future__ import annotations

import numpy as np

from .criteria import NEVER
from .scanning import running_sums


class Level:
    """Nodes side by side, described by the criterion."""

    totals = None  # (k, n_classes): the weight of each class, where there are classes
    low = high = None  # (k,): bounds of the values, under monotone constraints
    ids = None  # (k,): numbers in the book
    bottleneck = None  # (k,): the least improvement on the way here, in best-first growth

    def __init__(self, rows, counts, tree, data):
        """Describe nodes with these rows; tree holds the number of the tree that each is of."""
        self._arrange(rows, counts, None if data.w is None else data.w.take(rows))
        self.tree = tree
        self.weight, self.value, self.impurity = data.criterion.describe(self)
        self.pure = self.impurity <= data.negligible.take(tree)
        self.pure |= self.impurity <= data.criterion.rounding(self.value)

    def _arrange(self, rows, counts, w):
        self.rows, self.counts, self.w = rows, counts, w
        self.starts = counts.cumsum() - counts
        self.node = np.arange(len(counts)).repeat(counts)  # (m,)

    def __len__(self):
        return len(self.counts)

    def spread(self, of_nodes):
        """Return what is known of nodes (..., k) for each of their samples (..., m)."""
        return of_nodes.repeat(self.counts, axis=-1)

    def first_row(self, node) -> int:
        """Return where the samples of a node begin; the end of the row for the node after the last."""
        return int(self.starts[node]) if node < len(self) else len(self.rows)

    def numbers_in_trees(self):
        """Return for each node how many nodes of its tree stand before it."""
        order, n = self.tree.argsort(kind="stable"), np.bincount(self.tree)
        numbers = np.empty(len(self), np.int64)
        numbers[order] = np.arange(len(self)) - (n.cumsum() - n).repeat(n)
        return numbers

    def regrouped(self, order, counts) -> Level:
        """Return the samples in another order and in other groups, not yet described."""
        groups = object.__new__(Level)
        groups._arrange(
            self.rows.take(order), counts, None if self.w is None else self.w.take(order)
        )
        return groups

    def only(self, kept) -> Level:
        """Return the nodes for which a boolean is true."""
        if np.count_nonzero(kept) == len(kept):
            return self
        part = object.__new__(Level)
        of_rows = self.spread(kept)
        w = None if self.w is None else self.w.compress(of_rows)
        part._arrange(self.rows.compress(of_rows), self.counts.compress(kept), w)
        for name in (
            "tree", "weight", "value", "impurity", "totals", "low", "high", "ids", "bottleneck",
        ):  # fmt: skip
            values = getattr(self, name)
            if values is not None:
                setattr(part, name, values.compress(kept, axis=0))
        return part


class Cuts:
    """Every place where the nodes of a level could be cut in two: after each sample, in some order."""

    def __init__(self, level, rules, w=None):
        """Weights w are by the same numbers as the rows that will be asked about; None: all are 1."""
        self.level, self.w, self.min_weight = level, w, rules.min_weight_leaf
        self.spread, self.weight, self.value = level.spread, level.weight, level.value
        left = np.arange(1.0, len(level.rows) + 1.0) - level.spread(level.starts)
        right = level.spread(level.counts) - left
        self.forbidden = right < rules.min_samples_leaf
        if rules.min_samples_leaf > 1:
            self.forbidden |= left < rules.min_samples_leaf
        if w is not None:
            self.before = level.weight.cumsum() - level.weight  # weight of the nodes to the left
        else:
            if self.min_weight > 1.0:
                self.forbidden |= np.minimum(left, right) < self.min_weight
            np.maximum(right, 1.0, out=right)  # behind the last sample no cut is: divide by 1
            self.left, self.right = left, right
        self._factor = None

    def weights(self, rows):
        """Return the weights on the left and on the right of a cut after each row."""
        if self.w is None:
            return self.left, self.right  # (m,): the same in every order
        earlier = np.arange(len(rows))[:, None] * self.level.weight.sum()
        left = running_sums(self.w[None], rows)[0] - earlier - self.spread(self.before)  # (b, m)
        return left, self.spread(self.weight) - left

    def once(self, factor, left, right):
        """Return factor(left, right, self), computed only once if it is the same in every order."""
        if self.w is not None:
            return factor(left, right, self)
        if self._factor is None:
            self._factor = factor(left, right, self)
        return self._factor

    def gains(self, criterion, channels, rows, signs=None):
        """Return the gain of every cut, for rows (b, m); minus infinity where none is allowed."""
        if self.w is None:
            gains = criterion.cut_gains(channels, rows, self, signs)
        else:
            with np.errstate(divide="ignore", invalid="ignore"):  # where no cut is allowed
                gains = criterion.cut_gains(channels, rows, self, signs)
        np.copyto(gains, NEVER, where=self.forbidden)
        if self.w is not None and self.min_weight > 0.0:
            lighter = np.minimum(*self.weights(rows))
            np.copyto(gains, NEVER, where=lighter < self.min_weight)
        return gains


class OneCut:
    """One given cut for each node: nothing needs to be spread."""

    def __init__(self, level):
        self.level, self.weight, self.value = level, level.weight, level.value

    @staticmethod
    def spread(of_nodes):
        """Return it as it is."""
        return of_nodes

    def once(self, factor, left, right):
        """Return factor(left, right, self)."""
        return factor(left, right, self)


def splittable(level, rules, depth):
    """Return which nodes are neither pure nor too small nor too deep to be split."""
    if depth >= rules.max_depth:
        return np.zeros(len(level), bool)
    open_ = ~level.pure
    open_ &= level.counts >= rules.min_samples_split
    if rules.min_weight_leaf > 0.0:
        open_ &= level.weight >= 2.0 * rules.min_weight_leaf
    return open_
