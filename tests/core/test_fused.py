"""Fused operations: the closed form first, the definition at higher orders, and what is skipped."""

import numpy as np
import pytest

from ml_from_scratch.core import (
    FlatParameters,
    Parameter,
    Tensor,
    check_gradients,
    explain,
    fused,
    grad,
    hessian,
    no_grad,
)
from ml_from_scratch.core.fused import FUSED
from ml_from_scratch.core.tape import VJPS, clock

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


# ---- gradients made in their places ------------------------------------------------------------
def vjp_in_place(g, residuals, wanted, into=(None, None)):
    calls.append(into)
    x, w, y = residuals
    d = g * (1.0 - y * y)
    dx = np.matmul(d, w.T, out=into[0]) if wanted[0] else None
    return dx, np.matmul(x.T, d, out=into[1]) if wanted[1] else None


@pytest.fixture
def writer():
    operation = fused(definition, forward, vjp_in_place, name="tanh_layer_in_place")
    calls.clear()
    yield operation
    FUSED.remove(operation)
    del VJPS[operation]


SQUARE = np.array([[0.5, -1.0], [2.0, 0.25]])


def adopted(value):
    w = Parameter(value)
    return w, FlatParameters([w])


def test_a_first_gradient_is_made_in_its_place_and_later_ones_add(writer):
    w, flat = adopted(W)
    expected = vjp(np.ones((4, 2)), forward(X, W)[1], (False, True))[1]
    np.sum(writer(X, w)).backward()
    assert calls[-1][0] is None and calls[-1][1] is w.place is w.grad
    np.testing.assert_array_equal(flat.gradient, expected.ravel())
    np.sum(writer(X, w)).backward()
    assert calls[-1] == [None, None]
    np.testing.assert_allclose(flat.gradient, 2.0 * expected.ravel())
    flat.zero_grad()
    np.sum(writer(X, w)).backward()
    np.testing.assert_array_equal(flat.gradient, expected.ravel())


@pytest.mark.parametrize(
    "f",
    [
        lambda op, w: np.sum(op(op(SQUARE, w), w)),  # two nodes
        lambda op, w: np.sum(op(w, w)),  # twice in one
        lambda op, w: np.sum(op(SQUARE, w)) + np.sum(w * w),  # another use comes first
        lambda op, w: np.sum(op(w * w, w)) + np.sum(w),
        lambda op, w: np.sum(op(SQUARE, w.T)),  # a value made of it is no parameter
    ],
)
def test_a_weight_that_is_used_twice_gets_both_shares(writer, f):
    w, _ = adopted(SQUARE)
    f(writer, w).backward()
    np.testing.assert_allclose(w.grad, grad(lambda w: f(definition, w))(SQUARE))
    assert w.grad is w.place


def test_only_backward_writes_into_places(writer):
    w, flat = adopted(W)
    flat.gradient[...] = 7.0
    f = lambda w: np.sum(writer(X, w))
    for derive in (grad(f), lambda w: explain(f(w))):
        derive(w)
    grad(lambda x: np.sum(writer(x, w)))(X)
    assert (flat.gradient == 7.0).all() and w.grad is None


def test_a_walk_that_is_broken_off_leaves_no_gradient(writer):
    v, w = (Parameter(SQUARE) for _ in range(2))
    flat = FlatParameters([v, w])
    loss = np.sum(writer(writer(SQUARE, v), w))
    v.changed = w.changed = next(clock)
    v.changed = 1
    with pytest.raises(RuntimeError, match="was changed"):
        loss.backward()
    assert v.grad is None and w.grad is None
    w.changed = 1
    np.sum(writer(SQUARE, w)).backward()
    assert w.grad is w.place and flat.due() == [(1, slice(4, 8))]


def test_a_leaf_keeps_a_closed_forms_own_array_and_copies_any_other(layer):
    x, w = Tensor(X), Tensor(W)
    made = []
    plain = layer.vjp
    layer.vjp = lambda *args: made.append(plain(*args)) or made[-1]
    np.sum(layer(x, w)).backward()
    assert x.grad is made[0][0] and w.grad is made[0][1]
    layer.vjp = lambda g, residuals, wanted: (g, g)  # as a sum's: one array for everybody
    x, y, g = Tensor(np.zeros((4, 2))), Tensor(np.zeros((4, 2))), np.ones((4, 2))
    layer.forward = lambda x, y: (x + y, None)
    layer(x, y).backward(g)
    x.grad += 1.0
    assert (g == 1.0).all() and (y.grad == 1.0).all() and (x.grad == 2.0).all()
    layer.vjp = (
        lambda g, residuals, wanted: (2.0 * g,) * 2
    )  # one new array for both, and more to come for one
    x, y = Tensor(np.zeros((4, 2))), Tensor(np.zeros((4, 2)))
    (layer(x, y) + x[:] * 3.0).backward(g)
    assert (x.grad == 5.0).all() and (y.grad == 2.0).all()
    x.grad += 1.0
    assert (y.grad == 2.0).all()


def test_a_value_of_its_own_is_computed_where_nothing_is_recorded():
    asked = []

    def value(x, w):
        asked.append(x.shape)
        return definition(x, w)

    operation = fused(definition, forward, vjp, "with_value", value)
    try:
        np.testing.assert_array_equal(operation(X, W), definition(X, W))
        with no_grad():
            assert type(operation(Tensor(X), W)) is np.ndarray
        assert asked == [X.shape] * 2
        operation(Tensor(X), W)
        assert len(asked) == 2  # a derivative needs what forward keeps
    finally:
        FUSED.remove(operation)
        del VJPS[operation]


def test_a_leaf_copies_views_of_the_cotangent_and_what_cannot_be_written_to(layer):
    layer.forward = lambda x, y: (x.reshape(3, 2) + y, None)
    layer.vjp = lambda g, residuals, wanted: (g.reshape(2, 3), np.broadcast_to(g[:1, :1], (3, 2)))
    x, y, g = Tensor(np.zeros((2, 3))), Tensor(np.zeros((3, 2))), np.ones((3, 2))
    for _ in range(2):
        layer(x, y).backward(g)
    assert (x.grad == 2.0).all() and (y.grad == 2.0).all() and (g == 1.0).all()
