"""RidgeCV: leave-one-out errors are those of leaving one out."""

import warnings

import numpy as np
import pytest

from ml_from_scratch.models import Ridge, RidgeCV


def data(n=12, d=4, k=None, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) + 2.0
    y = X @ rng.normal(size=(d,) if k is None else (d, k)) + 1.0
    return X, y + rng.normal(size=y.shape)


@pytest.mark.parametrize("shape", [(12, 4), (5, 4), (4, 4), (6, 15)])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("mode", [None, "svd", "eigen"])
@pytest.mark.parametrize("weighted", [False, True])
def test_errors_are_those_of_leaving_one_out(shape, fit_intercept, mode, weighted):
    X, y = data(*shape)
    alphas = [0.01, 1.0, 300.0]
    s = np.random.default_rng(1).random(len(y)) + 0.2 if weighted else np.ones(len(y))
    model = RidgeCV(alphas, fit_intercept=fit_intercept, gcv_mode=mode, store_cv_results=True)
    model.fit(X, y, s if weighted else None)
    for i in range(len(y)):
        rest = np.arange(len(y)) != i
        for a, alpha in enumerate(alphas):
            other = Ridge(alpha=alpha, fit_intercept=fit_intercept).fit(X[rest], y[rest], s[rest])
            error = s[i] * (y[i] - other.predict(X[i : i + 1])[0]) ** 2
            assert model.cv_results_[i, a] == pytest.approx(error, rel=1e-7)
    assert model.best_score_ == pytest.approx(-model.cv_results_.mean(axis=0).min())
    refit = Ridge(alpha=model.alpha_, fit_intercept=fit_intercept).fit(X, y, s)
    np.testing.assert_allclose(model.coef_, refit.coef_, rtol=1e-8)
    np.testing.assert_allclose(model.intercept_, refit.intercept_, rtol=1e-8)


def test_many_rows_go_in_blocks():
    X, y = data(20_000, 3)
    s = np.linspace(0.1, 4000.0, 20_000)
    model = RidgeCV([1.0], store_cv_results=True).fit(X, y, s)
    other = Ridge(alpha=1.0).fit(X[:-1], y[:-1], s[:-1])
    error = y[-1] - other.predict(X[-1:])[0]
    assert model.cv_results_[-1, 0] == pytest.approx(s[-1] * error**2, rel=1e-7)
    assert model.best_score_ == pytest.approx(RidgeCV([1.0]).fit(X, y, s).best_score_)


def test_each_output_may_choose():
    X, y = data(30, 3, k=2)
    noise = np.random.default_rng(5).normal(size=30)
    y[:, 1] = noise - Ridge(alpha=1e-9).fit(X, noise).predict(X)  # nothing to learn
    alphas = [1e-3, 1e5]
    apart = RidgeCV(alphas, alpha_per_target=True).fit(X, y)
    assert apart.alpha_.tolist() == [1e-3, 1e5] and apart.best_score_.shape == (2,)
    for k in range(2):
        alone = RidgeCV(alphas).fit(X, y[:, k])
        np.testing.assert_allclose(apart.coef_[k], alone.coef_, rtol=1e-9, atol=1e-12)
        assert apart.best_score_[k] == pytest.approx(alone.best_score_)
    together = RidgeCV(alphas).fit(X, y)
    assert together.best_score_ <= apart.best_score_.mean() and together.coef_.shape == (2, 3)


def test_scorers_see_predictions():
    X, y = data(20)

    def closeness(estimator, X, y, sample_weight=None):
        predictions = estimator.predict(X)
        assert predictions.shape == y.shape == (20,)
        return -np.median(np.abs(predictions - y))

    model = RidgeCV([0.1, 10.0], scoring=closeness, store_cv_results=True).fit(X, y)
    assert model.best_score_ == pytest.approx(
        -np.median(np.abs(model.cv_results_ - y[:, None]), axis=0).min()
    )
    named = RidgeCV([0.1, 10.0], scoring="neg_median_absolute_error").fit(X, y)
    assert named.best_score_ == pytest.approx(model.best_score_)


def test_weights_and_rows_that_are_not_there():
    X, y = data(15)
    s = np.r_[np.zeros(4), np.full(11, 2.0)]
    model, rest = RidgeCV().fit(X, y, s), RidgeCV().fit(X[4:], y[4:], s[4:])
    np.testing.assert_array_equal(model.coef_, rest.coef_)
    assert model.best_score_ == rest.best_score_
    folds = RidgeCV(cv=3, scoring="neg_mean_squared_error").fit(X, y, s)
    assert folds.best_score_ < 0 and folds.alpha_ in (0.1, 1.0, 10.0)


@pytest.mark.parametrize("mode", [None, "svd", "eigen"])
@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
def test_hard_data(mode, scale):
    X, y = data(12, 3)
    more = np.column_stack([X, np.full(12, 5.0), X[:, 0]]) * scale
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = RidgeCV(gcv_mode=mode).fit(more, y)
    assert np.isfinite(model.predict(more)).all() and model.coef_[3] == 0.0
    assert model.coef_[0] == pytest.approx(model.coef_[4])


def test_float32():
    X, y = data()
    model = RidgeCV(store_cv_results=True).fit(X.astype(np.float32), y.astype(np.float32))
    assert model.coef_.dtype == model.intercept_.dtype == model.cv_results_.dtype == np.float32


@pytest.mark.parametrize(
    "options, message",
    [
        ({"alphas": [0.0, 1.0]}, "alphas must be one or more numbers above 0"),
        ({"alphas": [-1.0], "cv": 3}, "of at least 0"),
        ({"alphas": []}, "alphas must be one or more"),
        ({"gcv_mode": "magic"}, "gcv_mode must be one of"),
        ({"cv": 3, "store_cv_results": True}, "store_cv_results=True needs cv=None"),
        ({"cv": 3, "alpha_per_target": True}, "alpha_per_target=True needs cv=None"),
        ({"scoring": "beauty"}, "scoring='beauty' is not known"),
    ],
)
def test_bad_settings(options, message):
    with pytest.raises(ValueError, match=message):
        RidgeCV(**options).fit(*data())
    with pytest.raises(ValueError, match="at least 2 samples; got n_samples=1"):
        RidgeCV().fit([[1.0]], [1.0])


def test_nothing_of_an_earlier_fit_stays():
    X, y = data()
    model = RidgeCV(store_cv_results=True).fit(X, y)
    assert not hasattr(model.set_params(store_cv_results=False).fit(X, y), "cv_results_")
    assert RidgeCV(alphas=2.0).fit(X, y).alpha_ == 2.0
