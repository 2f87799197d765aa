"""Truncated back-propagation through time: a long sequence in pieces, and a state that crosses over.

Between two pieces the state is handed on as plain numbers. What the network computes stays the same;
its gradients end where a piece begins, so that memory and time for a step of training depend on the
piece's length alone. Source: R. Williams and J. Peng 1990, "An efficient gradient-based algorithm for
on-line training of recurrent network trajectories".
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core import raw
from ml_from_scratch.core.checks import check_number


def truncated(layer, x, steps, lengths=None, state=None):
    """Run a recurrent layer over a sequence in pieces of some steps: iterate over their outputs.

    Parameters
    ----------
    layer : RNN, LSTM or GRU
        Or a Module that takes ``state`` and returns (outputs, state). It must read in one direction.
    x : array of shape (batch, time, n_in)
    steps : int
        The length of a piece; the last one may be shorter.
    lengths : array of int, shape (batch,), optional
        How many steps of each sample are real; passed on for each piece.
    state : optional
        To begin with, as the layer returns it.

    Returns
    -------
    pieces : iterator of (piece, outputs, state)
        ``piece`` is the slice of these steps: ``y[:, piece]`` are their targets. ``outputs`` is what the
        layer returned. ``state`` is plain arrays: after the last piece, the one to go on from.

    Raises
    ------
    ValueError
        If the layer is bidirectional, or does not return its state.

    Examples
    --------
    >>> from ml_from_scratch.neural import LSTM
    >>> layer = LSTM(4, return_sequences=True, return_state=True)
    >>> for piece, outputs, state in truncated(layer, np.ones((2, 5, 3), np.float32), steps=2):
    ...     print(piece, outputs.shape)  # here: loss, backward(), a step of the optimiser
    slice(0, 2, None) (2, 2, 4)
    slice(2, 4, None) (2, 2, 4)
    slice(4, 5, None) (2, 1, 4)
    """
    if getattr(layer, "bidirectional", False) or not getattr(layer, "return_state", True):
        raise ValueError(
            f"truncated needs a layer with return_state=True that reads in one direction; got {layer!r}."
        )
    return _pieces(layer, x, check_number("steps", steps, least=1, integer=True), lengths, state)


def _pieces(layer, x, steps, lengths, state):
    for start in range(0, x.shape[1], steps):
        piece = slice(start, min(start + steps, x.shape[1]))
        given = {} if lengths is None else {"lengths": _inside(lengths, piece)}
        outputs, state = layer(x[:, piece], state=state, **given)
        state = raw(state)
        yield piece, outputs, state


def _inside(lengths, piece):
    """How many of the real steps lie in a piece."""
    return np.clip(backend.to_host(lengths) - piece.start, 0, piece.stop - piece.start)
