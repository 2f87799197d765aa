r"""Huber's regression: squares for small errors, straight lines for large ones.

An outlier pulls at a least-squares fit with all its distance. Here its pull is cut off at
:math:`\epsilon` times the scale :math:`\sigma` of the errors, which is learned together with the
coefficients: with :math:`\rho` twice the Huber loss (so that it begins as a plain square),

.. math::
    z_i &= (y_i - w^T x_i - b) / \sigma \tag{1} \\
    J(w, b, \sigma) &= \sum_i s_i\, \sigma \big( 1 + \rho(z_i) \big) + \alpha \|w\|^2 \tag{2}

which is convex in all three together. The 1 keeps :math:`\sigma` from growing until no sample is an
outlier. With :math:`\psi_i = \tfrac12 \rho'(z_i)`, which is :math:`z_i` clipped to
:math:`\pm \epsilon`, and :math:`\tilde x` the sample with a 1 for the intercept,

.. math::
    \nabla_{w, b} J &= -2 \sum_i s_i \psi_i \tilde x_i + 2 \alpha w \tag{3} \\
    \partial J / \partial \sigma &= \sum_i s_i (1 - \psi_i^2) \tag{4}

Only samples that are not cut off bend the objective, each in one direction:

.. math::
    \nabla^2 J = \frac{2}{\sigma} \sum_{|z_i| \le \epsilon} s_i v_i v_i^T + 2 \alpha I_w, \qquad
    v_i = (\tilde x_i, z_i) \tag{5}

so that **Newton's method** is a weighted least squares in each step, and ends after a few: once it
is known who is an outlier, little is left to solve. Where most samples lie exactly on a plane,
:math:`\sigma` would fall to zero; it stops at a small fraction of the spread of y.

Sources: Huber, Robust Statistics, 1981, section 7.7, for (2); Owen, A robust hybrid of lasso and
ridge regression, 2006, section 5, for its convexity.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_number
from ...losses import Huber
from ...optimizers.line_search import Point, backtracking
from ..convergence import warn_not_converged
from .least_squares import Problem, power_of_two, solve
from .linear_regression import _LinearRegressor

SMALLEST_SCALE = 1e-8  # relative to the spread of y
SHRINK = 0.9  # how much of the scale a step may take away: below zero the objective means nothing
ROUNDING = 1e-15  # of an error, relative to the spread of y
HEAVIEST = 1e12  # a penalty, of a standardised coefficient
DAMPINGS = (1e-12, 1e-6, 1e-2)  # where the objective is flat, relative to what (5) can be


class HuberRegressor(_LinearRegressor):
    r"""Linear regression in which outliers pull with a bounded force, with an L2 penalty.

    The objective is a sum over samples, :math:`\sum_i \sigma (1 + \rho((y_i - w^T x_i - b) / \sigma))
    + \alpha \|w\|^2`, with :math:`\rho(z) = z^2` up to :math:`\epsilon` and a straight line beyond.

    Parameters
    ----------
    epsilon : float
        From how many scales on an error counts as an outlier's, at least 1. 1.35 is nearly as good
        as least squares if there are no outliers. At 1 the scale falls to 0, and what is left are
        absolute errors, which QuantileRegressor minimises exactly.
    max_iter : int
        The most steps of Newton's method.
    alpha : float
        The weight of the penalty, at least 0.
    warm_start : bool
        Whether to start from what the last ``fit`` has found.
    fit_intercept : bool
        Whether to learn an intercept, which is not penalised.
    tol : float
        Stop when no element of the gradient is larger: that of the objective per sample, for
        standardised X and y.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
        One coefficient per feature.
    intercept_ : float
        The prediction where all features are zero.
    scale_ : float
        The scale of the errors, sigma.
    outliers_ : ndarray of shape (n_samples,)
        True where an error is above epsilon times the scale.
    n_iter_ : int
        Steps made.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X = np.arange(8.0)[:, None]
    >>> y = 2 * X[:, 0] + np.array([0.1, -0.1, 0.0, 0.1, -0.1, 0.0, 0.1, 50.0])
    >>> model = HuberRegressor().fit(X, y)
    >>> model.coef_.round(1).tolist(), int(np.abs(y - model.predict(X)).argmax())
    ([2.0], 7)
    """

    _tags = {"multi_output": False}

    def __init__(
        self,
        *,
        epsilon=1.35,
        max_iter=100,
        alpha=0.0001,
        warm_start=False,
        fit_intercept=True,
        tol=1e-05,
    ):
        self.epsilon = epsilon
        self.max_iter = max_iter
        self.alpha = alpha
        self.warm_start = warm_start
        self.fit_intercept = fit_intercept
        self.tol = tol

    def fit(self, X, y, sample_weight=None):
        """Learn coefficients, intercept and scale from data.

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
        HuberRegressor
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        check_number("epsilon", self.epsilon, least=1)
        check_number("alpha", self.alpha, least=0)
        check_number("max_iter", self.max_iter, least=1, integer=True)
        check_number("tol", self.tol, least=0)
        X, y, weights = self._check_Xy(X, y, sample_weight)
        objective = _Objective(*_rows_that_count(X, y, weights), self)
        theta = self._start(objective)
        theta, n_iter, converged = _newton(objective, theta, self.max_iter, self.tol)
        if not converged:
            warn_not_converged(self, self, "the gradient is above tol")
        coef, intercept, scale = objective.unpack(theta)
        self.coef_, self.scale_ = coef.astype(X.dtype), float(scale)
        self.intercept_ = X.dtype.type(intercept) if self.fit_intercept else 0.0
        self.n_iter_ = max(1, n_iter)
        errors = np.abs(y - (X @ self.coef_ + self.intercept_))
        self.outliers_ = errors > self.scale_ * self.epsilon
        return self

    def _start(self, objective):
        if self.warm_start and np.shape(getattr(self, "coef_", None)) == objective.x_unit.shape:
            return objective.pack(self.coef_, self.intercept_, self.scale_)
        return objective.by_least_squares()


