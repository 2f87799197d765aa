"""The table of derivatives: one vector-Jacobian rule per argument of every NumPy function.

For out = f(x, y) and a cotangent g of the shape of out, a rule returns J_x^T g. Rules are written
in differentiable NumPy: given arrays they compute, given Tensors they are recorded, so one row is
right at every order. Three things a rule need not do: undo broadcasting, restore a dtype, or expand
a cotangent that NumPy would broadcast (``tensor.fit`` does so for all rules).

    row(function, rule for argument 0, rule for argument 1, ...)     None: no derivative
    every(function, rule)        any number of arguments: rule(i, g, out, *arguments)
    @define(function)            the function written with functions that have rows
"""

import math
import operator
from functools import partial
from itertools import count

import numpy as np

from .tensor import CONSTANT, DEFINITIONS, KEYWORDS, VJPS, Tensor, apply, cast, raw


def row(function, *rules):
    VJPS[function] = rules
    KEYWORDS[function] = {
        name for r in rules if r for name in r.__code__.co_varnames[: r.__code__.co_argcount]
    }


class every:
    def __init__(self, function, rule):
        self.rule, VJPS[function] = rule, self
        KEYWORDS[function] = set(
            rule.__code__.co_varnames[: rule.__code__.co_argcount + rule.__code__.co_kwonlyargcount]
        )

    def __iter__(self):
        return (partial(self.rule, i) for i in count())


def define(*functions):
    def register(definition):
        DEFINITIONS.update(dict.fromkeys(functions, definition))
        return definition

    return register


# ---- arithmetic -------------------------------------------------------------------------------
row(np.add, lambda g, out, x, y: g, lambda g, out, x, y: g)
row(np.subtract, lambda g, out, x, y: g, lambda g, out, x, y: -g)
row(np.multiply, lambda g, out, x, y: g * y, lambda g, out, x, y: g * x)
row(np.divide, lambda g, out, x, y: g / y, lambda g, out, x, y: -g * out / y)
row(
    np.power,
    lambda g, out, x, y: g * y * x ** (y - (y != 0)),
    lambda g, out, x, y: g * out * np.log(np.where(x == 0, 1.0, x)),
)
row(np.remainder, lambda g, out, x, y: g, lambda g, out, x, y: -g * np.floor(raw(x) / raw(y)))
row(np.negative, lambda g, out, x: -g)
row(np.positive, lambda g, out, x: g)
row(np.square, lambda g, out, x: g * (2.0 * x))
row(np.sqrt, lambda g, out, x: g * 0.5 / out)
row(np.reciprocal, lambda g, out, x: -g * out * out)
row(np.absolute, lambda g, out, x: g * np.sign(x))
row(np.fabs, lambda g, out, x: g * np.sign(x))
row(cast, lambda g, out, x, dtype: g)

# ---- exponentials and logarithms --------------------------------------------------------------
LOG2, LOG10 = math.log(2.0), math.log(10.0)
row(np.exp, lambda g, out, x: g * out)
row(np.expm1, lambda g, out, x: g * (out + 1.0))
row(np.exp2, lambda g, out, x: g * out * LOG2)
row(np.log, lambda g, out, x: g / x)
row(np.log2, lambda g, out, x: g / (x * LOG2))
row(np.log10, lambda g, out, x: g / (x * LOG10))
row(np.log1p, lambda g, out, x: g / (x + 1.0))
row(
    np.logaddexp, lambda g, out, x, y: g * np.exp(x - out), lambda g, out, x, y: g * np.exp(y - out)
)
row(
    np.logaddexp2,
    lambda g, out, x, y: g * np.exp2(x - out),
    lambda g, out, x, y: g * np.exp2(y - out),
)

