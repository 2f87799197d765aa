"""Layers equal torch's: outputs, and all gradients, in both precisions; and a whole network's training."""

import re
from pathlib import Path

import numpy as np
import pytest

from ml_from_scratch import neural
from ml_from_scratch.core import Tensor
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import Dense, GradientStep, Model
from ml_from_scratch.neural.activations import erf
from ml_from_scratch.neural.layer import all_layers
from ml_from_scratch.optimizers import Adam, ClipByGlobalNorm

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle
nn = torch.nn
SHAPES = [(4, 5), (1, 5), (0, 5), (3, 1), (2, 3, 5), (2, 0, 3)]
TOLERANCE = {np.float32: 1e-5, np.float64: 1e-10}

ACTIVATIONS = {  # ours, torch's
    "ReLU": (neural.ReLU(), nn.ReLU()),
    "LeakyReLU": (neural.LeakyReLU(0.2), nn.LeakyReLU(0.2)),
    "ELU": (neural.ELU(0.7), nn.ELU(0.7)),
    "SELU": (neural.SELU(), nn.SELU()),
    "GELU": (neural.GELU(), nn.GELU(approximate="tanh")),
    "GELU, exact": (neural.GELU("none"), nn.GELU()),
    "SiLU": (neural.SiLU(), nn.SiLU()),
    "Softplus": (neural.Softplus(), nn.Softplus()),
    "Sigmoid": (neural.Sigmoid(), nn.Sigmoid()),
    "Tanh": (neural.Tanh(), nn.Tanh()),
    "Softmax": (neural.Softmax(), nn.Softmax(-1)),
    "Softmax, axis 0": (neural.Softmax(axis=0), nn.Softmax(0)),
    "LogSoftmax": (neural.LogSoftmax(), nn.LogSoftmax(-1)),
    "Flatten": (neural.Flatten(), nn.Flatten()),
}
both_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def compare(got, expected, dtype):
    tolerance = TOLERANCE[dtype]
    assert got.dtype == dtype
    np.testing.assert_allclose(got, expected.detach().numpy(), rtol=tolerance, atol=tolerance)


def both_passes(ours, theirs, x, g, dtype):
    """Compare outputs and input gradients for the cotangent g(shape)."""
    mine, other = Tensor(x), torch.tensor(x, requires_grad=True)
    out, expected = ours(mine), theirs(other)
    compare(out.data, expected, dtype)
    cotangent = g(out.shape).astype(dtype)
    out.backward(cotangent)
    expected.backward(torch.tensor(cotangent))
    compare(mine.grad, other.grad, dtype)


@both_dtypes
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name, shape, dtype):
    if name == "Softmax, axis 0" and shape[0] == 0:
        pytest.skip("a softmax over nothing")
    rng = np.random.default_rng(0)
    x = (3.0 * rng.standard_normal(shape)).astype(dtype)
    both_passes(*ACTIVATIONS[name], x, rng.standard_normal, dtype)


def test_every_layer_that_torch_has_is_compared():
    """Each is made in one of the files test_*_torch.py beside this one."""
    made = "".join(path.read_text() for path in sorted(Path(__file__).parent.glob("*_torch.py")))
    elsewhere = {"Dropout"}  # random: compared by its law
    missing = {name for name in all_layers() if not re.search(rf"\b{name}\(", made)}
    assert missing == elsewhere


@pytest.mark.parametrize("name", [n for n in ACTIVATIONS if "oftmax" not in n and n != "Flatten"])
def test_activations_far_out_and_at_zero(name):
    x = np.array([-1e4, -60.0, -20.0, -1e-3, 0.0, 1e-3, 20.0, 60.0, 1e4])
    both_passes(*ACTIVATIONS[name], x, np.ones, np.float64)


def test_softmax_far_out():
    x = np.array([[-1e4, 0.0, 1e4], [-1e4, -1e4, -1e4], [700.0, 701.0, 0.0]])
    both_passes(*ACTIVATIONS["Softmax"], x, np.random.default_rng(0).standard_normal, np.float64)
    both_passes(*ACTIVATIONS["LogSoftmax"], x, np.random.default_rng(0).standard_normal, np.float64)


@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 6e-7), (np.float64, 4e-15)])
def test_the_error_function_is_good_to_the_last_digits(dtype, tolerance):
    x = np.linspace(-10.0, 10.0, 20001).astype(dtype)
    expected = torch.special.erf(torch.tensor(x.astype(np.float64))).numpy()
    assert erf(x).dtype == dtype
    assert np.abs(erf(x) - expected).max() < tolerance
    near = np.abs(x) < 0.5
    np.testing.assert_allclose(erf(x[near]), expected[near], rtol=4 * np.finfo(dtype).eps)


@both_dtypes
@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_dense(shape, use_bias, dtype):
    rng = np.random.default_rng(0)
    ours = Dense(3, use_bias=use_bias).build(shape[1:], seed=0).to(dtype)
    theirs = nn.Linear(
        shape[-1], 3, bias=use_bias, dtype=torch.from_numpy(np.zeros(1, dtype)).dtype
    )
    with torch.no_grad():
        theirs.weight.copy_(torch.tensor(ours.weight.data.T.copy()))
        if use_bias:
            ours.bias.assign(rng.standard_normal(3))
            theirs.bias.copy_(torch.tensor(ours.bias.data))
    both_passes(ours, theirs, rng.standard_normal(shape).astype(dtype), rng.standard_normal, dtype)
    compare(ours.weight.grad, theirs.weight.grad.T, dtype)
    if use_bias:
        compare(ours.bias.grad, theirs.bias.grad, dtype)


@pytest.mark.parametrize("clip", [None, 0.05])
def test_fifty_steps_of_a_network(clip):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((64, 20)), rng.integers(0, 4, 64)
    model = Model([Dense(16, input_dim=20), neural.GELU(), Dense(4)], seed=0, dtype=np.float64)
    model.compile(Adam(learning_rate=0.01), CrossEntropy(from_logits=True))
    theirs = nn.Sequential(
        nn.Linear(20, 16), nn.GELU(approximate="tanh"), nn.Linear(16, 4)
    ).double()
    with torch.no_grad():
        for mine, other in zip(model.parameters(), theirs.parameters()):
            other.copy_(torch.tensor(mine.data.T.copy()))
    optimizer = torch.optim.Adam(theirs.parameters(), 0.01)
    criterion = nn.CrossEntropyLoss()
    step = GradientStep(model.optimizer, clip and ClipByGlobalNorm(clip))
    for i in range(50):
        batch = slice(16 * (i % 4), 16 * (i % 4) + 16)
        loss, _ = step(lambda x, t: model.loss(model(x), t), X[batch], y[batch])
        optimizer.zero_grad()
        expected = criterion(theirs(torch.tensor(X[batch])), torch.tensor(y[batch]))
        expected.backward()
        if clip:
            nn.utils.clip_grad_norm_(theirs.parameters(), clip)
        optimizer.step()
        assert abs(loss - expected.item()) < 1e-6
    for mine, other in zip(model.parameters(), theirs.parameters()):
        np.testing.assert_allclose(mine.data, other.detach().numpy().T, atol=1e-5 if clip else 1e-9)
