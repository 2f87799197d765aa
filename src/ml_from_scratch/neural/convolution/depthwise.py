r"""The depthwise convolution: every channel by itself, with kernels of its own.

It is a convolution with as many groups as there are channels (``convolve``, equation 1): output channel
c m + i is input channel c seen by the i-th of its m kernels,

.. math::
    y_{t,\, cm + i} = b_{cm + i} + \sum_j x_{st + dj - p,\, c} \; W_{j,\, cm + i}

It mixes no channels. With a 1 x 1 convolution behind it, which mixes nothing else, it does much of what
a full convolution does, with about a k-th of the products for a kernel of k taps ("depthwise separable").

Sources: Sifre 2014, "Rigid-motion scattering for image classification", section 6.2; Howard et al. 2017,
"MobileNets: efficient convolutional neural networks for mobile vision applications".
"""

from __future__ import annotations

from ml_from_scratch.core.checks import check_number

from .convolve import _Convolution


class _DepthwiseConv(_Convolution):
    def __init__(
        self,
        kernel_size,
        depth_multiplier=1,
        stride=1,
        padding="valid",
        dilation=1,
        use_bias=True,
        input_dim=None,
        kernel_initializer=None,
        bias_initializer=None,
        regularizer=None,
    ):
        self.depth_multiplier = check_number(
            "depth_multiplier", depth_multiplier, least=1, integer=True
        )
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

    def _groups(self, n_in):
        return n_in

    def _n_out(self, n_in):
        return n_in * self.depth_multiplier

    def _built_groups(self):
        return self.weight.shape[-1] // self.depth_multiplier


class DepthwiseConv1D(_DepthwiseConv):
    """Convolution over time of every channel by itself, with ``depth_multiplier`` kernels for each.

    Output channel ``c * depth_multiplier + i`` is channel c seen by its i-th kernel.

    Parameters
    ----------
    kernel_size : int
        How many taps.
    depth_multiplier : int
        How many kernels each channel has.
    stride, padding, dilation, use_bias, input_dim, kernel_initializer, bias_initializer, regularizer
        As for ``Conv1D``.

    Attributes
    ----------
    weight : Parameter of shape (kernel, 1, n_in * depth_multiplier)
    bias : Parameter of shape (n_in * depth_multiplier,), or None

    Examples
    --------
    >>> import numpy as np
    >>> DepthwiseConv1D(3, depth_multiplier=2)(np.ones((4, 10, 5), np.float32)).shape
    (4, 8, 10)
    """

    dims = 1
    paddings = ("valid", "same", "causal")


class DepthwiseConv2D(_DepthwiseConv):
    """Convolution over an image of every channel by itself, with ``depth_multiplier`` kernels for each.

    Before a 1 x 1 convolution, which mixes the channels, it does much of what a full convolution does
    with a fraction of the weights ("depthwise separable"; Howard et al. 2017, "MobileNets").

    Parameters
    ----------
    kernel_size : int or pair
        How many taps.
    depth_multiplier : int
        How many kernels each channel has.
    stride, padding, dilation, use_bias, input_dim, kernel_initializer, bias_initializer, regularizer
        As for ``Conv2D``.

    Attributes
    ----------
    weight : Parameter of shape (kernel height, kernel width, 1, n_in * depth_multiplier)
    bias : Parameter of shape (n_in * depth_multiplier,), or None

    Examples
    --------
    >>> import numpy as np
    >>> layer = DepthwiseConv2D(3, padding="same").build((8, 8, 5), seed=0)
    >>> layer(np.ones((4, 8, 8, 5), np.float32)).shape, layer.weight.shape
    ((4, 8, 8, 5), (3, 3, 1, 5))
    """

    dims = 2
