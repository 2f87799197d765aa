r"""Convolution: one small kernel, moved over the whole input, looks for the same thing everywhere.

With outputs t, taps j, input channels c and output channels f, for stride s, dilation d and p zeros in
front (``arithmetic``; over an image t, j, s, d and p are pairs),

.. math::
    y_{tf} = b_f + \sum_j \sum_c x_{st + dj - p,\, c} \; W_{jcf}    \tag{1}

x: (batch, *lengths, n_in), W: (*kernel, n_in / groups, n_out), b: (n_out,), y: (batch, *outputs, n_out).

Strictly this is a cross-correlation, the kernel is not reversed; every library of networks calls it
convolution. With groups, output channel f sees the input channels of its own group only.

Derivation. A change of :math:`W_{jcf}` reaches the loss through every output t, a change of
:math:`x_{qc}` through every pair (t, j) with :math:`st + dj - p = q`. With :math:`g = \partial L / \partial y`,

.. math::
    \bar x_{qc} &= \sum_{t, j \,:\, st + dj - p = q} \; \sum_f g_{tf} \, W_{jcf} \tag{2} \\
    \bar W_{jcf} &= \sum_t x_{st + dj - p,\, c} \; g_{tf}                        \tag{3} \\
    \bar b_f &= \sum_t g_{tf}                                                    \tag{4}

(sums over t are over the batch, too). (2) and (3) are again sums over patches: ``groups`` says how.

Sources: LeCun et al. 1989, "Backpropagation applied to handwritten zip code recognition"; Dumoulin and
Visin 2016, "A guide to convolution arithmetic for deep learning".
"""

from __future__ import annotations

import math

import numpy as np

from ml_from_scratch.core import fused
from ml_from_scratch.core.checks import check_number

from .arithmetic import axes_of
from .base import _KernelLayer
from .groups import gather, scatter


def convolve_definition(x, W, *b, stride=1, padding="valid", dilation=1, groups=1):
    """Return the convolution of x with W, plus b, which may be left out.

    >>> convolve(np.array([[[1.0], [2.0], [4.0]]]), np.array([[[1.0]], [[10.0]]])).ravel().tolist()
    [21.0, 42.0]
    """
    check_channels(x, W, groups)
    axes = axes_of(x.shape[1:-1], W.shape[:-2], stride, padding, dilation)
    x = np.pad(x, ((0, 0), *((a.before, a.after) for a in axes), (0, 0)))
    y = b[0] if b else 0.0
    for j in np.ndindex(*W.shape[:-2]):
        first = [a.d * i for a, i in zip(axes, j)]
        places = (slice(i, i + a.s * (a.out - 1) + 1, a.s) for a, i in zip(axes, first))
        y = y + mix_channels(x[(slice(None), *places)], W[j], groups)  # (1)
    return y


def mix_channels(x, W, groups):
    """Return x @ W, group by group: x is (..., n_in), W (n_in / groups, n_out)."""
    if groups == 1:
        return x @ W
    n_in, n_out = W.shape[0], W.shape[1] // groups
    parts = [
        x[..., n_in * i : n_in * i + n_in] @ W[:, n_out * i : n_out * i + n_out]
        for i in range(groups)
    ]
    return np.concatenate(parts, axis=-1)


def check_channels(x, W, groups):
    """Refuse arrays that no convolution can be made of."""
    if (
        x.ndim != W.ndim
        or x.ndim < 3
        or x.shape[-1] != W.shape[-2] * groups
        or W.shape[-1] % groups
    ):
        raise ValueError(
            "a convolution needs x of shape (batch, *lengths, n_in) and W of shape (*kernel, n_in / groups, n_out); "
            f"got {tuple(x.shape)} and {tuple(W.shape)} with groups={groups}."
        )


def convolve_forward(x, W, *b, stride=1, padding="valid", dilation=1, groups=1):
    """The same as matrix products of patches; keeps x and W, and no patches."""
    check_channels(x, W, groups)
    axes = axes_of(x.shape[1:-1], W.shape[:-2], stride, padding, dilation)
    y, _ = gather(x, axes, W, groups=groups)
    if b:
        add_to_channels(y, b[0])
    return y, (x, W, axes, groups)


def convolve_vjp(g, residuals, wanted=(True, True, True)):
    """Return the gradients of x, W and b, each where it is wanted."""
    x, W, axes, groups = residuals
    dx = dW = None
    if wanted[0]:
        dx, dW = scatter(g, axes, W, x if wanted[1] else None, groups)  # (2) (3)
    elif wanted[1]:
        _, dW = gather(x, axes, g=g, groups=groups)
    return (dx, dW, *(sum_of_channels(g) if w else None for w in wanted[2:]))


