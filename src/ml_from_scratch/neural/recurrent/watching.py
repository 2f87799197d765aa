"""What a recurrent layer remembers, step by step: its states over time, to be looked at."""

from __future__ import annotations

import copy

import numpy as np

from ml_from_scratch.core import no_grad

from .truncated import truncated


def states_over_time(layer, x):
    """Return the states of a recurrent layer after every step of a sequence, as plain numbers.

    Parameters
    ----------
    layer : RNN, LSTM or GRU
        On its own or part of a model, whatever it returns there. It must read in one direction.
    x : array of shape (batch, time, n_in)
        Its input, in its dtype; at least one step.

    Returns
    -------
    h : array of shape (time, layers, batch, units)
        ``h[t]`` is the state after step t; of an LSTM, the pair (h, c) of two such arrays.

    Raises
    ------
    ValueError
        If the layer is bidirectional, or there is no step.

    Examples
    --------
    >>> from ml_from_scratch.neural import LSTM
    >>> h, c = states_over_time(LSTM(4), np.ones((1, 7, 2), np.float32))
    >>> c.shape
    (7, 1, 1, 4)
    """
    reader = copy.copy(layer)  # with the same weights
    reader.return_state = True
    with no_grad():
        states = [state for _, _, state in truncated(reader, x, steps=1)]
    if not states:
        raise ValueError(f"there is no step to look at: x has shape {np.shape(x)}.")
    if isinstance(states[0], tuple):
        return tuple(np.stack(part) for part in zip(*states))
    return np.stack(states)
