"""The estimator contract on two toy estimators: parameters, files, names, containers, scikit-learn."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

from ml_from_scratch.core import checkpoint
from ml_from_scratch.core.checkpoint import CheckpointError
from ml_from_scratch.core.estimator import (
    BaseEstimator,
    ClassifierMixin,
    ClusterMixin,
    NotFittedError,
    RegressorMixin,
    TransformerMixin,
    all_estimators,
    clone,
    fit_settings,
)
from ml_from_scratch.core.registry import storable
from ml_from_scratch.core.scores import r_squared
from ml_from_scratch.models import Ridge


class ToyMean(RegressorMixin, BaseEstimator):
    """Predicts the mean, shrunk."""

    def __init__(self, shrink=0.0, *, solver="normal", eta0=None, max_iter=10, tol=1e-3, rng=None):
        self.shrink = shrink
        self.solver = solver
        self.eta0 = eta0
        self.max_iter = max_iter
        self.tol = tol
        self.rng = rng

    def fit(self, X, y, sample_weight=None, *, lr=None, epochs=None):
        X, y, w = self._check_Xy(X, y, sample_weight)
        self.settings_ = vars(fit_settings(self, lr, epochs))["solver"]
        self.mean_ = float(np.average(y, weights=w)) * (1 - self.shrink)
        return self

    def predict(self, X):
        return np.full(len(self._check_X(X)), self.mean_)


class ToyScaler(TransformerMixin, BaseEstimator):
    _tags = {"preserves_dtype": ("float64", "float32")}

    def __init__(self, factor=2.0):
        self.factor = factor

    def fit(self, X, y=None):
        self._check_X(X, fitting=True)
        return self

    def transform(self, X):
        return self._check_X(X) * float(self.factor)


class ToyMajority(ClassifierMixin, BaseEstimator):
    def fit(self, X, y, sample_weight=None):
        X, self.classes_, index, w = self._check_X_labels(X, y, sample_weight)
        self.majority_ = int(np.bincount(index, w).argmax())
        return self

    def predict(self, X):
        return np.full(len(self._check_X(X)), self.classes_[self.majority_])


class ToyMeta(BaseEstimator):
    def __init__(self, estimator=None, options=None):
        self.estimator = estimator
        self.options = options


X = np.arange(12.0).reshape(6, 2)
y = np.array([1.0, 2, 3, 4, 5, 6])


# ---- parameters ----------------------------------------------------------------------------------
def test_parameters():
    model = ToyMean(0.5, max_iter=3)
    assert model.get_params()["shrink"] == 0.5
    assert list(model.get_params()) == sorted(model.get_params())
    assert model.set_params(shrink=0.25, tol=0.0) is model and model.shrink == 0.25
    assert model.set_params() is model
    with pytest.raises(ValueError, match="Invalid parameter 'depth'.*Valid parameters are: .*eta0"):
        model.set_params(depth=3)


def test_nested_parameters():
    meta = ToyMeta(ToyMean(shrink=0.1))
    assert meta.get_params()["estimator__shrink"] == 0.1
    assert "estimator__shrink" not in meta.get_params(deep=False)
    meta.set_params(estimator__shrink=0.2, options=3)
    assert meta.estimator.shrink == 0.2 and meta.options == 3
    meta.set_params(estimator__max_iter=7, estimator=ToyMean(shrink=0.9))
    assert (meta.estimator.shrink, meta.estimator.max_iter) == (0.9, 7)


def test_repr_shows_what_was_changed():
    assert repr(ToyMean()) == "ToyMean()"
    assert (
        repr(ToyMeta(ToyMean(max_iter=3), [1]))
        == "ToyMeta(estimator=ToyMean(max_iter=3), options=[1])"
    )


def test_clone():
    rng = np.random.default_rng(0)
    model = ToyMeta([("a", ToyMean(rng=rng))], {"k": [1]}).set_params(options={"k": [2]})
    other = clone(model)
    assert other.options == {"k": [2]} and other.options is not model.options
    assert other.estimator[0][1] is not model.estimator[0][1]
    assert other.estimator[0][1].rng.random() == rng.random()
    fitted = ToyMean(shrink=0.5).fit(X, y)
    with pytest.raises(NotFittedError):
        clone(fitted).predict(X)
    assert [e.shrink for e in clone([fitted, fitted])] == [0.5, 0.5]


def test_clone_finds_a_constructor_that_changes_its_argument():
    class _Rounds(BaseEstimator):
        def __init__(self, a=()):
            self.a = list(a)

    with pytest.raises(RuntimeError, match="constructor changes or does not store a"):
        clone(_Rounds([3]))
    with pytest.raises(TypeError, match="takes an estimator"):
        clone(3)


def test_constructor_with_star_arguments_is_refused():
    class _Star(BaseEstimator):
        def __init__(self, *args):
            pass

    with pytest.raises(TypeError, match="names its parameters one by one"):
        _Star().get_params()


# ---- call-time overrides -------------------------------------------------------------------------
def test_overrides_select_gradient_descent_and_are_not_written_back():
    model = ToyMean()
    before = model.get_params()
    assert model.fit(X, y).settings_ == "normal"
    assert model.fit(X, y, lr=0.1).settings_ == "gradient_descent"
    assert model.fit(X, y, epochs=3).settings_ == "gradient_descent"
    assert model.get_params() == before
    settings = fit_settings(model, 0.1, 3)
    assert (settings.eta0, settings.max_iter, settings.tol) == (0.1, 3, None)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"lr": 0}, "lr must be a number above 0"),
        ({"epochs": 0}, "epochs must be an integer of at"),
    ],
)
def test_overrides_are_checked(overrides, message):
    with pytest.raises(ValueError, match=message):
        ToyMean().fit(X, y, **overrides)


# ---- fitting and predicting ----------------------------------------------------------------------
def test_not_fitted():
    with pytest.raises(NotFittedError, match="ToyMean instance is not fitted yet. Call 'fit'"):
        ToyMean().predict(X)
    assert isinstance(NotFittedError(""), (ValueError, AttributeError))


def test_number_of_features():
    with pytest.raises(ValueError, match="X has 1 features, but ToyMean is expecting 2 features"):
        ToyMean().fit(X, y).predict(X[:, :1])


def test_feature_names():
    pandas = pytest.importorskip("pandas")
    named = pandas.DataFrame(X, columns=["a", "b"])
    model = ToyMean().fit(named, y)
    assert model.feature_names_in_.tolist() == ["a", "b"]
    with pytest.raises(ValueError, match="should match"):
        model.predict(named.rename(columns={"a": "c"}))
    assert not hasattr(model.fit(X, y), "feature_names_in_")


def test_scores():
    assert ToyMean().fit(X, y).score(X, y) == 0.0
    assert ToyMean().fit(X, y).score(X, y, sample_weight=[1, 1, 1, 0, 0, 0]) < 0
    labels = np.array(["a", "b", "b", "b", "a", "b"])
    model = ToyMajority().fit(X, labels)
    assert model.score(X, labels) == pytest.approx(4 / 6)
    assert model.score(X, labels, sample_weight=[1, 0, 0, 0, 1, 1]) == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match="numbers and strings never match"):
        model.score(X, np.arange(6))
    with pytest.raises(ValueError, match="inconsistent"):
        model.score(X, labels[:3])


def test_r_squared_of_constants_and_extremes():
    constant = np.ones((3, 1))
    assert r_squared(constant, constant).tolist() == [1.0]
    assert r_squared(constant, constant + 1).tolist() == [0.0]
    wild = np.array([[1e300], [-1e300], [3e300]])
    assert r_squared(wild, wild).tolist() == [1.0]
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    a, b, w = rng.normal(size=(9, 3)), rng.normal(size=(9, 3)), rng.random(9)
    expected = metrics.r2_score(a, b, sample_weight=w, multioutput="raw_values")
    np.testing.assert_allclose(r_squared(a, b, w), expected, rtol=1e-13)


def test_cluster_mixin():
    class _One(ClusterMixin, BaseEstimator):
        def fit(self, X, y=None):
            self.labels_ = np.zeros(len(self._check_X(X, fitting=True)), int)
            return self

    assert _One().fit_predict(X).tolist() == [0] * 6


# ---- transformers --------------------------------------------------------------------------------
def test_transformer_names():
    scaler = ToyScaler()
    with pytest.raises(NotFittedError):
        scaler.get_feature_names_out()
    assert scaler.fit(X).get_feature_names_out().tolist() == ["x0", "x1"]
    assert scaler.get_feature_names_out(["p", "q"]).tolist() == ["p", "q"]
    with pytest.raises(ValueError, match=r"number of features \(2\), got 1"):
        scaler.get_feature_names_out(["p"])


def test_set_output():
    pandas = pytest.importorskip("pandas")
    named = pandas.DataFrame(X, columns=["a", "b"], index=list("pqrstu"))
    scaler = ToyScaler().set_output(transform="pandas")
    for out in (scaler.fit_transform(named), scaler.fit(named).transform(named)):
        assert list(out.columns) == ["a", "b"] and list(out.index) == list("pqrstu")
        np.testing.assert_array_equal(out, X * 2)
    assert isinstance(clone(scaler).fit_transform(X), pandas.DataFrame)
    assert isinstance(scaler.set_output().transform(named), pandas.DataFrame)
    assert isinstance(scaler.set_output(transform="default").transform(named), np.ndarray)
    with pytest.raises(ValueError, match="transform must be one of 'default', 'pandas'"):
        scaler.set_output(transform="excel")


# ---- registry and files --------------------------------------------------------------------------
def test_registry_lists_only_this_packages_public_classes():
    names = all_estimators()
    assert "ToyMean" not in names and not any(name.startswith("_") for name in names)
    assert list(names) == sorted(names)


def test_saved_and_loaded(tmp_path):
    path = tmp_path / "model.npz"
    pandas = pytest.importorskip("pandas")
    inner = ToyMean(shrink=0.5, rng=np.random.default_rng(3)).fit(
        pandas.DataFrame(X, columns=["a", "b"]), y
    )
    meta = ToyMeta([("toy", inner)], {"n": (1, None), "legacy": np.random.RandomState(4)})
    meta.labels_ = np.array(["a", 1, None], object)
    meta.save(path)
    loaded = BaseEstimator.load(path)
    assert type(loaded) is ToyMeta and loaded.options["n"] == (1, None)
    assert loaded.labels_.dtype == object and loaded.labels_.tolist() == ["a", 1, None]
    name, again = loaded.estimator[0]
    assert name == "toy" and again.feature_names_in_.tolist() == ["a", "b"]
    np.testing.assert_array_equal(
        again.predict(pandas.DataFrame(X, columns=["a", "b"])), np.full(6, 1.75)
    )
    assert again.rng.random() == inner.rng.random()
    assert loaded.options["legacy"].rand() == meta.options["legacy"].rand()


def test_load_refuses_what_is_not_meant(tmp_path):
    path = tmp_path / "model.npz"
    ToyScaler().fit(X).save(path)
    with pytest.raises(TypeError, match="holds a ToyScaler, not a ToyMean"):
        ToyMean.load(path)
    checkpoint.save(path, {"weights": X})
    with pytest.raises(CheckpointError, match="not one of an estimator"):
        ToyMean.load(path)
    checkpoint.save(path, {"__kind__": "estimator", "name": "os.system", "params": {}, "state": {}})
    with pytest.raises(CheckpointError, match="os.system, which is not known here"):
        ToyMean.load(path)


def test_code_is_not_saved(tmp_path):
    with pytest.raises(CheckpointError, match=r"ToyMeta.options\['f'\] is .*code is never saved"):
        ToyMeta(options={"f": len}).save(tmp_path / "model.npz")
    with pytest.raises(CheckpointError, match="kept for files"):
        ToyMeta(options={"__kind__": 1}).save(tmp_path / "model.npz")


def test_pickle():
    model = pickle.loads(pickle.dumps(ToyMean().fit(X, y)))
    assert model.predict(X).tolist() == [3.5] * 6


# ---- scikit-learn --------------------------------------------------------------------------------
def test_scikit_learn_is_not_imported():
    code = (
        "import sys; import ml_from_scratch.core.estimator as e, ml_from_scratch.models\n"
        "class T(e.ClassifierMixin, e.BaseEstimator): pass\n"
        "T().__repr__(); T()._repr_html_()\n"
        "assert not {'sklearn', 'scipy', 'pandas', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_errors_and_warnings_are_scikit_learns_too():
    exceptions = pytest.importorskip("sklearn.exceptions")
    with pytest.raises(exceptions.NotFittedError) as caught:
        ToyMean().predict(X)
    assert isinstance(caught.value, NotFittedError)
    again = pickle.loads(pickle.dumps(caught.value))
    assert isinstance(again, exceptions.NotFittedError) and str(again) == str(caught.value)
    with pytest.warns(exceptions.DataConversionWarning):
        ToyMean().fit(X, y[:, None])


def test_unknown_tag_is_found():
    pytest.importorskip("sklearn")

    class _Typo(BaseEstimator):
        _tags = {"alow_nan": True}

    with pytest.raises(TypeError, match="unknown .'alow_nan'"):
        _Typo().__sklearn_tags__()


@pytest.mark.parametrize("estimator", [ToyMean(), ToyScaler()], ids=repr)
def test_scikit_learns_clone_and_diagram(estimator):
    base = pytest.importorskip("sklearn.base")
    assert type(base.clone(estimator)) is type(estimator)
    assert "sk-top-container" in estimator._repr_html_()
    assert estimator._repr_mimebundle_()["text/plain"] == repr(estimator)


def test_metadata_routing():
    sklearn = pytest.importorskip("sklearn")
    from sklearn.model_selection import GridSearchCV, cross_val_score
    from sklearn.pipeline import make_pipeline

    weights = np.ones(6)
    with sklearn.config_context(enable_metadata_routing=True):
        with pytest.raises(Exception, match="sample_weight.*passed .*but are not explicitly set"):
            cross_val_score(ToyMean(), X, y, cv=2, params={"sample_weight": weights})
        model = ToyMean().set_fit_request(sample_weight=True).set_score_request(sample_weight=False)
        assert len(cross_val_score(model, X, y, cv=2, params={"sample_weight": weights})) == 2
        pipe = make_pipeline(ToyScaler(), model)
        assert pipe.fit(X, y, sample_weight=weights).predict(X).tolist() == [3.5] * 6
        search = GridSearchCV(
            model.set_score_request(sample_weight=True), {"shrink": [0.0, 0.5]}, cv=2
        )
        assert search.fit(X, y, sample_weight=weights).best_score_ < 0
    with pytest.raises(TypeError, match="Unexpected args: .'weight'"):
        model.set_fit_request(weight=True)


def test_scikit_learns_global_output_setting():
    sklearn = pytest.importorskip("sklearn")
    pandas = pytest.importorskip("pandas")
    with sklearn.config_context(transform_output="pandas"):
        assert isinstance(ToyScaler().fit_transform(X), pandas.DataFrame)
        assert isinstance(ToyScaler().set_output(transform="default").fit_transform(X), np.ndarray)


# ---- parts of estimators in files ----------------------------------------------------------------
@storable
class _Part:
    def __init__(self):
        raise AssertionError("reading a file calls no constructor")


def test_a_storable_part_is_saved_with_its_estimator(tmp_path):
    model = Ridge().fit([[0.0], [1.0]], [0.0, 1.0])
    part = _Part.__new__(_Part)
    part.values, part.inner = np.arange(3), {"again": None}
    model.part_ = part
    model.save(tmp_path / "m.npz")
    loaded = Ridge.load(tmp_path / "m.npz").part_
    assert type(loaded) is _Part and loaded.inner == {"again": None}
    np.testing.assert_array_equal(loaded.values, part.values)
