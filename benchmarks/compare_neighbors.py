"""Nearest neighbours against scikit-learn: the same neighbours, and the clock.

python benchmarks/compare_neighbors.py [--only TEXT] [--json PATH] [--strict]
"""

from _compare import Suite  # isort: skip  (before NumPy: one thread for all)

import numpy as np
from sklearn import neighbors

from ml_from_scratch import models

suite = Suite("Nearest neighbours", reference="scikit-learn", packages=("scikit-learn", "scipy"))


def points(n_samples, n_queries, n_features, seed=0):
    """Standard normal points and queries, and a class that depends on the points."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features))
    return X, (X[:, 0] + X[:, 1] > 0).astype(int), rng.normal(size=(n_queries, n_features))


def both(name, X, y, run, **parameters):
    """Return what to time on both sides: ``run`` of a model that has been fitted."""
    ours = getattr(models, name)(**parameters).fit(X, y)
    theirs = getattr(neighbors, name)(**parameters).fit(X, y)
    return {"ours": lambda: run(ours), "scikit-learn": lambda: run(theirs)}


def search(n_samples, n_queries, n_features, **parameters):
    X, y, Q = points(n_samples, n_queries, n_features)
    return both("KNeighborsClassifier", X, y, lambda model: model.kneighbors(Q), **parameters)


def indices(found):
    return found[1]


@suite.case("brute force, 20,000 / 5,000 x 20", agree=0.0, bar=0.5, answer=indices)
def brute_force():
    return search(20_000, 5000, 20, algorithm="brute")


@suite.case("brute force, k = 50, 20,000 / 5,000 x 20", agree=0.0, bar=0.8, answer=indices)
def many_neighbours():
    return search(20_000, 5000, 20, algorithm="brute", n_neighbors=50)


@suite.case("brute force, 5,000 / 2,000 x 200", agree=0.0, bar=0.75, answer=indices)
def many_features():
    return search(5000, 2000, 200, algorithm="brute")


@suite.case("Manhattan, 5,000 / 1,000 x 20", agree=0.0, bar=3.0, answer=indices)
def manhattan():
    return search(5000, 1000, 20, algorithm="brute", p=1)


@suite.case("k-d tree, 100,000 / 5,000 x 3", agree=0.0, bar=5.0, answer=indices)
def tree():
    return search(100_000, 5000, 3, algorithm="kd_tree")


@suite.case("automatic, 5,000 / 5,000 x 10", agree=0.0, bar=1.0, answer=indices)
def automatic():
    return search(5000, 5000, 10)


@suite.case("build a k-d tree, 100,000 x 3", bar=4.0)
def build():
    X, y, _ = points(100_000, 1, 3)
    return {
        "ours": lambda: models.KNeighborsClassifier(algorithm="kd_tree").fit(X, y),
        "scikit-learn": lambda: neighbors.KNeighborsClassifier(algorithm="kd_tree").fit(X, y),
    }


@suite.case("predict_proba by distance, 5,000 / 2,000 x 10", agree=1e-10, bar=1.0)
def votes():
    X, y, Q = points(5000, 2000, 10)
    return both("KNeighborsClassifier", X, y, lambda m: m.predict_proba(Q), weights="distance")


def small(name, method):
    X, y, Q = points(150, 150, 4)
    run = {
        "ours": lambda: getattr(models, name)().fit(X, y),
        "scikit-learn": lambda: getattr(neighbors, name)().fit(X, y),
    }
    return {side: lambda fit=fit: getattr(fit(), method)(Q) for side, fit in run.items()}


@suite.case("classifier, fit and predict, 150 x 4", agree=0.0, bar=2.5, repeats=31)
def small_classifier():
    return small("KNeighborsClassifier", "predict")


@suite.case("regressor, fit and predict, 150 x 4", agree=1e-12, bar=2.5, repeats=31)
def small_regressor():
    return small("KNeighborsRegressor", "predict")


if __name__ == "__main__":
    suite.main()
