r"""Group normalisation: each sample's channels, in groups, are brought to mean 0 and variance 1.

With the numbers :math:`x_{pc}` of one sample at all places p, and c in one group of channels, M in all,

.. math::
    \mu &= \tfrac1M \textstyle\sum_{p, c} x_{pc}, \qquad
        \sigma^2 = \tfrac1M \textstyle\sum_{p, c} (x_{pc} - \mu)^2 \tag{1} \\
    y_{pc} &= \gamma_c \, (x_{pc} - \mu) / \sqrt{\sigma^2 + \varepsilon} + \beta_c \tag{2}

x, y: (batch, *places, channels). No other sample matters: small batches are as good as large ones. With one
group it is layer normalisation over places and channels, with as many groups as channels instance
normalisation (Ulyanov et al. 2016). Source: Wu and He 2018, "Group normalization", eq. 1 to 6.

It is written in differentiable NumPy: its derivative is the one of layer normalisation, in other groups.
"""

from __future__ import annotations

import math

import numpy as np

from ml_from_scratch.core import raw
from ml_from_scratch.core.checks import check_number

from .base import _Normalization


class GroupNorm(_Normalization):
    """Bring every group of channels of every sample to mean 0 and variance 1, over all its places.

    Parameters
    ----------
    groups : int
        Into how many groups the channels are cut; as many as channels is instance normalisation.
    eps : float
        What is added to the variance.
    use_weight, use_bias : bool
        Whether there are a weight and a bias for each channel.
    input_dim : int, optional
        How many channels; otherwise ``build`` or the first batch says so.

    Attributes
    ----------
    weight, bias : Parameter of shape (channels,), or None

    Raises
    ------
    ValueError
        If the input has no batch axis, another number of channels, or one that cannot be cut so.
    TypeError
        If the input is floating-point of another dtype than the weights. Integers are converted.

    Examples
    --------
    >>> layer = GroupNorm(2)
    >>> layer(np.array([[1.0, 3.0, 10.0, 30.0]], np.float32)).data.round(2).tolist()
    [[-1.0, 1.0, -1.0, 1.0]]
    """

    def __init__(self, groups, eps=1e-5, use_weight=True, use_bias=True, input_dim=None):
        super().__init__(eps, use_weight, use_bias, input_dim)
        self.groups = check_number("groups", groups, least=1, integer=True)

    def check_shape(self, input_shape):
        """Check the number of channels, and that they can be cut into groups."""
        super().check_shape(input_shape)
        if input_shape[-1] % self.groups:
            raise ValueError(
                f"GroupNorm cuts its channels into groups={self.groups}, and {input_shape[-1]} channels cannot be "
                "cut so."
            )

    def forward(self, x):
        """Return the normalised groups, times the weight plus the bias."""
        C, G = x.shape[-1], self.groups
        parts = np.reshape(x, (x.shape[0], math.prod(x.shape[1:-1]), G, C // G))
        near = parts - np.mean(
            raw(parts), axis=(1, 3), keepdims=True
        )  # a mean far from 0 is rounded,
        centred = near - np.mean(
            near, axis=(1, 3), keepdims=True
        )  # and this is what is left of it  (1)
        variance = np.mean(centred * centred, axis=(1, 3), keepdims=True)  # (1)
        y = np.reshape(centred / np.sqrt(variance + self.eps), x.shape)
        y = y if self.weight is None else y * self.weight
        return y if self.bias is None else y + self.bias  # (2)
