"""What the pooling layers share: their arguments, the windows, and what they say when it does not fit."""

from __future__ import annotations

import itertools

import numpy as np

from ..convolution.arithmetic import axes_of, check_lengths, check_padding, padding_pairs, spread
from ..layer import Layer, matching_dtype

PLACES = {1: "time", 2: "height, width"}


def pooled_axes(x, pool_size, stride, padding, who="pooling"):
    """Return an Axis for each axis of x (batch, *lengths, channels)."""
    stride = pool_size if stride is None else stride
    return axes_of(x.shape[1:-1], pool_size, stride, padding, who=who)


def taps(axes):
    """Yield (outputs, places) for every tap: which outputs have it inside x, and where it reads."""
    every = (slice(None),)
    for j in itertools.product(*(range(a.k) for a in axes)):
        pairs = [a.reads(i) for a, i in zip(axes, j)]
        outputs, places = zip(*pairs)
        yield every + outputs, every + places


def outputs_like(x, axes):
    """Return an empty array for the outputs."""
    shape = (len(x), *(a.out for a in axes), x.shape[-1])
    return np.empty_like(x, shape=shape, order="C")


class _Pool(Layer):
    """A layer that looks at windows over ``dims`` axes, each channel by itself; it has no weights."""

    dims: int

    def __init__(self, pool_size=2, stride=None, padding="valid"):
        self.pool_size = check_lengths("pool_size", pool_size, self.dims)
        self.stride = None if stride is None else check_lengths("stride", stride, self.dims)
        self.padding = check_padding(padding, self.dims)
        self._check_padding()

    def _check_padding(self):
        if isinstance(self.padding, str):
            return
        sizes = spread(self.pool_size, self.dims)
        for pair, size in zip(padding_pairs(self.padding, self.dims), sizes):
            if max(pair) >= size:
                raise ValueError(
                    f"padding must be smaller than the pool, or a window could hold nothing at all; got padding="
                    f"{self.padding} with pool_size={self.pool_size}."
                )

    def _options(self):
        return {"pool_size": self.pool_size, "stride": self.stride, "padding": self.padding}

    def check_shape(self, input_shape):
        """Check the number of axes, and that the window fits."""
        if len(input_shape) != self.dims + 1:
            raise ValueError(self._wrong("samples of shape", input_shape, self.dims))
        self.output_shape(input_shape)

    def output_shape(self, input_shape):
        """(*lengths, channels) becomes (*outputs, channels); an open length stays open."""
        *lengths, channels = input_shape
        stride = self.pool_size if self.stride is None else self.stride
        long_enough = tuple(10**9 if n is None else n for n in lengths)
        who = type(self).__name__
        axes = axes_of(long_enough, self.pool_size, stride, self.padding, who=who)
        return (*(None if n is None else a.out for n, a in zip(lengths, axes)), channels)

    def accept(self, x):
        """Check the axes and that the window fits; integers are converted."""
        if x.ndim != self.dims + 2:
            raise ValueError(self._wrong("", tuple(x.shape), self.dims + 1))
        pooled_axes(x, **self._options(), who=type(self).__name__)
        return matching_dtype(self, x, x.dtype if x.dtype.kind == "f" else self.dtype)

    def _wrong(self, what, shape, dims_without_channels):
        batch = "" if what else "batch, "
        hint = " Add a channel axis: x[..., None]." if len(shape) == dims_without_channels else ""
        return (
            f"{type(self).__name__} expects {what + ' ' if what else ''}({batch}{PLACES[self.dims]}, channels), "
            f"got {shape}.{hint}"
        )
