r"""Least squares, plain and penalised: what LinearRegression and Ridge have in common.

Both minimise, over a matrix :math:`W` of coefficients and an intercept :math:`b` per output,

.. math:: \sum_i s_i \|y_i - W^T x_i - b\|^2 + \alpha \|W\|^2

with sample weights :math:`s_i` and a penalty :math:`\alpha \ge 0` that spares the intercept. At the
minimum the intercept is what makes the mean error zero, so that centred data need none:

.. math::
    \bar x &= \textstyle\sum_i s_i x_i / \sum_i s_i \tag{1} \\
    a_i &= \sqrt{s_i}\, (x_i - \bar x) \tag{2} \\
    b &= \bar y - W^T \bar x \tag{3}

With A the matrix of rows :math:`a_i` and B the same of y, the minimum solves the **normal
equations**. Forming them squares the condition number, so they are used only where rounding cannot
hurt (columns brought to one scale; the condition number at most 1e10), and where that is above 1e4
the solution is corrected once, with residuals from the data themselves:

.. math::
    G &= A^T A, \qquad C = A^T B \tag{4} \\
    (G + \alpha I)\, W &= C \tag{5} \\
    (G + \alpha I)\, \Delta &= A^T (B - A W) - \alpha W, \qquad W \leftarrow W + \Delta \tag{6}

Where the means are small beside the spread of the features, nothing is lost by centring at the end
instead of row by row, which saves a copy of X:

.. math:: G = \textstyle\sum_i s_i x_i x_i^T - \Big(\sum_i s_i\Big)\, \bar x \bar x^T \tag{11}

With more features than samples a penalised problem is smaller in its **dual** form, and everything
else (columns that depend on each other among it) goes through the **singular values** of
:math:`A = U \Sigma V^T`, leaving out those that are zero but for rounding. Without a penalty that is
the solution of least norm:

.. math::
    W &= A^T (A A^T + \alpha I)^{-1} B \tag{7} \\
    W &= V \,\mathrm{diag}\Big(\frac{\sigma_j}{\sigma_j^2 + \alpha}\Big)\, U^T B \tag{8}

**Gradient descent** needs none of this, only the gradient of the loss and of the penalty, both
divided by :math:`N = k \sum_i s_i` for k outputs, as a mean is:

.. math::
    \nabla J &= A^T\, \nabla \mathrm{MSE}(A W, B) + \frac{2 \alpha}{N} W \tag{9} \\
    L &= \frac{2}{N} \big( \lambda_{max}(G) + \alpha \big) \tag{10}

Sources: Björck, Numerical Methods for Least Squares Problems, 1996, sections 2.2 and 6.6 for (4-6);
Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2nd edition, 2009, section
3.4.1 for (8) and exercise 18.4 for (7).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...losses import MSE
from .descent import gradient_descent

BLOCK = 1 << 17  # numbers of X worked on at a time: 1 MB, which stays in the cache
GOOD_CONDITION, WORST_CONDITION = 1e4, 1e10  # of the scaled normal equations
NEAR, FIRST = 10.0, 256  # means that cost a digit at most; rows that show whether they may be so


@dataclass
class Solution:
    """Coefficients (n_features, n_outputs), and how they were found."""

    coef: np.ndarray
    n_iter: int = 1
    converged: bool = True
    singular: np.ndarray | None = None
    rank: int | None = None


class Problem:
    """X (n, d) and Y (n, k) with weights (n,) or None; centred on the fly, a block of rows at a time.

    Arithmetic is in float64, whatever the dtype of X: a block is converted while it is centred.
    """

    def __init__(self, X, Y, weights=None, *, fit_intercept=True):
        self.X, self.Y, self.weights, self.has_intercept = X, Y, weights, bool(fit_intercept)
        self.root = None if weights is None else np.sqrt(weights, dtype=np.float64)[:, None]
        self.total = float(len(X) if weights is None else weights.sum(dtype=np.float64))
        self.x_mean, self.y_mean = np.zeros(X.shape[1]), np.zeros(Y.shape[1])
        if fit_intercept:
            self.x_mean, self.y_mean = self._mean(X), self._mean(Y)

    def _mean(self, values):
        s = np.ones(len(values)) if self.weights is None else self.weights.astype(np.float64)
        return (s @ values.astype(np.float64, copy=False)) / self.total  # (1)

    def blocks(self, rows=None, *, centred=True) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield blocks of A and B: weighted, centred rows. A block is overwritten by the next.

        ``centred=False`` leaves the features where they are: those blocks are only to be read.
        """
        n, d = self.X.shape
        rows = min(n, rows or max(64, BLOCK // d))
        as_they_are = not centred and self.root is None and self.X.dtype == np.float64
        A = None if as_they_are else np.empty((rows, d))
        B = np.empty((rows, self.Y.shape[1]))
        for start in range(0, n, rows):
            part = slice(start, start + rows)
            a, b = self.X[part], B[: len(self.X[part])]
            np.subtract(self.Y[part], self.y_mean, out=b)
            if A is not None:
                a = np.subtract(a, self.x_mean if centred else 0.0, out=A[: len(a)])
            if self.root is not None:
                a *= self.root[part]  # (2)
                b *= self.root[part]
            yield a, b

    def matrices(self) -> tuple[np.ndarray, np.ndarray]:
        """Return all of A and B."""
        return next(self.blocks(rows=len(self.X)))

    def gram(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the two sides of the normal equations."""
        with np.errstate(over="ignore", invalid="ignore"):  # then G is of no use, and not used
            if self._seems_near_zero():
                raw, C = self._products(centred=False)
                G = raw - self.total * np.outer(self.x_mean, self.x_mean)  # (11)
                if (raw.diagonal() <= (1.0 + NEAR) * G.diagonal()).all():
                    return G, C
            return self._products(centred=True)

    def _products(self, centred) -> tuple[np.ndarray, np.ndarray]:
        d, k = self.X.shape[1], self.Y.shape[1]
        G, C = np.zeros((d, d)), np.zeros((d, k))
        for a, b in self.blocks(centred=centred):
            G += a.T @ a  # (4)
            C += a.T @ b  # (4)
        return G, C

    def _seems_near_zero(self) -> bool:
        """Guess from the first rows whether the squared means are below NEAR times the variances."""
        if len(self.X) < FIRST:
            return False  # too little to be gained
        spread = np.square(self.X[:FIRST] - self.x_mean).mean(axis=0)
        return bool((np.square(self.x_mean) <= NEAR * spread).all())

    def intercept(self, coef) -> np.ndarray:
        """Return the intercept of each output that belongs to the coefficients."""
        return self.y_mean - self.x_mean @ coef  # (3)

    def squares(self) -> np.ndarray:
        """Return the diagonal of G alone."""
        with np.errstate(over="ignore"):
            return sum(np.square(a).sum(axis=0) for a, _ in self.blocks())

    def varies(self, squares) -> np.ndarray:
        """Return which columns are not constant: rounding in the mean can make them seem to vary."""
        varies = np.ones(len(squares), dtype=bool)
        spread = np.sqrt(np.maximum(squares, 0.0) / self.total)
        counted = slice(None) if self.weights is None else self.weights > 0
        for j in np.flatnonzero((spread <= 1e-8 * np.abs(self.x_mean)) & (self.x_mean != 0.0)):
            column = self.X[counted, j]
            varies[j] = (column != column[0]).any()
        return varies


def power_of_two(size) -> np.ndarray:
    """Return a unit in which numbers of this size are about 1, and which rounds nothing.

    >>> power_of_two(np.array([5.0, 0.0])).tolist()
    [8.0, 1.0]
    """
    return np.ldexp(1.0, np.frexp(size)[1])


# ---- solvers -------------------------------------------------------------------------------------
def solve(problem: Problem, alpha: np.ndarray, *, only_svd=False) -> Solution:
    """Return the minimiser by whichever of (5), (7) and (8) is accurate and fast.

    ``alpha`` has one penalty per output.
    """
    n, d = problem.X.shape
    by_normal = n >= d and not only_svd
    G, C = problem.gram() if by_normal else (None, None)
    varies = problem.varies(G.diagonal() if by_normal else problem.squares())
    if not varies.all():  # a constant column explains nothing that the intercept does not
        return _without_constants(problem, alpha, varies, only_svd)
    if by_normal:
        return _normal(problem, alpha, G, C) or _by_singular_values(problem, alpha)
    by_dual = not only_svd and _dual(problem, alpha)
    return by_dual or _by_singular_values(problem, alpha)


def _normal(problem, alpha, G, C) -> Solution | None:
    coef = np.empty_like(C)
    for a in np.unique(alpha):
        outputs = np.flatnonzero(alpha == a)
        solve_scaled, condition = _scaled_solver(G, a)
        if not condition <= WORST_CONDITION:
            return None
        W = solve_scaled(C[:, outputs])
        if condition > GOOD_CONDITION:
            correction = -a * W
            for A, B in problem.blocks():
                correction += A.T @ (B[:, outputs] - A @ W)
            W += solve_scaled(correction)  # (6)
        coef[:, outputs] = W
    if alpha.any():
        return Solution(coef)
    singular = np.sqrt(np.maximum(np.linalg.eigvalsh(G)[::-1], 0.0))
    return Solution(coef, singular=singular, rank=len(G))


def _scaled_solver(G, alpha):
    """Return c -> (G + alpha I)^{-1} c, and the condition number of what it solves with."""
    H = G + alpha * np.eye(len(G))
    if not (H.diagonal() > 1e-280).all() or not np.isfinite(H).all():  # out of the range of squares
        return None, np.inf
    scale = np.sqrt(H.diagonal())
    H = H / scale / scale[:, None]  # ones on the diagonal: units of the features do not matter
    smallest, largest = np.linalg.eigvalsh(H)[[0, -1]]
    condition = largest / smallest if smallest > 0.0 else np.inf
    return lambda c: np.linalg.solve(H, c / scale[:, None]) / scale[:, None], condition  # (5)


def _dual(problem, alpha) -> Solution | None:
    A, B = problem.matrices()
    with np.errstate(over="ignore", invalid="ignore"):
        K = A @ A.T
    if not np.isfinite(K).all():
        return None
    smallest, largest = np.linalg.eigvalsh(K)[[0, -1]]
    if not (smallest + alpha.min()) * WORST_CONDITION > largest + alpha.min():
        return None
    coef = np.empty((A.shape[1], B.shape[1]))
    for a in np.unique(alpha):
        outputs = alpha == a
        coef[:, outputs] = A.T @ np.linalg.solve(K + a * np.eye(len(K)), B[:, outputs])  # (7)
    return Solution(coef)


def _by_singular_values(problem, alpha) -> Solution:
    A, B = problem.matrices()
    n, d = A.shape
    precision = max(n, d) * float(np.finfo(problem.X.dtype).eps)
    if not alpha.any():  # the same as (8) without a penalty, by LAPACK's own routine
        coef, _, rank, sigma = np.linalg.lstsq(A, B, rcond=precision)
        return Solution(coef, singular=sigma, rank=int(rank))
    if n > 2 * d:  # the triangular factor of [A B] has the same singular values, and is small
        R = np.linalg.qr(np.hstack([A, B]), mode="r")
        A, B = R[:d, :d], R[:d, d:]
    U, sigma, Vt = np.linalg.svd(A, full_matrices=False)
    rank = int((sigma > precision * sigma.max(initial=0.0)).sum())
    s = sigma[:rank, None]
    shrunk = 1.0 / (s + alpha / s)  # (r, k): the same as s / (s^2 + alpha), without its squares
    coef = Vt[:rank].T @ (shrunk * (U[:, :rank].T @ B))  # (8)
    return Solution(coef, singular=sigma, rank=rank)


def _without_constants(problem, alpha, varies, only_svd) -> Solution:
    coef = np.zeros((len(varies), problem.Y.shape[1]))
    if not varies.any():
        return Solution(coef, singular=np.zeros(len(varies)), rank=0)
    smaller = Problem(problem.X[:, varies], problem.Y, problem.weights)
    inner = solve(smaller, alpha, only_svd=only_svd)
    coef[varies] = inner.coef
    zeros = np.zeros(int((~varies).sum()))
    singular = None if inner.singular is None else np.concatenate([inner.singular, zeros])
    return Solution(coef, singular=singular, rank=inner.rank)


def descend(problem: Problem, alpha: np.ndarray, *, eta0, max_iter, tol) -> Solution:
    """Return what gradient descent finds; ``tol`` is relative to the gradient at the start."""
    X, Y, weights = problem.X, problem.Y, problem.weights
    A = X - problem.x_mean.astype(X.dtype)
    B = Y - problem.y_mean.astype(Y.dtype)
    loss, N = MSE(), problem.total * Y.shape[1]
    pull = (2.0 * alpha / N).astype(X.dtype)

    def gradient(W):
        return A.T @ loss.gradient(A @ W, B, weights) + pull * W  # (9)

    W = np.zeros((A.shape[1], B.shape[1]), dtype=X.dtype)
    steepest = float(np.abs(gradient(W)).max(initial=0.0))
    step = 1.0 / _bend(problem, alpha) if eta0 is None else float(eta0)
    goal = None if tol is None else tol * steepest
    W, n_iter, converged = gradient_descent(gradient, W, step, max_iter=max_iter, tol=goal)
    return Solution(W, n_iter, converged)


def _bend(problem, alpha) -> float:
    """Return L, the largest eigenvalue of the objective's Hessian."""
    largest = np.linalg.eigvalsh(problem.gram()[0])[-1]
    N = problem.total * problem.Y.shape[1]
    return max(2.0 * float(largest + alpha.max()) / N, 1e-300)  # (10)
