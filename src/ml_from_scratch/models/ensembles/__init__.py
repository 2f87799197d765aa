"""Ensembles: many models that each err a little, and together less."""

from .stacking import StackingClassifier, StackingRegressor
from .voting import VotingClassifier, VotingRegressor

__all__ = ["StackingClassifier", "StackingRegressor", "VotingClassifier", "VotingRegressor"]
