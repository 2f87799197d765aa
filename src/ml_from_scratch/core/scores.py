r"""How good are predictions? The two numbers that every ``score`` method reports.

With weights :math:`w_i` (all one by default):

.. math::
    \mathrm{accuracy} = \frac{\sum_i w_i\,[\hat y_i = y_i]}{\sum_i w_i} \tag{1}

    R^2 = 1 - \frac{\sum_i w_i (y_i - \hat y_i)^2}{\sum_i w_i (y_i - \bar y)^2} \tag{2}

where :math:`\bar y` is the weighted mean. A constant model that predicts the mean has
:math:`R^2 = 0`. If y itself is constant the ratio has no value: by scikit-learn's convention
:math:`R^2` is then 1 for perfect predictions and 0 for others.
"""

from __future__ import annotations

import numpy as np


def accuracy(y_true, y_pred, sample_weight=None) -> float:
    """Return the weighted share of samples whose label is predicted exactly.

    >>> accuracy(np.array([0, 1, 1, 0]), np.array([0, 1, 0, 0]))
    0.75
    """
    return float(np.average(y_pred == y_true, weights=sample_weight))  # (1)


def r_squared(y_true, y_pred, sample_weight=None) -> np.ndarray:
    """Return the coefficient of determination of each output, for arrays of shape (n, n_outputs).

    >>> r_squared(np.array([[1.0], [2.0], [3.0]]), np.array([[1.0], [2.0], [2.0]])).tolist()
    [0.5]
    """
    w = np.ones((len(y_true), 1)) if sample_weight is None else np.reshape(sample_weight, (-1, 1))
    # The ratio has no unit: a power of two keeps the squares in range and rounds nothing.
    _, exponent = np.frexp(max(np.abs(y_true).max(), np.abs(y_pred).max()))
    y_true, y_pred = np.ldexp(y_true, -exponent), np.ldexp(y_pred, -exponent)
    residual = (w * (y_true - y_pred) ** 2).sum(axis=0)  # (k,)
    spread = (w * (y_true - np.average(y_true, axis=0, weights=w[:, 0])) ** 2).sum(axis=0)  # (k,)
    ratio = residual / np.where(spread > 0, spread, 1.0)
    return np.where(spread > 0, 1.0 - ratio, np.where(residual > 0, 0.0, 1.0))  # (2)
