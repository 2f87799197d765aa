r"""How well does a score rank, in one number? The areas under the ROC and precision-recall curves.

.. math:: \mathrm{area} = \sum_j (x_j - x_{j-1}) \, (y_j + y_{j-1}) / 2 \tag{1}

Under the ROC curve that is the probability that a positive scores above a negative, ties counting
half. The precision-recall curve is summed as steps, since a straight line between two of its points
is too optimistic (Davis & Goadrich, 2006); with recall :math:`R_j` and precision :math:`P_j`:

.. math:: AP = \sum_j (R_j - R_{j-1}) \, P_j \tag{2}

Several classes are scored one against the rest, or, for the ROC area, one against one: for each
pair the two areas within the pair are averaged (Hand & Till, 2001, equation 7),

.. math:: A(a, b) = \tfrac{1}{2} \left( A(a \mid b) + A(b \mid a) \right) \tag{3}
"""

from __future__ import annotations

import itertools
import warnings

import numpy as np

from ...core.checks import check_choice, check_weights
from .curves import check_scores, precision_recall_curve, roc_curve
from .targets import (
    UndefinedMetricWarning,
    check_column,
    check_labels,
    check_lengths,
    check_same_kind,
    encode,
)


def auc(x, y) -> float:
    """Return the area under a curve by the trapezoidal rule.

    Parameters
    ----------
    x : array-like of shape (n_points,)
        Increasing or decreasing, at least two points.
    y : array-like of shape (n_points,)
        Heights.

    Raises
    ------
    ValueError
        If there are fewer than two points or x goes both ways.

    Examples
    --------
    >>> auc([0, 0.5, 1], [0, 1, 1])
    0.75
    """
    x, y = check_column(x, "x"), check_column(y, "y")
    check_lengths(("x", x), ("y", y))
    if len(x) < 2:
        raise ValueError(
            f"At least 2 points are needed to compute area under curve, but x.shape = {x.shape}."
        )
    dx = np.diff(x)
    if (dx < 0).any() and (dx > 0).any():
        raise ValueError("x is neither increasing nor decreasing; sort the points by x first.")
    sign = -1.0 if (dx < 0).any() else 1.0
    return sign * float((dx * (y[1:] + y[:-1]) / 2).sum())  # (1)


def average_precision_score(y_true, y_score, *, average="macro", pos_label=1, sample_weight=None):
    """Return the area under the precision-recall curve, as a sum of steps.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Labels. With more than two classes each is scored against the rest.
    y_score : array-like of shape (n_samples,) or (n_samples, n_classes)
        Larger means more positive; one column per class (sorted) when there are several.
    average : {"micro", "macro", "weighted"} or None
        How the classes are averaged: see `roc_auc_score`. Not used for two classes.
    pos_label : label
        The positive one of two classes.
    sample_weight : array-like of shape (n_samples,), optional
        How much each sample counts.

    Examples
    --------
    >>> round(average_precision_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), 4)
    0.8333
    """
    labels = check_labels(y_true, "y_true")
    classes = np.unique(labels)
    if len(classes) <= 2:
        if len(classes) == 2 and pos_label not in classes.tolist():
            raise ValueError(
                f"pos_label={pos_label!r} is not a valid label: it should be one of "
                f"{classes.tolist()}."
            )
        return _average_precision(labels, y_score, sample_weight, pos_label)
    if pos_label != 1:
        raise ValueError("pos_label is for two classes; leave it out for multiclass y_true.")
    scores = _check_class_scores(y_score, labels, classes)
    return _one_vs_rest(_average_precision, labels, scores, classes, average, sample_weight)


def _average_precision(y_true, y_score, sample_weight, pos_label=1):
    precision, recall, _ = precision_recall_curve(
        y_true, y_score, pos_label=pos_label, sample_weight=sample_weight
    )
    return max(0.0, -float(np.diff(recall) @ precision[:-1]))  # (2)


