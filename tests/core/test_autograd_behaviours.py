"""What a user of HIPS autograd takes for granted of grad and its kin."""

import collections
import math

import numpy as np
import pytest

from ml_from_scratch.core import (
    Tensor,
    check_gradients,
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

rng = np.random.default_rng(0)


def normal(*shape):
    return rng.standard_normal(shape)


# ---- broadcasting --------------------------------------------------------------------------------
BINARY = [
    *(np.add, np.subtract, np.multiply, np.divide, np.power, np.float_power, np.remainder),
    *(np.maximum, np.minimum, np.fmax, np.fmin, np.arctan2, np.hypot, np.copysign),
    *(np.logaddexp, np.logaddexp2),
]
PAIRS = [
    *(((), ()), ((), (3,)), ((3,), ()), ((1,), (3,)), ((2, 1), (1, 3)), ((2, 3), (3,))),
    *(((3,), (2, 3)), ((4, 1, 3), (2, 1)), ((1, 1), ()), ((0, 3), (1, 3)), ((2, 1), (1, 0))),
]


@pytest.mark.parametrize("shapes", PAIRS, ids=str)
@pytest.mark.parametrize("function", BINARY, ids=lambda f: f.__name__)
def test_every_binary_function_broadcasts(function, shapes):
    x, y = (rng.uniform(0.5, 2.0, shape) for shape in shapes)
    check_gradients(function, (x, y))
    gx, gy = grad(lambda x, y: np.sum(function(x, y)), (0, 1))(x, y)
    assert (np.shape(gx), np.shape(gy)) == shapes
    value = np.broadcast_shapes(*shapes)
    assert np.shape(raw(function(Tensor(x), y))) == np.shape(raw(function(x, Tensor(y)))) == value


@pytest.mark.parametrize("function", BINARY, ids=lambda f: f.__name__)
def test_one_side_may_be_a_plain_array_or_a_number(function):
    x = rng.uniform(0.5, 2.0, (2, 3))
    for constant in (1.5, 2, np.array([0.7, 1.1, 1.9]), np.arange(1, 4), np.float64(1.3)):
        check_gradients(lambda x, c=constant: function(x, c), (x,))
        check_gradients(lambda x, c=constant: function(c, x), (x,))


# ---- products ------------------------------------------------------------------------------------
MATMUL = [
    *(((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3,))),
    *(((3,), (5, 3, 2)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((5, 2, 3), (5, 3, 4))),
    *(((1, 2, 3), (5, 3, 4)), ((5, 1, 2, 3), (4, 3, 2)), ((0,), (0,)), ((0, 3), (3, 2))),
    *(((2, 0), (0, 3)), ((5, 0, 3), (3, 2))),
]
DOT = [
    ((), ()),
    ((3,), ()),
    ((), (2, 3)),
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((2, 3), (3, 4)),
    ((2, 4, 3), (2, 3, 2)),
]


@pytest.mark.parametrize(
    "function, shapes", [(np.matmul, s) for s in MATMUL] + [(np.dot, s) for s in DOT], ids=str
)
def test_products_of_all_dimensions(function, shapes):
    x, y = (normal(*shape) for shape in shapes)
    check_gradients(function, (x, y))
    check_gradients(lambda x: function(x, y), (x,))
    check_gradients(lambda y: function(x, y), (y,))
    np.testing.assert_allclose(raw(function(Tensor(x), Tensor(y))), function(x, y), atol=1e-14)


@pytest.mark.parametrize("axes", [0, 1, 2, (0, 1), (-1, 0), ([0], [1]), ([0, 1], [1, 0])], ids=str)
def test_tensordot_of_all_kinds_of_axes(axes):
    check_gradients(lambda a, b: np.tensordot(a, b, axes), (normal(3, 3), normal(3, 3)))


def test_the_same_matrix_may_be_everywhere():
    A = normal(3, 3)
    for f in (
        lambda X: X @ X,
        lambda X: X @ X.T @ X,
        lambda X: np.einsum("ij,jk,ki->", X, X, X),
        lambda X: np.linalg.solve(X, X @ X),
        lambda X: np.linalg.det(X) * np.linalg.inv(X),
        lambda X: np.concatenate([X, X.T]) @ X,
        lambda X: np.where(X > 0, X, X * X),
        lambda X: np.power(np.abs(X) + 1.0, X),
        lambda X: X[0] * X[:, 0],
        lambda X: np.outer(X, X),
    ):
        check_gradients(f, (A,))


EINSUMS = [
    ("ii->i", (3, 3)), ("ii", (3, 3)), ("iij->j", (3, 3, 2)), ("iii->", (3, 3, 3)), ("ij->", (2, 3)),
    ("ij->ji", (2, 3)), ("ba", (2, 3)), ("bA", (2, 3)), ("...i->...", (2, 3, 4)), ("i...->...", (3, 2)),
    ("...ii->...i", (2, 3, 3)), ("i,i", (3,), (3,)), ("i,j->ij", (2,), (3,)), ("i,j", (2,), (3,)),
    ("ij,j->i", (2, 3), (3,)), ("ij,jk", (2, 3), (3, 4)), ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)),
    ("ii,ii->i", (3, 3), (3, 3)), ("ii,ij->j", (3, 3), (3, 2)), ("ba,ba", (2, 3), (2, 3)),
    (",i->i", (), (3,)), ("ij,->j", (2, 3), ()), ("...,...->...", (3,), ()),
    ("...ij,...jk->...ik", (5, 2, 3), (5, 3, 4)), ("...ij,...jk->...ik", (5, 2, 3), (3, 4)),
    ("...ij,...jk->...ik", (1, 2, 3), (5, 3, 4)), ("ij...,jk...->ik...", (2, 3, 4), (3, 2, 4)),
    ("a...b,b->a...", (2, 4, 3), (3,)), ("ij,ij->ij", (2, 1), (2, 3)), ("ij,kj->ik", (1, 3), (4, 3)),
    ("i,i->i", (1,), (3,)), ("ij,jk->ik", (0, 3), (3, 2)), (" i j , j k -> i k ", (2, 3), (3, 4)),
    ("ij,kl->", (2, 2), (3, 3)),
]  # fmt: skip


