"""Data to learn from: synthetic, bundled, downloaded; and how to walk over it in batches."""

from .batches import batch_indices, batches

__all__ = ["batch_indices", "batches"]