# ---- trigonometry -----------------------------------------------------------------------------
row(np.sin, lambda g, out, x: g * np.cos(x))
row(np.cos, lambda g, out, x: -g * np.sin(x))
row(np.tan, lambda g, out, x: g * (1.0 + out * out))
row(np.arcsin, lambda g, out, x: g / np.sqrt(1.0 - x * x))
row(np.arccos, lambda g, out, x: -g / np.sqrt(1.0 - x * x))
row(np.arctan, lambda g, out, x: g / (1.0 + x * x))
row(np.sinh, lambda g, out, x: g * np.cosh(x))
row(np.cosh, lambda g, out, x: g * np.sinh(x))
row(np.tanh, lambda g, out, x: g * (1.0 - out * out))
row(np.arcsinh, lambda g, out, x: g / np.sqrt(x * x + 1.0))
row(np.arccosh, lambda g, out, x: g / np.sqrt(x * x - 1.0))
row(np.arctanh, lambda g, out, x: g / (1.0 - x * x))
row(
    np.arctan2,
    lambda g, out, y, x: g * x / (x * x + y * y),
    lambda g, out, y, x: -g * y / (x * x + y * y),
)
row(np.hypot, lambda g, out, x, y: g * x / out, lambda g, out, x, y: g * y / out)
row(np.deg2rad, lambda g, out, x: g * (math.pi / 180.0))
row(np.rad2deg, lambda g, out, x: g * (180.0 / math.pi))
row(np.radians, lambda g, out, x: g * (math.pi / 180.0))
row(
    np.sinc,
    lambda g, out, x: g
    * np.where(x == 0, 0.0, (np.cos(math.pi * x) - out) / np.where(x == 0, 1.0, x)),
)
row(np.degrees, lambda g, out, x: g * (180.0 / math.pi))


# ---- choices (a tie shares the cotangent) -----------------------------------------------------
def share(g, wins, ties):
    return np.where(wins, g, ties * (0.5 * g))


row(
    np.maximum,
    lambda g, out, x, y: share(g, x > y, x == y),
    lambda g, out, x, y: share(g, y > x, x == y),
)
row(
    np.minimum,
    lambda g, out, x, y: share(g, x < y, x == y),
    lambda g, out, x, y: share(g, y < x, x == y),
)
row(
    np.fmax,
    lambda g, out, x, y: share(g, x > y, x == y),
    lambda g, out, x, y: share(g, y > x, x == y),
)
row(
    np.fmin,
    lambda g, out, x, y: share(g, x < y, x == y),
    lambda g, out, x, y: share(g, y < x, x == y),
)
row(np.clip, lambda g, out, x, a_min=None, a_max=None: g * (x == out))
row(
    np.where,
    None,
    lambda g, out, c, x, y: np.where(c, g, 0.0),
    lambda g, out, c, x, y: np.where(c, 0.0, g),
)
row(np.nan_to_num, lambda g, out, x: g * np.isfinite(x))


# ---- reductions -------------------------------------------------------------------------------
def expand(g, x, axis, keepdims):
    """g with the reduced axes put back with length one."""
    return g if keepdims or axis is None and np.ndim(g) == 0 else g.reshape(kept(x, axis))


def kept(x, axis):
    axes = (
        range(np.ndim(x))
        if axis is None
        else [a % np.ndim(x) for a in (axis if isinstance(axis, tuple) else (axis,))]
    )
    return tuple(1 if i in axes else n for i, n in enumerate(np.shape(x)))


def extreme(g, out, x, axis=None, keepdims=False):
    winners = raw(x) == raw(expand(out, x, axis, keepdims))
    return expand(g, x, axis, keepdims) * (winners / np.sum(winners, axis=axis, keepdims=True))


row(np.sum, lambda g, out, x, axis=None, keepdims=False: expand(g, x, axis, keepdims))
row(
    np.mean,
    lambda g, out, x, axis=None, keepdims=False: expand(g, x, axis, keepdims)
    * (np.size(out) / np.size(x)),
)
row(np.max, extreme)
row(np.min, extreme)


