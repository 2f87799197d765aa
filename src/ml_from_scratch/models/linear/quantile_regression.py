r"""Quantile regression: a line with a given share of the samples below it.

The pinball loss charges an error upwards :math:`\tau` and one downwards :math:`1 - \tau`; what
minimises its sum over a constant is the quantile :math:`\tau` of y, as least squares gives the mean.

.. math::
    \frac{1}{\sum_i s_i} \sum_i s_i \max\big(\tau r_i,\, (\tau - 1) r_i\big) + \alpha \|w\|_1,
    \qquad r_i = y_i - w^T x_i - b

A penalty :math:`\alpha |w_j|` is nothing else than a sample with the target 0, whose only feature
is the j-th, and whose errors cost the same in both directions. So one sum of bent lines is left,
with rows and slopes

.. math::
    A &= \begin{pmatrix} 1 & X \\ I & \end{pmatrix}, \qquad
    u = \begin{pmatrix} \tau s \\ \alpha \sum_i s_i \end{pmatrix}, \qquad
    v = \begin{pmatrix} (1 - \tau) s \\ \alpha \sum_i s_i \end{pmatrix} \tag{1}

and ``pinball_simplex`` finds its lowest corner, from the one where all coefficients are 0.

Source: Koenker and Bassett, Regression quantiles, 1978.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from ...core.checks import check_choice, check_number
from ..convergence import warn_not_converged
from .least_squares import power_of_two
from .linear_regression import _LinearRegressor
from .pinball_simplex import PinballSimplex

SOLVERS = ("simplex", "highs", "highs-ds", "highs-ipm", "interior-point", "revised simplex")


class QuantileRegressor(_LinearRegressor):
    r"""Linear regression for a quantile of y, with an L1 penalty.

    The objective is the mean pinball loss plus :math:`\alpha \|w\|_1`. What is found is a minimum to
    machine precision: a line through as many samples as it has coefficients that are not 0. Where
    there are several minima, other programs may find another. scikit-learn's ``solver_options`` are
    not offered. Memory grows with the square of the number of features.

    Parameters
    ----------
    quantile : float
        Which quantile to predict, between 0 and 1; 0.5 is the median.
    alpha : float
        The weight of the penalty, at least 0.
    fit_intercept : bool
        Whether to learn an intercept, which is not penalised.
    solver : str
        For scikit-learn's sake: by whatever of its names, it is the simplex method.
    max_iter : None or int
        The most pivots of the simplex method; None means 1000 more than there are samples, and 100
        more for each feature.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
        One coefficient per feature.
    intercept_ : float
        The prediction where all features are zero.
    n_iter_ : int
        Pivots made.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0], [4.0]], [0.0, 1.0, 2.0, 3.0, 100.0]
    >>> model = QuantileRegressor(alpha=0).fit(X, y)  # the outlier does not matter
    >>> model.coef_.round(6).tolist(), round(float(model.intercept_), 6)
    ([1.0], 0.0)
    """

    _tags = {"multi_output": False}

    def __init__(
        self, *, quantile=0.5, alpha=1.0, fit_intercept=True, solver="highs", max_iter=None
    ):
        self.quantile = quantile
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.solver = solver
        self.max_iter = max_iter

    def fit(self, X, y, sample_weight=None):
        """Learn coefficients and intercept from data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            What to predict.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts; 2 is the same as having it twice.

        Returns
        -------
        QuantileRegressor
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        check_number("quantile", self.quantile, above=0, below=1)
        check_number("alpha", self.alpha, least=0)
        check_number("max_iter", self.max_iter, least=1, integer=True, optional=True)
        check_choice("solver", self.solver, SOLVERS)
        X, y, weights = self._check_Xy(X, y, sample_weight)
        if weights is not None:
            X, y, weights = X[weights > 0], y[weights > 0], weights[weights > 0]
        limit = 1000 + len(X) + 100 * X.shape[1] if self.max_iter is None else self.max_iter
        simplex, units = self._corner(X.astype(np.float64), y.astype(np.float64), weights)
        if not simplex.minimize(limit):
            settings = SimpleNamespace(max_iter=limit, tol=simplex.precision)
            warn_not_converged(self, settings, "there is a lower corner", "Raise max_iter.")
        theta = simplex.solution() * units
        self.coef_ = theta[-X.shape[1] :].astype(X.dtype)
        self.intercept_ = theta[0].astype(X.dtype) if self.fit_intercept else 0.0
        self.n_iter_ = max(1, simplex.n_pivots)
        return self

    def _corner(self, X, y, weights):
        """Return the simplex method where it starts, and by what its solution is to be multiplied."""
        n, d = X.shape
        s = np.ones(n) if weights is None else weights.astype(np.float64)
        s = s / s.sum()
        if self.fit_intercept:
            X = np.hstack([np.ones((n, 1)), X])
        free = X.shape[1] - d
        x_unit = power_of_two(np.abs(X).max(axis=0))
        y_unit = power_of_two(np.abs(y).max())
        # No sum of pulls is above 1 here, so that a penalty of 2 is as good as a larger one.
        alpha = np.r_[np.zeros(free), np.full(d, float(self.alpha))]
        penalty = np.minimum(alpha, 2.0 * x_unit) / x_unit
        A = np.vstack([X / x_unit, np.eye(free + d)])  # (1)
        u = np.r_[self.quantile * s, penalty]  # (1)
        v = np.r_[(1.0 - self.quantile) * s, penalty]  # (1)
        b = np.r_[y / y_unit, np.zeros(free + d)]
        zero = n + np.arange(free + d)
        return PinballSimplex(A, b, u, v, zero), y_unit / x_unit
