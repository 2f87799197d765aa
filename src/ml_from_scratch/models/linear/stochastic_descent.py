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
in all errors :math:`e = z - y` of the block,

.. math:: e_i + \textstyle\sum_{j<i} T_{ji}\, \eta_j s_j\, e_j = c_i\, w^T x_i + b - y_i \tag{10}

so that they, and with them what (9) makes of the coefficients, are linear in :math:`v = (w, b, 1)`. The
matrices of all blocks can be made at once, too, and one small product a block is left:

.. math:: e = E\, v, \qquad v \leftarrow v\, A \tag{15}

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
LATER = np.triu(np.ones((BLOCK, BLOCK)), 1)  # j < i
LONGEST = 10.0  # steps times inner products, up to which (10) is well conditioned
STEEPEST = 1e12  # slopes are cut here, so that one wild sample does not end it all
SMALLEST = 1e-100  # what may be left of coefficients within a block
NARROW = 64  # up to so many features the matrices of (15) are small,
SHORT = 8  # and then shorter blocks, whose systems (10) are sooner solved, suffice


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
    """What changes, for K models that see the same samples, one for each class for example."""

    w: np.ndarray  # (K, d)
    b: np.ndarray  # (K,)
    mean_w: np.ndarray  # (K, d), so far
    mean_b: np.ndarray  # (K,)
    q: np.ndarray  # (K, d)
    total_l1: np.ndarray  # (K, 1)
    t: float = 1.0

    @classmethod
    def of(cls, w, b, mean_w, mean_b):
        """Begin (or go on) with copies of these."""
        copies = (np.array(a) for a in (w, b, mean_w, mean_b))
        return cls(*copies, q=np.zeros_like(w), total_l1=np.zeros((len(w), 1)))

    def take(self, some, t):
        """Return the state of some of the models, at time t."""
        return State(*(a[some] for a in self._arrays()), t)

    def put(self, some, part) -> None:
        """Write it back."""
        for mine, new in zip(self._arrays(), part._arrays()):
            mine[some] = new

    def _arrays(self):
        return self.w, self.b, self.mean_w, self.mean_b, self.q, self.total_l1


def show(X, Y, S, state: State, settings: Settings, eta: float) -> np.ndarray:
    """Show all rows of X in order, with targets Y and weights S (K, n); return sums of objectives (K,).

    The objective of a sample is its loss, when it was shown, and the penalty at that time.
    """
    before = math.ceil(settings.average - state.t)  # samples that the mean leaves out
    if 0 < before < len(X):
        first = show(X[:before], Y[:, :before], S[:, :before], state, settings, eta)
        return first + show(X[before:], Y[:, before:], S[:, before:], state, settings, eta)
    steps = settings.steps(state.t, len(X), eta)
    how = _show_one_by_one if settings.l1 > 0.0 else _show_blocks
    return how(X, Y, S, state, settings, steps)


