"""Pooling: many places become one, so that what counts is whether something is there, not exactly where.

Channels come last, as for convolutions, and are pooled each by itself. The arithmetic of pool size, stride
and padding is that of ``convolution.arithmetic``. Padded places are not there: no maximum is theirs, and
no mean counts them.
"""

from .average_pool import AveragePool1D, AveragePool2D, average_pool
from .global_pool import GlobalAveragePool, GlobalMaxPool
from .max_pool import MaxPool1D, MaxPool2D, max_pool

__all__ = [
    "AveragePool1D",
    "AveragePool2D",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "MaxPool1D",
    "MaxPool2D",
    "average_pool",
    "max_pool",
]
