"""The boxes of a drawing: what is written in them, and their shapes."""

from __future__ import annotations

from html import escape

from . import svg
from .graph import Row
from .wording import counted, shortened, summary, width

LETTER, LINE, PAD = 7.3, 17, 12  # of a monospaced font of 12 pixels
LONGEST, SHORT = 30, 24  # letters of a line in a box, and of the numbers in it
BESIDE = 7  # gradients run so many pixels beside the values


class Box:
    """A row: three lines of text in a shape that says what kind it is.

    Attributes
    ----------
    size : (width, height)
    x, y : float
        The centre, once it is laid out.
    turn : float
        Whether its arrows leave more to the right (> 0) or to the left.
    """

    def __init__(self, row: Row, is_output: bool):
        self.row, self.kind = row, row.kind.split()[0]
        value = summary(row.value, SHORT)
        self.lines = {
            "what": row.label if row.is_operation else row.name,
            "value": f"{row.name} = {value}" if row.is_operation else value,
        }
        if row.gradient is not None:
            self.lines["gradient"] = f"∂ {summary(row.gradient, SHORT)}"
        self.lines = {kind: shortened(line, LONGEST) for kind, line in self.lines.items()}
        self.is_output = is_output
        letters, pointed = max(map(width, self.lines.values())), self.kind in POINTED
        self.size = letters * LETTER + (2 + pointed) * PAD, len(self.lines) * LINE + PAD
        self.x = self.y = self.turn = 0.0

    def drawn(self) -> str:
        """The box, its text, what pointing at it tells, and under it the shape of its array."""
        kinds = self.kind + " output" * self.is_output
        top = self.y - self.size[1] / 2 + PAD / 2 + 12.5
        texts = [
            svg.text(self.x, top + i * LINE, line, kind, "middle")
            for i, (kind, line) in enumerate(self.lines.items())
        ]
        tip = f"<title>{escape(_tooltip(self.row))}</title>"
        return f'<g class="{kinds}">{tip}{self._outline()}{"".join(texts)}{self._shape()}</g>'

    def _outline(self) -> str:
        (w, h), x, y = self.size, self.x - self.size[0] / 2, self.y - self.size[1] / 2
        if self.kind in ("parameter", "frozen"):
            return svg.hexagon(x, y, w, h, PAD)
        if self.kind == "fused":
            return svg.rectangle(x, y, w, h, 5) + svg.rectangle(x + 3.5, y + 3.5, w - 7, h - 7, 3)
        return svg.rectangle(x, y, w, h, h / 2 if self.kind == "input" else 5)

    def _shape(self) -> str:
        """On the side where fewer arrows are."""
        shape, y = " × ".join(map(str, self.row.value.shape)), self.y + self.size[1] / 2 + 15
        if not shape:
            return ""
        if self.turn < 0:
            return svg.text(self.x + BESIDE + 6, y, shape, "shape")
        return svg.text(self.x - 6, y, shape, "shape", "end")


class Earlier:
    """Stands for the values above an operation that were left out."""

    def __init__(self, n: int):
        self.line = f"⋯ {counted(n, 'earlier value')}"
        self.size = width(self.line) * LETTER, LINE
        self.x = self.y = self.turn = 0.0

    def drawn(self) -> str:
        """Only words."""
        return svg.text(self.x, self.y + 4, self.line, "small", "middle")


POINTED = ("input", "parameter", "frozen")  # shapes that need more room at their sides
SIGNS = {
    "input": "rounded: an input",
    "parameter": "pointed: a parameter",
    "frozen": "pointed and dashed: a frozen parameter",
    "constant": "dashed: a constant",
    "fused": "double frame: a fused operation",
}


def signs(boxes: list) -> str:
    """What the shapes of the boxes mean, of those that there are."""
    kinds = {box.kind for box in boxes if isinstance(box, Box)}
    return "; ".join(sign for kind, sign in SIGNS.items() if kind in kinds)


def _tooltip(row: Row) -> str:
    lines = [
        f"{row.name} = {row.operation}" if row.is_operation else f"{row.name}: {row.kind}",
        f"shape {tuple(row.value.shape)}, {row.value.dtype}",
        f"value: {summary(row.value)}",
    ]
    if row.gradient is not None:
        lines.append(f"gradient: {summary(row.gradient)}")
    return "\n".join(lines + [f"going backwards: {rule}" for rule in row.rules])
