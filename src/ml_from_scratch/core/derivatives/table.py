"""How a derivative enters the table: as a row, as a definition, or as zero.

For out = f(x, y) and a cotangent g of the shape of out, a rule returns J_x^T g. Rules are written
in differentiable NumPy: given arrays they compute, given Tensors they are recorded, so one row is
right at every order. Three things a rule need not do: undo broadcasting, restore a dtype, or expand
a cotangent that NumPy would broadcast (``tape.fit`` does so for all of them).

    row(function, rule for argument 0, rule for argument 1, ...)     None: no derivative
        a rule is   lambda g, out, *arrays, **options: ...
    every(function, rule)        any number of arrays:   rule(i, g, out, *arrays, **options)
    @define(function)            the function, written with functions that have rows
    zero(function, ...)          piecewise constant: the derivative is zero wherever it exists

Options have NumPy's own names. Constants in rules are Python floats, since NumPy's scalars would
turn float32 into float64.
"""

from __future__ import annotations

import inspect
from functools import partial
from itertools import count

from ..tape import VJPS, Node
from ..tensor import CONSTANT, DEFINITIONS, SIGNATURES, apply


def row(function, *rules) -> None:
    """Give function one rule per array argument; None where there is no derivative."""
    n_arrays = len(rules)
    options = {name for rule in rules if rule for name in _parameters(rule)[2 + n_arrays :]}
    VJPS[function], SIGNATURES[function] = rules, (n_arrays, options)


class every:
    """One rule for all arguments of a function that takes any number of arrays."""

    def __init__(self, function, rule):
        self.rule = rule
        VJPS[function], SIGNATURES[function] = self, (None, set(_parameters(rule)))

    def __iter__(self):
        return (partial(self.rule, i) for i in count())


def define(*functions):
    """Register the decorated function as what ``functions`` do when they meet a Tensor."""

    def register(definition):
        parameters = inspect.signature(definition).parameters.values()
        options = {p.name for p in parameters if p.default is not p.empty}
        varied = any(p.kind is p.VAR_POSITIONAL for p in parameters)
        for function in functions:
            DEFINITIONS[function] = definition
            SIGNATURES[function] = (None if varied else len(parameters) - len(options), options)
        return definition

    return register


def zero(*functions) -> None:
    """Register functions that return plain arrays, since their derivative is zero."""
    CONSTANT.update(functions)


def record(function, *args, **options):
    """Call a function that has a row, recorded if its first argument is a Tensor."""
    return (
        apply(function, args, options) if isinstance(args[0], Node) else function(*args, **options)
    )


def _parameters(rule):
    return [
        name
        for name, p in inspect.signature(rule).parameters.items()
        if p.kind is not p.VAR_POSITIONAL
    ]
