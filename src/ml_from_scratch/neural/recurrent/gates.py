r"""What recurrent layers share: sums for all steps at once, gates of one formula, states that wait.

A layer with K gates has a matrix for each: W of shape (K, n_in, units) for its input, U of shape
(K, units, units) for its state. Gates are an axis of their own, so that one line computes them all.
The input's share of the sums does not depend on the state: it is one product for all steps,

.. math::
    A_k = X W_k + b_k  \tag{1}

with all steps of all samples as the rows of X. So are the gradients, once those of the sums are
known. With H the states in which each step began,

.. math::
    \bar X   &= \textstyle\sum_k \bar A_k W_k^\top      \tag{2} \\
    \bar W_k &= X^\top \bar A_k                         \tag{3} \\
    \bar b_k &= \mathbf 1^\top \bar A_k                 \tag{4} \\
    \bar U_k &= H^\top \bar A_k                         \tag{5}

A sigmoid is a tanh, scaled and shifted: :math:`\sigma(a) = \frac12 \tanh(\frac12 a) + \frac12`. So
gates of both kinds have one formula, with :math:`s = \frac12` for a sigmoid and 1 for a tanh:

.. math:: y_k = s_k \tanh(s_k\, a_k) + (1 - s_k) \tag{6}
"""

from __future__ import annotations

import numpy as np


def input_sums(x, W, b=None):
    """Return x W_k + b_k for every gate k and every step: (K, T, B, units) of x (T, B, n_in)."""
    T, B, n_in = x.shape
    A = x.reshape(T * B, n_in) @ W  # (K, T B, units)  (1)
    if b is not None:
        A += b[:, None]  # (1)
    return A.reshape(len(W), T, B, W.shape[-1])


def pull_input_sums(dA, x, W, wanted=(True, True, True)):
    """Return the gradients of x, W and b for those of the sums, each where it is wanted."""
    T, B, n_in = x.shape
    dA, X = dA.reshape(len(W), T * B, W.shape[-1]), x.reshape(T * B, n_in)
    dx = dW = db = None
    if wanted[0]:
        dx = dA[0] @ W[0].T
        for k in range(1, len(W)):
            dx += dA[k] @ W[k].T  # (2)
        dx = dx.reshape(x.shape)
    if wanted[1]:
        dW = X.T @ dA  # (3)
    if wanted[2]:
        db = np.ones_like(X, shape=(len(X),)) @ dA  # (4)
    return dx, dW, db


def pull_recurrent(dA, hs):
    """Return the gradient of U: hs (T, B, units) are the states that the steps began with."""
    T, B, units = hs.shape
    return hs.reshape(T * B, units).T @ dA.reshape(len(dA), T * B, units)  # (5)


def scales(like, kinds):
    """Return s of equation (6), (K, 1, 1), for gates that are "sigmoid" or "tanh"."""
    s = np.ones_like(like, shape=(len(kinds), 1, 1))
    for k, kind in enumerate(kinds):
        s[k] = 0.5 if kind == "sigmoid" else 1.0
    return s


def squash(sums, s):
    """Turn sums into gates, in place."""
    sums *= s
    np.tanh(sums, out=sums)
    sums *= s
    sums += 1.0 - s  # (6)


def hold(new, old, mask, t):
    """Return the new state, and the old one for samples that ``mask`` (T, B) leaves out at step t."""
    return new if mask is None else np.where(mask[t][:, None], new, old)


def idle_steps(mask):
    """Return (T, B, 1), True at the steps that a sample's state waits through; None without a mask."""
    return None if mask is None else ~mask[..., None]


def in_one_block(x):
    """Return x with its numbers one behind the other, so that no product needs to copy it again."""
    return x.reshape(x.size).reshape(x.shape)
