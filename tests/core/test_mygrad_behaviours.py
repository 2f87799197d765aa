"""What a user of MyGrad takes for granted of Tensors and backward()."""

import contextlib
import copy
import gc
import pickle
import threading
import tracemalloc
import weakref

import numpy as np
import pytest

from ml_from_scratch.core import (
    Parameter,
    Tensor,
    check_gradients,
    explain,
    fused,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    raw,
    value_and_grad,
    vjp,
)
from ml_from_scratch.core.fused import FUSED
from ml_from_scratch.core.tape import VJPS


# ---- graphs --------------------------------------------------------------------------------------
def test_a_diamond():
    x = Tensor(3.0)
    left, right = x * 2.0, x * x
    (left * right).backward()  # 2 x^3
    assert x.grad == 54.0


def test_a_stack_of_diamonds_has_many_paths_and_is_walked_once():
    x = y = Tensor([1.0, 2.0])
    for _ in range(200):
        y = y + y
    np.sum(y).backward()
    assert x.grad.tolist() == [2.0**200] * 2


def test_branches_of_unequal_length_meet():
    x = Tensor(0.5)
    long = x
    for _ in range(50):
        long = np.sin(long)
    short = np.exp(x)
    (long * short + x).backward()
    h = 1e-6

    def f(v):
        w = v
        for _ in range(50):
            w = np.sin(w)
        return w * np.exp(v) + v

    np.testing.assert_allclose(x.grad, (f(0.5 + h) - f(0.5 - h)) / (2 * h), rtol=1e-8)


@pytest.mark.parametrize("f, expected", [
    (lambda x: x + x, 2.0), (lambda x: x * x, 6.0), (lambda x: x - x, 0.0), (lambda x: x / x, 0.0),
    (lambda x: x**x, 27.0 * (1.0 + np.log(3.0))), (lambda x: np.maximum(x, x), 1.0),
    (lambda x: np.hypot(x, x), np.sqrt(2.0)), (lambda x: np.where(True, x, x), 1.0),
    (lambda x: np.stack([x, x, x]).sum(), 3.0), (lambda x: np.einsum(",,->", x, x, x), 27.0),
    (lambda x: np.logaddexp(x, x), 1.0), (lambda x: np.dot(x, x), 6.0),
])  # fmt: skip
def test_one_node_may_be_every_argument(f, expected):
    x = Tensor(3.0)
    f(x).backward()
    np.testing.assert_allclose(x.grad, expected, rtol=1e-12, atol=1e-12)


def test_fan_out():
    x, total = Tensor([1.0, 2.0]), 0.0
    for i in range(2000):
        total = total + x * float(i)
    np.sum(total).backward()
    assert x.grad.tolist() == [sum(range(2000))] * 2


def test_fan_in():
    leaves = [Tensor(float(i)) for i in range(300)]
    np.sum(np.stack(leaves) ** 2).backward()
    assert [float(x.grad) for x in leaves] == [2.0 * i for i in range(300)]


def test_what_the_loss_does_not_need_gets_no_gradient():
    x, unused = Tensor(2.0), Tensor(3.0)
    side = np.exp(x) * unused
    (x * x).backward()
    assert x.grad == 4.0 and unused.grad is None and side.function is not None
    side.backward()
    np.testing.assert_allclose(x.grad, 4.0 + 3.0 * np.exp(2.0))


def test_two_losses_over_one_part_need_one_backward():
    x = Tensor(1.0)
    shared = x * 2.0
    first, second = shared * 3.0, shared * 4.0
    first.backward()
    with pytest.raises(RuntimeError, match="add the losses up and call backward"):
        second.backward()
    y = Tensor(1.0)
    shared = y * 2.0
    (shared * 3.0 + shared * 4.0).backward()
    assert y.grad == 14.0


