"""explain(loss): the recorded computation as a table, for the terminal and for a notebook."""

from __future__ import annotations

import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Callable, Mapping
from html import escape

from ..tensor import Tensor
from .graph import Graph, Row
from .wording import ASCII, counted, padded, shortened, summary
from .wording import width as text_width

GAP = "  "
NARROWEST_PAGE, NARROWEST_COLUMN = 40, 6
LONG = 18  # letters of an array's numbers that are worth shortening
BACKWARDS = "going backwards"
MEANING = (
    "Going backwards, x̄ += … is added to the gradient of x, the first argument (of y, the second); "
    "g is the row's own gradient, out its value."
)


def explain(
    output: Tensor, *, cotangent=None, names: Mapping | None = None, max_rows: int = 50
) -> Explanation:
    """Lay out how a Tensor was computed, and what walking back will do, as a table.

    Nothing is changed by looking: backward() can follow.

    Parameters
    ----------
    output : Tensor
        A loss, or any other recorded value, before backward().
    cotangent : array of output's shape, optional
        What the gradients start from. By default ones, which for an output of several numbers gives
        the gradients of their sum.
    names : mapping of str to Tensor or array, optional
        What to call them: ``names={"a": a, "b": b}``, or just ``names=locals()``. Parameters have
        their dotted names already.
    max_rows : int
        Of a longer tape the beginning and the end are shown.

    Returns
    -------
    Explanation
        It prints as the table, and a notebook shows it as HTML.

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
    >>> loss = np.tanh(a * b + 5.0)
    >>> print(explain(loss, names={"a": a, "b": b, "loss": loss}).text(width=80))
    loss: 3 operations on 2 inputs, float64 numbers
    <BLANKLINE>
    name  operation       value      gradient  going backwards
    ─────────────────────────────────────────────────────────────────────
    a     input           2          -1.25992
    b     input           -3         0.839949
    v1    multiply(a, b)  -6         0.419974  x̄ += g * y, ȳ += g * x
    v2    add(v1, 5)      -1         0.419974  x̄ += g
    loss  tanh(v2)        -0.761594  1         x̄ += g * (1.0 - out * out)
    <BLANKLINE>
    gradient: how loss changes with each value. Going backwards, x̄ += … is added to
    the gradient of x, the first argument (of y, the second); g is the row's own
    gradient, out its value.
    """
    if max_rows < 2:
        raise ValueError(f"max_rows is at least 2, the beginning and the end; got {max_rows}.")
    graph = Graph(output, cotangent, names, "explain")
    chosen, n_head = graph.entries, len(graph.entries)
    if len(chosen) > max_rows:
        n_head = max_rows // 2
        chosen = chosen[:n_head] + chosen[n_head - max_rows :]
    return Explanation(graph, graph.rows(chosen), n_head)


class Explanation:
    """The table that ``explain`` returns.

    Attributes
    ----------
    rows : list of Row
        What is shown, with values and gradients as arrays.
    """

    def __init__(self, graph: Graph, rows: list[Row], n_head: int):
        self.rows = rows
        self._n_head = n_head
        self._caption = f"{graph.name(graph.output)}: {graph.census()}"
        self._omitted = _omitted(graph, rows)
        self._meaning = f"gradient: {graph.meaning()}. {MEANING}"
        # The words are chosen now: an optimiser may change the arrays before they are printed.
        self._headings, self._cells = _words(rows)
        self._shorter = _shorter(rows)

    def __repr__(self):
        return self.text()

    def text(self, width: int | None = None, unicode: bool | None = None) -> str:
        """Return the table as text.

        Parameters
        ----------
        width : int, optional
            Of the page in characters, by default that of the terminal.
        unicode : bool, optional
            False for plain ASCII, the default where the terminal cannot show more.
        """
        page = max(width or shutil.get_terminal_size().columns, NARROWEST_PAGE)
        unicode = _shows_unicode() if unicode is None else unicode
        say = str if unicode else _ascii
        shorter = {say(full): say(short) for full, short in self._shorter.items()}
        table = [[say(cell) for cell in row] for row in (self._headings, *self._cells)]
        headings, *rows = _in_columns(table, shorter, page, say)
        if self._omitted:
            rows.insert(self._n_head, [say(self._omitted)])
        lines = headings + [line for row in rows for line in row]
        lines.insert(len(headings), say("─") * max(map(text_width, lines)))
        caption, meaning = [textwrap.wrap(say(x), page) for x in (self._caption, self._meaning)]
        return "\n".join([*caption, "", *lines, "", *meaning])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(heading)}</th>" for heading in self._headings)
        body = [f"<tr>{''.join(map(_html_cell, self._headings, row))}</tr>" for row in self._cells]
        if self._omitted:
            across = f'<td colspan="{len(self._headings)}">{escape(self._omitted)}</td>'
            body.insert(self._n_head, f"<tr>{across}</tr>")
        return (
            f"<table><caption>{escape(self._caption)}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{''.join(body)}</tbody></table><p><small>{escape(self._meaning)}</small></p>"
        )


