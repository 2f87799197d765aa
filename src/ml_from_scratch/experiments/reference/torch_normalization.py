"""Weights and statistics of normalisations from and to torch.

The names are torch's but for ``running_var``. torch also counts batches (``num_batches_tracked``), for
averages without a momentum: nobody counts here, so that 0 goes out, and what comes in is left alone.
"""

from __future__ import annotations

import numpy as np

from .torch_state import RULES, Rule

COUNT = "num_batches_tracked"


def _export(layer) -> dict:
    state = {"weight": layer.weight, "bias": layer.bias}
    return {name: p.data for name, p in state.items() if p is not None}


def _adopt(layer, theirs) -> dict:
    return dict(theirs)


def _export_with_statistics(layer) -> dict:
    statistics = {"running_mean": layer.running_mean, "running_var": layer.running_variance}
    return {**_export(layer), **statistics, COUNT: np.array(0)}


def _adopt_with_statistics(layer, theirs) -> dict:
    names = {"running_var": "running_variance"}
    return {names.get(name, name): array for name, array in theirs.items() if name != COUNT}


RULES.update({name: Rule(_export, _adopt) for name in ("LayerNorm", "RMSNorm", "GroupNorm")})
RULES["BatchNorm"] = Rule(_export_with_statistics, _adopt_with_statistics)
