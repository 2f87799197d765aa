"""Reshape: the numbers of a sample in other rows and columns."""

from __future__ import annotations

import math

import numpy as np

from ml_from_scratch.core.checks import check_number

from .layer import Layer


class Reshape(Layer):
    """(batch, ...) becomes (batch, *target_shape), in C order: the last axis runs fastest.

    Parameters
    ----------
    target_shape : tuple of int
        The shape of one output sample. One length may be -1: it is what is left for it.

    Raises
    ------
    ValueError
        If a sample has more or fewer numbers than the target shape.

    Examples
    --------
    >>> Reshape((2, -1))(np.ones((5, 6))).shape
    (5, 2, 3)
    """

    def __init__(self, target_shape):
        lengths = target_shape if isinstance(target_shape, (tuple, list)) else (target_shape,)
        for n in lengths:
            if n != -1:
                check_number("a length of target_shape", n, least=1, integer=True)
        self.target_shape = tuple(int(n) for n in lengths)
        if self.target_shape.count(-1) > 1:
            raise ValueError(f"only one length of target_shape may be -1; got {self.target_shape}.")

    def check_shape(self, input_shape):
        """Check that the numbers of a sample fill the target shape."""
        self.output_shape(input_shape)

    def output_shape(self, input_shape):
        """Return the target shape, with its -1 worked out; None if that depends on an open length."""
        fixed = math.prod(n for n in self.target_shape if n != -1)
        is_open = None in input_shape
        n = None if is_open else math.prod(input_shape)
        if not is_open and (n % fixed if -1 in self.target_shape else n != fixed):
            raise ValueError(
                f"Reshape to {self.target_shape} needs samples of {_how_many(self.target_shape, fixed)} "
                f"numbers; one of shape {tuple(input_shape)} has {n}."
            )
        rest = None if is_open else n // fixed
        return tuple(rest if length == -1 else length for length in self.target_shape)

    def accept(self, x):
        """Check that there is a batch axis."""
        if x.ndim < 1:
            raise ValueError("Reshape expects (batch, ...), got a single number. Add a batch axis.")
        return x

    def forward(self, x):
        """Return x as (batch, *target_shape)."""
        return np.reshape(x, (x.shape[0], *self.output_shape(x.shape[1:])))


def _how_many(target_shape, fixed) -> str:
    return f"a multiple of {fixed}" if -1 in target_shape else str(fixed)
