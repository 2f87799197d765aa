"""Hold back every sample exactly once, in K rounds: cross-validation folds.

Names and, without shuffling, the folds themselves are scikit-learn's.
"""

from __future__ import annotations

import numbers
import warnings

import numpy as np

from ...core.random import as_generator
from .rows import check_equal_rows


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
