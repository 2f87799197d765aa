"""Forests: every tree is one that could stand alone, and together they err less."""

import numpy as np
import pytest

from ml_from_scratch.datasets import load_diabetes, load_wine
from ml_from_scratch.models import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from ml_from_scratch.models.ensembles import forest as module

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 5))
Y = X[:, 0] + X[:, 1] ** 2 + 0.3 * RNG.normal(size=200)
LABELS = np.array(["a", "b", "c"])[np.digitize(Y, [0.3, 1.5])]
KINDS = [RandomForestClassifier, RandomForestRegressor, ExtraTreesClassifier, ExtraTreesRegressor]
every_kind = pytest.mark.parametrize("kind", KINDS)


def target(kind):
    return LABELS if "Classifier" in kind.__name__ else Y


def values(model, X):
    return model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)


def same(a, b, but=()):
    names = {"children_left", "feature", "threshold", "value", "impurity"} - {*but}
    return all(
        np.array_equal(getattr(m.tree_, name), getattr(n.tree_, name))
        for m, n in zip(a.estimators_, b.estimators_)
        for name in names
    )


# ---- laws ----------------------------------------------------------------------------------------
@every_kind
def test_a_forest_is_the_mean_of_its_trees(kind):
    forest = kind(7, random_state=0).fit(X, target(kind))
    assert len(forest) == 7 and forest[2] is forest.estimators_[2] and len([*forest]) == 7
    mean = np.mean([values(tree, X) for tree in forest], axis=0)
    np.testing.assert_allclose(values(forest, X), mean, rtol=1e-12)
    importances = np.mean([tree.feature_importances_ for tree in forest], axis=0)
    np.testing.assert_allclose(forest.feature_importances_, importances, rtol=1e-12)
    leaves, (paths, ends) = forest.apply(X), forest.decision_path(X)
    for i, tree in enumerate(forest):
        np.testing.assert_array_equal(leaves[:, i], tree.apply(X))
        np.testing.assert_array_equal(paths[:, ends[i] : ends[i + 1]], tree.decision_path(X))


@every_kind
def test_each_tree_can_be_grown_again_alone(kind):
    forest = kind(4, random_state=0, min_samples_leaf=2).fit(X, target(kind))
    for tree in forest:
        counts = None
        if forest.bootstrap:
            rng = np.random.default_rng((tree.random_state, 1))
            counts = np.bincount(rng.integers(200, size=200), minlength=200)
            assert 0.55 < (counts > 0).mean() < 0.72  # about 1 - 1/e
        alone = type(tree)(**tree.get_params()).fit(X, target(kind), counts)
        for name, array in vars(tree.tree_).items():
            np.testing.assert_allclose(getattr(alone.tree_, name), array, rtol=1e-12)


@every_kind
def test_workers_and_companions_do_not_matter(kind, monkeypatch):
    forest = kind(9, random_state=0).fit(X, target(kind))
    # Sums of whole numbers are exact. Others differ by rounding, and so which questions are as good
    # as each other can, where they divide the same few samples.
    ties = () if "Classifier" in kind.__name__ else ("feature", "threshold")
    for size in (1, 4):
        monkeypatch.setattr(module, "MOST_AT_ONCE", size)
        assert same(kind(9, random_state=0).fit(X, target(kind)), forest, but=ties)
    pytest.importorskip("joblib")
    monkeypatch.setattr(module, "MOST_AT_ONCE", 2)
    alone, shared = (kind(9, random_state=0, n_jobs=n).fit(X, target(kind)) for n in (None, 2))
    assert same(alone, shared)