def add_to_channels(y, b):
    """Add b to every place of y, in place: to a row of places at a time, since channels are few."""
    rows = y.reshape(math.prod(y.shape[:-2]), y.shape[-2] * len(b))
    rows += np.tile(b, y.shape[-2])


def sum_of_channels(g):
    """Return the sum over all samples and places, as a product with ones, which is faster."""
    rows = g.reshape(math.prod(g.shape[:-1]), g.shape[-1])
    return np.ones_like(rows, shape=(len(rows),)) @ rows  # (4)


convolve = fused(convolve_definition, convolve_forward, convolve_vjp, name="convolve")


class _Convolution(_KernelLayer):
    def _lengths(self, lengths):
        options = (self.kernel_size, self.stride, self.padding, self.dilation)
        return tuple(a.out for a in axes_of(lengths, *options, who=type(self).__name__))

    def forward(self, x):
        """Return the convolution of x with the weight, plus the bias."""
        options = {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}
        groups = self._groups(x.shape[-1])
        return convolve(x, *self._parameters(), **options, groups=groups)


class _Conv(_Convolution):
    def __init__(
        self,
        filters,
        kernel_size,
        stride=1,
        padding="valid",
        dilation=1,
        groups=1,
        use_bias=True,
        input_dim=None,
        kernel_initializer=None,
        bias_initializer=None,
        regularizer=None,
    ):
        self.filters = check_number("filters", filters, least=1, integer=True)
        self.groups = check_number("groups", groups, least=1, integer=True)
        if filters % groups:
            raise ValueError(f"filters must be a multiple of groups={groups}; got {filters}.")
        super().__init__(
            kernel_size,
            stride,
            padding,
            dilation,
            use_bias,
            input_dim,
            kernel_initializer,
            bias_initializer,
            regularizer,
        )


class Conv1D(_Conv):
    """Convolution over time: (batch, time, n_in) becomes (batch, outputs, filters).

    Parameters
    ----------
    filters : int
        How many output channels.
    kernel_size : int
        How many taps.
    stride : int
        By how much the kernel moves on.
    padding : "valid", "same", "causal", int or pair (before, after)
        How many zeros stand around the input; "causal" lets no output see a later time.
    dilation : int
        How far apart the taps are.
    groups : int
        Into how many parts the channels are cut, each a convolution by itself.
    use_bias : bool
        Whether there is a b.
    input_dim : int, optional
        How many input channels, n_in; otherwise ``build`` or the first batch says so.
    kernel_initializer, bias_initializer : Initializer, optional
        How W (group by group) and b are drawn; GlorotUniform() and Zeros() unless given.
    regularizer : Regularizer, optional
        What W adds to the loss, for example ``L2(1e-4)``.

    Attributes
    ----------
    weight : Parameter of shape (kernel, n_in / groups, filters)
    bias : Parameter of shape (filters,), or None

    Raises
    ------
    ValueError
        If the input has another number of axes or channels, or is shorter than the kernel.
    TypeError
        If the input is floating-point of another dtype than the weights. Integers are converted.

    Examples
    --------
    >>> layer = Conv1D(8, kernel_size=3, padding="causal", input_dim=2)
    >>> layer(np.ones((4, 100, 2), np.float32)).shape
    (4, 100, 8)
    """

    dims = 1
    paddings = ("valid", "same", "causal")


class Conv2D(_Conv):
    """Convolution over an image: (batch, height, width, n_in) becomes (batch, *outputs, filters).

    Parameters
    ----------
    filters : int
        How many output channels.
    kernel_size, stride, dilation : int or pair (for height, for width)
        How many taps, by how much the kernel moves on, how far apart the taps are.
    padding : "valid", "same", int, or for each axis an int or a pair (before, after)
        How many zeros stand around the image.
    groups, use_bias, input_dim, kernel_initializer, bias_initializer, regularizer
        As for ``Conv1D``.

    Attributes
    ----------
    weight : Parameter of shape (kernel height, kernel width, n_in / groups, filters)
    bias : Parameter of shape (filters,), or None

    Raises
    ------
    ValueError, TypeError
        As for ``Conv1D``.

    Examples
    --------
    >>> layer = Conv2D(16, kernel_size=3, stride=2, padding="same").build((28, 28, 1), seed=0)
    >>> layer(np.ones((4, 28, 28, 1), np.float32)).shape
    (4, 14, 14, 16)
    >>> layer.weight.shape
    (3, 3, 1, 16)
    >>> layer(np.ones((4, 28, 28)))
    Traceback (most recent call last):
        ...
    ValueError: Conv2D expects (batch, height, width, 1), got (4, 28, 28). Add a channel axis: x[..., None].
    """

    dims = 2
