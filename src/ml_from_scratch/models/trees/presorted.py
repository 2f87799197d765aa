r"""The best of all thresholds of all features: sort once, then only divide.

The samples are sorted by each feature before the tree grows. From then on a level has, for each of the
b orders, one long row of the m samples of its nodes, node after node and sorted within each::

    order of x0 |  node 0: 4 1 7 2 | node 1: 0 5 | node 2: 9 3 8 |
    order of x1 |  node 0: 2 7 1 4 | node 1: 5 0 | node 2: 3 9 8 |

A level takes a fixed number of passes over this table, however many nodes it has:

1. ``_gains``: the running sums of the centred targets along each row (a node's add up to zero, so that
   the chain can run through all nodes without a break), squared, weighed: the gain of every cut.
2. the largest gain of each node in each order (``np.maximum.reduceat``), then in all orders;
3. ``_splits``: where it is, in the one order that was chosen for the node;
4. ``keep``: two compressions, the samples that go left and those that go right. What was sorted stays
   sorted, so the children need no sorting: all left ones come first, then all right ones.

A cut between equal values is not allowed. Where ties are rare it would be a waste to ask about every
cut: the large levels look at all cuts as if they were allowed, and then ask about the best ones alone.
A node whose best cut turns out to be forbidden looks again (``_look_again``).

Equally good cuts (there are many where few samples are left) count as equal up to a margin, ``EQUAL``,
so that it is not rounding that decides between them.
"""

from __future__ import annotations

import numpy as np

from .criteria import NEVER
from .levels import Cuts
from .orders import BLOCK, FIRST
from .splitters import EQUAL, NOBODY, Splits, first_best


