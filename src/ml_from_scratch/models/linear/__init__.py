"""Linear models: the prediction is a weighted sum of the features, or a simple function of one."""

from .bayesian_ridge import BayesianRidge
from .elastic_net import ElasticNet, Lasso
from .elastic_net_cv import ElasticNetCV, LassoCV
from .generalized import GammaRegressor, PoissonRegressor, TweedieRegressor
from .huber_regression import HuberRegressor
from .linear_discriminant import LinearDiscriminantAnalysis
from .linear_regression import LinearRegression
from .linear_svm import LinearSVC, LinearSVR
from .logistic_regression import LogisticRegression
from .ols import OLS
from .perceptron import Perceptron
from .quadratic_discriminant import QuadraticDiscriminantAnalysis
from .quantile_regression import QuantileRegressor
from .regularization_path import enet_path, lasso_path
from .ridge import Ridge
from .ridge_cv import RidgeCV
from .sgd_classifier import SGDClassifier
from .sgd_regressor import SGDRegressor

__all__ = [
    "BayesianRidge",
    "ElasticNet",
    "ElasticNetCV",
    "GammaRegressor",
    "HuberRegressor",
    "Lasso",
    "LassoCV",
    "LinearDiscriminantAnalysis",
    "LinearRegression",
    "LinearSVC",
    "LinearSVR",
    "LogisticRegression",
    "OLS",
    "Perceptron",
    "PoissonRegressor",
    "QuadraticDiscriminantAnalysis",
    "QuantileRegressor",
    "Ridge",
    "RidgeCV",
    "SGDClassifier",
    "SGDRegressor",
    "TweedieRegressor",
    "enet_path",
    "lasso_path",
]
