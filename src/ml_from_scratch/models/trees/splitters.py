"""Three ways to find the question that each node of a level should ask.

``PresortedSplits`` looks at every feature: the samples were sorted by each of them once, and the
sorted rows are divided together with the nodes. ``DrawnFeatures`` looks at a few features, drawn for
each node, and sorts what it looks at. ``RandomThresholds`` draws the thresholds too, and need not sort.

A feature with missing values is tried twice, with the missing ones behind all others and before them:
so that a cut sends them to the right or to the left. Each such attempt is an *order*, and an order has
``ranks``: 0 for the least value of a feature, 1 for the next, so that equal values have equal ranks.
"""

from __future__ import annotations

import numbers
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from ...core.random import as_generator
from .criteria import NEVER
from .levels import Cuts, OneCut

FEW = 1 << 20  # up to so many values their places are kept as NumPy wants them, not half as long
BLOCK = 1 << 16  # numbers worked on at once: as many as stay in the processor's cache
EQUAL = 1e-10  # gains that differ by less than this share of what could be gained are equally good
FIRST = 0  # the rank of missing values that stand before all others
NOBODY = -1  # missing_left where no sample of the node has a missing value


@dataclass
class Splits:
    """The question of each node, and the answers of its samples."""

    feature: np.ndarray  # (k,)
    low: np.ndarray  # (k,), the values between which the threshold is: the largest that goes left
    high: np.ndarray  # (k,), and the least that goes right
    missing_left: np.ndarray  # (k,), 1 or 0, or NOBODY
    gain: np.ndarray  # (k,), minus infinity where the node cannot be split
    rows: np.ndarray  # (m,), the samples of all nodes in some order, node after node
    goes_left: np.ndarray  # (m,)
    n_left: np.ndarray  # (k,)


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


