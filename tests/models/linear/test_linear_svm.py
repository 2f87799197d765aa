"""Linear support vector machines: optimality itself, worked examples, and hard data."""

import warnings

import numpy as np
import pytest

from ml_from_scratch.core.exceptions import ConvergenceWarning
from ml_from_scratch.models import LinearSVC, LinearSVR
from ml_from_scratch.models.linear.hinge_program import minimize_hinges
from ml_from_scratch.models.linear.interval_loss import Intervals, fit_l1, fit_l2, identity_plus


def labelled(n=100, d=3, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return X, (X @ rng.normal(size=d) + 0.5 * rng.normal(size=n) > 0).astype(int)


def measured(n=100, d=3, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return X, X @ rng.normal(size=d) + 0.3 * rng.normal(size=n)


# ---- the solvers ---------------------------------------------------------------------------------
@pytest.mark.parametrize("shape", [(30, 4), (4, 30)])
def test_the_smaller_system_gives_the_same(shape):
    rng = np.random.default_rng(0)
    X, w, g = rng.normal(size=shape), rng.random(shape[0]) + 0.1, rng.normal(size=shape[1])
    expected = np.linalg.solve(np.eye(shape[1]) + X.T @ (w[:, None] * X), g)
    np.testing.assert_allclose(identity_plus(X, w)(g), expected, rtol=1e-9)


@pytest.mark.parametrize("shape", [(60, 3), (10, 30)])
def test_squared_distances_have_no_gradient_left(shape):
    rng = np.random.default_rng(0)
    X, y, c = rng.normal(size=shape), rng.normal(size=shape[0]) * 3, rng.random(shape[0])
    tube = Intervals(X, y - 0.5, y + 0.5, c)
    v, n_iter, converged = fit_l2(tube, 1e-10, 100)
    z = X @ v
    e = z - np.clip(z, y - 0.5, y + 0.5)
    np.testing.assert_allclose(v + 2 * X.T @ (c * e), 0.0, atol=1e-9)
    assert converged and n_iter < 15


def test_l1_has_a_subgradient_of_zero():
    X, y = labelled(d=8)
    rows = Intervals(X, np.where(y, 1.0, -np.inf), np.where(y, np.inf, -1.0), np.full(len(X), 0.05))
    v, _, converged = fit_l1(rows, 1e-9, 100)
    g = 2 * X.T @ (rows.c * rows.lack(X @ v))
    assert converged and 0 < (v == 0).sum() < 8
    np.testing.assert_allclose(g[v != 0], -np.sign(v[v != 0]), atol=1e-6)
    assert (np.abs(g[v == 0]) <= 1 + 1e-6).all()


@pytest.mark.parametrize("shape", [(60, 3), (10, 30)])
def test_no_point_nearby_is_lower_than_the_minimum_of_hinges(shape):
    rng = np.random.default_rng(0)
    Z, t, c = rng.normal(size=shape), rng.normal(size=shape[0]), rng.random(shape[0])
    q = 0.1 * rng.normal(size=shape[1])

    def value(v):
        return 0.5 * v @ v + q @ v + c @ np.maximum(0.0, t - Z @ v)

    v, n_iter, converged = minimize_hinges(Z, t, c, q, 10.0, 1e-13, 100)
    assert converged and n_iter <= 12  # without the corrector it takes 14
    for size in (1e-5, 1e-3, 0.1):
        for _ in range(50):
            assert value(v) <= value(v + size * rng.normal(size=shape[1]))


# ---- worked examples -----------------------------------------------------------------------------
def test_the_widest_margin_by_hand():
    """Points at 1 and 3 on a line; without an intercept's penalty w = 1, b = -2 touches both."""
    X, y = [[0.0], [1.0], [3.0], [4.0]], [0, 0, 1, 1]
    model = LinearSVC(loss="hinge", C=1e3, intercept_scaling=1e3, tol=1e-8).fit(X, y)
    assert model.coef_[0, 0] == pytest.approx(1.0, abs=1e-5)
    assert model.intercept_[0] == pytest.approx(-2.0, abs=1e-5)


def test_one_sample_of_each_class_by_hand():
    """w^2 / 2 + 2 C (1 - w)^2 has its minimum at 4 C / (1 + 4 C)."""
    model = LinearSVC(C=0.5, fit_intercept=False, tol=1e-10).fit([[-1.0], [1.0]], [0, 1])
    assert model.coef_[0, 0] == pytest.approx(2.0 / 3.0)
    hinge = LinearSVC(C=0.25, loss="hinge", fit_intercept=False, tol=1e-8)
    assert hinge.fit([[-1.0], [1.0]], [0, 1]).coef_[0, 0] == pytest.approx(0.5)  # 2 C


def test_absolute_errors_find_the_median():
    y = np.array([1.0, 2.0, 3.0, 10.0, 1000.0])
    model = LinearSVR(C=1e4, intercept_scaling=100.0, tol=1e-7).fit(np.zeros((5, 1)), y)
    assert model.predict([[0.0]])[0] == pytest.approx(3.0, abs=1e-3)


def test_errors_inside_the_tube_cost_nothing():
    X, y = measured()
    for loss in ("epsilon_insensitive", "squared_epsilon_insensitive"):
        model = LinearSVR(epsilon=100.0, loss=loss).fit(X, y)
        np.testing.assert_allclose(model.coef_, 0.0, atol=1e-9)


# ---- laws ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "model",
    [
        LinearSVC(tol=1e-8),
        LinearSVC(tol=1e-8, loss="hinge"),
        LinearSVC("l1", tol=1e-8),
        LinearSVR(tol=1e-8),
        LinearSVR(tol=1e-8, epsilon=0.2),
        LinearSVR(tol=1e-8, epsilon=0.2, loss="squared_epsilon_insensitive"),
    ],
    ids=repr,
)
def test_a_weight_of_two_is_two_samples_and_C(model):
    X, y = labelled() if isinstance(model, LinearSVC) else measured()
    times = np.random.default_rng(1).integers(0, 3, len(X))
    weighted = model.fit(X, y, times.astype(float)).coef_
    repeated = model.fit(np.repeat(X, times, 0), np.repeat(y, times)).coef_
    np.testing.assert_allclose(weighted, repeated, atol=1e-5)
    halved = model.set_params(C=2.0).fit(X, y, 0.5 * times).coef_
    np.testing.assert_allclose(weighted, halved, atol=1e-5)
    model.set_params(C=1.0)


def test_several_classes_are_each_against_the_rest():
    X, _ = labelled()
    y = np.digitize(X[:, 0], [-0.5, 0.5])
    model = LinearSVC(tol=1e-8).fit(X, y)
    for k in range(3):
        alone = LinearSVC(tol=1e-8).fit(X, y == k)
        np.testing.assert_allclose(model.coef_[k], alone.coef_[0], atol=1e-6)
        np.testing.assert_allclose(model.intercept_[k], alone.intercept_[0], atol=1e-6)


def test_dual_is_only_a_word():
    X, y = labelled()
    for loss in ("hinge", "squared_hinge"):
        first, second = (LinearSVC(loss=loss, dual=dual).fit(X, y) for dual in (True, False))
        np.testing.assert_array_equal(first.coef_, second.coef_)


# ---- hard data -----------------------------------------------------------------------------------
@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
@pytest.mark.parametrize("scale", [1e-150, 1e-8, 1e8, 1e100])
def test_any_unit_gives_a_finite_answer(loss, scale):
    X, y = labelled()
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LinearSVC(loss=loss).fit(scale * X, y)
        assert np.isfinite(model.decision_function(scale * X)).all()
    if scale == 1e8:
        assert model.score(scale * X, y) > 0.85


def test_too_huge_is_refused_in_words():
    X, y = labelled()
    with pytest.raises(ValueError, match="Scale the features"):
        LinearSVC().fit(1e150 * X, y)


def test_perfectly_fitted_targets():
    X, _ = measured()
    for options in ({}, {"epsilon": 0.1}, {"loss": "squared_epsilon_insensitive"}):
        model = LinearSVR(**options).fit(X, np.zeros(len(X)))
        np.testing.assert_allclose(model.predict(X), 0.0, atol=1e-9)


def test_a_stop_before_the_minimum_is_told():
    X, y = labelled()
    for loss in ("hinge", "squared_hinge"):
        with pytest.warns(ConvergenceWarning, match="max_iter=1"):
            LinearSVC(loss=loss, max_iter=1, C=100.0).fit(X, y)


@pytest.mark.parametrize(
    "options",
    [
        {"penalty": "l3"},
        {"loss": "log"},
        {"multi_class": "crammer_singer"},
        {"C": 0.0},
        {"tol": 0.0},
        {"intercept_scaling": 0},
        {"max_iter": 0},
        {"dual": "yes"},
        {"penalty": "l1", "loss": "hinge"},
    ],
    ids=str,
)
def test_settings_that_make_no_sense(options):
    with pytest.raises((ValueError, TypeError), match=next(iter(options))):
        LinearSVC(**options).fit(*labelled())


def test_one_class_and_verbose(capsys):
    X, y = labelled()
    with pytest.raises(ValueError, match="one class"):
        LinearSVC().fit(X, np.zeros(len(X)))
    LinearSVC(verbose=1).fit(X, y)
    assert "iterations" in capsys.readouterr().out
