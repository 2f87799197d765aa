r"""Forests: many trees that each see the data a little differently, and answer together.

A deep tree knows its samples by heart: it is right on average, and each single one is far off. The
mean of M trees errs less the less they have in common,

.. math:: f(x) = \frac1M \sum_m f_m(x) \tag{1}

so each tree is grown on a bootstrap sample (n draws with replacement) and each of its questions is
the best among a few features drawn for it: a random forest. Extremely randomized trees draw the
thresholds, too, and need no bootstrap.

A tree has not seen the samples that its bootstrap left out, about 37 % of them. The mean over the
trees :math:`O_i` that have not seen sample i is an honest prediction for it, out of bag:

.. math:: f_{oob}(x_i) = \frac{1}{|O_i|} \sum_{m \in O_i} f_m(x_i) \tag{2}

Several trees grow at once, their nodes side by side (``trees.growing``). The seed of each tree decides
its bootstrap sample and its draws, so that the forest does not depend on the number of workers.

Sources: L. Breiman, Random forests, 2001; P. Geurts, D. Ernst and L. Wehenkel, Extremely randomized
trees, 2006.
"""

from __future__ import annotations

import os
import warnings

import numpy as np

from ...core.checks import check_number, outside
from ...core.estimator import BaseEstimator, ClassifierMixin, RegressorMixin
from ...core.parallel import run_all
from ...core.progress import progress
from ...core.random import as_generator
from ...core.scores import accuracy, r_squared
from ..linear.logistic_regression import weigh_classes
from ..trees import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)
from ..trees.growing import grow_trees, study
from ..trees.pruning import pruned
from ..trees.rules import ENDLESS, growing_rules
from ..trees.splitters import Draws
from .bagging import count_of, draw
from .members import LARGEST_SEED

ROWS_AT_ONCE = 1 << 16  # as many trees grow together as have about so many samples
MOST_AT_ONCE = 32


