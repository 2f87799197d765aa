"""Histogram gradient boosting equals scikit-learn's: bins, trees node by node, predictions.

The algorithm is the same one, down to gradients of 24 bits and the order in which ties are looked at,
so predictions agree to rounding. What is drawn at random (the validation samples, the samples that
quantiles are taken of when there are more than 200,000, the features of max_features) comes from
another stream and is compared by what it achieves.
"""

import warnings

import numpy as np
import pytest

sklearn = pytest.importorskip("sklearn")

from sklearn import datasets  # noqa: E402
from sklearn import ensemble as theirs  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402

from ml_from_scratch import models as ours  # noqa: E402
from ml_from_scratch.models.ensembles.hist_gradient_boosting.binning import Binner  # noqa: E402

threadpoolctl = pytest.importorskip("threadpoolctl")

VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
same_quantiles = pytest.mark.skipif(
    VERSION < (1, 8), reason="before 1.8 quantiles of many values were taken another way"
)


@pytest.fixture(autouse=True)
def one_thread():
    """On a busy machine scikit-learn's threads wait for each other, ten times as long as they work."""
    with threadpoolctl.threadpool_limits(1):
        yield


def pair(kind, **settings):
    settings = {"early_stopping": False, **settings}
    name = f"HistGradientBoosting{kind}"
    return getattr(ours, name)(**settings), getattr(theirs, name)(**settings)


def raw(model, X):
    return model.decision_function(X) if hasattr(model, "decision_function") else model.predict(X)


def assert_equal(kind, X, y, sample_weight=None, X_new=None, tol=1e-6, **settings):
    """Fit both sides and compare raw predictions, on X and on other samples."""
    our, their = pair(kind, **settings)
    our.fit(X, y, sample_weight)
    their.fit(X, y, sample_weight)
    for samples in (X, X if X_new is None else X_new):
        scale = max(1.0, np.abs(raw(their, samples)).max())
        np.testing.assert_allclose(raw(our, samples), raw(their, samples), rtol=0, atol=tol * scale)
    return our, their


def assert_same_trees(our, their):
    """Compare every node: question, sums, gain, value."""
    trees = our._trees
    for roots, predictors in zip(trees.roots, their._predictors):
        for root, predictor in zip(roots, predictors):
            todo = [(root, 0)]
            while todo:
                node, place = todo.pop()
                other = predictor.nodes[place]
                assert (trees.feature[node] < 0) == bool(other["is_leaf"])
                assert trees.n_samples[node] == other["count"]
                assert trees.depth[node] == other["depth"]
                if other["is_leaf"]:
                    np.testing.assert_allclose(trees.value[node], other["value"], atol=1e-6)
                    continue
                assert trees.feature[node] == other["feature_idx"]
                assert trees.threshold[node] == other["num_threshold"]
                assert trees.missing_left[node] == bool(other["missing_go_to_left"])
                np.testing.assert_allclose(trees.gain[node], other["gain"], rtol=1e-5, atol=1e-6)
                todo += [(trees.left[node], other["left"]), (trees.right[node], other["right"])]


def few_values(n=600, d=6, seed=0, missing=0.0):
    """Features with few different values, so that every version bins them alike."""
    rng = np.random.default_rng(seed)
    X = np.round(rng.normal(size=(n, d)), 1)
    y = X[:, 0] * X[:, 1] + np.sin(3 * X[:, 2]) + X[:, 3] + 0.3 * rng.normal(size=n)
    X[rng.random((n, d)) < missing] = np.nan
    return X, y


# ---- bins ----------------------------------------------------------------------------------------
@same_quantiles
@pytest.mark.parametrize("n", [10, 254, 255, 256, 257, 2550, 5003])
@pytest.mark.parametrize("max_bins", [2, 16, 255])
def test_bins(n, max_bins):
    from sklearn.ensemble._hist_gradient_boosting.binning import _BinMapper

    rng = np.random.default_rng(n)
    X = np.column_stack(
        [
            rng.normal(size=n),
            rng.integers(0, 5, n),
            np.full(n, 3.0),
            rng.standard_cauchy(n),
            rng.exponential(size=n) ** 5,
            np.where(rng.random(n) < 0.3, np.nan, rng.normal(size=n)),
        ]
    )
    binner = Binner(max_bins, [None] * 6)
    bins = binner.fit_transform(X)
    mapper = _BinMapper(n_bins=max_bins + 1).fit(X)
    for mine, other in zip(binner.thresholds, mapper.bin_thresholds_):
        np.testing.assert_array_equal(mine, other)
    expected = mapper.transform(X)
    missing = expected == max_bins
    assert (bins.T[missing] == binner.width - 1).all()
    np.testing.assert_array_equal(bins.T[~missing], expected[~missing])


