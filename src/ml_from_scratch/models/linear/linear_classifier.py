r"""Linear classifiers: a score per class that is linear in the features, and the highest wins.

.. math:: z_k = w_k^T x + b_k \tag{1}

With two classes one score suffices: above zero it is the second class.
"""

from __future__ import annotations

import numpy as np

from ...core.estimator import BaseEstimator, ClassifierMixin


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
