"""Labels against labels: worked examples, scikit-learn's values, and what must be refused."""

import warnings

import numpy as np
import pytest

from ml_from_scratch.utils import metrics

LABELS = {
    "ints": np.array([3, 0, 7, 1]),
    "negative": np.array([-1, 1]),
    "bools": np.array([False, True]),
    "floats": np.array([0.0, 1.0, 5.0]),
    "strings": np.array(["cat", "ant", "bee"]),
    "objects": np.array(["no", "yes"], dtype=object),
    "far apart": np.array([-(10**12), 10**12, 5]),
}
SCORES = ["accuracy_score", "balanced_accuracy_score", "confusion_matrix"]


def draw(kind, n_samples=60, seed=0, right=0.6):
    rng = np.random.default_rng(seed)
    y_true = LABELS[kind][rng.integers(0, len(LABELS[kind]), n_samples)]
    y_other = LABELS[kind][rng.integers(0, len(LABELS[kind]), n_samples)]
    y_pred = np.where(rng.random(n_samples) < right, y_true, y_other)
    return y_true, y_pred, rng.random(n_samples)


def same_as_scikit_learn(name, *args, **options):
    theirs = getattr(pytest.importorskip("sklearn.metrics"), name)
    ours = getattr(metrics, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected, got = theirs(*args, **options), ours(*args, **options)
    if not isinstance(expected, tuple):
        expected, got = (expected,), (got,)
    assert len(expected) == len(got)
    for a, b in zip(got, expected):
        if b is None:
            assert a is None
        else:
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("name", SCORES)
def test_scores_equal_scikit_learns(name, kind):
    y_true, y_pred, w = draw(kind)
    same_as_scikit_learn(name, y_true, y_pred)
    same_as_scikit_learn(name, y_true, y_pred, sample_weight=w)
    same_as_scikit_learn(name, y_true.tolist(), y_pred.tolist(), sample_weight=w.tolist())
    same_as_scikit_learn(name, y_true[:, None], y_pred)


def test_options_of_accuracy_and_balance():
    y_true, y_pred, w = draw("ints")
    same_as_scikit_learn("accuracy_score", y_true, y_pred, normalize=False)
    same_as_scikit_learn("accuracy_score", y_true, y_pred, normalize=False, sample_weight=w)
    same_as_scikit_learn("balanced_accuracy_score", y_true, y_pred, adjusted=True)
    with pytest.warns(UserWarning, match="not in y_true"):
        assert metrics.balanced_accuracy_score([0, 0, 1], [0, 2, 1]) == 0.75
    assert type(metrics.accuracy_score(y_true, y_pred)) is float


# --------------------------------------------------------------------------- confusion matrix


@pytest.mark.parametrize("normalize", [None, "true", "pred", "all"])
def test_confusion_matrix_options(normalize):
    y_true, y_pred, w = draw("strings")
    for labels in (None, ["bee", "ant", "cat"], ["cat", "owl"], ["ant"]):
        same_as_scikit_learn("confusion_matrix", y_true, y_pred, labels=labels, normalize=normalize)
    same_as_scikit_learn("confusion_matrix", y_true, y_pred, sample_weight=w, normalize=normalize)


def test_confusion_matrix_by_hand():
    C = metrics.confusion_matrix(["a", "a", "b", "c"], ["a", "b", "b", "a"])
    assert C.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]
    assert C.dtype == np.int64
    assert metrics.confusion_matrix([0, 1], [1, 1], sample_weight=[2, 3]).dtype == np.int64
    assert metrics.confusion_matrix([0, 1], [1, 1], sample_weight=[2.5, 3]).tolist() == [
        [0, 2.5],
        [0, 3],
    ]