@pytest.mark.parametrize("case", EINSUMS, ids=str)
def test_einsum(case):
    subscripts, *shapes = case
    operands = [normal(*shape) for shape in shapes]
    value = np.einsum(subscripts, *map(Tensor, operands))
    np.testing.assert_allclose(value.data, np.einsum(subscripts, *operands), atol=1e-13)
    check_gradients(lambda *xs: np.einsum(subscripts, *xs), operands)


def test_einsum_with_lists_of_axes():
    x, y = normal(2, 3), normal(3, 4)
    check_gradients(lambda x, y: np.einsum(x, [0, 1], y, [1, 2], [0, 2]), (x, y))
    check_gradients(lambda x, y: np.einsum(x, [0, 1], y, [1, 2]), (x, y))
    check_gradients(lambda x: np.einsum(x, [..., 0], [0, ...]), (x,))
    check_gradients(lambda x: np.einsum(x, [7, 7]), (x[:, :2],))
    np.testing.assert_array_equal(np.einsum(Tensor(x), [5, 2]).data, np.einsum(x, [5, 2]))


# ---- indexing ------------------------------------------------------------------------------------
X = normal(4, 5, 3)
INDICES = [
    0, -1, slice(1, 3), slice(None, None, -1), slice(3, None, -2), slice(0, 0), ..., None, (), (0, 1),
    (slice(None), 0), (0, slice(None), 1), (None, 0), (..., 0), (0, ...), (..., None), [0, 2], [0, 0, 1],
    np.array([1, 1]), np.array([[0, 1], [1, 1]]), np.int64(2), np.array(2), ([0, 0], [1, 1]),
    (slice(None), [0, 0], 1), ([0, 1], slice(None), [0, 0]), (np.array([[0], [1]]), np.array([[0, 1, 1]])),
    ([0, 1], None, slice(None)), (None, [0, 0, 0], slice(1, 3)), (..., [0, 0]), np.array([], int),
    X > 0, (X > 0)[:, :, 0], (X > 0)[:, 0, 0], (slice(None), (X > 0)[0, :, 0]), [True, False, True, False],
    True, False, (0, True),
]  # fmt: skip


