"""Gradient boosting beside scikit-learn's: the same trees, leaves, scores and losses, stage by stage.

The data are such that no two splits are equally good (many samples in each leaf, or weights), as
scikit-learn chooses among equals by chance. X is exact in float32, to which scikit-learn rounds it.
With residuals of two values only (absolute error, quantile) ties cannot be avoided without weights.
"""

import numpy as np
import pytest

from ml_from_scratch import models
from ml_from_scratch.losses import (
    MAE,
    MSE,
    BinaryCrossEntropy,
    CrossEntropy,
    Exponential,
    Huber,
    Quantile,
)
from ml_from_scratch.models import GradientBoostingClassifier, GradientBoostingRegressor
from ml_from_scratch.models.ensembles import boosting

sklearn = pytest.importorskip("sklearn")
from sklearn import ensemble  # noqa: E402
from sklearn.linear_model import LogisticRegression, Ridge  # noqa: E402

rng = np.random.default_rng(0)
X = rng.normal(size=(500, 5)).astype(np.float32).astype(float)
Y = np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2] + 0.3 * rng.standard_t(3, size=500)
TWO = np.where(Y > 0.3, "yes", "no")
THREE = np.digitize(Y, [-0.5, 0.8])
W = rng.uniform(0.5, 2.0, 500)
NEW = rng.normal(size=(80, 5)).astype(np.float32).astype(float)
SETTINGS = {"n_estimators": 30, "max_depth": 3, "min_samples_leaf": 8}


def compare(ours, theirs, y, w, methods, tol=1e-6):
    """Fit both, compare outputs, trees, losses and importances."""
    ours.fit(X, y, sample_weight=w)
    theirs.fit(X, y, sample_weight=w)
    for method in methods:
        a, b = getattr(ours, method)(NEW), getattr(theirs, method)(NEW)
        np.testing.assert_allclose(a, b, rtol=tol, atol=tol, err_msg=method)
        if hasattr(theirs, f"staged_{method}"):
            stages = zip(
                getattr(ours, f"staged_{method}")(NEW), getattr(theirs, f"staged_{method}")(NEW)
            )
            for a, b in stages:
                np.testing.assert_allclose(a, b, rtol=tol, atol=tol)
    np.testing.assert_array_equal(ours.predict(NEW[:0:-1]), ours.predict(NEW)[:0:-1])
    np.testing.assert_allclose(ours.train_score_, theirs.train_score_, rtol=1e-9)
    np.testing.assert_allclose(ours.feature_importances_, theirs.feature_importances_, atol=1e-9)
    assert ours.estimators_.shape == theirs.estimators_.shape
    assert ours.n_estimators_ == theirs.n_estimators_
    for mine, other in zip(ours.estimators_.ravel(), theirs.estimators_.ravel()):
        np.testing.assert_array_equal(mine.tree_.feature, other.tree_.feature)
        np.testing.assert_allclose(mine.tree_.threshold, other.tree_.threshold)
        leaves = mine.tree_.children_left < 0
        np.testing.assert_allclose(
            mine.tree_.value[leaves, 0, 0], other.tree_.value[leaves, 0, 0], rtol=1e-7, atol=1e-10
        )
        np.testing.assert_allclose(mine.tree_.impurity, other.tree_.impurity, rtol=1e-7, atol=1e-12)
    np.testing.assert_array_equal(
        ours.apply(NEW).reshape(theirs.apply(NEW).shape), theirs.apply(NEW)
    )


# ---- numbers -------------------------------------------------------------------------------------
@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber", "quantile"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("alpha", [0.9, 0.4])
def test_regression(loss, weighted, alpha):
    if loss in ("absolute_error", "quantile") and not weighted:
        return  # residuals of two values: see below
    options = {"loss": loss, "alpha": alpha, "learning_rate": 0.2, **SETTINGS}
    ours = GradientBoostingRegressor(**options)
    theirs = ensemble.GradientBoostingRegressor(**options)
    compare(ours, theirs, Y, W if weighted else None, ["predict"])


def same_up_to_a_tie(ours, theirs, y):
    """Compare tree after tree; where they first differ, both splits must gain the same."""
    ours.fit(X, y)
    theirs.fit(X, y)
    for mine, other in zip(ours.estimators_.ravel(), theirs.estimators_.ravel()):
        a, b = mine.tree_, other.tree_
        n = min(a.node_count, b.node_count)
        differ = (a.feature[:n] != b.feature[:n]) | (
            np.abs(a.threshold - b.threshold[:n])[:n] > 1e-9
        )
        if differ.any():
            node = int(differ.argmax())
            assert a.impurity[node] == pytest.approx(b.impurity[node], rel=1e-9)
            assert mixed_below(a, node) == pytest.approx(mixed_below(b, node), rel=1e-9)
            return
        leaves = a.children_left < 0
        np.testing.assert_allclose(a.value[leaves], b.value[leaves], rtol=1e-7, atol=1e-10)