# ---- blocks --------------------------------------------------------------------------------------
class Blocks:
    """Hundreds of blocks of samples, and what follows from them before any coefficient is known.

    Rows are padded with zeros to full blocks: x (n_blocks, size, d), c (n_blocks, size + 1), the
    samples' inner products (n_blocks, size, size) and T, which is zero but above the diagonal.
    """

    def __init__(self, X, shrink, fit_intercept, size):
        self.n, self.size = len(X), size
        if shrink.min() <= SMALLEST ** (1.0 / size):
            self.size = 1  # (7) would divide by nothing
        self.x = self.cut(X, 0.0)
        self.c = np.ones((len(self.x), self.size + 1))
        np.cumprod(self.cut(shrink, 1.0), axis=1, out=self.c[:, 1:])  # (6)
        self.made = np.where(self.c[:, 1:] > 0.0, self.c[:, 1:], 1.0)  # c when a step is made
        self.inner = self.x @ self.x.transpose(0, 2, 1)
        T = self.inner * (self.c[:, None, :-1] / self.made[:, :, None]) + float(
            fit_intercept
        )  # (7)
        self.T = T * LATER[: self.size, : self.size]

    def cut(self, values, filler) -> np.ndarray:
        """Return rows (n, ...) as blocks (n_blocks, size, ...)."""
        missing = -len(values) % self.size
        if missing:
            values = np.concatenate([values, np.full((missing, *values.shape[1:]), filler)])
        return values.reshape(-1, self.size, *values.shape[1:])

    def left(self, total) -> np.ndarray:
        """Return what is left of steps where this much is left of w, (n_blocks, size)."""
        return np.ones_like(self.made) if self.size == 1 else total / self.made

    def factors(self, fit_intercept) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return what scores are of (w, b), what (w, b) gains by steps, and what a block leaves of it."""
        n_blocks, size, d = self.x.shape
        seen, pull = np.ones((n_blocks, size, d + 1)), np.empty((n_blocks, size, d + 1))
        seen[:, :, :-1] = self.c[:, :-1, None] * self.x  # (8)
        pull[:, :, :-1] = self.left(self.c[:, -1:])[:, :, None] * self.x  # (9)
        pull[:, :, -1] = float(fit_intercept)
        ends = np.ones((n_blocks, d + 1))
        ends[:, :-1] = self.c[:, -1:]
        return seen.transpose(0, 2, 1), pull, ends


def _show_blocks(X, Y, S, state, settings, steps) -> np.ndarray:
    is_linear = isinstance(settings.loss, SquaredError) and X.shape[1] <= NARROW
    shrink = np.maximum(0.0, 1.0 - steps * settings.l2)
    blocks = Blocks(X, shrink, settings.fit_intercept, SHORT if is_linear else BLOCK)
    y, gains = (blocks.cut(a.T, f).transpose(0, 2, 1) for a, f in ((Y, 1.0), (steps * S, 0.0)))
    V = np.empty((len(y) + 1, len(Y), X.shape[1] + 1))  # w and b where blocks begin
    V[0, :, :-1], V[0, :, -1] = state.w, state.b
    made = _chained(blocks, y, gains, settings, V) if is_linear else None
    z, u = made or _stepped(blocks, y, gains, settings, V)  # (n_blocks, K, size)
    if 0 < settings.average <= state.t:
        _average(blocks, u, V[:-1], state, settings)
    state.w, state.b, state.t = V[-1, :, :-1], V[-1, :, -1], state.t + len(X)
    if not settings.tell:
        return np.zeros(len(Y))
    losses = settings.loss.values(z.transpose(1, 0, 2).reshape(len(Y), -1)[:, : len(X)], Y)
    return losses.sum(axis=1) + _l2_penalty(blocks, z, u, V[:-1], settings)


def _stepped(blocks, y, gains, settings, V):
    """Go through the blocks for any loss; fill V and return all scores and steps (n_blocks, K, size)."""
    solver = _StepByStep(blocks, y, gains, settings.loss)
    seen, pull, ends = blocks.factors(settings.fit_intercept)
    scores, steps = [], []
    for k in range(len(y)):
        z, u = solver.solve(k, V[k] @ seen[k])
        scores.append(z)
        steps.append(u)
        V[k + 1] = ends[k] * V[k] + np.dot(u, pull[k])  # (9)
    return np.array(scores), np.array(steps)


class _StepByStep:
    """Equation (8) for any loss: only the steps that were made count, and often most are none."""

    def __init__(self, blocks, y, gains, loss):
        self.T, self.y, self.gains, self.slope_of = blocks.T, y.tolist(), gains.tolist(), loss.slope

    def solve(self, k, starts):
        """Return scores, when their samples were shown, and steps of block k, both (K, size)."""
        rows, T = zip(starts.tolist(), self.y[k], self.gains[k]), self.T[k].tolist()
        pairs = [self._solve_one(start, y, gains, T) for start, y, gains in rows]
        return [z for z, _ in pairs], [u for _, u in pairs]

    def _solve_one(self, scores, targets, gains, T):
        slope_of, made, steps = self.slope_of, [], [0.0] * len(scores)
        for i, z in enumerate(scores):
            for u, row in made:
                z += u * row[i]  # (8)
            scores[i] = z
            slope = slope_of(z, targets[i])
            if slope:
                if not -STEEPEST <= slope <= STEEPEST:
                    slope = math.copysign(STEEPEST, slope)
                steps[i] = u = -gains[i] * slope  # (2)
                made.append((u, T[i]))
        return scores, steps


def _chained(blocks, y, gains, settings, V):
    """The same for squared errors, as a chain of products.

    None where that would not be accurate: where steps are long, or a slope would have to be cut.
    """
    if gains.max() * np.abs(blocks.T).max() > LONGEST:
        return None
    seen, pull, ends = blocks.factors(settings.fit_intercept)
    n_blocks, K, size = y.shape
    n_v = V.shape[2] + 1
    E = np.empty((n_blocks, K, size, n_v))
    E[..., :-1] = seen.transpose(0, 2, 1)[:, None]
    E[..., -1] = -y
    system = gains[:, :, :, None] * blocks.T[:, None]  # row j, column i
    for i in range(1, size):
        earlier = system[:, :, None, :i, i]
        E[:, :, i] -= (earlier @ E[:, :, :i])[:, :, 0]  # (10)
    A = np.zeros((n_blocks, K, n_v, n_v))
    np.matmul(E.swapaxes(2, 3), -gains[..., None] * pull[:, None], out=A[..., :-1])  # (9)
    places = np.arange(n_v)
    A[:, :, places[:-1], places[:-1]] += ends[:, None]
    A[:, :, -1, -1] = 1.0
    chain = np.ones((n_blocks + 1, K, 1, n_v))
    chain[0, :, 0, :-1] = V[0]
    for v, step, into in zip(chain, A, chain[1:]):
        np.matmul(v, step, out=into)  # (15)
    e = (E @ chain[:-1].swapaxes(2, 3))[..., 0]  # (15)
    if not -STEEPEST <= e.min() <= e.max() <= STEEPEST:
        return None
    V[1:] = chain[1:, :, 0, :-1]
    return e + y, -gains * e  # (2)


def _l2_penalty(blocks, z, u, starts, settings) -> np.ndarray:
    """Return the sums of the L2 penalties at the times when the samples were shown, (K,).

    Less the factor c, a step a = u / c along x changes the squared norm by 2 a (w^T x) + a^2 x^T x.
    """
    if settings.l2 == 0.0:
        return np.zeros(u.shape[1])
    c, a = blocks.c[:, None, :-1], u / blocks.made[:, None]
    before = np.cumsum(u, axis=2) - u if settings.fit_intercept else 0.0
    w, b = starts[:, :, :-1], starts[:, :, -1]
    own = (z - b[:, :, None] - before) / np.where(c > 0.0, c, 1.0)
    lengths = np.einsum("kii->ki", blocks.inner)[:, None]
    squared = np.empty(u.shape)
    squared[:, :, 0] = np.einsum("nkj,nkj->nk", w, w)
    growth = np.cumsum(a * (2.0 * own + a * lengths), axis=2)
    squared[:, :, 1:] = squared[:, :, :1] + growth[:, :, :-1]
    there = blocks.cut(np.ones(blocks.n), 0.0)[:, None]
    return 0.5 * settings.l2 * (there * c * c * squared).sum(axis=(0, 2))


def _average(blocks, u, starts, state, settings) -> None:
    """Let all coefficients of the blocks' samples into their means."""
    n, seen = blocks.n, state.t - settings.average
    there = blocks.cut(np.ones(n), 0.0)
    later = np.cumsum((blocks.c[:, 1:] * there)[:, ::-1], axis=1)[:, ::-1]  # from i = j on
    weights = blocks.left(later)[:, None] * u  # (n_blocks, K, size)
    total = np.einsum("n,nkj->kj", later[:, 0], starts[:, :, :-1]) + (weights @ blocks.x).sum(
        axis=0
    )  # (14)
    state.mean_w = (seen * state.mean_w + total) / (seen + n)
    if settings.fit_intercept:
        later = np.cumsum(there[:, ::-1], axis=1)[:, ::-1]
        total = later[:, 0] @ starts[:, :, -1] + (later[:, None] * u).sum(axis=(0, 2))
        state.mean_b = (seen * state.mean_b + total) / (seen + n)


