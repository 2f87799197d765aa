"""Top-k accuracy: by hand, and as scikit-learn has it."""

import warnings

import numpy as np
import pytest

from ml_from_scratch.utils import UndefinedMetricWarning, top_k_accuracy_score
from ml_from_scratch.utils.metrics.top_k import ranks

sklearn = pytest.importorskip("sklearn.metrics")
rng = np.random.default_rng(0)


def test_by_hand():
    scores = [[0.5, 0.2, 0.3], [0.3, 0.6, 0.1], [0.1, 0.2, 0.7], [0.0, 0.0, 1.0]]
    true = [0, 2, 1, 2]
    assert top_k_accuracy_score(true, scores, k=1) == 0.5
    assert top_k_accuracy_score(true, scores, k=2) == 0.75
    assert top_k_accuracy_score(true, scores, k=2, normalize=False) == 3.0
    assert top_k_accuracy_score(true, scores, k=2, sample_weight=[1, 0, 1, 0]) == 1.0


def test_of_equal_scores_the_later_class_comes_first():
    assert ranks(np.zeros((3, 3)), np.array([0, 1, 2])).tolist() == [2, 1, 0]


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("ties", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("normalize", [True, False])
def test_equals_sklearn(k, ties, weighted, normalize):
    y_true, y_score = rng.integers(0, 5, 200), rng.random((200, 5))
    y_score = np.round(3 * y_score) if ties else y_score
    options = {"k": k, "normalize": normalize}
    options["sample_weight"] = rng.random(200) if weighted else None
    expected = sklearn.top_k_accuracy_score(y_true, y_score, **options)
    assert top_k_accuracy_score(y_true, y_score, **options) == pytest.approx(expected, rel=1e-12)
    names = np.array(list("abcde"))
    assert top_k_accuracy_score(names[y_true], y_score, **options) == pytest.approx(expected)


@pytest.mark.parametrize("scale, shift", [(1.0, 0.0), (4.0, -2.0)])
@pytest.mark.parametrize("column", [True, False])
def test_two_classes_from_one_score(scale, shift, column):
    y_true, y_score = rng.integers(0, 2, 50), scale * rng.random(50) + shift
    expected = sklearn.top_k_accuracy_score(y_true, y_score, k=1)
    y_score = y_score[:, None] if column else y_score
    assert top_k_accuracy_score(y_true, y_score, k=1) == pytest.approx(expected)


def test_classes_that_do_not_occur_are_named():
    scores = rng.random((4, 5))
    labels = np.arange(5)
    expected = sklearn.top_k_accuracy_score([0, 1, 1, 4], scores, labels=labels)
    assert top_k_accuracy_score([0, 1, 1, 4], scores, labels=labels) == expected
    for call in (top_k_accuracy_score, sklearn.top_k_accuracy_score):
        with pytest.raises(ValueError, match="not equal to the number of"):
            call([0, 1, 2], scores[:3])


def test_a_k_that_is_always_right_is_told():
    with pytest.warns(UndefinedMetricWarning, match="meaningless"):
        assert top_k_accuracy_score([0, 1, 2], np.eye(3), k=3) == 1.0


@pytest.mark.parametrize(
    "args, options, message",
    [
        (([0, 1], np.eye(2)), {"labels": [1, 0]}, "unique and ordered"),
        (([0, 3], np.eye(2)), {"labels": [0, 1]}, "contains labels not in"),
        (([0, 1, 2], np.full((3, 3), np.nan)), {}, "NaN"),
        (([0, 1, 2], np.eye(3)), {"k": 0}, "k must be an integer of at least 1"),
        (([0, 1], np.eye(3)), {}, "inconsistent numbers of samples"),
        (([0, 1, 2], np.eye(4)[:3]), {}, "labels=..."),
    ],
)
def test_what_does_not_fit_is_refused(args, options, message):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match=message):
            top_k_accuracy_score(*args, **options)
