r"""Sigmoid, softmax and their logarithms: one home for formulas that are easy to write and to overflow.

For a number :math:`x`, or for the entries :math:`x_k` along one axis, with :math:`m = \max_k x_k`:

.. math::
    \sigma(x) &= \frac{1}{1 + e^{-x}} = e^{-\log(e^0 + e^{-x})} \tag{1} \\
    \log \sigma(x) &= -\log(e^0 + e^{-x}) \tag{2} \\
    \mathrm{logsumexp}(x) &= m + \log \textstyle\sum_k e^{x_k - m} \tag{3} \\
    \mathrm{softmax}(x)_k &= \frac{e^{x_k - m}}{\sum_j e^{x_j - m}} \tag{4} \\
    \log \mathrm{softmax}(x)_k &= (x_k - m) - \log \textstyle\sum_j e^{x_j - m} \tag{5}

Subtracting :math:`m` changes nothing but the size of the numbers: no exponential is above 1, so
nothing overflows, and at least one is exactly 1, so that no sum is 0. All five are fused operations,
whose closed forms for an incoming gradient :math:`g` are, with :math:`s` the sigmoid or softmax:

.. math::
    \bar x &= g \, s (1 - s) \tag{6} \\
    \bar x &= g \, (1 - s) = g \, \sigma(-x) \tag{7} \\
    \bar x_k &= g \, s_k \tag{8} \\
    \bar x_k &= s_k \Big( g_k - \textstyle\sum_j g_j s_j \Big) \tag{9} \\
    \bar x_k &= g_k - s_k \textstyle\sum_j g_j \tag{10}

They take arrays or Tensors, keep float32, and turn integers into float64.
"""

from __future__ import annotations

import math

import numpy as np

from .arrays import floating
from .fused import fused
from .tape import raw

__all__ = ["sigmoid", "log_sigmoid", "logsumexp", "softmax", "log_softmax"]


# ---- sigmoid -------------------------------------------------------------------------------------
def sigmoid_definition(x):
    """Return 1 / (1 + exp(-x)), exact to the last digits in both tails.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    return np.exp(-np.logaddexp(0.0, -x))  # (1)


def sigmoid_forward(x):
    """The same with one exponential, of -abs(x), which cannot overflow; keeps the value."""
    x = floating(x)
    e = np.exp(-np.abs(x))
    s = np.reciprocal(np.add(e, 1.0, dtype=x.dtype))  # sigmoid(abs(x))
    s = np.where(x < 0, e * s, s)
    return s, s


def sigmoid_vjp(g, s, wanted=(True,)):
    """Return g s (1 - s)."""
    return (g * s * np.subtract(1.0, s, dtype=s.dtype),)  # (6)


sigmoid = fused(sigmoid_definition, sigmoid_forward, sigmoid_vjp, name="sigmoid")


# ---- log sigmoid ---------------------------------------------------------------------------------
def log_sigmoid_definition(x):
    """Return log(sigmoid(x)), finite wherever x is: about x for very negative x.

    >>> log_sigmoid(np.array([-1000.0, 1000.0])).tolist()
    [-1000.0, 0.0]
    """
    return -np.logaddexp(0.0, -x)  # (2)


def log_sigmoid_forward(x):
    """The same with one exponential; keeps x."""
    x = floating(x)
    return np.minimum(x, np.zeros_like(x)) - np.log1p(np.exp(-np.abs(x))), x


def log_sigmoid_vjp(g, x, wanted=(True,)):
    """Return g sigmoid(-x)."""
    return (g * sigmoid_forward(-x)[0],)  # (7)


log_sigmoid = fused(log_sigmoid_definition, log_sigmoid_forward, log_sigmoid_vjp, "log_sigmoid")


# ---- along an axis -------------------------------------------------------------------------------
def shift(x, axis):
    """Return (x - m, m): the largest entry m is a constant, since the results do not depend on it.

    Where m is infinite (all entries are -inf, say) 0 is taken in its place, as inf - inf is nothing.
    """
    m = largest_of(raw(x), axis)
    m = np.where(np.isfinite(m), m, np.zeros_like(m))
    return x - m, m


def moderate(x) -> float:
    """Return how large numbers may be whose exponentials are added up by the thousand, in x's dtype."""
    return 60.0 if x.dtype.itemsize > 2 else 0.0


def exponentials(x, axis):
    """Return exp(x - m) of a plain array, with a number m for each row that cancels when they are divided by a sum.

    m is 0 for a row of moderate numbers, where it need not be looked for, and the largest of any other: each
    row's own numbers decide.
    """
    limit = moderate(x)
    if x.size and -limit <= x.min() and x.max() <= limit:
        return np.exp(x)
    z, m = shift(x, axis)
    near = (np.max(np.abs(x), axis=axis, keepdims=True) <= limit) if x.size else m == 0
    z = np.where(near, x, z)
    return np.exp(z, out=z)