def cumsum_rule(g, out, x, axis=None):
    back = np.flip(np.cumsum(np.flip(g, axis), axis), axis)
    return back.reshape(np.shape(x))


row(np.cumsum, cumsum_rule)


@define(np.var)
def var(x, axis=None, ddof=0, keepdims=False):
    x = stacked(x)
    centred = x - np.mean(x, axis, keepdims=True)
    squares = np.sum(np.square(centred), axis, keepdims=keepdims)
    return squares / (np.size(x) / np.size(squares) - ddof)


@define(np.std)
def std(x, axis=None, ddof=0, keepdims=False):
    return np.sqrt(np.var(x, axis, ddof=ddof, keepdims=keepdims))


@define(np.prod)
def prod(x, axis=None, keepdims=False):
    """Halves are multiplied until one is left: right at zeros too, and at every order."""
    shape, axes = kept(x, axis), (
        range(np.ndim(x)) if axis is None else [a % np.ndim(x) for a in np.atleast_1d(axis)]
    )
    x = np.moveaxis(x, tuple(axes), tuple(range(len(axes))))
    x = np.reshape(x, (-1,) + np.shape(x)[len(axes) :])
    while len(x) > 1:
        half = len(x) // 2
        x = np.concatenate([x[:half] * x[half : 2 * half], x[2 * half :]])
    return np.reshape(x, shape) if keepdims else x[0]


# ---- shapes -----------------------------------------------------------------------------------
def transpose_rule(g, out, x, axes=None):
    return np.transpose(g, axes and tuple(np.argsort([a % len(axes) for a in axes]).tolist()))


def tile_rule(g, out, x, reps):
    reps = (reps,) if isinstance(reps, int) else tuple(reps)
    shape = (1,) * (len(reps) - np.ndim(x)) + np.shape(x)
    reps = (1,) * (len(shape) - len(reps)) + reps
    blocks = np.reshape(g, [k for pair in zip(reps, shape) for k in pair])
    return np.reshape(np.sum(blocks, axis=tuple(range(0, 2 * len(shape), 2))), np.shape(x))


def pad_rule(g, out, x, pad_width, mode="constant", constant_values=0):
    if mode != "constant":
        raise TypeError('np.pad is differentiable with mode="constant" only.')
    pairs = np.broadcast_to(np.asarray(pad_width), (np.ndim(x), 2)).tolist()
    return g[tuple(slice(a, a + n) for (a, _), n in zip(pairs, np.shape(x)))]


row(np.reshape, lambda g, out, x, shape=None, order="C": np.reshape(g, np.shape(x), order=order))
row(np.ravel, lambda g, out, x, order="C": np.reshape(g, np.shape(x), order=order))
row(np.squeeze, lambda g, out, x, axis=None: g.reshape(np.shape(x)))
row(np.expand_dims, lambda g, out, x, axis: g.reshape(np.shape(x)))
row(np.transpose, transpose_rule)
row(np.swapaxes, lambda g, out, x, axis1, axis2: np.swapaxes(g, axis1, axis2))
row(np.moveaxis, lambda g, out, x, source, destination: np.moveaxis(g, destination, source))
row(np.broadcast_to, lambda g, out, x, shape: g)
row(np.flip, lambda g, out, x, axis=None: np.flip(g, axis))
row(
    np.roll,
    lambda g, out, x, shift, axis=None: np.roll(
        g, tuple(-s for s in shift) if isinstance(shift, tuple) else -shift, axis
    ),
)
row(np.rot90, lambda g, out, x, k=1, axes=(0, 1): np.rot90(g, -k, axes))
row(np.tril, lambda g, out, x, k=0: np.tril(g, k))
row(np.triu, lambda g, out, x, k=0: np.triu(g, k))
row(np.tile, tile_rule)
row(np.pad, pad_rule)


def concatenate(*arrays, axis=0):
    return np.concatenate(arrays, axis)


