"""Rows and definitions: picking entries, and adding back to where they came from."""

import operator

import numpy as np

from ...backend import scatter_add, zeros
from ..tape import ADDS, raw
from .shapes import along
from .table import define, record, row


def scatter(g, index, like):
    """Zeros of the shape of ``like`` with g added at index: the derivative of picking."""
    return scatter_add(zeros(like.shape, g.dtype, like), index, g)


row(operator.getitem, lambda g, out, x, index: record(scatter, g, index, raw(x)))
ADDS[operator.getitem] = lambda total, g, x, index: scatter_add(total, index, g)
row(scatter, lambda g, out, y, index, like: g[index])


@define(np.take)
def _(a, indices, axis=None):
    return np.ravel(a)[indices] if axis is None else a[along(indices, axis, np.ndim(a))]


@define(np.take_along_axis)
def _(arr, indices, axis=-1):
    """indices, and on every other axis the place itself."""
    if axis is None:
        return np.ravel(arr)[indices]
    n, axis = np.ndim(indices), axis % np.ndim(indices)
    where = [
        np.arange(k, like=indices).reshape((1,) * i + (-1,) + (1,) * (n - i - 1))
        for i, k in enumerate(np.shape(indices))
    ]
    where[axis] = indices
    return arr[tuple(where)]


@define(np.compress)
def _(condition, a, axis=None):
    kept = np.nonzero(raw(condition))[0]
    return np.take(a, kept, axis)


@define(np.sort)
def _(a, axis=-1):
    a, axis = (np.ravel(a), 0) if axis is None else (a, axis)
    return np.take_along_axis(a, np.argsort(raw(a), axis), axis)


@define(np.partition)
def _(a, kth, axis=-1):
    return np.take_along_axis(a, np.argpartition(raw(a), kth, axis), axis)


def _diagonal_index(shape, offset, like):
    n = max(0, min(shape[0] - max(0, -offset), shape[1] - max(0, offset)))
    i = np.arange(n, like=like)
    return i + max(0, -offset), i + max(0, offset)


@define(np.diagonal)
def diagonal(a, offset=0, axis1=0, axis2=1):
    """The diagonal of two axes, as the last axis."""
    a = np.moveaxis(a, (axis1, axis2), (0, 1))
    return np.moveaxis(a[_diagonal_index(np.shape(a), offset, raw(a))], 0, -1)


@define(np.diag)
def diag(v, k=0):
    """The diagonal of a matrix, or the matrix of a diagonal."""
    return diagonal(v, k) if np.ndim(v) == 2 else diagflat(v, k)


@define(np.diagflat)
def diagflat(v, k=0):
    """The matrix that has v, flattened, on its k-th diagonal."""
    v = np.ravel(v)
    n = len(v) + abs(k)
    square = np.zeros_like(raw(v), shape=(n, n))
    return record(scatter, v, _diagonal_index((n, n), k, square), square)


@define(np.trace)
def _(a, offset=0, axis1=0, axis2=1):
    return np.sum(diagonal(a, offset, axis1, axis2), -1)
