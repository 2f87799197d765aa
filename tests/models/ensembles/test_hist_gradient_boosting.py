"""Histogram gradient boosting: bins, sums, splits by hand, hard data, and what fit promises."""

import warnings

import numpy as np
import pytest

from ml_from_scratch.models import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from ml_from_scratch.models.ensembles.hist_gradient_boosting import binning, histograms, iterations
from ml_from_scratch.models.ensembles.hist_gradient_boosting.binning import (
    Binner,
    assign_bins,
    find_thresholds,
)
from ml_from_scratch.models.ensembles.hist_gradient_boosting.histograms import (
    HistogramBuilder,
    Weights,
)
from ml_from_scratch.utils import accuracy_score

Classifier, Regressor = HistGradientBoostingClassifier, HistGradientBoostingRegressor


@pytest.fixture(autouse=True)
def no_runtime_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        yield


def data(n=300, d=4, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return X, X[:, 0] * X[:, 1] + np.sin(2 * X[:, 2]) + 0.1 * rng.normal(size=n)


# ---- bins ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "draw",
    [
        lambda rng, n: rng.normal(size=n),
        lambda rng, n: rng.standard_cauchy(n) ** 3,
        lambda rng, n: rng.integers(0, 300, n).astype(float),
        lambda rng, n: rng.normal(size=n) * 1e-300,
        lambda rng, n: rng.choice([-1e308, 1e308, 0.0, 1.0], n),
        lambda rng, n: np.full(n, 7.0),
        lambda rng, n: np.where(rng.random(n) < 0.5, np.nan, rng.normal(size=n)),
        lambda rng, n: np.full(n, np.nan),
    ],
)
def test_bins_of_many_values_are_those_of_a_plain_search(draw):
    x = draw(np.random.default_rng(0), 2 * binning.N_CELLS)
    thresholds = find_thresholds(x, 255)
    assert len(thresholds) < 255 and (np.diff(thresholds) > 0).all()
    bins = assign_bins(x, thresholds, 255)
    known = ~np.isnan(x)
    np.testing.assert_array_equal(bins[known], np.searchsorted(thresholds, x[known]))
    assert (bins[~known] == 255).all()


def test_values_on_a_threshold_go_left():
    x = np.repeat(np.arange(40_000) / 7.0, 2)
    thresholds = find_thresholds(x, 64)
    bins = assign_bins(
        np.concatenate([thresholds, np.nextafter(thresholds, np.inf)]), thresholds, 0
    )
    assert bins.tolist() == [*range(63), *range(1, 64)]
    many = np.concatenate([thresholds, np.nextafter(thresholds, np.inf), x])  # by cells
    assert assign_bins(many, thresholds, 0)[:126].tolist() == bins.tolist()


def test_quantiles_are_of_a_sample_when_samples_are_many(monkeypatch):
    monkeypatch.setattr(binning, "MOST_SAMPLES", 5000)
    X = np.random.default_rng(0).random((20_000, 1))
    binner = Binner(10, [None])
    binner.fit_transform(X, None, np.random.default_rng(1))
    np.testing.assert_allclose(binner.thresholds[0], np.arange(1, 10) / 10, atol=0.03)
    heavy = (X[:, 0] > 0.5) * 1.0
    binner.fit_transform(X, heavy, np.random.default_rng(1))
    np.testing.assert_allclose(binner.thresholds[0], 0.5 + np.arange(1, 10) / 20, atol=0.03)


