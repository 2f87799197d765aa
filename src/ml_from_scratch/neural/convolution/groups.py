r"""Gather and scatter: a convolution's two directions, for channels in any number of groups.

A convolution is one sum of products of three arrays, the input x, the kernel W and, for the loss, the
gradient G of the output. With outputs t, taps j, input channels c and output channels f,

.. math:: L = \sum_{t, j, c, f} x_{st + dj - p,\, c} \; W_{jcf} \; G_{tf}

Leaving out one of the three gives what belongs in its place, so there are three operations in all:
the output (without G), the kernel's gradient (without W), and the input's gradient (without x).

- ``gather`` does the first and the second: every output gathers a patch of x.
- ``scatter`` does the third (and the second, from the same copies): every output's gradient is
  scattered over the patch that it came from. Turned round, every place of x gathers from the outputs
  that looked at it, which is a convolution once more, with the kernel reversed. With stride s it is s
  of them on each axis (``arithmetic.phases``), one for the places of each remainder, and each of stride
  1: nothing is multiplied by the zeros that a stride would put in between.

A transposed convolution is the same two with their roles exchanged. With groups, channels are cut into
as many parts, and each part is a convolution by itself.

Source: Shi et al. 2016, "Is the deconvolution layer the same as a convolutional layer?" (phases).
"""

from __future__ import annotations

import itertools

import numpy as np

from ml_from_scratch import backend

from .alone import gather_alone
from .arithmetic import phases
from .patches import gather_patches


def gather(x, axes, W=None, g=None, groups=1):
    """Return (the convolution of x with W, the kernel's gradient from x and g).

    Each is None if W, or g, is None.

    Parameters
    ----------
    x : array of shape (batch, *lengths, n_in)
    axes : tuple of Axis
    W : array of shape (*kernel, n_in / groups, n_out), optional
    g : array of shape (batch, *outputs, n_out), optional
    groups : int
    """
    if groups == 1:
        return gather_patches(x, axes, W, g)
    n_in, n_out = x.shape[-1] // groups, (g if W is None else W).shape[-1] // groups
    if n_in == 1 or n_out == 1:
        return _alone(x, axes, W, g, groups, n_in, n_out)
    cut = lambda a, n, i: None if a is None else a[..., n * i : n * i + n]
    parts = [
        gather_patches(cut(x, n_in, i), axes, cut(W, n_out, i), cut(g, n_out, i))
        for i in range(groups)
    ]
    Y, dW = zip(*parts)
    return (
        None if W is None else np.concatenate(Y, axis=-1),
        None if g is None else np.concatenate(dW, axis=-1),
    )


def _alone(x, axes, W, g, groups, n_in, n_out):
    """Groups with one input or one output channel are elementwise; the side that has one is repeated."""
    if n_in == 1:
        y, dw = gather_alone(np.repeat(x, n_out, -1), axes, None if W is None else W[..., 0, :], g)
        return y, None if g is None else np.expand_dims(dw, -2)
    kernel = tuple(a.k for a in axes)
    w = None if W is None else W.swapaxes(-1, -2).reshape(*kernel, groups * n_in)
    y, dw = gather_alone(x, axes, w, None if g is None else np.repeat(g, n_in, -1))
    y = None if W is None else np.sum(y.reshape(*y.shape[:-1], groups, n_in), axis=-1)
    return y, None if g is None else dw.reshape(*kernel, groups, n_in).swapaxes(-1, -2)


def scatter(g, axes, W, x=None, groups=1):
    """Return (the gradient of gather's x, and of its W if x is given, else None).

    Parameters
    ----------
    g : array of shape (batch, *outputs, n_out)
    axes : tuple of Axis
    W : array of shape (*kernel, n_in / groups, n_out)
    x : array of shape (batch, *lengths, n_in), optional
    groups : int
    """
    reverse = (slice(None, None, -1),) * len(axes)
    strided, every = any(a.s > 1 for a in axes), (slice(None),)
    dx = dW = None
    if strided:
        dx = backend.zeros((len(g), *(a.n for a in axes), W.shape[-2] * groups), g.dtype, g)
    if x is not None:
        dW = backend.zeros(W.shape, W.dtype, W)
    for phase in itertools.product(*map(phases, axes)):
        inner, places, taps = zip(*phase)
        kernel = exchanged(W[taps][reverse], groups)
        at_places = None if x is None else x[every + places]
        part, dkernel = gather(g, inner, kernel, at_places, groups)
        if strided:
            dx[every + places] = part
        else:
            dx = part  # the only phase
        if x is not None:
            dW[taps] = exchanged(dkernel, groups)[reverse]
    return dx, dW


def exchanged(W, groups=1):
    """Return W of shape (*kernel, n_in / groups, n_out) with the two kinds of channels exchanged.

    >>> exchanged(np.zeros((3, 2, 12)), groups=4).shape  # 8 channels to 12, now 12 to 8
    (3, 3, 8)
    """
    if groups == 1:
        return W.swapaxes(-1, -2)
    *kernel, n_in, n_out = W.shape
    parts = W.reshape(*kernel, n_in, groups, n_out // groups)
    return parts.swapaxes(-1, -3).reshape(*kernel, n_out // groups, groups * n_in)
