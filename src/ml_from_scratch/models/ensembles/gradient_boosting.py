"""Gradient boosting of regression trees, for numbers and for classes, on any loss of ``losses``.

The loop is in ``boosting``, what it asks of a loss in ``boosting_losses``; these are the estimators.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_target, check_weights, encode_labels
from ...core.estimator import ClassifierMixin, RegressorMixin
from ..available import available_if
from .boosting import _GradientBoosting
from .boosting_losses import classification_loss, gives_probabilities, regression_loss


class GradientBoostingRegressor(RegressorMixin, _GradientBoosting):
    """A sum of regression trees, each grown on the negative gradient of the loss of those before it.

    Parameters
    ----------
    loss : {"squared_error", "absolute_error", "huber", "quantile"} or Loss
        What to minimise. Any loss for numbers of ``ml_from_scratch.losses``, or one of your own, will
        do: its gradient is what the trees fit, and its curvature, by autodiff, says how far to go.
        With Poisson(log_input=True) the trees add up to the logarithm of the predicted rate.
    learning_rate : float
        The share of each tree that is added.
    n_estimators : int
        The number of trees.
    subsample : float
        The share of the samples that each tree sees, drawn without replacement.
    criterion : {"friedman_mse", "squared_error"}
        Two names of one thing: both choose the same splits.
    min_samples_split, min_samples_leaf, min_weight_fraction_leaf
        As in DecisionTreeRegressor.
    max_depth, min_impurity_decrease
        As in DecisionTreeRegressor.
    init : None, "zero" or regressor
        What predicts first; None: the best constant.
    random_state : None, int or Generator
        Decides samples, features and what is held out.
    max_features : None, int, float, "sqrt" or "log2"
        How many features are looked at for each split.
    alpha : float
        The quantile to predict with "quantile"; with "huber" the share of residuals that count as
        small.
    verbose : int
        Whether to show progress.
    max_leaf_nodes : None or int
        The most leaves of a tree, grown best first.
    warm_start : bool
        Whether ``fit``, called again with larger n_estimators, only adds trees.
    validation_fraction : float
        The share of the data held out, with ``n_iter_no_change``.
    n_iter_no_change : None or int
        Stop when the loss on data held out is not better by ``tol`` than any of the last so many.
    tol : float
        What counts as better.
    ccp_alpha : float
        How hard trees are pruned.

    Attributes
    ----------
    estimators_ : ndarray of shape (n_estimators, 1) of DecisionTreeRegressor
        The trees, leaves set to their steps.
    n_estimators_ : int
        How many there are.
    n_trees_per_iteration_ : int
        Trees in a stage: 1.
    init_ : Constant, "zero" or regressor
        What predicts first.
    max_features_ : int
        How many features are looked at for each split.
    train_score_ : ndarray of shape (n_estimators,)
        The loss on the samples seen, after each stage.
    oob_improvement_, oob_scores_ : ndarray of shape (n_estimators,)
        With ``subsample`` below 1: how much each tree lowered the loss on samples that it had not
        seen, and that loss.
    oob_score_ : float
        The last of ``oob_scores_``.
    feature_importances_ : ndarray of shape (n_features,)
        The share of each feature in what the questions have removed.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> from ml_from_scratch.losses import LogCosh
    >>> X = np.linspace(0.0, 6.0, 100)[:, None]
    >>> y = np.sin(X[:, 0])
    >>> for loss in ("squared_error", "absolute_error", LogCosh()):
    ...     print(round(GradientBoostingRegressor(loss=loss).fit(X, y).score(X, y), 2))
    1.0
    1.0
    1.0
    """

    def __init__(
        self,
        *,
        loss="squared_error",
        learning_rate=0.1,
        n_estimators=100,
        subsample=1.0,
        criterion="friedman_mse",
        min_samples_split=2,
        min_samples_leaf=1,
        min_weight_fraction_leaf=0.0,
        max_depth=3,
        min_impurity_decrease=0.0,
        init=None,
        random_state=None,
        max_features=None,
        alpha=0.9,
        verbose=0,
        max_leaf_nodes=None,
        warm_start=False,
        validation_fraction=0.1,
        n_iter_no_change=None,
        tol=1e-4,
        ccp_alpha=0.0,
    ):
        self.loss = loss
        self.learning_rate = learning_rate
        self.n_estimators = n_estimators
        self.subsample = subsample
        self.criterion = criterion
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_depth = max_depth
        self.min_impurity_decrease = min_impurity_decrease
        self.init = init
        self.random_state = random_state
        self.max_features = max_features
        self.alpha = alpha
        self.verbose = verbose
        self.max_leaf_nodes = max_leaf_nodes
        self.warm_start = warm_start
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.ccp_alpha = ccp_alpha

    def fit(self, X, y, sample_weight=None, monitor=None):
        """Fit one tree after the other.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            What to predict.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts.
        monitor : callable, optional
            Called as ``monitor(i, self, found)`` after each stage, with the scores under
            ``found["raw_predictions"]``; if it returns True that was the last stage.

        Returns
        -------
        GradientBoostingRegressor
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        self._check_settings()
        X = self._check_X(X, fitting=True)
        y = check_target(y, len(X), used_by=type(self).__name__)
        w = check_weights(sample_weight, len(X))
        self._loss = regression_loss(self.loss, self.alpha)
        self.n_trees_per_iteration_ = 1
        self._boost(X, y, w, monitor)
        return self

    def predict(self, X) -> np.ndarray:
        """Return the predicted numbers.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        X = self._check_X(X)
        return self._loss.predictions(self._scores(X)).astype(X.dtype, copy=False)

    def staged_predict(self, X):
        """Yield the predictions after each tree.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        X = self._check_X(X)
        for F in self._staged_scores(X):
            yield self._loss.predictions(F).astype(X.dtype, copy=False)


