r"""Every equation of a docstring has its line of code, and every numbered line its equation.

A docstring numbers an equation with ``\tag{3}``; the line that computes it ends in the comment
``# (3)``, after a remark on shapes if there is one: ``# (n, d)  (3)``. A line that computes two
ends in ``# (3) (4)``. Steps of a derivation carry no number.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter

TAG = re.compile(r"\\tag\{([^}]*)\}")
LINE = re.compile(r"^#(?:.*?\s)?((?:\(\d{1,3}\)[,\s]*)+)$")


def violations(source: str) -> list[str]:
    """Return one sentence for every equation and line of a file that do not belong together."""
    tags, lines = equations(source), numbered_lines(source)
    found = [f"equation ({n}) is numbered twice" for n, k in tags.items() if k > 1]
    found += [f"equation ({n}) has no line that ends in # ({n})" for n in tags if n not in lines]
    found += [
        f"line {lines[n]} ends in ({n}), which no docstring has" for n in lines if n not in tags
    ]
    if any("\tag{" in text for text in docstrings(source)):
        found.append('a docstring with \\tag{..} is not raw: begin it with r"""')
    return found


def equations(source: str) -> Counter:
    """Count each equation number in the docstrings of a file."""
    return Counter(n for text in docstrings(source) for n in TAG.findall(text))


def docstrings(source: str) -> list[str]:
    """Return the docstrings of a file: its own, its classes' and its functions'."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)]
    return [ast.get_docstring(node, clean=False) or "" for node in nodes]


def numbered_lines(source: str) -> dict[str, int]:
    """Return the equation numbers at the ends of lines of code, each with its first line."""
    found: dict[str, int] = {}
    rows = source.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        match = token.type == tokenize.COMMENT and LINE.match(token.string.rstrip())
        row, column = token.start
        if match and rows[row - 1][:column].strip():  # a comment beside code
            for n in re.findall(r"\d+", match.group(1)):
                found.setdefault(n, row)
    return found
