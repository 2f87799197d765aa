"""Penalised, robust and Bayesian linear regression give scikit-learn's values.

Where its solvers stop by a loose tolerance, both sides are asked for a tight one.
"""

import warnings

import numpy as np
import pytest

from ml_from_scratch import models

sklearn = pytest.importorskip("sklearn")
theirs = pytest.importorskip("sklearn.linear_model")
VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
SHAPES = [(60, 6), (25, 25), (20, 45)]


def data(n=60, d=6, k=None, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) * rng.uniform(0.5, 2.0, d) + rng.normal(size=d)
    W = rng.normal(size=(d,) if k is None else (d, k)) * (np.arange(d) % 3 > 0).reshape(
        (d,) if k is None else (d, 1)
    )
    y = X @ W + 3.0
    return X, y + 0.5 * rng.normal(size=y.shape)


def weights_of(n, weighted):
    return np.random.default_rng(1).random(n) if weighted else None


def fit_theirs(model, *arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(*arguments)


def same(ours, reference, *names, atol=1e-6):
    for name in ("coef_", "intercept_", *names):
        np.testing.assert_allclose(
            getattr(ours, name), getattr(reference, name), rtol=1e-6, atol=atol, err_msg=name
        )


# ---- lasso and elastic net -----------------------------------------------------------------------
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("alpha", [0.02, 0.3])
@pytest.mark.parametrize("l1_ratio", [0.2, 1.0])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("options", [{}, {"positive": True}, {"fit_intercept": False}], ids=str)
def test_elastic_net(shape, alpha, l1_ratio, weighted, options):
    X, y = data(*shape)
    w = weights_of(len(X), weighted)
    kind = "Lasso" if l1_ratio == 1 else "ElasticNet"
    options = {**options, **({} if l1_ratio == 1 else {"l1_ratio": l1_ratio})}
    ours = getattr(models, kind)(alpha, tol=1e-12, max_iter=20_000, **options).fit(X, y, w)
    reference = getattr(theirs, kind)(alpha, tol=1e-13, max_iter=500_000, **options)
    same(ours, fit_theirs(reference, X, y, w))


@pytest.mark.parametrize("kind", ["Lasso", "ElasticNet"])
def test_several_outputs(kind):
    X, y = data(k=3)
    ours = getattr(models, kind)(0.1, tol=1e-12).fit(X, y)
    reference = fit_theirs(getattr(theirs, kind)(0.1, tol=1e-13, max_iter=100_000), X, y)
    same(ours, reference)
    assert ours.dual_gap_.shape == (3,) and len(ours.n_iter_) == 3
    column = getattr(models, kind)(0.1).fit(X, y[:, :1])
    assert column.coef_.shape == (6,) and column.predict(X).shape == (60,)


def test_without_an_l1_penalty_it_is_ridge_regression():
    X, y = data()
    ours = models.ElasticNet(0.1, l1_ratio=0, tol=1e-12).fit(X, y)
    same(ours, theirs.Ridge(alpha=0.1 * len(X)).fit(X, y))


@pytest.mark.parametrize("shape", [(60, 6), (20, 45)])
@pytest.mark.parametrize("l1_ratio", [0.5, 1.0])
@pytest.mark.parametrize("positive", [False, True])
def test_path(shape, l1_ratio, positive):
    X, y = data(*shape)
    X, y = X - X.mean(axis=0), y - y.mean()
    options = {"l1_ratio": l1_ratio, "positive": positive, "eps": 1e-2}
    alphas, coefs, gaps = models.enet_path(X, y, alphas=10, tol=1e-12, max_iter=20_000, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = theirs.enet_path(X, y, alphas=alphas, tol=1e-13, max_iter=500_000, **options)
    np.testing.assert_allclose(coefs, expected[1], atol=1e-6)
    assert (gaps <= 1e-12 * (y @ y) / len(y)).all()
    if not positive or VERSION >= (1, 9):  # before, the grid did not know of signs
        grid = theirs.lasso_path if l1_ratio == 1 else theirs.enet_path
        extra = {} if l1_ratio == 1 else {"l1_ratio": l1_ratio}
        number = "alphas" if VERSION >= (1, 9) else "n_alphas"
        found = grid(X, y, eps=1e-2, positive=positive, **extra, **{number: 10})[0]
        np.testing.assert_allclose(alphas, found, rtol=1e-10)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(60, 6), (30, 40)])
