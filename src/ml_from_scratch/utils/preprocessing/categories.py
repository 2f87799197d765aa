"""Categories: which ones a column holds, and the number of each value among them.

A column may hold numbers, strings, or objects of one kind; None and NaN (pandas' NA too) stand for
missing values, which are categories of their own and come last.
"""

from __future__ import annotations

import sys

import numpy as np

NAN = float("nan")
UNKNOWN = -1


def columns_of(X) -> list[np.ndarray]:
    """Return the columns of a matrix, list of rows or data frame, each with its own dtype."""
    if hasattr(X, "iloc") and getattr(X, "ndim", 0) == 2:
        return [without_na(np.asarray(X.iloc[:, j])) for j in range(X.shape[1])]
    array = np.asarray(X)
    if array.dtype.kind == "U" and not hasattr(X, "dtype"):
        array = np.asarray(X, dtype=object)  # a list may mix numbers with its strings
    return list(without_na(array).T)


def without_na(column) -> np.ndarray:
    """Put NaN in place of pandas' NA, which cannot even be compared."""
    NA = getattr(sys.modules.get("pandas"), "NA", None)  # not imported: then no value is one
    if column.dtype.kind != "O" or NA is None:
        return column
    is_na = np.array([value is NA for value in column.ravel().tolist()], dtype=bool)
    return np.where(is_na.reshape(column.shape), NAN, column) if is_na.any() else column


def is_nan(value) -> bool:
    """Return whether a value is a NaN of any kind."""
    return isinstance(value, (float, np.floating)) and value != value


def find_categories(column) -> np.ndarray:
    """Return the different values of a column, sorted, missing ones last.

    >>> find_categories(np.array(["b", None, "a", "b"], dtype=object)).tolist()
    ['a', 'b', None]
    """
    if column.dtype.kind not in "OU":
        return np.unique(column)
    values = set(column.tolist())
    missing = [None] if None in values else []
    missing += [NAN] if any(is_nan(value) for value in values) else []
    try:
        known = sorted(value for value in values if value is not None and not is_nan(value))
    except TypeError as error:
        kinds = sorted({type(value).__name__ for value in values})
        raise TypeError(
            "Encoders require their input argument must be uniformly strings or numbers. Got "
            f"{kinds} in one column; convert them to one kind."
        ) from error
    return np.array(known + missing, dtype=column.dtype)


def encode(column, categories) -> np.ndarray:
    """Return the place of each value among the categories, or UNKNOWN (-1).

    >>> encode(np.array([3.0, 9.0, 1.0]), np.array([1.0, 3.0])).tolist()
    [1, -1, 0]
    """
    if column.dtype.kind in "biuf" and categories.dtype.kind in "biuf":
        return _encode_numbers(column, categories)
    place = {value: i for i, value in enumerate(categories.tolist()) if not is_nan(value)}
    values = column.tolist()
    codes = np.array([place.get(value, UNKNOWN) for value in values], dtype=np.intp)
    if len(place) < len(categories):  # the last category is NaN, which no table finds
        for i in np.flatnonzero(codes == UNKNOWN):
            if is_nan(values[i]):
                codes[i] = len(place)
    return codes


def _encode_numbers(column, categories):
    with_nan = categories.dtype.kind == "f" and np.isnan(categories[-1:]).any()
    known = categories[:-1] if with_nan else categories
    if len(known):
        place = np.minimum(np.searchsorted(known, column), len(known) - 1)
        codes = np.where(known[place] == column, place, UNKNOWN)
    else:
        codes = np.full(len(column), UNKNOWN)
    if with_nan:
        codes[np.isnan(column.astype(np.float64))] = len(known)
    return codes


def check_categories(given, columns) -> list[np.ndarray]:
    """Return the categories the user named for each column, or those found if it is "auto"."""
    if isinstance(given, str):
        if given != "auto":
            raise ValueError(
                f"categories must be 'auto' or one list of categories per feature; got {given!r}."
            )
        return [find_categories(column) for column in columns]
    if len(given) != len(columns):
        raise ValueError(
            "Shape mismatch: categories has to be of shape (n_features,), one list per feature; got "
            f"{len(given)} lists for {len(columns)} features."
        )
    return [_check_named(given[j], column, j) for j, column in enumerate(columns)]


def _check_named(named, column, j):
    # Strings become objects, or longer ones would be cut to the length of those seen.
    named = np.array(named, dtype=object if column.dtype.kind in "OU" else column.dtype)
    if named.ndim != 1 or len(named) == 0:
        raise ValueError(f"categories of feature {j} must be a non-empty list; got {named!r}.")
    if any(is_nan(value) for value in named[:-1].tolist()):
        raise ValueError(
            f"Nan should be the last element in user provided categories, see {named.tolist()} for "
            f"feature {j}."
        )
    if len(set(named.tolist())) < len(named):
        raise ValueError(f"In column {j}, the predefined categories contain duplicate elements.")
    if column.dtype.kind not in "OU" and (find_categories(named)[: len(named)] != named)[:-1].any():
        raise ValueError(
            f"Unsorted categories are not supported for numerical categories; feature {j} has "
            f"{named.tolist()}."
        )
    return named


def refuse_unknown(codes, column, j, when) -> None:
    """Raise if a code is UNKNOWN, and name some values that are not categories."""
    unknown = codes == UNKNOWN
    if unknown.any():
        some = list(dict.fromkeys(column[unknown].tolist()))[:5]
        raise ValueError(
            f"Found unknown categories {some} in column {j} during {when}. Fit on data that has "
            "them, name them in categories=..., or set handle_unknown."
        )


def stack_columns(columns) -> np.ndarray:
    """Put columns of any dtypes side by side, as numbers if all are, else as strings or objects."""
    dtype = np.result_type(*[column.dtype for column in columns])
    out = np.empty((len(columns[0]), len(columns)), dtype=dtype)
    for j, column in enumerate(columns):
        out[:, j] = column
    return out
