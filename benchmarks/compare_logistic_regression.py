"""LogisticRegression against scikit-learn, as both come: the same minimum, and the clock.

    python benchmarks/compare_logistic_regression.py [--only TEXT] [--json PATH] [--strict]

With their default tolerance both stop a little before the minimum, so the objective's value is
compared, not the coefficients; the last workload asks both for the exact minimum.
"""

from _compare import Suite  # isort: skip  (before NumPy: one thread for all)

import warnings

import numpy as np
from sklearn import datasets, linear_model
from sklearn.preprocessing import scale

from ml_from_scratch import models

warnings.filterwarnings("ignore", message=".*(failed to converge|stopped after)")
suite = Suite("Logistic regression", reference="scikit-learn", packages=("scikit-learn", "scipy"))


def classification(n_samples, n_features, n_classes=2):
    return datasets.make_classification(
        n_samples, n_features, n_informative=10, n_classes=n_classes, random_state=0
    )


def real(name):
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return scale(X), y


class Fit:
    """A fitted model with its data, which tells the value of the objective where it stopped."""

    def __init__(self, model, X, y):
        self.model, self.X, self.y = model.fit(X, y), X, y

    def objective(self):
        log_p = self.model.predict_log_proba(self.X)
        own = log_p[np.arange(len(self.y)), np.searchsorted(self.model.classes_, self.y)]
        return 0.5 * (self.model.coef_**2).sum() - own.sum()

    def learned(self):
        return self.model.coef_, self.model.intercept_


def fits(X, y, ours=None, theirs=None):
    """Return the fit on both sides."""
    return {
        "ours": lambda: Fit(models.LogisticRegression(**(ours or {})), X, y),
        "scikit-learn": lambda: Fit(linear_model.LogisticRegression(**(theirs or {})), X, y),
    }


@suite.case("two classes, 100,000 x 20", agree=1e-5, bar=0.7, answer=Fit.objective)
def two_classes():
    return fits(*classification(100_000, 20))


@suite.case("digits, 1,797 x 64, 10 classes", agree=1e-2, bar=0.7, answer=Fit.objective)
def digits():
    X, y = datasets.load_digits(return_X_y=True)
    return fits(X / 16.0, y)


@suite.case("five classes, 20,000 x 20", agree=1e-4, bar=1.0, answer=Fit.objective)
def five_classes():
    return fits(*classification(20_000, 20, 5))


@suite.case("two classes, 2,000 x 500", agree=1e-3, bar=1.5, answer=Fit.objective)
def many_features():
    return fits(*classification(2000, 500))


@suite.case("breast cancer, 569 x 30", agree=1e-3, bar=1.0, repeats=15, answer=Fit.objective)
def breast_cancer():
    return fits(*real("breast_cancer"))


@suite.case("iris, 150 x 4, 3 classes", agree=1e-3, bar=1.0, repeats=31, answer=Fit.objective)
def iris():
    return fits(*real("iris"))


@suite.case("two classes, 20,000 x 20, to the end", agree=1e-6, bar=1.0, answer=Fit.learned)
def to_the_end():
    X, y = classification(20_000, 20)
    return fits(X, y, {"tol": 1e-10}, {"tol": 1e-10, "solver": "newton-cholesky"})


if __name__ == "__main__":
    suite.main()
