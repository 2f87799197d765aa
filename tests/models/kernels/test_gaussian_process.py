"""Gaussian processes: by hand, against plain linear algebra, and their laws."""

import math

import numpy as np
import pytest

from ml_from_scratch.core.exceptions import ConvergenceWarning
from ml_from_scratch.models import GaussianProcessClassifier, GaussianProcessRegressor, KernelRidge
from ml_from_scratch.models.kernels import RBF, CompoundKernel, DotProduct, Matern, WhiteKernel
from ml_from_scratch.models.kernels.laplace import COEFFICIENTS, LAMBDAS, erf
from ml_from_scratch.models.kernels.marginal_likelihood import gaussian_log_likelihood

rng = np.random.default_rng(0)
X = rng.uniform(-3.0, 3.0, size=(40, 2))
Y = np.sin(X[:, 0]) + 0.3 * X[:, 1] + 0.1 * rng.normal(size=40)
POINTS = rng.uniform(-4.0, 4.0, size=(15, 2))
KERNEL = 1.0 * RBF(1.0) + WhiteKernel(0.1)


# ---- regression ----------------------------------------------------------------------------------
def test_one_sample_by_hand():
    # k = exp(-r^2 / 2), noise 0.25: mean = k y / 1.25, variance = 1 - k^2 / 1.25
    model = GaussianProcessRegressor(RBF(1.0), alpha=0.25, optimizer=None).fit([[0.0]], [2.0])
    mean, std = model.predict([[1.0]], return_std=True)
    k = math.exp(-0.5)
    np.testing.assert_allclose(mean, [2.0 * k / 1.25])
    np.testing.assert_allclose(std, [math.sqrt(1.0 - k * k / 1.25)])
    expected = -0.5 * 4.0 / 1.25 - 0.5 * math.log(1.25) - 0.5 * math.log(2 * math.pi)
    assert model.log_marginal_likelihood_value_ == pytest.approx(expected)


def test_the_posterior_is_conditioning():
    model = GaussianProcessRegressor(KERNEL, alpha=0.01, optimizer=None).fit(X, Y)
    K = KERNEL(X) + 0.01 * np.eye(40)
    Ks = KERNEL(POINTS, X)
    mean, covariance = model.predict(POINTS, return_cov=True)
    np.testing.assert_allclose(mean, Ks @ np.linalg.solve(K, Y), atol=1e-10)
    expected = KERNEL(POINTS) - Ks @ np.linalg.solve(K, Ks.T)
    np.testing.assert_allclose(covariance, expected, atol=1e-10)
    same, std = model.predict(POINTS, return_std=True)
    np.testing.assert_array_equal(same, mean)
    np.testing.assert_allclose(std, np.sqrt(covariance.diagonal()), atol=1e-10)
    _, log_det = np.linalg.slogdet(2 * np.pi * K)
    value = -0.5 * Y @ np.linalg.solve(K, Y) - 0.5 * log_det
    assert model.log_marginal_likelihood_value_ == pytest.approx(value)


def test_its_mean_is_kernel_ridge_regression():
    gp = GaussianProcessRegressor(RBF(1.0), alpha=0.3, optimizer=None).fit(X, Y)
    ridge = KernelRidge(kernel="rbf", gamma=0.5, alpha=0.3).fit(X, Y)
    np.testing.assert_allclose(gp.predict(POINTS), ridge.predict(POINTS), atol=1e-10)


@pytest.mark.parametrize(
    "kernel",
    [KERNEL, Matern([1.0, 2.0], nu=1.5) + WhiteKernel(0.2), DotProduct(1.0) ** 2 + WhiteKernel()],
    ids=repr,
)
@pytest.mark.parametrize("targets", [1, 3])
def test_the_gradient_of_the_likelihood(kernel, targets):
    y = Y if targets == 1 else np.stack([Y, X[:, 0], X[:, 1]], axis=1)
    model = GaussianProcessRegressor(kernel, optimizer=None).fit(X, y)
    theta = kernel.theta + 0.1 * rng.normal(size=kernel.n_dims)
    value, gradient = model.log_marginal_likelihood(theta, eval_gradient=True)
    assert value == model.log_marginal_likelihood(theta)
    for k in range(kernel.n_dims):
        step = 1e-5 * np.eye(kernel.n_dims)[k]
        up, down = (model.log_marginal_likelihood(theta + s) for s in (step, -step))
        assert gradient[k] == pytest.approx((up - down) / 2e-5, rel=1e-6, abs=1e-6)
    assert model.kernel_ == kernel
    model.log_marginal_likelihood(theta, clone_kernel=False)
    np.testing.assert_allclose(model.kernel_.theta, theta)


