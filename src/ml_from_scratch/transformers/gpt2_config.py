"""``config.json`` of a GPT-2 in Hugging Face's format: what it says is checked before it is believed.

Source: Hugging Face, documentation of ``GPT2Config``, whose names and defaults these are.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from ml_from_scratch.core.checkpoint import CheckpointError, reading
from ml_from_scratch.neural import GELU, ReLU

ACTIVATIONS = {
    "gelu_new": GELU,
    "gelu_pytorch_tanh": GELU,
    "gelu": lambda: GELU("none"),
    "relu": ReLU,
}
MOST = {
    "vocab_size": 2**24,
    "n_positions": 2**24,
    "n_embd": 2**20,
    "n_layer": 1000,
    "n_head": 2**16,
}
REFUSED = {  # the values with which the model is GPT-2 itself
    "scale_attn_by_inverse_layer_idx": False,
    "reorder_and_upcast_attn": False,
    "add_cross_attention": False,
    "scale_attn_weights": True,
    "tie_word_embeddings": True,
}
LONGEST = 1_000_000  # bytes


class GPT2Config(NamedTuple):
    """The fields that make a difference, under their names in the file."""

    vocab_size: int
    n_positions: int
    n_embd: int
    n_layer: int
    n_head: int
    n_inner: int
    activation_function: str
    layer_norm_epsilon: float
    embd_pdrop: float
    attn_pdrop: float
    resid_pdrop: float


def read_config(path) -> GPT2Config:
    """Read and check a ``config.json``.

    Raises
    ------
    CheckpointError
        If it is no JSON object, describes another model, or a size is missing or out of its range.
    OSError
        If it cannot be read.
    """
    with open(path, "rb") as file, reading(path, "config.json of a GPT-2"):
        content = file.read(LONGEST + 1)
        if len(content) > LONGEST:
            raise CheckpointError(f"it is longer than {LONGEST} bytes")
        found = json.loads(content.decode("utf-8"), object_pairs_hook=_no_twice, parse_int=_integer)
        if not isinstance(found, dict):
            raise CheckpointError(f"it is a {type(found).__name__}, not an object with names")
        return _checked(found)


def _checked(found) -> GPT2Config:
    if found.get("model_type") != "gpt2":
        raise CheckpointError(f"model_type is {found.get('model_type')!r:.80}, not 'gpt2'")
    for name, own in REFUSED.items():
        if found.get(name, own) is not own:
            raise CheckpointError(f"{name} is {found[name]!r:.80}, and only {own} is supported")
    sizes = {name: _size(name, found.get(name), most) for name, most in MOST.items()}
    if sizes["n_embd"] % sizes["n_head"]:
        raise CheckpointError(
            f"n_head={sizes['n_head']} heads do not divide n_embd={sizes['n_embd']}"
        )
    inner = found.get("n_inner")
    inner = 4 * sizes["n_embd"] if inner is None else _size("n_inner", inner, 2**22)
    activation = found.get("activation_function", "gelu_new")
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise CheckpointError(
            f"activation_function is {activation!r:.80}; supported are {', '.join(ACTIVATIONS)}"
        )
    eps = _fraction("layer_norm_epsilon", found.get("layer_norm_epsilon", 1e-5))
    if eps == 0:
        raise CheckpointError("layer_norm_epsilon is 0, and must be above it")
    names = ("embd_pdrop", "attn_pdrop", "resid_pdrop")
    dropouts = {name: _fraction(name, found.get(name, 0.1)) for name in names}
    return GPT2Config(
        **sizes, n_inner=inner, activation_function=activation, layer_norm_epsilon=eps, **dropouts
    )


def _size(name, value, most):
    if type(value) is not int or not 1 <= value <= most:
        raise CheckpointError(f"{name} is {value!r:.80}, not an integer from 1 to {most}")
    return value


def _fraction(name, value):
    if type(value) not in (int, float) or not 0 <= value < 1:
        raise CheckpointError(f"{name} is {value!r:.80}, not a number from 0 to below 1")
    return float(value)


def _no_twice(pairs):
    found = dict(pairs)
    if len(found) < len(pairs):
        raise CheckpointError("it has a name twice")
    return found


def _integer(digits):
    if len(digits) > 20:  # converting millions of them would take minutes
        raise CheckpointError(f"it holds a number of {len(digits)} digits")
    return int(digits)
