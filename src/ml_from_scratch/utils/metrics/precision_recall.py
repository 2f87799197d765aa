r"""Of what was found, how much is right; of what is there, how much was found.

For one class, with :math:`TP` samples rightly found among :math:`P` predicted and :math:`T` true:

.. math::
    \mathrm{precision} &= TP / P \tag{1} \\
    \mathrm{recall} &= TP / T \tag{2} \\
    F_\beta &= \frac{(1 + \beta^2)\, TP}{\beta^2\, T + P} \tag{3}

:math:`F_\beta` is the weighted harmonic mean of the first two: recall counts :math:`\beta` times as
much as precision (van Rijsbergen, Information Retrieval, 1979, chapter 7). With several classes
there is one value for each, and ``average`` says how they become one number. Names, arguments and
values are scikit-learn's; multi-label targets are not handled.
"""

from __future__ import annotations

import warnings

import numpy as np

from ...core.checks import check_choice
from .targets import UndefinedMetricWarning, check_classification, encode, encode_both


def precision_recall_fscore_support(
    y_true,
    y_pred,
    *,
    beta=1.0,
    labels=None,
    pos_label=1,
    average=None,
    warn_for=("precision", "recall", "f-score"),
    sample_weight=None,
    zero_division="warn",
):
    """Return precision, recall, F-beta and support, by class or averaged.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)
        Labels.
    beta : float
        How much more recall counts than precision in the F score; 0 is precision alone, infinity
        recall alone.
    labels : array-like, optional
        The classes to look at, in this order; by default all that occur, sorted.
    pos_label : label
        The class that is scored with ``average="binary"``.
    average : {"binary", "micro", "macro", "weighted"} or None
        The positive class of two; counts summed over classes; the plain mean over classes; the
        mean weighted by support; or None, one value for each class.
    warn_for : tuple of str
        Which undefined values are worth a warning.
    sample_weight : array-like of shape (n_samples,), optional
        How much each sample counts.
    zero_division : {"warn", 0, 1, nan}
        The value of 0 / 0; "warn" is 0 with an UndefinedMetricWarning. NaN is left out of averages.

    Returns
    -------
    precision, recall, f_score : float, or ndarray of shape (n_classes,)
    support : ndarray of shape (n_classes,), or None when averaged

    Raises
    ------
    ValueError
        If average does not fit the targets, or an argument is not one of its options.

    Examples
    --------
    >>> y_true, y_pred = [0, 1, 1, 1, 0, 1], [0, 1, 0, 1, 1, 1]
    >>> precision_recall_fscore_support(y_true, y_pred, average="binary")[:3]
    (0.75, 0.75, 0.75)
    """
    _check_zero_division(zero_division)
    if not beta >= 0:
        raise ValueError(f"beta must be a number of at least 0; got {beta!r}.")
    y_true, y_pred, w = check_classification(y_true, y_pred, sample_weight)
    present, true, predicted = encode_both(y_true, y_pred)
    classes = _classes_to_score(present, labels, pos_label, average)
    TP, P, T = _class_counts(present, true, predicted, classes, w)
    support = T
    if average == "micro":
        TP, P, T = (counts.sum(keepdims=True) for counts in (TP, P, T))

    def ratio(numerator, denominator, name, missing):
        warn = name in warn_for and zero_division == "warn"
        return _divide(numerator, denominator, zero_division, warn and (name, missing))

    precision = ratio(TP, P, "precision", "predicted")  # (1)
    recall = ratio(TP, T, "recall", "true")  # (2)
    if beta == 0:
        f_score = precision
    elif np.isposinf(beta):
        f_score = recall
    else:
        beta2 = float(beta) ** 2
        f_score = ratio((1 + beta2) * TP, beta2 * T + P, "f-score", "true nor predicted")  # (3)
    if average is None:
        return precision, recall, f_score, support
    weights = T if average == "weighted" else None
    return tuple(_mean_without_nan(s, weights) for s in (precision, recall, f_score)) + (None,)


def _check_zero_division(value):
    if value == "warn" or (isinstance(value, (int, float)) and (value in (0, 1) or value != value)):
        return
    raise ValueError(f"zero_division must be 'warn', 0, 1 or nan; got {value!r}.")


