"""Weights of convolutions from and to torch.

torch has channels first, in kernels, too: (n_out, n_in / groups, *kernel) for a convolution, and for a
transposed one (n_in, n_out / groups, *kernel). Its depthwise convolution is one with groups=n_in.
"""

from __future__ import annotations

import numpy as np

from ...neural.convolution.groups import exchanged
from .torch_state import RULES, Rule


def _export(layer) -> dict:
    return _with_bias(layer, np.moveaxis(layer.weight.data, (-1, -2), (0, 1)))


def _adopt(layer, theirs) -> dict:
    return {**theirs, "weight": np.moveaxis(theirs["weight"], (0, 1), (-1, -2))}


def _export_transposed(layer) -> dict:
    W = exchanged(layer.weight.data, layer.groups)  # (*kernel, n_out / groups, n_in)
    return _with_bias(layer, np.moveaxis(W, (-1, -2), (0, 1)))


def _adopt_transposed(layer, theirs) -> dict:
    W = np.moveaxis(theirs["weight"], (0, 1), (-1, -2))
    return {**theirs, "weight": exchanged(W, layer.groups)}


def _with_bias(layer, weight) -> dict:
    return {"weight": weight, **({} if layer.bias is None else {"bias": layer.bias.data})}


RULES.update(
    {
        name: Rule(_export, _adopt)
        for name in ("Conv1D", "Conv2D", "DepthwiseConv1D", "DepthwiseConv2D")
    }
)
RULES.update(
    {
        name: Rule(_export_transposed, _adopt_transposed)
        for name in ("ConvTranspose1D", "ConvTranspose2D")
    }
)
