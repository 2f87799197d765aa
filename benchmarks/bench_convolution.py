"""Convolutions and pooling beside torch's: forward and backward, weights equal.

Every side computes the output and the gradients of input, kernel and bias for the same cotangent; ours
with channels last, torch's with channels first, each as its users have it. Outputs and gradients (the
kernel's are compared in tests/oracle) are compared before any clock starts.

    python benchmarks/bench_convolution.py [--only "3 x 3"] [--json figures.json] [--strict]
"""

from _compare import Suite  # first: it sets the number of threads

import numpy as np  # isort: skip
from ml_from_scratch import neural  # isort: skip
from ml_from_scratch.core import Tensor  # isort: skip
from ml_from_scratch.experiments.reference import to_torch  # isort: skip

suite = Suite("Convolutions, float32, batch 32", reference="torch", packages=("torch",))


def both_passes(layer, theirs, shape, batch=32):
    """Return what each side runs: a layer on samples of a shape, and torch's."""
    import torch

    torch.set_num_threads(1)
    layer.build(shape, seed=0)
    theirs = theirs(torch.nn)
    theirs.load_state_dict(to_torch(layer))
    rng = np.random.default_rng(0)
    x = rng.standard_normal((batch, *shape), dtype=np.float32)
    g = rng.standard_normal((batch, *layer.output_shape(shape)), dtype=np.float32)
    first = lambda a: torch.from_numpy(np.moveaxis(a, -1, 1).copy())
    x_theirs, g_theirs = first(x).requires_grad_(), first(g)

    def our_side():
        layer.zero_grad()
        x_ours = Tensor(x)
        y = layer(x_ours)
        y.backward(g)
        return (y.data, x_ours.grad, *[p.grad for p in layer.parameters()][1:])  # the bias

    def torch_side():
        theirs.zero_grad()
        x_theirs.grad = None
        y = theirs(x_theirs)
        y.backward(g_theirs)
        last = lambda a: np.moveaxis(a.detach().numpy(), 1, -1)
        biases = [p.grad.numpy() for p in theirs.parameters()][1:]
        return (last(y), last(x_theirs.grad), *biases)

    return {"ours": our_side, "torch": torch_side}


@suite.case("Conv2D 3 x 3, 28 x 28, 16 to 32", agree=1e-4, bar=1.5, repeats=21)
def three_by_three():
    layer = neural.Conv2D(32, 3, padding="same")
    return both_passes(layer, lambda nn: nn.Conv2d(16, 32, 3, padding=1), (28, 28, 16))


@suite.case("Conv2D 3 x 3, 28 x 28, 1 to 16", agree=1e-4, repeats=21)
def first_layer():
    layer = neural.Conv2D(16, 3, padding="same")
    return both_passes(layer, lambda nn: nn.Conv2d(1, 16, 3, padding=1), (28, 28, 1))


@suite.case("Conv2D 3 x 3, 14 x 14, 64 to 64", agree=1e-4, repeats=21)
def deep():
    layer = neural.Conv2D(64, 3, padding="same")
    return both_passes(layer, lambda nn: nn.Conv2d(64, 64, 3, padding=1), (14, 14, 64))


@suite.case("Conv2D 5 x 5, 28 x 28, 16 to 32", agree=1e-4, repeats=11)
def five_by_five():
    layer = neural.Conv2D(32, 5, padding="same")
    return both_passes(layer, lambda nn: nn.Conv2d(16, 32, 5, padding=2), (28, 28, 16))


@suite.case("Conv2D 1 x 1, 14 x 14, 64 to 64", agree=1e-4, repeats=21)
def pointwise():
    return both_passes(neural.Conv2D(64, 1), lambda nn: nn.Conv2d(64, 64, 1), (14, 14, 64))


@suite.case("Conv2D 3 x 3, stride 2, 28 x 28, 16 to 32", agree=1e-4, repeats=21)
def strided():
    layer = neural.Conv2D(32, 3, stride=2, padding=1)
    return both_passes(layer, lambda nn: nn.Conv2d(16, 32, 3, stride=2, padding=1), (28, 28, 16))


@suite.case("ConvTranspose2D 4 x 4, stride 2, 14 x 14, 32 to 16", agree=1e-4, repeats=21)
def transposed():
    layer = neural.ConvTranspose2D(16, 4, stride=2, padding=1)
    theirs = lambda nn: nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1)
    return both_passes(layer, theirs, (14, 14, 32))


@suite.case("DepthwiseConv2D 3 x 3, 28 x 28, 32", agree=1e-4, repeats=21)
def depthwise():
    layer = neural.DepthwiseConv2D(3, padding="same")
    return both_passes(layer, lambda nn: nn.Conv2d(32, 32, 3, padding=1, groups=32), (28, 28, 32))


@suite.case("Conv1D 5, 128 steps, 64 to 64", agree=1e-4, repeats=21)
def over_time():
    layer = neural.Conv1D(64, 5, padding="same")
    return both_passes(layer, lambda nn: nn.Conv1d(64, 64, 5, padding=2), (128, 64))


@suite.case("MaxPool2D 2 x 2, 28 x 28, 32", agree=1e-6, bar=1.3, repeats=21)
def largest():
    return both_passes(neural.MaxPool2D(2), lambda nn: nn.MaxPool2d(2), (28, 28, 32))


@suite.case("AveragePool2D 2 x 2, 28 x 28, 32", agree=1e-6, bar=1.3, repeats=21)
def mean():
    return both_passes(neural.AveragePool2D(2), lambda nn: nn.AvgPool2d(2), (28, 28, 32))


if __name__ == "__main__":
    suite.main()
