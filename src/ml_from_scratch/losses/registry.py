"""Losses by name, for configuration files; code passes the objects themselves."""

from __future__ import annotations

from ..core.checks import check_choice
from .base import Loss
from .binary_cross_entropy import BinaryCrossEntropy
from .cross_entropy import CrossEntropy
from .exponential import Exponential
from .hinge import Hinge, SquaredHinge
from .kl_divergence import KLDivergence
from .poisson import Poisson
from .quantile import Quantile
from .regression import MAE, MSE, Huber, LogCosh

LOSSES = {
    "mse": MSE,
    "mae": MAE,
    "huber": Huber,
    "log_cosh": LogCosh,
    "cross_entropy": CrossEntropy,
    "binary_cross_entropy": BinaryCrossEntropy,
    "hinge": Hinge,
    "squared_hinge": SquaredHinge,
    "kl_divergence": KLDivergence,
    "poisson": Poisson,
    "quantile": Quantile,
    "exponential": Exponential,
}


def get(loss, **options) -> Loss:
    """Return the loss of a name, made with the options; a Loss is returned as it is.

    Raises
    ------
    ValueError
        If the name is unknown; it lists the known ones.

    Examples
    --------
    >>> get("huber", delta=2.0)
    Huber(delta=2.0, reduction='mean')
    """
    if isinstance(loss, Loss) and not options:
        return loss
    return LOSSES[check_choice("loss", loss, tuple(LOSSES))](**options)
