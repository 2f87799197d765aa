r"""The LSTM: a memory cell that keeps what it holds, and gates that write, erase and read it.

For every step t, with the samples of a batch as rows and :math:`\odot` entry by entry,

.. math::
    a_k &= x_t W_k + h_{t-1} U_k + b_k, \quad k \in \{i, f, g, o\}            \tag{1} \\
    i, f, o &= \sigma(a_i), \sigma(a_f), \sigma(a_o), \quad g = \tanh(a_g)    \tag{2} \\
    c_t &= f \odot c_{t-1} + i \odot g                                        \tag{3} \\
    h_t &= o \odot \tanh(c_t)                                                 \tag{4}

x: (T, B, n_in), time first; h, c: (B, units); W: (4, n_in, units); U: (4, units, units); b: (4, units).

Derivation of back-propagation through time. Walk from the last step to the first with two gradients,
:math:`\bar h` of :math:`h_t` (what the output asks, plus what came from step t + 1) and :math:`\bar c`
of :math:`c_t`. By (4) a change of the cell changes the state; by (3) and (4) the gates change both, with
the slopes :math:`\sigma' = \sigma (1 - \sigma)` and :math:`\tanh' = 1 - \tanh^2`:

.. math::
    \bar c &\leftarrow \bar c + \bar h \odot o \odot (1 - \tanh^2 c_t)  \tag{5} \\
    \bar a_i &= \bar c \odot g \odot i (1 - i)                          \tag{6} \\
    \bar a_f &= \bar c \odot c_{t-1} \odot f (1 - f)                    \tag{7} \\
    \bar a_g &= \bar c \odot i \odot (1 - g^2)                          \tag{8} \\
    \bar a_o &= \bar h \odot \tanh(c_t) \odot o (1 - o)                 \tag{9}

What is left goes to step t - 1, to the cell by (3) and to the state by (1):

.. math::
    \bar c &\leftarrow \bar c \odot f                                   \tag{10} \\
    \bar h &\leftarrow \textstyle\sum_k \bar a_k U_k^\top               \tag{11}

(10) is the point of it all: along the cell a gradient meets no matrix and no squashing, only the gates
f; where they are near 1 it neither vanishes nor explodes. All but the factors :math:`\bar c` and
:math:`\bar h` of (5) to (9) is known for all steps beforehand. The gradients of x, W, U and b are
products over all steps at once: see ``gates``. At a step that a sample waits through, since its sequence
has ended, state and cell are handed on as they are, and so are their gradients.

Sources: S. Hochreiter and J. Schmidhuber 1997, "Long short-term memory" (without f: it was 1);
F. Gers, J. Schmidhuber and F. Cummins 2000, "Learning to forget" (f); P. Werbos 1990,
"Backpropagation through time: what it does and how to do it".
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

KINDS = ("sigmoid", "sigmoid", "tanh", "sigmoid")  # of the gates i, f, g, o


def lstm_definition(x, h, c, W, U, b=None, mask=None):
    """Return the states h_0, h_1, ..., h_T and, behind them, the last cell c_T: (T + 2, B, units).

    Where ``mask``, booleans of shape (T, B), is False, a sample's h and c stay as they are.
    """
    hs = [h]
    for t in range(len(x)):
        a = x[t] @ W + h @ U  # (4, B, units)  (1)
        a = a if b is None else a + b[:, None]  # (1)
        i, f, g, o = sigmoid(a[0]), sigmoid(a[1]), np.tanh(a[2]), sigmoid(a[3])  # (2)
        c_t = f * c + i * g  # (3)
        h_t = o * np.tanh(c_t)  # (4)
        h, c = hold(h_t, h, mask, t), hold(c_t, c, mask, t)
        hs.append(h)
    return np.stack([*hs, c])


def lstm_forward(x, h, c, W, U, b=None, mask=None):
    """The same with one product for all inputs and one tanh for all gates; keeps gates and cells."""
    x, (T, B, _), units = in_one_block(x), x.shape, U.shape[-1]
    s, idle = scales(x, KINDS), idle_steps(mask)
    gates = input_sums(x, W, b)  # (4, T, B, units)  (1)
    from_state = np.empty_like(x, shape=(4, B, units))
    hs, cs = (np.empty_like(x, shape=(n, B, units)) for n in (T + 2, T + 1))
    hs[0], cs[0] = h, c
    for t in range(T):
        a = gates[:, t]
        a += np.matmul(hs[t], U, out=from_state)  # (1)
        squash(a, s)  # (2)
        i, f, g, o = a
        np.add(f * cs[t], i * g, out=cs[t + 1])  # (3)
        np.multiply(o, np.tanh(cs[t + 1]), out=hs[t + 1])  # (4)
        if mask is not None:
            np.copyto(cs[t + 1], cs[t], where=idle[t])
            np.copyto(hs[t + 1], hs[t], where=idle[t])
    hs[T + 1] = cs[T]
    return hs, (x, W, U, gates, hs, cs, idle)


def lstm_vjp(g, residuals, wanted=(True,) * 6):
    """Return the gradients of x, h, c, W, U and b; see the derivation above."""
    x, W, U, gates, hs, cs, idle = residuals
    T, (want_x, _, _, want_W, want_U, want_b) = len(x), (*wanted, False)[:6]
    dA, slope, kept = known_factors(gates, cs, idle)
    Ut = U.swapaxes(1, 2).copy()  # a product with a transposed view takes twice as long
    dh, dc = g[T].copy(), g[T + 1].copy()
    for t in reversed(range(T)):
        da = dA[:, t]
        dc += dh * slope[t]  # (5)
        da[:3] *= dc  # (6) (7) (8)
        da[3] *= dh  # (9)
        dc *= kept[t]  # (10)
        before = (da @ Ut).sum(axis=0)  # (11)
        before += g[t]
        dh = before if idle is None else before + dh * idle[t]
    dx, dW, db = pull_input_sums(dA, x, W, (want_x, want_W, want_b))
    dU = pull_recurrent(dA, hs[:T]) if want_U else None
    return dx, dh, dc, dW, dU, db, None


def known_factors(gates, cs, idle):
    """Return what (6) to (9), (5) and (10) multiply by, for all steps at once."""
    i, f, g, o = gates
    tanh_c, dA = np.tanh(cs[1:]), np.empty_like(gates)
    np.multiply(g, i - i * i, out=dA[0])  # (6)
    np.multiply(cs[:-1], f - f * f, out=dA[1])  # (7)
    np.multiply(i, 1.0 - g * g, out=dA[2])  # (8)
    np.multiply(tanh_c, o - o * o, out=dA[3])  # (9)
    slope = o * (1.0 - tanh_c * tanh_c)  # (5)
    if idle is None:
        return dA, slope, f
    np.copyto(dA, 0.0, where=idle)
    np.copyto(slope, 0.0, where=idle)
    return dA, slope, np.where(idle, np.ones_like(f), f)


lstm = fused(lstm_definition, lstm_forward, lstm_vjp, name="lstm")


class LSTM(_Recurrent):
    r"""Long short-term memory, for inputs of shape (batch, time, n_in).

    Parameters
    ----------
    units : int
        The size of the state, and of the output of one direction.
    n_layers : int
        Layers on top of each other.
    bidirectional : bool
        Whether every layer also reads from the last step to the first, with weights of its own; the
        two outputs stand side by side.
    return_sequences : bool
        Whether to return the output of every step, (batch, time, units), rather than the last state
        h of the top layer, (batch, units). Backwards the last state is the one at the first step.
    return_state : bool
        Whether to return (outputs, state). Not for layers in a Sequential, which hands on one array.
    dropout : float
        The share of a layer's outputs that is dropped, in training, before the next layer.
    use_bias : bool
        Whether there is a b. It starts at 0, for the forget gate at 1: a cell that first remembers
        learns to over long times (Gers et al. 2000; R. Jozefowicz et al. 2015, "An empirical
        exploration of recurrent network architectures").
    input_dim : int, optional
        The number of features, n_in; otherwise ``build`` or the first batch says so.
    kernel_initializer, recurrent_initializer : Initializer, optional
        How the matrices of the input and of the state are drawn, each gate's by itself;
        GlorotUniform() and Orthogonal() unless given.

    Attributes
    ----------
    cells : list
        For each layer, forwards and then (if bidirectional) backwards, a module with the Parameters
        ``weight`` (4, n_in, units), ``recurrent_weight`` (4, units, units) and ``bias``
        (4, units) or None, with the gates in the order input i, forget f, candidate g, output o.

    Notes
    -----
    Called as ``layer(x, lengths=None, mask=None, state=None)``. Samples of different lengths are filled
    up to the longest and ``lengths`` says how many steps are real, or ``mask``, booleans (batch, time).
    At other steps the state waits and the output is 0, as in torch's packed sequences; a length of 0 is
    allowed, and gives the first state. A Sequential passes no lengths on: in a Module of your own, call
    ``self.lstm(x, lengths=lengths)``. A state is a pair (h, c) of arrays (layers x directions, batch,
    units), in the order of ``cells``. To cut gradients, pass on the plain numbers, ``core.raw(state)``:
    see ``truncated``.

    Examples
    --------
    >>> x = np.ones((2, 5, 3), np.float32)
    >>> LSTM(4)(x).shape, LSTM(4, bidirectional=True, return_sequences=True)(x).shape
    ((2, 4), (2, 5, 8))
    >>> y, (h, c) = LSTM(4, n_layers=2, return_state=True)(x, lengths=[5, 3])
    >>> h.shape, c.shape, bool(np.all(h.data[-1] == y.data))
    ((2, 2, 4), (2, 2, 4), True)
    """

    n_gates, n_states = 4, 2

    def first_biases(self):
        """Return zeros, and ones for the forget gate."""
        bias = np.zeros((4, self.units))
        bias[1] = 1.0
        return {"bias": bias}

    def run(self, cell, x, state, mask):
        """Run one cell over time."""
        out = lstm(x, *state, cell.weight, cell.recurrent_weight, cell.bias, mask)
        return out[1:-1], (out[-2], out[-1])
