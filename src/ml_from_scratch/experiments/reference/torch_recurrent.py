"""Weights of RNN, LSTM and GRU from and to torch.

torch names cell by cell, ``weight_ih_l0``, ``weight_hh_l0_reverse`` and so on, stacks the gates on top
of each other, in our order, and keeps matrices transposed: (n_gates * units, n_in). It has two biases,
which are added wherever they meet: ours go out as the first, with zeros for the second, and come in as
their sum. Only the GRU's candidate tells them apart.
"""

from __future__ import annotations

import numpy as np

from .torch_state import RULES, Rule

OURS = {"weight_ih": "weight", "weight_hh": "recurrent_weight"}


def _export(layer) -> dict:
    state = {}
    for j, cell in enumerate(layer.cells):
        for theirs, ours in OURS.items():
            state[f"{theirs}{_place(layer, j)}"] = _stacked(getattr(cell, ours).data)
        if cell.bias is not None:
            first, second = _two_biases(cell)
            state[f"bias_ih{_place(layer, j)}"] = first.reshape(-1)
            state[f"bias_hh{_place(layer, j)}"] = second.reshape(-1)
    return state


def _adopt(layer, theirs) -> dict:
    state = {}
    for j, cell in enumerate(layer.cells):
        place, prefix = _place(layer, j), f"cells.{j}."
        for their_name, name in OURS.items():
            own = getattr(cell, name)
            state[prefix + name] = _unstacked(theirs[their_name + place], own.shape)
        if cell.bias is not None:
            pair = [theirs[f"bias_{side}{place}"] for side in ("ih", "hh")]
            state.update({prefix + n: b for n, b in _one_bias(cell, *pair).items()})
    return state


def _place(layer, j) -> str:
    """torch's ending for cell j."""
    level, backwards = divmod(j, layer.n_directions)
    return f"_l{level}" + ("_reverse" if backwards else "")


def _stacked(W):
    """(K, n_in, units), or (n_in, units), as (K units, n_in)."""
    return W.swapaxes(-1, -2).reshape(-1, W.shape[-2])


def _unstacked(W, shape):
    return W.reshape(*shape[:-2], shape[-1], shape[-2]).swapaxes(-1, -2)


def _two_biases(cell):
    first, second = cell.bias.data, np.zeros_like(cell.bias.data)
    if hasattr(cell, "candidate_bias"):
        second[2] = cell.candidate_bias.data
    return first, second


def _one_bias(cell, first, second) -> dict:
    first, second = first.reshape(cell.bias.shape), second.reshape(cell.bias.shape)
    if not hasattr(cell, "candidate_bias"):
        return {"bias": first + second}
    bias = first + second
    bias[2] = first[2]
    return {"bias": bias, "candidate_bias": second[2]}


RULES.update({name: Rule(_export, _adopt) for name in ("RNN", "LSTM", "GRU")})