def test_the_fit_is_a_maximum_between_the_bounds():
    model = GaussianProcessRegressor(KERNEL).fit(X, Y)
    theta = model.kernel_.theta
    value, gradient = model.log_marginal_likelihood(theta, eval_gradient=True)
    assert value == pytest.approx(model.log_marginal_likelihood_value_)
    assert np.abs(gradient).max() < 1e-2 and value > model.log_marginal_likelihood(KERNEL.theta)
    for step in 0.1 * np.vstack([np.eye(3), -np.eye(3)]):
        assert model.log_marginal_likelihood(theta + step) < value
    assert np.exp(theta[2]) == pytest.approx(0.01, rel=0.6)  # the noise has a variance of 0.01
    narrow = 1.0 * RBF(1.0, (0.9, 1.1)) + WhiteKernel(0.1)
    with pytest.warns(
        ConvergenceWarning, match="k1__k2__length_scale is close to .* upper bound 1.1"
    ):
        bound = GaussianProcessRegressor(narrow).fit(X, Y)
    assert bound.kernel_.k1.k2.length_scale == pytest.approx(1.1)


def test_restarts_only_help():
    bad = 1.0 * RBF(1e-4, (1e-5, 1e5)) + WhiteKernel(1.0, (1e-10, 1e1))
    once = GaussianProcessRegressor(bad).fit(X, Y)
    more = GaussianProcessRegressor(bad, n_restarts_optimizer=5, random_state=0).fit(X, Y)
    assert more.log_marginal_likelihood_value_ > once.log_marginal_likelihood_value_ + 1.0
    again = GaussianProcessRegressor(bad, n_restarts_optimizer=5, random_state=0).fit(X, Y)
    np.testing.assert_array_equal(again.kernel_.theta, more.kernel_.theta)
    with pytest.raises(ValueError, match="all bounds are finite"):
        endless = RBF(1.0, (0.0, np.inf))
        GaussianProcessRegressor(endless, n_restarts_optimizer=1).fit(X, Y)


def test_an_optimizer_of_ones_own():
    calls = []

    def optimizer(f, theta, bounds):
        calls.append(theta)
        value, gradient = f(theta)
        assert gradient.shape == theta.shape and bounds.shape == (len(theta), 2)
        return theta, value

    model = GaussianProcessRegressor(KERNEL, optimizer=optimizer, n_restarts_optimizer=2).fit(X, Y)
    assert len(calls) == 3 and np.isfinite(model.log_marginal_likelihood_value_)
    with pytest.raises(ValueError, match="Unknown optimizer 'magic'"):
        GaussianProcessRegressor(KERNEL, optimizer="magic").fit(X, Y)


@pytest.mark.filterwarnings("ignore:The optimal value found")
def test_several_targets_and_normalisation():
    y = np.stack([5.0 + 100.0 * Y, Y], axis=1)
    model = GaussianProcessRegressor(KERNEL, normalize_y=True, optimizer=None).fit(X, y)
    mean, covariance = model.predict(POINTS, return_cov=True)
    _, std = model.predict(POINTS, return_std=True)
    assert mean.shape == std.shape == (15, 2) and covariance.shape == (15, 15, 2)
    np.testing.assert_allclose(mean[:, 0], 5.0 + 100.0 * mean[:, 1])
    np.testing.assert_allclose(std[:, 0], 100.0 * std[:, 1])
    column = GaussianProcessRegressor(KERNEL, optimizer=None).fit(X, Y[:, None])
    assert [a.shape for a in column.predict(POINTS, return_std=True)] == [(15,), (15,)]
    constant = GaussianProcessRegressor(KERNEL, normalize_y=True).fit(X, np.full(40, 7.0))
    np.testing.assert_allclose(constant.predict(POINTS), 7.0, atol=1e-6)


def test_noise_of_each_sample():
    alpha = np.where(np.arange(40) < 20, 1e-6, 1e6)
    model = GaussianProcessRegressor(RBF(1.0), alpha=alpha, optimizer=None).fit(X, Y)
    half = GaussianProcessRegressor(RBF(1.0), alpha=1e-6, optimizer=None).fit(X[:20], Y[:20])
    np.testing.assert_allclose(model.predict(POINTS), half.predict(POINTS), atol=1e-3)
    with pytest.raises(ValueError, match="same number of entries as y"):
        GaussianProcessRegressor(alpha=np.ones(3)).fit(X, Y)
    with pytest.raises(ValueError, match="variance, at least 0"):
        GaussianProcessRegressor(alpha=-1.0).fit(X, Y)


