"""What stands on a tape: nodes, and the plain arrays that they were computed with."""

from __future__ import annotations

from typing import Any, Union

import numpy as np

from .. import tape
from ..fused import fused
from ..parameters import Parameter
from ..tape import Node
from .rules import argument_names, parameters_of

# What fused operations and concatenate keep for themselves among their options.
UNSAID = ("residuals", "wanted", "ends")


class Constant:
    """A plain array among the arguments, told apart by its identity as a Node is by its order."""

    args = ()
    function = None

    def __init__(self, x):
        self.data = x if hasattr(x, "__array_function__") else np.asarray(x)
        self.order = id(x)


Entry = Union[Node, Constant]


def kind_of(entry: Entry) -> str:
    """Return "input", "parameter", "frozen parameter", "constant", "operation" or "fused operation"."""
    if isinstance(entry, Constant):
        return "constant"
    if isinstance(entry, Parameter):
        return "frozen parameter" if entry.frozen else "parameter"
    if not entry.args:
        return "input"
    return "fused operation" if isinstance(entry.function, fused) else "operation"


def history(output: Node, what: str) -> list[Node]:
    """Return every node that output depends on, oldest first; an error if the tape was freed."""
    found, stack = {output.order: output}, [output]
    while stack:
        node = stack.pop()
        if node.function is tape.FREED:
            raise RuntimeError(
                f"{what}() comes too late: backward() has freed this tape. Compute the value again "
                f"and call {what}() before backward()."
            )
        for arg in node.args:
            if isinstance(arg, Node) and arg.order not in found:
                found[arg.order] = arg
                stack.append(arg)
    return [found[order] for order in sorted(found, reverse=True)]


def arrays_of(entry: Entry) -> tuple:
    """Return the arguments that are arrays; those that follow are options given by position."""
    row = tape.VJPS.get(entry.function)
    return tuple(entry.args[: len(row)] if isinstance(row, tuple) else entry.args)


def options_of(node: Node) -> dict[str, Any]:
    """Return the options that were given and are not what they would be anyway."""
    n = len(arrays_of(node))
    names = argument_names(node.function, len(node.args))
    given = {**dict(zip(names[n:], node.args[n:])), **node.kwargs}
    defaults = _defaults(node.function)
    return {
        key: value
        for key, value in given.items()
        if key not in UNSAID and not (key in defaults and _is_default(value, defaults[key]))
    }


def receives(function: Any, i: int) -> bool:
    """Whether the table has a rule for argument i of a function."""
    row = tape.VJPS[function]
    return row[i] is not None if isinstance(row, tuple) else True


def _defaults(function: Any) -> dict[str, Any]:
    if isinstance(function, fused):
        return parameters_of(function.definition)
    row = tape.VJPS[function]
    return parameters_of(next(filter(None, row), None)) if isinstance(row, tuple) else {}


def _is_default(value: Any, default: Any) -> bool:
    """Whether an option says what it would be without saying so (arrays are not compared)."""
    plain = isinstance(value, (bool, int, float, str, type(None)))
    return plain and type(value) is type(default) and value == default
