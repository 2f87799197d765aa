r"""Newton's method for many weights of a support vector machine at once.

Among weights that are strictly inside the box, with negative gradient :math:`F` and kernel matrix K,
the objective of ``smo`` falls most, for a step :math:`d` whose elements sum to 0, by

.. math::
    K x &= F, \qquad K z = e \tag{1} \\
    d &= x - \frac{e^T x}{e^T z}\, z \tag{2}

with :math:`e` a vector of ones. K may be singular, so a trace of the identity is added to it, and how
far to go along :math:`d` is asked of K itself, and of the box:

.. math:: \alpha = \min\Big\{ \frac{d^T F}{d^T K d},\; \text{the first bound} \Big\} \tag{3}
"""

from __future__ import annotations

import numpy as np

TRACE = 1e-10  # of the identity, relative to the mean of the diagonal


def newton_step(K, F, down, up) -> tuple[np.ndarray, int | None]:
    """Return the step of each weight, and which one meets a bound first, or None.

    Parameters
    ----------
    K : ndarray of shape (m, m)
        The kernel among the weights.
    F : ndarray of shape (m,)
        The negative gradient.
    down, up : ndarray of shape (m,)
        How far each may go, below and above 0.

    Examples
    --------
    >>> step, hit = newton_step(np.eye(2), np.array([1.0, 0.0]), np.full(2, -9.0), np.full(2, 9.0))
    >>> step.round(6).tolist(), hit
    ([0.5, -0.5], None)
    >>> newton_step(np.eye(2), np.array([1.0, 0.0]), np.full(2, -9.0), np.array([0.25, 9.0]))[1]
    0
    """
    nothing = np.zeros_like(F), None
    F = F - F.mean()  # a constant in F changes no step whose elements sum to 0
    damped = K + (TRACE * np.trace(K) / len(K)) * np.eye(len(K))
    try:
        x, z = np.linalg.solve(damped, np.stack([F, np.ones_like(F)], axis=1)).T  # (1)
    except np.linalg.LinAlgError:
        return nothing
    if z.sum() == 0.0 or not (np.isfinite(x).all() and np.isfinite(z).all()):
        return nothing
    d = x - (x.sum() / z.sum()) * z  # (2)
    slope, curvature = float(d @ F), float(d @ K @ d)
    if not slope > 0.0:
        return nothing
    room = np.where(d > 0.0, up, down) / np.where(d == 0.0, 1.0, d)
    room[d == 0.0] = np.inf
    first = int(room.argmin())
    best = slope / curvature if curvature > 0.0 else np.inf
    alpha = min(best, float(room[first]))  # (3)
    return alpha * d, (first if room[first] < best else None)
