"""All random generators inside a module, to be saved and restored with a run of training."""

from __future__ import annotations

import numpy as np

from ml_from_scratch.core import Module


def generators(module: Module) -> dict:
    """Return {dotted name: Generator} of all random generators that a module holds."""
    return {
        f"{path}.{name}": value
        for path, inner in module.named_modules()
        for name, value in vars(inner).items()
        if isinstance(value, np.random.Generator)
    }


def set_generators(module: Module, states: dict) -> None:
    """Give all generators the states that they had when ``generators`` was asked."""
    modules = dict(module.named_modules())
    for name in generators(module).keys() - states.keys():
        path, _, attribute = name.rpartition(".")
        setattr(modules[path], attribute, None)  # it had not been made yet
    for name, state in states.items():
        path, _, attribute = name.rpartition(".")
        rng = getattr(modules[path], attribute.lstrip("_"))  # a layer makes its own when asked
        rng.bit_generator.state = state
