"""Losses for numbers: worked examples, limits, and scikit-learn's values."""

import numpy as np
import pytest

from ml_from_scratch.losses import MAE, MSE, Huber, LogCosh, Poisson

rng = np.random.default_rng(0)
y_pred, y_true, w = rng.standard_normal(20), rng.standard_normal(20), rng.uniform(size=20)


def test_worked_examples():
    r = np.array([-3.0, -0.5, 0.0, 2.0])
    zero = np.zeros(4)
    assert MSE(reduction="none")(r, zero).tolist() == [9.0, 0.25, 0.0, 4.0]
    assert MAE(reduction="none")(r, zero).tolist() == [3.0, 0.5, 0.0, 2.0]
    assert MAE(reduction="none").gradient(r, zero).tolist() == [-1.0, -1.0, 0.0, 1.0]
    assert Huber(1.0, reduction="none")(r, zero).tolist() == [2.5, 0.125, 0.0, 1.5]
    assert Huber(1.0, reduction="none").gradient(r, zero).tolist() == [-1.0, -0.5, 0.0, 1.0]
    np.testing.assert_allclose(
        LogCosh(reduction="none")(r, zero), np.log(np.cosh(r)), rtol=1e-12, atol=1e-16
    )


def test_huber_lies_between_a_square_and_a_line():
    np.testing.assert_allclose(Huber(1e6)(y_pred, y_true), MSE()(y_pred, y_true) / 2)
    np.testing.assert_allclose(Huber(1e-6)(y_pred, y_true) / 1e-6, MAE()(y_pred, y_true), rtol=1e-5)


def test_log_cosh_is_a_line_far_off():
    far = np.array([-1e4, 1e4, 1e300])
    terms = LogCosh(reduction="none")(far, np.zeros(3))
    np.testing.assert_allclose(terms, np.abs(far) - np.log(2.0))
    assert LogCosh().gradient(far, np.zeros(3)).tolist() == [-1 / 3, 1 / 3, 1 / 3]


def test_what_minimises_them():
    y = np.array([0.0, 1.0, 2.0, 3.0, 100.0])
    guesses = np.linspace(0.0, 100.0, 1001)
    best = {
        loss: guesses[np.argmin([loss(np.full(5, c), y) for c in guesses])]
        for loss in (MSE(), MAE(), Huber())
    }
    assert list(best.values()) == [pytest.approx(21.2), 2.0, pytest.approx(2.0, abs=0.51)]


def test_scikit_learn_agrees():
    metrics = pytest.importorskip("sklearn.metrics")
    for weights in (None, w):
        ours = MSE()(y_pred, y_true, weights)
        assert ours == pytest.approx(
            metrics.mean_squared_error(y_true, y_pred, sample_weight=weights)
        )
        ours = MAE()(y_pred, y_true, weights)
        assert ours == pytest.approx(
            metrics.mean_absolute_error(y_true, y_pred, sample_weight=weights)
        )


def test_poisson_is_half_the_deviance_but_for_a_constant():
    metrics = pytest.importorskip("sklearn.metrics")
    rate, count = rng.uniform(0.1, 5.0, 30), rng.integers(0, 8, 30)
    at_best = Poisson()(np.maximum(count, 1e-300), count)
    deviance = metrics.mean_poisson_deviance(count, rate)
    assert 2 * (Poisson()(rate, count) - at_best) == pytest.approx(deviance)
    np.testing.assert_allclose(Poisson(log_input=True)(np.log(rate), count), Poisson()(rate, count))


def test_poisson_at_rate_zero_is_finite():
    loss = Poisson(reduction="none")
    values = loss(np.zeros(2), np.array([0, 3]))
    assert values[0] == 0.0 and 2000 < values[1] < 3000
    assert loss.gradient(np.zeros(2), np.array([0, 3])).tolist() == [1.0, 1.0]


def test_poisson_says_what_it_takes():
    with pytest.raises(ValueError, match="counts are at least 0; y_true has -1"):
        Poisson()(np.ones(2), np.array([0, -1]))
    with pytest.raises(ValueError, match=r"log_input=True"):
        Poisson()(np.array([1.0, -2.0]), np.array([0, 1]))
