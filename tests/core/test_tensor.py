"""Tensor: recording, refusing, copying; the tape's memory and its depth."""

import copy
import gc
import math
import pickle
import sys
import tracemalloc

import numpy as np
import pytest

from ml_from_scratch.core import Parameter, Tensor, check_gradients, grad, hessian, no_grad, raw


def test_micrograds_example():
    """A. Karpathy's micrograd README: g = 24.7041, dg/da = 138.8338, dg/db = 645.5773."""
    a, b = Tensor(-4.0), Tensor(2.0)
    relu = lambda x: np.maximum(x, 0.0)
    c = a + b
    d = a * b + b**3
    c = c + c + 1
    c = c + 1 + c + (-a)
    d = d + d * 2 + relu(b + a)
    d = d + 3 * d + relu(b - a)
    e = c - d
    f = e**2
    g = f / 2.0
    g = g + 10.0 / f
    g.backward()
    assert [round(float(v), 4) for v in (g.item(), a.grad, b.grad)] == [24.7041, 138.8338, 645.5773]


@pytest.mark.parametrize("act, words", [
    (lambda x: np.array([x, x]), "np.stack"), (lambda x: np.asarray(x), "x.data"), (lambda x: float(x[0]), "x.item()"),
    (lambda x: math.exp(x[0]), "np.exp for math.exp"), (lambda x: int(x[0]), "x.item()"), (lambda x: [1, 2][x[0]], "x.item()"),
    (lambda x: x.__setitem__(0, 1.0), "np.where"), (lambda x: np.add(x, 1.0, out=np.zeros(2)), "cannot be changed in place"),
    (lambda x: np.zeros(2).__iadd__(x), "cannot be changed in place"), (lambda x: np.add.at(x, 0, 1.0), "in place"),
    (lambda x: np.copyto(x, 0.0), "in place"), (lambda x: np.fill_diagonal(x, 0.0), "in place"),
    (lambda x: np.put(x, 0, 1.0), "in place"), (lambda x: np.putmask(x, x > 0, 1.0), "in place"),
    (lambda x: x.__iadd__(1.0), r"x.data \+="), (lambda x: x.__imul__(2.0), r"x.data \*="),
    (lambda x: x.astype(int), "stays floating-point"), (lambda x: Tensor(x), "Tensor already"),
    (lambda x: Tensor(1j), "real floating-point"), (lambda x: Tensor("abc"), "real floating-point"),
    (lambda x: Tensor(None), "real floating-point"), (lambda x: iter(x[0]), "single number"),
])  # fmt: skip
def test_what_would_lose_a_derivative_is_refused_with_the_repair(act, words):
    with pytest.raises(TypeError, match=words):
        act(Tensor([1.0, 2.0]))


def test_a_leaf_is_not_replaced_by_augmented_assignment_but_a_value_is():
    x = Tensor([1.0])
    total = 0.0
    total += x * 2.0
    total += x
    total *= 3.0
    total.sum().backward()
    assert x.grad.tolist() == [9.0]


def test_unknown_attribute_says_what_to_use():
    x = Tensor([1.0])
    assert not hasattr(x, "fill")
    with pytest.raises(AttributeError, match=r"np.fill\(x\).*x.data.fill"):
        x.fill(0)


def test_integers_become_floats_and_floats_keep_their_dtype():
    assert Tensor([1, 2]).dtype == np.float64
    assert Tensor(True).dtype == np.float64
    assert Tensor(np.float32(1)).dtype == np.float32
    assert (Tensor(np.ones((), np.float32)) * 2.0).dtype == np.float32
    assert (2.0 / Tensor(np.ones(3, np.float32)).sum() + 1.5).dtype == np.float32
    assert np.maximum(Tensor(np.float32(2)), 0.0).dtype == np.float32


def test_astype_brings_the_gradient_back():
    x = Tensor(np.ones(3, np.float32))
    (x.astype(np.float64) * 2.0).sum().backward()
    assert x.grad.dtype == np.float32 and x.grad.tolist() == [2, 2, 2]


def test_printing():
    assert repr(Tensor([1.0, 2.0])) == "Tensor([1., 2.])"
    assert repr(Tensor(0.5)) == "Tensor(0.5)"
    assert f"{Tensor(0.5):.2f}" == "0.50"
    assert repr(Tensor(np.ones(1, np.float32))) == "Tensor([1.], dtype=float32)"


def test_comparisons_and_truth():
    x = Tensor([1.0, 3.0])
    assert (x > 2).tolist() == [False, True] and not isinstance(x > 2, Tensor)
    assert np.less(2, x).tolist() == [False, True]
    assert bool(x[1] == 3.0) and (x // 2).tolist() == [0, 1]
    assert len({x, x}) == 1
    assert [y.item() for y in x] == [1, 3] and len(x) == 2


def test_methods_are_numpys_functions():
    x = Tensor(np.arange(6.0).reshape(2, 3))
    for got, expected in [
        (x.sum(axis=0), x.data.sum(axis=0)), (x.mean(1, keepdims=True), x.data.mean(1, keepdims=True)),
        (x.max(), 5.0), (x.T, x.data.T), (x.transpose(1, 0), x.data.T), (x.transpose((1, 0)), x.data.T), (x.transpose(), x.data.T),
        (x.reshape(3, 2), x.data.reshape(3, 2)), (x.reshape((3, -1)), x.data.reshape(3, 2)), (x.flatten(), x.data.ravel()),
        (x.var(ddof=1), x.data.var(ddof=1)), (x.clip(1.0, 2.0), x.data.clip(1, 2)), (x.dot(np.ones(3)), x.data.sum(1)),
        (abs(-x), x.data), (+x, x.data), (x % 2.0, x.data % 2), (7.0 % (x + 1), 7 % (x.data + 1)), (x.take([0], 1), x.data[:, :1]),
        (2.0**x, 2**x.data), (np.ones(2) @ x, x.data.sum(0)), (1.0 - x, 1 - x.data), (round(x + 0.2), x.data),
    ]:  # fmt: skip
        np.testing.assert_allclose(raw(got), expected)
    assert x.argmax() == 5 and x.size == 6 and x.ndim == 2


def test_read_only_and_strided_arrays():
    base = np.arange(12.0).reshape(3, 4)
    view = base[::2, ::-1]
    view.flags.writeable = False
    x = Tensor(view)
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad, 2 * view)


