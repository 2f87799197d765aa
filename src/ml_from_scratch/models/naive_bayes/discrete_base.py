"""Naive Bayes on counts: what the multinomial, Bernoulli and complement models share.

All three learn by adding up X per class, and smooth the sums by ``alpha`` as if every feature had
been seen that often in advance: something never seen in a class is unlikely, not impossible.
"""

from __future__ import annotations

import warnings

import numpy as np

from ...core.checks import as_float, check_number, outside
from .naive_bayes_base import _NaiveBayes, log, one_hot

LEAST_ALPHA = 1e-10
IMPOSSIBLE = float(np.log(5e-324))  # stands for log 0 in sums, so that 0 times it is 0


class _DiscreteNB(_NaiveBayes):
    """Counts per class and feature, their smoothing, and the prior."""

    _tags = {"poor_score": True}  # on the blobs of scikit-learn's checks, which are no counts

    def _start(self, n_classes, n_features):
        self.class_count_ = np.zeros(n_classes)
        self.feature_count_ = np.zeros((n_classes, n_features))

    def _learn(self, X, index, weights):
        alpha = self._check_alpha()
        X = self._events(X)
        Y = one_hot(index, weights, len(self.classes_))
        with np.errstate(over="ignore", invalid="ignore"):
            counts = self.feature_count_ + Y.T @ X
            total = counts.sum()
        if not np.isfinite(total):
            raise ValueError("X is too large: its sums overflow. Bring it to scale first.")
        self.feature_count_ = counts
        self.class_count_ = self.class_count_ + Y.sum(axis=0)
        self.class_log_prior_ = self._conclude_prior()
        self._conclude(alpha)

    def _events(self, X) -> np.ndarray:
        """Return what is counted."""
        if X.min() < 0:
            raise ValueError(
                f"Negative values in data passed to {type(self).__name__} (input X): they are counts, "
                "or shares of counts."
            )
        return X

    def _conclude(self, alpha) -> None:
        """Make ``feature_log_prob_`` out of the counts."""
        raise NotImplementedError

    def _log_prior(self):
        return self.class_log_prior_

    def _conclude_prior(self) -> np.ndarray:
        n_classes = len(self.classes_)
        if self.class_prior is not None:
            prior = as_float(self.class_prior, "class_prior")
            if prior.shape != (n_classes,):
                raise ValueError(
                    "Number of priors must match number of classes: one for each of "
                    f"{self.classes_.tolist()}; got {self.class_prior!r}."
                )
            if not (prior >= 0).all():
                raise ValueError(f"Priors must be non-negative; got {self.class_prior!r}.")
            return log(prior)
        if self.fit_prior:
            return log(self.class_count_) - np.log(self.class_count_.sum())
        return np.full(n_classes, -np.log(n_classes))

    def _check_alpha(self):
        alpha = as_float(self.alpha, "alpha")
        if alpha.ndim == 0:
            check_number("alpha", self.alpha, least=0)
        elif alpha.shape != (self.n_features_in_,) or not (alpha >= 0).all():
            raise ValueError(
                "alpha must be a number of at least 0, or an array of them with one for each of the "
                f"{self.n_features_in_} features; got {self.alpha!r}."
            )
        if alpha.min() >= LEAST_ALPHA or self.force_alpha:
            return alpha
        warnings.warn(
            f"alpha too small will result in numeric errors, setting alpha = {LEAST_ALPHA:.1e}. Use "
            "force_alpha=True to keep alpha unchanged.",
            UserWarning,
            stacklevel=outside(),
        )
        return np.maximum(alpha, LEAST_ALPHA)


def log_shares(counts) -> np.ndarray:
    """Return the logarithms of each row's shares of its sum; equal shares if the sum is 0."""
    totals = counts.sum(axis=1, keepdims=True)
    counts = np.where(totals > 0.0, counts, 1.0)
    return log(counts) - np.log(counts.sum(axis=1, keepdims=True))
