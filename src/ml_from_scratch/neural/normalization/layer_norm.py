r"""Layer normalisation: each sample, at each place, is brought to mean 0 and variance 1 by itself.

With a row x of n channels, weights :math:`\gamma` and biases :math:`\beta`,

.. math::
    \mu &= \tfrac1n \textstyle\sum_c x_c, \qquad \sigma^2 = \tfrac1n \textstyle\sum_c (x_c - \mu)^2 \tag{1} \\
    r &= 1 / \sqrt{\sigma^2 + \varepsilon} \tag{2} \\
    y_c &= \gamma_c \, r \, (x_c - \mu) + \beta_c \tag{3}

x, y: (..., n), :math:`\gamma, \beta`: (n,). No other sample matters, so it does the same in training and
in evaluation. Source: Ba, Kiros and Hinton 2016, "Layer normalization", eq. 4.

Derivation. Let :math:`g = \partial L / \partial y` and :math:`h = r (x - \mu)`. Then

.. math::
    \bar\gamma &= \textstyle\sum_{rows} g \, h, \qquad \bar\beta = \textstyle\sum_{rows} g \tag{4}

and h gets :math:`\bar h = \gamma g`. A change of x moves h in three ways: itself, through :math:`\mu`, and
through :math:`\sigma`. By (1), :math:`\partial \mu / \partial x_c = 1/n` and :math:`\partial \sigma^2 / \partial
x_c = 2 (x_c - \mu) / n`, hence

.. math::
    \bar x_c = r \Big( \bar h_c - \tfrac1n \textstyle\sum_k \bar h_k
        - h_c \, \tfrac1n \textstyle\sum_k \bar h_k h_k \Big) \tag{5}

what is left of :math:`\bar h` when its share along the constant row, and along h, is taken away.

The code has both passes in another form. Where facts of rows meet facts of channels NumPy broadcasts
slowly, while a product of two slim matrices is as fast as a copy, so that x and g meet nothing else:

.. math::
    y &= x \odot r \gamma^T + (- r \mu \gamma^T + 1 \beta^T) \\
    \bar x &= g \odot r \gamma^T + x \odot s 1^T + t 1^T, \qquad
        s = - r^2 b, \quad t = - r a - s \mu

with the means :math:`a = \tfrac1n \sum_k \bar h_k` and :math:`b = \tfrac1n \sum_k \bar h_k h_k` of each row.
"""

from __future__ import annotations

import math

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core import fused

from .base import FAR, _Normalization, as_rows, blocks_of_rows, far_from_zero


def layer_norm_definition(x, weight=None, bias=None, eps=1e-5):
    """Return x with mean 0 and variance 1 along its last axis, times weight plus bias (or without).

    >>> layer_norm(np.array([[1.0, 3.0]]), eps=1e-12).round(6).tolist()
    [[-1.0, 1.0]]
    """
    centred = x - np.mean(x, axis=-1, keepdims=True)  # (1)
    variance = np.mean(centred * centred, axis=-1, keepdims=True)  # (1)
    h = centred * (1.0 / np.sqrt(variance + eps))  # (2)
    h = h if weight is None else h * weight
    return h if bias is None else h + bias  # (3)


def layer_norm_forward(x, weight=None, bias=None, eps=1e-5):
    """The same in blocks; keeps x, the facts A of its rows, (r, -r mean, 1), and what x is multiplied with.

    Rows far from zero are moved there first, for the sake of digits: a layer norm does not see where rows are.
    """
    X, n = as_rows(x), x.shape[-1]
    Z, Y = X, np.empty_like(X, order="C")
    A = np.ones_like(X, shape=(3, len(X)), order="C")
    of_x, of_one = np.zeros_like(X, shape=(2, 3, n), order="C")
    of_x[0] = of_one[1] = 1.0 if weight is None else weight
    of_one[2] = 0.0 if bias is None else bias
    scratch = None
    for rows in blocks_of_rows(*X.shape):
        a = A[:, rows]
        mean, variance = moments_of_rows(X[rows])
        far = far_from_zero(mean, variance)
        if far.any():
            Z = X.copy() if Z is X else Z
            Z[rows] -= np.where(far, mean, np.zeros_like(mean))[:, None]
            mean, variance = moments_of_rows(Z[rows])
        np.divide(1.0, np.sqrt(variance + eps), out=a[0])  # (2)
        np.multiply(-a[0], mean, out=a[1])
        y = np.matmul(a.T, of_x, out=Y[rows])
        y *= Z[rows]
        scratch = np.empty_like(y) if scratch is None else scratch
        y += np.matmul(a.T, of_one, out=scratch[: len(y)])  # (3)
    return np.reshape(Y, x.shape), (Z, A, of_x, x.shape)


