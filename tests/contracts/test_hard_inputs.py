"""Data that hurt: every supervised model has an answer to them, or an error that says what to do.

Run over the registry, so that the next model is tested by being defined. An answer is finite, and no
RuntimeWarning of NumPy's reaches the user. An error is a ValueError raised by our own code, in words,
before NumPy stumbles. Where an answer is always possible, it is demanded (``MUST``); what a model has
reasons to refuse stands in ``REFUSED``.
"""

import inspect
import traceback
import warnings

import numpy as np
import pytest
from estimator_examples import EXEMPT, INSTANCES

from ml_from_scratch.core import sklearn_adapter
from ml_from_scratch.core.estimator import all_estimators, clone

OUTPUTS = ("predict", "predict_proba", "predict_log_proba", "decision_function")
MODELS = [
    INSTANCES[name][0] if name in INSTANCES else kind()
    for name, kind in all_estimators().items()
    if kind.__module__.startswith("ml_from_scratch.models")
    and kind._estimator_type in ("classifier", "regressor")
]
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)


def tags(model):
    return sklearn_adapter.declared_tags(model)


def is_classifier(model):
    return model._estimator_type == "classifier"


def data(model, n=40, d=4, n_classes=3):
    """Data that any model of this kind can learn from."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, d))
    y = X[:, 0] - (2.0 * X[:, 1] if d > 1 else 0.0) + 0.1 * rng.normal(size=n)
    X = np.abs(X) if tags(model)["positive_only"] else X
    if is_classifier(model):
        n_classes = 2 if tags(model)["binary_only"] else n_classes
        return X, np.argsort(np.argsort(y)) * n_classes // n
    return X, np.exp(0.3 * y) if tags(model)["positive_y"] else y


def fit(model, X, y, *weights):
    """Fit a copy; what NumPy would have warned of is an error, what we say to users is not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", RuntimeWarning)
        return clone(model).fit(X, y, *weights)


def outputs(model, X):
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        return {name: getattr(model, name)(X) for name in OUTPUTS if hasattr(model, name)}


def answer_or_word(model, X, y, *weights, at=None):
    """Return the outputs if there are any, or None after an error that is as it should be."""
    try:
        fitted = fit(model, X, y, *weights)
        found = outputs(fitted, X if at is None else at)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1].filename.replace("\\", "/")
        assert isinstance(error, ValueError), repr(error)
        assert "/ml_from_scratch/" in last, f"{last} says: {error}"
        assert len(str(error)) > 30 and str(error)[-1] in ".)", str(error)
        return None
    check(found)
    if is_classifier(model):
        assert set(found["predict"].tolist()) <= set(fitted.classes_.tolist())
    return found


def check(found):
    """Outputs are finite, probabilities are probabilities."""
    for name, values in found.items():
        if name == "predict_log_proba":
            assert not np.isnan(values).any() and (values < 1e-6).all()
        elif values.dtype.kind == "f":
            assert np.isfinite(values).all(), name
    if "predict_proba" in found:
        p = found["predict_proba"]
        np.testing.assert_allclose(p.sum(axis=1), 1.0, atol=1e-5)
        assert (p >= 0).all() and (p <= 1 + 1e-6).all()


def close(found, expected, tol):
    for name, values in expected.items():
        if values.dtype.kind != "f":
            np.testing.assert_array_equal(found[name], values, err_msg=name)
        elif name != "predict_log_proba":
            size = max(1.0, float(np.abs(values).max()))
            np.testing.assert_allclose(found[name], values, rtol=tol, atol=tol * size, err_msg=name)


# ---- columns and rows ----------------------------------------------------------------------------
def with_columns(*columns):
    return lambda X, y: (np.column_stack([X, *(make(X) for make in columns)]), y)


def scaled(factors):
    return lambda X, y: (X * np.resize(np.asarray(factors, float), X.shape[1]), y)


