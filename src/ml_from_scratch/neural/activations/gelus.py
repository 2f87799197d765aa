r"""GELU: the input times the probability that a standard normal number is below it.

.. math::
    \mathrm{gelu}(x) &= x \, \Phi(x) = \frac{x}{2} \Big( 1 + \mathrm{erf} \frac{x}{\sqrt 2} \Big) \tag{1} \\
    \mathrm{gelu}(x) &\approx \frac{x}{2} \Big( 1 + \tanh u \Big), \quad
                       u = \sqrt{2 / \pi} \, (x + 0.044715 \, x^3) \tag{2}

The second, within 5e-4 of the first, is the default: it is what GPT-2 was trained with, and NumPy has a
tanh but no erf. Both keep their derivative from the forward pass. With :math:`\varphi` the normal density,
and for (2) with :math:`s = (1 + \tanh u) / 2`, for which :math:`s' = 2 s (1 - s) \, u'`,

.. math::
    \frac{dy}{dx} &= \Phi(x) + x \, \varphi(x) \tag{3} \\
    \frac{dy}{dx} &= s + x \, s' = s + 2 x \, s (1 - s) \, \sqrt{2 / \pi} \, (1 + 3 \cdot 0.044715 \, x^2) \tag{4}

Source: Hendrycks and Gimpel 2016, "Gaussian error linear units", section 2.
"""

from __future__ import annotations

import math

import numpy as np

from ml_from_scratch.core import fused
from ml_from_scratch.core.checks import check_choice

from ..layer import Layer
from .elementwise import elementwise
from .error_function import erf

C = math.sqrt(2.0 / math.pi)
A = 0.044715 * C
FAR = 10.0  # where tanh is 1 to the last digit; the cube of much larger numbers would overflow
BLOCK = 1 << 13  # elements that are worked on at a time, so that they stay in the cache


def gelu_tanh_definition(x):
    """Return x Phi(x) by the formula with tanh."""
    z = np.clip(x, -FAR, FAR)
    u = z * (C + A * np.square(z))
    return x * 0.5 * (1.0 + np.tanh(u))  # (2)


@elementwise
def gelu_tanh_forward(x):
    """The same, block by block; keeps the derivative."""
    y, d = np.empty_like(x, order="C"), np.empty_like(x, order="C")
    flat, ys, ds = x.reshape(-1), y.reshape(-1), d.reshape(-1)
    for i in range(0, len(flat), BLOCK):
        part = slice(i, i + BLOCK)
        _block(flat[part], ys[part], ds[part])
    return y, d


def _block(x, y, d):
    z = np.clip(x, -FAR, FAR)
    s = z * z
    s *= A
    np.multiply(s, 6.0, out=d)
    d += 2.0 * C
    d *= z  # 2 x u'
    s += C
    s *= z
    np.tanh(s, out=s)
    s *= 0.5
    s += 0.5
    np.multiply(x, s, out=y)
    t = s * s
    np.subtract(s, t, out=t)  # s (1 - s)
    d *= t
    d += s  # (4)


def gelu_vjp(g, d, wanted=(True,)):
    """Return g times the derivative."""
    return (g * d,)


gelu_tanh = fused(gelu_tanh_definition, gelu_tanh_forward, gelu_vjp, name="gelu_tanh")


def gelu_exact_definition(x):
    """Return x Phi(x), with the error function."""
    return x * 0.5 * (1.0 + erf(x * math.sqrt(0.5)))  # (1)


@elementwise
def gelu_exact_forward(x):
    """The same; keeps the derivative."""
    phi = erf.forward(np.multiply(x, math.sqrt(0.5), dtype=x.dtype))[0]
    phi += 1.0
    phi *= 0.5
    with np.errstate(over="ignore"):  # x squared may be infinite: the density is 0 there
        d = np.exp(np.multiply(x * x, -0.5, dtype=x.dtype))
    d *= x
    d *= 1.0 / math.sqrt(2.0 * math.pi)
    d += phi  # (3)
    return x * phi, d


gelu_exact = fused(gelu_exact_definition, gelu_exact_forward, gelu_vjp, name="gelu_exact")


def gelu(x, approximate="tanh"):
    """Return x Phi(x), by "tanh" or exactly, with "none", as torch calls it.

    >>> [round(y, 6) for y in gelu(np.array([-1.0, 0.0, 1.0])).tolist()]
    [-0.158808, 0.0, 0.841192]
    >>> [round(y, 6) for y in gelu(np.array([-1.0, 0.0, 1.0]), "none").tolist()]
    [-0.158655, 0.0, 0.841345]
    """
    return gelu_tanh(x) if approximate == "tanh" else gelu_exact(x)


class GELU(Layer):
    """x Phi(x).

    Parameters
    ----------
    approximate : {"tanh", "none"}
        The formula with tanh (2), or the exact one (1), which takes about three times as long.
    """

    def __init__(self, approximate="tanh"):
        self.approximate = check_choice("approximate", approximate, ("tanh", "none"))

    def forward(self, x):
        """Return gelu(x, approximate)."""
        return gelu(x, self.approximate)
