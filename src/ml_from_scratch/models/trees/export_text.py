"""A tree as indented text: one line per question, one per leaf."""

from __future__ import annotations

import numpy as np

from ...core.checks import check_number
from .structure import LEAF, Tree


def export_text(
    decision_tree,
    *,
    feature_names=None,
    class_names=None,
    max_depth=10,
    spacing=3,
    decimals=2,
    show_weights=False,
) -> str:
    """Return the rules of a fitted decision tree as text.

    Parameters
    ----------
    decision_tree : estimator with a ``tree_``
        A fitted tree for classification or regression.
    feature_names : None or sequence of str
        Names of the features; None takes those seen in fit, or feature_0, feature_1, ...
    class_names : None or sequence of str
        Names of the classes; None takes ``classes_``.
    max_depth : int
        Branches deeper than this are cut short.
    spacing : int
        How far each level is moved to the right.
    decimals : int
        Digits behind the point.
    show_weights : bool
        Whether the leaves of a classification tree show the weight of each class.

    Raises
    ------
    ValueError
        If there is not one name for each feature, or for each class.

    Examples
    --------
    >>> from ml_from_scratch.datasets import load_iris
    >>> from ml_from_scratch.models.trees import DecisionTreeClassifier
    >>> iris = load_iris()
    >>> tree = DecisionTreeClassifier(max_depth=2).fit(iris.data, iris.target)
    >>> print(export_text(tree, feature_names=iris.feature_names))
    |--- petal length (cm) <= 2.45
    |   |--- class: 0
    |--- petal length (cm) >  2.45
    |   |--- petal width (cm) <= 1.75
    |   |   |--- class: 1
    |   |--- petal width (cm) >  1.75
    |   |   |--- class: 2
    <BLANKLINE>
    """
    check_number("max_depth", max_depth, least=0, integer=True)
    check_number("spacing", spacing, least=1, integer=True)
    check_number("decimals", decimals, least=0, integer=True)
    tree = tree_of(decision_tree)
    features = names_of_features(decision_tree, feature_names)
    classes = names_of_classes(decision_tree, class_names)

    def leaf(node):
        value = tree.value[node, 0]
        if classes is None:
            return "value: [" + ", ".join(f"{v:.{decimals}f}" for v in value) + "]"
        weights = value * tree.weighted_n_node_samples[node]
        shown = ", ".join(f"{w:.{decimals}f}" for w in weights)
        return f"{f'weights: [{shown}] ' if show_weights else ''}class: {classes[value.argmax()]}"

    def lines(node, depth):
        indent = ("|" + " " * spacing) * depth + "|" + "-" * spacing + " "
        if tree.children_left[node] == LEAF:
            yield indent + leaf(node)
        elif depth > max_depth:
            yield f"{indent}truncated branch of depth {depth_below(tree, node) + 1}"
        else:
            name, threshold = features[tree.feature[node]], f"{tree.threshold[node]:.{decimals}f}"
            yield f"{indent}{name} <= {threshold}"
            yield from lines(tree.children_left[node], depth + 1)
            yield f"{indent}{name} >  {threshold}"
            yield from lines(tree.children_right[node], depth + 1)

    return "\n".join(lines(0, 0)) + "\n"


def tree_of(decision_tree) -> Tree:
    """Return the Tree of a fitted estimator."""
    if not hasattr(decision_tree, "tree_"):
        decision_tree._check_is_fitted()
        raise TypeError(
            f"{type(decision_tree).__name__} has no single tree_; take one of its estimators_."
        )
    return decision_tree.tree_


def names_of_features(decision_tree, names) -> list[str]:
    """Return one name per feature."""
    n = decision_tree.tree_.n_features
    if names is None:
        names = getattr(decision_tree, "feature_names_in_", [f"feature_{i}" for i in range(n)])
    if len(names) != n:
        raise ValueError(f"feature_names must contain {n} elements, got {len(names)}.")
    return [str(name) for name in names]


def names_of_classes(decision_tree, names) -> list[str] | None:
    """Return one name per class, or None for a regression tree."""
    classes = getattr(decision_tree, "classes_", None)
    if classes is None:
        return None
    if names is not None and len(names) != len(classes):
        raise ValueError(
            "When class_names is given, it should contain as many items as classes_. Got "
            f"{len(names)} while the tree was fitted with {len(classes)} classes."
        )
    return [str(name) for name in (classes if names is None else names)]


def depth_below(tree, node) -> int:
    """Return the most questions that follow from a node on."""
    depth, level = 0, np.array([node])
    while len(level := level[tree.children_left[level] != LEAF]):
        level = np.concatenate([tree.children_left[level], tree.children_right[level]])
        depth += 1
    return depth
