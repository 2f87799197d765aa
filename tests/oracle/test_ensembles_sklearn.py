"""Voting, stacking, bagging and AdaBoost beside scikit-learn's, with scikit-learn's models inside.

What is compared is the ensemble, so both sides hold the same members. Where random numbers decide
(bagging, AdaBoost.R2) the streams of the two libraries differ, and ours is given scikit-learn's draws.
"""

import numpy as np
import pytest

from ml_from_scratch import models
from ml_from_scratch.models.ensembles import adaboost_regressor, bagging

sklearn = pytest.importorskip("sklearn")
from sklearn import ensemble  # noqa: E402
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge  # noqa: E402
from sklearn.model_selection import KFold, StratifiedKFold  # noqa: E402
from sklearn.naive_bayes import GaussianNB  # noqa: E402
from sklearn.neighbors import KNeighborsRegressor  # noqa: E402
from sklearn.svm import LinearSVC  # noqa: E402
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor  # noqa: E402

rng = np.random.default_rng(0)
X = rng.normal(size=(160, 4))
SCORE = X @ [1.0, -1.0, 0.5, 0.0] + np.sin(3 * X[:, 3]) + 0.3 * rng.normal(size=160)
LABELS = np.array(["low", "middle", "high"])[np.digitize(SCORE, [-0.7, 0.8])]
TWO = np.where(SCORE > 0, "yes", "no")
W = rng.uniform(0.2, 2.0, 160)
NEW = rng.normal(size=(50, 4))

CLASSIFIERS = [
    ("logistic", LogisticRegression(max_iter=1000)),
    ("bayes", GaussianNB()),
    ("tree", DecisionTreeClassifier(max_depth=4, random_state=0)),
]
REGRESSORS = [
    ("linear", LinearRegression()),
    ("ridge", Ridge(50.0)),
    ("tree", DecisionTreeRegressor(max_depth=4, random_state=0)),
]


def pair(name, *args, **kwargs):
    return getattr(models, name)(*args, **kwargs), getattr(ensemble, name)(*args, **kwargs)


def agree(ours, theirs, data, weights, methods, tol=1e-10):
    x, y = data
    for model in (ours, theirs):
        model.fit(x, y) if weights is None else model.fit(x, y, sample_weight=weights)
    for method in methods:
        a, b = getattr(ours, method)(NEW), getattr(theirs, method)(NEW)
        if a.dtype.kind in "US":
            np.testing.assert_array_equal(a, b, err_msg=method)
        else:
            np.testing.assert_allclose(a, b, rtol=tol, atol=tol, err_msg=method)


# ---- voting --------------------------------------------------------------------------------------
@pytest.mark.parametrize("voting", ["hard", "soft"])
@pytest.mark.parametrize("weights", [None, [3, 1, 1.5]])
@pytest.mark.parametrize("y", [LABELS, TWO], ids=["three", "two"])
@pytest.mark.parametrize("sample_weight", [None, W], ids=["", "weighted"])
def test_voting_classifier(voting, weights, y, sample_weight):
    ours, theirs = pair("VotingClassifier", CLASSIFIERS, voting=voting, weights=weights)
    methods = ["predict", "transform"] + ["predict_proba"] * (voting == "soft")
    agree(ours, theirs, (X, y), sample_weight, methods)
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()


@pytest.mark.parametrize("weights", [None, [3, 0, 1]])
def test_voting_regressor(weights):
    ours, theirs = pair("VotingRegressor", REGRESSORS, weights=weights)
    agree(ours, theirs, (X, SCORE), W, ["predict", "transform"])
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()


def test_dropping_a_voter():
    ours, theirs = pair("VotingClassifier", CLASSIFIERS, voting="soft", weights=[1, 2, 3])
    for model in (ours, theirs):
        model.set_params(bayes="drop", tree__max_depth=2)
    agree(ours, theirs, (X, LABELS), None, ["predict", "predict_proba", "transform"])
    assert ours.named_estimators_.keys() == theirs.named_estimators_.keys()
    assert ours.named_estimators_["bayes"] == "drop"
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()
    assert set(ours.get_params()) == set(theirs.get_params())


# ---- stacking ------------------------------------------------------------------------------------
@pytest.mark.parametrize("y", [LABELS, TWO], ids=["three", "two"])
@pytest.mark.parametrize("method", ["auto", "predict", "predict_proba"])
@pytest.mark.parametrize("passthrough", [False, True])
def test_stacking_classifier(y, method, passthrough):
    options = {
        "final_estimator": LogisticRegression(max_iter=1000),
        "stack_method": method,
        "passthrough": passthrough,
        "cv": 4,
    }
    ours, theirs = pair("StackingClassifier", CLASSIFIERS, **options)
    agree(ours, theirs, (X, y), None, ["transform", "predict", "predict_proba"], tol=1e-7)
    assert ours.stack_method_ == theirs.stack_method_
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()
    agree(ours, theirs, (X, y), W, ["transform", "decision_function"], tol=1e-7)