@pytest.mark.parametrize("index", INDICES, ids=lambda i: repr(i).replace("\n", "")[:40])
def test_indices_of_all_kinds_to_third_order(index):
    value = Tensor(X)[index]
    np.testing.assert_array_equal(value.data, X[index])
    assert value.shape == X[index].shape
    check_gradients(lambda x: x[index], (X,))
    check_gradients(lambda x: np.sum(x[index] ** 3), (X,), order=3, rtol=1e-5)


def test_a_repeated_index_adds_up():
    assert grad(lambda x: np.sum(x[[0, 0, 2]] * [1.0, 2.0, 4.0]))(np.ones(3)).tolist() == [3, 0, 4]
    H = hessian(lambda x: np.sum(x[[0, 0, 2]] ** 2))(np.ones(3))
    assert H.tolist() == [[4, 0, 0], [0, 0, 0], [0, 0, 2]]


def test_a_boolean_index_at_third_order_by_hand():
    x = np.array([-1.0, 2.0, 3.0])
    third = jacobian(hessian(lambda x: np.sum(x[raw(x) > 0] ** 4)))(x)
    expected = np.zeros((3, 3, 3))
    expected[1, 1, 1], expected[2, 2, 2] = 24 * 2, 24 * 3
    np.testing.assert_allclose(third, expected)


def test_an_array_can_be_taken_apart():
    def f(x):
        a, b, *rest = x
        return a * b + sum(i * v for i, v in enumerate(rest)) + max(x) + abs(x[0]) + pow(x[1], 3)

    assert grad(f)(np.array([-1.0, 2.0, 3.0, 5.0])).tolist() == [1.0, 11.0, 0.0, 2.0]


# ---- derivatives of derivatives ------------------------------------------------------------------
NESTED = [
    (lambda x: x * grad(lambda y: x + y)(1.0), 5.0, 1.0),
    (lambda x: x * grad(lambda y: x * y)(2.0), 3.0, 6.0),
    (lambda x: grad(lambda y: y * x)(x), 3.0, 1.0),
    (lambda x: grad(lambda y: y * y * x)(x), 3.0, 12.0),
    (lambda x: grad(lambda y: x)(1.0), 3.0, 0.0),
    (lambda x: grad(lambda x: x * x)(x) * x, 3.0, 12.0),
    (lambda x: grad(lambda y: grad(lambda z: x * y * z)(1.0) * y)(2.0), 5.0, 4.0),
    (lambda x: x * jvp(lambda y: x * y, (2.0,), (1.0,))[1], 3.0, 6.0),
    (lambda x: jvp(lambda y: y * y, (x,), (x,))[1], 3.0, 12.0),
    (lambda x: vjp(lambda y: y * x, 2.0)[1](x)[0], 3.0, 6.0),
    (lambda x: np.sum(jacobian(lambda y: x * y**2)(np.array([1.0, 2.0]))), 3.0, 6.0),
    (lambda x: np.sum(hessian(lambda y: x * np.sum(y**3))(np.ones(2))), 2.0, 12.0),
    (lambda x: np.sum(hvp(lambda y: np.sum(y**3) * x, np.ones(2), np.ones(2))), 2.0, 12.0),
    (lambda x: value_and_grad(lambda y: y**3 * x)(x)[1], 2.0, 36.0),
]


