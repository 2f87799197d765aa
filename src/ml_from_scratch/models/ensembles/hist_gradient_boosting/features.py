"""What kind of feature each column is, and the constraints that users put on them.

Columns are named by position or by a data frame's names; a data frame's columns may say by their
dtype that they are categories. Categories become 0, 1, 2, ... in the order of their values; missing
ones, and those that were not seen in training, become NaN.
"""

from __future__ import annotations

import itertools
import numbers

import numpy as np

from ....core.registry import storable
from ....utils.preprocessing.categories import columns_of, encode, find_categories, is_nan

CATEGORY_DTYPES = ("category", "Categorical", "Enum")  # pandas' and polars' names


def find_categorical(X, wanted, names, n_features):
    """Return a mask of the categorical features, or None if there are none.

    Parameters
    ----------
    X : array-like or data frame
        As the user gave it.
    wanted : None, "from_dtype" or array-like
        The estimator's ``categorical_features``: a mask, positions or names.
    names : ndarray or None
        Of the columns.
    n_features : int
        How many columns there are.
    """
    if isinstance(wanted, str) and wanted == "from_dtype":
        if not hasattr(X, "columns"):
            return None
        wanted = [str(dtype).partition("(")[0] in CATEGORY_DTYPES for dtype in X.dtypes]
    if wanted is None or np.size(wanted) == 0:
        return None
    wanted = np.asarray(wanted)
    if wanted.dtype.kind == "O" and not all(isinstance(name, str) for name in wanted):
        kinds = sorted({type(name).__name__ for name in wanted})
        raise ValueError(
            "categorical_features must be an array-like of bool, int or str, got: "
            f"{', '.join(kinds)}."
        )
    if wanted.dtype.kind not in "biuUO":
        raise ValueError(
            "categorical_features must be an array-like of bool, int or str, got: "
            f"{wanted.dtype.name}."
        )
    mask = np.zeros(n_features, dtype=bool)
    if wanted.dtype.kind == "b":
        if wanted.shape != mask.shape:
            raise ValueError(
                f"categorical_features set as a boolean mask must have shape (n_features,) = "
                f"({n_features},), got: {wanted.shape}."
            )
        mask = wanted
    elif wanted.dtype.kind in "iu":
        if wanted.max() >= n_features or wanted.min() < 0:
            raise ValueError(
                "categorical_features set as integer indices must be in [0, n_features - 1] = "
                f"[0, {n_features - 1}]; got {wanted.tolist()}."
            )
        mask[wanted] = True
    else:
        mask[[_position(name, names, "categorical_features") for name in wanted.tolist()]] = True
    return mask if mask.any() else None


def _position(name, names, argument):
    if names is None:
        raise ValueError(
            f"{argument} names features, but the model is fitted on data without feature names. Use "
            "positions or a mask, or pass a data frame."
        )
    if name not in names.tolist():
        raise ValueError(
            f"{argument} has an item value {name!r} which is not a valid feature name of the "
            f"training data; those are {names.tolist()}."
        )
    return names.tolist().index(name)


@storable
class Categories:
    """The categories of each categorical feature, and the numbers they get.

    Parameters
    ----------
    is_categorical : ndarray of bool of shape (n_features,)
        Which features are categories.

    Attributes
    ----------
    values : list
        For each feature its sorted categories, None if it is numeric.
    """

    def __init__(self, is_categorical):
        self.is_categorical = is_categorical

    def fit(self, X, most, names) -> Categories:
        """Find the categories; refuse a feature with more than ``most``."""
        self.values = [
            _known(column) if categorical else None
            for column, categorical in zip(columns_of(X), self.is_categorical)
        ]
        for f, values in enumerate(self.values):
            if values is not None and len(values) > most:
                feature = f"at index {f}" if names is None else repr(names[f])
                raise ValueError(
                    f"Categorical feature {feature} is expected to have a cardinality <= {most} but "
                    f"actually has a cardinality of {len(values)}. Merge rare categories, or leave "
                    "the feature out of categorical_features."
                )
        return self

    def transform(self, X) -> np.ndarray:
        """Return X as float64: categories as numbers, NaN for missing and unknown ones."""
        columns = columns_of(X)
        out = np.empty((len(columns[0]), len(columns)))
        for f, (column, values) in enumerate(zip(columns, self.values)):
            if values is None:
                out[:, f] = _as_numbers(column, f)
            else:
                codes = encode(column, values)
                out[:, f] = np.where(codes < 0, np.nan, codes)
        return out


def _known(column):
    values = find_categories(column)
    keep = [not (value is None or is_nan(value)) for value in values.tolist()]
    return values[keep]


def _as_numbers(column, f):
    try:
        numeric = column.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"feature {f} is not numeric: {error}. Name it in categorical_features, or encode it."
        ) from error
    if np.isinf(numeric).any():
        raise ValueError(f"Input X contains infinity in feature {f}. Clip the values.")
    return numeric


# ---- constraints ---------------------------------------------------------------------------------
def monotonic_signs(wanted, names, n_features) -> np.ndarray:
    """Return -1, 0 or 1 for each feature, from an array or a dict by name."""
    if wanted is None:
        return np.zeros(n_features)
    if isinstance(wanted, dict):
        signs = np.zeros(n_features)
        for name, sign in wanted.items():
            if not np.isin(sign, (-1, 0, 1)):
                raise ValueError(
                    f"monotonic_cst[{name!r}] must be either -1, 0 or 1. Got {sign!r}."
                )
            signs[_position(name, names, "monotonic_cst")] = sign
        return signs
    signs = np.asarray(wanted)
    if signs.shape != (n_features,):
        raise ValueError(
            f"monotonic_cst has shape {signs.shape} but the input data X has {n_features} features: "
            "give one sign per feature."
        )
    if not np.isin(signs, (-1, 0, 1)).all():
        raise ValueError(
            "monotonic_cst must be an array-like of -1, 0 or 1. Observed values: "
            f"{np.unique(signs).tolist()}."
        )
    return signs


def interaction_groups(wanted, n_features):
    """Return a mask of each group of features that may occur together, or None if all may.

    Features that are in no group make one of their own, as in scikit-learn.
    """
    if wanted is None:
        return None
    if isinstance(wanted, str):
        sizes = {"no_interactions": 1, "pairwise": 2}
        if wanted not in sizes:
            raise ValueError(
                "interaction_cst must be 'pairwise', 'no_interactions', None or a sequence of groups "
                f"of features; got {wanted!r}."
            )
        wanted = itertools.combinations(range(n_features), sizes[wanted])
    try:
        groups = [set(group) for group in wanted]
    except TypeError as error:
        raise ValueError(
            f"Interaction constraints must be a sequence of tuples or lists, got: {wanted!r}."
        ) from error
    for group in groups:
        if not all(isinstance(f, numbers.Integral) and 0 <= f < n_features for f in group):
            raise ValueError(
                "Interaction constraints must consist of integer indices in [0, n_features - 1] = "
                f"[0, {n_features - 1}], specifying the position of features, got invalid indices: "
                f"{group!r}"
            )
    rest = set(range(n_features)).difference(*groups)
    masks = np.zeros((len(groups) + bool(rest), n_features), dtype=bool)
    for mask, group in zip(masks, groups + [rest]):
        mask[[int(f) for f in group]] = True
    return masks
