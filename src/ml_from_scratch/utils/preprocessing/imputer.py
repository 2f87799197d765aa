"""Fill missing values with one number per feature."""

from __future__ import annotations

import warnings
from collections import Counter

import numpy as np

from ...core.checks import check_choice
from ...core.estimator import BaseEstimator, TransformerMixin
from .categories import is_nan, without_na
from .columns import check_output, quantiles

STRATEGIES = ("mean", "median", "most_frequent", "constant")


class SimpleImputer(TransformerMixin, BaseEstimator):
    """Replace missing values by the mean, median or most frequent value of the feature.

    A feature without any observed value is left out (with a warning), unless
    ``keep_empty_features``.

    Parameters
    ----------
    missing_values : number, str, None or nan
        What stands for a missing value; nan includes pandas' NA.
    strategy : {"mean", "median", "most_frequent", "constant"}
        What to fill in. The last two also take strings and objects; the smallest of equally
        frequent values wins.
    fill_value : str or number, optional
        What "constant" fills in; by default 0, or "missing_value" for strings and objects.
    copy : bool
        False fills in place where the array allows it.
    add_indicator : bool
        Whether to append a column of zeros and ones for every feature that had missing values in
        ``fit``, saying where a value was missing.
    keep_empty_features : bool
        Whether to fill a feature without any observed value with 0 (or the constant).

    Attributes
    ----------
    statistics_ : ndarray of shape (n_features,)
        What is filled in; nan for a feature that is left out.
    indicator_features_ : ndarray of int
        The features that have an indicator, with ``add_indicator``.

    Examples
    --------
    >>> X = [[1.0, 2.0], [float("nan"), 4.0], [5.0, float("nan")]]
    >>> SimpleImputer().fit_transform(X).tolist()
    [[1.0, 2.0], [3.0, 4.0], [5.0, 3.0]]
    """

    _tags = {"allow_nan": True, "preserves_dtype": ("float64", "float32")}

    def __init__(
        self,
        *,
        missing_values=np.nan,
        strategy="mean",
        fill_value=None,
        copy=True,
        add_indicator=False,
        keep_empty_features=False,
    ):
        self.missing_values = missing_values
        self.strategy = strategy
        self.fill_value = fill_value
        self.copy = copy
        self.add_indicator = add_indicator
        self.keep_empty_features = keep_empty_features

    def fit(self, X, y=None):
        """Learn what to fill in for every feature."""
        check_choice("strategy", self.strategy, STRATEGIES)
        X = self._check(X, fitting=True)
        missing = find_missing(X, self.missing_values)
        self._dtype = X.dtype.str
        if self.strategy == "mean":
            self.statistics_ = self._fill_empty(_means(X, missing))
        elif self.strategy == "median":
            self.statistics_ = self._fill_empty(_medians(X, missing))
        elif self.strategy == "most_frequent":
            self.statistics_ = self._fill_empty(_modes(X, missing))
        else:
            self.statistics_ = self._constants(X, missing)
        self.indicator_features_ = np.flatnonzero(missing.any(axis=0) & bool(self.add_indicator))
        return self

    def _check(self, X, fitting=False):
        numeric = self.strategy in ("mean", "median")
        try:
            array = self._check_X(
                X, fitting=fitting, numeric=numeric, allow_nan=is_nan(self.missing_values)
            )
        except ValueError as error:
            if "must be numeric" in str(error):
                raise ValueError(
                    f"Cannot use {self.strategy} strategy with non-numeric data: {error} Or use "
                    "strategy='most_frequent'."
                ) from error
            raise
        if array.dtype.kind in "OU":
            raw = X if hasattr(X, "iloc") else np.asarray(X, dtype=object)
            array = without_na(np.asarray(raw, dtype=object))
        elif array.dtype.kind not in "iuf":
            raise ValueError(
                f"SimpleImputer does not support data with dtype {array.dtype}. Use numbers, or "
                "strings."
            )
        if not fitting and self._dtype[1] == "O":
            array = array.astype(object)
        return array

    def _fill_empty(self, statistics):
        if not self.keep_empty_features:
            return statistics
        empty = np.array([is_nan(value) for value in statistics.tolist()])
        return np.where(empty, np.zeros(1, dtype=statistics.dtype), statistics)

    def _constants(self, X, missing):
        numbers = X.dtype.kind in "iuf"
        value = self.fill_value
        if value is None:
            value = 0 if numbers else "missing_value"
        if numbers and not np.can_cast(np.asarray(value).dtype, X.dtype, casting="same_kind"):
            raise ValueError(
                f"fill_value={value!r} (of type {type(value).__name__}) cannot be cast to the input "
                f"data that is {X.dtype}. Convert X first, or choose a value of its kind."
            )
        statistics = np.full(X.shape[1], value, dtype=object)
        if not self.keep_empty_features:
            statistics[missing.all(axis=0)] = np.nan
        return statistics

    def _kept(self):
        return np.array([not is_nan(value) for value in self.statistics_.tolist()])

    def transform(self, X):
        """Return X with the missing values filled in."""
        X = self._check(X)
        missing = find_missing(X, self.missing_values)
        kept = self._kept()
        if not kept.all():
            left_out = np.flatnonzero(~kept)
            names = getattr(self, "feature_names_in_", np.arange(X.shape[1]))
            warnings.warn(
                f"Skipping features without any observed values: {names[left_out].tolist()}. At least "
                f"one non-missing value is needed for imputation with strategy='{self.strategy}'; "
                "keep_empty_features=True keeps them.",
                UserWarning,
                stacklevel=3,
            )
        whole = kept.all()
        out = X if whole else X[:, kept]
        gaps = missing if whole else missing[:, kept]
        if (self.copy and whole) or not out.flags.writeable:
            out = out.copy()
        rows, columns = np.nonzero(gaps)
        out[rows, columns] = self.statistics_[kept].astype(out.dtype)[columns]
        if not self.add_indicator:
            return out
        return np.hstack([out, missing[:, self.indicator_features_].astype(out.dtype)])

    def inverse_transform(self, X):
        """Put the missing values back where the indicators say; needs ``add_indicator=True``.

        Features that were left out come back as zeros, or as missing if they have an indicator.
        """
        self._check_is_fitted()
        if not self.add_indicator:
            raise ValueError(
                "'inverse_transform' works only when 'SimpleImputer' is instantiated with "
                f"'add_indicator=True'. Got 'add_indicator={self.add_indicator}' instead."
            )
        kept, marked = self._kept(), self.indicator_features_
        X = check_output(X, int(kept.sum()) + len(marked), "SimpleImputer")
        n_kept = int(kept.sum())
        out = np.zeros((len(X), len(kept)), dtype=X.dtype)
        out[:, kept] = X[:, :n_kept]
        missing = np.zeros(out.shape, dtype=bool)
        missing[:, marked] = X[:, n_kept:].astype(bool)
        out[missing] = self.missing_values
        return out

    def get_feature_names_out(self, input_features=None) -> np.ndarray:
        """Return the names of the features that are kept, then of the indicators."""
        names = self._input_names(input_features)
        marks = [f"missingindicator_{names[j]}" for j in self.indicator_features_]
        return np.array([*names[self._kept()], *marks], dtype=object)


