r"""Scores that should lie in an interval: the least squared distance from it, with a penalty.

Each sample has an interval :math:`[l_i, u_i]` for its score :math:`z_i = x_i^T v`, and a weight
:math:`c_i` for what the score lacks,

.. math:: e_i = \min(z_i - l_i, 0) + \max(z_i - u_i, 0) \tag{1}

For :math:`[1, \infty)` and rows times their label :math:`\pm 1` that is the squared hinge of a
classifier, for :math:`[y_i - \varepsilon, y_i + \varepsilon]` the squared :math:`\varepsilon`-insensitive
loss of regression. The objective is a parabola in every region where the same samples lack
something, and smooth across their borders:

.. math::
    J(v) &= \tfrac12 \|v\|^2 + \sum_i c_i e_i^2 \tag{2} \\
    \nabla J &= v + 2 \textstyle\sum_i c_i e_i x_i \tag{3} \\
    H &= I + 2 \textstyle\sum_{e_i \ne 0} c_i x_i x_i^T \tag{4}

Newton's method (with a line search) therefore ends after a few steps, at the minimum but for
rounding: once no sample changes sides, the step is exact. With :math:`\|v\|_1` in place of half the
square, the parabola and the penalty together are a lasso problem, whose solution is the step.

Source: Keerthi and DeCoste, A modified finite Newton method for fast solution of large scale linear
SVMs, 2005; Yuan, Ho and Lin, An improved GLMNET for L1-regularized logistic regression, 2012, for the
L1 penalty.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .coordinate_descent import GramQuadratic, Penalties, Stop, minimize
from .linear_objective import weighted_gram

ARMIJO = 1e-4  # the share of what the slope promises that a step has to deliver
SHORTEST = 1e-10  # no step along a direction is lower: what is left is rounding


@dataclass
class Intervals:
    """Rows (n, d), ends of the intervals (n,), the upper ones None if infinite, and weights (n,)."""

    X: np.ndarray
    lower: np.ndarray
    upper: np.ndarray | None
    c: np.ndarray

    def lack(self, z) -> np.ndarray:
        """Return how far scores are outside, negative below."""
        e = np.minimum(z - self.lower, 0.0)  # (1)
        return e if self.upper is None else e + np.maximum(z - self.upper, 0.0)  # (1)

    def loss(self, e) -> float:
        """Return the weighted sum of squares."""
        return float((self.c * e) @ e)  # (2)


def fit_l2(data: Intervals, tol, max_iter) -> tuple[np.ndarray, int, bool]:
    """Return (v, iterations, converged) for the squared penalty.

    It has converged when the gradient's norm is at most tol times that at zero.
    """
    v, z = np.zeros(data.X.shape[1]), np.zeros(len(data.X))
    e, goal = data.lack(z), None
    for k in range(max_iter + 1):
        active = np.flatnonzero(e)
        x, c = data.X.take(active, axis=0), data.c.take(active)
        g = v + 2.0 * ((c * e.take(active)) @ x)  # (3)
        goal = tol * np.linalg.norm(g) if goal is None else goal
        if np.linalg.norm(g) <= goal or k == max_iter:
            return v, k, k < max_iter
        p = -identity_plus(x, 2.0 * c)(g)
        z_step = data.X @ p
        step = _search(data, z, z_step, lambda t, v=v, p=p: _half_square(v + t * p), g @ p)
        if step < SHORTEST:
            return v, k, True
        v, z = v + step * p, z + step * z_step
        e = data.lack(z)
    raise AssertionError("unreachable")


def fit_l1(data: Intervals, tol, max_iter) -> tuple[np.ndarray, int, bool]:
    """Return (v, iterations, converged) for the penalty by absolute values.

    It has converged when no step promises to lower the objective by more than tol squared times it.
    """
    v, z = np.zeros(data.X.shape[1]), np.zeros(len(data.X))
    penalties = Penalties(l1=1.0, l2=0.0)
    for k in range(max_iter + 1):
        e = data.lack(z)
        value = data.loss(e) + np.abs(v).sum()
        active = np.flatnonzero(e)
        x, c, target = data.X.take(active, axis=0), data.c.take(active), (z - e).take(active)
        weighted = 2.0 * c[:, None] * x
        model = GramQuadratic(
            weighted.T @ x, target @ weighted, 2.0 * (c * target) @ target, penalties
        )
        promise = max(tol * tol, 1e-15) * value
        close = Stop(max(0.01 * promise, 1e-14 * model.energy), 1000)
        p = minimize(model, v, penalties, close).w - v
        slope = 2.0 * ((c * e.take(active)) @ x) @ p + np.abs(v + p).sum() - np.abs(v).sum()
        if -slope <= promise or k == max_iter:
            return v, k, k < max_iter
        z_step = data.X @ p
        step = _search(data, z, z_step, lambda t, v=v, p=p: np.abs(v + t * p).sum(), slope)
        if step < SHORTEST:
            return v, k, True
        v, z = v + step * p, z + step * z_step
    raise AssertionError("unreachable")


def _half_square(v) -> float:
    return 0.5 * float(v @ v)


def _search(data, z, z_step, penalty, slope) -> float:
    """Return the first of 1, 1/2, 1/4, ... that lowers the objective enough; 0 if none does."""
    value, step = penalty(0.0) + data.loss(data.lack(z)), 1.0
    while step >= SHORTEST:
        trial = penalty(step) + data.loss(data.lack(z + step * z_step))
        if trial <= value + ARMIJO * step * slope:
            return step
        step *= 0.5
    return 0.0


def identity_plus(X, w):
    r"""Return g -> (I + X^T diag(w) X)^{-1} g, by whichever of two systems is smaller.

    .. math:: (I + X^T W X)^{-1} g = g - X^T (W^{-1} + X X^T)^{-1} X g \tag{5}
    """
    n, d = X.shape
    if n < d:
        K = X @ X.T
        K.flat[:: n + 1] += 1.0 / w
        return lambda g: g - X.T @ np.linalg.solve(K, X @ g)  # (5)
    H = weighted_gram(X, w)
    H.flat[:: d + 1] += 1.0  # (4)
    return lambda g: np.linalg.solve(H, g)
