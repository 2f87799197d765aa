r"""Sums of hinges, minimised by an interior-point method: the exact minimum in some fifteen steps.

.. math:: P(v) = \tfrac12 \|v\|^2 + q^T v + \sum_j c_j \max(0,\, t_j - z_j^T v) \tag{1}

has corners, so that neither gradients nor curvature lead to its minimum. As a quadratic program it
has slacks :math:`s_j \ge 0` for what rows lack and :math:`r_j \ge 0` for what they have to spare, and
multipliers :math:`0 \le \alpha_j \le c_j`. At the minimum

.. math::
    v &= Z^T \alpha - q \tag{2} \\
    r - s &= Z v - t \tag{3} \\
    \alpha_j r_j &= 0, \qquad (c_j - \alpha_j)\, s_j = 0

and from any :math:`\alpha` in the box the dual objective bounds it from below:

.. math:: D(\alpha) = t^T \alpha - \tfrac12 \|Z^T \alpha - q\|^2 \tag{4}

An **interior-point method** keeps everything positive, asks for products :math:`\mu` instead of 0, and
lets :math:`\mu` fall. Newton's equations for that, once r, s and :math:`\alpha` are eliminated, are a
least-squares system as small as v, with residuals :math:`\rho_v, \rho_r` of (2, 3), whatever the
number of rows:

.. math::
    \omega_j &= 1 / (r_j / \alpha_j + s_j / (c_j - \alpha_j)) \tag{5} \\
    h &= \kappa_1 / \alpha - \kappa_2 / (c - \alpha) + \rho_r \tag{6} \\
    (I + Z^T \Omega Z)\, \Delta v &= Z^T (\omega h) - \rho_v \tag{7} \\
    \Delta \alpha &= \omega\, (h - Z \Delta v) \tag{8} \\
    (\Omega^{-1} + Z Z^T)\, \Delta \alpha &= h + Z \rho_v, \qquad
        \Delta v = Z^T \Delta \alpha - \rho_v
        \quad \text{(the same, for more columns than rows)} \tag{9} \\
    \Delta r &= (\kappa_1 - r\, \Delta \alpha) / \alpha, \qquad
    \Delta s = (\kappa_2 + s\, \Delta \alpha) / (c - \alpha) \tag{10}

A **predictor** aims at zero, :math:`\kappa_1 = -\alpha r`, :math:`\kappa_2 = -(c - \alpha) s`. How far it
gets before something turns negative tells how much to centre, and its own products are what a
straight step neglects:

.. math::
    \sigma &= (\mu_{predicted} / \mu)^3 \tag{11} \\
    \kappa_1 &= \sigma \mu - \alpha r - \Delta \alpha\, \Delta r, \qquad
    \kappa_2 = \sigma \mu - (c - \alpha)\, s + \Delta \alpha\, \Delta s \tag{12}

Sources: Mehrotra, On the implementation of a primal-dual interior point method, 1992, for (11, 12);
Ferris and Munson, Interior-point methods for massive support vector machines, 2002, for (7).
"""

from __future__ import annotations

import numpy as np

from .linear_objective import weighted_gram

ALMOST = 0.995  # of the way to the nearest wall: never touch it
PRECISION = 1e-14  # a gap that is smaller, relative to the objective at zero, is rounding


