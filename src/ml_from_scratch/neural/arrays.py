"""Data as a model takes them: arrays of numbers, one row per sample in each."""

from __future__ import annotations

import numpy as np

from ml_from_scratch.core.checks import check_number


def as_array(name, x):
    """Return x as an array of numbers.

    Raises
    ------
    TypeError
        If it holds text or objects.
    """
    x = x if hasattr(x, "__array_function__") and hasattr(x, "take") else np.asarray(x)
    if x.dtype.kind in "fiub":
        return x
    repair = "Turn labels into the numbers 0, 1, ... with utils.preprocessing.LabelEncoder."
    if name == "X":
        repair = "Turn them into numbers first, with an encoder of utils.preprocessing."
    raise TypeError(f"{name} must hold real numbers; got dtype {x.dtype}. {repair}")


def as_data(X, y, sample_weight=None) -> tuple:
    """Return (X, y, sample_weight or None) as arrays.

    Raises
    ------
    TypeError
        If one holds text or objects.
    ValueError
        If they have different numbers of rows.
    """
    X, y = as_array("X", X), as_array("y", y)
    weight = None if sample_weight is None else as_array("sample_weight", sample_weight)
    for name, array in (("X", X), ("y", y), ("sample_weight", weight)):
        if array is not None and (array.ndim == 0 or len(array) != len(X)):
            raise ValueError(
                f"X, y and sample_weight need one row per sample; got X of shape {X.shape} and "
                f"{name} of shape {array.shape}."
            )
    return X, y, weight


def that_count(X, y, weight):
    """Leave out samples of weight 0, of which there might be a whole batch."""
    if weight is None or weight.all():
        return X, y, weight
    if not weight.any():
        raise ValueError("sample_weight is 0 for every sample: at least one must count.")
    counts = weight != 0
    return X[counts], y[counts], weight[counts]


def split(data, share, rng) -> tuple:
    """Return (data to learn from, data held out or None), the latter a random share of the rows."""
    check_number("validation_split", share, least=0, below=1)
    n = len(data[0])
    n_out = int(round(share * n))
    if not n_out:
        return data, None
    order = rng.permutation(n)
    parts = (np.sort(order[n_out:]), np.sort(order[:n_out]))
    return tuple(tuple(None if array is None else array[part] for array in data) for part in parts)
