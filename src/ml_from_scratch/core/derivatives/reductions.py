"""Rows and definitions: sums, means, extremes, products and what is made of them."""

import numpy as np

from ..tape import raw
from .shapes import listed, stacked
from .table import define, record, row


def kept(x, axis):
    """The shape that keepdims=True would give."""
    axes = listed(axis, np.ndim(x))
    return tuple(1 if i in axes else n for i, n in enumerate(np.shape(x)))


def expand(g, x, axis, keepdims):
    """g with the reduced axes put back with length one."""
    return g if keepdims or (axis is None and np.ndim(g) == 0) else g.reshape(kept(x, axis))


def share_of(out, x):
    """One over how many entries of x make one of out; 1 where there are none."""
    return max(np.size(out), 1) / max(np.size(x), 1)


def extreme(g, out, x, axis=None, keepdims=False):
    winners = raw(x) == raw(expand(out, x, axis, keepdims))
    return expand(g, x, axis, keepdims) * (winners / np.sum(winners, axis=axis, keepdims=True))


def cumsum_rule(g, out, x, axis=None):
    """out_i = x_1 + ... + x_i, so x_j receives g_j + ... + g_n: the sums from the other end."""
    return np.reshape(np.flip(np.cumsum(np.flip(g, axis), axis), axis), np.shape(x))


# fmt: off
row(np.sum,         lambda g, out, x, axis=None, keepdims=False: expand(g, x, axis, keepdims))
row(np.mean,        lambda g, out, x, axis=None, keepdims=False: expand(g, x, axis, keepdims) * share_of(out, x))
row(np.max,         extreme)
row(np.min,         extreme)
row(np.cumsum,      cumsum_rule)


def root(x): return np.sqrt(x)  # a square root whose derivative at 0 is 0: for norms and deviations
row(root,           lambda g, out, x: g * 0.5 / np.where(out == 0, np.inf, out))
# fmt: on


@define(np.var)
def var(x, axis=None, ddof=0, keepdims=False):
    """Mean square distance from the mean, with n - ddof in place of n."""
    x = stacked(x)
    squares = np.sum(np.square(x - np.mean(x, axis, keepdims=True)), axis, keepdims=keepdims)
    return squares / (1.0 / share_of(squares, x) - ddof)


@define(np.std)
def std(x, axis=None, ddof=0, keepdims=False):
    """Square root of the variance; where that is 0 the derivative is taken to be 0."""
    return record(root, np.var(x, axis, ddof=ddof, keepdims=keepdims))


@define(np.prod)
def prod(x, axis=None, keepdims=False):
    """Halves are multiplied until one is left: right at zeros too, and at every order."""
    x, shape, axes = stacked(x), kept(x, axis), listed(axis, np.ndim(x))
    x = np.moveaxis(x, tuple(axes), tuple(range(len(axes))))
    rest = np.shape(x)[len(axes) :]
    x = np.reshape(x, (np.size(raw(x)) // max(1, int(np.prod(rest))),) + rest)
    if len(x) == 0:
        return np.ones_like(raw(x), shape=shape if keepdims else rest)
    while len(x) > 1:
        half = len(x) // 2
        x = np.concatenate([x[:half] * x[half : 2 * half], x[2 * half :]])
    return np.reshape(x, shape) if keepdims else x[0]


@define(np.cumprod)
def cumprod(x, axis=None):
    """Partial products by doubling: after k rounds each entry holds its last 2^k factors."""
    x, axis = (np.ravel(x), 0) if axis is None else (x, axis)
    x, step = np.moveaxis(x, axis, 0), 1
    while step < len(x):
        x = np.concatenate([x[:step], x[step:] * x[:-step]])
        step *= 2
    return np.moveaxis(x, 0, axis)


@define(np.average)
def average(a, axis=None, weights=None, keepdims=False):
    """Mean, with weights that may be Tensors, too."""
    if weights is None:
        return np.mean(a, axis, keepdims=keepdims)
    if np.ndim(weights) == 1 and np.ndim(a) > 1:
        weights = np.reshape(
            weights, tuple(n if i == axis % np.ndim(a) else 1 for i, n in enumerate(np.shape(a)))
        )
    total = np.sum(np.broadcast_to(weights, np.shape(a)), axis, keepdims=keepdims)
    return np.sum(a * weights, axis, keepdims=keepdims) / total


@define(np.ptp)
def ptp(a, axis=None, keepdims=False):
    """Largest less smallest ("peak to peak")."""
    return np.max(a, axis, keepdims=keepdims) - np.min(a, axis, keepdims=keepdims)


@define(np.median)
def median(a, axis=None, keepdims=False):
    """Mean of the middle one or two of the sorted values."""
    shape = kept(a, axis)
    ordered = np.sort(np.ravel(a) if axis is None else np.moveaxis(a, axis, -1), -1)
    n = np.shape(ordered)[-1]
    middle = np.mean(ordered[..., (n - 1) // 2 : n // 2 + 1], -1)
    return np.reshape(middle, shape) if keepdims else middle


@define(np.nansum)
def nansum(a, axis=None, keepdims=False):
    """Sum of what is not NaN."""
    return np.sum(np.where(np.isnan(a), 0.0, a), axis, keepdims=keepdims)


@define(np.nanmean)
def nanmean(a, axis=None, keepdims=False):
    """Mean of what is not NaN."""
    present = np.where(np.isnan(a), 0.0, np.ones_like(a))
    return np.nansum(a, axis, keepdims=keepdims) / np.sum(present, axis, keepdims=keepdims)
