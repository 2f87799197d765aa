r"""Linear classifiers: a score per class that is linear in the features, and the highest wins.

.. math:: z_k = w_k^T x + b_k \tag{1}

With two classes one score suffices: above zero it is the second class. Where scores are logarithms of
how probable the classes are, up to a constant, the probabilities of two and of more classes are

.. math::
    P(y = 1 \mid x) &= \sigma(z) \tag{2} \\
    P(y = k \mid x) &= \mathrm{softmax}(z)_k \tag{3}
"""

from __future__ import annotations

import numpy as np

from ...core.estimator import BaseEstimator, ClassifierMixin
from ...core.functions import log_sigmoid, log_softmax, sigmoid, softmax


class _LinearClassifier(ClassifierMixin, BaseEstimator):
    """Scores and predictions from ``coef_`` (n_rows, n_features) and ``intercept_`` (n_rows,)."""

    coef_: np.ndarray
    intercept_: np.ndarray

    def decision_function(self, X) -> np.ndarray:
        """Return the scores: of shape (n_samples,) for two classes, else (n_samples, n_classes).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        X = self._check_X(X)
        scores = X @ self.coef_.T + self.intercept_  # (1)
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def predict(self, X) -> np.ndarray:
        """Return the class of each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        scores = self.decision_function(X)
        if scores.ndim == 1:
            return self.classes_[(scores > 0.0).astype(np.intp)]
        return self.classes_[scores.argmax(axis=1)]


class _LogLinearClassifier(_LinearClassifier):
    """Its scores are log-probabilities, up to what all classes share."""

    def predict_proba(self, X) -> np.ndarray:
        """Return the probability of each class, of shape (n_samples, n_classes).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        scores = self.decision_function(X)
        if scores.ndim == 1:
            return np.column_stack([sigmoid(-scores), sigmoid(scores)])  # (2)
        return softmax(scores)  # (3)

    def predict_log_proba(self, X) -> np.ndarray:
        """Return the logarithm of each class's probability: finite where the probability is not 0.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        scores = self.decision_function(X)
        if scores.ndim == 1:
            return np.column_stack([log_sigmoid(-scores), log_sigmoid(scores)])
        return log_softmax(scores)
