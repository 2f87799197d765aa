"""The perceptron: exactly that of showing samples one by one, and of scikit-learn in a fixed order."""

import warnings

import numpy as np
import pytest

from ml_from_scratch.core.exceptions import ConvergenceWarning
from ml_from_scratch.models import Perceptron


def data(classes=2, n=150, d=4, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return X, (X @ rng.normal(size=(d, classes)) + 0.3 * rng.normal(size=(n, classes))).argmax(
        axis=1
    )


def one_by_one(X, t, passes, eta0=1.0):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(passes):
        for x, label in zip(X, t):
            if label * (w @ x + b) <= 0:
                w, b = w + eta0 * label * x, b + eta0 * label
    return w, b


@pytest.mark.parametrize("n", [1, 7, 8, 9, 150, 3000])
def test_equals_showing_samples_one_by_one(n):
    X, y = data(n=n + 1)
    y[0], y[-1] = 0, 1
    model = Perceptron(shuffle=False).fit(X, y, epochs=3)
    w, b = one_by_one(X, 2 * y - 1, 3)
    np.testing.assert_array_equal(model.coef_[0], w)
    assert model.intercept_[0] == b and model.n_iter_ == 3


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(
    "options", [{}, {"fit_intercept": False}, {"eta0": 0.3}, {"tol": None, "max_iter": 9}]
)
@pytest.mark.parametrize("fixed", [{"shuffle": False}])
@pytest.mark.filterwarnings("ignore:Maximum number of iteration")
def test_equals_scikit_learn(classes, options, fixed):
    linear_model = pytest.importorskip("sklearn.linear_model")
    X, y = data(classes)
    ours = Perceptron(**fixed, **options).fit(X, y)
    theirs = linear_model.Perceptron(**fixed, **options).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-10)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-10)
    np.testing.assert_allclose(ours.decision_function(X), theirs.decision_function(X), atol=1e-10)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    assert ours.n_iter_ == theirs.n_iter_


def test_novikoffs_bound():
    """On separable data at most (R / gamma)^2 mistakes are made, and then none any more."""
    rng = np.random.default_rng(0)
    direction = np.array([3.0, -4.0]) / 5.0
    X = rng.normal(size=(400, 2))
    X = X[np.abs(X @ direction) > 0.2]
    y = (X @ direction > 0).astype(int)
    model = Perceptron(fit_intercept=False, tol=None, max_iter=500).fit(X, y)
    assert model.score(X, y) == 1.0
    bound = ((X**2).sum(axis=1).max() ** 0.5 / np.abs(X @ direction).min()) ** 2
    mistakes = np.linalg.norm(model.coef_)  # each adds a vector of norm at most R
    assert mistakes <= bound


def test_eta0_scales_and_decides_nothing():
    X, y = data()
    a, b = Perceptron(tol=None, max_iter=5).fit(X, y), Perceptron(
        tol=None, max_iter=5, eta0=0.5
    ).fit(X, y)
    np.testing.assert_allclose(b.coef_, 0.5 * a.coef_)
    np.testing.assert_array_equal(a.fit(X, y, lr=4.0).predict(X), b.fit(X, y, lr=0.25).predict(X))


def test_random_state_decides_the_order():
    X, y = data(3)
    first, again, other = (Perceptron(random_state=s).fit(X, y).coef_.tobytes() for s in (0, 0, 1))
    assert first == again != other


def test_overrides():
    X, y = data()
    model = Perceptron(shuffle=False).fit(X, y, lr=0.5, epochs=2)
    w, b = one_by_one(X, 2 * y - 1, 2, eta0=0.5)
    np.testing.assert_array_equal(model.coef_[0], w)
    assert (model.n_iter_, model.eta0, model.max_iter) == (2, 1.0, 1000)


def test_warns_when_it_was_still_learning():
    X, y = data(n=60)
    with pytest.warns(ConvergenceWarning, match="max_iter=2 .*still falling"):
        Perceptron(max_iter=2).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Perceptron().fit(X, y, epochs=2)


def test_float32_strings_and_errors():
    X, y = data()
    model = Perceptron().fit(X.astype(np.float32), np.array(["no", "yes"])[y])
    assert model.coef_.dtype == np.float32 and set(model.predict(X)) == {"no", "yes"}
    with pytest.raises(ValueError, match="only one class"):
        Perceptron().fit(X, np.zeros(len(X)))
    with pytest.raises(ValueError, match="eta0"):
        Perceptron(eta0=0.0).fit(X, y)
