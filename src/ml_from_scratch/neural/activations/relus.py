r"""ReLU and leaky ReLU: let the positive pass, and of the negative nothing, or a little.

.. math::
    \mathrm{relu}(x) &= \max(x, 0) \tag{1} \\
    \mathrm{leaky}(x) &= \begin{cases} x & x > 0 \\ \alpha x & x \le 0 \end{cases} \tag{2}

Their derivatives are 1 where x > 0, and 0 or :math:`\alpha` elsewhere, 0 included (there is none at
0: the left one is taken, as usual). So an incoming gradient g becomes

.. math::
    \bar x &= g \, [y > 0] \tag{3} \\
    \bar x &= g \, ([x > 0] + \alpha [x \le 0]) \tag{4}

Sources: Nair and Hinton 2010; Maas, Hannun and Ng 2013, "Rectifier nonlinearities improve neural
network acoustic models".
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch.core import fused
from ml_from_scratch.core.checks import check_number

from ..layer import Layer
from .elementwise import elementwise


def relu_definition(x):
    """Return max(x, 0).

    >>> relu(np.array([-2.0, 3.0])).tolist()
    [0.0, 3.0]
    """
    return np.where(x > 0, x, 0.0)  # (1)


@elementwise
def relu_forward(x):
    """The same; keeps the value."""
    y = np.maximum(x, 0.0, dtype=x.dtype)
    return y, y


def relu_vjp(g, y, wanted=(True,)):
    """Return g where y > 0."""
    return (g * (y > 0),)  # (3)


relu = fused(relu_definition, relu_forward, relu_vjp, name="relu")


def leaky_relu_definition(x, negative_slope=0.01):
    """Return x where it is positive, negative_slope * x elsewhere.

    >>> leaky_relu(np.array([-2.0, 3.0]), negative_slope=0.5).tolist()
    [-1.0, 3.0]
    """
    return np.where(x > 0, x, x * negative_slope)  # (2)


@elementwise
def leaky_relu_forward(x, negative_slope=0.01):
    """The same; keeps the derivative. Products with 0 and 1 are ten times as fast as a choice."""
    slope = np.multiply(x <= 0, negative_slope, dtype=x.dtype)
    slope += x > 0
    return x * slope, slope


def leaky_relu_vjp(g, slope, wanted=(True,)):
    """Return g times the slope."""
    return (g * slope,)  # (4)


leaky_relu = fused(leaky_relu_definition, leaky_relu_forward, leaky_relu_vjp, name="leaky_relu")


class ReLU(Layer):
    """max(x, 0)."""

    def forward(self, x):
        """Return relu(x)."""
        return relu(x)


class LeakyReLU(Layer):
    """x where it is positive, negative_slope * x elsewhere."""

    def __init__(self, negative_slope=0.01):
        self.negative_slope = check_number("negative_slope", negative_slope)

    def forward(self, x):
        """Return leaky_relu(x, negative_slope)."""
        return leaky_relu(x, negative_slope=self.negative_slope)