@every_kind
def test_warm_start_adds_the_trees_that_would_have_been(kind):
    y = target(kind)
    at_once = kind(8, random_state=0).fit(X, y)
    forest = kind(3, random_state=0, warm_start=True).fit(X, y)
    first = forest[0]
    forest.set_params(n_estimators=8).fit(X, y)
    assert forest[0] is first and same(forest, at_once)
    with pytest.warns(UserWarning, match="does not fit new trees"):
        forest.fit(X, y)
    with pytest.raises(ValueError, match="n_estimators=2 must be larger or equal"):
        forest.set_params(n_estimators=2).fit(X, y)
    cold = forest.set_params(n_estimators=2, warm_start=False).fit(X, y)
    assert len(cold) == 2


@every_kind
def test_many_trees_err_less_than_one(kind):
    y, half = target(kind).copy(), slice(None, 100)
    y[::4] = np.roll(y[::4], 1)  # noise, which a tree learns by heart
    regression = y.dtype == float
    truth = Y[100:] if regression else (LABELS[100:, None] == np.unique(LABELS)).astype(float)
    alone = DecisionTreeRegressor() if regression else DecisionTreeClassifier()
    alone.fit(X[half], y[half])
    forest = kind(60, random_state=0).fit(X[half], y[half])
    one, many = (((values(model, X[100:]) - truth) ** 2).mean() for model in (alone, forest))
    assert many < 0.85 * one


def test_equally_good_features_have_equal_chances():
    copies = np.repeat(X[:, :1], 4, axis=1)
    forest = RandomForestRegressor(200, max_depth=1, random_state=0).fit(copies, Y)
    roots = np.bincount([tree.tree_.feature[0] for tree in forest], minlength=4)
    assert roots.min() > 30


# ---- out of bag ----------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS[:2])
def test_out_of_bag_is_the_mean_of_those_that_have_not_seen_a_sample(kind):
    y = target(kind)
    forest = kind(30, oob_score=True, random_state=0).fit(X, y)
    mean = forest.oob_prediction_ if y is Y else forest.oob_decision_function_
    for i in (0, 17, 199):
        said = []
        for tree in forest:
            rng = np.random.default_rng((tree.random_state, 1))
            if i not in rng.integers(200, size=200):
                said.append(values(tree, X[i : i + 1])[0])
        np.testing.assert_allclose(mean[i], np.mean(said, axis=0), rtol=1e-12)
    assert 0.5 < forest.oob_score_ < forest.score(X, y)
    if y is LABELS:
        guesses = forest.classes_[mean.argmax(axis=1)]
        assert forest.oob_score_ == pytest.approx((guesses == y).mean())


def test_a_score_of_ones_own():
    def largest_error(y_true, y_pred):
        return float(np.abs(y_true - y_pred).max())

    forest = RandomForestRegressor(30, oob_score=largest_error, random_state=0).fit(X, Y)
    assert forest.oob_score_ == pytest.approx(np.abs(Y - forest.oob_prediction_).max())


def test_samples_that_every_tree_has_seen():
    with pytest.warns(UserWarning, match="do not have OOB scores"):
        forest = RandomForestClassifier(2, oob_score=True, random_state=0).fit(X, LABELS)
    assert np.isnan(forest.oob_decision_function_).any()
    with pytest.raises(ValueError, match="bootstrap=True"):
        ExtraTreesClassifier(2, oob_score=True).fit(X, LABELS)


# ---- settings ------------------------------------------------------------------------------------
def test_max_samples():
    for share in (50, 0.25):
        forest = RandomForestRegressor(3, max_samples=share, random_state=0).fit(X, Y)
        assert {tree.tree_.weighted_n_node_samples[0] for tree in forest} == {50.0}
    with pytest.raises(ValueError, match="max_samples"):
        RandomForestRegressor(3, max_samples=0.0).fit(X, Y)
    with pytest.raises(ValueError, match="bootstrap=False"):
        RandomForestRegressor(3, max_samples=10, bootstrap=False).fit(X, Y)


