"""Normalisations by hand, by their laws, far from zero, and what they refuse."""

import numpy as np
import pytest

from ml_from_scratch.core import no_grad, vjp
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import BatchNorm, Dense, GroupNorm, LayerNorm, Model, ReLU, RMSNorm
from ml_from_scratch.neural.normalization import base, batch_norm, group_norm, layer_norm, rms_norm
from ml_from_scratch.optimizers import Adam

ALL = {
    "BatchNorm": lambda **o: BatchNorm(**o),
    "LayerNorm": lambda **o: LayerNorm(**o),
    "RMSNorm": lambda **o: RMSNorm(**o),
    "GroupNorm": lambda **o: GroupNorm(2, **o),
}
every_norm = pytest.mark.parametrize("name", ALL)
rng = np.random.default_rng(0)


def value(y):
    return getattr(y, "data", y)


def test_a_row_by_hand():
    """Mean 2.5, variance 1.25."""
    row = np.array([[1.0, 2.0, 3.0, 4.0]], np.float32)
    expected = (row - 2.5) / np.sqrt(1.25 + 1e-5)
    np.testing.assert_allclose(value(LayerNorm()(row)), expected, rtol=1e-6)
    np.testing.assert_allclose(value(RMSNorm()(row)), row / np.sqrt(7.5 + 1e-6), rtol=1e-6)
    np.testing.assert_allclose(value(GroupNorm(2)(row)), [[-1, 1, -1, 1]], rtol=1e-4)


def test_a_channel_by_hand():
    layer = BatchNorm(momentum=0.25)
    y = layer(np.array([[1.0, 0.0], [2.0, 0.0], [6.0, 0.0]], np.float32))
    variance = 14 / 3  # of 1, 2, 6, whose mean is 3
    expected = np.array([-2.0, -1.0, 3.0]) / np.sqrt(variance + 1e-5)
    np.testing.assert_allclose(y.data[:, 0], expected, rtol=1e-6)
    assert not y.data[:, 1].any()  # a constant channel
    np.testing.assert_allclose(layer.running_mean, [0.25 * 3.0, 0.0])
    np.testing.assert_allclose(layer.running_variance, [0.75 + 0.25 * 7.0, 0.75], rtol=1e-6)


def test_evaluation_looks_at_no_neighbour_and_keeps_the_averages():
    layer = BatchNorm().build((3,))
    layer(rng.standard_normal((50, 3)).astype(np.float32))
    before = layer.running_mean.copy(), layer.running_variance.copy()
    layer.eval()
    x = rng.standard_normal((4, 3)).astype(np.float32)
    whole = value(layer(x))
    np.testing.assert_array_equal(value(layer(x[:1])), whole[:1])
    np.testing.assert_array_equal(layer.running_mean, before[0])
    np.testing.assert_array_equal(layer.running_variance, before[1])


def test_the_averages_approach_those_of_the_data():
    layer = BatchNorm().build((2,)).to(np.float64)
    for _ in range(300):
        layer(rng.normal([5.0, -1.0], [2.0, 0.1], (200, 2)))
    np.testing.assert_allclose(layer.running_mean, [5.0, -1.0], atol=0.2)
    np.testing.assert_allclose(np.sqrt(layer.running_variance), [2.0, 0.1], rtol=0.05)


def test_averages_are_changed_in_place_and_without_a_tape():
    layer = BatchNorm().build((2,))
    mean = layer.running_mean
    with no_grad():
        layer(np.ones((3, 2), np.float32))
    assert layer.running_mean is mean and mean.any()


@every_norm
@pytest.mark.parametrize("shape", [(64, 6), (8, 5, 6)])
def test_far_from_zero_single_precision_is_as_good_as_its_input(name, shape):
    x = (rng.standard_normal(shape) + 1e4).astype(np.float32)
    layer, exact = (ALL[name]().build(shape[1:]).to(d) for d in (np.float32, np.float64))
    got, expected = value(layer(x)), value(exact(x.astype(np.float64)))
    np.testing.assert_allclose(got, expected, atol=2e-3)


