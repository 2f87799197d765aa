"""Bagging: what is drawn, what is out of bag, that more members mean less variance."""

import numpy as np
import pytest

from ml_from_scratch.core.estimator import BaseEstimator, RegressorMixin
from ml_from_scratch.models import (
    BaggingClassifier,
    BaggingRegressor,
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    KNeighborsRegressor,
    LinearRegression,
    LogisticRegression,
    Perceptron,
)
from ml_from_scratch.models.ensembles.bagging import count_of, draw

rng = np.random.default_rng(0)
X = rng.normal(size=(80, 4))
Y = X[:, 0] + np.sin(3 * X[:, 1]) + 0.2 * rng.normal(size=80)
LABELS = np.array(["low", "middle", "high"])[np.digitize(Y, [-0.7, 0.7])]


class Remembers(RegressorMixin, BaseEstimator):
    """Predicts the mean, and keeps what it was fitted to; it takes no weights."""

    def fit(self, X, y):
        self.X_, self.y_ = X, y
        return self

    def predict(self, X):
        return np.full(len(X), self.y_.mean())


# ---- draws ---------------------------------------------------------------------------------------
def test_members_are_fitted_to_the_rows_and_columns_drawn_for_them():
    model = BaggingRegressor(Remembers(), 5, max_samples=30, max_features=2, random_state=0)
    model.fit(X, Y)
    parts = zip(model, model.estimators_samples_, model.estimators_features_)
    for member, rows, columns in parts:
        assert len(rows) == 30 and len(columns) == len(set(columns.tolist())) == 2
        np.testing.assert_array_equal(member.X_, X[rows][:, columns])
        np.testing.assert_array_equal(member.y_, Y[rows])
    mean = np.mean([member.y_.mean() for member in model])
    assert model.predict(X[:1])[0] == pytest.approx(mean)


def test_weights_are_the_same_as_rows():
    """A member that takes weights gets counts, in place of repeated rows."""
    model = BaggingRegressor(LinearRegression(), 3, random_state=0).fit(X, Y)
    for member, rows in zip(model, model.estimators_samples_):
        np.testing.assert_allclose(member.coef_, LinearRegression().fit(X[rows], Y[rows]).coef_)


def test_without_replacement_no_row_comes_twice():
    model = BaggingRegressor(Remembers(), 4, bootstrap=False, max_samples=0.5, random_state=0)
    for rows in model.fit(X, Y).estimators_samples_:
        assert len(rows) == len(set(rows.tolist())) == 40
    columns = BaggingRegressor(Remembers(), 9, bootstrap_features=True, random_state=0).fit(X, Y)
    assert any(len(set(drawn.tolist())) < 4 for drawn in columns.estimators_features_)


def test_a_bootstrap_leaves_out_a_share_of_1_over_e():
    model = BaggingRegressor(LinearRegression(), 200, random_state=0).fit(X, Y)
    seen = [len(set(rows.tolist())) / 80 for rows in model.estimators_samples_]
    expected = 1 - (1 - 1 / 80) ** 80
    assert np.mean(seen) == pytest.approx(expected, abs=4 * np.std(seen) / np.sqrt(200))


def test_weights_are_chances():
    w = np.where(np.arange(80) < 20, 3.0, 0.0)
    w[20:40] = 1.0
    model = BaggingRegressor(LinearRegression(), 100, random_state=0).fit(X, Y, sample_weight=w)
    counts = np.bincount(np.concatenate(model.estimators_samples_), minlength=80)
    assert not counts[40:].any()
    assert counts[:20].sum() / counts.sum() == pytest.approx(0.75, abs=0.02)


def test_drawing():
    assert sorted(draw(np.random.default_rng(0), 5, 5, False).tolist()) == [0, 1, 2, 3, 4]
    assert count_of("max_samples", 1.0, 80) == 80 and count_of("max_samples", 1, 80) == 1
    assert count_of("max_features", 0.01, 4) == 1


# ---- out of bag ----------------------------------------------------------------------------------
def test_out_of_bag_predictions_by_hand():
    model = BaggingRegressor(KNeighborsRegressor(1), 8, oob_score=True, random_state=0)
    with pytest.warns(UserWarning, match="do not have OOB scores"):
        model.fit(X, Y)
    for i in range(80):
        out = [m for m, rows in zip(model, model.estimators_samples_) if i not in rows]
        if out:
            mean = np.mean([member.predict(X[i : i + 1])[0] for member in out])
            assert model.oob_prediction_[i] == pytest.approx(mean)
        else:
            assert np.isnan(model.oob_prediction_[i])


def test_who_learns_by_heart_is_found_out():
    """With one neighbour the training score is perfect, the score out of bag honest."""
    noise = rng.normal(size=80)
    model = BaggingRegressor(KNeighborsRegressor(1), 30, oob_score=True, random_state=0)
    assert model.fit(X, noise).score(X, noise) > 0.5 and model.oob_score_ < 0.2


def test_out_of_bag_probabilities():
    model = BaggingClassifier(n_estimators=30, oob_score=True, random_state=0).fit(X, LABELS)
    known = ~np.isnan(model.oob_decision_function_[:, 0])
    np.testing.assert_allclose(model.oob_decision_function_[known].sum(axis=1), 1.0)
    right = model.classes_[model.oob_decision_function_[known].argmax(axis=1)] == LABELS[known]
    assert known.all() and model.oob_score_ == pytest.approx(right.mean())
    with pytest.warns(UserWarning, match="do not have OOB scores"):
        BaggingClassifier(n_estimators=1, oob_score=True, random_state=0).fit(X, LABELS)


