"""Thresholds drawn by chance: no sorting and no scanning, only one division for each feature tried.

A node draws, for each of its features, a threshold between the least and the largest value among its
samples, and asks the question that gains most. A single such tree is worse than one of best
thresholds; many of them together are as good, for their errors have less in common.

Source: P. Geurts, D. Ernst and L. Wehenkel, Extremely randomized trees, 2006.
"""

from __future__ import annotations

import numpy as np

from .criteria import NEVER
from .drawn import DrawingSplitter
from .levels import OneCut
from .orders import BLOCK


class RandomThresholds(DrawingSplitter):
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
