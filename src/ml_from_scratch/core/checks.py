"""Is this data that an estimator can learn from? Checked once, at the border of ``fit`` and ``predict``.

``check_array`` makes X (or anything two-dimensional) a clean float array, ``check_target`` does so
for numeric y, ``encode_labels`` for classes, ``check_weights`` for sample weights; feature names are
compared with those seen in ``fit``. Hyper-parameters are checked by ``check_number`` and
``check_choice`` when ``fit`` reads them. Every message says what was expected, what arrived and what
to do; where scikit-learn has a message for the same thing, ours contains its words, which other
programs look for.
"""

from __future__ import annotations

import math
import numbers
import sys
import types
import warnings

import numpy as np

from .exceptions import DataConversionWarning, in_both_worlds


# ---- X -------------------------------------------------------------------------------------------
def check_array(
    X,
    *,
    name="X",
    numeric=True,
    allow_nan=False,
    min_samples=1,
    min_features=1,
    used_by="an estimator",
) -> np.ndarray:
    """Return X as an array of shape (n_samples, n_features).

    Parameters
    ----------
    X : array-like
        Lists, arrays, data frames. The array that comes back may be X itself: never write to it.
    name : str
        What the messages call it.
    numeric : bool
        Whether to convert to float64 (float32 stays float32). False keeps strings and objects, for
        encoders.
    allow_nan : bool
        Whether NaN may stand for a missing value. Infinity is refused either way.
    min_samples, min_features : int
        The least numbers of rows and columns.
    used_by : str
        Who asks, for the messages.

    Raises
    ------
    ValueError
        If the shape is wrong, X is empty, or values are NaN, infinite, complex or not numbers.
    TypeError
        If X is a sparse matrix, or holds objects that cannot be numbers at all.

    Examples
    --------
    >>> check_array([[1, 2], [3, 4]]).dtype.name
    'float64'
    >>> check_array([1, 2])
    Traceback (most recent call last):
        ...
    ValueError: Expected 2D array, got 1D array instead: X has shape (2,). Reshape your data \
with X.reshape(-1, 1) if it has a single feature, or X.reshape(1, -1) if it is a single sample.
    """
    _refuse_sparse(X, name)
    array = np.asarray(X)
    _refuse_complex(array, name)
    if array.ndim != 2:
        kind = f"{array.ndim}D" if array.ndim else "scalar"
        raise ValueError(
            f"Expected 2D array, got {kind} array instead: {name} has shape {array.shape}. Reshape "
            f"your data with {name}.reshape(-1, 1) if it has a single feature, or "
            f"{name}.reshape(1, -1) if it is a single sample."
        )
    for length, least, what in zip(array.shape, (min_samples, min_features), ("sample", "feature")):
        if length < least:
            raise ValueError(
                f"Found array with {length} {what}(s) (shape={array.shape}) while a minimum of "
                f"{least} is required by {used_by}."
            )
    if numeric:
        array = as_float(X if hasattr(X, "iloc") else array, name)
    check_finite(array, name, allow_nan=allow_nan)
    return array


def as_float(values, name="X") -> np.ndarray:
    """Return values as float64, or as they are if they are float32 or float64.

    >>> as_float(["1", "2.5"]).tolist()
    [1.0, 2.5]
    """
    array = np.asarray(values)
    if array.dtype in (np.float64, np.float32):
        return array
    if array.dtype.kind in "mM":
        raise TypeError(
            f"{name} holds dates or durations ({array.dtype}). Say in which unit they are to be counted: "
            f"({name} - {name}.min()) / np.timedelta64(1, 'D'), for example."
        )
    try:
        if array.dtype.kind == "O" and hasattr(values, "iloc"):  # pandas: its NA becomes NaN
            return values.to_numpy(dtype=np.float64, na_value=np.nan)
        return array.astype(np.float64)
    except TypeError as error:
        raise TypeError(
            f"{name} holds objects: every value's argument must be a string or a number ({error})."
        ) from error
    except ValueError as error:
        raise ValueError(
            f"{name} must be numeric: {error}. Turn text into numbers first, with an encoder."
        ) from error


def check_finite(array, name="X", *, allow_nan=False) -> None:
    """Refuse NaN (unless it is allowed) and infinity, and say where the first one is.

    >>> check_finite(np.array([[1.0, float("nan")]]))
    Traceback (most recent call last):
        ...
    ValueError: Input X contains NaN, first at [0, 1]. Remove such rows or fill them with an imputer.
    """
    if array.dtype.kind == "O":
        bad = _is_nan_object(array) if not allow_nan else np.zeros(array.shape, bool)
    elif array.dtype.kind != "f" or _sum_is_finite(array):
        return
    else:
        bad = np.isinf(array) if allow_nan else ~np.isfinite(array)
    if not bad.any():
        return
    first = np.argwhere(bad)[0].tolist()
    if np.isinf(array[tuple(first)]):
        what = f"infinity or a value too large for {array.dtype}"
        repair = "Remove such rows, or clip the values."
    else:
        what, repair = "NaN", "Remove such rows or fill them with an imputer."
    raise ValueError(f"Input {name} contains {what}, first at {first}. {repair}")


