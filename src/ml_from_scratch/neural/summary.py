"""A model's summary: its layers, the shapes that come out of them, and how many numbers they learn."""

from __future__ import annotations

from .layer import Layer, all_built


class Summary(str):
    """A text that shows as it is, in a notebook or at the prompt, too."""

    def __repr__(self):
        return str(self)


def summarize(model) -> Summary:
    """Return the table of a model's layers."""
    rows = [("layer", "output shape", "parameters")]
    shape, seen = model.input_shape, set()
    for layer in model.layers:
        known = isinstance(layer, Layer) and shape is not None
        shape = layer.output_shape(shape) if known else None
        rows.append((repr(layer).replace("\n", " "), _batch_of(shape), _count(layer, seen)))
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    lines = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}" for a, b, c in rows]
    rule = "-" * len(lines[0])
    return Summary("\n".join([lines[0], rule, *lines[1:], rule, _total(model)]))


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
