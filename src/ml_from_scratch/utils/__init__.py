"""Metrics, preprocessing, model selection and plotting: what surrounds a model.

``from ml_from_scratch.utils import train_test_split`` is cheap: nothing here imports matplotlib
until something is drawn.
"""

from .model_selection import KFold, StratifiedKFold, train_test_split

__all__ = ["KFold", "StratifiedKFold", "train_test_split"]
