"""Scores against labels: curves and areas, ties and weights, one class, several classes."""

import warnings

import numpy as np
import pytest

from ml_from_scratch.utils import metrics

RNG = np.random.default_rng(0)
CASES = {
    "few ties": (RNG.integers(0, 2, 80), RNG.normal(size=80)),
    "many ties": (RNG.integers(0, 2, 80), RNG.integers(0, 5, 80)),
    "all tied": (np.array([0, 1, 1, 0]), np.zeros(4)),
    "perfect": (np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.8, 0.9])),
    "reversed": (np.array([-1, -1, 1, 1]), np.array([0.9, 0.8, 0.2, 0.1])),
    "two samples": (np.array([1, 0]), np.array([0.3, 0.4])),
    "float32": (RNG.integers(0, 2, 50), RNG.normal(size=50).astype(np.float32)),
}


def both(name, *args, **options):
    theirs = getattr(pytest.importorskip("sklearn.metrics"), name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(metrics, name)(*args, **options), theirs(*args, **options)


def same(name, *args, **options):
    ours, expected = both(name, *args, **options)
    ours, expected = (x if isinstance(x, tuple) else (x,) for x in (ours, expected))
    for a, b in zip(ours, expected):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("drop", [True, False])
@pytest.mark.parametrize("name", ["roc_curve", "precision_recall_curve"])
def test_curves_equal_scikit_learns(name, drop, case):
    y, score = CASES[case]
    weights = np.random.default_rng(1).integers(0, 3, len(y))
    weights[:2] = 1
    same(name, y, score, drop_intermediate=drop)
    same(name, y, score, drop_intermediate=drop, sample_weight=weights)
    same(name, y == 1, score, drop_intermediate=drop)
    names = np.where(y == 1, "yes", "no")
    same(name, names, score, drop_intermediate=drop, pos_label="no")
    same(name, y.tolist(), score.tolist(), drop_intermediate=drop)


@pytest.mark.parametrize("case", CASES)
def test_areas_equal_scikit_learns(case):
    y, score = CASES[case]
    weights = np.random.default_rng(1).random(len(y))
    for name in ("roc_auc_score", "average_precision_score"):
        same(name, y, score)
        same(name, y, score, sample_weight=weights)
        same(name, y, score[:, None])
    same("roc_auc_score", np.where(y == 1, "yes", "no"), score)
    same("average_precision_score", np.where(y == 1, "yes", "no"), score, pos_label="yes")


def test_the_area_is_the_probability_of_ranking_a_pair_rightly():
    y, score = CASES["many ties"]
    difference = score[y == 1][:, None] - score[y == 0]
    expected = ((difference > 0) + 0.5 * (difference == 0)).mean()
    assert metrics.roc_auc_score(y, score) == pytest.approx(expected, abs=1e-14)


def test_weights_are_repetitions():
    y, score = CASES["many ties"]
    w = np.random.default_rng(2).integers(0, 4, len(y))
    for name in ("roc_auc_score", "average_precision_score"):
        metric = getattr(metrics, name)
        repeated = metric(np.repeat(y, w), np.repeat(score, w))
        assert metric(y, score, sample_weight=w) == pytest.approx(repeated, abs=1e-12)


def test_auc_by_hand():
    assert metrics.auc([0, 1, 3], [2, 2, 4]) == 8.0
    assert metrics.auc([3, 1, 0], [4, 2, 2]) == 8.0
    assert metrics.auc([0, 0, 1], [0, 1, 1]) == 1.0
    with pytest.raises(ValueError, match="At least 2 points"):
        metrics.auc([1], [1])
    with pytest.raises(ValueError, match="neither increasing nor decreasing"):
        metrics.auc([0, 2, 1], [0, 1, 2])
    with pytest.raises(ValueError, match="inconsistent"):
        metrics.auc([0, 1], [0, 1, 2])


@pytest.mark.parametrize("constant", [0, 1])
def test_one_class_has_no_curve(constant):
    y, score = np.full(4, constant), np.array([0.1, 0.5, 0.5, 0.9])
    with pytest.warns(metrics.UndefinedMetricWarning, match="Only one class"):
        assert np.isnan(metrics.roc_auc_score(y, score))
    with pytest.warns(metrics.UndefinedMetricWarning, match="samples in y_true"):
        metrics.roc_curve(y, score)
    for name in ("roc_curve", "precision_recall_curve", "average_precision_score"):
        same(name, y, score)


# --------------------------------------------------------------------------- several classes


def several(n_classes=4, n_samples=90, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_classes, n_samples)
    y[:n_classes] = np.arange(n_classes)
    score = rng.random((n_samples, n_classes)).round(1) + np.eye(n_classes)[y] * 0.4 + 0.01
    return y, score / score.sum(axis=1, keepdims=True), rng.random(n_samples)


@pytest.mark.parametrize("average", ["micro", "macro", "weighted", None])
def test_one_against_the_rest(average):
    y, score, w = several()
    names = np.array(["d", "a", "c", "b"])[y]
    order = [1, 3, 2, 0]  # columns in the sorted order of the names
    for weights in (None, w):
        options = {"average": average, "sample_weight": weights}
        same("roc_auc_score", y, score, multi_class="ovr", **options)
        same("roc_auc_score", names, score[:, order], multi_class="ovr", **options)
        same("average_precision_score", y, score, **options)


@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_one_against_one(average):
    y, score, _ = several()
    same("roc_auc_score", y, score, multi_class="ovo", average=average)
    same("roc_auc_score", y + 5, score, multi_class="ovo", average=average, labels=[5, 6, 7, 8])
    some = y < 3  # the last class is known but absent
    same("roc_auc_score", y[some], score[some], multi_class="ovo", average=average, labels=range(4))


def test_absent_classes_one_against_the_rest():
    y, score, _ = several()
    some = y < 3
    options = {"multi_class": "ovr", "labels": [0, 1, 2, 3]}
    same("roc_auc_score", y[some], score[some], average="weighted", **options)
    same("roc_auc_score", y[some], score[some], average="macro", **options)
    two = y < 2
    same("roc_auc_score", y[two], score[two], average="weighted", **options)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, "multi_class must be in"),
        ({"multi_class": "all"}, "multi_class must be in"),
        ({"multi_class": "ovr", "average": "samples"}, "average"),
        ({"multi_class": "ovo", "average": "micro"}, "average"),
        ({"multi_class": "ovo", "sample_weight": np.ones(90)}, "not supported for one-vs-one"),
        ({"multi_class": "ovr", "labels": [0, 1, 2]}, "not in parameter 'labels'"),
        ({"multi_class": "ovr", "labels": [1, 0, 2, 3]}, "ordered"),
        ({"multi_class": "ovr", "labels": range(5)}, "one column for each of the 5"),
    ],
)
def test_refusals_with_several_classes(change, message):
    y, score, _ = several()
    with pytest.raises(ValueError, match=message):
        metrics.roc_auc_score(y, score, **change)


