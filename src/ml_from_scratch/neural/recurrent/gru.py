r"""The GRU: a state, a gate that keeps or renews it, and one that looks past it.

For every step t, with the samples of a batch as rows and :math:`\odot` entry by entry,

.. math::
    r &= \sigma(x_t W_r + b_r + h_{t-1} U_r)                        \tag{1} \\
    z &= \sigma(x_t W_z + b_z + h_{t-1} U_z)                        \tag{2} \\
    q &= h_{t-1} U_n + d                                            \tag{3} \\
    n &= \tanh(x_t W_n + b_n + r \odot q)                           \tag{4} \\
    h_t &= z \odot h_{t-1} + (1 - z) \odot n                        \tag{5}

x: (T, B, n_in), time first; h: (B, units); W: (3, n_in, units); U: (3, units, units); b: (3, units); d:
(units,). This is torch's and cuDNN's form, so that weights can be exchanged: the reset gate r acts after
the matrix product, (3) and (4). In K. Cho et al. 2014, "Learning phrase representations using RNN
encoder-decoder", it acts before, :math:`(r \odot h_{t-1}) U_n`, and there is no d.

Derivation of back-propagation through time. Walk from the last step to the first with :math:`\bar h`,
the gradient of :math:`h_t`: what the output asks, plus what came from step t + 1. (5) is a mixture; its
parts and their shares receive

.. math::
    \bar a_n &= \bar h \odot (1 - z) \odot (1 - n^2)                \tag{6} \\
    \bar a_z &= \bar h \odot (h_{t-1} - n) \odot z (1 - z)          \tag{7} \\
    \bar a_r &= \bar a_n \odot q \odot r (1 - r)                    \tag{8} \\
    \bar q   &= \bar a_n \odot r                                    \tag{9}

with a the sums inside (1), (2) and (4). To the state before go the share that was kept, and what came
through the three products:

.. math::
    \bar h \leftarrow \bar h \odot z + \bar a_r U_r^\top + \bar a_z U_z^\top + \bar q\, U_n^\top   \tag{10}

All but :math:`\bar h` is known for all steps beforehand. The gradients of x, W and b are products of all
:math:`\bar a` at once, that of U with :math:`\bar q` in the place of :math:`\bar a_n` (``gates``), and

.. math:: \bar d = \textstyle\sum_t \bar q_t  \tag{11}

A sample whose sequence has ended is one with z = 1: its state is kept, and so is its gradient.
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch.core import fused
from ml_from_scratch.core.functions import sigmoid

from .base import _Recurrent
from .gates import (
    hold,
    idle_steps,
    in_one_block,
    input_sums,
    pull_input_sums,
    pull_recurrent,
    scales,
    squash,
)


def gru_definition(x, h, W, U, b=None, d=None, mask=None):
    """Return the states h_0, h_1, ..., h_T: (T + 1, B, units).

    Where ``mask``, booleans of shape (T, B), is False, a sample's state stays as it is.
    """
    hs = [h]
    for t in range(len(x)):
        a, u = x[t] @ W, h @ U  # (3, B, units)
        a = a if b is None else a + b[:, None]
        r, z = sigmoid(a[0] + u[0]), sigmoid(a[1] + u[1])  # (1) (2)
        q = u[2] if d is None else u[2] + d  # (3)
        n = np.tanh(a[2] + r * q)  # (4)
        h = hold(z * h + (1.0 - z) * n, h, mask, t)  # (5)
        hs.append(h)
    return np.stack(hs)


def gru_forward(x, h, W, U, b=None, d=None, mask=None):
    """The same with one product for all inputs; keeps gates, candidates and states."""
    x, (T, B, _), units = in_one_block(x), x.shape, U.shape[-1]
    s, idle = scales(x, ("sigmoid", "sigmoid")), idle_steps(mask)
    gates = input_sums(x, W, b)  # (3, T, B, units)
    from_state, qs = np.empty_like(x, shape=(3, B, units)), np.empty_like(x, shape=(T, B, units))
    hs = np.empty_like(x, shape=(T + 1, B, units))
    hs[0] = h
    for t in range(T):
        np.matmul(hs[t], U, out=from_state)
        r, z, n = gates[:, t]
        gates[:2, t] += from_state[:2]
        squash(gates[:2, t], s)  # (1) (2)
        np.add(from_state[2], 0.0 if d is None else d, out=qs[t])  # (3)
        n += r * qs[t]
        np.tanh(n, out=n)  # (4)
        if mask is not None:
            np.copyto(z, 1.0, where=idle[t])
        np.add(z * hs[t], (1.0 - z) * n, out=hs[t + 1])  # (5)
    return hs, (x, W, U, gates, qs, hs)


def gru_vjp(g, residuals, wanted=(True,) * 6):
    """Return the gradients of x, h, W, U, b and d; see the derivation above."""
    x, W, U, gates, qs, hs = residuals
    want_x, _, want_W, want_U, want_b, want_d = (*wanted, False, False)[:6]
    r, z, n = gates
    dA, dn = np.empty_like(gates), (1.0 - z) * (1.0 - n * n)  # (6)
    np.multiply(hs[:-1] - n, z - z * z, out=dA[1])  # (7)
    np.multiply(qs, r - r * r, out=dA[0])  # (8)
    dA[2] = r  # (9)
    Ut, dh = U.swapaxes(1, 2).copy(), g[-1].copy()
    for t in reversed(range(len(x))):
        dn[t] *= dh  # (6)
        dA[1, t] *= dh  # (7)
        dA[::2, t] *= dn[t]  # (8) (9)
        dh *= z[t]  # (10)
        dh += (dA[:, t] @ Ut).sum(axis=0)  # (10)
        dh += g[t]
    dU = pull_recurrent(dA, hs[:-1]) if want_U else None
    dd = np.sum(dA[2], axis=(0, 1)) if want_d else None  # (11)
    dA[2] = dn  # the input enters (4) beside r q, not through it
    dx, dW, db = pull_input_sums(dA, x, W, (want_x, want_W, want_b))
    return dx, dh, dW, dU, db, dd, None


gru = fused(gru_definition, gru_forward, gru_vjp, name="gru")


class GRU(_Recurrent):
    """Gated recurrent units, in torch's form, for inputs of shape (batch, time, n_in).

    Parameters
    ----------
    units : int
        The size of the state, and of the output of one direction.
    n_layers, bidirectional, return_sequences, return_state, dropout, use_bias, input_dim, \
kernel_initializer, recurrent_initializer
        As for LSTM. The biases start at 0.

    Attributes
    ----------
    cells : list
        For each layer, forwards and then (if bidirectional) backwards, a module with the Parameters
        ``weight`` (3, n_in, units), ``recurrent_weight`` (3, units, units), ``bias`` (3, units) or None,
        with the gates in the order reset r, update z, candidate n, and ``candidate_bias`` (units,) or
        None: d in (3).

    Notes
    -----
    Called as LSTM is; a state is one array h of shape (layers x directions, batch, units).

    Examples
    --------
    >>> layer = GRU(4, return_state=True).build((5, 3), seed=0)
    >>> y, h = layer(np.ones((2, 5, 3), np.float32))
    >>> y.shape, h.shape
    ((2, 4), (1, 2, 4))
    """

    n_gates = 3

    def first_biases(self):
        """Return zeros."""
        return {"bias": np.zeros((3, self.units)), "candidate_bias": np.zeros(self.units)}

    def run(self, cell, x, state, mask):
        """Run one cell over time."""
        weights = cell.weight, cell.recurrent_weight, cell.bias, cell.candidate_bias
        hs = gru(x, *state, *weights, mask)
        return hs[1:], (hs[-1],)
