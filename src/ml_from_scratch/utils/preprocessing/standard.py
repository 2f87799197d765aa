r"""Bring every feature to mean 0 and variance 1, also when the data come in pieces.

With sample weights :math:`w_i` (all one by default) and :math:`n = \sum_i w_i`, for each feature:

.. math::
    \mu &= \tfrac{1}{n} \sum_i w_i x_i \tag{1} \\
    \sigma^2 &= \tfrac{1}{n} \Big( \sum_i w_i (x_i - \mu)^2
        - \tfrac{1}{n} \big( \sum_i w_i (x_i - \mu) \big)^2 \Big) \tag{2} \\
    z &= (x - \mu) / \sigma \tag{3}

The second sum in (2) would be zero but for rounding, which it takes back. A batch :math:`b` joins
what was seen before, :math:`a`, exactly, without looking at the old data again:

.. math::
    \mu &= \mu_a + \delta \, n_b / n, \quad \delta = \mu_b - \mu_a \tag{4} \\
    n \sigma^2 &= n_a \sigma_a^2 + n_b \sigma_b^2 + \delta^2 \, n_a n_b / n \tag{5}

Source: Chan, Golub & LeVeque, "Algorithms for computing the sample variance", 1983, equations
1.5 and 1.7.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_weights
from ...core.estimator import BaseEstimator, TransformerMixin
from .columns import check_output, scratch


class StandardScaler(TransformerMixin, BaseEstimator):
    """Subtract the mean of every feature and divide by its standard deviation.

    NaN is left out of the statistics and stays NaN. A constant feature is only centred. Statistics
    are float64 whatever X is; what is transformed keeps its dtype.

    Parameters
    ----------
    copy : bool
        False transforms a float array in place.
    with_mean, with_std : bool
        Whether to centre, and whether to scale.

    Attributes
    ----------
    mean_, var_, scale_ : ndarray of shape (n_features,) or None
        Mean, variance, and standard deviation (1 where a feature is constant).
    n_samples_seen_ : int or ndarray of shape (n_features,)
        How many samples (or how much weight); by feature if NaN makes them differ.

    Examples
    --------
    >>> StandardScaler().fit_transform([[0.0, 5.0], [2.0, 5.0]]).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """

    _tags = {"allow_nan": True, "preserves_dtype": ("float64", "float32")}

    def __init__(self, *, copy=True, with_mean=True, with_std=True):
        self.copy = copy
        self.with_mean = with_mean
        self.with_std = with_std

    def fit(self, X, y=None, sample_weight=None):
        """Learn mean and variance from X; what was learned before is forgotten."""
        vars(self).pop("n_samples_seen_", None)
        return self.partial_fit(X, y, sample_weight)

    def partial_fit(self, X, y=None, sample_weight=None):
        """Take one more batch into account; see equations (4) and (5)."""
        first = not hasattr(self, "n_samples_seen_")
        X = self._check_X(X, fitting=first, allow_nan=True)
        n, mean, var = _moments(X, check_weights(sample_weight, len(X)))
        if not first:
            old_var = np.zeros(len(n)) if self.var_ is None else self.var_
            n, mean, var = _merge((self.n_samples_seen_, self._mean, old_var), (n, mean, var))
        same = (n == n[0]).all()
        self.n_samples_seen_ = n[0] if same else n
        self._mean = mean
        self.mean_ = mean if self.with_mean or self.with_std else None
        self.var_ = var if self.with_std else None
        self.scale_ = _deviation(var, mean, n) if self.with_std else None
        return self

    def transform(self, X, copy=None):
        """Return X, centred and scaled."""
        X = self._check_X(X, allow_nan=True)
        Z = scratch(X, self.copy if copy is None else copy)
        if self.with_mean:
            X = np.subtract(X, self.mean_.astype(X.dtype), out=Z)
        if self.with_std:
            X = np.divide(X, self.scale_.astype(X.dtype), out=Z)  # (3)
        if X is not Z:
            np.copyto(Z, X)
        return Z

    def inverse_transform(self, X, copy=None):
        """Return the original units: what was scaled is multiplied, what was centred is added."""
        self._check_is_fitted()
        X = check_output(X, self.n_features_in_, "StandardScaler")
        out = scratch(X, self.copy if copy is None else copy)
        if self.with_std:
            X = np.multiply(X, self.scale_.astype(X.dtype), out=out)
        if self.with_mean:
            X = np.add(X, self.mean_.astype(X.dtype), out=out)
        if X is not out:
            np.copyto(out, X)
        return out


def _moments(X, w):
    """Return the weight, mean and variance of every column of X, in float64, leaving NaN out."""
    X = X.astype(np.float64, copy=False)
    missing = np.isnan(X)
    missing = missing if missing.any() else None
    X = X if missing is None else np.where(missing, 0.0, X)

    def total(values):
        return values.sum(axis=0) if w is None else w @ values  # (d,)

    weight = len(X) if w is None else w.sum()
    n = np.full(X.shape[1], weight) if missing is None else total(~missing)
    divisor = np.where(n == 0, 1, n)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = total(X) / divisor  # (1)
        deviation = X - mean
        if missing is not None:
            deviation[missing] = 0.0
        rest = total(deviation)
        var = (total(np.square(deviation, out=deviation)) - rest**2 / divisor) / divisor  # (2)
    _check_finite(var)
    var = np.maximum(var, 0.0)  # of a constant it may be -1e-33
    return n, np.where(n == 0, np.nan, mean), np.where(n == 0, np.nan, var)


def _merge(a, b):
    """Return the moments of two batches together; a column without values adds nothing."""
    (n_a, mean_a, var_a), (n_b, mean_b, var_b) = a, b
    n = n_a + n_b
    divisor = np.where(n == 0, 1, n)
    with np.errstate(over="ignore", invalid="ignore"):
        delta = mean_b - mean_a
        mean = mean_a + delta * (n_b / divisor)  # (4)
        var = (n_a * var_a + n_b * var_b + delta**2 * (n_a * n_b / divisor)) / divisor  # (5)
    mean = np.where(n_b == 0, mean_a, np.where(n_a == 0, mean_b, mean))
    var = np.where(n_b == 0, var_a, np.where(n_a == 0, var_b, var))
    _check_finite(var[n > 0])
    return n, mean, var


def _check_finite(var):
    if not np.isfinite(var).all():
        raise ValueError(
            "the squares of the values are too large for float64. Divide X by a large constant first."
        )


def _deviation(var, mean, n):
    """Return standard deviations, 1 where the variance is no more than its rounding error."""
    eps = float(np.finfo(np.float64).eps)
    constant = var <= n * eps * var + (n * mean * eps) ** 2
    return np.where(constant, 1.0, np.sqrt(var))
