r"""Categorical naive Bayes: each feature is one of some kinds, with shares of its own per class.

With :math:`N_{cjt}` how often feature j was of kind t among the :math:`N_c` samples of class c, and
``alpha`` more of each of its :math:`K_j` kinds,

.. math::
    \log p_{cjt} &= \log (N_{cjt} + \alpha) - \log (N_c + \alpha K_j) \tag{1} \\
    \sum_j \log p(x_j \mid c) &= \textstyle\sum_j \log p_{c j x_j} \tag{2}

Source: Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2nd edition, 2009,
section 6.6.3.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import as_float
from .discrete_base import IMPOSSIBLE, _DiscreteNB, log_shares

LARGEST_TABLE = 10_000_000  # entries


class CategoricalNB(_DiscreteNB):
    """Naive Bayes for features that are numbers of categories, 0, 1, 2 and so on.

    ``OrdinalEncoder`` turns other categories into such numbers; fractions are cut off, as
    scikit-learn does. What is learned is float64 for float32 data, too; predictions are float32
    then.

    Parameters
    ----------
    alpha : float
        How often each category is taken to have been seen in advance, at least 0.
    force_alpha : bool
        Whether an alpha below 1e-10 is used as it is; False raises it to 1e-10, with a warning.
        With alpha = 0 an event that was never seen counts as one of the smallest probability that
        float64 has.
    fit_prior : bool
        Whether the classes' shares of the data are their probabilities; False takes all alike.
    class_prior : None or array-like of shape (n_classes,)
        Their probabilities, if they are known.
    min_categories : None, int or array-like of shape (n_features,)
        How many categories each feature has at least; None: as many as were seen. A category beyond
        those cannot be predicted for.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.
    class_count_ : ndarray of shape (n_classes,)
        How many samples each class has (their weights added up).
    class_log_prior_ : ndarray of shape (n_classes,)
        The logarithm of each class's probability.
    category_count_ : list of ndarray of shape (n_classes, n_categories of the feature)
        How often each category of each feature occurred in each class.
    feature_log_prob_ : list of ndarray of shape (n_classes, n_categories of the feature)
        The logarithm of each category's share of its class.
    n_categories_ : ndarray of shape (n_features,)
        The number of categories of each feature.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X = [[0, 1], [0, 2], [1, 1], [1, 0]]  # outlook: sunny, rain; wind: none, light, strong
    >>> CategoricalNB().fit(X, ["out", "out", "in", "in"]).predict([[0, 0], [1, 2]]).tolist()
    ['out', 'in']
    """

    # Not "categorical", too: there a check of scikit-learn 1.6 trips over its own integers.
    _tags = {"positive_only": True}

    def __init__(
        self, *, alpha=1.0, force_alpha=True, fit_prior=True, class_prior=None, min_categories=None
    ):
        self.alpha = alpha
        self.force_alpha = force_alpha
        self.fit_prior = fit_prior
        self.class_prior = class_prior
        self.min_categories = min_categories

    def _start(self, n_classes, n_features):
        self.class_count_ = np.zeros(n_classes)
        self.n_categories_ = np.zeros(n_features, dtype=np.int64)
        self.category_count_ = [np.zeros((n_classes, 0)) for _ in range(n_features)]

    def _learn(self, X, index, weights):
        alpha = self._check_alpha()
        if np.ndim(alpha):
            raise ValueError("alpha of CategoricalNB is one number for all features.")
        if weights is not None:  # what has no weight adds no categories, either
            X, index, weights = (values[weights > 0] for values in (X, index, weights))
        n_classes = len(self.classes_)
        seen = self._categories(self._events(X).max(axis=0)) + 1
        sizes = np.maximum(np.maximum(seen, self._least_categories()), self.n_categories_)
        if int(sizes.sum()) * n_classes > LARGEST_TABLE:
            raise ValueError(
                f"A feature has {int(sizes.max())} categories, by its largest number: too many for a "
                "table. Number the categories 0, 1, 2 ... with OrdinalEncoder."
            )
        for j, size in enumerate(sizes):
            keys = self._categories(X[:, j]) + size * index  # (n,)
            table = np.bincount(keys, weights, n_classes * size).astype(np.float64)
            table = table.reshape(n_classes, size)
            table[:, : self.n_categories_[j]] += self.category_count_[j]
            self.category_count_[j] = table
        self.n_categories_ = sizes
        self.class_count_ = self.class_count_ + np.bincount(index, weights, n_classes)
        self.class_log_prior_ = self._conclude_prior()
        self._conclude(alpha)

    def _conclude(self, alpha):
        self.feature_log_prob_ = [
            log_shares(table + alpha) for table in self.category_count_
        ]  # (1)

    def _categories(self, x) -> np.ndarray:
        """Return the whole numbers in x."""
        largest = float(np.abs(x).max())
        if largest >= 2.0**31:
            raise ValueError(
                f"X holds numbers of categories, 0, 1, 2 ...; got {largest:g}. Use OrdinalEncoder, or "
                "bin numbers into categories first."
            )
        return x.astype(np.int64)

    def _least_categories(self):
        if self.min_categories is None:
            return 0
        least = as_float(self.min_categories, "min_categories")
        if least.shape not in ((), (self.n_features_in_,)) or (least != np.floor(least)).any():
            raise ValueError(
                "min_categories must be an integer, or one for each of the "
                f"{self.n_features_in_} features; got {self.min_categories!r}."
            )
        return least.astype(np.int64)

    def _log_likelihood(self, X):
        result = np.zeros((len(X), len(self.classes_)))
        for j, (log_p, size) in enumerate(zip(self.feature_log_prob_, self.n_categories_)):
            x = self._categories(X[:, j])
            if x.min() < 0 or x.max() >= size:
                unknown = int(x[(x < 0) | (x >= size)][0])
                raise ValueError(
                    f"Feature {j} has the categories 0 to {size - 1}, but X holds {unknown}, which was "
                    "never seen. Fit with a larger min_categories."
                )
            result += np.maximum(log_p.T, IMPOSSIBLE)[x]  # (2)
        return result
