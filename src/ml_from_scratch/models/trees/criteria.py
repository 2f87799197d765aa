r"""What makes a question good: how mixed a node's samples are, and how much a cut unmixes them.

With the weights :math:`w_i` of a node's samples, their total W, the mean :math:`\bar y` (for classes:
the shares :math:`p_c`) the impurities are

.. math::
    H_{squared} &= \frac1W \sum_i w_i (y_i - \bar y)^2 \tag{1} \\
    H_{Gini} &= 1 - \sum_c p_c^2 \tag{2} \\
    H_{entropy} &= - \sum_c p_c \log_2 p_c \tag{3} \\
    H_{Poisson} &= \frac1W \sum_i w_i y_i \log \frac{y_i}{\bar y} \tag{4}

and the gain of a cut into a left and a right side is :math:`W H - W_L H_L - W_R H_R`. Scanning all
cuts would be slow if it needed the variance of every side. It does not: let
:math:`S = \sum_{i \in L} w_i (y_i - \bar y)` be the left sum of the *centred* targets. The right one
is -S, as the whole adds up to nothing, and of the sums of squares everything cancels but

.. math:: W H - W_L H_L - W_R H_R = \frac{S^2}{W_L} + \frac{S^2}{W_R} = \frac{W}{W_L W_R} S^2 \tag{5}

One running sum per feature is all that is needed. Gini's index is the same thing for the indicators
of the classes, added up. There S is taken W times as large: :math:`\sum_{i \in L} w_i (W [c_i = c] -
N_c)` is a whole number for samples that count once or twice or any whole number of times, so that it
has no rounding error, and cuts that are equally good come out equal:

.. math:: W H - W_L H_L - W_R H_R = \frac{1}{W W_L W_R} \sum_c S_c^2 \tag{6}

The other two need the left side's own totals, :math:`N_{L} = S + W_L \bar y`:

.. math::
    \mathrm{gain}_{entropy} &= \sum_c \phi(N_{Lc}) + \phi(N_{Rc}) - \phi(N_c) - \phi(W_L) - \phi(W_R)
        + \phi(W), \quad \phi(t) = t \log_2 t \tag{7} \\
    \mathrm{gain}_{Poisson} &= N_L \log \frac{N_L}{W_L} + N_R \log \frac{N_R}{W_R}
        - N \log \frac{N}{W} \tag{8}

Source: Breiman, Friedman, Olshen and Stone, Classification and Regression Trees, 1984, chapters 4
and 8.
"""

from __future__ import annotations

import numpy as np

from .scanning import running_sums

NEVER = -np.inf  # the gain of a cut that is not allowed
EPS = float(np.finfo(float).eps)  # impurities up to this, where that of the whole is 1, are nothing
NOTHING = 1e-9  # a side with less than this share of a node's counts has none
NEAR = 1e-60  # spreads from here to 1 / NEAR can be squared and added up


class _SumCriterion:
    """Criteria that know a side by its weight and by the sums of a few channels.

    A channel is one number per sample; those of every node add up to zero.
    """

    def cut_gains(self, channels, rows, cuts, signs=None) -> np.ndarray:
        """Return the gain of a cut after each row, for rows (b, m) in b orders.

        signs says whether values must rise (1) or fall (-1) from left to right, or are free (0).
        """
        sums = running_sums(channels, rows)  # (c, b, m)
        return self._lawful_gains(sums, *cuts.weights(rows), cuts, signs)

    def side_gains(self, channels, goes_left, cuts, left, right, signs=None) -> np.ndarray:
        """Return the gains of given divisions (f, m) of every node, of shape (f, k)."""
        starts = cuts.level.starts
        sums = np.add.reduceat(channels[:, None] * goes_left, starts, axis=2)  # (c, f, k)
        return self._lawful_gains(sums, left, right, cuts, signs)

    def _lawful_gains(self, sums, left, right, cuts, signs):
        if signs is None:
            return self.gain(sums, left, right, cuts)
        level = cuts.level
        with np.errstate(divide="ignore", invalid="ignore"):  # where no cut is allowed anyway
            on_left, on_right = self.side_means(sums, left, right, cuts)
            lawful = signs * (on_left - on_right) <= 0.0
        lawful &= np.minimum(on_left, on_right) >= cuts.spread(level.low)
        lawful &= np.maximum(on_left, on_right) <= cuts.spread(level.high)
        gains = self.gain(sums, left, right, cuts)
        np.copyto(gains, NEVER, where=~lawful & (signs != 0.0))
        return gains


