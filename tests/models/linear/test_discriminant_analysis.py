"""Discriminant analysis: worked examples, laws, and data without an inverse covariance."""

import warnings

import numpy as np
import pytest

from ml_from_scratch.models import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from ml_from_scratch.models.linear.shrunk_covariance import best_share, covariance


def clouds(K=3, d=4, n=200, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % K
    return rng.normal(size=(n, d)) + 2.0 * rng.normal(size=(K, d))[y], y


# ---- covariances ---------------------------------------------------------------------------------
def test_shrinking_goes_from_the_sample_to_the_ball():
    X = np.random.default_rng(0).normal(size=(50, 3)) * [1.0, 2.0, 3.0]
    S = np.cov(X.T, bias=True)
    np.testing.assert_allclose(covariance(X), S)
    np.testing.assert_allclose(covariance(X, 0.0), S)
    np.testing.assert_allclose(covariance(X, 1.0), np.eye(3) * S.trace() / 3)
    np.testing.assert_allclose(covariance(X, 0.25).trace(), S.trace())


def test_the_best_share_falls_with_the_samples():
    rng = np.random.default_rng(0)
    scale = np.arange(1.0, 11.0)

    def share(n):
        X = rng.normal(size=(n, 10)) * scale
        X = X - X.mean(axis=0)
        return best_share(X, X.T @ X / n)

    assert 1.0 >= share(5) > share(50) > share(5000) > 0.0


# ---- linear --------------------------------------------------------------------------------------
def test_two_clouds_on_a_line():
    """Variance 2/3 in each class, means 0 and 4: the border is half way, w = 4 / (2/3) = 6."""
    X, y = np.array([[-1.0], [0.0], [1.0], [3.0], [4.0], [5.0]]), [0, 0, 0, 1, 1, 1]
    for solver in ("svd", "lsqr", "eigen"):
        model = LinearDiscriminantAnalysis(solver=solver).fit(X, y)
        np.testing.assert_allclose(model.coef_, [[6.0]])
        np.testing.assert_allclose(model.intercept_, [-12.0])
        np.testing.assert_allclose(model.predict_proba([[2.0]]), [[0.5, 0.5]])
    model = LinearDiscriminantAnalysis(priors=[0.25, 0.75]).fit(X, y)
    np.testing.assert_allclose(model.intercept_, [-12.0 + np.log(3.0)])


@pytest.mark.parametrize("K", [2, 3, 6])
def test_solvers_agree(K):
    X, y = clouds(K)
    first, *others = (
        LinearDiscriminantAnalysis(solver=solver).fit(X, y) for solver in ("svd", "lsqr", "eigen")
    )
    for other in others:
        np.testing.assert_allclose(first.predict_proba(X), other.predict_proba(X), atol=1e-10)
    eigen = others[1]
    moved = eigen.transform(X) - eigen.transform(first.xbar_[None])
    np.testing.assert_allclose(first.transform(X), moved, rtol=1e-6, atol=1e-8)


def test_projected_clouds_are_balls_and_parted_as_told():
    X, y = clouds(3, n=3000)
    model = LinearDiscriminantAnalysis().fit(X, y)
    Z = model.transform(X)
    within = sum(np.cov(Z[y == k].T, bias=True) for k in range(3)) / 3
    np.testing.assert_allclose(within, np.eye(2), atol=1e-10)
    between = np.cov(np.array([Z[y == k].mean(axis=0) for k in range(3)]).T, bias=True)
    assert abs(between[0, 1]) < 1e-10
    shares = between.diagonal() / between.trace()
    np.testing.assert_allclose(model.explained_variance_ratio_, shares)


def test_units_and_origin_do_not_matter():
    X, y = clouds()
    expected = LinearDiscriminantAnalysis().fit(X, y).predict_proba(X)
    for scale, shift in ((1e-6, 0.0), (1e6, 1e3), ([1e-5, 1.0, 1e5, 3.0], 5.0)):
        moved = X * scale + shift
        found = LinearDiscriminantAnalysis().fit(moved, y).predict_proba(moved)
        np.testing.assert_allclose(found, expected, atol=1e-8)


@pytest.mark.parametrize("extra", ["constant", "zero", "duplicate", "sum"])
def test_columns_that_add_nothing(extra):
    X, y = clouds()
    column = {
        "constant": np.full(len(X), 1e6 / 3),
        "zero": np.zeros(len(X)),
        "duplicate": X[:, 0],
        "sum": X.sum(axis=1),
    }[extra]
    wider = np.column_stack([X, column])
    expected = LinearDiscriminantAnalysis().fit(X, y).predict_proba(X)
    model = LinearDiscriminantAnalysis().fit(wider, y)
    np.testing.assert_allclose(model.predict_proba(wider), expected, atol=1e-6)
    if extra in ("constant", "zero"):
        with pytest.raises(ValueError, match="shrinkage"):
            LinearDiscriminantAnalysis(solver="eigen").fit(np.column_stack([X, 0 * column]), y)


def test_more_features_than_samples():
    rng = np.random.default_rng(0)
    y = np.arange(30) % 2
    X = rng.normal(size=(30, 80)) + y[:, None]
    for options in ({}, {"solver": "lsqr", "shrinkage": "auto"}):
        assert LinearDiscriminantAnalysis(**options).fit(X, y).score(X, y) > 0.9


def test_nearly_dependent_columns_take_the_accurate_way():
    """Where a Gram matrix has lost its digits, singular values of the samples have not."""
    X, y = clouds()
    wider = np.column_stack([X, X[:, 0] + 1e-6 * np.random.default_rng(1).normal(size=len(X))])
    exact = LinearDiscriminantAnalysis(tol=1e-9).fit(wider, y)
    pytest.importorskip("sklearn", minversion="1.9")
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis as reference

    theirs = reference(tol=1e-9).fit(wider, y)
    np.testing.assert_allclose(
        exact.decision_function(wider), theirs.decision_function(wider), atol=1e-6
    )


def test_nothing_of_an_earlier_fit_stays():
    X, y = clouds()
    model = LinearDiscriminantAnalysis(solver="eigen").fit(X, y)
    model.set_params(solver="svd").fit(X, y)
    assert not hasattr(model, "covariance_") and hasattr(model, "xbar_")
    with pytest.raises(NotImplementedError, match="lsqr"):
        model.set_params(solver="lsqr").fit(X, y).transform(X)
    assert not hasattr(model, "scalings_")


# ---- quadratic -----------------------------------------------------------------------------------
def test_log_posteriors_by_hand():
    X = np.array([[-1.0], [0.0], [1.0], [-6.0], [0.0], [6.0]])
    model = QuadraticDiscriminantAnalysis().fit(X, [0, 0, 0, 1, 1, 1])
    x, variances = 2.0, np.array([2.0 / 3.0, 24.0])
    expected = -0.5 * (x * x / variances + np.log(variances)) + np.log(0.5)
    assert model.decision_function([[x]])[0] == pytest.approx(expected[1] - expected[0])
    p = np.exp(expected) / np.exp(expected).sum()
    np.testing.assert_allclose(model.predict_proba([[x]]), [p])
    np.testing.assert_allclose(model.predict_log_proba([[x]]), [np.log(p)])


def test_shared_covariances_make_it_linear():
    X, y = clouds(2)
    X[y == 1] = X[y == 0] + 3.0  # the same shape exactly
    linear, quadratic = (
        kind().fit(X, y) for kind in (LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis)
    )
    np.testing.assert_allclose(
        quadratic.decision_function(X), linear.decision_function(X), rtol=1e-8, atol=1e-8
    )


@pytest.mark.parametrize("options", [{}, {"reg_param": 0.3}, {"solver": "eigen"}])
def test_axes_and_variances_make_the_covariance(options):
    X, y = clouds()
    model = QuadraticDiscriminantAnalysis(store_covariance=True, **options).fit(X, y)
    r = options.get("reg_param", 0.0)
    for k in range(3):
        S = np.cov(X[y == k].T, bias=True)
        np.testing.assert_allclose(model.covariance_[k], (1 - r) * S + r * np.eye(4), atol=1e-12)
        R = model.rotations_[k]
        np.testing.assert_allclose(R.T @ R, np.eye(4), atol=1e-12)
        assert (np.diff(model.scalings_[k]) <= 0).all()
    assert not hasattr(QuadraticDiscriminantAnalysis().fit(X, y), "covariance_")


def test_a_covariance_without_inverse_is_refused_with_advice():
    X, y = clouds()
    with pytest.raises(ValueError, match="shrinkage"):
        QuadraticDiscriminantAnalysis().fit(np.column_stack([X, X[:, 0]]), y)
    with pytest.raises(ValueError, match="too few for 4 features"):
        QuadraticDiscriminantAnalysis().fit(X[:9], y[:9])
    with pytest.raises(ValueError, match="only 1 sample in class 2"):
        QuadraticDiscriminantAnalysis().fit(X[:50], np.r_[y[:49] % 2, 2])
    shrunk = QuadraticDiscriminantAnalysis(solver="eigen", shrinkage="auto")
    assert shrunk.fit(X[:12], y[:12]).score(X[:12], y[:12]) > 0.9


def test_with_reg_param_few_samples_are_enough():
    X, y = clouds(d=10)
    few = slice(0, 15)  # five of each class
    model = QuadraticDiscriminantAnalysis(reg_param=0.5, store_covariance=True).fit(X[few], y[few])
    for k in range(3):
        S = np.cov(X[few][y[few] == k].T, bias=True)
        np.testing.assert_allclose(model.covariance_[k], 0.5 * S + 0.5 * np.eye(10), atol=1e-12)


# ---- both ----------------------------------------------------------------------------------------
BOTH = pytest.mark.parametrize("kind", [LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis])


@BOTH
def test_priors(kind):
    X, y = clouds()
    with pytest.warns(UserWarning, match="sum to 1"):
        model = kind(priors=[1.0, 1.0, 2.0]).fit(X, y)
    np.testing.assert_allclose(model.priors_, [0.25, 0.25, 0.5])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        never = kind(priors=[0.5, 0.5, 0.0]).fit(X, y)
        assert (never.predict(X) < 2).all()
        np.testing.assert_array_equal(never.predict_proba(X)[:, 2], 0.0)
    for wrong in ([0.5, 0.5], [1.5, -0.5, 0.0]):
        with pytest.raises(ValueError, match="non-negative, one for each"):
            kind(priors=wrong).fit(X, y)


@BOTH
def test_settings_that_make_no_sense(kind):
    X, y = clouds()
    for options, word in (
        ({"solver": "magic"}, "solver"),
        ({"shrinkage": 2.0, "solver": "eigen"}, "shrinkage"),
        ({"shrinkage": "much", "solver": "eigen"}, "auto"),
        ({"tol": -1.0}, "tol"),
    ):
        with pytest.raises((ValueError, TypeError), match=word):
            kind(**options).fit(X, y)
    with pytest.raises(NotImplementedError, match="'svd'"):
        kind(shrinkage=0.1).fit(X, y)
    with pytest.raises(ValueError, match="one class"):
        kind().fit(X, np.zeros(len(X)))


def test_settings_of_the_linear_one():
    X, y = clouds()
    with pytest.raises(ValueError, match="n_components"):
        LinearDiscriminantAnalysis(n_components=3).fit(X, y)
    with pytest.raises(ValueError, match="more samples than classes"):
        LinearDiscriminantAnalysis().fit(X[:3], y[:3])
