r"""Exponential loss: what AdaBoost minimises; wrong by far costs beyond all measure.

With labels :math:`y \in \{-1, 1\}` and a score :math:`\hat y`:

.. math::
    \ell &= e^{- y \hat y}       \tag{1} \\
    \ell' &= - y e^{- y \hat y}  \tag{2}

The score with the least mean loss is half the log-odds, :math:`\frac12 \log \frac{p}{1 - p}`.
"""

from __future__ import annotations

import numpy as np

from .hinge import Hinge


class Exponential(Hinge):
    """Exponential loss of scores for the labels -1 and 1.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}
        What becomes of the terms.

    References
    ----------
    J. Friedman, T. Hastie and R. Tibshirani, Additive logistic regression (2000), section 4.

    Examples
    --------
    >>> Exponential(reduction="none")(np.array([0.0, -1.0]), np.array([1, 1])).round(3).tolist()
    [1.0, 2.718]
    """

    def terms(self, y_pred, y_true):
        """Return exp(-y_true y_pred)."""
        return np.exp(-y_true * y_pred)  # (1)

    def slope(self, y_pred, y_true):
        """Return -y_true exp(-y_true y_pred)."""
        return -y_true * np.exp(-y_true * y_pred)  # (2)
