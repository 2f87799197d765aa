"""What every estimator must do: run over the registry, so that the next one is tested by being defined.

The first part needs NumPy alone; the second asks scikit-learn, its ``check_estimator`` first of all,
with no failure expected.
"""

import copy
import importlib.util
import inspect
import pickle
import pkgutil
import warnings

import numpy as np
import pytest
from estimator_examples import EXEMPT, INSTANCES, SEARCHED

import ml_from_scratch
from ml_from_scratch.core import sklearn_adapter
from ml_from_scratch.core.estimator import BaseEstimator, NotFittedError, all_estimators, clone
from ml_from_scratch.models import Ridge
from ml_from_scratch.utils import GridSearchCV, MinMaxScaler, StandardScaler


def import_everything():
    """Import each module of the floors that estimators live on: a class is listed when it is defined."""
    for floor in ("utils", "models"):
        package = importlib.import_module(f"{ml_from_scratch.__name__}.{floor}")
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            importlib.import_module(module.name)


import_everything()

ESTIMATORS = [
    instance
    for name, kind in all_estimators().items()
    for instance in (INSTANCES[name] if name in INSTANCES else [kind()])
]
OUTPUTS = ("predict", "predict_proba", "decision_function", "transform")
every_estimator = pytest.mark.parametrize("prototype", ESTIMATORS, ids=repr)


@pytest.fixture
def estimator(prototype):
    """A fresh copy, so that no test sees what another has fitted."""
    return clone(prototype)


def tags(estimator):
    return sklearn_adapter.declared_tags(getattr(estimator, "estimator", estimator))


def kind_of(estimator):
    return getattr(estimator, "_estimator_type", None)


def example(estimator, n=60, dtype=float):
    """Data that any estimator of this kind can learn from."""
    rng = np.random.default_rng(0)
    X = (
        rng.integers(0, 3, (n, 4)) if tags(estimator)["categorical"] else rng.normal(size=(n, 4))
    ).astype(dtype)
    X = np.abs(X) if tags(estimator)["positive_only"] else X
    y = X @ np.array([1.0, -2.0, 3.0, 0.5]) + 0.1 * rng.normal(size=n)
    if kind_of(estimator) == "classifier" or tags(estimator)["labels_only"]:
        y = np.array(["low", "middle", "high"])[np.digitize(y, np.quantile(y, [1 / 3, 2 / 3]))]
    elif tags(estimator)["positive_y"]:
        y = np.exp(0.2 * y)
    return (y, None) if tags(estimator)["labels_only"] else (X, y)


