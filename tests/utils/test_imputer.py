"""Filling gaps: scikit-learn's values for every strategy, kind of data and mark of the missing."""

import warnings

import numpy as np
import pytest

from ml_from_scratch.utils.preprocessing import SimpleImputer

NAN = float("nan")
NUMBERS = np.array(
    [[1.0, 2.0, NAN, 0.0], [NAN, 4.0, NAN, 1.0], [5.0, NAN, NAN, 1.0], [5.0, NAN, NAN, 0.0]]
)
WORDS = np.array([["a", "x"], [NAN, "y"], ["b", NAN], ["b", "y"]], dtype=object)


def theirs_of(**options):
    return pytest.importorskip("sklearn.impute").SimpleImputer(**options)


def quietly(function, *args):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args)


def same(a, b):
    assert a.shape == b.shape
    for x, y in zip(a.ravel().tolist(), b.ravel().tolist()):
        assert x == y or (x != x and y != y) or x == pytest.approx(y, rel=1e-14)


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("indicate", [False, True])
@pytest.mark.parametrize("strategy", ["mean", "median", "most_frequent", "constant"])
def test_numbers_equal_scikit_learns(strategy, indicate, keep):
    options = {"strategy": strategy, "add_indicator": indicate, "keep_empty_features": keep}
    ours, theirs = SimpleImputer(**options), theirs_of(**options)
    Z = quietly(ours.fit_transform, NUMBERS)
    if (
        strategy == "constant"
        and not np.isnan(
            quietly(theirs_of(strategy="constant").fit, NUMBERS).statistics_.astype(float)
        ).any()
    ):
        pytest.skip("this scikit-learn (before 1.8) always kept empty features with a constant")
    same(Z, quietly(theirs.fit_transform, NUMBERS))
    same(ours.statistics_, theirs.statistics_)
    assert Z.dtype == np.float64 and ours.get_params() == theirs.get_params()
    new = np.full((1, 4), NAN)
    same(quietly(ours.transform, new), quietly(theirs.fit(NUMBERS).transform, new))
    assert list(ours.get_feature_names_out()) == list(theirs.get_feature_names_out())
    if indicate:
        same(quietly(ours.inverse_transform, Z), NUMBERS)


@pytest.mark.parametrize("strategy", ["most_frequent", "constant"])
def test_words_equal_scikit_learns(strategy):
    for X in (WORDS, WORDS.tolist()):
        ours, theirs = SimpleImputer(strategy=strategy), theirs_of(strategy=strategy)
        same(ours.fit_transform(WORDS), theirs.fit_transform(WORDS))
        same(ours.fit_transform(X), theirs.fit_transform(WORDS))
    filled = SimpleImputer(strategy="constant", fill_value="?").fit_transform(WORDS)
    assert filled[1, 0] == "?"


@pytest.mark.parametrize(
    ("X", "missing"),
    [
        (np.array([[1, -1], [-1, 4], [3, 4]]), -1),
        (np.array([[1.0, 0.0], [0.0, 4.0], [3.0, 4.0]]), 0),
        (np.array([["a", ""], ["", "b"], ["a", "b"]], dtype=object), ""),
        (np.array([["a", None], [None, "b"], ["a", "b"]], dtype=object), None),
    ],
)
def test_other_marks_of_the_missing(X, missing):
    for strategy in ("mean", "median", "most_frequent", "constant"):
        if X.dtype == object and strategy in ("mean", "median"):
            continue
        options = {"strategy": strategy, "missing_values": missing}
        ours, theirs = SimpleImputer(**options), theirs_of(**options)
        same(ours.fit_transform(X), theirs.fit_transform(X))
        assert ours.fit_transform(X).dtype == theirs.fit_transform(X).dtype


