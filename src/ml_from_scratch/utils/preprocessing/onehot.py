"""One column of zeros and ones for every category: numbers without an order that is not there."""

from __future__ import annotations

import warnings

import numpy as np

from ...core.checks import check_choice
from ...core.estimator import BaseEstimator, TransformerMixin
from .categories import (
    UNKNOWN,
    check_categories,
    columns_of,
    encode,
    refuse_unknown,
    stack_columns,
)
from .columns import check_output


class OneHotEncoder(TransformerMixin, BaseEstimator):
    """Turn each feature with K categories into K columns, one of which is 1.

    Parameters
    ----------
    categories : "auto" or list of array-like
        The categories of each feature; by default all that are seen in ``fit``, sorted.
    drop : None, "first", "if_binary" or array-like of shape (n_features,)
        A category per feature that gets no column: the others then are linearly independent, which
        an unregularised linear model with intercept needs. "if_binary" drops the first of two.
    sparse_output : bool
        Only False: the result is a dense array.
    dtype : dtype
        Of the result.
    handle_unknown : {"error", "ignore", "warn"}
        What ``transform`` does with a category that ``fit`` has not seen: refuse it, or leave all
        its columns 0 (and say so).

    Attributes
    ----------
    categories_ : list of ndarray
        The categories of each feature; None and NaN count as categories and come last.
    drop_idx_ : ndarray of shape (n_features,) or None
        The place of each dropped category; None where none is.

    Examples
    --------
    >>> encoder = OneHotEncoder().fit([["red"], ["blue"], ["red"]])
    >>> encoder.transform([["blue"], ["red"]]).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    >>> encoder.get_feature_names_out(["color"]).tolist()
    ['color_blue', 'color_red']
    """

    _tags = {"allow_nan": True, "categorical": True, "string": True}

    def __init__(
        self,
        *,
        categories="auto",
        drop=None,
        sparse_output=False,
        dtype="float64",
        handle_unknown="error",
    ):
        self.categories = categories
        self.drop = drop
        self.sparse_output = sparse_output
        self.dtype = dtype
        self.handle_unknown = handle_unknown

    def fit(self, X, y=None):
        """Find the categories of every feature."""
        check_choice("handle_unknown", self.handle_unknown, ("error", "ignore", "warn"))
        if self.sparse_output:
            raise ValueError("sparse_output=True is not supported: the result is a dense array.")
        self._check_X(X, fitting=True, numeric=False, allow_nan=True)
        columns = columns_of(X)
        categories = check_categories(self.categories, columns)
        if self.handle_unknown == "error":
            for j, column in enumerate(columns):
                refuse_unknown(encode(column, categories[j]), column, j, "fit")
        self.categories_ = categories
        self.drop_idx_ = self._find_dropped()
        return self

    def _find_dropped(self):
        if self.drop is None:
            return None
        dropped = np.empty(len(self.categories_), dtype=object)
        if isinstance(self.drop, str):
            check_choice("drop", self.drop, ("first", "if_binary"))
            for j, categories in enumerate(self.categories_):
                dropped[j] = 0 if self.drop == "first" or len(categories) == 2 else None
            return dropped
        if len(self.drop) != len(dropped):
            raise ValueError(
                f"`drop` should have length equal to the number of features ({len(dropped)}), got "
                f"{len(self.drop)}."
            )
        for j, (category, categories) in enumerate(zip(self.drop, self.categories_)):
            place = int(encode(np.array([category], dtype=object), categories)[0])
            if place == UNKNOWN:
                raise ValueError(
                    f"The following categories were supposed to be dropped, but were not found in "
                    f"the training data. Category: {category!r}, Feature: {j}."
                )
            dropped[j] = place
        return dropped

    def _dropped(self, j):
        return None if self.drop_idx_ is None else self.drop_idx_[j]

    def _kept(self, j):
        """Return the categories of feature j that have a column."""
        dropped = self._dropped(j)
        categories = self.categories_[j]
        return categories if dropped is None else np.delete(categories, dropped)

    def transform(self, X):
        """Return zeros and ones, shape (n_samples, n_columns)."""
        self._check_X(X, numeric=False, allow_nan=True)
        columns = columns_of(X)
        widths = [len(self._kept(j)) for j in range(len(columns))]
        out = np.zeros((len(columns[0]), sum(widths)), dtype=self.dtype)
        start, with_unknown = 0, []
        for j, (column, width) in enumerate(zip(columns, widths)):
            codes = encode(column, self.categories_[j])
            if self.handle_unknown == "error":
                refuse_unknown(codes, column, j, "transform")
            elif (codes == UNKNOWN).any():
                with_unknown.append(j)
            dropped = self._dropped(j)
            if dropped is not None:
                codes = np.where(codes == dropped, UNKNOWN, codes - (codes > dropped))
            rows = np.flatnonzero(codes != UNKNOWN)
            out[rows, start + codes[rows]] = 1
            start += width
        if with_unknown and (self.handle_unknown == "warn" or self.drop is not None):
            warnings.warn(
                f"Found unknown categories in columns {with_unknown} during transform. These unknown "
                "categories will be encoded as all zeros.",
                UserWarning,
                stacklevel=3,
            )
        return out

    def inverse_transform(self, X):
        """Return the categories, shape (n_samples, n_features).

        A row of zeros is the dropped category; without one it is None if unknown categories are
        ignored, and an error otherwise.
        """
        self._check_is_fitted()
        widths = [len(self._kept(j)) for j in range(len(self.categories_))]
        X = check_output(X, sum(widths), "OneHotEncoder", allow_nan=False)
        blocks = np.split(X, np.cumsum(widths)[:-1], axis=1)
        return stack_columns([self._invert(j, block) for j, block in enumerate(blocks)])

    def _invert(self, j, block):
        categories, dropped = self.categories_[j], self._dropped(j)
        if block.shape[1] == 0:
            return np.repeat(categories[dropped : dropped + 1], len(block))
        values = self._kept(j)[block.argmax(axis=1)]
        nothing = block.sum(axis=1) == 0
        if not nothing.any():
            return values
        if dropped is not None:
            values[nothing] = categories[dropped]
            return values
        if self.handle_unknown == "error":
            raise ValueError(
                f"Samples {np.flatnonzero(nothing)[:5]} can not be inverted when drop=None and "
                f"handle_unknown='error' because feature {j} contains all zeros."
            )
        values = values.astype(object)
        values[nothing] = None
        return values

    def get_feature_names_out(self, input_features=None) -> np.ndarray:
        """Return names such as ``color_blue``."""
        names = self._input_names(input_features)
        pairs = [(name, c) for j, name in enumerate(names) for c in self._kept(j)]
        return np.array([f"{name}_{category}" for name, category in pairs], dtype=object)