# ---- regression ----------------------------------------------------------------------------------
class SquaredError(_SumCriterion):
    """The variance around the mean."""

    def __init__(self, y, weights):
        """Keep y, in units in which its square neither overflows nor vanishes."""
        self.scale, self.shift = _scale_and_shift(y, weights)
        self.y = y if (self.scale, self.shift) == (1.0, 0.0) else (y - self.shift) / self.scale

    def describe(self, level):
        """Return weight (k,), value (k, 1) and impurity (k,) of each node."""
        y, w, starts = self.y.take(level.rows), level.w, level.starts
        weight = level.counts.astype(np.float64) if w is None else np.add.reduceat(w, starts)
        mean = np.add.reduceat(y if w is None else w * y, starts) / weight
        y -= level.spread(mean)
        y *= y
        if w is not None:
            y *= w
        return weight, mean[:, None], np.add.reduceat(y, starts) / weight  # (1)

    def rounding(self, value) -> np.ndarray:
        """Return the impurity that rounding alone gives to samples that are all alike."""
        return np.square(10.0 * EPS * value[:, 0])

    def channels(self, level):
        """Return the centred targets of a level's samples, of shape (1, m)."""
        z = self.y.take(level.rows)
        z -= level.spread(level.value[:, 0])
        if level.w is not None:
            z *= level.w
        return z[None]

    def gain(self, sums, left, right, cuts):
        """Return the gain of cuts from their left sums and the two sides' weights."""
        gains = np.multiply(sums[0], sums[0], out=sums[0])
        gains *= cuts.once(self._factor, left, right)  # (5)
        return gains

    def _factor(self, left, right, cuts):
        return cuts.spread(cuts.weight) / (left * right)

    def side_means(self, sums, left, right, cuts):
        """Return the means of the left and of the right sides of cuts."""
        mean = cuts.spread(cuts.value[:, 0])
        return mean + sums[0] / left, mean - sums[0] / right

    @property
    def unit(self):
        """The unit of impurities, in those of the y that was given."""
        return self.scale * self.scale

    def in_users_units(self, value, impurity):
        """Return values and impurities for the y that was given."""
        with np.errstate(over="ignore"):  # y of 1e160 has a variance of 1e320: infinite
            return value * self.scale + self.shift, impurity * self.scale * self.scale


class Poisson(SquaredError):
    """Half the Poisson deviance from the mean, for counts."""

    def __init__(self, y, weights):
        """Keep y, which must not be negative, and not all zero."""
        if (y < 0.0).any() or not y.any():
            raise ValueError(
                "the criterion poisson needs y without negative values and not all zero; the least is "
                f"{float(y.min())}, the largest {float(y.max())}."
            )
        self.scale, self.shift, self.y = 1.0, 0.0, y

    def describe(self, level):
        """Return weight (k,), value (k, 1) and impurity (k,) of each node."""
        weight, mean, _ = super().describe(level)
        y = self.y.take(level.rows)
        relative = y / level.spread(np.where(mean > 0.0, mean, 1.0)[:, 0])
        loss = y * np.log(np.where(relative > 0.0, relative, 1.0))
        if level.w is not None:
            loss *= level.w
        return weight, mean, np.maximum(np.add.reduceat(loss, level.starts) / weight, 0.0)  # (4)

    def rounding(self, value):
        """Return the impurity that rounding alone gives to samples that are all alike."""
        return 10.0 * EPS * value[:, 0]

    def gain(self, sums, left, right, cuts):
        """Return the gain of cuts from their left sums and the two sides' weights."""
        whole = cuts.value[:, 0] * cuts.weight
        total = cuts.spread(whole)
        on_left = sums[0] + left * cuts.spread(cuts.value[:, 0])
        on_right = total - on_left
        with np.errstate(divide="ignore", invalid="ignore"):
            gains = on_left * np.log(on_left / left) + on_right * np.log(on_right / right)
            gains -= cuts.spread(
                whole * np.log(np.where(whole > 0.0, cuts.value[:, 0], 1.0))
            )  # (8)
        none = NOTHING * total  # rounding must not make something of it
        np.copyto(gains, NEVER, where=(on_left <= none) | (on_right <= none))
        return gains


