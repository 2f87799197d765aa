"""Encoders: scikit-learn's values, unknown and missing categories, mixed columns, there and back."""

import pickle
import warnings

import numpy as np
import pytest

from ml_from_scratch.utils.preprocessing import LabelEncoder, OneHotEncoder, OrdinalEncoder

NAN = float("nan")
DATA = {
    "strings": [["red", "s"], ["blue", "m"], ["red", "l"], ["green", "s"]],
    "mixed columns": [["red", 3], ["blue", 1], ["red", 2], ["green", 3]],
    "ints": np.array([[3, 10], [1, 20], [2, 10], [3, 30]]),
    "floats": np.array([[3.5, 1], [1, 2], [2, 1], [3.5, 3]]),
    "float NaN": np.array([[3.5, 1], [NAN, 2], [2, NAN], [NAN, 3]]),
    "bools": np.array([[True, False], [False, False], [True, True], [True, False]]),
    "unicode": np.array([["a", "xyz"], ["b", "x"], ["a", "x"], ["c", "y"]]),
    "objects NaN": np.array([["a", 1], [NAN, 2], ["b", 1], ["a", NAN]], dtype=object),
    "objects None": np.array([["a", "u"], [None, "v"], ["b", None], ["a", NAN]], dtype=object),
}


def sk(name):
    return getattr(pytest.importorskip("sklearn.preprocessing"), name)


def same(a, b):
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape and a.dtype.kind == b.dtype.kind, (a.dtype, b.dtype)
    for x, y in zip(a.ravel().tolist(), b.ravel().tolist()):
        assert x == y or (x != x and y != y), (x, y)


# --------------------------------------------------------------------------- one-hot


@pytest.mark.parametrize("drop", [None, "first", "if_binary"])
@pytest.mark.parametrize("data", DATA)
def test_one_hot_equals_scikit_learns(data, drop):
    X = DATA[data]
    ours = OneHotEncoder(drop=drop).fit(X)
    theirs = sk("OneHotEncoder")(drop=drop, sparse_output=False).fit(X)
    for a, b in zip(ours.categories_, theirs.categories_):
        same(a, b)
    np.testing.assert_array_equal(ours.transform(X), theirs.transform(X))
    same(ours.inverse_transform(ours.transform(X)), theirs.inverse_transform(theirs.transform(X)))
    assert list(ours.get_feature_names_out()) == list(theirs.get_feature_names_out())
    if drop is None:
        assert ours.drop_idx_ is None
    else:
        assert ours.drop_idx_.tolist() == theirs.drop_idx_.tolist()


def test_one_hot_by_hand():
    encoder = OneHotEncoder(drop=["blue"]).fit([["red"], ["blue"], ["green"]])
    assert encoder.transform([["blue"], ["green"], ["red"]]).tolist() == [[0, 0], [1, 0], [0, 1]]
    assert encoder.get_feature_names_out().tolist() == ["x0_green", "x0_red"]
    assert OneHotEncoder(drop=[NAN]).fit([[1.0], [NAN]]).transform([[NAN], [1.0]]).tolist() == [
        [0],
        [1],
    ]


