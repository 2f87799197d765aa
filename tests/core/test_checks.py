"""Clean data pass unchanged; every other kind meets a message that says what to do."""

import warnings

import numpy as np
import pytest

from ml_from_scratch.core import checks
from ml_from_scratch.core.exceptions import DataConversionWarning


# ---- X -------------------------------------------------------------------------------------------
def test_clean_arrays_are_not_copied():
    for dtype in (np.float64, np.float32):
        X = np.ones((3, 2), dtype)
        assert checks.check_array(X) is X


@pytest.mark.parametrize(
    "X",
    [[[1, 2], [3, 4]], np.array([["1", "2"], ["3", "4"]]), np.array([[1, 2], [3, 4]], object)]
    + [np.array([[1, 2], [3, 4]], t) for t in (np.int8, np.uint64, np.float16, bool)],
)
def test_numbers_become_float64(X):
    array = checks.check_array(X)
    assert array.dtype == np.float64
    np.testing.assert_array_equal(array, np.asarray(X).astype(float))


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ([1.0, 2.0], ValueError, r"Expected 2D array, got 1D.*\(2,\).*Reshape your data"),
        (3.0, ValueError, "got scalar array"),
        (np.ones((2, 2, 2)), ValueError, "got 3D array"),
        (np.empty((0, 2)), ValueError, r"0 sample\(s\) \(shape=\(0, 2\)\) while a minimum of 1"),
        (np.empty((2, 0)), ValueError, r"0 feature\(s\) \(shape=\(2, 0\)\) while a minimum of 1"),
        ([[1.0], [np.nan]], ValueError, r"Input X contains NaN, first at \[1, 0\].*imputer"),
        ([[1.0], [-np.inf]], ValueError, r"Input X contains infinity.*first at \[1, 0\]"),
        ([[1.0, np.inf], [np.nan, 1]], ValueError, r"infinity.*\[0, 1\]"),
        ([[1j]], ValueError, "Complex data not supported"),
        ([["cat"]], ValueError, "X must be numeric.*cat.*encoder"),
        ([[{}]], TypeError, "argument must be a string or a number"),
        ([[None]], ValueError, "NaN"),
        (np.array([["2020-01-01"]], "M8[D]"), TypeError, "dates or durations .*timedelta64"),
    ],
)
def test_what_is_refused(X, error, message):
    with pytest.raises(error, match=message):
        checks.check_array(X)


def test_sparse_is_refused_with_the_repair():
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(TypeError, match=r"sparse.*toarray\(\)"):
        checks.check_array(sparse.eye(3).tocsr())


def test_minimum_sizes_say_who_asks():
    with pytest.raises(ValueError, match=r"2 sample\(s\).*minimum of 3 is required by PCA"):
        checks.check_array(np.ones((2, 2)), min_samples=3, used_by="PCA")


def test_nan_where_it_is_allowed():
    X = np.array([[np.nan, 1.0]])
    assert checks.check_array(X, allow_nan=True) is X
    with pytest.raises(ValueError, match="infinity"):
        checks.check_array([[np.nan, np.inf]], allow_nan=True)
    with pytest.raises(ValueError, match=r"NaN, first at \[0, 1\]"):
        checks.check_array(np.array([["a", float("nan")]], object), numeric=False)


def test_large_finite_values_whose_sum_overflows():
    X = np.full((2, 2), 1.7e308)
    assert checks.check_array(X) is X


def test_objects_stay_objects_for_encoders():
    X = np.array([["a", 1], ["b", 2]], object)
    assert checks.check_array(X, numeric=False) is X


def test_pandas_missing_values_are_nan():
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame({"a": pandas.array([1, None], dtype="Int64"), "b": ["3", "4"]})
    array = checks.check_array(X, allow_nan=True)
    np.testing.assert_array_equal(array, [[1, 3], [np.nan, 4]])


# ---- y -------------------------------------------------------------------------------------------
def test_target():
    y = checks.check_target([1, 2], 2, np.float32)
    assert y.dtype == np.float32 and y.tolist() == [1.0, 2.0]
    assert checks.check_target(np.ones((3, 2)), 3, multi_output=True).shape == (3, 2)
    assert checks.check_target(np.ones((3, 1)), 3, multi_output=True).shape == (3, 1)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "Ridge requires y to be passed, but the target y is None"),
        ([1.0], r"inconsistent numbers of samples: \[2, 1\]"),
        (np.ones((2, 2)), r"y should be a 1d array, got an array of shape \(2, 2\)"),
        ([1.0, np.nan], r"Input y contains NaN, first at \[1\]"),
        ([1.0, np.inf], "Input y contains infinity"),
        ([1, 1j], "Complex data not supported"),
        (["a", "b"], "y must be numeric"),
    ],
)
def test_target_refused(y, message):
    with pytest.raises(ValueError, match=message):
        checks.check_target(y, 2, used_by="Ridge")


def test_column_vector_is_flattened_with_a_warning():
    with pytest.warns(DataConversionWarning, match="A column-vector y was passed") as record:
        y = checks.check_target([[1.0], [2.0]], 2)
    assert y.tolist() == [1.0, 2.0]
    assert record[0].filename == __file__  # the warning points at the caller's line


