"""Clusterings against each other, and clusters against their data."""

import math

import numpy as np
import pytest

from ml_from_scratch.utils import metrics

SCORES = [
    "adjusted_rand_score",
    "mutual_info_score",
    "normalized_mutual_info_score",
    "homogeneity_score",
    "completeness_score",
    "v_measure_score",
]
RNG = np.random.default_rng(0)
PAIRS = {
    "random": (RNG.integers(0, 4, 80), RNG.integers(0, 5, 80)),
    "related": (np.arange(80) // 20, (np.arange(80) + RNG.integers(0, 9, 80)) // 20),
    "equal": (np.arange(12) % 3, (np.arange(12) + 1) % 3),
    "one cluster": (np.arange(12) % 3, np.zeros(12, int)),
    "one each": (np.arange(12) % 3, np.arange(12)),
    "both one": (np.ones(5, int), np.zeros(5, int)),
    "both one each": (np.arange(5), np.arange(5)[::-1]),
    "one sample": (np.array([3]), np.array([7])),
}


def sklearn_metrics():
    return pytest.importorskip("sklearn.metrics")


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("name", SCORES)
def test_scores_equal_scikit_learns(name, pair):
    true, pred = PAIRS[pair]
    expected = getattr(sklearn_metrics(), name)(true, pred)
    got = getattr(metrics, name)(true, pred)
    assert got == pytest.approx(expected, abs=1e-12) and type(got) is float


@pytest.mark.parametrize("pair", PAIRS)
def test_options(pair):
    true, pred = PAIRS[pair]
    sk = sklearn_metrics()
    for method in ("arithmetic", "geometric", "min", "max"):
        options = {"average_method": method}
        expected = sk.normalized_mutual_info_score(true, pred, **options)
        got = metrics.normalized_mutual_info_score(true, pred, **options)
        assert got == pytest.approx(expected, abs=1e-12)
    expected = sk.homogeneity_completeness_v_measure(true, pred, beta=0.3)
    got = metrics.homogeneity_completeness_v_measure(true, pred, beta=0.3)
    np.testing.assert_allclose(got, expected, atol=1e-12)


@pytest.mark.parametrize("name", SCORES)
def test_names_do_not_matter(name):
    true, pred = PAIRS["related"]
    metric = getattr(metrics, name)
    renamed = np.array(["e", "a", "d", "b", "c"])[pred]
    assert metric(true, renamed) == pytest.approx(metric(true, pred), abs=1e-15)
    if name not in ("homogeneity_score", "completeness_score"):
        assert metric(pred, true) == pytest.approx(metric(true, pred), abs=1e-12)


def test_by_hand():
    # Two halves against halves that share one element each: tp 4, fp 4, fn 4, tn 8 (ordered pairs
    # of 3 + 3 with one swapped).
    true, pred = [0, 0, 0, 1, 1, 1], [0, 0, 1, 0, 1, 1]
    tp, fp, fn, tn = 4, 8, 8, 10
    expected = 2 * (tp * tn - fn * fp) / ((tp + fn) * (fn + tn) + (tp + fp) * (fp + tn))
    assert metrics.adjusted_rand_score(true, pred) == pytest.approx(expected)
    assert metrics.mutual_info_score([0, 0, 1, 1], [0, 0, 1, 1]) == pytest.approx(math.log(2))
    assert metrics.homogeneity_score([0, 0, 1, 1], [0, 1, 2, 3]) == 1.0
    assert metrics.completeness_score([0, 0, 1, 1], [0, 1, 2, 3]) == pytest.approx(0.5)


def test_chance_scores_about_zero():
    rng = np.random.default_rng(1)
    scores = [
        metrics.adjusted_rand_score(rng.integers(0, 3, 50), rng.integers(0, 8, 50))
        for _ in range(200)
    ]
    assert abs(np.mean(scores)) < 0.01


def test_many_samples_do_not_overflow():
    n = 200_000
    labels = np.zeros(n, dtype=np.int32)
    labels[: n // 2] = 1
    assert metrics.adjusted_rand_score(labels, labels[::-1]) == 1.0
    one_off = labels.copy()
    one_off[0] = 0
    assert 0.9999 < metrics.adjusted_rand_score(labels, one_off) < 1.0


@pytest.mark.parametrize("name", SCORES)
def test_refusals(name):
    metric = getattr(metrics, name)
    with pytest.raises(ValueError, match="0 samples"):
        metric([], [])
    with pytest.raises(ValueError, match="inconsistent"):
        metric([0, 1], [0])
    with pytest.raises(ValueError, match="one value per sample"):
        metric([[0, 1], [1, 0]], [0, 1])
    with pytest.raises(ValueError, match="continuous"):
        metric([0.5, 1], [0, 1])


def test_unknown_average():
    with pytest.raises(ValueError, match="average_method must be one of"):
        metrics.normalized_mutual_info_score([0, 1], [0, 1], average_method="median")


# --------------------------------------------------------------------------- silhouettes


def blobs(n_samples=120, n_clusters=4, far=0.0, dtype=np.float64):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, n_clusters, n_samples)
    X = rng.normal(size=(n_samples, 3)) + 3 * rng.normal(size=(n_clusters, 3))[labels] + far
    return X.astype(dtype), labels


def test_silhouettes_equal_scikit_learns():
    sk = sklearn_metrics()
    X, labels = blobs()
    labels[0] = 9  # a cluster of one
    X[1] = X[2]  # a duplicate
    np.testing.assert_allclose(
        metrics.silhouette_samples(X, labels), sk.silhouette_samples(X, labels), atol=1e-10
    )
    assert metrics.silhouette_samples(X, labels)[0] == 0.0
    assert metrics.silhouette_score(X, labels) == pytest.approx(sk.silhouette_score(X, labels))
    names = np.array(list("abcdefghij"))[labels]
    assert metrics.silhouette_score(X, names) == pytest.approx(sk.silhouette_score(X, labels))


def test_precomputed_distances():
    X, labels = blobs(n_samples=40)
    D = np.sqrt(((X[:, None] - X) ** 2).sum(-1))
    np.testing.assert_allclose(
        metrics.silhouette_samples(D, labels, metric="precomputed"),
        metrics.silhouette_samples(X, labels),
        atol=1e-12,
    )
    with pytest.raises(ValueError, match="diagonal"):
        metrics.silhouette_samples(D + 1, labels, metric="precomputed")
    with pytest.raises(ValueError, match="square"):
        metrics.silhouette_samples(D[:, 1:], labels, metric="precomputed")


def test_far_from_the_origin_nothing_cancels():
    X, labels = blobs()
    near = metrics.silhouette_samples(X, labels)
    far = metrics.silhouette_samples(X + 1e6, labels)
    np.testing.assert_allclose(far, near, atol=1e-8)


def test_blocks_do_not_change_the_result(monkeypatch):
    from ml_from_scratch.utils.metrics import silhouette

    X, labels = blobs()
    whole = metrics.silhouette_samples(X, labels)
    monkeypatch.setattr(silhouette, "BLOCK", 7 * len(X))
    np.testing.assert_allclose(metrics.silhouette_samples(X, labels), whole, atol=1e-12)


def test_float32_stays():
    X, labels = blobs(dtype=np.float32)
    got = metrics.silhouette_samples(X, labels)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, metrics.silhouette_samples(X.astype(float), labels), atol=1e-4)


