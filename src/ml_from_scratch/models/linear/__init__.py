"""Linear models: the prediction is a weighted sum of the features, or a simple function of one."""

from .discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from .elastic_net import ElasticNet, Lasso
from .generalized import GammaRegressor, PoissonRegressor, TweedieRegressor
from .huber_regression import HuberRegressor
from .linear_regression import LinearRegression
from .linear_svm import LinearSVC, LinearSVR
from .logistic_regression import LogisticRegression
from .perceptron import Perceptron
from .quantile_regression import QuantileRegressor
from .regularization_path import enet_path, lasso_path
from .ridge import Ridge
from .stochastic_gradient import SGDClassifier, SGDRegressor

__all__ = [
    "ElasticNet",
    "GammaRegressor",
    "HuberRegressor",
    "Lasso",
    "LinearDiscriminantAnalysis",
    "LinearRegression",
    "LinearSVC",
    "LinearSVR",
    "LogisticRegression",
    "Perceptron",
    "PoissonRegressor",
    "QuadraticDiscriminantAnalysis",
    "QuantileRegressor",
    "Ridge",
    "SGDClassifier",
    "SGDRegressor",
    "TweedieRegressor",
    "enet_path",
    "lasso_path",
]
