"""How numbers, indices, options and operations are written for a person."""

from __future__ import annotations

import unicodedata
from typing import Any, Callable

import numpy as np

from ... import backend

FEW = 6  # so many numbers are shown one by one
ASCII = str.maketrans(
    {"…": "...", "\u0304": "_bar", "↳": "->", "─": "-", "·": ".", "×": "x", "∂": "d", "—": "-"}
)
# Functions that a person knows under another name (amax and amin were NumPy's before 1.25).
SPOKEN = {"limit": "clip", "cast": "astype", "packed_svd": "svd", "amax": "max", "amin": "min"}


# ---- numbers ------------------------------------------------------------------------------------
def number(x: Any, digits: int = 4) -> str:
    """A number in so many significant digits, without trailing zeros.

    >>> number(24.70408163, 6), number(-0.0), number(1e-12), number(True), number(3)
    ('24.7041', '0', '1e-12', 'True', '3')
    """
    x = x.item() if hasattr(x, "item") else x
    return format(x + 0.0, f".{digits}g") if isinstance(x, float) else str(x)


def summary(x: Any, longest: int = 80) -> str:
    """An array in a few words: its numbers if they are few and fit, else their range.

    >>> summary(np.array([[1.0, 2.5], [1.0 / 3.0, -4.0]]))
    '[[1, 2.5], [0.3333, -4]]'
    >>> summary(np.arange(100.0)), summary(np.zeros((3, 4))), summary(np.ones((0, 2)))
    ('0 … 99', 'all 0', 'empty')
    """
    x = np.asarray(backend.to_host(x))
    if x.size == 0:
        return "empty"
    if x.ndim == 0:
        return number(x, 6)
    numbers = _nested(x.tolist()) if x.size <= FEW else ""
    if x.dtype.kind not in "fiub":
        return f"of {x.dtype}"
    return numbers if 0 < len(numbers) <= longest else _range(x)


def _nested(x: Any) -> str:
    return f"[{', '.join(_nested(part) for part in x)}]" if isinstance(x, list) else number(x)


def _range(x: np.ndarray) -> str:
    if x.dtype.kind == "b":
        return f"{np.count_nonzero(x)} of {x.size} True"
    if x.dtype.kind != "f":
        return _ends(x)
    odd = {"nan": int(np.isnan(x).sum()), "inf": int(np.isinf(x).sum())}
    finite = x[np.isfinite(x)] if any(odd.values()) else x
    words = [f"{n} {name}" for name, n in odd.items() if n]
    return ", ".join([_ends(finite), *words] if finite.size else words)


def _ends(x: np.ndarray) -> str:
    low, high = number(x.min()), number(x.max())
    return f"all {low}" if low == high else f"{low} … {high}"


# ---- operations ---------------------------------------------------------------------------------
def call(function: Callable, arguments: list[str], options: dict[str, Any]) -> str:
    """An operation as one would write it: multiply(a, b), x[1:], sum(x, axis=0).

    >>> import operator
    >>> call(np.sum, ["x"], {"axis": (0, 1), "keepdims": True})
    'sum(x, axis=(0, 1), keepdims=True)'
    >>> call(operator.getitem, ["x"], {"index": (slice(1, None), ..., None)})
    'x[1:, ..., None]'
    """
    name = operation_name(function)
    if name == "getitem":
        return f"{arguments[0]}[{_index(options['index'])}]"
    options = dict(options)
    first = (
        [repr(options.pop("subscripts"))] if name == "einsum" and "subscripts" in options else []
    )
    named = [f"{key}={said(value)}" for key, value in options.items()]
    return f"{name}({', '.join(first + arguments + named)})"


def operation_name(function: Callable) -> str:
    """NumPy's name for a function of the table, or a fused operation's own."""
    name = getattr(function, "__name__", repr(function))
    return SPOKEN.get(name, name)


def said(x: Any) -> str:
    """A constant or an option in a few characters.

    >>> said(2.0), said(np.float64(0.5)), said(np.array([1, 2])), said(np.zeros((3, 4)))
    ('2', '0.5', '[1, 2]', '(3, 4) float64')
    >>> said((0, 1)), said("same"), said(None), said(np.dtype("float32")), said(np.sin)
    ('(0, 1)', "'same'", 'None', 'float32', 'sin')
    """
    if isinstance(x, (slice, type(Ellipsis))):
        return _index(x)
    if hasattr(x, "__array_function__"):
        return summary(x) if x.size <= FEW else f"{x.shape} {x.dtype}"
    if isinstance(x, (tuple, list)):
        open_, close = "()" if isinstance(x, tuple) else "[]"
        parts = [said(part) for part in x[: FEW + 1]]
        parts = [*parts[:FEW], "…"] if len(x) > FEW else parts
        comma = "," if isinstance(x, tuple) and len(x) == 1 else ""
        return f"{open_}{', '.join(parts)}{comma}{close}"
    if isinstance(x, (bool, int, float)):
        return number(x)
    if isinstance(x, np.dtype):
        return x.name
    return shortened(getattr(x, "__name__", None) or repr(x), 30)


def _index(index: Any) -> str:
    if isinstance(index, tuple):
        return ", ".join(_index(part) for part in index) or "()"
    if isinstance(index, slice):
        parts = ["" if part is None else str(part) for part in (index.start, index.stop)]
        return ":".join(parts + ([str(index.step)] if index.step is not None else []))
    if index is Ellipsis:
        return "..."
    if np.size(index) > FEW:
        return "…"
    return said(index)


# ---- text ---------------------------------------------------------------------------------------
def clean(text: str) -> str:
    """Text on one line, without control characters or what no file can hold (lone surrogates)."""
    return "".join(
        "\ufffd" if unicodedata.category(c) in ("Cc", "Cs", "Cf", "Zl", "Zp") else c
        for c in text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    )


def width(text: str) -> int:
    """The columns that text takes in a terminal: marks above a letter take none, CJK takes two."""
    return sum(
        0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )


def padded(text: str, columns: int) -> str:
    """Text filled up with spaces on the right."""
    return text + " " * (columns - width(text))


def counted(n: int, noun: str) -> str:
    """A number of things: 1 operation, 2 operations.

    >>> counted(1, "input"), counted(12345, "input")
    ('1 input', '12,345 inputs')
    """
    return f"{n:,} {noun}{'s' * (n != 1)}"


def listing(parts: list[str]) -> str:
    """Words with commas and an "and".

    >>> listing(["a"]), listing(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return " and ".join([", ".join(parts[:-1])] * (len(parts) > 1) + parts[-1:])


def shortened(text: str, limit: int, dots: str = "…") -> str:
    """Text cut to a width, ending in dots if anything was lost.

    >>> shortened("multiply(x0, x1)", 10), shortened("add", 10)
    ('multiply(…', 'add')
    """
    if width(text) <= limit:
        return text
    kept, room = "", limit - len(dots)
    for c in text:
        room -= width(c)
        if room < 0:
            break
        kept += c
    return kept + dots
