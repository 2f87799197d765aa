"""What to measure beside the loss: names for ``Model.compile(metrics=[...])``, and what they mean.

A metric is called with (y_true, y_pred), as in ``utils.metrics``, where y_pred is what the model's last
layer returns.
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch.losses import MAE, MSE
from ml_from_scratch.utils.metrics import accuracy_score


def predicted_classes(y_pred, loss=None):
    """Return the most probable class of every sample.

    With several columns it is the column with the largest value. With one it is 1 if the value is
    above the middle: 0.5 for probabilities, 0 for scores (a loss with ``from_logits=True``).
    """
    if has_columns(y_pred):
        return y_pred.argmax(-1)
    middle = 0.0 if getattr(loss, "from_logits", False) else 0.5
    flat = y_pred[..., 0] if y_pred.ndim > 1 else y_pred
    return (flat > middle).astype(int)


def has_columns(y_pred) -> bool:
    """Whether there is a column for each of several classes."""
    return y_pred.ndim > 1 and y_pred.shape[-1] > 1


def accuracy(y_true, y_pred, loss=None) -> float:
    """Return the share of samples whose class is right; y_true holds labels, or is one-hot."""
    predicted = predicted_classes(y_pred, loss)
    one_hot = y_true.shape == y_pred.shape and has_columns(y_pred)
    true = y_true.argmax(-1) if one_hot else y_true
    return accuracy_score(true.reshape(-1).astype(int), predicted.reshape(-1))


METRICS = {"mse": MSE(), "mae": MAE()}


def as_metric(metric, loss=None):
    """Return (name, function of y_true and y_pred) for a metric's name, or for a function.

    Raises
    ------
    ValueError
        If the name is unknown.
    """
    if metric == "accuracy":
        return metric, lambda y_true, y_pred: accuracy(y_true, y_pred, loss)
    if metric in METRICS:
        return metric, lambda y_true, y_pred: METRICS[metric](y_pred, y_true)
    if not callable(metric):
        known = ", ".join(["accuracy", *METRICS])
        raise ValueError(
            f"a metric is one of {known}, or a function of (y_true, y_pred); got {metric!r}."
        )
    return getattr(metric, "__name__", type(metric).__name__), metric


def measure(metrics, y_true, y_pred) -> dict:
    """Return {name: value} of (name, function) pairs."""
    return {name: float(np.asarray(function(y_true, y_pred))) for name, function in metrics}
