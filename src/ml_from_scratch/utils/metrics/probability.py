r"""How good are predicted probabilities? Log loss and the Brier score.

With the one-hot target :math:`y_{ik}` and the predicted probability :math:`p_{ik}`:

.. math::
    \mathrm{log\ loss} &= -\frac{1}{n} \sum_i \sum_k y_{ik} \log p_{ik} \tag{1} \\
    \mathrm{Brier} &= \frac{1}{n} \sum_i \sum_k (p_{ik} - y_{ik})^2 \tag{2}

Both are proper: the expected score is best exactly when the true probabilities are reported (Brier,
1950; Gneiting & Raftery, 2007). The log loss punishes a confident error without bound (here
:math:`p` is kept within the dtype's precision of 0 and 1), the Brier score at most by 2. For two
classes the Brier score is halved, so that it is the squared error of the positive class alone.
"""

from __future__ import annotations

import warnings

import numpy as np

from ...core.checks import as_float, check_finite, check_weights
from ...losses import MSE, CrossEntropy
from .targets import check_labels, check_lengths, check_same_kind, encode

SURPRISE = CrossEntropy(reduction="none")
SQUARED_ERRORS = MSE(reduction="none")


def log_loss(y_true, y_proba, *, normalize=True, sample_weight=None, labels=None) -> float:
    """Return the mean negative log-likelihood of the true classes.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Labels.
    y_proba : array-like of shape (n_samples, n_classes) or (n_samples,)
        Probabilities, columns in the sorted order of the classes; one column is the probability of
        the larger of two classes.
    normalize : bool
        False returns the (weighted) sum instead of the mean.
    sample_weight : array-like of shape (n_samples,), optional
        How much each sample counts.
    labels : array-like of shape (n_classes,), optional
        All classes, needed when y_true lacks some.

    Raises
    ------
    ValueError
        If values are outside [0, 1], columns do not match the classes, or only one class is known.

    Warns
    -----
    UserWarning
        If rows do not sum to one.

    Examples
    --------
    >>> p = [[0.1, 0.9], [0.9, 0.1], [0.8, 0.2], [0.35, 0.65]]
    >>> round(log_loss(["spam", "ham", "ham", "spam"], p), 4)
    0.2162
    """
    codes, p = _codes_and_proba(y_true, y_proba, labels)
    weights = check_weights(sample_weight, len(codes))
    eps = float(np.finfo(p.dtype).eps)
    losses = SURPRISE.value(np.clip(p, eps, 1 - eps), codes)  # (n,)  (1)
    if not normalize:
        return float(losses.sum() if weights is None else losses @ weights)
    return float(np.average(losses, weights=weights))


def brier_score_loss(
    y_true, y_proba, *, sample_weight=None, pos_label=None, labels=None, scale_by_half="auto"
) -> float:
    """Return the mean squared distance between predicted probabilities and what happened.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Labels.
    y_proba : array-like of shape (n_samples,) or (n_samples, n_classes)
        The probability of the positive class, or one column per class (sorted).
    sample_weight : array-like of shape (n_samples,), optional
        How much each sample counts.
    pos_label : label, optional
        The positive class; by default the larger of two numbers. Strings must name it.
    labels : array-like of shape (n_classes,), optional
        All classes, when there are columns and y_true lacks some.
    scale_by_half : bool or "auto"
        Whether to halve the score; "auto" halves it for two classes only.

    Raises
    ------
    ValueError
        If values are outside [0, 1], targets are not binary with one column, or strings come
        without pos_label.

    Examples
    --------
    >>> round(brier_score_loss([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3]), 4)
    0.0375
    """
    p = np.asarray(y_proba)
    if p.ndim == 1 or (p.ndim == 2 and p.shape[1] == 1):
        codes, p = _binary_codes_and_proba(y_true, p.reshape(-1), pos_label)
    else:
        codes, p = _codes_and_proba(y_true, p, labels)
    weights = check_weights(sample_weight, len(codes))
    onehot = np.zeros_like(p)
    onehot[np.arange(len(codes)), codes] = 1.0
    distances = SQUARED_ERRORS.value(p, onehot).sum(axis=1)  # (n,)
    score = float(np.average(distances, weights=weights))  # (2)
    halve = p.shape[1] < 3 if scale_by_half == "auto" else scale_by_half
    return score / 2 if halve else score


