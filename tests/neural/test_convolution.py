"""Convolutions and pooling by hand, by their laws, at their edges, and what they refuse."""

import numpy as np
import pytest

from ml_from_scratch.core import Tensor
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import (
    AveragePool1D,
    AveragePool2D,
    Conv1D,
    Conv2D,
    ConvTranspose1D,
    ConvTranspose2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    GlobalAveragePool,
    GlobalMaxPool,
    MaxPool1D,
    MaxPool2D,
    Model,
    ReLU,
    convolve,
    convolve_transposed,
    max_pool,
)
from ml_from_scratch.optimizers import Adam

rng = np.random.default_rng(0)


def of(*numbers):
    """A sequence of one channel, as a batch of one."""
    return np.array(numbers, float).reshape(1, -1, 1)


KERNEL = np.array([1.0, 10.0, 100.0]).reshape(3, 1, 1)


# ---- by hand -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "options, expected",
    [
        ({}, [321, 432]),
        ({"padding": "same"}, [210, 321, 432, 43]),
        ({"padding": "causal"}, [100, 210, 321, 432]),
        ({"padding": (1, 0)}, [210, 321, 432]),
        ({"padding": 1, "stride": 2}, [210, 432]),
        ({"padding": "same", "dilation": 2}, [310, 420, 31, 42]),
    ],
)
def test_a_sequence(options, expected):
    got = convolve(of(1, 2, 3, 4), KERNEL, **options)
    assert got.ravel().tolist() == expected


def test_a_bias_for_each_filter_and_channels_that_add_up():
    x = np.array([[[1.0, 2.0]]])
    W = np.array([[[1.0, 10.0], [100.0, 1000.0]]])  # (1, 2, 2)
    assert convolve(x, W, np.array([0.5, -0.5])).ravel().tolist() == [201.5, 2009.5]


def test_groups_keep_to_themselves():
    x, W = np.array([[[1.0, 2.0]]]), np.array([[[3.0, 5.0]]])
    assert convolve(x, W, groups=2).ravel().tolist() == [3.0, 10.0]


def test_an_image():
    x = np.arange(9.0).reshape(1, 3, 3, 1)
    W = np.array([[1.0, 0.0], [0.0, -1.0]]).reshape(2, 2, 1, 1)
    assert (convolve(x, W) == -4.0).all() and convolve(x, W).shape == (1, 2, 2, 1)


@pytest.mark.parametrize(
    "options, expected",
    [
        ({}, [1, 12, 120, 200]),
        ({"stride": 2}, [1, 10, 102, 20, 200]),
        ({"stride": 2, "padding": "same"}, [1, 10, 102, 20]),
        ({"stride": 2, "padding": 1, "output_padding": 1}, [10, 102, 20, 200]),
        ({"dilation": 2}, [1, 2, 10, 20, 100, 200]),
    ],
)
def test_a_sequence_back(options, expected):
    got = convolve_transposed(of(1, 2), KERNEL, **options)
    assert got.ravel().tolist() == expected


def test_the_gradients_by_hand():
    x, W = Tensor(of(1, 2, 3)), Tensor(KERNEL[:2])
    y = convolve(x, W)  # 21, 32
    y.backward(of(1, 2))
    assert x.grad.ravel().tolist() == [1.0, 12.0, 20.0]
    assert W.grad.ravel().tolist() == [1 * 1 + 2 * 2, 1 * 2 + 2 * 3]


def test_windows_by_hand():
    x = of(1, 5, 2, 2, 7)
    assert MaxPool1D(2)(x).ravel().tolist() == [5, 2]
    assert MaxPool1D(2, padding="same")(x).ravel().tolist() == [5, 2, 7]
    assert MaxPool1D(3, stride=1, padding=1)(x).ravel().tolist() == [5, 5, 5, 7, 7]
    assert AveragePool1D(2)(x).ravel().tolist() == [3, 2]
    assert AveragePool1D(3, stride=2, padding=1)(x).ravel().tolist() == [3, 3, 4.5]


def test_padding_is_not_there_for_the_largest_of_negative_numbers():
    x = -np.ones((1, 3, 3, 1))
    assert (MaxPool2D(3, stride=1, padding=1)(x) == -1.0).all()
    assert (AveragePool2D(3, stride=1, padding=1)(x) == -1.0).all()


def test_of_equal_values_the_first_gets_the_gradient():
    x = Tensor(of(2, 2, 1, 3, 3))
    max_pool(x, pool_size=3, stride=2).backward(of(1, 10))
    assert x.grad.ravel().tolist() == [1, 0, 0, 10, 0]


def test_whole_images():
    x = np.arange(8.0).reshape(1, 2, 2, 2)
    assert GlobalMaxPool()(x).tolist() == [[6.0, 7.0]]
    assert GlobalAveragePool()(x).tolist() == [[3.0, 4.0]]


# ---- laws ----------------------------------------------------------------------------------------
def test_a_transposed_convolution_is_the_transposed_matrix():
    W = rng.standard_normal((3, 2, 2, 4))
    options = {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)}
    x = rng.standard_normal((2, 7, 6, 2))
    y = convolve(x, W, **options)
    back = np.swapaxes(W, -1, -2)
    g = rng.standard_normal(y.shape)
    z = convolve_transposed(g, back, **options, output_padding=(0, 0))
    assert z.shape == x.shape
    assert np.sum(y * g) == pytest.approx(np.sum(x * z))


