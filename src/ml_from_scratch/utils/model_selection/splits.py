r"""Ways to hold data back: one split, K folds, and both with the classes in proportion.

A model is judged on samples that it has not seen. ``train_test_split`` holds back a part once;
``KFold`` holds back every sample exactly once, in ``n_splits`` rounds. The stratified forms give
each part the same mix of classes as the whole. The names, the meaning of the sizes and, without
shuffling, the folds are scikit-learn's.

Stratifying is apportionment: of :math:`m` places, class :math:`c` with :math:`n_c` of the
:math:`n` samples deserves the quota

.. math:: q_c = m \, n_c / n \tag{1}

and gets the whole part of it; the places that are left go to the largest remainders (Hamilton's
method), ties by lot.
"""

from __future__ import annotations

import math
import numbers
import warnings

import numpy as np

from ...core.random import as_generator
from .rows import check_equal_rows, take_rows


def train_test_split(
    *arrays, test_size=None, train_size=None, random_state=None, shuffle=True, stratify=None
):
    """Split arrays into a training and a test part, the same rows of each.

    Parameters
    ----------
    *arrays : arrays, lists or data frames
        Each has n_samples rows.
    test_size, train_size : float, int or None
        A float is a share of the samples (the test part is rounded up, the training part down), an
        integer a number of samples. What is None is the rest of the other; both None means a test
        share of 0.25.
    random_state : None, int, Generator or RandomState
        Decides the shuffle; the same integer gives the same split.
    shuffle : bool
        False keeps the order: the first rows train, the next ones test.
    stratify : None or array-like of shape (n_samples,) or (n_samples, n_labels)
        Labels whose proportions both parts keep.

    Returns
    -------
    list
        ``[train, test]`` of the first array, then of the second, and so on; each of the kind that
        was passed in (lists stay lists, data frames stay data frames).

    Raises
    ------
    ValueError
        If no array is given, lengths differ, a size is impossible, or a class is too small to
        have a member on both sides.

    Examples
    --------
    >>> X_train, X_test = train_test_split(np.arange(8), test_size=0.25, shuffle=False)
    >>> X_train.tolist(), X_test.tolist()
    ([0, 1, 2, 3, 4, 5], [6, 7])
    >>> labels = ["a", "b", "a", "b"]
    >>> sorted(train_test_split(labels, test_size=2, stratify=labels, random_state=0)[1])
    ['a', 'b']
    """
    if not arrays:
        raise ValueError("train_test_split needs at least one array to split; got none.")
    n_samples = check_equal_rows(*arrays)
    n_train, n_test = resolve_sizes(n_samples, test_size, train_size)
    if not shuffle:
        if stratify is not None:
            raise ValueError(
                "a stratified split draws rows by class, so it needs shuffle=True; "
                "leave stratify out to split in order."
            )
        order = np.arange(n_samples)
        train, test = order[:n_train], order[n_train : n_train + n_test]
    elif stratify is None:
        order = as_generator(random_state).permutation(n_samples)
        test, train = order[:n_test], order[n_test : n_test + n_train]
    else:
        check_equal_rows(arrays[0], stratify)
        train, test = stratified_indices(stratify, n_train, n_test, as_generator(random_state))
    return [take_rows(array, part) for array in arrays for part in (train, test)]


train_test_split.__test__ = False  # its name starts with "test" to some test collectors


def resolve_sizes(n_samples: int, test_size, train_size) -> tuple[int, int]:
    """Turn shares or counts into ``(n_train, n_test)``."""
    if test_size is None and train_size is None:
        test_size = 0.25
    for name, size in (("test_size", test_size), ("train_size", train_size)):
        _check_size(name, size, n_samples)
    n_test = _count(test_size, n_samples, math.ceil)
    n_train = _count(train_size, n_samples, math.floor)
    n_train = n_samples - n_test if n_train is None else n_train
    n_test = n_samples - n_train if n_test is None else n_test
    if n_train + n_test > n_samples:
        raise ValueError(
            f"train_size={train_size!r} and test_size={test_size!r} ask for {n_train} and {n_test} "
            f"samples, but there are only {n_samples}; make one of them smaller."
        )
    if n_train == 0:
        raise ValueError(
            f"of n_samples={n_samples}, test_size={test_size!r} and train_size={train_size!r} "
            "leave the training set empty; make test_size smaller."
        )
    return n_train, n_test


def _check_size(name, size, n_samples):
    if size is None:
        return
    whole = isinstance(size, numbers.Integral) and not isinstance(size, bool)
    if not whole and not isinstance(size, numbers.Real) or isinstance(size, bool):
        raise ValueError(f"{name} must be a share, a number of samples or None; got {size!r}.")
    if not 0 < size < (n_samples if whole else 1):
        raise ValueError(
            f"{name}={size!r} should be either positive and smaller than the number of samples "
            f"{n_samples}, or a float in the (0, 1) range."
        )