@pytest.mark.parametrize(
    "kind, options",
    [
        ("LassoCV", {}),
        ("LassoCV", {"alphas": [0.01, 1.0, 0.1], "fit_intercept": False}),
        ("ElasticNetCV", {"l1_ratio": 0.3}),
        ("ElasticNetCV", {"l1_ratio": [0.3, 0.9]}),
    ],
    ids=str,
)
def test_cross_validated(kind, options, shape, weighted):
    X, y = data(*shape)
    w = weights_of(len(X), weighted)
    options = {"alphas": 12, "cv": 3, "eps": 1e-2, **options}
    ours = getattr(models, kind)(tol=1e-11, max_iter=20_000, **options).fit(X, y, w)
    if isinstance(options["alphas"], int) and VERSION < (1, 7):
        options["n_alphas"] = options.pop("alphas")
    reference = getattr(theirs, kind)(tol=1e-12, max_iter=200_000, **options)
    fit_theirs(reference, X, y, w)
    names = ["alpha_", "alphas_", "mse_path_"] + ["l1_ratio_"] * (kind == "ElasticNetCV")
    same(ours, reference, *names)


# ---- ridge with leave-one-out --------------------------------------------------------------------
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("shape", [(60, 6), (7, 6), (6, 6), (8, 20)])
@pytest.mark.parametrize("mode", [None, "svd", "eigen"])
def test_ridge_cv(shape, mode, fit_intercept, weighted):
    X, y = data(*shape)
    options = {"alphas": np.logspace(-3, 4, 8), "fit_intercept": fit_intercept, "gcv_mode": mode}
    arguments = X, y, weights_of(len(X), weighted)
    ours = models.RidgeCV(store_cv_results=True, **options).fit(*arguments)
    reference = theirs.RidgeCV(store_cv_results=True, **options).fit(*arguments)
    same(ours, reference, "alpha_", "best_score_", "cv_results_")


@pytest.mark.parametrize("per_target", [False, True])
@pytest.mark.parametrize("scoring", [None, "neg_mean_absolute_error"])
@pytest.mark.parametrize("weighted", [False, True])
def test_ridge_cv_of_several_outputs(per_target, scoring, weighted):
    X, y = data(k=3)
    y[:, 1] += 5 * np.random.default_rng(2).normal(size=len(y))
    options = {"alphas": np.logspace(-3, 4, 8), "alpha_per_target": per_target, "scoring": scoring}
    arguments = X, y, weights_of(len(X), weighted)
    ours = models.RidgeCV(store_cv_results=True, **options).fit(*arguments)
    reference = theirs.RidgeCV(store_cv_results=True, **options).fit(*arguments)
    same(ours, reference, "alpha_", "best_score_", "cv_results_")


@pytest.mark.parametrize(
    "weighted",
    [
        False,
        pytest.param(
            True,
            marks=pytest.mark.skipif(
                VERSION < (1, 9), reason="before 1.9, scores of folds ignored weights"
            ),
        ),
    ],
)
def test_ridge_cv_with_folds(weighted):
    X, y = data()
    options = {"alphas": [0.1, 1.0, 10.0], "cv": 4}
    arguments = X, y, weights_of(len(X), weighted)
    ours, reference = (side.RidgeCV(**options).fit(*arguments) for side in (models, theirs))
    same(ours, reference, "alpha_", "best_score_")


