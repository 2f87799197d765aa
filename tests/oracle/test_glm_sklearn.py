"""Generalised linear models have scikit-learn's values at the minimum, whatever solver finds it."""

import numpy as np
import pytest

from ml_from_scratch import models

linear_model = pytest.importorskip("sklearn.linear_model")
pytestmark = pytest.mark.oracle

EXACT = {"tol": 1e-10, "max_iter": 1000}
FAMILIES = [
    ("PoissonRegressor", {}),
    ("GammaRegressor", {}),
    ("TweedieRegressor", {"power": 0}),
    ("TweedieRegressor", {"power": 0, "link": "log"}),
    ("TweedieRegressor", {"power": 1, "link": "identity"}),
    ("TweedieRegressor", {"power": 1.5}),
    ("TweedieRegressor", {"power": 1.9}),
    ("TweedieRegressor", {"power": 2.5}),
    ("TweedieRegressor", {"power": 3}),
    ("TweedieRegressor", {"power": -1, "link": "log"}),
]
family = pytest.mark.parametrize("name, options", FAMILIES, ids=str)


def data(power, n=300, d=5):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, d))
    mu = np.exp(0.2 * X @ rng.normal(size=d) + 0.5)
    y = rng.poisson(mu).astype(float) if power < 2 else rng.gamma(2.0, mu / 2.0)
    return X, y, rng.random(n)


def power_of(name, options):
    return {"PoissonRegressor": 1, "GammaRegressor": 2}.get(name, options.get("power"))


@family
@pytest.mark.parametrize("solver", ["newton-cholesky", "lbfgs"])
@pytest.mark.parametrize("alpha", [0.0, 0.1])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.filterwarnings("ignore")
def test_equals_scikit_learn(name, options, solver, alpha, weighted):
    X, y, w = data(power_of(name, options))
    w = w if weighted else None
    ours = getattr(models, name)(alpha=alpha, solver=solver, **EXACT, **options).fit(X, y, w)
    theirs = getattr(linear_model, name)(
        alpha=alpha, solver="newton-cholesky", **EXACT, **options
    ).fit(X, y, w)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-6)
    assert ours.intercept_ == pytest.approx(theirs.intercept_, abs=1e-6)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-6)
    assert ours.score(X, y, w) == pytest.approx(theirs.score(X, y, w), abs=1e-8)


@family
@pytest.mark.filterwarnings("ignore")
def test_without_an_intercept(name, options):
    if options.get("link") == "identity":
        return  # starts at a mean of zero, which no distribution but the normal has
    X, y, _ = data(power_of(name, options))
    ours = getattr(models, name)(alpha=0.1, fit_intercept=False, **EXACT, **options).fit(X, y)
    theirs = getattr(linear_model, name)(
        alpha=0.1, fit_intercept=False, solver="newton-cholesky", **EXACT, **options
    ).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-6)
    assert ours.intercept_ == theirs.intercept_ == 0.0


@pytest.mark.parametrize("power", [-1.5, 0, 0.5, 1, 1.5, 2, 3])
def test_deviance_is_scikit_learns(power):
    metrics = pytest.importorskip("sklearn.metrics")
    from ml_from_scratch.models.linear.deviance import half_deviance

    rng = np.random.default_rng(0)
    y, mu = rng.gamma(1.0, 2.0, 50), rng.gamma(1.0, 2.0, 50)
    if power < 2:
        y[:5] = 0.0
    if 0 < power < 1:
        return  # scikit-learn refuses what has no distribution
    expected = metrics.mean_tweedie_deviance(y, mu, power=power)
    assert 2 * half_deviance(y, mu, power).mean() == pytest.approx(expected, rel=1e-12)


def test_poisson_on_real_data_like_frequencies():
    """Rates with exposures as weights: the way insurers use it."""
    rng = np.random.default_rng(1)
    X = np.column_stack([rng.integers(18, 90, 2000), rng.integers(0, 2, (2000, 3))]).astype(float)
    exposure = rng.uniform(0.1, 1.0, 2000)
    rate = np.exp(-3.0 + 0.02 * X[:, 0] + X[:, 1:] @ [0.3, -0.2, 0.1])
    y = rng.poisson(rate * exposure) / exposure
    ours = models.PoissonRegressor(alpha=1e-6, solver="newton-cholesky", **EXACT)
    theirs = linear_model.PoissonRegressor(alpha=1e-6, solver="newton-cholesky", **EXACT)
    ours.fit(X, y, exposure), theirs.fit(X, y, exposure)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-8)
    assert ours.score(X, y, exposure) == pytest.approx(theirs.score(X, y, exposure), abs=1e-10)
