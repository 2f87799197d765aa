"""Linear models: the prediction is a weighted sum of the features, or a simple function of one."""

from .discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from .generalized import GammaRegressor, PoissonRegressor, TweedieRegressor
from .linear_regression import LinearRegression
from .logistic_regression import LogisticRegression
from .perceptron import Perceptron
from .ridge import Ridge

__all__ = [
    "GammaRegressor",
    "LinearDiscriminantAnalysis",
    "LinearRegression",
    "LogisticRegression",
    "Perceptron",
    "PoissonRegressor",
    "QuadraticDiscriminantAnalysis",
    "Ridge",
    "TweedieRegressor",
]
