"""The best of a few features, drawn anew for each node, as a random forest wants it.

Where all features that a node has drawn are constant among its samples, it draws more of them.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from .criteria import NEVER
from .levels import Cuts
from .splitters import EQUAL, NOBODY, Splits, first_best


class DrawingSplitter:
    """What is common to splitters that look at some features only."""

    def __init__(self, features, data, rules, draws, sample=None):
        self.features, self.data, self.rules, self.draws = features, data, rules, draws
        self.criterion, self.sample = data.criterion, sample

    def best(self, level) -> Splits:
        """Return the best split of every node among its features."""
        found = self._nothing(level)
        order = self.draws.uniform(level, self.features.shape[1]).argsort(axis=1).T
        self._look(level, order[: self.rules.max_features], found, np.arange(len(level)))
        for feature in order[self.rules.max_features :]:
            blind = np.flatnonzero(~found.varied)  # what they have looked at is constant
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


class DrawnFeatures(DrawingSplitter):
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
        keys = self._keys(level)
        slack = EQUAL * level.weight * level.impurity
        for feature in features:
            orders = [feature]
            if len(self.features.incomplete):
                orders.append(self.features.second.take(feature))
            for order in orders:
                place, value = self._sorted(level, samples, order, keys)
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

    def _keys(self, level):
        """Return the high and the low bits of the keys, or None where 63 bits are not enough."""
        place_bits = len(level.rows).bit_length()
        if len(level).bit_length() + self._value_bits() + place_bits > 63:
            return None
        keys = level.node << (self._value_bits() + place_bits)
        keys |= np.arange(len(keys))
        return keys

    def _value_bits(self) -> int:
        return (self.features.shape[0] + 1).bit_length()

    def _sorted(self, level, samples, order, keys):
        """Return the places of the samples, node by node in order, and numbers for (node, value)."""
        at = level.spread(order * self.features.shape[0])
        at += samples
        value = self.features.ranks.reshape(-1).take(at).astype(np.int64)
        if keys is None:
            value |= level.node << self._value_bits()
            place = np.argsort(value)
            return place, value.take(place)
        place_bits = len(keys).bit_length()
        value <<= place_bits
        value |= keys
        value.sort()
        place = value & ((1 << place_bits) - 1)
        value >>= place_bits
        return place, value

    def _equal_or_missing(self, value):
        """Return where no cut is possible: between equal values, or with only missing ones on the left."""
        same = value[1:] == value[:-1]
        if len(self.features.incomplete):
            same |= value[:-1] & ((1 << self._value_bits()) - 1) == 0
        return same

    def _signs(self, level, feature):
        signs = self.rules.monotonic
        return None if signs is None else level.spread(signs.take(feature))