def test_a_shifted_input_gives_a_shifted_output():
    layer = Conv2D(3, 3, padding="valid").build((9, 9, 2), seed=0).to(np.float64)
    x = rng.standard_normal((1, 9, 9, 2))
    y, shifted = layer(x).data, layer(np.roll(x, 1, axis=2)).data
    np.testing.assert_allclose(shifted[:, :, 1:], y[:, :, :-1], rtol=1e-12)


def test_causal_means_that_the_future_changes_nothing():
    layer = Conv1D(4, 3, padding="causal", dilation=2).build((10, 2), seed=0)
    x = rng.standard_normal((1, 10, 2)).astype(np.float32)
    other = x.copy()
    other[:, 6:] += 1.0
    a, b = layer(x).data, layer(other).data
    np.testing.assert_array_equal(a[:, :6], b[:, :6])
    assert (a[:, 6:] != b[:, 6:]).any()


@pytest.mark.parametrize("n", [1, 2, 5])
def test_samples_do_not_depend_on_their_batch(n):
    layer = Conv2D(4, 3, stride=2, padding="same").build((20, 20, 3), seed=0).to(np.float64)
    x = rng.standard_normal((90, 20, 20, 3))  # more than one block of patches
    whole = layer(x).data
    np.testing.assert_allclose(layer(x[:n]).data, whole[:n], rtol=1e-12, atol=1e-14)


def test_blocks_within_one_large_image():
    W = rng.standard_normal((3, 3, 4, 5))
    x = rng.standard_normal((1, 300, 90, 4))
    y = convolve(x, W, padding="same")
    near = convolve(x[:, 99:152], W, padding=((0, 0), 1))
    np.testing.assert_allclose(y[:, 100:151], near, rtol=1e-11, atol=1e-12)


# ---- what is refused -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "layer, shape, told",
    [
        (lambda: Conv2D(2, 3), (4, 8, 8), r"expects \(batch, height, width, .*x\[..., None\]"),
        (lambda: Conv2D(2, 3, input_dim=3), (4, 3, 8, 8), r"np.moveaxis\(x, 1, -1\)"),
        (lambda: Conv2D(2, 5), (4, 3, 8, 1), 'spans 5 places on an axis of 3.*padding="same"'),
        (lambda: Conv1D(2, 3, input_dim=4), (10, 4), r"Add a batch axis: x\[None\]"),
        (lambda: Conv2D(2, 3, groups=2), (1, 5, 5, 3), "groups=2, and 3 channels"),
        (lambda: ConvTranspose2D(1, 1, padding=3), (1, 2, 2, 1), "padding"),
        (
            lambda: MaxPool2D(2),
            (4, 8, 8),
            r"expects \(batch, height, width, channels\).*x\[..., None\]",
        ),
        (lambda: MaxPool1D(9), (1, 4, 1), "spans 9 places"),
        (lambda: GlobalMaxPool(), (4, 3), r"expects \(batch, \*places, channels\)"),
        (lambda: GlobalAveragePool(), (4, 0, 3), "at least one place"),
    ],
)
def test_shapes(layer, shape, told):
    with pytest.raises(ValueError, match=f"(?s){told}"):
        layer()(np.zeros(shape, np.float32))


@pytest.mark.parametrize(
    "make, told",
    [
        (lambda: Conv2D(0, 3), "filters"),
        (lambda: Conv2D(2, 0), "kernel_size"),
        (lambda: Conv2D(2, (3, 3, 3)), "kernel_size must be an integer, or 2"),
        (lambda: Conv2D(3, 3, groups=2), "multiple of groups=2"),
        (lambda: Conv2D(2, 3, padding="causal"), "'valid', 'same'"),
        (lambda: Conv2D(2, 3, padding=-1), "padding"),
        (lambda: Conv1D(2, 3, stride=0), "stride"),
        (lambda: ConvTranspose1D(2, 3, stride=2, output_padding=2), "smaller than the stride"),
        (lambda: DepthwiseConv2D(3, 0), "depth_multiplier"),
        (lambda: MaxPool2D(2, padding=2), "smaller than the pool"),
    ],
)
def test_arguments(make, told):
    with pytest.raises(ValueError, match=told):
        make()


def test_dtypes():
    layer = Conv1D(2, 2, input_dim=1)
    assert layer(np.ones((1, 4, 1), int)).dtype == np.float32
    with pytest.raises(TypeError, match="float64"):
        layer(np.ones((1, 4, 1)))
    assert MaxPool1D(2)(np.ones((1, 4, 1), int)).dtype == np.float32
    assert MaxPool1D(2)(np.ones((1, 4, 1))).dtype == np.float64


def test_one_batch_is_learned_by_heart():
    X, y = rng.random((16, 8, 8, 1)), rng.integers(0, 4, 16)
    layers = [Conv2D(8, 3, padding="same"), ReLU(), MaxPool2D(2), Conv2D(8, 3), ReLU()]
    model = Model([*layers, Flatten(), Dense(4)], seed=0)
    model.compile(Adam(learning_rate=0.01), CrossEntropy(from_logits=True))
    history = model.fit(X, y, epochs=200, batch_size=16, verbose=0)
    assert history["loss"][-1] < 0.01
