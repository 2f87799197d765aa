"""Weights of attention from and to torch's MultiheadAttention.

torch has the matrix of queries, keys and values as we do, transposed, in ``in_proj_weight``; where the
context has another number of features there are three. Its biases lie in one
row in either case. It has no grouped queries, and queries that have d_model features alone.
"""

from __future__ import annotations

import numpy as np

from .torch_state import RULES, Rule


def _export(layer) -> dict:
    _check_that_torch_has_it(layer)
    projections = _projections(layer)
    matrices = [p.weight.data.T for p in projections]
    if _alike(layer):
        state = {"in_proj_weight": np.concatenate(matrices)}
    else:
        q, kv = matrices
        k, v = np.split(kv, 2)
        state = {"q_proj_weight": q, "k_proj_weight": k, "v_proj_weight": v}
    state["out_proj.weight"] = layer.output.weight.data.T
    if layer.use_bias:
        state["in_proj_bias"] = np.concatenate([p.bias.data for p in projections])
        state["out_proj.bias"] = layer.output.bias.data
    return state


def _adopt(layer, theirs) -> dict:
    names = ["qkv"] if layer.context_dim is None else ["query", "key_value"]
    ends = [] if layer.context_dim is None else [layer.d_model]
    if _alike(layer):
        matrices = np.split(theirs["in_proj_weight"], ends)
    else:
        kv = np.concatenate([theirs["k_proj_weight"], theirs["v_proj_weight"]])
        matrices = [theirs["q_proj_weight"], kv]
    state = {f"{name}.weight": W.T for name, W in zip(names, matrices)}
    state["output.weight"] = theirs["out_proj.weight"].T
    if layer.use_bias:
        biases = np.split(theirs["in_proj_bias"], ends)
        state.update({f"{name}.bias": b for name, b in zip(names, biases)})
        state["output.bias"] = theirs["out_proj.bias"]
    return state


def _alike(layer) -> bool:
    """Whether queries and context have as many features: torch then has one matrix."""
    return layer.context_dim in (None, layer.d_model)


def _projections(layer) -> list:
    return [layer.qkv] if layer.context_dim is None else [layer.query, layer.key_value]


def _check_that_torch_has_it(layer):
    n_in = _projections(layer)[0].weight.shape[0]
    if n_in != layer.d_model or layer.n_kv_heads not in (None, layer.n_heads):
        raise ValueError(
            "torch's MultiheadAttention needs as many features as d_model, and as many heads of keys as of "
            f"queries; got {n_in} features and {layer!r}."
        )


RULES["MultiHeadAttention"] = Rule(_export, _adopt)
