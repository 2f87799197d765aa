r"""RMS normalisation: each row is divided by its root mean square; no mean is taken away.

With a row x of n channels and weights :math:`\gamma`,

.. math::
    r &= 1 / \sqrt{\tfrac1n \textstyle\sum_c x_c^2 + \varepsilon} \tag{1} \\
    y_c &= \gamma_c \, r \, x_c \tag{2}

x, y: (..., n), :math:`\gamma`: (n,). Source: Zhang and Sennrich 2019, "Root mean square layer
normalization", eq. 4.

Derivation. With :math:`g = \partial L / \partial y`, :math:`\bar h = \gamma g` and :math:`h = r x`, a change of
x moves h itself and, by (1), :math:`\partial r / \partial x_c = - r^3 x_c / n`:

.. math::
    \bar\gamma &= \textstyle\sum_{rows} g \, h \tag{3} \\
    \bar x_c &= r \Big( \bar h_c - h_c \, \tfrac1n \textstyle\sum_k \bar h_k h_k \Big) \tag{4}
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core import fused

from .base import _Normalization, as_rows, blocks_of_rows, ones
from .layer_norm import squares_of_rows


def rms_norm_definition(x, weight=None, eps=1e-6):
    """Return x divided by its root mean square along the last axis, times weight (or without).

    >>> rms_norm(np.array([[3.0, 4.0, 0.0, 0.0]]), eps=1e-12).round(6).tolist()
    [[1.2, 1.6, 0.0, 0.0]]
    """
    r = 1.0 / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + eps)  # (1)
    return x * r if weight is None else x * r * weight  # (2)


def rms_norm_forward(x, weight=None, eps=1e-6):
    """The same in blocks; keeps x and r."""
    X = as_rows(x)
    Y, R = np.empty_like(X, order="C"), np.empty_like(X, shape=(len(X),))
    for rows in blocks_of_rows(*X.shape):
        r, y = R[rows], Y[rows]
        np.sqrt(squares_of_rows(X[rows]) * (1.0 / max(X.shape[1], 1)) + eps, out=r)
        np.divide(1.0, r, out=r)  # (1)
        np.multiply(X[rows], r[:, None], out=y)
        if weight is not None:
            y *= weight  # (2)
    return np.reshape(Y, x.shape), (X, R, weight, x.shape)


def rms_norm_vjp(g, residuals, wanted=(True, True)):
    """Return the gradients of x and weight, each where it is wanted."""
    X, R, weight, shape = residuals
    G, n = as_rows(g), X.shape[1]
    dx = np.empty_like(X, order="C") if wanted[0] else None
    dw = backend.zeros((n,), X.dtype, X) if (*wanted, False)[1] else None
    share = (ones(n, X) if weight is None else weight) * (1.0 / max(n, 1))
    for rows in blocks_of_rows(*X.shape):
        g, r = G[rows], R[rows]
        h = X[rows] * r[:, None]
        gh = g * h
        if dw is not None:
            dw += ones(len(h), h) @ gh  # (3)
        if dx is not None:
            d = np.multiply(g, 1.0 if weight is None else weight, out=dx[rows])
            h *= (gh @ share)[:, None]
            d -= h
            d *= r[:, None]  # (4)
    return (None if dx is None else np.reshape(dx, shape)), dw


rms_norm = fused(rms_norm_definition, rms_norm_forward, rms_norm_vjp, name="rms_norm")


class RMSNorm(_Normalization):
    """Divide every sample, at each of its places, by its root mean square over the channels.

    Parameters
    ----------
    eps : float
        What is added to the mean square. (torch's default is the dtype's machine epsilon.)
    use_weight : bool
        Whether there is a weight for each channel.
    input_dim : int, optional
        How many channels; otherwise ``build`` or the first batch says so.

    Attributes
    ----------
    weight : Parameter of shape (channels,), or None

    Raises
    ------
    ValueError
        If the input has no batch axis, or another number of channels.
    TypeError
        If the input is floating-point of another dtype than the weights. Integers are converted.

    Examples
    --------
    >>> y = RMSNorm()(np.array([[3.0, 4.0]], np.float32)).data
    >>> round(float(np.mean(y**2)), 5)
    1.0
    """

    def __init__(self, eps=1e-6, use_weight=True, input_dim=None):
        super().__init__(eps, use_weight, False, input_dim)

    def forward(self, x):
        """Return the rows, divided by their root mean squares, times the weight."""
        return rms_norm(x, self.weight, eps=self.eps)
