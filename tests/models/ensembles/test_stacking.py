"""Stacking: what the final model sees is held out, whatever the folds; prefit, passthrough, columns."""

import numpy as np
import pytest

from ml_from_scratch.core.estimator import BaseEstimator, RegressorMixin
from ml_from_scratch.models import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    LinearRegression,
    LogisticRegression,
    Perceptron,
    Ridge,
    StackingClassifier,
    StackingRegressor,
)
from ml_from_scratch.models.ensembles.stacking import check_partition
from ml_from_scratch.utils import KFold, cross_val_score

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3))
Y = X @ [1.0, -2.0, 0.5] + 0.1 * rng.normal(size=60)
LABELS = np.array(["low", "middle", "high"])[np.digitize(Y, [-1.0, 1.0])]


class ByHeart(RegressorMixin, BaseEstimator):
    """Knows what it has seen, and 0 otherwise."""

    def fit(self, X, y):
        self.seen_ = {tuple(x): value for x, value in zip(X.tolist(), y.tolist())}
        return self

    def predict(self, X):
        return np.array([self.seen_.get(tuple(x), 0.0) for x in X.tolist()])


class Remembers(LinearRegression):
    """Keeps the features that it was fitted to."""

    def fit(self, X, y, sample_weight=None):
        self.features_ = X
        return super().fit(X, y, sample_weight)


# ---- held out ------------------------------------------------------------------------------------
def test_the_final_model_sees_predictions_for_samples_held_out():
    """Who learns by heart has nothing to say of samples held out: its column is zero."""
    members = [("heart", ByHeart()), ("line", LinearRegression())]
    model = StackingRegressor(members, Remembers(), cv=KFold(4, shuffle=True, random_state=0))
    Z = model.fit(X, Y).final_estimator_.features_
    assert not Z[:, 0].any()
    for train, test in KFold(4, shuffle=True, random_state=0).split(X):
        line = LinearRegression().fit(X[train], Y[train])
        np.testing.assert_allclose(Z[test, 1], line.predict(X[test]))
    np.testing.assert_allclose(model.transform(X)[:, 0], Y)  # new samples: fitted on all data


def test_folds_without_a_seed_are_drawn_once_for_all_members():
    members = [("one", LinearRegression()), ("two", LinearRegression())]
    model = StackingRegressor(members, Remembers(), cv=KFold(3, shuffle=True)).fit(X, Y)
    Z = model.final_estimator_.features_
    np.testing.assert_array_equal(Z[:, 0], Z[:, 1])


def test_it_is_as_good_as_its_best_member():
    members = [("line", LinearRegression()), ("tree", DecisionTreeRegressor(max_depth=2))]
    stacked = cross_val_score(StackingRegressor(members, LinearRegression()), X, Y).mean()
    assert stacked > cross_val_score(members[0][1], X, Y).mean() - 0.01
    assert stacked > cross_val_score(members[1][1], X, Y).mean() + 0.1


def test_prefit_members_are_taken_as_they_are():
    tree = DecisionTreeRegressor(max_depth=2).fit(X[:30], Y[:30])
    model = StackingRegressor([("tree", tree)], Remembers(), cv="prefit").fit(X[30:], Y[30:])
    assert model.estimators_[0] is tree
    np.testing.assert_array_equal(model.final_estimator_.features_[:, 0], tree.predict(X[30:]))


def test_a_fold_without_a_class():
    """Its probability is 0 there; decision values have no such value, and that is said."""
    y = np.array(["a"] * 10 + ["b"] * 10 + ["c"] * 10)
    folds = KFold(3)  # each fold is a class
    members = [("tree", DecisionTreeClassifier(max_depth=2))]
    model = StackingClassifier(members, DecisionTreeClassifier(), cv=folds).fit(X[:30], y)
    assert model.transform(X[:5]).shape == (5, 3)
    members = [("perceptron", Perceptron(random_state=0))]
    with pytest.raises(ValueError, match="a fold lacks a class"):
        StackingClassifier(members, cv=folds).fit(X[:30], y)


