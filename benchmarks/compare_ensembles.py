"""Voting, stacking, bagging and AdaBoost against scikit-learn's: what the ensemble adds to its members.

    python benchmarks/compare_ensembles.py [--only TEXT] [--json PATH] [--strict]

Each side has members of its own library. Where rows are drawn by chance the streams differ, and scores
are compared; elsewhere the answers.
"""

from _compare import Suite  # isort: skip  (before NumPy: one thread for all)

import warnings

import numpy as np
from sklearn import datasets, ensemble, linear_model, tree

from ml_from_scratch import models

warnings.filterwarnings("ignore", message=".*(failed to converge|stopped after)")
suite = Suite("Ensembles", reference="scikit-learn", packages=("scikit-learn", "scipy"))


def classification(n_samples, n_features=20, n_classes=2):
    X, y = datasets.make_classification(
        n_samples, n_features, n_informative=10, n_classes=n_classes, random_state=0
    )
    return X.astype(np.float32).astype(float), y


def regression(n_samples, n_features=20):
    X, y = datasets.make_regression(n_samples, n_features, noise=10.0, random_state=0)
    return X.astype(np.float32).astype(float), y / y.std()


class Fit:
    """A fitted model with its data, which tells how good it is, or what it says."""

    def __init__(self, model, X, y):
        self.model, self.X, self.y = model.fit(X, y), X, y

    def score(self):
        return self.model.score(self.X, self.y)

    def says(self):
        return self.model.predict(self.X)

    def decides(self):
        return self.model.decision_function(self.X)


def fits(make, X, y):
    """Return the fit on both sides; make takes the libraries' ensembles, linear models and trees."""
    return {
        "ours": lambda: Fit(make(models, models, models), X, y),
        "scikit-learn": lambda: Fit(make(ensemble, linear_model, tree), X, y),
    }


@suite.case("AdaBoost, 10,000 x 20, 50 stumps", agree=1e-6, bar=0.6, repeats=3, answer=Fit.decides)
def adaboost():
    return fits(lambda e, *_: e.AdaBoostClassifier(random_state=0), *classification(10_000))


@suite.case("AdaBoost.R2, 10,000 x 20", agree=0.1, bar=0.8, repeats=3, answer=Fit.score)
def adaboost_regressor():
    return fits(
        lambda e, *_: e.AdaBoostRegressor(n_estimators=20, random_state=0), *regression(10_000)
    )


@suite.case("bagging, 10,000 x 20, 10 trees", agree=0.02, bar=0.8, repeats=3, answer=Fit.score)
def bagging():
    return fits(lambda e, *_: e.BaggingClassifier(random_state=0), *classification(10_000))


@suite.case("bagging, regression", agree=0.02, bar=0.8, repeats=3, answer=Fit.score)
def bagging_regressor():
    return fits(lambda e, *_: e.BaggingRegressor(random_state=0), *regression(10_000))


def voters(lm, tr):
    return [("linear", lm.LinearRegression()), ("tree", tr.DecisionTreeRegressor(max_depth=4))]


@suite.case("voting, 20,000 x 20", agree=1e-6, bar=0.6, repeats=5, answer=Fit.says)
def voting():
    return fits(lambda e, lm, tr: e.VotingRegressor(voters(lm, tr)), *regression(20_000))


@suite.case("stacking, 20,000 x 20", agree=1e-3, bar=0.6, repeats=3, answer=Fit.says)
def stacking():
    return fits(lambda e, lm, tr: e.StackingRegressor(voters(lm, tr)), *regression(20_000))


def iris():
    return datasets.load_iris(return_X_y=True)


def few():
    X, y = datasets.load_diabetes(return_X_y=True)
    return X[:150], y[:150] / y.std()


@suite.case("AdaBoost, iris", agree=0.05, bar=2.5, repeats=9, answer=Fit.score)
def adaboost_small():
    return fits(lambda e, *_: e.AdaBoostClassifier(random_state=0), *iris())


@suite.case("AdaBoost.R2, 150 x 10", agree=0.15, bar=2.5, repeats=9, answer=Fit.score)
def adaboost_regressor_small():
    return fits(lambda e, *_: e.AdaBoostRegressor(random_state=0), *few())


@suite.case("bagging, iris", agree=0.03, bar=2.5, repeats=9, answer=Fit.score)
def bagging_small():
    return fits(lambda e, *_: e.BaggingClassifier(random_state=0), *iris())


@suite.case("bagging, 150 x 10", agree=0.1, bar=2.5, repeats=9, answer=Fit.score)
def bagging_regressor_small():
    return fits(lambda e, *_: e.BaggingRegressor(random_state=0), *few())


@suite.case("voting, 150 x 10", agree=0.1, bar=2.5, repeats=15, answer=Fit.score)
def voting_small():
    return fits(lambda e, lm, tr: e.VotingRegressor(voters(lm, tr)), *few())


@suite.case("stacking, 150 x 10", agree=0.1, bar=2.5, repeats=9, answer=Fit.score)
def stacking_small():
    return fits(lambda e, lm, tr: e.StackingRegressor(voters(lm, tr)), *few())


@suite.curve("AdaBoost's training error", x="stumps", y="share wrong")
def training_error():
    X, y = classification(2000)
    curves = {}
    for side, fit in fits(lambda e, *_: e.AdaBoostClassifier(n_estimators=100), X, y).items():
        curves[side] = 1.0 - np.array(list(fit().model.staged_score(X, y)))
    return {side: (np.arange(1, len(error) + 1), error) for side, error in curves.items()}


if __name__ == "__main__":
    suite.main()
