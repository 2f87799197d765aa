"""The few shapes that a drawing is made of, as SVG text."""

from __future__ import annotations

from html import escape

Point = tuple[float, float]  # x to the right, y downwards
HEAD = 7  # the length of an arrow's head


def text(x: float, y: float, content: str, kind: str = "", anchor: str = "start") -> str:
    """A line of text; whatever it says, it is only text.

    >>> text(1, 2, "a < b", "what")
    '<text x="1.0" y="2.0" class="what">a &lt; b</text>'
    """
    css = f' class="{kind}"' if kind else ""
    side = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{css}{side}>{escape(content)}</text>'


def rectangle(x: float, y: float, width: float, height: float, radius: float) -> str:
    """A box with round corners."""
    size = f'width="{width:.1f}" height="{height:.1f}" rx="{radius:.1f}"'
    return f'<rect class="box" x="{x:.1f}" y="{y:.1f}" {size}/>'


def hexagon(x: float, y: float, width: float, height: float, point: float) -> str:
    """A box with a point at the left and at the right."""
    left, right, middle, bottom = x + point, x + width - point, y + height / 2, y + height
    return (
        f'<path class="box" d="M{x:.1f} {middle:.1f}L{left:.1f} {y:.1f}H{right:.1f}'
        f'L{x + width:.1f} {middle:.1f}L{right:.1f} {bottom:.1f}H{left:.1f}Z"/>'
    )


def arrow(start: Point, way: list[Point], end: Point) -> str:
    """Down from start to end through the points of its way."""
    path = _curve([(start[0], start[1] + HEAD), *way, (end[0], end[1] - HEAD)])
    line = f"M{start[0]:.1f} {start[1]:.1f}{path}"
    return f'<path class="forward" d="{line}"/>{_head(*end, "forward", HEAD)}'


def arrow_back(start: Point, way: list[Point], end: Point, aside: float) -> str:
    """Up from end to start, beside the arrow that leads down."""
    points = [(start[0], start[1] + HEAD), *way, (end[0], end[1] - HEAD)]
    path = _curve([(x + aside, y) for x, y in points], aside)
    tip = _head(start[0] + aside, start[1], "backward", -HEAD)
    return f'<path class="backward" d="M{path[1:]}V{end[1]:.1f}"/>{tip}'


def _curve(points: list[Point], aside: float = 0.0) -> str:
    """Through the points, upright in each of them; aside keeps it off its twin on the left."""
    (x, y), *rest = points
    path = [f"L{x:.1f} {y:.1f}"]
    for u, v in rest:
        if abs(u - x) < 0.05:
            path.append(f"V{v:.1f}")
        else:
            m = (y + v) / 2 - aside * max(-1.0, min(1.0, (u - x) / 50.0))
            path.append(f"C{x:.1f} {m:.1f} {u:.1f} {m:.1f} {u:.1f} {v:.1f}")
        x, y = u, v
    return "".join(path)


def _head(x: float, y: float, kind: str, length: float) -> str:
    base = y - length
    return (
        f'<path class="{kind}-head" d="M{x:.1f} {y:.1f}L{x - 3.5:.1f} {base:.1f}H{x + 3.5:.1f}Z"/>'
    )
