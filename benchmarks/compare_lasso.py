"""Lasso, elastic net and their cross-validated forms against scikit-learn, at equal duality gap.

Ours ends at a gap that is at most as wide as scikit-learn's (that is asserted), for the same ``tol``.

python benchmarks/compare_lasso.py [--only TEXT] [--json PATH] [--strict]
"""

from _compare import Suite  # isort: skip  (before NumPy: one thread for all)

import warnings

import numpy as np
from sklearn import linear_model

from ml_from_scratch import models

suite = Suite("Lasso and elastic net", reference="scikit-learn", packages=("scikit-learn", "scipy"))


def data(n_samples, n_features, *, shared=0.0, informative=20, seed=0):
    """Normal features, of which some matter; ``shared`` noise makes all of them correlate."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features)) + shared * rng.normal(size=(n_samples, 1))
    w = np.zeros(n_features)
    w[rng.permutation(n_features)[:informative]] = 100 * rng.random(min(informative, n_features))
    return X, X @ w + 10 * rng.normal(size=n_samples)


def fits(name, X, y, tol=1e-4, **parameters):
    """Return the fit of one model on both sides, after checking which gap is the wider one."""
    ours, theirs = getattr(models, name), getattr(linear_model, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gaps = [side(tol=tol, **parameters).fit(X, y).dual_gap_ for side in (ours, theirs)]
    allowed = max(gaps[1], tol * np.var(y))
    assert gaps[0] <= allowed * (1 + 1e-9), f"our gap {gaps[0]:.1e} is above {allowed:.1e}"
    return {
        "ours": lambda: ours(tol=tol, **parameters).fit(X, y),
        "scikit-learn": lambda: theirs(tol=tol, **parameters).fit(X, y),
    }


def learned(model):
    return model.coef_, model.intercept_


@suite.case("lasso, 10,000 x 100, correlated", agree=5e-2, bar=0.8, answer=learned)
def correlated():
    return fits("Lasso", *data(10_000, 100, shared=0.5))


@suite.case("lasso, 10,000 x 100, independent", agree=5e-3, bar=0.8, answer=learned)
def independent():
    return fits("Lasso", *data(10_000, 100))


@suite.case("lasso, 10,000 x 100, correlated, tol 1e-9", agree=1e-5, bar=0.8, answer=learned)
def tight():
    return fits("Lasso", *data(10_000, 100, shared=0.5), tol=1e-9, max_iter=10_000)


@suite.case("elastic net, 10,000 x 100, correlated", agree=5e-2, bar=0.8, answer=learned)
def elastic_net():
    return fits("ElasticNet", *data(10_000, 100, shared=0.5), alpha=0.1)


@suite.case("lasso, 200 x 5,000", agree=5e-2, bar=1.5, answer=learned)
def wide():
    return fits("Lasso", *data(200, 5000), alpha=10.0)


@suite.case("lasso, 150 x 10", agree=5e-2, bar=2.5, repeats=31, answer=learned)
def small():
    return fits("Lasso", *data(150, 10))


@suite.case("elastic net, 150 x 10", agree=5e-2, bar=2.5, repeats=31, answer=learned)
def small_net():
    return fits("ElasticNet", *data(150, 10), alpha=0.1)


@suite.case("lasso with 5 folds, 150 x 10", agree=5e-2, bar=2.5, answer=learned)
def small_folds():
    return fits("LassoCV", *data(150, 10))


@suite.case("elastic net with 5 folds, 150 x 10", agree=5e-2, bar=2.5, answer=learned)
def small_net_folds():
    return fits("ElasticNetCV", *data(150, 10))


@suite.case("lasso with 5 folds, 10,000 x 100", bar=1.5, repeats=3)
def folds():
    return fits("LassoCV", *data(10_000, 100))


if __name__ == "__main__":
    suite.main()
