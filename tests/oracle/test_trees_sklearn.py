"""Trees are scikit-learn's, node by node: same questions, same samples, same impurities.

Where two questions are equally good scikit-learn draws lots, and this package lets the features take
turns. So where the trees part it is shown that both questions leave the same impurity, and the branches
below are left alone; everything else must be equal. Values are float32 numbers, because scikit-learn
rounds features to these.
"""

import numpy as np
import pytest

from ml_from_scratch.models import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)
from ml_from_scratch.models.trees import export_text

sklearn = pytest.importorskip("sklearn")
tree = pytest.importorskip("sklearn.tree")
datasets = pytest.importorskip("sklearn.datasets")
pytestmark = pytest.mark.oracle

VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
mended = pytest.mark.skipif(
    VERSION < (1, 8), reason="scikit-learn 1.8 mended missing values and the absolute error"
)
COMPLETE_OR_NOT = pytest.mark.parametrize(
    "missing", [False, pytest.param(True, marks=mended)], ids=["complete", "missing"]
)

RNG = np.random.default_rng(0)
N = 500
X = RNG.normal(size=(N, 6)).astype(np.float32).astype(np.float64)
Y = X[:, 0] + X[:, 1] ** 2 + 0.5 * RNG.normal(size=N)
COUNTS = RNG.poisson(np.exp(0.5 * X[:, 0])) + RNG.random(N)  # no two are equal
LABELS = np.array(["low", "middle", "high"])[np.digitize(Y, [0.3, 1.5])]
WEIGHTS = RNG.random(N)
HOLES = X.copy()
HOLES[RNG.random(X.shape) < 0.15] = np.nan
HOLES[:, 3] = X[:, 3]  # a feature without missing values


def partings(a, b):
    """Walk down two trees together; return the nodes of both that ask different, equally good things."""
    found, waiting, compared = [], [(0, 0)], 0
    while waiting:
        i, j = waiting.pop()
        compared += 1
        for name in ("n_node_samples", "impurity", "weighted_n_node_samples", "value"):
            np.testing.assert_allclose(
                getattr(a, name)[i], getattr(b, name)[j], rtol=1e-9, atol=1e-12, err_msg=name
            )
        if a.impurity[i] < 1e-14:
            continue  # pure but for rounding: scikit-learn goes on splitting some of these
        assert (a.feature[i] < 0) == (b.feature[j] < 0)
        if a.feature[i] < 0:
            continue
        same_question = a.feature[i] == b.feature[j] and np.isclose(
            a.threshold[i], b.threshold[j], rtol=1e-12, atol=1e-12
        )
        if same_question and a.missing_go_to_left[i] == b.missing_go_to_left[j]:
            waiting.append((a.children_left[i], b.children_left[j]))
            waiting.append((a.children_right[i], b.children_right[j]))
        else:
            np.testing.assert_allclose(left_over(a, i), left_over(b, j), rtol=1e-9, atol=1e-12)
            found.append((i, j))
    return found, compared


def left_over(tree, node):
    """The impurity that a node's question leaves."""
    children = [tree.children_left[node], tree.children_right[node]]
    return (tree.weighted_n_node_samples[children] * tree.impurity[children]).sum()


def assert_same_tree(ours, theirs, least=0.7):
    a, b = ours.tree_, theirs.tree_
    found, compared = partings(a, b)
    assert compared >= least * a.node_count
    if not found and a.node_count == b.node_count:
        assert (a.node_count, a.n_leaves, a.max_depth) == (b.node_count, b.n_leaves, b.max_depth)
        np.testing.assert_array_equal(a.children_left, b.children_left)
        np.testing.assert_array_equal(a.children_right, b.children_right)
    return found


def both(kind, X, y, weights=None, **settings):
    ours = {"C": DecisionTreeClassifier, "R": DecisionTreeRegressor}[kind](**settings)
    theirs = {"C": tree.DecisionTreeClassifier, "R": tree.DecisionTreeRegressor}[kind](
        **settings, random_state=0
    )
    return ours.fit(X, y, weights), theirs.fit(X, y, weights)


