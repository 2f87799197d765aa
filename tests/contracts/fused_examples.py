"""Arguments for every fused operation, by its name."""

from typing import NamedTuple

import numpy as np

from ml_from_scratch import losses
from ml_from_scratch.neural import silu
from ml_from_scratch.neural.activations.gelus import gelu_exact, gelu_tanh

rng = np.random.default_rng(0)


class Example(NamedTuple):
    """Arrays and options of one call, and the places of the arrays that it is differentiated by."""

    arrays: tuple
    options: dict = {}
    places: tuple = (0,)


def normal(*shape):
    return rng.standard_normal(shape)


ALONG_AXES = [
    Example((normal(3, 4),)),
    Example((normal(2, 3, 4),), {"axis": 1}),
    Example((normal(5),), {"axis": 0}),
]
ELEMENTWISE = [Example((normal(3, 4),)), Example((normal(2, 1, 3),)), Example((5.0 * normal(3),))]

COVARIANCE = np.array([[2.0, 0.5, 0.3], [0.5, 1.5, -0.2], [0.3, -0.2, 1.0]])


def sequences(gates, T=3, B=2, n_in=3, units=2, states=1, biases=()):
    """x, the first states, W, U and biases of a recurrent operation; ``gates`` is () or (K,)."""
    start = [normal(B, units) for _ in range(states)]
    weights = normal(*gates, n_in, units), normal(*gates, units, units)
    return (normal(T, B, n_in), *start, *weights, *[normal(*shape, units) for shape in biases])


def recurrent(gates, states, biases, **options):
    """Sequences with and without biases, masks, steps and samples."""
    whole = sequences(gates, states=states, biases=biases)
    every = tuple(range(len(whole)))
    holes = np.array([[True, False], [False, True], [True, False]])
    ends = np.array([[True, True, False], [True, False, False]] * 2)
    long = sequences(gates, 4, 3, 1, 2, states, biases)
    none = [None] * len(biases)
    weights = sequences(gates, states=states, biases=())
    return [
        Example((*whole, None), options, every),
        Example((*whole, holes), options, every),
        Example((*long, ends), options, every),
        Example((*weights, *none, None), options, every[: len(weights)]),
        Example(weights, options, every[: len(weights)]),
        Example((*whole, None), options, (states + 2,)),
        Example((*sequences(gates, 1, 1, 1, 1, states, biases), None), options, every),
        Example((*sequences(gates, 2, 0, 3, 2, states, biases), None), options, every),
        Example((*sequences(gates, 0, 2, 3, 2, states, biases), None), options, every),
    ]


def attentions():
    """Attention with and without bias, masks, dropout and shared heads; some queries see nothing."""
    q, k, v = heads(2, 3, 4, 3), heads(2, 3, 5, 3), heads(2, 3, 5, 2)
    bias, mask, keep = normal(2, 3, 4, 5), rng.random((2, 3, 4, 5)) < 0.6, rng.random((2, 3, 4, 5))
    mask[0, 1, 2] = False
    shared = heads(2, 4, 3, 2), heads(2, 2, 3, 2), heads(2, 2, 3, 3)
    return [
        Example((q, k, v), places=(0, 1, 2)),
        Example((q, k, v), {"causal": True, "scale": 0.3}, (0, 1, 2)),
        Example((q, k[:, :, :2], v[:, :, :2]), {"causal": True}, (0, 1, 2)),
        Example((q, k, v, bias, mask, keep), {"causal": True}, (0, 1, 2, 3)),
        Example((100.0 * q, k, v, None, mask), places=(2,)),
        Example((q, k, v, np.where(mask, bias, -np.inf)), places=(0, 1, 2)),
        Example((*shared, normal(2, 4, 3, 3)), {"causal": True}, (0, 1, 2, 3)),
        Example((*shared, None, None, rng.random((2, 4, 3, 3))), places=(0, 2)),
        Example((q[:, :, :0], k, v), places=(0, 1, 2)),
        Example((q, k[:, :, :0], v[:, :, :0]), places=(0, 1, 2)),
        Example((q[:0], k[:0], v[:0]), {"causal": True}, (0, 1, 2)),
    ]