# ---- Bayesian ridge ------------------------------------------------------------------------------
@pytest.mark.parametrize("shape", [(60, 6), (24, 20), (15, 30)])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_bayesian_ridge(shape, fit_intercept, weighted):
    if VERSION < (1, 8) and (weighted or shape[0] < shape[1]):
        pytest.skip("older versions count weights and unseen directions in another way")
    X, y = data(*shape)
    options = {"tol": 1e-9, "max_iter": 1000, "fit_intercept": fit_intercept}
    arguments = X, y, weights_of(len(X), weighted)
    ours = models.BayesianRidge(compute_score=True, **options).fit(*arguments)
    reference = theirs.BayesianRidge(compute_score=True, **options).fit(*arguments)
    same(ours, reference, "alpha_", "lambda_", "sigma_", "X_offset_", "X_scale_")
    assert ours.n_iter_ == reference.n_iter_
    np.testing.assert_allclose(ours.scores_, reference.scores_, rtol=1e-6)
    if VERSION < (1, 8) and fit_intercept:
        return  # their standard deviations forgot to centre
    for a, b in zip(ours.predict(X, return_std=True), reference.predict(X, return_std=True)):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_bayesian_ridge_from_other_priors():
    X, y = data()
    options = {
        "alpha_1": 1.0, "alpha_2": 2.0, "lambda_1": 3.0, "lambda_2": 0.5,
        "alpha_init": 0.3, "lambda_init": 10.0, "max_iter": 3,
    }  # fmt: skip
    with pytest.warns(models.convergence.ConvergenceWarning):
        ours = models.BayesianRidge(tol=1e-15, **options).fit(X, y)
    same(ours, theirs.BayesianRidge(tol=1e-15, **options).fit(X, y), "alpha_", "lambda_", "sigma_")


# ---- Huber ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("alpha", [0.0, 1e-4, 10.0])
@pytest.mark.parametrize("epsilon", [1.1, 1.35, 3.0])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_huber(alpha, epsilon, fit_intercept, weighted):
    X, y = data(80)
    y += 2 * np.random.default_rng(3).standard_t(2, size=80)
    options = {"alpha": alpha, "epsilon": epsilon, "fit_intercept": fit_intercept}
    arguments = X, y, weights_of(80, weighted)
    ours = models.HuberRegressor(tol=1e-10, **options).fit(*arguments)
    reference = theirs.HuberRegressor(tol=1e-10, max_iter=10_000, **options).fit(*arguments)
    # L-BFGS-B stops where the value no longer falls, which is half of the digits
    same(ours, reference, "scale_", atol=1e-4)
    assert huber_objective(ours, *arguments) <= huber_objective(reference, *arguments) + 1e-9
    assert (ours.outliers_ == reference.outliers_).mean() > 0.98


def huber_objective(model, X, y, w):
    w = np.ones(len(y)) if w is None else w
    z = np.abs(y - X @ model.coef_ - model.intercept_) / model.scale_
    e = model.epsilon
    terms = 1.0 + np.where(z <= e, z**2, 2 * e * z - e**2)
    return model.scale_ * (w @ terms) + model.alpha * (model.coef_ @ model.coef_)


# ---- quantiles -----------------------------------------------------------------------------------
@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.83])
@pytest.mark.parametrize("alpha", [0.0, 0.02, 1.0])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(61, 4), (12, 20)])
def test_quantile(shape, quantile, alpha, fit_intercept, weighted):
    X, y = data(*shape)
    options = {"quantile": quantile, "alpha": alpha, "fit_intercept": fit_intercept}
    arguments = X, y, weights_of(len(X), weighted)
    ours, reference = (
        side.QuantileRegressor(**options).fit(*arguments) for side in (models, theirs)
    )
    objectives = [pinball_objective(model, *arguments) for model in (ours, reference)]
    assert objectives[0] <= objectives[1] + 1e-9
    np.testing.assert_allclose(*objectives, atol=1e-9)
    if alpha or shape[0] > shape[1]:  # where the minimum is one point
        same(ours, reference)


def pinball_objective(model, X, y, w):
    r = y - X @ model.coef_ - model.intercept_
    loss = np.where(r > 0, model.quantile * r, (model.quantile - 1) * r)
    return np.average(loss, weights=w) + model.alpha * np.abs(model.coef_).sum()


# ---- real data -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "kind", ["LassoCV", "ElasticNetCV", "RidgeCV", "BayesianRidge", "HuberRegressor"]
)
def test_on_diabetes_they_predict_as_well(kind):
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True)
    train, test = slice(0, 330), slice(330, None)
    scores = []
    for side in (models, theirs):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = getattr(side, kind)().fit(X[train], y[train])
        scores.append(model.score(X[test], y[test]))
    assert scores[0] >= scores[1] - 0.005
