"""Presorted splits: large levels ask only about their best cuts whether they are allowed."""

import numpy as np
import pytest

from ml_from_scratch.models import DecisionTreeClassifier, DecisionTreeRegressor
from ml_from_scratch.models.trees import orders, presorted

ARRAYS = ("feature", "threshold", "impurity", "n_node_samples", "value", "children_left")


def grown(monkeypatch, rare, model, *data):
    """The arrays of a tree that is grown as if it were large; ties of up to this share are rare."""
    with monkeypatch.context() as patch:
        patch.setattr(presorted, "BLOCK", 64)
        patch.setattr(orders, "RARE", rare)
        tree = model.fit(*data).tree_
    return [getattr(tree, name) for name in ARRAYS]


@pytest.mark.parametrize("kind", ["numbers", "classes", "monotone", "missing", "weights"])
@pytest.mark.parametrize("n_values", [2, 5, 50, 1000])
def test_asking_late_changes_nothing(kind, n_values, monkeypatch):
    rng = np.random.default_rng(n_values)
    X = rng.integers(0, n_values, (400, 5)).astype(float)
    y = X[:, 0] - X[:, 1] + 0.5 * n_values * rng.normal(size=400)
    data, model = (X, y), DecisionTreeRegressor(min_samples_leaf=4)  # smaller ones have many ties
    if kind == "classes":
        data, model = (X, (y > 0) + 1 * (y > n_values)), DecisionTreeClassifier()
    elif kind == "monotone":
        model = DecisionTreeRegressor(min_samples_leaf=4, monotonic_cst=[1, -1, 0, 0, 0])
    elif kind == "missing":
        X[rng.random(X.shape) < 0.1] = np.nan
    elif kind == "weights":
        data = (X, y, rng.integers(0, 3, 400))
    usual = grown(monkeypatch, -1.0, model, *data)
    late = grown(monkeypatch, 1.0, model, *data)
    for name, a, b in zip(ARRAYS, usual, late):
        np.testing.assert_array_equal(a, b, err_msg=name)


def test_rare_ties_are_told_from_many():
    X = np.arange(1000.0)[:, None].repeat(3, axis=1)
    X[1, 1] = X[0, 1]
    X[:500, 2] = 0.0
    found = orders.Orders(X)
    assert found.tied.tolist() == [False, True, True]
    assert found.often_tied.tolist() == [False, False, True]