def test_all_in_one_place():
    np.testing.assert_array_equal(metrics.silhouette_samples(np.ones((4, 2)), [0, 0, 1, 1]), 0.0)


def test_a_sample_of_the_samples():
    X, labels = blobs(n_samples=400)
    some = metrics.silhouette_score(X, labels, sample_size=200, random_state=0)
    assert some == metrics.silhouette_score(X, labels, sample_size=200, random_state=0)
    assert some == pytest.approx(metrics.silhouette_score(X, labels), abs=0.1)
    D = np.sqrt(((X[:, None] - X) ** 2).sum(-1))
    options = {"sample_size": 200, "random_state": 0, "metric": "precomputed"}
    assert metrics.silhouette_score(D, labels, **options) == pytest.approx(some, abs=1e-12)


def test_silhouette_refusals():
    X, labels = blobs(n_samples=10, n_clusters=2)
    with pytest.raises(ValueError, match="Number of labels is 1"):
        metrics.silhouette_score(X, np.zeros(10))
    with pytest.raises(ValueError, match="Number of labels is 10"):
        metrics.silhouette_score(X, np.arange(10))
    with pytest.raises(ValueError, match="Reshape your data"):
        metrics.silhouette_score(X[:, 0], labels)
    with pytest.raises(ValueError, match="NaN"):
        metrics.silhouette_score(np.where(X > 1, np.nan, X), labels)
    with pytest.raises(ValueError, match="inconsistent"):
        metrics.silhouette_score(X, labels[:-1])
    with pytest.raises(ValueError, match="metric='precomputed'"):
        metrics.silhouette_score(X, labels, metric="manhattan")
