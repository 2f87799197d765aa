"""BayesianRidge against the formulas of the posterior, written out with matrices."""

import warnings

import numpy as np
import pytest

from ml_from_scratch.core.exceptions import ConvergenceWarning
from ml_from_scratch.models import BayesianRidge, Ridge


def data(n=30, d=4, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) + 1.0
    return X, X @ rng.normal(size=d) + 2.0 + 0.5 * rng.normal(size=n)


@pytest.mark.parametrize("shape", [(30, 4), (10, 10), (8, 20)])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_posterior(shape, fit_intercept):
    X, y = data(*shape)
    model = BayesianRidge(fit_intercept=fit_intercept, tol=1e-10, max_iter=5000).fit(X, y)
    A = X - X.mean(axis=0) if fit_intercept else X
    b = y - y.mean() if fit_intercept else y
    precision = model.alpha_ * A.T @ A + model.lambda_ * np.eye(shape[1])
    S = np.linalg.inv(precision)
    np.testing.assert_allclose(model.sigma_, S, rtol=1e-6, atol=1e-9 * np.abs(S).max())
    np.testing.assert_allclose(model.coef_, model.alpha_ * S @ A.T @ b, rtol=1e-5, atol=1e-9)
    penalty = model.lambda_ / model.alpha_
    ridge = Ridge(alpha=penalty, fit_intercept=fit_intercept, solver="svd").fit(X, y)
    np.testing.assert_allclose(model.coef_, ridge.coef_, rtol=1e-5, atol=1e-9)
    mean, std = model.predict(X, return_std=True)
    variance = 1 / model.alpha_ + np.einsum("ij,jk,ik->i", A, S, A)
    np.testing.assert_allclose(std, np.sqrt(variance), rtol=1e-6)
    np.testing.assert_array_equal(mean, model.predict(X))


@pytest.mark.parametrize("shape", [(30, 4), (8, 20)])
def test_score_is_the_evidence(shape):
    """The targets are normal around 0, with covariance I / alpha + A A^T / lambda."""
    X, y = data(*shape)
    zero = {"alpha_1": 0.0, "alpha_2": 0.0, "lambda_1": 0.0, "lambda_2": 0.0}
    model = BayesianRidge(compute_score=True, fit_intercept=False, **zero).fit(X, y)
    K = np.eye(len(y)) / model.alpha_ + X @ X.T / model.lambda_
    log_evidence = -0.5 * (
        y @ np.linalg.solve(K, y) + np.linalg.slogdet(K)[1] + len(y) * np.log(2 * np.pi)
    )
    assert model.scores_[-1] == pytest.approx(log_evidence, rel=1e-9)
    assert len(model.scores_) == model.n_iter_ + 1
    assert model.scores_[-1] >= model.scores_[0]


def test_precisions_come_to_rest():
    X, y = data(40, 4)
    model = BayesianRidge(tol=1e-12, max_iter=5000).fit(X, y)
    A, b = X - X.mean(axis=0), y - y.mean()
    values = np.linalg.eigvalsh(A.T @ A)
    gamma = (model.alpha_ * values / (model.lambda_ + model.alpha_ * values)).sum()
    lambda_ = (gamma + 2e-6) / (model.coef_ @ model.coef_ + 2e-6)
    alpha = (len(y) - gamma + 2e-6) / (np.square(b - A @ model.coef_).sum() + 2e-6)
    assert model.lambda_ == pytest.approx(lambda_, rel=1e-8)
    assert model.alpha_ == pytest.approx(alpha, rel=1e-8)


def test_far_from_the_data_and_in_unseen_directions_it_knows_less():
    X, y = data(5, 12)
    model = BayesianRidge().fit(X, y)
    _, std = model.predict(np.vstack([X, 100 * np.ones((1, 12))]), return_std=True)
    assert std[-1] > 10 * std[:-1].max()


def test_weights_count_samples():
    X, y = data()
    s = np.random.default_rng(0).integers(0, 3, len(y))
    options = {"tol": 1e-10, "compute_score": True}
    weighted = BayesianRidge(**options).fit(X, y, s)
    repeated = BayesianRidge(**options).fit(X.repeat(s, axis=0), y.repeat(s))
    for name in ("coef_", "intercept_", "alpha_", "lambda_", "sigma_", "scores_"):
        np.testing.assert_allclose(getattr(weighted, name), getattr(repeated, name), rtol=1e-7)


def test_hard_data():
    X, y = data()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for scale in (1e-150, 1e150):
            assert np.isfinite(BayesianRidge(compute_score=True).fit(X * scale, y).predict(X)).all()
        constant = BayesianRidge().fit(np.column_stack([X, np.full(len(X), 0.1)]), y)
        assert constant.coef_[-1] == 0.0 and constant.sigma_[-1, -1] == pytest.approx(
            1 / constant.lambda_
        )
        flat = BayesianRidge().fit(X, np.full(len(y), 3.0))
        np.testing.assert_allclose(flat.predict(X), 3.0)
        single = BayesianRidge().fit(X[:1], y[:1])
        assert single.predict(X[:1])[0] == pytest.approx(y[0])
        model = BayesianRidge().fit(X.astype(np.float32), y.astype(np.float32))
        mean, std = model.predict(X.astype(np.float32), return_std=True)
        assert mean.dtype == std.dtype == model.sigma_.dtype == np.float32


def test_not_converged_verbose_and_bad_settings(capsys):
    X, y = data()
    with pytest.warns(ConvergenceWarning, match="BayesianRidge stopped after max_iter=2"):
        model = BayesianRidge(max_iter=2, tol=1e-12, verbose=True, compute_score=True).fit(X, y)
    assert model.n_iter_ == 2 and "BayesianRidge: " in capsys.readouterr().err
    assert not hasattr(model.set_params(compute_score=False, max_iter=100).fit(X, y), "scores_")
    for name in ("alpha_1", "lambda_2", "alpha_init", "tol"):
        with pytest.raises(ValueError, match=f"{name} must be a number"):
            BayesianRidge(**{name: -1.0}).fit(X, y)
