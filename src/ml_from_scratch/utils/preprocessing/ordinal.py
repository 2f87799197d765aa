"""The number of each category: compact, for trees and for categories that have an order."""

from __future__ import annotations

import numbers

import numpy as np

from ...core.checks import check_choice
from ...core.estimator import BaseEstimator, TransformerMixin
from .categories import (
    UNKNOWN,
    check_categories,
    columns_of,
    encode,
    is_nan,
    refuse_unknown,
    stack_columns,
)
from .columns import check_output


class OrdinalEncoder(TransformerMixin, BaseEstimator):
    """Replace the categories of each feature by 0, 1, 2, ...

    Parameters
    ----------
    categories : "auto" or list of array-like
        The categories of each feature in their order; by default all that are seen, sorted.
    dtype : dtype
        Of the result.
    handle_unknown : {"error", "use_encoded_value"}
        What ``transform`` does with a category that ``fit`` has not seen.
    unknown_value : int or nan, optional
        The number of unknown categories, with "use_encoded_value".
    encoded_missing_value : int or nan
        The number of NaN. (None is a category like others.)

    Attributes
    ----------
    categories_ : list of ndarray
        The categories of each feature; None and NaN come last.

    Examples
    --------
    >>> sizes = [["small", "medium", "large"]]
    >>> OrdinalEncoder(categories=sizes).fit_transform([["large"], ["small"]]).tolist()
    [[2.0], [0.0]]
    """

    _tags = {"allow_nan": True, "categorical": True, "string": True}

    def __init__(
        self,
        *,
        categories="auto",
        dtype="float64",
        handle_unknown="error",
        unknown_value=None,
        encoded_missing_value=np.nan,
    ):
        self.categories = categories
        self.dtype = dtype
        self.handle_unknown = handle_unknown
        self.unknown_value = unknown_value
        self.encoded_missing_value = encoded_missing_value

    def fit(self, X, y=None):
        """Find the categories of every feature."""
        self._check_unknown_value()
        self._check_X(X, fitting=True, numeric=False, allow_nan=True)
        columns = columns_of(X)
        categories = check_categories(self.categories, columns)
        if self.handle_unknown == "error":
            for j, column in enumerate(columns):
                refuse_unknown(encode(column, categories[j]), column, j, "fit")
        self.categories_ = categories
        self._check_free_numbers()
        return self

    def _check_unknown_value(self):
        value = self.unknown_value
        check_choice("handle_unknown", self.handle_unknown, ("error", "use_encoded_value"))
        if self.handle_unknown == "error":
            if value is not None:
                raise TypeError(
                    "unknown_value should only be set when handle_unknown is 'use_encoded_value', "
                    f"got {value!r}."
                )
        elif not is_nan(value) and not isinstance(value, numbers.Integral):
            raise TypeError(
                "unknown_value should be an integer or np.nan when handle_unknown is "
                f"'use_encoded_value', got {value!r}."
            )
        elif is_nan(value) and np.dtype(self.dtype).kind != "f":
            raise ValueError(
                "When unknown_value is np.nan, the dtype parameter should be a float dtype. Got "
                f"{self.dtype!r}."
            )

    def _check_free_numbers(self):
        """Refuse numbers for the unknown and the missing that a category already has."""
        for j, categories in enumerate(self.categories_):
            n_known, with_nan = len(categories), is_nan(categories.tolist()[-1])
            n_known -= with_nan
            if self.handle_unknown != "error" and 0 <= self.unknown_value < n_known:
                raise ValueError(
                    f"The used value for unknown_value {self.unknown_value} is one of the values "
                    f"already used for encoding the seen categories of feature {j}."
                )
            if not with_nan:
                continue
            if is_nan(self.encoded_missing_value) and np.dtype(self.dtype).kind != "f":
                raise ValueError(
                    f"There are missing values in feature {j}. To encode them with dtype "
                    f"{self.dtype!r}, set encoded_missing_value to a non-nan value, or set dtype to "
                    "a float."
                )
            if 0 <= self.encoded_missing_value < n_known:
                raise ValueError(
                    f"encoded_missing_value ({self.encoded_missing_value}) is already used to encode "
                    f"a known category in feature {j}."
                )

    def transform(self, X):
        """Return the number of each category, shape (n_samples, n_features)."""
        self._check_X(X, numeric=False, allow_nan=True)
        columns = columns_of(X)
        out = np.empty((len(columns[0]), len(columns)), dtype=self.dtype)
        for j, column in enumerate(columns):
            categories = self.categories_[j]
            codes = encode(column, categories)
            if self.handle_unknown == "error":
                refuse_unknown(codes, column, j, "transform")
            out[:, j] = codes
            if is_nan(categories.tolist()[-1]):
                out[codes == len(categories) - 1, j] = self.encoded_missing_value
            if self.handle_unknown != "error":
                out[codes == UNKNOWN, j] = self.unknown_value
        return out

    def inverse_transform(self, X):
        """Return the categories; None where the number is that of unknown ones."""
        self._check_is_fitted()
        X = check_output(X, len(self.categories_), "OrdinalEncoder")
        return stack_columns([self._invert(j, X[:, j]) for j in range(X.shape[1])])

    def _invert(self, j, numbers_):
        categories = self.categories_[j]
        missing = np.zeros(len(numbers_), dtype=bool)
        if is_nan(categories.tolist()[-1]):
            missing = _equal(numbers_, self.encoded_missing_value)
        unknown = np.zeros(len(numbers_), dtype=bool)
        if self.handle_unknown != "error":
            unknown = _equal(numbers_, self.unknown_value) & ~missing
        known = np.where(missing | unknown, 0, numbers_)
        if not ((known >= 0) & (known < len(categories))).all():
            raise ValueError(
                f"feature {j} has numbers outside 0 to {len(categories) - 1}, which no category has."
            )
        values = categories[np.where(missing, len(categories) - 1, known).astype(np.intp)]
        if self.handle_unknown != "error":
            values = values.astype(object)
            values[unknown] = None
        return values


def _equal(values, wanted):
    return np.isnan(values) if is_nan(wanted) else values == wanted