def roc_auc_score(
    y_true, y_score, *, average="macro", sample_weight=None, multi_class="raise", labels=None
):
    """Return the area under the ROC curve; several classes one-vs-rest or one-vs-one.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Labels; of two, the larger is positive.
    y_score : array-like of shape (n_samples,) or (n_samples, n_classes)
        Scores of the positive class; with several classes probabilities, one column per class.
    average : {"micro", "macro", "weighted"} or None
        All (sample, class) decisions in one curve; the plain mean over classes (or pairs); the
        mean weighted by how frequent they are; or None, one area per class. "micro" and None need
        "ovr".
    sample_weight : array-like of shape (n_samples,), optional
        How much each sample counts; not with "ovo".
    multi_class : {"raise", "ovr", "ovo"}
        One-vs-rest depends on how frequent the classes are; one-vs-one with "macro" does not.
    labels : array-like of shape (n_classes,), optional
        The classes of the columns, sorted; by default those in y_true.

    Raises
    ------
    ValueError
        If several classes come without multi_class, columns do not match the classes or rows do
        not sum to one.

    Warns
    -----
    UndefinedMetricWarning
        If only one class is present; the result is nan.

    Examples
    --------
    >>> roc_auc_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """
    y_true = check_labels(y_true, "y_true")
    y_score = np.asarray(y_score)
    check_lengths(("y_true", y_true), ("y_score", y_score))
    classes = np.unique(y_true)
    one_column_each = y_score.ndim == 2 and y_score.shape[1] > 2
    if len(classes) <= 2 and not one_column_each:
        return _binary_roc_auc(y_true, y_score, sample_weight, classes[-1])
    if multi_class not in ("ovr", "ovo"):
        raise ValueError(
            f"y_true has several classes, so multi_class must be in ('ovo', 'ovr'): one against "
            f"one, or one against the rest; got {multi_class!r}."
        )
    classes = classes if labels is None else _check_class_labels(labels, y_true)
    y_score = _check_class_scores(y_score, y_true, classes)
    if not np.allclose(1, y_score.sum(axis=1)):
        raise ValueError(
            "Target scores need to be probabilities for multiclass roc_auc, i.e. they should sum "
            "up to 1.0 over classes; apply softmax to logits first."
        )
    if multi_class == "ovr":
        return _one_vs_rest(_binary_roc_auc, y_true, y_score, classes, average, sample_weight)
    if sample_weight is not None:
        raise ValueError("sample_weight is not supported for one-vs-one ROC AUC; use 'ovr'.")
    return _one_vs_one(y_true, y_score, classes, average)


def _binary_roc_auc(y_true, y_score, sample_weight, pos_label=1):
    if len(np.unique(y_true)) != 2:
        check_lengths(("y_true", y_true), ("y_score", check_scores(y_score)))
        warnings.warn(
            "Only one class is present in y_true. ROC AUC score is not defined in that case.",
            UndefinedMetricWarning,
            stacklevel=3,
        )
        return float("nan")
    fpr, tpr, _ = roc_curve(y_true, y_score, pos_label=pos_label, sample_weight=sample_weight)
    return auc(fpr, tpr)


def _check_class_labels(labels, y_true):
    labels = check_labels(labels, "labels")
    check_same_kind(labels, y_true)
    if not np.array_equal(np.unique(labels), labels):
        raise ValueError(f"Parameter 'labels' must be unique and ordered; got {labels.tolist()}.")
    if not np.isin(y_true, labels).all():
        raise ValueError("'y_true' contains labels not in parameter 'labels'.")
    return labels


def _check_class_scores(y_score, y_true, classes):
    y_score = np.asarray(y_score)
    if y_score.ndim != 2 or y_score.shape[1] != len(classes):
        raise ValueError(
            f"y_score needs to be of shape (n_samples, n_classes), one column for each of the "
            f"{len(classes)} classes of y_true (or of labels); got shape {y_score.shape}."
        )
    check_lengths(("y_true", y_true), ("y_score", y_score))
    return y_score


def _one_vs_rest(metric, y_true, y_score, classes, average, sample_weight):
    """Average a binary metric over the classes, each against the rest."""
    check_choice("average", average, ("micro", "macro", "weighted", None))
    weights = check_weights(sample_weight, len(y_true))
    member = (y_true[:, None] == classes).astype(np.int64)  # (n, K)
    if average == "micro":
        repeated = None if weights is None else np.repeat(weights, len(classes))
        return metric(member.ravel(), y_score.ravel(), repeated)
    scores = np.array([metric(member[:, c], y_score[:, c], weights) for c in range(len(classes))])
    if average is None:
        return scores
    if average == "macro":
        return float(scores.mean())
    support = member.sum(axis=0) if weights is None else weights @ member
    return float(np.average(np.where(support == 0, 0.0, scores), weights=support))


def _one_vs_one(y_true, y_score, classes, average):
    """Average the ROC area over all pairs of classes, within the pair's own samples."""
    check_choice("average (with 'ovo')", average, ("macro", "weighted"))
    codes = encode(y_true, classes)
    areas, sizes = [], []
    for a, b in itertools.combinations(np.unique(codes), 2):
        pair = (codes == a) | (codes == b)
        is_a = codes[pair] == a
        A_ab = _binary_roc_auc(is_a, y_score[pair, a], None, True)
        A_ba = _binary_roc_auc(~is_a, y_score[pair, b], None, True)
        areas.append((A_ab + A_ba) / 2)  # (3)
        sizes.append(pair.sum())
    return float(np.average(areas, weights=sizes if average == "weighted" else None))
