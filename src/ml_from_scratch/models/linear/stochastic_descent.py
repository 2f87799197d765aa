r"""Stochastic gradient descent: one sample, one step, and on to the next.

Sample i is shown at time t. Its score and the slope :math:`\ell'` of its loss give a step along its
own features, with a weight :math:`s_i`; an L2 penalty makes all coefficients a little smaller:

.. math::
    z &= w^T x_i + b \tag{1} \\
    u &= -\eta_t\, s_i\, \ell'(z, y_i) \tag{2} \\
    w &\leftarrow \max(0, 1 - \eta_t \beta)\, w + u x_i, \qquad b \leftarrow b + u \tag{3}

where :math:`\beta = (1 - \rho)\, \alpha` is the L2 part of a penalty of weight :math:`\alpha`. The
steps grow shorter, if wanted:

.. math::
    \eta_t &= 1 / (\alpha (t_0 + t - 1)), \qquad t_0 = 1 / \sqrt{\alpha^{3/2}} && \text{(optimal)} \tag{4} \\
    \eta_t &= \eta_0 / t^{p} && \text{(invscaling)} \tag{5}

**A block at a time.** A step changes the scores that follow only through inner products of samples.
With what is left at sample i of the coefficients at the block's start, :math:`c_i`, all scores of a
block follow from its matrix of inner products, and w is needed only where the block ends:

.. math::
    c_i &= \prod_{j < i} \max(0, 1 - \eta_j \beta) \tag{6} \\
    T_{ji} &= \frac{c_i}{c_{j+1}}\, x_j^T x_i + 1 \qquad (j < i) \tag{7} \\
    z_i &= c_i\, w^T x_i + b + \textstyle\sum_{j<i} T_{ji}\, u_j \tag{8} \\
    w &\leftarrow c_B\, w + \textstyle\sum_j \frac{c_B}{c_{j+1}} u_j x_j \tag{9}

These are the numbers of (1-3), sample by sample, but for rounding. Samples on which the loss is flat
are passed over, many at once; and where the slope is the error itself, (8) is a triangular system in
all errors :math:`e = z - y` of the block:

.. math:: e_i + \textstyle\sum_{j<i} T_{ji}\, \eta_j s_j\, e_j = c_i\, w^T x_i + b - y_i \tag{10}

**An L1 penalty** may not carry a coefficient across zero, and what it was not allowed to take is
remembered in q: at any time a coefficient has received the penalty that it would have received from
the start, as far as it was there to take it. It changes all coefficients at each sample, so that
there each is shown by itself:

.. math::
    Q &\leftarrow Q + \eta_t\, \rho\, \alpha \tag{11} \\
    w_j &\leftarrow \max(0, w_j - Q - q_j) \text{ if } w_j > 0, \quad
        \min(0, w_j + Q - q_j) \text{ if } w_j < 0 \tag{12} \\
    q_j &\leftarrow q_j + \text{the change of } w_j \tag{13}

**Averages** of all coefficients on the way converge faster than the coefficients themselves. In a
block, the sum over its samples is

.. math:: \textstyle\sum_i c_{i+1} w + \sum_j u_j x_j \sum_{i \ge j} c_{i+1} / c_{j+1} \tag{14}

Sources: Bottou, Stochastic gradient descent tricks, 2012, for (1-5, 14); Tsuruoka, Tsujii and
Ananiadou, Stochastic gradient descent training for L1-regularized log-linear models with cumulative
penalty, 2009, figure 2, for (11-13).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .stochastic_losses import SquaredError

BLOCK = 64  # samples whose inner products are formed at once
STEEPEST = 1e12  # slopes are cut here, so that one wild sample does not end it all
SMALLEST = 1e-100  # what may be left of coefficients within a block


@dataclass
class Settings:
    """What does not change on the way; ``average`` is the time at which averaging begins, or 0."""

    loss: Any
    alpha: float  # as the steps know it
    l2: float  # beta
    l1: float  # rho alpha
    learning_rate: str
    eta0: float
    power_t: float
    fit_intercept: bool
    average: int = 0

    def steps(self, t, n, eta) -> np.ndarray:
        """Return the lengths of the steps at times t, t + 1, ..., n of them."""
        if self.learning_rate == "optimal":
            t_0 = 1.0 / (math.sqrt(1.0 / math.sqrt(self.alpha)) * self.alpha)
            return 1.0 / (self.alpha * (t_0 + np.arange(t - 1.0, t - 1.0 + n)))  # (4)
        if self.learning_rate == "invscaling":
            return self.eta0 / np.arange(t, t + n) ** self.power_t  # (5)
        return np.full(n, float(eta))


@dataclass
class State:
    """What changes: coefficients, intercept, time, means so far, and the L1 penalty's memory."""

    w: np.ndarray
    b: float
    t: float = 1.0
    mean_w: np.ndarray | None = None
    mean_b: float = 0.0
    q: np.ndarray | None = None
    total_l1: float = 0.0


def show(X, y, s, state: State, settings: Settings, eta: float) -> float:
    """Show all rows of X in order, and return the sum of their objectives.

    The objective of a sample is its loss, when it was shown, and the penalty at that time.
    """
    if settings.l1 > 0.0:
        state.q = np.zeros_like(state.w) if state.q is None else state.q
        return _show_one_by_one(X, y, s, state, settings, eta)
    total, i = 0.0, 0
    while i < len(X):
        size = BLOCK
        if state.t < settings.average < state.t + size:  # the mean begins with a block
            size = int(math.ceil(settings.average - state.t))
        rows = slice(i, i + size)
        steps = settings.steps(state.t, len(X[rows]), eta)
        total += _show_block(X[rows], y[rows], s[rows], state, settings, steps)
        i += size
    return total


