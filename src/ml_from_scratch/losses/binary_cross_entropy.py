r"""BinaryCrossEntropy: the cross-entropy of yes-or-no questions, each with one probability.

For one element with the truth t, from 0 to 1, and the predicted probability p, which is
:math:`\sigma(z)` where a logit z is given:

.. math::
    \ell &= - t \log p - (1 - t) \log (1 - p) \tag{1} \\
    \ell &= - t \log \sigma(z) - (1 - t) \log \sigma(-z) \tag{2} \\
    \frac{\partial \ell}{\partial p} &= - \frac{t}{p} + \frac{1 - t}{1 - p} \tag{3} \\
    \frac{\partial \ell}{\partial z} &= \sigma(z) - t \tag{4}
"""

from __future__ import annotations

import numpy as np

from ..core import Tensor
from ..core.functions import log_sigmoid, sigmoid
from .base import ElementwiseLoss
from .cross_entropy import floored, tiny
from .targets import check_probabilities


class BinaryCrossEntropy(ElementwiseLoss):
    """Binary cross-entropy, element by element: one class or several that do not exclude each other.

    Probabilities are floored as in CrossEntropy, with the same consequence: an element that is wrong
    with a probability of exactly 0 or 1 stops learning, which ``from_logits=True`` avoids. (torch
    floors the logarithm at -100 instead.)

    Parameters
    ----------
    from_logits : bool
        Whether y_pred holds logits, any real numbers, instead of probabilities.
    reduction : {"mean", "sum", "none"}
        What becomes of the terms.

    Examples
    --------
    >>> y_pred, y_true = np.array([0.5, 0.25]), np.array([1, 0])
    >>> round(float(BinaryCrossEntropy()(y_pred, y_true)), 6)
    0.490415
    >>> BinaryCrossEntropy(from_logits=True).gradient(np.zeros(2), y_true).tolist()
    [-0.25, 0.25]
    """

    def __init__(self, from_logits=False, reduction="mean"):
        self.from_logits = from_logits
        super().__init__(reduction)

    def terms(self, y_pred, y_true):
        """Return the cross-entropy of every element."""
        t, f = y_true, 1.0 - y_true
        if self.from_logits:
            return -(t * log_sigmoid(y_pred) + f * log_sigmoid(-y_pred))  # (2)
        return -(t * np.log(floored(y_pred)) + f * np.log(floored(1.0 - y_pred)))  # (1)

    def slope(self, y_pred, y_true):
        """Return the derivative by logits or by probabilities; 0 where the floor is reached."""
        if self.from_logits:
            return sigmoid(y_pred) - y_true  # (4)
        p, q = y_pred, 1.0 - y_pred
        t, f = y_true * (p > tiny(p)), (1.0 - y_true) * (q > tiny(p))
        return f / floored(q) - t / floored(p)  # (3)

    def check(self, y_pred, y_true):
        """Return both; truths, and probabilities, lie between 0 and 1."""
        y_pred, y_true, shape = super().check(y_pred, y_true)
        if not isinstance(y_true, Tensor) and y_true.size:
            low, high = y_true.min().item(), y_true.max().item()
            if low < 0 or high > 1:
                raise ValueError(
                    f"BinaryCrossEntropy: y_true lies between 0 and 1; got {low:.6g} to {high:.6g}. "
                    "For the labels -1 and 1 use (y_true + 1) / 2."
                )
        if not self.from_logits:
            check_probabilities("BinaryCrossEntropy", y_pred)
        return y_pred, y_true, shape
