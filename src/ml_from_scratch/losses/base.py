r"""Loss: how wrong predictions are, in one number, and which way they should move.

A loss is made of terms :math:`\ell_i`, one per sample (or per element, where predictions and truths
are compared element by element). With the weights :math:`w_i`, all 1 unless given,

.. math::
    L = \frac{\sum_i w_i \, \ell_i}{\sum_i w_i} \tag{1}

is ``reduction="mean"``; "sum" leaves out the denominator, and "none" returns the terms
:math:`w_i \ell_i`. So a sample of weight 2 counts as if it stood there twice, and one of weight 0 as
if it were not there. For an incoming gradient g of the mean, a term receives

.. math::
    \bar \ell_i = g \, \frac{w_i}{\sum_j w_j} \tag{2}
"""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np

from ..core import Tensor, fused
from ..core.arrays import floating
from ..core.checks import check_choice
from ..core.registry import storable
from .targets import as_target, check_not_all_zero, check_same_shape, check_weight

REDUCTIONS = ("mean", "sum", "none")


class Loss:
    """What all losses share: weights, reduction, and the ways to call them.

    ``loss(y_pred, y_true)`` gives the value; if ``y_pred`` is a Tensor it is recorded, as one fused
    operation whose closed form is ``gradient``. ``value`` and ``gradient`` take plain arrays and need
    no tape. A subclass writes ``terms``, in differentiable NumPy, and ``pull``.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}
        What becomes of the terms.
    """

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        storable(cls)  # estimators are saved with the loss that they minimise

    def __init__(self, reduction="mean"):
        self.reduction = check_choice("reduction", reduction, REDUCTIONS)

    # ---- what a subclass writes --------------------------------------------------------------------
    def terms(self, y_pred, y_true):
        """Return the terms, in differentiable NumPy: this is the definition of the loss."""
        raise NotImplementedError(f"{type(self).__name__} has no terms(): write them.")

    def forward(self, y_pred, y_true):
        """Return (terms, residuals) of plain arrays: what ``pull`` needs again is kept."""
        return self.terms(y_pred, y_true), (y_pred, y_true)

    def pull(self, g, residuals):
        """Return the gradient by y_pred for the incoming gradient g of the terms (or of each), a new array."""
        raise NotImplementedError(f"{type(self).__name__} has no pull(): write its gradient.")

    def check(self, y_pred, y_true):
        """Return (y_pred, y_true, shape of the terms), converted, or say what does not fit."""
        raise NotImplementedError(f"{type(self).__name__} has no check() of its inputs: write it.")

    def weigh(self, y_true, weight, y_pred):
        """Return the weights of the terms (None: all 1); losses with class weights add theirs."""
        return weight

    # ---- what everybody calls ----------------------------------------------------------------------
    def __call__(self, y_pred, y_true, sample_weight=None):
        """Return the loss; recorded if an argument is a Tensor.

        Parameters
        ----------
        y_pred : array or Tensor
            Predictions. Their dtype is kept.
        y_true : array or Tensor
            What they should have been.
        sample_weight : array or Tensor, optional
            One weight per sample, of shape (n_samples,), or one per term.

        Returns
        -------
        loss : number, or array of terms with ``reduction="none"``

        Raises
        ------
        ValueError
            If shapes differ, values are out of range, or there is nothing to take the mean of.
        TypeError
            If y_true is text or of another kind that the loss does not know.
        """
        args = self._checked(y_pred, y_true, sample_weight)
        if any(isinstance(x, Tensor) for x in args[1:]):
            return _definition(*args, loss=self)  # the closed form has the gradient by y_pred only
        return reduced_loss(*args, loss=self)

    def value(self, y_pred, y_true, sample_weight=None):
        """Return the loss, computed step by step from its definition."""
        with np.errstate(all="ignore"):
            return _definition(*self._checked(y_pred, y_true, sample_weight), loss=self)

    def gradient(self, y_pred, y_true, sample_weight=None):
        """Return dL/d(y_pred), of y_pred's shape, in closed form (with "none": that of the sum)."""
        args = self._checked(y_pred, y_true, sample_weight)
        if any(isinstance(x, Tensor) for x in args):
            raise TypeError(
                f"{type(self).__name__}.gradient takes plain arrays. To differentiate with Tensors, "
                "call the loss itself and then backward() on what it returns."
            )
        output, residuals = _forward(*args, loss=self)
        return _vjp(np.ones_like(output), residuals)[0]

    def weight_of(self, y_pred, y_true, sample_weight=None) -> float:
        """Return how much a batch counts: the denominator of its mean, by (1)."""
        y_pred, y_true, shape = self.check(floating(y_pred), y_true)
        weight = self.weigh(y_true, check_weight(sample_weight, shape, y_pred), y_pred)
        return float(math.prod(shape)) if weight is None else np.sum(weight).item()

    def _checked(self, y_pred, y_true, sample_weight):
        y_pred, y_true, shape = self.check(floating(y_pred), y_true)
        if self.reduction == "mean" and 0 in shape:
            raise ValueError(
                f"{type(self).__name__}: the mean over no samples has no value; y_pred has shape "
                f"{y_pred.shape}. Leave empty batches out, or use reduction='sum'."
            )
        weight = self.weigh(y_true, check_weight(sample_weight, shape, y_pred), y_pred)
        if self.reduction == "mean":
            check_not_all_zero(weight)
        return y_pred, y_true, weight

    def __repr__(self):
        options = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({options})"


class ElementwiseLoss(Loss):
    """A loss with one term per element of y_pred; a subclass writes ``terms`` and ``slope``."""

    def slope(self, y_pred, y_true):
        """Return d(term)/d(y_pred), element by element."""
        raise NotImplementedError(f"{type(self).__name__} has no slope(): write its derivative.")

    def pull(self, g, residuals):
        """Return g times the slope: a term depends on its own element alone."""
        return g * self.slope(*residuals)

    def check(self, y_pred, y_true):
        """Return both, y_true in y_pred's dtype; they must have one shape."""
        y_true = as_target(y_true, y_pred)
        check_same_shape(type(self).__name__, y_pred, y_true)
        return y_pred, y_true, y_pred.shape


# ---- one fused operation for all losses ----------------------------------------------------------
def _definition(y_pred, y_true, weight, loss):
    """The reduced terms of a loss."""
    return _reduce(loss.terms(y_pred, y_true), weight, loss.reduction)


def _forward(y_pred, y_true, weight, loss):
    with np.errstate(
        all="ignore"
    ):  # an overflow is an infinite loss, for the training loop to tell
        terms, residuals = loss.forward(y_pred, y_true)
        kept = SimpleNamespace(loss=loss, n=terms.size, weight=weight, residuals=residuals)
        return _reduce(terms, weight, loss.reduction), kept


def _vjp(g, kept, wanted=(True,)):
    """The incoming gradient of each term, and the loss's closed form."""
    loss, w = kept.loss, kept.weight
    with np.errstate(all="ignore"):
        if loss.reduction == "mean":
            g = np.divide(g, kept.n if w is None else np.sum(w), dtype=g.dtype)  # (2)
        g = g if w is None else g * w  # (2)
        return loss.pull(g, kept.residuals), None, None


def _reduce(terms, w, reduction):
    if w is not None:
        terms = w * terms
    if reduction == "none":
        return terms
    if reduction == "sum":
        return np.sum(terms)
    return np.mean(terms) if w is None else np.sum(terms) / np.sum(w)  # (1)


reduced_loss = fused(_definition, _forward, _vjp, name="reduced_loss")