HARD = {
    "a constant column": with_columns(lambda X: np.full(len(X), 3.7)),
    "a column of zeros": with_columns(lambda X: np.zeros(len(X))),
    "a constant far away": with_columns(lambda X: np.full(len(X), 1e9 / 3)),
    "a duplicate column": with_columns(lambda X: X[:, 0]),
    "a column that is almost another": with_columns(lambda X: X[:, 0] * (1 + 1e-12)),
    "all columns the same": lambda X, y: (np.repeat(X[:, :1], 3, axis=1), y),
    "all columns constant": lambda X, y: (np.full_like(X, 0.1), y),
    "all columns zero": lambda X, y: (np.zeros_like(X), y),
    "more columns than rows": lambda X, y: (np.hstack([X, X[::-1]] * 8)[:30] ** 2, y[:30]),
    "one column": lambda X, y: (X[:, :1], y),
    "duplicate rows": lambda X, y: (np.repeat(X[:10], 4, axis=0), np.repeat(y[::4], 4)),
    "ill-conditioned, 1e12": scaled([1e-6, 1e6, 1.0, 1.0]),
    "far from zero": lambda X, y: (X + 1e7, y),
    "huge": scaled([1e100]),
    "one huge column": scaled([1.0, 1e100, 1.0, 1.0]),
    "tiny": scaled([1e-100]),
    "one tiny column": scaled([1.0, 1e-100, 1.0, 1.0]),
    "one row": lambda X, y: (X[:1], y[:1]),
    "two rows": lambda X, y: (X[[0, -1]], np.sort(y)[[0, -1]]),
    "one value": lambda X, y: (X[:1, :1], y[:1]),
}
MUST = [name for name in HARD if name not in ("huge", "tiny", "one row", "two rows", "one value")]
MUST = [name for name in MUST if not name.startswith(("one huge", "one tiny"))]

REFUSED = {
    "CategoricalNB": "its features are numbers of categories",
    "QuadraticDiscriminantAnalysis": "a covariance per class has no inverse where columns depend on "
    "each other, unless reg_param is set",
}


@every_model
@pytest.mark.parametrize("case", HARD)
def test_hard_columns_and_rows(model, case):
    X, y = HARD[case](*data(model))
    found = answer_or_word(model, X, y)
    assert found is not None or case not in MUST or type(model).__name__ in REFUSED, "refused"


@every_model
@pytest.mark.parametrize("factor", [1e6, 1e100, 1e-100])
def test_samples_from_another_world(model, factor):
    """Far outside of what was learned from, and at its very middle."""
    X, y = data(model)
    if tags(model)["positive_y"] and factor > 1:  # an exponential: infinity is where it ends
        assert not np.isnan(outputs(fit(model, X, y), X * factor)["predict"]).any()
    else:
        answer_or_word(model, X, y, at=X[:7] * factor)


# ---- y -------------------------------------------------------------------------------------------
HARD_LABELS = {
    "a single class": lambda y: np.zeros_like(y),
    "a class only once": lambda y: np.where(np.arange(len(y)) == 7, 9, y > 0),
    "every row a class": lambda y: np.arange(len(y)),
    "one row of the other class": lambda y: (np.arange(len(y)) == 7).astype(int),
}
HARD_TARGETS = {
    "constant": lambda y: np.full_like(y, 3.0),
    "huge": lambda y: y * 1e100,
    "tiny": lambda y: y * 1e-100,
    "far from zero": lambda y: y + 1e9,
    "one outlier": lambda y: np.where(np.arange(len(y)) == 7, 1e12, y),
}


@every_model
@pytest.mark.parametrize("case", [*HARD_LABELS, *HARD_TARGETS])
def test_hard_targets(model, case):
    table = HARD_LABELS if is_classifier(model) else HARD_TARGETS
    if case in table:
        X, y = data(model)
        answer_or_word(model, X, table[case](y))


@every_model
def test_a_constant_target_is_predicted(model):
    if not is_classifier(model) and hasattr(fit(model, *data(model)), "intercept_"):
        X, _ = data(model)
        predicted = fit(model, X, np.full(len(X), 3.0)).predict(X)
        np.testing.assert_allclose(predicted, 3.0, atol=0.2)  # within epsilon, for a support vector


# ---- kinds of labels -----------------------------------------------------------------------------
LABELS = {
    "strings": np.array(["ant", "bee", "cat"]),
    "objects": np.array(["ant", "bee", "cat"], dtype=object),
    "int8": np.array([-128, 0, 127], dtype=np.int8),
    "uint8": np.array([0, 128, 255], dtype=np.uint8),
    "large integers": np.array([-(2**62), 0, 2**62]),
    "whole floats": np.array([-1.0, 0.0, 1.5e9]),
    "bool": np.array([False, True, True]),
}