def _count(size, n_samples, rounding):
    if size is None or isinstance(size, numbers.Integral):
        return size if size is None else int(size)
    return rounding(size * n_samples)


def stratified_indices(labels, n_train, n_test, rng):
    """Draw disjoint training and test rows whose classes are in the proportions of ``labels``."""
    codes, n_classes = _encode(labels)
    counts = np.bincount(codes)
    if counts.min() < 2:
        rare = np.asarray(labels)[np.isin(codes, np.flatnonzero(counts < 2))].tolist()
        raise ValueError(
            "to stratify, every class needs at least 2 members (one to train, one to test); "
            f"the least populated classes in y have only 1 member: {rare[:5]}."
        )
    for name, size in (("train", n_train), ("test", n_test)):
        if size < n_classes:
            raise ValueError(
                f"the {name} part has {size} samples, which should be greater or equal to the "
                f"number of classes = {n_classes}; enlarge {name}_size."
            )
    train_counts = apportion(counts, n_train, rng)
    test_counts = apportion(counts - train_counts, n_test, rng)
    train, test = [], []
    for c in range(n_classes):
        members = rng.permutation(np.flatnonzero(codes == c))
        train.append(members[: train_counts[c]])
        test.append(members[train_counts[c] : train_counts[c] + test_counts[c]])
    return rng.permutation(np.concatenate(train)), rng.permutation(np.concatenate(test))


def apportion(counts, places: int, rng) -> np.ndarray:
    """Share out ``places`` in proportion to ``counts``: largest remainders, ties by lot.

    >>> apportion(np.array([6, 3, 1]), 5, as_generator(0)).tolist() in ([3, 2, 0], [3, 1, 1])
    True
    """
    n = int(counts.sum())
    whole, remainder = np.divmod(places * counts, n)  # exact, in integers  (1)
    left = places - int(whole.sum())
    winners = np.lexsort((rng.random(len(counts)), -remainder))[:left]
    whole[winners] += 1
    return whole


def _encode(labels):
    """Number the classes 0, 1, ... in the order of their values; rows of a matrix are classes."""
    labels = np.asarray(labels)
    if labels.ndim == 2 and labels.dtype.kind == "O":
        labels = labels.astype(str)  # rows of objects cannot be sorted
    axis = 0 if labels.ndim == 2 else None
    classes, codes = np.unique(labels, axis=axis, return_inverse=True)
    return codes.reshape(-1), len(classes)


