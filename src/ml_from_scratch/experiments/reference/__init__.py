"""The reference's side of a comparison: the same model, the same settings, another library."""

from . import (  # noqa: F401  (they register rules)
    torch_attention,
    torch_convolution,
    torch_normalization,
    torch_recurrent,
)
from .scikit_learn import counterpart
from .torch_state import from_torch, to_torch

__all__ = ["counterpart", "from_torch", "to_torch"]
