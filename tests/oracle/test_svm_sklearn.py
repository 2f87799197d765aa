"""Support vector machines and kernel ridge regression against scikit-learn's, at tight tolerances.

LIBSVM keeps its kernel matrix in float32. What is compared therefore agrees to about 1e-7 of the
kernel's size, times what the problem makes of it; that ours is the more exact is shown by the
optimality gap, computed in float64.
"""

import numpy as np
import pytest

from ml_from_scratch.models import SVC, SVR, KernelRidge
from ml_from_scratch.models.kernels.functions import pairwise_kernel
from ml_from_scratch.utils import StandardScaler

pytestmark = pytest.mark.oracle

svm = pytest.importorskip("sklearn.svm")
from sklearn import kernel_ridge  # noqa: E402
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris  # noqa: E402
from sklearn.model_selection import cross_val_score  # noqa: E402

rng = np.random.default_rng(0)
IRIS = load_iris(return_X_y=True)
# Noise makes the support vectors unique: iris has duplicate rows and ties.
X, Y = IRIS[0] - IRIS[0].mean(axis=0) + 0.05 * rng.normal(size=IRIS[0].shape), IRIS[1]
BINARY = (Y == 1).astype(int)

KERNELS = [
    {"kernel": "rbf"},
    {"kernel": "rbf", "gamma": 0.7},
    {"kernel": "linear", "C": 0.3},
    {"kernel": "poly", "degree": 2, "coef0": 1.0, "gamma": 0.1},
    {"kernel": "sigmoid", "coef0": 0.1, "gamma": 0.01},
]


def both(ours, theirs, **settings):
    return ours(tol=1e-9, **settings), theirs(tol=1e-9, **settings)


def same_machine(a, b, X, atol):
    np.testing.assert_array_equal(a.support_, b.support_)
    np.testing.assert_array_equal(a.n_support_, b.n_support_)
    np.testing.assert_array_equal(a.support_vectors_, b.support_vectors_)
    assert a.shape_fit_ == b.shape_fit_ and a.fit_status_ == b.fit_status_
    for name in ("support_", "n_support_", "dual_coef_", "intercept_"):
        assert getattr(a, name).dtype == getattr(b, name).dtype, name
        assert getattr(a, name).shape == getattr(b, name).shape, name
    np.testing.assert_allclose(a.intercept_, b.intercept_, atol=atol)
    np.testing.assert_allclose(a.dual_coef_, b.dual_coef_, atol=100 * atol)


@pytest.mark.parametrize("settings", KERNELS, ids=lambda s: s["kernel"])
@pytest.mark.parametrize("y", [BINARY, Y], ids=["binary", "three classes"])
def test_svc(settings, y):
    a, b = both(SVC, svm.SVC, **settings)
    a.fit(X, y), b.fit(X, y)
    same_machine(a, b, X, 1e-5)
    np.testing.assert_allclose(a.decision_function(X), b.decision_function(X), atol=2e-6)
    np.testing.assert_array_equal(a.predict(X), b.predict(X))
    assert a.n_iter_.shape == np.shape(b.n_iter_) and a.n_iter_.dtype == np.int32
    if settings["kernel"] == "linear":
        np.testing.assert_allclose(a.coef_, b.coef_, atol=1e-5)


@pytest.mark.parametrize("shape", ["ovr", "ovo"])
@pytest.mark.parametrize("ties", [False, True])
def test_the_shapes_of_decisions(shape, ties):
    if ties and shape == "ovo":
        return
    settings = {"decision_function_shape": shape, "break_ties": ties}
    a, b = both(SVC, svm.SVC, **settings)
    points = X.mean(axis=0) + 3.0 * rng.normal(size=(300, 4))
    a.fit(X, Y), b.fit(X, Y)
    np.testing.assert_allclose(a.decision_function(points), b.decision_function(points), atol=1e-6)
    np.testing.assert_array_equal(a.predict(points), b.predict(points))


@pytest.mark.parametrize("class_weight", [None, "balanced", {0: 2.0, 2: 0.3}])
def test_weights_of_classes_and_samples(class_weight):
    w = rng.random(len(Y)) + 0.5
    a, b = both(SVC, svm.SVC, class_weight=class_weight, gamma=0.3)
    if class_weight == "balanced":  # where scikit-learn does not count samples by their weights
        w = None
    a.fit(X, Y, w), b.fit(X, Y, w)
    np.testing.assert_allclose(a.decision_function(X), b.decision_function(X), atol=2e-6)
    np.testing.assert_allclose(a.class_weight_, b.class_weight_)


def test_kernels_given_and_called():
    K = pairwise_kernel(X, X, "laplacian", gamma=0.5)
    a, b = both(SVC, svm.SVC, kernel="precomputed")
    a.fit(K, Y), b.fit(K, Y)
    np.testing.assert_allclose(a.decision_function(K), b.decision_function(K), atol=1e-6)
    assert a.support_vectors_.shape == b.support_vectors_.shape

    def kernel(A, B):
        return pairwise_kernel(np.asarray(A), np.asarray(B), "laplacian", gamma=0.5)

    a, b = both(SVC, svm.SVC, kernel=kernel)
    a.fit(X, Y), b.fit(X, Y)
    np.testing.assert_allclose(a.decision_function(X), b.decision_function(X), atol=1e-6)


