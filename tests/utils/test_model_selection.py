"""Cross-validation, scorers and grid search: scikit-learn's values, failures told, nothing shared."""

import builtins
import warnings

import numpy as np
import pytest

from ml_from_scratch.core.estimator import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from ml_from_scratch.utils import metrics
from ml_from_scratch.utils.model_selection import (
    SCORERS,
    FitFailedWarning,
    GridSearchCV,
    KFold,
    StratifiedKFold,
    cross_val_score,
    make_scorer,
    parameter_grid,
)


class _Shrink(RegressorMixin, BaseEstimator):
    """Predicts the mean of y times a factor; refuses factors above 2."""

    def __init__(self, factor=1.0, inner=None):
        self.factor = factor
        self.inner = inner

    def fit(self, X, y, sample_weight=None):
        if self.factor > 2:
            raise ValueError("the factor is too large")
        X, y, w = self._check_Xy(X, y, sample_weight)
        self.mean_ = float(np.average(y, weights=w)) * self.factor
        return self

    def predict(self, X):
        return np.full(len(self._check_X(X)), self.mean_)


class _Majority(ClassifierMixin, BaseEstimator):
    """Predicts the most frequent class, with the training shares as probabilities."""

    def fit(self, X, y):
        X, self.classes_, index, _ = self._check_X_labels(X, y)
        self.shares_ = np.bincount(index) / len(index)
        return self

    def predict(self, X):
        return self.classes_[np.full(len(self._check_X(X)), self.shares_.argmax())]

    def predict_proba(self, X):
        return np.tile(self.shares_, (len(self._check_X(X)), 1))


def regression(n_samples=30, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, 3))
    return X, X @ [1.0, 2.0, 0.0] + rng.normal(size=n_samples)


def classification(n_classes=2, n_samples=60, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_classes, n_samples)
    return rng.normal(size=(n_samples, 3)) + y[:, None], y


# --------------------------------------------------------------------------- cross_val_score


def test_scores_by_hand():
    y = np.array([1.0, 3.0, 5.0, 7.0])
    scores = cross_val_score(_Shrink(), y[:, None], y, cv=2, scoring="neg_mean_absolute_error")
    assert scores.tolist() == [-4.0, -4.0]  # each half is predicted by the mean of the other


@pytest.mark.parametrize("scoring", [None, "neg_mean_squared_error", "r2"])
@pytest.mark.parametrize("cv", [None, 3])
def test_equal_to_scikit_learns(cv, scoring):
    selection = pytest.importorskip("sklearn.model_selection")
    from sklearn.linear_model import Ridge

    X, y = regression()
    options = {"cv": cv, "scoring": scoring}
    np.testing.assert_allclose(
        cross_val_score(Ridge(), X, y, **options),
        selection.cross_val_score(Ridge(), X, y, **options),
    )


def test_classifiers_get_stratified_folds():
    selection = pytest.importorskip("sklearn.model_selection")
    from sklearn.linear_model import LogisticRegression

    X, y = classification(n_classes=3)
    order = np.argsort(y)  # plain folds of sorted labels would miss classes
    X, y = X[order], np.array(["a", "b", "c"])[y[order]]
    np.testing.assert_allclose(
        cross_val_score(LogisticRegression(), X, y),
        selection.cross_val_score(LogisticRegression(), X, y),
    )
    assert (cross_val_score(_Majority(), X, y, cv=StratifiedKFold(3)) > 0.3).all()


def test_our_estimators_in_scikit_learns_tools_and_our_folds_there():
    selection = pytest.importorskip("sklearn.model_selection")
    X, y = regression()
    cv = KFold(4, shuffle=True, random_state=0)
    np.testing.assert_allclose(
        selection.cross_val_score(_Shrink(), X, y, cv=cv), cross_val_score(_Shrink(), X, y, cv=cv)
    )


def test_the_estimator_itself_is_left_alone():
    estimator = _Shrink(inner=_Shrink())
    cross_val_score(estimator, *regression())
    assert not hasattr(estimator, "mean_") and not hasattr(estimator.inner, "mean_")