@pytest.mark.parametrize(
    "labels",
    [
        [3, 1, 3, 2],
        ["b", "a", "b", "a"],
        [2.0, -1.0, 2.0, 0.0],
        [True, False, True, True],
        [10**12, -5, 0, 10**12],
        np.array(["x", "yy", "x", ""], object),
        np.array([7, 7, 9, 8], np.uint8),
        np.array([2**64 - 1, 2**64 - 3, 2**64 - 1, 2**64 - 2], np.uint64),
        np.array([-128, 127, 0, 5], np.int8),
    ],
    ids=lambda labels: str(np.asarray(labels).dtype),
)
def test_labels_are_numpys_unique(labels):
    classes, index = checks.encode_labels(labels, 4)
    expected, inverse = np.unique(labels, return_inverse=True)
    np.testing.assert_array_equal(classes, expected)
    np.testing.assert_array_equal(index, inverse)
    assert classes.dtype == expected.dtype
    np.testing.assert_array_equal(classes[index], labels)


def test_labels_refused():
    with pytest.raises(ValueError, match=r"Unknown label type: continuous.*0\.5"):
        checks.encode_labels([0.0, 0.5], 2)
    with pytest.raises(TypeError, match="mix .*'int', 'str'"):
        checks.encode_labels(np.array([1, "a"], object), 2)
    with pytest.raises(ValueError, match="NaN"):
        checks.encode_labels(np.array(["a", np.nan], object), 2)


# ---- weights -------------------------------------------------------------------------------------
def test_weights():
    assert checks.check_weights(None, 3) is None
    assert checks.check_weights(2, 3).tolist() == [2.0, 2.0, 2.0]
    w = checks.check_weights([1, 0, 2], 3, np.float32)
    assert w.dtype == np.float32


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([0.0, 0.0, 0.0], "at least one non-zero"),
        ([1.0, -1.0, 1.0], "Negative values.*-1.0"),
        ([1.0, 1.0], r"sample_weight.shape == \(2,\), expected \(3,\)"),
        (np.ones((3, 1)), "must be 1D array or scalar"),
        ([1.0, np.nan, 1.0], "sample_weight contains NaN"),
    ],
)
def test_weights_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        checks.check_weights(weights, 3)


# ---- feature names -------------------------------------------------------------------------------
def frame(names):
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame(np.ones((1, len(names))), columns=names)


def test_feature_names():
    assert checks.feature_names(np.ones((1, 2))) is None
    assert checks.feature_names(frame([0, 1])) is None
    assert checks.feature_names(frame(["a", "b"])).tolist() == ["a", "b"]
    with pytest.raises(TypeError, match="only supported if all input features have string names"):
        checks.feature_names(frame(["a", 1]))


def test_feature_names_compared():
    a, b = np.array(["a", "b"], object), np.array(["b", "a"], object)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        checks.compare_feature_names(a, a, "Ridge")
        checks.compare_feature_names(None, None, "Ridge")
    with pytest.raises(ValueError, match="must be in the same order"):
        checks.compare_feature_names(b, a, "Ridge")
    with pytest.raises(ValueError, match="unseen at fit time:\n- c\n.*now missing:\n- a\n- b"):
        checks.compare_feature_names(np.array(["c"], object), a, "Ridge")
    with pytest.warns(UserWarning, match="does not have valid feature names, but Ridge"):
        checks.compare_feature_names(None, a, "Ridge")
    with pytest.warns(UserWarning, match="X has feature names, but Ridge was fitted without"):
        checks.compare_feature_names(a, None, "Ridge")


# ---- hyper-parameters ----------------------------------------------------------------------------
@pytest.mark.parametrize("value", [0, 0.5, 1, np.float32(0.25), np.int64(1)])
def test_number_within_limits(value):
    assert checks.check_number("p", value, least=0, most=1) is value


@pytest.mark.parametrize(
    ("value", "limits", "error", "message"),
    [
        (-1, {"least": 0}, ValueError, "p must be a number of at least 0; got -1"),
        (0, {"above": 0}, ValueError, "above 0"),
        (2, {"least": 0, "most": 1}, ValueError, "of at least 0 and of at most 1; got 2"),
        (1, {"below": 1}, ValueError, "below 1"),
        (float("nan"), {}, ValueError, "got nan"),
        (1.5, {"integer": True}, TypeError, "an integer; got 1.5"),
        (True, {}, TypeError, "got True"),
        ("1", {}, TypeError, "got '1'"),
        (None, {}, TypeError, "got None"),
        ("a", {"optional": True}, TypeError, "or None"),
    ],
)
def test_number_refused(value, limits, error, message):
    with pytest.raises(error, match=message):
        checks.check_number("p", value, **limits)


def test_choice():
    assert checks.check_choice("penalty", None, ("l2", None)) is None
    with pytest.raises(ValueError, match="penalty must be one of 'l2', None; got 'l1'"):
        checks.check_choice("penalty", "l1", ("l2", None))
    with pytest.raises(ValueError, match="got array"):
        checks.check_choice("penalty", np.array([1, 2]), ("l2", None))
