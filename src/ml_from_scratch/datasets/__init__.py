"""Data to learn from: synthetic, bundled, downloaded; and how to walk over it in batches."""

from .batches import batch_indices, batches
from .blobs import make_blobs
from .classification import make_classification
from .curves import make_circles, make_moons, make_spirals, make_swiss_roll
from .regression import make_friedman1, make_regression

__all__ = [
    "batch_indices",
    "batches",
    "make_blobs",
    "make_circles",
    "make_classification",
    "make_friedman1",
    "make_moons",
    "make_regression",
    "make_spirals",
    "make_swiss_roll",
]
