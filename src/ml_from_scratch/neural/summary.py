"""A model's summary: its layers, the shapes that come out of them, and how many numbers they learn.

A layer made of layers has a row with all that is in it, and indented below it a row for each of its
parts.
"""

from __future__ import annotations

from ml_from_scratch.core import Module

from .layer import Layer, all_built
from .sequential import Sequential


class Summary(str):
    """A text that shows as it is, in a notebook or at the prompt, too."""

    def __repr__(self):
        return str(self)


def summarize(model) -> Summary:
    """Return the table of a model's layers."""
    rows = [("layer", "output shape", "parameters")]
    rows += _rows_inside(model, model.input_shape, set(), "")
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    lines = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}" for a, b, c in rows]
    rule = "-" * len(lines[0])
    return Summary("\n".join([lines[0], rule, *lines[1:], rule, _total(model)]))


def _rows(name, module, shape, seen, indent) -> list:
    """A module's row, and those of its parts; ``seen`` are the parameters of the rows above."""
    known = isinstance(module, Layer) and shape is not None
    out = module.output_shape(shape) if known else None
    seen_inside = set(seen)
    parts = _rows_inside(module, shape, seen_inside, indent + "  ")
    told = type(module).__name__ if parts else repr(module).replace("\n", " ")
    return [(indent + name + told, _batch_of(out), _count(module, seen)), *parts]


def _rows_inside(module, shape, seen, indent) -> list:
    """The rows of a module's parts: through a Sequential shapes are followed, others know their own."""
    rows = []
    if isinstance(module, Sequential):
        for layer in module.layers:
            rows += _rows("", layer, shape, seen, indent)
            known = isinstance(layer, Layer) and shape is not None
            shape = layer.output_shape(shape) if known else None
        return rows
    for name, part in module.named_children():
        if _is_shown(part, module, seen):
            inside = getattr(part, "input_shape", None)
            rows += _rows(f"{name}: ", part, inside, seen, indent)
    return rows


def _is_shown(part, owner, seen) -> bool:
    """Whether a part has a row: it is the user's, or of a public class and learns; not if it is above."""
    own = part.parameters() if all_built(part) else []
    if own and all(id(p) in seen for p in own):
        return False
    is_public = not type(part).__name__.startswith("_")
    return any(part is given for given in _given(owner)) or bool(is_public and own)


def _given(owner) -> list:
    """The modules among the arguments of a layer's constructor."""
    values = owner.arguments().values() if isinstance(owner, Layer) else ()
    lists = (value if isinstance(value, (list, tuple)) else [value] for value in values)
    return [value for several in lists for value in several if isinstance(value, Module)]


def _batch_of(shape) -> str:
    if shape is None:
        return "not known yet"
    return f"({', '.join(['batch', *('?' if n is None else str(n) for n in shape)])})"


def _count(module, seen) -> str:
    """The numbers that this layer has and no earlier one: shared weights count once."""
    if not all_built(module):
        return "not built yet"
    new = [p for p in module.parameters() if id(p) not in seen]
    seen.update(id(p) for p in new)
    return f"{sum(p.size for p in new):,}"


def _total(model) -> str:
    if not all_built(model):
        told = "weights are drawn in build(input_shape), or in fit"
    else:
        parameters = model.parameters()
        n, frozen = (sum(p.size for p in parameters if p.frozen >= only) for only in (0, 1))
        told = f"{n:,} parameters" + (f", {frozen:,} of them frozen" if frozen else "")
    return f"{told}; {model.dtype.name}; seed {model.seed}"