def test_sample_weights_are_split_with_the_rows():
    X, y = regression(n_samples=12)
    w = np.arange(12.0)
    got = cross_val_score(_Shrink(), X, y, cv=3, params={"sample_weight": w})
    expected = []
    for train, test in KFold(3).split(X):
        model = _Shrink().fit(X[train], y[train], sample_weight=w[train])
        expected.append(model.score(X[test], y[test]))
    np.testing.assert_allclose(got, expected)
    assert not np.allclose(got, cross_val_score(_Shrink(), X, y, cv=3))


def test_data_frames_reach_the_estimator_as_such():
    pd = pytest.importorskip("pandas")
    X, y = regression()
    frame = pd.DataFrame(X, columns=["a", "b", "c"], index=np.arange(30) + 100)
    seen = []

    class _Looks(_Shrink):
        def fit(self, X, y):
            seen.append(list(X.columns))
            return super().fit(X, y)

    cross_val_score(_Looks(), frame, pd.Series(y, index=frame.index), cv=2)
    assert seen == [["a", "b", "c"]] * 2


def test_failing_fits():
    X, y = regression()
    with pytest.raises(ValueError, match="All the 5 fits failed"):
        cross_val_score(_Shrink(factor=3), X, y)
    with pytest.raises(ValueError, match="^the factor is too large"):
        cross_val_score(_Shrink(factor=3), X, y, error_score="raise")

    class _FailsOnce(_Shrink):
        def fit(self, X, y):
            if y[0] != first:
                raise ValueError("not this fold")
            return super().fit(X, y)

    first = y[0]
    with pytest.warns(FitFailedWarning, match="(?s)1 fits failed out of a total of 5.*not this"):
        scores = cross_val_score(_FailsOnce(), X, y)
    assert np.isnan(scores[0]) and np.isfinite(scores[1:]).all()


def test_refusals():
    X, y = regression()
    with pytest.raises(ValueError, match="requires y to be passed"):
        cross_val_score(_Shrink(), X)
    with pytest.raises(ValueError, match="inconsistent"):
        cross_val_score(_Shrink(), X, y[:-1])
    with pytest.raises(ValueError, match="scoring='exactness' is not known"):
        cross_val_score(_Shrink(), X, y, scoring="exactness")
    with pytest.raises(TypeError, match="one name or one function"):
        cross_val_score(_Shrink(), X, y, scoring=["r2"])
    with pytest.raises(ValueError, match="scoring must return a number"):
        cross_val_score(_Shrink(), X, y, scoring=lambda *_: "good")
    with pytest.raises(TypeError, match="'score' method"):
        cross_val_score(BaseEstimator(), X, y)


# --------------------------------------------------------------------------- joblib is optional


@pytest.mark.slow
def test_joblib_gives_the_same():
    pytest.importorskip("joblib")
    X, y = regression()
    from sklearn.linear_model import Ridge

    scores = cross_val_score(Ridge(), X, y, n_jobs=2)
    np.testing.assert_array_equal(scores, cross_val_score(Ridge(), X, y))


def test_without_joblib_fits_run_one_after_the_other(monkeypatch):
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == "joblib":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    X, y = regression()
    with pytest.warns(UserWarning, match="needs joblib"):
        scores = cross_val_score(_Shrink(), X, y, n_jobs=2)
    np.testing.assert_array_equal(scores, cross_val_score(_Shrink(), X, y))


# --------------------------------------------------------------------------- scorers


@pytest.mark.parametrize("name", sorted(SCORERS))
def test_every_scorer_equals_scikit_learns_of_that_name(name):
    sk = pytest.importorskip("sklearn.metrics")
    from sklearn.linear_model import LogisticRegression, Ridge

    several = any(word in name for word in ("macro", "micro", "weighted", "ovr", "ovo"))
    numeric = "error" in name or name in ("r2", "explained_variance")
    if numeric:
        (X, y), model = regression(), Ridge()
    else:
        (X, y), model = classification(3 if several else 2), LogisticRegression()
    model.fit(X, y)
    assert SCORERS[name](model, X, y) == pytest.approx(sk.get_scorer(name)(model, X, y), abs=1e-12)


