r"""Sequential minimal optimisation: the quadratic problem of support vector machines, two at a time.

Classification and regression both come down to

.. math::
    \min_\beta\; \tfrac12 \beta^T K \beta - p^T \beta
    \qquad \text{with} \quad \sum_t \beta_t = 0, \quad l \le \beta \le u

for a kernel matrix K: a weight :math:`\beta` for each sample, in a box. The sum forbids to move one
weight alone, so the smallest possible step raises one, i, and lowers another, j, as far as is best.
With the negative gradient

.. math:: F = p - K \beta \tag{1}

the objective falls along that direction with slope :math:`F_i - F_j` and curvature
:math:`\eta_{ij} = K_{ii} + K_{jj} - 2 K_{ij}`. So i is the steepest of those that may grow, and j, of
those that may shrink, the one whose step gains most:

.. math::
    i &= \arg\max \{ F_t : \beta_t < u_t \} \tag{2} \\
    j &= \arg\max \{ (F_i - F_t) / \sqrt{\eta_{it}} : \beta_t > l_t \} \tag{3} \\
    \delta &= \min\{ (F_i - F_j) / \eta_{ij},\; u_i - \beta_i,\; \beta_j - l_j \} \tag{4} \\
    F &\leftarrow F - \delta\, (K_{\cdot i} - K_{\cdot j}) \tag{5}

At the minimum no weight that may grow has a larger F than one that may shrink, so the search ends
when

.. math:: \max \{ F_t : \beta_t < u_t \} - \min \{ F_t : \beta_t > l_t \} < tol \tag{6}

Between the two lies the intercept: on all weights strictly inside the box :math:`F_t = b`.

Pairs soon tell which weights end strictly inside the box, the free ones, but are slow to find their
values where these depend on each other. Now and then, if they are few, all of them move at once
(``newton``), as far as the box allows.

A regression has two weights per sample, one that lifts and one that lowers the prediction. Both have
the same row of K, so F has a row for each of them and (5) is the same line.

Sources: R.-E. Fan, P.-H. Chen and C.-J. Lin, Working set selection using second order information
for training support vector machines (2005), algorithm 2, for (2), (3) and (6); C.-C. Chang and C.-J.
Lin, LIBSVM (2011), section 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.progress import progress
from .newton import newton_step

LEAST_CURVATURE = 1e-12  # where K is flat, or not positive semidefinite along a direction
WATCH_EVERY = 1000  # iterations
LOOKS_IN_VAIN = 20  # after which a gap below ROUNDING, relative to the first, is as good as none
ROUNDING = 1e-6
SMALL_MATRIX = 2**16  # elements
NEWTON_EVERY, NEWTON_STEPS, MANY_FREE = 250, 5, 64  # iterations, steps in a row, weights


@dataclass
class Solution:
    """Where the search ended."""

    beta: np.ndarray  # (copies, n)
    intercept: float
    n_iter: int
    gap: float
    converged: bool


class KernelRows:
    """Rows of a kernel matrix, kept while there is room, and the curvatures of their pairs.

    Few samples become support vectors, and mostly only their rows are asked for. A small matrix is
    computed at once, since then the calls cost more than the numbers.

    Parameters
    ----------
    block : callable
        ``block(rows)`` computes the rows of a slice, an array of shape (m, n).
    diagonal : ndarray of shape (n,)
        The diagonal of the matrix.
    megabytes : float
        How much may be kept. The row that was not used for longest gives way.
    """

    def __init__(self, block, diagonal, megabytes):
        self.block, self.half = block, 0.5 * diagonal
        self.n = n = len(diagonal)
        self.kept: dict = {}
        self.room = max(2, int(megabytes * 2**20 / diagonal.nbytes))
        self.buffer = np.empty(n)
        self.roots = None
        if n * n <= SMALL_MATRIX:
            K = block(slice(None))
            self.room, self.kept = n, dict(enumerate(K))
            self.roots = self._root(K, self.half[:, None], np.empty_like(K))

    def __getitem__(self, i):
        if self.room >= self.n:
            if i not in self.kept:
                self.kept[i] = self.block(slice(i, i + 1))[0]
            return self.kept[i]
        row = self.kept.pop(i) if i in self.kept else self.block(slice(i, i + 1))[0]
        if len(self.kept) >= self.room:
            del self.kept[next(iter(self.kept))]
        self.kept[i] = row  # at the end: used last
        return row

    def root_of_curvature(self, i):
        """Return sqrt(half of the curvature) for each pair with i; valid until the next call."""
        if self.roots is not None:
            return self.roots[i]
        return self._root(self[i], float(self.half[i]), self.buffer)

    def _root(self, K, half, out):
        np.subtract(self.half, K, out=out)
        out += half
        np.maximum(out, 0.5 * LEAST_CURVATURE, out=out)
        return np.sqrt(out, out=out)


def solve_pairs(rows, p, lower, upper, *, tol, max_iter=-1, verbose=False) -> Solution:
    """Minimise the objective above, from beta = 0.

    Parameters
    ----------
    rows : KernelRows
        The matrix K, of n rows.
    p, lower, upper : ndarray of shape (copies, n)
        The linear term and the box, which holds 0; copies is how many weights each sample has.
    tol : float
        When to stop, in units of F (6).
    max_iter : int
        The most steps; -1 for no limit.
    verbose : bool
        Whether to report progress.

    Examples
    --------
    >>> K = np.array([[1.0, -1.0], [-1.0, 1.0]])  # the samples 1 and -1, of classes 1 and -1
    >>> rows = KernelRows(K.__getitem__, K.diagonal(), megabytes=1)
    >>> y, C = np.array([[1.0, -1.0]]), 10.0
    >>> solution = solve_pairs(rows, y, np.minimum(C * y, 0), np.maximum(C * y, 0), tol=1e-9)
    >>> solution.beta.round(9).tolist()
    [[0.5, -0.5]]
    """
    n = p.shape[1]
    middle = 0.5 * float(p.max() + p.min())  # as beta sums to 0, a constant in p changes nothing
    p = p - middle
    beta, least, most = np.zeros(p.size).tolist(), lower.ravel().tolist(), upper.ravel().tolist()
    up_rows = np.where(upper > 0.0, p, -np.inf)  # F of the weights that may grow  (1)
    low_rows = np.where(lower < 0.0, p, np.inf)  # and of those that may shrink
    gap_rows, gain_rows = np.empty_like(p), np.empty_like(p)
    up, low, gap, gain = (a.reshape(-1) for a in (up_rows, low_rows, gap_rows, gain_rows))
    change = np.empty(n)
    limit = max_iter if max_iter >= 0 else max(10_000_000, 100 * p.size)

    with progress(100, "SMO", "%", shown=verbose) as report, np.errstate(over="ignore"):
        watch = _Watch(float(up.max() - low.min()), tol, report)
        for n_iter in range(limit + 1):
            i = int(up.argmax())  # (2)
            np.subtract(up[i], low, out=gap)
            root = rows.root_of_curvature(i % n)
            np.divide(gap_rows, root, out=gain_rows)
            j = int(gain.argmax())  # (3)
            slope = float(gap[j])
            if n_iter == limit or (slope < tol and gap.max() < tol):  # (6)
                break
            if n_iter % WATCH_EVERY == 0 and watch.is_stuck(float(gap.max())):
                break
            if n_iter % NEWTON_EVERY == NEWTON_EVERY - 1:
                _move_free(rows, beta, least, most, up_rows, low_rows)
                continue

            room_i, room_j = most[i] - beta[i], beta[j] - least[j]
            best = 0.5 * slope / float(root[j % n]) ** 2
            delta = min(best, room_i, room_j)  # (4)
            np.subtract(rows[i % n], rows[j % n], out=change)
            np.multiply(change, delta, out=change)
            np.subtract(up_rows, change, out=up_rows)  # (5)
            np.subtract(low_rows, change, out=low_rows)

            low[i], up[j] = up[i], low[j]  # what has grown can shrink, and the other way
            if delta == room_i:
                beta[i], up[i] = most[i], -np.inf
            else:
                beta[i] += delta
            if delta == room_j:
                beta[j], low[j] = least[j], np.inf
            else:
                beta[j] -= delta

        widest = float(gap.max())
        report(100, f"gap {widest:.1e} after {n_iter} steps")

    weights = np.array(beta).reshape(p.shape)
    intercept = middle + _intercept(up_rows, low_rows, (lower < weights) & (weights < upper))
    return Solution(weights, intercept, n_iter, widest, widest < tol or n_iter < limit)


def _move_free(rows, beta, least, most, up_rows, low_rows) -> None:
    """Move all free weights at once, again and again while a bound shortens the step."""
    n, up, low = up_rows.shape[1], up_rows.reshape(-1), low_rows.reshape(-1)
    free = [t for t, value in enumerate(beta) if least[t] < value < most[t]]
    if not 2 < len(free) <= MANY_FREE:
        return
    K = np.stack([rows[t % n] for t in free])  # (free, n)
    b, lower, upper = (np.array(values)[free] for values in (beta, least, most))
    inside = np.ones(len(free), bool)
    for _ in range(NEWTON_STEPS):
        if inside.sum() < 3:
            break
        at = np.flatnonzero(inside)
        columns = np.array(free)[at]
        step, hit = newton_step(
            K[np.ix_(at, columns % n)], up[columns], lower[at] - b[at], upper[at] - b[at]
        )
        b[at] += step
        change = step @ K[at]
        up_rows -= change
        low_rows -= change
        if hit is None:
            break
        k = int(at[hit])
        inside[k] = False
        b[k] = upper[k] if step[hit] > 0 else lower[k]
        (up if step[hit] > 0 else low)[free[k]] = -np.inf if step[hit] > 0 else np.inf
    for t, value in zip(free, b.tolist()):
        beta[t] = value


def _intercept(up, low, free) -> float:
    """Return the mean F of the weights inside the box, or the middle of what is allowed."""
    if free.any():
        return float(up[free].mean())
    ends = [end for end in (float(up.max()), float(low.min())) if np.isfinite(end)]
    return sum(ends) / max(
        len(ends), 1
    )  # one end is infinite where all boxes of one side are empty


class _Watch:
    """Tells how far the search has come, and when rounding keeps it from coming any further."""

    def __init__(self, first_gap, tol, report):
        self.first_gap, self.tol, self.report = first_gap, tol, report
        self.best, self.in_vain = first_gap, 0

    def is_stuck(self, gap) -> bool:
        """Whether the gap, narrow already, has not become narrower for many looks in a row."""
        total = np.log(max(self.first_gap / max(self.tol, 1e-16), 2.0))
        done = np.log(max(self.first_gap / max(gap, 1e-300), 1.0)) / total  # falls geometrically
        self.report(int(100 * min(done, 1.0)), f"gap {gap:.1e}")
        self.in_vain = 0 if gap < self.best else self.in_vain + 1
        self.best = min(self.best, gap)
        return self.in_vain >= LOOKS_IN_VAIN and self.best < ROUNDING * self.first_gap
