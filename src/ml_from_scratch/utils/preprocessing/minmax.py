r"""Bring every feature into a range, by default from 0 to 1.

With the least and largest value of a feature, and the range from :math:`a` to :math:`b`:

.. math::
    s &= (b - a) / (x_{max} - x_{min}) \tag{1} \\
    z &= s \, x + (a - s \, x_{min}) \tag{2}
"""

from __future__ import annotations

import numpy as np

from ...core.estimator import BaseEstimator, TransformerMixin
from .columns import check_output, no_zeros, refuse_overflow, scratch


class MinMaxScaler(TransformerMixin, BaseEstimator):
    """Map the least value of every feature to the start of a range, the largest to its end.

    NaN is left out of the statistics and stays NaN. A constant feature goes to the start. One
    outlier squeezes all other values: then `RobustScaler` is better.

    Parameters
    ----------
    feature_range : tuple (start, end)
        Where the values should lie.
    copy : bool
        False transforms a float array in place.
    clip : bool
        Whether new data are clipped to the range.

    Attributes
    ----------
    data_min_, data_max_, data_range_ : ndarray of shape (n_features,)
        The least and largest value seen, and their distance.
    scale_, min_ : ndarray of shape (n_features,)
        Factor and offset: ``X * scale_ + min_``.
    n_samples_seen_ : int
        How many samples.

    Examples
    --------
    >>> MinMaxScaler().fit_transform([[1.0], [2.0], [5.0]]).tolist()
    [[0.0], [0.25], [1.0]]
    """

    _tags = {"allow_nan": True, "preserves_dtype": ("float64", "float32")}

    def __init__(self, feature_range=(0, 1), *, copy=True, clip=False):
        self.feature_range = feature_range
        self.copy = copy
        self.clip = clip

    def fit(self, X, y=None):
        """Learn the extremes of X; what was learned before is forgotten."""
        vars(self).pop("n_samples_seen_", None)
        return self.partial_fit(X, y)

    def partial_fit(self, X, y=None):
        """Take one more batch into account."""
        start, end = self._range()
        first = not hasattr(self, "n_samples_seen_")
        X = self._check_X(X, fitting=first, allow_nan=True)
        low, high = np.fmin.reduce(X, axis=0), np.fmax.reduce(X, axis=0)  # NaN only of nothing else
        if not first:
            low, high = np.fmin(low, self.data_min_), np.fmax(high, self.data_max_)
        with refuse_overflow("the differences between the values"):
            self.data_range_ = high - low
        self.data_min_, self.data_max_ = low, high
        self.scale_ = (end - start) / no_zeros(self.data_range_)  # (1)
        self.min_ = start - low * self.scale_
        self.n_samples_seen_ = len(X) + (0 if first else self.n_samples_seen_)
        return self

    def _range(self):
        start, end = (float(limit) for limit in self.feature_range)
        if not start < end:
            raise ValueError(
                "Minimum of desired feature range must be smaller than maximum; got "
                f"feature_range={self.feature_range!r}."
            )
        return start, end

    def transform(self, X):
        """Return X, scaled to the range."""
        X = self._check_X(X, allow_nan=True)
        Z = scratch(X, self.copy)
        np.multiply(X, self.scale_.astype(X.dtype), out=Z)
        np.add(Z, self.min_.astype(X.dtype), out=Z)  # (2)
        return np.clip(Z, *self._range(), out=Z) if self.clip else Z

    def inverse_transform(self, X):
        """Return the original units."""
        self._check_is_fitted()
        X = check_output(X, self.n_features_in_, "MinMaxScaler")
        out = np.subtract(X, self.min_.astype(X.dtype), out=scratch(X, self.copy))
        return np.divide(out, self.scale_.astype(X.dtype), out=out)
