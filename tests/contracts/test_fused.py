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
    pytest.param(OPERATIONS[name], arrays, options, id=f"{name}-{i}")
    for name, uses in EXAMPLES.items()
    if name in OPERATIONS
    for i, (arrays, options) in enumerate(uses)
]
every_case = pytest.mark.parametrize("operation, arrays, options", CASES)


def floating(arrays):
    return [i for i, a in enumerate(arrays) if a is not None and a.dtype.kind == "f"]


def with_first(operation, arrays, options):
    """The operation as a function of the argument that is differentiated."""
    return lambda x: operation(x, *arrays[1:], **options)


def test_every_fused_operation_has_an_example_and_a_name_of_its_own():
    assert len(OPERATIONS) >= 5
    assert len(OPERATIONS) == len(FUSED), "two fused operations share a name"
    assert not OPERATIONS.keys() - EXAMPLES.keys()
    assert not EXAMPLES.keys() - OPERATIONS.keys()


@every_case
def test_forward_equals_the_definition(operation, arrays, options):
    got, _ = operation.forward(*arrays, **options)
    np.testing.assert_allclose(got, operation.definition(*arrays, **options), rtol=1e-9, atol=1e-12)


@every_case
def test_vjp_equals_the_definitions(operation, arrays, options):
    out, pull = vjp(with_first(operation.definition, arrays, options), arrays[0])
    g = np.random.default_rng(1).standard_normal(np.shape(out))
    _, residuals = operation.forward(*arrays, **options)
    wanted = tuple(i == 0 for i in range(len(arrays)))
    (expected,) = pull(g)
    np.testing.assert_allclose(
        operation.vjp(g, residuals, wanted)[0], expected, rtol=1e-8, atol=1e-12
    )


@every_case
def test_derivatives_of_both_orders(operation, arrays, options):
    check_gradients(with_first(operation, arrays, options), arrays[:1], order=2, rtol=1e-5)


@every_case
def test_second_order_equals_the_definitions(operation, arrays, options):
    def g(f):
        return grad(lambda x: np.sum(grad(lambda y: np.sum(f(y) ** 2))(x) ** 2))(arrays[0])

    expected = g(with_first(operation.definition, arrays, options))
    got = g(with_first(operation, arrays, options))
    np.testing.assert_allclose(got, expected, rtol=1e-7, atol=1e-10)


@every_case
def test_float32_stays_float32(operation, arrays, options):
    single = [a.astype(np.float32) if i in floating(arrays) else a for i, a in enumerate(arrays)]
    out, pull = vjp(with_first(operation, single, options), single[0])
    assert out.dtype == np.float32
    assert pull(np.ones_like(out))[0].dtype == np.float32
    _, residuals = operation.forward(*single, **options)
    wanted = tuple(i == 0 for i in range(len(arrays)))
    assert operation.vjp(np.ones_like(out), residuals, wanted)[0].dtype == np.float32


@every_case
def test_the_arguments_are_left_alone(operation, arrays, options):
    frozen = [None if a is None else a.copy() for a in arrays]
    for a in frozen:
        if a is not None:
            a.flags.writeable = False
    out, pull = vjp(with_first(operation, frozen, options), frozen[0])
    g = np.ones_like(out)
    g.flags.writeable = False
    first, second = pull(g)[0], pull(g)[0]
    np.testing.assert_array_equal(first, second)


@every_case
def test_on_a_device(operation, arrays, options):
    on_device = [None if a is None else asarray(a) for a in arrays]
    expected, expected_pull = vjp(with_first(operation, arrays, options), arrays[0])
    out, pull = vjp(with_first(operation, on_device, options), on_device[0])
    assert isinstance(out, FakeArray)
    np.testing.assert_allclose(out.get(), expected, rtol=1e-12)
    got, exact = pull(np.ones_like(out))[0], expected_pull(np.ones_like(expected))[0]
    np.testing.assert_allclose(got.get(), exact, rtol=1e-10, atol=1e-14)
