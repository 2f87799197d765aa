r"""Poisson: counts that happen at a predicted rate.

Less :math:`\log y!`, which does not depend on the prediction, the negative logarithm of the
probability of y events at the rate :math:`\lambda`, which is :math:`e^z` where its logarithm z is
given, and its derivative, are

.. math::
    \ell &= \lambda - y \log \lambda                            \tag{1} \\
    \ell &= e^z - y z                                           \tag{2} \\
    \frac{\partial \ell}{\partial \lambda} &= 1 - y / \lambda   \tag{3} \\
    \frac{\partial \ell}{\partial z} &= e^z - y                 \tag{4}
"""

from __future__ import annotations

import numpy as np

from ..core import Tensor
from .base import ElementwiseLoss
from .cross_entropy import floored, tiny


class Poisson(ElementwiseLoss):
    """Negative log-likelihood of counts, for regression on how often something happens.

    Rates are floored at the smallest normal number of their dtype; an element at the floor has
    the slope 1 of its first term alone. (torch's PoissonNLLLoss has ``log_input=True`` by default.)

    Parameters
    ----------
    log_input : bool
        Whether y_pred holds logarithms of rates, any real numbers, instead of rates.
    reduction : {"mean", "sum", "none"}
        What becomes of the terms.

    Examples
    --------
    >>> loss = Poisson(log_input=True)
    >>> float(loss(np.array([0.0]), np.array([3]))), loss.gradient(np.zeros(1), np.array([3])).tolist()
    (1.0, [-2.0])
    """

    def __init__(self, log_input=False, reduction="mean"):
        self.log_input = log_input
        super().__init__(reduction)

    def terms(self, y_pred, y_true):
        """Return the negative log-likelihood of every count."""
        if self.log_input:
            return np.exp(y_pred) - y_true * y_pred  # (2)
        return y_pred - y_true * np.log(floored(y_pred))  # (1)

    def slope(self, y_pred, y_true):
        """Return the derivative by the rate or by its logarithm."""
        if self.log_input:
            return np.exp(y_pred) - y_true  # (4)
        return 1.0 - y_true * (y_pred > tiny(y_pred)) / floored(y_pred)  # (3)

    def check(self, y_pred, y_true):
        """Return both; counts, and rates, are at least 0."""
        y_pred, y_true, shape = super().check(y_pred, y_true)
        if not isinstance(y_true, Tensor) and y_true.size and y_true.min().item() < 0:
            raise ValueError(
                f"Poisson: counts are at least 0; y_true has {y_true.min().item():.6g}."
            )
        rates = y_pred.data if isinstance(y_pred, Tensor) else y_pred
        if not self.log_input and rates.size and rates.min().item() < -1e-3:
            raise ValueError(
                f"Poisson takes rates of at least 0; y_pred has {rates.min().item():.6g}. If these "
                "are logarithms of rates use Poisson(log_input=True)."
            )
        return y_pred, y_true, shape
