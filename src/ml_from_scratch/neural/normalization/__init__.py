"""Normalisation: numbers brought to mean 0 and variance 1, so that layers behind meet what they know.

The four differ in what the mean is taken over, for inputs of shape (batch, *places, channels):

- ``BatchNorm``: over the batch and all places, for each channel;
- ``LayerNorm``: over the channels, for each sample and place; ``RMSNorm`` is that without the mean;
- ``GroupNorm``: over all places and a group of channels, for each sample. With as many groups as channels
  it is known as instance normalisation.
"""

from .batch_norm import BatchNorm, batch_norm
from .group_norm import GroupNorm, group_norm
from .layer_norm import LayerNorm, layer_norm
from .rms_norm import RMSNorm, rms_norm

__all__ = [
    "BatchNorm",
    "GroupNorm",
    "LayerNorm",
    "RMSNorm",
    "batch_norm",
    "group_norm",
    "layer_norm",
    "rms_norm",
]
