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
from .attention import (
    KeyValueCache,
    MultiHeadAttention,
    attention_weights,
    causal_mask,
    padding_mask,
    scaled_dot_product_attention,
)
from .averaging import ExponentialMovingAverage
from .callbacks import Callback, Checkpointing, EarlyStopping
from .convolution import (
    Conv1D,
    Conv2D,
    ConvTranspose1D,
    ConvTranspose2D,
    DepthwiseConv1D,
    DepthwiseConv2D,
    convolve,
    convolve_transposed,
)
from .dense import Dense, linear
from .diagnostics import Diagnostics, diagnose
from .dropout import Dropout
from .embedding import Embedding, Unembedding
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
from .learning_rate import find_learning_rate
from .loggers import JSONLinesLogger, TensorBoardLogger
from .model import Model
from .nonfinite import NonFiniteError
from .normalization import (
    BatchNorm,
    GroupNorm,
    LayerNorm,
    RMSNorm,
    batch_norm,
    layer_norm,
    rms_norm,
)
from .parallel import Parallel
from .pooling import (
    AveragePool1D,
    AveragePool2D,
    GlobalAveragePool,
    GlobalMaxPool,
    MaxPool1D,
    MaxPool2D,
    average_pool,
    max_pool,
)
from .recurrent import GRU, LSTM, RNN, gru, lstm, rnn, truncated
from .regularizers import L1, L1L2, L2
from .rehearsal import rehearsal
from .reshape import Reshape
from .residual import Residual
from .sequential import Sequential
from .step import GradientStep
from .streaming import FromAll, FromCounts, Metric, Perplexity, TopKAccuracy
from .training import Training

__all__ = [
    "AveragePool1D",
    "AveragePool2D",
    "BatchNorm",
    "Callback",
    "Checkpointing",
    "Conv1D",
    "Conv2D",
    "ConvTranspose1D",
    "ConvTranspose2D",
    "Dense",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Diagnostics",
    "Dropout",
    "ELU",
    "EarlyStopping",
    "Embedding",
    "ExponentialMovingAverage",
    "Flatten",
    "FromAll",
    "FromCounts",
    "GELU",
    "GRU",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "GlorotNormal",
    "GlorotUniform",
    "GradientStep",
    "GroupNorm",
    "HeNormal",
    "HeUniform",
    "History",
    "JSONLinesLogger",
    "KeyValueCache",
    "L1",
    "L1L2",
    "L2",
    "LSTM",
    "Layer",
    "LayerNorm",
    "LeCunNormal",
    "LeCunUniform",
    "LeakyReLU",
    "LogSoftmax",
    "MaxPool1D",
    "MaxPool2D",
    "Metric",
    "Model",
    "MultiHeadAttention",
    "NonFiniteError",
    "Orthogonal",
    "Parallel",
    "Perplexity",
    "RMSNorm",
    "RNN",
    "ReLU",
    "Reshape",
    "Residual",
    "SELU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "TensorBoardLogger",
    "TopKAccuracy",
    "Training",
    "Unembedding",
    "activations",
    "attention_weights",
    "average_pool",
    "batch_norm",
    "causal_mask",
    "convolve",
    "convolve_transposed",
    "diagnose",
    "elu",
    "erf",
    "find_learning_rate",
    "gelu",
    "gru",
    "initializers",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "lstm",
    "max_pool",
    "padding_mask",
    "regularizers",
    "rehearsal",
    "relu",
    "rms_norm",
    "rnn",
    "scaled_dot_product_attention",
    "seed_layers",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tanh",
    "truncated",
]
