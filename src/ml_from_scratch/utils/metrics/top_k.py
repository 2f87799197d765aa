r"""Is the true class among the k that a model finds most likely?

With the scores :math:`s_{ic}` of the classes c and the true class :math:`y_i`, the rank of the truth is
how many classes come before it,

.. math::
    r_i = \#\{c : s_{ic} > s_{i y_i}\} + \#\{c > y_i : s_{ic} = s_{i y_i}\} \tag{1}

(of equal scores the later class comes first), and the score is the share of samples with
:math:`r_i < k`. Names, arguments and values are scikit-learn's.
"""

from __future__ import annotations

import warnings

import numpy as np

from ...core.checks import check_finite, check_number, check_weights
from .classification import accuracy_score
from .targets import UndefinedMetricWarning, check_labels, check_lengths, check_same_kind, encode


def top_k_accuracy_score(
    y_true, y_score, *, k=2, normalize=True, sample_weight=None, labels=None
) -> float:
    """Return the share of samples whose label is among the k classes with the highest scores.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Labels.
    y_score : array-like of shape (n_samples, n_classes) or (n_samples,)
        Scores, one column per class. Of two classes it is the score of the larger label, which is
        predicted above 0.5, or above 0 if there are scores outside of 0 to 1.
    k : int
        How many classes may be named.
    normalize : bool
        False returns the (weighted) number of right samples instead of the share.
    sample_weight : array-like of shape (n_samples,), optional
        How much each sample counts.
    labels : array-like of shape (n_classes,), optional
        The classes of the columns, sorted; by default those in y_true.

    Raises
    ------
    ValueError
        If the columns do not match the classes.

    Warns
    -----
    UndefinedMetricWarning
        If k is the number of classes or more, which is always right.

    Examples
    --------
    >>> scores = [[0.5, 0.2, 0.3], [0.3, 0.6, 0.1], [0.1, 0.2, 0.7]]
    >>> round(top_k_accuracy_score([0, 2, 1], scores, k=2), 4)
    0.6667
    """
    y_true, y_score = check_labels(y_true, "y_true"), np.asarray(y_score)
    k = check_number("k", k, least=1, integer=True)
    n = check_lengths(("y_true", y_true), ("y_score", y_score))
    check_finite(y_score, "y_score")
    classes = _classes(y_true, labels)
    y_score = y_score[:, 0] if y_score.ndim == 2 and y_score.shape[1] == 1 else y_score
    columns = 2 if y_score.ndim == 1 else y_score.shape[1]
    if columns != len(classes):
        raise ValueError(
            f"Number of classes in 'y_true' or 'labels' ({len(classes)}) not equal to the number of "
            f"classes in 'y_score' ({columns}). Name the classes of all columns with labels=..."
        )
    if k >= len(classes):
        warnings.warn(
            f"'k' ({k}) greater than or equal to 'n_classes' ({len(classes)}) will result in a "
            "perfect score and is therefore meaningless.",
            UndefinedMetricWarning,
            stacklevel=2,
        )
    right = ranks(_by_class(y_score), encode(y_true, classes)) < k
    weights = check_weights(sample_weight, n)
    return accuracy_score(np.ones(n, bool), right, normalize=normalize, sample_weight=weights)


def ranks(s, y):
    """Return how many classes come before the true one, for scores (n, K) and positions y (n,)."""
    at_truth = s[np.arange(len(y)), y][:, None]
    later = np.arange(s.shape[1]) > y[:, None]
    return np.sum((s > at_truth) | (later & (s == at_truth)), axis=1)  # (1)


def _classes(y_true, labels):
    if labels is None:
        return np.unique(y_true)
    classes = check_labels(labels, "labels")
    check_same_kind(classes, y_true)
    if not np.array_equal(np.unique(classes), classes):
        raise ValueError("Parameter 'labels' must be unique and ordered.")
    if not np.isin(y_true, classes).all():
        raise ValueError("'y_true' contains labels not in parameter 'labels'.")
    return classes


def _by_class(y_score):
    """Return a column per class; of two classes 1 where the score is above the middle."""
    if y_score.ndim == 2:
        return y_score
    middle = 0.5 if y_score.min() >= 0 and y_score.max() <= 1 else 0.0
    return np.stack([y_score <= middle, y_score > middle], axis=1).astype(float)
