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
from .elementwise import times_slope, with_slope
from .error_function import erf

C = math.sqrt(2.0 / math.pi)
A = 0.044715 * C
FAR = 10.0  # where tanh is 1 to the last digit; the cube of much larger numbers would overflow


def gelu_tanh_definition(x):
    """Return x Phi(x) by the formula with tanh."""
    z = np.clip(x, -FAR, FAR)
    u = z * (C + A * np.square(z))
    return x * 0.5 * (1.0 + np.tanh(u))  # (2)


def gelu_tanh_block(x, y, d):
    """Write the value to y and the derivative to d, unless it is None."""
    z = x.clip(-FAR, FAR)
    s = z * z
    s *= A
    if d is not None:
        np.multiply(s, 6.0, out=d)
        d += 2.0 * C
        d *= z  # 2 x u'
    s += C
    s *= z
    np.tanh(s, out=s)
    s *= 0.5
    s += 0.5
    np.multiply(x, s, out=y)  # (2)
    if d is not None:
        t = s * s
        np.subtract(s, t, out=t)  # s (1 - s)
        d *= t
        d += s  # (4)


gelu_tanh_forward, gelu_tanh_value = with_slope(gelu_tanh_block)
gelu_tanh = fused(
    gelu_tanh_definition, gelu_tanh_forward, times_slope, "gelu_tanh", gelu_tanh_value
)


def gelu_exact_definition(x):
    """Return x Phi(x), with the error function."""
    return x * 0.5 * (1.0 + erf(x * math.sqrt(0.5)))  # (1)


def gelu_exact_block(x, y, d):
    """Write the value to y and the derivative to d, unless it is None."""
    phi = erf.value(x * math.sqrt(0.5))
    phi += 1.0
    phi *= 0.5
    np.multiply(x, phi, out=y)  # (1)
    if d is None:
        return
    with np.errstate(over="ignore"):  # x squared may be infinite: the density is 0 there
        np.multiply(x, x, out=d)
    d *= -0.5
    np.exp(d, out=d)
    d *= x
    d *= 1.0 / math.sqrt(2.0 * math.pi)
    d += phi  # (3)


gelu_exact_forward, gelu_exact_value = with_slope(gelu_exact_block)
gelu_exact = fused(
    gelu_exact_definition, gelu_exact_forward, times_slope, "gelu_exact", gelu_exact_value
)


OPERATIONS = {"tanh": gelu_tanh, "none": gelu_exact}


def gelu(x, approximate="tanh"):
    """Return x Phi(x), by "tanh" or exactly, with "none", as torch calls it.

    >>> [round(y, 6) for y in gelu(np.array([-1.0, 0.0, 1.0])).tolist()]
    [-0.158808, 0.0, 0.841192]
    >>> [round(y, 6) for y in gelu(np.array([-1.0, 0.0, 1.0]), "none").tolist()]
    [-0.158655, 0.0, 0.841345]
    """
    return OPERATIONS[check_choice("approximate", approximate, tuple(OPERATIONS))](x)


class GELU(Layer):
    """x Phi(x).

    Parameters
    ----------
    approximate : {"tanh", "none"}
        The formula with tanh (2), or the exact one (1), which takes about three times as long.
    """

    def __init__(self, approximate="tanh"):
        self.approximate = check_choice("approximate", approximate, tuple(OPERATIONS))

    @property
    def operation(self):
        """The fused operation, which keeps its slope."""
        return OPERATIONS[self.approximate]

    def forward(self, x):
        """Return gelu(x, approximate)."""
        return self.operation(x)
