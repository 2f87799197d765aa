"""HistGradientBoosting against scikit-learn: the same trees, and the clock.

python benchmarks/compare_hist_gradient_boosting.py [--only TEXT] [--json PATH] [--strict]

Predictions of small fits agree to rounding. In large ones two splits can gain the same to eight
digits, and which one is taken depends on the last bit of a sum; from there on the trees differ, and
what agrees is how well they do: the loss on samples that were not trained on. With a million rows the
bins are cut from a sample of 200,000, which each side draws from a random stream of its own.
"""

from _compare import Suite  # isort: skip  (before NumPy: one thread for all)

import numpy as np
from sklearn import ensemble
from sklearn.datasets import load_iris

from ml_from_scratch import models

suite = Suite(
    "Histogram gradient boosting", reference="scikit-learn", packages=("scikit-learn", "scipy")
)


def data(n_samples, n_features=20, seed=0):
    """Normal features, and a target of curves, an interaction and noise."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features))
    noise = 0.5 * rng.normal(size=n_samples)
    return X, 2 * np.sin(X[:, 0]) + X[:, 1] ** 2 + X[:, 2] * np.maximum(X[:, 3], 0) + noise


UNSEEN, TRUTH = data(5000, seed=1)


def raw(model, X):
    return model.decision_function(X) if hasattr(model, "decision_function") else model.predict(X)


def loss_on_unseen(model):
    """Mean squared error, or mean log loss."""
    z = raw(model, UNSEEN)
    if hasattr(model, "classes_"):
        return np.mean(np.logaddexp(0.0, z) - (TRUTH > 1) * z)
    return np.mean((z - TRUTH) ** 2)


def fits(kind, X, y, **settings):
    """Return the fit of one model on both sides."""
    settings = {"early_stopping": False, "random_state": 0, **settings}
    name = f"HistGradientBoosting{kind}"
    return {
        "ours": lambda: getattr(models, name)(**settings).fit(X, y),
        "scikit-learn": lambda: getattr(ensemble, name)(**settings).fit(X, y),
    }


@suite.case("regression, 100,000 x 20", agree=5e-3, bar=1.5, repeats=5, answer=loss_on_unseen)
def regression():
    return fits("Regressor", *data(100_000))


@suite.case("2 classes, 100,000 x 20", agree=5e-3, bar=1.5, repeats=5, answer=loss_on_unseen)
def binary():
    X, y = data(100_000)
    return fits("Classifier", X, y > 1)


@suite.case(
    "regression, 1,000,000 x 20, 20 trees", agree=2e-2, bar=1.4, repeats=3, answer=loss_on_unseen
)
def large_regression():
    return fits("Regressor", *data(1_000_000), max_iter=20)


@suite.case(
    "2 classes, 1,000,000 x 20, 20 trees", agree=5e-3, bar=1.4, repeats=3, answer=loss_on_unseen
)
def large_binary():
    X, y = data(1_000_000)
    return fits("Classifier", X, y > 0, max_iter=20)


@suite.case("missing values, 100,000 x 20, 30 trees", agree=5e-3, answer=loss_on_unseen)
def missing():
    X, y = data(100_000)
    X[np.random.default_rng(1).random(X.shape) < 0.1] = np.nan
    return fits("Regressor", X, y, max_iter=30)


@suite.case("4 categories of 50 in 20,000 x 8, 30 trees")
def categories():
    X, y = data(20_000, 8)
    codes = np.random.default_rng(1).integers(0, 50, (20_000, 4))
    y = y + np.sin(codes).sum(axis=1)
    X = np.column_stack([codes, X])
    return fits("Regressor", X, y, max_iter=30, categorical_features=[0, 1, 2, 3])


@suite.case("regression, 2,000 x 20", agree=1e-6, answer=lambda model: raw(model, UNSEEN))
def medium():
    return fits("Regressor", *data(2000))


def on(X):
    """Compare raw predictions of the training samples."""
    return lambda model: raw(model, X)


@suite.case("regression, 150 x 4", agree=1e-6, bar=2.5, answer=on(data(150, 4)[0]))
def small_regression():
    return fits("Regressor", *data(150, 4))


@suite.case("2 classes, 150 x 4", agree=1e-6, bar=2.5, answer=on(data(150, 4)[0]))
def small_binary():
    X, y = data(150, 4)
    return fits("Classifier", X, y > 1)


@suite.case("3 classes, iris, 150 x 4", agree=1e-6, bar=2.5, answer=on(load_iris().data))
def iris():
    return fits("Classifier", *load_iris(return_X_y=True))


@suite.case("regression, 150 x 20", agree=1e-6, bar=2.5, answer=on(data(150)[0]))
def small_and_wide():
    return fits("Regressor", *data(150))


@suite.case("predict, 100,000 x 20, 100 trees", agree=1e-6, bar=1.5)
def predict():
    X, y = data(100_000)
    ours, theirs = (side() for side in fits("Regressor", X[:2000], y[:2000]).values())
    return {"ours": lambda: ours.predict(X), "scikit-learn": lambda: theirs.predict(X)}


@suite.case("predict, 1 x 20, 100 trees", agree=1e-6, bar=2.5)
def predict_one():
    X, y = data(2000)
    ours, theirs = (side() for side in fits("Regressor", X, y).values())
    return {"ours": lambda: ours.predict(X[:1]), "scikit-learn": lambda: theirs.predict(X[:1])}


@suite.curve("regression, 100,000 x 20: loss on unseen samples", x="iteration", y="squared error")
def learning_curve():
    X, y = data(100_000)
    return {
        side: (
            range(1, 101),
            [np.mean((z - TRUTH) ** 2) for z in fit().staged_predict(UNSEEN)],
        )
        for side, fit in fits("Regressor", X, y).items()
    }


if __name__ == "__main__":
    suite.main()