def test_weights_are_chances_to_be_drawn():
    weights = np.where(np.arange(200) < 100, 1.0, 0.0)
    forest = RandomForestRegressor(5, random_state=0).fit(X, Y, weights)
    for tree in forest:
        assert tree.tree_.n_node_samples[0] <= 100 and tree.tree_.weighted_n_node_samples[0] == 200
    assert forest.score(X[:100], Y[:100]) > forest.score(X[100:], Y[100:])
    extra = ExtraTreesRegressor(5, random_state=0).fit(X, Y, weights)
    assert extra[0].tree_.n_node_samples[0] == 100


@pytest.mark.parametrize("class_weight", ["balanced", "balanced_subsample", {"a": 1.0, "b": 5.0}])
@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesClassifier])
def test_class_weights(kind, class_weight):
    rare = np.where(Y > 2.0, "a", "b")
    plain = kind(40, max_depth=2, random_state=0).fit(X, rare)
    weighted = kind(40, max_depth=2, class_weight=class_weight, random_state=0).fit(X, rare)
    change = weighted.predict_proba(X)[:, 0].mean() - plain.predict_proba(X)[:, 0].mean()
    assert change > 0.1 if isinstance(class_weight, str) else change < 0.0


@every_kind
def test_limits_reach_every_tree(kind):
    limits = {"max_leaf_nodes": 6, "min_samples_leaf": 5, "ccp_alpha": 1e-4, "max_features": 3}
    forest = kind(4, random_state=0, **limits).fit(X, target(kind))
    for tree in forest:
        assert tree.get_n_leaves() <= 6 and tree.max_features_ == 3
        assert tree.tree_.n_node_samples.min() >= 5


def test_progress_is_shown(capsys):
    RandomForestRegressor(3, random_state=0, verbose=1).fit(X, Y)
    assert "RandomForestRegressor: 3 of 3" in capsys.readouterr().err


def test_wrong_settings_are_named():
    with pytest.raises(ValueError, match="n_estimators"):
        RandomForestRegressor(0).fit(X, Y)
    with pytest.raises(ValueError, match="criterion"):
        RandomForestRegressor(criterion="gini").fit(X, Y)


# ---- data that hurt ------------------------------------------------------------------------------
@every_kind
def test_hard_data(kind):
    y, fresh = target(kind), lambda: kind(3, random_state=0)
    assert fresh().fit(X[:1], y[:1]).predict(X[:2]).tolist() == [y[0]] * 2
    assert (fresh().fit(X, np.repeat(y[:1], 200)).predict(X) == y[0]).all()
    flat = fresh().fit(np.ones((200, 3)), y)
    assert flat.feature_importances_.tolist() == [0.0] * 3
    holes = np.where(RNG.random(X.shape) < 0.2, np.nan, X)
    assert fresh().fit(holes, y).score(holes, y) > 0.5
    columns = np.column_stack([X, np.zeros((200, 20))])  # most features that are drawn are constant
    assert fresh().fit(columns, y).score(columns, y) > 0.8
    once = np.where(np.arange(200) == 3, y[3], y[5])
    assert fresh().fit(X, once).predict(X).shape == (200,)


def test_a_class_that_a_bootstrap_leaves_out_keeps_its_column():
    labels = np.array(["once"] + ["a", "b"] * 20)
    forest = RandomForestClassifier(10, random_state=0).fit(X[:41], labels)
    assert forest.predict_proba(X[:3]).shape == (3, 3)
    seen = [tree.tree_.value[0, 0, 2] > 0 for tree in forest]
    assert any(seen) and not all(seen)


@pytest.mark.slow
def test_real_data():
    wine, diabetes = load_wine(), load_diabetes()
    forest = RandomForestClassifier(100, oob_score=True, random_state=0)
    assert forest.fit(wine.data, wine.target).oob_score_ > 0.96
    forest = RandomForestRegressor(100, min_samples_leaf=5, oob_score=True, random_state=0)
    assert forest.fit(diabetes.data, diabetes.target).oob_score_ > 0.4
