"""Support vector regression: by hand, its laws and its words."""

import numpy as np
import pytest

from ml_from_scratch.core.exceptions import ConvergenceWarning
from ml_from_scratch.models import SVR
from ml_from_scratch.models.kernels.functions import rbf_kernel

rng = np.random.default_rng(0)
X = rng.normal(size=(70, 3))
Y = np.sin(2.0 * X[:, 0]) + 0.2 * rng.normal(size=70)


def test_a_tube_by_hand():
    # Within 0.5 of y = x at 0 and 2, the flattest line rises by 1 over a distance of 2.
    model = SVR(kernel="linear", C=1e6, epsilon=0.5, tol=1e-10).fit([[0.0], [2.0]], [0.0, 2.0])
    assert model.coef_.round(8).tolist() == [[0.5]] and model.intercept_.round(8).tolist() == [0.5]
    assert model.predict([[0.0], [2.0]]).round(8).tolist() == [0.5, 1.5]


def test_samples_inside_the_tube_do_not_matter():
    model = SVR(C=5.0, epsilon=0.2, tol=1e-10).fit(X, Y)
    residual = np.abs(Y - model.predict(X))
    support = np.zeros(70, bool)
    support[model.support_] = True
    assert (residual[support] > 0.2 - 1e-6).all() and (residual[~support] < 0.2 + 1e-6).all()
    gamma = 1.0 / (3 * X.var())
    fewer = SVR(C=5.0, epsilon=0.2, tol=1e-10, gamma=gamma).fit(X[support], Y[support])
    np.testing.assert_allclose(fewer.predict(X), model.predict(X), atol=1e-6)
    assert model.n_support_.tolist() == [support.sum()] and 0 < support.sum() < 70


def test_predictions_are_sums_over_the_support_vectors():
    model = SVR(gamma=0.5, C=2.0).fit(X, Y)
    K = rbf_kernel(X, model.support_vectors_, gamma=0.5)
    by_hand = K @ model.dual_coef_[0] + model.intercept_
    np.testing.assert_allclose(model.predict(X), by_hand, atol=1e-12)
    assert abs(model.dual_coef_.sum()) < 1e-9 and np.abs(model.dual_coef_).max() <= 2.0


def test_the_same_kernel_in_three_ways():
    K = rbf_kernel(X, X, gamma=0.5)
    expected = SVR(gamma=0.5, tol=1e-9).fit(X, Y).predict(X)
    given = SVR(kernel="precomputed", tol=1e-9).fit(K, Y).predict(K)
    called = SVR(kernel=lambda A, B: rbf_kernel(A, B, gamma=0.5), tol=1e-9).fit(X, Y).predict(X)
    np.testing.assert_allclose(given, expected, atol=1e-7)
    np.testing.assert_allclose(called, expected, atol=1e-7)


def test_weights_are_repetitions():
    w = rng.integers(0, 3, 70)
    weighted = SVR(tol=1e-10).fit(X, Y, w).predict(X)
    repeated = SVR(tol=1e-10).fit(np.repeat(X, w, axis=0), np.repeat(Y, w)).predict(X)
    np.testing.assert_allclose(weighted, repeated, atol=1e-6)


@pytest.mark.parametrize("far", [1e6, -1e9])
def test_targets_far_from_zero(far):
    near = SVR(tol=1e-8).fit(X, Y).predict(X)
    np.testing.assert_allclose(SVR(tol=1e-8).fit(X, Y + far).predict(X) - far, near, atol=1e-5)


def test_nothing_to_explain():
    model = SVR().fit(X, np.full(70, 7.0))
    assert model.support_.size == 0 and model.predict(X).tolist() == [7.0] * 70
    assert SVR(epsilon=100.0).fit(X, Y).n_support_.tolist() == [0]


def test_words():
    with pytest.warns(ConvergenceWarning, match="SVR stopped after max_iter=3"):
        SVR(max_iter=3).fit(X, Y)
    with pytest.raises(ValueError, match="epsilon must be"):
        SVR(epsilon=-1.0).fit(X, Y)
    with pytest.raises(AttributeError, match="linear kernel"):
        _ = SVR().fit(X, Y).coef_
