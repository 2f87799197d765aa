"""Softmax and its logarithm as layers: scores become probabilities that add up to 1.

The equations, their stable form and their closed-form derivatives are in ``core/functions``. A network
that ends in Softmax is trained with ``CrossEntropy()``; one that ends in scores with
``CrossEntropy(from_logits=True)``, which cannot saturate.
"""

from __future__ import annotations

from ml_from_scratch.core.functions import log_softmax, softmax

from ..layer import Layer


class Softmax(Layer):
    """exp(x) / sum(exp(x)) along an axis, the last unless told otherwise.

    Examples
    --------
    >>> Softmax()([[0.0, 0.0]]).tolist()
    [[0.5, 0.5]]
    """

    def __init__(self, axis=-1):
        self.axis = axis

    def forward(self, x):
        """Return softmax(x)."""
        return softmax(x, axis=self.axis)


class LogSoftmax(Layer):
    """log(softmax(x)) along an axis, finite where softmax would underflow to 0."""

    def __init__(self, axis=-1):
        self.axis = axis

    def forward(self, x):
        """Return log_softmax(x)."""
        return log_softmax(x, axis=self.axis)
