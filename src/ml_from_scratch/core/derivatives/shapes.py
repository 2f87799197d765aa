"""Rows and definitions: the same numbers in another arrangement."""

from itertools import accumulate

import numpy as np

from ... import backend
from ..tape import Node, raw
from ..tensor import apply
from .table import define, every, record, row


def listed(axis, ndim):
    """axis (None, a number or several) as a list of numbers of at least 0."""
    if axis is None:
        return list(range(ndim))
    return [a % ndim for a in (axis if isinstance(axis, (tuple, list)) else (axis,))]


def along(index, axis, ndim):
    """The index that picks ``index`` on one axis and everything on those before it."""
    return (slice(None),) * (axis % ndim) + (index,)


def reshape(x, shape, order="C"): return np.reshape(x, shape, order)  # fmt: skip


def transpose_rule(g, out, x, axes=None):
    return np.transpose(g, axes and tuple(np.argsort([a % len(axes) for a in axes]).tolist()))


def roll_rule(g, out, x, shift, axis=None):
    back = tuple(-s for s in shift) if isinstance(shift, (tuple, list)) else -shift
    return np.roll(g, back, axis)


def tile_rule(g, out, x, reps):
    """Cut g into blocks of x's shape, [copies, n, copies, n, ...], and add the copies up."""
    reps = (reps,) if isinstance(reps, int) else tuple(reps)
    shape = (1,) * (len(reps) - np.ndim(x)) + np.shape(x)
    reps = (1,) * (len(shape) - len(reps)) + reps
    blocks = np.reshape(g, [k for pair in zip(reps, shape) for k in pair])
    return np.reshape(np.sum(blocks, axis=tuple(range(0, 2 * len(shape), 2))), np.shape(x))


def pad(x, pad_width, constant_values):
    return np.pad(x, pad_width, constant_values=constant_values)


def pad_rule(g, out, x, pad_width, constant_values):
    pairs = np.broadcast_to(np.array(pad_width), (np.ndim(x), 2)).tolist()
    return g[tuple(slice(a, a + n) for (a, _), n in zip(pairs, np.shape(x)))]


# fmt: off
row(reshape,         lambda g, out, x, shape, order="C": np.reshape(g, np.shape(x), order=order))
row(np.ravel,        lambda g, out, x, order="C": np.reshape(g, np.shape(x), order=order))
row(np.squeeze,      lambda g, out, x, axis=None: np.reshape(g, np.shape(x)))
row(np.expand_dims,  lambda g, out, x, axis: np.reshape(g, np.shape(x)))
row(np.transpose,    transpose_rule)
row(np.swapaxes,     lambda g, out, x, axis1, axis2: np.swapaxes(g, axis1, axis2))
row(np.moveaxis,     lambda g, out, x, source, destination: np.moveaxis(g, destination, source))
row(np.broadcast_to, lambda g, out, x, shape: g)
row(np.flip,         lambda g, out, x, axis=None: np.flip(g, axis))
row(np.roll,         roll_rule)
row(np.rot90,        lambda g, out, x, k=1, axes=(0, 1): np.rot90(g, -k, axes))
row(np.tril,         lambda g, out, x, k=0: np.tril(g, k))
row(np.triu,         lambda g, out, x, k=0: np.triu(g, k))
row(np.tile,         tile_rule)
row(pad,             pad_rule)
# fmt: on


@define(np.reshape)
def _(a, shape=None, newshape=None, order="C"):
    return record(reshape, a, shape=newshape if shape is None else shape, order=order)


@define(np.pad)
def _(array, pad_width, mode="constant", constant_values=0):
    if mode != "constant":
        raise TypeError(
            f'np.pad is differentiable with mode="constant" only; got {mode!r}. Use np.concatenate.'
        )
    return record(pad, array, pad_width=pad_width, constant_values=constant_values)


# ---- joining ----------------------------------------------------------------------------------
def concatenate(*arrays, axis, ends):
    return np.concatenate(arrays, axis)


def concatenate_rule(i, g, out, *arrays, axis, ends):
    """Array i is what lies before its end."""
    piece = slice(ends[i] - np.shape(arrays[i])[axis], ends[i])
    return g[along(piece, axis, np.ndim(out))]


every(concatenate, concatenate_rule)


@define(np.concatenate)
def _(arrays, axis=0):
    if axis is None:
        arrays, axis = [np.ravel(a) for a in arrays], 0
    arrays = tuple(arrays)
    ends = tuple(accumulate(np.shape(a)[axis] for a in arrays))
    return apply(concatenate, arrays, {"axis": axis, "ends": ends})


@define(np.stack)
def _(arrays, axis=0):
    return np.concatenate([np.expand_dims(a, axis) for a in arrays], axis)


def stacked(x):
    """A Tensor from (nested) lists of Tensors and numbers; anything else unchanged."""
    return np.stack([stacked(part) for part in x]) if isinstance(x, (list, tuple)) else x