def fit(estimator, X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        return estimator.fit(X) if y is None else estimator.fit(X, y)


def outputs(estimator, X):
    return {name: getattr(estimator, name)(X) for name in OUTPUTS if hasattr(estimator, name)}


def same(a, b):
    return a.keys() == b.keys() and all(
        np.array_equal(a[k], b[k], equal_nan=a[k].dtype.kind == "f") for k in a
    )


def close(a, b, tol):
    return a.keys() == b.keys() and all(
        (
            np.allclose(a[k], b[k], rtol=tol, atol=tol)
            if a[k].dtype.kind == "f"
            else (a[k] == b[k]).all()
        )
        for k in a
    )


# ---- laws ----------------------------------------------------------------------------------------
def test_the_registry_is_not_empty():
    assert {
        "LinearRegression",
        "LogisticRegression",
        "Perceptron",
        "Ridge",
        "StandardScaler",
    } <= set(all_estimators())
    assert {type(estimator).__name__ for estimator in ESTIMATORS} == set(all_estimators())


@every_estimator
def test_constructor_only_stores(estimator):
    assert set(vars(estimator)) == set(estimator.get_params(deep=False))
    copied = clone(estimator)
    assert type(copied) is type(estimator) and repr(copied) == repr(estimator)
    assert repr(estimator).startswith(type(estimator).__name__ + "(")
    assert copied.set_params(**estimator.get_params()) is copied


@every_estimator
def test_every_parameter_is_documented(estimator):
    text = inspect.getdoc(type(estimator))
    assert "Examples" in text and ">>>" in text
    for name in estimator.get_params(deep=False):
        assert f"{name} :" in text or f"{name}, " in text or f", {name}" in text, name
    fitted = fit(estimator, *example(estimator))
    learned = [k for k in vars(fitted) if k.endswith("_") and not k.startswith("_")]
    for name in set(learned) - {"n_features_in_", "feature_names_in_"}:
        assert name in text, f"{name} is learned but not documented"


@every_estimator
def test_not_fitted(estimator):
    X, _ = example(estimator)
    if not tags(estimator)["requires_fit"]:
        return
    for name in OUTPUTS:
        if hasattr(estimator, name):
            with pytest.raises(NotFittedError, match=type(estimator).__name__):
                getattr(estimator, name)(X)


@every_estimator
def test_fit_returns_self_and_changes_no_parameter_and_no_data(estimator):
    X, y = example(estimator)
    before = copy.deepcopy((estimator.get_params(), X, y))
    for array in (X, y):
        if array is not None:
            array.setflags(write=False)
    assert fit(estimator, X, y) is estimator
    assert repr(estimator.get_params()) == repr(before[0])
    outputs(estimator, X)
    np.testing.assert_array_equal(X, before[1])
    new = [k for k in vars(estimator) if k not in before[0] and not k.startswith("_")]
    assert all(k.endswith("_") for k in new), new


@every_estimator
def test_fitting_again_is_fitting_anew(estimator):
    X, y = example(estimator)
    first = outputs(fit(estimator, X, y), X)
    half = slice(None, len(X) // 2)
    fit(estimator, X[half], None if y is None else y[half])
    assert same(outputs(fit(estimator, X, y), X), first)
    assert same(outputs(fit(clone(estimator), X, y), X), first)


@every_estimator
def test_layout_and_kind_of_input_do_not_matter(estimator):
    X, y = example(estimator)
    first = outputs(fit(estimator, X, y), X)
    y_list = None if y is None else y.tolist()
    assert same(outputs(fit(clone(estimator), X.tolist(), y_list), X.tolist()), first)
    if X.ndim == 2:
        strided = np.repeat(X, 2, axis=1)[:, ::2]
        for other in (np.asfortranarray(X), strided):
            assert close(outputs(fit(clone(estimator), other, y), other), first, 1e-6)


@every_estimator
def test_rows_are_treated_one_by_one(estimator):
    X, y = example(estimator)
    whole = outputs(fit(estimator, X, y), X)
    for name, values in whole.items():
        single = np.concatenate([getattr(estimator, name)(X[i : i + 1]) for i in range(5)])
        assert close({name: single}, {name: values[:5]}, 1e-7)


@every_estimator
def test_saved_and_pickled_it_is_the_same(estimator, tmp_path):
    X, y = example(estimator)
    expected = outputs(fit(estimator, X, y), X)
    estimator.save(tmp_path / "estimator.npz")
    for loaded in (
        type(estimator).load(tmp_path / "estimator.npz"),
        BaseEstimator.load(tmp_path / "estimator.npz"),
        pickle.loads(pickle.dumps(estimator)),
        copy.deepcopy(estimator),
    ):
        assert type(loaded) is type(estimator) and repr(loaded) == repr(estimator)
        assert same(outputs(loaded, X), expected)
        assert vars(loaded).keys() == vars(estimator).keys()
    clone(estimator).save(tmp_path / "unfitted.npz")
    assert repr(type(estimator).load(tmp_path / "unfitted.npz")) == repr(estimator)


@every_estimator
def test_float32_stays_float32(estimator):
    X, y = example(estimator, dtype=np.float32)
    if X.ndim == 1 or (
        kind_of(estimator) is None and "float32" not in tags(estimator)["preserves_dtype"]
    ):
        return
    for name, values in outputs(fit(estimator, X, y), X).items():
        assert values.dtype == np.float32 or values.dtype.kind in "iU", name  # labels, or numbers


@every_estimator
def test_overrides_are_used_and_forgotten(estimator):
    if "lr" not in inspect.signature(estimator.fit).parameters:
        return
    X, y = example(estimator)
    plain = estimator.get_params()
    fit(estimator, X, y)
    learned = estimator.coef_
    estimator.fit(X, y, lr=1e-3, epochs=2)
    assert np.ravel(estimator.n_iter_)[0] == 2
    assert np.abs(estimator.coef_ - learned).max() > 0
    assert estimator.get_params() == plain
    np.testing.assert_array_equal(fit(estimator, X, y).coef_, learned)
    for wrong in ({"lr": -1.0}, {"epochs": 0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            estimator.fit(X, y, **wrong)


@every_estimator
def test_names_of_a_data_frames_columns(estimator):
    pandas = pytest.importorskip("pandas")
    X, y = example(estimator)
    if X.ndim == 1:
        return
    names = ["a", "b", "c", "d"]
    named = pandas.DataFrame(X, columns=names)
    fit(estimator, named, None if y is None else pandas.Series(y))
    assert estimator.feature_names_in_.tolist() == names
    assert close(outputs(estimator, named), outputs(fit(clone(estimator), X, y), X), 1e-6)
    for method in outputs(estimator, named):
        with pytest.raises(ValueError, match="same order"):
            getattr(estimator, method)(named[names[::-1]])


# ---- scikit-learn --------------------------------------------------------------------------------
EXTRA_CHECKS = [
    "check_dataframe_column_names_consistency",
    "check_get_feature_names_out_error",
    "check_global_output_transform_pandas",
    "check_global_set_output_transform_polars",
    "check_inplace_ensure_writeable",
    "check_set_output_transform",
    "check_set_output_transform_pandas",
    "check_set_output_transform_polars",
    "check_transformer_get_feature_names_out",
    "check_transformer_get_feature_names_out_pandas",
]
if importlib.util.find_spec("polars") is None:
    EXTRA_CHECKS = [check for check in EXTRA_CHECKS if "polars" not in check]


@pytest.fixture
def checks():
    return pytest.importorskip("sklearn.utils.estimator_checks")


@every_estimator
@pytest.mark.filterwarnings("ignore")
def test_check_estimator(estimator, checks):
    if "on_fail" not in inspect.signature(checks.check_estimator).parameters:  # before 1.6
        if isinstance(estimator, GridSearchCV):
            pytest.skip("this scikit-learn makes estimators without arguments")
        if type(estimator).__name__ in EXEMPT:
            pytest.skip("this scikit-learn cannot leave out single checks")
        checks.check_estimator(estimator)
        return
    exempt = EXEMPT.get(type(estimator).__name__, {})
    results = checks.check_estimator(estimator, on_fail=None, on_skip=None)
    results = [r for r in results if r["check_name"] not in exempt]
    failed = [f"{r['check_name']}: {r['exception']!r}" for r in results if r["status"] == "failed"]
    expected = [r["check_name"] for r in results if r["status"] == "xfail"]
    assert not failed and not expected, "\n".join(failed)
    assert len(results) > 20 or tags(estimator)["labels_only"]


@pytest.mark.parametrize("name", EXEMPT)
def test_what_is_exempt_is_exempt_in_scikit_learn(name):
    """The class of that name in scikit-learn is exempted by its own suite."""
    theirs = pytest.importorskip("sklearn.utils._test_common.instance_generator")
    known = {kind.__name__: checks for kind, checks in theirs.PER_ESTIMATOR_XFAIL_CHECKS.items()}
    assert EXEMPT[name].keys() <= known[name].keys() and all(EXEMPT[name].values())


@every_estimator
@pytest.mark.parametrize("check", EXTRA_CHECKS)
@pytest.mark.filterwarnings("ignore")
def test_checks_that_scikit_learn_runs_on_its_own_estimators(estimator, check, checks):
    if not hasattr(checks, check):
        pytest.skip(f"this scikit-learn has no {check}")
    if "column_names" not in check and not hasattr(estimator, "transform"):
        return
    if tags(estimator)["labels_only"] or isinstance(estimator, GridSearchCV):
        return
    getattr(checks, check)(type(estimator).__name__, estimator)


@every_estimator
def test_in_pipelines_and_searches(estimator):
    pipeline = pytest.importorskip("sklearn.pipeline")
    from sklearn.model_selection import GridSearchCV as Search
    from sklearn.model_selection import cross_val_score

    X, y = example(estimator)
    if X.ndim == 1:
        return
    if kind_of(estimator) is None:
        if not hasattr(estimator, "transform"):  # nothing to hand on
            return
        model = pipeline.make_pipeline(estimator, Ridge())
        step, parameter = "ridge", "ridge__alpha"
        values = [0.1, 1.0]
    else:
        scaler = (MinMaxScaler if tags(estimator)["positive_only"] else StandardScaler)()
        model = pipeline.make_pipeline(scaler, estimator)
        step = type(estimator).__name__.lower()
        name = next(name for name in SEARCHED if name in estimator.get_params(deep=False))
        parameter, values = f"{step}__{name}", SEARCHED[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        assert np.isfinite(cross_val_score(model, X, y, cv=3, error_score="raise")).all()
        search = Search(model, {parameter: values}, cv=2, error_score="raise").fit(X, y)
    assert search.best_params_[parameter] in values
    assert search.best_estimator_.named_steps[step] is not model.named_steps[step]
    assert "sk-top-container" in estimator._repr_html_()
