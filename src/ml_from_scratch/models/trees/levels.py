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

    def __init__(self, rows, counts, tree, data):
        """Describe nodes with these rows; tree holds the number of the tree that each is of."""
        self.rows, self.counts, self.tree = rows, counts, tree
        self.starts = np.cumsum(counts) - counts
        self.w = None if data.w is None else data.w.take(rows)
        self.whole = data.whole
        self.node = np.repeat(np.arange(len(counts)), counts)
        described = data.criterion.describe(rows, self.w, self.starts, counts)
        self.weight, self.value, self.impurity = described
        nothing = np.maximum(data.negligible.take(tree), data.criterion.rounding(self.value))
        self.pure = self.impurity <= nothing
        self.low = self.high = None  # bounds of the values, under monotone constraints
        self.ids = None  # numbers in the book
        self.bottleneck = None  # the least improvement on the way here, in best-first growth

    def __len__(self):
        return len(self.counts)

    def spread(self, of_nodes):
        """Return what is known of nodes (..., k) for each of their samples (..., m)."""
        return np.repeat(of_nodes, self.counts, axis=-1)

    def only(self, kept) -> Level:
        """Return the nodes for which a boolean is true."""
        part = object.__new__(Level)
        vars(part).update(vars(self))
        if kept.all():
            return part
        of_rows = self.spread(kept)
        part.rows = self.rows.compress(of_rows)
        part.w = None if self.w is None else self.w.compress(of_rows)
        for name in (
            "counts",
            "tree",
            "weight",
            "impurity",
            "pure",
            "low",
            "high",
            "ids",
            "bottleneck",
        ):
            values = getattr(self, name)
            setattr(part, name, None if values is None else values.compress(kept))
        part.value = self.value[kept]
        part.starts = np.cumsum(part.counts) - part.counts
        part.node = np.repeat(np.arange(len(part.counts)), part.counts)
        return part


class Cuts:
    """Every place where the nodes of a level could be cut in two: after each sample, in some order."""

    def __init__(self, level, rules, w=None):
        """Weights w are by the same numbers as the rows that will be asked about; None: all are 1."""
        self.level, self.rules, self.w = level, rules, w
        self.spread, self.weight, self.value = level.spread, level.weight, level.value
        m = len(level.rows)
        left = np.arange(1, m + 1) - level.spread(level.starts)
        right = level.spread(level.counts) - left
        least = rules.min_samples_leaf
        self.forbidden = right == 0 if least == 1 else (left < least) | (right < least)
        if level.w is None:
            right[level.starts + level.counts - 1] = 1  # where no cut is: divide by anything but 0
            self.left, self.right = left.astype(np.float64), right.astype(np.float64)
            if rules.min_weight_leaf > 1.0:
                self.forbidden |= np.minimum(left, right) < rules.min_weight_leaf
        else:
            self.before = np.cumsum(level.weight) - level.weight  # weight of the nodes to the left
        self._computed = {}

    def weights(self, rows):
        """Return the weights on the left and on the right of a cut after each row."""
        if self.level.w is None:
            return self.left, self.right  # (m,): the same in every order
        orders = np.arange(len(rows))[:, None] * self.level.weight.sum()
        left = running_sums(self.w, rows) - orders - self.spread(self.before)  # (b, m)
        return left, self.spread(self.weight) - left

    def once(self, function, left, right):
        """Return function(left, right, self), computed only once if it is the same in every order."""
        if self.level.w is not None:
            return function(left, right, self)
        if function.__name__ not in self._computed:
            self._computed[function.__name__] = function(left, right, self)
        return self._computed[function.__name__]

    def gains(self, criterion, channels, rows, signs=None):
        """Return the gain of every cut, for rows (b, m); minus infinity where none is allowed."""
        with np.errstate(divide="ignore", invalid="ignore"):  # on forbidden places
            gains = criterion.cut_gains(channels, rows, self, signs)
        np.copyto(gains, NEVER, where=self.forbidden)
        if self.level.w is not None and self.rules.min_weight_leaf > 0.0:
            left, right = self.weights(rows)
            np.copyto(gains, NEVER, where=np.minimum(left, right) < self.rules.min_weight_leaf)
        return gains


class OneCut:
    """One given cut for each node: nothing needs to be spread."""

    def __init__(self, level):
        self.level, self.weight, self.value = level, level.weight, level.value

    @staticmethod
    def spread(of_nodes):
        """Return it as it is."""
        return of_nodes

    def once(self, function, left, right):
        """Return function(left, right, self)."""
        return function(left, right, self)


def splittable(level, rules, depth):
    """Return which nodes are neither pure nor too small nor too deep to be split."""
    if depth >= rules.max_depth:
        return np.zeros(len(level), bool)
    open_ = ~level.pure
    open_ &= level.counts >= rules.min_samples_split
    if rules.min_weight_leaf > 0.0:
        open_ &= level.weight >= 2.0 * rules.min_weight_leaf
    return open_