def check(kind, X, y, weights=None, **settings):
    ours, theirs = both(kind, X, y, weights, **settings)
    parted = [ours_node for ours_node, _ in assert_same_tree(ours, theirs)]
    new = RNG.normal(size=(200, X.shape[1])).astype(np.float32).astype(np.float64)
    if np.isnan(X).any():
        new[RNG.random(new.shape) < 0.2] = np.nan  # also where no value was missing in training
    new = new[~ours.decision_path(new)[:, parted].any(axis=1)]
    assert len(new) > 80
    if not parted and ours.tree_.node_count == theirs.tree_.node_count:
        np.testing.assert_array_equal(ours.apply(new), theirs.apply(new))
        np.testing.assert_array_equal(ours.decision_path(new), theirs.decision_path(new).toarray())
        np.testing.assert_allclose(
            ours.feature_importances_, theirs.feature_importances_, atol=1e-9
        )
    if kind == "C":
        np.testing.assert_array_equal(ours.predict(new), theirs.predict(new))
        np.testing.assert_allclose(ours.predict_proba(new), theirs.predict_proba(new), atol=1e-12)
    else:
        np.testing.assert_allclose(ours.predict(new), theirs.predict(new), rtol=1e-12)


@COMPLETE_OR_NOT
@pytest.mark.parametrize(
    "criterion", ["squared_error", pytest.param("absolute_error", marks=mended), "poisson"]
)
def test_regression(criterion, missing):
    y = COUNTS if criterion == "poisson" else Y
    check("R", HOLES if missing else X, y, WEIGHTS, criterion=criterion, min_samples_leaf=4)