def _sum_is_finite(array) -> bool:
    """One pass in place of three: a sum is finite only if every term is (not the other way)."""
    with np.errstate(over="ignore", invalid="ignore"):
        return math.isfinite(array.sum())


def _is_nan_object(array) -> np.ndarray:
    flat = [isinstance(value, float) and value != value for value in array.ravel()]
    return np.array(flat, dtype=bool).reshape(array.shape)


def _refuse_sparse(X, name) -> None:
    if hasattr(X, "tocsr"):
        raise TypeError(
            f"{name} is a sparse {type(X).__name__}, but dense data is required. "
            f"Use {name}.toarray() to convert it."
        )


def _refuse_complex(array, name) -> None:
    if array.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: {name} has dtype {array.dtype}.")


# ---- y -------------------------------------------------------------------------------------------
def check_target(y, n_samples, dtype=np.float64, *, multi_output=False, used_by="an estimator"):
    """Return numeric y as an array of shape (n_samples,), or (n_samples, n_outputs) if allowed.

    >>> check_target([1, 2, 3], 3).tolist()
    [1.0, 2.0, 3.0]
    """
    array = check_y(y, n_samples, multi_output=multi_output, used_by=used_by)
    array = as_float(array, "y").astype(dtype, copy=False)
    check_finite(array, "y")
    return array


def encode_labels(y, n_samples, *, used_by="a classifier") -> tuple[np.ndarray, np.ndarray]:
    """Return the sorted classes that occur in y, and for each sample the number of its class.

    >>> classes, index = encode_labels(["cat", "dog", "cat"], 3)
    >>> classes.tolist(), index.tolist()
    (['cat', 'dog'], [0, 1, 0])
    """
    labels = check_y(y, n_samples, used_by=used_by)
    if labels.dtype.kind in "fO":
        check_finite(labels, "y")
    if labels.dtype.kind == "f" and (labels != np.trunc(labels)).any():
        raise ValueError(
            f"Unknown label type: continuous. {used_by} needs discrete classes, but y has values "
            "such as "
            f"{float(labels[labels != np.trunc(labels)][0])}. Use a regressor, or bin y into classes."
        )
    if labels.dtype.kind in "iub":
        return _encode_integers(labels)
    try:
        classes, index = np.unique(labels, return_inverse=True)
    except TypeError as error:
        kinds = sorted({type(label).__name__ for label in labels})
        raise TypeError(
            f"Unknown label type: the labels in y mix {kinds}, which have no common order. Use "
            "labels of one kind, for example strings."
        ) from error
    return classes, index.reshape(-1)


def _encode_integers(labels) -> tuple[np.ndarray, np.ndarray]:
    """Sorting is slow; small integers are their own places in a table."""
    low, high = int(labels.min()), int(labels.max())
    if high - low > 4 * len(labels) + 1000 or labels.dtype.kind == "b":
        classes, index = np.unique(labels, return_inverse=True)
        return classes, index.reshape(-1)
    offset = labels.astype(np.int64) - low if labels.dtype != np.uint64 else labels - np.uint64(low)
    seen = np.bincount(offset.astype(np.intp, copy=False), minlength=high - low + 1) > 0
    classes = (np.flatnonzero(seen).astype(object) + low).astype(labels.dtype)
    return classes, (np.cumsum(seen) - 1)[offset]


def check_y(y, n_samples, *, multi_output=False, used_by="an estimator") -> np.ndarray:
    """Return y, of any kind, as an array with one value (or row, if allowed) per sample."""
    if y is None:
        raise ValueError(f"{used_by} requires y to be passed, but the target y is None.")
    _refuse_sparse(y, "y")
    array = np.asarray(y)
    if array.dtype.kind not in "OUSbiufc":
        array = array.astype(object)
    _refuse_complex(array, "y")
    if array.ndim == 2 and array.shape[1] == 1 and not multi_output:
        warnings.warn(
            "A column-vector y was passed when a 1d array was expected. Please change the shape of "
            "y to (n_samples,), for example with y.ravel().",
            in_both_worlds(DataConversionWarning),
            stacklevel=outside(),
        )
        array = array[:, 0]
    if array.ndim != 1 and not (multi_output and array.ndim == 2):
        allowed = "1d or 2d" if multi_output else "1d"
        raise ValueError(
            f"y should be a {allowed} array, got an array of shape {array.shape} instead."
        )
    if len(array) != n_samples:
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: [{n_samples}, {len(array)}]. "
            "X and y need one row per sample."
        )
    return array