def concatenate_rule(i, g, out, *arrays, axis=0):
    start = sum(np.shape(a)[axis] for a in arrays[:i])
    return g[
        (slice(None),) * (axis % np.ndim(out)) + (slice(start, start + np.shape(arrays[i])[axis]),)
    ]


every(concatenate, concatenate_rule)


@define(np.concatenate)
def _(arrays, axis=0):
    if axis is None:
        arrays, axis = [np.ravel(a) for a in arrays], 0
    return apply(concatenate, tuple(arrays), {"axis": axis})


@define(np.stack)
def _(arrays, axis=0):
    return np.concatenate([np.expand_dims(a, axis) for a in arrays], axis)


def stacked(x):
    """A Tensor from (nested) lists of Tensors and numbers; anything else unchanged."""
    return np.stack([stacked(part) for part in x]) if isinstance(x, (list, tuple)) else x


@define(np.atleast_1d)
def _(x):
    return np.reshape(x, (1,)) if np.ndim(x) < 1 else x


@define(np.atleast_2d)
def _(x):
    return np.reshape(x, (1, -1)) if np.ndim(x) < 2 else x


@define(np.atleast_3d)
def _(x):
    return (
        np.reshape(x, {0: (1, 1, 1), 1: (1, -1, 1), 2: (*np.shape(x), 1)}[np.ndim(x)])
        if np.ndim(x) < 3
        else x
    )


@define(np.rollaxis)
def _(x, axis, start=0):
    return np.moveaxis(x, axis, start - (start > axis))


@define(np.vstack)
def _(arrays):
    return np.concatenate([np.atleast_2d(a) for a in arrays])


@define(np.hstack)
def _(arrays):
    return np.concatenate([np.atleast_1d(a) for a in arrays], 0 if np.ndim(arrays[0]) < 2 else 1)


@define(np.column_stack)
def _(arrays):
    return np.concatenate([a if np.ndim(a) > 1 else np.reshape(a, (-1, 1)) for a in arrays], 1)


@define(np.append)
def _(x, values, axis=None):
    return np.concatenate(
        [x, values] if axis is not None else [np.ravel(x), np.ravel(values)], axis or 0
    )


@define(np.flipud)
def _(x):
    return np.flip(x, 0)


@define(np.fliplr)
def _(x):
    return np.flip(x, 1)


@define(np.split, np.array_split)
def _(x, sections, axis=0):
    edges = np.array_split(np.arange(np.shape(x)[axis]), sections)
    return [
        x[
            (slice(None),) * (axis % np.ndim(x))
            + (slice(e[0], e[-1] + 1) if len(e) else slice(0, 0),)
        ]
        for e in edges
    ]


@define(np.vsplit)
def _(x, sections):
    return np.split(x, sections, 0)


@define(np.hsplit)
def _(x, sections):
    return np.split(x, sections, 1 if np.ndim(x) > 1 else 0)


@define(np.dsplit)
def _(x, sections):
    return np.split(x, sections, 2)


@define(np.diff)
def _(x, n=1, axis=-1):
    for _ in range(n):
        x = np.moveaxis(x, axis, -1)
        x = np.moveaxis(x[..., 1:] - x[..., :-1], -1, axis)
    return x


@define(np.gradient)
def _(x, axis=None):
    axes = range(np.ndim(x)) if axis is None else (axis if isinstance(axis, tuple) else (axis,))

    def along_axis(a):
        y = np.moveaxis(x, a, 0)
        return np.moveaxis(
            np.concatenate([y[1:2] - y[:1], 0.5 * (y[2:] - y[:-2]), y[-1:] - y[-2:-1]]), 0, a
        )

    slopes = tuple(along_axis(a) for a in axes)
    return slopes[0] if len(slopes) == 1 else slopes


@define(np.repeat)
def _(x, repeats, axis=None):
    return np.take(
        np.ravel(x) if axis is None else x,
        np.repeat(np.arange(np.size(x) if axis is None else np.shape(x)[axis]), repeats),
        axis or 0,
    )