@COMPLETE_OR_NOT
@pytest.mark.parametrize("criterion", ["gini", "entropy"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_classification(criterion, n_classes, missing):
    y = LABELS if n_classes == 3 else LABELS == "high"
    check("C", HOLES if missing else X, y, WEIGHTS, criterion=criterion, min_samples_leaf=8)


@pytest.mark.parametrize(
    "settings",
    [
        {"max_depth": 4},
        {"max_depth": 3, "criterion": "poisson"},
        {"min_samples_leaf": 5},
        {"min_samples_split": 40, "min_samples_leaf": 4},
        {"min_samples_split": 0.1, "min_samples_leaf": 0.02},
        {"min_weight_fraction_leaf": 0.03},
        {"min_impurity_decrease": 0.01},
        {"max_leaf_nodes": 2},
        {"max_leaf_nodes": 12, "min_samples_leaf": 4},
        {"max_leaf_nodes": 40, "max_depth": 5, "min_samples_leaf": 4},
        {"ccp_alpha": 0.02, "min_samples_leaf": 4},
        {"monotonic_cst": [1, 0, 0, 0, 0, 0], "min_samples_leaf": 4},
        {"monotonic_cst": [-1, 1, 0, 0, 0, 1], "min_samples_leaf": 5, "max_leaf_nodes": 30},
    ],
    ids=str,
)
def test_settings_without_weights(settings):
    check("R", X, COUNTS, **settings)


def test_settings_with_weights():
    check("R", X, Y, WEIGHTS, min_weight_fraction_leaf=0.02)
    check("R", X, Y, WEIGHTS, min_impurity_decrease=0.005, max_leaf_nodes=25)
    check("C", X, LABELS, WEIGHTS, max_leaf_nodes=20, min_samples_leaf=8)
    check("C", X, LABELS, class_weight="balanced", max_depth=5, min_samples_leaf=8)
    check("C", X, LABELS, WEIGHTS, class_weight={"low": 2.0, "high": 0.5}, max_depth=4)
    check("C", X, LABELS == "low", WEIGHTS, monotonic_cst=[-1, 0, 0, 0, 0, 0], min_samples_leaf=10)


def test_weights_of_zero_and_many_equal_values():
    weights = np.where(RNG.random(N) < 0.3, 0.0, WEIGHTS)
    check("R", X, Y, weights, min_samples_leaf=4)
    check("R", np.round(X * 3), Y, min_samples_leaf=5)
    check("C", np.round(X * 3), LABELS, WEIGHTS, min_samples_leaf=8)


def test_full_trees():
    check("R", X, Y, WEIGHTS, min_samples_leaf=3)
    ours, theirs = both("R", X[:, :1], Y)  # with one feature there is nothing to choose
    assert assert_same_tree(ours, theirs) == []
    ours, theirs = both("R", X, Y)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-12)
    assert_same_tree(ours, theirs, least=0.4)


def test_pruning_path():
    for kind, y, settings in (("R", Y, {"min_samples_leaf": 9}), ("C", LABELS, {"max_depth": 4})):
        ours = {"C": DecisionTreeClassifier, "R": DecisionTreeRegressor}[kind](**settings)
        theirs = {"C": tree.DecisionTreeClassifier, "R": tree.DecisionTreeRegressor}[kind](
            **settings, random_state=0
        )
        a = ours.cost_complexity_pruning_path(X, y, WEIGHTS)
        b = theirs.cost_complexity_pruning_path(X, y, WEIGHTS)
        np.testing.assert_allclose(a.ccp_alphas, b.ccp_alphas, atol=1e-12)
        np.testing.assert_allclose(a.impurities, b.impurities, atol=1e-12)


def test_text():
    names = list("abcdef")
    for kind, y in (("R", Y), ("C", LABELS)):
        ours, theirs = both(kind, X, y, WEIGHTS, max_depth=4, min_samples_leaf=8)
        for settings in ({}, {"max_depth": 2}, {"decimals": 4, "spacing": 1}):
            assert export_text(ours, **settings) == tree.export_text(theirs, **settings)
        assert export_text(ours, feature_names=names, show_weights=True) == tree.export_text(
            theirs, feature_names=names, show_weights=True
        )


# ---- what is drawn at random is compared by its law ----------------------------------------------
@pytest.mark.parametrize(
    "ours, theirs, settings",
    [
        (DecisionTreeRegressor, tree.DecisionTreeRegressor, {"max_features": 2}),
        (DecisionTreeRegressor, tree.DecisionTreeRegressor, {"splitter": "random"}),
        (ExtraTreeRegressor, tree.ExtraTreeRegressor, {"max_features": 2}),
    ],
    ids=["drawn features", "random thresholds", "both"],
)
@COMPLETE_OR_NOT
def test_random_trees_do_equally_well(ours, theirs, settings, missing):
    data, half, scores, importances = HOLES if missing else X, N // 2, [], []
    for kind in (ours, theirs):
        models = [
            kind(**settings, min_samples_leaf=5, random_state=seed).fit(data[:half], Y[:half])
            for seed in range(60)
        ]
        scores.append([model.score(data[half:], Y[half:]) for model in models])
        importances.append(np.mean([model.feature_importances_ for model in models], axis=0))
    difference = np.mean(scores[0]) - np.mean(scores[1])
    error = np.hypot(*(np.std(s) / np.sqrt(len(s)) for s in scores))
    assert abs(difference) < 3.5 * error
    np.testing.assert_allclose(*importances, atol=0.12)


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "digits"])
def test_accuracy_on_real_data(name):
    data = getattr(datasets, f"load_{name}")()
    order = np.random.default_rng(1).permutation(len(data.target))
    train, test = order[::2], order[1::2]
    scores, n_seeds = {}, 3 if name == "digits" else 10
    for ours, theirs in (
        (DecisionTreeClassifier, tree.DecisionTreeClassifier),
        (ExtraTreeClassifier, tree.ExtraTreeClassifier),
    ):
        for kind in (ours, theirs):
            models = [
                kind(random_state=seed).fit(data.data[train], data.target[train])
                for seed in range(n_seeds)
            ]
            scores[kind] = np.mean([m.score(data.data[test], data.target[test]) for m in models])
        assert scores[ours] > scores[theirs] - 0.03
