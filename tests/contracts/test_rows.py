"""The battery for the table of derivatives: every row and definition, by the examples beside."""

import inspect

import numpy as np
import pytest
from row_examples import EXAMPLES, normal

from ml_from_scratch.core import Tensor, check_gradients, fused, grad, jacobian, raw, vjp
from ml_from_scratch.core.derivatives.table import row
from ml_from_scratch.core.tape import VJPS
from ml_from_scratch.core.tensor import CONSTANT, DEFINITIONS, SIGNATURES

CASES = [(function, f, args) for function, uses in EXAMPLES.items() for f, args in uses]
NAMES = [
    f"{function.__name__}-{i}" for function, uses in EXAMPLES.items() for i in range(len(uses))
]
every_case = pytest.mark.parametrize("function, f, args", CASES, ids=NAMES)
SMOOTH_BUT_SENSITIVE = {
    np.linalg.eigh,
    np.linalg.svd,
    np.linalg.cholesky,
    np.linalg.eigvalsh,
    np.linalg.norm,
}


def test_there_is_an_example_for_everything_in_the_table():
    in_numpy = {f for f in [*VJPS, *DEFINITIONS] if getattr(np, f.__name__, None) is f}
    in_linalg = {f for f in DEFINITIONS if getattr(np.linalg, f.__name__, None) is f}
    assert len(in_numpy) > 100
    assert not {f.__name__ for f in (in_numpy | in_linalg) - EXAMPLES.keys()}


def test_the_examples_reach_every_row():
    reached = set()
    for _, f, args in CASES:
        stack = [t for t in [f(*map(Tensor, args))] if isinstance(t, Tensor)]
        while stack:
            node = stack.pop()
            reached.add(node.function)
            stack += [a for a in node.args if isinstance(a, Tensor)]
    second_order_only = {"scatter"}  # the derivative of indexing
    by_method = {"cast"}  # Tensor.astype, in tests/core
    rows = {r for r in VJPS if not isinstance(r, fused)}
    assert not {r.__name__ for r in rows - reached} - second_order_only - by_method


@every_case
def test_value_is_numpys(function, f, args):
    expected, got = f(*args), f(*map(Tensor, args))
    np.testing.assert_allclose(raw(got), expected, rtol=1e-12, atol=1e-12)
    assert np.shape(raw(got)) == np.shape(expected)


@every_case
def test_derivative_of_both_orders(function, f, args):
    check_gradients(f, args, order=2, rtol=1e-5 if function in SMOOTH_BUT_SENSITIVE else 1e-6)


@every_case
def test_float32_stays_float32(function, f, args):
    single = [a.astype(np.float32) for a in args]
    out, pull = vjp(f, *single)
    assert out.dtype == (
        np.float64 if function is np.float_power else np.float32
    )  # as NumPy has it
    assert all(
        g.dtype == np.float32 and g.shape == a.shape
        for g, a in zip(pull(np.ones_like(out)), single)
    )
    exact = vjp(f, *args)[1](np.ones(out.shape))
    for g, e in zip(pull(np.ones_like(out)), exact):
        np.testing.assert_allclose(
            g, e, rtol=5e-3, atol=5e-3 * max(1.0, np.abs(e).max(initial=0.0))
        )


@pytest.mark.parametrize(
    "function", [f for f in DEFINITIONS if isinstance(f, type(np.sum))], ids=lambda f: f.__name__
)
def test_options_of_a_definition_have_numpys_names(function):
    try:
        known = set(inspect.signature(function).parameters)
    except ValueError:
        pytest.skip("this NumPy tells no signature of it")
    newer_or_older = {"min", "max", "shape", "newshape", "a_min", "a_max", "constant_values"}
    assert SIGNATURES[function][1] <= known | newer_or_older


def test_extremes_share_a_tie():
    np.testing.assert_allclose(grad(np.max)(np.array([1.0, 3.0, 3.0])), [0, 0.5, 0.5])
    np.testing.assert_allclose(
        grad(lambda x: np.sum(np.maximum(x, 2.0)))(np.array([1.0, 2.0, 3.0])), [0, 0.5, 1]
    )


def test_clip_passes_the_cotangent_at_its_bounds():
    np.testing.assert_allclose(
        grad(lambda x: np.sum(np.clip(x, 0.0, 1.0)))(np.array([-1, 0, 0.5, 1, 2.0])),
        [0, 1, 1, 1, 0],
    )


@pytest.mark.parametrize(
    "f", [np.linalg.norm, np.std, lambda x: np.linalg.norm(x[None], axis=1)[0]]
)
def test_roots_of_zero_have_derivative_zero(f):
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(grad(f)(np.zeros(3)), np.zeros(3))


def test_prod_is_right_at_zeros():
    np.testing.assert_allclose(grad(np.prod)(np.array([0.0, 2.0, 3.0])), [6, 0, 0])
    np.testing.assert_allclose(grad(np.prod)(np.array([0.0, 0.0, 3.0])), [0, 0, 0])