def test_by_hand():
    imputer = SimpleImputer(strategy="median").fit([[1.0], [NAN], [10.0], [2.0]])
    assert imputer.statistics_.tolist() == [2.0]
    assert imputer.transform([[NAN], [7.0]]).tolist() == [[2.0], [7.0]]
    mode = SimpleImputer(strategy="most_frequent").fit([[3.0], [1.0], [3.0], [1.0], [NAN]])
    assert mode.statistics_.tolist() == [1.0]  # the smallest of equals


def test_float32_stays():
    X = NUMBERS[:, :2].astype(np.float32)
    for strategy in ("mean", "median", "most_frequent", "constant"):
        assert SimpleImputer(strategy=strategy).fit_transform(X).dtype == np.float32


def test_an_empty_feature_is_told():
    with pytest.warns(UserWarning, match=r"Skipping features without any observed values: \[2\]"):
        SimpleImputer().fit_transform(NUMBERS)
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(NUMBERS, columns=list("abcd"))
    with pytest.warns(UserWarning, match=r"\['c'\]"):
        out = SimpleImputer().set_output(transform="pandas").fit_transform(frame)
    assert list(out.columns) == ["a", "b", "d"]


def test_pandas_missing_values():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"n": pd.array([1, None, 3], dtype="Int64"), "m": [1.0, 2.0, None]})
    np.testing.assert_array_equal(SimpleImputer().fit_transform(frame), [[1, 1], [2, 2], [3, 1.5]])
    words = pd.DataFrame({"w": pd.array(["a", None, "a"], dtype="string")})
    out = SimpleImputer(strategy="most_frequent").fit_transform(words)
    assert out.ravel().tolist() == ["a", "a", "a"]


def test_in_place_only_when_told():
    X = NUMBERS[:, :2].copy()
    SimpleImputer().fit_transform(X)
    assert np.isnan(X).any()
    assert SimpleImputer(copy=False).fit_transform(X) is X and not np.isnan(X).any()
    X = NUMBERS[:, :2].copy()
    X.setflags(write=False)
    assert not np.isnan(SimpleImputer(copy=False).fit_transform(X)).any()


def test_saved(tmp_path):
    for X, strategy in ((NUMBERS, "mean"), (WORDS, "most_frequent"), (WORDS, "constant")):
        imputer = quietly(SimpleImputer(strategy=strategy).fit, X)
        imputer.save(tmp_path / "imputer.npz")
        loaded = SimpleImputer.load(tmp_path / "imputer.npz")
        same(quietly(loaded.transform, X), quietly(imputer.transform, X))


def test_refusals():
    with pytest.raises(ValueError, match="strategy must be one of"):
        SimpleImputer(strategy="mode").fit(NUMBERS)
    with pytest.raises(ValueError, match="Cannot use mean strategy with non-numeric data"):
        SimpleImputer().fit(WORDS)
    with pytest.raises(ValueError, match="cannot be cast"):
        SimpleImputer(strategy="constant", fill_value="x").fit(NUMBERS)
    with pytest.raises(ValueError, match="cannot be cast"):
        SimpleImputer(strategy="constant", fill_value=0.5, missing_values=-1).fit([[1], [2]], None)
    with pytest.raises(ValueError, match="does not support data with dtype"):
        SimpleImputer(strategy="most_frequent").fit(np.array([[True], [False]]))
    with pytest.raises(ValueError, match="is not one"):
        SimpleImputer(missing_values="?").fit([[1.0]])
    with pytest.raises(ValueError, match="NaN"):
        SimpleImputer(missing_values=0).fit(NUMBERS)
    with pytest.raises(ValueError, match="infinity"):
        SimpleImputer().fit([[np.inf]])
    with pytest.raises(ValueError, match="add_indicator=True"):
        SimpleImputer().fit(NUMBERS[:, :2]).inverse_transform(NUMBERS[:, :2])
    with pytest.raises(ValueError, match="expecting 4 features"):
        quietly(SimpleImputer().fit, NUMBERS).transform(NUMBERS[:, :2])