# ---- histograms ----------------------------------------------------------------------------------
@pytest.mark.parametrize("constant", [True, False])
@pytest.mark.parametrize("n", [200, 5000])
@pytest.mark.parametrize("scale", [1.0, 1e150, 1e-150])
@pytest.mark.parametrize("fast", [True, False])
def test_one_pass_gives_all_three_sums(constant, n, scale, fast, monkeypatch):
    monkeypatch.setattr(histograms, "ADD_AT_IS_FAST", fast)
    rng = np.random.default_rng(0)
    bins = rng.integers(0, 9, (3, n)).astype(np.uint8)
    g = rng.normal(size=(2, n)) * scale
    h = None if constant else rng.random((2, n)) * scale
    weights = Weights(g, h)
    rows = [np.sort(rng.permutation(n)[: n // 3]), None]
    totals = HistogramBuilder(bins, 9).totals(rows, list(weights.packed))
    sums = np.empty((weights.n_sums, *totals.shape))
    weights.unpack(totals, sums)
    for node, r in enumerate([rows[0], np.arange(n)]):
        for f in range(3):
            for b in range(9):
                chosen = r[bins[f, r] <= b]
                assert sums[-1, node, f, b] == len(chosen)
                expected = g[node, chosen].sum()
                np.testing.assert_allclose(sums[0, node, f, b], expected, atol=1e-5 * scale)
                if not constant:
                    expected = h[node, chosen].sum()
                    np.testing.assert_allclose(sums[1, node, f, b], expected, rtol=1e-6)


def test_nothing_to_sum():
    weights = Weights(np.zeros((1, 3)))
    sums = np.empty((2, 1, 1, 1))
    weights.unpack(weights.packed.sum().reshape(1, 1, 1), sums)
    assert sums.ravel().tolist() == [0.0, 3.0]


# ---- by hand -------------------------------------------------------------------------------------
def test_one_split_by_hand():
    """Residuals from the mean 2 are -2, -2, 2, 2: leaves -2 and 2, of which a half is added."""
    X, y = [[0.0], [1.0], [2.0], [3.0]], [0.0, 0.0, 4.0, 4.0]
    model = Regressor(max_iter=1, min_samples_leaf=1, learning_rate=0.5, max_leaf_nodes=2)
    model.fit(X, y)
    np.testing.assert_allclose(model.predict([[1.4], [1.6]]), [1.0, 3.0])
    shrunk = Regressor(
        max_iter=1, min_samples_leaf=1, learning_rate=0.5, max_leaf_nodes=2, l2_regularization=2.0
    ).fit(X, y)
    np.testing.assert_allclose(shrunk.predict([[1.4], [1.6]]), [1.5, 2.5])


def test_one_newton_step_by_hand():
    """At p = 1/2: g = -+1/2 and h = 1/4 a sample, so leaves are -+ (2 * 1/2) / (2 * 1/4) = -+2."""
    model = Classifier(max_iter=1, min_samples_leaf=1, learning_rate=1.0)
    model.fit([[0.0], [1.0], [2.0], [3.0]], ["a", "a", "b", "b"])
    np.testing.assert_allclose(model.decision_function([[0.0], [3.0]]), [-2.0, 2.0])
    np.testing.assert_allclose(model.predict_proba([[3.0]])[0, 1], 1 / (1 + np.exp(-2.0)))


def test_missing_values_go_where_they_gain_most():
    X = np.array([[0.0], [1.0], [2.0], [3.0], [np.nan], [np.nan]])
    for y, like in (([0, 0, 9, 9, 9, 9], 3.0), ([0, 0, 9, 9, 0, 0], 0.0)):
        model = Regressor(max_iter=1, min_samples_leaf=1, max_leaf_nodes=2).fit(X, y)
        assert model.predict([[np.nan]]) == model.predict([[like]])
    alone = Regressor(max_iter=1, min_samples_leaf=1, max_leaf_nodes=2, learning_rate=1.0)
    alone.fit(X, [0, 0, 0, 0, 6, 6])
    np.testing.assert_allclose(alone.predict([[5.0], [np.nan]]), [0.0, 6.0], atol=1e-12)


def test_missing_values_that_were_not_in_training_go_with_the_majority():
    X = np.arange(10.0)[:, None]
    model = Regressor(max_iter=1, min_samples_leaf=1, max_leaf_nodes=2)
    assert model.fit(X, X[:, 0] > 7).predict([[np.nan]]) == model.predict([[0.0]])
    assert model.fit(X, X[:, 0] > 1).predict([[np.nan]]) == model.predict([[9.0]])


def test_categories_are_grouped_by_what_they_mean():
    """No threshold parts 0, 2, 4 from 1, 3; one question about categories does."""
    codes = np.tile(np.arange(5), 40)
    y = np.where(codes % 2 == 0, 1.0, -1.0)
    model = Regressor(max_iter=1, learning_rate=1.0, max_leaf_nodes=2, categorical_features=[0])
    model.fit(codes[:, None], y)
    np.testing.assert_allclose(model.predict(np.arange(5.0)[:, None]), [1, -1, 1, -1, 1])
    assert model.is_categorical_.tolist() == [True]


@pytest.mark.parametrize("categorical", [0, 1])
def test_of_questions_that_gain_the_same_the_first_feature_asks(categorical):
    half = np.repeat([0.0, 1.0], 30)
    model = Regressor(max_iter=1, categorical_features=[categorical])
    model.fit(np.column_stack([half, half]), half)
    assert model.predict([[0.0, 1.0]]) == model.predict([[0.0, 0.0]]) < model.predict([[1.0, 0.0]])


def test_strings_as_categories():
    X = np.array([["red", 1.0], ["blue", 2.0], [None, 3.0], ["green", 4.0]] * 30, dtype=object)
    y = np.array([0, 1, 1, 0] * 30)
    model = Classifier(max_iter=20, categorical_features=[0], min_samples_leaf=5).fit(X, y)
    assert accuracy_score(y, model.predict(X)) == 1.0
    assert np.isfinite(model.predict_proba(np.array([["pink", 2.5]], dtype=object))).all()


# ---- laws ----------------------------------------------------------------------------------------
def test_few_and_many_samples_are_predicted_alike():
    X, y = data(600)
    X[::5, 1] = np.nan
    X[:, 3] = np.round(X[:, 3])
    model = Regressor(categorical_features=[3], max_iter=30).fit(X, y)
    one_by_one = np.concatenate([model.predict(X[i : i + 7]) for i in range(0, 600, 7)])
    np.testing.assert_allclose(model.predict(X), one_by_one, rtol=1e-12)


def test_trees_with_more_leaves_than_a_byte_can_number():
    X, y = data(2000)
    model = Regressor(max_iter=2, max_leaf_nodes=None, min_samples_leaf=2, learning_rate=1.0)
    model.fit(X, y)
    assert model._trees.n_leaves > 600
    one_by_one = np.concatenate([model.predict(X[i : i + 100]) for i in range(0, 2000, 100)])
    np.testing.assert_allclose(model.predict(X), one_by_one, rtol=1e-12)


def test_the_training_loss_falls_with_every_iteration():
    X, y = data()
    counts = np.round(np.exp(y / 2)) + 1.0
    for loss in ("squared_error", "absolute_error", "gamma", "poisson", "quantile"):
        model = Regressor(
            loss=loss, quantile=0.3, early_stopping=True, validation_fraction=None, max_iter=30
        ).fit(X, counts)
        assert (np.diff(model.train_score_) > -1e-9).all() and len(model.train_score_) == 31


def test_quantiles_cover_their_share():
    X, y = data(2000)
    for q in (0.1, 0.9):
        below = y <= Regressor(loss="quantile", quantile=q).fit(X, y).predict(X)
        assert abs(below.mean() - q) < 0.02


def test_monotone_predictions():
    X, y = data(500)
    line = np.linspace(-3, 3, 200)
    for sign in (1, -1):
        model = Regressor(monotonic_cst=[0, 0, sign, 0]).fit(X, sign * y)
        for row in X[:20]:
            along = np.repeat(row[None, :], 200, axis=0)
            along[:, 2] = line
            assert (sign * np.diff(model.predict(along)) >= 0).all()


def test_features_that_may_not_interact_add_up():
    X, y = data(500)
    model = Regressor(interaction_cst="no_interactions").fit(X, y)
    f = model.predict
    a, b = X[:50].copy(), X[50:100].copy()
    mixed, other = a.copy(), b.copy()
    mixed[:, 0], other[:, 0] = b[:, 0], a[:, 0]
    np.testing.assert_allclose(f(a) + f(b), f(mixed) + f(other), atol=1e-10)


def test_samples_of_weight_zero_are_as_absent():
    X, y = data(200)
    weights = np.ones(200)
    weights[::3] = 0.0
    there = weights > 0
    for model, target in ((Regressor(), y), (Classifier(), y > 0)):
        weighted = model.fit(X, target, weights)._raw_predict(X)[0]
        absent = model.fit(X[there], target[there])._raw_predict(X)[0]
        np.testing.assert_allclose(weighted, absent, rtol=1e-9, atol=1e-9)


def test_a_constant_weight_changes_nothing():
    X, y = data(200)
    plain = Regressor().fit(X, y).predict(X)
    np.testing.assert_allclose(Regressor().fit(X, y, 2.0).predict(X), plain, rtol=1e-9, atol=1e-9)


def test_scale_of_targets():
    X, y = data(200)
    plain = Regressor(max_iter=20).fit(X, y).predict(X)
    for scale in (1e150, 1e-150, -1e20):
        scaled = Regressor(max_iter=20).fit(X, scale * y).predict(X)
        np.testing.assert_allclose(scaled / scale, plain, rtol=1e-5, atol=1e-5)


def test_scale_and_order_of_features_do_not_matter():
    X, y = data(200)
    plain = Regressor(max_iter=20).fit(X, y).predict(X)
    for other in (X * 1e150, X * 1e-150, np.exp(X)):
        np.testing.assert_allclose(
            Regressor(max_iter=20).fit(other, y).predict(other), plain, rtol=1e-9
        )


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("settings", [{}, {"max_leaf_nodes": 3}, {"max_depth": 3}], ids=str)
def test_the_root_that_follows_from_the_leaves_is_the_one_that_is_summed(
    weighted, settings, monkeypatch
):
    X, y = data(1500)
    X[::9, 2] = np.nan
    weights = np.random.default_rng(1).random(1500) + 0.5 if weighted else None
    monkeypatch.setattr(iterations, "FEW_SAMPLES", 0)
    monkeypatch.setattr(iterations, "FRESH_EVERY", 1)
    summed = Regressor(**settings).fit(X, y, weights).predict(X)
    monkeypatch.setattr(iterations, "FRESH_EVERY", 1000)
    followed = Regressor(**settings).fit(X, y, weights).predict(X)
    np.testing.assert_allclose(followed, summed, rtol=0, atol=1e-6)
    assert (followed != summed).any()


def test_trees_grown_together_are_those_grown_one_by_one(monkeypatch):
    X, y = data(400)
    labels = np.digitize(y, [-0.5, 0.5])
    together = Classifier(max_iter=15).fit(X, labels).decision_function(X)
    monkeypatch.setattr(iterations, "FEW_SAMPLES", 0)
    alone = Classifier(max_iter=15).fit(X, labels).decision_function(X)
    np.testing.assert_allclose(alone, together, rtol=0, atol=1e-7)


# ---- hard data -----------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", [Regressor, Classifier])
def test_hard_data(kind):
    X, y = data(100)
    y = (y > 0).astype(int)
    for samples in (
        np.zeros((100, 3)),
        np.repeat(X[:, :1], 5, axis=1),
        np.full((100, 2), np.nan),
        np.column_stack([X[:, 0], np.full(100, np.nan)]),
        X[:, :1],
        np.tile(X, 60),
    ):
        assert np.isfinite(kind().fit(samples, y).predict(samples)).all()
    assert kind().fit(X[:1], [1]).predict(X).tolist() == [1] * 100


def test_a_class_of_weight_zero_is_never_predicted():
    X, y = data(200)
    labels = np.digitize(y, [-0.5, 0.5])
    model = Classifier(class_weight={1: 0.0}, max_iter=5).fit(X, labels)
    assert set(model.predict(X)) == {0, 2}
    assert model.predict_proba(X).shape == (200, 3)


def test_one_class_is_always_predicted():
    X, _ = data(50)
    model = Classifier().fit(X, ["same"] * 50)
    assert set(model.predict(X)) == {"same"}
    assert model.predict_proba(X).shape == (50, 1)


def test_a_class_that_occurs_once():
    X, y = data(100)
    labels = np.where(y > 0, "up", "down").astype(object)
    labels[0] = "once"
    model = Classifier(max_iter=5).fit(X, labels)
    assert model.predict_proba(X).shape == (100, 3)


def test_long_chains_do_not_exhaust_recursion():
    n = 3000
    X, y = np.arange(float(n))[:, None], np.exp(np.arange(n) / 40.0 - 60)
    model = Regressor(max_iter=1, max_leaf_nodes=None, min_samples_leaf=1, max_bins=255)
    assert np.isfinite(model.fit(X, y).predict(X)).all()


# ---- stopping, going on --------------------------------------------------------------------------
def test_early_stopping_is_automatic_with_many_samples_or_validation_data():
    X, y = data(200)
    assert not Regressor(max_iter=2).fit(X, y).do_early_stopping_
    assert Regressor(max_iter=2).fit(X, y, X_val=X, y_val=y).do_early_stopping_
    X, y = data(10_001)
    assert Regressor(max_iter=2).fit(X, y).do_early_stopping_


@pytest.mark.parametrize("scoring", ["loss", None, "neg_mean_absolute_error", "callable"])
def test_stops_when_the_score_stalls(scoring):
    X, y = data(400)

    def scorer(estimator, X, y):
        return -np.abs(estimator.predict(np.array(X)) - y).max()  # a copy is not recognised

    scoring = scorer if scoring == "callable" else scoring
    model = Regressor(
        early_stopping=True, scoring=scoring, learning_rate=0.5, n_iter_no_change=4, random_state=0
    ).fit(X, y)
    scores = model.validation_score_
    assert model.n_iter_ < 100 and len(scores) == model.n_iter_ + 1 == len(model.train_score_)
    assert scores[-4:].max() <= scores[-5] + 1e-7
    assert not hasattr(model, "_known")


def test_scores_are_those_of_the_staged_predictions():
    X, y = data(300)
    model = Classifier(early_stopping=True, scoring="accuracy", max_iter=10, random_state=0)
    model.fit(X, y > 0, X_val=X[:100], y_val=y[:100] > 0)
    staged = [accuracy_score(y[:100] > 0, p) for p in model.staged_predict(X[:100])]
    np.testing.assert_allclose(model.validation_score_[1:], staged)


def test_warm_start_goes_on_where_fit_ended():
    X, y = data(400)
    for kind, target in ((Regressor, y), (Classifier, np.digitize(y, [-0.5, 0.5]))):
        for stopping in (False, True):
            settings = {"random_state": 3, "early_stopping": stopping, "tol": 0.0}
            whole = kind(max_iter=12, **settings).fit(X, target)
            parts = kind(max_iter=5, warm_start=True, **settings).fit(X, target)
            parts.set_params(max_iter=12).fit(X, target)
            assert parts.n_iter_ == 12
            np.testing.assert_allclose(
                *(np.asarray(m._raw_predict(X)[0]) for m in (parts, whole)), rtol=1e-6, atol=1e-8
            )
            np.testing.assert_allclose(parts.train_score_, whole.train_score_, rtol=1e-6)
    with pytest.raises(ValueError, match="max_iter=3 must be larger"):
        parts.set_params(max_iter=3).fit(X, target)
    with pytest.raises(ValueError, match="warm_start"):
        parts.set_params(max_iter=20).fit(X, y > 0)


def test_staged_predictions_end_in_the_prediction():
    X, y = data(200)
    model = Classifier(max_iter=7).fit(X, np.digitize(y, [-0.5, 0.5]))
    for staged, final in (
        (model.staged_predict(X), model.predict(X)),
        (model.staged_predict_proba(X), model.predict_proba(X)),
        (model.staged_decision_function(X), model.decision_function(X)),
    ):
        steps = list(staged)
        assert len(steps) == 7
        assert (steps[-1] == final).all() or np.abs(steps[-1] - final).max() < 1e-12
    binary = Classifier(max_iter=3).fit(X, y > 0)
    assert [s.shape for s in binary.staged_decision_function(X)] == [(200,)] * 3


def test_random_features_are_those_of_the_seed():
    X, y = data(300)
    fits = [Regressor(max_features=0.5, random_state=seed).fit(X, y) for seed in (0, 0, 1)]
    first, again, other = (model.predict(X) for model in fits)
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.01


def test_progress_is_shown(capsys):
    X, y = data(100)
    Regressor(max_iter=8, verbose=1, early_stopping=True).fit(X, y)
    assert "HistGradientBoostingRegressor: 8 of 8" in capsys.readouterr().err


# ---- errors --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "settings, words",
    [
        ({"loss": "huber"}, "loss must be one of"),
        ({"loss": "quantile"}, "quantile must be a number"),
        ({"loss": "gamma"}, "strictly positive"),
        ({"loss": "poisson"}, "non-negative"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"max_bins": 256}, "max_bins"),
        ({"max_leaf_nodes": 1}, "max_leaf_nodes"),
        ({"max_features": 0}, "max_features"),
        ({"early_stopping": "yes"}, "early_stopping"),
        ({"early_stopping": True, "scoring": "luck"}, "not known"),
        ({"monotonic_cst": [1, 0]}, "one sign per feature"),
        ({"monotonic_cst": [2, 0, 0, 0]}, "-1, 0 or 1"),
        ({"monotonic_cst": {"a": 1}}, "without feature names"),
        ({"monotonic_cst": [1, 0, 0, 0], "categorical_features": [0]}, "Categorical features"),
        ({"interaction_cst": [[0, 7]]}, "invalid indices"),
        ({"interaction_cst": "all"}, "pairwise"),
        ({"interaction_cst": [1, 2]}, "tuples or lists"),
        ({"categorical_features": ["a"]}, "without feature names"),
        ({"categorical_features": [True, False]}, "boolean mask"),
        ({"categorical_features": [9]}, "integer indices"),
        ({"categorical_features": [0.5]}, "bool, int or str"),
        ({"categorical_features": [0], "max_bins": 5}, "cardinality"),
    ],
)
def test_settings_that_cannot_be(settings, words):
    X, y = data(50)
    with pytest.raises((ValueError, TypeError), match=words):
        Regressor(**settings).fit(X, y)


def test_data_that_cannot_be():
    X, y = data(50)
    with pytest.raises(ValueError, match="no sample a weight above 0"):
        Classifier(class_weight={0: 0.0, 1: 0.0}).fit(X, (y > 0).astype(int))
    with pytest.raises(ValueError, match="diverges"):
        rare = np.where(np.arange(4000) < 2, 1e9, 0.0)
        Regressor("poisson", min_samples_leaf=1, learning_rate=1.0).fit(rare[:, None], rare)
    with pytest.raises(ValueError, match="multiclass"):
        Classifier(monotonic_cst=[1, 0, 0, 0]).fit(X, np.digitize(y, [-0.5, 0.5]))
    with pytest.raises(ValueError, match="y_val was not provided"):
        Regressor().fit(X, y, X_val=X)
    with pytest.raises(ValueError, match="early_stopping is False"):
        Regressor(early_stopping=False).fit(X, y, X_val=X, y_val=y)
    with pytest.raises(ValueError, match="unseen labels"):
        Classifier().fit(X, y > 0, X_val=X, y_val=np.full(50, 2))
    with pytest.raises(ValueError, match="infinity"):
        Regressor().fit(np.where(X > 1, np.inf, X), y)
