"""Nearest neighbours beside scikit-learn's: the same neighbours, votes and means."""

import numpy as np
import pytest

from ml_from_scratch import models

theirs = pytest.importorskip("sklearn.neighbors")

rng = np.random.default_rng(0)
X, QUERIES = rng.normal(size=(500, 4)), rng.normal(size=(200, 4))
LABELS = np.array(["a", "b", "c"])[rng.integers(0, 3, 500)]
VALUES = X @ [1.0, 2.0, -1.0, 0.5] + rng.normal(size=500)


def bell(distances):
    return np.exp(-(distances**2))


@pytest.mark.parametrize("algorithm", ["brute", "kd_tree", "auto"])
@pytest.mark.parametrize("k", [1, 5, 100, 500])
@pytest.mark.parametrize(
    "metric", [{}, {"p": 1}, {"p": 3}, {"p": 1.5}, {"metric": "chebyshev"}, {"metric": "manhattan"}]
)
def test_the_same_neighbours(algorithm, k, metric):
    ours = models.KNeighborsRegressor(k, algorithm=algorithm, **metric).fit(X, VALUES)
    reference = theirs.KNeighborsRegressor(k, algorithm="kd_tree", **metric).fit(X, VALUES)
    distances, indices = ours.kneighbors(QUERIES)
    expected = reference.kneighbors(QUERIES)
    np.testing.assert_array_equal(indices, expected[1])
    np.testing.assert_allclose(distances, expected[0], rtol=1e-12)
    assert ours.n_samples_fit_ == reference.n_samples_fit_


@pytest.mark.parametrize("weights", ["uniform", "distance", None, bell])
@pytest.mark.parametrize("algorithm", ["brute", "kd_tree"])
def test_the_same_votes(weights, algorithm):
    options = {"n_neighbors": 7, "weights": weights, "algorithm": algorithm}
    ours = models.KNeighborsClassifier(**options).fit(X, LABELS)
    reference = theirs.KNeighborsClassifier(**options).fit(X, LABELS)
    for data in (QUERIES, X):  # the points themselves: distances of zero
        expected = reference.predict_proba(data)
        np.testing.assert_allclose(ours.predict_proba(data), expected, atol=1e-12)
        np.testing.assert_array_equal(ours.predict(data), reference.predict(data))
    assert ours.effective_metric_ == reference.effective_metric_
    assert ours.outputs_2d_ == reference.outputs_2d_


@pytest.mark.parametrize("weights", ["uniform", "distance", None, bell])
@pytest.mark.parametrize("several", [False, True])
def test_the_same_means(weights, several):
    y = np.column_stack([VALUES, VALUES**2]) if several else VALUES
    ours = models.KNeighborsRegressor(4, weights=weights).fit(X, y)
    reference = theirs.KNeighborsRegressor(4, weights=weights).fit(X, y)
    for data in (QUERIES, X):
        np.testing.assert_allclose(ours.predict(data), reference.predict(data), rtol=1e-11)
    assert ours.score(QUERIES, ours.predict(QUERIES) + 1) < 1


@pytest.mark.parametrize("algorithm", ["brute", "kd_tree"])
def test_the_points_own_neighbours(algorithm):
    ours = models.KNeighborsClassifier(3, algorithm=algorithm).fit(X, LABELS)
    reference = theirs.KNeighborsClassifier(3, algorithm=algorithm).fit(X, LABELS)
    for a, b in zip(ours.kneighbors(), reference.kneighbors()):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    expected = reference.kneighbors(n_neighbors=7, return_distance=False)
    np.testing.assert_array_equal(ours.kneighbors(n_neighbors=7, return_distance=False), expected)


@pytest.mark.parametrize("n, d, k", [(3000, 20, 5), (5000, 3, 10), (2000, 50, 1)])
def test_the_same_neighbours_of_many(n, d, k):
    points, queries = rng.normal(size=(n, d)), rng.normal(size=(500, d))
    expected = theirs.NearestNeighbors(n_neighbors=k).fit(points).kneighbors(queries)
    for algorithm in ("brute", "auto"):
        ours = models.KNeighborsRegressor(k, algorithm=algorithm).fit(points, np.zeros(n))
        distances, indices = ours.kneighbors(queries)
        np.testing.assert_array_equal(indices, expected[1])
        np.testing.assert_allclose(distances, expected[0], rtol=1e-7)  # theirs: by a product


def test_on_real_digits():
    datasets = pytest.importorskip("sklearn.datasets")
    digits, y = datasets.load_digits(return_X_y=True)
    ours = models.KNeighborsClassifier().fit(digits[:1000], y[:1000])
    reference = theirs.KNeighborsClassifier().fit(digits[:1000], y[:1000])
    assert (
        abs(ours.score(digits[1000:], y[1000:]) - reference.score(digits[1000:], y[1000:])) < 0.005
    )
