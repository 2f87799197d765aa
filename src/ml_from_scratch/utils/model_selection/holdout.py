r"""Hold back a part of the data once, to judge a model on samples that it has not seen.

Names and the meaning of the sizes are scikit-learn's. Stratifying is apportionment: of :math:`m`
places, class :math:`c` with :math:`n_c` of the :math:`n` samples deserves the quota

.. math:: q_c = m \, n_c / n \tag{1}

and gets the whole part of it; the places that are left go to the largest remainders (Hamilton's
method), ties by lot.
"""

from __future__ import annotations

import math
import numbers

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