def test_samples_have_the_moments_that_are_predicted():
    model = GaussianProcessRegressor(KERNEL, optimizer=None).fit(X, Y)
    mean, covariance = model.predict(POINTS[:3], return_cov=True)
    drawn = model.sample_y(POINTS[:3], 50_000, random_state=0)
    assert drawn.shape == (3, 50_000)
    np.testing.assert_allclose(drawn.mean(axis=1), mean, atol=0.02)
    np.testing.assert_allclose(np.cov(drawn), covariance, atol=0.02)
    np.testing.assert_array_equal(drawn, model.sample_y(POINTS[:3], 50_000, random_state=0))
    two = GaussianProcessRegressor(KERNEL, optimizer=None).fit(X, np.stack([Y, -Y], axis=1))
    assert two.sample_y(POINTS, 4).shape == (15, 2, 4)


def test_the_prior_predicts_too():
    model = GaussianProcessRegressor(2.0 * RBF(1.0))
    mean, std = model.predict(POINTS, return_std=True)
    assert (mean == 0).all()
    np.testing.assert_allclose(std, math.sqrt(2.0))
    np.testing.assert_allclose(model.predict(POINTS, return_cov=True)[1], model.kernel(POINTS))
    assert GaussianProcessRegressor(n_targets=3).predict(POINTS).shape == (15, 3)
    with pytest.raises(ValueError, match="different from the parameter `n_targets`"):
        GaussianProcessRegressor(n_targets=3).fit(X, Y)
    with pytest.raises(RuntimeError, match="At most one"):
        model.predict(POINTS, return_std=True, return_cov=True)


def test_targets_as_large_as_numbers_go():
    with pytest.raises(ValueError, match="Set normalize_y=True"):
        GaussianProcessRegressor(KERNEL).fit(X, 1e200 * Y)
    model = GaussianProcessRegressor(KERNEL, normalize_y=True, optimizer=None)
    expected = model.fit(X, Y).predict(POINTS)
    np.testing.assert_allclose(model.fit(X, 1e200 * Y).predict(POINTS) / 1e200, expected)


def test_no_covariance_is_told():
    twice = np.vstack([X, X])
    kernel = RBF(1.0)
    with pytest.raises(np.linalg.LinAlgError, match="increasing the 'alpha'"):
        GaussianProcessRegressor(kernel, alpha=0.0, optimizer=None).fit(twice, np.tile(Y, 2))
    with pytest.raises(ValueError, match="not returning a positive definite matrix"):
        GaussianProcessRegressor(kernel, alpha=0.0).fit(twice, np.tile(Y, 2))
    assert gaussian_log_likelihood(-np.eye(3), np.ones(3)) == -np.inf
    with pytest.raises(ValueError, match="theta!=None"):
        GaussianProcessRegressor(KERNEL, optimizer=None).fit(X, Y).log_marginal_likelihood(
            eval_gradient=True
        )


# ---- classification ------------------------------------------------------------------------------
LABELS = np.where(Y + 0.3 * rng.normal(size=40) > 0, "yes", "no")
THREE = np.array(["a", "b", "c"])[np.digitize(Y, [-0.5, 0.5])]


def test_the_mode_is_a_mode():
    model = GaussianProcessClassifier(2.0 * RBF(1.0), optimizer=None).fit(X, LABELS)
    machine, K = model.base_estimator_, 2.0 * RBF(1.0)(X)
    y, f = (LABELS == "yes").astype(float), machine.f_
    # f = K (y - pi): the gradient of log p(y | f) - f K^-1 f / 2 is 0
    np.testing.assert_allclose(f, K @ (y - machine.pi_), atol=1e-8)
    W = machine.pi_ * (1 - machine.pi_)
    log_p = -np.log1p(np.exp(-(2 * y - 1) * f)).sum()
    _, log_det = np.linalg.slogdet(np.eye(40) + K * W)
    expected = -0.5 * f @ (y - machine.pi_) + log_p - 0.5 * log_det
    assert model.log_marginal_likelihood_value_ == pytest.approx(expected, abs=1e-8)


def test_latent_variance_is_that_of_the_laplace_approximation():
    kernel = 2.0 * RBF(1.0)
    model = GaussianProcessClassifier(kernel, optimizer=None).fit(X, LABELS)
    machine, K, Ks = model.base_estimator_, kernel(X), kernel(POINTS, X)
    W = machine.pi_ * (1 - machine.pi_)
    mean, variance = model.latent_mean_and_variance(POINTS)
    expected = kernel.diag(POINTS) - np.diag(Ks @ np.linalg.solve(K + np.diag(1 / W), Ks.T))
    np.testing.assert_allclose(variance, expected, atol=1e-8)
    z = np.random.default_rng(0).normal(size=(400_000, 1))
    sampled = (1.0 / (1.0 + np.exp(-(mean + z * np.sqrt(variance))))).mean(axis=0)
    np.testing.assert_allclose(model.predict_proba(POINTS)[:, 1], sampled, atol=4e-3)


