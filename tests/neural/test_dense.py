"""The dense layer: by hand, over leading axes, and what it says to input that does not fit."""

import numpy as np
import pytest

from ml_from_scratch.core import Tensor
from ml_from_scratch.neural import Dense
from ml_from_scratch.neural.dense import linear, linear_forward, linear_vjp
from ml_from_scratch.neural.initializers import Constant


def layer_by_hand():
    layer = Dense(2, input_dim=2).to(np.float64)
    layer.weight.assign([[1.0, 2.0], [3.0, 4.0]])
    layer.bias.assign([0.5, -0.5])
    return layer


def test_by_hand():
    """Y = X W + b, and with G all ones the gradients are sums of rows and columns."""
    layer, x = layer_by_hand(), Tensor([[1.0, 1.0], [0.0, 2.0]])
    y = layer(x)
    assert y.data.tolist() == [[4.5, 5.5], [6.5, 7.5]]
    y.sum().backward()
    assert x.grad.tolist() == [[3.0, 7.0], [3.0, 7.0]]  # G W^T
    assert layer.weight.grad.tolist() == [[1.0, 1.0], [3.0, 3.0]]  # X^T G
    assert layer.bias.grad.tolist() == [2.0, 2.0]


def test_back_propagation_by_hand_needs_no_tape():
    x, W, b = np.ones((2, 3)), np.ones((3, 2)), np.zeros(2)
    y, residuals = linear_forward(x, W, b)
    assert type(y) is np.ndarray
    dx, dW, db = linear_vjp(np.ones((2, 2)), residuals)
    assert (
        dx.tolist() == [[2.0] * 3] * 2
        and dW.tolist() == [[2.0] * 2] * 3
        and db.tolist() == [2.0] * 2
    )


def test_what_is_not_wanted_is_not_computed():
    _, residuals = linear_forward(np.ones((2, 3)), np.ones((3, 2)), np.zeros(2))
    assert linear_vjp(np.ones((2, 2)), residuals, (False, True, False))[::2] == (None, None)


def test_leading_axes_are_samples():
    layer = layer_by_hand()
    x = np.random.default_rng(0).standard_normal((3, 4, 2))
    y = layer(Tensor(x))
    for i in range(3):
        np.testing.assert_allclose(y.data[i], layer(x[i]).data, rtol=1e-14)
    y.sum().backward()
    np.testing.assert_allclose(layer.weight.grad, np.repeat(x.sum((0, 1))[:, None], 2, 1))


def test_initializers_and_no_bias():
    layer = Dense(2, kernel_initializer=Constant(0.5), bias_initializer=Constant(2.0)).build(3)
    assert layer(np.ones((1, 3), np.float32)).data.tolist() == [[3.5, 3.5]]
    assert Dense(2, use_bias=False).build(3).bias is None


@pytest.mark.parametrize(
    "shape, message",
    [
        (
            (784,),
            r"^Dense expects \(batch, 784\), got \(784,\)\. Add a batch axis: x\[None, :\]\.$",
        ),
        ((), r"Dense expects \(batch, 784\), got \(\)"),
        ((5,), r"Dense expects \(batch, 784\), got \(5,\)"),
        ((2, 783), r"Dense expects \(batch, 784\), got \(2, 783\)\. The last axis"),
        ((2, 28, 28), r"got \(2, 28, 28\)\. Put Flatten\(\) before it\."),
    ],
)
def test_shapes_that_do_not_fit(shape, message):
    with pytest.raises(ValueError, match=message):
        Dense(10, input_dim=784)(np.zeros(shape, np.float32))


def test_numbers_that_are_no_samples():
    with pytest.raises(ValueError, match=r"got \(5,\)\. Add a feature axis: x\[:, None\]"):
        Dense(10, input_dim=1)(np.zeros(5, np.float32))
    with pytest.raises(ValueError, match=r"Dense expects \(batch, features\), got \(5,\)"):
        Dense(10)(np.zeros(5, np.float32))


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"units": 0}, ValueError, "units must be an integer of at least 1; got 0"),
        ({"units": 2.5}, TypeError, "units must be an integer"),
        ({"units": 2, "input_dim": 0}, ValueError, "input_dim must be an integer of at least 1"),
        ({"units": 2, "kernel_initializer": "he"}, TypeError, "must be an initializer.*HeNormal"),
        ({"units": 2, "bias_initializer": Constant}, TypeError, "bias_initializer must be"),
        ({"units": 2, "regularizer": 0.1}, TypeError, "None or a regularizer.*L2"),
    ],
)
def test_arguments_are_checked(options, error, message):
    with pytest.raises(error, match=message):
        Dense(**options)


def test_the_operation_itself_regroups_no_rows():
    for x in (np.ones((2, 6)), np.ones((1, 2, 6)), Tensor(np.ones((2, 6)))):
        with pytest.raises(ValueError):
            linear(x, np.ones((3, 2)))
    np.testing.assert_array_equal(linear(np.ones((0, 3)), np.ones((3, 2))), np.empty((0, 2)))