class _Forest(BaseEstimator):
    """Growing many trees, and averaging what they say."""

    _tags = {"allow_nan": True}
    _tree: type  # what the forest is made of
    estimators_: list

    def _grow(self, X, y, n_classes, weights) -> None:
        """Grow the trees that are still missing, and ask those out of bag if wanted."""
        self._check_settings()
        rules = growing_rules(self, X.shape, weights, self._tree().splitter)
        n_before = self._n_kept()
        seeds = as_generator(self.random_state).integers(LARGEST_SEED, size=self.n_estimators)
        plan = _Plan(self, X, y, n_classes, weights, rules)
        trees = self._grow_all(plan, seeds[n_before:].tolist())
        self.n_outputs_ = 1
        self.estimators_ = self.estimators_[:n_before] + [
            self._member(tree, seed, rules) for tree, seed in zip(trees, seeds[n_before:].tolist())
        ]
        for name in ("oob_score_", "oob_prediction_", "oob_decision_function_"):
            vars(self).pop(name, None)
        if self.oob_score:
            self._score_out_of_bag(X, y, _out_of_bag_mean(self.estimators_, plan, X, n_classes))

    def _check_settings(self) -> None:
        check_number("n_estimators", self.n_estimators, least=1, integer=True)
        if not self.bootstrap and self.max_samples is not None:
            raise ValueError(
                "max_samples cannot be set if bootstrap=False: every tree then sees all samples. Set "
                "bootstrap=True, or max_samples=None."
            )
        if not self.bootstrap and self.oob_score:
            raise ValueError("Out of bag estimation is only available if bootstrap=True.")

    def _n_kept(self) -> int:
        """Return how many trees of an earlier fit stay."""
        if not self.warm_start or not hasattr(self, "estimators_"):
            self.estimators_ = []
        n_before = len(self.estimators_)
        if self.n_estimators < n_before:
            raise ValueError(
                f"n_estimators={self.n_estimators} must be larger or equal to "
                f"len(estimators_)={n_before} when warm_start==True."
            )
        if self.n_estimators == n_before:
            warnings.warn(
                "Warm-start fitting without increasing n_estimators does not fit new trees.",
                UserWarning,
                stacklevel=outside(),
            )
        return n_before

    def _grow_all(self, plan, seeds) -> list:
        """Return a tree for every seed, in groups that grow together."""
        size = plan.trees_at_once()
        groups = [(plan, seeds[i : i + size]) for i in range(0, len(seeds), size)]
        at_once = 1 if self.n_jobs in (None, 1) else 2 * (os.cpu_count() or 1)
        if not self.verbose:
            at_once = max(1, len(groups))
        trees: list = []
        title = type(self).__name__
        with progress(len(seeds), title, "tree", shown=bool(self.verbose)) as report:
            for i in range(0, len(groups), at_once):
                for grown in run_all(_grow_group, groups[i : i + at_once], self.n_jobs):
                    trees += grown
                report(len(trees))
        return trees

    def _member(self, tree, seed, rules):
        """Return a fitted estimator around a tree."""
        names = self._tree._get_param_names()
        settings = {name: getattr(self, name) for name in names if name in vars(self)}
        if settings.get("class_weight") == "balanced_subsample":
            settings["class_weight"] = None
        member = self._tree(**{**settings, "random_state": seed})
        member.tree_, member.max_features_, member.n_outputs_ = tree, rules.max_features, 1
        for name in ("n_features_in_", "feature_names_in_", "classes_", "n_classes_"):
            if name in vars(self):
                setattr(member, name, getattr(self, name))
        return member

    # ---- asking the trees ------------------------------------------------------------------------
    def _mean_values(self, X) -> np.ndarray:
        """Return the mean of the trees' leaf values, of shape (n_samples, n_values)."""
        X = self._check_X(X, allow_nan=True)
        total = sum(member.tree_.predict(X) for member in self.estimators_)
        return (total / len(self.estimators_)).astype(X.dtype, copy=False)  # (1)

    def apply(self, X) -> np.ndarray:
        """Return the leaf that each sample falls into in each tree: (n_samples, n_estimators).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        X = self._check_X(X, allow_nan=True)
        return np.column_stack([member.tree_.apply(X) for member in self.estimators_])

    def decision_path(self, X) -> tuple[np.ndarray, np.ndarray]:
        """Return which nodes each sample passes, tree beside tree, and where each tree's columns start.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        X = self._check_X(X, allow_nan=True)
        paths = [member.tree_.decision_path(X) for member in self.estimators_]
        ends = np.cumsum([0] + [path.shape[1] for path in paths])
        return np.concatenate(paths, axis=1), ends

    @property
    def feature_importances_(self) -> np.ndarray:
        """The mean of the trees' importances, as shares of the whole."""
        self._check_is_fitted()
        grown = [m.tree_ for m in self.estimators_ if m.tree_.node_count > 1]
        if not grown:
            return np.zeros(self.n_features_in_)
        mean = np.mean([tree.compute_feature_importances() for tree in grown], axis=0)
        return mean / (mean.sum() or 1.0)

    def __len__(self):
        return len(self.estimators_)

    def __getitem__(self, index):
        return self.estimators_[index]

    def __iter__(self):
        return iter(self.estimators_)


