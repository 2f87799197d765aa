"""Classical models: fit, predict, score, as in scikit-learn, and readable.

>>> from ml_from_scratch.models import LinearRegression
>>> LinearRegression().fit([[0.0], [1.0]], [1.0, 3.0]).predict([[2.0]]).round(6).tolist()
[5.0]
"""

from .ensembles import StackingClassifier, StackingRegressor, VotingClassifier, VotingRegressor
from .linear import (
    GammaRegressor,
    LinearRegression,
    LogisticRegression,
    Perceptron,
    PoissonRegressor,
    Ridge,
    TweedieRegressor,
)
from .trees import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

__all__ = [
    "DecisionTreeClassifier",
    "DecisionTreeRegressor",
    "ExtraTreeClassifier",
    "ExtraTreeRegressor",
    "GammaRegressor",
    "LinearRegression",
    "LogisticRegression",
    "Perceptron",
    "PoissonRegressor",
    "Ridge",
    "StackingClassifier",
    "StackingRegressor",
    "TweedieRegressor",
    "VotingClassifier",
    "VotingRegressor",
]
