"""Recurrent layers: networks that read a sequence step by step and carry a state along."""

from .gru import GRU, gru
from .lstm import LSTM, lstm
from .rnn import RNN, rnn
from .truncated import truncated

__all__ = ["GRU", "LSTM", "RNN", "gru", "lstm", "rnn", "truncated"]
