"""Discriminant analysis has scikit-learn's values; directions up to their sign, which is arbitrary."""

import warnings

import numpy as np
import pytest

from ml_from_scratch import models

reference = pytest.importorskip("sklearn.discriminant_analysis")
datasets = pytest.importorskip("sklearn.datasets")
pytestmark = pytest.mark.oracle


def blobs(K=3, d=4, n=150, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, K, n)
    mixing = rng.normal(size=(d, d))
    X = rng.normal(size=(n, d)) @ mixing + rng.normal(size=(K, d))[y] * 2 + 5.0
    return X, y


DATA = {
    "two classes": lambda: blobs(2),
    "three classes": lambda: blobs(3),
    "more classes than features": lambda: blobs(6, 2),
    "iris": lambda: datasets.load_iris(return_X_y=True),
    "wine": lambda: datasets.load_wine(return_X_y=True),
    "breast cancer": lambda: datasets.load_breast_cancer(return_X_y=True),
    "digits": lambda: datasets.load_digits(return_X_y=True),  # constant columns
}
every_data = pytest.mark.parametrize("name", DATA)
OPTIONS = [
    {"solver": "svd"},
    {"solver": "svd", "store_covariance": True},
    {"solver": "lsqr"},
    {"solver": "lsqr", "shrinkage": "auto"},
    {"solver": "lsqr", "shrinkage": 0.3},
    {"solver": "eigen"},
    {"solver": "eigen", "shrinkage": "auto"},
    {"solver": "eigen", "shrinkage": 0.3},
]


def close(a, b, tol=1e-6):
    np.testing.assert_allclose(a, b, rtol=tol, atol=tol * np.abs(b).max(initial=0.0))


def both(kind, X, y, **options):
    if options.get("solver", "svd") == "svd":  # older ones divide by other numbers than n
        pytest.importorskip("sklearn", minversion="1.9")
    fitted = []
    for module in (models, reference):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            fitted.append(getattr(module, kind)(**options).fit(X, y))
    return fitted


@every_data
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_linear(name, options):
    X, y = DATA[name]()
    if name == "digits" and options == {"solver": "eigen"}:
        return  # constant columns: there is no inverse
    if name == "digits" and options == {"solver": "lsqr"}:
        return  # nor is there one solution; which is least depends on rounding
    ours, theirs = both("LinearDiscriminantAnalysis", X, y, **options)
    for attribute in ("coef_", "intercept_", "means_", "priors_", "covariance_", "xbar_"):
        assert hasattr(ours, attribute) == hasattr(theirs, attribute)
        if hasattr(theirs, attribute):
            close(getattr(ours, attribute), getattr(theirs, attribute))
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)
    close(ours.decision_function(X), theirs.decision_function(X))
    assert (ours.predict(X) == theirs.predict(X)).all()
    if options["solver"] == "lsqr":
        return
    count = theirs.explained_variance_ratio_.size
    np.testing.assert_allclose(
        ours.explained_variance_ratio_, theirs.explained_variance_ratio_, atol=1e-7
    )
    np.testing.assert_allclose(
        np.abs(ours.transform(X)), np.abs(theirs.transform(X)), atol=1e-4 * np.abs(X).max()
    )
    assert ours.transform(X).shape[1] == min(count, ours.scalings_.shape[1])
    if options["solver"] == "svd":
        close(np.abs(ours.scalings_), np.abs(theirs.scalings_), 1e-5)


@every_data
@pytest.mark.parametrize("solver", ["svd", "eigen"])
def test_linear_with_priors_and_components(name, solver):
    X, y = DATA[name]()
    K = len(np.unique(y))
    options = {"solver": solver, "priors": np.arange(1.0, K + 1) / (K * (K + 1) / 2)}
    options["n_components"] = 1
    if solver == "eigen":
        options["shrinkage"] = 0.1
    ours, theirs = both("LinearDiscriminantAnalysis", X, y, **options)
    close(ours.coef_, theirs.coef_)
    close(ours.intercept_, theirs.intercept_)
    close(np.abs(ours.transform(X)), np.abs(theirs.transform(X)), 1e-5)
    assert ours.transform(X).shape == (len(X), 1)
    names = ["lineardiscriminantanalysis0"]
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist() == names


@pytest.mark.parametrize("name", [name for name in DATA if name != "digits"])
@pytest.mark.parametrize("options", [{}, {"reg_param": 0.2}, {"priors": "other"}], ids=str)
def test_quadratic(name, options):
    X, y = DATA[name]()
    if "priors" in options:
        K = len(np.unique(y))
        options = {"priors": np.arange(1.0, K + 1) / (K * (K + 1) / 2)}
    # In breast cancer and wine some variances are below scikit-learn's tol of 1e-4.
    options = {**options, "tol": 1e-12, "store_covariance": True}
    ours, theirs = both("QuadraticDiscriminantAnalysis", X, y, **options)
    close(ours.means_, theirs.means_)
    close(ours.priors_, theirs.priors_)
    for k in range(len(ours.classes_)):
        close(ours.scalings_[k], theirs.scalings_[k])
        np.testing.assert_allclose(ours.scalings_[k], theirs.scalings_[k], rtol=1e-6)
        close(ours.covariance_[k], theirs.covariance_[k])
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)
    close(ours.decision_function(X), theirs.decision_function(X))
    assert (ours.predict(X) == theirs.predict(X)).all()


@pytest.mark.parametrize("shrinkage", ["auto", 0.4])
def test_quadratic_shrunk(shrinkage):
    pytest.importorskip("sklearn", minversion="1.8")
    X, y = DATA["digits"]()
    options = {"solver": "eigen", "shrinkage": shrinkage, "tol": 0.0}
    if shrinkage == "auto":  # keeps constant columns, which have no variance
        X = X + 0.1 * np.random.default_rng(0).normal(size=X.shape)
    ours, theirs = both("QuadraticDiscriminantAnalysis", X, y, **options)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("n, d", [(30, 10), (10, 30), (5, 1), (1, 3)])
def test_ledoit_and_wolf(n, d):
    from sklearn.covariance import LedoitWolf

    from ml_from_scratch.models.linear.shrunk_covariance import best_share

    X = np.random.default_rng(0).normal(size=(n, d)) * np.arange(1, d + 1)
    theirs = LedoitWolf().fit(X)
    centred = X - X.mean(axis=0)
    share = best_share(centred, centred.T @ centred / n)
    assert share == pytest.approx(theirs.shrinkage_, abs=1e-9)


def test_an_estimator_of_the_covariance():
    from sklearn.covariance import OAS

    X, y = blobs()
    ours, theirs = both(
        "LinearDiscriminantAnalysis", X, y, solver="lsqr", covariance_estimator=OAS()
    )
    close(ours.coef_, theirs.coef_)
    close(ours.covariance_, theirs.covariance_)
