"""Networks: layers, activations, initializers, and the loop that trains them."""

from . import activations, initializers, regularizers
from .activations import *  # noqa: F403
from .dense import Dense, linear
from .dropout import Dropout
from .flatten import Flatten
from .layer import Layer, seed_layers
from .sequential import Sequential

__all__ = [
    *activations.__all__,
    "Dense",
    "Dropout",
    "Flatten",
    "Layer",
    "Sequential",
    "initializers",
    "linear",
    "regularizers",
    "seed_layers",
]
