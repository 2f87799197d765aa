"""A tape read into rows: what was computed, from what, and the gradient that it will receive.

Reading keeps the tape as it is. Gradients come from the same walk that backward() makes, without
freeing or storing anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import tape
from ..tape import Node
from ..tensor import Tensor, matching
from .entries import Constant, Entry, arrays_of, history, kind_of, options_of, receives
from .names import given_names, named
from .rules import Rule, rules_of
from .wording import FEW, call, counted, listing, operation_name, said


@dataclass(frozen=True)
class Row:
    """One value of a recorded computation.

    Attributes
    ----------
    name : str
        A parameter's dotted name, the name that the caller gave, or x0 (inputs), c0 (constants), v1
        (results).
    kind : str
        "input", "parameter", "frozen parameter", "constant", "operation" or "fused operation".
    operation : str
        How it was made, such as ``sum(v1, axis=0)``; for a leaf its kind.
    label : str
        The same without the names of other rows: ``sum(axis=0)``.
    parents : tuple of str
        The rows among its arguments, in order; one that was used twice is there twice.
    receives : tuple of bool
        For every parent whether walking back adds to its gradient.
    rules : tuple of Rule
        What walking back adds, as the table of derivatives has it.
    value : array
        The recorded array itself, not a copy.
    gradient : array or None
        Of the output with respect to this value; None where walking back does not come.
    """

    name: str
    kind: str
    operation: str
    label: str
    parents: tuple[str, ...]
    receives: tuple[bool, ...]
    rules: tuple[Rule, ...]
    value: Any
    gradient: Any

    @property
    def is_operation(self) -> bool:
        """Whether it was computed, not given."""
        return self.kind.endswith("operation")


class Graph:
    """All that a Tensor was computed from, oldest first.

    Parameters
    ----------
    output : Tensor
        Before backward().
    cotangent : array of output's shape, optional
        What the gradients start from; ones by default.
    names : mapping of str to Tensor or array, optional
        What to call them; ``locals()`` will do.
    what : str
        Who asks, for error messages.

    Attributes
    ----------
    entries : list of Node or Constant
        In the order of creation, a constant before its first use. The last is the output.
    """

    def __init__(self, output, cotangent=None, names: Mapping | None = None, what="explain"):
        if not isinstance(output, Tensor):
            raise TypeError(
                f"{what}() shows how a Tensor was computed, and got {type(output).__name__}, which "
                "keeps no record. Make its input a Tensor, x = Tensor(array), and compute it "
                "outside no_grad()."
            )
        g = np.ones_like(output.data) if cotangent is None else tape.raw(cotangent)
        self.output, self.cotangent = output, matching(g, output.data)
        self._has_cotangent = cotangent is not None
        self._given = given_names(names or {})
        self.entries = self._in_order(history(output, what))
        self._names = named(self.entries, self._given)

    def name(self, entry: Entry) -> str:
        """What a row is called."""
        return self._names[entry.order]

    def parents(self, entry: Entry) -> list[Entry]:
        """The entries among its arguments, in order."""
        found = map(self._entry_of, arrays_of(entry))
        return [parent for parent in found if parent is not None]

    def rows(self, chosen: Iterable[Entry] | None = None) -> list[Row]:
        """Read the chosen entries, or all of them."""
        picked = self.entries if chosen is None else list(chosen)
        seen = _Only({entry.order for entry in picked if isinstance(entry, Node)})
        tape.pull_back([(self.output, self.cotangent)], seen=seen)
        return [self._row(entry, seen.get(entry.order)) for entry in picked]

    # ---- in words --------------------------------------------------------------------------------
    @property
    def n_operations(self) -> int:
        """How many of the entries were computed."""
        return sum(bool(entry.args) for entry in self.entries)

    def census(self) -> str:
        """What there is: ``3 operations on 2 inputs, float64 numbers``."""
        kinds = Counter(map(kind_of, self.entries))
        computed, given = [
            [counted(n, kind) for kind, n in kinds.items() if kind.endswith("operation") is made]
            for made in (True, False)
        ]
        dtypes = sorted({str(entry.data.dtype) for entry in self.entries})
        numbers = " numbers" * (not any(entry.data.ndim for entry in self.entries))
        made_of = " on ".join(listing(parts) for parts in (computed, given) if parts)
        return f"{made_of}, {listing(dtypes)}{numbers}"

    def meaning(self) -> str:
        """Of what the gradients are."""
        name, n = self.name(self.output), self.output.size
        if self._has_cotangent:
            return f"of the inner product of {name} and the cotangent that was given"
        if n == 1:
            return f"how {name} changes with each value"
        return f"of the sum of all {n:,} numbers of {name} (its cotangent is an array of ones)"

    # ---- reading ---------------------------------------------------------------------------------
    def _in_order(self, nodes: list[Node]) -> list[Entry]:
        entries: list[Entry] = []
        known: set[int] = set()
        for node in nodes:
            for entry in self.parents(node):
                if isinstance(entry, Constant) and entry.order not in known:
                    known.add(entry.order)
                    entries.append(entry)
            entries.append(node)
        return entries

    def _entry_of(self, x: Any) -> Entry | None:
        """A Node, or a plain array that has many numbers or a name; others are said in passing."""
        if isinstance(x, Node):
            return x
        if not isinstance(x, (list, tuple)) and not hasattr(x, "__array_function__"):
            return None
        return Constant(x) if np.size(x) > FEW or id(x) in self._given else None

    def _row(self, entry: Entry, seen: tuple | None) -> Row:
        name, kind = self.name(entry), kind_of(entry)
        gradient = None if seen is None or kind == "frozen parameter" else tape.raw(seen[1])
        if not isinstance(entry, Node) or not entry.args:
            return Row(name, kind, kind, kind, (), (), (), entry.data, gradient)
        arrays, function, options = arrays_of(entry), entry.function, options_of(entry)
        parents = [self._entry_of(x) for x in arrays]
        tracked = tuple(isinstance(x, Node) and not x.frozen for x in arrays)
        words = [said(x) if p is None else self.name(p) for p, x in zip(parents, arrays)]
        drawn = [(i, p) for i, p in enumerate(parents) if p is not None]
        return Row(
            name=name,
            kind=kind,
            operation=call(function, words, options),
            label=_label(
                function, [said(x) if p is None else "·" for p, x in zip(parents, arrays)], options
            ),
            parents=tuple(self.name(p) for _, p in drawn),
            receives=tuple(tracked[i] and receives(function, i) for i, _ in drawn),
            rules=rules_of(function, tracked),
            value=entry.data,
            gradient=gradient,
        )


class _Only(dict):
    """What pull_back tells of, kept for a few nodes only, so that the rest can be forgotten."""

    def __init__(self, orders):
        super().__init__()
        self.orders = orders

    def __setitem__(self, order, seen):
        if order in self.orders:
            super().__setitem__(order, seen)


def _label(function: Any, words: list[str], options: dict) -> str:
    """The operation with a dot for each argument that has a row; all dots are left out."""
    if operation_name(function) == "getitem":
        return call(function, ["x"], options)
    full = call(function, [] if set(words) == {"·"} else words, options)
    return full[:-2] if full.endswith("()") else full
