"""Three ways to find the question that each node of a level should ask.

``PresortedSplits`` looks at every feature: the samples were sorted by each of them once, and the
sorted rows are divided together with the nodes. ``DrawnFeatures`` looks at a few features, drawn for
each node, and sorts what it looks at. ``RandomThresholds`` draws the thresholds too, and need not sort.

A feature with missing values is tried twice, with the missing ones behind all others and before them:
so that a cut sends them to the right or to the left. Each such attempt is an *order*, and an order has
``ranks``: 0 for the least value of a feature, 1 for the next, so that equal values have equal ranks.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from .criteria import NEVER
from .levels import Cuts, OneCut

BLOCK = 1 << 16  # numbers worked on at once: as many as stay in the processor's cache
EQUAL = 1e-10  # gains that differ by less than this share of what could be gained are equally good
FIRST = -1  # the rank of missing values that stand before all others


@dataclass
class Splits:
    """The question of each node, and the answers of its samples."""

    feature: np.ndarray  # (k,)
    threshold: np.ndarray  # (k,)
    missing_left: np.ndarray  # (k,)
    gain: np.ndarray  # (k,), minus infinity where the node cannot be split
    rows: np.ndarray  # (m,), the samples of all nodes in some order, node after node
    goes_left: np.ndarray  # (m,)


class Features:
    """The values of X (n, d), and which of its columns have missing ones."""

    def __init__(self, X):
        self.shape = X.shape
        self.values = np.ascontiguousarray(X).reshape(-1)
        holes = np.isnan(X.sum(axis=0)) if np.isnan(X.min()) else np.zeros(X.shape[1], bool)
        self.incomplete = np.flatnonzero(holes)

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
        self.second = np.arange(d)  # the other order of a feature, where there is one
        self.second[self.incomplete] = np.arange(d, len(self.feature))
        self.samples = np.empty((len(self.feature), n), np.int32)
        self.ranks: list = [None] * len(self.feature)  # None where all values differ
        for i, j in enumerate(self.feature.tolist()):
            self.samples[i], self.ranks[i] = _sorted_samples(X[:, j], self.missing_first[i])


class Ranks(Features):
    """The rank of every sample in every order, from 1; 0 for missing values that come first."""

    def __init__(self, orders):
        """Take over what Orders have found."""
        vars(self).update(vars(orders))
        self.table = np.empty(orders.samples.shape, np.int32)  # (orders, n)
        for row, order, ranks in zip(self.table, orders.samples, orders.ranks):
            if ranks is None:
                row[order] = np.arange(1, len(row) + 1)
            else:
                row[:] = ranks + 1
        self.samples = self.ranks = None


def _sorted_samples(x, missing_first):
    """Return the order of the values x, and their ranks if not all of them differ."""
    order = np.argsort(x)
    x = x.take(order)
    new = x[1:] > x[:-1]
    n_missing = int(np.isnan(x).sum())
    if n_missing == 0 and new.all():
        return order, None
    if n_missing:
        new[-n_missing:] = False
    ranks = np.empty(len(x), np.int32)
    ranks[order] = np.concatenate([[0], np.cumsum(new)])
    if n_missing:
        first = len(x) - n_missing
        ranks[order[first:]] = FIRST if missing_first else len(x)
        if missing_first:
            order = np.roll(order, n_missing)
    return order, ranks


def threshold_between(low, high):
    """Return thresholds from low (included) to high (not): their middle, where there is one."""
    low, high = low.astype(np.float64, copy=False), high.astype(np.float64, copy=False)
    middle = 0.5 * low + 0.5 * high
    middle = np.where(middle < high, middle, low)
    return np.where(np.isnan(high), np.inf, middle)


class PresortedSplits:
    """The best of all thresholds of all features."""

    def __init__(self, orders, rows, data, rules, sample=None):
        """Rows (orders, m) hold the samples of all nodes, node after node, each in its order."""
        self.orders, self.data, self.rules = orders, data, rules
        self.criterion = data.criterion
        self.memory, self.shared = rows.reshape(-1), sample is None
        self.rows = rows
        self.sample = sample  # the sample that a row stands for; None: itself
        self.n_rows = rows.shape[1]

    def best(self, level) -> Splits:
        """Return the best split of every node."""
        channels = [self._by_row(z, level.rows) for z in self.criterion.channels(level)]
        w = self.data.w
        cuts = Cuts(level, self.rules, w)
        order = self._best_orders(level, channels, cuts)
        return self._locate(level, channels, cuts, order)

    def _by_row(self, z, rows):
        """Return what is known of a level's samples where their number finds it."""
        by_row = np.empty(self.n_rows)
        by_row[rows] = z
        return by_row

    def _best_orders(self, level, channels, cuts):
        """Return, for each node, the order that has the best cut."""
        best = np.empty((len(self.rows), len(level)))
        for block in self._blocks():
            rows = self.rows[block]
            gains = cuts.gains(self.criterion, channels, rows, self._signs(block))
            for i, row in enumerate(rows):
                ranks = self.orders.ranks[block.start + i]
                if ranks is not None:
                    _forbid_cuts_between_equals(gains[i], ranks.take(self._samples(row)))
            np.maximum.reduceat(gains, level.starts, axis=1, out=best[block])
        return _fair_first(best, EQUAL * level.weight * level.impurity)

    def _locate(self, level, channels, cuts, order):
        """Return the splits: the best cut of each node in the order that was chosen for it."""
        m = len(level.rows)
        rows = self.memory.take(level.spread(order * m) + np.arange(m))
        feature = self.orders.feature.take(order)
        x = self.orders.value(self._samples(rows), level.spread(feature))
        signs = None if self.rules.monotonic is None else level.spread(self._signs(order))
        gains = cuts.gains(self.criterion, channels, rows[None], signs)[0]
        here, there = x[:-1], x[1:]
        same = ~(here < there)
        if len(self.orders.incomplete):
            before_missing = np.isnan(there) & ~np.isnan(here)
            same &= ~before_missing | level.spread(self.orders.missing_first.take(order))[:-1]
        np.copyto(gains[:-1], NEVER, where=same)
        top, place = _first_best(level, gains, EQUAL * level.weight * level.impurity)
        goes_left = np.arange(m) <= level.spread(place)
        threshold = threshold_between(x.take(place), x.take(np.minimum(place + 1, m - 1)))
        n_left = place - level.starts + 1
        missing_left = 2 * n_left > level.counts
        if len(self.orders.incomplete):
            asked = np.logical_or.reduceat(np.isnan(x), level.starts)
            missing_left = np.where(asked, self.orders.missing_first.take(order), missing_left)
        return Splits(feature, threshold, missing_left, top, rows, goes_left)

    def keep(self, left, right):
        """Keep the rows on the left sides and on the right sides, in this order, in every order."""
        side = np.zeros(self.n_rows, np.uint8)
        side[left], side[right] = 1, 2
        n_left, m = len(left), len(left) + len(right)
        if self.shared:  # the first time: what others use is not written to
            self.memory, self.shared = np.empty(len(self.rows) * m, np.int32), False
        kept = self.memory[: len(self.rows) * m].reshape(-1, m)
        for block in self._blocks():  # what is written never reaches what is still to be read
            rows = self.rows[block].reshape(-1)
            sides = side.take(rows)
            lefts, rights = rows.compress(sides == 1), rows.compress(sides == 2)
            kept[block, :n_left] = lefts.reshape(-1, n_left) if n_left else 0
            kept[block, n_left:] = rights.reshape(-1, m - n_left) if m > n_left else 0
        self.rows = kept

    def _signs(self, orders):
        """Return the monotone constraints of some orders, or None."""
        signs = self.rules.monotonic
        if signs is None:
            return None
        signs = signs.take(self.orders.feature[orders])
        return signs[:, None] if isinstance(orders, slice) else signs

    def _blocks(self):
        d, m = self.rows.shape
        size = max(1, BLOCK // max(m, 1))
        return [slice(i, min(i + size, d)) for i in range(0, d, size)]

    def _samples(self, rows):
        return rows if self.sample is None else self.sample.take(rows)


def _forbid_cuts_between_equals(gains, ranks):
    same = ranks[1:] == ranks[:-1]
    same |= ranks[:-1] == FIRST  # only missing values on the left: the other order has that cut
    np.copyto(gains[:-1], NEVER, where=same)


def _first_best(level, gains, slack):
    """Return the best gain of each node, and the first place that is as good, but for rounding."""
    top = np.maximum.reduceat(gains, level.starts)
    places = np.flatnonzero(gains >= level.spread(top - slack))[::-1]
    first = level.starts.copy()
    first[level.node.take(places)] = places  # the last one written is the first place
    return top, first


def _fair_first(best, slack):
    """Return which row of best (b, k) has the largest value; equal ones take turns, node by node."""
    equal = best >= best.max(axis=0) - slack
    turn = np.arange(best.shape[1]) % len(best)
    later = equal & (np.arange(len(best))[:, None] >= turn)
    return np.where(later.any(axis=0), later.argmax(axis=0), equal.argmax(axis=0))


# ---- a few features, drawn for each node ---------------------------------------------------------
class Draws:
    """Random numbers for nodes, from the generator of the tree that each is of.

    A tree so has the same luck alone as among others that grow with it.
    """

    def __init__(self, generators):
        self.generators = generators

    def uniform(self, level, n) -> np.ndarray:
        """Return n numbers between 0 and 1 for each node, of shape (k, n)."""
        if len(self.generators) == 1:
            return self.generators[0].random((len(level), n))
        nodes = np.bincount(level.tree, minlength=len(self.generators)).tolist()
        numbers = [rng.random((k, n)) for rng, k in zip(self.generators, nodes) if k]
        uniform = np.empty((len(level), n))
        uniform[np.argsort(level.tree, kind="stable")] = np.concatenate(numbers)
        return uniform


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
            threshold=np.zeros(k),
            missing_left=np.zeros(k, bool),
            varied=np.zeros(k, bool),
        )

    def _splits(self, level, found) -> Splits:
        """Return the splits, with the answers of all samples."""
        samples = self._samples(level.rows)
        x = self.features.value(samples, level.spread(found.feature))
        goes_left = x <= level.spread(found.threshold)
        missing_left = found.missing_left
        if len(self.features.incomplete):
            missing = np.isnan(x)
            goes_left |= missing & level.spread(missing_left)
            asked = np.logical_or.reduceat(missing, level.starts)
        else:
            asked = np.zeros(len(level), bool)
        n_left = np.add.reduceat(goes_left, level.starts, dtype=np.int64)
        missing_left = np.where(asked, missing_left, 2 * n_left > level.counts)
        return Splits(
            found.feature, found.threshold, missing_left, found.gain, level.rows, goes_left
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
                top, cut = _first_best(level, gains, slack)
                found.varied[nodes] |= value[level.starts] != value[level.starts + level.counts - 1]
                better = np.flatnonzero(top > found.gain[nodes] + slack)
                here = nodes[better]
                low = samples[place[cut[better]]]
                high = samples[place[np.minimum(cut[better] + 1, len(place) - 1)]]
                j = feature[better]
                found.gain[here], found.feature[here] = top[better], j
                found.threshold[here] = threshold_between(
                    self.features.value(low, j), self.features.value(high, j)
                )
                found.missing_left[here] = self.features.missing_first[order[better]]

    def _sorted(self, level, samples, order):
        """Return the places of the samples, node by node in order, and numbers for (node, value)."""
        n, m = self.features.shape[0], len(samples)
        value_bits, place_bits = (n + 1).bit_length(), m.bit_length()
        key = (
            self.features.table.reshape(-1).take(level.spread(order * n) + samples).astype(np.int64)
        )
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
        found.threshold[here], found.missing_left[here] = threshold[best], missing_left[best]

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
