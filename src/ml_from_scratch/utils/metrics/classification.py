r"""How often is a classifier right? Accuracy, and the confusion matrix that says where it errs.

With weights :math:`w_i` (all one by default), the confusion matrix counts what was predicted
(column :math:`k`) for what was true (row :math:`c`). Accuracy is the share on its diagonal, balanced
accuracy the mean over the :math:`K` classes of the share on each row's:

.. math::
    C_{ck} &= \sum_i w_i \, [y_i = c][\hat y_i = k] \tag{1} \\
    \mathrm{balanced\ accuracy} &= \frac{1}{K} \sum_{c=1}^{K} C_{cc} / \sum_k C_{ck} \tag{2}

Names, arguments and values are scikit-learn's; multi-label targets are not handled.
"""

from __future__ import annotations

import warnings

import numpy as np

from ...core.checks import check_choice
from ...core.scores import accuracy
from .targets import check_classification, check_labels, check_same_kind, encode, encode_both


def accuracy_score(y_true, y_pred, *, normalize=True, sample_weight=None) -> float:
    """Return the share of samples whose label is predicted exactly.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)
        Labels: integers, booleans, whole floats or strings.
    normalize : bool
        False returns the (weighted) number of right predictions instead of the share.
    sample_weight : array-like of shape (n_samples,), optional
        How much each sample counts.

    Raises
    ------
    ValueError
        If there is no sample, lengths differ, or the values are not labels of one kind.

    Examples
    --------
    >>> accuracy_score(["cat", "dog", "cat", "owl"], ["cat", "cat", "cat", "owl"])
    0.75
    """
    y_true, y_pred, w = check_classification(y_true, y_pred, sample_weight)
    if normalize:
        return accuracy(y_true, y_pred, w)
    right = y_true == y_pred
    return float(right.sum() if w is None else right @ w)


def confusion_matrix(y_true, y_pred, *, labels=None, sample_weight=None, normalize=None):
    """Count, for every true class (row), how often each class was predicted (column).

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)
        Labels.
    labels : array-like of shape (n_classes,), optional
        Which classes, in which order; by default all that occur, sorted. Samples of other classes
        are left out.
    sample_weight : array-like of shape (n_samples,), optional
        How much each sample counts.
    normalize : {"true", "pred", "all"}, optional
        Divide by the sum of the row, of the column, or of everything; an empty one gives zeros.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)
        int64, or float64 with fractional weights or ``normalize``.

    Raises
    ------
    ValueError
        If there is no sample, none of the labels occurs in y_true, or normalize is unknown.

    Examples
    --------
    >>> confusion_matrix([0, 0, 1, 1, 1], [0, 1, 1, 1, 0]).tolist()
    [[1, 1], [1, 2]]
    """
    y_true, y_pred, w = check_classification(y_true, y_pred, sample_weight)
    classes, true, predicted = encode_both(y_true, y_pred)
    if labels is not None:
        wanted = _check_wanted(labels, classes, y_true)
        place = encode(classes, wanted)
        classes, true, predicted = wanted, place[true], place[predicted]
    elif len(classes) == 1:
        warnings.warn(
            "A single label was found in y_true and y_pred, so the confusion matrix is 1 by 1; "
            "name all classes with labels=... for its full shape.",
            UserWarning,
            stacklevel=2,
        )
    C = _count(true, predicted, len(classes), w)
    if w is None or np.asarray(sample_weight).dtype.kind in "biu":
        C = C.astype(np.int64)
    return _normalize(C, normalize)


def _check_wanted(labels, classes, y_true):
    labels = check_labels(labels, "labels")
    if len(labels) == 0:
        raise ValueError("'labels' should contain at least one label; got an empty list.")
    check_same_kind(labels, y_true)
    if not np.isin(labels, y_true).any():
        raise ValueError(
            f"At least one label specified must be in y_true; labels={labels[:5].tolist()}, "
            f"but the data have {classes[:5].tolist()}."
        )
    return labels


def _count(true, predicted, K, w):
    """Count pairs of codes; the code K, a class that is not asked for, is left out."""
    cells = true * (K + 1) + predicted
    counts = np.bincount(cells, weights=w, minlength=(K + 1) ** 2)  # (1)
    return counts.reshape(K + 1, K + 1)[:K, :K]


def _normalize(C, how):
    if check_choice("normalize", how, ("true", "pred", "all", None)) is None:
        return C
    totals = C.sum(axis={"true": 1, "pred": 0, "all": None}[how], keepdims=True)
    return np.divide(C, totals, out=np.zeros(C.shape), where=totals != 0)


def balanced_accuracy_score(y_true, y_pred, *, sample_weight=None, adjusted=False) -> float:
    """Return the mean recall over the classes of y_true: each class counts the same.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)
        Labels.
    sample_weight : array-like of shape (n_samples,), optional
        How much each sample counts.
    adjusted : bool
        True rescales so that guessing scores 0 and perfection 1.

    Examples
    --------
    >>> balanced_accuracy_score([0, 0, 0, 0, 1, 1], [0, 0, 0, 0, 0, 1])
    0.75
    """
    y_true, y_pred, w = check_classification(y_true, y_pred, sample_weight)
    classes, true, predicted = encode_both(y_true, y_pred)
    C = _count(true, predicted, len(classes), w)
    T = C.sum(axis=1)
    if (T == 0).any():
        warnings.warn("y_pred contains classes not in y_true.", UserWarning, stacklevel=2)
    seen = T != 0
    score = float(np.mean(C.diagonal()[seen] / T[seen]))  # (2)
    if adjusted:
        chance = 1 / int(seen.sum())
        score = (score - chance) / (1 - chance) if chance < 1 else float("nan")
    return score
