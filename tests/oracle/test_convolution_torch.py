"""Convolutions and pooling equal torch's: outputs and all gradients, every option, both precisions."""

import numpy as np
import pytest

from ml_from_scratch import neural
from ml_from_scratch.core import Tensor
from ml_from_scratch.experiments.reference import from_torch, to_torch
from ml_from_scratch.neural import (
    AveragePool1D,
    AveragePool2D,
    Conv1D,
    Conv2D,
    ConvTranspose1D,
    ConvTranspose2D,
    DepthwiseConv1D,
    DepthwiseConv2D,
    GlobalAveragePool,
    GlobalMaxPool,
    MaxPool1D,
    MaxPool2D,
)

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle
nn = torch.nn
TOLERANCE = {np.float32: 1e-5, np.float64: 1e-10}
both_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])

# name -> (our layer, the shape of a sample, torch's layer)
LAYERS = {
    "Conv1D": (lambda: Conv1D(4, 3), (9, 2), lambda: nn.Conv1d(2, 4, 3)),
    "Conv1D, one place": (lambda: Conv1D(1, 1), (1, 1), lambda: nn.Conv1d(1, 1, 1)),
    "Conv1D, same, even": (
        lambda: Conv1D(3, 4, padding="same", dilation=2),
        (9, 2),
        lambda: nn.Conv1d(2, 3, 4, padding="same", dilation=2),
    ),
    "Conv1D, groups": (
        lambda: Conv1D(6, 3, stride=2, padding=2, groups=2, use_bias=False),
        (11, 4),
        lambda: nn.Conv1d(4, 6, 3, stride=2, padding=2, groups=2, bias=False),
    ),
    "Conv2D": (lambda: Conv2D(5, 3), (7, 6, 2), lambda: nn.Conv2d(2, 5, 3)),
    "Conv2D, same": (
        lambda: Conv2D(3, (3, 2), padding="same", dilation=(1, 2)),
        (5, 7, 2),
        lambda: nn.Conv2d(2, 3, (3, 2), padding="same", dilation=(1, 2)),
    ),
    "Conv2D, all options": (
        lambda: Conv2D(4, (3, 2), stride=(2, 3), padding=(2, 1), dilation=(2, 1), groups=2),
        (9, 8, 6),
        lambda: nn.Conv2d(6, 4, (3, 2), stride=(2, 3), padding=(2, 1), dilation=(2, 1), groups=2),
    ),
    "Conv2D, 1 x 1": (
        lambda: Conv2D(4, 1, stride=2),
        (5, 4, 3),
        lambda: nn.Conv2d(3, 4, 1, stride=2),
    ),
    "DepthwiseConv1D": (
        lambda: DepthwiseConv1D(3, 2, dilation=2),
        (9, 3),
        lambda: nn.Conv1d(3, 6, 3, dilation=2, groups=3),
    ),
    "DepthwiseConv2D": (
        lambda: DepthwiseConv2D(3, stride=2, padding=1),
        (7, 6, 4),
        lambda: nn.Conv2d(4, 4, 3, stride=2, padding=1, groups=4),
    ),
    "ConvTranspose1D": (
        lambda: ConvTranspose1D(4, 3, stride=2, padding=1, output_padding=1),
        (5, 3),
        lambda: nn.ConvTranspose1d(3, 4, 3, stride=2, padding=1, output_padding=1),
    ),
    "ConvTranspose2D": (
        lambda: ConvTranspose2D(4, (3, 2), stride=(1, 3), dilation=2),
        (4, 3, 3),
        lambda: nn.ConvTranspose2d(3, 4, (3, 2), stride=(1, 3), dilation=2),
    ),
    "ConvTranspose2D, groups": (
        lambda: ConvTranspose2D(6, 4, stride=2, padding=1, groups=2, use_bias=False),
        (3, 4, 4),
        lambda: nn.ConvTranspose2d(4, 6, 4, stride=2, padding=1, groups=2, bias=False),
    ),
    "MaxPool1D": (lambda: MaxPool1D(3, 2, 1), (8, 2), lambda: nn.MaxPool1d(3, 2, 1)),
    "MaxPool2D": (lambda: MaxPool2D(2), (7, 6, 3), lambda: nn.MaxPool2d(2)),
    "MaxPool2D, over one another": (
        lambda: MaxPool2D((3, 2), (1, 2), (1, 0)),
        (6, 7, 2),
        lambda: nn.MaxPool2d((3, 2), (1, 2), (1, 0)),
    ),
    "AveragePool1D": (
        lambda: AveragePool1D(3, 1, 1),
        (8, 2),
        lambda: nn.AvgPool1d(3, 1, 1, count_include_pad=False),
    ),
    "AveragePool2D": (
        lambda: AveragePool2D((3, 2), 2, 1),
        (7, 6, 3),
        lambda: nn.AvgPool2d((3, 2), 2, 1, count_include_pad=False),
    ),
    "GlobalAveragePool": (
        lambda: GlobalAveragePool(),
        (3, 4, 2),
        lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    ),
    "GlobalMaxPool": (
        lambda: GlobalMaxPool(),
        (3, 4, 2),
        lambda: nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten()),
    ),
}
every_layer = pytest.mark.parametrize("name", LAYERS)


def pair(name, dtype):
    """Both layers with the same weights, drawn by torch: biases are not zero."""
    make, shape, theirs = LAYERS[name]
    torch.manual_seed(0)
    theirs = theirs().to(torch.float32 if dtype == np.float32 else torch.float64)
    ours = make().build(shape).to(dtype)
    from_torch(ours, theirs.state_dict())
    return ours, theirs, shape