def _show_block(x, y, s, state, settings, steps) -> float:
    n = len(x)
    c = np.ones(n + 1)
    np.cumprod(np.maximum(0.0, 1.0 - steps * settings.l2), out=c[1:])  # (6)
    if c[-1] < SMALLEST and n > 1:  # (7) would divide by nothing
        half = n // 2
        return sum(
            _show_block(x[part], y[part], s[part], state, settings, steps[part])
            for part in (slice(None, half), slice(half, None))
        )
    since = np.where(c[1:] > 0.0, c[1:], 1.0)
    inner = x @ x.T
    T = np.triu(inner * (c[:-1] / since[:, None]) + float(settings.fit_intercept), 1)  # (7)
    start = c[:-1] * (x @ state.w) + state.b
    z, u = _walk(start, T, y, steps * s, settings.loss)
    penalty = _l2_penalty(z, u, c, since, inner.diagonal(), state, settings)
    if 0 < settings.average <= state.t:
        _average_block(x, u, c, since, state, settings)
    left = np.ones(n) if n == 1 else c[-1] / since
    state.w = c[-1] * state.w + (u * left) @ x  # (9)
    if settings.fit_intercept:
        state.b += float(u.sum())  # (3)
    state.t += n
    return float(settings.loss.values(z, y).sum()) + penalty


def _l2_penalty(z, u, c, since, lengths, state, settings) -> float:
    """Return the sum of the L2 penalties at the times when the samples of a block were shown.

    Less the factor c, a step a = u / c along x changes the squared norm by 2 a (w^T x) + a^2 x^T x.
    """
    if settings.l2 == 0.0:
        return 0.0
    before = np.cumsum(u) - u if settings.fit_intercept else 0.0
    own, a = (z - state.b - before) / np.where(c[:-1] > 0.0, c[:-1], 1.0), u / since
    growth = np.cumsum(a * (2.0 * own + a * lengths))
    squared = float(state.w @ state.w) + np.concatenate([[0.0], growth[:-1]])
    return 0.5 * settings.l2 * float(np.square(c[:-1]) @ squared)


def _walk(z, T, y, gains, loss) -> tuple[np.ndarray, np.ndarray]:
    """Return scores, each when its sample was shown, and steps u of a block; z is changed in place."""
    if isinstance(loss, SquaredError):
        e = np.linalg.solve(np.eye(len(z)) + (gains[:, None] * T).T, z - y)  # (10)
        if np.abs(e).max() <= STEEPEST:
            return e + y, -gains * e
    u, targets, gains = np.zeros(len(z)), y.tolist(), gains.tolist()
    i = 0
    while i < len(z):
        if loss.rests is not None:
            awake = ~loss.rests(z[i:], y[i:])
            first = int(awake.argmax())
            if not awake[first]:
                break
            i += first
        slope = loss.slope(float(z[i]), targets[i])
        u[i] = step = -gains[i] * max(-STEEPEST, min(slope, STEEPEST))  # (2)
        if step != 0.0:
            z[i + 1 :] += step * T[i, i + 1 :]  # (8)
        i += 1
    return z, u


def _average_block(x, u, c, since, state, settings) -> None:
    n, seen = len(x), state.t - settings.average
    later = np.cumsum(c[:0:-1])[::-1]  # the sum of c_{i+1} from i = j on
    weights = np.ones(1) if n == 1 else later / since
    total = later[0] * state.w + (u * weights) @ x  # (14)
    state.mean_w = (seen * state.mean_w + total) / (seen + n)
    if settings.fit_intercept:
        total_b = n * state.b + float(u @ np.arange(n, 0.0, -1.0))
        state.mean_b = (seen * state.mean_b + total_b) / (seen + n)


def _show_one_by_one(X, y, s, state, settings, eta) -> float:
    """The same in the plainest way, sample by sample, for penalties that have an L1 part."""
    loss, l1, l2 = settings.loss, settings.l1, settings.l2
    steps = settings.steps(state.t, len(X), eta).tolist()
    w, q, z, penalty = state.w, state.q, np.empty(len(X)), 0.0
    for i, (x, target, weight, step) in enumerate(zip(X, y.tolist(), s.tolist(), steps)):
        z[i] = score = float(x @ w) + state.b  # (1)
        penalty += 0.5 * l2 * float(w @ w) + l1 * float(np.abs(w).sum())
        slope = max(-STEEPEST, min(loss.slope(score, target), STEEPEST))
        u = -step * weight * slope  # (2)
        if l2 > 0.0:
            w = max(0.0, 1.0 - step * l2) * w  # (3)
        if u != 0.0:
            w = w + u * x  # (3)
            state.b += u if settings.fit_intercept else 0.0  # (3)
        state.total_l1 += step * l1  # (11)
        there = np.sign(w)
        shrunk = there * np.maximum(0.0, np.abs(w) - state.total_l1 - there * q)  # (12)
        q += shrunk - w  # (13)
        w = shrunk
        if 0 < settings.average <= state.t:
            share = 1.0 / (state.t - settings.average + 1.0)
            state.mean_w = state.mean_w + share * (w - state.mean_w)
            state.mean_b += share * (state.b - state.mean_b)
        state.t += 1.0
    state.w = w
    return float(loss.values(z, y).sum()) + penalty