@define(np.linspace)
def _(start, stop, num=50):
    return start + (stop - start) * np.linspace(0.0, 1.0, num)


@define(np.full_like)
def _(x, value):
    return (
        np.broadcast_to(value, np.shape(x))
        if isinstance(value, Tensor)
        else np.full_like(raw(x), value)
    )


# ---- indexing: gathering and scattering are each other's derivative ----------------------------
def scatter_add(g, index, like):
    """Zeros of the shape of ``like`` with g added at index; repeated indices add up."""
    total = np.zeros_like(like, dtype=g.dtype)
    if all(
        isinstance(i, (int, slice, type(None), type(...)))
        for i in (index if isinstance(index, tuple) else (index,))
    ):
        total[index] = g
    else:
        np.add.at(total, index, g)
    return total


def along(index, axis, ndim):
    return (slice(None),) * (axis % ndim) + (index,)


row(operator.getitem, lambda g, out, x, index: apply_if(scatter_add, g, index, raw(x)))
row(scatter_add, lambda g, out, y, index, like: g[index])


def apply_if(function, *args):
    return apply(function, args) if isinstance(args[0], Tensor) else function(*args)


@define(np.take)
def _(x, index, axis=None):
    return np.ravel(x)[index] if axis is None else x[along(index, axis, np.ndim(x))]


@define(np.take_along_axis)
def _(x, index, axis=-1):
    where = list(np.ix_(*map(np.arange, np.shape(index))))
    where[axis % np.ndim(x)] = index
    return x[tuple(where)]


@define(np.sort)
def _(x, axis=-1):
    return np.take_along_axis(x, np.argsort(raw(x), axis), axis)


@define(np.partition)
def _(x, kth, axis=-1):
    return np.take_along_axis(x, np.argpartition(raw(x), kth, axis), axis)


@define(np.select)
def _(conditions, choices, default=0):
    out = default
    for c, x in zip(conditions[::-1], choices[::-1]):
        out = np.where(c, x, out)
    return out


def diagonal_index(x, k, axis1=0, axis2=1):
    rows, columns = np.shape(x)[axis1], np.shape(x)[axis2]
    i = np.arange(max(0, min(rows, columns - k) - max(0, -k))) + max(0, -k)
    return i, i + k


@define(np.diagonal)
def diagonal(x, offset=0, axis1=0, axis2=1):
    x = np.moveaxis(x, (axis1, axis2), (0, 1))
    return np.moveaxis(x[diagonal_index(x, offset)], 0, -1)


@define(np.diag, np.diagflat)
def _(x, k=0):
    if np.ndim(x) == 2:
        return diagonal(x, k)
    n = np.size(x) + abs(k)
    square = np.zeros_like(raw(x), shape=(n, n))
    return apply_if(scatter_add, np.ravel(x), diagonal_index(square, k), square)


@define(np.trace)
def _(x, offset=0, axis1=0, axis2=1):
    return np.sum(diagonal(x, offset, axis1, axis2), -1)


# ---- products ---------------------------------------------------------------------------------
def mT(x):
    return np.swapaxes(x, -1, -2)


def matmul_x(g, out, x, y):
    if np.ndim(y) == 1:
        return np.expand_dims(g, -1) * y
    if np.ndim(x) == 1:
        return np.sum(np.expand_dims(g, -2) * y, -1) if np.ndim(y) > 2 else y @ g
    if np.ndim(y) == 2 < np.ndim(x):
        return (g.reshape((-1, np.shape(g)[-1])) @ y.T).reshape(np.shape(x))
    return g @ mT(y)


