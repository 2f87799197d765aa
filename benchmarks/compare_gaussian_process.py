"""Gaussian processes against scikit-learn: the same likelihoods and predictions, and the clock.

python benchmarks/compare_gaussian_process.py [--only TEXT] [--json PATH] [--strict]
"""

from _compare import Suite  # isort: skip  (before NumPy: one thread for all)

import numpy as np
from sklearn import gaussian_process as reference
from sklearn.gaussian_process import kernels as their_kernels

from ml_from_scratch import models
from ml_from_scratch.models import kernels as our_kernels

suite = Suite("Gaussian processes", reference="scikit-learn", packages=("scikit-learn", "scipy"))


def data(n_samples, n_features=4):
    rng = np.random.default_rng(0)
    X = rng.uniform(-2.0, 2.0, size=(n_samples, n_features))
    return X, np.sin(2.0 * X[:, 0]) + 0.5 * X[:, 1] ** 2 + 0.1 * rng.normal(size=n_samples)


def isotropic(k):
    return 1.0 * k.RBF(1.0) + k.WhiteKernel(0.1)


def per_feature(k, n_features=4):
    return 1.0 * k.RBF(np.ones(n_features)) + k.WhiteKernel(0.1)


def matern(k):
    return 1.0 * k.Matern(1.0, nu=1.5) + k.WhiteKernel(0.1)


def fits(name, kernel, X, y, **parameters):
    ours, theirs = getattr(models, name), getattr(reference, name)
    return {
        "ours": lambda: ours(kernel(our_kernels), **parameters).fit(X, y),
        "scikit-learn": lambda: theirs(kernel(their_kernels), **parameters).fit(X, y),
    }


def likelihood(model):
    return model.log_marginal_likelihood_value_


@suite.case("regression, rbf, 500 x 4", agree=1e-6, bar=1.5, repeats=3, answer=likelihood)
def rbf():
    return fits("GaussianProcessRegressor", isotropic, *data(500))


@suite.case(
    "regression, rbf per feature, 500 x 4", agree=1e-5, bar=1.5, repeats=3, answer=likelihood
)
def ard():
    return fits("GaussianProcessRegressor", per_feature, *data(500))


@suite.case("regression, Matern, 500 x 4", agree=1e-6, bar=1.5, repeats=3, answer=likelihood)
def rougher():
    return fits("GaussianProcessRegressor", matern, *data(500))


@suite.case("one gradient of the likelihood, 1,000 x 4", agree=1e-8, bar=1.5)
def gradient():
    X, y = data(1000)
    sides = fits("GaussianProcessRegressor", per_feature, X, y, optimizer=None)
    fitted = {name: run() for name, run in sides.items()}
    return {
        name: lambda model=model: model.log_marginal_likelihood(model.kernel_.theta, True)
        for name, model in fitted.items()
    }


@suite.case("predict with std, 2,000 from 1,000", agree=1e-6, bar=1.5)
def predict():
    X, y = data(3000)
    sides = fits("GaussianProcessRegressor", isotropic, X[:1000], y[:1000], optimizer=None)
    fitted = {name: run() for name, run in sides.items()}
    return {
        name: lambda model=model: model.predict(X[1000:], return_std=True)
        for name, model in fitted.items()
    }


@suite.case("regression, rbf, 150 x 4", agree=1e-6, bar=2.5, answer=likelihood)
def small():
    return fits("GaussianProcessRegressor", isotropic, *data(150))


@suite.case("classification, rbf, 150 x 4", agree=1e-5, bar=2.5, repeats=3, answer=likelihood)
def small_classifier():
    X, y = data(150)
    noise = 0.5 * np.random.default_rng(1).normal(size=150)
    return fits("GaussianProcessClassifier", lambda k: 1.0 * k.RBF(1.0), X, y + noise > 0.5)


@suite.case("classification, nothing fitted, 400 x 4", agree=1e-6, bar=2.0)
def classifier():
    X, y = data(400)
    sides = fits(
        "GaussianProcessClassifier", lambda k: 1.0 * k.RBF(1.0), X, y > 0.5, optimizer=None
    )
    return {name: lambda run=run: run().predict_proba(X) for name, run in sides.items()}


if __name__ == "__main__":
    suite.main()
