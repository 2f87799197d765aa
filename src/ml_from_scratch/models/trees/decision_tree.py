r"""Decision trees: questions about one feature at a time, chosen one by one to unmix the samples.

A tree cuts the space of features into boxes, and predicts in each box what was common there in
training: the mean of y, or the share of each class. How the questions are found is in ``growing``,
what makes one better than another in ``criteria``, how a tree is cut back afterwards in ``pruning``;
these are the estimators.

Source: Breiman, Friedman, Olshen and Stone, Classification and Regression Trees, 1984; the random
thresholds are those of Geurts, Ernst and Wehenkel, Extremely randomized trees, 2006.
"""

from __future__ import annotations

import numpy as np

from ...core.estimator import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from ..linear.logistic_regression import weigh_classes
from .growing import grow_tree
from .pruning import pruned, pruning_path
from .rules import growing_rules
from .structure import Tree


class _DecisionTree(BaseEstimator):
    """What all four trees share: one ``tree_``, and questions to it."""

    _tags = {"allow_nan": True}
    tree_: Tree

    def _grow(self, X, y, n_classes, weights):
        """Learn ``tree_`` from checked data; n_classes is 0 for a regression."""
        rules = growing_rules(self, X.shape, weights)
        self.max_features_ = rules.max_features
        self.n_outputs_ = 1
        return grow_tree(X, y, n_classes, weights, rules, self.random_state)

    def get_depth(self) -> int:
        """Return the most questions that lead to a leaf."""
        self._check_is_fitted()
        return self.tree_.max_depth

    def get_n_leaves(self) -> int:
        """Return the number of leaves."""
        self._check_is_fitted()
        return self.tree_.n_leaves

    def apply(self, X) -> np.ndarray:
        """Return the number of the leaf that each sample falls into.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        X = self._check_X(X, allow_nan=True)
        return self.tree_.apply(X)

    def decision_path(self, X) -> np.ndarray:
        """Return which nodes each sample passes: booleans of shape (n_samples, node_count).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        X = self._check_X(X, allow_nan=True)
        return self.tree_.decision_path(X)

    @property
    def feature_importances_(self) -> np.ndarray:
        """The share of each feature in all the impurity that the questions have removed."""
        self._check_is_fitted()
        return self.tree_.compute_feature_importances()

    def _leaf_values(self, X) -> np.ndarray:
        X = self._check_X(X, allow_nan=True)
        return self.tree_.predict(X).astype(X.dtype, copy=False)


