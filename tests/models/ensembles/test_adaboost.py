"""AdaBoost and AdaBoost.R2: a round by hand, when it stops, medians, weights."""

import math

import numpy as np
import pytest

from ml_from_scratch.models import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    KNeighborsClassifier,
    LinearRegression,
    LogisticRegression,
)
from ml_from_scratch.models.ensembles import adaboost_regressor

X = np.arange(6.0)[:, None]
OUT_IN_OUT = np.array(["out", "out", "in", "in", "out", "out"])
rng = np.random.default_rng(0)
CLOUD = rng.normal(size=(90, 3))
VALUES = CLOUD[:, 0] ** 2 + CLOUD[:, 1] + 0.1 * rng.normal(size=90)
LABELS = np.array(["a", "b", "c"])[np.digitize(VALUES, [0.3, 1.5])]


# ---- by hand -------------------------------------------------------------------------------------
def test_three_rounds_by_hand():
    """A stump errs on 2 of 6, weight 1/2 each afterwards; the next two cut at the other ends."""
    model = AdaBoostClassifier(n_estimators=3).fit(X, OUT_IN_OUT)
    errors = model.estimator_errors_
    assert errors[0] == pytest.approx(1 / 3)
    assert model.estimator_weights_[0] == pytest.approx(math.log(2))
    assert errors[1] == pytest.approx(1 / 4)  # the right four weigh 1/8, the wrong two 1/4 each
    assert model.estimator_weights_[1] == pytest.approx(math.log(3))
    assert model.score(X, OUT_IN_OUT) == 1.0


def test_what_was_wrong_weighs_a_half_afterwards():
    """For two classes and learning rate 1 the last member, asked again, is no better than a coin."""
    y = LABELS == "a"
    model = AdaBoostClassifier(n_estimators=8).fit(CLOUD, y)
    w = np.full(90, 1 / 90)
    for member, say in zip(model, model.estimator_weights_):
        wrong = member.predict(CLOUD) != y
        w = w * np.exp(say * wrong)
        w /= w.sum()
        assert w[wrong].sum() == pytest.approx(0.5)


def test_the_training_error_is_bounded_by_the_product_of_the_members():
    """Freund and Schapire (1997), theorem 6."""
    y = LABELS == "a"
    model = AdaBoostClassifier(n_estimators=40).fit(CLOUD, y)
    e = model.estimator_errors_[: len(model)]
    bounds = np.cumprod(2 * np.sqrt(e * (1 - e)))
    errors = 1 - np.array(list(model.staged_score(CLOUD, y)))
    assert (errors <= bounds + 1e-12).all() and errors[-1] < 0.1


# ---- when it stops -------------------------------------------------------------------------------
def test_a_perfect_member_ends_it():
    model = AdaBoostClassifier(DecisionTreeClassifier(), n_estimators=9).fit(CLOUD, LABELS)
    assert len(model) == 1 and model.estimator_errors_[0] == 0.0
    assert model.estimator_weights_.tolist() == [1.0] + [0.0] * 8
    assert model.score(CLOUD, LABELS) == 1.0


def test_a_first_member_that_guesses_is_an_error():
    with pytest.raises(ValueError, match="worse than random"):
        AdaBoostClassifier().fit(np.ones((4, 1)), [0, 1, 0, 1])


def test_a_later_member_that_guesses_is_left_out():
    model = AdaBoostClassifier(LogisticRegression(C=1e-9), n_estimators=20).fit(
        CLOUD[:60], (LABELS == "a")[:60]
    )
    assert len(model) < 20 and (model.estimator_errors_[len(model) :] == 1.0).all()


def test_one_class():
    model = AdaBoostClassifier().fit(X, ["only"] * 6)
    assert model.predict(X).tolist() == ["only"] * 6
    assert model.predict_proba(X).tolist() == [[1.0]] * 6


def test_a_huge_learning_rate_overflows_nothing():
    model = AdaBoostClassifier(n_estimators=30, learning_rate=1e3).fit(CLOUD, LABELS)
    assert np.isfinite(model.predict_proba(CLOUD)).all()


# ---- weights -------------------------------------------------------------------------------------
def test_samples_of_no_weight_are_not_there():
    w = np.ones(90)
    w[::4] = 0.0
    some = AdaBoostClassifier(n_estimators=10).fit(CLOUD, LABELS, sample_weight=w)
    other = np.where(w > 0, LABELS, "c")
    same = AdaBoostClassifier(n_estimators=10).fit(CLOUD, other, sample_weight=w)
    np.testing.assert_allclose(some.estimator_weights_, same.estimator_weights_)
    with pytest.raises(TypeError, match="KNeighborsClassifier does not support sample weights"):
        AdaBoostClassifier(KNeighborsClassifier()).fit(CLOUD, LABELS)


