"""What the rows are called: by their owner, by the caller, or by a letter and a number."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..parameters import Parameter
from ..tape import Node
from .entries import Constant, Entry
from .wording import clean


def given_names(names: Mapping) -> dict[int, str]:
    """Return id -> name of the Tensors and arrays in a mapping; the first name of each counts.

    Whatever else is in the mapping is passed over, and so are names that begin with ``_``, so that
    ``locals()`` will do.
    """
    given: dict[int, str] = {}
    for name, x in names.items():
        public = isinstance(name, str) and name and not name.startswith("_")
        if public and (isinstance(x, Node) or (isinstance(x, np.ndarray) and x.ndim)):
            given.setdefault(id(x), clean(name))
    return given


def named(entries: list[Entry], given: dict[int, str]) -> dict[int, str]:
    """Return order -> name, each only once: weight, weight (2); x0 inputs, c0 constants, v1 results."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    for entry in entries:
        own = _own_name(entry, given)
        if own:
            names[entry.order] = _fresh(own, taken)
            taken.add(names[entry.order])
    counts = {"x": 0, "c": 0, "p": 0, "v": 1}
    for entry in entries:
        if entry.order not in names:
            letter = _letter(entry)
            while f"{letter}{counts[letter]}" in taken:
                counts[letter] += 1
            names[entry.order] = f"{letter}{counts[letter]}"
            counts[letter] += 1
    return names


def _own_name(entry: Entry, given: dict[int, str]) -> str:
    key = entry.order if isinstance(entry, Constant) else id(entry)
    own = entry.name if isinstance(entry, Parameter) else None
    return given.get(key) or clean(own or "")


def _letter(entry: Entry) -> str:
    if isinstance(entry, Constant):
        return "c"
    return "p" if isinstance(entry, Parameter) else "v" if entry.args else "x"


def _fresh(name: str, taken: set[str]) -> str:
    fresh, n = name, 1
    while fresh in taken:
        n += 1
        fresh = f"{name} ({n})"
    return fresh
