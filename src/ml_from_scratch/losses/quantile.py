r"""Quantile loss: too low and too high cost differently, so that the best guess is a quantile.

With the residual :math:`r = \hat y - y` and the quantile :math:`\alpha`:

.. math::
    \ell &= \begin{cases} (1 - \alpha) \, r & r > 0 \\ - \alpha \, r & r \le 0 \end{cases} \tag{1} \\
    \ell' &= \begin{cases} 1 - \alpha & r > 0 \\ - \alpha & r \le 0 \end{cases}            \tag{2}

The constant with the least mean loss is the number below which a share :math:`\alpha` of y lies:
there the slopes, :math:`1 - \alpha` for the share below and :math:`-\alpha` for the rest, cancel.
With :math:`\alpha = 1/2` it is half the absolute error, and the number is the median.
"""

from __future__ import annotations

import numpy as np

from ..core.checks import check_number
from .base import ElementwiseLoss


class Quantile(ElementwiseLoss):
    """Quantile loss, also called pinball loss; where a residual is 0 its slope is taken to be -alpha.

    Parameters
    ----------
    alpha : float
        The quantile to predict, between 0 and 1.
    reduction : {"mean", "sum", "none"}
        What becomes of the terms.

    References
    ----------
    R. Koenker and G. Bassett, Regression quantiles (1978).

    Examples
    --------
    >>> loss = Quantile(alpha=0.75, reduction="none")
    >>> loss(np.array([1.0, 5.0]), np.array([3.0, 3.0])).tolist()  # 2 too low, 2 too high
    [1.5, 0.5]
    """

    def __init__(self, alpha=0.5, reduction="mean"):
        self.alpha = float(check_number("alpha", alpha, above=0, below=1))
        super().__init__(reduction)

    def terms(self, y_pred, y_true):
        """Return alpha times what is lacking, or 1 - alpha times what is too much."""
        r = y_pred - y_true
        return np.where(r > 0, (1.0 - self.alpha) * r, -self.alpha * r)  # (1)

    def slope(self, y_pred, y_true):
        """Return 1 - alpha where the prediction is too high, -alpha elsewhere."""
        return np.heaviside(y_pred - y_true, 0.0) - self.alpha  # (2)
