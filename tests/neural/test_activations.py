"""Activations: values by hand, tails and corners, and no warning anywhere."""

import math

import numpy as np
import pytest

from ml_from_scratch.core import Tensor
from ml_from_scratch.neural import (
    LogSoftmax,
    Softmax,
    elu,
    erf,
    gelu,
    leaky_relu,
    log_softmax,
    relu,
    selu,
    sigmoid,
    silu,
    softmax,
    softplus,
    tanh,
)


def exact_gelu(x):
    return gelu(x, "none")


ELEMENTWISE = {
    exact_gelu: lambda x: 0.5 * x * (1 + math.erf(x / math.sqrt(2))),
    relu: lambda x: max(x, 0.0),
    leaky_relu: lambda x: x if x > 0 else 0.01 * x,
    elu: lambda x: x if x > 0 else math.expm1(x),
    selu: lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * math.expm1(x)),
    silu: lambda x: x / (1 + math.exp(-x)),
    softplus: lambda x: math.log1p(math.exp(x)),
    sigmoid: lambda x: 1 / (1 + math.exp(-x)),
    tanh: math.tanh,
    erf: math.erf,
    gelu: lambda x: 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
}
XS = [-3.0, -1.0, -0.25, 0.0, 0.25, 1.0, 3.0]
every = pytest.mark.parametrize("function", ELEMENTWISE, ids=lambda f: getattr(f, "__name__", "?"))


@every
def test_values(function):
    expected = [ELEMENTWISE[function](x) for x in XS]
    np.testing.assert_allclose(function(np.array(XS)), expected, rtol=1e-13, atol=1e-15)


@every
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_far_out_it_is_finite_silent_and_of_its_dtype(function, dtype):
    x = np.array([-1e30, -1e4, -88.0, 88.0, 1e4], dtype)
    with np.errstate(all="raise", under="ignore"):
        value = function(x)
        t = Tensor(x)
        function(t).sum().backward()
    assert np.isfinite(value).all() and value.dtype == dtype
    assert np.isfinite(t.grad).all() and t.grad.dtype == dtype
    single = function(np.asarray(x[3]))
    assert single.dtype == dtype and single.shape == ()


@every
def test_integers_become_floats(function):
    np.testing.assert_array_equal(function(np.array([-1, 2])), function(np.array([-1.0, 2.0])))


def test_the_kink_has_the_left_derivative():
    for function, slope in ((relu, 0.0), (leaky_relu, 0.01), (elu, 1.0)):
        x = Tensor([0.0])
        function(x).sum().backward()
        np.testing.assert_allclose(x.grad, [slope])


def test_the_exact_gelu_and_its_approximation():
    x = np.linspace(-6, 6, 1001)
    exact = np.array([0.5 * v * (1 + math.erf(v / math.sqrt(2))) for v in x])
    np.testing.assert_allclose(gelu(x, "none"), exact, atol=3e-15)
    assert 1e-4 < np.abs(gelu(x) - exact).max() < 5e-4


def test_gelu_works_in_blocks():
    x = np.random.default_rng(0).standard_normal(20001)
    np.testing.assert_array_equal(gelu(x)[:100], gelu(x[:100]))
    np.testing.assert_array_equal(gelu(x.reshape(-1, 3, 1).T)[0].T.ravel(), gelu(x))


def test_selu_keeps_mean_zero_and_variance_one():
    """The fixed point of Klambauer et al.: through twenty layers with LeCunNormal weights."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((500, 400))
    for _ in range(20):
        x = selu(x @ (rng.standard_normal((400, 400)) / 20.0))
    assert abs(x.mean()) < 0.1 and abs(x.var() - 1.0) < 0.15


def test_softmax_along_another_axis():
    x = np.random.default_rng(0).standard_normal((2, 3, 4))
    np.testing.assert_allclose(Softmax(axis=1)(x).sum(1), 1.0)
    np.testing.assert_allclose(np.exp(LogSoftmax(axis=0)(x)).sum(0), 1.0)


def test_softmax_of_scores():
    np.testing.assert_allclose(softmax(np.log([[1.0, 2.0, 5.0]])), [[0.125, 0.25, 0.625]])
    np.testing.assert_allclose(np.exp(log_softmax(np.log([[1.0, 3.0]]))), [[0.25, 0.75]])


@pytest.mark.parametrize("approximate", ["tanh", "none"])
def test_far_out_gelu_is_x_or_nothing_recorded_or_not(approximate):
    x = np.array([-1e20, -50.0, 50.0, 1e20], np.float32)
    for y in (gelu(x, approximate), gelu(Tensor(x), approximate).data):
        np.testing.assert_array_equal(y, [0.0, 0.0, 50.0, np.float32(1e20)])