def test_power_at_zero():
    np.testing.assert_allclose(grad(lambda x: np.sum(x**2.0 + x**1.0))(np.zeros(2)), [1, 1])
    np.testing.assert_allclose(grad(lambda x: np.sum(np.power(x, 0.0)))(np.zeros(2)), [0, 0])


def test_equal_eigenvalues_and_singular_values_give_finite_derivatives():
    with np.errstate(all="raise"):
        np.testing.assert_allclose(
            grad(lambda a: np.sum(np.linalg.eigh(a)[0]))(np.eye(3)), np.eye(3), atol=1e-12
        )
        np.testing.assert_allclose(
            grad(lambda a: np.linalg.norm(a, "nuc"))(np.eye(3)), np.eye(3), atol=1e-12
        )


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
@pytest.mark.parametrize(
    "f", [np.sum, lambda x: np.sum(np.exp(x) * x), lambda x: np.sum(x.T @ x), lambda x: np.prod(x)]
)
def test_zero_size(f, shape):
    x = np.zeros(shape)
    assert grad(f)(x).shape == shape


@pytest.mark.parametrize(
    "function", sorted(CONSTANT, key=lambda f: f.__name__), ids=lambda f: f.__name__
)
def test_constant_functions_return_what_numpy_returns(function):
    x = np.array([1.3, -2.6, 0.4])
    two = {np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal, np.isclose, np.allclose, np.array_equal,
           np.heaviside, np.floor_divide, np.logical_and, np.logical_or, np.logical_xor, np.searchsorted, np.digitize,
           np.shares_memory, np.may_share_memory, np.result_type}  # fmt: skip
    others = [np.sort(x)] if function in two else [1] if function is np.argpartition else []
    if function is np.lexsort:
        expected, got = np.lexsort((x,)), np.lexsort((Tensor(x),))
    elif function is np.linalg.matrix_rank:
        expected, got = function(x[None]), function(Tensor(x[None]))
    else:
        expected, got = function(x, *others), function(Tensor(x), *others)
    assert not isinstance(got, Tensor)
    if function is not np.empty_like:
        np.testing.assert_equal(got, expected)


@pytest.mark.parametrize("call, name", [
    (lambda x: np.fft.fft(x), "fft"), (lambda x: np.interp(x, [0.0, 1.0], [0.0, 1.0]), "interp"),
    (lambda x: np.frexp(x), "frexp"), (lambda x: np.maximum.accumulate(x), "maximum.accumulate"),
    (lambda x: np.sum(x, dtype=np.float32), "dtype"), (lambda x: np.sum(x, where=x.data > 0), "where"),
    (lambda x: np.exp(x, dtype=np.float32), "dtype"), (lambda x: np.pad(x, 1, mode="reflect"), "reflect"),
    (lambda x: np.mean(x, 0, np.float32), "dtype"), (lambda x: np.linalg.svd(np.outer(x, x[:2])), "full_matrices"),
    (lambda x: np.linalg.norm(np.outer(x, x), -2), "ord=-2"), (lambda x: np.quantile(x, 0.5), "quantile"),
    (lambda x: np.bincount([0, 1, 1], weights=x), "bincount"),
])  # fmt: skip
def test_what_has_no_derivative_is_refused_by_name(call, name):
    with pytest.raises(TypeError, match=name):
        call(Tensor([1.0, 2.0, 3.0]))


def test_options_may_come_by_position_or_by_name():
    x = Tensor(normal(3, 4))
    np.testing.assert_array_equal(np.sum(x, 0).data, np.sum(a=x, axis=0).data)
    np.testing.assert_array_equal(np.std(x, 0, None, None, 1).data, np.std(x.data, 0, ddof=1))
    np.testing.assert_array_equal(
        np.mean(x, 1, None, None, True).data, np.mean(x.data, 1, keepdims=True)
    )


def test_the_tester_catches_a_derivative_wrong_by_one_in_a_thousand():
    def cube(x):
        return x**3

    row(cube, lambda g, out, x: g * (3.003 * x * x))
    try:
        from ml_from_scratch.core.derivatives.table import record

        with pytest.raises(AssertionError, match="by differences"):
            check_gradients(lambda x: record(cube, x), (normal(3),), order=1)
    finally:
        del VJPS[cube], SIGNATURES[cube]


def test_the_tester_catches_a_wrong_second_derivative():
    def cube(x):
        return x**3

    row(cube, lambda g, out, x: g * (3.0 * raw(x) * x))
    try:
        from ml_from_scratch.core.derivatives.table import record

        check_gradients(lambda x: record(cube, x), (normal(3),), order=1)
        with pytest.raises(AssertionError, match="derivative of"):
            check_gradients(lambda x: record(cube, x), (normal(3),), order=2)
    finally:
        del VJPS[cube], SIGNATURES[cube]


def test_jacobian_of_a_permutation_is_a_permutation():
    np.testing.assert_array_equal(jacobian(lambda x: x[::-1])(normal(3)), np.eye(3)[::-1])