@pytest.mark.parametrize("cv", [None, 3, KFold(4, shuffle=True, random_state=1), "prefit"])
def test_stacking_regressor(cv):
    members = (
        [(name, model.fit(X, SCORE)) for name, model in REGRESSORS] if cv == "prefit" else None
    )
    options = {"final_estimator": Ridge(0.1), "cv": cv}
    ours, theirs = pair("StackingRegressor", members or REGRESSORS, **options)
    agree(ours, theirs, (X, SCORE), None, ["transform", "predict"])
    np.testing.assert_allclose(ours.final_estimator_.coef_, theirs.final_estimator_.coef_)


def test_stacking_as_it_comes():
    """The default final estimators are RidgeCV and logistic regression."""
    ours, theirs = pair("StackingRegressor", REGRESSORS)
    agree(ours, theirs, (X, SCORE), None, ["predict"], tol=1e-7)
    assert ours.final_estimator_.alpha_ == theirs.final_estimator_.alpha_
    ours, theirs = pair("StackingClassifier", CLASSIFIERS)
    agree(ours, theirs, (X, LABELS), None, ["predict_proba"], tol=1e-2)  # stops by a loose tol
    assert repr(ours.final_estimator_) == repr(theirs.final_estimator_)


def test_stacking_with_members_of_several_kinds():
    members = [*CLASSIFIERS, ("svm", LinearSVC()), ("number", LinearRegression()), ("no", "drop")]
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    final = LogisticRegression(max_iter=1000)
    ours, theirs = pair("StackingClassifier", members, final, cv=folds)
    agree(ours, theirs, (X, LABELS), None, ["transform", "predict_proba"], tol=1e-6)
    assert (
        ours.stack_method_
        == theirs.stack_method_
        == ["predict_proba"] * 3
        + [
            "decision_function",
            "predict",
        ]
    )


# ---- bagging -------------------------------------------------------------------------------------
def with_draws_of(theirs, monkeypatch):
    """Let our bagging draw what scikit-learn's has drawn, seeds too, member by member."""
    seeds = iter([estimator.get_params().get("random_state") for estimator in theirs.estimators_])
    monkeypatch.setattr(bagging, "seeded_clone", lambda m, rng: reseeded(m, next(seeds)))
    monkeypatch.setattr(bagging._Bagging, "estimators_samples_", theirs.estimators_samples_)
    draws = iter(
        [
            part
            for pair in zip(theirs.estimators_features_, theirs.estimators_samples_)
            for part in pair
        ]
    )
    monkeypatch.setattr(bagging, "draw", lambda *args: next(draws))


@pytest.mark.parametrize(
    "member",
    [DecisionTreeClassifier(max_depth=4, random_state=0), GaussianNB(), LinearSVC(random_state=0)],
)
@pytest.mark.parametrize("options", [{}, {"max_features": 0.5, "max_samples": 90}])
def test_bagging_classifier_on_the_same_draws(member, options, monkeypatch):
    options = {"n_estimators": 12, "random_state": 3, "oob_score": True, **options}
    ours, theirs = pair("BaggingClassifier", member, **options)
    theirs.fit(X, LABELS)
    with_draws_of(theirs, monkeypatch)
    ours.fit(X, LABELS)
    for method in ("predict_proba", "predict", "predict_log_proba", "decision_function"):
        if hasattr(theirs, method):
            with np.errstate(divide="ignore"):  # scikit-learn's, where a probability is 0
                a, b = getattr(ours, method)(NEW), getattr(theirs, method)(NEW)
            if a.dtype.kind == "f":
                np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10)
            else:
                np.testing.assert_array_equal(a, b)
    assert ours.oob_score_ == pytest.approx(theirs.oob_score_)
    np.testing.assert_allclose(ours.oob_decision_function_, theirs.oob_decision_function_)


def reseeded(member, seed):
    new = models.ensembles.members.clone(member)
    return new if seed is None else new.set_params(random_state=seed)


@pytest.mark.parametrize("member", [DecisionTreeRegressor(max_depth=3), KNeighborsRegressor(3)])
def test_bagging_regressor_on_the_same_draws(member, monkeypatch):
    options = {"n_estimators": 15, "random_state": 3, "oob_score": True, "max_samples": 1.0}
    ours, theirs = pair("BaggingRegressor", member, **options)
    theirs.fit(X, SCORE)
    with_draws_of(theirs, monkeypatch)
    ours.fit(X, SCORE)
    np.testing.assert_allclose(ours.predict(NEW), theirs.predict(NEW), rtol=1e-10)
    np.testing.assert_allclose(ours.oob_prediction_, theirs.oob_prediction_, rtol=1e-10)
    assert ours.oob_score_ == pytest.approx(theirs.oob_score_)


