"""grad, vjp, jvp, jacobian, hessian, hvp: structures, nesting, errors."""

import numpy as np
import pytest

from ml_from_scratch.core import (
    Parameter,
    Tensor,
    check_gradients,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    value_and_grad,
    vjp,
)  # fmt: skip

rng = np.random.default_rng(0)
A = rng.standard_normal((3, 3))
x0 = rng.standard_normal(3)


def quadratic(x):
    return x @ A @ x


def test_quadratic_by_hand():
    np.testing.assert_allclose(grad(quadratic)(x0), (A + A.T) @ x0)
    np.testing.assert_allclose(hessian(quadratic)(x0), A + A.T)
    np.testing.assert_allclose(hvp(quadratic, x0, np.ones(3)), (A + A.T) @ np.ones(3))
    np.testing.assert_allclose(jacobian(lambda x: A @ x)(x0), A)
    value, slope = jvp(lambda x: A @ x, (x0,), (np.ones(3),))
    np.testing.assert_allclose(value, A @ x0)
    np.testing.assert_allclose(slope, A @ np.ones(3))


def test_results_are_plain_arrays():
    for result in (
        grad(quadratic)(x0),
        hessian(quadratic)(x0),
        hvp(quadratic, x0, x0),
        *jvp(np.sin, (x0,), (x0,)),
    ):
        assert type(result) is np.ndarray


def test_no_perturbation_confusion():
    """d/dx (x d/dy (x + y)) is 1, not 2 (Siskind and Pearlmutter, 2005)."""
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert jvp(lambda x: x * jvp(lambda y: x * y, (2.0,), (1.0,))[1], (3.0,), (1.0,))[1] == 6.0


def test_orders_one_to_five_of_sine():
    f, expected = np.sin, [np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x), np.sin, np.cos]
    for derivative in expected:
        f = grad(f)
        np.testing.assert_allclose(f(0.7), derivative(0.7), rtol=1e-12)


def test_several_arguments_and_trees():
    f = lambda a, tree, scale=1.0: scale * np.sum(a * tree["w"] + tree["b"][0] * tree["b"][1])
    tree = {"w": np.ones(2), "b": (np.array(2.0), [np.array(3.0)][0])}
    ga, gt = grad(f, (0, 1))(np.array([1.0, 2.0]), tree, scale=2.0)
    assert ga.tolist() == [2, 2] and gt["w"].tolist() == [2, 4]
    assert isinstance(gt["b"], tuple) and [float(g) for g in gt["b"]] == [12, 8]
    assert grad(f, 0)(np.array([1.0, 2.0]), tree).tolist() == [1, 1]
    assert grad(f, -1)(np.array([1.0, 2.0]), tree)["w"].tolist() == [1, 2]


def test_namedtuples_keep_their_kind():
    from collections import namedtuple

    Line = namedtuple("Line", "slope intercept")
    g = grad(lambda line: line.slope * 3.0 + line.intercept)(Line(1.0, 2.0))
    assert isinstance(g, Line) and g.slope == 3.0


def test_outputs_may_be_trees():
    out, pull = vjp(lambda x: {"double": 2.0 * x, "both": (x, np.sum(x))}, np.ones(2))
    assert out["double"].tolist() == [2, 2]
    (g,) = pull({"double": np.ones(2), "both": (np.zeros(2), 1.0)})
    assert g.tolist() == [3, 3]
    assert pull({"double": np.zeros(2), "both": (np.zeros(2), 1.0)})[0].tolist() == [1, 1]


def test_has_aux():
    (value, aux), g = value_and_grad(lambda x: (np.sum(x**2), {"x": x}), has_aux=True)(np.ones(2))
    assert value == 2.0 and type(aux["x"]) is np.ndarray and g.tolist() == [2, 2]
    g, aux = grad(lambda x: (np.sum(x), "note"), has_aux=True)(np.ones(2))
    assert aux == "note"


def test_ignored_and_constant_arguments():
    assert grad(lambda x, y: np.sum(x), 1)(np.ones(2), np.ones(3)).tolist() == [0, 0, 0]
    assert grad(lambda x: 3.0)(1.0) == 0.0
    assert grad(lambda x: np.sum(np.floor(x)))(np.ones(2)).tolist() == [0, 0]
    assert jacobian(lambda x: np.ones(2))(np.ones(3)).tolist() == [[0, 0, 0], [0, 0, 0]]


def test_integers_are_taken_as_floats():
    assert grad(lambda x: x**2)(3) == 6.0


def test_zero_size():
    assert jacobian(lambda x: x)(np.zeros(0)).shape == (0, 0)
    assert jacobian(lambda x: np.zeros((0, 2)) @ x)(np.ones(2)).shape == (0, 2)
    assert grad(np.sum)(np.zeros((0, 3))).shape == (0, 3)


@pytest.mark.parametrize("call, error, words", [
    (lambda: grad(lambda x: x)(np.ones(2)), TypeError, r"single number; got shape \(2,\)"),
    (lambda: grad(lambda x: (x, x))(1.0), TypeError, "single number; got tuple"),
    (lambda: grad(lambda x: x, 1)(1.0), TypeError, "argnums=1"),
    (lambda: vjp(np.sin, np.ones(2))[1](np.ones(3)), ValueError, r"shape \(3,\)"),
    (lambda: vjp(np.sin, np.ones(2))[1]((np.ones(2), 1.0)), ValueError, "1 output"),
    (lambda: jvp(np.sin, (1.0,), ()), ValueError, "one tangent per argument"),
    (lambda: jacobian(lambda x: (x, x))(np.ones(2)), TypeError, "np.concatenate"),
    (lambda: grad(lambda s: 1.0)("text"), TypeError, "real floating-point"),
])  # fmt: skip
def test_errors_say_what_was_expected(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_inside_no_grad():
    with no_grad():
        assert grad(lambda x: x**3)(2.0) == 12.0
        assert grad(grad(lambda x: x**3))(2.0) == 12.0
        w = Parameter([2.0])
        assert type(grad(lambda x: np.sum(x * w))(np.ones(1))) is np.ndarray


def test_a_derivative_over_a_captured_leaf_is_recorded():
    w = Tensor([2.0])
    slope = grad(lambda x: np.sum(w * x**2))(np.ones(1))
    assert isinstance(slope, Tensor)
    slope.sum().backward()
    assert w.grad.tolist() == [2.0]


def test_a_variable_that_escapes_is_a_constant_afterwards():
    kept = []
    grad(lambda x: (kept.append(x), np.sum(x))[1])(np.ones(2))
    assert type(grad(lambda y: np.sum(kept[0] * y))(np.ones(2))) is np.ndarray


def test_pull_can_be_called_again():
    _, pull = vjp(np.sin, np.zeros(2))
    assert pull(np.ones(2))[0].tolist() == pull(np.ones(2))[0].tolist() == [1, 1]


def test_checks_of_second_and_third_order():
    check_gradients(lambda x, y: np.exp(x * y[::-1]) / (1.0 + x**2), (x0, x0 + 1.0), order=3)


def test_check_gradients_sees_nan():
    with pytest.raises(AssertionError), np.errstate(all="ignore"):
        check_gradients(np.log, (np.array([-1.0]),))


def test_rosenbrock_hessian_by_hand():
    f = lambda x: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
    a, b = 0.5, -0.3
    np.testing.assert_allclose(
        hessian(f)(np.array([a, b])), [[2 - 400 * b + 1200 * a**2, -400 * a], [-400 * a, 200]]
    )