# ---- classification ------------------------------------------------------------------------------
class Gini(_SumCriterion):
    """How often two samples, drawn with their weights, are of different classes."""

    unit = 1.0

    def __init__(self, codes, n_classes):
        """Keep each sample's class number."""
        self.codes, self.n_values = codes, n_classes

    def describe(self, level):
        """Return weight (k,), shares of the classes (k, n_classes) and impurity (k,) of each node."""
        level.totals = self._totals(level)
        weight = level.totals.sum(axis=1)
        value = level.totals / weight[:, None]
        return weight, value, self.impurity(value)

    def _places(self, level):
        """Return where in a table (k, n_classes) each sample belongs."""
        return level.node * self.n_values + self.codes.take(level.rows)

    def _totals(self, level):
        """Return the weight of each class in each node, N_c, of shape (k, n_classes)."""
        size = len(level) * self.n_values
        totals = np.bincount(self._places(level), level.w, minlength=size)
        return totals.reshape(-1, self.n_values).astype(np.float64, copy=False)

    def impurity(self, shares):
        """Return the impurity of nodes from the shares (k, n_classes) of the classes."""
        return 1.0 - np.einsum("kc,kc->k", shares, shares)  # (2)

    def rounding(self, value):
        """Return the impurity that rounding alone gives to samples that are all alike."""
        return 0.0

    def channels(self, level):
        """Return W [c_i = c] - N_c for all classes but the last, whose channel is minus the others.

        Of shape (n_classes - 1, m).
        """
        k, K = level.value.shape
        table = np.empty((K - 1, k, K))  # for each channel, node and class of the sample
        table[:] = -level.totals.T[:-1, :, None]
        for c, of_channel in enumerate(table):
            of_channel[:, c] += level.weight
        z = table.reshape(K - 1, -1).take(self._places(level), axis=1)
        if level.w is not None:
            z *= level.w
        return z

    def gain(self, sums, left, right, cuts):
        """Return the gain of cuts from their left sums and the two sides' weights."""
        if len(sums) == 1:
            gains = np.multiply(sums[0], sums[0], out=sums[0])
            gains *= 2.0  # the other class has the same square
        else:
            gains = sums.sum(axis=0)
            gains *= gains
            for s in sums:
                gains += np.multiply(s, s, out=s)
        gains *= cuts.once(self._factor, left, right)  # (6)
        return gains

    def _factor(self, left, right, cuts):
        return 1.0 / (cuts.spread(cuts.weight) * left * right)

    def side_means(self, sums, left, right, cuts):
        """Return the shares of the second of two classes on the left and on the right sides."""
        share, s = cuts.spread(cuts.value[:, 1]), sums[0] / cuts.spread(cuts.weight)
        return share - s / left, share + s / right

    def in_users_units(self, value, impurity):
        """Shares have no unit."""
        return value, impurity


class Entropy(Gini):
    """How many bits it takes to tell a sample's class."""

    def impurity(self, shares):
        """Return the impurity of nodes from the shares (k, n_classes) of the classes."""
        return -_t_log_t(shares).sum(axis=1) + 0.0  # (3)

    def gain(self, sums, left, right, cuts):
        """Return the gain of cuts from their left sums and the two sides' weights."""
        W = cuts.spread(cuts.weight)
        sums = [*sums, -sum(sums)]
        gains = _t_log_t(W) - _t_log_t(left) - _t_log_t(right)
        for c, s in enumerate(sums):
            N = cuts.spread(cuts.value[:, c] * cuts.weight)
            on_left = (s + left * N) / W
            gains = gains + _t_log_t(on_left) + _t_log_t(N - on_left) - _t_log_t(N)  # (7)
        return gains


def _t_log_t(t):
    """Return t log2 t, and 0 for t = 0 (or below, by rounding)."""
    return t * np.log2(np.where(t > 0.0, t, 1.0))


def _scale_and_shift(y, weights) -> tuple[float, float]:
    """Return in which units and from which origin y can be squared without loss.

    Nearly always 1 and 0. Numbers far from 1 get a power of two as their unit, numbers that differ
    little from each other their mean as the origin.
    """
    largest = float(np.abs(y).max())
    scale = 1.0
    if largest > 1.0 / NEAR or 0.0 < largest < NEAR:
        scale = 2.0 ** np.floor(np.log2(largest))
    unit = y / scale if scale != 1.0 else y
    mean = float(unit.mean() if weights is None else np.average(unit, weights=weights)) * scale
    spread = float(np.abs(y - mean).max())
    shift = mean if abs(mean) > 1e3 * spread else 0.0
    if shift and 0.0 < spread < NEAR:
        scale = 2.0 ** np.floor(np.log2(spread))
    return scale, shift
