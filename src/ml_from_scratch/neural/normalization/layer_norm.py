r"""Layer normalisation: each sample, at each place, is brought to mean 0 and variance 1 by itself.

With a row x of n channels, weights :math:`\gamma` and biases :math:`\beta`,

.. math::
    \mu &= \tfrac1n \textstyle\sum_c x_c, \qquad \sigma^2 = \tfrac1n \textstyle\sum_c (x_c - \mu)^2 \tag{1} \\
    h_c &= (x_c - \mu) / \sqrt{\sigma^2 + \varepsilon} \tag{2} \\
    y_c &= \gamma_c h_c + \beta_c \tag{3}

x, y: (..., n), :math:`\gamma, \beta`: (n,). No other sample matters, so it does the same in training and
in evaluation. Source: Ba, Kiros and Hinton 2016, "Layer normalization", eq. 4.

Derivation. Let :math:`g = \partial L / \partial y`. Then

.. math::
    \bar\gamma &= \textstyle\sum_{rows} g \, h, \qquad \bar\beta = \textstyle\sum_{rows} g \tag{4}

and h gets :math:`\bar h = \gamma g`. A change of x moves h in three ways: itself, through :math:`\mu`, and
through :math:`\sigma`. By (1), :math:`\partial \mu / \partial x_c = 1/n` and :math:`\partial \sigma^2 / \partial
x_c = 2 (x_c - \mu) / n`, hence with :math:`r = 1 / \sqrt{\sigma^2 + \varepsilon}`

.. math::
    \bar x_c = r \Big( \bar h_c - \tfrac1n \textstyle\sum_k \bar h_k
        - h_c \, \tfrac1n \textstyle\sum_k \bar h_k h_k \Big) \tag{5}

what is left of :math:`\bar h` when its share along the constant row, and along h, is taken away.
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core import fused

from .base import _Normalization, as_rows, blocks_of_rows, ones


def layer_norm_definition(x, weight=None, bias=None, eps=1e-5):
    """Return x with mean 0 and variance 1 along its last axis, times weight plus bias (or without).

    >>> layer_norm(np.array([[1.0, 3.0]]), eps=1e-12).round(6).tolist()
    [[-1.0, 1.0]]
    """
    centred = x - np.mean(x, axis=-1, keepdims=True)  # (1)
    variance = np.mean(centred * centred, axis=-1, keepdims=True)  # (1)
    h = centred / np.sqrt(variance + eps)  # (2)
    h = h if weight is None else h * weight
    return h if bias is None else h + bias  # (3)


def layer_norm_forward(x, weight=None, bias=None, eps=1e-5):
    """The same in blocks; keeps h and r."""
    X, n = as_rows(x), x.shape[-1]
    H, share = np.empty_like(X, order="C"), ones(n, X) * (1.0 / max(n, 1))
    plain = weight is None and bias is None
    Y, R = H if plain else np.empty_like(H), np.empty_like(H, shape=(len(H),))
    for rows in blocks_of_rows(*X.shape):
        h, r = H[rows], R[rows]
        np.subtract(X[rows], (X[rows] @ share)[:, None], out=h)  # (1)
        np.sqrt(squares_of_rows(h) * (1.0 / max(n, 1)) + eps, out=r)  # (1)
        np.divide(1.0, r, out=r)
        h *= r[:, None]  # (2)
        if weight is not None:
            np.multiply(h, weight, out=Y[rows])
        elif bias is not None:
            Y[rows] = h
        if bias is not None:
            Y[rows] += bias  # (3)
    return np.reshape(Y, x.shape), (H, R, weight, x.shape)


def layer_norm_vjp(g, residuals, wanted=(True, True, True)):
    """Return the gradients of x, weight and bias, each where it is wanted."""
    H, R, weight, shape = residuals
    G = as_rows(g)
    dx = np.empty_like(H) if wanted[0] else None
    dw, db = (backend.zeros(H.shape[1:], H.dtype, H) if w else None for w in (*wanted, 0, 0)[1:3])
    share = (ones(H.shape[1], H) if weight is None else weight) * (1.0 / H.shape[1])
    scratch = None
    for rows in blocks_of_rows(*H.shape):
        g, h = G[rows], H[rows]
        scratch = np.empty_like(h) if scratch is None else scratch
        one, gh = ones(len(h), h), np.multiply(g, h, out=scratch[: len(h)])
        if dw is not None:
            dw += one @ gh  # (4)
        if db is not None:
            db += one @ g  # (4)
        if dx is None:
            continue
        along_ones, along_h = g @ share, gh @ share
        d = dx[rows]
        np.multiply(g, 1.0 if weight is None else weight, out=d)
        d -= along_ones[:, None]
        d -= np.multiply(h, along_h[:, None], out=gh)
        d *= R[rows][:, None]  # (5)
    return (None if dx is None else np.reshape(dx, shape)), dw, db


def squares_of_rows(X):
    """Return the sum of squares of every row, as a product of the row with itself."""
    return np.matmul(X[:, None, :], X[:, :, None])[:, 0, 0]


layer_norm = fused(layer_norm_definition, layer_norm_forward, layer_norm_vjp, name="layer_norm")


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
    >>> y = layer(np.array([[1.0, 2.0, 3.0, 4.0]], np.float32)).data
    >>> round(float(y.mean()), 3), round(float(y.std()), 3)
    (0.0, 1.0)
    """

    def __init__(self, eps=1e-5, use_weight=True, use_bias=True, input_dim=None):
        super().__init__(eps, use_weight, use_bias, input_dim)

    def forward(self, x):
        """Return the normalised rows, times the weight plus the bias."""
        return layer_norm(x, self.weight, self.bias, eps=self.eps)
