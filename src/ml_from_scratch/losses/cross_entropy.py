r"""CrossEntropy: how surprising the true class is to the predicted probabilities.

For one sample with the target distribution t (one-hot for a label) over K classes and the
predicted probabilities p, which are softmax(z) where logits z are given:

.. math::
    \ell = - \sum_k t_k \log p_k \tag{1}

Label smoothing takes a share :math:`\varepsilon` of the target and spreads it evenly:

.. math::
    \ell = - (1 - \varepsilon) \sum_k t_k \log p_k - \frac{\varepsilon}{K} \sum_k \log p_k \tag{2}

so that :math:`t_k` becomes :math:`t'_k = (1 - \varepsilon) t_k + \varepsilon / K`, and the gradients
by logits and by probabilities are

.. math::
    \frac{\partial \ell}{\partial z_k} &= p_k \textstyle\sum_j t'_j - t'_k = p_k - t'_k \tag{3} \\
    \frac{\partial \ell}{\partial p_k} &= - t'_k / p_k \tag{4}

The first is bounded, the second is not: that is what ``from_logits=True`` is for.
"""

from __future__ import annotations

import numpy as np

from ..core.checks import check_number
from ..core.functions import log_softmax, moderate, shift, total_of
from .base import Loss
from .targets import (
    as_array,
    as_target,
    check_distributions,
    check_labels,
    check_probabilities,
    class_weights,
)


class CrossEntropy(Loss):
    """Cross-entropy of predicted classes, with one term per sample.

    y_pred has shape (n_samples, n_classes), or (..., n_classes), as in (batch, time, vocabulary).
    y_true has integer labels, of y_pred's shape without its last axis, or one-hot or soft labels of
    y_pred's shape.

    Probabilities are floored at the smallest normal number of their dtype, so that loss and gradient
    stay finite. But a sample whose true class has probability exactly 0, because a softmax has
    underflowed, has gradient 0 and stops learning: with logits and ``from_logits=True`` that cannot
    happen, and it is faster.

    Parameters
    ----------
    from_logits : bool
        Whether y_pred holds logits, any real numbers, instead of probabilities.
    label_smoothing : float
        Share of the target that is spread evenly over all classes, from 0 to less than 1.
    class_weight : sequence of n_classes floats, or dict {class: weight}, optional
        A sample counts as often as its class says, as with ``sample_weight``; classes that a dict
        leaves out have weight 1. For soft labels it is the mean weight under the label. (torch puts
        the weights inside the sum over classes, and divides by n for soft labels: the same for
        labels without smoothing, another convention otherwise.)
    reduction : {"mean", "sum", "none"}
        What becomes of the terms.

    References
    ----------
    C. Szegedy et al., Rethinking the Inception architecture (2016), section 7, for smoothing.

    Examples
    --------
    >>> p = np.array([[0.5, 0.25, 0.25], [0.0, 0.0, 1.0]])
    >>> round(float(CrossEntropy()(p, np.array([0, 2]))), 6)
    0.346574
    >>> z, y = np.array([[0.0, 0.0]]), np.array([1])
    >>> CrossEntropy(from_logits=True).gradient(z, y).tolist()
    [[0.5, -0.5]]
    """

    def __init__(self, from_logits=False, label_smoothing=0.0, class_weight=None, reduction="mean"):
        self.from_logits = from_logits
        self.label_smoothing = check_number("label_smoothing", label_smoothing, least=0, below=1)
        self.class_weight = class_weight
        super().__init__(reduction)

    def terms(self, y_pred, y_true):
        """Return the cross-entropy of every sample."""
        log_p = log_softmax(y_pred) if self.from_logits else np.log(floored(y_pred))
        at_all = np.mean(log_p, -1) if self.label_smoothing else None
        return self._smoothed(expected(log_p, y_true), at_all)

    def _smoothed(self, at_target, at_all):
        """The cross-entropy, from the mean of log p under the target and under all classes alike."""
        if not self.label_smoothing:
            return -at_target  # (1)
        return -(1.0 - self.label_smoothing) * at_target - self.label_smoothing * at_all  # (2)

    def forward(self, y_pred, y_true):
        """For logits, compute the exponentials in place; keep them and their total, which make the softmax."""
        if not self.from_logits:
            return CrossEntropy.terms(self, y_pred, y_true), (y_pred, 1.0, y_true)
        z, at_target = shifted(y_pred, y_true)
        at_all = np.mean(z, -1) if self.label_smoothing else 0.0
        e = np.exp(z, out=z)
        total = total_of(e, -1)
        log_total = np.log(total[..., 0])  # log p is z less this
        at_target = at_target - log_total * mass(y_true)
        return self._smoothed(at_target, at_all - log_total), (e, total, y_true)

    def pull(self, g, residuals):
        """Return the gradient by logits, p - t', or by probabilities, -t' / p."""
        p, total, y_true = residuals  # p is still to be divided by its total
        smoothing = self.label_smoothing
        g = g if g.ndim else g.reshape((1,) * (p.ndim - 1))  # arrays keep their dtype
        if self.from_logits:
            t = 1.0 + (1.0 - smoothing) * (mass(y_true) - 1.0)  # what t' adds up to
            return subtract(p * ((g * t)[..., None] / total), smoothing, y_true, g)  # (3)
        target = -subtract(np.zeros_like(p), smoothing, y_true, g)
        return np.where(p <= tiny(p), np.zeros_like(p), -target / floored(p))  # (4)

    def check(self, y_pred, y_true):
        """Return y_pred and labels, or one-hot labels in y_pred's dtype, of fitting shapes."""
        who, y_true = type(self).__name__, as_array(y_true)
        if y_pred.ndim == 0 or y_pred.shape[-1] < 2:
            raise ValueError(
                f"{who} needs a column per class, shape (..., n_classes); y_pred has shape "
                f"{y_pred.shape}. For one column, the probability of class 1, use BinaryCrossEntropy."
            )
        if y_true.shape == y_pred.shape[:-1]:
            y_true = check_labels(who, y_true, y_pred.shape[-1])
        elif y_true.shape == y_pred.shape:
            y_true = as_target(y_true, y_pred)
            check_distributions(who, y_true)
        else:
            raise ValueError(
                f"{who} needs labels of shape {y_pred.shape[:-1]}, or one-hot labels of shape "
                f"{y_pred.shape}, for y_pred of shape {y_pred.shape}; y_true has shape {y_true.shape}."
            )
        if not self.from_logits:
            check_probabilities(who, y_pred)
        return y_pred, y_true, y_pred.shape[:-1]

    def weigh(self, y_true, weight, y_pred):
        """Multiply the sample weights by the weight of each sample's class."""
        if self.class_weight is None:
            return weight
        c = class_weights(self.class_weight, y_pred.shape[-1], y_pred)
        c = c[y_true] if is_labels(y_true) else np.sum(y_true * c, -1)
        return c if weight is None else c * weight


