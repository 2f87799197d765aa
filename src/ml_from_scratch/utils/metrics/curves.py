r"""How well does a score rank? Curves over all thresholds: ROC and precision-recall.

Every threshold :math:`t` turns a score into a decision: positive when :math:`s_i \ge t`. Lowering
it from infinity, with :math:`TP(t)` and :math:`FP(t)` the (weighted) positives and negatives above
it, and :math:`T, F` all positives and negatives:

.. math::
    TPR(t) &= TP(t) / T \tag{1} \\
    FPR(t) &= FP(t) / F \tag{2} \\
    \mathrm{precision}(t) &= TP(t) / (TP(t) + FP(t)) \tag{3}

Recall is another name for the true positive rate (1). The ROC curve shows (1) against (2), the
precision-recall curve (3) against (1), which says more when positives are rare.
"""

from __future__ import annotations

import warnings

import numpy as np

from ...core.checks import as_float, check_finite, check_weights
from .targets import (
    UndefinedMetricWarning,
    check_column,
    check_labels,
    check_lengths,
    check_same_kind,
)


def roc_curve(y_true, y_score, *, pos_label=None, sample_weight=None, drop_intermediate=True):
    """Return the false and true positive rates at every useful threshold.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Labels of two classes; unless they are {0, 1} or {-1, 1}, name the positive one.
    y_score : array-like of shape (n_samples,)
        Larger means more positive: probabilities or decision values.
    pos_label : label, optional
        The positive class.
    sample_weight : array-like of shape (n_samples,), optional
        How much each sample counts.
    drop_intermediate : bool
        Leave out points on a straight line between others.

    Returns
    -------
    fpr, tpr, thresholds : ndarrays of shape (n_points,)
        Both rates rise from 0 to 1; the first threshold is infinity: nothing is positive.

    Raises
    ------
    ValueError
        If the targets are not binary, scores are not finite, or lengths differ.

    Examples
    --------
    >>> fpr, tpr, thresholds = roc_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> fpr.tolist(), tpr.tolist()
    ([0.0, 0.0, 0.5, 0.5, 1.0], [0.0, 0.5, 0.5, 1.0, 1.0])
    """
    fp, tp, thresholds = count_above(y_true, y_score, pos_label, sample_weight)
    if drop_intermediate and len(fp) > 2:
        bends = (np.diff(fp, 2) != 0) | (np.diff(tp, 2) != 0)
        keep = np.concatenate([[True], bends, [True]])
        fp, tp, thresholds = fp[keep], tp[keep], thresholds[keep]
    fpr = _rate(np.append(0.0, fp), "negative", "false")  # (2)
    tpr = _rate(np.append(0.0, tp), "positive", "true")  # (1)
    return fpr, tpr, np.append(np.inf, thresholds.astype(np.float64))


def _rate(counts, missing, rate):
    if counts[-1] > 0:
        return counts / counts[-1]
    warnings.warn(
        f"No {missing} samples in y_true, so the {rate} positive rate is not defined (nan).",
        UndefinedMetricWarning,
        stacklevel=3,
    )
    return np.full(counts.shape, np.nan)


def count_above(y_true, y_score, pos_label=None, sample_weight=None):
    """Return (fp, tp, thresholds) at each distinct score, the highest first, shape (n_points,)."""
    y_true, y_score = check_labels(y_true, "y_true"), check_scores(y_score)
    n_samples = check_lengths(("y_true", y_true), ("y_score", y_score))
    weights = check_weights(sample_weight, n_samples)
    positive = _is_positive(y_true, pos_label)
    if weights is not None:  # a weight of zero is an absent sample: it makes no threshold
        present = weights != 0
        positive, y_score, weights = positive[present], y_score[present], weights[present]
    order = np.argsort(-y_score)
    positive, y_score = positive[order], y_score[order]
    w = 1.0 if weights is None else weights[order]
    last = np.append(np.flatnonzero(np.diff(y_score)), len(y_score) - 1)  # the last of each tie
    tp = np.cumsum(positive * w)[last]
    fp = np.cumsum(~positive * w)[last]
    return fp, tp, y_score[last]


def check_scores(y_score) -> np.ndarray:
    """Return the scores of the positive class as finite floats, shape (n_samples,)."""
    shape = np.shape(y_score)
    if len(shape) == 2 and shape[1] == 2:
        raise ValueError(
            f"y_score has a column for each of two classes, shape {shape}; pass the positive one, "
            "y_score[:, 1]."
        )
    y_score = as_float(check_column(y_score, "y_score"), "y_score")
    check_finite(y_score, "y_score")
    return y_score


def _is_positive(y_true, pos_label):
    """Return a boolean column; without ``pos_label`` only {0, 1} and {-1, 1} are unambiguous."""
    classes = np.unique(y_true).tolist()
    if pos_label is not None:
        check_same_kind(np.asarray([pos_label]), y_true)
        return y_true == pos_label
    if not any(set(classes) <= pair for pair in ({0, 1}, {-1, 1})):
        if len(classes) > 2:
            raise ValueError(
                f"multiclass format is not supported: y_true has {len(classes)} classes. Score one "
                "class against the rest with pos_label=..."
            )
        raise ValueError(
            f"y_true takes value in {{{', '.join(map(repr, classes))}}} and pos_label is not "
            "specified: use {0, 1} or {-1, 1}, or pass pos_label explicitly."
        )
    return y_true == 1


def precision_recall_curve(
    y_true, y_score, *, pos_label=None, sample_weight=None, drop_intermediate=False
):
    """Return precision and recall at every threshold, the lowest first.

    Parameters
    ----------
    y_true, y_score, pos_label, sample_weight
        As in `roc_curve`.
    drop_intermediate : bool
        Leave out points between others of the same recall.

    Returns
    -------
    precision, recall : ndarrays of shape (n_thresholds + 1,)
        The last point is precision 1 at recall 0, which has no threshold.
    thresholds : ndarray of shape (n_thresholds,)

    Examples
    --------
    >>> precision, recall, thresholds = precision_recall_curve([0, 1, 1], [0.1, 0.4, 0.8])
    >>> recall.tolist(), thresholds.tolist()
    ([1.0, 1.0, 0.5, 0.0], [0.1, 0.4, 0.8])
    """
    fp, tp, thresholds = count_above(y_true, y_score, pos_label, sample_weight)
    if drop_intermediate and len(fp) > 2:
        moves = (np.diff(tp[:-1]) != 0) | (np.diff(tp[1:]) != 0)
        keep = np.concatenate([[True], moves, [True]])
        fp, tp, thresholds = fp[keep], tp[keep], thresholds[keep]
    found = tp + fp
    precision = np.divide(tp, found, out=np.zeros(len(tp)), where=found != 0)  # (3)
    if tp[-1] > 0:
        recall = tp / tp[-1]  # (1)
    else:
        warnings.warn(
            "No positive class found in y_true, recall is set to one for all thresholds.",
            UndefinedMetricWarning,
            stacklevel=2,
        )
        recall = np.ones(len(tp))
    return np.append(precision[::-1], 1.0), np.append(recall[::-1], 0.0), thresholds[::-1]
