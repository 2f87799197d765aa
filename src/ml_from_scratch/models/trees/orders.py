"""The samples in the order of each feature: sorted once, before a tree grows.

A feature with missing values is tried twice, with the missing ones behind all others and before them:
so that a cut sends them to the right or to the left. Each such attempt is an *order*. In an order with
ties the samples have ``ranks``: 1 for the least value, 2 for the next, so that equal values have equal
ranks, and one rank for all that are missing.
"""

from __future__ import annotations

import numpy as np

BLOCK = 1 << 16  # numbers worked on at once: as many as stay in the processor's cache
FEW = 1 << 20  # up to so many values their places are kept as NumPy wants them, not half as long
RARE = 0.01  # ties of at most this share of the samples are seldom met
FIRST = 0  # the rank of missing values that stand before all others


class Features:
    """The values of X (n, d), and which of its columns have missing ones."""

    def __init__(self, X):
        self.shape = X.shape
        self.X = np.ascontiguousarray(X)
        self.values = self.X.reshape(-1)
        holes = np.isnan(X.sum(axis=0)) if np.isnan(X.min()) else np.zeros(X.shape[1], bool)
        self.incomplete = holes.nonzero()[0]

    def value(self, samples, feature):
        """Return X[samples, feature]."""
        return self.values.take(samples * np.int64(self.shape[1]) + feature)


class Orders(Features):
    """In which orders samples are cut: one per feature, and a second one where values are missing."""

    def __init__(self, X):
        """Sort the columns of X (n, d) once."""
        super().__init__(X)
        n, d = X.shape
        self.feature = np.concatenate([np.arange(d), self.incomplete])  # of each order
        self.missing_first = np.arange(len(self.feature)) >= d
        self.samples = np.empty((len(self.feature), n), np.intp if X.size <= FEW else np.int32)
        self.tied = np.zeros(len(self.feature), bool)  # whether some values are equal, or missing
        self.often_tied = self.tied.copy()  # whether that is so for more than a few
        self.ranks = np.empty(self.samples.shape, np.int32)  # of the samples, in orders with ties
        at_once = max(1, BLOCK // n)
        for i in range(0, len(self.feature), at_once):
            block = slice(i, i + at_once)
            self._sort(X.T[self.feature[block]], block)
        for i in self.missing_first.nonzero()[0]:
            n_missing = np.count_nonzero(self.ranks[i] > n)
            self.samples[i] = np.roll(self.samples[i], n_missing)
            self.ranks[i, self.samples[i, :n_missing]] = FIRST

    def _sort(self, x, block):
        """Sort some columns x (b, n), missing values last, and rank their values from 1."""
        b, n = x.shape
        order = x.argsort(axis=1)
        self.samples[block] = order
        order += np.arange(0, b * n, n)[:, None]  # into all of x
        x = x.reshape(-1).take(order)
        new = x[:, 1:] > x[:, :-1]
        self.tied[block] = ~new.all(axis=1)
        self.often_tied[block] = new.sum(axis=1) < (1.0 - RARE) * (n - 1)
        if self.tied[block].any():
            rank = np.ones(x.shape, np.int32)
            rank[:, 1:] += new.cumsum(axis=1, dtype=np.int32)
            if len(self.incomplete):
                rank[np.isnan(x)] = n + 1
            self.ranks[block].reshape(-1)[order] = rank

    def rank(self, samples, order):
        """Return the ranks of samples in an order that has ties."""
        return self.ranks.reshape(-1).take(samples + order * np.int64(self.shape[0]))


class Ranks(Features):
    """The ranks of all samples in all orders, for those who sort again and again."""

    def __init__(self, orders):
        """Take over what Orders have found."""
        vars(self).update(vars(orders))
        for i in (~self.tied).nonzero()[0]:
            self.ranks[i, self.samples[i]] = np.arange(1, self.shape[0] + 1)
        self.samples = None
        self.second = np.arange(self.shape[1])  # the other order of a feature, where there is one
        self.second[self.incomplete] = self.shape[1] + np.arange(len(self.incomplete))

    rank = Orders.rank