@same_quantiles
def test_bins_with_weights():
    from sklearn.ensemble._hist_gradient_boosting.binning import _find_binning_thresholds

    from ml_from_scratch.models.ensembles.hist_gradient_boosting.binning import find_thresholds

    rng = np.random.default_rng(0)
    x = rng.normal(size=3000)
    x[::7] = np.nan
    for weights in (rng.random(3000), rng.integers(1, 4, 3000).astype(float)):
        expected = _find_binning_thresholds(x, 100, weights)
        np.testing.assert_allclose(find_thresholds(x, 100, weights), expected, rtol=1e-15)


# ---- trees ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"max_leaf_nodes": 4, "min_samples_leaf": 8},
        {"max_leaf_nodes": None, "max_depth": 3},
        {"max_leaf_nodes": None, "min_samples_leaf": 10},
        {"l2_regularization": 5.0, "learning_rate": 0.5},
        {"max_bins": 8},
        {"max_depth": 1},
    ],
    ids=str,
)
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_node_by_node(settings, missing):
    X, y = few_values(missing=missing)
    if VERSION < (1, 8) and "max_bins" in settings:
        pytest.skip("quantiles")
    X_new, _ = few_values(200, seed=1, missing=0.3)
    settings = {"max_iter": 12, **settings}
    assert_same_trees(*assert_equal("Regressor", X, y, X_new=X_new, **settings))
    assert_same_trees(*assert_equal("Classifier", X, y > 0, X_new=X_new, **settings))
    classes = np.digitize(y, [-1.0, 0.0, 1.5])
    assert_same_trees(*assert_equal("Classifier", X, classes, X_new=X_new, **settings))


@same_quantiles
@pytest.mark.slow
def test_many_samples_and_many_values():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12_000, 8))
    y = X[:, 0] * X[:, 1] + np.sin(3 * X[:, 2]) + X[:, 3] + 0.3 * rng.normal(size=len(X))
    assert_same_trees(*assert_equal("Regressor", X, y, max_iter=10))
    assert_same_trees(*assert_equal("Classifier", X, y > 0, max_iter=10))
    classes = np.digitize(y, [-1.0, 1.5])
    assert_same_trees(*assert_equal("Classifier", X, classes, max_iter=4))


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "digits", "diabetes"])
def test_real_data(name):
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    if VERSION < (1, 8) and max(len(np.unique(x)) for x in X.T) > 255:
        pytest.skip("quantiles")
    kind = "Regressor" if name == "diabetes" else "Classifier"
    max_iter = 4 if name == "digits" else 50
    assert_equal(kind, X, y, max_iter=max_iter, min_samples_leaf=5)


# ---- losses, weights -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "loss", ["squared_error", "absolute_error", "gamma", "poisson", "quantile"]
)
@pytest.mark.parametrize("weighted", [False, True])
def test_losses(loss, weighted):
    X, y = few_values()
    y = np.round(np.exp(0.5 * y)) + 0.5 if loss in ("gamma", "poisson") else y
    weights = np.random.default_rng(1).random(len(X)) + 0.1 if weighted else None
    quantile = {"quantile": 0.8} if loss == "quantile" else {}
    our, their = assert_equal("Regressor", X, y, weights, loss=loss, max_iter=30, **quantile)
    np.testing.assert_allclose(our.predict(X), their.predict(X), rtol=1e-6, atol=1e-6)


def test_weights_of_samples_and_classes():
    X, y = few_values()
    weights = np.random.default_rng(1).random(len(X)) + 0.1
    for labels in (y > 0, np.digitize(y, [-1.0, 1.0])):
        assert_equal("Classifier", X, labels, weights, max_iter=20)
        assert_equal("Classifier", X, labels, max_iter=20, class_weight="balanced")
        assert_equal("Classifier", X, labels, weights, max_iter=20, class_weight={0: 3.0, 1: 0.5})


def test_scores_while_training():
    X, y = few_values()
    for kind, target in (("Regressor", y), ("Classifier", y > 0), ("Classifier", np.round(y / 3))):
        for scoring in ("loss", None):
            our, their = pair(
                kind, early_stopping=True, validation_fraction=None, scoring=scoring, max_iter=15
            )
            our.fit(X, target)
            their.fit(X, target)
            np.testing.assert_allclose(our.train_score_, their.train_score_, rtol=1e-9, atol=1e-12)
            assert our.n_iter_ == their.n_iter_