def heads(batch, n_heads, length, d):
    """(batch, heads, length, d), as a layer makes them: a view of (batch, length, heads * d)."""
    return np.swapaxes(normal(batch, length, n_heads, d), 1, 2)


EXAMPLES: dict = {
    "sigmoid": ELEMENTWISE,
    "log_sigmoid": ELEMENTWISE,
    "softmax": ALONG_AXES,
    "log_softmax": ALONG_AXES,
    "logsumexp": [*ALONG_AXES, Example((normal(3, 4),), {"axis": 1, "keepdims": True})],
    "relu": ELEMENTWISE,
    "leaky_relu": [*ELEMENTWISE, Example((normal(3, 4),), {"negative_slope": 0.3})],
    "elu": [*ELEMENTWISE, Example((normal(3, 4),), {"alpha": 0.7, "scale": 1.5})],
    "silu": ELEMENTWISE,
    "erf": ELEMENTWISE,
    "gelu_tanh": ELEMENTWISE,
    "gelu_exact": ELEMENTWISE,
    "linear": [
        Example((normal(4, 3), normal(3, 2), normal(2)), places=(0, 1, 2)),
        Example((normal(2, 4, 3), normal(3, 2)), places=(0, 1)),
        Example((normal(1, 3), normal(3, 2), normal(2)), places=(1, 2)),
        Example((normal(0, 3), normal(3, 2), normal(2)), places=(0, 1, 2)),
    ],
    "activated_linear": [
        Example((normal(4, 3), normal(3, 2), normal(2)), {"activation": gelu_tanh}, (0, 1, 2)),
        Example((normal(2, 4, 3), normal(3, 2)), {"activation": silu}, (0, 1)),
        Example((normal(1, 3), normal(3, 2), normal(2)), {"activation": gelu_exact}, (1, 2)),
        Example((normal(0, 3), normal(3, 2), normal(2)), {"activation": silu}, (0, 1, 2)),
    ],
    "rnn": [
        *recurrent((), 1, [()]),
        *recurrent((), 1, [()], activation="relu"),
    ],
    "lstm": recurrent((4,), 2, [(4,)]),
    "gru": recurrent((3,), 1, [(3,), ()]),
    "attention": attentions(),
    "convolve": [
        Example((normal(2, 5, 2), normal(3, 2, 3), normal(3)), places=(0, 1, 2)),
        Example((normal(2, 5, 4, 2), normal(2, 3, 2, 3)), {"padding": "same"}, (0, 1)),
        Example(
            (normal(2, 5, 4, 4), normal(2, 2, 2, 6), normal(6)),
            {"stride": (2, 1), "padding": ((1, 0), 2), "dilation": 2, "groups": 2},
            (0, 1, 2),
        ),
        Example((normal(2, 6, 3), normal(2, 1, 6)), {"stride": 2, "groups": 3}, (0, 1)),
        Example((normal(2, 4, 4), normal(2, 2, 2)), {"padding": "causal", "groups": 2}, (0, 1)),
        Example((normal(2, 5, 2), normal(1, 2, 2), normal(2)), places=(1,)),
        Example((normal(2, 5, 2), normal(3, 2, 2), normal(2)), places=(0, 2)),
        Example((normal(0, 5, 2), normal(3, 2, 2), normal(2)), places=(0, 1, 2)),
    ],
    "convolve_transposed": [
        Example((normal(2, 4, 2), normal(3, 2, 3), normal(3)), places=(0, 1, 2)),
        Example(
            (normal(2, 3, 2, 4), normal(3, 2, 2, 6), normal(6)),
            {"stride": 2, "padding": ((1, 0), 1), "output_padding": 1, "groups": 2},
            (0, 1, 2),
        ),
        Example((normal(2, 3, 2), normal(2, 1, 4)), {"padding": "same", "groups": 2}, (0, 1)),
        Example((normal(2, 3, 2), normal(2, 2, 1)), {"stride": 3, "padding": "same"}, (0, 1)),
        Example((normal(2, 3, 2), normal(2, 2, 2), normal(2)), {"dilation": 3}, (1, 2)),
        Example((normal(0, 3, 2), normal(2, 2, 2)), {"stride": 2}, (0, 1)),
    ],
    "max_pool": [
        Example((normal(2, 5, 3),)),
        Example((normal(2, 5, 4, 2),), {"pool_size": (3, 2), "stride": 1, "padding": "same"}),
        Example((normal(2, 6, 5, 1),), {"pool_size": 3, "stride": 2, "padding": ((1, 0), 2)}),
        Example((normal(0, 5, 3),)),
    ],
    "average_pool": [
        Example((normal(2, 5, 3),)),
        Example((normal(2, 5, 4, 2),), {"pool_size": (3, 2), "stride": 1, "padding": "same"}),
        Example((normal(2, 6, 5, 1),), {"pool_size": 3, "stride": 2, "padding": ((1, 0), 2)}),
        Example((normal(0, 5, 3),)),
    ],
    "layer_norm": [
        Example((normal(4, 5), normal(5), normal(5)), places=(0, 1, 2)),
        Example((normal(2, 3, 4), normal(4), None), {"eps": 0.1}, (0, 1)),
        Example((normal(2, 3, 4), None, normal(4)), places=(0, 2)),
        Example((normal(4, 5), normal(5), normal(5)), places=(1,)),
        Example((normal(4, 5),)),
        Example((normal(0, 5), normal(5), normal(5)), places=(0, 1, 2)),
    ],
    "rms_norm": [
        Example((normal(4, 5), normal(5)), places=(0, 1)),
        Example((normal(2, 3, 4),), {"eps": 0.1}),
        Example((normal(4, 5), normal(5)), places=(1,)),
        Example((normal(0, 5), normal(5)), places=(0, 1)),
    ],
    "batch_norm": [
        Example((normal(6, 3), normal(3), normal(3)), places=(0, 1, 2)),
        Example((normal(2, 3, 2, 4), normal(4), None), {"eps": 0.1}, (0, 1)),
        Example((normal(2, 3, 4), None, normal(4)), places=(0, 2)),
        Example((normal(6, 3), normal(3), normal(3)), places=(1, 2)),
        Example((normal(6, 3),)),
    ],
    "rotate_pairs": [
        Example((normal(2, 3, 4, 6), normal(4, 3), normal(4, 3)), places=(0, 1, 2)),
        Example((normal(3, 4, 6), normal(4, 3), normal(4, 3)), {"interleaved": True}, (0, 1, 2)),
        Example((normal(4, 2), normal(4, 1), normal(4, 1))),
        Example((normal(2, 4, 2), normal(4, 1), normal(4, 1)), places=(2,)),
        Example((normal(0, 3, 4, 2), normal(4, 1), normal(4, 1)), places=(0, 1, 2)),
    ],
    "group_norm": [
        Example((normal(2, 5, 6), normal(6), normal(6)), {"groups": 2}, (0, 1, 2)),
        Example((normal(3, 2, 2, 4), normal(4), None), {"groups": 4, "eps": 0.1}, (0, 1)),
        Example((normal(2, 4, 3), None, normal(3)), {"groups": 1}, (0, 2)),
        Example((normal(2, 6), normal(6), normal(6)), {"groups": 3}, (1, 2)),
        Example((normal(2, 3, 4),), {"groups": 2}),
        Example((normal(0, 3, 4), normal(4), normal(4)), {"groups": 2}, (0, 1, 2)),
    ],
    "gaussian_log_likelihood": [
        Example((COVARIANCE, normal(3)), places=(0, 1)),
        Example((COVARIANCE, normal(3, 2)), places=(0, 1)),
    ],
    "gaussian_mixture": [Example((rng.random((3, 4)),), {"nu": nu}) for nu in (0.7, 3.2)],
    "reduced_loss": [
        Example((normal(4, 3), normal(4, 3), None), {"loss": losses.MSE()}),
        Example((normal(4), normal(4), rng.random(4)), {"loss": losses.Huber(delta=0.5)}),
        Example(
            (normal(4, 3), np.array([0, 2, 1, 1]), None),
            {"loss": losses.CrossEntropy(from_logits=True)},
        ),
    ],
}
