r"""Multinomial naive Bayes: a sample is a bag of things, drawn one by one from its class's urn.

With :math:`N_{cj}` how often feature j occurred in class c, the urn's shares are estimated with
``alpha`` extra of each, and a sample with counts :math:`x_j` has (but for a term without c)

.. math::
    \log p_{cj} &= \log (N_{cj} + \alpha) - \log \textstyle\sum_j (N_{cj} + \alpha) \tag{1} \\
    \sum_j \log p(x_j \mid c) &= \textstyle\sum_j x_j \log p_{cj} \tag{2}

a linear classifier: what it learns is a weight per word and class.

Source: Manning, Raghavan and Schütze, Introduction to Information Retrieval, 2008, section 13.2.
"""

from __future__ import annotations

import numpy as np

from .discrete_base import IMPOSSIBLE, _DiscreteNB, log_shares


class MultinomialNB(_DiscreteNB):
    """Naive Bayes for counts, such as words in a text (or shares of counts, such as tf-idf).

    What is learned is float64 for float32 data, too; predictions are float32 then.

    Parameters
    ----------
    alpha : float or array-like of shape (n_features,)
        How often each feature is taken to have been seen in advance, at least 0.
    force_alpha : bool
        Whether an alpha below 1e-10 is used as it is; False raises it to 1e-10, with a warning.
        With alpha = 0 an event that was never seen counts as one of the smallest probability that
        float64 has.
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
        The sum of each feature in each class.
    feature_log_prob_ : ndarray of shape (n_classes, n_features)
        The logarithm of each feature's share of its class.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X = [[3, 0, 1], [2, 0, 0], [0, 2, 1]]  # how often "ball", "vote", "win" occur
    >>> model = MultinomialNB().fit(X, ["sport", "sport", "politics"])
    >>> model.predict([[1, 0, 2], [0, 1, 0]]).tolist()
    ['sport', 'politics']
    """

    _tags = {"positive_only": True}

    def __init__(self, *, alpha=1.0, force_alpha=True, fit_prior=True, class_prior=None):
        self.alpha = alpha
        self.force_alpha = force_alpha
        self.fit_prior = fit_prior
        self.class_prior = class_prior

    def _conclude(self, alpha):
        self.feature_log_prob_ = log_shares(self.feature_count_ + alpha)  # (1)

    def _log_likelihood(self, X):
        return X @ np.maximum(self.feature_log_prob_, IMPOSSIBLE).T  # (2)