def in_rows(x, axis) -> bool:
    """Whether an axis is the last of several, along which NumPy's own reductions are slow."""
    return x.ndim > 1 and x.size > 0 and axis in (-1, x.ndim - 1)


def largest_of(x, axis):
    """Return the largest entries along an axis, which is kept, of a plain array.

    In rows NumPy finds the place of the largest entry in half the time that it takes to find its value.
    """
    if not in_rows(x, axis):
        return np.max(x, axis=axis, keepdims=True)
    return np.take_along_axis(x, np.argmax(x, axis=-1, keepdims=True), axis=-1)


def total_of(x, axis):
    """Return the sums along an axis, which is kept, of a plain array.

    In rows it is a product with ones, which takes a fifth of the time of ``np.sum``.
    """
    if not in_rows(x, axis):
        return np.sum(x, axis=axis, keepdims=True)
    n = x.shape[-1]
    rows = x.reshape(math.prod(x.shape[:-1]), n)
    return (rows @ np.ones_like(x, shape=(n,))).reshape(*x.shape[:-1], 1)


def logsumexp_definition(x, axis=-1, keepdims=False):
    """Return log(sum(exp(x))) along an axis.

    >>> round(float(logsumexp(np.array([1000.0, 1000.0]))), 6)
    1000.693147
    """
    z, m = shift(x, axis)
    out = m + np.log(np.sum(np.exp(z), axis=axis, keepdims=True))  # (3)
    return out if keepdims else np.squeeze(out, axis=axis)


def logsumexp_forward(x, axis=-1, keepdims=False):
    """The same; keeps the softmax."""
    z, m = shift(floating(x), axis)
    with np.errstate(divide="ignore", invalid="ignore"):  # all entries -inf: log(0), 0 / 0
        e = np.exp(z, out=z)
        total = total_of(e, axis)
        out = m + np.log(total)
        e /= total
    return (out if keepdims else np.squeeze(out, axis=axis)), (e, axis, keepdims)


def logsumexp_vjp(g, residuals, wanted=(True,)):
    """Return g softmax(x)."""
    s, axis, keepdims = residuals
    return ((g if keepdims else np.expand_dims(g, axis)) * s,)  # (8)


logsumexp = fused(logsumexp_definition, logsumexp_forward, logsumexp_vjp, "logsumexp")


def softmax_definition(x, axis=-1):
    """Return exp(x) / sum(exp(x)) along an axis: positive numbers that add up to 1.

    >>> softmax(np.array([[0.0, 0.0], [-1000.0, 1000.0]])).tolist()
    [[0.5, 0.5], [0.0, 1.0]]
    """
    e = np.exp(shift(x, axis)[0])
    return e / np.sum(e, axis=axis, keepdims=True)  # (4)


def softmax_forward(x, axis=-1):
    """The same with few passes; keeps the value."""
    s = exponentials(floating(x), axis)
    with np.errstate(invalid="ignore"):  # all entries -inf: 0 / 0 is NaN
        s /= total_of(s, axis)
    return s, (s, axis)


def softmax_vjp(g, residuals, wanted=(True,)):
    """Return s (g - sum(g s)): the Jacobian is diag(s) - s s^T."""
    s, axis = residuals
    d = g * s
    np.subtract(g, total_of(d, axis), out=d)
    d *= s  # (9)
    return (d,)


softmax = fused(softmax_definition, softmax_forward, softmax_vjp, "softmax")


def log_softmax_definition(x, axis=-1):
    """Return log(softmax(x)) along an axis, finite wherever x is.

    >>> log_softmax(np.array([0.0, 1000.0])).tolist()
    [-1000.0, 0.0]
    """
    z = shift(x, axis)[0]
    return z - np.log(np.sum(np.exp(z), axis=axis, keepdims=True))  # (5)


def log_softmax_forward(x, axis=-1):
    """The same in place; keeps the value."""
    z = shift(floating(x), axis)[0]
    with np.errstate(divide="ignore", invalid="ignore"):  # all entries -inf
        z -= np.log(total_of(np.exp(z), axis))
    return z, (z, axis)


def log_softmax_vjp(g, residuals, wanted=(True,)):
    """Return g - softmax(x) sum(g)."""
    log_s, axis = residuals
    d = np.exp(log_s)
    d *= total_of(g, axis)
    return (np.subtract(g, d, out=d),)  # (10)


log_softmax = fused(log_softmax_definition, log_softmax_forward, log_softmax_vjp, "log_softmax")
