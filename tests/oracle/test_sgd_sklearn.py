"""Stochastic gradient descent takes scikit-learn's steps, sample by sample, if the order is the same."""

import warnings

import numpy as np
import pytest

from ml_from_scratch import models

sklearn = pytest.importorskip("sklearn")
from sklearn import linear_model  # noqa: E402

pytestmark = pytest.mark.oracle

CLASSIFIER_LOSSES = ["hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron"]
REGRESSOR_LOSSES = ["squared_error", "huber", "epsilon_insensitive", "squared_epsilon_insensitive"]
STOPS_ALIKE = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 9)


def classes(K=2, n=300, d=5, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    scores = X @ rng.normal(size=(d, K)) + rng.gumbel(size=(n, K))
    return X, scores.argmax(axis=1), rng.random(n)


def numbers(n=300, d=5, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return X, X @ rng.normal(size=d) + 1.0 + 0.3 * rng.normal(size=n), rng.random(n)


def both(kind, X, y, *, w=None, chunks=None, **options):
    options = {"shuffle": False, "tol": None, "max_iter": 7, **options}
    fitted = []
    for module in (models, linear_model):
        model = getattr(module, kind)(**options)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if chunks is None:
                model.fit(X, y, sample_weight=w)
            else:
                named = {"classes": np.unique(y)} if kind == "SGDClassifier" else {}
                for part in np.array_split(np.arange(len(X)), chunks):
                    model.partial_fit(X[part], y[part], **named)
        fitted.append(model)
    return fitted


def assert_equal(ours, theirs, tol=1e-8):
    scale = np.abs(theirs.coef_).max()
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=tol * scale)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=tol * scale)
    assert ours.coef_.shape == theirs.coef_.shape
    assert np.shape(ours.intercept_) == np.shape(theirs.intercept_)
    assert (ours.n_iter_, ours.t_) == (theirs.n_iter_, theirs.t_)


@pytest.mark.parametrize("loss", CLASSIFIER_LOSSES + REGRESSOR_LOSSES)
@pytest.mark.parametrize("penalty", ["l2", "l1", "elasticnet", None])
@pytest.mark.parametrize("K", [2, 3])
def test_classifier(loss, penalty, K):
    X, y, _ = classes(K)
    options = {"loss": loss, "penalty": penalty, "alpha": 0.01}
    if "squared" in loss:  # with long steps they run away, on both sides
        options.update(learning_rate="invscaling", eta0=0.01)
    ours, theirs = both("SGDClassifier", X, y, **options)
    assert_equal(ours, theirs)
    assert (ours.predict(X) == theirs.predict(X)).all()
    if loss in ("log_loss", "modified_huber"):
        np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-7)


@pytest.mark.parametrize("loss", REGRESSOR_LOSSES)
@pytest.mark.parametrize("penalty", ["l2", "l1", "elasticnet", None])
@pytest.mark.parametrize("weighted", [True, False])
def test_regressor(loss, penalty, weighted):
    X, y, w = numbers()
    w = w if weighted else None
    ours, theirs = both("SGDRegressor", X, y, w=w, loss=loss, penalty=penalty, alpha=0.01)
    assert_equal(ours, theirs)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), atol=1e-7)


@pytest.mark.parametrize("kind", ["SGDClassifier", "SGDRegressor"])
@pytest.mark.parametrize(
    "options",
    [
        {"learning_rate": "constant", "eta0": 0.02},
        {"learning_rate": "optimal", "alpha": 0.05},
        {"learning_rate": "invscaling", "eta0": 0.1, "power_t": 0.4},
        {"learning_rate": "adaptive", "eta0": 0.02},
        {"fit_intercept": False},
        {"average": True},
        {"average": 500},
        {"average": 100_000},
        {"average": 333, "fit_intercept": False},
        {"alpha": 150.0, "learning_rate": "constant", "eta0": 0.01},  # nothing is left of w
        {"alpha": 99.0, "learning_rate": "constant", "eta0": 0.01, "average": 70},
    ],
    ids=str,
)
@pytest.mark.parametrize("weighted", [True, False])
def test_schedules_averages_and_weights(kind, options, weighted):
    X, y, w = classes() if kind == "SGDClassifier" else numbers()
    assert_equal(*both(kind, X, y, w=w if weighted else None, **options))


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("class_weight", ["balanced", {0: 3.0, 1: 0.5}])
def test_class_weights(K, class_weight):
    X, y, _ = classes(K)
    assert_equal(*both("SGDClassifier", X, y, class_weight=class_weight, alpha=0.01))