def test_gradients_add_up_until_they_are_forgotten():
    x = Tensor([1.0, 2.0])
    for expected in ([2.0, 4.0], [4.0, 8.0]):
        np.sum(x * x).backward()
        assert x.grad.tolist() == expected
    x.grad = None
    np.sum(x).backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_a_leaf_is_its_own_derivative():
    x = Tensor([1.0, 2.0])
    x.backward(np.array([3.0, 4.0]))
    assert x.grad.tolist() == [3.0, 4.0]


def test_only_leaves_keep_gradients():
    x = Tensor([1.0, 2.0])
    y = x * 2.0
    z = np.sum(y)
    z.backward()
    assert y.grad is None and z.grad is None


def test_gradients_do_not_share_memory():
    x, y, z = Tensor([1.0, 2.0]), Tensor([3.0, 4.0]), Tensor(1.0)
    cotangent = np.array([1.0, 1.0])
    (x + y + z).backward(cotangent)
    x.grad[0] = 99.0
    assert y.grad.tolist() == [1.0, 1.0] and cotangent.tolist() == [1.0, 1.0] and z.grad == 2.0
    assert x.data.tolist() == [1.0, 2.0]
    w = Tensor(np.ones(3))
    np.sum(np.broadcast_to(w, (2, 3))).backward()
    w.grad += 1.0
    assert w.grad.tolist() == [3.0] * 3


# ---- shapes --------------------------------------------------------------------------------------
SCALARS = [
    np.sum, np.mean, np.max, np.prod, np.var, np.std, np.cumsum, np.ravel, np.squeeze, np.flip, np.median,
    np.atleast_1d, np.atleast_2d, np.linalg.norm, np.negative, lambda x: x.T, lambda x: x[None],
    lambda x: x[...], lambda x: x[()], lambda x: np.reshape(x, (1, 1)), lambda x: np.tile(x, 3),
    lambda x: np.repeat(x, 3), lambda x: np.broadcast_to(x, (2, 2)), lambda x: np.roll(x, 1),
    lambda x: np.expand_dims(x, 0), lambda x: np.stack([x, x]), lambda x: np.where(True, x, 0.0),
    lambda x: np.outer(x, x), lambda x: np.append(x, x), lambda x: np.linspace(x, 2.0, 4),
    lambda x: np.clip(x, 0.0, 9.0), lambda x: np.sort(x, None), lambda x: np.take(x, 0),
]  # fmt: skip


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("f", SCALARS, ids=lambda f: getattr(f, "__name__", "f"))
def test_single_numbers_keep_shape_and_dtype(f, dtype):
    x = Tensor(np.array(1.5, dtype))
    value = f(x)
    assert value.shape == np.shape(f(np.array(1.5, dtype))) and value.dtype == dtype
    np.sum(value).backward()
    assert x.grad.shape == () and x.grad.dtype == dtype
    check_gradients(f, (1.5,))


ZERO_SIZE = [
    np.sum, np.cumsum, np.sin, np.ravel, np.sort, np.flip, np.tril, np.diag, np.trace, np.linalg.norm,
    lambda x: x.T, lambda x: x @ x.T, lambda x: x.T @ x, lambda x: x[:, 1], lambda x: x[[]],
    lambda x: np.reshape(x, (0, 5)), lambda x: np.concatenate([x, np.ones((2, 3))]), lambda x: np.stack([x, x]),
    lambda x: np.dot(x, np.ones(3)), lambda x: np.einsum("ij,kj->ik", x, x), lambda x: np.roll(x, 1, 0),
    lambda x: np.pad(x, 1), lambda x: np.tile(x, (2, 2)), lambda x: np.repeat(x, 2, 0),
    lambda x: np.where(x > 0, x, 0.0), lambda x: np.max(x, axis=1), lambda x: np.clip(x, 0, 1),
    lambda x: np.outer(x, x), lambda x: np.tensordot(x, x, ([1], [1])), lambda x: np.diff(x, axis=1),
    lambda x: np.split(x, 3, 1)[0], lambda x: np.broadcast_to(x, (4, 0, 3)), lambda x: np.cumprod(x, 0),
    lambda x: x + np.ones((1, 3)), lambda x: x * np.ones((2, 1, 1)), lambda x: np.sum(x, axis=0),
    lambda x: np.kron(x, np.ones((2, 2))), lambda x: np.logaddexp(x, x), lambda x: np.moveaxis(x, 0, 1),
]  # fmt: skip