def layer_norm_vjp(g, residuals, wanted=(True, True, True)):
    """Return the gradients of x, weight and bias, each where it is wanted."""
    X, A, of_x, shape = residuals
    G, (x_wanted, *of_channels) = as_rows(g), (*wanted, False, False)[:3]
    dx = np.empty_like(X, order="C") if x_wanted else None
    d_channels = backend.zeros((2, X.shape[1]), X.dtype, X)  # of weight and bias
    scratch = None
    for rows in blocks_of_rows(*X.shape):
        g, x, a = G[rows], X[rows], A[:, rows]
        scratch = np.empty_like(x, order="C") if scratch is None else scratch
        gx = np.multiply(g, x, out=scratch[: len(x)])
        if any(of_channels):
            d_channels += a[1:] @ g  # (4)
            d_channels[0] += a[0] @ gx  # (4)
        if x_wanted:
            _gradient_of_x(g, gx, x, a, of_x, out=dx[rows])
    dw, db = (d if w else None for d, w in zip(d_channels, of_channels))
    return (None if dx is None else np.reshape(dx, shape)), dw, db


def _gradient_of_x(g, gx, x, a, of_x, out):
    """Write (5) for a block; overwrites gx, which is g times x."""
    (r, minus_r_mean, _), share = a, of_x[0] * (1.0 / x.shape[1])
    along_ones = g @ share
    along_h = r * (gx @ share) + minus_r_mean * along_ones
    st = np.empty_like(a[:2])
    np.multiply(-r * r, along_h, out=st[0])
    np.multiply(-r, along_ones + minus_r_mean * along_h, out=st[1])
    units = np.zeros_like(of_x, shape=(2, 2, x.shape[1]))
    units[0, 0] = units[1, 1] = 1.0
    dx = np.matmul(a.T, of_x, out=out)
    dx *= g
    of_s = np.matmul(st.T, units[0], out=gx)
    of_s *= x
    dx += of_s
    dx += np.matmul(st.T, units[1], out=gx)  # (5)


def layer_norm_value(x, weight=None, bias=None, eps=1e-5):
    """The same, with nothing kept: for a single row, as a text has that is being written, in few calls."""
    n = x.shape[-1]
    if x.size != n or not n:
        return layer_norm_forward(x, weight, bias, eps)[0]
    mean = x.sum().item() / n
    y = x - mean  # (1)
    row = y.reshape(n)
    variance = row.dot(row).item() / n  # (1)
    if not 0.0 < variance + eps < math.inf or mean * mean > FAR * variance:
        return layer_norm_forward(x, weight, bias, eps)[0]
    y *= 1.0 / math.sqrt(variance + eps)  # (2)
    if weight is not None:
        y *= weight
    if bias is not None:
        y += bias  # (3)
    return y


def moments_of_rows(x):
    """Return mean and variance of every row."""
    share = 1.0 / max(x.shape[1], 1)
    mean = x @ np.full_like(x, share, shape=(x.shape[1],))
    variance = squares_of_rows(x) * share
    variance -= mean * mean  # (1)
    return mean, np.maximum(variance, 0.0, out=variance)


def squares_of_rows(X):
    """Return the sum of squares of every row, as a product of the row with itself."""
    return np.matmul(X[:, None, :], X[:, :, None])[:, 0, 0]


layer_norm = fused(
    layer_norm_definition, layer_norm_forward, layer_norm_vjp, "layer_norm", layer_norm_value
)


class LayerNorm(_Normalization):
    """Bring every sample, at each of its places, to mean 0 and variance 1 over the channels.

    Parameters
    ----------
    eps : float
        What is added to the variance, so that a constant row becomes zeros.
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
        If the input has no batch axis, or another number of channels.
    TypeError
        If the input is floating-point of another dtype than the weights. Integers are converted.

    Examples
    --------
    >>> layer = LayerNorm(input_dim=4)
    >>> layer(np.array([[1.0, 1.0, 3.0, 3.0]], np.float32)).data.round(4).tolist()
    [[-1.0, -1.0, 1.0, 1.0]]
    """

    def __init__(self, eps=1e-5, use_weight=True, use_bias=True, input_dim=None):
        super().__init__(eps, use_weight, use_bias, input_dim)

    def forward(self, x):
        """Return the normalised rows, times the weight plus the bias."""
        return layer_norm(x, self.weight, self.bias, eps=self.eps)