def test_scorers_with_string_labels_and_weights():
    pytest.importorskip("sklearn")
    from sklearn.linear_model import LogisticRegression

    X, y = classification()
    names = np.array(["no", "yes"])[y]
    model, by_name = LogisticRegression().fit(X, y), LogisticRegression().fit(X, names)
    for name in ("roc_auc", "average_precision", "neg_log_loss", "neg_brier_score", "accuracy"):
        assert SCORERS[name](by_name, X, names) == pytest.approx(SCORERS[name](model, X, y))
        some = names == "yes"  # a fold with one class only can still be scored, but not ranked
        if name.startswith("neg"):
            assert np.isfinite(SCORERS[name](by_name, X[some], names[some]))
    w = np.arange(60) % 3
    expected = metrics.accuracy_score(y, model.predict(X), sample_weight=w)
    assert SCORERS["accuracy"](model, X, y, sample_weight=w) == expected


def test_make_scorer():
    X, y = classification()
    model = _Majority().fit(X, y)
    flipped = make_scorer(metrics.accuracy_score, greater_is_better=False)
    assert flipped(model, X, y) == -metrics.accuracy_score(y, model.predict(X))
    assert repr(flipped) == "Scorer(accuracy_score, predict, negated)"
    brier = make_scorer(
        metrics.brier_score_loss, greater_is_better=False, response_method="predict_proba"
    )
    assert brier(model, X, y) == pytest.approx(SCORERS["neg_brier_score"](model, X, y))
    with pytest.raises(ValueError, match="response_method"):
        make_scorer(metrics.accuracy_score, response_method="proba")


# --------------------------------------------------------------------------- grid search


def test_parameter_grid():
    assert parameter_grid({"a": [1, 2], "b": ["x"]}) == [{"a": 1, "b": "x"}, {"a": 2, "b": "x"}]
    assert parameter_grid([{"a": [1]}, {"b": (2, 3)}]) == [{"a": 1}, {"b": 2}, {"b": 3}]
    assert parameter_grid({}) == [{}]
    for bad in ({"a": "xyz"}, {"a": []}, {"a": 3}):
        with pytest.raises(ValueError, match="non-empty list"):
            parameter_grid(bad)
    for bad in ("a", [], [1], None):
        with pytest.raises(TypeError, match="param_grid must be"):
            parameter_grid(bad)


@pytest.mark.parametrize("train", [False, True])
def test_grid_search_equals_scikit_learns(train):
    selection = pytest.importorskip("sklearn.model_selection")
    from sklearn.linear_model import Ridge

    X, y = regression()
    grid = [{"alpha": [0.01, 1.0, 100.0], "fit_intercept": [True, False]}, {"alpha": [0.01]}]
    options = {"cv": 3, "return_train_score": train, "scoring": "neg_mean_squared_error"}
    ours = GridSearchCV(Ridge(), grid, **options).fit(X, y)
    theirs = selection.GridSearchCV(Ridge(), grid, **options).fit(X, y)
    assert ours.best_params_ == theirs.best_params_
    assert ours.best_index_ == theirs.best_index_
    assert ours.best_score_ == pytest.approx(theirs.best_score_)
    assert ours.n_splits_ == theirs.n_splits_ == 3
    assert ours.cv_results_.keys() == theirs.cv_results_.keys()
    assert ours.cv_results_["params"] == theirs.cv_results_["params"]
    for key in theirs.cv_results_:
        if "score" in key and "time" not in key:
            np.testing.assert_allclose(ours.cv_results_[key], theirs.cv_results_[key], err_msg=key)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X))
    assert ours.score(X, y) == pytest.approx(theirs.score(X, y))
    assert ours.n_features_in_ == 3


def test_grid_search_over_a_classifier_in_a_pipeline():
    pytest.importorskip("sklearn")
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X, y = classification(3)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    search = GridSearchCV(pipeline, {"logisticregression__C": [0.1, 10]}, scoring="neg_log_loss")
    search.fit(X, y)
    assert search.classes_.tolist() == [0, 1, 2]
    assert search.predict_proba(X).shape == (60, 3)
    assert hasattr(search, "decision_function") and not hasattr(search, "transform")


