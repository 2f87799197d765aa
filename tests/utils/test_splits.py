"""Splits and folds: laws of every split, scikit-learn's sizes and folds, what must be refused."""

import numpy as np
import pytest

from ml_from_scratch.core.random import as_generator
from ml_from_scratch.utils import KFold, StratifiedKFold, train_test_split
from ml_from_scratch.utils.model_selection import check_cv
from ml_from_scratch.utils.model_selection.holdout import apportion

# --------------------------------------------------------------------------- train_test_split


def test_the_parts_are_disjoint_and_complete():
    train, test = train_test_split(np.arange(101), test_size=0.3, random_state=0)
    assert sorted(np.concatenate([train, test])) == list(range(101))
    assert len(test) == 31  # ceil(30.3)


def test_arrays_are_split_together():
    X = np.arange(40).reshape(20, 2)
    X_train, X_test, y_train, y_test = train_test_split(X, X[:, 0] * 10, random_state=3)
    assert len(X_test) == 5
    np.testing.assert_array_equal(X_train[:, 0] * 10, y_train)
    np.testing.assert_array_equal(X_test[:, 0] * 10, y_test)


def test_the_seed_decides():
    def split(seed):
        return train_test_split(np.arange(50), random_state=seed)[0].tolist()

    assert split(1) == split(1) != split(2)
    assert split(np.random.default_rng(5)) == split(np.random.default_rng(5))
    assert split(np.random.RandomState(5)) == split(np.random.RandomState(5))


def test_global_random_state_is_neither_read_nor_changed():
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    train_test_split(np.arange(10))
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize("n_samples", [2, 5, 10, 33])
@pytest.mark.parametrize(
    ("test_size", "train_size"),
    [(None, None), (0.2, None), (None, 0.7), (0.25, 0.5), (1, None), (None, 1), (1, 1), (0.5, 1)],
)
def test_sizes_are_those_of_scikit_learn(n_samples, test_size, train_size):
    selection = pytest.importorskip("sklearn.model_selection")
    sizes = {"test_size": test_size, "train_size": train_size, "shuffle": False}
    try:
        theirs = selection.train_test_split(np.arange(n_samples), **sizes)
    except ValueError:
        with pytest.raises(ValueError):
            train_test_split(np.arange(n_samples), **sizes)
        return
    ours = train_test_split(np.arange(n_samples), **sizes)
    for a, b in zip(ours, theirs):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "sizes",
    [
        {"test_size": 0},
        {"test_size": 0.0},
        {"test_size": 1.0},
        {"test_size": 10},
        {"test_size": -1},
        {"test_size": "half"},
        {"test_size": True},
        {"test_size": 0.6, "train_size": 0.6},
        {"test_size": 6, "train_size": 6},
        {"test_size": float("nan")},
        {"train_size": 0.05},
        {"test_size": 0.95},
    ],
)
def test_impossible_sizes_are_refused(sizes):
    with pytest.raises(ValueError, match=r"size|empty"):
        train_test_split(np.arange(10), **sizes)


def test_lists_stay_lists_and_tuples_become_lists():
    train, test, train_2, test_2 = train_test_split(
        list("abcdef"), tuple("abcdef"), test_size=2, random_state=0
    )
    assert isinstance(train, list) and isinstance(train_2, list)
    assert train == train_2 and test == test_2
    assert train_test_split(range(4), shuffle=False) == [[0, 1, 2], [3]]


def test_data_frames_stay_data_frames():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": np.arange(8), "b": list("xyxyxyxy")}, index=np.arange(8) * 10)
    train, test, s_train, s_test = train_test_split(
        frame, frame["b"], test_size=0.5, random_state=0, stratify=frame["b"]
    )
    assert isinstance(train, pd.DataFrame) and isinstance(s_test, pd.Series)
    assert (train.index == s_train.index).all()
    assert test["b"].value_counts().to_dict() == {"x": 2, "y": 2}
    assert (test.index == test["a"] * 10).all()


