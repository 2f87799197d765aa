"""Choosing and judging models on data that they have not seen."""

from .folds import KFold, StratifiedKFold, check_cv
from .holdout import train_test_split

__all__ = ["KFold", "StratifiedKFold", "check_cv", "train_test_split"]