def mixed_below(tree, node):
    """The weighted impurity of a node's children."""
    children = [tree.children_left[node], tree.children_right[node]]
    return tree.impurity[children] @ tree.weighted_n_node_samples[children]


@pytest.mark.parametrize("loss", ["absolute_error", "quantile"])
@pytest.mark.parametrize("seed", range(5))
def test_without_weights_trees_are_the_same_up_to_the_first_tie(loss, seed):
    y = np.random.default_rng(seed).permutation(Y) + X[:, 0]
    options = {"loss": loss, "learning_rate": 0.2, **SETTINGS}
    theirs = ensemble.GradientBoostingRegressor(**options, random_state=seed)
    same_up_to_a_tie(GradientBoostingRegressor(**options), theirs, y)


@pytest.mark.parametrize("loss", ["log_loss", "exponential"])
@pytest.mark.parametrize("seed", range(5))
def test_classes_without_weights_are_the_same_up_to_the_first_tie(loss, seed):
    y = np.random.default_rng(seed).permutation(Y) + X[:, 0] > 0.0
    theirs = ensemble.GradientBoostingClassifier(loss=loss, random_state=seed, **SETTINGS)
    same_up_to_a_tie(GradientBoostingClassifier(loss=loss, **SETTINGS), theirs, y)


@pytest.mark.parametrize(
    "settings",
    [
        {"max_leaf_nodes": 6, "max_depth": None},
        {"max_depth": 1},
        {"min_impurity_decrease": 0.01},
        {"ccp_alpha": 0.005},
        {"min_weight_fraction_leaf": 0.1},
        {"init": "zero"},
        {"min_samples_split": 0.3},
    ],
    ids=str,
)
def test_settings(settings):
    options = {**SETTINGS, **settings}
    ours = GradientBoostingRegressor(**options, criterion="squared_error")
    compare(ours, ensemble.GradientBoostingRegressor(**options, **SQUARED), Y, W, ["predict"])


@pytest.mark.parametrize(
    ("kind", "y"), [("Regressor", Y), ("Classifier", TWO), ("Classifier", THREE)]
)
def test_on_the_same_subsamples(kind, y, monkeypatch):
    """scikit-learn draws a mask for each stage, and one more number for each tree."""
    theirs = pytest.importorskip("sklearn.ensemble._gradient_boosting")
    stream, n_trees = np.random.RandomState(5), 3 if y is THREE else 1

    def draw(stages):
        mask = theirs._random_sample_mask(500, 300, stream)
        stream.randint(0, 2**31 - 1, size=n_trees)
        return mask.astype(bool)

    monkeypatch.setattr(boosting._Stages, "_draw", draw)
    options = {"subsample": 0.6, **SETTINGS}
    ours = getattr(models, f"GradientBoosting{kind}")(**options)
    theirs_fitted = getattr(ensemble, f"GradientBoosting{kind}")(**options, random_state=5)
    method = "predict" if kind == "Regressor" else "predict_proba"
    compare(ours, theirs_fitted, y, W, [method])
    np.testing.assert_allclose(ours.oob_improvement_, theirs_fitted.oob_improvement_, atol=1e-9)
    np.testing.assert_allclose(ours.oob_scores_, theirs_fitted.oob_scores_, rtol=1e-9)
    assert ours.oob_score_ == pytest.approx(theirs_fitted.oob_score_)


def test_a_regressor_that_predicts_first():
    """scikit-learn fits it to X in float32, and that is how far the two agree."""
    ours = GradientBoostingRegressor(init=Ridge(), **SETTINGS).fit(X, Y)
    theirs = ensemble.GradientBoostingRegressor(init=Ridge(), **SETTINGS).fit(X, Y)
    np.testing.assert_allclose(ours.predict(NEW), theirs.predict(NEW), rtol=1e-5, atol=1e-5)


VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
SQUARED = {} if VERSION >= (1, 9) else {"criterion": "squared_error"}


