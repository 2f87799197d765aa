"""draw(loss): the recorded computation as a picture, a self-contained SVG.

Values flow down along the solid arrows, gradients come back up along the dashed ones. Pointing at a
box shows the rule that runs backwards.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Mapping
from html import escape

from ..files import replacing
from ..tensor import Tensor
from . import svg
from .boxes import BESIDE, LETTER, LINE, Box, Earlier, signs
from .entries import Entry
from .graph import Graph, Row
from .layout import arrange

MARGIN, GAP, LAYER_GAP, PORT, NARROWEST_PAGE = 20, 30, 50, 24, 430  # pixels

# Blue and vermilion of M. Okabe and K. Ito's palette, which colour-blind people can tell apart,
# darkened (or, on dark pages, lightened) until small letters are readable.
STYLE = """
.mlfs-graph{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}
.mlfs-graph .page{fill:#fff}.mlfs-graph text{fill:#222}
.mlfs-graph .what{font-weight:bold}.mlfs-graph .small{fill:#555}
.mlfs-graph .box{fill:#f5f5f5;stroke:#777;stroke-width:1.2}
.mlfs-graph .input .box{fill:#eaf4fb}
.mlfs-graph .parameter .box,.mlfs-graph .frozen .box{fill:#fff3d6}
.mlfs-graph .constant .box{fill:none;stroke-dasharray:4 3}
.mlfs-graph .frozen .box{stroke-dasharray:4 3}
.mlfs-graph .output .box{stroke:#222;stroke-width:2.5}
.mlfs-graph .forward{fill:none;stroke:#0072b2;stroke-width:1.6}
.mlfs-graph .backward{fill:none;stroke:#d55e00;stroke-width:1.4;stroke-dasharray:5 3}
.mlfs-graph .forward-head{fill:#0072b2}.mlfs-graph .backward-head{fill:#d55e00}
.mlfs-graph text.gradient{fill:#b04600}.mlfs-graph text.shape{fill:#00609a;font-size:11px}
.mlfs-graph text.shape{stroke:#fff;stroke-width:4px;paint-order:stroke}
@media (prefers-color-scheme:dark){
.mlfs-graph .page{fill:#17191d}.mlfs-graph text{fill:#eee}.mlfs-graph .small{fill:#aaa}
.mlfs-graph .box{fill:#26292f;stroke:#999}
.mlfs-graph .input .box{fill:#1d3342}
.mlfs-graph .parameter .box,.mlfs-graph .frozen .box{fill:#40341a}
.mlfs-graph .constant .box{fill:none}
.mlfs-graph .output .box{stroke:#eee}
.mlfs-graph .forward{stroke:#56b4e9}.mlfs-graph .forward-head{fill:#56b4e9}
.mlfs-graph .backward{stroke:#f0904a}.mlfs-graph .backward-head{fill:#f0904a}
.mlfs-graph text.shape{fill:#7cc4ee;stroke:#17191d}.mlfs-graph text.gradient{fill:#f5a56b}}
"""


def draw(
    output: Tensor, *, cotangent=None, names: Mapping | None = None, max_nodes: int = 200
) -> Picture:
    """Draw how a Tensor was computed, with the values and the gradients that flow through it.

    Nothing is changed by looking: backward() can follow.

    Parameters
    ----------
    output : Tensor
        A loss, or any other recorded value, before backward().
    cotangent, names
        As for ``explain``.
    max_nodes : int
        Of a longer tape the end is drawn, and the picture says so.

    Returns
    -------
    Picture
        A notebook shows it; ``save`` keeps it.

    Raises
    ------
    TypeError
        If output is a plain array, which has no record.
    RuntimeError
        If backward() has freed the tape, or a parameter was changed since.

    Examples
    --------
    >>> import numpy as np
    >>> a, b = Tensor(2.0), Tensor(-3.0)
    >>> picture = draw(np.tanh(a * b + 5.0), names=locals())
    >>> picture
    <Picture of v3: 3 operations on 2 inputs, float64 numbers; .save("picture.svg") keeps it>
    >>> picture.svg.startswith("<svg "), "multiply(a, b)" in picture.svg
    (True, True)
    """
    if max_nodes < 1:
        raise ValueError(f"max_nodes is at least 1; got {max_nodes}.")
    graph = Graph(output, cotangent, names, "draw")
    rows = graph.rows(_newest(graph, max_nodes))
    return Picture(_svg(graph, rows), graph.name(output), graph.census())


class Picture:
    """A drawing.

    Attributes
    ----------
    svg : str
        The whole picture as one SVG element, which needs nothing from outside.
    """

    def __init__(self, svg: str, name: str, census: str):
        self.svg = svg
        self._about = f"{name}: {census}"

    def __repr__(self):
        return f'<Picture of {self._about}; .save("picture.svg") keeps it>'

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: str | os.PathLike) -> None:
        """Write the picture to a file, whole or not at all; what was there before is replaced."""
        with replacing(path) as file:
            file.write(('<?xml version="1.0" encoding="UTF-8"?>\n' + self.svg + "\n").encode())


def _newest(graph: Graph, n: int) -> list[Entry]:
    """The last n entries, where a leaf counts as being as new as its last use."""
    if len(graph.entries) <= n:
        return graph.entries
    chosen: dict = {}
    for entry in reversed(graph.entries):
        if len(chosen) >= n:
            break
        if entry.args or not chosen:
            chosen[entry.order] = entry
            leaves = [parent for parent in graph.parents(entry) if not parent.args]
            for leaf in leaves[: n - len(chosen)]:
                chosen[leaf.order] = leaf
    return [entry for entry in graph.entries if entry.order in chosen]


# ---- the picture ---------------------------------------------------------------------------------
def _svg(graph: Graph, rows: list[Row]) -> str:
    boxes, arrows = _boxes_and_arrows(rows)
    layout = arrange([b.size for b in boxes], [arrow[:2] for arrow in arrows], GAP, LAYER_GAP)
    page = max(layout.width + 2 * MARGIN, NARROWEST_PAGE)
    caption, top = _paragraph(_caption(graph, rows), MARGIN + 10, page)
    left = (page - layout.width) / 2
    for box, (x, y) in zip(boxes, layout.centres):
        box.x, box.y = x + left, y + top
    ways = [[(x + left, y + top) for x, y in way] for way in layout.ways]
    lines = [_arrow(boxes, *arrow, way) for arrow, way in zip(arrows, ways)]
    legend, bottom = _legend(graph, boxes, top + layout.height + 44, page)
    name = escape(graph.name(graph.output))
    size = f'width="{page:.0f}" height="{bottom:.0f}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="mlfs-graph" role="img" {size} '
            f'viewBox="0 0 {page:.0f} {bottom:.0f}" style="max-width:100%;height:auto">',
            f"<title>How {name} was computed</title>",
            f"<desc>{escape(_description(graph, rows))}</desc>",
            f"<style>{STYLE}</style>",
            f'<rect class="page" {size} rx="8"/>',
            *[caption, *lines, *[box.drawn() for box in boxes], legend],
            "</svg>",
        ]
    )


def _boxes_and_arrows(rows: list[Row]) -> tuple[list, list[tuple[int, int, float, bool]]]:
    """Boxes, and arrows as (from, to, place among those that arrive, whether a gradient returns)."""
    boxes: list = []
    arrows: list = []
    number: dict[str, int] = {}
    for row in rows:
        ends: dict = {}  # (name, place among the parents), or None for all that was left out
        for k, (name, back) in enumerate(zip(row.parents, row.receives)):
            end = (name, k) if name in number else None
            ends[end] = ends.get(end, False) or back
        if None in ends:
            boxes.append(Earlier(len({name for name in row.parents if name not in number})))
        to = len(boxes)
        for k, (end, back) in enumerate(ends.items()):
            start = to - 1 if end is None else number[end[0]]
            arrows.append((start, to, k - (len(ends) - 1) / 2, back))
        number[row.name] = to
        boxes.append(Box(row, row is rows[-1]))
    return boxes, arrows


def _arrow(boxes: list, i: int, j: int, place: float, gradient: bool, way: list) -> str:
    """An arrow from box i to box j, and beside it the gradient's way back."""
    start, end = boxes[i], boxes[j]
    room = (end.size[0] - PORT) / 2
    port = place * min(PORT, room / abs(place)) if place else 0.0
    first, last = (start.x, start.y + start.size[1] / 2), (end.x + port, end.y - end.size[1] / 2)
    start.turn += (way[0][0] if way else last[0]) - first[0]
    forward = svg.arrow(first, way, last)
    return forward + svg.arrow_back(first, way, last, BESIDE) if gradient else forward


# ---- words ---------------------------------------------------------------------------------------
def _caption(graph: Graph, rows: list[Row]) -> str:
    caption = f"{graph.name(graph.output)}: {graph.census()}"
    if len(rows) < len(graph.entries):
        caption += f". The last {len(rows):,} of {len(graph.entries):,} are drawn."
    return caption


def _description(graph: Graph, rows: list[Row]) -> str:
    steps = [f"{row.name} = {row.operation}" for row in rows if row.is_operation]
    return "; ".join([_caption(graph, rows), *steps])


def _legend(graph: Graph, boxes: list, y: float, page: float) -> tuple[str, float]:
    """What the arrows and the shapes mean, and where the page ends."""
    meanings = {
        "forward": "values, with the shapes of arrays",
        "backward": f"gradients: ∂ is {graph.meaning()}",
        "": signs(boxes),
    }
    parts = []
    for kind, meaning in meanings.items():
        sample = f'<path class="{kind}" d="M{MARGIN} {y - 4:.1f}h26"/>' if kind else ""
        lines, y = _paragraph(meaning, y, page, 36, "small")
        parts += [sample, lines]
    return "".join(parts), y + 2


def _paragraph(
    words: str, y: float, page: float, indent: float = 0, kind: str = "what"
) -> tuple[str, float]:
    """Lines of text from y downwards, and the y of the line that would follow."""
    lines = textwrap.wrap(words, int((page - 2 * MARGIN - indent) / LETTER))
    texts = [svg.text(MARGIN + indent, y + i * LINE, line, kind) for i, line in enumerate(lines)]
    return "".join(texts), y + len(lines) * LINE
