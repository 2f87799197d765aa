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

Derivation. With :math:`g = \partial L / \partial y` and :math:`h = r (x - \mu)`,

.. math::
    \bar\gamma &= \textstyle\sum_i g_i h_i, \qquad \bar\beta = \textstyle\sum_i g_i \tag{4}

and, as for layer normalisation but down the columns, a change of x moves h itself, :math:`\mu` and
:math:`\sigma`, of which (4) already holds the sums:

.. math::
    \bar x_i = \gamma r \big( g_i - \tfrac1M \bar\beta - \tfrac1M \bar\gamma \, h_i \big) \tag{5}
"""

from __future__ import annotations

import math

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core import fused, raw
from ml_from_scratch.core.checks import check_number

from .base import _Normalization, as_rows, blocks_of_rows, ones, rows_in_a_line


def batch_norm_definition(x, weight=None, bias=None, moments=None, eps=1e-5):
    """Return x with mean 0 and variance 1 over all axes but the last, times weight plus bias.

    ``moments``, what ``moments_of(x)`` returns, only saves the fast form some work.

    >>> batch_norm(np.array([[1.0], [3.0]]), eps=1e-12).round(6).tolist()
    [[-1.0], [1.0]]
    """
    axes = tuple(range(x.ndim - 1))
    centred = x - np.mean(x, axis=axes)  # (1)
    r = 1.0 / np.sqrt(np.mean(centred * centred, axis=axes) + eps)  # (1)
    h = centred * r
    h = h if weight is None else h * weight
    return h if bias is None else h + bias  # (2)


def moments_of(x):
    """Return mean and variance of each channel of a plain array, each of shape (channels,).

    Twice through the data: the variance is that of what is left when the mean is taken away, so that
    it is right far from zero, too.

    >>> moments_of(np.array([[1.0], [3.0]]))
    (array([2.]), array([1.]))
    """
    lines = Lines(x)
    scratch = lines.scratch()
    mean = lines.per_channel(ones(len(lines.x), lines.x) @ lines.x)
    shift, total, squares = lines.along(mean), lines.zeros(), lines.zeros()
    for rows in lines.blocks():
        t = np.subtract(lines.x[rows], shift, out=scratch[: rows.stop - rows.start])
        one = ones(len(t), t)
        total += one @ t
        t *= t
        squares += one @ t
    rest = lines.per_channel(total)
    return mean + rest, lines.per_channel(squares) - rest * rest  # (1)


def batch_norm_forward(x, weight=None, bias=None, moments=None, eps=1e-5):
    """The same in blocks; keeps x, the mean and r."""
    mean, variance = moments_of(x) if moments is None else moments
    r = 1.0 / np.sqrt(variance + eps)
    lines = Lines(x)
    shift, factor = lines.along(mean), lines.along(r if weight is None else r * weight)
    more = None if bias is None else lines.along(bias)
    Y = np.empty_like(lines.x, order="C")
    for rows in lines.blocks():
        y = np.subtract(lines.x[rows], shift, out=Y[rows])
        y *= factor
        if more is not None:
            y += more  # (2)
    return np.reshape(Y, x.shape), (x, mean, r, weight)


def batch_norm_vjp(g, residuals, wanted=(True, True, True)):
    """Return the gradients of x, weight and bias, each where it is wanted."""
    x, mean, r, weight = residuals
    lines, G = Lines(x), Lines(g)
    shift, scratch = lines.along(mean), lines.scratch()
    db, dh = lines.zeros(), lines.zeros()
    for rows in lines.blocks():
        t = np.subtract(lines.x[rows], shift, out=scratch[: rows.stop - rows.start])
        t *= G.x[rows]
        one = ones(len(t), t)
        db += one @ G.x[rows]
        dh += one @ t
    db, dh = lines.sum_of_channel(db), lines.sum_of_channel(dh) * r  # (4)
    dx = _gradient_of_x(lines, G, shift, scratch, r, weight, db, dh) if wanted[0] else None
    some = (*wanted, False, False)
    return dx, (dh if some[1] else None), (db if some[2] else None)


def _gradient_of_x(lines, G, shift, scratch, r, weight, db, dh):
    a = r if weight is None else r * weight
    share = 1.0 / max(lines.n_rows, 1)
    of_g, of_one, of_x = (lines.along(v) for v in (a, a * db * -share, a * dh * r * -share))
    dx = np.empty_like(lines.x, order="C")
    for rows in lines.blocks():
        t = np.subtract(lines.x[rows], shift, out=scratch[: rows.stop - rows.start])
        t *= of_x
        d = np.multiply(G.x[rows], of_g, out=dx[rows])
        d += t
        d += of_one  # (5)
    return np.reshape(dx, lines.shape)


class Lines:
    """An array (..., channels) as lines of several rows each, since NumPy's short loops are slow."""

    def __init__(self, x):
        rows = as_rows(x)
        self.shape, (self.n_rows, self.n_channels) = x.shape, rows.shape
        self.repeats = rows_in_a_line(self.n_rows, self.n_channels)
        length = self.repeats * self.n_channels
        self.x = np.reshape(rows, (self.n_rows // self.repeats, length))

    def blocks(self):
        """Yield slices of lines."""
        return blocks_of_rows(*self.x.shape)

    def scratch(self):
        """Return room for a block."""
        first = next(iter(self.blocks()), slice(0, 0))
        return np.empty_like(self.x, shape=(first.stop, self.x.shape[1]))

    def zeros(self):
        """Return a line of zeros."""
        return backend.zeros(self.x.shape[1:], self.x.dtype, self.x)

    def along(self, of_channels):
        """Return what is known of channels (channels,) along a line."""
        return np.tile(of_channels, self.repeats)

    def sum_of_channel(self, line):
        """Return for each channel the sum over a line."""
        return np.sum(np.reshape(line, (self.repeats, self.n_channels)), axis=0)

    def per_channel(self, line):
        """Return for each channel the mean of its rows, from a line of sums."""
        return self.sum_of_channel(line) * (1.0 / max(self.n_rows, 1))


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
        mean, variance = moments_of(raw(x))
        self._take_in(mean, variance * (n / (n - 1)))
        return batch_norm(x, self.weight, self.bias, moments=(mean, variance), eps=self.eps)

    def _take_in(self, mean, variance):
        for running, new in ((self.running_mean, mean), (self.running_variance, variance)):
            running *= 1.0 - self.momentum
            running += self.momentum * new  # (3)

    def _as_before(self, x):
        """Return (2) with the running averages, as one product and one sum."""
        r = 1.0 / np.sqrt(self.running_variance + self.eps)
        factor = r if self.weight is None else r * self.weight
        y = (x - self.running_mean) * factor
        return y if self.bias is None else y + self.bias