@pytest.mark.parametrize("f, at, expected", NESTED)
def test_nested_derivatives_know_whose_variable_is_whose(f, at, expected):
    assert float(grad(f)(at)) == expected


def test_hessian_hvp_and_grad_of_a_product_agree():
    f = lambda x: np.sum(np.sin(x) * x) * x[0]
    x, v = np.array([0.3, -0.4, 1.1]), np.array([1.0, 2.0, -1.0])
    H = hessian(f)(x)
    np.testing.assert_allclose(H, H.T, atol=1e-14)
    np.testing.assert_allclose(H, jacobian(jacobian(f))(x))
    np.testing.assert_allclose(hvp(f, x, v), H @ v)
    np.testing.assert_allclose(jvp(grad(f), (x,), (v,))[1], H @ v)
    np.testing.assert_allclose(grad(lambda x: np.dot(grad(f)(x), v))(x), H @ v)
    np.testing.assert_allclose(vjp(grad(f), x)[1](v)[0], H @ v)


def test_jacobians_by_hand():
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(jacobian(lambda x: x[::-1])(x), np.eye(3)[::-1])
    np.testing.assert_array_equal(jacobian(np.cumsum)(x), np.tril(np.ones((3, 3))))
    p = np.exp(x) / np.exp(x).sum()
    softmax = lambda x: np.exp(x) / np.sum(np.exp(x))
    np.testing.assert_allclose(jacobian(softmax)(x), np.diag(p) - np.outer(p, p), rtol=1e-12)
    outer = jacobian(lambda x: np.outer(x, x))(x)
    expected = np.einsum("ik,j->ijk", np.eye(3), x) + np.einsum("jk,i->ijk", np.eye(3), x)
    np.testing.assert_array_equal(outer, expected)
    assert jacobian(lambda x, y: x * y, 1)(x, 2.0).tolist() == [1.0, 2.0, 3.0]
    assert jacobian(lambda x: x**2)(3.0) == 6.0


def test_jvp_and_vjp_are_transposes():
    A = normal(4, 3)
    f = lambda x: np.tanh(A @ x)
    x, u, v = normal(3), normal(3), normal(4)
    value, pushed = jvp(f, (x,), (u,))
    again, pull = vjp(f, x)
    np.testing.assert_array_equal(value, again)
    np.testing.assert_allclose(v @ pushed, u @ pull(v)[0], rtol=1e-12)
    np.testing.assert_allclose(pushed, jacobian(f)(x) @ u, rtol=1e-12)


def test_a_gradient_is_a_function_like_any_other():
    """Newton's method on x^2 = 2, differentiated through: d sqrt(a) / da = 1 / (2 sqrt(a))."""

    def root(a):
        x = 1.0
        for _ in range(6):
            f = lambda x: x * x - a
            x = x - f(x) / grad(f)(x)
        return x

    assert float(root(2.0)) == pytest.approx(math.sqrt(2.0), abs=1e-12)
    assert float(grad(root)(2.0)) == pytest.approx(0.5 / math.sqrt(2.0), abs=1e-10)
    assert float(grad(grad(root))(2.0)) == pytest.approx(-0.25 * 2.0**-1.5, abs=1e-8)


# ---- arguments -----------------------------------------------------------------------------------
def test_arguments_of_any_structure():
    Pair = collections.namedtuple("Pair", "left right")
    tree = {"z": [1.0, (np.array([2.0, 3.0]),)], "a": Pair(4.0, np.ones((2, 2))), "empty": []}
    f = lambda t: t["z"][0] * np.sum(t["z"][1][0] ** 2) + t["a"].left * np.sum(t["a"].right)
    g = grad(f)(tree)
    assert list(g) == ["z", "a", "empty"] and g["empty"] == []
    assert float(g["z"][0]) == 13.0 and g["z"][1][0].tolist() == [4.0, 6.0]
    assert isinstance(g["a"], Pair) and g["a"].right.tolist() == [[4.0, 4.0], [4.0, 4.0]]
    check_gradients(f, (tree,))


