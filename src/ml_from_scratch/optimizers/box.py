r"""Minimising between bounds: L-BFGS on the coordinates that are free to move.

The gradient projected onto the box says when a point is a minimum there: a coordinate that lies on
its bound may well be pushed outwards.

.. math:: \hat g = x - P(x - g), \qquad P(x) = \min(\max(x, l), u) \tag{1}

Coordinates on a bound that the gradient pushes against stay for the time of an iteration; on the
others the direction :math:`p` is that of L-BFGS (``second_order``), from what is remembered of them.
Steps bend along the bounds:

.. math:: x(\alpha) = P(x + \alpha p) \tag{2}

Sources: D. Bertsekas, Projected Newton methods for optimization problems with simple constraints
(1982), for the two kinds of coordinates; M. Schmidt, D. Kim and S. Sra, Projected Newton-type
methods in machine learning (2011), section 11.4.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from .line_search import Point, strong_wolfe
from .second_order import OptimizeResult, _lbfgs_direction, _start


def minimize_in_box(
    value_and_gradient, x0, lower, upper, *, memory=10, tol=1e-5, value_tol=1e-9, max_iter=1000
) -> OptimizeResult:
    """Minimise a smooth function of a vector whose elements have bounds.

    Parameters
    ----------
    value_and_gradient : callable
        ``f(x)`` returns the value and the gradient (n,), in a fresh array. The value may be infinite
        where f is not defined.
    x0 : array of shape (n,)
        Where to start; what is outside the bounds is brought to them.
    lower, upper : array of shape (n,)
        The bounds, which may be infinite.
    memory : int
        How many steps are remembered.
    tol : float
        Stop when no element of the projected gradient (1) is larger in absolute value.
    value_tol : float
        Stop, too, when a step lowers the value by less than this share of it (or of 1).
    max_iter : int
        The most iterations.

    Returns
    -------
    OptimizeResult
        ``converged`` is False, and ``message`` says why, if no tolerance was met.

    Raises
    ------
    ValueError
        If the value or gradient at x0 is not finite.

    Examples
    --------
    >>> def bowl(x):
    ...     return float((x - 2.0) @ (x - 2.0)), 2 * (x - 2.0)
    >>> result = minimize_in_box(bowl, np.zeros(2), np.array([-1.0, -1.0]), np.array([1.0, 9.0]))
    >>> result.x.round(6).tolist(), result.converged
    ([1.0, 2.0], True)
    """
    x, value, g = _start(value_and_gradient, np.clip(x0, lower, upper))
    steps: deque = deque(maxlen=memory)  # (s, y), the oldest first
    message = f"stopped after {max_iter} iterations"

    for k in range(max_iter + 1):
        if np.abs(x - np.clip(x - g, lower, upper)).max(initial=0.0) <= tol:  # (1)
            return OptimizeResult(x, value, g, k, True, "converged")
        if k == max_iter:
            break
        free = ~((x <= lower) & (g > 0.0) | (x >= upper) & (g < 0.0))
        p = _direction(g, free, steps)
        first = 1.0 if steps else min(1.0, 1.0 / float(np.abs(g[free]).sum()))
        point = _search(value_and_gradient, x, p, value, g, first, lower, upper)
        if point is None and steps:  # what is remembered may mislead: begin anew
            steps.clear()
            continue
        if point is None:
            promised = abs(float(g @ (first * p)))
            if promised <= value_tol**0.5 * max(abs(value), 1.0):
                return OptimizeResult(x, value, g, k, True, "converged to the value's precision")
            message = "no step along the gradient lowers the value"
            break
        x_new, g_new = point.at
        steps.append((x_new - x, g_new - g))
        gained = value - point.value
        x, value, g = x_new, point.value, g_new
        if gained <= value_tol * max(abs(value), 1.0):
            return OptimizeResult(x, value, g, k + 1, True, "converged to the value's tolerance")
    return OptimizeResult(x, value, g, k, False, message)


def _direction(g, free, steps):
    """Return L-BFGS's direction in the free coordinates, and 0 in the others."""
    remembered = []
    for s, y in steps:
        s, y = s[free], y[free]
        curvature = float(s @ y)
        if curvature > 1e-14 * float(y @ y):
            remembered.append((s, y, 1.0 / curvature))
    p = np.zeros_like(g)
    p[free] = _lbfgs_direction(g[free], remembered)
    return p


def _search(value_and_gradient, x, p, value, g, first, lower, upper):
    def along(step):
        moved = x + step * p
        at = np.clip(moved, lower, upper)  # (2)
        new_value, new_g = value_and_gradient(at)
        return Point(step, float(new_value), float(new_g @ (p * (at == moved))), (at, new_g))

    with np.errstate(over="ignore", invalid="ignore"):  # a trial far out is not taken
        start = Point(0.0, value, float(g @ p))
        return strong_wolfe(along, start, first, c2=0.9) if np.isfinite(start.slope) else None
