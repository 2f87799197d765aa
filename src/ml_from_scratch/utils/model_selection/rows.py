"""Rows of whatever the user has: arrays, lists, data frames, sparse matrices.

Splitting and validation only ever count rows and take some of them, so that is all this file
knows. No library is imported for it: a pandas object says what it is by having ``iloc``, a sparse
matrix by having ``tocsr``.
"""

from __future__ import annotations

import numpy as np


def count_rows(data) -> int:
    """Return the number of rows, or say why there is none to count."""
    shape = getattr(data, "shape", None)
    if shape is not None:
        if len(shape) == 0:
            raise TypeError(
                f"a collection of samples was expected; got a single value, {data!r}. "
                "Wrap it in a list if it is one sample."
            )
        return int(shape[0])
    try:
        return len(np.asarray(data)) if hasattr(data, "__array__") else len(data)
    except TypeError as error:
        raise TypeError(
            "a collection of samples (array, list or data frame) was expected; "
            f"got {type(data).__name__}."
        ) from error


def check_equal_rows(*collections) -> int:
    """Return the number of rows that all collections share; None is skipped."""
    counts = [count_rows(data) for data in collections if data is not None]
    if len(set(counts)) > 1:
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: {counts}. "
            "Every array must have one row per sample."
        )
    return counts[0]


def take_rows(data, indices):
    """Take rows by integer position and keep the kind: a data frame stays one, a list too.

    >>> take_rows(["a", "b", "c"], [2, 0])
    ['c', 'a']
    """
    if data is None:
        return None
    if hasattr(data, "iloc"):
        return data.iloc[indices]
    if hasattr(data, "tocsr"):
        return data.tocsr()[indices]  # not every sparse format has rows
    if hasattr(data, "__array__") and not hasattr(data, "shape"):
        data = np.asarray(data)
    if hasattr(data, "shape"):
        return data[indices]
    return [data[i] for i in indices]
