r"""Centre and scale by median and quartiles, which outliers do not move.

With the quantiles :math:`Q_p` of a feature and, by default, :math:`p = 25\,\%, q = 75\,\%`:

.. math:: z = (x - Q_{50}) / (Q_q - Q_p) \tag{1}

With ``unit_variance`` the scale is divided by what it would be for a standard normal,

.. math:: \Phi^{-1}(q) - \Phi^{-1}(p) \tag{2}

so that normal data get variance 1, as `StandardScaler` would give them without their outliers.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from ...core.estimator import BaseEstimator, TransformerMixin
from .columns import check_output, no_zeros, quantiles, refuse_overflow, scratch


class RobustScaler(TransformerMixin, BaseEstimator):
    """Subtract the median of every feature and divide by the distance of two quantiles.

    NaN is left out of the statistics and stays NaN. A constant feature is only centred.

    Parameters
    ----------
    with_centering, with_scaling : bool
        Whether to centre, and whether to scale.
    quantile_range : tuple (low, high)
        Percentages whose quantiles make the scale.
    copy : bool
        False transforms a float array in place.
    unit_variance : bool
        Whether normal data should come out with variance 1.

    Attributes
    ----------
    center_, scale_ : ndarray of shape (n_features,) or None
        Median, and distance of the quantiles (1 where it is 0).

    Examples
    --------
    >>> RobustScaler().fit_transform([[1.0], [2.0], [3.0], [4.0], [500.0]]).tolist()
    [[-1.0], [-0.5], [0.0], [0.5], [248.5]]
    """

    _tags = {"allow_nan": True, "preserves_dtype": ("float64", "float32")}

    def __init__(
        self,
        *,
        with_centering=True,
        with_scaling=True,
        quantile_range=(25.0, 75.0),
        copy=True,
        unit_variance=False,
    ):
        self.with_centering = with_centering
        self.with_scaling = with_scaling
        self.quantile_range = quantile_range
        self.copy = copy
        self.unit_variance = unit_variance

    def fit(self, X, y=None):
        """Learn the median and the quantiles of X."""
        low, high = self._shares()
        X = self._check_X(X, fitting=True, allow_nan=True)
        with refuse_overflow("the distances between the quantiles"):
            Q_low, median, Q_high = quantiles(X, (low, 0.5, high))
            scale = no_zeros(Q_high - Q_low)
        if self.unit_variance:
            normal = NormalDist()
            scale = scale / (normal.inv_cdf(high) - normal.inv_cdf(low))  # (2)
        self.center_ = median if self.with_centering else None
        self.scale_ = scale if self.with_scaling else None
        return self

    def _shares(self):
        low, high = self.quantile_range
        if not 0 <= low <= high <= 100:
            raise ValueError(
                "Invalid quantile range: it must be two percentages, 0 <= low <= high <= 100; got "
                f"{self.quantile_range!r}."
            )
        if self.unit_variance and not 0 < low < high < 100:
            raise ValueError(
                "unit_variance needs a quantile range inside (0, 100), since a normal has no "
                f"smallest or largest value; got {self.quantile_range!r}."
            )
        return low / 100, high / 100

    def transform(self, X):
        """Return X, centred and scaled."""
        X = self._check_X(X, allow_nan=True)
        Z = scratch(X, self.copy)
        np.subtract(X, 0.0 if self.center_ is None else self.center_.astype(X.dtype), out=Z)
        if self.scale_ is not None:
            np.divide(Z, self.scale_.astype(X.dtype), out=Z)  # (1)
        return Z

    def inverse_transform(self, X):
        """Return the original units."""
        self._check_is_fitted()
        X = check_output(X, self.n_features_in_, "RobustScaler")
        out = scratch(X, self.copy)
        np.multiply(X, 1.0 if self.scale_ is None else self.scale_.astype(X.dtype), out=out)
        return out if self.center_ is None else np.add(out, self.center_.astype(X.dtype), out=out)