# ---- words ---------------------------------------------------------------------------------------
def _words(rows: list[Row]) -> tuple[list[str], list[list[str]]]:
    """The headings and all cells, less the columns that the caption makes needless."""
    columns = {
        "name": [row.name for row in rows],
        "operation": [row.operation for row in rows],
        "shape": [str(tuple(row.value.shape)) for row in rows],
        "dtype": [str(row.value.dtype) for row in rows],
        "value": [summary(row.value) for row in rows],
        "gradient": ["" if row.gradient is None else summary(row.gradient) for row in rows],
        BACKWARDS: [", ".join(map(str, row.rules)) for row in rows],
    }
    if set(columns["shape"]) == {"()"}:
        del columns["shape"]
    if len(set(columns["dtype"])) == 1:
        del columns["dtype"]
    return list(columns), [list(cells) for cells in zip(*columns.values())]


def _shorter(rows: list[Row]) -> dict[str, str]:
    """What to say where the numbers of an array are too many for the page: their range."""
    arrays = [x for row in rows for x in (row.value, row.gradient) if x is not None and x.ndim]
    return {summary(x): summary(x, longest=0) for x in arrays}


def _omitted(graph: Graph, rows: list[Row]) -> str:
    missing = len(graph.entries) - len(rows)
    if not missing:
        return ""
    operations = graph.n_operations - sum(row.is_operation for row in rows)
    noun = "more operation" if operations == missing else "more row"
    return f"… {counted(missing, noun)} …"


# ---- lines ---------------------------------------------------------------------------------------
def _in_columns(table: list, shorter: dict, page: int, say: Callable) -> list[list[str]]:
    """The lines of every row; a rule that has no room at the end of its line gets a second one."""
    rules = [row[-1] for row in table]
    table = [row[:-1] for row in table]
    if _total(_widths(table)) > page:
        table = [[shorter.get(c, c) if len(c) > LONG else c for c in row] for row in table]
    widths, dots = _widths(table), say("…")
    while _total(widths) > page and max(widths) > NARROWEST_COLUMN:
        widths[widths.index(max(widths))] -= 1
    room = page - _total(widths) - len(GAP)
    lines = []
    for row, rule in zip(table, rules):
        line = GAP.join(padded(shortened(c, w, dots), w) for c, w in zip(row, widths))
        if text_width(rule) <= room >= len(BACKWARDS):
            lines.append([f"{line}{GAP}{rule}".rstrip()])
        elif rule == BACKWARDS:
            lines.append([line.rstrip()])
        else:
            second = [shortened(f"{GAP}{say('↳')} {rule}", page, dots)] if rule else []
            lines.append([line.rstrip(), *second])
    return lines


def _widths(table: list[list[str]]) -> list[int]:
    return [max(map(text_width, column)) for column in zip(*table)]


def _total(widths: list[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _html_cell(heading: str, cell: str) -> str:
    text = f"<code>{escape(cell)}</code>" if heading == BACKWARDS and cell else escape(cell)
    return f'<td style="text-align:left">{text}</td>'


# ---- the terminal --------------------------------------------------------------------------------
def _ascii(text: str) -> str:
    return (
        unicodedata.normalize("NFD", text)
        .translate(ASCII)
        .encode("ascii", "backslashreplace")
        .decode("ascii")
    )


def _shows_unicode() -> bool:
    """Whether standard output can encode all signs that are used here."""
    try:
        "".join(map(chr, ASCII)).encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
