r"""The absolute error as a criterion: what it takes to follow the medians of growing sets.

.. math:: H = \frac1W \sum_i w_i |y_i - \mathrm{median}| \tag{1}

There is no running sum for it: each sample that joins a side can move its median. But the median of
a set of ranks can be found bit by bit, from the highest. With the targets replaced by their ranks in
the node, all samples are divided by one bit of the rank, zeros before ones and otherwise in the old
order. If the zeros among the first p samples weigh more than half of these, the median is one of
them, otherwise it is one of the ones; either way the samples that still matter stand side by side
again, and the next bit decides further. All prefixes p descend at once: as many steps as a rank has
bits, each a few passes over the samples (the structure is known as a wavelet matrix). With the weight
and the weighted sum of what lies below the median, :math:`W_<` and :math:`Y_<`, the error follows:

.. math:: \sum_i w_i |y_i - m| = (Y - Y_<) - m (W - W_<) + m W_< - Y_< \tag{2}

Source: F. Claude, G. Navarro and A. Ordóñez, The wavelet matrix, 2015.
"""

from __future__ import annotations

import numpy as np

from .criteria import SquaredError


class AbsoluteError(SquaredError):
    """The mean distance from the median."""

    def describe(self, level):
        """Return weight (k,), value (k, 1) and impurity (k,) of each node."""
        y = self.y.take(level.rows)
        w = np.ones(len(y)) if level.w is None else level.w
        weight = np.add.reduceat(w, level.starts)
        order = np.lexsort((y, level.node))
        median = _medians(y.take(order), w.take(order), level.node, level.starts, weight)
        distance = np.abs(y - level.spread(median))
        return weight, median[:, None], np.add.reduceat(w * distance, level.starts) / weight  # (1)

    def rounding(self, value):
        """Return the impurity that rounding alone gives to samples that are all alike."""
        return np.zeros(len(value))

    def channels(self, level):
        """Return the rank of each sample in its node, and its distance from the node's median."""
        y = self.y.take(level.rows)
        order = np.lexsort((y, level.node))
        rank = np.empty(len(y))
        rank[order] = np.arange(len(y)) - level.spread(level.starts)
        return np.stack([rank, y - level.spread(level.value[:, 0])])

    def cut_gains(self, channels, rows, cuts, signs=None):
        """Return the gain of a cut after each row, for rows (b, m) in b orders."""
        level, flat = cuts.level, rows.reshape(-1)
        rank, y = channels[0].take(flat).astype(np.int64), channels[1].take(flat)
        w = np.ones(len(flat)) if cuts.w is None else cuts.w.take(flat)
        orders = np.arange(len(rows))[:, None] * rows.shape[1]
        first = (orders + level.spread(level.starts)).reshape(-1)
        last = (orders + level.spread(level.starts + level.counts - 1)).reshape(-1)
        left = prefix_errors(rank, y, w, first)
        n = len(flat)
        right = prefix_errors(rank[::-1], y[::-1], w[::-1], (n - 1 - last)[::-1])[::-1]
        gains = -left
        gains[:-1] -= right[1:]  # what is left of a cut, and what begins behind it
        return gains.reshape(rows.shape) + level.spread(level.weight * level.impurity)

    def side_gains(self, channels, goes_left, cuts, left, right, signs=None):
        """Return the gains of given divisions (f, m) of every node, of shape (f, k)."""
        level = cuts.level
        return np.stack([self._side_gain(level, side) for side in goes_left])

    def _side_gain(self, level, goes_left):
        """Describe the left and the right sides of all nodes as nodes of their own."""
        side = 2 * level.node + ~goes_left
        counts = np.bincount(side, minlength=2 * len(level))
        there = counts > 0
        sides = level.regrouped(np.argsort(side, kind="stable"), counts[there])
        weight, _, impurity = self.describe(sides)
        error = np.zeros(2 * len(level))
        error[there] = weight * impurity
        return level.weight * level.impurity - error[::2] - error[1::2]

    def in_users_units(self, value, impurity):
        """Return values and impurities for the y that was given."""
        return value * self.scale + self.shift, impurity * self.scale

    @property
    def unit(self):
        """The unit of impurities: that of y, not of its square."""
        return self.scale


def _medians(y, w, node, starts, weight) -> np.ndarray:
    """Return the weighted median of each node, for y sorted within nodes.

    Where the lower half weighs exactly as much as the upper one it is in the middle between them.
    """
    reached = np.cumsum(w)
    reached -= np.repeat(np.cumsum(weight) - weight, np.bincount(node))
    beyond = np.flatnonzero(reached > 0.5 * weight.take(node))[::-1]
    upper = starts.copy()
    upper[node.take(beyond)] = beyond  # the last one written is the first place
    before = np.maximum(upper - 1, starts)
    exactly = (upper > starts) & (reached.take(before) == 0.5 * weight)
    lower = np.where(exactly, before, upper)
    return 0.5 * y.take(lower) + 0.5 * y.take(upper)


def prefix_errors(rank, y, w, first) -> np.ndarray:
    """Return the sum of w |y - median| over the places from first[p] to p, for every place p.

    Ranks are those of y among the places that share a first one, and differ from each other.

    >>> y = np.array([5.0, 1.0, 2.0])
    >>> prefix_errors(np.array([2, 0, 1]), y, np.ones(3), np.zeros(3, int)).tolist()
    [0.0, 4.0, 4.0]
    """
    low, high = first, np.arange(1, len(rank) + 1)  # the prefix, and later what matters of it
    weight, total = _between(w, low, high), _between(w * y, low, high)
    below, below_y = np.zeros(len(rank)), np.zeros(len(rank))
    for bit in reversed(range(int(rank.max(initial=0)).bit_length())):
        zero = (rank >> bit) & 1 == 0
        lighter = _between(w * zero, low, high)
        among_zeros = below + lighter > 0.5 * weight
        below += np.where(among_zeros, 0.0, lighter)
        below_y += np.where(among_zeros, 0.0, _between(w * y * zero, low, high))
        zeros = np.concatenate([[0], np.cumsum(zero)])
        low = np.where(among_zeros, zeros[low], zeros[-1] + low - zeros[low])
        high = np.where(among_zeros, zeros[high], zeros[-1] + high - zeros[high])
        order = np.concatenate([np.flatnonzero(zero), np.flatnonzero(~zero)])
        rank, y, w = rank.take(order), y.take(order), w.take(order)
    median = y.take(np.minimum(low, len(y) - 1))
    return (total - below_y) - median * (weight - below) + median * below - below_y  # (2)


def _between(values, low, high):
    """Return the sums of values from place low to before place high."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    return sums[high] - sums[low]