def matmul_y(g, out, x, y):
    if np.ndim(x) == 1:
        return (
            np.expand_dims(x, -1) * np.expand_dims(g, -2)
            if np.ndim(y) > 1
            else x * np.expand_dims(g, -1)
        )
    if np.ndim(y) == 1:
        return np.sum(x * np.expand_dims(g, -1), axis=tuple(range(np.ndim(g))))
    if np.ndim(y) == 2 < np.ndim(x):  # one product for the whole batch
        return x.reshape((-1, np.shape(x)[-1])).T @ g.reshape((-1, np.shape(g)[-1]))
    return mT(x) @ g


row(np.matmul, matmul_x, matmul_y)


@define(np.dot)
def _(x, y):
    if np.ndim(x) == 0 or np.ndim(y) == 0:
        return x * y
    return np.matmul(x, y) if np.ndim(y) <= 2 else np.tensordot(x, y, ([-1], [-2]))


@define(np.inner)
def _(x, y):
    return x * y if np.ndim(x) == 0 or np.ndim(y) == 0 else np.tensordot(x, y, ([-1], [-1]))


@define(np.outer)
def _(x, y):
    return np.reshape(x, (-1, 1)) * np.reshape(y, (1, -1))


@define(np.vdot)
def _(x, y):
    return np.ravel(x) @ np.ravel(y)


@define(np.tensordot)
def tensordot(x, y, axes=2):
    if isinstance(axes, int):
        axes = (list(range(np.ndim(x) - axes, np.ndim(x))), list(range(axes)))
    a, b = [[k % np.ndim(z) for k in np.atleast_1d(ks).tolist()] for z, ks in zip((x, y), axes)]
    free_x, free_y = [i for i in range(np.ndim(x)) if i not in a], [
        i for i in range(np.ndim(y)) if i not in b
    ]
    shape = tuple(np.shape(x)[i] for i in free_x) + tuple(np.shape(y)[i] for i in free_y)
    n = math.prod(np.shape(x)[i] for i in a)
    left = np.reshape(
        np.transpose(x, free_x + a),
        (-1, n) if n else (math.prod(np.shape(x)[i] for i in free_x), 0),
    )
    right = np.reshape(
        np.transpose(y, b + free_y),
        (n, -1) if n else (0, math.prod(np.shape(y)[i] for i in free_y)),
    )
    return np.reshape(left @ right, shape)


@define(np.kron)
def _(x, y):
    n = max(np.ndim(x), np.ndim(y))
    a, b = (np.reshape(z, (1,) * (n - np.ndim(z)) + np.shape(z)) for z in (x, y))
    shape = [p * q for p, q in zip(np.shape(a), np.shape(b))]
    a = np.reshape(a, [k for p in np.shape(a) for k in (p, 1)])
    b = np.reshape(b, [k for q in np.shape(b) for k in (1, q)])
    return np.reshape(a * b, shape)


def einsum(subscripts, *operands):
    return np.einsum(subscripts, *operands)


def einsum_rule(i, g, out, subscripts, *operands):
    """The cotangent of operand i-1 is an einsum again: its letters and the output change places.

    A letter that only this operand has was summed away: a vector of ones brings it back. A letter
    that it has twice was a diagonal: an identity matrix restores the zeros around it.
    """
    inputs, output = subscripts.split("->")
    terms, x = inputs.split(","), operands[i - 1]
    others = [(t, y) for k, (t, y) in enumerate(zip(terms, operands)) if k != i - 1]
    known, target, extra = set(output).union(*(t for t, _ in others)), "", []
    fresh = iter(c for c in LETTERS if c not in subscripts)
    for letter, n in zip(terms[i - 1], np.shape(x)):
        if letter not in target and letter not in known:
            extra.append((letter, np.ones_like(raw(x), shape=(n,))))
        elif letter in target:
            twin, letter = letter, next(fresh)
            extra.append((twin + letter, np.eye(n, dtype=x.dtype, like=raw(x))))
        target += letter
    terms, arrays = zip((output, g), *others, *extra)
    return np.einsum(",".join(terms) + "->" + target, *arrays)


LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
every(einsum, einsum_rule)