# ---- columns -------------------------------------------------------------------------------------
def test_columns_and_their_names():
    members = [("logistic", LogisticRegression()), ("tree", DecisionTreeClassifier(max_depth=2))]
    model = StackingClassifier(members, passthrough=True).fit(X, LABELS)
    assert model.transform(X).shape == (60, 9) and model.stack_method_ == ["predict_proba"] * 2
    names = model.get_feature_names_out().tolist()
    assert names[:3] == [f"stackingclassifier_logistic{k}" for k in range(3)]
    assert names[6:] == ["x0", "x1", "x2"]
    two = StackingClassifier(members).fit(X, Y > 0)
    assert two.transform(X).shape == (60, 2)  # the second probability is one less the first
    np.testing.assert_array_equal(two.transform(X)[:, 1], two.estimators_[1].predict_proba(X)[:, 1])


def test_passthrough_gives_x_to_the_final_model():
    plain = StackingRegressor([("tree", DecisionTreeRegressor(max_depth=1))], LinearRegression())
    more = StackingRegressor(**{**plain.get_params(deep=False), "passthrough": True})
    assert more.fit(X, Y).score(X, Y) > 0.99 > plain.fit(X, Y).score(X, Y)
    assert more.final_estimator_.n_features_in_ == 4


def test_data_frames_keep_their_names():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["a", "b", "c"])
    members = [("line", LinearRegression())]
    model = StackingRegressor(members, Ridge(), passthrough=True).fit(frame, Y)
    assert model.feature_names_in_.tolist() == ["a", "b", "c"]
    assert model.get_feature_names_out().tolist() == ["stackingregressor_line", "a", "b", "c"]
    model.set_output(transform="pandas")
    assert list(model.transform(frame).columns) == model.get_feature_names_out().tolist()


def test_the_final_model_decides_which_methods_there_are():
    members = [("logistic", LogisticRegression())]
    trees = StackingClassifier(members, DecisionTreeClassifier(max_depth=2))
    assert hasattr(trees, "predict_proba") and not hasattr(trees, "decision_function")
    perceptron = StackingClassifier(members, Perceptron())
    assert not hasattr(perceptron, "predict_proba") and hasattr(perceptron, "decision_function")
    assert set(trees.fit(X, LABELS).predict(X)) <= {"low", "middle", "high"}


# ---- weights and jobs ----------------------------------------------------------------------------
def test_samples_of_no_weight_do_not_matter():
    folds = [(np.arange(30, 60), np.arange(30)), (np.arange(30), np.arange(30, 60))]
    y, w = Y.copy(), np.ones(60)
    w[::7], y[::7] = 0.0, 1e3
    members = [("line", LinearRegression()), ("ridge", Ridge(10.0))]
    model = StackingRegressor(members, Ridge(), cv=folds)
    ours = model.fit(X, y, sample_weight=w).predict(X)
    y[::7] = -1e3
    np.testing.assert_allclose(model.fit(X, y, sample_weight=w).predict(X), ours, rtol=1e-9)
    with pytest.raises(TypeError, match="ByHeart does not support sample weights"):
        StackingRegressor([("heart", ByHeart())]).fit(X, Y, sample_weight=w)
    with pytest.raises(TypeError, match="ByHeart does not support sample weights"):
        StackingRegressor(members, ByHeart()).fit(X, Y, sample_weight=w)


def test_jobs_change_nothing():
    pytest.importorskip("joblib")
    members = [("line", LinearRegression()), ("ridge", Ridge())]
    one, two = (StackingRegressor(members, Ridge(), n_jobs=n).fit(X, Y) for n in (None, 2))
    np.testing.assert_array_equal(one.predict(X), two.predict(X))


# ---- errors --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            StackingClassifier([("a", LogisticRegression())], Ridge()),
            "final_estimator. should be a",
        ),
        (
            StackingClassifier([("a", Perceptron())], stack_method="predict_proba"),
            "implement predict",
        ),
        (
            StackingClassifier([("a", Perceptron())], stack_method="guess"),
            "stack_method must be one",
        ),
        (StackingRegressor([("a", LogisticRegression())]), "should be a regressor"),
        (StackingRegressor([("a", "drop")]), "All estimators are dropped"),
        (StackingRegressor([("a", Ridge())], cv=[([0, 1], [2, 3])]), "exactly one test part"),
        (StackingRegressor([("a", Ridge())], cv="many"), "cv must be a number of folds"),
    ],
)
def test_errors(model, message):
    y = LABELS if isinstance(model, StackingClassifier) else Y
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)


def test_partitions():
    check_partition([np.array([1]), np.array([0, 2])], 3)
    for tests in ([[0]], [[0], [0, 1, 2]], [[0, 1, 2, 3]]):
        with pytest.raises(ValueError, match="partition"):
            check_partition([np.array(test) for test in tests], 3)