class PresortedSplits:
    """The best of all thresholds of all features."""

    def __init__(self, orders, rows, data, rules, draws, sample=None, shared=False):
        """Rows (orders, m) hold the samples of all nodes, node after node, each in its order.

        They are written to, unless they are shared with other trees.
        """
        self.orders, self.data, self.rules, self.criterion = orders, data, rules, data.criterion
        self.rows, self.memory = rows, rows.reshape(-1)
        self.shared = shared
        self.sample = sample  # the sample that a row stands for; None: itself
        self.places = np.arange(rows.shape[1])
        self.lots = draws.turns(len(rows))  # (orders, trees)
        self.holder = self.lots.argsort(axis=0)  # the order that has drawn a lot
        self.turns = self._turns(np.arange(64), 0)
        self.order, self.nobody = np.arange(len(rows)), np.array([NOBODY])

    def best(self, level) -> Splits:
        """Return the best split of every node."""
        channels = self._by_row(self.criterion.channels(level), level.rows)
        cuts = Cuts(level, self.rules, self.data.w)
        slack = EQUAL * level.weight * level.impurity
        best = np.empty((len(self.rows), len(level)))
        blocks = self._blocks(len(channels))
        asked = self.orders.tied if len(blocks) == 1 else self.orders.often_tied
        for block in blocks:
            gains = self._gains(block, self.rows[block], channels, cuts, asked)
            np.maximum.reduceat(gains, level.starts, axis=1, out=best[block])
        order, place, rows = self._choice(level, best, slack)
        if len(blocks) == 1:
            gains = gains.take(place)
            return self._splits(level, order, rows, *first_best(level, gains, slack))
        gains = self._gains_again(order, rows, channels, cuts)
        top, place = first_best(level, gains, slack)
        fooled = top < best.max(axis=0) - slack
        if np.count_nonzero(fooled):
            self._look_again(level, fooled, channels, best, slack, order, rows, gains)
            top, place = first_best(level, gains, slack)
        return self._splits(level, order, rows, top, place)

    def _choice(self, level, best, slack):
        """Return the order that is best for each node (k,), and where its rows are, and they (m,)."""
        order = self._fair_first(level, best, slack)
        place = level.spread(order * len(level.rows))
        place += self.places[: len(level.rows)]
        return order, place, self.memory.take(place)

    def _look_again(self, level, nodes, channels, best, slack, order, rows, gains):
        """Correct what is known of some nodes, in place: this time only allowed cuts count.

        best (b, k) and order (k,) are of the nodes, rows and gains (m,) of samples, as ``best`` has them.
        """
        theirs = level.spread(nodes)
        all_rows = self.rows.compress(theirs, axis=1)
        part = level.only(nodes)
        cuts = Cuts(part, self.rules, self.data.w)
        every = self._gains(slice(0, len(all_rows)), all_rows, channels, cuts, self.orders.tied)
        best[:, nodes] = np.maximum.reduceat(every, part.starts, axis=1)
        order[nodes] = self._fair_first(level, best, slack)[nodes]
        chosen = part.spread(order[nodes]), np.arange(len(part.rows))
        rows[theirs], gains[theirs] = all_rows[chosen], every[chosen]

    def _by_row(self, z, rows):
        """Return what is known of a level's samples (c, m) where the number of the row finds it."""
        by_row = np.empty((len(z), len(self.places)))
        for into, channel in zip(by_row, z):
            into[rows] = channel
        return by_row

    def _gains(self, block, rows, channels, cuts, asked):
        """Return the gains of all cuts of rows (b, m) in some orders, of shape (b, m).

        asked (orders,) says in which orders cuts between equal values are looked for and forbidden.
        """
        tied = asked[block]
        gains = cuts.gains(self.criterion, channels, rows, self._signs(block))
        if np.count_nonzero(tied) == len(tied):
            ranks = self.orders.rank(self._samples(rows), self.order[block, None])
            self._forbid_cuts_between_equals(gains, ranks)
        else:
            for i in tied.nonzero()[0]:
                ranks = self.orders.rank(self._samples(rows[i]), block.start + i)
                self._forbid_cuts_between_equals(gains[i], ranks)
        return gains

    def _gains_again(self, order, rows, channels, cuts):
        """Return the gains of all cuts once more, of each node in its own order, of shape (m,)."""
        level = cuts.level
        signs = None if self.rules.monotonic is None else level.spread(self._signs(order))
        gains = cuts.gains(self.criterion, channels, rows[None], signs)[0]
        tied = self.orders.tied.take(order)
        if np.count_nonzero(tied):
            ranks = self.orders.rank(self._samples(rows), level.spread(order))
            self._forbid_cuts_between_equals(gains, ranks, level.spread(tied)[:-1])
        return gains

    def _forbid_cuts_between_equals(self, gains, ranks, tied=None):
        here, there = ranks[..., :-1], ranks[..., 1:]
        same = here == there
        if len(self.orders.incomplete):  # only missing values on the left: the other order has that
            same |= here == FIRST
        if tied is not None:
            same &= tied
        np.copyto(gains[..., :-1], NEVER, where=same)

    def _splits(self, level, order, rows, gain, place) -> Splits:
        """Return the splits of nodes that are cut after a place."""
        orders, m = self.orders, len(rows)
        feature = orders.feature.take(order)
        low = orders.X[self._samples(rows.take(place)), feature]
        high = orders.X[self._samples(rows.take(place + 1, mode="clip")), feature]
        missing_left = self.nobody.repeat(len(level))
        if len(orders.incomplete):
            asked = np.isnan(orders.value(self._samples(rows), level.spread(feature)))
            asked = np.logical_or.reduceat(asked, level.starts)
            missing_left = np.where(asked, orders.missing_first.take(order), missing_left)
        goes_left = self.places[:m] <= level.spread(place)
        n_left = place - level.starts
        n_left += 1
        return Splits(feature, low, high, missing_left, gain, rows, goes_left, n_left)

    def keep(self, left, right):
        """Keep the rows on the left sides and on the right sides, in this order, in every order."""
        side = np.zeros(len(self.places), np.uint8)
        side[left], side[right] = 1, 2
        n_left, m = len(left), len(left) + len(right)
        if self.shared:
            self.memory, self.shared = np.empty(len(self.rows) * m, self.rows.dtype), False
        kept = self.memory[: len(self.rows) * m].reshape(-1, m)
        for block in self._blocks():  # what is written never reaches what is still to be read
            rows = self.rows[block].reshape(-1)
            sides = side.take(rows)
            lefts, rights = rows.compress(sides == 1), rows.compress(sides == 2)
            kept[block, :n_left] = lefts.reshape(-1, n_left) if n_left else 0
            kept[block, n_left:] = rights.reshape(-1, m - n_left) if m > n_left else 0
        self.rows = kept

    def _fair_first(self, level, best, slack):
        """Return which row of best (b, k) is the largest; equal ones take turns, node by node.

        Row r of node i has turn (t_r - i) modulo b, for the tree's own lots t; whoever among the
        equal ones is next to come has the least.
        """
        b, k = best.shape
        if self.lots.shape[1] == 1:
            number, tree = np.arange(k), 0
            if self.turns.shape[1] < k:
                self.turns = self._turns(np.arange(2 * k), 0)
            turns = self.turns[:, :k]
        else:
            number, tree = level.numbers_in_trees(), level.tree
            turns = self._turns(number, tree)
        equal = best >= np.maximum.reduce(best) - slack
        next_turn = np.minimum.reduce(np.where(equal, turns, np.int32(b)))
        return self.holder[(next_turn + number) % b, tree]

    def _turns(self, number, tree):
        """Return the turn of every row in nodes with these numbers in these trees, (b, k)."""
        turns = self.lots[:, tree].reshape(len(self.lots), -1) - number % len(self.lots)
        turns[turns < 0] += len(self.lots)
        return turns.astype(np.int32)

    def _signs(self, orders):
        """Return the monotone constraints of some orders, or None."""
        signs = self.rules.monotonic
        if signs is None:
            return None
        signs = signs.take(self.orders.feature[orders])
        return signs[:, None] if isinstance(orders, slice) else signs

    def _blocks(self, n_channels=1):
        d, m = self.rows.shape
        if d * m * n_channels <= BLOCK:
            return [slice(0, d)]
        size = max(1, BLOCK // (m * n_channels))
        return [slice(i, min(i + size, d)) for i in range(0, d, size)]

    def _samples(self, rows):
        return rows if self.sample is None else self.sample.take(rows)