def _classes_to_score(present, labels, pos_label, average):
    options = ("binary", "micro", "macro", "weighted", None)
    check_choice("average", average, options)
    if average != "binary":
        if pos_label not in (None, 1):
            warnings.warn(
                f"pos_label={pos_label!r} is ignored when average != 'binary' (got {average!r}); "
                "use labels=[pos_label] to score a single class.",
                UserWarning,
                stacklevel=4,
            )
        return present if labels is None else np.asarray(labels)
    if len(present) > 2:
        raise ValueError(
            "Target is multiclass but average='binary'. Please choose another average setting, "
            f"one of {options[1:]}."
        )
    if len(present) == 2 and pos_label not in present.tolist():
        raise ValueError(
            f"pos_label={pos_label!r} is not a valid label: it should be one of {present.tolist()}."
        )
    return np.asarray([pos_label])


def _class_counts(present, true, predicted, classes, w):
    """Return true positives, predicted and true counts of each class, shape (n_classes,)."""
    K = len(present)

    def count(codes, keep=slice(None)):
        return np.bincount(codes[keep], None if w is None else w[keep], minlength=K + 1)

    counts = count(true, true == predicted), count(predicted), count(true)  # [K] is always 0
    if (classes.dtype.kind == "U") != (present.dtype.kind == "U"):
        place = np.full(len(classes), K)  # a number never equals a string
    else:
        place = encode(classes, present)
    return tuple(c[place] for c in counts)


def _divide(numerator, denominator, zero_division, warn):
    empty = denominator == 0
    if empty.any() and warn:
        name, missing = warn
        warnings.warn(
            f"{name.capitalize()} is ill-defined and being set to 0.0 for labels with no {missing} "
            "samples. Use the zero_division parameter to control this.",
            UndefinedMetricWarning,
            stacklevel=4,
        )
    value = 0.0 if zero_division == "warn" else float(zero_division)
    out = np.full(denominator.shape, value)
    return np.divide(numerator, denominator, out=out, where=~empty)


def _mean_without_nan(scores, weights):
    known = ~np.isnan(scores)
    if not known.any():
        return float("nan")
    weights = None if weights is None or not weights[known].any() else weights[known]
    return float(np.average(scores[known], weights=weights))


def fbeta_score(
    y_true,
    y_pred,
    *,
    beta,
    labels=None,
    pos_label=1,
    average="binary",
    sample_weight=None,
    zero_division="warn",
):
    """Return the F-beta score; arguments as in `precision_recall_fscore_support`.

    >>> round(fbeta_score([1, 1, 0, 1], [1, 0, 0, 0], beta=0.5), 4)
    0.7143
    """
    return precision_recall_fscore_support(
        y_true,
        y_pred,
        beta=beta,
        labels=labels,
        pos_label=pos_label,
        average=average,
        warn_for=("f-score",),
        sample_weight=sample_weight,
        zero_division=zero_division,
    )[2]


def f1_score(
    y_true,
    y_pred,
    *,
    labels=None,
    pos_label=1,
    average="binary",
    sample_weight=None,
    zero_division="warn",
):
    """Return the F score with precision and recall alike; see `precision_recall_fscore_support`.

    >>> f1_score(["a", "b", "a"], ["a", "b", "b"], average="macro")
    0.6666666666666666
    """
    return fbeta_score(
        y_true,
        y_pred,
        beta=1.0,
        labels=labels,
        pos_label=pos_label,
        average=average,
        sample_weight=sample_weight,
        zero_division=zero_division,
    )


def precision_score(
    y_true,
    y_pred,
    *,
    labels=None,
    pos_label=1,
    average="binary",
    sample_weight=None,
    zero_division="warn",
):
    """Of what was predicted as a class, the share that is; see `precision_recall_fscore_support`.

    >>> precision_score([0, 1, 1, 0], [1, 1, 1, 1])
    0.5
    """
    return precision_recall_fscore_support(
        y_true,
        y_pred,
        labels=labels,
        pos_label=pos_label,
        average=average,
        warn_for=("precision",),
        sample_weight=sample_weight,
        zero_division=zero_division,
    )[0]


def recall_score(
    y_true,
    y_pred,
    *,
    labels=None,
    pos_label=1,
    average="binary",
    sample_weight=None,
    zero_division="warn",
):
    """Of what is a class, the share that was found; see `precision_recall_fscore_support`.

    >>> recall_score([0, 1, 1, 0], [0, 1, 0, 0])
    0.5
    """
    return precision_recall_fscore_support(
        y_true,
        y_pred,
        labels=labels,
        pos_label=pos_label,
        average=average,
        warn_for=("recall",),
        sample_weight=sample_weight,
        zero_division=zero_division,
    )[1]
