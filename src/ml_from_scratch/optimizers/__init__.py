"""Optimisers, schedules and clipping: from gradients to better parameters.

>>> from ml_from_scratch.core import Parameter
>>> from ml_from_scratch.optimizers import Adam
>>> w = Parameter([1.0])
>>> optimizer = Adam(learning_rate=0.1).attach([w])
>>> (w**2).sum().backward()
>>> optimizer.step()
>>> round(float(w.data[0]), 6)
0.9
"""

from .adagrad import AdaDelta, AdaGrad, RMSProp
from .adam import Adam, AdaMax, AdamW, AMSGrad, NAdam
from .base import Optimizer
from .clip import ClipByGlobalNorm, ClipByValue, clip_by_global_norm, clip_by_value
from .groups import decay_matrices_only
from .line_search import backtracking, strong_wolfe
from .lion import Lion
from .registry import OPTIMIZERS, get
from .schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    Exponential,
    InverseSquareRoot,
    OneCycle,
    Plateau,
    Schedule,
    Step,
    WarmUp,
)
from .second_order import (
    OptimizeResult,
    minimize_cg,
    minimize_lbfgs,
    minimize_newton,
    solve_cg,
)
from .sgd import SGD, Momentum, Nesterov

__all__ = [
    "AMSGrad",
    "AdaDelta",
    "AdaGrad",
    "AdaMax",
    "Adam",
    "AdamW",
    "ClipByGlobalNorm",
    "ClipByValue",
    "Constant",
    "Cosine",
    "Exponential",
    "InverseSquareRoot",
    "Lion",
    "Momentum",
    "NAdam",
    "Nesterov",
    "OPTIMIZERS",
    "OneCycle",
    "OptimizeResult",
    "Optimizer",
    "Plateau",
    "RMSProp",
    "SCHEDULES",
    "SGD",
    "Schedule",
    "Step",
    "WarmUp",
    "backtracking",
    "clip_by_global_norm",
    "clip_by_value",
    "decay_matrices_only",
    "get",
    "minimize_cg",
    "minimize_lbfgs",
    "minimize_newton",
    "solve_cg",
    "strong_wolfe",
]
