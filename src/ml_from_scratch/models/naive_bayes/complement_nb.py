r"""Complement naive Bayes: a class is judged by what it is not.

Estimated from all samples that do **not** belong to c, with :math:`N_{kj}` as in the multinomial
model, every class rests on much data, and a frequent class is no longer preferred for its size:

.. math::
    \bar p_{cj} &= \frac{\alpha + \sum_{k \ne c} N_{kj}}
        {\sum_j \big( \alpha + \sum_{k \ne c} N_{kj} \big)} \tag{1} \\
    w_{cj} &= -\log \bar p_{cj} \qquad\text{or}\qquad
        w_{cj} = \frac{\log \bar p_{cj}}{\sum_j \log \bar p_{cj}} \tag{2} \\
    \hat y &= \arg\max_c \textstyle\sum_j x_j w_{cj} \tag{3}

The second form of (2), with ``norm``, makes the weights of a class add up to 1.

Source: Rennie, Shih, Teevan and Karger, Tackling the poor assumptions of naive Bayes text
classifiers, 2003, table 4, steps 4 to 8.
"""

from __future__ import annotations

import numpy as np

from .discrete_base import IMPOSSIBLE, _DiscreteNB, log_shares


class ComplementNB(_DiscreteNB):
    """Naive Bayes for counts that is fair to classes of different sizes.

    The scores (3) are no probabilities, as classes compete without a prior; like scikit-learn's,
    ``predict_proba`` makes them positive and add up to 1 all the same. What is learned is float64
    for float32 data, too; predictions are float32 then.

    Parameters
    ----------
    alpha : float or array-like of shape (n_features,)
        How often each feature is taken to have been seen in advance, at least 0.
    force_alpha : bool
        Whether an alpha below 1e-10 is used as it is; False raises it to 1e-10, with a warning.
        With alpha = 0 an event that was never seen counts as one of the smallest probability that
        float64 has.
    fit_prior : bool
        For scikit-learn's sake: the prior matters only where there is a single class.
    class_prior : None or array-like of shape (n_classes,)
        For scikit-learn's sake, as ``fit_prior``.
    norm : bool
        Whether to make the weights of each class add up to 1.

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
    feature_all_ : ndarray of shape (n_features,)
        The sum of each feature in all classes.
    feature_log_prob_ : ndarray of shape (n_classes, n_features)
        The weights of the features in each class's score.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X = [[3, 0, 1], [2, 0, 0], [0, 2, 1]]
    >>> ComplementNB().fit(X, ["sport", "sport", "politics"]).predict([[1, 0, 2]]).tolist()
    ['sport']
    """

    _tags = {"positive_only": True}

    def __init__(
        self, *, alpha=1.0, force_alpha=True, fit_prior=True, class_prior=None, norm=False
    ):
        self.alpha = alpha
        self.force_alpha = force_alpha
        self.fit_prior = fit_prior
        self.class_prior = class_prior
        self.norm = norm

    def _conclude(self, alpha):
        self.feature_all_ = self.feature_count_.sum(axis=0)
        others = 1.0 - np.eye(len(self.classes_))
        log_p = log_shares(others @ self.feature_count_ + alpha)  # (1)
        weights = np.maximum(log_p, IMPOSSIBLE)
        if self.norm:
            total = weights.sum(axis=1, keepdims=True)
            total = np.where(total == 0.0, 1.0, total)  # a single feature has all of the share
        self.feature_log_prob_ = weights / total if self.norm else -weights  # (2)

    def _log_prior(self):
        return self.class_log_prior_ if len(self.classes_) == 1 else 0.0

    def _log_likelihood(self, X):
        return X @ self.feature_log_prob_.T  # (3)
