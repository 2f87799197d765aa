"""Weights of attention from and to torch's MultiheadAttention.

torch lays the matrices of queries, keys and values on top of each other, transposed, in one
``in_proj_weight``; where the context has another number of features they stay apart. Its biases lie in one
row in either case. It has no grouped queries, and queries that have d_model features alone.
"""

from __future__ import annotations

import numpy as np

from .torch_state import RULES, Rule

PARTS = ("query", "key", "value")


def _export(layer) -> dict:
    _check_that_torch_has_it(layer)
    matrices = [getattr(layer, part).weight.data.T for part in PARTS]
    state = (
        {"in_proj_weight": np.concatenate(matrices)}
        if _alike(layer)
        else {f"{part[0]}_proj_weight": W for part, W in zip(PARTS, matrices)}
    )
    state["out_proj.weight"] = layer.output.weight.data.T
    if layer.use_bias:
        state["in_proj_bias"] = np.concatenate([getattr(layer, part).bias.data for part in PARTS])
        state["out_proj.bias"] = layer.output.bias.data
    return state


def _adopt(layer, theirs) -> dict:
    matrices = (
        np.split(theirs["in_proj_weight"], 3)
        if _alike(layer)
        else [theirs[f"{part[0]}_proj_weight"] for part in PARTS]
    )
    state = {f"{part}.weight": W.T for part, W in zip(PARTS, matrices)}
    state["output.weight"] = theirs["out_proj.weight"].T
    if layer.use_bias:
        biases = np.split(theirs["in_proj_bias"], 3)
        state.update({f"{part}.bias": b for part, b in zip(PARTS, biases)})
        state["output.bias"] = theirs["out_proj.bias"]
    return state


def _alike(layer) -> bool:
    """Whether queries and context have as many features: torch then has one matrix."""
    return layer.key.weight.shape[0] == layer.d_model


def _check_that_torch_has_it(layer):
    if layer.query.weight.shape[0] != layer.d_model or layer.key.units != layer.d_model:
        raise ValueError(
            "torch's MultiheadAttention needs as many features as d_model, and as many heads of keys as of "
            f"queries; got {layer.query.weight.shape[0]} features and {layer!r}."
        )


RULES["MultiHeadAttention"] = Rule(_export, _adopt)
