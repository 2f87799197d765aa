"""LinearRegression and Ridge against scikit-learn: the same coefficients, and the clock.

python benchmarks/compare_linear_regression.py [--only TEXT] [--json PATH] [--strict]
"""

from _compare import Suite  # isort: skip  (before NumPy: one thread for all)

import numpy as np
from sklearn import linear_model

from ml_from_scratch import models

suite = Suite("Linear regression", reference="scikit-learn", packages=("scikit-learn", "scipy"))


def data(n_samples, n_features, seed=0):
    """Standard normal features, a linear target and some noise."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features))
    return X, X @ rng.normal(size=n_features) + rng.normal(size=n_samples)


def learned(model):
    return model.coef_, model.intercept_


def fits(name, X, y, *weights, **parameters):
    """Return the fit of one model on both sides."""
    return {
        "ours": lambda: getattr(models, name)(**parameters).fit(X, y, *weights),
        "scikit-learn": lambda: getattr(linear_model, name)(**parameters).fit(X, y, *weights),
    }


@suite.case("least squares, 100,000 x 50", agree=1e-10, bar=0.25, answer=learned)
def least_squares():
    return fits("LinearRegression", *data(100_000, 50))


@suite.case("least squares, weighted, 100,000 x 50", agree=1e-10, bar=0.25, answer=learned)
def weighted():
    X, y = data(100_000, 50)
    return fits("LinearRegression", X, y, np.random.default_rng(1).random(len(X)))


@suite.case("least squares, 2,000 x 200", agree=1e-10, bar=1.0, answer=learned)
def wide():
    return fits("LinearRegression", *data(2000, 200))


@suite.case("least squares, 200 x 1,000 (least norm)", agree=1e-8, bar=1.5, answer=learned)
def least_norm():
    return fits("LinearRegression", *data(200, 1000))


@suite.case("least squares, 150 x 4", agree=1e-10, bar=2.5, repeats=31, answer=learned)
def small():
    return fits("LinearRegression", *data(150, 4))


@suite.case("ridge, 100,000 x 50", agree=1e-10, bar=0.6, answer=learned)
def ridge():
    return fits("Ridge", *data(100_000, 50))


@suite.case("ridge, 200 x 5,000 (dual)", agree=1e-8, bar=1.5, answer=learned)
def dual():
    return fits("Ridge", *data(200, 5000))


@suite.case("ridge, 150 x 4", agree=1e-10, bar=2.5, repeats=31, answer=learned)
def small_ridge():
    return fits("Ridge", *data(150, 4))


@suite.case("predict, 100,000 x 50", agree=1e-12, bar=1.5)
def predict():
    X, y = data(100_000, 50)
    ours, theirs = (side() for side in fits("LinearRegression", X, y).values())
    return {"ours": lambda: ours.predict(X), "scikit-learn": lambda: theirs.predict(X)}


if __name__ == "__main__":
    suite.main()
