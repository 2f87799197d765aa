"""Arguments for every fused operation, by its name."""

from typing import NamedTuple

import numpy as np

from ml_from_scratch import losses

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