# ---- sample weights ------------------------------------------------------------------------------
def check_weights(sample_weight, n_samples, dtype=np.float64) -> np.ndarray | None:
    """Return sample weights as an array of shape (n_samples,), or None if there are none.

    A single number weighs every sample alike. Weights are at least 0 and not all 0: a sample of
    weight 2 counts as two samples, one of weight 0 is not there.
    """
    if sample_weight is None:
        return None
    _refuse_sparse(sample_weight, "sample_weight")
    weights = as_float(sample_weight, "sample_weight").astype(dtype, copy=False)
    if weights.ndim == 0:
        weights = np.full(n_samples, weights, dtype=dtype)
    if weights.ndim != 1:
        raise ValueError(
            f"Sample weights must be 1D array or scalar; got {weights.ndim}D, shape {weights.shape}."
        )
    if weights.shape != (n_samples,):
        raise ValueError(
            f"sample_weight.shape == {weights.shape}, expected {(n_samples,)}: one weight per sample."
        )
    check_finite(weights, "sample_weight")
    if (weights < 0).any():
        raise ValueError(
            f"Negative values in data passed to `sample_weight`: the least is {float(weights.min())}. "
            "A weight says how often a sample counts."
        )
    if not weights.any():
        raise ValueError("Sample weights must contain at least one non-zero number.")
    return weights


# ---- feature names -------------------------------------------------------------------------------
def feature_names(X) -> np.ndarray | None:
    """Return the names of a data frame's columns, or None if X has no names that are all strings."""
    columns = getattr(X, "columns", None)
    if columns is None or hasattr(X, "tocsr"):
        return None
    names = np.asarray(list(columns), dtype=object)
    kinds = sorted({type(name).__name__ for name in names})
    if not kinds or not any(isinstance(name, str) for name in names):
        return None
    if not all(isinstance(name, str) for name in names):
        raise TypeError(
            "Feature names are only supported if all input features have string names, but your "
            f"input has {kinds} as feature name / column name types. Convert them all, for example "
            "with X.columns = X.columns.astype(str)."
        )
    return names


def compare_feature_names(names, fitted, who) -> None:
    """Refuse names other than those seen in ``fit``; warn if only one side has names."""
    if names is None and fitted is None:
        return
    if names is None or fitted is None:
        message = (
            f"X does not have valid feature names, but {who} was fitted with feature names"
            if names is None
            else f"X has feature names, but {who} was fitted without feature names"
        )
        warnings.warn(message, UserWarning, stacklevel=outside())
        return
    if len(names) == len(fitted) and (names == fitted).all():
        return
    unseen, missing = sorted(set(names) - set(fitted)), sorted(set(fitted) - set(names))
    parts = ["The feature names should match those that were passed during fit."]
    parts += _listed("Feature names unseen at fit time:", unseen)
    parts += _listed("Feature names seen at fit time, yet now missing:", missing)
    if not unseen and not missing:
        parts.append("Feature names must be in the same order as they were in fit.")
    raise ValueError("\n".join(parts) + "\n")


def _listed(title, names) -> list[str]:
    lines = [f"- {name}" for name in names[:5]] + (["- ..."] if len(names) > 5 else [])
    return [title, *lines] if names else []


def outside() -> int:
    """Return the stacklevel of the first caller outside this package: whom a warning concerns."""
    level = 1
    frame: types.FrameType | None = sys._getframe(1)
    while frame and frame.f_globals.get("__name__", "").startswith("ml_from_scratch."):
        level, frame = level + 1, frame.f_back
    return level


# ---- hyper-parameters ----------------------------------------------------------------------------
def check_number(
    name, value, *, least=None, above=None, most=None, below=None, integer=False, optional=False
):
    """Return a hyper-parameter that must be a number within limits.

    ``least`` and ``most`` are allowed values, ``above`` and ``below`` are not; ``optional`` allows
    None.

    >>> check_number("alpha", 0.5, least=0)
    0.5
    >>> check_number("max_iter", 0, least=1, integer=True)
    Traceback (most recent call last):
        ...
    ValueError: max_iter must be an integer of at least 1; got 0.
    """
    if value is None and optional:
        return None
    kind = numbers.Integral if integer else numbers.Real
    is_number = isinstance(value, kind) and not isinstance(value, bool)
    if (
        is_number
        and value == value
        and (least is None or value >= least)
        and (above is None or value > above)
        and (most is None or value <= most)
        and (below is None or value < below)
    ):
        return value
    limits = [(least, "of at least"), (above, "above"), (most, "of at most"), (below, "below")]
    told = " and ".join(f"{words} {limit}" for limit, words in limits if limit is not None)
    wanted = " ".join(filter(None, ["an integer" if integer else "a number", told]))
    raise (ValueError if is_number else TypeError)(
        f"{name} must be {wanted}{' or None' if optional else ''}; got {value!r}."
    )


def check_choice(name, value, choices):
    """Return a hyper-parameter that must be one of a few values.

    >>> check_choice("solver", "magic", ("normal", "svd"))
    Traceback (most recent call last):
        ...
    ValueError: solver must be one of 'normal', 'svd'; got 'magic'.
    """
    if not any(
        value is choice or (type(value) is type(choice) and value == choice) for choice in choices
    ):
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}; got {value!r}.")
    return value