class KFold:
    """Cut the samples into ``n_splits`` folds; each is the test part once.

    The first ``n_samples % n_splits`` folds have one sample more. Without shuffling, folds are
    consecutive rows.

    Parameters
    ----------
    n_splits : int
        At least 2.
    shuffle : bool
        Whether the rows of a fold are drawn instead of consecutive.
    random_state : None, int, Generator or RandomState
        Only with ``shuffle=True``. With an integer every call of ``split`` gives the same folds.

    Examples
    --------
    >>> [test.tolist() for _, test in KFold(n_splits=3).split(range(7))]
    [[0, 1, 2], [3, 4], [5, 6]]
    """

    def __init__(self, n_splits=5, *, shuffle=False, random_state=None):
        if not isinstance(n_splits, numbers.Integral) or isinstance(n_splits, bool) or n_splits < 2:
            raise ValueError(
                f"k-fold cross-validation needs n_splits to be an integer of at least 2 (one fold "
                f"to test, the rest to train); got {n_splits!r}."
            )
        if not isinstance(shuffle, (bool, np.bool_)):
            raise TypeError(f"shuffle must be True or False; got {shuffle!r}.")
        if random_state is not None and not shuffle:
            raise ValueError(
                "random_state has no effect without shuffling; pass shuffle=True or leave it out."
            )
        self.n_splits = int(n_splits)
        self.shuffle = bool(shuffle)
        self.random_state = random_state

    def __repr__(self):
        return (
            f"{type(self).__name__}(n_splits={self.n_splits}, shuffle={self.shuffle}, "
            f"random_state={self.random_state!r})"
        )

    def get_n_splits(self, X=None, y=None, groups=None) -> int:
        """Return the number of rounds; the arguments are there for scikit-learn's sake."""
        return self.n_splits

    def split(self, X, y=None, groups=None):
        """Yield ``(train, test)`` arrays of row numbers, one pair per fold.

        Raises
        ------
        ValueError
            If there are fewer samples than folds, or X and y differ in length.
        """
        n_samples = check_equal_rows(X, y)
        if self.n_splits > n_samples:
            raise ValueError(
                f"n_splits={self.n_splits} cannot be greater than the number of samples: "
                f"n_samples={n_samples}."
            )
        fold_of = self._assign_folds(n_samples, y)
        for k in range(self.n_splits):
            yield np.flatnonzero(fold_of != k), np.flatnonzero(fold_of == k)

    def _assign_folds(self, n_samples, y):
        sizes = np.full(self.n_splits, n_samples // self.n_splits)
        sizes[: n_samples % self.n_splits] += 1
        blocks = np.repeat(np.arange(self.n_splits), sizes)
        if not self.shuffle:
            return blocks
        return as_generator(self.random_state).permutation(blocks)


class StratifiedKFold(KFold):
    """K folds, each with the mix of classes of the whole.

    Sorted by class (classes in their order of appearance), the samples are dealt to the folds like
    cards; that fixes how many of each class a fold gets. Which ones: consecutive rows, or drawn
    with ``shuffle=True``. Parameters are those of `KFold`.

    Examples
    --------
    >>> y = ["a", "a", "b", "a", "a", "b"]
    >>> [test.tolist() for _, test in StratifiedKFold(n_splits=2).split(y, y)]
    [[0, 1, 2], [3, 4, 5]]
    """

    def split(self, X, y, groups=None):
        """Yield ``(train, test)`` arrays of row numbers, one pair per fold.

        Raises
        ------
        ValueError
            If y is not a column of class labels, or every class is smaller than ``n_splits``.
        """
        return super().split(X, y, groups)

    def _assign_folds(self, n_samples, y):
        codes = self._codes_by_appearance(y)
        counts = np.bincount(codes)
        if (self.n_splits > counts).all():
            raise ValueError(
                f"n_splits={self.n_splits} cannot be greater than the number of members in each "
                f"class; the largest class has {counts.max()}."
            )
        if self.n_splits > counts.min():
            warnings.warn(
                f"The least populated class in y has only {counts.min()} members, which is less "
                f"than n_splits={self.n_splits}: some folds will have none of it.",
                UserWarning,
                stacklevel=4,
            )
        dealt = np.arange(n_samples) % self.n_splits  # the fold of each sample in class order
        start = np.concatenate([[0], np.cumsum(counts)])
        rng = as_generator(self.random_state) if self.shuffle else None
        fold_of = np.empty(n_samples, dtype=np.intp)
        for c in range(len(counts)):
            folds = np.sort(dealt[start[c] : start[c + 1]])
            fold_of[codes == c] = rng.permutation(folds) if self.shuffle else folds
        return fold_of

    @staticmethod
    def _codes_by_appearance(y):
        if y is None:
            raise ValueError("StratifiedKFold needs y, the labels whose mix each fold keeps.")
        y = np.asarray(y)
        y = y.ravel() if y.ndim == 2 and y.shape[1] == 1 else y
        if y.ndim != 1:
            raise ValueError(f"y should be a 1d array of class labels; got shape {y.shape}.")
        if y.dtype.kind == "f" and (y != np.floor(y)).any():
            raise ValueError(
                "stratified folds need classes: supported target types are binary and multiclass, "
                "but y is continuous. Use KFold for regression."
            )
        _, first, codes = np.unique(y, return_index=True, return_inverse=True)
        rank = np.argsort(np.argsort(first))
        return rank[codes]


def check_cv(cv=5, y=None, *, classifier=False):
    """Turn ``cv`` into an object with ``split``: an integer, a splitter, or an iterable of pairs.

    An integer (None means 5) becomes `StratifiedKFold` for classifiers with class labels, and
    `KFold` otherwise.
    """
    cv = 5 if cv is None else cv
    if isinstance(cv, numbers.Integral):
        labels = classifier and y is not None and _looks_like_labels(y)
        return StratifiedKFold(cv) if labels else KFold(cv)
    if hasattr(cv, "split") and not isinstance(cv, str):
        return cv
    if not hasattr(cv, "__iter__") or isinstance(cv, str):
        raise ValueError(
            "cv must be a number of folds, an object with split, or an iterable of "
            f"(train, test) pairs of indices; got {cv!r}."
        )
    return FixedSplits(cv)


def _looks_like_labels(y):
    y = np.asarray(y)
    one_column = y.ndim == 1 or (y.ndim == 2 and y.shape[1] == 1)
    return one_column and not (y.dtype.kind == "f" and (y != np.floor(y)).any())


class FixedSplits:
    """The ``(train, test)`` pairs that the user made, behind the interface of a splitter."""

    def __init__(self, pairs):
        self.pairs = list(pairs)

    def get_n_splits(self, X=None, y=None, groups=None) -> int:
        """Return the number of pairs."""
        return len(self.pairs)

    def split(self, X=None, y=None, groups=None):
        """Yield the pairs as they are."""
        yield from self.pairs