# ---- targets that are labels or distributions ------------------------------------------------------
def is_labels(y_true):
    """Whether y_true holds integer labels."""
    return y_true.dtype.kind == "i"


def expected(x, y_true):
    """Return the mean of x over the last axis under the target: for labels, x at the label."""
    if not is_labels(y_true):
        return np.sum(y_true * x, -1)
    rows, labels = place(y_true)
    return np.reshape(np.reshape(x, (-1, x.shape[-1]))[rows, labels], y_true.shape)


def mass(y_true):
    """Return what the target adds up to: 1, but for the rounding of soft labels."""
    return 1.0 if is_labels(y_true) else np.sum(y_true, -1)


def shifted(x, y_true):
    """Return logits less a number for each row, which cancels, and their mean under the target.

    For labels it is the target's own logit: then the loss is the logarithm of a sum that holds a 1, never
    below 0. It is the largest for other targets, and in a row where that would overflow.
    """
    if not is_labels(y_true) or not x.size:
        z = shift(x, -1)[0]
        return z, expected(z, y_true)
    own = expected(x, y_true)
    less_own = x - own[..., None]
    limit = 0.5 * moderate(x)  # so that small incoming gradients, over the sum, are no zeros
    if less_own.max() <= limit:
        return less_own, 0.0
    less_largest, m = shift(x, -1)
    near = m - own[..., None] <= limit
    at_target = np.where(near[..., 0], np.zeros_like(own), own - m[..., 0])
    return np.where(near, less_own, less_largest), at_target


def subtract(d, smoothing, y_true, g):
    """Return d less g times the smoothed target; d itself may be written to."""
    if smoothing:
        d -= (g * (smoothing / d.shape[-1]))[..., None]
        g = g * (1.0 - smoothing)
    if not is_labels(y_true):
        d -= g[..., None] * y_true
        return d
    flat = d.reshape(-1, d.shape[-1])
    flat[place(y_true)] -= g.reshape(-1)
    return flat.reshape(d.shape)


def place(labels):
    """Return where the labels' entries are in a matrix of one row per label."""
    return np.arange(labels.size, like=labels), labels.reshape(-1)


# ---- probabilities -------------------------------------------------------------------------------
def tiny(p) -> float:
    """Return the smallest normal number of p's dtype."""
    return float(np.finfo(p.dtype).tiny)


def floored(p):
    """Return probabilities of at least ``tiny``, so that their logarithm is finite."""
    return np.maximum(p, tiny(p))
