r"""Losses for numbers: how far a prediction is from the truth, element by element.

With the residual :math:`r = \hat y - y` of one element:

.. math::
    \text{MSE} \quad & \ell = r^2                      \tag{1} \\
                     & \ell' = 2 r                     \tag{2} \\
    \text{MAE} \quad & \ell = |r|                      \tag{3} \\
                     & \ell' = \mathrm{sign}(r)        \tag{4} \\
    \text{Huber} \quad & \ell = c \, (r - c / 2), \quad c = \min(\max(r, -\delta), \delta) \tag{5} \\
                     & \ell' = c                       \tag{6} \\
    \text{LogCosh} \quad & \ell = \log \cosh r = \log(e^r + e^{-r}) - \log 2 \tag{7} \\
                     & \ell' = \tanh r                 \tag{8}

The mean is over all elements, so the gradient of the mean-squared error is 2 (y_pred - y_true) / n.
What minimises the sum of these terms over a constant prediction: the mean of y for MSE, the median
for MAE, something between for the other two, which grow like a square near 0 and like a line far
off, so that outliers pull with a bounded force.
"""

from __future__ import annotations

import math

import numpy as np

from ..core.checks import check_number
from .base import ElementwiseLoss


class MSE(ElementwiseLoss):
    """Squared error; with weights and several outputs the mean is over all elements.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}
        What becomes of the terms.

    Examples
    --------
    >>> y_pred, y_true = np.array([1.0, 2.0]), np.array([1.0, 4.0])
    >>> loss = MSE()
    >>> float(loss(y_pred, y_true)), loss.gradient(y_pred, y_true).tolist()
    (2.0, [0.0, -2.0])
    """

    def terms(self, y_pred, y_true):
        """Return the squared residuals."""
        return np.square(y_pred - y_true)  # (1)

    def slope(self, y_pred, y_true):
        """Return twice the residuals."""
        return 2.0 * (y_pred - y_true)  # (2)


class MAE(ElementwiseLoss):
    """Absolute error; where a residual is exactly 0 its slope is taken to be 0.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}
        What becomes of the terms.

    Examples
    --------
    >>> float(MAE()(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    1.0
    """

    def terms(self, y_pred, y_true):
        """Return the sizes of the residuals."""
        return np.abs(y_pred - y_true)  # (3)

    def slope(self, y_pred, y_true):
        """Return the signs of the residuals."""
        return np.sign(y_pred - y_true)  # (4)


class Huber(ElementwiseLoss):
    """Half the squared error up to delta, then a straight line: an outlier pulls with force delta.

    Parameters
    ----------
    delta : float
        Where the square turns into a line, above 0.
    reduction : {"mean", "sum", "none"}
        What becomes of the terms.

    References
    ----------
    P. J. Huber, Robust estimation of a location parameter (1964).

    Examples
    --------
    >>> Huber(delta=1.0, reduction="none")(np.array([0.5, 3.0]), np.array([0.0, 0.0])).tolist()
    [0.125, 2.5]
    """

    def __init__(self, delta=1.0, reduction="mean"):
        self.delta = float(check_number("delta", delta, above=0))
        super().__init__(reduction)

    def terms(self, y_pred, y_true):
        """Return r^2 / 2 for small residuals, delta (abs(r) - delta / 2) for large ones."""
        r = y_pred - y_true
        c = np.clip(r, -self.delta, self.delta)
        return c * (r - 0.5 * c)  # (5)

    def slope(self, y_pred, y_true):
        """Return the residuals, limited to delta."""
        return np.clip(y_pred - y_true, -self.delta, self.delta)  # (6)


class LogCosh(ElementwiseLoss):
    """Logarithm of the hyperbolic cosine: about r^2 / 2 near 0 and abs(r) - log 2 far off.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}
        What becomes of the terms.

    Examples
    --------
    >>> round(float(LogCosh()(np.array([1000.0]), np.array([0.0]))), 6)
    999.306853
    """

    def terms(self, y_pred, y_true):
        """Return log(cosh(r)), without the overflow of cosh."""
        r = y_pred - y_true
        return np.logaddexp(r, -r) - math.log(2.0)  # (7)

    def slope(self, y_pred, y_true):
        """Return tanh(r)."""
        return np.tanh(y_pred - y_true)  # (8)
