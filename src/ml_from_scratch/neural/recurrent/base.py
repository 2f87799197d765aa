"""Layers of recurrent cells: one direction of one layer at a time, put side by side and on top.

An operation (``rnn``, ``lstm``, ``gru``) carries a state through time, forwards. The other direction
is the same operation on the sequence turned round, and a higher layer the same on the outputs of the
one below. This file makes layers of it, and looks after shapes, lengths and states.
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch.core import Parameter, raw
from ml_from_scratch.core.checks import check_number

from ..dropout import Dropout
from ..initializers import GlorotUniform, Orthogonal, check_initializer
from ..layer import Layer, matching_dtype
from .lengths import as_mask


class _Cell(Layer):
    """The weights of one direction of one layer, drawn gate by gate; see LSTM for their shapes."""

    def __init__(self, units, n_gates, biases, kernel_initializer, recurrent_initializer):
        self.units, self.n_gates, self.biases = units, n_gates, biases
        self.kernel_initializer = kernel_initializer
        self.recurrent_initializer = recurrent_initializer

    def create(self, input_shape, rng):
        """Draw the matrices of the input, then those of the state."""
        draw_W = self.kernel_initializer or GlorotUniform()
        draw_U = self.recurrent_initializer or Orthogonal()
        W = self._matrices(draw_W, input_shape[0], rng)
        U = self._matrices(draw_U, self.units, rng)
        self.weight, self.recurrent_weight = Parameter(W), Parameter(U)
        for name, bias in self.biases.items():
            setattr(self, name, None if bias is None else Parameter(bias.astype(self.dtype)))

    def _matrices(self, draw, n_in, rng):
        """One for each gate; without gates, a matrix by itself."""
        several = [draw((n_in, self.units), rng, self.dtype) for _ in range(self.n_gates or 1)]
        return np.stack(several) if self.n_gates else several[0]


class _Recurrent(Layer):
    """What RNN, LSTM and GRU share; a subclass says how one cell runs over time."""

    n_gates: int = 0  # the length of the weights' first axis; 0: they have no such axis
    n_states = 1  # arrays that make up a state

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
    ):
        self.units = check_number("units", units, least=1, integer=True)
        self.n_layers = check_number("n_layers", n_layers, least=1, integer=True)
        self.bidirectional, self.use_bias = bidirectional, use_bias
        self.return_sequences, self.return_state = return_sequences, return_state
        self.dropout = check_number("dropout", dropout, least=0, below=1)
        if dropout and n_layers == 1:
            raise ValueError(
                f"dropout={dropout} acts between layers, and n_layers is 1. Put Dropout({dropout}) behind this layer."
            )
        self.input_dim = check_number("input_dim", input_dim, least=1, integer=True, optional=True)
        self.kernel_initializer = check_initializer("kernel_initializer", kernel_initializer)
        self.recurrent_initializer = check_initializer(
            "recurrent_initializer", recurrent_initializer
        )
        self.cells = [self._cell() for _ in range(n_layers * self.n_directions)]
        self.between = Dropout(dropout)
        if input_dim is not None:
            self.input_shape = (None, input_dim)

    # ---- what a subclass writes --------------------------------------------------------------------
    def first_biases(self) -> dict:
        """Return {name: array} of a cell's biases before training."""
        raise NotImplementedError

    def run(self, cell, x, state, mask):
        """Carry a state, a tuple of arrays (B, units), through x, (T, B, n_in), by one cell.

        Returns
        -------
        h : (T, B, units), the outputs
        state : the last one, as a tuple
        """
        raise NotImplementedError

    # ---- weights -----------------------------------------------------------------------------------
    def _cell(self):
        biases = self.first_biases()
        biases = biases if self.use_bias else dict.fromkeys(biases)
        draws = self.kernel_initializer, self.recurrent_initializer
        return _Cell(self.units, self.n_gates, biases, *draws)

    def create(self, input_shape, rng):
        """Draw the cells; above the first layer their inputs are the outputs of the one below."""
        for j, cell in enumerate(self.cells):
            first = j < self.n_directions
            cell.build(input_shape[1] if first else self.units * self.n_directions)

    @property
    def n_directions(self) -> int:
        """2 for a bidirectional layer, otherwise 1."""
        return 2 if self.bidirectional else 1

    # ---- shapes ------------------------------------------------------------------------------------
    def check_shape(self, input_shape):
        """Check that a sample is (time, features), and how many features it has; time may be None."""
        n_in = self._n_in()
        arrived = input_shape[1] if len(input_shape) == 2 else None
        if arrived is None or arrived != (n_in or arrived):
            raise ValueError(
                f"{type(self).__name__} expects samples of shape (time, {n_in or 'features'}), got {input_shape}."
                f"{_hint(input_shape, n_in)}"
            )

    def output_shape(self, input_shape):
        """(time, n_in) becomes (time, units), or (units,); twice the units in two directions."""
        n_out = self.units * self.n_directions
        return (input_shape[0], n_out) if self.return_sequences else (n_out,)

    def accept(self, x):
        """Check the axes, the number of features and the dtype."""
        n_in = self._n_in()
        if x.ndim != 3 or x.shape[-1] != (n_in or x.shape[-1]):
            raise ValueError(
                f"{type(self).__name__} expects (batch, time, {n_in or 'features'}), got {tuple(x.shape)}."
                f"{_hint(x.shape[1:], n_in)}"
            )
        return matching_dtype(self, x, self.cells[0].weight.dtype if self._built else self.dtype)

    def _n_in(self):
        return self.cells[0].weight.shape[-2] if self._built else self.input_dim

    # ---- the run through layers and directions -----------------------------------------------------
    def forward(self, x, lengths=None, mask=None, state=None):
        """Return the outputs, or (outputs, state) with ``return_state``.

        Parameters
        ----------
        x : (batch, time, n_in)
        lengths : array of int, shape (batch,), optional
            How many steps of each sample are real; what lies behind them is ignored, NaN included.
        mask : array of bool, shape (batch, time), optional
            The same, step by step: True is real.
        state : optional
            To begin with, as ``return_state`` returns it; zeros unless given.
        """
        mask = as_mask(type(self).__name__, lengths, mask, raw(x))
        y = _real(np.swapaxes(x, 0, 1), mask)  # (T, B, n_in)
        first, last = self._first_states(state, raw(y)), []
        for k in range(0, len(self.cells), self.n_directions):
            y = self.between(y) if k else y
            outs = [
                self._run_directed(j, y, first[j], mask) for j in range(k, k + self.n_directions)
            ]
            y = _side_by_side([h for h, _ in outs])
            last += [end for _, end in outs]
        if self.return_sequences:
            y = np.swapaxes(_real(y, mask), 0, 1)
        else:
            y = _side_by_side([end[0] for end in last[-self.n_directions :]])
        return (y, self._joined(last)) if self.return_state else y

    def _run_directed(self, j, x, state, mask):
        """Run cell j: the second of a pair goes from the last step to the first."""
        if j % self.n_directions == 0:
            return self.run(self.cells[j], x, state, mask)
        mask = None if mask is None else np.flip(mask, 0)
        h, end = self.run(self.cells[j], np.flip(x, 0), state, mask)
        return np.flip(h, 0), end

    # ---- states ------------------------------------------------------------------------------------
    def _first_states(self, state, x):
        """Return a tuple of (B, units) arrays for every cell; x is (T, B, n_in)."""
        shape = (len(self.cells), x.shape[1], self.units)
        if state is None:
            return [(np.zeros_like(x, shape=shape[1:]),) * self.n_states] * len(self.cells)
        parts = state if isinstance(state, (tuple, list)) else (state,)
        if len(parts) != self.n_states or any(np.shape(raw(p)) != shape for p in parts):
            one = "a pair (h, c) of arrays" if self.n_states == 2 else "an array h"
            raise ValueError(
                f"{type(self).__name__}: state is {one} of shape (layers x directions, batch, units) = "
                f"{shape}; got {', '.join(str(np.shape(raw(p))) for p in parts)}."
            )
        parts = [matching_dtype(self, p, x.dtype) for p in parts]
        return [tuple(p[j] for p in parts) for j in range(len(self.cells))]

    def _joined(self, states):
        """Return the cells' states as one, as ``state`` takes it."""
        parts = [np.stack(part) for part in zip(*states)]
        return tuple(parts) if self.n_states > 1 else parts[0]


def _side_by_side(arrays):
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=-1)


def _real(x, mask):
    """Return x (T, B, n) with zeros where the mask is False."""
    return x if mask is None else np.where(mask[..., None], x, np.zeros_like(raw(x), shape=()))


def _hint(shape, n_in):
    if len(shape) == 1 and shape[0] == (n_in or shape[0]):
        return " Give a recurrent layer before it return_sequences=True, or add an axis of time: x[:, None, :]."
    if len(shape) == 1 and n_in == 1:
        return " Add an axis of features: x[:, :, None]."
    if len(shape) == 3:
        return " Make each step one row of features: x.reshape(len(x), time, -1)."
    return ""
