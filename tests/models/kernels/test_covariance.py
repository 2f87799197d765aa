"""Kernels of Gaussian processes: formulas, laws of every kernel, and kernels of kernels."""

import math
import pickle

import numpy as np
import pytest

from ml_from_scratch.core.estimator import clone
from ml_from_scratch.core.registry import _from_tree, _to_tree
from ml_from_scratch.models.kernels import (
    RBF,
    CompoundKernel,
    ConstantKernel,
    DotProduct,
    ExpSineSquared,
    Matern,
    RationalQuadratic,
    WhiteKernel,
)
from ml_from_scratch.models.kernels.covariance import Pairs

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(9, 3)), rng.normal(size=(4, 3))
X[5] = X[2]  # the same point twice

EVERY = [
    RBF(1.3),
    RBF([1.0, 2.0, 0.5]),
    Matern(1.2, nu=0.5),
    Matern([1.0, 2.0, 0.5], nu=0.5),
    Matern(1.2, nu=1.5),
    Matern([1.0, 2.0, 0.5], nu=1.5),
    Matern(1.2, nu=2.5),
    Matern([1.0, 2.0, 0.5], nu=2.5),
    Matern(1.2, nu=math.inf),
    Matern([1.0, 2.0, 0.5], nu=1.1),
    RationalQuadratic(1.3, 0.7),
    ExpSineSquared(1.2, 2.5),
    DotProduct(1.5),
    ConstantKernel(2.0),
    WhiteKernel(0.3),
    2.0 * RBF([1.0, 2.0, 3.0]) + WhiteKernel(0.3),
    (DotProduct(1.1) + 2.0) ** 2 * RBF(1.0, "fixed"),
]
every_kernel = pytest.mark.parametrize("kernel", EVERY, ids=repr)


# ---- laws ----------------------------------------------------------------------------------------
@every_kernel
def test_matrices_are_symmetric_and_their_diagonals_known(kernel):
    K = kernel(X)
    np.testing.assert_allclose(K, K.T, atol=1e-14)
    np.testing.assert_allclose(kernel.diag(X), K.diagonal(), atol=1e-14)
    assert kernel(X, Y).shape == (9, 4) and K.flags.writeable
    if "ExpSine" not in repr(kernel):  # which is a kernel of one feature
        assert np.linalg.eigvalsh(K)[0] > -1e-10


@every_kernel
def test_gradients_are_those_of_finite_differences(kernel):
    K, gradient = kernel(X, eval_gradient=True)
    np.testing.assert_array_equal(K, kernel(X))
    assert gradient.shape == (9, 9, kernel.n_dims)
    for k in range(kernel.n_dims):
        step = np.zeros(kernel.n_dims)
        step[k] = 1e-5
        up, down = (kernel.clone_with_theta(kernel.theta + s)(X) for s in (step, -step))
        np.testing.assert_allclose(gradient[:, :, k], (up - down) / 2e-5, atol=1e-8)
    with pytest.raises(ValueError, match="only be evaluated when Y is None"):
        kernel(X, Y, eval_gradient=True)


@every_kernel
def test_stationary_kernels_do_not_notice_a_move(kernel):
    same = np.allclose(kernel(X + 3.0), kernel(X))
    assert same == kernel.is_stationary()


@every_kernel
def test_theta_and_parameters(kernel):
    theta = kernel.theta
    assert theta.shape == (kernel.n_dims,) and kernel.bounds.shape == (kernel.n_dims, 2)
    moved = kernel.clone_with_theta(theta + 0.1)
    np.testing.assert_allclose(moved.theta, theta + 0.1)
    np.testing.assert_array_equal(kernel.theta, theta)
    assert moved != kernel and clone(kernel) == kernel and clone(kernel) is not kernel
    assert clone(kernel).set_params(**kernel.get_params()) == kernel
    np.testing.assert_allclose(kernel.covariance(Pairs(X), theta), kernel.covariance(Pairs(X)))
    with pytest.raises(ValueError, match="one element per free hyper-parameter"):
        kernel.theta = np.zeros(9)


@every_kernel
def test_saved_and_pickled(kernel):
    for copy in (_from_tree(_to_tree(kernel, "kernel")), pickle.loads(pickle.dumps(kernel))):
        assert copy == kernel and repr(copy) == repr(kernel)
        np.testing.assert_array_equal(copy(X), kernel(X))


# ---- worked examples -----------------------------------------------------------------------------
def test_values_by_hand():
    points = np.array([[0.0], [2.0]])
    cases = [
        (RBF(2.0), math.exp(-0.5)),
        (Matern(2.0, nu=0.5), math.exp(-1)),
        (Matern(2.0, nu=1.5), (1 + math.sqrt(3)) * math.exp(-math.sqrt(3))),
        (Matern(2.0, nu=2.5), (1 + math.sqrt(5) + 5 / 3) * math.exp(-math.sqrt(5))),
        (RationalQuadratic(2.0, 3.0), (1 + 4 / (2 * 3 * 4)) ** -3),
        (ExpSineSquared(1.5, 3.0), math.exp(-2 * (math.sin(2 * math.pi / 3) / 1.5) ** 2)),
        (DotProduct(0.5), 0.25),
        (ConstantKernel(3.0), 3.0),
        (WhiteKernel(3.0), 0.0),
    ]
    for kernel, expected in cases:
        assert kernel(points)[0, 1] == pytest.approx(expected, rel=1e-12), kernel


