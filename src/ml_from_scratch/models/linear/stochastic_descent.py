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

These are the numbers of (1-3), sample by sample, but for rounding. Everything that does not depend on
w is made for hundreds of blocks at once; what remains, (8), is short sums of numbers, at which plain
Python is quicker than NumPy's calls. Where the slope is the error itself, (8) is a triangular system
in all errors :math:`e = z - y` of the block, whose inverses can be made at once, too:

.. math:: e_i + \textstyle\sum_{j<i} T_{ji}\, \eta_j s_j\, e_j = c_i\, w^T x_i + b - y_i \tag{10}

**An L1 penalty** may not carry a coefficient across zero, and what it was not allowed to take is
remembered in q: at any time a coefficient has received the penalty that it would have received from
the start, as far as it was there to take it. It changes all coefficients at each sample, so that
there each is shown by itself:

.. math::
    Q &\leftarrow Q + \eta_t\, \rho\, \alpha \tag{11} \\
    r_j &= \min(\max(w_j, q_j - Q), q_j + Q) \tag{12} \\
    w_j &\leftarrow w_j - r_j, \qquad q_j \leftarrow q_j - r_j \tag{13}

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

BLOCK = 16  # samples whose inner products are formed: longer sums in (8) cost more than they save
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
    tell: bool = True  # whether anybody wants to know the objective

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
    before = math.ceil(settings.average - state.t)  # samples that the mean leaves out
    if 0 < before < len(X):
        first = show(X[:before], y[:before], s[:before], state, settings, eta)
        return first + show(X[before:], y[before:], s[before:], state, settings, eta)
    steps = settings.steps(state.t, len(X), eta)
    if settings.l1 > 0.0:
        return _show_one_by_one(X, y, s, state, settings, steps)
    return _show_blocks(X, y, s, state, settings, steps)


# ---- blocks --------------------------------------------------------------------------------------
@dataclass
class Blocks:
    """Samples of hundreds of blocks, and what follows from them before w is known; padded with zeros."""

    x: np.ndarray  # (n_blocks, size, d)
    y: np.ndarray  # (n_blocks, size)
    gains: np.ndarray  # eta s
    c: np.ndarray  # (n_blocks, size + 1)
    inner: np.ndarray  # (n_blocks, size, size), of samples
    T: np.ndarray  # zero but above the diagonal
    n: int  # samples that are not padding

    @classmethod
    def of(cls, X, y, gains, shrink, fit_intercept):
        """Cut rows into blocks; ``shrink`` is what each sample's step leaves of the coefficients."""
        size = BLOCK if shrink.min() > SMALLEST ** (1.0 / BLOCK) else 1  # (7) divides by c
        x, y, gains = _padded(X, size, 0.0), _padded(y, size, 1.0), _padded(gains, size, 0.0)
        c = np.ones((len(x), size + 1))
        np.cumprod(_padded(shrink, size, 1.0), axis=1, out=c[:, 1:])  # (6)
        inner = x @ x.transpose(0, 2, 1)
        T = inner * (c[:, None, :-1] / _nonzero(c[:, 1:, None])) + float(fit_intercept)  # (7)
        return cls(x, y, gains, c, inner, np.triu(T, 1), len(X))

    def since(self, total) -> np.ndarray:
        """Divide by c where each step is made: what is left of steps, given what is left of w."""
        return np.ones((1, 1)) if self.x.shape[1] == 1 else total / _nonzero(self.c[:, 1:])


def _padded(values, size, filler) -> np.ndarray:
    """Return rows (n, ...) as blocks (n_blocks, size, ...)."""
    missing = -len(values) % size
    if missing:
        values = np.concatenate([values, np.full((missing, *values.shape[1:]), filler)])
    return values.reshape(-1, size, *values.shape[1:])


def _nonzero(c) -> np.ndarray:
    return np.where(c > 0.0, c, 1.0)


def _show_blocks(X, y, s, state, settings, steps) -> float:
    shrink = np.maximum(0.0, 1.0 - steps * settings.l2)
    blocks = Blocks.of(X, y, steps * s, shrink, settings.fit_intercept)
    is_linear = isinstance(settings.loss, SquaredError) and _ErrorSolver.suits(blocks)
    solver = (_ErrorSolver if is_linear else _StepByStep)(blocks, settings.loss)
    z, u = np.empty(blocks.y.shape), np.empty(blocks.y.shape)
    W, b = np.empty((len(u) + 1, len(state.w))), np.full(len(u) + 1, state.b)  # where blocks begin
    W[0], ends, tails = state.w, blocks.c[:, -1].tolist(), blocks.since(blocks.c[:, -1:])
    tails = np.broadcast_to(tails, u.shape)
    for k, rows in enumerate(blocks.x):
        w = W[k]
        z[k], u[k] = solver.solve(k, blocks.c[k, :-1] * (rows @ w) + b[k])
        W[k + 1] = ends[k] * w + (tails[k] * u[k]) @ rows  # (9)
        if settings.fit_intercept:
            b[k + 1] = b[k] + u[k].sum()  # (3)
    if 0 < settings.average <= state.t:
        _average(blocks, u, W[:-1], b[:-1], state, settings)
    state.w, state.b, state.t = W[-1], float(b[-1]), state.t + len(X)
    if not settings.tell:
        return 0.0
    losses = settings.loss.values(z.ravel()[: len(X)], y)
    return float(losses.sum()) + _l2_penalty(blocks, z, u, W[:-1], b[:-1], settings)


