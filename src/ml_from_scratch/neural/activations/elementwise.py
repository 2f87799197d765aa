"""What the fast forward passes of elementwise functions share."""

from __future__ import annotations

import functools

import numpy as np

from ml_from_scratch.core.arrays import floating

BLOCK = 1 << 13  # elements that are worked on at a time, so that they stay in the cache


def elementwise(forward):
    """Let ``forward`` see floating arrays with at least one axis.

    NumPy turns arrays without axes into scalars, which cannot be written to, and whose product with a
    Python number was float64 before NumPy 2.
    """

    @functools.wraps(forward)
    def wrapped(x, **options):
        x = floating(x)
        if x.ndim:
            return forward(x, **options)
        y, residuals = forward(x.reshape(1), **options)
        return y.reshape(()), residuals

    return wrapped


def with_slope(block):
    """Return a forward pass that keeps the derivative, and the same without: both from ``block(x, y, d)``.

    ``block`` is given a few thousand numbers x at a time, and writes their values to y and derivatives to
    d, unless d is None.
    """

    @elementwise
    def forward(x):
        y, d = np.empty_like(x, order="C"), np.empty_like(x, order="C")
        flat, ys, ds = x.reshape(-1), y.reshape(-1), d.reshape(-1)
        for part in _parts(x):
            block(flat[part], ys[part], ds[part])
        return y, d

    @elementwise
    def value(x):
        y = np.empty_like(x, order="C")
        flat, ys = x.reshape(-1), y.reshape(-1)
        for part in _parts(x):
            block(flat[part], ys[part], None)
        return y, None

    return forward, lambda x: value(x)[0]


def _parts(x):
    return (slice(i, i + BLOCK) for i in range(0, x.size, BLOCK))


def times_slope(g, d, wanted=(True,)):
    """Return g times the derivative: the closed form that belongs to ``with_slope``."""
    return (g * d,)
