"""The number of each class label: what a classifier computes with."""

from __future__ import annotations

import numpy as np

from ...core.checks import check_y
from ...core.estimator import BaseEstimator
from .categories import UNKNOWN, encode, find_categories


class LabelEncoder(BaseEstimator):
    """Replace class labels by 0, 1, 2, ..., for the target y (for features: `OrdinalEncoder`).

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.

    Examples
    --------
    >>> encoder = LabelEncoder().fit(["paris", "rome", "paris"])
    >>> encoder.transform(["rome", "paris"]).tolist()
    [1, 0]
    >>> encoder.inverse_transform([1]).tolist()
    ['rome']
    """

    _tags = {"labels_only": True}

    def fit(self, y):
        """Find the classes."""
        self.classes_ = find_categories(_column(y))
        return self

    def fit_transform(self, y):
        """Find the classes and return the number of each label."""
        return self.fit(y).transform(y)

    def transform(self, y):
        """Return the number of each label, shape (n_samples,)."""
        self._check_is_fitted()
        y = _column(y)
        codes = encode(y, self.classes_)
        unknown = codes == UNKNOWN
        if unknown.any():
            some = list(dict.fromkeys(y[unknown].tolist()))[:5]
            raise ValueError(f"y contains previously unseen labels: {some}.")
        return codes

    def inverse_transform(self, y):
        """Return the labels that the numbers stand for."""
        self._check_is_fitted()
        y = _column(y)
        if len(y) == 0:
            return self.classes_[:0]
        if y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= len(self.classes_):
            outside = np.setdiff1d(y, np.arange(len(self.classes_)))[:5].tolist()
            raise ValueError(
                f"y contains previously unseen labels: {outside}; expected whole numbers from 0 to "
                f"{len(self.classes_) - 1}."
            )
        return self.classes_[y]


def _column(y):
    shape = np.shape(y)
    return check_y(y, shape[0] if shape else 1, used_by="LabelEncoder")
