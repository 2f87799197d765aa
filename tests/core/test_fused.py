"""Fused operations: the closed form first, the definition at higher orders, and what is skipped."""

import numpy as np
import pytest

from ml_from_scratch.core import Parameter, Tensor, check_gradients, fused, grad, hessian
from ml_from_scratch.core.fused import FUSED
from ml_from_scratch.core.tape import VJPS

calls = []


def definition(x, w):
    return np.tanh(x @ w)


def forward(x, w):
    y = np.tanh(x @ w)
    return y, (x, w, y)


def vjp(g, residuals, wanted):
    calls.append(wanted)
    x, w, y = residuals
    d = g * (1.0 - y * y)
    return d @ w.T if wanted[0] else None, x.T @ d if wanted[1] else None


@pytest.fixture
def layer():
    operation = fused(definition, forward, vjp, name="tanh_layer")
    calls.clear()
    yield operation
    FUSED.remove(operation)
    del VJPS[operation]


X, W = np.random.default_rng(0).standard_normal((2, 4, 3))
W = W[:3, :2]


def test_plain_arrays_give_a_plain_array(layer):
    assert type(layer(X, W)) is np.ndarray
    np.testing.assert_array_equal(layer(X, W), definition(X, W))


def test_the_closed_form_runs_once_for_all_arguments(layer):
    x, w = Tensor(X), Tensor(W)
    np.sum(layer(x, w) ** 2).backward()
    assert calls == [(True, True)]
    gx, gw = grad(lambda x, w: np.sum(definition(x, w) ** 2), (0, 1))(X, W)
    np.testing.assert_allclose(x.grad, gx)
    np.testing.assert_allclose(w.grad, gw)


def test_constants_and_frozen_parameters_are_not_wanted(layer):
    w = Parameter(W)
    np.sum(layer(X, w)).backward()
    w.frozen = True
    x = Tensor(X)
    np.sum(layer(x, w)).backward()
    assert calls == [(False, True), (True, False)] and x.grad is not None


def test_second_order_differentiates_the_definition(layer):
    f = lambda x: np.sum(layer(x, W) ** 2)
    np.testing.assert_allclose(hessian(f)(X), hessian(lambda x: np.sum(definition(x, W) ** 2))(X))
    check_gradients(layer, (X, W), order=3)


def test_a_mixed_second_derivative_through_a_captured_parameter(layer):
    w = Parameter(W)
    np.sum(grad(lambda x: np.sum(layer(x, w)))(X) ** 2).backward()
    expected = grad(lambda w: np.sum(grad(lambda x: np.sum(definition(x, w)))(X) ** 2))(W)
    np.testing.assert_allclose(w.grad, expected)
