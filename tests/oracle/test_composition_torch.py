"""Embedding, Reshape, Residual and Parallel equal torch's: outputs, gradients, and states that move."""

import numpy as np
import pytest

from ml_from_scratch.core import Tensor
from ml_from_scratch.experiments.reference import from_torch, to_torch
from ml_from_scratch.neural import (
    BatchNorm,
    Conv2D,
    Dense,
    Embedding,
    Flatten,
    MaxPool2D,
    Model,
    Parallel,
    ReLU,
    Reshape,
    Residual,
    Sequential,
    Tanh,
    Unembedding,
)

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle
nn = torch.nn
rng = np.random.default_rng(0)


class TheirResidual(nn.Module):
    def __init__(self, inner, shortcut=None):
        super().__init__()
        self.inner = inner
        if shortcut is not None:
            self.shortcut = shortcut

    def forward(self, x):
        return self.inner(x) + (self.shortcut(x) if hasattr(self, "shortcut") else x)


class TheirParallel(nn.Module):
    def __init__(self, *branches):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], -1)


# name -> (our layer, the shape of a sample, torch's layer)
LAYERS = {
    "Reshape": (lambda: Reshape((2, -1)), (6,), lambda: nn.Unflatten(1, (2, 3))),
    "Residual": (
        lambda: Residual([Dense(3), Tanh(), Dense(5)]),
        (5,),
        lambda: TheirResidual(nn.Sequential(nn.Linear(5, 3), nn.Tanh(), nn.Linear(3, 5))),
    ),
    "Residual, shortcut": (
        lambda: Residual(Dense(4), shortcut=Dense(4, use_bias=False)),
        (5,),
        lambda: TheirResidual(nn.Linear(5, 4), nn.Linear(5, 4, bias=False)),
    ),
    "Parallel": (
        lambda: Parallel([Dense(2), Sequential([Dense(3), Tanh()])]),
        (5,),
        lambda: TheirParallel(nn.Linear(5, 2), nn.Sequential(nn.Linear(5, 3), nn.Tanh())),
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_outputs_gradients_and_states(name):
    make, shape, theirs = LAYERS[name]
    theirs = theirs().double()
    ours = make().build(shape).to(np.float64)
    from_torch(ours, theirs.state_dict())
    assert list(to_torch(ours)) == list(theirs.state_dict())
    x = rng.standard_normal((4, *shape))
    mine, other = Tensor(x), torch.tensor(x, requires_grad=True)
    y, expected = ours(mine), theirs(other)
    np.testing.assert_allclose(y.data, expected.detach().numpy(), rtol=1e-10, atol=1e-12)
    np.sum(y * y).backward()
    (expected * expected).sum().backward()
    np.testing.assert_allclose(mine.grad, other.grad.numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("shape", [(4,), (2, 3), (0, 3), (2, 0), (1, 1)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_embedding(shape, dtype):
    ours = Embedding(6, 3).build((None,), seed=0).to(dtype)
    theirs = nn.Embedding(6, 3, dtype=torch.float32 if dtype == np.float32 else torch.float64)
    theirs.load_state_dict(to_torch(ours))
    ids = rng.integers(0, 6, shape)
    y, expected = ours(ids), theirs(torch.tensor(ids))
    np.testing.assert_array_equal(y.data, expected.detach().numpy())
    g = rng.standard_normal(y.shape).astype(dtype)
    y.backward(g)
    expected.backward(torch.tensor(g))
    np.testing.assert_allclose(ours.weight.grad, theirs.weight.grad.numpy(), rtol=1e-5, atol=1e-7)


def test_tied_weights_as_torch_ties_them():
    words = Embedding(6, 3)
    ours = Sequential([words, Dense(3), Unembedding(words)], seed=0).build((None,)).to(np.float64)
    theirs = nn.Sequential(
        nn.Embedding(6, 3), nn.Linear(3, 3), nn.Linear(3, 6, bias=False)
    ).double()
    theirs[2].weight = theirs[0].weight
    from_torch(ours, theirs.state_dict())
    ids = rng.integers(0, 6, (4, 5))
    y, expected = ours(ids), theirs(torch.tensor(ids))
    np.testing.assert_allclose(y.data, expected.detach().numpy(), rtol=1e-10)
    np.sum(y * y).backward()
    (expected * expected).sum().backward()
    np.testing.assert_allclose(words.weight.grad, theirs[0].weight.grad.numpy(), rtol=1e-9)


def test_a_whole_network_moves():
    theirs = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(4, 3),
    )
    theirs(torch.rand(8, 1, 2, 2))
    layers = [Conv2D(4, 3, padding="same"), BatchNorm(), ReLU(), MaxPool2D(2), Flatten(), Dense(3)]
    ours = Model(layers, seed=0).build((2, 2, 1))
    from_torch(ours, theirs.eval().state_dict())
    x = rng.random((5, 2, 2, 1)).astype(np.float32)
    expected = theirs(torch.tensor(np.moveaxis(x, -1, 1).copy())).detach().numpy()
    np.testing.assert_allclose(ours.predict(x), expected, rtol=1e-5, atol=1e-6)