class _Objective:
    """Equation (2) per sample, for standardised X and y; theta is (w, b, sigma) or (w, sigma)."""

    def __init__(self, X, y, weights, settings):
        n, d = X.shape
        self.n_features, self.intercept = d, bool(settings.fit_intercept)
        self.problem = problem = Problem(X, y[:, None], weights, fit_intercept=self.intercept)
        self.s = np.full(n, 1.0 / problem.total) if weights is None else weights / problem.total
        self.x_mean, self.y_mean = problem.x_mean, 0.0
        if self.intercept:  # the mean of y, unlike the median, may be far from all but an outlier
            self.y_mean = _median(y, self.s)
        self.b = y.astype(np.float64) - self.y_mean
        sizes = np.abs(self.b)
        self.y_unit = _median(sizes, self.s) or float(sizes.max()) or 1.0
        self.b /= self.y_unit
        self.A = np.ones((n, d + self.intercept))
        A = np.subtract(X, self.x_mean, out=self.A[:, :d])
        self.x_unit = power_of_two(np.abs(A).max(axis=0))
        A /= self.x_unit
        # alpha w^2 for w = w' y_unit / x_unit, in the objective that is divided by n and by y_unit
        with np.errstate(over="ignore"):
            alpha = settings.alpha / problem.total / self.x_unit * self.y_unit / self.x_unit
        alpha = np.minimum(alpha, HEAVIEST)  # which is as good as any larger one
        self.alpha = np.r_[alpha, np.zeros(int(self.intercept))]
        self.loss = Huber(delta=settings.epsilon)
        self.V = np.empty((n, d + self.intercept + 1))

    def pack(self, coef, intercept, scale) -> np.ndarray:
        """Return theta for coefficients, intercept and scale in the units of the user."""
        w = coef * self.x_unit / self.y_unit
        b = [(intercept + coef @ self.x_mean - self.y_mean) / self.y_unit] if self.intercept else []
        return np.r_[w, b, max(scale / self.y_unit, SMALLEST_SCALE)]

    def unpack(self, theta):
        """Return coefficients, intercept and scale in the units of the user."""
        coef = theta[: self.n_features] * self.y_unit / self.x_unit
        intercept = theta[self.n_features] * self.y_unit if self.intercept else 0.0
        return coef, intercept + self.y_mean - coef @ self.x_mean, theta[-1] * self.y_unit

    def by_least_squares(self) -> np.ndarray:
        """Return theta for the least squares, with the spread of their errors for sigma."""
        coef = solve(self.problem, np.zeros(1)).coef
        theta = self.pack(coef[:, 0], self.problem.intercept(coef)[0], 0.0)
        spread = np.sqrt(self.s @ np.square(self.b - self.A @ theta[:-1]))
        theta[-1] = max(spread, SMALLEST_SCALE)
        return theta

    def value(self, theta) -> tuple[float, np.ndarray]:
        """Return the value, and the errors in scales."""
        sigma = theta[-1]
        z = (self.b - self.A @ theta[:-1]) / sigma  # (1)
        terms = 1.0 + 2.0 * self.loss.terms(z, 0.0)
        return float(sigma * (self.s @ terms) + self.alpha @ np.square(theta[:-1])), z  # (2)

    def gradient(self, theta, z) -> np.ndarray:
        """Return the gradient, for errors that ``value`` has returned."""
        psi = self.loss.slope(z, 0.0)
        along_w = 2.0 * (self.alpha * theta[:-1] - (self.s * psi) @ self.A)  # (3)
        return np.r_[along_w, self.s @ (1.0 - np.square(psi))]  # (4)

    def hessian(self, theta, z) -> np.ndarray:
        """Return the Hessian."""
        inside = np.sqrt(self.s) * (np.abs(z) <= self.loss.delta)
        np.multiply(self.A, inside[:, None], out=self.V[:, :-1])
        np.multiply(z, inside, out=self.V[:, -1])
        H = 2.0 / theta[-1] * (self.V.T @ self.V)  # (5)
        H.flat[:: len(H) + 1] += np.r_[2.0 * self.alpha, 0.0]  # (5)
        return H


