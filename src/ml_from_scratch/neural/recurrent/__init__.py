"""Recurrent layers: networks that read a sequence step by step and carry a state along."""

from .gru import GRU, gru
from .lstm import LSTM, lstm
from .rnn import RNN, rnn
from .truncated import truncated
from .watching import states_over_time

__all__ = ["GRU", "LSTM", "RNN", "gru", "lstm", "rnn", "states_over_time", "truncated"]
