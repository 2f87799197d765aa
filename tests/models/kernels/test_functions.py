"""Kernel functions and distances against their formulas, pair by pair."""

import math

import numpy as np
import pytest

from ml_from_scratch.models.distances import squared_distances, squared_norms
from ml_from_scratch.models.kernels.functions import KERNELS, pairwise_kernel

rng = np.random.default_rng(0)
X, Y = rng.random((7, 3)), rng.random((5, 3))


def chi2(x, y):
    return sum((a - b) ** 2 / (a + b) for a, b in zip(x, y))


FORMULAS = {
    "linear": lambda x, y: x @ y,
    "poly": lambda x, y: (0.5 * (x @ y) + 2.0) ** 3,
    "polynomial": lambda x, y: (0.5 * (x @ y) + 2.0) ** 3,
    "rbf": lambda x, y: math.exp(-0.5 * ((x - y) ** 2).sum()),
    "sigmoid": lambda x, y: math.tanh(0.5 * (x @ y) + 2.0),
    "laplacian": lambda x, y: math.exp(-0.5 * abs(x - y).sum()),
    "cosine": lambda x, y: (x @ y) / math.sqrt((x @ x) * (y @ y)),
    "additive_chi2": lambda x, y: -chi2(x, y),
    "chi2": lambda x, y: math.exp(-0.5 * chi2(x, y)),
}


@pytest.mark.parametrize("name", KERNELS)
def test_every_kernel_is_its_formula(name):
    K = pairwise_kernel(X, Y, name, gamma=0.5, degree=3, coef0=2.0)
    expected = [[FORMULAS[name](x, y) for y in Y] for x in X]
    np.testing.assert_allclose(K, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", KERNELS)
def test_kernels_keep_float32_and_change_no_data(name):
    before = X.astype(np.float32)
    given = before.copy()
    given.setflags(write=False)
    K = pairwise_kernel(given, given, name, gamma=0.5, degree=2, coef0=1.0)
    assert K.dtype == np.float32
    np.testing.assert_array_equal(given, before)


@pytest.mark.parametrize("name", sorted(set(KERNELS) - {"sigmoid", "additive_chi2"}))
def test_a_kernels_matrix_is_positive_semidefinite(name):
    K = pairwise_kernel(X, X, name, gamma=0.5, degree=3, coef0=2.0)
    np.testing.assert_allclose(K, K.T, atol=1e-14)
    assert np.linalg.eigvalsh(K)[0] > -1e-12


def test_cosine_of_nothing_is_0():
    assert pairwise_kernel(np.zeros((1, 3)), X, "cosine").tolist() == [[0.0] * 7]


def test_what_cannot_be_computed_is_refused():
    with pytest.raises(ValueError, match="must be one of"):
        pairwise_kernel(X, Y, "magic")
    with pytest.raises(ValueError, match="histograms"):
        pairwise_kernel(-X, Y, "chi2")
    with pytest.raises(ValueError, match="poly kernel .* StandardScaler"):
        pairwise_kernel(1e200 * X, Y, "poly", gamma=1.0, degree=3, coef0=0.0)


def test_squared_distances_are_those_of_differences():
    expected = ((X[:, None] - Y) ** 2).sum(axis=2)
    np.testing.assert_allclose(squared_distances(X, Y), expected, rtol=1e-12)
    np.testing.assert_array_equal(
        squared_distances(X, Y), squared_distances(X, Y, squared_norms(Y))
    )
    assert (squared_distances(1e8 + X, 1e8 + X) >= 0).all()


def test_the_gaussian_kernel_is_exact_far_from_the_origin():
    near = pairwise_kernel(X, Y, "rbf", gamma=1.0)
    np.testing.assert_allclose(pairwise_kernel(X + 1e6, Y + 1e6, "rbf", gamma=1.0), near, atol=1e-9)