# ---- backward --------------------------------------------------------------------------------------
def test_backward_needs_a_single_number_or_a_cotangent():
    x = Tensor([1.0, 2.0])
    with pytest.raises(ValueError, match=r"shape \(2,\).*\.sum\(\)"):
        (x * 2).backward()
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        (x * 2).backward(np.ones(3))
    (x * 2).backward([1.0, 10.0])
    assert x.grad.tolist() == [2, 20]


def test_gradients_add_up_and_do_not_alias():
    x = Tensor([1.0])
    g = np.ones(1)
    (x * 1.0).backward(g)
    (x + 0.0).backward(g)
    assert x.grad.tolist() == [2.0] and g.tolist() == [1.0]


def test_a_freed_tape_is_refused():
    x = Tensor([1.0])
    y = x * 2
    z = y.sum()
    z.backward()
    with pytest.raises(RuntimeError, match="freed by an earlier backward"):
        z.backward()
    with pytest.raises(RuntimeError, match="freed by an earlier backward"):
        (y * 3).sum().backward()


def test_no_grad_returns_plain_arrays():
    x = Tensor([1.0])
    with no_grad():
        assert type(x * 2) is np.ndarray
        assert float(grad(lambda v: np.sum(v * v))(np.array([3.0]))[0]) == 6.0
    assert isinstance(x * 2, Tensor)


def test_a_chain_of_100_000_operations():
    x = Tensor(np.ones(3))
    y = x
    for _ in range(100_000):
        y = y + 1.0
    y.sum().backward()
    assert x.grad.tolist() == [1, 1, 1]
    y = x
    for _ in range(100_000):
        y = y * 1.0
    del y  # taking an unused tape apart must not recurse either
    assert sys.getrecursionlimit() < 100_000


def _kilobytes(build, finish):
    """Memory that finish leaves behind, over what there was before build, with no garbage collector."""
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        thing = build()
        built = tracemalloc.get_traced_memory()[0]
        kept = finish(thing)
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
        gc.enable()
    return (built - before) / 1e3, (after - before) / 1e3, kept


def test_memory_falls_back_after_backward_at_once():
    x = Tensor(np.ones(1000))

    def build():
        y = x
        for _ in range(200):
            y = np.tanh(y)
        return y.sum()

    built, after, _ = _kilobytes(build, lambda loss: (loss.backward(), loss)[1])
    assert built > 1600 and after < 50


@pytest.mark.parametrize("order", [1, 2])
def test_memory_falls_back_after_grad_at_once(order):
    def f(x):
        for _ in range(200):
            x = np.tanh(x)
        return np.sum(x)

    derivative = grad(f) if order == 1 else grad(lambda x: np.sum(grad(f)(x) ** 2))
    derivative(np.ones(1000))
    _, after, _ = _kilobytes(lambda: None, lambda _: derivative(np.ones(1000)))
    assert after < 160  # a tenth of one tape


# ---- copies ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))]
)
@pytest.mark.parametrize("make", [Tensor, lambda a: Tensor(a) * 1.0, lambda a: Parameter(a, "w")])
def test_a_copy_is_a_new_leaf(duplicate, make):
    x = make(np.array([1.0, 2.0]))
    y = duplicate(x)
    assert y.function is None and y.order != x.order and y.grad is None
    assert isinstance(y, Parameter) == isinstance(x, Parameter)
    (y * 3.0).sum().backward()
    assert y.grad.tolist() == [3, 3] and x.grad is None
    y.data[0] = 9.0
    assert x.data[0] == 1.0


def test_deepcopy_keeps_gradients_apart_and_ties_together():
    w = Parameter([1.0])
    pair = copy.deepcopy({"a": w, "b": w})
    assert pair["a"] is pair["b"] and pair["a"] is not w


def test_parts_of_one_value_add_up_in_its_gradient():
    """Slices, repeated numbers and masks of a recorded value, before and after other uses of it."""
    rng = np.random.default_rng(0)
    X, mask = rng.standard_normal((4, 3)), rng.random((4, 3)) < 0.5
    A, B, C, D = (
        rng.standard_normal(shape) for shape in ((2, 3), (3, 3), (3, 3), (int(mask.sum()),))
    )

    def f(x):
        h = x * x
        parts = h[:2] * A, h[1:] * B, h[[0, 0, 3]] * C, h[mask] * D, h * 0.5
        return sum(np.sum(part) for part in parts)

    weights = np.full((4, 3), 0.5)
    weights[:2] += A
    weights[1:] += B
    np.add.at(weights, [0, 0, 3], C)
    weights[mask] += D
    leaf = Tensor(X)
    f(leaf).backward()
    np.testing.assert_allclose(leaf.grad, 2 * X * weights)
    np.testing.assert_allclose(hessian(f)(X).reshape(12, 12), np.diag(2 * weights.ravel()))
    check_gradients(f, (X,), order=2)
    first, second = Tensor(X), np.ones((2, 3))
    for _ in range(2):  # straight from a leaf, with a cotangent of the caller's own
        (first[:2] + first[2:]).backward(second)
    assert (first.grad == 2.0).all() and (second == 1.0).all()
