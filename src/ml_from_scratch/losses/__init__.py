"""Losses: how wrong predictions are, and the gradient that says which way to go.

>>> import numpy as np
>>> from ml_from_scratch.losses import MSE
>>> float(MSE()(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
2.0
"""

from .base import ElementwiseLoss, Loss
from .binary_cross_entropy import BinaryCrossEntropy
from .cross_entropy import CrossEntropy
from .exponential import Exponential
from .hinge import Hinge, SquaredHinge
from .kl_divergence import KLDivergence
from .poisson import Poisson
from .quantile import Quantile
from .registry import LOSSES, get
from .regression import MAE, MSE, Huber, LogCosh

__all__ = [
    "BinaryCrossEntropy",
    "CrossEntropy",
    "ElementwiseLoss",
    "Exponential",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LOSSES",
    "LogCosh",
    "Loss",
    "MAE",
    "MSE",
    "Poisson",
    "Quantile",
    "SquaredHinge",
    "get",
]