def _newton(objective, theta, max_iter, tol):
    """Return (theta, steps, converged), with sigma kept above its bound."""
    value, z = objective.value(theta)
    g = objective.gradient(theta, z)
    for k in range(max_iter + 1):
        free = np.ones(len(g), dtype=bool)
        free[-1] = theta[-1] > SMALLEST_SCALE or g[-1] < 0.0
        largest = float(np.abs(g[free]).max())
        if largest <= max(tol, ROUNDING / theta[-1]):
            return theta, k, True
        if k == max_iter:
            return theta, k, False
        point = _step(objective, theta, value, g, objective.hessian(theta, z), free)
        if point is None:  # nothing to gain that could be seen in this precision
            return theta, k, False
        value, (theta, z, g) = point.value, point.at
    raise AssertionError("unreachable")


def _step(objective, theta, value, g, H, free):
    """Return a lower point along Newton's direction, more and more damped until there is one."""

    def along(step):
        at = theta + step * p
        at[-1] = max(at[-1], SMALLEST_SCALE)
        value, z = objective.value(at)
        g = objective.gradient(at, z)
        return Point(step, value, float(g @ p), (at, z, g))

    H, p, point = H[np.ix_(free, free)], np.zeros(len(g)), None
    for damping in DAMPINGS:
        damped = H + damping * 2.0 / theta[-1] * np.eye(len(H))
        p[free] = -np.linalg.solve(damped, g[free])
        longest = 1.0 if p[-1] >= 0.0 else min(1.0, -SHRINK * theta[-1] / p[-1])
        with np.errstate(over="ignore", invalid="ignore"):  # a trial far out is not taken
            point = backtracking(along, Point(0.0, value, float(g @ p)), step=longest)
        if point is not None:
            break
    return point


def _rows_that_count(X, y, weights):
    if weights is None or weights.all():
        return X, y, weights
    counted = weights > 0
    return X[counted], y[counted], weights[counted]


def _median(values, s) -> float:
    """Return the smallest value with at least half of all weight at or below it."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(s[order])
    return float(values[order[np.searchsorted(below, 0.5 * (1.0 - 1e-12) * below[-1])]])