# ---- laws ----------------------------------------------------------------------------------------
def test_more_members_vary_less():
    def spread(n):
        said = [
            BaggingRegressor(n_estimators=n, random_state=seed).fit(X, Y).predict(X[:10])
            for seed in range(12)
        ]
        return np.var(said, axis=0).mean()

    assert spread(16) < 0.4 * spread(1)


def test_all_rows_and_columns_without_replacement_are_the_member_itself():
    model = BaggingClassifier(LogisticRegression(), 3, bootstrap=False).fit(X, LABELS)
    alone = LogisticRegression().fit(X, LABELS)
    np.testing.assert_allclose(model.predict_proba(X), alone.predict_proba(X), rtol=1e-12)
    np.testing.assert_allclose(model.decision_function(X), alone.decision_function(X), rtol=1e-12)


class Rows(DecisionTreeClassifier):
    """Takes no weights, so that it is fitted to the drawn rows."""

    def fit(self, X, y):
        return super().fit(X, y)


def test_classes_that_a_member_has_not_seen():
    """Members that get rows may miss a class; its probability is then 0."""
    y = np.array(["rare"] + ["a", "b"] * 39 + ["a"])
    model = BaggingClassifier(Rows(max_depth=2), 12, random_state=0).fit(X, y)
    assert {len(member.classes_) for member in model} == {2, 3}
    p = model.predict_proba(X)
    assert p.shape == (80, 3)
    np.testing.assert_allclose(p.sum(axis=1), 1.0)


def test_members_without_probabilities_vote():
    model = BaggingClassifier(Perceptron(random_state=0), 5, random_state=0).fit(X, LABELS)
    votes = model.predict_proba(X) * 5
    np.testing.assert_allclose(votes, np.round(votes), atol=1e-12)
    assert 0 < votes.min() + 1 < votes.max() <= 5


def test_warm_start_adds_the_members_that_all_at_once_would_have():
    grown = BaggingRegressor(n_estimators=3, warm_start=True, random_state=0).fit(X, Y)
    first = grown.estimators_[0]
    grown.set_params(n_estimators=7).fit(X, Y)
    at_once = BaggingRegressor(n_estimators=7, random_state=0).fit(X, Y)
    assert grown.estimators_[0] is first and len(grown) == 7
    np.testing.assert_array_equal(grown.predict(X), at_once.predict(X))
    for a, b in zip(grown.estimators_samples_, at_once.estimators_samples_):
        np.testing.assert_array_equal(a, b)
    with pytest.warns(UserWarning, match="without increasing n_estimators"):
        grown.fit(X, Y)
    with pytest.raises(ValueError, match="must be larger or equal"):
        grown.set_params(n_estimators=2).fit(X, Y)


def test_jobs_change_nothing():
    pytest.importorskip("joblib")
    one, two = (BaggingRegressor(random_state=0, n_jobs=n).fit(X, Y) for n in (None, 2))
    np.testing.assert_array_equal(one.predict(X), two.predict(X))


def test_missing_values_are_for_the_member_to_take_or_refuse():
    holes = np.where(rng.random(X.shape) < 0.2, np.nan, X)
    assert np.isfinite(BaggingRegressor(random_state=0).fit(holes, Y).predict(holes)).all()
    with pytest.raises(ValueError, match="NaN"):
        BaggingRegressor(LinearRegression()).fit(holes, Y)


def test_messages(capsys):
    BaggingRegressor(n_estimators=2, verbose=1, random_state=0).fit(X, Y)
    assert "BaggingRegressor: member 2 of 2 fitted" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_estimators": 0}, "n_estimators must be an integer of at least 1"),
        ({"max_samples": 0.0}, "max_samples must be a number above 0"),
        ({"max_samples": 1.5}, "of at most 1"),
        ({"max_samples": 200, "bootstrap": False}, "only 80 can be drawn without replacement"),
        ({"max_features": 9}, "max_features must be <= n_features = 4; got 9"),
        ({"oob_score": True, "bootstrap": False}, "only available if bootstrap=True"),
        ({"oob_score": True, "warm_start": True}, "only available if warm_start=False"),
        ({"estimator": 3}, "estimator must have fit and predict; got 3"),
    ],
)
def test_errors(options, message):
    with pytest.raises(ValueError, match=message):
        BaggingRegressor(**options).fit(X, Y)


def test_decision_values_of_members_that_know_different_classes():
    y = np.array(["rare"] + ["a", "b"] * 39 + ["a"])

    class RowsOfLogistic(LogisticRegression):
        def fit(self, X, y):
            return super().fit(X, y)

    model = BaggingClassifier(RowsOfLogistic(), 12, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match="has not seen all classes"):
        model.decision_function(X)


def test_depth_of_default_members():
    assert BaggingRegressor(random_state=0).fit(X, Y).estimator_.max_depth is None
    assert isinstance(BaggingRegressor().fit(X, Y).estimator_, DecisionTreeRegressor)