@define(np.einsum)
def _(*args, optimize=False):
    subscripts, operands = explicit(*args)
    return apply(einsum, (subscripts, *operands))


def explicit(subscripts, *operands):
    """Subscripts with an arrow and with letters for every axis that '...' stands for."""
    if not isinstance(subscripts, str):  # einsum(x, [0, 1], y, [1, 2], [0, 2])
        args = (subscripts, *operands)
        text = lambda ks: "".join("..." if k is ... else LETTERS[k] for k in ks)
        terms, operands = [text(t) for t in args[1::2]], args[: len(args) // 2 * 2 : 2]
        subscripts = ",".join(terms) + ("->" + text(args[-1]) if len(args) % 2 else "")
    subscripts = subscripts.replace(" ", "")
    inputs, arrow, output = subscripts.partition("->")
    if not arrow:
        output = "..." * ("." in inputs) + "".join(
            sorted(c for c in set(inputs) - set(",.") if inputs.count(c) == 1)
        )
    dots = "".join(c for c in LETTERS if c not in subscripts)
    terms, longest = [], ""
    for term, x in zip(inputs.split(","), operands):
        n = np.ndim(x) - len(term.replace("...", ""))
        hidden = dots[20 - n : 20] if "." in term else ""
        longest = max(longest, hidden, key=len)
        terms.append(term.replace("...", hidden))
    return ",".join(terms) + "->" + output.replace("...", longest), operands


# ---- linear algebra ---------------------------------------------------------------------------
def column(v):
    return v[..., None]


def solve_a(g, out, a, b):
    w = np.linalg.solve(mT(a), g)
    return -(column(w) * out[..., None, :] if np.ndim(out) == 1 else w @ mT(out))


def cholesky_rule(g, out, a):
    half = np.tril(mT(out) @ g)
    half = half - 0.5 * half * np.eye(np.shape(a)[-1], dtype=a.dtype, like=raw(a))
    s = np.linalg.solve(mT(out), mT(np.linalg.solve(mT(out), mT(half))))
    return 0.5 * (s + mT(s))


row(np.linalg.inv, lambda g, out, a: -mT(out) @ g @ mT(out))
row(np.linalg.solve, solve_a, lambda g, out, a, b: np.linalg.solve(mT(a), g))
row(np.linalg.det, lambda g, out, a: (g * out)[..., None, None] * mT(np.linalg.inv(a)))
row(np.linalg.cholesky, cholesky_rule)


@define(np.real, np.conj, np.real_if_close)
def _(x):
    return x


def logdet(a):
    return np.linalg.slogdet(a)[1]


row(logdet, lambda g, out, a: g[..., None, None] * mT(np.linalg.inv(a)))


@define(np.linalg.slogdet)
def _(a):
    return np.linalg.slogdet(raw(a))[0], apply_if(logdet, a)


def eigh(a, UPLO="L"):
    """Eigenvalues as row 0, eigenvectors below: several outputs in one array, cut apart by slices."""
    w, v = np.linalg.eigh(a, UPLO)
    return np.concatenate([w[..., None, :], v], -2)


def eigh_rule(g, out, a, UPLO="L"):
    """dw = diag(V^T dA V),  dV = V (F * V^T dA V),  F_ij = 1 / (w_j - w_i) off the diagonal."""
    w, v, gw, gv = out[..., 0, :], out[..., 1:, :], g[..., 0, :], g[..., 1:, :]
    eye = np.eye(np.shape(a)[-1], dtype=a.dtype, like=raw(a))
    F = (1.0 - eye) / (w[..., None, :] - column(w) + eye)
    s = v @ (eye * column(gw) + F * (mT(v) @ gv)) @ mT(v)
    keep, flip = (np.tril, np.triu) if UPLO == "L" else (np.triu, np.tril)
    return keep(s) + mT(flip(s)) - s * eye


row(eigh, eigh_rule)


@define(np.linalg.eigh)
def _(a, UPLO="L"):
    packed = apply_if(eigh, a, UPLO)
    return packed[..., 0, :], packed[..., 1:, :]


@define(np.linalg.svd)
def svd(a, full_matrices=True, compute_uv=True):
    """Thin SVD, A = U diag(s) V^T, through one packed array of U, s and V."""
    if full_matrices and compute_uv and np.shape(a)[-1] != np.shape(a)[-2]:
        raise TypeError("np.linalg.svd is differentiable with full_matrices=False.")
    packed, m = apply_if(packed_svd, a), np.shape(a)[-2]
    u, s, v = packed[..., :m, :], packed[..., m, :], packed[..., m + 1 :, :]
    return (u, s, mT(v)) if compute_uv else s


def packed_svd(a):
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    return np.concatenate([u, s[..., None, :], mT(vt)], -2)


def svd_rule(g, out, a):
    """J. Townsend, Differentiating the singular value decomposition (2016)."""
    m, (k, n) = np.shape(a)[-2], (min(np.shape(a)[-2:]), np.shape(a)[-1])
    (u, s, v), (gu, gs, gv) = [(z[..., :m, :], z[..., m, :], z[..., m + 1 :, :]) for z in (out, g)]
    eye = np.eye(k, dtype=a.dtype, like=raw(a))
    F = (1.0 - eye) / (s[..., None, :] ** 2 - column(s) ** 2 + eye)
    skew = lambda z: F * (z - mT(z))
    ut, vt, row_s = mT(u), mT(v), s[..., None, :]
    inner = skew(ut @ gu) * row_s + column(s) * skew(vt @ gv) + eye * column(gs)
    total = u @ inner @ vt
    if m > k:
        total = total + (gu / row_s - u @ (ut @ (gu / row_s))) @ vt
    if n > k:
        total = total + u @ mT(gv / row_s - v @ (vt @ (gv / row_s)))
    return total


row(packed_svd, svd_rule)


@define(np.linalg.norm)
def norm(x, ord=None, axis=None, keepdims=False):
    x = stacked(x)
    if ord == "nuc":
        return np.sum(
            svd(
                x if axis is None else np.moveaxis(x, axis, (-2, -1)),
                compute_uv=False,
                full_matrices=False,
            ),
            -1,
        )
    if ord in (None, 2, "fro") and (ord != 2 or np.ndim(x) == 1 or isinstance(axis, int)):
        return np.sqrt(np.sum(x * x, axis, keepdims=keepdims))
    if isinstance(axis, int) or np.ndim(x) == 1:
        return np.sum(np.abs(x) ** ord, axis, keepdims=keepdims) ** (1.0 / ord)
    raise TypeError(f"np.linalg.norm with ord={ord} of a matrix has no derivative here.")


# ---- zero derivative wherever there is one ----------------------------------------------------
CONSTANT |= {
    np.sign,
    np.floor,
    np.ceil,
    np.rint,
    np.round,
    np.trunc,
    np.fix,
    np.heaviside,
    np.floor_divide,
    np.less,
    np.less_equal,
    np.greater,
    np.greater_equal,
    np.equal,
    np.not_equal,
    np.isclose,
    np.allclose,
    np.array_equal,
    np.isnan,
    np.isinf,
    np.isfinite,
    np.signbit,
    np.logical_and,
    np.logical_or,
    np.logical_not,
    np.any,
    np.all,
    np.nonzero,
    np.flatnonzero,
    np.count_nonzero,
    np.argmax,
    np.argmin,
    np.argsort,
    np.argpartition,
    np.searchsorted,
    np.digitize,
    np.shape,
    np.ndim,
    np.size,
    np.zeros_like,
    np.ones_like,
    np.empty_like,
    np.result_type,
    np.iscomplexobj,
    np.isrealobj,
    np.shares_memory,
    np.may_share_memory,
    np.array_repr,
    np.array_str,
}