# ---- classes -------------------------------------------------------------------------------------
@pytest.mark.parametrize("loss", ["log_loss", "exponential"])
def test_two_classes(loss):
    ours = GradientBoostingClassifier(loss=loss, **SETTINGS)
    theirs = ensemble.GradientBoostingClassifier(loss=loss, **SETTINGS)
    methods = ["predict_proba", "predict_log_proba"]
    compare(ours, theirs, TWO, W, methods)
    np.testing.assert_allclose(
        ours.decision_function(NEW), theirs.decision_function(NEW), rtol=1e-6, atol=1e-6
    )
    assert (ours.predict(NEW) == theirs.predict(NEW)).all()
    for a, b in zip(ours.staged_predict(NEW), theirs.staged_predict(NEW)):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("weighted", [False, True])
def test_three_classes(weighted):
    ours = GradientBoostingClassifier(**SETTINGS)
    theirs = ensemble.GradientBoostingClassifier(**SETTINGS)
    methods = ["predict_proba", "decision_function"]
    compare(ours, theirs, THREE, W if weighted else None, methods)


@pytest.mark.parametrize("y", [TWO, THREE], ids=["two", "three"])
def test_a_classifier_that_predicts_first(y):
    """scikit-learn fits it to X in float32, and that is how far the two agree."""
    first = LogisticRegression(max_iter=1000)
    ours = GradientBoostingClassifier(init=first, **SETTINGS).fit(X, y)
    theirs = ensemble.GradientBoostingClassifier(init=first, **SETTINGS).fit(X, y)
    np.testing.assert_allclose(ours.predict_proba(NEW), theirs.predict_proba(NEW), atol=1e-4)


# ---- losses as objects ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("squared_error", MSE()),
        ("absolute_error", MAE()),
        ("quantile", Quantile(0.9)),
    ],
)
def test_a_loss_and_its_name_are_the_same(name, loss):
    options = {"learning_rate": 0.2, **SETTINGS}
    ours = GradientBoostingRegressor(loss=loss, **options)
    theirs = ensemble.GradientBoostingRegressor(loss=name, **options)
    if name == "quantile":
        theirs.set_params(alpha=0.9)
    compare(ours, theirs, Y, W, ["predict"])


def test_huber_with_a_fixed_delta_of_all_residuals_is_squared_error():
    ours = GradientBoostingRegressor(loss=Huber(delta=1e6), init="zero", **SETTINGS).fit(X, Y)
    theirs = ensemble.GradientBoostingRegressor(init="zero", **SETTINGS).fit(X, Y)
    np.testing.assert_allclose(ours.predict(NEW), theirs.predict(NEW), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "loss", "y"),
    [
        ("log_loss", BinaryCrossEntropy(from_logits=True), TWO),
        ("log_loss", CrossEntropy(from_logits=True), THREE),
        ("exponential", Exponential(), TWO),
    ],
)
def test_a_loss_of_classes_and_its_name_are_the_same(name, loss, y):
    ours = GradientBoostingClassifier(loss=loss, **SETTINGS).fit(X, y, W)
    theirs = ensemble.GradientBoostingClassifier(loss=name, **SETTINGS).fit(X, y, W)
    np.testing.assert_allclose(ours.predict_proba(NEW), theirs.predict_proba(NEW), rtol=1e-6)


# ---- real data -----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer"])
def test_accuracy_on_real_data(name):
    """Where splits are equally good the sides differ; over a few divisions they are as good."""
    from sklearn import datasets
    from sklearn.model_selection import train_test_split

    data, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    scores = []
    for seed in range(4):
        parts = train_test_split(data, y, random_state=seed)
        scores.append(
            [
                kind(n_estimators=40, random_state=0).fit(parts[0], parts[2]).score(*parts[1::2])
                for kind in (GradientBoostingClassifier, ensemble.GradientBoostingClassifier)
            ]
        )
    ours, theirs = np.mean(scores, axis=0)
    spread = np.std(np.subtract(*np.transpose(scores))) / 2
    assert ours >= theirs - 0.005 - 2 * spread


def test_r2_on_real_data():
    from sklearn import datasets
    from sklearn.model_selection import train_test_split

    parts = train_test_split(*datasets.load_diabetes(return_X_y=True), random_state=0)
    ours, theirs = (
        kind(min_samples_leaf=10, subsample=0.7, random_state=0)
        .fit(parts[0], parts[2])
        .score(*parts[1::2])
        for kind in (GradientBoostingRegressor, ensemble.GradientBoostingRegressor)
    )
    assert ours > theirs - 0.05  # other samples are drawn
