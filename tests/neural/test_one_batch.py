"""One batch is learnt by heart: layers, loss and loop together, for every kind of network.

The labels have nothing to do with the inputs, which are noise: only the weights can hold them. A gradient
that is lost or sent to the wrong place shows as a loss that stays up.
"""

import numpy as np
import pytest

from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import (
    GELU,
    GRU,
    LSTM,
    RNN,
    BatchNorm,
    Conv1D,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Embedding,
    Flatten,
    GlobalAveragePool,
    GroupNorm,
    LayerNorm,
    MaxPool2D,
    Model,
    Parallel,
    ReLU,
    Residual,
    RMSNorm,
    Tanh,
    Unembedding,
)
from ml_from_scratch.optimizers import Adam

N_SAMPLES, N_CLASSES, VOCAB_SIZE = 16, 4, 9
BAR = 1e-3  # of the mean cross-entropy; guessing costs log(4) = 1.39

rng = np.random.default_rng(0)
VECTORS = rng.standard_normal((N_SAMPLES, 10))
SEQUENCES = rng.standard_normal((N_SAMPLES, 8, 3))  # (batch, time, features)
IMAGES = rng.standard_normal((N_SAMPLES, 8, 8, 1))
WORDS = rng.integers(0, VOCAB_SIZE, (N_SAMPLES, 6))  # (batch, time)
LABELS = np.arange(N_SAMPLES) % N_CLASSES


def tied_words():
    """From words to a word for every step, through one table."""
    words = Embedding(VOCAB_SIZE, 32)
    return [words, LSTM(32, return_sequences=True), Unembedding(words)]


def convolutional(normalize):
    return [Conv2D(8, 3), normalize, ReLU(), MaxPool2D(2), Flatten(), Dense(N_CLASSES)]


NETWORKS = {
    "MLP, ReLU": (VECTORS, lambda: [Dense(32), ReLU(), Dense(N_CLASSES)]),
    "MLP, tanh": (VECTORS, lambda: [Dense(32), Tanh(), Dense(N_CLASSES)]),
    "MLP, residual": (
        VECTORS,
        lambda: [Dense(16), Residual([Dense(16), GELU(), Dense(16)]), Dense(N_CLASSES)],
    ),
    "MLP, branches": (
        VECTORS,
        lambda: [Parallel([Dense(16), [Dense(16), ReLU()]]), ReLU(), Dense(N_CLASSES)],
    ),
    "CNN": (IMAGES, lambda: [Conv2D(8, 3), ReLU(), MaxPool2D(2), Flatten(), Dense(N_CLASSES)]),
    "CNN, depthwise": (
        IMAGES,
        lambda: [Conv2D(16, 3), DepthwiseConv2D(3), ReLU(), Flatten(), Dense(N_CLASSES)],
    ),
    "CNN over time": (
        SEQUENCES,
        lambda: [Conv1D(32, 3), ReLU(), Conv1D(32, 3), ReLU(), GlobalAveragePool(), Dense(4)],
    ),
    "RNN": (SEQUENCES, lambda: [RNN(32), Dense(N_CLASSES)]),
    "LSTM": (SEQUENCES, lambda: [LSTM(32), Dense(N_CLASSES)]),
    "GRU": (SEQUENCES, lambda: [GRU(32), Dense(N_CLASSES)]),
    "GRU, two layers, both ways": (
        SEQUENCES,
        lambda: [GRU(16, n_layers=2, bidirectional=True), Dense(N_CLASSES)],
    ),
    "batch norm": (IMAGES, lambda: convolutional(BatchNorm())),
    "group norm": (IMAGES, lambda: convolutional(GroupNorm(2))),
    "layer norm": (VECTORS, lambda: [Dense(32), LayerNorm(), ReLU(), Dense(N_CLASSES)]),
    "RMS norm": (VECTORS, lambda: [Dense(32), RMSNorm(), ReLU(), Dense(N_CLASSES)]),
    "embedding": (WORDS, lambda: [Embedding(VOCAB_SIZE, 8), Flatten(), Dense(N_CLASSES)]),
    "embedding, GRU": (WORDS, lambda: [Embedding(VOCAB_SIZE, 8), GRU(32), Dense(N_CLASSES)]),
    "one table at both ends": (WORDS, tied_words),
}


def targets(layers):
    """A label for every sample; or a word for every step, the one before."""
    before = np.concatenate([WORDS[:, :1], WORDS[:, :-1]], axis=1)
    return before if isinstance(layers[-1], Unembedding) else LABELS


@pytest.mark.parametrize("name", NETWORKS)
def test_one_batch_is_learnt_by_heart(name):
    X, make = NETWORKS[name]
    layers = make()
    y = targets(layers)
    model = Model(layers, seed=0)
    model.compile(Adam(learning_rate=0.02), CrossEntropy(from_logits=True), metrics=["accuracy"])
    model.build(X.shape[1:])
    before = model.evaluate(X, y)
    assert before["loss"] > 0.5 and before["accuracy"] < 0.8
    last = model.fit(X, y, epochs=300, batch_size=N_SAMPLES, verbose=0).last()
    assert last["loss"] < BAR and last["accuracy"] == 1.0
    assert model.evaluate(X, y)["accuracy"] == 1.0