@every_model
@pytest.mark.parametrize("kind", LABELS)
def test_labels_of_any_kind(model, kind):
    if not is_classifier(model):
        return
    X, y = data(model, n_classes=2 if kind == "bool" else 3)
    expected = outputs(fit(model, X, y), X)
    fitted = fit(model, X, LABELS[kind][y])
    found = outputs(fitted, X)
    assert fitted.classes_.dtype.kind == LABELS[kind].dtype.kind
    np.testing.assert_array_equal(found.pop("predict"), LABELS[kind][expected.pop("predict")])
    close(found, expected, 1e-10)


@every_model
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, bool, np.float16, object])
def test_targets_and_features_of_any_kind_of_number(model, dtype):
    if dtype is bool and type(model).__name__ in REFUSED:
        return
    X, y = data(model)
    X = (X * 3 > 1).astype(dtype) if dtype is bool else np.abs(X * 20).astype(dtype)
    expected = outputs(fit(model, X.astype(float), y), X.astype(float))
    close(outputs(fit(model, X, y), X), expected, 1e-10)
    if not is_classifier(model):
        y = np.abs(y * 20 + 1).astype(dtype)
        expected = outputs(fit(model, X, y.astype(float)), X)
        close(outputs(fit(model, X, y), X), expected, 1e-10)


# ---- layout --------------------------------------------------------------------------------------
def read_only(array):
    array = array.copy()
    array.setflags(write=False)
    return array


LAYOUTS = {
    "Fortran order": np.asfortranarray,
    "read-only": read_only,
    "every other column": lambda X: np.repeat(X, 2, axis=-1)[..., ::2],
    "backwards in memory": lambda X: X[::-1].copy()[::-1],
    "a broadcast view": lambda X: np.broadcast_to(X, (2, *X.shape))[0],
    "big-endian": lambda X: X.astype(X.dtype.newbyteorder(">")),
}


@every_model
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layout_in_memory_does_not_matter(model, layout):
    X, y = data(model)
    other_X, other_y = LAYOUTS[layout](X), LAYOUTS[layout](y)
    expected = outputs(fit(model, X, y), X)
    found = outputs(fit(model, other_X, other_y), other_X)
    close(found, expected, 1e-6)
    np.testing.assert_array_equal(other_X, X)
    np.testing.assert_array_equal(other_y, y)


@every_model
def test_float32_is_nearly_float64(model):
    X, y = data(model)
    X = X.astype(np.float32)
    found, expected = outputs(fit(model, X, y), X), outputs(fit(model, X.astype(float), y), X)
    if is_classifier(model):
        assert np.mean(found["predict"] == expected["predict"]) > 0.9
        assert all(v.dtype == np.float32 for k, v in found.items() if k != "predict")
    else:
        assert found["predict"].dtype == np.float32
        close(found, {"predict": expected["predict"]}, 0.02)


@every_model
def test_pandas_with_shuffled_index(model):
    pandas = pytest.importorskip("pandas")
    X, y = data(model)
    index = np.random.default_rng(1).permutation(len(X))
    frame = pandas.DataFrame(X, columns=["a", "b", "c", "d"], index=index)
    series = pandas.Series(y, index=index[::-1])
    close(outputs(fit(model, frame, series), frame), outputs(fit(model, X, y), X), 1e-10)


# ---- weights -------------------------------------------------------------------------------------
DRAWN = {  # their random draws, or folds, depend on how many rows there are
    "AdaBoostRegressor",
    "ElasticNetCV",
    "LassoCV",
    "StackingClassifier",
    "StackingRegressor",
}


@every_model
def test_a_weight_of_zero_is_a_row_that_is_absent(model):
    if "sample_weight" not in inspect.signature(model.fit).parameters:
        return
    name = type(model).__name__
    if "check_sample_weight_equivalence_on_dense_data" in EXEMPT.get(name, {}) or name in DRAWN:
        return
    X, y = data(model)
    junk = np.vstack([X, 1e3 * X[:8]]), np.append(y, y[::-1][:8])
    weights = np.append(np.ones(len(X)), np.zeros(8))
    expected = outputs(fit(model, X, y), X)
    close(outputs(fit(model, *junk, weights), X), expected, 1e-3)


@every_model
@pytest.mark.parametrize("factor", [1e-30, 1e30])
def test_weights_of_any_size(model, factor):
    if "sample_weight" not in inspect.signature(model.fit).parameters:
        return
    X, y = data(model)
    answer_or_word(model, X, y, np.full(len(X), factor))