# ---- AdaBoost ------------------------------------------------------------------------------------
@pytest.mark.parametrize("y", [LABELS, TWO], ids=["three", "two"])
@pytest.mark.parametrize("weights", [None, W], ids=["", "weighted"])
@pytest.mark.parametrize("learning_rate", [1.0, 0.3])
@pytest.mark.parametrize("member", [None, GaussianNB()], ids=["stump", "bayes"])
def test_adaboost_classifier(y, weights, learning_rate, member):
    ours, theirs = pair(
        "AdaBoostClassifier", member, n_estimators=25, learning_rate=learning_rate, random_state=0
    )
    methods = ["predict", "predict_proba", "decision_function", "predict_log_proba"]
    agree(ours, theirs, (X, y), weights, methods, tol=1e-7)
    # A member that errs on half the weight, up to rounding, may be kept or not: its say is 0.
    heard = theirs.estimator_weights_ > 1e-8
    np.testing.assert_allclose(ours.estimator_weights_, theirs.estimator_weights_, 1e-8, 1e-8)
    np.testing.assert_allclose(ours.estimator_errors_[heard], theirs.estimator_errors_[heard], 1e-8)
    if member is None:
        np.testing.assert_allclose(ours.feature_importances_, theirs.feature_importances_)
    for name in ("staged_decision_function", "staged_predict_proba"):
        for a, b in zip(getattr(ours, name)(NEW), getattr(theirs, name)(NEW)):
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-9)
    truth = y[:50]
    for a, b in zip(ours.staged_score(NEW, truth), theirs.staged_score(NEW, truth)):
        assert a == pytest.approx(b)


@pytest.mark.parametrize("loss", ["linear", "square", "exponential"])
@pytest.mark.parametrize("weights", [None, W], ids=["", "weighted"])
@pytest.mark.parametrize("n_estimators", [12, 60])
def test_adaboost_regressor_on_the_same_draws(loss, weights, n_estimators, monkeypatch):
    """scikit-learn draws a seed for the member, then the rows, from one RandomState."""
    stream = np.random.RandomState(7)

    def draw(rng, w):
        stream.randint(np.iinfo(np.int32).max)
        return stream.choice(len(w), len(w), p=w / w.sum())

    monkeypatch.setattr(adaboost_regressor, "draw_by_weight", draw)
    options = {"n_estimators": n_estimators, "loss": loss, "learning_rate": 0.8}
    ours = models.AdaBoostRegressor(DecisionTreeRegressor(max_depth=3), random_state=0, **options)
    # A member of scikit-learn's chooses among equal splits at random: give it no choice.
    monkeypatch.setattr(models.ensembles.adaboost, "seeded_clone", lambda m, rng: reseeded(m, 0))
    theirs = ensemble.AdaBoostRegressor(_Seed0(max_depth=3), random_state=7, **options)
    agree(ours, theirs, (X, SCORE), weights, ["predict"])
    assert len(ours.estimators_) == len(theirs.estimators_)
    np.testing.assert_allclose(ours.estimator_weights_, theirs.estimator_weights_, rtol=1e-8)
    np.testing.assert_allclose(ours.estimator_errors_, theirs.estimator_errors_, rtol=1e-8)
    for a, b in zip(ours.staged_predict(NEW), theirs.staged_predict(NEW)):
        np.testing.assert_allclose(a, b, rtol=1e-10)
    np.testing.assert_allclose(ours.feature_importances_, theirs.feature_importances_)


class _Seed0(DecisionTreeRegressor):
    """scikit-learn's tree, whatever seed it is given."""

    def __init__(self, max_depth=None, random_state=None):
        super().__init__(max_depth=max_depth, random_state=random_state)

    def fit(self, X, y, sample_weight=None):
        self.random_state = 0
        return super().fit(X, y, sample_weight)


# ---- real data -----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer"])
def test_scores_on_real_data(name):
    """Within half a percent of scikit-learn's, or better; over several splits, since streams differ."""
    from sklearn import datasets
    from sklearn.model_selection import train_test_split

    data, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    for kind, options in (("AdaBoostClassifier", {}), ("BaggingClassifier", {"n_estimators": 20})):
        scores = []
        for seed in range(4):
            X_train, X_test, y_train, y_test = train_test_split(data, y, random_state=seed)
            fits = [m.fit(X_train, y_train) for m in pair(kind, random_state=seed, **options)]
            scores.append([m.score(X_test, y_test) for m in fits])
        ours, theirs = np.mean(scores, axis=0)
        spread = np.std(np.subtract(*np.transpose(scores))) / 2
        assert ours >= theirs - 0.005 - 2 * spread