def find_missing(X, missing_values) -> np.ndarray:
    """Return where X is missing, as booleans of the same shape."""
    if X.dtype.kind == "O":
        wanted = is_nan if is_nan(missing_values) else lambda value: _same(value, missing_values)
        return np.vectorize(wanted, otypes=[bool])(X)
    if is_nan(missing_values):
        return np.isnan(X) if X.dtype.kind == "f" else np.zeros(X.shape, dtype=bool)
    if isinstance(missing_values, str) or missing_values is None:
        raise ValueError(
            f"X holds numbers, but missing_values={missing_values!r} is not one. Use nan, or the "
            "number that stands for a missing value."
        )
    return np.equal(X, missing_values)


def _same(value, wanted):
    return value is wanted or (value is not None and wanted is not None and value == wanted)


def _means(X, missing):
    """Return the mean of what is observed in each column, NaN where nothing is."""
    count = (~missing).sum(axis=0)
    total = np.where(missing, 0.0, X).astype(np.float64).sum(axis=0)
    mean = np.divide(total, count, out=np.full(X.shape[1], np.nan), where=count > 0)
    return mean.astype(X.dtype)


def _medians(X, missing):
    return quantiles(np.where(missing, X.dtype.type(np.nan), X), (0.5,))[0]


def _modes(X, missing):
    """Return the most frequent value of each column, the smallest of equals."""
    modes = np.empty(X.shape[1], dtype=object if X.dtype.kind == "O" else np.float64)
    for j in range(X.shape[1]):
        column = X[~missing[:, j], j]
        if len(column) == 0:
            modes[j] = np.nan
        elif X.dtype.kind == "O":
            counts = Counter(column.tolist())
            most = max(counts.values())
            modes[j] = _least([value for value, count in counts.items() if count == most])
        else:
            values, counts = np.unique(column, return_counts=True)
            modes[j] = values[counts.argmax()]
    return modes


def _least(values):
    try:
        return min(values)
    except TypeError:  # values of several kinds have no order of their own
        return min(values, key=lambda value: (str(type(value)), str(value)))