@define(np.vstack)
def _(tup):
    return np.concatenate([np.atleast_2d(a) for a in tup])


@define(np.hstack)
def _(tup):
    return np.concatenate([np.atleast_1d(a) for a in tup], 0 if np.ndim(tup[0]) < 2 else 1)


@define(np.dstack)
def _(tup):
    return np.concatenate([np.atleast_3d(a) for a in tup], 2)


@define(np.column_stack)
def _(tup):
    return np.concatenate([a if np.ndim(a) > 1 else np.reshape(a, (-1, 1)) for a in tup], 1)


@define(np.append)
def _(arr, values, axis=None):
    if axis is None:
        arr, values, axis = np.ravel(arr), np.ravel(values), 0
    return np.concatenate([arr, values], axis)


@define(np.broadcast_arrays)
def _(*args):
    shape = np.broadcast_shapes(*(np.shape(a) for a in args))
    return [np.broadcast_to(a, shape) for a in args]


# ---- new axes ---------------------------------------------------------------------------------
@define(np.atleast_1d)
def _(x):
    return np.reshape(x, (1,)) if np.ndim(x) < 1 else x


@define(np.atleast_2d)
def _(x):
    return np.reshape(x, (1, -1)) if np.ndim(x) < 2 else x


@define(np.atleast_3d)
def _(x):
    shapes = {0: (1, 1, 1), 1: (1, -1, 1), 2: np.shape(x) + (1,)}
    return np.reshape(x, shapes[np.ndim(x)]) if np.ndim(x) < 3 else x


@define(np.rollaxis)
def _(a, axis, start=0):
    return np.moveaxis(a, axis, start - (start > axis))


@define(np.flipud)
def _(m):
    return np.flip(m, 0)


@define(np.fliplr)
def _(m):
    return np.flip(m, 1)


# ---- cutting, repeating -----------------------------------------------------------------------
@define(np.array_split)
def array_split(ary, indices_or_sections, axis=0):
    edges = np.array_split(range(np.shape(ary)[axis]), indices_or_sections)
    pieces = [slice(int(e[0]), int(e[-1]) + 1) if len(e) else slice(0, 0) for e in edges]
    return [ary[along(piece, axis, np.ndim(ary))] for piece in pieces]


@define(np.split)
def split(ary, indices_or_sections, axis=0):
    n = np.shape(ary)[axis]
    if isinstance(indices_or_sections, int) and n % indices_or_sections:
        raise ValueError(
            f"np.split: an axis of {n} does not divide into {indices_or_sections}: see np.array_split."
        )
    return array_split(ary, indices_or_sections, axis)


@define(np.vsplit)
def _(ary, indices_or_sections):
    return np.split(ary, indices_or_sections, 0)


@define(np.hsplit)
def _(ary, indices_or_sections):
    return np.split(ary, indices_or_sections, 1 if np.ndim(ary) > 1 else 0)


@define(np.dsplit)
def _(ary, indices_or_sections):
    return np.split(ary, indices_or_sections, 2)


@define(np.repeat)
def _(a, repeats, axis=None):
    a, axis = (np.ravel(a), 0) if axis is None else (a, axis)
    return np.take(a, np.repeat(np.arange(np.shape(a)[axis], like=raw(a)), repeats), axis)


@define(np.meshgrid)
def _(*xi, indexing="xy"):
    swap = indexing == "xy" and len(xi) > 1
    order = (1, 0) + tuple(range(2, len(xi))) if swap else tuple(range(len(xi)))
    place = [np.reshape(x, [-1 if i == k else 1 for i in order]) for k, x in enumerate(xi)]
    return np.broadcast_arrays(*place)


# ---- differences, grids -----------------------------------------------------------------------
@define(np.diff)
def _(a, n=1, axis=-1):
    a = np.moveaxis(a, axis, -1)
    for _ in range(n):
        a = a[..., 1:] - a[..., :-1]
    return np.moveaxis(a, -1, axis)


@define(np.gradient)
def _(f, axis=None):
    """Central differences inside, one-sided ones at both ends, unit spacing."""

    def along_axis(a):
        y = np.moveaxis(f, a, 0)
        return np.moveaxis(
            np.concatenate([y[1:2] - y[:1], 0.5 * (y[2:] - y[:-2]), y[-1:] - y[-2:-1]]), 0, a
        )

    slopes = [along_axis(a) for a in listed(axis, np.ndim(f))]
    return slopes[0] if len(slopes) == 1 else slopes


@define(np.linspace)
def _(start, stop, num=50):
    span = stop - start
    return start + span * backend.like(np.linspace(0.0, 1.0, num, dtype=span.dtype), raw(span))


@define(np.full_like)
def _(a, fill_value):
    return (
        np.broadcast_to(fill_value, np.shape(a))
        if isinstance(fill_value, Node)
        else np.full_like(raw(a), fill_value)
    )
