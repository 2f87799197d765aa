r"""Coordinate descent for the lasso and the elastic net, one coefficient at a time.

With the centred (and weighted) rows A and targets b of ``least_squares``, minimise over w

.. math:: \tfrac12 \|b - A w\|^2 + \lambda \|w\|_1 + \tfrac{\beta}{2} \|w\|^2

Everything that is needed is in :math:`H = A^T A + \beta I` and :math:`c = A^T b`. The part of the
objective that is smooth has the (negative) gradient

.. math:: g = c - H w \tag{1}

and along one coefficient the minimum is known: a parabola plus an absolute value is least at a
**soft threshold**, which is exactly zero for whatever explains too little:

.. math::
    z_j &= g_j + H_{jj} w_j \tag{2} \\
    w_j &\leftarrow \mathrm{sign}(z_j) \max(|z_j| - \lambda, 0) / H_{jj} \tag{3}

After which g changes by a row of H. A sweep visits only the **active** coefficients, those that are
not at rest: at the minimum :math:`g_j = \lambda\, \mathrm{sign}(w_j)` where :math:`w_j \ne 0`, and
:math:`|g_j| \le \lambda` where it is 0.

Sweeps find soon which coefficients are not zero, and of which sign :math:`\theta`, and creep
afterwards, where features are correlated. But with signs known the problem is linear. Every few
sweeps, and once a sweep has changed no sign (and before the first, if there is a solution for a
similar penalty to begin with), a **jump** solves for the support S,

.. math:: w_S \leftarrow w_S + t\, H_{SS}^{-1} (g_S - \lambda \theta_S), \qquad t \le 1 \tag{4}

Coefficients that would change their sign become 0 and leave S, all of them, if the objective is
lower there, and otherwise only the first (t is how far it goes until then); and again, a few times.
(A trace of the identity is added to :math:`H_{SS}`: where columns depend on each other the jump then
goes far along what changes no prediction, until one of them is not needed any more.)

How far is it to the minimum? At most the **duality gap**. The residuals, shrunk by :math:`\kappa`
until no feature correlates with them by more than :math:`\lambda`, are a feasible point of the dual
problem, and with :math:`N = \|b - A w\|^2 + \beta \|w\|^2` the difference of primal and dual value is

.. math::
    N &= b^T b - w^T (c + g) \tag{5} \\
    \kappa &= \min(1, \lambda / \max_j |g_j|) \tag{6} \\
    \mathrm{gap} &= \tfrac12 (1 - \kappa)^2 N + \lambda \|w\|_1 - \kappa\, w^T g \tag{7}

(the usual form of it, with :math:`b^T (b - A w) = N + w^T g` put in; near the minimum nothing in it
cancels). Without an L1 penalty it is

.. math:: \mathrm{gap} = \|g\|^2 / (2 \beta) \tag{8}

and with no penalty at all there is none, and :math:`\|g\|^2` stands in for it.

With more features than samples H would be larger than A. There a **working set** of columns is
solved as above, and the residuals tell which others are to join it. Should it outgrow the samples,
sweeps work on the residuals r = b - A w, and jumps on a system of their size:

.. math::
    g_j &= a_j^T r - \beta w_j \tag{9} \\
    (A_S^T A_S + \beta I)^{-1} v &= \big( v - A_S^T (A_S A_S^T + \beta I)^{-1} A_S v \big) / \beta
        \tag{10}

Sources: Friedman, Hastie and Tibshirani, Regularization paths for generalized linear models via
coordinate descent, 2010, section 2, for (1-3); Lee, Battle, Raina and Ng, Efficient sparse coding
algorithms, 2007, algorithm 1, for (4); Fercoq, Gramfort and Salmon, Mind the duality gap: safer
rules for the lasso, 2015, equations 2-5 for (6, 7); Massias, Gramfort and Salmon, Celer: a fast
solver for the lasso with dual extrapolation, 2018, algorithm 4 for working sets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .least_squares import Problem

FIRST_JOINERS = 10  # columns that a working set begins with; it doubles afterwards
JUMP_EVERY = 3  # sweeps
MOST_DROPS = 10  # systems that a jump may solve
TRACE = 1e-12  # of the identity in (4), relative to the diagonal
AT_REST = 0.01  # a coefficient that pulls less than this, relative to the one that pulls most
FEW_FEATURES = 256  # up to here all of H is computed, however few samples there are
ROUNDING = 1e-15  # a sweep that changes less has nothing left to gain


@dataclass
class Penalties:
    """Of the objective as a sum over samples: l1 is lambda, l2 is beta."""

    l1: float
    l2: float
    positive: bool = False


@dataclass
class Stop:
    """When to stop: at this duality gap, or after so many sweeps. ``rng`` shuffles the sweeps."""

    gap: float
    max_iter: int
    rng: Any = None


@dataclass
class Minimum:
    """Coefficients, the duality gap there, and how many sweeps were made."""

    w: np.ndarray
    gap: float
    n_iter: int
    converged: bool


def minimize(quadratic, w, penalties: Penalties, stop: Stop) -> Minimum:
    """Return the minimum for a ``GramQuadratic`` or ``ColumnQuadratic``, from w on.

    >>> H, c = np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([3.0, 0.0])
    >>> penalties = Penalties(l1=1.0, l2=0.0)
    >>> found = minimize(GramQuadratic(H, c, 9.0, penalties), np.zeros(2), penalties, Stop(1e-9, 10))
    >>> found.w.round(6).tolist(), found.converged
    ([1.0, 0.0], True)
    """
    w, n_iter = w.copy(), 0
    if w.any():
        _jump(quadratic, w, penalties)
    while True:
        g = quadratic.gradient(w)  # anew in each turn: updates add up roundings
        gap = duality_gap(w, g, quadratic.c, quadratic.energy, penalties)
        if gap <= stop.gap or n_iter == stop.max_iter:
            return Minimum(w, gap, n_iter, gap <= stop.gap)
        before = w.copy()
        quadratic.sweep(w, g, _active(w, g, quadratic.diagonal, penalties, stop.rng), penalties)
        n_iter += 1
        if n_iter % JUMP_EVERY == 0 or (np.sign(w) == np.sign(before)).all():
            _jump(quadratic, w, penalties)
        if np.abs(w - before).max() <= ROUNDING * np.abs(w).max():
            return Minimum(w, gap, n_iter, True)


def _active(w, g, diagonal, penalties, rng):
    """Return the numbers of the coefficients that a sweep visits, in its order."""
    pull = g if penalties.positive else np.abs(g)
    unrest = np.where(w != 0.0, np.abs(g - penalties.l1 * np.sign(w)), pull - penalties.l1)
    unrest[diagonal <= 0.0] = 0.0
    active = np.flatnonzero(unrest > AT_REST * unrest.max())
    return active if rng is None else rng.permutation(active)


def soft_threshold(z, h, penalties) -> float:
    """Return what minimises h w^2 / 2 - z w + lambda |w|, for numbers."""
    if z > penalties.l1:
        return (z - penalties.l1) / h  # (3)
    if z < -penalties.l1 and not penalties.positive:
        return (z + penalties.l1) / h  # (3)
    return 0.0


def _jump(quadratic, w, penalties):
    """Go to the minimum among coefficients of these signs, dropping those that become 0."""
    kept_signs = penalties.l1 > 0.0 or penalties.positive
    for _ in range(MOST_DROPS):
        S = np.flatnonzero(w)
        g = quadratic.gradient(w)
        pull = g[S] - penalties.l1 * np.sign(w[S])
        try:
            step = quadratic.solve(S, pull)
        except np.linalg.LinAlgError:  # the columns are as good as zero: sweeps must do
            return
        if not pull @ step > 0.0:
            return
        target = w[S] + step
        crossed = kept_signs & (target * w[S] <= 0.0)
        trial = np.zeros_like(w)
        trial[S] = np.where(crossed, 0.0, target)  # (4)
        if crossed.any() and not _is_lower(quadratic, trial, w, g, penalties):
            places = np.flatnonzero(crossed)
            ahead = -w[S[places]] / step[places]
            trial[S] = w[S] + ahead.min() * step  # (4)
            trial[S[places[ahead.argmin()]]] = 0.0
        w[:] = trial
        if not crossed.any():
            return


def _is_lower(quadratic, trial, w, g, penalties) -> bool:
    """Return whether the objective at trial is below that at w, where the gradient is -g."""
    smooth = 0.5 * float(w @ (quadratic.c + g) - trial @ (quadratic.c + quadratic.gradient(trial)))
    return smooth + penalties.l1 * float(np.abs(trial).sum() - np.abs(w).sum()) < 0.0


def duality_gap(w, g, c, energy, penalties: Penalties) -> float:
    """Return a bound on how much the objective is above its minimum; ``energy`` is b @ b."""
    l1, l2 = penalties.l1, penalties.l2
    if l1 == 0.0 and not penalties.positive:
        return float(g @ g) / (2.0 * l2) if l2 > 0.0 else float(g @ g)  # (8)
    strongest = float(g.max() if penalties.positive else np.abs(g).max())
    kappa = 1.0 if strongest <= l1 else l1 / strongest  # (6)
    N = energy - float(w @ (c + g))  # (5)
    gap = 0.5 * (1.0 - kappa) ** 2 * N + l1 * float(np.abs(w).sum()) - kappa * float(w @ g)  # (7)
    return max(gap, 0.0)


# ---- the smooth part of the objective, in two forms ----------------------------------------------
class GramQuadratic:
    """The form that needs no data any more: H (d, d), c (d,) and b @ b."""

    def __init__(self, G, c, energy, penalties):
        self.H, self.c, self.energy = G, c, energy
        if penalties.l2 > 0.0:
            self.H = G.copy()
            self.H.flat[:: len(G) + 1] += penalties.l2
        self.diagonal = self.H.diagonal()

    def gradient(self, w) -> np.ndarray:
        """Return minus the gradient of the smooth part."""
        return self.c - self.H @ w  # (1)

    def sweep(self, w, g, active, penalties) -> None:
        """Set each active coefficient to its best value, in turn; w and g are changed in place."""
        H = self.H
        for j in active.tolist():
            row, old = H[j], float(w[j])
            h = float(row[j])
            z = float(g[j]) + h * old  # (2)
            new = soft_threshold(z, h, penalties)
            if new != old:
                w[j] = new
                g -= (new - old) * row

    def solve(self, S, pull) -> np.ndarray:
        """Return the step of a jump."""
        H_SS = self.H[S[:, None], S]
        H_SS.flat[:: len(S) + 1] *= 1.0 + TRACE
        return np.linalg.solve(H_SS, pull)


class ColumnQuadratic:
    """The form for more columns than samples; ``rows`` are the columns of A, one after the other."""

    def __init__(self, rows, b, c, energy, penalties):
        self.rows, self.b, self.c, self.energy, self.l2 = rows, b, c, energy, penalties.l2
        self.squares = np.einsum("ij,ij->i", rows, rows)
        self.diagonal = self.squares + penalties.l2

    def gradient(self, w) -> np.ndarray:
        """Return minus the gradient of the smooth part."""
        return self.rows @ (self.b - w @ self.rows) - self.l2 * w  # (9)

    def sweep(self, w, g, active, penalties) -> None:
        """Set each active coefficient to its best value, in turn; w is changed in place."""
        r = self.b - w @ self.rows
        for j in active.tolist():
            row, old = self.rows[j], float(w[j])
            z = float(row @ r) + float(self.squares[j]) * old  # (2)
            new = soft_threshold(z, float(self.diagonal[j]), penalties)
            if new != old:
                w[j] = new
                r -= (new - old) * row

    def solve(self, S, pull) -> np.ndarray:
        """Return the step of a jump."""
        rows = self.rows[S]
        ridge = max(self.l2, TRACE * float(self.diagonal.max()))
        if len(S) <= rows.shape[1]:
            return np.linalg.solve(rows @ rows.T + ridge * np.eye(len(S)), pull)
        K = rows.T @ rows + ridge * np.eye(rows.shape[1])
        return (pull - rows @ np.linalg.solve(K, pull @ rows)) / ridge  # (10)


# ---- what the data are reduced to ----------------------------------------------------------------
class GramDesign:
    """All of G = A^T A and C = A^T B: for at least as many samples as features."""

    def __init__(self, G, C, energy):
        self.G, self.C, self.energy = G, C, energy

    def minimize(self, output, w, penalties, stop) -> Minimum:
        """Return the minimum for one output (a column of C), from w on."""
        c, energy = self.C[:, output], self.energy[output]
        return minimize(GramQuadratic(self.G, c, energy, penalties), w, penalties, stop)


class ColumnDesign:
    """A and B themselves, and a working set of columns, which stays for the next penalty."""

    def __init__(self, A, B):
        self.A, self.B = A, B
        self.C, self.energy = A.T @ B, np.square(B).sum(axis=0)
        self.members = np.empty(0, dtype=np.intp)
        self.rows, self.G = np.empty((0, len(A))), np.empty((0, 0))

    def minimize(self, output, w, penalties, stop) -> Minimum:
        """Return the minimum for one output, from w on, on a working set that grows as needed."""
        b, c, energy = self.B[:, output], self.C[:, output], self.energy[output]
        w, n_iter, size = w.copy(), 0, max(FIRST_JOINERS, 2 * np.count_nonzero(w))
        self._admit(np.flatnonzero(w))
        while True:
            g = self.A.T @ (b - w[self.members] @ self.rows) - penalties.l2 * w  # (9)
            gap = duality_gap(w, g, c, energy, penalties)
            joiners = self._joiners(g, penalties, size)
            stuck = n_iter > 0 and not len(joiners)  # solved, but for rounding
            if gap <= stop.gap or stuck or n_iter >= stop.max_iter:
                return Minimum(w, gap, n_iter, gap <= stop.gap or n_iter < stop.max_iter)
            self._admit(joiners)
            W, inner = self.members, Stop(0.1 * stop.gap, stop.max_iter - n_iter, stop.rng)
            found = minimize(self._quadratic(b, c[W], energy, penalties), w[W], penalties, inner)
            w[W] = found.w
            n_iter, size = n_iter + max(1, found.n_iter), 2 * size

    def _joiners(self, g, penalties, size):
        """Return the columns outside that pull hardest, if they pull harder than the penalty."""
        pull = g.copy() if penalties.positive else np.abs(g)
        pull[self.members] = 0.0
        outside = np.flatnonzero(pull > penalties.l1)
        if len(outside) > size:
            outside = outside[np.argsort(-pull[outside], kind="stable")[:size]]
        return np.sort(outside)

    def _admit(self, columns):
        new = columns[~np.isin(columns, self.members)]
        if len(new):
            self.rows = np.vstack([self.rows, self.A[:, new].T])
            self.members = np.concatenate([self.members, new])

    def _quadratic(self, b, c, energy, penalties):
        if len(self.rows) > 2 * len(b):
            return ColumnQuadratic(self.rows, b, c, energy, penalties)
        old, more = self.rows[: len(self.G)], self.rows[len(self.G) :]
        if len(more):
            across = old @ more.T
            self.G = np.block([[self.G, across], [across.T, more @ more.T]])
        return GramQuadratic(self.G, c, energy, penalties)


def design_of(problem: Problem):
    """Return the smaller of the two designs for a least-squares problem; constants are set to 0."""
    n, d = problem.X.shape
    if d <= max(n, FEW_FEATURES):
        G, C = problem.gram()
        constant = ~problem.varies(G.diagonal())
        G[constant], G[:, constant], C[constant] = 0.0, 0.0, 0.0
        B = problem.Y - problem.y_mean
        weights = 1.0 if problem.weights is None else problem.weights[:, None]
        return GramDesign(G, C, (weights * np.square(B)).sum(axis=0))
    A, B = problem.matrices()
    A[:, ~problem.varies(np.square(A).sum(axis=0))] = 0.0
    return ColumnDesign(A, B)
