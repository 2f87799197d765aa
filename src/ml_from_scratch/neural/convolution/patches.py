r"""Convolution as matrix products: the patches that the kernel sees become the rows of a matrix.

Let P be the matrix with a row for each output: the patch of x that its kernel covers, read as one
vector. With the kernel as a matrix W, a column for each output channel, the convolution and, from the
gradient G of its output, the gradient of its kernel are two products ("im2col"):

.. math::
    Y &= P W                \tag{1} \\
    \bar W &= P^\top G      \tag{2}

P is as many times larger than x as the kernel has taps, so it never exists as a whole: blocks of it
that fit into the processor's cache are copied, used for both products, and overwritten by the next.

Source: Chellapilla, Puri and Simard 2006, "High performance convolutional neural networks for document
processing".
"""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ml_from_scratch import backend

BLOCK = 2**19  # numbers of P at a time: 2 MB of float32
SMALL = 10**6  # multiplications in a product that BLAS does without rearranging its arguments


def gather_patches(x, axes, W=None, g=None):
    """Return (Y, W's gradient); each is None unless W, or g, is given.

    Parameters
    ----------
    x : array of shape (batch, *lengths, n_in)
    axes : tuple of Axis
    W : array of shape (*kernel, n_in, n_out), optional
    g : array of shape (batch, *outputs, n_out), optional
    """
    kernel, n_out = (*(a.k for a in axes), x.shape[-1]), (g if W is None else W).shape[-1]
    columns, Y, dW = math.prod(kernel), None, None
    if W is not None:
        W = W.reshape(columns, n_out)
        Y = np.empty_like(x, shape=(len(x), *(a.out for a in axes), n_out), order="C")
    if g is not None:
        dW = backend.zeros((columns, n_out), x.dtype, x)
    for block, P in patches(x, axes):
        P = P.reshape(*pieces(P.size // columns, columns * n_out), columns)
        if W is not None:
            np.matmul(P, W, out=Y[block].reshape(*P.shape[:2], n_out))  # (1)
        if g is not None:
            G = g[block].reshape(*P.shape[:2], n_out)
            dW += np.sum(P.transpose(0, 2, 1) @ G, axis=0)  # (2)
    return Y, None if g is None else dW.reshape(*kernel, n_out)


def patches(x, axes):
    """Yield (block, P): which outputs, and their patches, which the next block overwrites.

    A block is several samples, or a part of one along the first axis.
    """
    taps, out, n_in = tuple(a.k for a in axes), tuple(a.out for a in axes), x.shape[-1]
    if all(a.k == a.s == 1 and a.before == a.after == 0 for a in axes):
        yield (slice(None), slice(None)), x  # a patch is a place: nothing to copy
        return
    row = math.prod(taps) * n_in * math.prod(out[1:])
    samples, rows = BLOCK // (row * out[0]), min(out[0], max(1, BLOCK // row))
    samples = max(1, min(len(x), samples))
    scratch = np.empty_like(x, shape=(samples, rows, *out[1:], *taps, n_in), order="C")
    for part, seen in window_blocks(x, axes, samples):
        for first in range(0, out[0], rows):
            view = seen[:, first : first + rows]
            P = scratch[: view.shape[0], : view.shape[1]]
            P[...] = view
            yield (part, slice(first, first + rows)), P


def window_blocks(x, axes, samples):
    """Yield (samples, their windows), block by block, with zeros around x where padding asks for it.

    Negative padding, which phases may have, leaves out the border.
    """
    parts = [slice(i, i + samples) for i in range(0, len(x), samples)]
    if all(a.before == a.after == 0 for a in axes):
        view = windows(x, axes)
        yield from ((part, view[part]) for part in parts)
        return
    lengths = [a.n + a.before + a.after for a in axes]
    padded = backend.zeros((samples, *lengths, x.shape[-1]), x.dtype, x)
    view = windows(padded, axes)
    kept = [slice(max(0, -a.before), max(0, -a.before, a.n + min(0, a.after))) for a in axes]
    inside = [
        slice(max(0, a.before), max(0, a.before) + k.stop - k.start) for a, k in zip(axes, kept)
    ]
    for part in parts:
        source = x[(part, *kept)]
        padded[(slice(len(source)), *inside)] = source
        yield part, view[: len(source)]


def windows(x, axes):
    """Return a view of x of shape (batch, *outputs, *kernel, n_in): the patch of each output."""
    dims = len(axes)
    view = sliding_window_view(x, tuple(a.extent for a in axes), tuple(range(1, dims + 1)))
    steps = [slice(None, None, a.s) for a in axes]
    holes = [slice(None, None, a.d) for a in axes]
    return np.moveaxis(view[(slice(None), *steps, slice(None), *holes)], dims + 1, -1)


def pieces(rows, work):
    """Return (how many, rows in each): small products are a fifth faster, if the rows divide evenly."""
    for n in range(1, min(64, rows // 32) + 1):
        if rows % n == 0 and rows // n * work <= SMALL:
            return n, rows // n
    return 1, rows
