"""Pruning: the weakest links go first, and what is left is the best tree for its price."""

import itertools

import numpy as np
import pytest

from ml_from_scratch.models import DecisionTreeClassifier, DecisionTreeRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 3))
Y = X[:, 0] + np.sin(3 * X[:, 1]) + 0.3 * RNG.normal(size=120)


def cost(tree):
    """The impurity of the leaves, as shares of all weight."""
    leaves = tree.children_left == -1
    return (tree.weighted_n_node_samples * tree.impurity)[leaves].sum() / 120


def all_prunings(tree, node=0):
    """Yield (cost, number of leaves) of every tree that cutting branches can leave."""
    here = tree.weighted_n_node_samples[node] * tree.impurity[node] / 120
    yield here, 1
    if tree.children_left[node] >= 0:
        sides = [
            list(all_prunings(tree, child[node]))
            for child in (tree.children_left, tree.children_right)
        ]
        for (a, m), (b, n) in itertools.product(*sides):
            yield a + b, m + n


def test_pruned_trees_are_the_best_of_all():
    full = DecisionTreeRegressor(max_depth=4, min_samples_leaf=5).fit(X, Y).tree_
    choices = np.array(list(all_prunings(full)))
    assert len(choices) > 100
    for alpha in (0.001, 0.01, 0.05, 0.2, 1.0):
        tree = DecisionTreeRegressor(max_depth=4, min_samples_leaf=5, ccp_alpha=alpha)
        tree = tree.fit(X, Y).tree_
        best = (choices[:, 0] + alpha * choices[:, 1]).min()
        assert cost(tree) + alpha * tree.n_leaves == pytest.approx(best, abs=1e-12)


def test_the_path_tells_what_each_alpha_leaves():
    model = DecisionTreeRegressor(min_samples_leaf=3)
    path = model.cost_complexity_pruning_path(X, Y)
    assert not hasattr(model, "tree_")  # the estimator itself is not fitted
    assert path.ccp_alphas[0] == 0.0 and (np.diff(path.ccp_alphas) >= -1e-15).all()
    assert (np.diff(path.impurities) >= -1e-15).all()
    assert path.impurities[-1] == pytest.approx(Y.var())
    for alpha, impurity in list(zip(path.ccp_alphas, path.impurities))[1::7]:
        tree = model.set_params(ccp_alpha=alpha * (1 + 1e-9)).fit(X, Y).tree_
        assert cost(tree) == pytest.approx(impurity)
    assert model.set_params(ccp_alpha=1e9).fit(X, Y).get_n_leaves() == 1


def test_a_tree_of_one_leaf():
    path = DecisionTreeRegressor().cost_complexity_pruning_path(X, np.ones(120))
    assert path.ccp_alphas.tolist() == [0.0] and path.impurities.tolist() == [0.0]
    assert DecisionTreeRegressor(ccp_alpha=0.1).fit(X, np.ones(120)).get_depth() == 0


def test_trees_grown_best_first_are_pruned_too():
    few = DecisionTreeClassifier(max_leaf_nodes=9).fit(X, Y > 0)
    cut = DecisionTreeClassifier(max_leaf_nodes=9, ccp_alpha=0.03).fit(X, Y > 0)
    assert 1 < cut.get_n_leaves() < few.get_n_leaves()
    where = cut.tree_.decision_path(X)
    np.testing.assert_array_equal(where.sum(axis=0), cut.tree_.n_node_samples)
