"""Labels out of what a network returns, and out of targets, which may be one-hot."""

from __future__ import annotations


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


def true_classes(y_true, y_pred):
    """Return the true labels: y_true itself, or the largest column where it is one-hot (or soft)."""
    one_hot = y_true.shape == y_pred.shape and has_columns(y_pred)
    return y_true.argmax(-1) if one_hot else y_true


def both_classes(y_true, y_pred, loss=None):
    """Return true and predicted labels as integers, each of shape (n,)."""
    true = true_classes(y_true, y_pred).reshape(-1).astype(int)
    return true, predicted_classes(y_pred, loss).reshape(-1)