@pytest.mark.parametrize("f", ZERO_SIZE, ids=lambda f: getattr(f, "__name__", "f"))
def test_arrays_of_size_zero(f):
    x = Tensor(np.zeros((0, 3)))
    value = f(x)
    assert value.shape == np.shape(f(x.data))
    np.sum(value).backward()
    assert x.grad.shape == (0, 3)
    assert grad(lambda x: np.sum(f(x)))(np.zeros((0, 3))).shape == (0, 3)


@pytest.mark.parametrize("f", [np.mean, np.var, np.std], ids=lambda f: f.__name__)
def test_means_of_no_rows(f):
    x = Tensor(np.zeros((0, 3)))
    np.sum(f(x, axis=1)).backward()
    assert x.grad.shape == (0, 3)


def test_backward_starts_from_any_single_number():
    for shape in ((), (1,), (1, 1)):
        x = Tensor(np.full(shape, 3.0))
        (x * x).backward()
        assert x.grad.tolist() == np.full(shape, 6.0).tolist()
    for shape in ((2,), (0,), (2, 1)):
        with pytest.raises(ValueError, match=r"single number.*shape \(.*\.sum\(\)"):
            (Tensor(np.ones(shape)) * 2.0).backward()


@pytest.mark.parametrize(
    "cotangent", [[1.0, 2.0], np.array([1, 2]), np.array([1.0, 2.0], "f4"), Tensor([1.0, 2.0])]
)
def test_cotangents_of_all_kinds(cotangent):
    x = Tensor([1.0, 1.0])
    (x * 3.0).backward(cotangent)
    assert x.grad.tolist() == [3.0, 6.0] and x.grad.dtype == np.float64


@pytest.mark.parametrize("shape", [(), (3,), (2, 1), (1, 2)])
def test_a_cotangent_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"it needs the output's, \(2,\)"):
        (Tensor([1.0, 1.0]) * 3.0).backward(np.ones(shape))


# ---- dtypes --------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_floating_dtypes_are_kept(dtype):
    x = Tensor(np.ones(3, dtype))
    loss = np.mean(np.tanh(x * 2.0 + 1) ** 2 / 3)
    assert loss.dtype == dtype
    loss.backward()
    assert x.grad.dtype == dtype


def test_a_gradient_has_the_dtype_of_its_leaf():
    x, y = Tensor(np.ones(2, "f4")), Tensor(np.ones(2))
    np.sum(x * y).backward()
    assert (x.grad.dtype, y.grad.dtype) == (np.float32, np.float64)


def test_integer_and_boolean_constants():
    x = Tensor([1.0, 2.0])
    np.sum(x * np.arange(2) + x * np.array([True, False]) + 3 * x + True * x).backward()
    assert x.grad.tolist() == [5.0, 5.0]


# ---- values: comparisons, truth, iteration -------------------------------------------------------
def test_comparisons_give_plain_booleans():
    x, y = Tensor([1.0, 2.0]), Tensor([2.0, 2.0])
    for got, expected in (
        (x < y, [True, False]), (x <= 1, [True, False]), (x > y, [False, False]), (x.__ge__(2), [False, True]),
        (x == y, [False, True]), (x != np.array([1.0, 2.0]), [False, False]), (np.isclose(x, y), [False, True]),
        (np.isnan(x), [False, False]), (np.logical_and(x > 0, y > 1), [True, True]),
    ):  # fmt: skip
        assert type(got) is np.ndarray and got.dtype == bool and got.tolist() == expected
    assert bool(Tensor(1.0) < Tensor(2.0)) and not Tensor(0.0) and Tensor([3.0])
    assert np.array_equal(x, x) and np.allclose(x, x) and np.any(x > 1) and (x > 1).sum() == 1


