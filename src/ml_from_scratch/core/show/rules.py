"""The rule that will run backwards, as it stands in the table of derivatives.

A row's rules are lambdas, so their text is read out of the source file: what the reader sees is
what will run. Where there is no source (an interactive session), the rule is called by its name.
"""

from __future__ import annotations

import ast
import inspect
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any, Callable, NamedTuple

from ..fused import fused
from ..tape import VJPS

FIRST_ARRAY = 2  # a rule is called as rule(g, out, *arrays, **options)


class Rule(NamedTuple):
    """``text`` is what a rule adds to the gradient of each of ``arguments``."""

    arguments: tuple[str, ...]
    text: str

    def __str__(self):
        """x̄ += g * y; the bar is the usual sign for "the gradient of"."""
        text = f"{', '.join(_bar(name) for name in self.arguments)} += {self.text}"
        return unicodedata.normalize("NFC", text)


def rules_of(function: Callable, tracked: tuple[bool, ...]) -> tuple[Rule, ...]:
    """Return the rules that walking back through ``function`` runs.

    Parameters
    ----------
    function : callable
        With a row in the table, or fused.
    tracked : tuple of bool
        For every argument whether a gradient is wanted.

    Examples
    --------
    >>> import numpy as np
    >>> from ml_from_scratch.core import derivatives
    >>> [str(rule) for rule in rules_of(np.subtract, (True, True))]
    ['x̄ += g', 'ȳ += -g']
    >>> [str(rule) for rule in rules_of(np.multiply, (True, False))]
    ['x̄ += g * y']
    """
    if isinstance(function, fused):
        names = argument_names(function, len(tracked))
        wanted = tuple(name for name, wants in zip(names, tracked) if wants)
        return (Rule(wanted, f"{function.__name__}.vjp(g, …)"),) if wanted else ()
    row = VJPS[function]
    if not isinstance(row, tuple):
        each = Rule(("each x",), f"{_name(row.rule)}(i, g, …)")
        return (each,) if any(tracked) else ()
    names = argument_names(function, len(tracked))
    merged: dict[str, list[str]] = {}
    for name, rule, wants in zip(names, row, tracked):
        if rule is not None and wants:
            merged.setdefault(_text(rule, function), []).append(name)
    return tuple(Rule(tuple(arguments), text) for text, arguments in merged.items())


def argument_names(function: Callable, n: int) -> list[str]:
    """What a row's rules, or a fused operation's definition, call the n arrays of ``function``."""
    if isinstance(function, fused):
        names = list(parameters_of(function.definition))
    else:
        row = VJPS[function]
        rule = next((r for r in row if r is not None), None) if isinstance(row, tuple) else None
        names = list(parameters_of(rule))[FIRST_ARRAY:]
    return names[:n] + [f"x{i}" for i in range(len(names), n)]


def parameters_of(function: Callable | None) -> dict[str, Any]:
    """Return the names of a function's positional parameters with their defaults (or ``empty``)."""
    try:
        parameters = inspect.signature(function).parameters.values() if function else ()
    except (TypeError, ValueError):
        return {}
    return {p.name: p.default for p in parameters if p.kind is not p.VAR_POSITIONAL}


def _bar(name: str) -> str:
    return f"{name}\u0304" if len(name.split()[-1]) == 1 else f"{name}_bar"


def _text(rule: Callable, function: Callable) -> str:
    if getattr(rule, "__name__", "<lambda>") == "<lambda>":
        return _expression(rule) or f"the table's rule for {_name(function)}"
    return f"{rule.__name__}(g, …)"


def _name(function: Callable) -> str:
    return getattr(function, "__name__", repr(function))


@lru_cache(maxsize=512)
def _expression(rule: Callable) -> str | None:
    """The expression that a lambda returns, or None if its source cannot be had."""
    if not isinstance(rule, FunctionType):
        return None
    try:
        lines, _ = inspect.findsource(rule)
        tree = _parsed("".join(lines))
    except (OSError, SyntaxError, ValueError):
        return None
    first = rule.__code__.co_firstlineno
    found = [x for x in ast.walk(tree) if isinstance(x, ast.Lambda) and x.lineno == first]
    if len(found) > 1:  # several rules on a line: the one that compiles to the same code
        imports = [x for x in tree.body if isinstance(x, (ast.Import, ast.ImportFrom))]
        found = [x for x in found if _same(_compiled(x, imports), rule.__code__)]
    return ast.unparse(found[0].body) if found else None


@lru_cache(maxsize=32)
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


def _compiled(node: ast.Lambda, imports: Iterable[ast.stmt]) -> CodeType:
    """The code of a lambda, beside the module's imports, which Python compiles calls by."""
    module = ast.Module(body=[*imports, ast.Expr(node)], type_ignores=[])
    made = compile(ast.fix_missing_locations(module), "<rule>", "exec")
    return next(part for part in made.co_consts if isinstance(part, CodeType))


def _same(a: CodeType, b: CodeType) -> bool:
    return (a.co_code, a.co_names, a.co_consts, a.co_varnames) == (
        b.co_code,
        b.co_names,
        b.co_consts,
        b.co_varnames,
    )