def test_refusals():
    y, score, _ = several()
    with pytest.raises(ValueError, match="sum up to 1.0"):
        metrics.roc_auc_score(y, score * 2, multi_class="ovr")
    with pytest.raises(ValueError, match="one column for each"):
        metrics.average_precision_score(y, score[:, :2])
    with pytest.raises(ValueError, match="leave it out"):
        metrics.average_precision_score(y, score, pos_label=2)
    with pytest.raises(ValueError, match="multiclass format"):
        metrics.roc_curve(y, score[:, 0])
    metrics.roc_curve(y, score[:, 2], pos_label=2)  # one class against the rest, as told
    with pytest.raises(ValueError, match="pos_label is not specified"):
        metrics.roc_curve(["a", "b"], [0.1, 0.2])
    with pytest.raises(ValueError, match="pos_label is not specified"):
        metrics.roc_curve([1, 2], [0.1, 0.2])
    with pytest.raises(ValueError, match="string and number"):
        metrics.roc_curve(["a", "b"], [0.1, 0.2], pos_label=1)
    with pytest.raises(ValueError, match="not a valid label"):
        metrics.average_precision_score([0, 1], [0.1, 0.2], pos_label=3)
    with pytest.raises(ValueError, match="y_score\\[:, 1\\]"):
        metrics.roc_auc_score([0, 1], [[0.1, 0.9], [0.2, 0.8]])
    with pytest.raises(ValueError, match="NaN"):
        metrics.roc_auc_score([0, 1], [0.1, np.nan])
    with pytest.raises(ValueError, match="infinity"):
        metrics.roc_auc_score([0, 1], [0.1, np.inf])
    for name in ("roc_curve", "roc_auc_score", "average_precision_score"):
        with pytest.raises(ValueError, match="0 samples"):
            getattr(metrics, name)([], [])
        with pytest.raises(ValueError, match="inconsistent"):
            getattr(metrics, name)([0, 1], [0.5])
        with pytest.raises(ValueError, match="continuous"):
            getattr(metrics, name)([0.1, 0.9], [0.5, 0.4])