def test_a_single_label_warns():
    with pytest.warns(UserWarning, match="single label"):
        assert metrics.confusion_matrix([1, 1], [1, 1]).tolist() == [[2]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert metrics.confusion_matrix([1, 1], [1, 1], labels=[0, 1]).tolist() == [[0, 0], [0, 2]]


def test_confusion_matrix_refusals():
    with pytest.raises(ValueError, match="At least one label specified must be in y_true"):
        metrics.confusion_matrix([0, 1], [1, 1], labels=[5])
    with pytest.raises(ValueError, match="at least one label"):
        metrics.confusion_matrix([0, 1], [1, 1], labels=[])
    with pytest.raises(ValueError, match="normalize must be one of"):
        metrics.confusion_matrix([0, 1], [1, 1], normalize="rows")


# --------------------------------------------------------------------------- precision and recall


@pytest.mark.parametrize("average", [None, "micro", "macro", "weighted"])
@pytest.mark.parametrize("kind", LABELS)
def test_precision_recall_fscore_equal_scikit_learns(kind, average):
    y_true, y_pred, w = draw(kind, n_samples=40, seed=3)
    for options in ({}, {"sample_weight": w}, {"beta": 2.0}, {"beta": 0.0}, {"beta": np.inf}):
        same_as_scikit_learn(
            "precision_recall_fscore_support", y_true, y_pred, average=average, **options
        )
    for name in ("precision_score", "recall_score", "f1_score"):
        same_as_scikit_learn(name, y_true, y_pred, average=average, sample_weight=w)


@pytest.mark.parametrize("zero_division", ["warn", 0, 1, np.nan])
@pytest.mark.parametrize("average", [None, "micro", "macro", "weighted"])
def test_undefined_values(average, zero_division):
    for y_true, y_pred in (
        ([0, 0, 1, 1], [0, 0, 0, 0]),
        ([0, 0, 0], [1, 1, 2]),
        ([0, 0, 0], [0, 0, 0]),
        ([2, 2], [1, 1]),
    ):
        for labels in (None, [0, 1, 2, 3], [3]):
            same_as_scikit_learn(
                "precision_recall_fscore_support",
                y_true,
                y_pred,
                average=average,
                labels=labels,
                zero_division=zero_division,
            )


def test_binary_average():
    for kind, pos_label in (("objects", "yes"), ("objects", "no"), ("bools", True), ("bools", 0)):
        y_true, y_pred, w = draw(kind)
        for name in ("precision_score", "recall_score", "f1_score"):
            same_as_scikit_learn(name, y_true, y_pred, pos_label=pos_label, sample_weight=w)
        same_as_scikit_learn("fbeta_score", y_true, y_pred, beta=0.5, pos_label=pos_label)
    # one class only: a positive class that does not occur is allowed
    same_as_scikit_learn("precision_score", [0, 0], [0, 0], zero_division=1)
    same_as_scikit_learn("recall_score", ["a", "a"], ["a", "a"], zero_division=0)


def test_undefined_values_warn_once_for_what_was_asked():
    with pytest.warns(metrics.UndefinedMetricWarning, match="Precision is ill-defined"):
        metrics.precision_score([0, 1], [0, 0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert metrics.recall_score([0, 1], [0, 0]) == 0.0
        assert metrics.f1_score([0, 1], [0, 0]) == 0.0
        assert metrics.precision_score([0, 1], [0, 0], zero_division=0) == 0.0


def test_precision_recall_by_hand():
    y_true, y_pred = [1, 1, 1, 0, 0, 0, 0], [1, 1, 0, 1, 0, 0, 0]
    assert metrics.precision_score(y_true, y_pred) == pytest.approx(2 / 3)
    assert metrics.recall_score(y_true, y_pred) == pytest.approx(2 / 3)
    y_pred = [1, 0, 0, 0, 0, 0, 0]  # precise, forgetful: P = 1, R = 1/3
    assert metrics.f1_score(y_true, y_pred) == pytest.approx(1 / 2)
    assert metrics.fbeta_score(y_true, y_pred, beta=2) == pytest.approx(5 / 13)


def test_precision_recall_refusals():
    binary, many = ([0, 1, 1], [0, 1, 0]), ([0, 1, 2], [0, 1, 1])
    with pytest.raises(ValueError, match="multiclass but average='binary'"):
        metrics.precision_score(*many)
    with pytest.raises(ValueError, match="not a valid label"):
        metrics.f1_score(*binary, pos_label=3)
    with pytest.raises(ValueError, match="average"):
        metrics.f1_score(*binary, average="mean")
    with pytest.raises(ValueError, match="zero_division"):
        metrics.f1_score(*binary, zero_division=0.5)
    with pytest.raises(ValueError, match="beta"):
        metrics.fbeta_score(*binary, beta=-1)
    with pytest.warns(UserWarning, match="pos_label=2 is ignored"):
        metrics.f1_score(*many, average="macro", pos_label=2)


# --------------------------------------------------------------------------- the border


@pytest.mark.parametrize("name", SCORES)
def test_what_no_metric_takes(name):
    metric = getattr(metrics, name)
    with pytest.raises(ValueError, match="0 samples"):
        metric([], [])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        metric([0, 1], [0, 1, 1])
    with pytest.raises(ValueError, match="string and number"):
        metric([0, 1], ["0", "1"])
    with pytest.raises(ValueError, match="string and number"):
        metric(np.array([0, "a"], dtype=object), [0, 1])
    with pytest.raises(ValueError, match="continuous"):
        metric([0, 1], [0.2, 0.9])
    with pytest.raises(ValueError, match="NaN"):
        metric([0, 1], [0, np.nan])
    with pytest.raises(ValueError, match="Multi-label"):
        metric([[0, 1], [1, 1]], [[0, 1], [1, 1]])
    with pytest.raises(ValueError, match="None"):
        metric(None, [0, 1])
    with pytest.raises(TypeError, match="bytes"):
        metric(np.array([b"a", b"b"]), np.array([b"a", b"b"]))
    with pytest.raises(ValueError, match="at least one non-zero"):
        metric([0, 1], [0, 1], sample_weight=[0, 0])
    with pytest.raises(ValueError, match="one weight per sample"):
        metric([0, 1], [0, 1], sample_weight=[1, 2, 3])
    with pytest.raises(ValueError, match="[Cc]omplex"):
        metric([0, 1j], [0, 1])


def test_sparse_labels_are_refused():
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(TypeError, match="toarray"):
        metrics.accuracy_score(sparse.csr_matrix([[0, 1]]), [0, 1])


def test_series_read_only_and_strided_arrays():
    pd = pytest.importorskip("pandas")
    y_true, y_pred, _ = draw("strings")
    expected = metrics.accuracy_score(y_true, y_pred)
    assert metrics.accuracy_score(pd.Series(y_true), pd.Categorical(y_pred)) == expected
    y_true.setflags(write=False)
    assert metrics.accuracy_score(y_true[::-1], y_pred[::-1]) == expected
    integers = pd.Series([1, 0, 1], dtype="Int64")
    assert metrics.accuracy_score(integers, [1, 0, 0]) == pytest.approx(2 / 3)