class GradientBoostingClassifier(ClassifierMixin, _GradientBoosting):
    """A sum of regression trees for each class, grown on the negative gradient of the loss.

    With two classes one sum is enough: the log-odds of the second.

    Parameters
    ----------
    loss : {"log_loss", "exponential"} or Loss
        What to minimise. Besides the two names, a loss for classes of ``ml_from_scratch.losses``:
        CrossEntropy(from_logits=True), with ``label_smoothing`` or ``class_weight``, for any number
        of classes, and for two BinaryCrossEntropy(from_logits=True), Hinge(), SquaredHinge() or one
        of your own on a single score (the hinges give no probabilities).
    learning_rate : float
        The share of each tree that is added.
    n_estimators : int
        The number of stages, of one tree or of one for each class.
    subsample : float
        The share of the samples that each stage sees, drawn without replacement.
    criterion : {"friedman_mse", "squared_error"}
        Two names of one thing: both choose the same splits.
    min_samples_split, min_samples_leaf, min_weight_fraction_leaf
        As in DecisionTreeRegressor.
    max_depth, min_impurity_decrease
        As in DecisionTreeRegressor.
    init : None, "zero" or classifier
        What predicts first; None: the shares of the classes.
    random_state : None, int or Generator
        Decides samples, features and what is held out.
    max_features : None, int, float, "sqrt" or "log2"
        How many features are looked at for each split.
    verbose : int
        Whether to show progress.
    max_leaf_nodes : None or int
        The most leaves of a tree, grown best first.
    warm_start : bool
        Whether ``fit``, called again with larger n_estimators, only adds stages.
    validation_fraction : float
        The share of the data held out, with ``n_iter_no_change``.
    n_iter_no_change : None or int
        Stop when the loss on data held out is not better by ``tol`` than any of the last so many.
    tol : float
        What counts as better.
    ccp_alpha : float
        How hard trees are pruned.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_classes_ : int
        Their number.
    estimators_ : ndarray of shape (n_estimators, n_trees_per_iteration_) of DecisionTreeRegressor
        The trees, leaves set to their steps.
    n_estimators_ : int
        How many stages there are.
    n_trees_per_iteration_ : int
        Trees in a stage: 1 for two classes, otherwise their number.
    init_ : Constant, "zero" or classifier
        What predicts first.
    max_features_ : int
        How many features are looked at for each split.
    train_score_ : ndarray of shape (n_estimators,)
        The loss on the samples seen, after each stage (twice the log loss with two classes and
        "log_loss", as scikit-learn has it).
    oob_improvement_, oob_scores_ : ndarray of shape (n_estimators,)
        With ``subsample`` below 1: how much each stage lowered the loss on samples that it had not
        seen, and that loss.
    oob_score_ : float
        The last of ``oob_scores_``.
    feature_importances_ : ndarray of shape (n_features,)
        The share of each feature in what the questions have removed.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> from ml_from_scratch.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = GradientBoostingClassifier(n_estimators=20).fit(X, y)
    >>> model.score(X, y) > 0.97, model.estimators_.shape
    (True, (20, 3))
    """

    def __init__(
        self,
        *,
        loss="log_loss",
        learning_rate=0.1,
        n_estimators=100,
        subsample=1.0,
        criterion="friedman_mse",
        min_samples_split=2,
        min_samples_leaf=1,
        min_weight_fraction_leaf=0.0,
        max_depth=3,
        min_impurity_decrease=0.0,
        init=None,
        random_state=None,
        max_features=None,
        verbose=0,
        max_leaf_nodes=None,
        warm_start=False,
        validation_fraction=0.1,
        n_iter_no_change=None,
        tol=1e-4,
        ccp_alpha=0.0,
    ):
        self.loss = loss
        self.learning_rate = learning_rate
        self.n_estimators = n_estimators
        self.subsample = subsample
        self.criterion = criterion
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_depth = max_depth
        self.min_impurity_decrease = min_impurity_decrease
        self.init = init
        self.random_state = random_state
        self.max_features = max_features
        self.verbose = verbose
        self.max_leaf_nodes = max_leaf_nodes
        self.warm_start = warm_start
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.ccp_alpha = ccp_alpha

    def fit(self, X, y, sample_weight=None, monitor=None):
        """Fit one stage after the other.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            Their labels.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts.
        monitor : callable, optional
            Called as ``monitor(i, self, found)`` after each stage, with the scores under
            ``found["raw_predictions"]``; if it returns True that was the last stage.

        Returns
        -------
        GradientBoostingClassifier
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable, or there is only one class.
        """
        self._check_settings()
        X = self._check_X(X, fitting=True)
        classes, index = encode_labels(y, len(X), used_by=type(self).__name__)
        w = check_weights(sample_weight, len(X))
        present = np.count_nonzero(np.bincount(index, w))
        if present < 2:
            raise ValueError(
                f"y contains {present} class with weight, while GradientBoostingClassifier needs at "
                "least 2 classes."
            )
        self.classes_, self.n_classes_ = classes, len(classes)
        self._loss = classification_loss(self.loss, len(classes))
        self.n_trees_per_iteration_ = self._loss.n_scores
        y = index if self._loss.n_scores > 1 else index.astype(np.float64)
        self._boost(X, y, w, monitor)
        return self

    # ---- answers ---------------------------------------------------------------------------------
    def decision_function(self, X) -> np.ndarray:
        """Return the scores: of shape (n_samples,) for two classes, else (n_samples, n_classes).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        X = self._check_X(X)
        return _decision(self._scores(X)).astype(X.dtype, copy=False)

    def predict(self, X) -> np.ndarray:
        """Return the class of each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        decision = self.decision_function(X)
        return self.classes_[_winners(decision)]

    @available_if(lambda self: gives_probabilities(self.loss))
    def predict_proba(self, X) -> np.ndarray:
        """Return class probabilities, of shape (n_samples, n_classes).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        X = self._check_X(X)
        return self._loss.probabilities(self._scores(X)).astype(X.dtype, copy=False)

    @available_if(lambda self: gives_probabilities(self.loss))
    def predict_log_proba(self, X) -> np.ndarray:
        """Return the logarithms of the class probabilities.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def staged_decision_function(self, X):
        """Yield the scores after each stage, of shape (n_samples, n_trees_per_iteration_).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        X = self._check_X(X)
        for F in self._staged_scores(X):
            yield F.astype(X.dtype, copy=False)

    def staged_predict(self, X):
        """Yield the predicted classes after each stage.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        for F in self._staged_scores(self._check_X(X)):
            yield self.classes_[_winners(_decision(F))]

    @available_if(lambda self: gives_probabilities(self.loss))
    def staged_predict_proba(self, X):
        """Yield the class probabilities after each stage.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        X = self._check_X(X)
        for F in self._staged_scores(X):
            yield self._loss.probabilities(F).astype(X.dtype, copy=False)


def _decision(F) -> np.ndarray:
    """Return scores (n, 1) as (n,), and two scores as their difference."""
    if F.shape[1] == 2:
        return F[:, 1] - F[:, 0]
    return F[:, 0] if F.shape[1] == 1 else F


def _winners(decision) -> np.ndarray:
    """Return the number of the class with the best score."""
    return (decision >= 0.0).astype(np.intp) if decision.ndim == 1 else decision.argmax(axis=1)
