"""The battery for fused operations: forward and vjp are what the definition says, at every order."""

import importlib
import pkgutil

import numpy as np
import pytest
from fake_device import FakeArray, asarray
from fused_examples import EXAMPLES

import ml_from_scratch
from ml_from_scratch.core import check_gradients, grad, vjp
from ml_from_scratch.core.fused import FUSED

for _module in pkgutil.walk_packages(ml_from_scratch.__path__, "ml_from_scratch."):
    if not _module.name.endswith("__main__"):
        importlib.import_module(_module.name)

OPERATIONS = {operation.__name__: operation for operation in FUSED}
CASES = [
    pytest.param(OPERATIONS[name], *example, id=f"{name}-{i}")
    for name, uses in EXAMPLES.items()
    if name in OPERATIONS
    for i, example in enumerate(uses)
]
every_case = pytest.mark.parametrize("operation, arrays, options, places", CASES)


def of(function, arrays, options, places):
    """The function of the arrays that are differentiated, and these."""

    def call(*chosen):
        full = list(arrays)
        for i, x in zip(places, chosen):
            full[i] = x
        return function(*full, **options)

    return call, [arrays[i] for i in places]


def closed_form(operation, arrays, options, places, g):
    """The gradients by the operation's own vjp, in plain NumPy."""
    _, residuals = operation.forward(*arrays, **options)
    gradients = operation.vjp(g, residuals, tuple(i in places for i in range(len(arrays))))
    return [gradients[i] for i in places]


def test_every_fused_operation_has_an_example_and_a_name_of_its_own():
    assert len(OPERATIONS) >= 5
    assert len(OPERATIONS) == len(FUSED), "two fused operations share a name"
    assert not OPERATIONS.keys() - EXAMPLES.keys()
    assert not EXAMPLES.keys() - OPERATIONS.keys()


@every_case
def test_forward_equals_the_definition(operation, arrays, options, places):
    expected = operation.definition(*arrays, **options)
    got, _ = operation.forward(*arrays, **options)
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)
    value = operation.value(*arrays, **options)
    np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-12)
    assert type(value) is type(got) and value.dtype == got.dtype


@every_case
def test_vjp_equals_the_definitions(operation, arrays, options, places):
    out, pull = vjp(*_spread(of(operation.definition, arrays, options, places)))
    g = np.random.default_rng(1).standard_normal(np.shape(out))
    for got, expected in zip(closed_form(operation, arrays, options, places, g), pull(g)):
        np.testing.assert_allclose(got, expected, rtol=1e-8, atol=1e-12)


@every_case
def test_gradients_are_arrays_of_their_own(operation, arrays, options, places):
    out, residuals = operation.forward(*arrays, **options)
    g = np.ones_like(out)
    gradients = operation.vjp(g, residuals, tuple(i in places for i in range(len(arrays))))
    found = [gradients[i] for i in places]
    others = [a for a in (g, out, *arrays, *_arrays_in(residuals)) if isinstance(a, np.ndarray)]
    for i, gradient in enumerate(found):
        assert not any(np.shares_memory(gradient, other) for other in (*others, *found[:i]))


def _arrays_in(x):
    """All arrays somewhere in the residuals."""
    if isinstance(x, np.ndarray):
        return [x]
    if hasattr(x, "__dict__"):
        x = list(vars(x).values())
    if isinstance(x, dict):
        x = list(x.values())
    return [a for part in x for a in _arrays_in(part)] if isinstance(x, (tuple, list)) else []


def _spread(pair):
    return pair[0], *pair[1]


@every_case
def test_derivatives_of_both_orders(operation, arrays, options, places):
    check_gradients(*of(operation, arrays, options, places), order=2, rtol=1e-5)


@every_case
def test_second_order_equals_the_definitions(operation, arrays, options, places):
    def second(function):
        f, xs = of(function, arrays, options, places)
        every = tuple(range(len(xs)))
        squares = lambda *xs: sum(
            np.sum(g**2) for g in grad(lambda *ys: np.sum(f(*ys) ** 2), every)(*xs)
        )
        return grad(squares, every)(*xs)

    for got, expected in zip(second(operation), second(operation.definition)):
        np.testing.assert_allclose(got, expected, rtol=1e-7, atol=1e-9)


@every_case
def test_float32_stays_float32(operation, arrays, options, places):
    single = [
        a.astype(np.float32) if isinstance(a, np.ndarray) and a.dtype == np.float64 else a
        for a in arrays
    ]
    out, pull = vjp(*_spread(of(operation, single, options, places)))
    assert out.dtype == np.float32
    assert all(g.dtype == np.float32 for g in pull(np.ones_like(out)))
    gradients = closed_form(operation, single, options, places, np.ones_like(out))
    assert all(g.dtype == np.float32 for g in gradients)


@every_case
def test_the_arguments_are_left_alone(operation, arrays, options, places):
    locked = [None if a is None else a.copy() for a in arrays]
    for a in locked:
        if a is not None:
            a.flags.writeable = False
    out, pull = vjp(*_spread(of(operation, locked, options, places)))
    g = np.ones_like(out)
    g.flags.writeable = False
    for first, second in zip(pull(g), pull(g)):
        np.testing.assert_array_equal(first, second)


@every_case
def test_gradients_may_be_made_in_their_places(operation, arrays, options, places):
    if not operation.writes:
        return
    out, residuals = operation.forward(*arrays, **options)
    g = np.random.default_rng(1).standard_normal(np.shape(out))
    wanted = tuple(i in places for i in range(len(arrays)))
    into = [np.full_like(a, np.nan) if w else None for a, w in zip(arrays, wanted)]
    for i, (got, place) in enumerate(zip(operation.vjp(g, residuals, wanted, into=into), into)):
        if wanted[i]:
            np.testing.assert_array_equal(got, operation.vjp(g, residuals, wanted)[i])
            assert got is place or not np.shares_memory(got, place)


@every_case
def test_on_a_device(operation, arrays, options, places):
    on_device = [None if a is None else asarray(a) for a in arrays]
    expected, expected_pull = vjp(*_spread(of(operation, arrays, options, places)))
    out, pull = vjp(*_spread(of(operation, on_device, options, places)))
    assert isinstance(out, FakeArray)
    np.testing.assert_allclose(out.get(), expected, rtol=1e-12)
    for got, exact in zip(pull(np.ones_like(out)), expected_pull(np.ones_like(expected))):
        np.testing.assert_allclose(got.get(), exact, rtol=1e-10, atol=1e-14)
