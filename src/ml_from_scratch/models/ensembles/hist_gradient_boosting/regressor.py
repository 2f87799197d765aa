"""Histogram gradient boosting for numbers: means, medians, quantiles, counts and positive amounts."""

from __future__ import annotations

import numpy as np

from ....core.checks import check_choice, check_number, check_target
from ....core.estimator import RegressorMixin
from .boosting import _HistGradientBoosting
from .objectives import REGRESSION


class HistGradientBoostingRegressor(RegressorMixin, _HistGradientBoosting):
    """Gradient boosting on binned features, for numbers.

    Much faster than boosting on sorted values where samples are many. Missing values (NaN) and
    categories need no preparation. Infinite values are refused.

    Parameters
    ----------
    loss : {"squared_error", "absolute_error", "gamma", "poisson", "quantile"}
        What is minimised: predictions are means, medians, means of positive amounts, means of
        counts, or quantiles. "gamma" needs y above 0, "poisson" at least 0.
    quantile : None or float
        Which quantile, between 0 and 1, for ``loss="quantile"``.
    learning_rate : float
        What part of each tree is added.
    max_iter : int
        The most iterations.
    max_leaf_nodes : None or int
        The most leaves of a tree, at least 2.
    max_depth : None or int
        The most questions from the root of a tree to a leaf.
    min_samples_leaf : int
        The least training samples in a leaf; few samples (hundreds) call for less than 20.
    l2_regularization : float
        The penalty on the squared values of leaves.
    max_features : float
        The share of the features, drawn anew for each node, that it may be split by.
    max_bins : int
        The most bins of a feature, from 2 to 255, besides one for missing values; also the most
        categories.
    categorical_features : None, "from_dtype" or array-like
        Which features are categories: a mask, positions or names; "from_dtype" are the columns of a
        data frame whose dtype says so.
    monotonic_cst : None, array-like of shape (n_features,) or dict
        1 for features in which predictions must not fall, -1 must not rise, 0 for others; a dict
        has names. Not for more than two classes, nor for categories.
    interaction_cst : None, "pairwise", "no_interactions" or sequence of sequences of int
        Groups of features that may occur together on the way to a leaf; features in no group make
        one of their own.
    warm_start : bool
        Whether to add trees to those of the last ``fit``, on the same data.
    early_stopping : "auto" or bool
        Whether to stop when the score stalls; "auto" means with more than 10,000 samples, or if
        ``fit`` is given validation data.
    scoring : str, callable or None
        What is watched: "loss", a scorer's name or ``scorer(estimator, X, y)``; None is ``score``.
    validation_fraction : float, int or None
        The share or number of samples held back to be scored; None scores the training samples.
    n_iter_no_change : int
        Stop when none of so many scores is better than the one before them.
    tol : float
        By how much it must be better.
    verbose : int
        Whether to show progress.
    random_state : None, int or Generator
        Decides what is held back, the samples that bins are made from (if there are more than
        200,000), and the features that are drawn.

    Attributes
    ----------
    do_early_stopping_ : bool
        Whether stopping early was asked for.
    n_iter_ : int
        Iterations made.
    n_trees_per_iteration_ : int
        1, or the number of classes if there are more than two.
    train_score_, validation_score_ : ndarray of shape (n_iter_ + 1,)
        Scores before the first and after each iteration; empty where none were taken. A scorer
        sees at most 10,000 of the training samples.
    is_categorical_ : ndarray of bool of shape (n_features,) or None
        Which features are categories; None if none is.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X = [[i / 10] for i in range(100)]
    >>> model = HistGradientBoostingRegressor().fit(X, [x[0] ** 2 for x in X])
    >>> round(model.score(X, [x[0] ** 2 for x in X]), 2)
    0.98
    """

    def __init__(
        self,
        loss="squared_error",
        *,
        quantile=None,
        learning_rate=0.1,
        max_iter=100,
        max_leaf_nodes=31,
        max_depth=None,
        min_samples_leaf=20,
        l2_regularization=0.0,
        max_features=1.0,
        max_bins=255,
        categorical_features="from_dtype",
        monotonic_cst=None,
        interaction_cst=None,
        warm_start=False,
        early_stopping="auto",
        scoring="loss",
        validation_fraction=0.1,
        n_iter_no_change=10,
        tol=1e-7,
        verbose=0,
        random_state=None,
    ):
        self.loss = loss
        self.quantile = quantile
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.max_leaf_nodes = max_leaf_nodes
        self.max_depth = max_depth
        self.min_samples_leaf = min_samples_leaf
        self.l2_regularization = l2_regularization
        self.max_features = max_features
        self.max_bins = max_bins
        self.categorical_features = categorical_features
        self.monotonic_cst = monotonic_cst
        self.interaction_cst = interaction_cst
        self.warm_start = warm_start
        self.early_stopping = early_stopping
        self.scoring = scoring
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.verbose = verbose
        self.random_state = random_state

    def _check_settings(self):
        check_choice("loss", self.loss, tuple(REGRESSION))
        if self.loss == "quantile":
            check_number("quantile", self.quantile, above=0, below=1)
        super()._check_settings()

    def _encode_y(self, y, n_samples):
        y = check_target(y, n_samples, np.float64, used_by=type(self).__name__)
        self._objective().check(y)
        return y

    _encode_y_val = _encode_y

    def _class_weights(self, y, weights):
        return weights

    def _objective(self):
        kind = REGRESSION[self.loss]
        return kind(self.quantile) if self.loss == "quantile" else kind()

    # ---- predicting --------------------------------------------------------------------------------
    def predict(self, X) -> np.ndarray:
        """Return the predicted number of each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        return self._numbers(*self._raw_predict(X))

    def staged_predict(self, X):
        """Yield what ``predict`` would return after each iteration.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        for raw, dtype in self._staged_raw_predict(X):
            yield self._numbers(raw, dtype)

    def _numbers(self, raw, dtype):
        return self._objective().inverse_link(raw[0]).astype(dtype, copy=False)