def test_outputs_of_any_structure():
    f = lambda x: {"a": x * 2.0, "b": (x**2, [np.sum(x)])}
    x = np.array([1.0, 3.0])
    out, pull = vjp(f, x)
    assert out["b"][1][0] == 4.0
    (g,) = pull({"a": np.ones(2), "b": (np.ones(2), [np.array(10.0)])})
    assert g.tolist() == [2 + 2 + 10, 2 + 6 + 10]
    _, tangent = jvp(f, (x,), (np.array([1.0, 0.0]),))
    assert tangent["a"].tolist() == [2.0, 0.0] and tangent["b"][1][0] == 1.0


def test_several_arguments_keywords_and_what_is_ignored():
    f = lambda a, b, c=1.0, *, d=1.0: a * a * b * c * d
    assert [float(g) for g in grad(f, (1, 0))(2.0, 3.0)] == [4.0, 12.0]
    assert float(grad(f)(2.0, 3.0, 5.0, d=7.0)) == 2 * 2 * 3 * 5 * 7
    assert grad(lambda a, b: np.sum(a), 1)(np.ones(2), np.ones((2, 3))).tolist() == [[0.0] * 3] * 2
    assert [float(g) for g in grad(lambda a, b: b * 2.0, (0, 1))(1.0, 1.0)] == [0.0, 2.0]


@pytest.mark.parametrize("constant", [3, 3.0, np.float32(3.0), np.array([3.0]), np.array(3)])
def test_a_constant_function_has_derivative_zero(constant):
    f = lambda x: constant
    assert grad(f)(np.ones((2, 1))).tolist() == [[0.0], [0.0]]
    assert float(grad(grad(f))(1.0)) == 0.0
    assert hessian(f)(np.ones(2)).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert not jvp(f, (1.0,), (1.0,))[1].any()


def test_piecewise_constant_functions_have_derivative_zero():
    f = lambda x: np.sum(np.floor(x) + np.sign(x) + (x > 1.0) + np.round(x) + x // 1.0) + np.argmax(
        x
    )
    assert grad(f)(np.array([0.3, 1.7])).tolist() == [0.0, 0.0]
    g = lambda x: np.sum(np.floor(x) * x)
    assert grad(g)(np.array([0.3, 1.7])).tolist() == [0.0, 1.0]


def test_closures_over_outer_variables_stay_what_they_are():
    scale = np.array([2.0, 3.0])
    counter = []

    def f(x):
        counter.append(type(x))
        return np.sum(scale * x)

    assert grad(f)(np.ones(2)).tolist() == [2.0, 3.0]
    scale[0] = 5.0
    assert grad(f)(np.ones(2)).tolist() == [5.0, 3.0]
    assert counter == [Tensor, Tensor], "one call each"


def test_inputs_are_left_alone():
    x = np.array([1.0, 2.0])
    x.flags.writeable = False
    f = lambda x: np.sum(np.exp(x)[::-1] * x)
    before = x.copy()
    first, again = grad(f)(x), grad(f)(x)
    assert (x == before).all() and (first == again).all() and first is not again
    out, pull = vjp(f, x)
    assert (pull(1.0)[0] == pull(1.0)[0]).all()


def test_results_are_arrays_of_their_own():
    x = np.ones(3)
    gx, gy = grad(lambda x, y: np.sum(x + y), (0, 1))(x, x)
    gx *= 10.0
    assert gy.tolist() == [1.0, 1.0, 1.0]
    cotangent = np.ones(3)
    vjp(lambda x: x, x)[1](cotangent)[0][:] = 5.0
    assert cotangent.tolist() == [1.0, 1.0, 1.0]


def test_a_function_that_returns_nothing_is_refused():
    with pytest.raises(TypeError, match="None"):
        grad(lambda x: None)(1.0)


