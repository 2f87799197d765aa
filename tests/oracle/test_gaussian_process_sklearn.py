"""Gaussian processes against scikit-learn's: the same kernels, likelihoods, gradients and predictions."""

import numpy as np
import pytest

from ml_from_scratch.models import GaussianProcessClassifier, GaussianProcessRegressor, kernels

theirs = pytest.importorskip("sklearn.gaussian_process")
from sklearn.base import clone  # noqa: E402
from sklearn.model_selection import GridSearchCV  # noqa: E402

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]

rng = np.random.default_rng(0)
X = rng.normal(size=(50, 3))
X[7] = X[11]
Y = np.sin(X[:, 0]) + 0.3 * X[:, 1] ** 2 + 0.1 * rng.normal(size=50)
TWO = np.stack([Y, X[:, 2]], axis=1)
POINTS = rng.normal(size=(12, 3))

EXPRESSIONS = [
    "RBF(1.3)",
    "RBF([1.0, 2.0, 0.5])",
    "Matern(1.2, nu=0.5)",
    "Matern([1.0, 2.0, 3.0], nu=0.5)",
    "Matern(0.7, nu=1.5)",
    "Matern([1.0, 2.0, 3.0], nu=1.5)",
    "Matern(0.7, nu=2.5)",
    "Matern([1.0, 2.0, 3.0], nu=2.5)",
    "Matern(2.0, nu=float('inf'))",
    "RationalQuadratic(1.3, 0.7)",
    "ExpSineSquared(1.2, 2.5)",
    "DotProduct(1.5)",
    "ConstantKernel(2.0) * RBF([1.0, 2.0, 3.0]) + WhiteKernel(0.3)",
    "(DotProduct(1.1) + 2.0) ** 2 * RBF(1.0, 'fixed')",
    "RBF([1.0, 2.0, 3.0], [(1e-3, 1e3)] * 3)",
    "ConstantKernel(3.0, 'fixed')",
]
MODELS = [
    "1.0 * RBF() + WhiteKernel(0.1)",
    "2.0 * RBF([1.0, 1.0, 1.0]) + WhiteKernel(0.1)",
    "1.0 * Matern(1.0, nu=1.5) + WhiteKernel(0.1)",
    "Matern([1.0, 1.0, 1.0], nu=0.5) + WhiteKernel(0.1)",
    "RationalQuadratic() + WhiteKernel(0.1)",
    "DotProduct() ** 2 + WhiteKernel()",
]


