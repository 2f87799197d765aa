r"""Clipping: gradients kept within bounds, between backward() and step().

With the norm over all parameters together :math:`\|g\| = \sqrt{\sum_p \|g_p\|^2}`:

.. math::
    g_p &\leftarrow g_p \, \min(1, c / \|g\|)       \tag{1} \\
    g_p &\leftarrow \min(\max(g_p, -c), c)          \tag{2}

The first keeps the gradient's direction, the second does not. Both come as functions and as small
objects to hand to a training loop: ``ClipByGlobalNorm(1.0)(parameters)``.

Source: R. Pascanu, T. Mikolov and Y. Bengio, On the difficulty of training recurrent neural networks
(2013), algorithm 1, for (1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..core.checks import check_number


def clip_by_global_norm(parameters, max_norm: float) -> float:
    """Scale all gradients by one factor, so that their common norm is at most ``max_norm``.

    Parameters
    ----------
    parameters : iterable of Parameter
        Those without a gradient are passed by; one that is given twice counts once.
    max_norm : float
        Above 0. (torch divides by the norm plus 1e-6; here the result has exactly this norm.)

    Returns
    -------
    norm : float
        The norm before. If it is not finite, neither are the gradients, and they are left alone.

    Examples
    --------
    >>> from ml_from_scratch.core import Parameter
    >>> w = Parameter([0.0, 0.0])
    >>> w.grad = np.array([3.0, 4.0])
    >>> clip_by_global_norm([w], max_norm=1.0), [round(g, 6) for g in w.grad.tolist()]
    (5.0, [0.6, 0.8])
    """
    check_number("max_norm", max_norm, above=0)
    gradients = _gradients(parameters)
    norm = _global_norm(gradients)
    if max_norm < norm < math.inf:
        for g in gradients:
            g *= max_norm / norm  # (1)
    return norm


def clip_by_value(parameters, limit: float) -> float:
    """Limit every entry of the gradients to between -limit and limit.

    Parameters
    ----------
    parameters : iterable of Parameter
        Those without a gradient are passed by.
    limit : float
        Above 0.

    Returns
    -------
    largest : float
        The largest size of an entry before; NaN if there was one, which stays.
    """
    check_number("limit", limit, above=0)
    gradients = _gradients(parameters)
    sizes = [np.max(np.abs(g)).item() for g in gradients if g.size]
    largest = math.nan if any(size != size for size in sizes) else max(sizes, default=0.0)
    if not largest <= limit:
        for g in gradients:
            np.clip(g, -limit, limit, out=g)  # (2)
    return largest


@dataclass
class ClipByGlobalNorm:
    """``clip_by_global_norm`` with its limit: called on parameters by a training loop."""

    max_norm: float

    def __post_init__(self):
        check_number("max_norm", self.max_norm, above=0)

    def __call__(self, parameters):
        """Clip; return the norm before."""
        return clip_by_global_norm(parameters, self.max_norm)


@dataclass
class ClipByValue:
    """``clip_by_value`` with its limit: called on parameters by a training loop."""

    limit: float

    def __post_init__(self):
        check_number("limit", self.limit, above=0)

    def __call__(self, parameters):
        """Clip; return the largest size before."""
        return clip_by_value(parameters, self.limit)


def _gradients(parameters) -> list:
    once = {id(p): p for p in parameters}.values()
    return [p.grad for p in once if p.grad is not None]


def _global_norm(gradients) -> float:
    with np.errstate(all="ignore"):
        squares = [np.dot(g.reshape(-1), g.reshape(-1)).item() for g in gradients]
        norm = math.sqrt(sum(squares))
        if math.isfinite(norm):
            return norm
        largest = max((np.max(np.abs(g)).item() for g in gradients if g.size), default=0.0)
        if not math.isfinite(largest):
            return norm
        scaled = [(g / largest).reshape(-1) for g in gradients]  # the squares had overflowed
        return largest * math.sqrt(sum(np.dot(g, g).item() for g in scaled))