class _TreeClassifier(ClassifierMixin, _DecisionTree):
    """Shares of the classes in the leaf are the probabilities."""

    def fit(self, X, y, sample_weight=None):
        """Grow the tree from labelled data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples; NaN stands for a missing value.
        y : array-like of shape (n_samples,)
            Their labels, numbers or strings.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts; 2 is the same as having it twice.

        Returns
        -------
        self
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        tree = self._learn(X, y, sample_weight)
        self.tree_ = pruned(tree, self.ccp_alpha)
        return self

    def _learn(self, X, y, sample_weight) -> Tree:
        X, classes, index, weights = self._check_X_labels(X, y, sample_weight, allow_nan=True)
        weights = weigh_classes(self.class_weight, classes, index, weights)
        self.classes_, self.n_classes_ = classes, len(classes)
        return self._grow(X, index, len(classes), weights)

    def predict_proba(self, X) -> np.ndarray:
        """Return the probability of each class, of shape (n_samples, n_classes).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        return self._leaf_values(X)

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
        """Return the most common class of the leaf that each sample falls into.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        shares = self.predict_proba(X)
        return self.classes_[shares.argmax(axis=1)]

    def cost_complexity_pruning_path(self, X, y, sample_weight=None):
        """Return at which ``ccp_alpha`` which impurity is left, as the tree is cut back.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            Their labels.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts.

        Returns
        -------
        Bunch
            ``ccp_alphas`` and ``impurities``, from the full tree to its root.
        """
        return pruning_path(clone(self)._learn(X, y, sample_weight))


class _TreeRegressor(RegressorMixin, _DecisionTree):
    """The mean of y in the leaf is the prediction."""

    def fit(self, X, y, sample_weight=None):
        """Grow the tree from data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples; NaN stands for a missing value.
        y : array-like of shape (n_samples,)
            What to predict.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts; 2 is the same as having it twice.

        Returns
        -------
        self
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        tree = self._learn(X, y, sample_weight)
        self.tree_ = pruned(tree, self.ccp_alpha)
        return self

    def _learn(self, X, y, sample_weight) -> Tree:
        X, y, weights = self._check_Xy(X, y, sample_weight, allow_nan=True)
        return self._grow(X, y, 0, weights)

    def predict(self, X) -> np.ndarray:
        """Return the value of the leaf that each sample falls into.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        return self._leaf_values(X)[:, 0]

    def cost_complexity_pruning_path(self, X, y, sample_weight=None):
        """Return at which ``ccp_alpha`` which impurity is left, as the tree is cut back.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            What to predict.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts.

        Returns
        -------
        Bunch
            ``ccp_alphas`` and ``impurities``, from the full tree to its root.
        """
        return pruning_path(clone(self)._learn(X, y, sample_weight))


class DecisionTreeClassifier(_TreeClassifier):
    """A tree of questions that ends in one class or another.

    One label per sample; several outputs are not offered.
    Where several questions are equally good, the features take turns, node by node, and the lowest
    threshold wins: without a random_state the same data always give the same tree, where scikit-learn
    draws lots. Features keep their precision, where scikit-learn rounds them to float32.

    Parameters
    ----------
    criterion : {"gini", "entropy", "log_loss"}
        How mixed a node is: Gini's index, or Shannon's entropy (of which log_loss is another name).
    splitter : {"best", "random"}
        "best" takes the best threshold of each feature, "random" one drawn between its least and its
        largest value.
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
    random_state : None, int or Generator
        Decides which features are drawn, random thresholds, and the turns of equally good features.
    max_leaf_nodes : None or int
        The most leaves: those splits are made that remove the most impurity.
    min_impurity_decrease : float
        A split is made only if it lessens the impurity, times the node's share of all weight, by this
        much.
    class_weight : None, "balanced" or dict
        How much samples of each class count; "balanced" gives each class the same total
        (of sample weights, if there are any).
    ccp_alpha : float
        What a leaf costs: branches that lessen the impurity by less than this a leaf are cut.
    monotonic_cst : None or array-like of shape (n_features,)
        1 where predictions may only rise with the feature, -1 where they may only fall, 0 where they
        are free. With two classes, the probability of the second.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_classes_ : int
        Their number.
    tree_ : Tree
        The tree itself, node by node.
    feature_importances_ : ndarray of shape (n_features,)
        The share of each feature in all the impurity that the questions have removed.
    max_features_ : int
        The number of features looked at in each node.
    n_outputs_ : int
        1: one value is predicted.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[1.0], [2.0], [8.0], [9.0]], ["small", "small", "large", "large"]
    >>> tree = DecisionTreeClassifier().fit(X, y)
    >>> tree.predict([[3.0], [7.0]]).tolist(), float(tree.tree_.threshold[0])
    (['small', 'large'], 5.0)
    """

    def __init__(
        self,
        *,
        criterion="gini",
        splitter="best",
        max_depth=None,
        min_samples_split=2,
        min_samples_leaf=1,
        min_weight_fraction_leaf=0.0,
        max_features=None,
        random_state=None,
        max_leaf_nodes=None,
        min_impurity_decrease=0.0,
        class_weight=None,
        ccp_alpha=0.0,
        monotonic_cst=None,
    ):
        self.criterion = criterion
        self.splitter = splitter
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_features = max_features
        self.random_state = random_state
        self.max_leaf_nodes = max_leaf_nodes
        self.min_impurity_decrease = min_impurity_decrease
        self.class_weight = class_weight
        self.ccp_alpha = ccp_alpha
        self.monotonic_cst = monotonic_cst


class DecisionTreeRegressor(_TreeRegressor):
    """A tree of questions that ends in one number or another.

    One value per sample; several outputs are not offered.
    Where several questions are equally good, the features take turns, node by node, and the lowest
    threshold wins: without a random_state the same data always give the same tree, where scikit-learn
    draws lots. Features keep their precision, where scikit-learn rounds them to float32.

    Parameters
    ----------
    criterion : {"squared_error", "friedman_mse", "absolute_error", "poisson"}
        How much y varies within a node: around its mean ("friedman_mse" is another name), around its
        median, or as half the Poisson deviance.
    splitter : {"best", "random"}
        "best" takes the best threshold of each feature, "random" one drawn between its least and its
        largest value.
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
    random_state : None, int or Generator
        Decides which features are drawn, random thresholds, and the turns of equally good features.
    max_leaf_nodes : None or int
        The most leaves: those splits are made that remove the most impurity.
    min_impurity_decrease : float
        A split is made only if it lessens the impurity, times the node's share of all weight, by this
        much.
    ccp_alpha : float
        What a leaf costs: branches that lessen the impurity by less than this a leaf are cut.
    monotonic_cst : None or array-like of shape (n_features,)
        1 where predictions may only rise with the feature, -1 where they may only fall, 0 where they
        are free. With two classes, the probability of the second.

    Attributes
    ----------
    tree_ : Tree
        The tree itself, node by node.
    feature_importances_ : ndarray of shape (n_features,)
        The share of each feature in all the impurity that the questions have removed.
    max_features_ : int
        The number of features looked at in each node.
    n_outputs_ : int
        1: one value is predicted.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> tree = DecisionTreeRegressor(max_depth=1).fit([[1.0], [2.0], [8.0], [9.0]], [0.0, 1.0, 6.0, 8.0])
    >>> tree.predict([[3.0], [7.0]]).tolist()
    [0.5, 7.0]
    """

    def __init__(
        self,
        *,
        criterion="squared_error",
        splitter="best",
        max_depth=None,
        min_samples_split=2,
        min_samples_leaf=1,
        min_weight_fraction_leaf=0.0,
        max_features=None,
        random_state=None,
        max_leaf_nodes=None,
        min_impurity_decrease=0.0,
        ccp_alpha=0.0,
        monotonic_cst=None,
    ):
        self.criterion = criterion
        self.splitter = splitter
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_features = max_features
        self.random_state = random_state
        self.max_leaf_nodes = max_leaf_nodes
        self.min_impurity_decrease = min_impurity_decrease
        self.ccp_alpha = ccp_alpha
        self.monotonic_cst = monotonic_cst


class ExtraTreeClassifier(_TreeClassifier):
    """A classification tree whose thresholds are drawn at random, to be one of many.

    Each node draws a threshold for each of a few features, and takes the best of these.

    Parameters
    ----------
    criterion : {"gini", "entropy", "log_loss"}
        How mixed a node is: Gini's index, or Shannon's entropy (of which log_loss is another name).
    splitter : {"best", "random"}
        "best" takes the best threshold of each feature, "random" one drawn between its least and its
        largest value.
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
    random_state : None, int or Generator
        Decides which features are drawn, random thresholds, and the turns of equally good features.
    max_leaf_nodes : None or int
        The most leaves: those splits are made that remove the most impurity.
    min_impurity_decrease : float
        A split is made only if it lessens the impurity, times the node's share of all weight, by this
        much.
    class_weight : None, "balanced" or dict
        How much samples of each class count; "balanced" gives each class the same total
        (of sample weights, if there are any).
    ccp_alpha : float
        What a leaf costs: branches that lessen the impurity by less than this a leaf are cut.
    monotonic_cst : None or array-like of shape (n_features,)
        1 where predictions may only rise with the feature, -1 where they may only fall, 0 where they
        are free. With two classes, the probability of the second.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_classes_ : int
        Their number.
    tree_ : Tree
        The tree itself, node by node.
    feature_importances_ : ndarray of shape (n_features,)
        The share of each feature in all the impurity that the questions have removed.
    max_features_ : int
        The number of features looked at in each node.
    n_outputs_ : int
        1: one value is predicted.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[1.0], [2.0], [8.0], [9.0]], ["small", "small", "large", "large"]
    >>> ExtraTreeClassifier(random_state=0).fit(X, y).predict([[1.0], [9.0]]).tolist()
    ['small', 'large']
    """

    def __init__(
        self,
        *,
        criterion="gini",
        splitter="random",
        max_depth=None,
        min_samples_split=2,
        min_samples_leaf=1,
        min_weight_fraction_leaf=0.0,
        max_features="sqrt",
        random_state=None,
        max_leaf_nodes=None,
        min_impurity_decrease=0.0,
        class_weight=None,
        ccp_alpha=0.0,
        monotonic_cst=None,
    ):
        self.criterion = criterion
        self.splitter = splitter
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_features = max_features
        self.random_state = random_state
        self.max_leaf_nodes = max_leaf_nodes
        self.min_impurity_decrease = min_impurity_decrease
        self.class_weight = class_weight
        self.ccp_alpha = ccp_alpha
        self.monotonic_cst = monotonic_cst


class ExtraTreeRegressor(_TreeRegressor):
    """A regression tree whose thresholds are drawn at random, to be one of many.

    Each node draws a threshold for each of the features, and takes the best of these.

    Parameters
    ----------
    criterion : {"squared_error", "friedman_mse", "absolute_error", "poisson"}
        How much y varies within a node: around its mean ("friedman_mse" is another name), around its
        median, or as half the Poisson deviance.
    splitter : {"best", "random"}
        "best" takes the best threshold of each feature, "random" one drawn between its least and its
        largest value.
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
    random_state : None, int or Generator
        Decides which features are drawn, random thresholds, and the turns of equally good features.
    max_leaf_nodes : None or int
        The most leaves: those splits are made that remove the most impurity.
    min_impurity_decrease : float
        A split is made only if it lessens the impurity, times the node's share of all weight, by this
        much.
    ccp_alpha : float
        What a leaf costs: branches that lessen the impurity by less than this a leaf are cut.
    monotonic_cst : None or array-like of shape (n_features,)
        1 where predictions may only rise with the feature, -1 where they may only fall, 0 where they
        are free. With two classes, the probability of the second.

    Attributes
    ----------
    tree_ : Tree
        The tree itself, node by node.
    feature_importances_ : ndarray of shape (n_features,)
        The share of each feature in all the impurity that the questions have removed.
    max_features_ : int
        The number of features looked at in each node.
    n_outputs_ : int
        1: one value is predicted.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[1.0], [2.0], [8.0], [9.0]], [0.0, 1.0, 6.0, 8.0]
    >>> ExtraTreeRegressor(random_state=0).fit(X, y).predict([[1.0], [9.0]]).tolist()
    [0.0, 8.0]
    """

    def __init__(
        self,
        *,
        criterion="squared_error",
        splitter="random",
        max_depth=None,
        min_samples_split=2,
        min_samples_leaf=1,
        min_weight_fraction_leaf=0.0,
        max_features=1.0,
        random_state=None,
        max_leaf_nodes=None,
        min_impurity_decrease=0.0,
        ccp_alpha=0.0,
        monotonic_cst=None,
    ):
        self.criterion = criterion
        self.splitter = splitter
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_features = max_features
        self.random_state = random_state
        self.max_leaf_nodes = max_leaf_nodes
        self.min_impurity_decrease = min_impurity_decrease
        self.ccp_alpha = ccp_alpha
        self.monotonic_cst = monotonic_cst