def test_sparse_read_only_and_object_arrays_are_split():
    sparse = pytest.importorskip("scipy.sparse")
    X = np.arange(12.0).reshape(6, 2)
    X.setflags(write=False)
    strings = np.array(list("abcdef"), dtype=object)
    out = train_test_split(sparse.csr_matrix(X), X[::-1], strings, random_state=1, test_size=2)
    np.testing.assert_array_equal(out[0].toarray(), 10 - out[2] + np.array([0, 2]))
    assert out[4].dtype == object


def test_lengths_must_agree():
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[3, 4\]"):
        train_test_split(np.zeros(3), np.zeros(4))
    with pytest.raises(ValueError, match="inconsistent"):
        train_test_split(np.zeros(6), stratify=[0, 1, 0, 1])
    with pytest.raises(ValueError, match="at least one array"):
        train_test_split()
    with pytest.raises(TypeError, match="single value"):
        train_test_split(np.array(3.0))
    with pytest.raises(TypeError, match="collection"):
        train_test_split(3)


# --------------------------------------------------------------------------- stratified


def test_stratified_parts_keep_the_proportions():
    y = np.array(["a"] * 60 + ["b"] * 30 + ["c"] * 10)
    y_train, y_test = train_test_split(y, test_size=0.2, stratify=y, random_state=0)
    assert np.unique(y_train, return_counts=True)[1].tolist() == [48, 24, 8]
    assert np.unique(y_test, return_counts=True)[1].tolist() == [12, 6, 2]
    assert y_train.tolist() != sorted(y_train)  # shuffled, not class after class


def test_stratified_parts_are_disjoint_when_they_leave_some_out():
    y = np.arange(100) % 3
    train, test = train_test_split(
        np.arange(100), test_size=20, train_size=30, stratify=y, random_state=0
    )
    assert len(train) == 30 and len(test) == 20 and not set(train) & set(test)


def test_stratify_on_several_columns():
    labels = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 5)
    for y in (labels, labels.astype(object)):
        _, test = train_test_split(y, test_size=4, stratify=y, random_state=0)
        assert sorted(map(tuple, test.tolist())) == [(0, 0), (0, 1), (1, 0), (1, 1)]


@pytest.mark.parametrize(
    ("y", "test_size", "message"),
    [
        ([0, 0, 0, 1], 2, r"only 1 member: \[1\]"),
        ([0, 1, 2] * 4, 2, "number of classes = 3; enlarge test_size"),
        ([0, 1, 2] * 4, 10, "number of classes = 3; enlarge train_size"),
    ],
)
def test_classes_too_small_to_stratify(y, test_size, message):
    with pytest.raises(ValueError, match=message):
        train_test_split(y, test_size=test_size, stratify=y)


def test_stratify_needs_shuffling():
    with pytest.raises(ValueError, match="shuffle=True"):
        train_test_split([0, 0, 1, 1], stratify=[0, 0, 1, 1], shuffle=False)


def test_apportionment_by_hand_and_by_law():
    rng = as_generator(0)
    assert apportion(np.array([6, 3, 1]), 10, rng).tolist() == [6, 3, 1]
    assert apportion(np.array([53, 24, 23]), 10, rng).tolist() == [5, 3, 2]  # Hamilton
    seen = {tuple(apportion(np.array([2, 2, 2]), 2, rng).tolist()) for _ in range(50)}
    assert seen == {(1, 1, 0), (1, 0, 1), (0, 1, 1)}  # ties by lot
    for _ in range(50):
        counts = rng.integers(0, 30, size=5) + 1
        places = int(rng.integers(0, counts.sum() + 1))
        got = apportion(counts, places, rng)
        assert got.sum() == places
        assert (np.abs(got - places * counts / counts.sum()) < 1).all() and (got <= counts).all()


# --------------------------------------------------------------------------- folds


