"""What the normalisations share: a weight and a bias for each channel, and rows worked on in blocks."""

from __future__ import annotations

import math

import numpy as np

from ml_from_scratch.core import Parameter
from ml_from_scratch.core.checks import check_number

from ..layer import Layer, matching_dtype

FAR = 4.0  # a squared mean over the variance, from where on digits are lost
BLOCK = 1 << 18  # numbers at a time: what is computed of them stays in the cache
LINE = (
    1 << 13
)  # what is broadcast along shorter lines NumPy first copies into buffers of this length


class _Normalization(Layer):
    """A layer that knows its channels, the last axis, and has a weight and a bias for each of them."""

    def __init__(self, eps, use_weight, use_bias, input_dim):
        self.eps = check_number("eps", eps, above=0)
        self.use_weight, self.use_bias = use_weight, use_bias
        self.input_dim = check_number("input_dim", input_dim, least=1, integer=True, optional=True)
        if input_dim is not None:
            self.input_shape = (input_dim,)

    def check_shape(self, input_shape):
        """Check the number of channels, the last axis of a sample."""
        n = self._n_channels()
        arrived = input_shape[-1] if input_shape else None
        if not arrived or arrived != (n or arrived):
            raise ValueError(
                f"{type(self).__name__} expects samples of shape (..., {n or 'channels'}), got {input_shape}."
            )

    def create(self, input_shape, rng):
        """Begin with weights of 1 and biases of 0: with what is normalised, as it is."""
        n = input_shape[-1]
        self.n_channels = n
        self.weight = Parameter(np.ones(n, self.dtype), "weight") if self.use_weight else None
        self.bias = Parameter(np.zeros(n, self.dtype), "bias") if self.use_bias else None

    def accept(self, x):
        """Check the batch axis, the number of channels and the dtype."""
        n = self._n_channels()
        if x.ndim < 2 or x.shape[-1] != (n or x.shape[-1]):
            hint = " Add a batch axis: x[None]." if x.ndim == 1 else ""
            raise ValueError(
                f"{type(self).__name__} expects (batch, ..., {n or 'channels'}), got {tuple(x.shape)}.{hint}"
            )
        return matching_dtype(self, x, self._own_dtype(x))

    def _own_dtype(self, x):
        if self._built and self.weight is not None:
            return self.weight.dtype
        if self._built and self.bias is not None:
            return self.bias.dtype
        return x.dtype if x.dtype.kind == "f" else self.dtype

    def _n_channels(self):
        return self.n_channels if self._built else self.input_dim


def as_rows(x):
    """Return (..., channels) as (rows, channels)."""
    return np.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))


def blocks_of_rows(n_rows, n_columns):
    """Yield slices of rows that together hold about BLOCK numbers."""
    size = max(1, BLOCK // max(n_columns, 1))
    return (slice(i, min(i + size, n_rows)) for i in range(0, n_rows, size))


def rows_in_a_line(n_rows, n_channels) -> int:
    """Return how many rows to join to lines of LINE numbers: a power of two that divides their number.

    >>> rows_in_a_line(32 * 28 * 28, 32), rows_in_a_line(7, 32), rows_in_a_line(128, 2000)
    (256, 1, 8)
    """
    r = 1
    while n_rows and n_rows % (2 * r) == 0 and r * n_channels < LINE:
        r *= 2
    return r


def far_from_zero(mean, variance):
    """Where a variance, as mean square less squared mean, has lost digits that a shift to the mean would save.

    That is far from zero, and where squares have overflowed.

    >>> far_from_zero(np.array([0.0, 2.0, 3.0, 3.0]), np.array([0.0, 1.0, 1.0, np.inf])).tolist()
    [False, False, True, True]
    """
    return ~((mean * mean <= FAR * variance) & (variance < np.inf))


def ones(n, like):
    """Return n ones: products with them are the fastest sums there are."""
    return np.ones_like(like, shape=(n,))