# ---- one by one ----------------------------------------------------------------------------------
def _show_one_by_one(X, Y, S, state, settings, steps) -> np.ndarray:
    """The same in the plainest way, sample by sample, for penalties that have an L1 part."""
    slope_of, l1, l2 = settings.loss.slope, settings.l1, settings.l2
    w, q = state.w.copy(), state.q.copy()  # changed in place: this loop is all overhead
    b, Q, low, r = state.b, state.total_l1, np.empty_like(w), np.empty_like(w)
    z, penalty = np.empty(Y.T.shape), 0.0
    samples = zip(X, Y.T.tolist(), (steps * S).T.tolist(), steps.tolist())
    for i, (x, targets, gains, step) in enumerate(samples):
        z[i] = scores = w @ x + b  # (K,)  (1)
        if settings.tell:
            penalty = penalty + 0.5 * l2 * np.square(w).sum(axis=1) + l1 * np.abs(w).sum(axis=1)
        slopes = map(slope_of, scores.tolist(), targets)
        u = [-gain * max(-STEEPEST, min(m, STEEPEST)) for gain, m in zip(gains, slopes)]  # (2)
        if l2 > 0.0:
            w *= max(0.0, 1.0 - step * l2)  # (3)
        if any(u):
            w += np.multiply.outer(u, x)  # (3)
            b = b + u if settings.fit_intercept else b  # (3)
        Q = Q + step * l1  # (11)
        np.maximum(w, np.subtract(q, Q, out=low), out=low)
        np.minimum(low, np.add(q, Q, out=r), out=r)  # (12)
        w -= r  # (13)
        q -= r  # (13)
        if 0 < settings.average <= state.t + i:
            share = 1.0 / (state.t + i - settings.average + 1.0)
            state.mean_w = state.mean_w + share * (w - state.mean_w)
            state.mean_b = state.mean_b + share * (b - state.mean_b)
    state.w, state.b, state.q, state.total_l1, state.t = w, b, q, Q, state.t + len(X)
    return settings.loss.values(z.T, Y).sum(axis=1) + penalty if settings.tell else np.zeros(len(Y))
