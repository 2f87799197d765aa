"""Choosing and judging models on data that they have not seen."""

from .folds import KFold, StratifiedKFold, check_cv
from .holdout import train_test_split
from .scoring import SCORERS, check_scoring, make_scorer
from .search import GridSearchCV, parameter_grid
from .validation import FitFailedWarning, cross_val_score

__all__ = [
    "SCORERS",
    "FitFailedWarning",
    "GridSearchCV",
    "KFold",
    "StratifiedKFold",
    "check_cv",
    "check_scoring",
    "cross_val_score",
    "make_scorer",
    "parameter_grid",
    "train_test_split",
]
