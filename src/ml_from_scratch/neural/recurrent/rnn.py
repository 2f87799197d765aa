r"""The plain recurrent network: a state that is mixed with the input at every step.

.. math::
    a_t &= x_t W + h_{t-1} U + b  \tag{1} \\
    h_t &= \varphi(a_t)           \tag{2}

x: (T, B, n_in), time first, with the samples of a batch as rows; h: (B, units); W: (n_in, units); U:
(units, units); b: (units,); :math:`\varphi` is tanh or the rectifier, :math:`\max(a, 0)`.

Derivation of back-propagation through time. Unrolled, this is a deep network whose layers share their
weights. Walk from the last step to the first with :math:`\bar h`, the gradient of :math:`h_t`: what the
output at t asks, plus what came from step t + 1. Then, by (2) and (1),

.. math::
    \bar a_t &= \bar h \odot \varphi'(a_t)  \tag{3} \\
    \bar h   &\leftarrow \bar a_t U^\top    \tag{4}

with :math:`\varphi' = 1 - h_t^2` for tanh, and 1 where :math:`h_t > 0` for the rectifier: known for all
steps beforehand. The weights are shared, so their gradients add up over the steps, in one product as for
a dense layer whose samples are all steps:

.. math:: \bar U = \textstyle\sum_t h_{t-1}^\top \bar a_t  \tag{5}

(4) is the trouble with this network. Over k steps a gradient meets k times the matrix U and k slopes of
at most 1: it dies out or explodes like a power. LSTM and GRU are the repair.

Sources: J. Elman 1990, "Finding structure in time"; P. Werbos 1990, "Backpropagation through time: what
it does and how to do it"; Y. Bengio, P. Simard and P. Frasconi 1994, "Learning long-term dependencies
with gradient descent is difficult".
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch.core import fused
from ml_from_scratch.core.checks import check_choice

from ..activations import relu
from ..dense import linear_forward, linear_vjp
from .base import _Recurrent
from .gates import hold, idle_steps, in_one_block

PHI = {"tanh": np.tanh, "relu": relu}


def rnn_definition(x, h, W, U, b=None, mask=None, activation="tanh"):
    """Return the states h_0, h_1, ..., h_T: (T + 1, B, units).

    Where ``mask``, booleans of shape (T, B), is False, a sample's state stays as it is.
    """
    phi, hs = PHI[activation], [h]
    for t in range(len(x)):
        a = x[t] @ W + h @ U  # (B, units)  (1)
        a = a if b is None else a + b  # (1)
        h = hold(phi(a), h, mask, t)  # (2)
        hs.append(h)
    return np.stack(hs)


def rnn_forward(x, h, W, U, b=None, mask=None, activation="tanh"):
    """The same with one product for all inputs; keeps the states."""
    x, phi, idle = in_one_block(x), PHI[activation], idle_steps(mask)
    sums = linear_forward(x, W, *(() if b is None else (b,)))[0]  # (T, B, units)  (1)
    hs = np.empty_like(sums, shape=(len(x) + 1, *h.shape))
    hs[0] = h
    for t in range(len(x)):
        sums[t] += hs[t] @ U  # (1)
        hs[t + 1] = phi(sums[t])  # (2)
        if mask is not None:
            np.copyto(hs[t + 1], hs[t], where=idle[t])
    return hs, (x, W, U, hs, idle, activation)


def rnn_vjp(g, residuals, wanted=(True,) * 5):
    """Return the gradients of x, h, W, U and b; see the derivation above."""
    x, W, U, hs, idle, activation = residuals
    want_x, _, want_W, want_U, want_b = (*wanted, False)[:5]
    dA = _slope(hs[1:], activation)
    if idle is not None:
        np.copyto(dA, 0.0, where=idle)
    Ut, dh = U.T.copy(), g[-1].copy()
    for t in reversed(range(len(x))):
        dA[t] *= dh  # (3)
        before = dA[t] @ Ut  # (4)
        before += g[t]
        dh = before if idle is None else before + dh * idle[t]
    dx, dW, db = linear_vjp(dA, (x, W), (want_x, want_W, want_b))
    dU = linear_vjp(dA, (hs[:-1], U), (False, want_U))[1]  # (5)
    return dx, dh, dW, dU, db, None


def _slope(h, activation):
    """Return phi' as a function of phi."""
    return 1.0 - h * h if activation == "tanh" else (h > 0).astype(h.dtype)  # (3)


rnn = fused(rnn_definition, rnn_forward, rnn_vjp, name="rnn")


class RNN(_Recurrent):
    """A plain recurrent network, for inputs of shape (batch, time, n_in).

    Parameters
    ----------
    units : int
        The size of the state, and of the output of one direction.
    n_layers, bidirectional, return_sequences, return_state, dropout, use_bias, input_dim, \
kernel_initializer, recurrent_initializer
        As for LSTM. The bias starts at 0.
    activation : str
        "tanh" or "relu".

    Attributes
    ----------
    cells : list
        For each layer, forwards and then (if bidirectional) backwards, a module with the Parameters
        ``weight`` (n_in, units), ``recurrent_weight`` (units, units) and ``bias`` (units,) or None.

    Notes
    -----
    Called as LSTM is; a state is one array h of shape (layers x directions, batch, units).

    Examples
    --------
    >>> layer = RNN(4, activation="relu", return_sequences=True).build((5, 3), seed=0)
    >>> layer(np.ones((2, 5, 3), np.float32)).shape
    (2, 5, 4)
    """

    def __init__(
        self,
        units,
        n_layers=1,
        bidirectional=False,
        return_sequences=False,
        return_state=False,
        dropout=0.0,
        use_bias=True,
        input_dim=None,
        kernel_initializer=None,
        recurrent_initializer=None,
        activation="tanh",
    ):
        super().__init__(
            units,
            n_layers,
            bidirectional,
            return_sequences,
            return_state,
            dropout,
            use_bias,
            input_dim,
            kernel_initializer,
            recurrent_initializer,
        )
        self.activation = check_choice("activation", activation, tuple(PHI))

    def first_biases(self):
        """Return zeros."""
        return {"bias": np.zeros(self.units)}

    def run(self, cell, x, state, mask):
        """Run one cell over time."""
        weights = cell.weight, cell.recurrent_weight, cell.bias
        hs = rnn(x, *state, *weights, mask, activation=self.activation)
        return hs[1:], (hs[-1],)
