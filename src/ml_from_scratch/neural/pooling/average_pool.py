r"""Average pooling: of each window the mean.

With outputs t, taps j, stride s and p places of padding in front (``convolution.arithmetic``), and the
number :math:`n_t` of the taps that fall on a place of the input,

.. math::
    y_t = \frac{1}{n_t} \sum_j x_{st + j - p}    \tag{1}

for each channel by itself, where the sum is over those taps (torch's ``count_include_pad=False``).
Every place of a window has the same share in its mean, so

.. math::
    \bar x_q = \sum_{t, j \,:\, st + j - p = q} \frac{g_t}{n_t}    \tag{2}

Source: LeCun, Bottou, Bengio and Haffner 1998, "Gradient-based learning applied to document recognition",
section II.B (subsampling).
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core import fused, raw

from .base import _Pool, outputs_like, pooled_axes, taps


def average_pool_definition(x, pool_size=2, stride=None, padding="valid"):
    """Return the mean of each window, for x of shape (batch, *lengths, channels).

    >>> average_pool(np.array([[[1.0], [3.0], [2.0], [5.0]]])).ravel().tolist()
    [2.0, 3.5]
    """
    axes = pooled_axes(x, pool_size, stride, padding)
    widths = [(a.before, max(0, a.s * (a.out - 1) + a.k - a.n - a.before)) for a in axes]
    there = shares(x, axes)
    x, y = np.pad(x, ((0, 0), *widths, (0, 0))), 0.0
    for j in np.ndindex(*(a.k for a in axes)):
        places = (slice(i, i + a.s * (a.out - 1) + 1, a.s) for a, i in zip(axes, j))
        y = y + x[(slice(None), *places)]
    return y * there  # (1)


def shares(x, axes):
    """Return 1 / n_t for every output, of shape (1, *outputs, 1), where x is."""
    counts = np.ones((1,) * (len(axes) + 2))
    for i, a in enumerate(axes, start=1):
        own = np.zeros(a.out)
        for j in range(a.k):
            own[a.reads(j)[0]] += 1.0
        counts = counts * own.reshape(-1, *(1,) * (len(axes) + 1 - i))
    return backend.like((1.0 / counts).astype(x.dtype), raw(x))


def average_pool_forward(x, pool_size=2, stride=None, padding="valid"):
    """The same in place, tap after tap; keeps the shares."""
    axes = pooled_axes(x, pool_size, stride, padding)
    y, share = outputs_like(x, axes), shares(x, axes)
    y[...] = 0.0
    for outputs, places in taps(axes):
        y[outputs] += x[places]
    y *= share  # (1)
    return y, (share, x.shape, axes)


def average_pool_vjp(g, residuals, wanted=(True,)):
    """Return the gradient of x: of each window an equal part for all places."""
    share, shape, axes = residuals
    g = g * share
    dx = backend.zeros(shape, g.dtype, g)
    for outputs, places in taps(axes):
        dx[places] += g[outputs]  # (2)
    return (dx,)


average_pool = fused(
    average_pool_definition, average_pool_forward, average_pool_vjp, name="average_pool"
)


class _AveragePool(_Pool):
    def forward(self, x):
        """Return the mean of each window."""
        return average_pool(x, **self._options())


class AveragePool1D(_AveragePool):
    """The mean of each window: (batch, time, channels) becomes (batch, outputs, channels).

    Parameters
    ----------
    pool_size, stride, padding
        As for ``MaxPool1D``.

    Examples
    --------
    >>> AveragePool1D(2)(np.arange(4.0).reshape(1, 4, 1)).ravel().tolist()
    [0.5, 2.5]
    """

    dims = 1


class AveragePool2D(_AveragePool):
    """The mean of each window: (batch, height, width, channels) becomes (batch, *outputs, channels).

    Parameters
    ----------
    pool_size, stride, padding
        As for ``MaxPool2D``.

    Examples
    --------
    >>> AveragePool2D(2)(np.arange(16.0).reshape(1, 4, 4, 1))[0, :, :, 0].tolist()
    [[2.5, 4.5], [10.5, 12.5]]
    """

    dims = 2