def _codes_and_proba(y_true, y_proba, labels):
    """Return the class numbers and the probabilities, shape (n_samples, n_classes)."""
    y_true, p = check_labels(y_true, "y_true"), _check_proba(y_proba)
    check_lengths(("y_true", y_true), ("y_proba", p))
    classes = _all_classes(y_true, labels)
    if p.shape[1] == 1:
        p = np.hstack([1 - p, p])
    if p.shape[1] != len(classes):
        raise ValueError(
            f"y_proba has {p.shape[1]} columns, but there are {len(classes)} classes, "
            f"{classes[:10].tolist()}, in {'labels' if labels is not None else 'y_true'}; "
            "name them all with labels=..."
        )
    if not np.allclose(p.sum(axis=1), 1.0, rtol=float(np.sqrt(np.finfo(p.dtype).eps))):
        warnings.warn(
            "The y_proba values do not sum to one. Make sure to pass probabilities.",
            UserWarning,
            stacklevel=3,
        )
    return encode(y_true, classes), p


def _all_classes(y_true, labels):
    if labels is None:
        classes = np.unique(y_true)
        if len(classes) == 1:
            raise ValueError(
                f"y_true contains only one label ({classes[0]!r}). Please provide all class labels "
                "explicitly through the labels argument."
            )
        return classes
    labels = check_labels(labels, "labels")
    check_same_kind(labels, y_true)
    classes = np.unique(labels)
    if len(classes) < 2:
        raise ValueError(f"labels needs at least two labels; got {classes.tolist()}.")
    if len(classes) != len(labels) or (classes != labels).any():
        warnings.warn(
            f"labels={labels.tolist()} are not sorted; the columns of y_proba are read in the "
            f"order {classes.tolist()}.",
            UserWarning,
            stacklevel=4,
        )
    unknown = np.setdiff1d(y_true, classes)
    if len(unknown):
        raise ValueError(
            f"y_true contains values {unknown[:5].tolist()} not belonging to the passed labels "
            f"{classes.tolist()}."
        )
    return classes


def _binary_codes_and_proba(y_true, p, pos_label):
    y_true, p = check_labels(y_true, "y_true"), _check_proba(p)[:, 0]
    check_lengths(("y_true", y_true), ("y_proba", p))
    classes = np.unique(y_true)
    if len(classes) > 2:
        raise ValueError(
            f"y_true has {len(classes)} classes, so it is multiclass; y_proba then needs one "
            "column per class, shape (n_samples, n_classes)."
        )
    if pos_label is None:
        if classes.dtype.kind == "U":
            raise ValueError(
                f"y_true takes value in {classes.tolist()} and pos_label is not specified: name "
                "the positive class with pos_label=..."
            )
        ambiguous = not set(classes.tolist()) <= {-1, 0, 1} or set(classes.tolist()) == {-1, 0}
        pos_label = classes[-1] if ambiguous else 1
    return (y_true == pos_label).astype(np.intp), np.column_stack([1 - p, p])


def _check_proba(y_proba):
    """Return probabilities in [0, 1] as a float matrix of shape (n_samples, n_columns)."""
    p = as_float(y_proba, "y_proba")
    if p.ndim not in (1, 2):
        raise ValueError(f"y_proba must have shape (n_samples, n_classes); got {p.shape}.")
    check_finite(p, "y_proba")
    if p.size and p.max() > 1:
        raise ValueError(f"y_proba contains values greater than 1: {float(p.max())}.")
    if p.size and p.min() < 0:
        raise ValueError(f"y_proba contains values lower than 0: {float(p.min())}.")
    return p[:, None] if p.ndim == 1 else p
