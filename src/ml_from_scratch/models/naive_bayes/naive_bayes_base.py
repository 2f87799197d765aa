r"""Bayes' rule with independent features: what all naive Bayes classifiers do.

The probability of class c for a sample x is proportional to prior times likelihood, and the naive
assumption makes the likelihood a product over features. In logarithms, with everything that does
not depend on c left out by the normalisation:

.. math::
    \log p(x, c) &= \log p(c) + \textstyle\sum_j \log p(x_j \mid c) \tag{1} \\
    \log p(c \mid x) &= \log p(x, c) - \log \textstyle\sum_{c'} p(x, c') \tag{2}

A class says its prior and its ``_log_likelihood``. Learning is counting: data come in as many pieces
as one likes, and what is learned does not depend on how they were cut.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_weights, encode_labels
from ...core.estimator import BaseEstimator, ClassifierMixin
from ...core.functions import log_softmax, softmax

FARTHEST = 1e300  # no logarithm is taken to be larger: sums of them stay finite


class _NaiveBayes(ClassifierMixin, BaseEstimator):
    """Fitting in one go or piece by piece, and predictions from ``_log_joint``."""

    def fit(self, X, y, sample_weight=None):
        """Learn from data, forgetting what was learned before.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            Their classes.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts; 2 is the same as having it twice.

        Returns
        -------
        estimator
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        X, self.classes_, index, weights = self._check_X_labels(X, y, sample_weight)
        self._start(len(self.classes_), X.shape[1])
        self._learn(X, index, weights)
        return self

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Learn from more data, on top of what was learned before.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            Their classes, not necessarily all there are.
        classes : array-like of shape (n_classes,)
            All classes that will ever occur; needed in the first call only.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts.

        Returns
        -------
        estimator
            The estimator itself.

        Raises
        ------
        ValueError
            If classes are missing in the first call, differ from those of an earlier one, or do not
            contain a label of y.
        """
        first = not hasattr(self, "classes_")
        if first and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        known = self._check_classes(classes)
        X = self._check_X(X, fitting=first)
        index = _places(*encode_labels(y, len(X), used_by=type(self).__name__), known)
        weights = check_weights(sample_weight, len(X), np.float64)
        self.classes_ = known
        if first:
            self._start(len(known), X.shape[1])
        self._learn(X, index, weights)
        return self

    def _check_classes(self, classes) -> np.ndarray:
        before = getattr(self, "classes_", None)
        if classes is None:
            return before
        now = np.unique(np.asarray(classes))
        if before is not None and not np.array_equal(before, now):
            raise ValueError(
                f"`classes={classes!r}` is not the same as on last call to partial_fit, was: "
                f"{before.tolist()}. Call fit to start anew."
            )
        return now

    def _start(self, n_classes, n_features) -> None:
        """Set all counts to zero."""
        raise NotImplementedError

    def _learn(self, X, index, weights) -> None:
        """Add samples to the counts, and conclude from all counts so far."""
        raise NotImplementedError

    def _log_prior(self) -> np.ndarray:
        """Return log p(c)."""
        raise NotImplementedError

    def _log_likelihood(self, X) -> np.ndarray:
        """Return the sum over j of log p(x_j | c), of shape (n_samples, n_classes)."""
        raise NotImplementedError

    # ---- predictions -----------------------------------------------------------------------------
    def _log_joint(self, X) -> np.ndarray:
        X = self._check_X(X)
        with np.errstate(over="ignore"):
            likelihood = self._log_likelihood(X)
        likelihood = np.clip(likelihood, -FARTHEST, FARTHEST)
        return (likelihood + self._log_prior()).astype(X.dtype, copy=False)  # (1)

    def predict_joint_log_proba(self, X) -> np.ndarray:
        """Return log p(x, c), of shape (n_samples, n_classes).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        return self._log_joint(X)

    def predict_log_proba(self, X) -> np.ndarray:
        """Return the logarithm of each class's probability; minus infinity for a prior of 0.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        return log_softmax(self._log_joint(X))  # (2)

    def predict_proba(self, X) -> np.ndarray:
        """Return the probability of each class, of shape (n_samples, n_classes).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        return softmax(self._log_joint(X))

    def predict(self, X) -> np.ndarray:
        """Return the most probable class of each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        joint = self._log_joint(X)
        return self.classes_[joint.argmax(axis=1)]


def _places(labels, index, classes) -> np.ndarray:
    """Return for each sample the place of its label among the classes."""
    if (labels.dtype.kind in "US") != (classes.dtype.kind in "US") and "O" not in (
        labels.dtype.kind,
        classes.dtype.kind,
    ):
        raise ValueError(
            f"y holds labels such as {labels[0]!r}, but the classes are {classes.tolist()[:5]}: numbers "
            "and strings never match."
        )
    place = np.minimum(np.searchsorted(classes, labels), len(classes) - 1)
    unknown = labels[classes[place] != labels]
    if len(unknown):
        raise ValueError(
            f"The target label(s) {unknown.tolist()} in y do not exist in the initial classes "
            f"{classes.tolist()}. Name all classes in the first call."
        )
    return place[index]


def one_hot(index, weights, n_classes) -> np.ndarray:
    """Return a table of (n_samples, n_classes): the sample's weight in the column of its class."""
    table = np.zeros((len(index), n_classes))
    table[np.arange(len(index)), index] = 1.0 if weights is None else weights
    return table


def log(values) -> np.ndarray:
    """Return the logarithm: minus infinity for 0, and no warning.

    >>> log(np.array([1.0, 0.0])).tolist()
    [0.0, -inf]
    """
    with np.errstate(divide="ignore"):
        return np.log(values)
