r"""How far should one go along a direction? Line searches that stop at a step that is good enough.

Along a direction :math:`p` the objective is a function of the step alone,
:math:`\varphi(\alpha) = f(x + \alpha p)`, with slope :math:`\varphi'(\alpha) = \nabla f^T p`. A step
is long enough to be worth it and short enough to be trusted when it lowers the value by a share of
what the slope promised (Armijo), and leaves little slope behind (strong Wolfe):

.. math::
    \varphi(\alpha) &\le \varphi(0) + c_1 \alpha \varphi'(0) \tag{1} \\
    |\varphi'(\alpha)| &\le c_2 |\varphi'(0)| \tag{2}

Near a minimum values agree to the last digit long before slopes do, and (1) drowns in rounding.
Where two values differ by rounding alone, the slope decides instead, by what for a parabola is the
same as (1):

.. math::
    \varphi'(\alpha) \le (2 c_1 - 1)\, \varphi'(0) \tag{3}

Between two points :math:`a, b` the next trial minimises the cubic through both values and slopes
(where the values differ by rounding, the parabola through both slopes):

.. math::
    d_1 &= \varphi'(a) + \varphi'(b) - 3\,\frac{\varphi(a) - \varphi(b)}{a - b} \tag{4} \\
    d_2 &= \mathrm{sign}(b - a) \sqrt{d_1^2 - \varphi'(a)\varphi'(b)} \tag{5} \\
    \alpha &= b - (b - a)\,
        \frac{\varphi'(b) + d_2 - d_1}{\varphi'(b) - \varphi'(a) + 2 d_2} \tag{6}

Sources: Nocedal and Wright, Numerical Optimization, 2nd edition, 2006: (1, 2) are their (3.7),
(4-6) their (3.59), and their chapter 3 has the searches. (3) is from Hager and Zhang, A
new conjugate gradient method with guaranteed descent, 2005, equation 4.1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

EPSILON = 1e-12  # relative differences of values below this are taken for rounding
LONGER = 4.0  # how much longer the next trial is while the slope still falls


class Point(NamedTuple):
    """One trial: the step, the value and slope there, and whatever the objective hands along."""

    step: float
    value: float
    slope: float
    at: Any = None


Along = Callable[[float], Point]


def backtracking(
    along: Along, start: Point, step=1.0, *, c1=1e-4, shrink=0.5, max_evaluations=40
) -> Point | None:
    """Return the first of step, shrink * step, shrink^2 * step, ... that satisfies (1) or (3).

    ``along(step)`` returns a ``Point``; values that are not finite count as too high. If none of
    the first ``max_evaluations`` steps will do, the answer is None.

    >>> parabola = lambda a: Point(a, (a - 1) ** 2, 2 * (a - 1))
    >>> backtracking(parabola, parabola(0.0), step=4.0).step
    1.0
    """
    for _ in range(max_evaluations):
        point = along(step)
        if _is_lower(point, start, c1):
            return point
        step *= shrink
    return None


def strong_wolfe(
    along: Along, start: Point, step=1.0, *, c1=1e-4, c2=0.9, max_evaluations=30
) -> Point | None:
    """Return a point that satisfies (1), or (3) where values are all rounding, and (2).

    Steps grow until one is too long: it rises, or violates (1). Between the longest step that was
    too short and the shortest that was too long there is a point as wanted, and the cubics find it.
    If evaluations run out, the last point that was too short is returned, or None if there is none.

    >>> parabola = lambda a: Point(a, (a - 1) ** 2, 2 * (a - 1))
    >>> round(strong_wolfe(parabola, parabola(0.0), step=0.01, c2=0.1).step, 9)
    1.0
    """
    short, long = start, None
    for _ in range(max_evaluations):
        point = along(step)
        is_lower = _is_lower(point, start, c1)
        if is_lower and abs(point.slope) <= c2 * abs(start.slope):  # (2)
            return point
        if is_lower and point.slope < 0.0:
            short = point
        else:
            long = point
        step = LONGER * step if long is None else _between(short, long)
        if long is not None and not short.step < step < long.step:
            break  # no number is left between them
    return short if short.value < start.value else None


def _between(a: Point, b: Point) -> float:
    """Return the cubic's minimiser between two points, kept away from both ends."""
    length = b.step - a.step
    if not (math.isfinite(b.value) and math.isfinite(b.slope)):
        return a.step + 0.5 * length
    rise = (a.value - b.value) / (a.step - b.step)
    if _is_rounding(b, a):
        rise = 0.5 * (a.slope + b.slope)
    d1 = a.slope + b.slope - 3.0 * rise  # (4)
    d2 = math.copysign(math.sqrt(max(0.0, d1 * d1 - a.slope * b.slope)), length)  # (5)
    bend = b.slope - a.slope + 2.0 * d2
    share = 1.0 - (b.slope + d2 - d1) / bend if bend else 0.5  # (6)
    return a.step + min(max(share, 0.1), 0.9) * length


def _is_lower(point: Point, start: Point, c1: float) -> bool:
    if _is_rounding(point, start):
        return point.slope <= (2.0 * c1 - 1.0) * start.slope  # (3)
    return point.value <= start.value + c1 * point.step * start.slope  # (1)


def _is_rounding(point: Point, start: Point) -> bool:
    return abs(point.value - start.value) <= EPSILON * abs(start.value)