@pytest.mark.parametrize("kind", [SVC, SVR, KernelRidge])
def test_cross_validation_cuts_both_sides_of_a_kernel_matrix(kind):
    K = pairwise_kernel(X, X, "linear")
    by_name = cross_val_score(kind(kernel="linear"), X, Y, cv=3)
    np.testing.assert_allclose(cross_val_score(kind(kernel="precomputed"), K, Y, cv=3), by_name)


@pytest.mark.parametrize("y", [BINARY, Y], ids=["binary", "three classes"])
@pytest.mark.filterwarnings("ignore:The `probability` parameter:FutureWarning")
@pytest.mark.filterwarnings("ignore:Attribute `prob:FutureWarning")
def test_probabilities(y):
    """Folds are random on both sides, so sigmoids are alike and not the same; what is made of them is."""
    a = SVC(probability=True, random_state=0).fit(X, y)
    b = svm.SVC(probability=True, random_state=0).fit(X, y)
    p, q = a.predict_proba(X), b.predict_proba(X)
    assert np.abs(p - q).mean() < 0.03
    a._probA, a._probB = np.array(b.probA_), np.array(b.probB_)
    # LIBSVM couples k classes by iterations that stop at 0.005 / k, and we solve for the limit.
    np.testing.assert_allclose(a.predict_proba(X), q, atol=3e-3)


@pytest.mark.parametrize("settings", KERNELS, ids=lambda s: s["kernel"])
def test_svr(settings):
    D, target = load_diabetes(return_X_y=True)
    D, target = D[:200] * 20.0, target[:200] / 50.0
    w = rng.random(200) + 0.5
    settings = {**settings, "epsilon": 0.2}
    if settings.get("gamma") is None:
        settings["gamma"] = 0.1
    a, b = both(SVR, svm.SVR, **settings)
    a.fit(D, target, w), b.fit(D, target, w)
    np.testing.assert_allclose(a.predict(D), b.predict(D), atol=1e-5)
    assert isinstance(a.n_iter_, int) and np.isscalar(b.n_iter_)
    same_machine(a, b, D, 1e-4)


def test_the_gap_is_smaller_than_scikit_learns():
    data, y = load_breast_cancer(return_X_y=True)
    data = StandardScaler().fit_transform(data)
    a, b = both(SVC, svm.SVC, C=10.0, gamma=0.02)
    gaps = []
    for model in (a.fit(data, y), b.fit(data, y)):
        K = pairwise_kernel(data, data, "rbf", gamma=0.02)
        beta = np.zeros(len(data))
        beta[model.support_] = model.dual_coef_[0]
        signs = 2.0 * y - 1.0
        F = signs - K @ beta
        lower, upper = np.minimum(10.0 * signs, 0.0), np.maximum(10.0 * signs, 0.0)
        gaps.append(F[beta < upper].max() - F[beta > lower].min())
    assert gaps[0] < 1.1e-9 and gaps[0] < gaps[1]


def test_accuracy_on_digits():
    digits, y = load_digits(return_X_y=True)
    model, theirs = SVC().fit(digits[:1000], y[:1000]), svm.SVC().fit(digits[:1000], y[:1000])
    ours = model.score(digits[1000:], y[1000:])
    assert abs(ours - theirs.score(digits[1000:], y[1000:])) < 0.003 and ours > 0.95


# ---- kernel ridge regression ---------------------------------------------------------------------
@pytest.mark.parametrize(
    "kernel", ["linear", "rbf", "poly", "polynomial", "sigmoid", "laplacian", "cosine", "chi2"]
)
@pytest.mark.parametrize("alpha", [0.3, [0.1, 2.0]])
def test_kernel_ridge(kernel, alpha):
    data, targets = rng.random((60, 5)), rng.normal(size=(60, 2))
    w = rng.random(60) + 0.1
    settings = {"kernel": kernel, "alpha": alpha, "gamma": 0.4, "degree": 2, "coef0": 0.5}
    a = KernelRidge(**settings).fit(data, targets, w)
    b = kernel_ridge.KernelRidge(**{**settings, "alpha": np.asarray(alpha)}).fit(data, targets, w)
    np.testing.assert_allclose(a.dual_coef_, b.dual_coef_, atol=1e-9)
    np.testing.assert_allclose(a.predict(data), b.predict(data), atol=1e-10)


@pytest.mark.parametrize("kernel", ["rbf", "poly", "laplacian", "sigmoid"])
def test_kernel_ridge_with_the_default_gamma(kernel):
    data, target = rng.random((40, 5)), rng.normal(size=40)
    a = KernelRidge(kernel=kernel).fit(data, target)
    b = kernel_ridge.KernelRidge(kernel=kernel).fit(data, target)
    np.testing.assert_allclose(a.dual_coef_, b.dual_coef_, atol=1e-9)
