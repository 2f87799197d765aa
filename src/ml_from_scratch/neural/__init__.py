"""Networks: layers, activations, initializers, and the model and loop that train them."""

from . import activations, initializers, regularizers
from .activations import (
    ELU,
    GELU,
    SELU,
    LeakyReLU,
    LogSoftmax,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
    elu,
    erf,
    gelu,
    leaky_relu,
    log_sigmoid,
    log_softmax,
    relu,
    selu,
    sigmoid,
    silu,
    softmax,
    softplus,
    tanh,
)
from .callbacks import Callback, Checkpointing, EarlyStopping
from .dense import Dense, linear
from .dropout import Dropout
from .flatten import Flatten
from .history import History
from .initializers import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LeCunNormal,
    LeCunUniform,
    Orthogonal,
)
from .layer import Layer, seed_layers
from .model import Model
from .nonfinite import NonFiniteError
from .recurrent import GRU, LSTM, RNN, gru, lstm, rnn, truncated
from .regularizers import L1, L1L2, L2
from .sequential import Sequential
from .training import GradientStep, Training

__all__ = [
    "Callback",
    "Checkpointing",
    "Dense",
    "Dropout",
    "ELU",
    "EarlyStopping",
    "Flatten",
    "GELU",
    "GRU",
    "GlorotNormal",
    "GlorotUniform",
    "GradientStep",
    "HeNormal",
    "HeUniform",
    "History",
    "L1",
    "L1L2",
    "L2",
    "LSTM",
    "Layer",
    "LeCunNormal",
    "LeCunUniform",
    "LeakyReLU",
    "LogSoftmax",
    "Model",
    "NonFiniteError",
    "Orthogonal",
    "RNN",
    "ReLU",
    "SELU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "Training",
    "elu",
    "erf",
    "gelu",
    "gru",
    "initializers",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "lstm",
    "regularizers",
    "relu",
    "rnn",
    "seed_layers",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tanh",
    "truncated",
    "activations",
]
