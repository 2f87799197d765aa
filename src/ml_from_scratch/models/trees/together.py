"""Fitting many decision trees to one X at once: their nodes stand side by side, level by level.

The work of a level is a fixed number of calls of NumPy, however many nodes it has. On small data those
calls are the whole cost, so twenty trees together take little longer than one. Each comes out as if it
had been fitted by itself.
"""

from __future__ import annotations

from .decision_tree import DecisionTreeClassifier, DecisionTreeRegressor
from .growing import grow_trees
from .pruning import pruned
from .rules import growing_rules
from .splitters import Draws

MOST_ROWS = 1 << 14  # of all trees together: more gain nothing, and take memory


def can_grow_together(tree) -> bool:
    """Return whether clones of this estimator can be fitted by ``fit_together``."""
    if type(tree) not in (DecisionTreeClassifier, DecisionTreeRegressor):
        return False
    return (
        tree.max_leaf_nodes is None
        and tree.min_weight_fraction_leaf == 0.0
        and getattr(tree, "class_weight", None) is None
    )


def fit_together(trees, X, y, weights, classes=None) -> list:
    """Fit clones of one decision tree, each with weights of its own; return them.

    Parameters
    ----------
    trees : list of DecisionTreeClassifier or DecisionTreeRegressor
        Unfitted, and alike but for ``random_state``.
    X : ndarray of shape (n, d)
        Checked samples.
    y : ndarray of shape (n,)
        Checked numbers, or class numbers.
    weights : list of ndarray of shape (n,)
        The weights of the samples for each tree.
    classes : None or ndarray of shape (n_classes,)
        For classifiers: what the class numbers stand for.
    """
    rules = growing_rules(trees[0], X.shape, None)
    draws = Draws([tree.random_state for tree in trees])
    n_classes = 0 if classes is None else len(classes)
    for tree, grown in zip(trees, grow_trees(X, y, n_classes, weights, rules, draws)):
        tree.tree_ = pruned(grown, tree.ccp_alpha)
        tree.max_features_, tree.n_outputs_ = rules.max_features, 1
        tree.n_features_in_ = X.shape[1]
        if classes is not None:
            tree.classes_, tree.n_classes_ = classes, n_classes
    return trees
