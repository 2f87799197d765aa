"""Trees that grow together are the trees that grow alone."""

import numpy as np
import pytest

from ml_from_scratch.models import (
    BaggingClassifier,
    BaggingRegressor,
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeRegressor,
)
from ml_from_scratch.models.trees.together import can_grow_together, fit_together

rng = np.random.default_rng(0)
X = rng.normal(size=(90, 4))
Y = np.round(X[:, 0] + np.sin(3 * X[:, 1]), 1)
LABELS = np.array(["low", "middle", "high"])[np.digitize(Y, [-0.7, 0.7])]


def same(a, b):
    for name, values in vars(a).items():
        np.testing.assert_array_equal(values, vars(b)[name], err_msg=name)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"max_depth": 3, "min_samples_leaf": 4},
        {"max_features": 2},
        {"splitter": "random"},
        {"ccp_alpha": 0.01},
    ],
    ids=str,
)
def test_alone_and_together(settings):
    weights = [rng.integers(0, 3, 90).astype(float) for _ in range(5)]
    trees = [DecisionTreeRegressor(**settings, random_state=i) for i in range(5)]
    for i, tree in enumerate(fit_together(trees, X, Y, weights)):
        alone = DecisionTreeRegressor(**settings, random_state=i).fit(X, Y, weights[i])
        same(tree.tree_, alone.tree_)
        assert vars(tree).keys() == vars(alone).keys()
    classes, index = np.unique(LABELS, return_inverse=True)
    trees = [DecisionTreeClassifier(**settings, random_state=i) for i in range(5)]
    for i, tree in enumerate(fit_together(trees, X, index, weights, classes)):
        alone = DecisionTreeClassifier(**settings, random_state=i).fit(X, LABELS, weights[i])
        same(tree.tree_, alone.tree_)
        np.testing.assert_array_equal(tree.predict(X), alone.predict(X))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bagged_trees_are_those_fitted_one_by_one(dtype):
    data = X.astype(dtype)
    for bagging, y, tree in (
        (BaggingRegressor, Y, DecisionTreeRegressor),
        (BaggingClassifier, LABELS, DecisionTreeClassifier),
    ):
        model = bagging(random_state=0).fit(data, y)
        for member, rows in zip(model, model.estimators_samples_):
            counts = np.bincount(rows, minlength=90)
            alone = tree(random_state=member.random_state).fit(data, y, counts)
            same(member.tree_, alone.tree_)


def test_who_cannot():
    assert can_grow_together(DecisionTreeRegressor(max_depth=2))
    for tree in (
        DecisionTreeRegressor(max_leaf_nodes=4),
        DecisionTreeRegressor(min_weight_fraction_leaf=0.1),
        DecisionTreeClassifier(class_weight="balanced"),
        ExtraTreeRegressor(),
        None,
    ):
        assert not can_grow_together(tree)