def test_methods_exist_as_the_estimator_has_them():
    search = GridSearchCV(_Shrink(), {"factor": [1.0]})
    assert hasattr(search, "predict") and not hasattr(search, "predict_proba")
    with pytest.raises(ValueError, match="not fitted"):  # NotFittedError
        search.predict([[1.0]])
    search.fit(*regression(), sample_weight=np.ones(30)).predict(regression()[0])
    for unfitted in (search, clone(search)):  # an earlier fit must not answer either
        unfitted.set_params(refit=False).fit(*regression())
        assert unfitted.best_params_ == {"factor": 1.0}
        with pytest.raises(AttributeError, match="refit=False"):
            unfitted.predict([[1.0]])


def test_failing_combinations_rank_last():
    with pytest.warns(FitFailedWarning, match="the factor is too large"):
        search = GridSearchCV(_Shrink(), {"factor": [3.0, 0.5, 1.0]}, cv=3).fit(*regression())
    assert np.isnan(search.cv_results_["mean_test_score"][0])
    assert search.cv_results_["rank_test_score"][0] == 3
    assert search.best_params_["factor"] in (0.5, 1.0)
    with pytest.raises(ValueError, match="too large"):
        search.set_params(error_score="raise").fit(*regression())
    with pytest.raises(TypeError, match="error_score"):
        search.set_params(error_score="nan").fit(*regression())


def test_the_first_of_equals_is_best():
    search = GridSearchCV(_Shrink(), {"inner": [1, 2, 3]}).fit(*regression())
    assert search.best_index_ == 0
    assert search.cv_results_["rank_test_score"].tolist() == [1, 1, 1]


def test_estimators_in_the_grid_are_cloned():
    inner = _Shrink(factor=0.5)
    search = GridSearchCV(_Shrink(inner=inner), {"inner": [inner], "factor": [1.0]})
    search.fit(*regression())
    assert search.best_estimator_.inner is not inner
    nested = GridSearchCV(_Shrink(inner=_Shrink()), {"inner__factor": [0.5, 1.0]})
    nested.fit(*regression())
    assert nested.estimator.inner.factor == 1.0


def test_same_folds_for_all_combinations():
    cv = KFold(3, shuffle=True, random_state=np.random.default_rng(0))
    search = GridSearchCV(_Shrink(), {"inner": [1, 2]}, cv=cv).fit(*regression())
    first, second = (search.cv_results_["split0_test_score"][i] for i in (0, 1))
    assert first == second


def test_nested_cross_validation():
    scores = cross_val_score(GridSearchCV(_Shrink(), {"factor": [0.5, 1.0]}), *regression())
    assert scores.shape == (5,)


class Shrunk(_Shrink):
    """A name without an underscore is registered, so that it can be saved."""


def test_grid_search_is_saved_without_pickle(tmp_path):
    X, y = regression()
    search = GridSearchCV(Shrunk(), {"factor": [0.5, 1.0, 2]}, cv=3).fit(X, y)
    search.save(tmp_path / "search.npz")
    loaded = GridSearchCV.load(tmp_path / "search.npz")
    np.testing.assert_array_equal(loaded.predict(X), search.predict(X))
    assert loaded.best_params_ == search.best_params_ and loaded.score(X, y) == search.score(X, y)
    assert loaded.cv_results_["params"] == search.cv_results_["params"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Ridge", "LogisticRegression"])
def test_grid_search_passes_scikit_learns_checks(name):
    checks = pytest.importorskip("sklearn.utils.estimator_checks")
    import sklearn.linear_model

    grid = {"Ridge": {"alpha": [0.1, 1.0]}, "LogisticRegression": {"C": [0.1, 1.0]}}[name]
    estimator = getattr(sklearn.linear_model, name)()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        checks.check_estimator(GridSearchCV(estimator, grid, cv=2, error_score="raise"))