def close(got, expected, dtype):
    """Equal to the tolerance, in units of the largest entry: a sum's rounding grows with its terms."""
    assert got.dtype == dtype and got.shape == expected.shape
    scale = max(1.0, np.abs(expected).max(initial=0.0))
    np.testing.assert_allclose(got / scale, expected / scale, rtol=0, atol=TOLERANCE[dtype])


def channels_last(x):
    x = x.detach().numpy()
    return np.moveaxis(x, 1, -1) if x.ndim > 2 else x


def channels_first(x):
    return np.moveaxis(x, -1, 1).copy() if x.ndim > 2 else x


@every_layer
@both_dtypes
@pytest.mark.parametrize("batch", [3, 1, 0])
def test_outputs_and_gradients(name, dtype, batch):
    ours, theirs, shape = pair(name, dtype)
    if batch == 0 and "GlobalMax" in name:
        pytest.skip("torch refuses it")
    rng = np.random.default_rng(0)
    x = rng.standard_normal((batch, *shape)).astype(dtype)
    mine, other = Tensor(x), torch.tensor(channels_first(x), requires_grad=True)
    y, expected = ours(mine), theirs(other)
    close(y.data, channels_last(expected), dtype)
    g = rng.standard_normal(y.shape).astype(dtype)
    y.backward(g)
    expected.backward(torch.tensor(channels_first(g)))
    close(mine.grad, channels_last(other.grad), dtype)
    gradients = {n: p.grad for n, p in ours.named_parameters()}
    for p in ours.parameters():  # the converter turns gradients as it turns weights
        p.data = p.grad
    for n, theirs_grad in {n: p.grad for n, p in theirs.named_parameters()}.items():
        close(to_torch(ours)[n].numpy(), theirs_grad.numpy(), dtype)
    assert len(gradients) == len(list(theirs.parameters()))


@every_layer
def test_weights_go_there_and_back(name):
    make, shape, theirs = LAYERS[name]
    ours, other, theirs = make().build(shape, seed=0), make().build(shape, seed=1), theirs()
    theirs.load_state_dict(to_torch(ours))
    from_torch(other, theirs.state_dict())
    for one, two in zip(ours.state_dict().values(), other.state_dict().values()):
        np.testing.assert_array_equal(one, two)


def test_causal_padding_is_torchs_with_zeros_in_front():
    ours = Conv1D(4, 3, padding="causal", dilation=2).build((7, 2), seed=0).to(np.float64)
    theirs = nn.Conv1d(2, 4, 3, dilation=2).double()
    theirs.load_state_dict(to_torch(ours))
    x = np.random.default_rng(0).standard_normal((3, 7, 2))
    padded = nn.functional.pad(torch.tensor(channels_first(x)), (4, 0))
    close(ours(x).data, channels_last(theirs(padded)), np.float64)


@pytest.mark.parametrize("seed", range(40))
def test_options_at_random(seed):
    """Kernels, strides, paddings, dilations, groups and lengths as they come."""
    rng = np.random.default_rng(seed)
    draw = lambda low, high: tuple(int(n) for n in rng.integers(low, high, 2))
    groups = int(rng.integers(1, 4))
    n_in, n_out = groups * int(rng.integers(1, 4)), groups * int(rng.integers(1, 4))
    options = {"stride": draw(1, 4), "padding": draw(0, 3), "dilation": draw(1, 3)}
    kernel = draw(1, 4)
    sizes = draw(0, 6)
    least = [
        d * (k - 1) + 1 - 2 * p for d, k, p in zip(options["dilation"], kernel, options["padding"])
    ]
    shape = (*(max(1, m) + n for m, n in zip(least, sizes)), n_in)
    for ours, theirs in (
        (Conv2D(n_out, kernel, groups=groups, **options), nn.Conv2d),
        (ConvTranspose2D(n_out, kernel, groups=groups, **options), nn.ConvTranspose2d),
    ):
        try:
            ours.build(shape, seed=0).to(np.float64)
        except ValueError as error:  # everything would be cut off
            assert isinstance(ours, ConvTranspose2D) and "padding" in str(error)
            continue
        theirs = theirs(n_in, n_out, kernel, groups=groups, **options).double()
        theirs.load_state_dict(to_torch(ours))
        x = rng.standard_normal((2, *shape))
        mine, other = Tensor(x), torch.tensor(channels_first(x), requires_grad=True)
        y, expected = ours(mine), theirs(other)
        close(y.data, channels_last(expected), np.float64)
        np.sum(y * y).backward()
        (expected * expected).sum().backward()
        close(mine.grad, channels_last(other.grad), np.float64)
        close(ours.bias.grad, theirs.bias.grad.numpy(), np.float64)


def test_ties_go_to_the_first_as_in_torch():
    x = np.zeros((1, 4, 4, 2))
    x[0, 1, 2] = 1.0
    mine, other = Tensor(x), torch.tensor(channels_first(x), requires_grad=True)
    layer = MaxPool2D(3, stride=1, padding=1)
    g = np.random.default_rng(0).standard_normal((1, 4, 4, 2))
    layer(mine).backward(g)
    nn.MaxPool2d(3, 1, 1)(other).backward(torch.tensor(channels_first(g)))
    np.testing.assert_allclose(mine.grad, channels_last(other.grad))


def test_every_class_is_here():
    here = {name.partition(",")[0] for name in LAYERS}
    kinds = ("Conv", "Depthwise", "MaxPool", "AveragePool", "Global")
    assert here == {n for n in neural.__all__ if n.startswith(kinds)}