@pytest.mark.parametrize("drop", [None, "first"])
def test_unknown_categories(drop):
    X, new = [["a", 1], ["b", 2], ["c", 1]], [["z", 1], ["b", 7]]
    with pytest.raises(
        ValueError, match=r"unknown categories \['z'\] in column 0 during transform"
    ):
        OneHotEncoder(drop=drop).fit(X).transform(new)
    for how in ("ignore", "warn"):
        ours = OneHotEncoder(drop=drop, handle_unknown=how).fit(X)
        theirs = sk("OneHotEncoder")(drop=drop, handle_unknown="ignore", sparse_output=False).fit(X)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            Z = ours.transform(new)
        assert bool(told) == (how == "warn" or drop is not None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            np.testing.assert_array_equal(Z, theirs.transform(new))
        same(ours.inverse_transform(Z), theirs.inverse_transform(Z))


def test_named_categories():
    categories = [["low", "middle", "high"], [3, 5]]
    X = [["high", 3], ["low", 5]]
    encoder = OneHotEncoder(categories=categories).fit(X)
    assert encoder.transform(X).tolist() == [[0, 0, 1, 1, 0], [1, 0, 0, 0, 1]]
    # Longer than any seen, and not cut off:
    unicode = OneHotEncoder(categories=[["a", "abcdef"]]).fit(np.array([["a"]]))
    assert unicode.transform(np.array([["abcdef"]])).tolist() == [[0, 1]]
    for bad, message in (
        ([["low"]], "Shape mismatch"),
        ([["low", "low"], [3, 5]], "duplicate"),
        ([["low", "high"], [3]], "unknown categories \\[5\\] in column 1 during fit"),
        ("all", "'auto'"),
        ([[], [3, 5]], "non-empty"),
    ):
        with pytest.raises(ValueError, match=message):
            OneHotEncoder(categories=bad).fit(X)
    with pytest.raises(ValueError, match="Unsorted categories"):
        OneHotEncoder(categories=[[2.0, 1.0]]).fit(np.array([[1.0]]))
    with pytest.raises(ValueError, match="Nan should be the last"):
        OneHotEncoder(categories=[[NAN, 1.0]]).fit(np.array([[1.0]]))
    kept = OneHotEncoder(categories=[[1.0, 2.0, NAN]]).fit(np.array([[1.0]]))
    assert kept.transform([[NAN]]).tolist() == [[0, 0, 1]]


def test_one_hot_refusals():
    X = [["a"], ["b"]]
    with pytest.raises(ValueError, match="not supported: the result is a dense"):
        OneHotEncoder(sparse_output=True).fit(X)
    with pytest.raises(ValueError, match="handle_unknown"):
        OneHotEncoder(handle_unknown="skip").fit(X)
    with pytest.raises(ValueError, match="drop"):
        OneHotEncoder(drop="last").fit(X)
    with pytest.raises(ValueError, match="length equal to the number of features"):
        OneHotEncoder(drop=["a", "b"]).fit(X)
    with pytest.raises(ValueError, match="not found in the training data"):
        OneHotEncoder(drop=["z"]).fit(X)
    with pytest.raises(TypeError, match=r"uniformly strings or numbers. Got \['int', 'str'\]"):
        OneHotEncoder().fit(np.array([["a"], [1]], dtype=object))
    encoder = OneHotEncoder().fit(X)
    with pytest.raises(ValueError, match="can not be inverted"):
        encoder.inverse_transform([[0.0, 0.0]])
    with pytest.raises(ValueError, match="Expected 2 columns"):
        encoder.inverse_transform([[0.0]])
    with pytest.raises(ValueError, match="expecting 1 features"):
        encoder.transform([["a", "b"]])
    with pytest.raises(ValueError, match="infinity"):
        OneHotEncoder().fit(np.array([[np.inf]]))


def test_numbers_and_strings_are_never_the_same():
    encoder = OneHotEncoder(handle_unknown="ignore").fit([[1], [2]])
    assert encoder.transform([["1"], ["2"]]).tolist() == [[0, 0], [0, 0]]
    assert encoder.transform(np.array([[1.0], [2.5]])).tolist() == [[1, 0], [0, 0]]


@pytest.mark.parametrize("dtype", ["float32", np.int8, bool])
def test_dtype_of_the_result(dtype):
    assert OneHotEncoder(dtype=dtype).fit_transform([["a"], ["b"]]).dtype == dtype
    assert OrdinalEncoder(dtype=dtype).fit_transform([["a"], ["b"]]).dtype == dtype


# --------------------------------------------------------------------------- ordinal


@pytest.mark.parametrize("data", DATA)
def test_ordinal_equals_scikit_learns(data):
    X = DATA[data]
    ours, theirs = OrdinalEncoder().fit(X), sk("OrdinalEncoder")().fit(X)
    np.testing.assert_array_equal(ours.transform(X), theirs.transform(X))
    same(ours.inverse_transform(ours.transform(X)), theirs.inverse_transform(theirs.transform(X)))
    assert list(ours.get_feature_names_out()) == list(theirs.get_feature_names_out())


@pytest.mark.parametrize("missing", [NAN, -1, -2])
@pytest.mark.parametrize("unknown", [NAN, -1])
def test_ordinal_unknown_and_missing(unknown, missing):
    X, new = [["a", 1.0], ["b", NAN], ["c", 1.0]], [["z", 1.0], ["b", 7.0], ["a", NAN]]
    options = {
        "handle_unknown": "use_encoded_value",
        "unknown_value": unknown,
        "encoded_missing_value": missing,
    }
    ours, theirs = OrdinalEncoder(**options).fit(X), sk("OrdinalEncoder")(**options).fit(X)
    Z = ours.transform(new)
    np.testing.assert_array_equal(Z, theirs.transform(new))
    back = ours.inverse_transform(Z)
    assert back[0, 0] is None and back[1, 0] == "b" and back[2, 0] == "a"
    if not (unknown == missing or (unknown != unknown and missing != missing)):
        assert back[1, 1] is None and back[2, 1] != back[2, 1]


def test_ordinal_refusals():
    X = [["a", 1.0], ["b", NAN]]
    use = {"handle_unknown": "use_encoded_value"}
    with pytest.raises(ValueError, match="unknown categories"):
        OrdinalEncoder().fit(X).transform([["z", 1.0]])
    for options, error, message in (
        ({"unknown_value": -1}, TypeError, "only be set when"),
        ({**use}, TypeError, "integer or np.nan"),
        ({**use, "unknown_value": 1.5}, TypeError, "integer or np.nan"),
        ({**use, "unknown_value": NAN, "dtype": int}, ValueError, "float dtype"),
        ({**use, "unknown_value": 1}, ValueError, "already used for encoding"),
        ({"encoded_missing_value": 0}, ValueError, "already used to encode"),
        ({"dtype": "int64"}, ValueError, "missing values in feature 1"),
        ({"handle_unknown": "ignore"}, ValueError, "handle_unknown"),
    ):
        with pytest.raises(error, match=message):
            OrdinalEncoder(**options).fit(X)
    with pytest.raises(ValueError, match="outside 0 to 1"):
        OrdinalEncoder().fit([["a"], ["b"]]).inverse_transform([[2.0]])


# --------------------------------------------------------------------------- both


@pytest.mark.parametrize("kind", [OneHotEncoder, OrdinalEncoder])
def test_data_frames(kind):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(
        {
            "number": [3, 1, 3],
            "text": ["b", "a", None],
            "kind": pd.Categorical(["u", "v", "u"]),
            "nullable": pd.array([1, None, 2], dtype="Int64"),
        }
    )
    encoder = kind().set_output(transform="pandas").fit(frame)
    assert encoder.categories_[0].dtype.kind == "i"  # each column keeps its dtype
    out = encoder.transform(frame)
    assert list(out.columns) == list(encoder.get_feature_names_out())
    assert out.columns[0].startswith("number")
    if kind is OrdinalEncoder:
        np.testing.assert_array_equal(out["nullable"], [0, NAN, 1])
        assert encoder.feature_names_in_.tolist() == ["number", "text", "kind", "nullable"]


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("kind", [OneHotEncoder, OrdinalEncoder])
def test_saved_and_pickled(kind, data, tmp_path):
    X = DATA[data]
    encoder = kind().fit(X)
    encoder.save(tmp_path / "encoder.npz")
    for again in (kind.load(tmp_path / "encoder.npz"), pickle.loads(pickle.dumps(encoder))):
        np.testing.assert_array_equal(again.transform(X), encoder.transform(X))
        same(
            again.inverse_transform(again.transform(X)),
            encoder.inverse_transform(again.transform(X)),
        )


# --------------------------------------------------------------------------- labels


@pytest.mark.parametrize(
    "y",
    [
        ["b", "a", "c", "a"],
        [3, -1, 3, 7],
        [0.5, 0.1, 0.5, 2],
        [True, False, True],
        np.array(["x", "yy"], dtype=object),
        [1.0, NAN, 1.0],
    ],
)
def test_labels_equal_scikit_learns(y):
    ours, theirs = LabelEncoder().fit(y), sk("LabelEncoder")().fit(y)
    same(ours.classes_, theirs.classes_)
    same(ours.transform(y), theirs.transform(y))
    same(ours.inverse_transform(ours.transform(y)), y)
    same(LabelEncoder().fit_transform(y), theirs.transform(y))


def test_label_refusals():
    encoder = LabelEncoder().fit(["a", "b"])
    with pytest.raises(ValueError, match=r"previously unseen labels: \['z'\]"):
        encoder.transform(["a", "z"])
    for bad in ([2], [-1], [0.5]):
        with pytest.raises(ValueError, match="previously unseen"):
            encoder.inverse_transform(bad)
    with pytest.raises(ValueError, match="not fitted"):
        LabelEncoder().transform(["a"])
    with pytest.raises(ValueError, match="1d array"):
        encoder.fit([["a", "b"]])
    with pytest.warns(UserWarning, match="column-vector"):
        assert encoder.fit([["b"], ["a"]]).classes_.tolist() == ["a", "b"]
    assert len(encoder.transform([])) == 0 and len(encoder.inverse_transform([])) == 0


def test_labels_are_saved(tmp_path):
    encoder = LabelEncoder().fit(np.array(["b", "a"], dtype=object))
    encoder.save(tmp_path / "labels.npz")
    assert LabelEncoder.load(tmp_path / "labels.npz").transform(["b"]).tolist() == [1]