class Draws:
    """Random numbers for nodes, from the generator of the tree that each is of.

    A tree so has the same luck alone as among others that grow with it. ``random_states`` has one None,
    seed or Generator for each tree.
    """

    def __init__(self, random_states):
        self.generators = [as_generator(state) for state in random_states]
        self.seeded = [isinstance(state, numbers.Integral) for state in random_states]

    def uniform(self, level, n) -> np.ndarray:
        """Return n numbers between 0 and 1 for each node, of shape (k, n)."""
        if len(self.generators) == 1:
            return self.generators[0].random((len(level), n))
        nodes = np.bincount(level.tree, minlength=len(self.generators)).tolist()
        numbers = [rng.random((k, n)) for rng, k in zip(self.generators, nodes) if k]
        uniform = np.empty((len(level), n))
        uniform[np.argsort(level.tree, kind="stable")] = np.concatenate(numbers)
        return uniform

    def turns(self, n) -> np.ndarray:
        """Return in which turn each of n things comes, for each tree (n, trees).

        Drawn by lot, but for a tree without a seed, which should be the same whenever it is grown.
        """
        turns = [
            rng.permutation(n) if seeded else np.arange(n)
            for rng, seeded in zip(self.generators, self.seeded)
        ]
        return np.stack(turns, axis=1)


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
        self.turns = draws.turns(len(rows))
        self.order = np.arange(len(rows))

    def best(self, level) -> Splits:
        """Return the best split of every node."""
        channels = self._by_row(self.criterion.channels(level), level.rows)
        cuts = Cuts(level, self.rules, self.data.w)
        slack = EQUAL * level.weight * level.impurity
        best = np.empty((len(self.rows), len(level)))
        blocks = self._blocks(len(channels))
        for block in blocks:
            gains = self._gains(block, channels, cuts)
            np.maximum.reduceat(gains, level.starts, axis=1, out=best[block])
        order = self._fair_first(level, best, slack)
        place = level.spread(order * len(level.rows))
        place += self.places[: len(level.rows)]
        rows = self.memory.take(place)  # those of each node in the order that is best for it
        if len(blocks) == 1:
            gains = gains.take(place)
        else:
            gains = self._gains_again(order, rows, channels, cuts)
        return self._splits(level, order, rows, *first_best(level, gains, slack))

    def _by_row(self, z, rows):
        """Return what is known of a level's samples (c, m) where the number of the row finds it."""
        by_row = np.empty((len(z), len(self.places)))
        for into, channel in zip(by_row, z):
            into[rows] = channel
        return by_row

    def _gains(self, block, channels, cuts):
        """Return the gains of all cuts in some orders, of shape (b, m)."""
        rows, tied = self.rows[block], self.orders.tied[block]
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
        missing_left = np.full(len(level), NOBODY)
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
        """Return which row of best (b, k) is the largest; equal ones take turns, node by node."""
        b = len(best)
        turns = (
            self.turns - level.numbers_in_trees()
            if self.turns.shape[1] == 1
            else (self.turns.take(level.tree, axis=1) - level.numbers_in_trees())
        )
        turns %= b
        equal = best >= best.max(axis=0) - slack
        return np.where(equal, turns, b).argmin(axis=0)

    def _signs(self, orders):
        """Return the monotone constraints of some orders, or None."""
        signs = self.rules.monotonic
        if signs is None:
            return None
        signs = signs.take(self.orders.feature[orders])
        return signs[:, None] if isinstance(orders, slice) else signs

    def _blocks(self, n_channels=1):
        d, m = self.rows.shape
        size = max(1, BLOCK // (m * n_channels))
        return [slice(i, min(i + size, d)) for i in range(0, d, size)]

    def _samples(self, rows):
        return rows if self.sample is None else self.sample.take(rows)


def first_best(level, gains, slack):
    """Return the best gain of each node, and the first place that is as good, but for rounding."""
    top = np.maximum.reduceat(gains, level.starts)
    places = (gains >= level.spread(top - slack)).nonzero()[0][::-1]
    first = level.starts.copy()
    first[level.node.take(places)] = places  # the last one written is the first place
    return top, first


# ---- a few features, drawn for each node ---------------------------------------------------------
class _DrawingSplitter:
    """What is common to the two that look at some features only."""

    def __init__(self, features, data, rules, draws, sample=None):
        self.features, self.data, self.rules, self.draws = features, data, rules, draws
        self.criterion, self.sample = data.criterion, sample

    def best(self, level) -> Splits:
        """Return the best split of every node among its features."""
        found = self._nothing(level)
        order = self.draws.uniform(level, self.features.shape[1]).argsort(axis=1).T
        self._look(level, order[: self.rules.max_features], found, np.arange(len(level)))
        for feature in order[self.rules.max_features :]:
            blind = np.flatnonzero(
                ~found.varied
            )  # all that was looked at is constant: look at more
            if not len(blind):
                break
            self._look(level.only(~found.varied), feature[None, blind], found, blind)
        return self._splits(level, found)

    def _nothing(self, level):
        k = len(level)
        return SimpleNamespace(
            gain=np.full(k, NEVER),
            feature=np.zeros(k, np.int64),
            low=np.zeros(k),
            high=np.zeros(k),
            missing_left=np.zeros(k, bool),
            varied=np.zeros(k, bool),
        )

    def _splits(self, level, found) -> Splits:
        """Return the splits, with the answers of all samples."""
        x = self.features.value(self._samples(level.rows), level.spread(found.feature))
        goes_left = x <= level.spread(found.low)
        missing_left = np.full(len(level), NOBODY)
        if len(self.features.incomplete):
            missing = np.isnan(x)
            goes_left |= missing & level.spread(found.missing_left)
            asked = np.logical_or.reduceat(missing, level.starts)
            missing_left = np.where(asked, found.missing_left, missing_left)
        n_left = np.add.reduceat(goes_left, level.starts, dtype=np.int64)
        return Splits(
            found.feature,
            found.low,
            found.high,
            missing_left,
            found.gain,
            level.rows,
            goes_left,
            n_left,
        )

    def keep(self, left, right):
        """Nothing is kept from level to level."""

    def _samples(self, rows):
        return rows if self.sample is None else self.sample.take(rows)


class DrawnFeatures(_DrawingSplitter):
    """The best of all thresholds of a few features, drawn anew for each node.

    The samples of all nodes are sorted at once, as whole numbers with the node in the high bits, the
    rank of the value in the middle and the sample's place in the low ones: so no node's samples mix
    with another's, and NumPy sorts plain numbers many times faster than it sorts by a key.
    """

    def _look(self, level, features, found, nodes):
        """Try features (f, k) of some nodes, and write down what is better than what was found."""
        channels = self.criterion.channels(level)
        cuts = Cuts(level, self.rules, level.w)
        samples = self._samples(level.rows)
        slack = EQUAL * level.weight * level.impurity
        for feature in features:
            orders = [feature]
            if len(self.features.incomplete):
                orders.append(self.features.second.take(feature))
            for order in orders:
                place, value = self._sorted(level, samples, order)
                gains = cuts.gains(
                    self.criterion, channels, place[None], self._signs(level, feature)
                )[0]
                np.copyto(gains[:-1], NEVER, where=self._equal_or_missing(value))
                top, cut = first_best(level, gains, slack)
                found.varied[nodes] |= value[level.starts] != value[level.starts + level.counts - 1]
                better = np.flatnonzero(top > found.gain[nodes] + slack)
                here = nodes[better]
                low = samples[place[cut[better]]]
                high = samples[place[np.minimum(cut[better] + 1, len(place) - 1)]]
                j = feature[better]
                found.gain[here], found.feature[here] = top[better], j
                found.low[here] = self.features.value(low, j)
                found.high[here] = self.features.value(high, j)
                found.missing_left[here] = self.features.missing_first[order[better]]

    def _sorted(self, level, samples, order):
        """Return the places of the samples, node by node in order, and numbers for (node, value)."""
        n, m = self.features.shape[0], len(samples)
        value_bits, place_bits = (n + 1).bit_length(), m.bit_length()
        key = self.features.rank(samples, level.spread(order)).astype(np.int64)
        key |= level.node << value_bits
        if len(level).bit_length() + value_bits + place_bits > 63:
            place = np.argsort(key)
            return place, key.take(place)
        key <<= place_bits
        key |= np.arange(m)
        key.sort()
        return key & ((1 << place_bits) - 1), key >> place_bits

    def _equal_or_missing(self, value):
        """Return where no cut is possible: between equal values, or with only missing ones on the left."""
        same = value[1:] == value[:-1]
        if len(self.features.incomplete):
            same |= value[:-1] & ((1 << (self.features.shape[0] + 1).bit_length()) - 1) == 0
        return same

    def _signs(self, level, feature):
        signs = self.rules.monotonic
        return None if signs is None else level.spread(signs.take(feature))


# ---- thresholds drawn, too -----------------------------------------------------------------------
class RandomThresholds(_DrawingSplitter):
    """The best of a few features, each with one threshold drawn between its least and largest value."""

    def _look(self, level, features, found, nodes):
        """Try features (f, k) of some nodes, and write down what is better than what was found."""
        channels = self.criterion.channels(level)
        place = self._samples(level.rows) * np.int64(self.features.shape[1])
        luck = self.draws.uniform(level, 2 * len(features)).T
        at_once = max(1, BLOCK // len(place))
        for i in range(0, len(features), at_once):
            block = slice(i, i + at_once)
            share, side = luck[::2][block], luck[1::2][block] < 0.5
            self._try(level, channels, place, features[block], share, side, found, nodes)

    def _try(self, level, channels, place, feature, share, missing_left, found, nodes):
        """Divide each node once by each of its features (f, k), ``share`` of the way up its values."""
        x = self.features.values.take(place + level.spread(feature))  # (f, m)
        x = x.astype(np.float64, copy=False)
        least = np.fmin.reduceat(x, level.starts, axis=1)  # (f, k)
        most = np.fmax.reduceat(x, level.starts, axis=1)
        threshold = least * (1.0 - share) + most * share
        threshold = np.where(threshold < most, threshold, least)
        goes_left = x <= level.spread(threshold)
        if len(self.features.incomplete):
            goes_left |= np.isnan(x) & level.spread(missing_left)
        varied = least < most
        found.varied[nodes] |= varied.any(axis=0)
        gain = np.where(varied, self._gain(level, channels, goes_left, feature), NEVER)
        best = gain.argmax(axis=0), np.arange(len(level))
        better = np.flatnonzero(gain[best] > found.gain[nodes])
        best, here = (best[0][better], better), nodes[better]
        found.gain[here], found.feature[here] = gain[best], feature[best]
        found.low[here] = found.high[here] = threshold[best]
        found.missing_left[here] = missing_left[best]

    def _gain(self, level, channels, goes_left, feature):
        """Return what nodes gain by divisions (f, m), minus infinity where they are not allowed."""
        left = n_left = np.add.reduceat(goes_left, level.starts, axis=1, dtype=np.float64)
        if level.w is not None:
            left = np.add.reduceat(level.w * goes_left, level.starts, axis=1)
        right = level.weight - left
        signs = None if self.rules.monotonic is None else self.rules.monotonic.take(feature)
        with np.errstate(divide="ignore", invalid="ignore"):
            gain = self.criterion.side_gains(channels, goes_left, OneCut(level), left, right, signs)
        allowed = np.minimum(n_left, level.counts - n_left) >= self.rules.min_samples_leaf
        allowed &= np.minimum(left, right) >= self.rules.min_weight_leaf
        return np.where(allowed, gain, NEVER)
