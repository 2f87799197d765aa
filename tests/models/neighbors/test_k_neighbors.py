"""The models of nearest neighbours: worked examples, laws, and what they refuse."""

import numpy as np
import pytest

from ml_from_scratch.models import KNeighborsClassifier, KNeighborsRegressor, NearestNeighbors
from ml_from_scratch.models.neighbors import neighbors_base

rng = np.random.default_rng(0)


def test_votes_by_hand():
    X, y = [[0.0], [1.0], [2.0], [4.0]], ["a", "a", "b", "b"]
    model = KNeighborsClassifier(3).fit(X, y)
    np.testing.assert_allclose(
        model.predict_proba([[0.0], [4.0]]), [[2 / 3, 1 / 3], [1 / 3, 2 / 3]]
    )
    assert model.predict([[0.0], [4.0]]).tolist() == ["a", "b"]
    nearer = KNeighborsClassifier(3, weights="distance").fit(X, y)
    share = (1 / 1 + 1 / 2) / (1 / 1 + 1 / 2 + 1 / 1)  # distances 1, 2 of a, and 1 of b, from 3
    assert nearer.predict_proba([[3.0]])[0, 1] == pytest.approx(2 / (2 + 1 / 2))
    assert share == pytest.approx(0.6)
    assert KNeighborsClassifier(2).fit(X, y).predict([[1.5]]).tolist() == ["a"]  # first of equals


def test_means_by_hand():
    X, y = [[0.0], [1.0], [3.0]], [0.0, 10.0, 20.0]
    assert KNeighborsRegressor(2).fit(X, y).predict([[0.4]]).tolist() == [5.0]
    nearer = KNeighborsRegressor(2, weights="distance").fit(X, y)
    assert nearer.predict([[0.25], [1.0]]).tolist() == pytest.approx([2.5, 10.0])
    both = KNeighborsRegressor(2).fit(X, np.column_stack([y, y])).predict([[0.4]])
    assert both.tolist() == [[5.0, 5.0]]


@pytest.mark.parametrize("kind", [KNeighborsClassifier, KNeighborsRegressor])
@pytest.mark.parametrize("algorithm", ["brute", "kd_tree"])
def test_one_neighbour_knows_the_training_set(kind, algorithm):
    X, y = rng.normal(size=(300, 3)), np.arange(300) % 7
    np.testing.assert_array_equal(kind(1, algorithm=algorithm).fit(X, y).predict(X), y)


@pytest.mark.parametrize("algorithm", ["brute", "kd_tree"])
@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1.0, 1e200, 1e300])
def test_any_scale(algorithm, scale):
    X, Q = rng.uniform(-1, 1, (200, 3)), rng.uniform(-1, 1, (50, 3))
    model = KNeighborsRegressor(4, algorithm=algorithm, weights="distance").fit(X, X[:, 0])
    scaled = KNeighborsRegressor(4, algorithm=algorithm, weights="distance").fit(X * scale, X[:, 0])
    distances, indices = scaled.kneighbors(Q * scale)
    np.testing.assert_array_equal(indices, model.kneighbors(Q)[1])
    np.testing.assert_allclose(distances / scale, model.kneighbors(Q)[0], rtol=1e-9)
    np.testing.assert_allclose(scaled.predict(Q * scale), model.predict(Q), rtol=1e-9)


@pytest.mark.parametrize("algorithm", ["brute", "kd_tree"])
def test_a_tiny_column_beside_a_constant_one(algorithm):
    """What counts is how much columns vary, not how large they are."""
    X = rng.uniform(-1, 1, (200, 1))
    beside = np.hstack([np.ones((200, 1)), 1e-200 * X])
    for k in (1, 5):
        expected = KNeighborsRegressor(k).fit(X, X[:, 0]).kneighbors(X)[1]
        model = KNeighborsRegressor(k, algorithm=algorithm).fit(beside, X[:, 0])
        np.testing.assert_array_equal(model.kneighbors(beside)[1], expected)


@pytest.mark.parametrize("algorithm", ["brute", "kd_tree"])
@pytest.mark.parametrize("p", [1, 2, 3, np.inf])
def test_queries_of_another_world(algorithm, p):
    """Beside a query at 1e200 the ordinary ones are answered as ever."""
    X, Q = rng.normal(size=(100, 3)), rng.normal(size=(10, 3))
    model = KNeighborsRegressor(4, algorithm=algorithm, p=p).fit(X, X[:, 0])
    wild = np.vstack([Q, [[1e200, 0.0, 0.0], [-1.5e308, 1.5e308, 0.0]]])
    distances, indices = model.kneighbors(wild)
    np.testing.assert_array_equal(indices[:10], model.kneighbors(Q)[1])
    assert indices[10].tolist() == [0, 1, 2, 3]  # from there, all are equally far
    np.testing.assert_allclose(distances[10], 1e200)
    assert np.isfinite(model.set_params(weights="distance").predict(wild)).all()


