"""Rows and definitions: matrix products and their generalisation, einsum."""

import math

import numpy as np

from ..tape import raw
from ..tensor import apply
from .shapes import listed
from .table import define, every, row


def mT(x):
    """The matrix transpose: the last two axes change places."""
    return np.swapaxes(x, -1, -2)


def matmul_x(g, out, x, y):
    if np.ndim(y) == 1:
        return np.expand_dims(g, -1) * y
    if np.ndim(x) == 1:
        return np.sum(np.expand_dims(g, -2) * y, -1) if np.ndim(y) > 2 else y @ g
    if np.ndim(y) == 2 < np.ndim(x):  # one product for the whole batch
        return (
            np.reshape(np.reshape(g, (-1, np.shape(g)[-1])) @ y.T, np.shape(x))
            if np.size(g)
            else g @ mT(y)
        )
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
    if np.ndim(y) == 2 < np.ndim(x) and np.size(x) and np.size(g):
        return np.reshape(x, (-1, np.shape(x)[-1])).T @ np.reshape(g, (-1, np.shape(g)[-1]))
    return mT(x) @ g


row(np.matmul, matmul_x, matmul_y)


@define(np.dot)
def _(a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    return np.matmul(a, b) if np.ndim(b) <= 2 else np.tensordot(a, b, ([-1], [-2]))


@define(np.inner)
def _(a, b):
    return a * b if np.ndim(a) == 0 or np.ndim(b) == 0 else np.tensordot(a, b, ([-1], [-1]))


@define(np.outer)
def _(a, b):
    return np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1))


@define(np.vdot)
def _(a, b):
    return np.ravel(a) @ np.ravel(b)


@define(np.tensordot)
def tensordot(a, b, axes=2):
    """One matrix product: the axes to sum over last in a, first in b."""
    if isinstance(axes, int):
        axes = (range(np.ndim(a) - axes, np.ndim(a)), range(axes))
    over_a, over_b = (
        listed(tuple(ks) if np.ndim(ks) else ks, np.ndim(z)) for z, ks in zip((a, b), axes)
    )
    free_a = [i for i in range(np.ndim(a)) if i not in over_a]
    free_b = [i for i in range(np.ndim(b)) if i not in over_b]
    shape_a, shape_b = [np.shape(a)[i] for i in free_a], [np.shape(b)[i] for i in free_b]
    n = math.prod(np.shape(a)[i] for i in over_a)
    left = np.reshape(np.transpose(a, free_a + over_a), (math.prod(shape_a), n))
    right = np.reshape(np.transpose(b, over_b + free_b), (n, math.prod(shape_b)))
    return np.reshape(left @ right, tuple(shape_a + shape_b))


@define(np.kron)
def _(a, b):
    n = max(np.ndim(a), np.ndim(b))
    a, b = (np.reshape(z, (1,) * (n - np.ndim(z)) + np.shape(z)) for z in (a, b))
    shape = [p * q for p, q in zip(np.shape(a), np.shape(b))]
    a = np.reshape(a, [k for p in np.shape(a) for k in (p, 1)])
    b = np.reshape(b, [k for q in np.shape(b) for k in (1, q)])
    return np.reshape(a * b, shape)


@define(np.cross)
def cross(a, b, axis=-1):
    """The vector product, on an axis of three."""
    if np.shape(a)[axis] != 3 or np.shape(b)[axis] != 3:
        raise ValueError(
            f"np.cross is differentiable for vectors of 3; got {np.shape(a)[axis]} and {np.shape(b)[axis]}."
        )
    (a1, a2, a3), (b1, b2, b3) = np.moveaxis(a, axis, 0), np.moveaxis(b, axis, 0)
    return np.stack([a2 * b3 - a3 * b2, a3 * b1 - a1 * b3, a1 * b2 - a2 * b1], axis)


@define(np.convolve)
def convolve(a, v, mode="full"):
    """The coefficients of the product of two polynomials: diagonal sums of their outer product."""
    n, m = np.size(a), np.size(v)
    padded = np.pad(np.outer(a, v), ((0, 0), (0, n)))  # one row more per row shifts it by one
    full = np.sum(np.reshape(np.ravel(padded)[: n * (n + m - 1)], (n, n + m - 1)), 0)
    if mode == "full":
        return full
    size = max(n, m) if mode == "same" else max(n, m) - min(n, m) + 1
    start = (n + m - 1 - size) // 2
    return full[start : start + size]


# ---- einsum -----------------------------------------------------------------------------------
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def einsum(*operands, subscripts):
    return np.einsum(subscripts, *operands)


def einsum_rule(i, g, out, *operands, subscripts):
    """The cotangent of operand i is an einsum again: its letters and the output change places.

    A letter that only this operand has was summed away: a vector of ones brings it back. A letter
    that it has twice was a diagonal: an identity matrix restores the zeros around it.
    """
    inputs, output = subscripts.split("->")
    terms, x = inputs.split(","), operands[i]
    others = [(t, y) for k, (t, y) in enumerate(zip(terms, operands)) if k != i]
    known, target, extra = set(output).union(*(t for t, _ in others)), "", []
    fresh = iter(c for c in LETTERS if c not in subscripts)
    for letter, n in zip(terms[i], np.shape(x)):
        if letter not in target and letter not in known:
            extra.append((letter, np.ones_like(raw(x), shape=(n,))))
        elif letter in target:
            twin, letter = letter, next(fresh)
            extra.append((twin + letter, np.eye(n, dtype=x.dtype, like=raw(x))))
        target += letter
    terms, arrays = zip((output, g), *others, *extra)
    return np.einsum(",".join(terms) + "->" + target, *arrays)


every(einsum, einsum_rule)


@define(np.einsum)
def _(*operands, optimize=False):
    subscripts, operands = explicit(*operands)
    return apply(einsum, tuple(operands), {"subscripts": subscripts})


def explicit(subscripts, *operands):
    """Subscripts with an arrow, and with letters for every axis that '...' stands for."""
    if not isinstance(subscripts, str):
        subscripts, operands = _from_lists((subscripts, *operands))
    subscripts = subscripts.replace(" ", "")
    inputs, arrow, output = subscripts.partition("->")
    if not arrow:
        once = sorted(c for c in set(inputs) - set(",.") if inputs.count(c) == 1)
        output = "..." * ("." in inputs) + "".join(once)
    spare = [c for c in LETTERS if c not in subscripts]
    terms, longest = [], ""
    for term, x in zip(inputs.split(","), operands):
        n = np.ndim(x) - len(term.replace("...", ""))
        hidden = "".join(spare[20 - n : 20]) if "." in term else ""
        longest = max(longest, hidden, key=len)
        terms.append(term.replace("...", hidden))
    return ",".join(terms) + "->" + output.replace("...", longest), operands


def _from_lists(args):
    """einsum(x, [0, 1], y, [1, 2], [0, 2]) as einsum("ab,bc->ac", x, y)."""
    text = lambda ks: "".join("..." if k is ... else LETTERS[k] for k in ks)
    pairs = len(args) // 2 * 2
    subscripts = ",".join(text(t) for t in args[1:pairs:2])
    return subscripts + ("->" + text(args[-1]) if len(args) % 2 else ""), args[:pairs:2]
