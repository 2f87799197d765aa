"""The instances that the contract battery runs over, where the plain ``Class()`` is not enough."""

from ml_from_scratch.models import (
    LogisticRegression,
    Ridge,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from ml_from_scratch.utils import GridSearchCV

CLASSIFIERS = [("a", LogisticRegression(tol=1e-10)), ("b", LogisticRegression(C=0.1, tol=1e-10))]
REGRESSORS = [("a", Ridge()), ("b", Ridge(alpha=10.0))]

# Estimators that cannot be made without an argument; a list of instances is tested one by one.
INSTANCES = {
    "GridSearchCV": [
        GridSearchCV(Ridge(), {"alpha": [0.1, 10.0]}, cv=2),
        GridSearchCV(LogisticRegression(), {"C": [0.1, 10.0]}, cv=2),
    ],
    "LogisticRegression": [
        LogisticRegression(solver=solver, random_state=0, max_iter=500)
        for solver in ("newton-cholesky", "lbfgs", "gradient_descent", "sgd")
    ],
    "Ridge": [Ridge(), Ridge(solver="gradient_descent", tol=1e-6)],
    "StackingClassifier": [StackingClassifier(CLASSIFIERS, LogisticRegression(tol=1e-10), cv=3)],
    "StackingRegressor": [
        StackingRegressor(REGRESSORS, Ridge(), cv=3),
        StackingRegressor([*REGRESSORS, ("c", "drop")], Ridge(), cv=2, passthrough=True),
    ],
    "VotingClassifier": [
        VotingClassifier(CLASSIFIERS),
        VotingClassifier(CLASSIFIERS, voting="soft", weights=[1, 2]),
    ],
    "VotingRegressor": [VotingRegressor(REGRESSORS, weights=[1, 2])],
}

# What a search varies in the battery: the first of these that an estimator has.
SEARCHED = {
    "alpha": [0.1, 1.0],
    "C": [0.1, 1.0],
    "n_neighbors": [2, 3],
    "max_depth": [1, 2],
    "n_estimators": [2, 3],
    "max_iter": [50, 60],
    "cv": [2, 3],
    "tol": [1e-3, 1e-4],
    "weights": [[1, 1], [1, 2]],
}
