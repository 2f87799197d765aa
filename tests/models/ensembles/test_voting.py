"""Voting: the rules by hand, names as parameters, what is dropped, whom it can hold."""

import numpy as np
import pytest

from ml_from_scratch.core.estimator import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from ml_from_scratch.models import (
    DecisionTreeClassifier,
    LinearRegression,
    LogisticRegression,
    Perceptron,
    Ridge,
    VotingClassifier,
    VotingRegressor,
)

X = np.array([[0.0], [1.0], [2.0]])
Y = np.array(["a", "b", "c"])


class Says(ClassifierMixin, BaseEstimator):
    """Always the same classes and probabilities, whatever the data."""

    def __init__(self, codes=(0, 1, 2), p=None):
        self.codes, self.p = codes, p

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.array(self.codes)[: len(X)]

    def predict_proba(self, X):
        return np.array(self.p)[: len(X)]


class Predicts(RegressorMixin, BaseEstimator):
    def __init__(self, value=0.0):
        self.value = value

    def fit(self, X, y):
        self.fitted_ = True
        return self

    def predict(self, X):
        return np.full(len(X), self.value)


# ---- by hand -------------------------------------------------------------------------------------
def test_the_majority_wins_and_a_tie_goes_to_the_first_class():
    voters = [("p", Says([0, 1, 2])), ("q", Says([0, 2, 2])), ("r", Says([1, 1, 0]))]
    assert VotingClassifier(voters).fit(X, Y).predict(X).tolist() == ["a", "b", "c"]
    assert VotingClassifier(voters[:2]).fit(X, Y).predict(X).tolist() == ["a", "b", "c"]


def test_weights_count_voices():
    voters = [("p", Says([0, 1, 2])), ("q", Says([1, 2, 2])), ("r", Says([1, 2, 0]))]
    model = VotingClassifier(voters, weights=[2.5, 1, 1]).fit(X, Y)
    assert model.predict(X).tolist() == ["a", "b", "c"]
    assert model.set_params(weights=[1.5, 1, 1]).predict(X).tolist() == ["b", "c", "c"]


def test_soft_voting_averages():
    voters = [
        ("p", Says(p=[[0.6, 0.4, 0.0]] * 3)),
        ("q", Says(p=[[0.1, 0.2, 0.7]] * 3)),
    ]
    model = VotingClassifier(voters, voting="soft", weights=[3, 1]).fit(X, Y)
    np.testing.assert_allclose(model.predict_proba(X[:1]), [[0.475, 0.35, 0.175]])
    assert model.predict(X).tolist() == ["a"] * 3
    assert model.transform(X).shape == (3, 6)
    assert model.set_params(flatten_transform=False).transform(X).shape == (2, 3, 3)
    with pytest.raises(ValueError, match="flatten_transform=False"):
        model.get_feature_names_out()


def test_mean_of_numbers():
    model = VotingRegressor([("one", Predicts(1.0)), ("four", Predicts(4.0))], weights=[2, 1])
    assert model.fit(X, [1.0, 2.0, 3.0]).predict(X).tolist() == [2.0, 2.0, 2.0]
    assert model.transform(X).tolist() == [[1.0, 4.0]] * 3
    assert model.get_feature_names_out().tolist() == ["votingregressor_one", "votingregressor_four"]


def test_only_soft_voters_have_probabilities():
    voters = [("p", Says()), ("q", Says())]
    assert not hasattr(VotingClassifier(voters), "predict_proba")
    assert hasattr(VotingClassifier(voters, voting="soft"), "predict_proba")
    with pytest.raises(AttributeError, match="no predict_proba"):
        VotingClassifier(voters).fit(X, Y).predict_proba(X)


# ---- names ---------------------------------------------------------------------------------------
def test_names_are_parameters():
    model = VotingRegressor([("plain", LinearRegression()), ("ridge", Ridge())])
    assert model.get_params()["ridge__alpha"] == 1.0
    assert set(model.get_params(deep=False)) == {"estimators", "weights", "n_jobs", "verbose"}
    model.set_params(ridge__alpha=5.0, weights=[1, 2])
    assert model.estimators[1][1].alpha == 5.0 and model.weights == [1, 2]
    model.set_params(plain=Ridge(2.0), plain__alpha=3.0)
    assert model.named_estimators.plain.alpha == 3.0
    model.set_params(estimators=[("only", Ridge())], only__alpha=7.0)
    assert model.get_params()["only__alpha"] == 7.0 and "ridge" not in model.get_params()
    with pytest.raises(ValueError, match="Invalid parameter 'ridge'"):
        model.set_params(ridge__alpha=1.0)


def test_a_clone_shares_no_member():
    model = VotingRegressor([("a", Ridge()), ("b", "drop")])
    copied = clone(model).set_params(a__alpha=9.0)
    assert model.estimators[0][1].alpha == 1.0 and copied.estimators[0][1].alpha == 9.0
    assert copied.estimators[1] == ("b", "drop")


