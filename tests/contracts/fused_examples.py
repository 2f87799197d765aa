"""Arguments for every fused operation, by its name: a list of (arrays, options)."""

import numpy as np

from ml_from_scratch import losses

rng = np.random.default_rng(0)


def normal(*shape):
    return rng.standard_normal(shape)


ALONG_AXES = [((normal(3, 4),), {}), ((normal(2, 3, 4),), {"axis": 1}), ((normal(5),), {"axis": 0})]
ELEMENTWISE = [((normal(3, 4),), {}), ((normal(2, 1, 3),), {}), ((30.0 * normal(3),), {})]

EXAMPLES: dict = {
    "sigmoid": ELEMENTWISE,
    "log_sigmoid": ELEMENTWISE,
    "softmax": ALONG_AXES,
    "log_softmax": ALONG_AXES,
    "logsumexp": [*ALONG_AXES, ((normal(3, 4),), {"axis": 1, "keepdims": True})],
    "reduced_loss": [
        ((normal(4, 3), normal(4, 3), None), {"loss": losses.MSE()}),
        ((normal(4), normal(4), rng.random(4)), {"loss": losses.Huber(delta=0.5)}),
        (
            (normal(4, 3), np.array([0, 2, 1, 1]), None),
            {"loss": losses.CrossEntropy(from_logits=True)},
        ),
    ],
}
