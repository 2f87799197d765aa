r"""Hinge losses: a prediction is right only if it is right by a margin.

With labels :math:`y \in \{-1, 1\}` and what a score :math:`\hat y` lacks to the margin 1:

.. math::
    m &= \max(0, \, 1 - y \hat y)           \tag{1} \\
    \text{Hinge} \quad \ell &= m            \tag{2} \\
    \ell' &= - y \, [m > 0]                 \tag{3} \\
    \text{SquaredHinge} \quad \ell &= m^2   \tag{4} \\
    \ell' &= - 2 y m                        \tag{5}
"""

from __future__ import annotations

import numpy as np

from ..core import Tensor
from .base import ElementwiseLoss


class Hinge(ElementwiseLoss):
    """Hinge loss, the support vector machine's; exactly at the margin its slope is taken to be 0.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}
        What becomes of the terms.

    References
    ----------
    C. Cortes and V. Vapnik, Support-vector networks (1995).

    Examples
    --------
    >>> Hinge(reduction="none")(np.array([2.0, 0.5, -1.0]), np.array([1, 1, 1])).tolist()
    [0.0, 0.5, 2.0]
    """

    def terms(self, y_pred, y_true):
        """Return what scores lack to the margin."""
        return lack(y_pred, y_true)  # (2)

    def slope(self, y_pred, y_true):
        """Return -y where something is lacking."""
        return np.where(lack(y_pred, y_true) <= 0, np.zeros_like(y_true), -y_true)  # (3)

    def check(self, y_pred, y_true):
        """Return both; labels are -1 and 1."""
        y_pred, y_true, shape = super().check(y_pred, y_true)
        if not isinstance(y_true, Tensor) and (abs(y_true) != 1).any().item():
            raise ValueError(
                f"{type(self).__name__}: labels are -1 and 1; y_true has others. For the labels 0 and "
                "1 use 2 * y_true - 1."
            )
        return y_pred, y_true, shape


class SquaredHinge(Hinge):
    """Square of the hinge loss: smooth at the margin, harder on what is far on the wrong side.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}
        What becomes of the terms.

    Examples
    --------
    >>> SquaredHinge(reduction="none")(np.array([2.0, 0.5, -1.0]), np.array([1, 1, 1])).tolist()
    [0.0, 0.25, 4.0]
    """

    def terms(self, y_pred, y_true):
        """Return the squares of what scores lack to the margin."""
        return np.square(lack(y_pred, y_true))  # (4)

    def slope(self, y_pred, y_true):
        """Return -2 y times what is lacking."""
        return -2.0 * y_true * lack(y_pred, y_true)  # (5)


def lack(y_pred, y_true):
    """Return what each score lacks to the margin of 1 on its label's side (NaN stays NaN)."""
    m = 1.0 - y_true * y_pred
    return np.where(m <= 0, np.zeros_like(m), m)  # (1)