def test_truth_of_several_numbers_is_refused():
    with pytest.raises(ValueError, match="ambiguous"):
        bool(Tensor([1.0, 2.0]))


def test_tensors_are_hashed_by_identity():
    a, b = Tensor(1.0), Tensor(1.0)
    assert len({a, b, a}) == 2 and {a: "first"}[a] == "first"


def test_a_tensor_is_a_sequence():
    x = Tensor([1.0, 2.0, 3.0])
    assert len(x) == 3 and [float(v.data) for v in x] == [1.0, 2.0, 3.0]
    assert [v.item() for v in reversed(x)] == [3.0, 2.0, 1.0]
    a, *rest = x
    (a * rest[0] * rest[1]).backward()
    assert x.grad.tolist() == [6.0, 3.0, 2.0]
    with pytest.raises(TypeError):
        len(Tensor(1.0))


def test_operators_with_arrays_and_numbers_on_either_side():
    x = np.array([1.3, -2.2])
    for other in (3.0, 2, np.array([3.0, 4.0]), np.float64(3.0), np.array(3)):
        for op in ("+", "-", "*", "/", "**", "%"):
            for expression in (f"t {op} o", f"o {op} t"):
                tensor = Tensor(x)
                got = eval(expression, {"t": tensor, "o": other})
                assert isinstance(got, Tensor), (expression, other)
                np.testing.assert_allclose(got.data, eval(expression, {"t": x, "o": other}))
                got.backward(np.ones(2))
                h = 1e-6
                ends = [eval(expression, {"t": x + d, "o": other}) for d in (h, -h)]
                np.testing.assert_allclose(tensor.grad, (ends[0] - ends[1]) / (2 * h), rtol=1e-6)
    A = np.ones((2, 2))
    assert isinstance(A @ Tensor(x), Tensor) and isinstance(Tensor(x) @ A, Tensor)