def both(expression):
    return eval(expression, vars(kernels).copy()), eval(expression, vars(theirs.kernels).copy())


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_kernels(expression):
    a, b = both(expression)
    (K, gradient), (K_sk, gradient_sk) = a(X, eval_gradient=True), b(X, eval_gradient=True)
    np.testing.assert_allclose(K, K_sk, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(gradient, gradient_sk, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(a(X, POINTS), b(X, POINTS), rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(a.diag(X), b.diag(X), rtol=1e-14)
    np.testing.assert_allclose(a.theta, b.theta)
    np.testing.assert_allclose(a.bounds.ravel(), b.bounds.ravel())
    assert a.is_stationary() == b.is_stationary() and a.n_dims == b.n_dims
    assert [h.name for h in a.hyperparameters] == [h.name for h in b.hyperparameters]
    assert [h.fixed for h in a.hyperparameters] == [h.fixed for h in b.hyperparameters]
    assert a.get_params().keys() == b.get_params().keys()
    assert clone(a) == a
    if "+ 2.0)" not in expression:  # where ours says the brackets that a product needs
        assert repr(a) == repr(b)


@pytest.mark.parametrize("nu", [0.2, 0.7, 1.1, 3.5, 20.0])
def test_matern_of_any_smoothness(nu):
    """Bessel functions there, a mixture of Gaussians here; scikit-learn's gradient is numerical."""
    a, b = kernels.Matern(1.3, nu=nu), theirs.kernels.Matern(1.3, nu=nu)
    np.testing.assert_allclose(a(X, POINTS), b(X, POINTS), atol=1e-12)
    K = a(X)
    apart = ~np.isclose(K, 1.0)
    np.testing.assert_allclose(K[apart], b(X)[apart], atol=1e-12)
    assert K[7, 11] == pytest.approx(1.0, abs=1e-14)


@pytest.mark.parametrize("expression", MODELS)
@pytest.mark.parametrize("normalize_y", [False, True])
@pytest.mark.parametrize("y", [Y, TWO], ids=["one target", "two targets"])
def test_regression_at_the_same_theta(expression, normalize_y, y):
    a, b = both(expression)
    settings = {"optimizer": None, "normalize_y": normalize_y, "alpha": 1e-6}
    ours = GaussianProcessRegressor(a, **settings).fit(X, y)
    model = theirs.GaussianProcessRegressor(b, **settings).fit(X, y)
    np.testing.assert_allclose(ours.predict(POINTS), model.predict(POINTS), atol=1e-9)
    for options in ({"return_std": True}, {"return_cov": True}):
        for found, expected in zip(
            ours.predict(POINTS, **options), model.predict(POINTS, **options)
        ):
            np.testing.assert_allclose(found, expected, atol=1e-9)
    value, gradient = ours.log_marginal_likelihood(a.theta + 0.1, eval_gradient=True)
    value_sk, gradient_sk = model.log_marginal_likelihood(b.theta + 0.1, eval_gradient=True)
    assert value == pytest.approx(value_sk, abs=1e-9)
    np.testing.assert_allclose(gradient, gradient_sk, atol=1e-8)
    np.testing.assert_allclose(ours.L_, model.L_, atol=1e-12)
    np.testing.assert_allclose(ours.alpha_, model.alpha_, atol=1e-8)
    np.testing.assert_allclose(ours.y_train_, model.y_train_, atol=1e-12)


@pytest.mark.parametrize("expression", MODELS)
def test_the_optimum_is_at_least_as_likely(expression):
    a, b = both(expression)
    for y in (Y, TWO):
        ours = GaussianProcessRegressor(a).fit(X, y).log_marginal_likelihood_value_
        assert (
            ours
            > theirs.GaussianProcessRegressor(b).fit(X, y).log_marginal_likelihood_value_ - 1e-6
        )


def test_shapes_of_the_prior_and_of_samples():
    a, b = both("2.0 * RBF()")
    ours, model = GaussianProcessRegressor(a), theirs.GaussianProcessRegressor(b)
    for options in ({"return_std": True}, {"return_cov": True}):
        for found, expected in zip(ours.predict(X, **options), model.predict(X, **options)):
            np.testing.assert_allclose(found, expected)
    for y in (Y, TWO):
        ours.fit(X, y), model.fit(X, y)
        assert ours.sample_y(POINTS, 5).shape == model.sample_y(POINTS, 5).shape


# ---- classification ------------------------------------------------------------------------------
CLASSES = np.array(["a", "b", "c"])[np.digitize(Y + 0.2 * rng.normal(size=50), [0.0, 0.6])]
BINARY = CLASSES == "b"


@pytest.mark.parametrize("expression", [None, "1.5 * RBF([1.0, 2.0, 1.0])", "2.0 * Matern(1.0)"])
def test_binary_classification_at_the_same_theta(expression):
    a, b = both(expression) if expression else (None, None)
    ours = GaussianProcessClassifier(a, optimizer=None).fit(X, BINARY)
    model = theirs.GaussianProcessClassifier(b, optimizer=None).fit(X, BINARY)
    np.testing.assert_allclose(ours.predict_proba(POINTS), model.predict_proba(POINTS), atol=1e-6)
    np.testing.assert_array_equal(ours.predict(POINTS), model.predict(POINTS))
    if expression:
        value, gradient = ours.log_marginal_likelihood(a.theta + 0.1, eval_gradient=True)
        value_sk, gradient_sk = model.log_marginal_likelihood(b.theta + 0.1, eval_gradient=True)
        assert value == pytest.approx(value_sk, abs=1e-8)
        np.testing.assert_allclose(gradient, gradient_sk, atol=1e-8)
    if hasattr(model, "latent_mean_and_variance"):
        pairs = zip(ours.latent_mean_and_variance(POINTS), model.latent_mean_and_variance(POINTS))
        for found, expected in pairs:
            np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("multi_class", ["one_vs_rest", "one_vs_one"])
def test_three_classes(multi_class):
    a, b = both("1.5 * RBF(1.2)")
    ours = GaussianProcessClassifier(a, optimizer=None, multi_class=multi_class).fit(X, CLASSES)
    model = theirs.GaussianProcessClassifier(b, optimizer=None, multi_class=multi_class)
    model.fit(X, CLASSES)
    np.testing.assert_array_equal(ours.predict(POINTS), model.predict(POINTS))
    value = model.log_marginal_likelihood_value_
    assert ours.log_marginal_likelihood_value_ == pytest.approx(value, abs=1e-8)
    if multi_class == "one_vs_rest":
        expected = model.predict_proba(POINTS)
        np.testing.assert_allclose(ours.predict_proba(POINTS), expected, atol=1e-6)


@pytest.mark.parametrize("expression", ["1.0 * RBF(1.0)", "1.0 * RBF([1.0, 1.0, 1.0])"])
def test_the_classifiers_optimum_is_at_least_as_likely(expression):
    a, b = both(expression)
    ours = GaussianProcessClassifier(a).fit(X, BINARY).log_marginal_likelihood_value_
    expected = theirs.GaussianProcessClassifier(b).fit(X, BINARY).log_marginal_likelihood_value_
    assert ours > expected - 1e-6


def test_a_search_over_kernels():
    grid = {"kernel": [kernels.RBF(1.0), kernels.Matern(1.0)], "alpha": [1e-2, 1e-1]}
    search = GridSearchCV(GaussianProcessRegressor(), grid, cv=2).fit(X, Y)
    assert search.best_score_ > 0.5
    inner = {"kernel__length_scale": [0.5, 2.0]}
    GridSearchCV(
        GaussianProcessRegressor(kernels.RBF(), optimizer=None, alpha=0.1), inner, cv=2
    ).fit(X, Y)
