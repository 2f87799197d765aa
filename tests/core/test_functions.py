"""Sigmoid, softmax and their logarithms: exact in the tails, right at every order, of one dtype."""

import math
import warnings

import numpy as np
import pytest

from ml_from_scratch.core import Tensor, check_gradients, grad
from ml_from_scratch.core.functions import (
    largest_of,
    log_sigmoid,
    log_softmax,
    logsumexp,
    sigmoid,
    softmax,
    total_of,
)

ELEMENTWISE = [sigmoid, log_sigmoid]
ALONG_AXIS = [logsumexp, softmax, log_softmax]
X = np.random.default_rng(0).standard_normal((4, 5))


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("f", ELEMENTWISE + ALONG_AXIS)
def test_derivatives_to_third_order(f):
    check_gradients(f, (X,), order=3, rtol=1e-5)
    np.testing.assert_allclose(f(X), f.definition(X), rtol=1e-12)


@pytest.mark.parametrize("f", ALONG_AXIS)
@pytest.mark.parametrize("axis", [0, 1, (0, 1)])
def test_every_axis(f, axis):
    check_gradients(lambda x: f(x, axis=axis), (X,))


def test_the_kept_axis():
    assert logsumexp(X, axis=0, keepdims=True).shape == (1, 5)
    check_gradients(lambda x: logsumexp(x, axis=0, keepdims=True), (X,))


def test_derivatives_at_zero_where_the_fast_forms_have_a_kink():
    derivatives, f = [], sigmoid
    for _ in range(4):
        derivatives.append(float(f(0.0)))
        f = grad(f)
    assert derivatives == pytest.approx([1 / 2, 1 / 4, 0, -1 / 8])
    assert float(grad(grad(log_sigmoid))(0.0)) == pytest.approx(-1 / 4)


def test_tails_are_exact():
    x = np.array([-700.0, -40.0, 40.0, 700.0])
    s = [math.exp(-700), math.exp(-40) / (1 + math.exp(-40)), 1 / (1 + math.exp(-40)), 1.0]
    np.testing.assert_allclose(sigmoid(x), s, rtol=1e-15)
    np.testing.assert_allclose(log_sigmoid(x), [-700, -40, -math.exp(-40), -math.exp(-700)])
    assert sigmoid(np.array([-np.inf, np.inf])).tolist() == [0.0, 1.0]
    assert log_sigmoid(np.array([-np.inf, np.inf])).tolist() == [-np.inf, 0.0]


def test_softmax_of_large_numbers():
    x = np.array([[1e4, 1e4, -1e4], [3e38, 0.0, -3e38]])
    assert softmax(x).tolist() == [[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]]
    assert log_softmax(x)[1].tolist() == [0.0, -3e38, -6e38]
    np.testing.assert_allclose(logsumexp(x), [1e4 + math.log(2), 3e38])
    np.testing.assert_allclose(softmax(X), np.exp(X) / np.exp(X).sum(1, keepdims=True))


def test_minus_infinity_is_a_class_that_cannot_be():
    x = np.array([[0.0, -np.inf, 0.0]])
    assert softmax(x).tolist() == [[0.5, 0.0, 0.5]]
    assert log_softmax(x)[0, 1] == -np.inf
    nothing = np.full((1, 2), -np.inf)
    assert logsumexp(nothing).tolist() == [-np.inf]
    assert np.isnan(softmax(nothing)).all()
    assert np.isnan(sigmoid(np.nan)) and np.isnan(softmax(np.array([np.nan, 1.0]))).all()


@pytest.mark.parametrize("f", ELEMENTWISE + ALONG_AXIS)
def test_float32_stays_and_integers_become_float64(f):
    x = Tensor(X.astype(np.float32))
    y = f(x)
    y.sum().backward()
    assert y.dtype == x.grad.dtype == f(x.data).dtype == np.float32
    assert f(np.arange(3)).dtype == np.float64
    if f in ELEMENTWISE:
        scalar = Tensor(np.float32(0.5))
        y = f(scalar)
        y.backward()
        assert y.dtype == scalar.grad.dtype == f(np.float32(0.5)).dtype == np.float32


@pytest.mark.parametrize("f", ALONG_AXIS)
def test_no_rows_and_arrays_that_must_not_be_written(f):
    assert f(np.zeros((0, 3))).shape in ((0,), (0, 3))
    x = X.copy()
    x.setflags(write=False)
    f(x)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("shape", [(3, 5), (2, 3, 4), (0, 3), (1, 1)])
def test_largest_entries_and_totals_are_numpys(shape, axis):
    x = np.random.default_rng(0).standard_normal(shape)
    x[..., -1:] = np.where(x[..., -1:] > 0, np.nan, -np.inf)
    if x.shape[axis]:
        np.testing.assert_array_equal(largest_of(x, axis), np.max(x, axis=axis, keepdims=True))
    np.testing.assert_allclose(total_of(x, axis), np.sum(x, axis=axis, keepdims=True))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_row_of_the_softmax_does_not_see_its_neighbours(dtype):
    x = (np.random.default_rng(0).standard_normal((5, 4)) * [[1], [20], [100], [3], [1e3]]).astype(
        dtype
    )
    whole = softmax(x)
    exact = np.exp(x.astype(float) - x.max(1, keepdims=True).astype(float))
    exact /= exact.sum(1, keepdims=True)
    np.testing.assert_allclose(whole, exact, rtol=20 * np.finfo(dtype).eps, atol=1e-7)
    for i in range(5):
        only = np.where(np.arange(5)[:, None] == i, x, np.zeros_like(x))
        np.testing.assert_array_equal(softmax(only)[i], whole[i])
    assert softmax(np.zeros((0, 3), dtype)).shape == (0, 3)
