r"""A price on large weights, added to the loss: so its value is seen, and its gradient is its own.

.. math::
    \Omega_1(w) &= \lambda_1 \sum_i |w_i|    \tag{1} \\
    \Omega_2(w) &= \lambda_2 \sum_i w_i^2    \tag{2}

The gradient of (1) is :math:`\lambda_1 \operatorname{sign}(w)`, which pulls weights to exactly 0
(Tibshirani 1996); that of (2) is :math:`2 \lambda_2 w`, which shrinks them in proportion. Under plain
SGD (2) equals weight decay; under Adam it does not (Loshchilov and Hutter 2019): see AdamW.
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch.core.checks import check_number

from .blueprint import Configurable


class Regularizer(Configurable):
    """A function of a weight that is added to the loss: subclass it and write __call__."""

    def __call__(self, w):
        """Return the price of w, a single number, in differentiable NumPy."""
        raise NotImplementedError(f"{type(self).__name__} has no __call__(w).")


class L1(Regularizer):
    """l1 times the sum of absolute values.

    Examples
    --------
    >>> round(float(L1(0.1)(np.array([3.0, -4.0]))), 6)
    0.7
    """

    def __init__(self, l1=0.01):
        self.l1 = check_number("l1", l1, least=0)

    def __call__(self, w):
        """Return the price of w."""
        return np.sum(np.abs(w)) * self.l1  # (1)


class L2(Regularizer):
    """l2 times the sum of squares.

    Examples
    --------
    >>> float(L2(0.5)(np.array([3.0, -4.0])))
    12.5
    """

    def __init__(self, l2=0.01):
        self.l2 = check_number("l2", l2, least=0)

    def __call__(self, w):
        """Return the price of w."""
        return np.sum(np.square(w)) * self.l2  # (2)


class L1L2(Regularizer):
    """Both prices together (the elastic net)."""

    def __init__(self, l1=0.01, l2=0.01):
        self.l1, self.l2 = check_number("l1", l1, least=0), check_number("l2", l2, least=0)

    def __call__(self, w):
        """Return the price of w."""
        return L1(self.l1)(w) + L2(self.l2)(w)


def penalty(layers):
    """Return the sum of all that the layers' regularizers ask for; 0.0 if there are none."""
    return sum((price for layer in layers for price in layer.penalties()), 0.0)


def check_regularizer(name, regularizer):
    """Return a regularizer or None, or say what one is.

    Raises
    ------
    TypeError
        If it cannot be called.
    """
    if regularizer is not None and (isinstance(regularizer, type) or not callable(regularizer)):
        raise TypeError(
            f"{name} must be None or a regularizer, for example L2(1e-4) from "
            f"ml_from_scratch.neural.regularizers; got {regularizer!r}."
        )
    return regularizer
