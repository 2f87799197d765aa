r"""The transposed convolution: a convolution run backwards, from the small to the large.

A convolution adds up a patch of x for each output. Transposed, each input is multiplied by the kernel
and added to a patch of the output: with inputs t, taps j, input channels c and output channels f,

.. math::
    y_{qf} = b_f + \sum_{t, j \,:\, st + dj - p = q} \; \sum_c x_{tc} \, W_{jcf}    \tag{1}

x: (batch, *lengths, n_in), W: (*kernel, n_in / groups, n_out), b: (n_out,), y: (batch, *outputs, n_out).

This is the gradient that a convolution with stride s gives its input (``convolve``, equation 2), so it
undoes what that did to the shape (to the shape alone: it is no inverse). For o inputs and a kernel that
spans e places the outputs, p and p' cut off at the ends, are

.. math::
    n = s (o - 1) + e - p - p' + a      \tag{2}

Convolutions of stride s give o outputs for s different lengths n; a, the ``output_padding``, says which
of them is meant. With "valid" nothing is cut off, with "same" n = s o.

Derivation. What is linear in x and given as a transposed matrix has the matrix for its gradient: that of
x is the convolution of g, and the kernel's is as before, with the roles of x and g exchanged:

.. math::
    \bar x_{tc} &= \sum_j \sum_f g_{st + dj - p,\, f} \, W_{jcf}    \tag{3} \\
    \bar W_{jcf} &= \sum_t x_{tc} \; g_{st + dj - p,\, f}           \tag{4}

The definition writes zeros between the inputs, s - 1 of them, and adds up shifted copies. What runs is
``scatter``, which multiplies no zeros.

Sources: Zeiler et al. 2010, "Deconvolutional networks"; Dumoulin and Visin 2016, "A guide to convolution
arithmetic for deep learning", chapter 4.
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch.core import fused
from ml_from_scratch.core.checks import check_number

from .arithmetic import Axis, check_lengths, padding_pairs, spread
from .base import _KernelLayer
from .convolve import add_to_channels, check_channels, mix_channels, sum_of_channels
from .groups import exchanged, gather, scatter


def axes_back(
    lengths,
    kernel_size,
    stride=1,
    padding="valid",
    dilation=1,
    output_padding=0,
    who="a transposed convolution",
):
    """Return the Axis of each convolution that the transposed one is the way back of: n to ``lengths``.

    Raises
    ------
    ValueError
        If nothing is left of an axis when the padding is cut off.
    """
    dims = len(lengths)
    options = (spread(v, dims) for v in (kernel_size, stride, dilation, output_padding))
    pairs = (padding,) * dims if isinstance(padding, str) else padding_pairs(padding, dims)
    axes = []
    for o, k, s, d, a, pair in zip(lengths, *options, pairs):
        e = Axis(0, k, d=d).extent
        if pair == "same":
            pair = max(0, e - s) // 2, e - s - max(0, e - s) // 2
        before, after = (0, 0) if pair == "valid" else pair
        n = s * (o - 1) + e - before - after + a  # (2)
        if n < 1:
            raise ValueError(
                f"{who} makes {max(0, n)} places of {o} after padding has cut off {before} and {after}. "
                "Use less padding, or a larger input."
            )
        axes.append(Axis(n, k, s, d, before, after - a))
    return tuple(axes)


def convolve_transposed_definition(
    x, W, *b, stride=1, padding="valid", dilation=1, output_padding=0, groups=1
):
    """Return the transposed convolution of x with W, plus b, which may be left out.

    >>> x, W = np.array([[[1.0], [2.0]]]), np.array([[[1.0]], [[10.0]]])
    >>> convolve_transposed(x, W, stride=2).ravel().tolist()
    [1.0, 10.0, 2.0, 20.0]
    """
    check_channels(x, W, groups)
    axes = axes_back(x.shape[1:-1], W.shape[:-2], stride, padding, dilation, output_padding)
    y = b[0] if b else 0.0
    x = with_zeros_between(x, axes)
    for j in np.ndindex(*W.shape[:-2]):
        ends = [(a.d * i, a.extent - 1 - a.d * i + max(0, -a.after)) for a, i in zip(axes, j)]
        shifted = np.pad(mix_channels(x, W[j], groups), ((0, 0), *ends, (0, 0)))
        kept = (slice(a.before, a.before + a.n) for a in axes)
        y = y + shifted[(slice(None), *kept)]  # (1)
    return y


def with_zeros_between(x, axes):
    """Return x with s - 1 zeros between neighbours along each axis."""
    for i, a in enumerate(axes, start=1):
        before, o, behind = x.shape[:i], x.shape[i], x.shape[i + 1 :]
        apart = np.reshape(x, (*before, o, 1, *behind))
        apart = np.pad(apart, [(0, a.s - 1 if k == i + 1 else 0) for k in range(apart.ndim)])
        x = np.reshape(apart, (*before, o * a.s, *behind))
        x = x[(slice(None),) * i + (slice(0, a.s * (o - 1) + 1),)]
    return x


def convolve_transposed_forward(
    x, W, *b, stride=1, padding="valid", dilation=1, output_padding=0, groups=1
):
    """The same by gathering, phase after phase; keeps x and W."""
    check_channels(x, W, groups)
    axes = axes_back(x.shape[1:-1], W.shape[:-2], stride, padding, dilation, output_padding)
    y, _ = scatter(x, axes, exchanged(W, groups), groups=groups)
    if b:
        add_to_channels(y, b[0])
    return y, (x, W, axes, groups)


def convolve_transposed_vjp(g, residuals, wanted=(True, True, True)):
    """Return the gradients of x, W and b, each where it is wanted."""
    x, W, axes, groups = residuals
    kernel, other = (exchanged(W, groups) if wanted[0] else None), (x if wanted[1] else None)
    dx = dW = None
    if wanted[0] or wanted[1]:
        dx, dW = gather(g, axes, kernel, other, groups)  # (3) (4)
    dW = exchanged(dW, groups) if wanted[1] else None
    return (dx, dW, *(sum_of_channels(g) if w else None for w in wanted[2:]))


convolve_transposed = fused(
    convolve_transposed_definition,
    convolve_transposed_forward,
    convolve_transposed_vjp,
    name="convolve_transposed",
)


class _ConvTranspose(_KernelLayer):
    def __init__(
        self,
        filters,
        kernel_size,
        stride=1,
        padding="valid",
        output_padding=0,
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
        self.output_padding = check_lengths("output_padding", output_padding, self.dims, least=0)
        self._check_output_padding()

    def _check_output_padding(self):
        dims = self.dims
        extra, *others = (
            spread(v, dims) for v in (self.output_padding, self.stride, self.dilation)
        )
        if any(a >= max(s, d) for a, s, d in zip(extra, *others)):
            raise ValueError(
                f"output_padding must be smaller than the stride or the dilation; got {self.output_padding} with "
                f"stride={self.stride} and dilation={self.dilation}."
            )
        if any(extra) and self.padding == "same":
            raise ValueError(
                'padding="same" makes the output stride times as long: leave out output_padding, or give '
                "padding as numbers."
            )

    def _options(self):
        names = ("stride", "padding", "dilation", "output_padding")
        return {name: getattr(self, name) for name in names}

    def _lengths(self, lengths):
        axes = axes_back(lengths, self.kernel_size, **self._options(), who=type(self).__name__)
        return tuple(a.n for a in axes)

    def forward(self, x):
        """Return the transposed convolution of x with the weight, plus the bias."""
        return convolve_transposed(x, *self._parameters(), **self._options(), groups=self.groups)


class ConvTranspose1D(_ConvTranspose):
    """Transposed convolution over time: (batch, time, n_in) becomes (batch, outputs, filters).

    Parameters
    ----------
    filters : int
        How many output channels.
    kernel_size : int
        How many taps.
    stride : int
        How far apart the patches are that neighbouring inputs are added to.
    padding : "valid", "same", int or pair (before, after)
        How much is cut off the output's ends; "same" makes it stride times as long as the input.
    output_padding : int
        How much is not cut off behind, after all: less than the stride or the dilation.
    dilation, groups, use_bias, input_dim, kernel_initializer, bias_initializer, regularizer
        As for ``Conv1D``.

    Attributes
    ----------
    weight : Parameter of shape (kernel, n_in / groups, filters)
    bias : Parameter of shape (filters,), or None

    Examples
    --------
    >>> ConvTranspose1D(8, kernel_size=4, stride=2, padding=1)(np.ones((4, 50, 3), np.float32)).shape
    (4, 100, 8)
    """

    dims = 1


class ConvTranspose2D(_ConvTranspose):
    """Transposed convolution over an image: (batch, height, width, n_in) to (batch, *outputs, filters).

    Parameters
    ----------
    filters : int
        How many output channels.
    kernel_size, stride, dilation, output_padding : int or pair (for height, for width)
        As for ``ConvTranspose1D``.
    padding : "valid", "same", int, or for each axis an int or a pair (before, after)
        How much is cut off the output's sides.
    groups, use_bias, input_dim, kernel_initializer, bias_initializer, regularizer
        As for ``Conv1D``.

    Attributes
    ----------
    weight : Parameter of shape (kernel height, kernel width, n_in / groups, filters)
    bias : Parameter of shape (filters,), or None

    Examples
    --------
    >>> ConvTranspose2D(8, kernel_size=3, stride=2, padding="same")(np.ones((4, 7, 7, 16), np.float32)).shape
    (4, 14, 14, 8)
    """

    dims = 2