class _StepByStep:
    """Equation (8) for any loss: only the steps that were made count, and often most are none."""

    def __init__(self, blocks, loss):
        self.T, self.y, self.gains = blocks.T.tolist(), blocks.y.tolist(), blocks.gains.tolist()
        self.slope = loss.slope

    def solve(self, k, start):
        """Return scores, when their samples were shown, and steps of block k."""
        slope_of, made = self.slope, []
        scores, steps = start.tolist(), [0.0] * len(start)
        for i, (z, y, gain) in enumerate(zip(scores, self.y[k], self.gains[k])):
            for u, row in made:
                z += u * row[i]  # (8)
            scores[i] = z
            slope = slope_of(z, y)
            if slope != 0.0 and gain != 0.0:
                if not -STEEPEST <= slope <= STEEPEST:
                    slope = math.copysign(STEEPEST, slope)
                steps[i] = u = -gain * slope  # (2)
                made.append((u, self.T[k][i]))
        return scores, steps


class _ErrorSolver:
    """Equation (10) for squared errors, with the inverses of all blocks' triangular systems."""

    @staticmethod
    def suits(blocks) -> bool:
        """Return whether steps are short enough for accurate inverses."""
        return float(blocks.gains.max() * np.abs(blocks.T).max()) < 10.0

    def __init__(self, blocks, loss):
        self.blocks, self.step_by_step = blocks, None
        system = (blocks.gains[:, :, None] * blocks.T).transpose(0, 2, 1)
        self.inverse = np.linalg.inv(np.eye(system.shape[1]) + system)

    def solve(self, k, start):
        """Return scores, when their samples were shown, and steps of block k."""
        y = self.blocks.y[k]
        e = self.inverse[k] @ (start - y)  # (10)
        if not -STEEPEST <= e.min() <= e.max() <= STEEPEST:
            self.step_by_step = self.step_by_step or _StepByStep(self.blocks, SquaredError())
            return self.step_by_step.solve(k, start)
        return e + y, -self.blocks.gains[k] * e  # (2)


def _l2_penalty(blocks, z, u, W, b, settings) -> float:
    """Return the sum of the L2 penalties at the times when the samples were shown.

    Less the factor c, a step a = u / c along x changes the squared norm by 2 a (w^T x) + a^2 x^T x.
    """
    if settings.l2 == 0.0:
        return 0.0
    c, a = blocks.c[:, :-1], blocks.since(u)
    before = np.cumsum(u, axis=1) - u if settings.fit_intercept else 0.0
    own = (z - b[:, None] - before) / _nonzero(c)
    lengths = np.einsum("kii->ki", blocks.inner)
    squared = np.empty(u.shape)
    squared[:, 0] = np.einsum("kj,kj->k", W, W)
    squared[:, 1:] = squared[:, :1] + np.cumsum(a * (2.0 * own + a * lengths), axis=1)[:, :-1]
    return 0.5 * settings.l2 * float((c * c * squared).ravel()[: blocks.n].sum())


def _average(blocks, u, W, b, state, settings) -> None:
    """Let all coefficients of the blocks' samples into their means."""
    n, seen, size = blocks.n, state.t - settings.average, u.shape[1]
    there = _padded(np.ones(n), size, 0.0)
    later = np.cumsum((blocks.c[:, 1:] * there)[:, ::-1], axis=1)[:, ::-1]  # from i = j on
    weights = (blocks.since(later) * u).reshape(-1)
    total = later[:, 0] @ W + weights @ blocks.x.reshape(len(weights), -1)  # (14)
    state.mean_w = (seen * state.mean_w + total) / (seen + n)
    if settings.fit_intercept:
        later = np.cumsum(there[:, ::-1], axis=1)[:, ::-1]
        total_b = float(later[:, 0] @ b) + float((later * u).sum())
        state.mean_b = (seen * state.mean_b + total_b) / (seen + n)


# ---- one by one ----------------------------------------------------------------------------------
def _show_one_by_one(X, y, s, state, settings, steps) -> float:
    """The same in the plainest way, sample by sample, for penalties that have an L1 part."""
    loss, l1, l2 = settings.loss, settings.l1, settings.l2
    q = np.zeros_like(state.w) if state.q is None else state.q
    w, b, Q, z, penalty = state.w, state.b, state.total_l1, np.empty(len(X)), 0.0
    for i, (x, target, weight, step) in enumerate(zip(X, y.tolist(), s.tolist(), steps.tolist())):
        z[i] = score = float(x @ w) + b  # (1)
        if settings.tell:
            penalty += 0.5 * l2 * float(w @ w) + l1 * float(np.abs(w).sum())
        u = -step * weight * max(-STEEPEST, min(loss.slope(score, target), STEEPEST))  # (2)
        if l2 > 0.0:
            w = max(0.0, 1.0 - step * l2) * w  # (3)
        if u != 0.0:
            w = w + u * x  # (3)
            b += u if settings.fit_intercept else 0.0  # (3)
        Q += step * l1  # (11)
        r = np.minimum(np.maximum(w, q - Q), q + Q)  # (12)
        w, q = w - r, q - r  # (13)
        if 0 < settings.average <= state.t + i:
            share = 1.0 / (state.t + i - settings.average + 1.0)
            state.mean_w = state.mean_w + share * (w - state.mean_w)
            state.mean_b += share * (b - state.mean_b)
    state.w, state.b, state.q, state.total_l1, state.t = w, b, q, Q, state.t + len(X)
    return float(loss.values(z, y).sum()) + penalty if settings.tell else 0.0
