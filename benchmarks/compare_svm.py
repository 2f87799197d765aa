"""SVC and SVR against scikit-learn (LIBSVM): the same scores up to the tolerance, and the clock.

python benchmarks/compare_svm.py [--only TEXT] [--json PATH] [--strict]
"""

from _compare import Suite  # isort: skip  (before NumPy: one thread for all)

import warnings

import numpy as np
from sklearn import datasets, svm

from ml_from_scratch import models
from ml_from_scratch.models.kernels.functions import rbf_kernel

warnings.filterwarnings("ignore", message="The `probability` parameter")
warnings.filterwarnings("ignore", message="Solver terminated early")
warnings.filterwarnings("ignore", message="SVC stopped after max_iter")
suite = Suite("Support vector machines", reference="scikit-learn", packages=("scikit-learn",))


def classification(n_samples, n_features=20, n_classes=2):
    return datasets.make_classification(
        n_samples, n_features, n_informative=10, n_classes=n_classes, random_state=3
    )


def regression(n_samples, n_features=10):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_samples, n_features))
    return X, np.sin(X[:, 0]) + X[:, 1] * X[:, 2] + 0.2 * rng.normal(size=n_samples)


def fits(name, X, y, **parameters):
    """Return the fit on both sides."""
    return {
        "ours": lambda: getattr(models, name)(**parameters).fit(X, y),
        "scikit-learn": lambda: getattr(svm, name)(**parameters).fit(X, y),
    }


def on(X, method):
    """Return model -> its scores for some samples."""
    return lambda model: getattr(model, method)(X[:500])


def scores(n_samples, *options):
    return on(classification(n_samples, *options)[0], "decision_function")


# Both stop when no pair violates the conditions of the minimum by more than tol = 1e-3.
@suite.case("SVC, rbf, 2,000 x 20", agree=2e-3, bar=1.3, answer=scores(2000))
def rbf():
    return fits("SVC", *classification(2000))


@suite.case("SVC, rbf, 2,000 x 20, tol=1e-8", agree=2e-6, bar=3.0, answer=scores(2000))
def exact():
    return fits("SVC", *classification(2000), tol=1e-8)


@suite.case("SVC, rbf, C=100, 2,000 x 20", agree=2e-3, bar=3.5, answer=scores(2000))
def hard():
    return fits("SVC", *classification(2000), C=100.0)


@suite.case("SVC, rbf, 8,000 x 20", agree=2e-3, bar=1.5, repeats=3, answer=scores(8000))
def many():
    return fits("SVC", *classification(8000))


@suite.case("SVC, rbf, 5 classes, 2,000 x 20", agree=2e-3, bar=2.5, answer=scores(2000, 20, 5))
def five_classes():
    return fits("SVC", *classification(2000, 20, 5))


@suite.case("SVC, linear, 1,000 x 20", agree=1e-2, bar=4.5, answer=scores(1000))
def linear():
    return fits("SVC", *classification(1000), kernel="linear", C=0.1)


@suite.case("SVC, rbf, 150 x 4", agree=2e-3, bar=2.5, repeats=31)
def small():
    X, y = datasets.load_iris(return_X_y=True)
    sides = fits("SVC", X, y)
    return {name: lambda run=run: run().decision_function(X) for name, run in sides.items()}


@suite.case("SVC, rbf, probability, 150 x 4", bar=2.5, repeats=15)
def small_with_probabilities():
    X, y = datasets.load_iris(return_X_y=True)
    return fits("SVC", X, y, probability=True, random_state=0)


@suite.case("SVR, rbf, 2,000 x 10", agree=2e-3, bar=2.0, answer=on(regression(2000)[0], "predict"))
def regressor():
    return fits("SVR", *regression(2000))


@suite.case("SVR, rbf, 150 x 10", agree=2e-3, bar=2.5, repeats=15)
def small_regressor():
    X, y = regression(150)
    sides = fits("SVR", X, y)
    return {name: lambda run=run: run().predict(X) for name, run in sides.items()}


@suite.case("predict, rbf, 10,000 x 20", agree=1e-5, bar=1.0)
def predict():
    X, y = classification(12_000)
    ours, theirs = (side() for side in fits("SVC", X[:2000], y[:2000], tol=1e-8).values())
    points = X[2000:]
    return {
        "ours": lambda: ours.decision_function(points),
        "scikit-learn": lambda: theirs.decision_function(points),
    }


@suite.curve("SVC, rbf, 2,000 x 20", x="steps", y="dual objective - minimum", log=True)
def descent():
    X, y = classification(2000)
    steps = [50, 100, 200, 400, 600, 800, 1000, 1500, 2000]
    gamma = 1.0 / (X.shape[1] * X.var())
    K = rbf_kernel(X, X, gamma=gamma)
    signs = 2.0 * y - 1.0

    def objective(model):
        beta = np.zeros(len(X))
        beta[model.support_] = model.dual_coef_[0]
        return 0.5 * beta @ K @ beta - signs @ beta

    least = objective(models.SVC(tol=1e-10).fit(X, y))
    return {
        name: (steps, [objective(kind(max_iter=k).fit(X, y)) - least for k in steps])
        for name, kind in (("ours", models.SVC), ("scikit-learn", svm.SVC))
    }


if __name__ == "__main__":
    suite.main()
