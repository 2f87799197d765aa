"""What every scaler does to columns: write in place if told, never divide by zero, undo itself."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np

from ...core.checks import check_array


def scratch(X, copy: bool) -> np.ndarray:
    """Return an array to write the result in: X itself if it may be written, else a new one."""
    return np.empty_like(X) if copy or not X.flags.writeable else X


def no_zeros(scale) -> np.ndarray:
    """Return the scale with ones in place of (nearly) nothing: a constant column stays as it is."""
    tiny = 10 * float(np.finfo(scale.dtype).eps)
    return np.where(scale < tiny, scale.dtype.type(1), scale)


@contextmanager
def refuse_overflow(what: str):
    """Turn a silent infinity into an error that says what became too large."""
    try:
        with np.errstate(over="raise"):
            yield
    except FloatingPointError as error:
        raise ValueError(
            f"{what} are too large for the dtype of X. Divide X by a large constant first, or pass "
            "it as float64."
        ) from error


def check_output(X, n_columns: int, who: str, *, allow_nan=True) -> np.ndarray:
    """Return what ``inverse_transform`` is given as a float array with the columns of the output."""
    X = check_array(X, allow_nan=allow_nan, used_by=f"{who}.inverse_transform")
    if X.shape[1] != n_columns:
        raise ValueError(
            f"Shape of the passed X data is not correct. Expected {n_columns} columns, as "
            f"{who}.transform returns, got {X.shape[1]}."
        )
    return X


def quantiles(X, shares) -> np.ndarray:
    """Return quantiles of every column, shape (n_shares, n_features), as if NaN were not there.

    Between two samples the quantile is interpolated linearly; of nothing it is NaN.

    >>> quantiles(np.array([[1.0], [4.0], [np.nan], [2.0]]), [0.5, 0.75]).tolist()
    [[2.0], [3.0]]
    """
    X = np.sort(X, axis=0)  # NaN goes last
    last = np.maximum((~np.isnan(X)).sum(axis=0) - 1, 0)
    result = np.empty((len(shares), X.shape[1]), dtype=X.dtype)
    for i, share in enumerate(shares):
        place = share * last
        low = np.floor(place).astype(np.intp)
        high = np.minimum(low + 1, last)
        below, above = (np.take_along_axis(X, k[None], axis=0)[0] for k in (low, high))
        weight = (place - low).astype(X.dtype)
        result[i] = below * (1 - weight) + above * weight
    return result
