"""A tree as arrays: samples walk down, and what the features were worth."""

import numpy as np
import pytest

from ml_from_scratch.models import DecisionTreeClassifier, DecisionTreeRegressor
from ml_from_scratch.models.trees import Tree

#        0: x0 <= 1
#       /          \
#  1: x1 <= 5      4: leaf 30
#   /     \
# 2: 10   3: 20
ARRAYS = {
    "n_features": 2,
    "children_left": [1, 2, -1, -1, -1],
    "children_right": [4, 3, -1, -1, -1],
    "feature": [0, 1, -2, -2, -2],
    "threshold": [1.0, 5.0, -2, -2, -2],
    "impurity": [0.5, 0.25, 0.0, 0.0, 0.125],
    "n_node_samples": [8, 4, 2, 2, 4],
    "weighted_n_node_samples": [8.0, 4.0, 2.0, 2.0, 4.0],
    "value": [[[18.0]], [[15.0]], [[10.0]], [[20.0]], [[30.0]]],
    "missing_go_to_left": [1, 0, 0, 0, 0],
}


@pytest.fixture
def tree():
    return Tree(**ARRAYS)


def test_shape(tree):
    assert (tree.node_count, tree.n_leaves, tree.max_depth) == (5, 3, 2)
    assert tree.node_depths().tolist() == [0, 1, 2, 2, 1]
    assert repr(tree) == "Tree(5 nodes, 3 leaves, depth 2)"


def test_samples_walk_down(tree):
    X = np.array([[1.0, 5.0], [1.0, 5.1], [1.1, 0.0], [np.nan, 0.0], [0.0, np.nan]])
    assert tree.apply(X).tolist() == [2, 3, 4, 2, 3]
    assert tree.predict(X).tolist() == [[10.0], [20.0], [30.0], [10.0], [20.0]]
    path = tree.decision_path(X[:3])
    assert path.tolist() == [[1, 1, 1, 0, 0], [1, 1, 0, 1, 0], [1, 0, 0, 0, 1]]


@pytest.mark.parametrize("change", [np.asfortranarray, lambda X: X[:, ::-1][:, ::-1], np.float32])
def test_layout_of_samples(tree, change):
    X = np.random.default_rng(0).normal(size=(50, 2)) * 5
    X = X.astype(np.float32).astype(float)
    other = change(X)
    other.flags.writeable = False
    np.testing.assert_array_equal(tree.apply(other), tree.apply(X))


def test_no_samples_and_no_questions(tree):
    assert tree.apply(np.empty((0, 2))).tolist() == []
    alone = Tree(3, [-1], [-1], [-2], [-2.0], [0.0], [4], [4.0], [[[1.5]]], [0])
    assert alone.predict(np.zeros((2, 3))).tolist() == [[1.5], [1.5]]
    assert alone.max_depth == 0 and alone.n_leaves == 1
    assert alone.compute_feature_importances().tolist() == [0.0, 0.0, 0.0]


def test_importances(tree):
    # 8 * 0.5 - 4 * 0.25 - 4 * 0.125 = 2.5 for the first, 4 * 0.25 = 1 for the second
    np.testing.assert_allclose(
        tree.compute_feature_importances(normalize=False), [2.5 / 8, 1.0 / 8]
    )
    np.testing.assert_allclose(tree.compute_feature_importances(), [2.5 / 3.5, 1.0 / 3.5])


def test_grown_trees_are_numbered_as_a_walk_meets_the_nodes():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(200, 3)), rng.normal(size=200)
    tree = DecisionTreeRegressor(min_samples_leaf=3).fit(X, y).tree_
    waiting, met = [0], []
    while waiting:
        node = waiting.pop()
        met.append(node)
        if tree.children_left[node] >= 0:
            waiting += [tree.children_right[node], tree.children_left[node]]
    assert met == list(range(tree.node_count))
    for node in range(tree.node_count):
        samples = tree.decision_path(X)[:, node]
        assert samples.sum() == tree.n_node_samples[node]
        assert tree.value[node, 0, 0] == pytest.approx(y[samples].mean())
        assert tree.impurity[node] == pytest.approx(y[samples].var(), abs=1e-12)


def test_of_classes_the_values_are_shares():
    X, y = np.arange(6.0)[:, None], np.array(["a", "a", "a", "b", "b", "a"])
    tree = DecisionTreeClassifier(max_depth=1).fit(X, y).tree_
    np.testing.assert_allclose(tree.value[:, 0].sum(axis=1), 1.0)
    assert tree.value[0, 0].tolist() == pytest.approx([4 / 6, 2 / 6])