def test_float32_points_are_compared_in_float64():
    X = (1000.0 + rng.normal(size=(300, 5))).astype(np.float32)
    exact = KNeighborsRegressor().fit(X.astype(float), X[:, 0]).kneighbors(X.astype(float))
    distances, indices = KNeighborsRegressor().fit(X, X[:, 0]).kneighbors(X)
    np.testing.assert_array_equal(indices, exact[1])
    np.testing.assert_array_equal(distances, exact[0])


def test_the_search_by_itself(tmp_path):
    X, Q = rng.normal(size=(100, 3)), rng.normal(size=(20, 3))
    expected = KNeighborsRegressor(4, p=1).fit(X, X[:, 0]).kneighbors(Q)
    model = NearestNeighbors(n_neighbors=4, metric="manhattan").fit(X)
    model.save(tmp_path / "neighbors.npz")
    for search in (model, NearestNeighbors.load(tmp_path / "neighbors.npz")):
        for a, b in zip(search.kneighbors(Q), expected):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("algorithm", ["brute", "kd_tree"])
def test_changing_the_data_later_changes_nothing(algorithm):
    X, Q = rng.normal(size=(100, 3)), rng.normal(size=(20, 3))
    y = X[:, 0].copy()
    model = KNeighborsRegressor(algorithm=algorithm).fit(X, y)
    expected = model.kneighbors(Q)
    X[:], y[:] = 0.0, 0.0
    for a, b in zip(model.kneighbors(Q), expected):
        np.testing.assert_array_equal(a, b)
    assert model.predict(Q).any()


@pytest.mark.parametrize("algorithm", ["brute", "kd_tree"])
def test_leaving_oneself_out(algorithm):
    X = np.array([[0.0], [0.0], [0.0], [5.0], [6.0]])
    model = KNeighborsRegressor(2, algorithm=algorithm).fit(X, [0.0, 1.0, 2.0, 3.0, 4.0])
    assert model.kneighbors(return_distance=False).tolist()[:3] == [[1, 2], [0, 2], [0, 1]]
    assert model.kneighbors(n_neighbors=1)[1].ravel().tolist() == [1, 0, 0, 4, 3]
    assert model.predict(None).tolist()[:3] == [1.5, 1.0, 0.5]
    with pytest.raises(ValueError, match="n_neighbors < n_samples_fit"):
        model.kneighbors(n_neighbors=5)


@pytest.mark.parametrize("algorithm", ["brute", "kd_tree"])
def test_jobs_change_nothing(algorithm, monkeypatch):
    pytest.importorskip("joblib")
    monkeypatch.setattr(neighbors_base, "TASK", 10)
    X, Q = rng.normal(size=(200, 3)), rng.normal(size=(101, 3))
    one = KNeighborsRegressor(algorithm=algorithm).fit(X, X[:, 0]).kneighbors(Q)
    two = KNeighborsRegressor(algorithm=algorithm, n_jobs=2).fit(X, X[:, 0]).kneighbors(Q)
    for a, b in zip(one, two):
        np.testing.assert_array_equal(a, b)


def test_names_of_metrics():
    X = rng.normal(size=(20, 2))
    for options, name, params in [
        ({}, "euclidean", {}),
        ({"p": 1}, "manhattan", {}),
        ({"metric": "l1"}, "manhattan", {}),
        ({"p": 3}, "minkowski", {"p": 3.0}),
        ({"metric": "chebyshev", "p": 7}, "chebyshev", {}),
        ({"p": np.inf}, "chebyshev", {}),
    ]:
        model = KNeighborsRegressor(**options).fit(X, X[:, 0])
        assert (model.effective_metric_, model.effective_metric_params_) == (name, params)


@pytest.mark.parametrize(
    "options, words",
    [
        ({"metric": "cosine"}, "length 1"),
        ({"metric": lambda a, b: 0.0}, "metric must be one of"),
        ({"metric_params": {"V": 1}}, "multiplying the columns"),
        ({"algorithm": "ball_tree"}, "'brute', 'kd_tree'"),
        ({"weights": "gaussian"}, "weights"),
        ({"n_neighbors": 0}, "n_neighbors"),
        ({"p": 0}, "p must be"),
        ({"leaf_size": 0}, "leaf_size"),
    ],
)
def test_parameters_that_make_no_sense(options, words):
    with pytest.raises(ValueError, match=words):
        KNeighborsClassifier(**options).fit([[0.0], [1.0]], [0, 1])


def test_more_neighbours_than_points():
    model = KNeighborsRegressor(5).fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(ValueError, match="n_neighbors = 5, n_samples_fit = 2"):
        model.predict([[0.5]])
    assert model.kneighbors([[0.9]], n_neighbors=2)[1].tolist() == [[1, 0]]


def test_weights_that_make_no_sense():
    X, y = [[0.0], [1.0]], [0, 1]
    for wrong, words in [
        (lambda d: d[:, :1], "same shape"),
        (lambda d: d * np.nan, "finite"),
        (lambda d: d * 0.0, "0 to all"),
    ]:
        with pytest.raises(ValueError, match=words):
            KNeighborsClassifier(2, weights=wrong).fit(X, y).predict_proba(X)
