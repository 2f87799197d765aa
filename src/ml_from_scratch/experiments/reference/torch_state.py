"""Weights from and to torch: the state dictionary that the same network would have there.

Most layers hold what torch's layer of that name holds, under other names or the other way round. Each
such layer has a ``Rule`` here or in a file beside this one, two plain functions on arrays; networks of
layers are walked, so that ``layers.0.weight`` of a Sequential is ``0.weight`` in torch's.
"""

from __future__ import annotations

from typing import Callable, NamedTuple

import numpy as np

from ...core import Module, Parameter
from ...neural import Sequential


class Rule(NamedTuple):
    """How one kind of layer is translated.

    ``export(layer)`` returns torch's {name: array}; ``adopt(layer, theirs)`` turns such a dict back
    into this layer's own {name: array}.
    """

    export: Callable
    adopt: Callable


RULES: dict[str, Rule] = {}  # by the name of our class


def to_torch(module: Module) -> dict:
    """Return the state of a module as torch's would have it: ``theirs.load_state_dict(to_torch(ours))``.

    Parameters
    ----------
    module : Module
        A layer, a Sequential or Model, or a Module whose attributes are named as in torch's.

    Returns
    -------
    state : dict of str to torch.Tensor
        Copies.

    Raises
    ------
    ImportError
        If torch is not installed.
    """
    import torch

    return {
        name: torch.from_numpy(np.array(array, order="C"))
        for name, array in _export(module).items()
    }


def from_torch(module: Module, state: dict) -> None:
    """Write torch's state dictionary into a module of the same architecture, all of it or nothing.

    Parameters
    ----------
    module : Module
        Built: its weights are there.
    state : dict of str to torch.Tensor or ndarray
        What ``theirs.state_dict()`` returned.

    Raises
    ------
    ValueError
        If names are missing or unexpected, or shapes differ; it lists every one.
    """
    state = {name: np.asarray(array) for name, array in state.items()}
    _check(state, _export(module))
    module.load_state_dict(_once(module, _adopt(module, state)))


def _export(module) -> dict:
    rule = RULES.get(type(module).__name__)
    if rule is not None:
        return rule.export(module)
    own = _own(module)
    for _, theirs, child in _children(module):
        own.update({f"{theirs}.{name}": array for name, array in _export(child).items()})
    return own


def _adopt(module, state) -> dict:
    rule = RULES.get(type(module).__name__)
    if rule is not None:
        return rule.adopt(module, state)
    own = {name: state[name] for name in _own(module)}
    for ours, theirs, child in _children(module):
        inside = {
            name[len(theirs) + 1 :]: array
            for name, array in state.items()
            if name.startswith(theirs + ".")
        }
        own.update({f"{ours}.{name}": array for name, array in _adopt(child, inside).items()})
    return own


def _own(module) -> dict:
    """The arrays of the module itself, under the same names."""
    return {
        name: x.data if isinstance(x, Parameter) else x for name, x in _attributes(module).items()
    }


def _attributes(module) -> dict:
    """The parameters and buffers that are attributes of the module itself."""
    own = {name: p for name, p in vars(module).items() if isinstance(p, Parameter)}
    buffers = {name: getattr(module, name) for name in module.buffers}
    return {**own, **{name: x for name, x in buffers.items() if x is not None}}


def _children(module) -> list:
    """(our path, torch's path, module) of the modules directly inside, shared ones each time."""
    prefix = "layers." if isinstance(module, Sequential) else ""
    return [(path, path[len(prefix) :], child) for path, child in module.named_children()]


def _once(module, state) -> dict:
    """The state with shared arrays under their first names alone: torch lists them under all."""
    firsts = {id(x): name for name, x in [*module.named_parameters(), *module.named_buffers()]}
    names, own = _first_names(module, firsts), {}
    for name, array in state.items():
        first = names.get(name, name)
        if not np.array_equal(own.setdefault(first, array), array, equal_nan=True):
            raise ValueError(
                f"{name} and {first} are one shared weight in this module; in torch's state they differ."
            )
    return own


def _first_names(module, firsts, path="") -> dict:
    """{name: first name} of all parameters and buffers under all their names."""
    names = {path + name: firsts[id(x)] for name, x in _attributes(module).items()}
    for name, child in module.named_children():
        names.update(_first_names(child, firsts, f"{path}{name}."))
    return names


def _check(state, expected):
    problems = [f"missing: {name}" for name in expected if name not in state]
    problems += [f"unexpected: {name}" for name in state if name not in expected]
    problems += [
        f"shape of {name}: expected {np.shape(expected[name])}, got {state[name].shape}"
        for name in expected
        if name in state and np.shape(expected[name]) != state[name].shape
    ]
    if problems:
        raise ValueError("torch's state does not fit this module:\n  " + "\n  ".join(problems))


# ---- the layers whose weight is one matrix --------------------------------------------------------
def _dense_export(layer) -> dict:
    """torch's Linear keeps W transposed: (units, n_in)."""
    own = {"weight": layer.weight.data.T}
    return {**own, "bias": layer.bias.data} if layer.bias is not None else own


def _dense_adopt(layer, theirs) -> dict:
    return {name: array.T for name, array in theirs.items()}


def _unembedding_export(layer) -> dict:
    """torch's Linear on the embedding's table, which it keeps as it is."""
    return {"weight": layer.embedding.weight.data}


def _unembedding_adopt(layer, theirs) -> dict:
    return {"embedding.weight": theirs["weight"]}


RULES["Unembedding"] = Rule(_unembedding_export, _unembedding_adopt)
RULES["Dense"] = Rule(_dense_export, _dense_adopt)
