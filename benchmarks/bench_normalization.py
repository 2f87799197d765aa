"""Normalisations beside torch's: forward and backward, weights equal.

Every side computes the output and the gradients of input, weight and bias for the same cotangent; ours with
channels last, torch's images with channels first. Answers are compared before any clock starts.

    python benchmarks/bench_normalization.py [--only LayerNorm] [--json figures.json] [--strict]
"""

from _compare import Suite  # first: it sets the number of threads

import numpy as np  # isort: skip
from ml_from_scratch import neural  # isort: skip
from ml_from_scratch.core import Tensor  # isort: skip
from ml_from_scratch.experiments.reference import to_torch  # isort: skip

suite = Suite("Normalisations, float32", reference="torch", packages=("torch",))


def both_passes(layer, theirs, shape, moves=False):
    """Return what each side runs, on one batch of a shape; moves: torch's channels stand first."""
    import torch

    torch.set_num_threads(1)
    layer.build(shape[1:], seed=0)
    theirs = theirs(torch.nn)
    theirs.load_state_dict(to_torch(layer))
    rng = np.random.default_rng(0)
    x, g = (rng.standard_normal(shape, dtype=np.float32) for _ in range(2))
    there = lambda a: torch.from_numpy(np.moveaxis(a, -1, 1).copy() if moves else a)
    back = lambda a: np.moveaxis(a.detach().numpy(), 1, -1) if moves else a.detach().numpy()
    x_theirs, g_theirs = there(x).requires_grad_(), there(g)

    def our_side():
        layer.zero_grad()
        x_ours = Tensor(x)
        y = layer(x_ours)
        y.backward(g)
        return y.data, x_ours.grad, layer.weight.grad

    def torch_side():
        theirs.zero_grad()
        x_theirs.grad = None
        y = theirs(x_theirs)
        y.backward(g_theirs)
        return back(y), back(x_theirs.grad), theirs.weight.grad.numpy()

    return {"ours": our_side, "torch": torch_side}


@suite.case("LayerNorm, 768 x 128", agree=1e-4, bar=1.3, repeats=51)
def small_rows():
    return both_passes(neural.LayerNorm(), lambda nn: nn.LayerNorm(128), (768, 128))


@suite.case("LayerNorm, 4,096 x 384", agree=1e-4, bar=1.3, repeats=31)
def large_rows():
    return both_passes(neural.LayerNorm(), lambda nn: nn.LayerNorm(384), (4096, 384))


@suite.case("RMSNorm, 4,096 x 384", agree=1e-4, repeats=31)
def root_mean_square():
    return both_passes(neural.RMSNorm(1e-5), lambda nn: nn.RMSNorm(384, 1e-5), (4096, 384))


@suite.case("BatchNorm, 128 x 256", agree=1e-4, bar=1.3, repeats=51)
def batch():
    return both_passes(neural.BatchNorm(), lambda nn: nn.BatchNorm1d(256), (128, 256))


@suite.case("BatchNorm, 32 x 28 x 28 x 32", agree=1e-4, bar=1.3, repeats=31)
def images():
    layer = neural.BatchNorm()
    return both_passes(layer, lambda nn: nn.BatchNorm2d(32), (32, 28, 28, 32), moves=True)


@suite.case("GroupNorm, 32 x 28 x 28 x 32, 8 groups", agree=1e-4, repeats=21)
def groups():
    layer = neural.GroupNorm(8)
    return both_passes(layer, lambda nn: nn.GroupNorm(8, 32), (32, 28, 28, 32), moves=True)


if __name__ == "__main__":
    suite.main()
