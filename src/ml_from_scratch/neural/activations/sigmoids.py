r"""Sigmoid and its kin: tanh, SiLU and softplus.

.. math::
    \mathrm{tanh}(x) &= 2 \sigma(2x) - 1 \tag{1} \\
    \mathrm{silu}(x) &= x \, \sigma(x) \tag{2} \\
    \mathrm{softplus}(x) &= \log(1 + e^x) \tag{3}

The sigmoid itself, 1 / (1 + exp(-x)), is in ``core/functions``. The derivative of softplus is the
sigmoid, and with :math:`s = \sigma(x)`, whose own derivative is :math:`s (1 - s)`, those of the others are

.. math::
    \bar x &= g \, (s + x s (1 - s)) \tag{4} \\
    \bar x &= g \, s \tag{5}

Sources: Elfwing, Uchibe and Doya 2018, eq. 5 and 6, for SiLU (or "swish"); Dugas et al. 2001 for softplus.
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch.core import fused
from ml_from_scratch.core.functions import log_sigmoid, sigmoid

from ..layer import Layer
from .elementwise import times_slope, with_slope


def tanh(x):
    """Return tanh(x), NumPy's own; the table has its derivative, 1 - tanh^2."""
    return np.tanh(x)  # (1)


def silu_definition(x):
    """Return x * sigmoid(x).

    >>> silu(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [-0.0, 0.0, 1000.0]
    """
    return x * sigmoid(x)  # (2)


def silu_block(x, y, d):
    """Write the value to y and the derivative to d, unless it is None."""
    s = np.negative(x)
    with np.errstate(over="ignore"):  # an infinite exponential: the sigmoid is 0 there
        np.exp(s, out=s)
    s += 1.0
    np.reciprocal(s, out=s)
    np.multiply(x, s, out=y)  # (2)
    if d is not None:
        np.subtract(1.0, s, out=d)
        d *= y
        d += s  # (4)


silu_forward, silu_value = with_slope(silu_block)
silu = fused(silu_definition, silu_forward, times_slope, "silu", silu_value)


def softplus(x):
    """Return log(1 + exp(x)), which is -log(sigmoid(-x)); derivative g s, by log_sigmoid's closed form.

    >>> [round(y, 6) for y in softplus(np.array([-20.0, 0.0, 1000.0])).tolist()]
    [0.0, 0.693147, 1000.0]
    """
    return -log_sigmoid(-x)  # (3) (5)


class Sigmoid(Layer):
    """1 / (1 + exp(-x)), between 0 and 1."""

    def forward(self, x):
        """Return sigmoid(x)."""
        return sigmoid(x)


class Tanh(Layer):
    """The hyperbolic tangent, between -1 and 1."""

    def forward(self, x):
        """Return tanh(x)."""
        return np.tanh(x)


class SiLU(Layer):
    """x * sigmoid(x), also called swish."""

    @property
    def operation(self):
        """The fused operation, which keeps its slope."""
        return silu

    def forward(self, x):
        """Return silu(x)."""
        return silu(x)


class Softplus(Layer):
    """log(1 + exp(x)): a smooth ReLU."""

    def forward(self, x):
        """Return softplus(x)."""
        return softplus(x)
