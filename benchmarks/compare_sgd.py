"""Stochastic gradient descent against scikit-learn: the same steps, and the clock.

    python benchmarks/compare_sgd.py [--only TEXT] [--json PATH] [--strict]

Each step needs the one before, so that here a compiled loop has every advantage over NumPy: these
workloads tell how large it is. Both sides see the same samples in the same order, and take the same
steps.
"""

from _compare import Suite  # isort: skip  (before NumPy: one thread for all)

import warnings

import numpy as np
from sklearn import datasets, linear_model
from sklearn.preprocessing import scale

from ml_from_scratch import models

warnings.filterwarnings("ignore", message=".*(Maximum number of iteration|stopped after)")
suite = Suite("Stochastic gradient descent", reference="scikit-learn")
FIVE_EPOCHS = {"shuffle": False, "tol": None, "max_iter": 5}


def classification(n_samples=20_000, n_features=20):
    return datasets.make_classification(n_samples, n_features, n_informative=10, random_state=0)


def regression(n_samples=20_000, n_features=20):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_samples, n_features))
    return X, X @ rng.normal(size=n_features) + rng.normal(size=n_samples)


def fits(name, X, y, **parameters):
    """Return the fit on both sides."""
    return {
        "ours": lambda: getattr(models, name)(**parameters).fit(X, y),
        "scikit-learn": lambda: getattr(linear_model, name)(**parameters).fit(X, y),
    }


def learned(model):
    return model.coef_, model.intercept_


@suite.case("hinge, 20,000 x 20, 5 epochs", agree=1e-6, answer=learned)
def hinge():
    return fits("SGDClassifier", *classification(), **FIVE_EPOCHS)


@suite.case("log loss, 20,000 x 20, 5 epochs", agree=1e-6, answer=learned)
def log_loss():
    return fits("SGDClassifier", *classification(), loss="log_loss", **FIVE_EPOCHS)


@suite.case("log loss, 2,000 x 1,000, 5 epochs", agree=1e-6, answer=learned)
def wide():
    X, y = classification(2000, 1000)  # of unit length: with long steps rounding errors grow
    return fits("SGDClassifier", X / 30.0, y, loss="log_loss", **FIVE_EPOCHS)


@suite.case("hinge, L1, 20,000 x 20, 5 epochs", agree=1e-6, repeats=5, answer=learned)
def sparse():
    return fits("SGDClassifier", *classification(), penalty="l1", **FIVE_EPOCHS)


@suite.case("hinge, averaged, 20,000 x 20, 5 epochs", agree=1e-6, answer=learned)
def averaged():
    return fits("SGDClassifier", *classification(), average=True, **FIVE_EPOCHS)


@suite.case("digits, 10 classes, 5 epochs", agree=1e-6, answer=learned)
def digits():
    X, y = datasets.load_digits(return_X_y=True)
    return fits("SGDClassifier", X / 16.0, y, **FIVE_EPOCHS)


@suite.case("squared error, 20,000 x 20, 5 epochs", agree=1e-6, answer=learned)
def squared_error():
    return fits("SGDRegressor", *regression(), **FIVE_EPOCHS)


@suite.case("classifier, iris, 150 x 4", agree=1e-6, bar=2.5, repeats=31, answer=learned)
def small():
    X, y = datasets.load_iris(return_X_y=True)
    return fits("SGDClassifier", scale(X), y, **FIVE_EPOCHS)


@suite.case("regressor, 150 x 4", agree=1e-6, bar=2.5, repeats=31, answer=learned)
def small_regression():
    return fits("SGDRegressor", *regression(150, 4), **FIVE_EPOCHS)


@suite.curve("log loss, 20,000 x 20, one pass", x="samples seen", y="accuracy on all")
def learning_curve():
    X, y = classification()
    curves = {}
    for side, module in (("ours", models), ("scikit-learn", linear_model)):
        model, seen = module.SGDClassifier("log_loss", alpha=0.01, shuffle=False), []
        for part in np.array_split(np.arange(len(X)), 40):
            model.partial_fit(X[part], y[part], classes=[0, 1])
            seen.append((int(part[-1]) + 1, model.score(X, y)))
        curves[side] = [n for n, _ in seen], [score for _, score in seen]
    return curves


if __name__ == "__main__":
    suite.main()
