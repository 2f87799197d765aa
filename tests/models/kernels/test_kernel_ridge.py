"""Kernel ridge regression: its objective, and what it has in common with others."""

import numpy as np
import pytest

from ml_from_scratch.models import KernelRidge, Ridge

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3))
Y = np.stack([np.sin(X[:, 0]), X[:, 1] ** 2], axis=1)


def test_with_the_linear_kernel_it_is_ridge_regression():
    expected = Ridge(alpha=0.5, fit_intercept=False).fit(X, Y).predict(X)
    np.testing.assert_allclose(KernelRidge(alpha=0.5).fit(X, Y).predict(X), expected, atol=1e-9)


def test_the_gradient_of_the_objective_is_zero():
    w = rng.random(40)
    model = KernelRidge(alpha=0.3, kernel="rbf", gamma=0.5).fit(X, Y[:, 0], w)
    K = model._kernel_matrix(X, X)
    a = model.dual_coef_
    gradient = -K @ (w * (Y[:, 0] - K @ a)) + 0.3 * K @ a
    np.testing.assert_allclose(gradient, 0.0, atol=1e-10)


def test_an_alpha_per_output():
    both = KernelRidge(alpha=[0.1, 5.0], kernel="rbf").fit(X, Y)
    for k, alpha in enumerate((0.1, 5.0)):
        one = KernelRidge(alpha=alpha, kernel="rbf").fit(X, Y[:, k])
        np.testing.assert_allclose(both.dual_coef_[:, k], one.dual_coef_, atol=1e-12)
        assert one.dual_coef_.shape == (40,)
    same = KernelRidge(alpha=[2.0, 2.0]).fit(X, Y).dual_coef_
    np.testing.assert_allclose(same, KernelRidge(alpha=2.0).fit(X, Y).dual_coef_)


def test_weights_are_repetitions_and_zero_is_absence():
    w = rng.integers(0, 3, 40)
    weighted = KernelRidge(alpha=0.5, kernel="rbf").fit(X, Y, w)
    repeated = KernelRidge(alpha=0.5, kernel="rbf").fit(np.repeat(X, w, 0), np.repeat(Y, w, 0))
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), atol=1e-10)
    assert (weighted.dual_coef_[w == 0] == 0).all()


def test_kernels_given_and_called():
    expected = KernelRidge(kernel="rbf", gamma=0.5).fit(X, Y).predict(X)
    K = np.exp(-0.5 * ((X[:, None] - X) ** 2).sum(axis=2))
    given = KernelRidge(kernel="precomputed").fit(K, Y).predict(K)
    called = KernelRidge(
        kernel=lambda x, y, width: np.exp(-width * ((x - y) ** 2).sum()),
        kernel_params={"width": 0.5},
    )
    np.testing.assert_allclose(given, expected, atol=1e-10)
    np.testing.assert_allclose(called.fit(X, Y).predict(X), expected, atol=1e-10)
    with pytest.raises(ValueError, match="square matrix"):
        KernelRidge(kernel="precomputed").fit(X, Y)


def test_the_default_gamma():
    for kernel, gamma in (("rbf", 1 / 3), ("laplacian", 1 / 3), ("chi2", 1.0)):
        default = KernelRidge(kernel=kernel).fit(np.abs(X), Y).dual_coef_
        expected = KernelRidge(kernel=kernel, gamma=gamma).fit(np.abs(X), Y).dual_coef_
        np.testing.assert_array_equal(default, expected)


def test_without_penalty_and_with_duplicates_the_shortest_solution_is_taken():
    twice = np.vstack([X, X])
    with pytest.warns(UserWarning, match="Singular matrix"):
        model = KernelRidge(alpha=0.0, kernel="linear").fit(twice, np.vstack([Y, Y]))
    least = np.linalg.lstsq(X, Y, rcond=None)[0]
    np.testing.assert_allclose(model.predict(X), X @ least, atol=1e-8)


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"alpha": -1.0}, "alpha must be"),
        ({"alpha": [1.0, 2.0, 3.0]}, "one per output"),
        ({"kernel": "magic"}, "kernel must be one of"),
        ({"gamma": -1.0}, "gamma must be"),
        ({"degree": -1}, "degree must be"),
    ],
)
def test_wrong_parameters(wrong, words):
    with pytest.raises(ValueError, match=words):
        KernelRidge(**wrong).fit(X, Y)