def test_members_given_stay_unfitted():
    ridge = Ridge()
    model = VotingRegressor([("ridge", ridge)]).fit(X, [1.0, 2.0, 3.0])
    assert not hasattr(ridge, "coef_") and hasattr(model.named_estimators_.ridge, "coef_")
    assert model.n_features_in_ == 1


def test_what_is_dropped_has_no_voice():
    voters = [("p", Says([0, 1, 2])), ("q", Says([1, 2, 0])), ("r", Says([1, 2, 0]))]
    model = VotingClassifier(voters, weights=[1, 5, 5]).set_params(q="drop", r="drop").fit(X, Y)
    assert model.predict(X).tolist() == ["a", "b", "c"] and len(model.estimators_) == 1
    assert model.named_estimators_["q"] == "drop"


def test_changing_the_list_after_fit_changes_no_answer():
    voters = [("p", Says([0, 1, 2])), ("q", Says([1, 2, 0]))]
    model = VotingClassifier(voters, weights=[2, 1]).fit(X, Y)
    model.set_params(q="drop")
    assert model.predict(X).tolist() == ["a", "b", "c"]


# ---- data of any kind ----------------------------------------------------------------------------
def test_strings_reach_members_that_take_them():
    """X is the members' business: here words, for a pipeline of ours and scikit-learn's."""
    pipeline = pytest.importorskip("sklearn.pipeline")
    from ml_from_scratch.utils import OneHotEncoder

    words = np.array([["red"], ["blue"], ["red"], ["green"]])
    member = pipeline.make_pipeline(OneHotEncoder(), DecisionTreeClassifier())
    model = VotingClassifier([("words", member)]).fit(words, [1, 2, 1, 3])
    assert model.predict(words).tolist() == [1, 2, 1, 3]
    assert not hasattr(model, "feature_names_in_")


def test_float32():
    X32 = np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32)
    y = (X32[:, 0] > 0).astype(int)
    model = VotingClassifier(
        [("a", LogisticRegression()), ("b", LogisticRegression(C=0.1))],
        voting="soft",
        weights=[1, 2],
    )
    assert model.fit(X32, y).predict_proba(X32).dtype == np.float32


def test_sample_weights_reach_every_member_or_are_refused():
    y, w = [0.0, 1.0, 5.0], [1.0, 1.0, 0.0]
    model = VotingRegressor([("plain", LinearRegression())]).fit(X, y, sample_weight=w)
    assert model.predict([[2.0]])[0] == pytest.approx(2.0)
    with pytest.raises(TypeError, match="Predicts does not support sample weights"):
        VotingRegressor([("p", Predicts())]).fit(X, y, sample_weight=w)


def test_jobs_and_messages(capsys):
    pytest.importorskip("joblib")
    y = [0.0, 1.0, 5.0]
    members = [("plain", LinearRegression()), ("ridge", Ridge())]
    one = VotingRegressor(members, verbose=True).fit(X, y)
    assert "VotingRegressor: plain (1 of 2) fitted" in capsys.readouterr().err
    two = VotingRegressor(members, n_jobs=2).fit(X, y)
    np.testing.assert_array_equal(one.predict(X), two.predict(X))


# ---- errors --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        (VotingClassifier([]), ValueError, "non-empty list of .string, estimator. tuples"),
        (VotingClassifier([Perceptron()]), ValueError, "non-empty list"),
        (VotingClassifier(None), ValueError, "non-empty list"),
        (VotingClassifier([("a", Says()), ("a", Says())]), ValueError, "must be unique"),
        (VotingClassifier([("a__b", Says())]), ValueError, "without '__'"),
        (VotingClassifier([("weights", Says())]), ValueError, "no parameter"),
        (VotingClassifier([("a", "drop")]), ValueError, "All estimators are dropped"),
        (VotingClassifier([("a", Ridge())]), ValueError, "Ridge .a. should be a classifier"),
        (VotingClassifier([("a", 3)]), ValueError, "must have fit and predict; got 3"),
        (VotingClassifier([("a", Says())], voting="loud"), ValueError, "voting must be one of"),
        (VotingClassifier([("a", Says())], weights=[1, 2]), ValueError, "2 weights, 1 estimators"),
        (VotingClassifier([("a", Says())], weights=[-1]), ValueError, "at least 0"),
    ],
)
def test_errors(model, error, message):
    with pytest.raises(error, match=message):
        model.fit(X, Y)


def test_a_regressor_takes_no_classifier():
    with pytest.raises(ValueError, match="should be a regressor; it is a classifier"):
        VotingRegressor([("a", Says())]).fit(X, [1.0, 2.0, 3.0])