def test_the_mixture_of_error_functions_is_about_the_sigmoid():
    x = np.linspace(-8.0, 8.0, 200)
    mixture = 0.5 * (1.0 + erf(np.multiply.outer(x, LAMBDAS)).astype(float)) @ COEFFICIENTS
    np.testing.assert_allclose(mixture, 1.0 / (1.0 + np.exp(-x)), atol=2e-3)


@pytest.mark.parametrize("kernel", [2.0 * RBF([1.0, 2.0]), 1.0 * Matern(1.0, nu=0.5)], ids=repr)
def test_the_gradient_knows_how_the_mode_moves(kernel):
    model = GaussianProcessClassifier(kernel, optimizer=None).fit(X, LABELS)
    theta = kernel.theta + 0.1
    _, gradient = model.log_marginal_likelihood(theta, eval_gradient=True)
    for k in range(kernel.n_dims):
        step = 1e-4 * np.eye(kernel.n_dims)[k]
        up, down = (model.log_marginal_likelihood(theta + s) for s in (step, -step))
        assert gradient[k] == pytest.approx((up - down) / 2e-4, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("warm_start", [False, True])
def test_fitting_helps(warm_start):
    kernel = 1.0 * RBF(1.0)
    model = GaussianProcessClassifier(kernel, warm_start=warm_start).fit(X, LABELS)
    assert model.log_marginal_likelihood_value_ > model.log_marginal_likelihood(kernel.theta)
    _, gradient = model.log_marginal_likelihood(model.kernel_.theta, eval_gradient=True)
    assert np.abs(gradient).max() < 1e-3
    assert model.score(X, LABELS) > 0.85


def test_one_against_the_rest():
    model = GaussianProcessClassifier(1.0 * RBF(1.0)).fit(X, THREE)
    alone = [GaussianProcessClassifier(1.0 * RBF(1.0)).fit(X, label == THREE) for label in "abc"]
    p = np.stack([m.predict_proba(POINTS)[:, 1] for m in alone], axis=1)
    p /= p.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba(POINTS), p, atol=1e-12)
    np.testing.assert_array_equal(
        model.predict(POINTS), np.array(["a", "b", "c"])[p.argmax(axis=1)]
    )
    np.testing.assert_allclose(model.predict_log_proba(POINTS), np.log(p), atol=1e-9)
    values = [m.log_marginal_likelihood_value_ for m in alone]
    assert model.log_marginal_likelihood_value_ == pytest.approx(np.mean(values))
    assert isinstance(model.kernel_, CompoundKernel) and model.kernel_.n_dims == 6
    assert model.log_marginal_likelihood(model.kernel_.theta) == pytest.approx(np.mean(values))
    assert model.log_marginal_likelihood(np.zeros(2)) < np.mean(values)
    with pytest.raises(NotImplementedError, match="multi-class"):
        model.log_marginal_likelihood(np.zeros(2), eval_gradient=True)
    with pytest.raises(ValueError, match="either 2 or 6"):
        model.log_marginal_likelihood(np.zeros(5))
    with pytest.raises(ValueError, match="binary classification"):
        model.latent_mean_and_variance(POINTS)


def test_one_against_one():
    model = GaussianProcessClassifier(multi_class="one_vs_one").fit(X, THREE)
    assert len(model.base_estimator_) == 3 and model.score(X, THREE) > 0.8
    with pytest.raises(ValueError, match="does not support predicting probability"):
        model.predict_proba(X)


def test_workers_change_nothing():
    pytest.importorskip("joblib")
    alone = GaussianProcessClassifier(RBF(1.0), n_restarts_optimizer=1, random_state=0).fit(
        X, THREE
    )
    shared = GaussianProcessClassifier(RBF(1.0), n_restarts_optimizer=1, random_state=0, n_jobs=2)
    np.testing.assert_array_equal(
        shared.fit(X, THREE).predict_proba(POINTS), alone.predict_proba(POINTS)
    )


def test_words():
    with pytest.raises(ValueError, match="2 or more distinct classes"):
        GaussianProcessClassifier().fit(X, np.zeros(40, int))
    with pytest.raises(ValueError, match="CompoundKernel"):
        GaussianProcessClassifier(CompoundKernel([RBF()])).fit(X, LABELS)
    with pytest.raises(ValueError, match="multi_class must be one of"):
        GaussianProcessClassifier(multi_class="all").fit(X, LABELS)
    with pytest.raises(ValueError, match="max_iter_predict must be"):
        GaussianProcessClassifier(max_iter_predict=0).fit(X, LABELS)
