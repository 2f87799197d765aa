r"""Batch normalisation: each channel is brought to mean 0 and variance 1 over the batch.

With the M numbers :math:`x_i` that a channel has in a batch, at all places of all samples, and one weight
:math:`\gamma` and one bias :math:`\beta` for each channel,

.. math::
    \mu &= \tfrac1M \textstyle\sum_i x_i, \qquad \sigma^2 = \tfrac1M \textstyle\sum_i (x_i - \mu)^2 \tag{1} \\
    y_i &= \gamma \, r \, (x_i - \mu) + \beta, \qquad r = 1 / \sqrt{\sigma^2 + \varepsilon} \tag{2}

x, y: (batch, *places, channels). In evaluation a sample must not depend on its neighbours: (2) then takes
running averages in place of :math:`\mu` and :math:`\sigma^2`, which training has kept, with the unbiased
variance (a momentum of 0.1 takes a tenth of the new and nine tenths of the old):

.. math::
    \hat\mu \leftarrow (1 - m) \hat\mu + m \mu, \qquad
        \hat\sigma^2 \leftarrow (1 - m) \hat\sigma^2 + m \tfrac{M}{M - 1} \sigma^2 \tag{3}

Source: Ioffe and Szegedy 2015, "Batch normalization: accelerating deep network training by reducing internal
covariate shift", algorithms 1 and 2.

The closed form is in ``grouped``, of which this is the case of one sample, whose places are all there are.
"""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from ml_from_scratch.core import fused
from ml_from_scratch.core.checks import check_number

from .base import _Normalization, as_rows
from .grouped import grouped_forward, grouped_vjp


def batch_norm_definition(x, weight=None, bias=None, eps=1e-5, keep=None):
    """Return x with mean 0 and variance 1 over all axes but the last, times weight plus bias.

    The fast form calls ``keep(mean, variance)``, if given, with what it has found, each of shape (channels,).

    >>> batch_norm(np.array([[1.0], [3.0]]), eps=1e-12).round(6).tolist()
    [[-1.0], [1.0]]
    """
    axes = tuple(range(x.ndim - 1))
    centred = x - np.mean(x, axis=axes)  # (1)
    r = 1.0 / np.sqrt(np.mean(centred * centred, axis=axes) + eps)  # (1)
    h = centred * r
    h = h if weight is None else h * weight
    return h if bias is None else h + bias  # (2)


def batch_norm_forward(x, weight=None, bias=None, eps=1e-5, keep=None):
    """The same in blocks; keeps x, the mean and r."""
    y, residuals, moments = grouped_forward(as_rows(x)[None], weight, bias, x.shape[-1], eps)
    if keep is not None:
        keep(*(v[0] for v in moments))
    return np.reshape(y, x.shape), (residuals, x.shape)


def batch_norm_vjp(g, residuals, wanted=(True, True, True)):
    """Return the gradients of x, weight and bias, each where it is wanted."""
    residuals, shape = residuals
    dx, dw, db = grouped_vjp(as_rows(g)[None], residuals, wanted)
    return (None if dx is None else np.reshape(dx, shape)), dw, db


batch_norm = fused(batch_norm_definition, batch_norm_forward, batch_norm_vjp, name="batch_norm")


class BatchNorm(_Normalization):
    """Bring every channel to mean 0 and variance 1 over the batch and all places.

    In training the batch's own mean and variance are used, and taken into running averages; evaluation
    uses those, so that a sample's output does not depend on its neighbours.

    Parameters
    ----------
    momentum : float
        Which share of a batch's statistics goes into the running ones, from 0 to 1, as in torch.
    eps : float
        What is added to the variance.
    use_weight, use_bias : bool
        Whether there are a weight and a bias for each channel.
    input_dim : int, optional
        How many channels; otherwise ``build`` or the first batch says so.

    Attributes
    ----------
    weight, bias : Parameter of shape (channels,), or None
    running_mean, running_variance : array of shape (channels,)
        Saved, and not trained.

    Raises
    ------
    ValueError
        If the input has no batch axis, or another number of channels; and in training, if there is one
        number a channel: its variance is 0, and everything would become the bias.
    TypeError
        If the input is floating-point of another dtype than the weights. Integers are converted.

    Examples
    --------
    >>> layer = BatchNorm(momentum=1.0)
    >>> layer(np.array([[1.0], [3.0]], np.float32)).data.round(3).tolist()
    [[-1.0], [1.0]]
    >>> layer.running_mean.tolist(), layer.running_variance.tolist()
    ([2.0], [2.0])
    >>> layer.eval()(np.array([[2.0]], np.float32)).data.tolist()
    [[0.0]]
    """

    buffers = ("running_mean", "running_variance")
    running_mean = running_variance = None

    def __init__(self, momentum=0.1, eps=1e-5, use_weight=True, use_bias=True, input_dim=None):
        super().__init__(eps, use_weight, use_bias, input_dim)
        self.momentum = check_number("momentum", momentum, least=0, most=1)

    def create(self, input_shape, rng):
        """Begin with weights of 1, biases of 0, and running averages of a standard normal."""
        super().create(input_shape, rng)
        n = input_shape[-1]
        self.running_mean, self.running_variance = np.zeros(n, self.dtype), np.ones(n, self.dtype)

    def forward(self, x):
        """Return the normalised channels, times the weight plus the bias."""
        if not self.training:
            return self._as_before(x)
        n = math.prod(x.shape[:-1])
        if n == 1:
            raise ValueError(
                f"BatchNorm has one number a channel in this training batch of shape {tuple(x.shape)}, whose "
                "variance is 0. Use larger batches (drop a last one of one sample), LayerNorm, or eval()."
            )
        if n == 0:
            return batch_norm(x, self.weight, self.bias, eps=self.eps)
        keep = partial(self._take_in, unbiased=n / (n - 1))
        return batch_norm(x, self.weight, self.bias, eps=self.eps, keep=keep)

    def _take_in(self, mean, variance, unbiased):
        for running, new in (
            (self.running_mean, mean),
            (self.running_variance, variance * unbiased),
        ):
            running *= 1.0 - self.momentum
            running += self.momentum * new  # (3)

    def _as_before(self, x):
        """Return (2) with the running averages, as one product and one sum."""
        r = 1.0 / np.sqrt(self.running_variance + self.eps)
        factor = r if self.weight is None else r * self.weight
        y = (x - self.running_mean) * factor
        return y if self.bias is None else y + self.bias
