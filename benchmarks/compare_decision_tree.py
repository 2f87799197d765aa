"""Decision trees against scikit-learn: the same impurities and predictions, and the clock.

python benchmarks/compare_decision_tree.py [--only TEXT] [--json PATH] [--strict]

Both sides must say the same about the samples that they have seen, with about as many leaves: where
questions are equally good each has its own way to choose. (tests/oracle compares node by node.)
"""

from _compare import Suite  # isort: skip  (before NumPy: one thread for all)

import numpy as np
from sklearn import datasets, tree

from ml_from_scratch import models

suite = Suite("Decision trees", reference="scikit-learn", packages=("scikit-learn", "scipy"))


def blobs(n_samples, n_classes=2, n_features=20):
    """Classes made of overlapping clusters."""
    X, y = datasets.make_classification(
        n_samples, n_features, n_informative=10, n_classes=n_classes, random_state=0
    )
    return X.astype(np.float32).astype(float), y  # scikit-learn rounds to float32


def curve(n_samples, n_features=20):
    """A smooth function of two features, and some noise."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_samples, n_features)).astype(np.float32).astype(float)
    return X, X[:, 0] + np.sin(2 * X[:, 1]) + 0.3 * rng.normal(size=n_samples)


def fits(name, X, y, **parameters):
    """Return the fit of one model on both sides."""
    return {
        "ours": lambda: (getattr(models, name)(**parameters).fit(X, y), X),
        "scikit-learn": lambda: (getattr(tree, name)(**parameters, random_state=0).fit(X, y), X),
    }


def grown(fitted):
    """The root's impurity, roughly the number of leaves, and what is said about the samples."""
    model, X = fitted
    values = model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)
    return [model.tree_.impurity[0], np.log(model.tree_.n_leaves), values]


@suite.case("binary, 20,000 x 20", agree=0.02, bar=0.3, repeats=5, answer=grown)
def binary_20k():
    return fits("DecisionTreeClassifier", *blobs(20_000))


@suite.case("binary, 100,000 x 20", agree=0.02, bar=0.3, repeats=3, answer=grown)
def binary_100k():
    return fits("DecisionTreeClassifier", *blobs(100_000))


@suite.case("5 classes, 20,000 x 20", agree=0.02, bar=0.5, repeats=5, answer=grown)
def five_classes():
    return fits("DecisionTreeClassifier", *blobs(20_000, 5))


@suite.case("regression, 20,000 x 20", agree=0.02, bar=0.3, repeats=5, answer=grown)
def regression_20k():
    return fits("DecisionTreeRegressor", *curve(20_000))


@suite.case("regression, 100,000 x 20", agree=0.02, bar=0.3, repeats=3, answer=grown)
def regression_100k():
    return fits("DecisionTreeRegressor", *curve(100_000))


@suite.case("regression, leaves of 20, 100,000 x 20", agree=0.3, bar=0.3, repeats=3, answer=grown)
def large_leaves():
    return fits("DecisionTreeRegressor", *curve(100_000), min_samples_leaf=20)


@suite.case("31 leaves, best first, 100,000 x 20", agree=1e-9, bar=0.5, repeats=3, answer=grown)
def few_leaves():
    return fits("DecisionTreeRegressor", *curve(100_000), max_leaf_nodes=31)


@suite.case("absolute error, depth 6, 5,000 x 20", agree=0.3, repeats=3, answer=grown)
def absolute_error():
    return fits("DecisionTreeRegressor", *curve(5_000), criterion="absolute_error", max_depth=6)


@suite.case("iris, 150 x 4", agree=0.1, bar=2.5, repeats=31, answer=grown)
def iris():
    return fits("DecisionTreeClassifier", *datasets.load_iris(return_X_y=True))


@suite.case("regression, 150 x 10", agree=0.1, bar=2.5, repeats=31, answer=grown)
def diabetes():
    X, y = datasets.load_diabetes(return_X_y=True)
    return fits("DecisionTreeRegressor", X[:150], y[:150])


@suite.case("predict, 100,000 x 20", agree=0.05, bar=2.0)
def predict():
    X, y = curve(100_000)  # far down, equally good questions can differ
    ours, theirs = (
        side()[0] for side in fits("DecisionTreeRegressor", X, y, max_depth=12).values()
    )
    return {"ours": lambda: ours.predict(X), "scikit-learn": lambda: theirs.predict(X)}


if __name__ == "__main__":
    suite.main()