@pytest.mark.parametrize("nu", [0.5, 1.5, 2.5])
def test_the_mixture_of_gaussians_is_materns_kernel(nu):
    nearby = Matern(1.3, nu=nu + 1e-9)(X, Y)
    np.testing.assert_allclose(nearby, Matern(1.3, nu=nu)(X, Y), atol=1e-8)
    np.testing.assert_allclose(Matern(1.3, nu=99.0)(X, Y), RBF(1.3)(X, Y), atol=0.02)


def test_length_scales_per_feature_are_a_change_of_units():
    scales = np.array([1.0, 2.0, 0.5])
    for kind in (RBF, Matern):
        np.testing.assert_allclose(kind(scales)(X, Y), kind(1.0)(X / scales, Y / scales))


def test_noise_is_of_a_row_and_not_of_a_place():
    assert (
        WhiteKernel(2.0)(X).tolist() == (2.0 * np.eye(9)).tolist()
    )  # though rows 2 and 5 coincide
    assert (WhiteKernel(2.0)(X, X) == 0).all()


def test_kernels_of_kernels():
    a, b = RBF(1.3), DotProduct(0.7)
    np.testing.assert_allclose((a + b)(X), a(X) + b(X))
    np.testing.assert_allclose((a * b)(X), a(X) * b(X))
    np.testing.assert_allclose((b**3)(X), b(X) ** 3)
    np.testing.assert_allclose((2 + a * 3)(X), 2 + 3 * a(X))
    assert repr(2.0 * (a + b)) == "1.41**2 * (RBF(length_scale=1.3) + DotProduct(sigma_0=0.7))"
    kernel = 2.0 * a + b**2
    assert [h.name for h in kernel.hyperparameters] == [
        "k1__k1__constant_value",
        "k1__k2__length_scale",
        "k2__kernel__sigma_0",
    ]
    kernel.set_params(k1__k2__length_scale=5.0)
    assert a.length_scale == 5.0 and kernel.theta[1] == pytest.approx(math.log(5.0))
    assert not kernel.is_stationary()
    with pytest.raises(ValueError, match="Invalid parameter 'k3'"):
        kernel.set_params(k3=1.0)


def test_what_is_fixed_is_no_part_of_theta():
    kernel = ConstantKernel(3.0, "fixed") * RBF([1.0, 2.0], [(0.1, 1.0), (0.2, 9.0)])
    assert kernel.n_dims == 2 and [h.fixed for h in kernel.hyperparameters] == [True, False]
    np.testing.assert_allclose(np.exp(kernel.bounds), [(0.1, 1.0), (0.2, 9.0)])
    assert ConstantKernel(1.0, "fixed").theta.shape == (0,)


def test_compound_kernels():
    kernel = CompoundKernel([RBF(1.0), 2.0 * Matern(1.0)])
    assert kernel(X).shape == (9, 9, 2) and kernel.diag(X).tolist() == [[1.0, 2.0]] * 9
    assert kernel.n_dims == 3 and kernel.is_stationary()
    kernel.theta = np.array([0.1, 0.2, 0.3])
    np.testing.assert_allclose(kernel.kernels[1].theta, [0.2, 0.3])


def test_words():
    with pytest.raises(ValueError, match="same number of dimensions as data"):
        RBF([1.0, 2.0])(X)
    with pytest.raises(ValueError, match="dimension greater than 1"):
        RBF([[1.0, 2.0, 3.0]])(X)
    with pytest.raises(ValueError, match="nu must be"):
        Matern(nu=0.01)(X)
    with pytest.raises(AttributeError, match="isotropic"):
        RationalQuadratic([1.0, 2.0, 3.0])(X)
    with pytest.raises(ValueError, match="or 'fixed'"):
        _ = RBF(1.0, "free").theta
    with pytest.raises(ValueError, match="one pair of numbers, or 3"):
        _ = RBF([1.0, 2.0, 3.0], [(1, 2), (1, 2)]).bounds


@pytest.mark.filterwarnings("error")
def test_points_as_far_apart_as_numbers_go():
    for kernel in (
        RBF(1.0),
        RBF([1.0, 1.0, 1.0]),
        Matern(1.0),
        Matern([1.0] * 3),
        RationalQuadratic(),
    ):
        K, gradient = kernel(1e200 * X[:5], eval_gradient=True)
        assert np.isfinite(K).all() and np.isfinite(gradient).all()
