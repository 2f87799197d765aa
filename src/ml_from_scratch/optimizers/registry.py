"""Optimisers by name, for configuration files; code passes the objects themselves."""

from __future__ import annotations

from ..core.checks import check_choice
from .adagrad import AdaDelta, AdaGrad, RMSProp
from .adam import Adam, AdaMax, AdamW, AMSGrad, NAdam
from .base import Optimizer
from .lion import Lion
from .sgd import SGD, Momentum, Nesterov

OPTIMIZERS = {
    "sgd": SGD,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "adagrad": AdaGrad,
    "rmsprop": RMSProp,
    "adadelta": AdaDelta,
    "adam": Adam,
    "amsgrad": AMSGrad,
    "adamax": AdaMax,
    "nadam": NAdam,
    "adamw": AdamW,
    "lion": Lion,
}


def get(optimizer, **options) -> Optimizer:
    """Return the optimiser of a name, made with the options; an Optimizer is returned as it is.

    Raises
    ------
    ValueError
        If the name is unknown; it lists the known ones.

    Examples
    --------
    >>> get("sgd", learning_rate=0.1)
    SGD(learning_rate=0.1, weight_decay=0.0)
    """
    if isinstance(optimizer, Optimizer) and not options:
        return optimizer
    return OPTIMIZERS[check_choice("optimizer", optimizer, tuple(OPTIMIZERS))](**options)