@every_norm
def test_scale_and_shift_of_the_input_change_nothing(name):
    x = rng.standard_normal((6, 4))
    layer = ALL[name](eps=1e-12).build((4,)).to(np.float64)
    moved = 3.0 * x if name == "RMSNorm" else 3.0 * x + 5.0
    np.testing.assert_allclose(value(layer(moved)), value(layer(x)), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("n", [1, 2, 3, 700])
def test_lines_of_rows_do_not_show(n):
    """Numbers of rows that can and cannot be joined, and more than one block."""
    x = rng.standard_normal((n + 1, 40, 8))
    got = value(BatchNorm().build((40, 8)).to(np.float64)(x))
    mean, variance = x.mean((0, 1)), x.var((0, 1))
    np.testing.assert_allclose(got, (x - mean) / np.sqrt(variance + 1e-5), rtol=1e-9, atol=1e-12)


@every_norm
def test_what_is_refused(name):
    layer = ALL[name](input_dim=4)
    with pytest.raises(
        ValueError, match=r"expects \(batch, ..., 4\), got \(4,\)\. Add a batch axis"
    ):
        layer(np.zeros(4, np.float32))
    with pytest.raises(ValueError, match=r"expects .*4.*got \(2, 3\)"):
        layer(np.zeros((2, 3), np.float32))
    with pytest.raises(TypeError, match="float64"):
        layer.build((4,))(np.zeros((2, 4)))
    with pytest.raises(ValueError, match="eps"):
        ALL[name](eps=0.0)
    assert value(layer(np.ones((2, 4), int))).dtype == np.float32


def test_more_that_is_refused():
    with pytest.raises(ValueError, match="one number a channel"):
        BatchNorm()(np.zeros((1, 3), np.float32))
    assert value(BatchNorm()(np.zeros((1, 2, 3), np.float32))).shape == (1, 2, 3)
    with pytest.raises(ValueError, match="groups=3, and 4 channels"):
        GroupNorm(3).build((4,))


@every_norm
def test_one_batch_is_learned_by_heart(name):
    X, y = rng.standard_normal((32, 10)).astype(np.float32), rng.integers(0, 4, 32)
    model = Model([Dense(32), ALL[name](), ReLU(), Dense(4)], seed=0)
    model.compile(Adam(learning_rate=0.01), CrossEntropy(from_logits=True))
    history = model.fit(X, y, epochs=150, batch_size=32, verbose=0)
    assert history["loss"][-1] < 0.02


@every_norm
@pytest.mark.parametrize("block", [1, 40, 1 << 18])
def test_blocks_do_not_show(name, block, monkeypatch):
    """Several samples to a block, and several blocks to a sample, of what does not lie in one piece."""
    monkeypatch.setattr(base, "BLOCK", block)
    monkeypatch.setattr(base, "LINE", 8)
    x, g = (rng.standard_normal((4, 6, 5)).transpose(1, 2, 0)[:, ::-1] for _ in range(2))
    layer = ALL[name]().build((5, 4)).to(np.float64)
    for p in layer.parameters():
        p.assign(rng.standard_normal(p.shape))
    operation = {"BatchNorm": batch_norm, "LayerNorm": layer_norm, "RMSNorm": rms_norm}.get(name)
    options = {} if operation else {"groups": 2}
    arrays = [x, *(p.data for p in layer.parameters())]
    operation = operation or group_norm
    y, residuals = operation.forward(*arrays, **options)
    expected, pull = vjp(lambda *a: operation.definition(*a, **options), *arrays)
    np.testing.assert_allclose(y, expected, rtol=1e-9, atol=1e-12)
    for got, exact in zip(operation.vjp(g, residuals), pull(g)):
        np.testing.assert_allclose(got, exact, rtol=1e-8, atol=1e-11)


def test_a_rounded_mean_does_not_count_as_variance():
    """Near eight million single precision knows whole numbers only, and the mean is off by some of them."""
    x = np.random.default_rng(0).normal(8e6, 4.0, (1000, 3)).astype(np.float32)
    layer = BatchNorm(momentum=1.0).build((3,))
    y = value(layer(x))
    exact = x.astype(np.float64)
    np.testing.assert_allclose(layer.running_variance, exact.var(0, ddof=1), rtol=1e-4)
    np.testing.assert_allclose(y, (exact - exact.mean(0)) / exact.std(0), atol=1e-3)


@every_norm
@pytest.mark.parametrize(
    "dtype, middle, width", [("e", 100.0, 1.0), ("f", 3e19, 1e17), ("f", 3e18, 1e15)]
)
def test_squares_may_be_larger_than_any_number(name, dtype, middle, width):
    """The mean square has overflowed; what is left without the mean has not."""
    if name == "RMSNorm":
        pytest.skip("has nothing but the mean square")
    x = (middle + width * rng.standard_normal((300, 8))).astype(dtype)
    layer, exact = (ALL[name]().build((8,)).to(d) for d in (x.dtype, np.float64))
    with np.errstate(over="ignore", invalid="ignore"):
        got = value(layer(x))
    np.testing.assert_allclose(
        got, value(exact(x.astype(np.float64))), atol=0.1 if dtype == "e" else 2e-2
    )


@pytest.mark.parametrize("mean", [0.0, 3.0, 1e4])
def test_a_single_row_is_the_same_recorded_or_not_and_among_others(mean):
    layer = LayerNorm().build((64,))
    rows = (mean + 0.01 * rng.standard_normal((3, 64))).astype(np.float32)
    among = value(layer(rows))
    with no_grad():
        alone = layer(rows[:1])
    np.testing.assert_allclose(value(layer(rows[:1])), among[:1], atol=2e-6)
    np.testing.assert_allclose(alone, among[:1], atol=2e-6)
    with np.errstate(divide="ignore", invalid="ignore"):
        nothing = layer_norm(np.ones((1, 4)), eps=0.0), layer_norm(np.ones((2, 4)), eps=0.0)
    assert all(np.isnan(y).all() for y in nothing)