@pytest.mark.parametrize("kind", ["SGDClassifier", "SGDRegressor"])
@pytest.mark.parametrize("average", [False, True, 150])
@pytest.mark.parametrize("penalty", ["l2", "l1"])
def test_partial_fit(kind, average, penalty):
    if average and penalty == "l1":
        return  # a mean of another kind: see below
    X, y, _ = classes(3) if kind == "SGDClassifier" else numbers()
    options = {"chunks": 7, "average": average, "penalty": penalty, "alpha": 0.01}
    if average:  # scikit-learn's classifier mixes up intercepts and their means from call to call
        options["fit_intercept"] = kind == "SGDRegressor"
    ours, theirs = both(kind, X, y, **options)
    assert_equal(ours, theirs)


def test_an_l1_average_is_the_mean_of_the_coefficients():
    """scikit-learn's is not: here a path of three samples is averaged by hand."""
    X, y = np.array([[1.0], [2.0], [-1.0]]), np.array([1.0, 2.0, 1.0])
    options = {"penalty": "l1", "alpha": 0.5, "learning_rate": "constant", "eta0": 0.1}
    options.update(shuffle=False, tol=None, max_iter=1, fit_intercept=False)
    path = [float(models.SGDRegressor(**options).fit(X[:n], y[:n]).coef_[0]) for n in range(1, 4)]
    mean = models.SGDRegressor(average=True, **options).fit(X, y).coef_[0]
    assert mean == pytest.approx(np.mean(path), rel=1e-12)


@pytest.mark.skipif(not STOPS_ALIKE, reason="before 1.9 the penalty was no part of the criterion")
@pytest.mark.parametrize("kind", ["SGDClassifier", "SGDRegressor"])
@pytest.mark.parametrize("learning_rate", ["optimal", "invscaling", "constant", "adaptive"])
@pytest.mark.parametrize("tol", [1e-2, 1e-4])
def test_stops_at_the_same_epoch(kind, learning_rate, tol):
    X, y, _ = classes() if kind == "SGDClassifier" else numbers()
    options = {"learning_rate": learning_rate, "alpha": 0.01, "tol": tol, "max_iter": 200}
    ours, theirs = both(kind, X, y, **options)
    assert ours.n_iter_ == theirs.n_iter_ and ours.n_iter_ > 1
    assert_equal(ours, theirs)


@pytest.mark.parametrize("penalty", ["l2", "l1"])
def test_wild_errors_are_cut(penalty):
    X, y, _ = numbers()
    options = {"penalty": penalty, "alpha": 0.01, "eta0": 1e-3}
    assert_equal(*both("SGDRegressor", X, np.where(np.arange(300) % 7, y, 1e14 * y), **options))


@pytest.mark.parametrize("kind", ["SGDClassifier", "SGDRegressor"])
def test_warm_start_and_initial_values(kind):
    X, y, _ = classes() if kind == "SGDClassifier" else numbers()
    ours, theirs = both(kind, X, y, warm_start=True, max_iter=2)
    for model in (ours, theirs):
        model.fit(X, y)
    assert_equal(ours, theirs)
    start = np.full(np.shape(ours.coef_), 0.5)
    for model in (ours, theirs):
        model.set_params(warm_start=False)  # with it scikit-learn's regressor ignores the start
        model.fit(X, y, coef_init=start, intercept_init=np.array([2.0]))
    assert_equal(ours, theirs)


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer"])
def test_shuffled_it_is_as_good(name):
    """The random orders differ, so the accuracy on real data is compared."""
    datasets = pytest.importorskip("sklearn.datasets")
    from sklearn.model_selection import cross_val_score
    from sklearn.preprocessing import scale

    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    X = scale(X)
    scores = [
        cross_val_score(module.SGDClassifier("log_loss", alpha=0.01, random_state=0), X, y, cv=5)
        for module in (models, linear_model)
    ]
    assert scores[0].mean() >= scores[1].mean() - 0.01
