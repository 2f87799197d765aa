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
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core import fused

from .base import _Normalization, as_rows, beside_zeros, blocks_of_rows, ones


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
    """The same in blocks; keeps x less its mean, r and the weight, so that R @ W holds all products r weight."""
    X, n = as_rows(x), x.shape[-1]
    share = 1.0 / max(n, 1)
    shares = np.full_like(X, share, shape=(n,))
    C, Y = np.empty_like(X, order="C"), np.empty_like(X, order="C")
    R = np.zeros_like(X, shape=(len(X), 2), order="C")
    W = beside_zeros(ones(n, X) if weight is None else weight)
    for rows in blocks_of_rows(*X.shape):
        mean = X[rows] @ shares  # (1)
        c = np.subtract(X[rows], mean[:, None], out=C[rows])
        R[rows, 0] = 1.0 / np.sqrt(squares_of_rows(c) * share + eps)  # (2)
        y = np.matmul(R[rows], W, out=Y[rows])
        y *= c
        if bias is not None:
            y += bias  # (3)
    return np.reshape(Y, x.shape), (C, R, W, x.shape)


def layer_norm_vjp(g, residuals, wanted=(True, True, True)):
    """Return the gradients of x, weight and bias, each where it is wanted."""
    C, R, W, shape = residuals
    G, (of_x, of_weight, of_bias) = as_rows(g), (*wanted, False, False)[:3]
    dx = np.empty_like(C) if of_x else None
    dw, db = (backend.zeros(C.shape[1:], C.dtype, C) if w else None for w in (of_weight, of_bias))
    scratch = None
    for rows in blocks_of_rows(*C.shape):
        g, c, r = G[rows], C[rows], R[rows]
        scratch = np.empty_like(c) if scratch is None else scratch
        gc = np.multiply(g, c, out=scratch[: len(c)])
        if of_weight:
            dw += r[:, 0] @ gc  # (4)
        if of_bias:
            db += ones(len(g), g) @ g  # (4)
        if of_x:
            _gradient_of_x(g, gc, c, r, W, out=dx[rows])
    return (None if dx is None else np.reshape(dx, shape)), dw, db


def _gradient_of_x(g, gc, c, r, W, out):
    """Write (5) for a block, of which r times c is h; overwrites gc, which is g times c."""
    dx = np.matmul(r, W, out=out)
    dx *= g
    r, share = r[:, 0], W[0] * (1.0 / c.shape[1])
    along_ones, along_h = g @ share * r, gc @ share * r * r * r
    dx -= np.multiply(c, along_h[:, None], out=gc)
    dx -= along_ones[:, None]  # (5)


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
