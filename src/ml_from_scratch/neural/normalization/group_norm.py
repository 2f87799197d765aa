r"""Group normalisation: each sample's channels, in groups, are brought to mean 0 and variance 1.

With the numbers :math:`x_{pc}` of one sample at all places p, and c in one group of channels, M in all,

.. math::
    \mu &= \tfrac1M \textstyle\sum_{p, c} x_{pc}, \qquad
        \sigma^2 = \tfrac1M \textstyle\sum_{p, c} (x_{pc} - \mu)^2 \tag{1} \\
    y_{pc} &= \gamma_c \, (x_{pc} - \mu) / \sqrt{\sigma^2 + \varepsilon} + \beta_c \tag{2}

x, y: (batch, *places, channels). No other sample matters: small batches are as good as large ones. With one
group it is layer normalisation over places and channels, with as many groups as channels instance
normalisation (Ulyanov et al. 2016). Source: Wu and He 2018, "Group normalization", eq. 1 to 6.

The closed form, and its derivation, are in ``grouped``.
"""

from __future__ import annotations

import math

import numpy as np

from ml_from_scratch.core import fused
from ml_from_scratch.core.checks import check_number

from .base import _Normalization
from .grouped import grouped_forward, grouped_vjp


def group_norm_definition(x, weight=None, bias=None, groups=1, eps=1e-5):
    """Return x with mean 0 and variance 1 in each group of channels of a sample, times weight plus bias.

    >>> group_norm(np.array([[1.0, 3.0, 10.0, 30.0]]), groups=2, eps=1e-12).round(6).tolist()
    [[-1.0, 1.0, -1.0, 1.0]]
    """
    n_samples, n_places, n_channels = samples_of(x)
    parts = np.reshape(x, (n_samples, n_places, groups, n_channels // groups))
    centred = parts - np.mean(parts, axis=(1, 3), keepdims=True)  # (1)
    variance = np.mean(centred * centred, axis=(1, 3), keepdims=True)  # (1)
    y = np.reshape(centred / np.sqrt(variance + eps), x.shape)
    y = y if weight is None else y * weight
    return y if bias is None else y + bias  # (2)


def samples_of(x) -> tuple:
    """Return x's shape as (samples, places, channels)."""
    return len(x), math.prod(x.shape[1:-1]), x.shape[-1]


def group_norm_forward(x, weight=None, bias=None, groups=1, eps=1e-5):
    """The same in blocks; keeps x, the mean and r."""
    X = np.reshape(x, samples_of(x))
    y, residuals, _ = grouped_forward(X, weight, bias, groups, eps)
    return np.reshape(y, x.shape), (residuals, x.shape)


def group_norm_vjp(g, residuals, wanted=(True, True, True)):
    """Return the gradients of x, weight and bias, each where it is wanted."""
    residuals, shape = residuals
    dx, dw, db = grouped_vjp(np.reshape(g, samples_of(g)), residuals, wanted)
    return (None if dx is None else np.reshape(dx, shape)), dw, db


group_norm = fused(group_norm_definition, group_norm_forward, group_norm_vjp, name="group_norm")


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
        return group_norm(x, self.weight, self.bias, groups=self.groups, eps=self.eps)