@pytest.mark.skipif(VERSION < (1, 7), reason="X_val is new in 1.7")
@pytest.mark.parametrize("scoring", ["loss", None])
def test_validation_data(scoring):
    X, y = few_values(1000)
    for kind, target in (("Regressor", y), ("Classifier", y > 0), ("Classifier", np.round(y / 3))):
        target = np.clip(target, -1, 1) if kind == "Classifier" else target
        our, their = pair(
            kind, early_stopping=True, scoring=scoring, learning_rate=0.5, n_iter_no_change=3
        )
        for model in (our, their):
            model.fit(X[:800], target[:800], X_val=X[800:], y_val=target[800:])
        assert our.n_iter_ == their.n_iter_ < 100
        np.testing.assert_allclose(our.validation_score_, their.validation_score_, rtol=1e-9)
        np.testing.assert_allclose(our.train_score_, their.train_score_, rtol=1e-9)


# ---- constraints and categories ------------------------------------------------------------------
def test_monotonic_constraints():
    X, y = few_values(missing=0.1)
    for signs in ([1, 0, 0, 1, 0, 0], [-1, 1, 0, -1, 0, 1]):
        for kind, target in (("Regressor", y), ("Classifier", y > 0)):
            # Few leaves: where both sides of a split are held at the same bound its gain is 0, or
            # what rounding leaves of it, and such splits come last.
            settings = {"max_iter": 30, "max_leaf_nodes": 8, "monotonic_cst": signs}
            assert_same_trees(*assert_equal(kind, X, target, **settings))


def test_interaction_constraints():
    X, y = few_values()
    for groups in ([{0, 1}, {2}], [[0, 1, 2], [2, 3]], "no_interactions", "pairwise"):
        pair_ = assert_equal("Regressor", X, y, max_iter=20, interaction_cst=groups)
        assert_same_trees(*pair_)


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize("weighted", [False, True])
def test_categories(missing, weighted):
    X, y = few_values(800)
    rng = np.random.default_rng(2)
    codes = rng.integers(0, 30, (800, 2)).astype(float)
    effect = rng.normal(size=(30, 2))
    y = y + 2 * effect[codes[:, 0].astype(int), 0] + effect[codes[:, 1].astype(int), 1]
    codes[rng.random(codes.shape) < missing] = np.nan
    X = np.column_stack([codes[:, 0], X, codes[:, 1]])
    weights = rng.random(800) + 0.1 if weighted else None
    X_new = X[::-1].copy()
    X_new[:50, 0] = 99.0  # never seen
    X_new[50:80, 7] = np.nan
    for kind, target in (("Regressor", y), ("Classifier", y > 0), ("Classifier", np.round(y / 4))):
        for features in ([0, 7], np.arange(8) % 7 == 0):
            assert_equal(
                *(kind, X, target, weights, X_new),
                categorical_features=features,
                max_iter=10,
            )


def test_categories_of_a_data_frame():
    pandas = pytest.importorskip("pandas")
    X, y = few_values(500)
    rng = np.random.default_rng(3)
    frame = pandas.DataFrame(X, columns=list("abcdef"))
    frame["colour"] = pandas.Categorical(rng.choice(["red", "green", "blue", "grey"], 500))
    y = y + 2.0 * (frame["colour"] == "green") - (frame["colour"] == "grey")
    assert_equal("Regressor", frame, y, max_iter=20)
    assert_equal("Regressor", frame, y, max_iter=20, categorical_features=["colour", "a"])
    assert_equal(
        "Regressor",
        frame,
        y,
        max_iter=20,
        max_leaf_nodes=6,
        categorical_features=["colour"],
        monotonic_cst={"a": 1, "d": -1},
    )


# ---- by what it achieves -------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.parametrize("name", ["breast_cancer", "wine", "diabetes"])
def test_accuracy_on_real_data_with_early_stopping(name):
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    kind = "Regressor" if name == "diabetes" else "Classifier"
    scores = []
    for seed in range(4):
        split = train_test_split(X, y, test_size=0.3, random_state=seed)
        our, their = pair(kind, early_stopping=True, random_state=seed, max_iter=60)
        scores.append([m.fit(split[0], split[2]).score(split[1], split[3]) for m in (our, their)])
    mean, other = np.mean(scores, axis=0)
    assert mean >= other - 0.02  # of 54 to 171 test samples, other rows having been held back


def test_fewer_features_per_node():
    X, y = few_values(1500)
    our, their = pair("Regressor", max_features=0.4, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = [m.fit(X[:1000], y[:1000]).score(X[1000:], y[1000:]) for m in (our, their)]
    assert abs(scores[0] - scores[1]) < 0.03
