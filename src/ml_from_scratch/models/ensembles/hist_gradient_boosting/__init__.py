"""Histogram gradient boosting: trees on binned features, added one after the other."""

from .classifier import HistGradientBoostingClassifier
from .regressor import HistGradientBoostingRegressor

__all__ = ["HistGradientBoostingClassifier", "HistGradientBoostingRegressor"]
