"""Robust, quantile and Bayesian regression and RidgeCV against scikit-learn.

L-BFGS-B stops where the value no longer falls, so Huber's coefficients agree in some digits only.

python benchmarks/compare_robust_regression.py [--only TEXT] [--json PATH] [--strict]
"""

from _compare import Suite  # isort: skip  (before NumPy: one thread for all)

import numpy as np
from sklearn import linear_model

from ml_from_scratch import models

suite = Suite("Robust regression", reference="scikit-learn", packages=("scikit-learn", "scipy"))


def data(n_samples, n_features, seed=0):
    """Normal features, a linear target, and errors with heavy tails."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features))
    return X, X @ rng.normal(size=n_features) + rng.standard_t(2, size=n_samples)


def fits(name, X, y, **parameters):
    """Return the fit of one model on both sides."""
    return {
        "ours": lambda: getattr(models, name)(**parameters).fit(X, y),
        "scikit-learn": lambda: getattr(linear_model, name)(**parameters).fit(X, y),
    }


def learned(model):
    return model.coef_, model.intercept_


@suite.case("Huber, 50,000 x 20", agree=1e-3, bar=1.5, answer=learned)
def huber():
    return fits("HuberRegressor", *data(50_000, 20))


@suite.case("Huber, 5,000 x 10", agree=1e-3, bar=1.5, answer=learned)
def huber_middle():
    return fits("HuberRegressor", *data(5000, 10))


@suite.case("Huber, 150 x 4", agree=5e-3, bar=2.5, repeats=31, answer=learned)
def huber_small():
    return fits("HuberRegressor", *data(150, 4))


@suite.case("quantile, 5,000 x 10", agree=1e-6, bar=0.5, repeats=3, answer=learned)
def quantile():
    return fits("QuantileRegressor", *data(5000, 10), quantile=0.8, alpha=0.01)


@suite.case("quantile, 1,000 x 50", agree=1e-6, bar=0.5, repeats=3, answer=learned)
def quantile_features():
    return fits("QuantileRegressor", *data(1000, 50), alpha=0.0)


@suite.case("quantile, 150 x 4", agree=1e-6, bar=2.5, repeats=31, answer=learned)
def quantile_small():
    return fits("QuantileRegressor", *data(150, 4), alpha=0.01)


@suite.case("Bayesian ridge, 20,000 x 50", agree=1e-8, bar=1.0, answer=learned)
def bayesian():
    return fits("BayesianRidge", *data(20_000, 50))


@suite.case("Bayesian ridge, 150 x 4", agree=1e-8, bar=2.5, repeats=31, answer=learned)
def bayesian_small():
    return fits("BayesianRidge", *data(150, 4))


@suite.case("ridge, leave-one-out, 20,000 x 50, 10 penalties", agree=1e-8, bar=0.5, answer=learned)
def ridge_cv():
    return fits("RidgeCV", *data(20_000, 50), alphas=np.logspace(-3, 3, 10))


@suite.case("ridge, leave-one-out, 150 x 4", agree=1e-8, bar=2.5, repeats=31, answer=learned)
def ridge_cv_small():
    return fits("RidgeCV", *data(150, 4))


if __name__ == "__main__":
    suite.main()
