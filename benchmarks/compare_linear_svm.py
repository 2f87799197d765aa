"""Linear support vector machines against scikit-learn's liblinear: the same optimum, and the clock.

    python benchmarks/compare_linear_svm.py [--only TEXT] [--json PATH] [--strict]

The answer that is compared is the value of the objective where each side stopped: with default
tolerances liblinear stops early, and for the plain hinge (``loss="hinge"``) often without having
converged, where ours is at the minimum.
"""

from _compare import Suite  # isort: skip  (before NumPy: one thread for all)

import warnings

import numpy as np
from sklearn import datasets, svm
from sklearn.preprocessing import scale

from ml_from_scratch import models

warnings.filterwarnings("ignore", message="(Liblinear failed to converge|.*stopped after)")
suite = Suite("Linear support vector machines", reference="scikit-learn")


class Fit:
    """A fitted model with its data, which tells the value of the objective where it stopped."""

    def __init__(self, model, X, y):
        self.model, self.X, self.y = model.fit(X, y), X, y

    def objective(self):
        model, power = self.model, 2 if "squared" in self.model.loss else 1
        if hasattr(model, "classes_"):
            scores = model.decision_function(self.X)
            labels = self.y[:, None] == model.classes_
            signs = 2.0 * (labels if scores.ndim == 2 else labels[:, 1]) - 1.0
            lack = np.maximum(0.0, 1.0 - signs * scores)
        else:
            lack = np.maximum(0.0, np.abs(self.y - model.predict(self.X)) - model.epsilon)
        squared = (model.coef_**2).sum() + (model.intercept_**2).sum()
        return 0.5 * squared + model.C * (lack**power).sum()


def fits(name, X, y, theirs=None, **parameters):
    """Return the fit on both sides."""
    theirs = {**parameters, **(theirs or {})}
    return {
        "ours": lambda: Fit(getattr(models, name)(**parameters), X, y),
        "scikit-learn": lambda: Fit(getattr(svm, name)(random_state=0, **theirs), X, y),
    }


def classification(n_samples, n_features, **options):
    return datasets.make_classification(
        n_samples, n_features, n_informative=10, random_state=0, **options
    )


def regression(n_samples, n_features):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_samples, n_features))
    return X, X @ rng.normal(size=n_features) + rng.standard_t(2, n_samples)


@suite.case("squared hinge, 20,000 x 20", agree=1e-4, bar=0.4, answer=Fit.objective)
def squared_hinge():
    return fits("LinearSVC", *classification(20_000, 20), theirs={"dual": False})


@suite.case("squared hinge, 20,000 x 20, dual='auto'", agree=1e-4, bar=0.4, answer=Fit.objective)
def squared_hinge_auto():
    return fits("LinearSVC", *classification(20_000, 20))


@suite.case("squared hinge, digits, 10 classes", agree=1e-2, bar=1.0, answer=Fit.objective)
def digits():
    X, y = datasets.load_digits(return_X_y=True)
    return fits("LinearSVC", X / 16.0, y)


@suite.case("hinge, 20,000 x 20", agree=1e-2, bar=1.0, repeats=5, answer=Fit.objective)
def hinge():
    return fits("LinearSVC", *classification(20_000, 20), loss="hinge")


@suite.case("regression, absolute errors, 20,000 x 20", agree=1e-2, bar=1.0, answer=Fit.objective)
def absolute():
    return fits("LinearSVR", *regression(20_000, 20))


@suite.case("regression, squared tube, 20,000 x 20", agree=1e-4, bar=1.0, answer=Fit.objective)
def squared_tube():
    options = {"loss": "squared_epsilon_insensitive", "epsilon": 0.1}
    return fits("LinearSVR", *regression(20_000, 20), theirs={"dual": False}, **options)


@suite.case("LinearSVC, iris, 150 x 4", agree=1e-3, bar=2.5, repeats=31, answer=Fit.objective)
def small():
    X, y = datasets.load_iris(return_X_y=True)
    return fits("LinearSVC", scale(X), y)


@suite.case("LinearSVR, 150 x 4", agree=1e-3, bar=2.5, repeats=31, answer=Fit.objective)
def small_regression():
    return fits("LinearSVR", *regression(150, 4))


@suite.curve("hinge, 2,000 x 20", x="iterations", y="objective - minimum", log=True)
def descent():
    X, y = classification(2000, 20)
    iterations = {"ours": range(1, 17), "scikit-learn": [1, 3, 10, 30, 100, 300, 1000, 3000]}
    exact = {"loss": "hinge", "tol": 1e-7}
    least = Fit(models.LinearSVC(**exact), X, y).objective()
    curves = {}
    for side, module in (("ours", models), ("scikit-learn", svm)):
        fitted = [
            Fit(module.LinearSVC(max_iter=k, random_state=0, **exact), X, y)
            for k in iterations[side]
        ]
        curves[side] = iterations[side], [fit.objective() - least + 1e-9 for fit in fitted]
    return curves


if __name__ == "__main__":
    suite.main()
