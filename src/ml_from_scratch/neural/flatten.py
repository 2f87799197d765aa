"""Flatten: a sample of any shape as one row, for the dense layer behind it."""

from __future__ import annotations

import math

import numpy as np

from .layer import Layer


class Flatten(Layer):
    """(batch, ...) becomes (batch, n), in C order: the last axis runs fastest.

    Examples
    --------
    >>> Flatten()(np.ones((2, 3, 4))).shape
    (2, 12)
    """

    def accept(self, x):
        """Check that there is a batch axis."""
        if x.ndim < 1:
            raise ValueError("Flatten expects (batch, ...), got a single number. Add a batch axis.")
        return x

    def output_shape(self, input_shape):
        """Return the product of all lengths, or None if one is open."""
        return (None if None in input_shape else math.prod(input_shape),)

    def forward(self, x):
        """Return x as (batch, n)."""
        return np.reshape(x, (x.shape[0], math.prod(x.shape[1:])))
