"""What losses accept as y_true and sample_weight, and what they say to everything else."""

from __future__ import annotations

import numpy as np

from .. import backend
from ..core import Tensor
from ..core.arrays import floating

TEXT = "OUS"


def as_array(x):
    """Return x as an array (or the Tensor that it is)."""
    return x if hasattr(x, "__array_function__") else np.asarray(x)


def as_target(y_true, y_pred):
    """Return numeric y_true in y_pred's floating dtype."""
    y_true = as_array(y_true)
    refuse_text(y_true)
    y_true = floating(y_true)
    return y_true if y_true.dtype == y_pred.dtype else y_true.astype(y_pred.dtype)


def refuse_text(y_true) -> None:
    """Raise TypeError if y_true holds strings or objects."""
    if y_true.dtype.kind in TEXT:
        raise TypeError(
            f"a loss compares numbers, but y_true has dtype {y_true.dtype}. Turn labels into the "
            "numbers 0, 1, ... first, with utils.preprocessing.LabelEncoder."
        )


def check_same_shape(who, y_pred, y_true) -> None:
    """Raise ValueError unless both have one shape, since NumPy would broadcast them in silence."""
    if y_pred.shape == y_true.shape:
        return
    if y_pred.shape == y_true.shape + (1,):
        repair = "Give y_true a last axis, y_true[..., None], or drop y_pred's, y_pred[..., 0]."
    elif y_true.shape == y_pred.shape + (1,):
        repair = "Give y_pred a last axis, y_pred[..., None], or drop y_true's, y_true[..., 0]."
    else:
        repair = "There must be one true value for every predicted one."
    raise ValueError(
        f"{who} needs y_pred and y_true of one shape; got {y_pred.shape} and {y_true.shape}, which "
        f"broadcasting would mix up without a word. {repair}"
    )


def check_labels(who, y_true, n_classes):
    """Return integer labels that lie in 0 .. n_classes - 1."""
    refuse_text(y_true)
    if y_true.dtype.kind not in "iub":
        raise TypeError(
            f"{who}: labels are integers (or, one-hot, of y_pred's shape); y_true has shape "
            f"{y_true.shape} and dtype {y_true.dtype}. Use y_true.astype(int)."
        )
    y_true = y_true.astype(np.intp, copy=False)
    if y_true.size and not 0 <= y_true.min().item() <= y_true.max().item() < n_classes:
        raise ValueError(
            f"{who}: y_pred has {n_classes} columns, so labels lie in 0 to {n_classes - 1}; got "
            f"{y_true.min().item()} to {y_true.max().item()}. Give y_pred a column per class, or "
            "number the classes from 0 with utils.preprocessing.LabelEncoder."
        )
    return y_true


def check_distributions(who, y_true) -> None:
    """Raise ValueError unless the last axis holds numbers of at least 0 that add up to 1."""
    if isinstance(y_true, Tensor) or not y_true.size:
        return
    if y_true.min().item() < 0 or abs(y_true.sum(-1) - 1.0).max().item() > 1e-3:
        raise ValueError(
            f"{who}: one-hot (or soft) labels are at least 0 and every row adds up to 1, which these "
            "do not. For several true classes at once use BinaryCrossEntropy."
        )


def check_probabilities(who, y_pred) -> None:
    """Raise ValueError if y_pred, given instead of logits, leaves the interval from 0 to 1."""
    if isinstance(y_pred, Tensor):
        y_pred = y_pred.data
    if y_pred.size and (y_pred.min().item() < -1e-3 or y_pred.max().item() > 1.001):
        raise ValueError(
            f"{who} takes probabilities, from 0 to 1; y_pred goes from {y_pred.min().item():.6g} to "
            f"{y_pred.max().item():.6g}. If these are logits use {who}(from_logits=True)."
        )


def check_weight(weight, shape, y_pred):
    """Return weights of the terms' shape, in y_pred's dtype, or None if there are none."""
    if weight is None:
        return None
    weight = as_target(weight, y_pred)
    if weight.shape != shape[: weight.ndim]:
        raise ValueError(
            f"sample_weight has shape {weight.shape}; it needs one weight per sample, {shape[:1]}"
            f"{f', or one per term, {shape}' if len(shape) > 1 else ''}."
        )
    if not isinstance(weight, Tensor) and weight.size and weight.min().item() < 0:
        raise ValueError(
            f"sample_weight says how often a sample counts; {weight.min().item():.6g} is negative."
        )
    missing = (1,) * (len(shape) - weight.ndim)
    return np.broadcast_to(np.reshape(weight, weight.shape + missing), shape)


def check_not_all_zero(weight) -> None:
    """Raise ValueError if nothing counts, so that there is no mean."""
    if weight is not None and not isinstance(weight, Tensor) and not weight.max().item():
        raise ValueError(
            "the weights are 0 for every sample, so the mean has no value. Leave the batch out, or "
            "use reduction='sum'."
        )


def class_weights(weights, n_classes, y_pred):
    """Return class weights, given as a list or as {class: weight}, as an array in y_pred's dtype."""
    if isinstance(weights, dict):
        unknown = sorted(k for k in weights if k not in range(n_classes))
        if unknown:
            raise ValueError(
                f"class_weight names the classes {unknown}; y_pred has the classes 0 to "
                f"{n_classes - 1}."
            )
        weights = [weights.get(k, 1.0) for k in range(n_classes)]
    array = np.array(backend.to_host(weights), dtype=y_pred.dtype)
    if array.shape != (n_classes,) or not (array >= 0).all():
        raise ValueError(
            f"class_weight needs {n_classes} numbers of at least 0, one per column of y_pred; got "
            f"{array.tolist()}."
        )
    return backend.like(array, y_pred.data if isinstance(y_pred, Tensor) else y_pred)
