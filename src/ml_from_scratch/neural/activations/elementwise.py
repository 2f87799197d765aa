"""What the fast forward passes of elementwise functions share."""

from __future__ import annotations

import functools

from ml_from_scratch.core.arrays import floating


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
