r"""Max pooling: of each window the largest value, wherever in it that is.

With outputs t, taps j, stride s and p places of padding in front (``convolution.arithmetic``; over an
image they are pairs), for each channel by itself,

.. math::
    y_t = \max_j \; x_{st + j - p}    \tag{1}

Derivation. Only the largest value moves the output, so all of the gradient goes to its place. Where
several are equally large it goes to the first of them, :math:`j^*_t` in reading order:

.. math::
    \bar x_q = \sum_{t \,:\, s t + j^*_t - p = q} g_t    \tag{2}

Source: Ranzato, Huang, Boureau and LeCun 2007, "Unsupervised learning of invariant feature hierarchies".
"""

from __future__ import annotations

import math

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core import fused, raw

from .base import _Pool, outputs_like, pooled_axes, taps


def max_pool_definition(x, pool_size=2, stride=None, padding="valid"):
    """Return the largest value of each window, for x of shape (batch, *lengths, channels).

    >>> max_pool(np.array([[[1.0], [3.0], [2.0], [2.0]]])).ravel().tolist()
    [3.0, 2.0]
    """
    axes = pooled_axes(x, pool_size, stride, padding)
    widths = [(a.before, max(0, a.s * (a.out - 1) + a.k - a.n - a.before)) for a in axes]
    x = np.pad(x, ((0, 0), *widths, (0, 0)), constant_values=-math.inf)
    y = None
    for j in np.ndindex(*(a.k for a in axes)):
        places = (slice(i, i + a.s * (a.out - 1) + 1, a.s) for a, i in zip(axes, j))
        seen = x[(slice(None), *places)]
        y = seen if y is None else np.where(raw(seen) > raw(y), seen, y)  # (1)
    return y


def max_pool_forward(x, pool_size=2, stride=None, padding="valid"):
    """The same in place, tap after tap; keeps x and y."""
    axes = pooled_axes(x, pool_size, stride, padding)
    y = outputs_like(x, axes)
    y[...] = -math.inf
    for outputs, places in taps(axes):
        np.maximum(y[outputs], x[places], out=y[outputs])  # (1)
    return y, (x, y, axes)


def max_pool_vjp(g, residuals, wanted=(True,)):
    """Return the gradient of x: g, where the largest values were found."""
    x, y, axes = residuals
    dx = backend.zeros(x.shape, x.dtype, x)
    to_find = np.ones_like(y, dtype=bool)  # the outputs whose largest value was not met yet
    for outputs, places in taps(axes):
        found = x[places] == y[outputs]
        found &= to_find[outputs]
        to_find[outputs] ^= found
        dx[places] += found * g[outputs]  # (2)
    return (dx,)


max_pool = fused(max_pool_definition, max_pool_forward, max_pool_vjp, name="max_pool")


class _MaxPool(_Pool):
    def forward(self, x):
        """Return the largest value of each window."""
        return max_pool(x, **self._options())


class MaxPool1D(_MaxPool):
    """The largest value of each window: (batch, time, channels) becomes (batch, outputs, channels).

    Parameters
    ----------
    pool_size : int
        How long a window is.
    stride : int, optional
        By how much it moves on; by its own length unless given.
    padding : "valid", "same", int or pair (before, after)
        How far windows may reach beyond the ends, where nothing is.

    Raises
    ------
    ValueError
        If the input has another number of axes, or is shorter than a window.

    Examples
    --------
    >>> MaxPool1D(3)(np.ones((4, 10, 2))).shape
    (4, 3, 2)
    """

    dims = 1


class MaxPool2D(_MaxPool):
    """The largest value of each window: (batch, height, width, channels) to (batch, *outputs, channels).

    Parameters
    ----------
    pool_size : int or pair (for height, for width)
        How large a window is.
    stride : int or pair, optional
        By how much it moves on; by its own size unless given.
    padding : "valid", "same", int, or for each axis an int or a pair (before, after)
        How far windows may reach beyond the edges, where nothing is.

    Raises
    ------
    ValueError
        If the input has another number of axes, or is smaller than a window.

    Examples
    --------
    >>> MaxPool2D(2)(np.arange(16.0).reshape(1, 4, 4, 1))[0, :, :, 0].tolist()
    [[5.0, 7.0], [13.0, 15.0]]
    """

    dims = 2
