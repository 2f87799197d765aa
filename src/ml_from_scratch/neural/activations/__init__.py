"""Activations: functions of one number, as NumPy functions (``relu``) and as layers (``ReLU``)."""

from ml_from_scratch.core.functions import log_sigmoid, log_softmax, sigmoid, softmax

from .elus import ELU, SELU, elu, selu
from .error_function import erf
from .gelus import GELU, gelu
from .relus import LeakyReLU, ReLU, leaky_relu, relu
from .sigmoids import Sigmoid, SiLU, Softplus, Tanh, silu, softplus, tanh
from .softmaxes import LogSoftmax, Softmax

__all__ = [
    "ELU",
    "GELU",
    "LeakyReLU",
    "LogSoftmax",
    "ReLU",
    "SELU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "elu",
    "erf",
    "gelu",
    "leaky_relu",
    "log_sigmoid",
    "log_softmax",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tanh",
]
