"""Global pooling: all places of a sample become one, whatever their number.

Behind it a network no longer knows the size of its input, and a dense layer takes a row of channels.
Source: Lin, Chen and Yan 2014, "Network in network", section 3.2.
"""

from __future__ import annotations

import math

import numpy as np

from ..layer import Layer, matching_dtype


class _GlobalPool(Layer):
    def check_shape(self, input_shape):
        """Check that there are places, and channels behind them."""
        if len(input_shape) < 2 or 0 in input_shape[:-1]:
            raise ValueError(
                f"{type(self).__name__} expects samples of shape (*places, channels) with at least one place, "
                f"got {input_shape}."
            )

    def output_shape(self, input_shape):
        """(*places, channels) becomes (channels,)."""
        return (input_shape[-1],)

    def accept(self, x):
        """Check that there are places, and channels behind them; integers are converted."""
        if x.ndim < 3 or 0 in x.shape[1:-1]:
            raise ValueError(
                f"{type(self).__name__} expects (batch, *places, channels) with at least one place, got "
                f"{tuple(x.shape)}."
            )
        return matching_dtype(self, x, x.dtype if x.dtype.kind == "f" else self.dtype)

    def forward(self, x):
        """Return one number for each sample and channel."""
        return self.pool(np.reshape(x, (x.shape[0], math.prod(x.shape[1:-1]), x.shape[-1])), axis=1)


class GlobalAveragePool(_GlobalPool):
    """The mean over all places of each channel: (batch, *places, channels) becomes (batch, channels).

    Examples
    --------
    >>> GlobalAveragePool()(np.arange(8.0).reshape(1, 2, 2, 2)).tolist()
    [[3.0, 4.0]]
    """

    pool = staticmethod(np.mean)


class GlobalMaxPool(_GlobalPool):
    """The largest value over all places of each channel: (batch, *places, channels) to (batch, channels).

    Where several places have it they share the gradient, as ``np.max`` has it.

    Examples
    --------
    >>> GlobalMaxPool()(np.arange(8.0).reshape(1, 2, 2, 2)).tolist()
    [[6.0, 7.0]]
    """

    pool = staticmethod(np.max)
