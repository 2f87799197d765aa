r"""ELU and SELU: smooth below zero, towards a floor, so that the mean output stays near 0.

.. math::
    \mathrm{elu}(x) &= \begin{cases} x & x > 0 \\ \alpha (e^x - 1) & x \le 0 \end{cases} \tag{1} \\
    \mathrm{selu}(x) &= \lambda \, \mathrm{elu}(x) \tag{2}

SELU has :math:`\alpha = 1.6733` and :math:`\lambda = 1.0507`, for which mean 0 and variance 1 are a
stable fixed point from layer to layer: with LeCunNormal weights, activations normalise themselves.

The derivative below zero is :math:`\lambda \alpha e^x = y + \lambda \alpha`: it is read off the output.

.. math:: \bar x = g \, ([y > 0] \, \lambda + [y \le 0] \, (y + \lambda \alpha)) \tag{3}

Sources: Clevert, Unterthiner and Hochreiter 2016, eq. 15 and 16; Klambauer et al. 2017,
"Self-normalizing neural networks", eq. 2 and 14.
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch.core import fused
from ml_from_scratch.core.checks import check_number

from ..layer import Layer
from .elementwise import elementwise

SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


def elu_definition(x, alpha=1.0, scale=1.0):
    """Return scale * x where it is positive, scale * alpha * (exp(x) - 1) elsewhere.

    >>> [round(y, 6) for y in elu(np.array([-1.0, 2.0])).tolist()]
    [-0.632121, 2.0]
    """
    below = np.expm1(np.minimum(x, 0.0)) * alpha
    return np.where(x > 0, x, below) * scale  # (1) (2)


@elementwise
def elu_forward(x, alpha=1.0, scale=1.0):
    """The same, as a sum of which one term is always 0; keeps the value."""
    y = np.expm1(np.minimum(x, 0.0, dtype=x.dtype))
    y *= alpha * scale
    y += np.multiply(np.maximum(x, 0.0, dtype=x.dtype), scale, dtype=x.dtype)
    return y, (x, y, alpha * scale, scale)


def elu_vjp(g, residuals, wanted=(True,)):
    """Return g times the derivative, which is read off the output."""
    x, y, floor, scale = residuals
    d = np.add(y, floor, dtype=y.dtype)
    d *= x <= 0
    d += np.multiply(x > 0, scale, dtype=y.dtype)
    d *= g  # (3)
    return (d,)


elu = fused(elu_definition, elu_forward, elu_vjp, name="elu")


def selu(x):
    """Return SELU(x).

    >>> [round(y, 6) for y in selu(np.array([-1.0, 2.0])).tolist()]
    [-1.111331, 2.101402]
    """
    return elu(x, alpha=SELU_ALPHA, scale=SELU_SCALE)


class ELU(Layer):
    """x where it is positive, alpha * (exp(x) - 1) elsewhere."""

    def __init__(self, alpha=1.0):
        self.alpha = check_number("alpha", alpha)

    def forward(self, x):
        """Return elu(x, alpha)."""
        return elu(x, alpha=self.alpha)


class SELU(Layer):
    """ELU with the two constants that keep mean 0 and variance 1."""

    def forward(self, x):
        """Return selu(x)."""
        return selu(x)