def test_a_sample_of_no_weight_moves_no_threshold():
    """Between 2 and 10 the cut is at 6, whatever lies there without weight."""
    x, y = np.array([[0.0], [2.0], [10.0], [12.0], [3.0]]), [0, 0, 1, 1, 1]
    model = AdaBoostClassifier(n_estimators=1).fit(x, y, sample_weight=[1, 1, 1, 1, 0])
    assert model[0].tree_.threshold[0] == 6.0


def test_probabilities_follow_the_decision():
    model = AdaBoostClassifier(n_estimators=20).fit(CLOUD, LABELS)
    p, f = model.predict_proba(CLOUD), model.decision_function(CLOUD)
    np.testing.assert_allclose(np.log(p[:, 0] / p[:, 1]), (f[:, 0] - f[:, 1]) / 2, atol=1e-12)
    np.testing.assert_allclose(f.sum(axis=1), 0.0, atol=1e-12)
    two = AdaBoostClassifier(n_estimators=20).fit(CLOUD, LABELS == "a")
    f = two.decision_function(CLOUD)
    assert f.shape == (90,) and np.abs(f).max() <= 2.0
    np.testing.assert_array_equal(two.predict(CLOUD), f > 0)


# ---- R2 ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("loss", ["linear", "square", "exponential"])
def test_one_round_of_r2_by_hand(loss, monkeypatch):
    """All rows are drawn once: the line through 0, 0, 3, 3 is 1.2 x - 0.3 and errs by 0.3 and 0.9."""
    monkeypatch.setattr(adaboost_regressor, "draw_by_weight", lambda rng, w: np.arange(len(w)))
    x, y = np.arange(4.0)[:, None], np.array([0.0, 0.0, 3.0, 3.0])
    model = AdaBoostRegressor(LinearRegression(), n_estimators=1, loss=loss).fit(x, y)
    L = np.array([1.0, 3.0, 3.0, 1.0]) / 3.0
    L = {"linear": L, "square": L**2, "exponential": 1 - np.exp(-L)}[loss]
    if L.mean() > 0.5:  # too much to be boosted, but better than nothing
        assert model.estimator_weights_[0] == 0.0 and len(model) == 1
        return
    assert model.estimator_errors_[0] == pytest.approx(L.mean())
    assert model.estimator_weights_[0] == pytest.approx(math.log((1 - L.mean()) / L.mean()))


def test_weighted_median():
    model = AdaBoostRegressor()
    said = np.array([[3.0, 1.0, 2.0], [5.0, 5.0, 5.0]])
    for weights, middle in (([1, 1, 1], 2.0), ([3, 1, 1], 3.0), ([1, 3, 1], 1.0), ([2, 1, 1], 2.0)):
        model.estimator_weights_ = np.array(weights, dtype=float)
        assert model._median(said).tolist() == [middle, 5.0]


def test_a_perfect_regressor_ends_it():
    model = AdaBoostRegressor(LinearRegression(), n_estimators=9, random_state=0).fit(X, X[:, 0])
    assert len(model) < 9
    np.testing.assert_allclose(model.predict(X), X[:, 0], atol=1e-12)


def test_stages_of_r2():
    model = AdaBoostRegressor(n_estimators=15, random_state=0).fit(CLOUD, VALUES)
    stages = list(model.staged_predict(CLOUD))
    assert len(stages) == len(model)
    np.testing.assert_array_equal(stages[-1], model.predict(CLOUD))
    np.testing.assert_array_equal(stages[0], model[0].predict(CLOUD))
    assert list(model.staged_score(CLOUD, VALUES))[-1] == pytest.approx(model.score(CLOUD, VALUES))
    alone = DecisionTreeRegressor(max_depth=3).fit(CLOUD, VALUES).score(CLOUD, VALUES)
    assert model.score(CLOUD, VALUES) > alone


def test_rows_of_no_weight_are_never_drawn():
    w = np.ones(90)
    w[:45] = 0.0
    y = np.where(w > 0, VALUES, 1e9)
    model = AdaBoostRegressor(n_estimators=10, random_state=0).fit(CLOUD, y, sample_weight=w)
    assert np.abs(model.predict(CLOUD)).max() < 1e3


def test_importances_are_shares():
    for model, y in (AdaBoostClassifier(), LABELS), (AdaBoostRegressor(random_state=0), VALUES):
        shares = model.fit(CLOUD, y).feature_importances_
        assert shares.sum() == pytest.approx(1.0) and shares.argmin() == 2
    with pytest.raises(AttributeError, match="Unable to compute feature importances"):
        _ = AdaBoostClassifier(LogisticRegression()).fit(CLOUD, LABELS).feature_importances_


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (AdaBoostClassifier(n_estimators=0), "n_estimators must be an integer of at least 1"),
        (AdaBoostClassifier(learning_rate=0), "learning_rate must be a number above 0"),
        (AdaBoostRegressor(loss="cubic"), "loss must be one of 'linear', 'square', 'exponential'"),
    ],
)
def test_errors(model, message):
    with pytest.raises(ValueError, match=message):
        model.fit(X, OUT_IN_OUT if isinstance(model, AdaBoostClassifier) else X[:, 0])