def minimize_hinges(Z, t, c, q, offset, tol, max_iter) -> tuple[np.ndarray, int, bool]:
    """Return (v, iterations, converged).

    Parameters
    ----------
    Z : array of shape (n, d)
        Rows.
    t, c : arrays of shape (n,)
        Targets, and weights above 0.
    q : array of shape (d,)
        The linear part.
    offset : float
        What the objective has besides (1), so that its minimum is not below zero.
    tol : float
        The duality gap to reach, relative to the objective.
    max_iter : int
        The most iterations.
    """
    at_zero = float(c @ np.maximum(t, 0.0)) + offset
    if at_zero <= 0.0:  # nothing is lacking: zero is the minimum
        return np.zeros(Z.shape[1]), 0, True
    unit = float(np.abs(t).mean())
    r, s = np.maximum(-t, 0.0) + unit, np.maximum(t, 0.0) + unit
    point = [np.zeros(Z.shape[1]), 0.5 * c, r, s]
    for k in range(max_iter + 1):
        v, alpha = point[:2]
        from_alpha, z = alpha @ Z - q, Z @ v
        primal = 0.5 * float(v @ v) + float(q @ v) + float(c @ np.maximum(t - z, 0.0))  # (1)
        gap = primal - float(t @ alpha) + 0.5 * float(from_alpha @ from_alpha)  # (4)
        if gap <= max(tol * (primal + offset), PRECISION * at_zero) or k == max_iter:
            return v, k, k < max_iter
        rho_v, rho_r = v - from_alpha, point[2] - point[3] - (z - t)  # (2) (3)
        with np.errstate(all="ignore"):
            step, change = _step(Z, c, point, rho_v, rho_r)
        is_finite = all(np.isfinite(d).all() for d in change)
        if not is_finite or not step > 1e-12:  # only rounding is left
            return v, k, gap <= 1e-9 * at_zero
        point = [value + step * d for value, d in zip(point, change)]
    raise AssertionError("unreachable")


def _step(Z, c, point, rho_v, rho_r) -> tuple[float, tuple]:
    """Return how far to go, and the changes of v, alpha, r and s: predictor, then corrector."""
    _, alpha, r, s = point
    room, n = c - alpha, len(c)
    omega = 1.0 / (r / alpha + s / room)  # (5)
    solve = _reduced(Z, omega, rho_v)

    def change(kappa_1, kappa_2):
        h = kappa_1 / alpha - kappa_2 / room + rho_r  # (6)
        dv, da = solve(h)
        return dv, da, (kappa_1 - r * da) / alpha, (kappa_2 + s * da) / room  # (10)

    _, da, dr, ds = change(-alpha * r, -room * s)
    step = _longest((alpha, da), (room, -da), (r, dr), (s, ds))
    mu = float(alpha @ r + room @ s) / (2 * n)
    predicted = (alpha + step * da) @ (r + step * dr) + (room - step * da) @ (s + step * ds)
    target = mu * (float(predicted) / (2 * n) / mu) ** 3  # (11)
    kappa_1 = target - alpha * r - da * dr  # (12)
    kappa_2 = target - room * s + da * ds  # (12)
    dv, da, dr, ds = change(kappa_1, kappa_2)
    step = ALMOST * _longest((alpha, da), (room, -da), (r, dr), (s, ds))
    return step, (dv, da, dr, ds)


def _reduced(Z, omega, rho_v):
    """Return h -> changes of v and alpha, by the smaller of two systems."""
    n, d = Z.shape
    if n < d:
        K = Z @ Z.T
        K.flat[:: n + 1] += 1.0 / omega

        def solve(h):
            da = _solve(K, h + Z @ rho_v)  # (9)
            return da @ Z - rho_v, da  # (9)

    else:
        H = weighted_gram(Z, omega)
        H.flat[:: d + 1] += 1.0

        def solve(h):
            dv = _solve(H, (omega * h) @ Z - rho_v)  # (7)
            return dv, omega * (h - Z @ dv)  # (8)

    return solve


def _solve(H, right) -> np.ndarray:
    """Solve; where columns depend on each other but for rounding, take the shortest solution."""
    try:
        return np.linalg.solve(H, right)
    except np.linalg.LinAlgError:
        if not (np.isfinite(H).all() and np.isfinite(right).all()):
            return np.full_like(right, np.nan)
        return np.linalg.lstsq(H, right, rcond=None)[0]


def _longest(*pairs) -> float:
    """Return how far, up to 1, all values stay positive along their directions."""
    steepest = max(float((-change / value).max()) for value, change in pairs)
    return 1.0 if steepest <= 1.0 else 1.0 / steepest