class _Plan:
    """What every group of trees needs: data, rules, and how samples are drawn."""

    def __init__(self, forest, X, y, n_classes, weights, rules):
        self.X, self.y, self.n_classes, self.weights, self.rules = X, y, n_classes, weights, rules
        self.bootstrap, self.ccp_alpha = forest.bootstrap, forest.ccp_alpha
        self.balanced = getattr(forest, "class_weight", None) == "balanced_subsample"
        self.features = study(X, rules)
        self.n_drawn, self.chances = len(X), None
        if self.bootstrap:
            total = len(X) if weights is None else float(weights.sum())
            if forest.max_samples is not None:
                self.n_drawn = count_of("max_samples", forest.max_samples, total)
            self.chances = None if weights is None else weights / total

    def trees_at_once(self) -> int:
        """Return how many trees should grow together; trees of few leaves grow one by one."""
        if self.rules.max_leaf_nodes < ENDLESS:
            return 1
        return min(MOST_AT_ONCE, max(1, ROWS_AT_ONCE // len(self.X)))

    def drawn(self, seed) -> np.ndarray:
        """Return how often each sample is in the bootstrap sample of the tree with this seed."""
        rng = np.random.default_rng((seed, 1))
        n = len(self.X)
        return np.bincount(draw(rng, n, self.n_drawn, True, self.chances), minlength=n)

    def weights_of(self, seed):
        """Return the weights of the samples in the tree with this seed; None: all are 1."""
        if not self.bootstrap:
            return self.weights
        counts = self.drawn(seed).astype(np.float64)
        if self.balanced:
            counts = weigh_classes("balanced", np.arange(self.n_classes), self.y, counts)
        return counts


def _grow_group(plan, seeds) -> list:
    """Return the trees with these seeds, grown together."""
    weights = [plan.weights_of(seed) for seed in seeds]
    trees = grow_trees(
        plan.X, plan.y, plan.n_classes, weights, plan.rules, Draws(seeds), plan.features
    )
    return [pruned(tree, plan.ccp_alpha) for tree in trees]


def _out_of_bag_mean(members, plan, X, n_classes) -> np.ndarray:
    """Return for each sample the mean of the trees that have not seen it; NaN where all have."""
    total, asked = np.zeros((len(X), max(1, n_classes))), np.zeros(len(X))
    for member in members:
        unseen = np.flatnonzero(plan.drawn(member.random_state) == 0)
        total[unseen] += member.tree_.predict(X[unseen])
        asked[unseen] += 1
    if not asked.all():
        warnings.warn(
            "Some inputs do not have OOB scores: every tree has seen them. Use more estimators.",
            UserWarning,
            stacklevel=outside(),
        )
    return total / np.where(asked > 0, asked, np.nan)[:, None]  # (2)


class _ForestClassifier(ClassifierMixin, _Forest):
    """The mean of the trees' probabilities decides."""

    def fit(self, X, y, sample_weight=None):
        """Grow the forest from labelled data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples; NaN stands for a missing value.
        y : array-like of shape (n_samples,)
            Their labels, numbers or strings.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts; in a bootstrap, how likely it is to be drawn.

        Returns
        -------
        self
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        X, classes, index, weights = self._check_X_labels(X, y, sample_weight, allow_nan=True)
        if self.class_weight != "balanced_subsample":
            weights = weigh_classes(self.class_weight, classes, index, weights)
        elif not self.bootstrap:
            weights = weigh_classes("balanced", classes, index, weights)
        self.classes_, self.n_classes_ = classes, len(classes)
        self._grow(X, index, len(classes), weights)
        return self

    def _score_out_of_bag(self, X, index, shares) -> None:
        self.oob_decision_function_ = shares
        known = ~np.isnan(shares[:, 0])
        guesses = np.where(known, np.nan_to_num(shares).argmax(axis=1), 0)
        if callable(self.oob_score):
            self.oob_score_ = self.oob_score(self.classes_[index], self.classes_[guesses])
        else:
            self.oob_score_ = accuracy(index, guesses)

    def predict_proba(self, X) -> np.ndarray:
        """Return the probability of each class, of shape (n_samples, n_classes).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        return self._mean_values(X)

    def predict_log_proba(self, X) -> np.ndarray:
        """Return the logarithm of each class's probability; minus infinity where it is 0.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X) -> np.ndarray:
        """Return the class with the largest mean probability.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        shares = self.predict_proba(X)
        return self.classes_[shares.argmax(axis=1)]


class _ForestRegressor(RegressorMixin, _Forest):
    """The mean of the trees' values is the prediction."""

    def fit(self, X, y, sample_weight=None):
        """Grow the forest from data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples; NaN stands for a missing value.
        y : array-like of shape (n_samples,)
            What to predict.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts; in a bootstrap, how likely it is to be drawn.

        Returns
        -------
        self
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        X, y, weights = self._check_Xy(X, y, sample_weight, allow_nan=True)
        self._grow(X, y, 0, weights)
        return self

    def _score_out_of_bag(self, X, y, values) -> None:
        self.oob_prediction_ = values[:, 0]
        known = ~np.isnan(self.oob_prediction_)
        if callable(self.oob_score):
            self.oob_score_ = self.oob_score(y[known], self.oob_prediction_[known])
        else:
            pair = y[known, None].astype(np.float64), values[known]
            self.oob_score_ = float(r_squared(*pair, None)[0]) if known.any() else float("nan")

    def predict(self, X) -> np.ndarray:
        """Return the mean of the trees' predictions.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        return self._mean_values(X)[:, 0]


class RandomForestClassifier(_ForestClassifier):
    """Many classification trees, each grown on a bootstrap sample, with a few features per question.

    One label per sample; several outputs are not offered.

    Parameters
    ----------
    n_estimators : int
        The number of trees.
    criterion : {"gini", "entropy", "log_loss"}
        How mixed a node is: Gini's index, or Shannon's entropy (of which log_loss is another name).
    max_depth : None or int
        The most questions in a row; None grows until every leaf is pure or too small to be split.
    min_samples_split : int or float
        The fewest samples that a node needs to be split; a float is a share of all samples.
    min_samples_leaf : int or float
        The fewest samples on either side of a split; a float is a share of all samples.
    min_weight_fraction_leaf : float
        The least share of the total weight on either side of a split.
    max_features : None, int, float, "sqrt" or "log2"
        How many features, drawn anew for each node, are looked at; a float is a share of all, None
        means all. Where all that were drawn are constant in the node, more are drawn.
    max_leaf_nodes : None or int
        The most leaves: those splits are made that remove the most impurity.
    min_impurity_decrease : float
        A split is made only if it lessens the impurity, times the node's share of all weight, by this
        much.
    bootstrap : bool
        Whether each tree sees as many samples as there are, drawn with replacement, or all of them.
    oob_score : bool or callable
        Whether to score the predictions of the trees for samples that they have not seen; a function
        of (y_true, y_pred) takes the place of accuracy.
    n_jobs : None or int
        How many processes grow trees at once (with joblib); -1 is one per core.
    random_state : None, int or Generator
        Decides the seed of every tree: its bootstrap sample, features and random thresholds.
    verbose : int
        Whether to show how many trees have been grown.
    warm_start : bool
        Whether ``fit``, called again with larger n_estimators, keeps the trees and adds to them.
    class_weight : None, "balanced", "balanced_subsample" or dict
        How much samples of each class count; "balanced" gives each class the same total,
        "balanced_subsample" does so in each tree's own sample.
    ccp_alpha : float
        What a leaf costs: branches that lessen the impurity by less than this a leaf are cut.
    max_samples : None, int or float
        How many samples a bootstrap draws; a float is a share of all (of the sum of the weights), None
        as many as there are.
    monotonic_cst : None or array-like of shape (n_features,)
        1 where predictions may only rise with the feature, -1 where they may only fall, 0 where they
        are free. With two classes, the probability of the second.

    Attributes
    ----------
    estimators_ : list of DecisionTreeClassifier
        The trees.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_classes_ : int
        Their number.
    oob_score_ : float
        Accuracy out of bag, with ``oob_score``.
    oob_decision_function_ : ndarray of shape (n_samples, n_classes)
        Probabilities out of bag; NaN for a sample that every tree has seen.
    feature_importances_ : ndarray of shape (n_features,)
        The share of each feature in the impurity that the trees' questions have removed.
    n_outputs_ : int
        1: one value is predicted.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> from ml_from_scratch.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> forest = RandomForestClassifier(20, oob_score=True, random_state=0).fit(X, y)
    >>> forest.oob_score_ > 0.9, bool(forest.feature_importances_[2:].sum() > 0.8)
    (True, True)
    """

    _tree = DecisionTreeClassifier

    def __init__(
        self,
        n_estimators=100,
        *,
        criterion="gini",
        max_depth=None,
        min_samples_split=2,
        min_samples_leaf=1,
        min_weight_fraction_leaf=0.0,
        max_features="sqrt",
        max_leaf_nodes=None,
        min_impurity_decrease=0.0,
        bootstrap=True,
        oob_score=False,
        n_jobs=None,
        random_state=None,
        verbose=0,
        warm_start=False,
        class_weight=None,
        ccp_alpha=0.0,
        max_samples=None,
        monotonic_cst=None,
    ):
        self.n_estimators = n_estimators
        self.criterion = criterion
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_features = max_features
        self.max_leaf_nodes = max_leaf_nodes
        self.min_impurity_decrease = min_impurity_decrease
        self.bootstrap = bootstrap
        self.oob_score = oob_score
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose
        self.warm_start = warm_start
        self.class_weight = class_weight
        self.ccp_alpha = ccp_alpha
        self.max_samples = max_samples
        self.monotonic_cst = monotonic_cst


class RandomForestRegressor(_ForestRegressor):
    """Many regression trees, each grown on a bootstrap sample.

    One value per sample; several outputs are not offered.

    Parameters
    ----------
    n_estimators : int
        The number of trees.
    criterion : {"squared_error", "friedman_mse", "absolute_error", "poisson"}
        How much y varies within a node: around its mean ("friedman_mse" is another name), around its
        median, or as half the Poisson deviance.
    max_depth : None or int
        The most questions in a row; None grows until every leaf is pure or too small to be split.
    min_samples_split : int or float
        The fewest samples that a node needs to be split; a float is a share of all samples.
    min_samples_leaf : int or float
        The fewest samples on either side of a split; a float is a share of all samples.
    min_weight_fraction_leaf : float
        The least share of the total weight on either side of a split.
    max_features : None, int, float, "sqrt" or "log2"
        How many features, drawn anew for each node, are looked at; a float is a share of all, None
        means all. Where all that were drawn are constant in the node, more are drawn.
    max_leaf_nodes : None or int
        The most leaves: those splits are made that remove the most impurity.
    min_impurity_decrease : float
        A split is made only if it lessens the impurity, times the node's share of all weight, by this
        much.
    bootstrap : bool
        Whether each tree sees as many samples as there are, drawn with replacement, or all of them.
    oob_score : bool or callable
        Whether to score the predictions of the trees for samples that they have not seen; a function
        of (y_true, y_pred) takes the place of R^2.
    n_jobs : None or int
        How many processes grow trees at once (with joblib); -1 is one per core.
    random_state : None, int or Generator
        Decides the seed of every tree: its bootstrap sample, features and random thresholds.
    verbose : int
        Whether to show how many trees have been grown.
    warm_start : bool
        Whether ``fit``, called again with larger n_estimators, keeps the trees and adds to them.
    ccp_alpha : float
        What a leaf costs: branches that lessen the impurity by less than this a leaf are cut.
    max_samples : None, int or float
        How many samples a bootstrap draws; a float is a share of all (of the sum of the weights), None
        as many as there are.
    monotonic_cst : None or array-like of shape (n_features,)
        1 where predictions may only rise with the feature, -1 where they may only fall, 0 where they
        are free. With two classes, the probability of the second.

    Attributes
    ----------
    estimators_ : list of DecisionTreeRegressor
        The trees.
    oob_score_ : float
        R^2 out of bag, with ``oob_score``.
    oob_prediction_ : ndarray of shape (n_samples,)
        Predictions out of bag; NaN for a sample that every tree has seen.
    feature_importances_ : ndarray of shape (n_features,)
        The share of each feature in the impurity that the trees' questions have removed.
    n_outputs_ : int
        1: one value is predicted.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X = np.arange(20.0)[:, None]
    >>> forest = RandomForestRegressor(50, random_state=0).fit(X, 2.0 * X[:, 0])
    >>> bool(18.0 < forest.predict([[10.0]])[0] < 22.0)
    True
    """

    _tree = DecisionTreeRegressor

    def __init__(
        self,
        n_estimators=100,
        *,
        criterion="squared_error",
        max_depth=None,
        min_samples_split=2,
        min_samples_leaf=1,
        min_weight_fraction_leaf=0.0,
        max_features=1.0,
        max_leaf_nodes=None,
        min_impurity_decrease=0.0,
        bootstrap=True,
        oob_score=False,
        n_jobs=None,
        random_state=None,
        verbose=0,
        warm_start=False,
        ccp_alpha=0.0,
        max_samples=None,
        monotonic_cst=None,
    ):
        self.n_estimators = n_estimators
        self.criterion = criterion
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_features = max_features
        self.max_leaf_nodes = max_leaf_nodes
        self.min_impurity_decrease = min_impurity_decrease
        self.bootstrap = bootstrap
        self.oob_score = oob_score
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose
        self.warm_start = warm_start
        self.ccp_alpha = ccp_alpha
        self.max_samples = max_samples
        self.monotonic_cst = monotonic_cst


class ExtraTreesClassifier(_ForestClassifier):
    """Many classification trees whose thresholds are drawn at random, each grown on all samples.

    One label per sample; several outputs are not offered.

    Parameters
    ----------
    n_estimators : int
        The number of trees.
    criterion : {"gini", "entropy", "log_loss"}
        How mixed a node is: Gini's index, or Shannon's entropy (of which log_loss is another name).
    max_depth : None or int
        The most questions in a row; None grows until every leaf is pure or too small to be split.
    min_samples_split : int or float
        The fewest samples that a node needs to be split; a float is a share of all samples.
    min_samples_leaf : int or float
        The fewest samples on either side of a split; a float is a share of all samples.
    min_weight_fraction_leaf : float
        The least share of the total weight on either side of a split.
    max_features : None, int, float, "sqrt" or "log2"
        How many features, drawn anew for each node, are looked at; a float is a share of all, None
        means all. Where all that were drawn are constant in the node, more are drawn.
    max_leaf_nodes : None or int
        The most leaves: those splits are made that remove the most impurity.
    min_impurity_decrease : float
        A split is made only if it lessens the impurity, times the node's share of all weight, by this
        much.
    bootstrap : bool
        Whether each tree sees as many samples as there are, drawn with replacement, or all of them.
    oob_score : bool or callable
        Whether to score the predictions of the trees for samples that they have not seen; a function
        of (y_true, y_pred) takes the place of accuracy.
    n_jobs : None or int
        How many processes grow trees at once (with joblib); -1 is one per core.
    random_state : None, int or Generator
        Decides the seed of every tree: its bootstrap sample, features and random thresholds.
    verbose : int
        Whether to show how many trees have been grown.
    warm_start : bool
        Whether ``fit``, called again with larger n_estimators, keeps the trees and adds to them.
    class_weight : None, "balanced", "balanced_subsample" or dict
        How much samples of each class count; "balanced" gives each class the same total,
        "balanced_subsample" does so in each tree's own sample.
    ccp_alpha : float
        What a leaf costs: branches that lessen the impurity by less than this a leaf are cut.
    max_samples : None, int or float
        How many samples a bootstrap draws; a float is a share of all (of the sum of the weights), None
        as many as there are.
    monotonic_cst : None or array-like of shape (n_features,)
        1 where predictions may only rise with the feature, -1 where they may only fall, 0 where they
        are free. With two classes, the probability of the second.

    Attributes
    ----------
    estimators_ : list of ExtraTreeClassifier
        The trees.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_classes_ : int
        Their number.
    oob_score_ : float
        Accuracy out of bag, with ``oob_score``.
    oob_decision_function_ : ndarray of shape (n_samples, n_classes)
        Probabilities out of bag; NaN for a sample that every tree has seen.
    feature_importances_ : ndarray of shape (n_features,)
        The share of each feature in the impurity that the trees' questions have removed.
    n_outputs_ : int
        1: one value is predicted.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[1.0], [2.0], [8.0], [9.0]], ["small", "small", "large", "large"]
    >>> ExtraTreesClassifier(10, random_state=0).fit(X, y).predict([[1.0], [9.0]]).tolist()
    ['small', 'large']
    """

    _tree = ExtraTreeClassifier

    def __init__(
        self,
        n_estimators=100,
        *,
        criterion="gini",
        max_depth=None,
        min_samples_split=2,
        min_samples_leaf=1,
        min_weight_fraction_leaf=0.0,
        max_features="sqrt",
        max_leaf_nodes=None,
        min_impurity_decrease=0.0,
        bootstrap=False,
        oob_score=False,
        n_jobs=None,
        random_state=None,
        verbose=0,
        warm_start=False,
        class_weight=None,
        ccp_alpha=0.0,
        max_samples=None,
        monotonic_cst=None,
    ):
        self.n_estimators = n_estimators
        self.criterion = criterion
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_features = max_features
        self.max_leaf_nodes = max_leaf_nodes
        self.min_impurity_decrease = min_impurity_decrease
        self.bootstrap = bootstrap
        self.oob_score = oob_score
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose
        self.warm_start = warm_start
        self.class_weight = class_weight
        self.ccp_alpha = ccp_alpha
        self.max_samples = max_samples
        self.monotonic_cst = monotonic_cst


class ExtraTreesRegressor(_ForestRegressor):
    """Many regression trees whose thresholds are drawn at random, each grown on all samples.

    One value per sample; several outputs are not offered.

    Parameters
    ----------
    n_estimators : int
        The number of trees.
    criterion : {"squared_error", "friedman_mse", "absolute_error", "poisson"}
        How much y varies within a node: around its mean ("friedman_mse" is another name), around its
        median, or as half the Poisson deviance.
    max_depth : None or int
        The most questions in a row; None grows until every leaf is pure or too small to be split.
    min_samples_split : int or float
        The fewest samples that a node needs to be split; a float is a share of all samples.
    min_samples_leaf : int or float
        The fewest samples on either side of a split; a float is a share of all samples.
    min_weight_fraction_leaf : float
        The least share of the total weight on either side of a split.
    max_features : None, int, float, "sqrt" or "log2"
        How many features, drawn anew for each node, are looked at; a float is a share of all, None
        means all. Where all that were drawn are constant in the node, more are drawn.
    max_leaf_nodes : None or int
        The most leaves: those splits are made that remove the most impurity.
    min_impurity_decrease : float
        A split is made only if it lessens the impurity, times the node's share of all weight, by this
        much.
    bootstrap : bool
        Whether each tree sees as many samples as there are, drawn with replacement, or all of them.
    oob_score : bool or callable
        Whether to score the predictions of the trees for samples that they have not seen; a function
        of (y_true, y_pred) takes the place of R^2.
    n_jobs : None or int
        How many processes grow trees at once (with joblib); -1 is one per core.
    random_state : None, int or Generator
        Decides the seed of every tree: its bootstrap sample, features and random thresholds.
    verbose : int
        Whether to show how many trees have been grown.
    warm_start : bool
        Whether ``fit``, called again with larger n_estimators, keeps the trees and adds to them.
    ccp_alpha : float
        What a leaf costs: branches that lessen the impurity by less than this a leaf are cut.
    max_samples : None, int or float
        How many samples a bootstrap draws; a float is a share of all (of the sum of the weights), None
        as many as there are.
    monotonic_cst : None or array-like of shape (n_features,)
        1 where predictions may only rise with the feature, -1 where they may only fall, 0 where they
        are free. With two classes, the probability of the second.

    Attributes
    ----------
    estimators_ : list of ExtraTreeRegressor
        The trees.
    oob_score_ : float
        R^2 out of bag, with ``oob_score``.
    oob_prediction_ : ndarray of shape (n_samples,)
        Predictions out of bag; NaN for a sample that every tree has seen.
    feature_importances_ : ndarray of shape (n_features,)
        The share of each feature in the impurity that the trees' questions have removed.
    n_outputs_ : int
        1: one value is predicted.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X = np.arange(20.0)[:, None]
    >>> forest = ExtraTreesRegressor(50, random_state=0).fit(X, 2.0 * X[:, 0])
    >>> forest.predict([[10.0]]).round(6).tolist()
    [20.0]
    """

    _tree = ExtraTreeRegressor

    def __init__(
        self,
        n_estimators=100,
        *,
        criterion="squared_error",
        max_depth=None,
        min_samples_split=2,
        min_samples_leaf=1,
        min_weight_fraction_leaf=0.0,
        max_features=1.0,
        max_leaf_nodes=None,
        min_impurity_decrease=0.0,
        bootstrap=False,
        oob_score=False,
        n_jobs=None,
        random_state=None,
        verbose=0,
        warm_start=False,
        ccp_alpha=0.0,
        max_samples=None,
        monotonic_cst=None,
    ):
        self.n_estimators = n_estimators
        self.criterion = criterion
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_features = max_features
        self.max_leaf_nodes = max_leaf_nodes
        self.min_impurity_decrease = min_impurity_decrease
        self.bootstrap = bootstrap
        self.oob_score = oob_score
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose
        self.warm_start = warm_start
        self.ccp_alpha = ccp_alpha
        self.max_samples = max_samples
        self.monotonic_cst = monotonic_cst