@pytest.mark.parametrize(
    "other",
    [
        7.0,
        7,
        np.array([7.0, 9.0]),
    ],
)
def test_floor_division_on_either_side(other):
    x = np.array([2.0, 4.0])
    np.testing.assert_array_equal(Tensor(x) // other, x // other)
    np.testing.assert_array_equal(other // Tensor(x), other // x)


# ---- refusals ------------------------------------------------------------------------------------
IN_PLACE = [
    lambda x: x.__setitem__(0, 1.0), lambda x: x.__setitem__(slice(None), x), lambda x: np.exp(x, out=np.zeros(2)),
    lambda x: np.zeros(2).__iadd__(x), lambda x: np.zeros(2).__imul__(x), lambda x: np.add.at(np.zeros(2), [0], x[:1]),
    lambda x: np.add(1.0, 1.0, out=x), lambda x: np.copyto(np.zeros(2), x), lambda x: np.fill_diagonal(x, 0.0),
    lambda x: x.__iadd__(1.0), lambda x: x.__isub__(x), lambda x: x.__imatmul__(np.eye(2)),
]  # fmt: skip


@pytest.mark.parametrize("act", IN_PLACE)
def test_changing_in_place_is_refused_and_changes_nothing(act):
    x = Tensor([1.0, 2.0])
    with pytest.raises(TypeError, match="in place"):
        act(x)
    assert x.data.tolist() == [1.0, 2.0]


def test_an_array_does_not_swallow_a_tensor():
    target = np.zeros(2)
    for act in (
        lambda: target.__setitem__(slice(None), Tensor([1.0, 2.0])),
        lambda: target.__setitem__(0, Tensor(1.0)),
        lambda: np.array([Tensor(1.0), 2.0]),
        lambda: np.asarray(Tensor([1.0])),
        lambda: target[Tensor(1.0)],
        lambda: np.sum([Tensor(1.0), 2.0]),
    ):
        with pytest.raises((TypeError, ValueError)):
            act()
    assert target.tolist() == [0.0, 0.0]


def test_augmented_assignment_makes_a_new_value():
    x = Tensor([1.0, 2.0])
    y = first = x * 2.0
    y += 1.0
    y *= x
    np.sum(y).backward()  # (2 x + 1) x
    assert first.data.tolist() == [2.0, 4.0] and x.grad.tolist() == [5.0, 9.0]


@pytest.mark.parametrize("call, name", [
    (lambda x: np.fft.fft(x), "fft"), (lambda x: np.interp(0.5, x, x), "interp"), (lambda x: np.unique(x), "unique"),
    (lambda x: np.linalg.lstsq(x[None], x[:1], None), "lstsq"), (lambda x: np.add.accumulate(x), "accumulate"),
    (lambda x: np.multiply.outer(x, x), "outer"), (lambda x: np.sum(x, dtype="f4"), "dtype"),
    (lambda x: np.exp(x, where=np.array([True, False])), "where"), (lambda x: np.sum(x, initial=1.0), "initial"),
])  # fmt: skip
def test_what_is_not_in_the_table_is_refused_by_name(call, name):
    with pytest.raises(TypeError, match=name):
        call(Tensor([1.0, 2.0]))


def test_an_operation_that_fails_leaves_no_trace():
    x = Tensor([1.0, 2.0])
    for wrong in (
        lambda: x @ np.ones(3),
        lambda: x + np.ones(3),
        lambda: x[5],
        lambda: np.reshape(x, 3),
    ):
        with pytest.raises((ValueError, IndexError)):
            wrong()
    np.sum(x * x).backward()
    assert x.grad.tolist() == [2.0, 4.0]


# ---- no_grad -------------------------------------------------------------------------------------
def test_no_grad_as_a_block_as_a_decorator_and_nested():
    x = Tensor([1.0, 2.0])

    @no_grad()
    def doubled(x):
        return x * 2.0

    assert type(doubled(x)) is type(doubled(x)) is np.ndarray
    with no_grad():
        with no_grad():
            pass
        assert type(x + 1.0) is np.ndarray, "the inner block switched recording on"
    with contextlib.suppress(KeyError), no_grad():
        raise KeyError
    assert isinstance(x + 1.0, Tensor)


def test_no_grad_is_a_thread_s_own():
    kinds = {}

    def work():
        kinds["other"] = type(Tensor(1.0) * 2.0)

    with no_grad():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        kinds["here"] = type(Tensor([1.0]) * 2.0)
    assert kinds == {"other": Tensor, "here": np.ndarray}


def test_many_threads_keep_their_tapes_apart():
    results = {}

    def work(k):
        x = Tensor(np.full(50, float(k)))
        for _ in range(20):
            np.sum(np.exp(x * 0.01) * x).backward()
        results[k] = x.grad

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k, g in results.items():
        np.testing.assert_allclose(g, 20 * np.exp(0.01 * k) * (1 + 0.01 * k))


# ---- depth and memory ----------------------------------------------------------------------------
def chain(x, n):
    for _ in range(n):
        x = np.sin(x)
    return x


def test_chains_of_100000_operations():
    x = Tensor(0.5)
    y = chain(x, 100_000)
    y.backward()
    slope = float(grad(lambda x: chain(x, 100_000))(0.5))
    assert x.grad == slope and 0.0 < slope < 1e-5
    value, pushed = jvp(lambda x: chain(x, 20_000), (0.5,), (1.0,))
    assert np.isfinite(value) and np.isfinite(pushed)
    assert np.isfinite(grad(grad(lambda x: chain(x, 10_000)))(0.5))


def test_a_long_tape_can_be_dropped_unused():
    y = chain(Tensor(0.5), 300_000)
    del y


@contextlib.contextmanager
def no_collector():
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Watched:
    """A function that remembers, weakly, every array that was made in it."""

    def __init__(self):
        self.made = []

    def __call__(self, x):
        y = np.exp(x * 2.0)
        z = y * y
        self.made += [weakref.ref(part.data) for part in (y, z) if isinstance(part, Tensor)]
        return np.sum(z)

    def alive(self):
        return [ref for ref in self.made if ref() is not None]


@pytest.fixture
def twice():
    operation = fused(
        definition=lambda x: 2.0 * x,
        forward=lambda x: (2.0 * x, x),
        vjp=lambda g, r, wanted: (2.0 * g,),
        name="twice",
    )
    yield operation
    FUSED.remove(operation)
    del VJPS[operation]


USES = {
    "backward": lambda f, x: f(Tensor(x)).backward(),
    "unused": lambda f, x: f(Tensor(x)),
    "grad": lambda f, x: grad(f)(x),
    "value_and_grad": lambda f, x: value_and_grad(lambda x: (f(x), {"aux": x}), has_aux=True)(x),
    "vjp": lambda f, x: vjp(f, x)[1](1.0),
    "jvp": lambda f, x: jvp(f, (x,), (x,)),
    "jacobian": lambda f, x: jacobian(f)(x),
    "hessian": lambda f, x: hessian(f)(x[:3]),
    "hvp": lambda f, x: hvp(f, x, x),
    "nested": lambda f, x: grad(lambda a: a * np.sum(grad(lambda x: a * f(x))(x)))(2.0),
    "no_grad": lambda f, x: no_grad()(lambda: grad(f)(x))(),
    "explain": lambda f, x: str(explain(f(Tensor(x)))),
    "check": lambda f, x: check_gradients(f, (x[:3],)),
}


@pytest.mark.parametrize("use", USES)
def test_memory_falls_back_without_the_collector(use):
    f, x = Watched(), np.full(1000, 0.1)
    USES[use](f, x)  # what is cached once for all
    f.made.clear()
    with no_collector():
        USES[use](f, x)
        assert f.made and not f.alive()


def test_memory_falls_back_after_a_fused_operation(twice):
    f, x = Watched(), np.full(1000, 0.1)
    with no_collector():
        f(twice(Tensor(x))).backward()
        grad(lambda x: f(twice(x)))(x)
        hvp(lambda x: f(twice(x)), x, x)
        assert len(f.made) > 5 and not f.alive()


def test_memory_falls_back_while_the_loss_is_still_held():
    """After backward() the loss is only a number, although its name lives on."""
    f, x = Watched(), Tensor(np.full(1000, 0.1))
    with no_collector():
        loss = f(x)
        assert len(f.alive()) == 2
        loss.backward()
        assert not f.alive() and loss.item() > 0


def test_an_error_in_the_function_leaves_nothing_behind():
    f, x = Watched(), np.full(1000, 0.1)

    def fails(x):
        f(x)
        raise KeyError

    with no_collector():
        with contextlib.suppress(KeyError):
            grad(fails)(x)
        assert f.made and not f.alive()


def test_training_in_a_loop_does_not_grow():
    w, X = Parameter(np.full((50, 50), 0.01)), np.ones((20, 50))
    with no_collector():
        sizes = []
        tracemalloc.start()
        for _ in range(30):
            w.grad = None
            np.mean(np.tanh(X @ w) ** 2).backward()
            w.assign(w.data - 0.1 * w.grad)
            sizes.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
    assert sizes[-1] - sizes[5] < 2000, "bytes held grew from step to step"


# ---- copies --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_a_copy_is_a_leaf_with_a_life_of_its_own(duplicate):
    x = Tensor([1.0, 2.0])
    y = duplicate(np.exp(x))
    np.sum(y * 3.0).backward()
    assert y.grad.tolist() == [3.0, 3.0] and x.grad is None
    y.data[0] = 7.0
    assert np.exp(x).data[0] != 7.0


def test_data_is_a_view_of_what_was_given_and_raw_goes_into_containers():
    array = np.array([1.0, 2.0])
    x = Tensor(array)
    assert x.data is array
    inside = raw({"a": [x, (x, 3)], "b": x * 2.0})
    first, (second, three) = inside["a"]
    assert first is second is array and three == 3 and type(inside["b"]) is np.ndarray
