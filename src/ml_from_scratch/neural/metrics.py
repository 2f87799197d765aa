"""What to measure beside the loss: names for ``Model.compile(metrics=[...])``, and what they mean.

A metric is called with (y_true, y_pred), as in ``utils.metrics``, where y_pred is what the model's last
layer returns. A plain function will do where the metric of all samples is the mean of those of the batches:
accuracy, squared errors. Where it is not (precision, AUC, R2, perplexity) take a ``streaming.Metric``.
"""

from __future__ import annotations

import copy

from ml_from_scratch import backend
from ml_from_scratch.losses import MAE, MSE
from ml_from_scratch.utils.metrics import accuracy_score, r2_score, roc_auc_score

from .labels import both_classes, has_columns, predicted_classes
from .streaming import FromAll, Metric, Perplexity

__all__ = ["accuracy", "as_metric", "has_columns", "measure", "predicted_classes"]

METRICS = {
    "mse": MSE(),
    "mae": MAE(),
    "auc": FromAll(roc_auc_score, name="auc"),
    "r2": FromAll(r2_score, name="r2"),
    "perplexity": Perplexity(),
}


def accuracy(y_true, y_pred, loss=None) -> float:
    """Return the share of samples whose class is right; y_true holds labels, or is one-hot."""
    return accuracy_score(*both_classes(y_true, y_pred, loss))


def as_metric(metric, loss=None):
    """Return (name, function of y_true and y_pred, or Metric) for a metric's name, or for the thing itself.

    A Metric is a fresh copy, which has seen nothing.

    Raises
    ------
    ValueError
        If the name is unknown.
    """
    if metric == "accuracy":
        return metric, lambda y_true, y_pred: accuracy(y_true, y_pred, loss)
    if metric in ("mse", "mae"):
        return metric, lambda y_true, y_pred: METRICS[metric](y_pred, y_true)
    metric = METRICS.get(metric, metric) if isinstance(metric, str) else metric
    if isinstance(metric, Metric):
        fresh = copy.copy(metric)
        fresh.loss = loss
        fresh.reset()
        return fresh.name, fresh
    if not callable(metric):
        known = ", ".join(["accuracy", *METRICS])
        raise ValueError(
            f"a metric is one of {known}, a function of (y_true, y_pred), or a Metric; got {metric!r}."
        )
    return getattr(metric, "__name__", type(metric).__name__), metric


def measure(metrics, y_true, y_pred) -> dict:
    """Return {name: value} of (name, function or fresh Metric) pairs."""
    values = {}
    for name, metric in metrics:
        if isinstance(metric, Metric):
            metric.update(y_true, y_pred)
        value = metric.result() if isinstance(metric, Metric) else metric(y_true, y_pred)
        values[name] = float(backend.to_host(value))
    return values
