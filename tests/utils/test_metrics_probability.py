"""Predicted probabilities: log loss and the Brier score."""

import inspect
import warnings

import numpy as np
import pytest

from ml_from_scratch.utils.metrics import brier_score_loss, log_loss


def draw(n_classes, n_samples=40, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(n_classes), n_samples).astype(dtype)
    y = rng.integers(0, n_classes, n_samples)
    y[:n_classes] = np.arange(n_classes)
    return y, p, rng.random(n_samples)


def sklearn_metric(name):
    return getattr(pytest.importorskip("sklearn.metrics"), name)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n_classes", [2, 3, 6])
def test_log_loss_equals_scikit_learns(n_classes, dtype):
    theirs = sklearn_metric("log_loss")
    y, p, w = draw(n_classes, dtype=dtype)
    p[0] = 0.0
    p[0, 1] = 1.0  # certain and wrong: kept finite
    tolerance = {"rtol": 1e-12 if dtype is np.float64 else 1e-5}
    names = np.array(list("fcbead"))[:n_classes]
    column = np.argsort(np.argsort(names))
    for options in ({}, {"normalize": False}, {"sample_weight": w}):
        np.testing.assert_allclose(log_loss(y, p, **options), theirs(y, p, **options), **tolerance)
        np.testing.assert_allclose(
            log_loss(names[y], p[:, np.argsort(column)], **options),
            theirs(names[y], p[:, np.argsort(column)], **options),
            **tolerance,
        )
    some = y != 0
    np.testing.assert_allclose(
        log_loss(y[some], p[some], labels=np.arange(n_classes)),
        theirs(y[some], p[some], labels=np.arange(n_classes)),
        **tolerance,
    )


def test_log_loss_of_one_column():
    y, p, w = draw(2)
    for column in (p[:, 1], p[:, 1:]):
        assert log_loss(y, column) == pytest.approx(log_loss(y, p), abs=1e-14)
    assert log_loss([1, 1], [0.5, 0.5], labels=[0, 1]) == pytest.approx(np.log(2))


@pytest.mark.parametrize("n_classes", [2, 3, 6])
def test_brier_equals_scikit_learns(n_classes):
    theirs = sklearn_metric("brier_score_loss")
    y, p, w = draw(n_classes)
    if n_classes == 2:
        for options in ({}, {"sample_weight": w}):
            expected = theirs(y, p[:, 1], **options)
            assert brier_score_loss(y, p[:, 1], **options) == pytest.approx(expected, abs=1e-14)
            assert brier_score_loss(y, p[:, 1:], **options) == pytest.approx(expected, abs=1e-14)
            assert brier_score_loss(y, p, **options) == pytest.approx(expected, abs=1e-14)
        names = np.where(y == 1, "b", "a")
        for pos_label in ("a", "b"):
            expected = theirs(names, p[:, 1], pos_label=pos_label)
            got = brier_score_loss(names, p[:, 1], pos_label=pos_label)
            assert got == pytest.approx(expected, abs=1e-14)
        for two in ([3, 7], [-1, 0], [-1, 1]):
            labels = np.array(two)[y]
            expected = theirs(labels, p[:, 1])
            assert brier_score_loss(labels, p[:, 1]) == pytest.approx(expected, abs=1e-14)
    if "scale_by_half" not in inspect.signature(theirs).parameters:
        pytest.skip("this scikit-learn's Brier score is binary")
    for options in ({}, {"scale_by_half": True}, {"scale_by_half": False}, {"sample_weight": w}):
        expected = theirs(y, p, **options)
        assert brier_score_loss(y, p, **options) == pytest.approx(expected, abs=1e-14)


def test_one_class_is_enough_for_one_column():
    assert brier_score_loss([1, 1], [0.5, 1.0]) == pytest.approx(0.125)
    assert brier_score_loss([0, 0], [0.5, 1.0]) == pytest.approx(0.625)
    assert brier_score_loss([-1, -1], [0.5, 1.0]) == pytest.approx(0.625)


def test_both_are_proper():
    # When the truth is 0.7, no report is expected to do better than 0.7.
    y = np.repeat([1, 0], [7, 3])
    reports = np.linspace(0.05, 0.95, 19)
    for metric in (log_loss, brier_score_loss):
        expected = [metric(y, np.full(10, q)) for q in reports]
        assert reports[np.argmin(expected)] == pytest.approx(0.7)


def test_rows_that_do_not_sum_to_one_warn():
    with pytest.warns(UserWarning, match="do not sum to one"):
        log_loss([0, 1], [[0.5, 0.4], [0.5, 0.5]])
    with pytest.warns(UserWarning, match="not sorted"):
        log_loss(["a", "b"], [[0.5, 0.5], [0.5, 0.5]], labels=["b", "a"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        log_loss([0, 1], np.full((2, 2), 0.5, dtype=np.float32))


@pytest.mark.parametrize(
    ("y", "p", "options", "message"),
    [
        ([0, 1], [[1.5, -0.5], [0.5, 0.5]], {}, "greater than 1"),
        ([0, 1], [[0.5, -0.5], [0.5, 0.5]], {}, "lower than 0"),
        ([0, 1, 2], [[0.5, 0.5]] * 3, {}, "2 columns, but there are 3 classes"),
        ([0, 0], [[0.5, 0.5]] * 2, {}, "only one label"),
        ([0, 0], [[0.5, 0.5]] * 2, {"labels": [0]}, "at least two labels"),
        ([0, 5], [[0.5, 0.5]] * 2, {"labels": [0, 1]}, "not belonging"),
        ([0, 1], [[0.5, 0.5]], {}, "inconsistent"),
        ([0, 1], [[np.nan, 0.5], [0.5, 0.5]], {}, "NaN"),
        (["a", "b"], [[0.5, 0.5]] * 2, {"labels": [0, 1]}, "string and number"),
        ([0.5, 1], [[0.5, 0.5]] * 2, {}, "continuous"),
        ([], [], {}, "0 samples"),
        ([0, 1], np.zeros((2, 2, 2)), {}, "shape"),
    ],
)
def test_refusals(y, p, options, message):
    with pytest.raises(ValueError, match=message):
        log_loss(y, p, **options)
    with pytest.raises(ValueError, match=message):
        brier_score_loss(y, p, **options)


def test_brier_refusals():
    with pytest.raises(ValueError, match="pos_label is not specified"):
        brier_score_loss(["a", "b"], [0.5, 0.5])
    with pytest.raises(ValueError, match="multiclass"):
        brier_score_loss([0, 1, 2], [0.5, 0.5, 0.5])