def test_an_argument_asked_for_twice():
    try:
        g = grad(lambda x, y: x * y, (0, 0))(2.0, 3.0)
    except ValueError:
        return
    assert [float(part) for part in g] == [3.0, 3.0]


@pytest.mark.parametrize("f", [lambda x: 3.0, lambda x: x[0], lambda x: np.sum(x)])
def test_a_tangent_of_another_shape_is_refused(f):
    with pytest.raises(ValueError, match="shape"):
        jvp(f, (np.ones(2),), (np.ones(3),))
    with pytest.raises(ValueError, match="shape"):
        hvp(f, np.ones(2), np.ones(3))


@pytest.mark.parametrize(
    "f", [lambda x: np.real(x * 1j), lambda x: x * (1 + 2j), lambda x: np.exp(1j * x)]
)
def test_complex_numbers_are_refused_at_once(f):
    with pytest.raises(TypeError, match="complex"):
        f(Tensor(2.0))


def test_branches_on_values():
    def f(x):
        if x > 0:
            return np.log(x)
        return x**2 if x < -1 else -x

    assert [float(grad(f)(x)) for x in (2.0, -2.0, -0.5)] == [0.5, -4.0, -1.0]
    assert float(grad(lambda x: x**2 if x else np.log(x))(3.0)) == 6.0


# ---- no_grad -------------------------------------------------------------------------------------
def test_no_grad_inside_grad_makes_a_constant():
    def f(x):
        with no_grad():
            frozen = x * x
        return frozen * x

    assert float(grad(f)(3.0)) == 9.0
    assert float(grad(grad(f))(3.0)) == 0.0


def test_grad_inside_no_grad_works_and_is_plain():
    x = Tensor(2.0)
    with no_grad():
        g = grad(lambda x: x * x)(3.0)
        watched = grad(lambda y: x * y)(3.0)
    assert float(g) == 6.0 and not isinstance(watched, Tensor)


def test_an_error_inside_leaves_recording_as_it_was():
    with pytest.raises(ZeroDivisionError):
        grad(lambda x: 1 / 0)(1.0)
    assert isinstance(Tensor(1.0) * 2.0, Tensor)
    with no_grad():
        with pytest.raises(ZeroDivisionError):
            grad(lambda x: 1 / 0)(1.0)
        assert not isinstance(Tensor(1.0) * 2.0, Tensor)


# ---- at the edges of functions -------------------------------------------------------------------
def test_where_derivatives_are_a_convention():
    assert float(grad(np.abs)(0.0)) == 0.0
    assert grad(np.max)(np.array([1.0, 3.0, 3.0])).tolist() == [0.0, 0.5, 0.5]
    assert grad(np.linalg.norm)(np.zeros(3)).tolist() == [0.0, 0.0, 0.0]
    assert grad(np.std)(np.ones(3)).tolist() == [0.0, 0.0, 0.0]
    assert float(grad(np.sinc)(0.0)) == 0.0
    assert grad(lambda x: np.sort(x)[0])(np.ones(3)).tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4])
def test_powers_at_zero_at_every_order(n):
    f = lambda x: np.power(x, float(n))
    for order in range(1, 6):
        f = grad(f)
        assert float(f(0.0)) == (math.factorial(n) if order == n else 0.0)


def test_powers_of_all_kinds():
    assert float(grad(lambda x: x**-1)(2.0)) == -0.25
    assert float(grad(lambda x: x**-2)(2.0)) == -0.25
    assert float(grad(lambda x: x**3)(-2.0)) == 12.0
    assert float(grad(lambda x: x**2.5)(4.0)) == 20.0
    assert float(grad(lambda x: 2**x)(3.0)) == pytest.approx(8 * math.log(2.0))
    assert grad(lambda x: np.sum(x ** np.array([1, 2, 3])))(np.arange(3.0)).tolist() == [1, 2, 12]


