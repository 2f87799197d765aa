"""Generalised linear models: laws of deviances and derivatives, worked examples, hard data."""

import warnings

import numpy as np
import pytest

from ml_from_scratch.core.exceptions import ConvergenceWarning
from ml_from_scratch.losses import Poisson
from ml_from_scratch.models import (
    GammaRegressor,
    LinearRegression,
    PoissonRegressor,
    Ridge,
    TweedieRegressor,
)
from ml_from_scratch.models.linear.deviance import bend_by_mean, half_deviance, slope_by_mean
from ml_from_scratch.models.linear.deviance_objective import DevianceObjective

POWERS = [-1.5, 0, 0.5, 1, 1.5, 2, 3]
EXACT = {"tol": 1e-10, "solver": "newton-cholesky"}


def data(n=80, d=3, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return X, rng.gamma(2.0, np.exp(0.3 * X @ np.arange(1, d + 1)) / 2.0), rng.random(n)


# ---- deviances and their derivatives ------------------------------------------------------------
@pytest.mark.parametrize("power", POWERS)
def test_the_perfect_mean_has_no_deviance_and_others_have_some(power):
    y = np.array([0.5, 1.0, 4.0])
    np.testing.assert_allclose(half_deviance(y, y, power), 0.0, atol=1e-14)
    for factor in (0.9, 1.1):
        assert (half_deviance(y, factor * y, power) > 0).all()


@pytest.mark.parametrize("power", POWERS)
def test_slope_and_bend_are_derivatives(power):
    y, mu, h = np.array([0.5, 1.0, 4.0]), np.array([1.0, 1.3, 2.0]), 1e-6
    up, down = half_deviance(y, mu + h, power), half_deviance(y, mu - h, power)
    np.testing.assert_allclose((up - down) / (2 * h), slope_by_mean(y, mu, power), rtol=1e-7)
    up, down = slope_by_mean(y, mu + h, power), slope_by_mean(y, mu - h, power)
    np.testing.assert_allclose(
        (up - down) / (2 * h), bend_by_mean(y, mu, power), rtol=1e-7, atol=1e-9
    )


def test_poissons_slope_is_that_of_the_loss():
    y, mu = np.array([0.0, 1.0, 4.0]), np.array([1.0, 1.3, 2.0])
    loss = Poisson(reduction="sum")
    np.testing.assert_allclose(slope_by_mean(y, mu, 1), loss.gradient(mu, y))


@pytest.mark.parametrize(
    "power, link", [(1, "log"), (2, "log"), (1.5, "log"), (0, "identity"), (1, "identity")]
)
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_gradient_and_hessian_are_those_of_the_value(power, link, fit_intercept):
    X, y, w = data()
    X = np.abs(X)
    objective = DevianceObjective(X, y, w, 0.7, fit_intercept, power, link)
    theta = 0.1 + 0.1 * np.random.default_rng(1).random(objective.start().size)
    if fit_intercept:
        theta[-1] += 1.0
    _, g, H = objective.value_gradient_hessian(theta)
    for i, e in enumerate(1e-6 * np.eye(len(theta))):
        (up, g_up), (down, g_down) = (objective.value_gradient(theta + s * e) for s in (1, -1))
        assert (up - down) / 2e-6 == pytest.approx(g[i], rel=1e-5, abs=1e-8)
        if (np.linalg.eigvalsh(H) > 0).all() and power in (0, 1, 2):
            np.testing.assert_allclose((g_up - g_down) / 2e-6, H[i], rtol=1e-4, atol=1e-6)


# ---- worked examples and laws -------------------------------------------------------------------
def test_without_features_that_matter_it_predicts_the_mean():
    y = np.array([1.0, 2.0, 6.0])
    for model in (PoissonRegressor(), GammaRegressor(), TweedieRegressor(power=1.5)):
        fitted = model.fit(np.zeros((3, 1)), y)
        np.testing.assert_allclose(fitted.predict([[0.0]]), 3.0)
        assert fitted.coef_.tolist() == [0.0]


def test_one_binary_feature_gives_the_two_group_means():
    X, y = np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([1.0, 3.0, 4.0, 8.0])
    for kind in (PoissonRegressor, GammaRegressor):
        model = kind(alpha=0.0, **EXACT).fit(X, y)
        np.testing.assert_allclose(model.predict([[0.0], [1.0]]), [2.0, 6.0])
        assert model.intercept_ == pytest.approx(np.log(2.0))
        assert model.coef_[0] == pytest.approx(np.log(3.0))


def test_the_normal_distribution_is_ridge_regression():
    X, y, w = data()
    ours = TweedieRegressor(power=0, alpha=0.5, **EXACT).fit(X, y, w)
    ridge = Ridge(alpha=0.5 * w.sum()).fit(X, y, w)
    np.testing.assert_allclose(ours.coef_, ridge.coef_, rtol=1e-8)
    assert ours.intercept_ == pytest.approx(ridge.intercept_)
    plain = TweedieRegressor(power=0, alpha=0.0, **EXACT).fit(X, y)
    assert plain.score(X, y) == pytest.approx(LinearRegression().fit(X, y).score(X, y))


def test_targets_below_zero_are_normal():
    X, y, w = data()
    model = TweedieRegressor(power=0, **EXACT).fit(X, y - 10.0, w)
    residuals = ((y - 10.0 - model.predict(X)) ** 2 * w).sum()
    spread = ((y - np.average(y, weights=w)) ** 2 * w).sum()
    assert model.score(X, y - 10.0, w) == pytest.approx(1.0 - residuals / spread)


def test_a_mean_that_cannot_be_scores_without_a_warning():
    model = PoissonRegressor(alpha=0.0).fit([[0.0], [1.0]], [1.0, 2.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert model.score([[-1e6], [0.0]], [1.0, 2.0]) == -np.inf
        assert model.predict([[1e6]])[0] == np.inf


@pytest.mark.parametrize("power", [1, 2])
def test_tweedie_has_poisson_and_gamma_inside(power):
    X, y, _ = data()
    special = {1: PoissonRegressor, 2: GammaRegressor}[power](alpha=0.1).fit(X, y)
    general = TweedieRegressor(power=power, alpha=0.1).fit(X, y)
    np.testing.assert_array_equal(special.coef_, general.coef_)
    assert special.score(X, y) == general.score(X, y)


def test_a_rate_is_a_count_weighted_by_its_exposure():
    X, _, exposure = data()
    counts = np.random.default_rng(1).poisson(3.0 * exposure).astype(float)
    model = PoissonRegressor(alpha=0.0, **EXACT).fit(X, counts / exposure, exposure)
    total = (model.predict(X) * exposure).sum()  # balance: predicted and observed sums agree
    assert total == pytest.approx(counts.sum(), rel=1e-9)


@pytest.mark.parametrize("kind", [PoissonRegressor, GammaRegressor, TweedieRegressor])
def test_solvers_agree_and_weights_repeat(kind):
    X, y, _ = data()
    times = np.random.default_rng(2).integers(0, 3, len(X))
    newton = kind(alpha=0.1, **EXACT).fit(X, y, times.astype(float))
    lbfgs = kind(alpha=0.1, tol=1e-9, max_iter=1000).fit(
        np.repeat(X, times, 0), np.repeat(y, times)
    )
    np.testing.assert_allclose(newton.coef_, lbfgs.coef_, atol=1e-7)


def test_the_mean_scores_nothing_and_the_truth_everything():
    X, y, w = data()
    constant = PoissonRegressor(alpha=1e12).fit(X, y, w)
    assert constant.score(X, y, w) == pytest.approx(0.0, abs=1e-9)
    exact = PoissonRegressor(alpha=0.0, **EXACT).fit(X, np.exp(X @ [0.1, 0.2, 0.3]))
    assert exact.score(X, np.exp(X @ [0.1, 0.2, 0.3])) == pytest.approx(1.0)
    assert exact.score(np.zeros((2, 3)), [1.0, 1.0]) in (0.0, 1.0)  # a constant has no deviance


def test_warm_start_begins_where_the_last_fit_ended():
    X, y, _ = data()
    model = PoissonRegressor(alpha=0.1, tol=1e-8, warm_start=True).fit(X, y)
    first = model.n_iter_
    assert model.fit(X, y).n_iter_ == 1 < first
    assert model.fit(X[:, :2], y).coef_.shape == (2,)  # of another shape: anew


# ---- hard data -----------------------------------------------------------------------------------
def test_all_counts_are_zero():
    X, y, _ = data()
    model = PoissonRegressor().fit(X, np.zeros_like(y))
    assert (model.predict(X) < 1e-300).all()


@pytest.mark.parametrize(
    "model, y, word",
    [
        (PoissonRegressor(), [1.0, -1.0, 2.0], "valid range"),
        (GammaRegressor(), [1.0, 0.0, 2.0], "> 0"),
        (TweedieRegressor(power=1.5), [1.0, -0.5, 2.0], ">= 0"),
        (TweedieRegressor(power=3), [1.0, 0.0, 2.0], "valid range"),
    ],
)
def test_values_that_the_distribution_does_not_have(model, y, word):
    X = np.arange(3.0)[:, None]
    with pytest.raises(ValueError, match=word):
        model.fit(X, y)
    model.fit(X, y, np.where(np.array(y) > 0, 1.0, 0.0))  # of weight zero they are not there
    with pytest.raises(ValueError, match=word):
        model.score(X, y)


def test_a_stop_before_the_minimum_is_told():
    X, y, _ = data()
    with pytest.warns(ConvergenceWarning, match="max_iter=1"):
        PoissonRegressor(max_iter=1, tol=1e-10, alpha=0.0).fit(X, y)


@pytest.mark.parametrize("scale", [1e-150, 1e-8, 1e8, 1e100])
def test_units_of_a_feature_do_not_matter_without_a_penalty(scale):
    X, y, _ = data()
    model = PoissonRegressor(alpha=0.0, solver="newton-cholesky", tol=1e-6, max_iter=500)
    expected = model.fit(X, y).predict(X)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = PoissonRegressor(alpha=0.0, solver="newton-cholesky", max_iter=500)
        found = found.fit(X * [1.0, scale, 1.0], y).predict(X * [1.0, scale, 1.0])
    if 1e-10 < scale < 1e10:
        np.testing.assert_allclose(found, expected, rtol=1e-3)
    assert np.isfinite(found).all()


@pytest.mark.parametrize(
    "options",
    [
        {"alpha": -1.0},
        {"solver": "magic"},
        {"max_iter": 0},
        {"tol": 0.0},
        {"power": "two"},
        {"link": "probit"},
    ],
)
def test_settings_that_make_no_sense(options):
    X, y, _ = data()
    with pytest.raises((ValueError, TypeError), match=next(iter(options))):
        TweedieRegressor(**options).fit(X, y)


def test_verbose_says_how_it_ended(capsys):
    X, y, _ = data()
    PoissonRegressor(verbose=1).fit(X, y)
    assert "converged" in capsys.readouterr().out