@pytest.mark.parametrize("n_splits", [2, 3, 5])
@pytest.mark.parametrize("name", ["KFold", "StratifiedKFold"])
def test_folds_equal_scikit_learns(name, n_splits):
    selection = pytest.importorskip("sklearn.model_selection")
    ours = {"KFold": KFold, "StratifiedKFold": StratifiedKFold}[name](n_splits)
    theirs = getattr(selection, name)(n_splits)
    rng = np.random.default_rng(n_splits)
    for n_samples in (5, 11, 40, 97):
        y = np.array(["b", "a", "d", "c"])[rng.choice(2 + n_samples // 40, n_samples)]
        y[:5] = "b"
        X = np.zeros((n_samples, 1))
        with pytest.warns(UserWarning) if _rare(y, n_splits, name) else _nothing():
            pairs = list(ours.split(X, y))
        with pytest.warns(UserWarning) if _rare(y, n_splits, name) else _nothing():
            expected = list(theirs.split(X, y))
        for (train, test), (their_train, their_test) in zip(pairs, expected):
            np.testing.assert_array_equal(train, their_train)
            np.testing.assert_array_equal(test, their_test)
        assert len(pairs) == n_splits == ours.get_n_splits()


def _rare(y, n_splits, name):
    return name == "StratifiedKFold" and np.unique(y, return_counts=True)[1].min() < n_splits


def _nothing():
    from contextlib import nullcontext

    return nullcontext()


@pytest.mark.parametrize("splitter", [KFold, StratifiedKFold])
def test_shuffled_folds_partition_and_repeat(splitter):
    y = np.arange(47) % 3
    cv = splitter(4, shuffle=True, random_state=0)
    tests = [test for _, test in cv.split(y, y)]
    assert sorted(np.concatenate(tests)) == list(range(47))
    assert sorted(map(len, tests)) == [11, 12, 12, 12]
    for (train, test), again in zip(cv.split(y, y), tests):
        np.testing.assert_array_equal(test, again)
        assert not set(train) & set(test)
        assert (np.diff(test) > 0).all()
    other = splitter(4, shuffle=True, random_state=1).split(y, y)
    assert any((a.tolist() != b.tolist()) for (_, a), b in zip(other, tests))
    if splitter is StratifiedKFold:
        for test in tests:
            assert np.ptp(np.bincount(y[test])) <= 1


def test_folds_refuse_what_cannot_be():
    for bad in (1, 0, 2.0, "5", True):
        with pytest.raises(ValueError, match="at least 2"):
            KFold(bad)
    with pytest.raises(ValueError, match="no effect without shuffling"):
        KFold(3, random_state=0)
    with pytest.raises(TypeError, match="shuffle"):
        KFold(3, shuffle=0)
    with pytest.raises(ValueError, match="greater than the number of samples"):
        list(KFold(5).split(np.zeros(4)))
    with pytest.raises(ValueError, match="members in each class"):
        list(StratifiedKFold(3).split(np.zeros(4), [0, 0, 1, 1]))
    with pytest.raises(ValueError, match="continuous"):
        list(StratifiedKFold(2).split(np.zeros(4), [0.5, 0, 1, 1]))
    with pytest.raises(ValueError, match="needs y"):
        list(StratifiedKFold(2).split(np.zeros(4), None))
    with pytest.raises(ValueError, match="1d"):
        list(StratifiedKFold(2).split(np.zeros(4), np.eye(4)))
    with pytest.raises(ValueError, match="inconsistent"):
        list(KFold(2).split(np.zeros(4), np.zeros(3)))


def test_repr_shows_the_arguments():
    assert repr(KFold(3, shuffle=True, random_state=1)) == (
        "KFold(n_splits=3, shuffle=True, random_state=1)"
    )


def test_check_cv_chooses_the_splitter():
    labels, values = [0, 1] * 5, np.linspace(0, 1, 10)
    assert type(check_cv(3, labels, classifier=True)) is StratifiedKFold
    assert type(check_cv(3, values, classifier=True)) is KFold
    assert type(check_cv(3, labels, classifier=False)) is KFold
    assert check_cv(None).n_splits == 5
    cv = KFold(2)
    assert check_cv(cv) is cv
    pairs = [([0, 1], [2])]
    fixed = check_cv(iter(pairs))
    assert list(fixed.split()) == list(fixed.split()) == pairs and fixed.get_n_splits() == 1
    for bad in ("five", 2.5):
        with pytest.raises(ValueError, match="cv must be"):
            check_cv(bad)
