"""The instances that the contract battery runs over, where the plain ``Class()`` is not enough."""

from ml_from_scratch.models import LogisticRegression, Ridge
from ml_from_scratch.utils import GridSearchCV

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
}