def test_safe_where():
    f = lambda x: np.where(x > 0, np.log(np.where(x > 0, x, 1.0)), 0.0)
    assert float(grad(f)(-1.0)) == 0.0 and float(grad(f)(2.0)) == 0.5


# ---- programs that nobody wrote ------------------------------------------------------------------
def smaller(xp, a, p):
    """Something of an array with axes that takes them away or puts others there."""
    axis = p % len(a.shape)
    return [
        lambda: xp.sum(a, axis=axis, keepdims=bool(p % 2)),
        lambda: xp.mean(a, axis=-1, keepdims=True),
        lambda: a[..., p % a.shape[-1]],
        lambda: a[np.array([0, 0, a.shape[0] - 1])],
        lambda: xp.concatenate([a, a * a], axis=0),
    ][p % 5]()


STEPS = [
    lambda xp, a, b, p: xp.sin(a),
    lambda xp, a, b, p: xp.tanh(a) + a,
    lambda xp, a, b, p: xp.exp(-a * a),
    lambda xp, a, b, p: a * b if b.shape in ((), a.shape, a.shape[1:]) else a * 2.0,
    lambda xp, a, b, p: a - b if b.shape in ((), a.shape, a.shape[1:]) else -a,
    lambda xp, a, b, p: xp.transpose(a),
    lambda xp, a, b, p: xp.reshape(a, (-1,)),
    lambda xp, a, b, p: xp.logaddexp(a, xp.where(p % 2 == 0, a * 0.5, 1.0)),
    *[lambda xp, a, b, p: smaller(xp, a, p) if a.shape else a] * 5,
]


def program(seed):
    """A random composition of NumPy functions, as a function of (np, x, y)."""
    draws = np.random.default_rng(seed)
    steps = draws.integers(0, [len(STEPS), 1000], (int(draws.integers(4, 10)), 2)).tolist()

    def f(xp, x, y):
        pool = [x, y]
        for kind, p in steps:
            pool.append(STEPS[kind](xp, pool[p % len(pool)], pool[(p // 7) % len(pool)], p // 13))
        return sum(xp.sum(xp.cos(r)) for r in pool)

    return f


@pytest.mark.parametrize("seed", range(40))
def test_random_programs_agree_with_differences(seed):
    f = program(seed)
    x, y = np.random.default_rng(seed).normal(size=(2, 3)), np.array([0.5, -1.0, 2.0])
    check_gradients(lambda x, y: f(np, x, y), (x, y), rtol=1e-5)
    tensors = Tensor(x), Tensor(y)
    f(np, *tensors).backward()
    for tensor, g in zip(tensors, grad(lambda x, y: f(np, x, y), (0, 1))(x, y)):
        np.testing.assert_array_equal(tensor.grad, g)
    single = [Tensor(z.astype("float32")) for z in (x, y)]
    value = f(np, *single)
    assert value.dtype == np.float32
    value.backward()
    assert all(z.grad.dtype == np.float32 for z in single)


def test_random_programs_agree_with_autograd():
    autograd = pytest.importorskip("autograd")
    import autograd.numpy as anp

    for seed in range(100, 160):
        f = program(seed)
        x, y = np.random.default_rng(seed).normal(size=(2, 3)), np.array([0.5, -1.0, 2.0])
        ours = value_and_grad(lambda x, y, f=f: f(np, x, y), (0, 1))(x, y)
        theirs = autograd.grad(lambda x, y, f=f: f(anp, x, y), (0, 1))(x, y)
        for mine, other in zip(ours[1], theirs):
            np.testing.assert_allclose(mine, other, rtol=1e-9, atol=1e-11)
        v = np.ones((2, 3))
        second = autograd.hessian_vector_product(lambda x, y, f=f: f(anp, x, y))(x, y, v)
        np.testing.assert_allclose(
            hvp(lambda x, f=f, y=y: f(np, x, y), x, v), second, rtol=1e-8, atol=1e-10
        )
