"""Generalised linear models against scikit-learn: the same minimum, and the clock.

    python benchmarks/compare_glm.py [--only TEXT] [--json PATH] [--strict]

With the default tolerance both sides stop a little before the minimum, so predictions are compared
loosely there; the workloads "to the end" ask both for the exact minimum.
"""

from _compare import Suite  # isort: skip  (before NumPy: one thread for all)

import warnings

import numpy as np
from sklearn import linear_model

from ml_from_scratch import models

warnings.filterwarnings("ignore", message="(?s).*(stopped after|failed to converge|did not conv)")
suite = Suite(
    "Generalised linear models", reference="scikit-learn", packages=("scikit-learn", "scipy")
)
NEWTON = {"solver": "newton-cholesky", "tol": 1e-8}


def data(n_samples, n_features, kind="counts", seed=0):
    """Normal features; counts, or positive amounts, whose mean is an exponential of them."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features))
    mu = np.exp(X @ rng.normal(size=n_features) * (0.8 / n_features**0.5) + 0.5)
    return X, rng.poisson(mu).astype(float) if kind == "counts" else rng.gamma(2.0, mu / 2.0)


def fits(name, X, y, **parameters):
    """Return the fit of one model on both sides."""
    return {
        "ours": lambda: getattr(models, name)(**parameters).fit(X, y),
        "scikit-learn": lambda: getattr(linear_model, name)(**parameters).fit(X, y),
    }


def learned(model):
    return model.coef_, model.intercept_


@suite.case("Poisson, 100,000 x 20", agree=1e-2, bar=1.5, answer=learned)
def poisson():
    return fits("PoissonRegressor", *data(100_000, 20))


@suite.case("Poisson, 100,000 x 20, to the end", agree=1e-7, bar=1.5, answer=learned)
def poisson_exact():
    return fits("PoissonRegressor", *data(100_000, 20), **NEWTON)


@suite.case("gamma, 100,000 x 20, to the end", agree=1e-7, bar=1.5, answer=learned)
def gamma():
    return fits("GammaRegressor", *data(100_000, 20, "amounts"), **NEWTON)


@suite.case("Tweedie 1.5, 100,000 x 20, to the end", agree=1e-7, bar=1.5, answer=learned)
def tweedie():
    return fits("TweedieRegressor", *data(100_000, 20), power=1.5, **NEWTON)


@suite.case("Poisson, 2,000 x 200, to the end", agree=1e-7, bar=1.5, answer=learned)
def wide():
    return fits("PoissonRegressor", *data(2000, 200), **NEWTON)


@suite.case("Poisson, 150 x 4", agree=1e-2, bar=2.5, repeats=31, answer=learned)
def small_poisson():
    return fits("PoissonRegressor", *data(150, 4))


@suite.case("gamma, 150 x 4", agree=1e-2, bar=2.5, repeats=31, answer=learned)
def small_gamma():
    return fits("GammaRegressor", *data(150, 4, "amounts"))


@suite.case("Tweedie 1.5, 150 x 4", agree=1e-2, bar=2.5, repeats=31, answer=learned)
def small_tweedie():
    return fits("TweedieRegressor", *data(150, 4), power=1.5)


@suite.curve("Poisson, 10,000 x 20", x="iterations", y="mean deviance - minimum", log=True)
def descent():
    X, y = data(10_000, 20)

    def deviance(model):
        z = X @ model.coef_ + model.intercept_
        penalty = 0.5 * model.alpha * (model.coef_**2).sum()
        return np.mean(np.exp(z) - y * z) + penalty

    least = deviance(models.PoissonRegressor(**NEWTON).fit(X, y))
    curves = {}
    for side, module in (("ours", models), ("scikit-learn", linear_model)):
        for solver, steps in (("lbfgs", range(1, 16)), ("newton-cholesky", range(1, 7))):
            options = {"solver": solver, "tol": 1e-12}
            reached = [module.PoissonRegressor(max_iter=k, **options).fit(X, y) for k in steps]
            values = [max(deviance(model) - least, 1e-16) for model in reached]
            curves[f"{side}, {solver}"] = steps, values
    return curves


if __name__ == "__main__":
    suite.main()
