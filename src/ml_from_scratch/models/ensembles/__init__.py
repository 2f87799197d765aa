"""Ensembles: many models that each err a little, and together less."""

from .adaboost import AdaBoostClassifier
from .adaboost_regressor import AdaBoostRegressor
from .bagging import BaggingClassifier, BaggingRegressor
from .stacking import StackingClassifier, StackingRegressor
from .voting import VotingClassifier, VotingRegressor

__all__ = [
    "AdaBoostClassifier",
    "AdaBoostRegressor",
    "BaggingClassifier",
    "BaggingRegressor",
    "StackingClassifier",
    "StackingRegressor",
    "VotingClassifier",
    "VotingRegressor",
]
