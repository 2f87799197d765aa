"""LassoCV and ElasticNetCV: the errors of the folds, the choice, and the fit to all data."""

import numpy as np
import pytest

from ml_from_scratch.models import ElasticNet, ElasticNetCV, Lasso, LassoCV
from ml_from_scratch.utils import KFold


def data(n=40, d=6, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) + 1.0
    return X, X[:, 0] - 2 * X[:, 1] + rng.normal(size=n)


@pytest.mark.parametrize("weighted", [False, True])
def test_errors_are_those_of_models_fitted_to_the_other_folds(weighted):
    X, y = data()
    s = np.random.default_rng(1).random(len(y)) if weighted else None
    model = LassoCV(alphas=[1.0, 0.1], cv=3, tol=1e-10).fit(X, y, s)
    for a, alpha in enumerate(model.alphas_):
        for f, (train, test) in enumerate(KFold(3).split(X)):
            w = (None, None) if s is None else (s[train], s[test])
            other = Lasso(alpha=alpha, tol=1e-10).fit(X[train], y[train], w[0])
            error = np.average((y[test] - other.predict(X[test])) ** 2, weights=w[1])
            assert model.mse_path_[a, f] == pytest.approx(error, rel=1e-6)
    best = model.mse_path_.mean(axis=1).argmin()
    assert model.alpha_ == model.alphas_[best]
    np.testing.assert_allclose(
        model.coef_, Lasso(alpha=model.alpha_, tol=1e-10).fit(X, y, s).coef_, rtol=1e-9
    )


def test_the_share_is_chosen_too():
    X, y = data()
    model = ElasticNetCV(l1_ratio=[0.01, 0.5, 1.0], alphas=20, cv=4).fit(X, y)
    assert model.mse_path_.shape == (3, 20, 4) and model.alphas_.shape == (3, 20)
    share, penalty = np.unravel_index(model.mse_path_.mean(axis=2).argmin(), (3, 20))
    assert model.l1_ratio_ == [0.01, 0.5, 1.0][share]
    assert model.alpha_ == model.alphas_[share, penalty]
    refit = ElasticNet(model.alpha_, l1_ratio=model.l1_ratio_).fit(X, y)
    np.testing.assert_allclose(model.coef_, refit.coef_, rtol=1e-9)
    assert ElasticNetCV(l1_ratio=0.0, alphas=[1.0, 2.0]).fit(X, y).l1_ratio_ == 0.0


def test_several_at_once_are_the_same():
    X, y = data()
    one, two = (LassoCV(alphas=10, n_jobs=n).fit(X, y) for n in (None, 2))
    np.testing.assert_array_equal(one.mse_path_, two.mse_path_)
    np.testing.assert_array_equal(one.coef_, two.coef_)


def test_settings_reach_paths_and_fit(capsys):
    X, y = data()
    model = LassoCV(alphas=5, positive=True, fit_intercept=False, verbose=True, cv=2).fit(X, y)
    assert (model.coef_ >= 0).all() and model.intercept_ == 0.0
    assert "LassoCV: " in capsys.readouterr().err
    assert LassoCV(alphas=None, cv=2).fit(X, y).alphas_.shape == (100,)  # the older way
    splits = list(KFold(3).split(X))
    np.testing.assert_array_equal(
        LassoCV(alphas=5, cv=splits).fit(X, y).mse_path_,
        LassoCV(alphas=5, cv=3).fit(X, y).mse_path_,
    )


def test_what_it_refuses():
    X, y = data()
    s = np.ones(len(y))
    s[: len(y) // 2] = 0.0
    with pytest.raises(ValueError, match="part of a fold has only samples of weight 0"):
        LassoCV(cv=2).fit(X, y, s)
    with pytest.raises(ValueError, match="no grid of penalties begins anywhere for l1_ratio=0"):
        ElasticNetCV(l1_ratio=0).fit(X, y)
    with pytest.raises(ValueError, match="l1_ratio must be a number"):
        ElasticNetCV(l1_ratio=[0.5, 2.0]).fit(X, y)
    with pytest.raises(ValueError, match="n_splits=5 cannot be greater"):
        LassoCV().fit(X[:3], y[:3])
    with pytest.raises(ValueError, match="1d"):
        LassoCV().fit(X, np.c_[y, y])
