"""Forests against scikit-learn: equally good, and the clock.

python benchmarks/compare_random_forest.py [--only TEXT] [--json PATH] [--strict]

The random numbers differ, so both sides must agree on the score for unseen samples, on the size of the
trees and on which features matter, as far as chance allows.
"""

from _compare import Suite  # isort: skip  (before NumPy: one thread for all)

import numpy as np
from sklearn import datasets, ensemble

from ml_from_scratch import models

suite = Suite("Forests", reference="scikit-learn", packages=("scikit-learn", "scipy"))


def blobs(n_samples, n_classes=2, n_features=20):
    """Classes made of overlapping clusters."""
    return datasets.make_classification(
        n_samples, n_features, n_informative=10, n_classes=n_classes, random_state=0
    )


def curve(n_samples, n_features=20):
    """A smooth function of two features, and some noise."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_samples, n_features))
    return X, X[:, 0] + np.sin(2 * X[:, 1]) + 0.3 * rng.normal(size=n_samples)


def fits(name, n_trees, X, y, **parameters):
    """Return the fit of one model on both sides, to all samples but each fifth."""
    unseen = np.arange(len(X)) % 5 == 0
    train, test = (X[~unseen], y[~unseen]), (X[unseen], y[unseen])
    return {
        side: lambda library=library: (
            getattr(library, name)(n_trees, random_state=0, **parameters).fit(*train),
            test,
        )
        for side, library in (("ours", models), ("scikit-learn", ensemble))
    }


def law(fitted):
    """Score, mean number of nodes of a tree (in units of 100 %), importances."""
    forest, test = fitted
    nodes = np.mean([tree.tree_.node_count for tree in forest.estimators_])
    return [forest.score(*test), np.log(nodes), forest.feature_importances_]


@suite.case("random forest, 100 trees, 20,000 x 20", agree=0.1, bar=0.55, repeats=3, answer=law)
def binary():
    return fits("RandomForestClassifier", 100, *blobs(25_000))


@suite.case("random forest, 5 classes, 50 trees", agree=0.1, bar=1.0, repeats=3, answer=law)
def five_classes():
    return fits("RandomForestClassifier", 50, *blobs(25_000, 5))


@suite.case("random forest, regression, 20 trees", agree=0.1, bar=0.55, repeats=3, answer=law)
def regression():
    return fits("RandomForestRegressor", 20, *curve(25_000))


@suite.case("extra trees, 50 trees", agree=0.1, repeats=3, answer=law)
def extra():
    return fits("ExtraTreesClassifier", 50, *blobs(25_000))


@suite.case("random forest, 100 trees, 150 x 4", agree=0.3, bar=2.5, repeats=7, answer=law)
def iris():
    return fits("RandomForestClassifier", 100, *datasets.load_iris(return_X_y=True))


@suite.case("regression, 100 trees, 150 x 10", agree=0.3, bar=2.5, repeats=7, answer=law)
def diabetes():
    X, y = datasets.load_diabetes(return_X_y=True)
    return fits("RandomForestRegressor", 100, X[:150], y[:150])


@suite.case("extra trees, 100 trees, 150 x 4", agree=0.3, bar=2.5, repeats=7, answer=law)
def small_extra():
    return fits("ExtraTreesClassifier", 100, *datasets.load_iris(return_X_y=True))


@suite.case("predict, 100 trees, 20,000 x 20", agree=0.2, bar=3.0, repeats=3)
def predict():
    X, y = blobs(20_000)
    sides = fits("RandomForestClassifier", 100, X, y, max_depth=10)
    ours, theirs = (side()[0] for side in sides.values())
    return {"ours": lambda: ours.predict_proba(X), "scikit-learn": lambda: theirs.predict_proba(X)}


if __name__ == "__main__":
    suite.main()
