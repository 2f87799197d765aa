"""Normalisations equal torch's: outputs, all gradients and running statistics, in both precisions."""

import numpy as np
import pytest

from ml_from_scratch.core import Tensor
from ml_from_scratch.experiments.reference import from_torch, to_torch
from ml_from_scratch.neural import BatchNorm, GroupNorm, LayerNorm, RMSNorm

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle
nn = torch.nn
TOLERANCE = {np.float32: 1e-5, np.float64: 1e-10}
both_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])

# name -> (our layer, the shape of a sample, torch's layer)
LAYERS = {
    "LayerNorm": (lambda: LayerNorm(), (5,), lambda: nn.LayerNorm(5)),
    "LayerNorm, places": (lambda: LayerNorm(0.1), (3, 2, 4), lambda: nn.LayerNorm(4, 0.1)),
    "LayerNorm, no bias": (
        lambda: LayerNorm(use_bias=False),
        (3, 4),
        lambda: nn.LayerNorm(4, bias=False),
    ),
    "LayerNorm, plain": (
        lambda: LayerNorm(use_weight=False, use_bias=False),
        (700,),
        lambda: nn.LayerNorm(700, elementwise_affine=False),
    ),
    "RMSNorm": (lambda: RMSNorm(1e-5), (3, 4), lambda: nn.RMSNorm(4, 1e-5)),
    "RMSNorm, plain": (
        lambda: RMSNorm(0.1, use_weight=False),
        (5,),
        lambda: nn.RMSNorm(5, 0.1, elementwise_affine=False),
    ),
    "GroupNorm": (lambda: GroupNorm(2), (3, 2, 6), lambda: nn.GroupNorm(2, 6)),
    "GroupNorm, instances": (
        lambda: GroupNorm(4, use_weight=False, use_bias=False),
        (7, 4),
        lambda: nn.GroupNorm(4, 4, affine=False),
    ),
    "BatchNorm": (lambda: BatchNorm(), (5,), lambda: nn.BatchNorm1d(5)),
    "BatchNorm, time": (lambda: BatchNorm(0.3), (7, 4), lambda: nn.BatchNorm1d(4, momentum=0.3)),
    "BatchNorm, images": (
        lambda: BatchNorm(eps=0.1),
        (4, 3, 2),
        lambda: nn.BatchNorm2d(2, eps=0.1),
    ),
    "BatchNorm, plain": (
        lambda: BatchNorm(use_weight=False, use_bias=False),
        (16, 8, 16),
        lambda: nn.BatchNorm2d(16, affine=False),
    ),
}
every_layer = pytest.mark.parametrize("name", LAYERS)


def pair(name, dtype):
    """Both layers, with the same weights, which are not ones and zeros."""
    make, shape, theirs = LAYERS[name]
    ours = make().build(shape).to(dtype)
    rng = np.random.default_rng(0)
    for p in ours.parameters():
        p.assign(rng.standard_normal(p.shape))
    if "Batch" in name:
        ours.running_mean[...] = rng.standard_normal(ours.running_mean.shape)
        ours.running_variance[...] = rng.random(ours.running_variance.shape) + 0.5
    theirs = theirs().to(torch.float32 if dtype == np.float32 else torch.float64)
    theirs.load_state_dict(to_torch(ours))
    return ours, theirs, shape


def channels_last(name, x):
    return np.moveaxis(x.detach().numpy(), 1, -1) if moves(name) else x.detach().numpy()


def channels_first(name, x):
    return torch.tensor(np.moveaxis(x, -1, 1).copy() if moves(name) else x)


def moves(name):
    return name.startswith(("Batch", "Group"))


def close(got, expected, dtype):
    assert got.dtype == dtype and got.shape == expected.shape
    scale = max(1.0, np.abs(expected).max(initial=0.0))
    np.testing.assert_allclose(got / scale, expected / scale, rtol=0, atol=TOLERANCE[dtype])


@every_layer
@both_dtypes
@pytest.mark.parametrize("batch", [4, 1, 0])
@pytest.mark.parametrize("training", [True, False])
def test_outputs_gradients_and_statistics(name, dtype, batch, training):
    if "Batch" in name and training and (batch == 0 or name == "BatchNorm" and batch == 1):
        pytest.skip("there is no variance of nothing")
    ours, theirs, shape = pair(name, dtype)
    ours.train(training), theirs.train(training)
    rng = np.random.default_rng(1)
    x = (3.0 * rng.standard_normal((batch, *shape)) + 1.0).astype(dtype)
    mine, other = Tensor(x), channels_first(name, x).requires_grad_()
    y, expected = ours(mine), theirs(other)
    close(y.data, channels_last(name, expected), dtype)
    g = rng.standard_normal(y.shape).astype(dtype)
    y.backward(g)
    expected.backward(channels_first(name, g))
    close(mine.grad, channels_last(name, other.grad), dtype)
    for (own, p), (their, q) in zip(ours.named_parameters(), theirs.named_parameters()):
        assert own == their
        close(p.grad, q.grad.numpy(), dtype)
    for own, their in (("running_mean", "running_mean"), ("running_variance", "running_var")):
        if "Batch" in name:
            close(getattr(ours, own), getattr(theirs, their).numpy(), dtype)


@every_layer
def test_states_go_there_and_back(name):
    ours, theirs, shape = pair(name, np.float32)
    other = LAYERS[name][0]().build(shape)
    from_torch(other, theirs.state_dict())
    for one, two in zip(ours.state_dict().values(), other.state_dict().values()):
        np.testing.assert_array_equal(one, two)
