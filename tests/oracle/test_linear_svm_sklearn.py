"""Linear support vector machines have liblinear's minimum, where it is asked to get there."""

import warnings

import numpy as np
import pytest

from ml_from_scratch.models import LinearSVC, LinearSVR

svm = pytest.importorskip("sklearn.svm")
pytestmark = pytest.mark.oracle

EXACT = {"tol": 1e-7}
TO_THE_END = {"tol": 1e-10, "max_iter": 1_000_000}


def classes(K=2, n=120, d=4, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) * rng.uniform(0.5, 2, d) + 0.3
    scores = X @ rng.normal(size=(d, K)) + rng.gumbel(size=(n, K))
    return X, scores.argmax(axis=1), rng.integers(0, 4, n).astype(float)


def numbers(n=120, d=4, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    y = X @ rng.normal(size=d) + 2.0 + rng.standard_t(2, n)
    return X, y, rng.integers(0, 4, n).astype(float)


def compare(ours, theirs, tol=1e-6):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = theirs()
    scale = np.abs(theirs.coef_).max()
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=tol * scale)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=tol * scale)
    assert np.shape(ours.intercept_) == np.shape(theirs.intercept_)


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("C", [0.01, 1.0])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"fit_intercept": False},
        {"intercept_scaling": 10.0},
        {"class_weight": "balanced"},
        {"class_weight": {0: 3.0, 1: 0.5}},
        {"loss": "hinge"},
        {"loss": "hinge", "class_weight": "balanced"},
        {"penalty": "l1"},
        {"penalty": "l1", "fit_intercept": False},
    ],
    ids=str,
)
@pytest.mark.parametrize("weighted", [True, False])
def test_classifier(K, C, options, weighted):
    X, y, w = classes(K)
    if weighted and options.get("class_weight") == "balanced":
        return  # scikit-learn's versions differ in whether sample weights are balanced, too
    w = w if weighted else None
    ours = LinearSVC(C=C, **EXACT, **options).fit(X, y, w)
    options = {"dual": options.get("loss") == "hinge", **options, **TO_THE_END}
    compare(ours, lambda: svm.LinearSVC(C=C, random_state=0, **options).fit(X, y, w), 1e-5)


@pytest.mark.parametrize("loss", ["epsilon_insensitive", "squared_epsilon_insensitive"])
@pytest.mark.parametrize("epsilon", [0.0, 0.5])
@pytest.mark.parametrize("C", [0.01, 1.0])
@pytest.mark.parametrize(
    "options", [{}, {"fit_intercept": False}, {"intercept_scaling": 5.0}], ids=str
)
@pytest.mark.parametrize("weighted", [True, False])
def test_regressor(loss, epsilon, C, options, weighted):
    X, y, w = numbers()
    w = w if weighted else None
    ours = LinearSVR(C=C, loss=loss, epsilon=epsilon, **EXACT, **options).fit(X, y, w)
    dual = loss == "epsilon_insensitive"
    options = {"C": C, "loss": loss, "epsilon": epsilon, "dual": dual, **options, **TO_THE_END}
    compare(ours, lambda: svm.LinearSVR(random_state=0, **options).fit(X, y, w), 1e-5)


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "digits"])
def test_real_data(name):
    datasets = pytest.importorskip("sklearn.datasets")
    from sklearn.preprocessing import scale

    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    X = scale(X)
    ours = LinearSVC(**EXACT).fit(X, y)
    theirs = svm.LinearSVC(dual=False, tol=1e-10, max_iter=100_000)
    compare(ours, lambda: theirs.fit(X, y))
    assert ours.score(X, y) == theirs.score(X, y)


def test_more_features_than_samples():
    X, y, _ = classes(2, n=30, d=100)
    ours = LinearSVC(**EXACT).fit(X, y)
    compare(ours, lambda: svm.LinearSVC(dual=False, tol=1e-12, max_iter=10_000).fit(X, y))
    hinge = LinearSVC(loss="hinge", **EXACT).fit(X, y)
    options = {"loss": "hinge", "random_state": 0, **TO_THE_END}
    compare(hinge, lambda: svm.LinearSVC(**options).fit(X, y), 1e-5)


def test_large_C_is_still_exact():
    """Where liblinear's coordinate descent gives up, the duality gap still says how good it is."""
    X, y, _ = classes(2)
    ours = LinearSVC(loss="hinge", C=1e4, **EXACT).fit(X, y)

    def objective(model):
        margins = (2 * y - 1) * model.decision_function(X)
        penalty = 0.5 * ((model.coef_**2).sum() + model.intercept_[0] ** 2)
        return penalty + 1e4 * np.maximum(1 - margins, 0).sum()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = svm.LinearSVC(loss="hinge", C=1e4, random_state=0, max_iter=100_000).fit(X, y)
    assert objective(ours) <= objective(theirs) * (1 + 1e-10)
