"""Steps satisfy the conditions that the searches promise, on parabolas, cliffs and rounding."""

import math

import pytest

from ml_from_scratch.optimizers.line_search import Point, backtracking, strong_wolfe

FUNCTIONS = {
    "parabola": (lambda a: (a - 1) ** 2, lambda a: 2 * (a - 1)),
    "far": (lambda a: (a - 1e4) ** 2, lambda a: 2 * (a - 1e4)),
    "near": (lambda a: (a - 1e-4) ** 2, lambda a: 2 * (a - 1e-4)),
    "quartic": (lambda a: a**4 - 2 * a, lambda a: 4 * a**3 - 2),
    # Moré and Thuente (1994), functions 1 and 2: concave at first, and a narrow valley.
    "more-thuente 1": (lambda a: -a / (a * a + 2), lambda a: (a * a - 2) / (a * a + 2) ** 2),
    "more-thuente 2": (
        lambda a: (a + 0.004) ** 5 - 2 * (a + 0.004) ** 4,
        lambda a: 5 * (a + 0.004) ** 4 - 8 * (a + 0.004) ** 3,
    ),
    "cliff": (
        lambda a: math.inf if a >= 2 else -math.log(2 - a) - 3 * a,
        lambda a: math.inf if a >= 2 else 1 / (2 - a) - 3,
    ),
    "not a number": (
        lambda a: math.nan if a > 1.5 else (a - 1) ** 2,
        lambda a: math.nan if a > 1.5 else 2 * (a - 1),
    ),
}


def ray(name):
    value, slope = FUNCTIONS[name]
    return lambda a: Point(a, value(a), slope(a))


@pytest.mark.parametrize("step", [1e-3, 1.0, 100.0])
@pytest.mark.parametrize("c2", [0.1, 0.9])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_strong_wolfe_conditions_hold(name, c2, step):
    along = ray(name)
    start = along(0.0)
    point = strong_wolfe(along, start, step, c2=c2)
    assert point.value <= start.value + 1e-4 * point.step * start.slope
    assert abs(point.slope) <= c2 * abs(start.slope)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_backtracking_lowers_the_value(name):
    along = ray(name)
    start = along(0.0)
    point = backtracking(along, start, 64.0)
    assert point.value <= start.value + 1e-4 * point.step * start.slope
    assert math.log2(64.0 / point.step) == int(math.log2(64.0 / point.step))


def test_uphill_finds_nothing():
    def along(a):
        return Point(a, a, -1.0)  # its slope is a lie

    assert backtracking(along, along(0.0)) is None
    assert strong_wolfe(along, along(0.0)) is None


def test_slopes_decide_where_values_are_rounding():
    """At 1e16 the parabola's fall of 1e-6 cannot be seen in its values."""

    def along(a):
        return Point(a, 1e16 + 1e-6 * (a - 1) ** 2, 2e-6 * (a - 1))

    point = strong_wolfe(along, along(0.0), 0.3, c2=0.1)
    assert point.step == pytest.approx(1.0, abs=0.1)
    assert backtracking(along, along(0.0), 16.0).step == 1.0


def test_an_endless_slope_returns_the_lowest_point():
    point = strong_wolfe(lambda a: Point(a, -a, -1.0), Point(0.0, 0.0, -1.0), max_evaluations=5)
    assert point.step == 4.0**4
