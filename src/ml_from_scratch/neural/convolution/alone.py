r"""Every channel by itself: the products of the depthwise convolution.

Output t of channel c sees channel c of the places that its taps j fall on, each with a weight:

.. math::
    y_{tc} &= \sum_j x_{st + dj - p,\, c} \, w_{jc}      \tag{1} \\
    \bar w_{jc} &= \sum_t x_{st + dj - p,\, c} \, g_{tc} \tag{2}

There is no sum over channels, so this is no matrix product. The last axis and the channels are one
long axis here, along which the sums run at the speed of the memory; the weights are repeated along it.

Source: Sifre 2014, "Rigid-motion scattering for image classification", section 6.2; Howard et al. 2017,
"MobileNets".
"""

from __future__ import annotations

import math

import numpy as np

from ml_from_scratch import backend

from .patches import window_blocks

BLOCK = 2**17  # numbers of x at a time


def gather_alone(x, axes, w=None, g=None):
    """Return (y, w's gradient); each is None unless w, or g, is given.

    Parameters
    ----------
    x : array of shape (batch, *lengths, channels)
    axes : tuple of Axis
    w : array of shape (*kernel, channels), optional
    g : array of shape (batch, *outputs, channels), optional
    """
    C, dims, taps, out = (
        x.shape[-1],
        len(axes),
        tuple(a.k for a in axes),
        tuple(a.out for a in axes),
    )
    line = out[-1] * C
    P, J = (
        "bpqr"[:dims],
        "ijk"[:dims],
    )  # letters: outputs but for the last axis, taps; w is the line
    y = dw = None
    if w is not None:
        w = np.tile(w, (1,) * (dims - 1) + (1, out[-1]))  # (*kernel, line)
        y = np.empty_like(x, shape=(len(x), *out[:-1], line), order="C")
    if g is not None:
        dw, g = backend.zeros((*taps, line), x.dtype, x), g.reshape(len(g), *out[:-1], line)
    samples = max(1, min(len(x), BLOCK // max(1, math.prod(x.shape[1:]))))
    order = (
        *range(dims),
        *range(dims + 1, 2 * dims + 1),
        dims,
        2 * dims + 1,
    )  # last axis and C behind
    for part, seen in window_blocks(x, axes, samples):
        lines = seen.transpose(order).reshape(len(seen), *out[:-1], *taps, line)  # a view for s = 1
        if w is not None:
            y[part] = np.einsum(f"{P}{J}w,{J}w->{P}w", lines, w)  # (1)
        if g is not None:
            dw += np.einsum(f"{P}{J}w,{P}w->{J}w", lines, g[part])  # (2)
    if g is not None:
        dw = np.sum(dw.reshape(*taps, out[-1], C), axis=-2)
    return None if w is None else y.reshape(len(x), *out, C), dw
