"""Classical models: fit, predict, score, as in scikit-learn, and readable.

>>> from ml_from_scratch.models import LinearRegression
>>> LinearRegression().fit([[0.0], [1.0]], [1.0, 3.0]).predict([[2.0]]).round(6).tolist()
[5.0]
"""

from .ensembles import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from .kernels import SVC, SVR, KernelRidge
from .linear import (
    ElasticNet,
    GammaRegressor,
    Lasso,
    LinearDiscriminantAnalysis,
    LinearRegression,
    LinearSVC,
    LinearSVR,
    LogisticRegression,
    Perceptron,
    PoissonRegressor,
    QuadraticDiscriminantAnalysis,
    QuantileRegressor,
    Ridge,
    TweedieRegressor,
    enet_path,
    lasso_path,
)
from .naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB
from .neighbors import KNeighborsClassifier, KNeighborsRegressor
from .trees import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

__all__ = [
    "AdaBoostClassifier",
    "AdaBoostRegressor",
    "BaggingClassifier",
    "BaggingRegressor",
    "BernoulliNB",
    "ComplementNB",
    "DecisionTreeClassifier",
    "DecisionTreeRegressor",
    "ElasticNet",
    "ExtraTreeClassifier",
    "ExtraTreeRegressor",
    "GammaRegressor",
    "GaussianNB",
    "GradientBoostingClassifier",
    "GradientBoostingRegressor",
    "HistGradientBoostingClassifier",
    "HistGradientBoostingRegressor",
    "KNeighborsClassifier",
    "KNeighborsRegressor",
    "KernelRidge",
    "Lasso",
    "LinearDiscriminantAnalysis",
    "LinearRegression",
    "LinearSVC",
    "LinearSVR",
    "LogisticRegression",
    "MultinomialNB",
    "Perceptron",
    "PoissonRegressor",
    "QuadraticDiscriminantAnalysis",
    "QuantileRegressor",
    "Ridge",
    "SVC",
    "SVR",
    "StackingClassifier",
    "StackingRegressor",
    "TweedieRegressor",
    "VotingClassifier",
    "VotingRegressor",
    "enet_path",
    "lasso_path",
]
