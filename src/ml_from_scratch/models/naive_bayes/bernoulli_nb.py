r"""Bernoulli naive Bayes: what matters is whether a feature is there, not how often.

With :math:`N_{cj}` of the :math:`N_c` samples of class c showing feature j, and ``alpha`` more taken
for granted both with and without it,

.. math::
    \log p_{cj} &= \log (N_{cj} + \alpha) - \log (N_c + 2 \alpha) \tag{1} \\
    \log (1 - p_{cj}) &= \log (N_c - N_{cj} + \alpha) - \log (N_c + 2 \alpha) \tag{2} \\
    \sum_j \log p(x_j \mid c) &= \textstyle\sum_j x_j \big( \log p_{cj} - \log(1 - p_{cj}) \big)
        + \sum_j \log (1 - p_{cj}) \tag{3}

Absence speaks, too: that is the difference to the multinomial model. (2) is taken from the counts:
1 - p would lose all digits where p is nearly 1.

Source: Manning, Raghavan and Schütze, Introduction to Information Retrieval, 2008, section 13.3.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_number
from .discrete_base import IMPOSSIBLE, _DiscreteNB
from .naive_bayes_base import log


class BernoulliNB(_DiscreteNB):
    """Naive Bayes for features that are there or not.

    What is learned is float64 for float32 data, too; predictions are float32 then.

    Parameters
    ----------
    alpha : float or array-like of shape (n_features,)
        How many samples of each class with, and how many without a feature are taken for granted.
    force_alpha : bool
        Whether an alpha below 1e-10 is used as it is; False raises it to 1e-10, with a warning.
        With alpha = 0 an event that was never seen counts as one of the smallest probability that
        float64 has.
    binarize : None or float
        A feature is there if it is above this; None says that X holds zeros and ones already (or
        numbers between, for features that are partly there).
    fit_prior : bool
        Whether the classes' shares of the data are their probabilities; False takes all alike.
    class_prior : None or array-like of shape (n_classes,)
        Their probabilities, if they are known.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.
    class_count_ : ndarray of shape (n_classes,)
        How many samples each class has (their weights added up).
    class_log_prior_ : ndarray of shape (n_classes,)
        The logarithm of each class's probability.
    feature_count_ : ndarray of shape (n_classes, n_features)
        How many samples of each class show each feature.
    feature_log_prob_ : ndarray of shape (n_classes, n_features)
        The logarithm of the probability that a sample of the class shows the feature.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X = [[1, 0], [1, 0], [0, 1]]
    >>> BernoulliNB().fit(X, ["a", "a", "b"]).predict_proba([[1, 0]]).round(3).tolist()
    [[0.91, 0.09]]
    """

    def __init__(
        self, *, alpha=1.0, force_alpha=True, binarize=0.0, fit_prior=True, class_prior=None
    ):
        self.alpha = alpha
        self.force_alpha = force_alpha
        self.binarize = binarize
        self.fit_prior = fit_prior
        self.class_prior = class_prior

    def _events(self, X):
        if self.binarize is not None:
            there = np.greater(X, check_number("binarize", self.binarize))
            return there.astype(X.dtype)
        if X.min() < 0 or X.max() > 1:
            raise ValueError(
                "With binarize=None the values of X lie between 0 (not there) and 1 (there). Set "
                "binarize to the value above which a feature is there."
            )
        return X

    def _conclude(self, alpha):
        self.feature_log_prob_, self._log_absent = self._log_probabilities(alpha)

    def _log_probabilities(self, alpha):
        """Return the logarithms of the probabilities that features are there, and that they are not."""
        there = self.feature_count_ + alpha
        absent = np.maximum(self.class_count_[:, None] - self.feature_count_, 0.0) + alpha
        unseen = (self.class_count_[:, None] + 2.0 * alpha) == 0.0
        total = np.where(unseen, 2.0, self.class_count_[:, None] + 2.0 * alpha)
        log_there = log(np.where(unseen, 1.0, there)) - np.log(total)  # (1)
        log_absent = log(np.where(unseen, 1.0, absent)) - np.log(total)  # (2)
        return log_there, log_absent

    def _log_likelihood(self, X):
        there = np.maximum(self.feature_log_prob_, IMPOSSIBLE)
        absent = np.maximum(self._log_absent, IMPOSSIBLE)
        return self._events(X) @ (there - absent).T + absent.sum(axis=1)  # (3)
