"""Attention maps: who looks at whom in every attention layer of a network, written down while it runs.

Attention computes its weights, uses them and forgets them. While maps are taken each layer computes them
once more from the same queries and keys, those in a cache included, and keeps them: that costs time and
batch x heads x m x n numbers a call, and changes no bit of what the network returns.

What a head looks at is not what its layer's answer depends on: see Jain and Wallace 2019, "Attention is not
explanation". Maps show where to ask further.
"""

from __future__ import annotations

from contextlib import contextmanager

from ml_from_scratch.core import Module
from ml_from_scratch.neural import MultiHeadAttention


@contextmanager
def attention_maps(module):
    """Record the weights of attention of everything that runs inside the ``with`` block.

    They are those before dropout, plain arrays without a derivative, in the library that the network's
    arrays have; each row adds up to 1, or to 0 if it may see nothing. Blocks may be nested, in any order:
    each records all calls from its beginning to its end. However a block ends, the layers are then as they
    were before it.

    Parameters
    ----------
    module : Module
        A network, or a part of it.

    Yields
    ------
    dict of str to list of arrays (batch, heads, m, n)
        For every MultiHeadAttention inside, by its dotted name ("" if it is the module itself), the
        weights of each of its calls, in their order. A layer that is used in several places has one name,
        its first.

    Raises
    ------
    TypeError
        If module is no Module.
    ValueError
        If there is no MultiHeadAttention inside.

    Examples
    --------
    >>> import numpy as np
    >>> from ml_from_scratch.transformers import gpt2
    >>> model = gpt2(vocab_size=9, context_length=4, n_layers=1, n_heads=2, d_model=4, seed=0)
    >>> with attention_maps(model) as maps:
    ...     logits = model(np.array([[1, 2, 3]]))
    >>> list(maps), maps["blocks.0.attention"][0].shape
    (['blocks.0.attention'], (1, 2, 3, 3))
    >>> maps["blocks.0.attention"][0][0, 0, 0].tolist()
    [1.0, 0.0, 0.0]
    """
    layers = _attentions(module)
    maps = {name: [] for name in layers}
    watchers = {name: calls.append for name, calls in maps.items()}
    for name, layer in layers.items():
        layer._watchers = (*layer._watchers, watchers[name])
    try:
        yield maps
    finally:
        for name, layer in layers.items():
            _leave(layer, watchers[name])


def _attentions(module):
    """{dotted name: layer} of every MultiHeadAttention inside."""
    if not isinstance(module, Module):
        raise TypeError(f"attention_maps looks into a Module; got {module!r}.")
    found = {
        name: inner
        for name, inner in module.named_modules()
        if isinstance(inner, MultiHeadAttention)
    }
    if not found:
        raise ValueError(
            f"there is no MultiHeadAttention inside this {type(module).__name__}, so there is nothing to map."
        )
    return found


def _leave(layer, own):
    """Take one watcher away, and with the last of them the attribute."""
    layer._watchers = tuple(watch for watch in layer._watchers if watch is not own)
    if not layer._watchers:
        del layer._watchers
