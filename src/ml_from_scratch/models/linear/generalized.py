r"""Generalised linear models: regression for counts, costs and other data that do not scatter evenly.

A linear score becomes a mean through a link, and the mean is judged by the deviance of the
distribution that the data have (see ``deviance``); the parameters minimise

.. math:: \frac{1}{2 S} \sum_i s_i\, d(y_i, \mu_i) + \frac{\alpha}{2} \|w\|^2,
    \qquad \mu_i = \mathrm{link}^{-1}(w^T x_i + b)

with sample weights :math:`s_i` of total S. They are found by Newton's method, which is iteratively
reweighted least squares here, or by L-BFGS (see ``deviance_objective``). What is left of the deviance
of a model that always predicts the mean is their score,

.. math:: D^2 = 1 - \frac{\sum_i s_i\, d(y_i, \mu_i)}{\sum_i s_i\, d(y_i, \bar y)} \tag{1}

which for squared errors is :math:`R^2`.

Source: Nelder and Wedderburn, Generalized linear models, 1972.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_choice, check_number, check_target, check_weights
from ...core.estimator import BaseEstimator, RegressorMixin
from ...optimizers.second_order import minimize_lbfgs, minimize_newton
from ..convergence import warn_not_converged
from .deviance import allows, half_deviance
from .deviance_objective import DevianceObjective, mean, score_of

SOLVERS = ("lbfgs", "newton-cholesky")
TINY = float(np.finfo(np.float64).tiny)


class _GeneralizedLinearRegressor(RegressorMixin, BaseEstimator):
    """All but the choice of the distribution, which ``_family`` makes."""

    def __init__(
        self,
        *,
        alpha=1.0,
        fit_intercept=True,
        solver="lbfgs",
        max_iter=100,
        tol=1e-4,
        warm_start=False,
        verbose=0,
    ):
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.solver = solver
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.verbose = verbose

    def _family(self) -> tuple[float, str]:
        """Return power and link."""
        raise NotImplementedError

    def fit(self, X, y, sample_weight=None):
        """Learn coefficients and intercept from data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            What to predict, of the values that the distribution can have.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts; 2 is the same as having it twice.

        Returns
        -------
        BaseEstimator
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        check_number("alpha", self.alpha, least=0)
        check_choice("solver", self.solver, SOLVERS)
        check_number("max_iter", self.max_iter, least=1, integer=True)
        check_number("tol", self.tol, above=0)
        power, link = self._family()
        X, y, weights = self._check_Xy(X, y, sample_weight)
        if weights is not None and not weights.all():
            X, y, weights = (array[weights > 0.0] for array in (X, y, weights))
        self._check_range(y, power)
        objective = DevianceObjective(X, y, weights, self.alpha, self.fit_intercept, power, link)
        theta, self.n_iter_ = self._minimise(objective, self._start(objective, link))
        coef, intercept = objective.unpack(theta)
        self.coef_ = coef[0].astype(X.dtype)
        self.intercept_ = intercept.astype(X.dtype)[0] if self.fit_intercept else 0.0
        return self

    def _check_range(self, y, power) -> None:
        if not allows(y, power):
            raise ValueError(
                f"Some value(s) of y are out of the valid range of {type(self).__name__}: a Tweedie "
                f"distribution of power {power:g} has values {'>=' if power < 2 else '>'} 0; the least "
                f"is {float(y.min()):g}."
            )

    def _start(self, objective, link) -> np.ndarray:
        """Start from the model that always predicts the mean, or from the last one."""
        before = getattr(self, "coef_", None) if self.warm_start else None
        if before is not None and before.shape == (objective.n_features,):
            return objective.start(before.astype(np.float64)[None], np.float64(self.intercept_))
        theta = objective.start()
        if self.fit_intercept:
            theta[-1] = score_of(float(np.average(objective.y, weights=objective.weights)), link)
        return theta

    def _minimise(self, objective, theta):
        by_newton = self.solver == "newton-cholesky"
        minimise = minimize_newton if by_newton else minimize_lbfgs
        function = objective.value_gradient_hessian if by_newton else objective.value_gradient
        result = minimise(function, theta, tol=self.tol, max_iter=self.max_iter)
        if self.verbose:
            print(f"{type(self).__name__}: {result.message}, {result.n_iter} iterations")
        if not result.converged:
            warn_not_converged(self, self, result.message)
        return result.x, max(1, result.n_iter)

    def predict(self, X) -> np.ndarray:
        """Return the mean for each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        X = self._check_X(X)
        with np.errstate(over="ignore"):  # beyond the largest number a mean is infinite
            return mean(X @ self.coef_ + self.intercept_, self._family()[1])

    def score(self, X, y, sample_weight=None) -> float:
        r"""Return :math:`D^2`, the share of the deviance that the model explains.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            The true values.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts.
        """
        mu = self.predict(X).astype(np.float64)
        y = check_target(y, len(mu), used_by=type(self).__name__)
        weights = check_weights(sample_weight, len(mu))
        power = self._family()[0]
        self._check_range(y, power)
        average = np.average(y, weights=weights)
        null = np.full(len(y), average if power <= 0 else max(average, TINY))
        with np.errstate(all="ignore"):  # of means that y cannot have, or that are infinite
            left = np.average(half_deviance(y, mu, power), weights=weights)
            whole = np.average(half_deviance(y, null, power), weights=weights)
        if whole <= 0.0:  # y is constant: as R^2 has it
            return 1.0 if left <= 0.0 else 0.0
        return float(1.0 - left / whole)  # (1)


class PoissonRegressor(_GeneralizedLinearRegressor):
    """Regression on counts and rates: the variance is the mean, which is the score's exponential.

    Parameters
    ----------
    alpha : float
        The weight of the penalty on the coefficients, at least 0.
    fit_intercept : bool
        Whether to learn an intercept, which is not penalised.
    solver : {"lbfgs", "newton-cholesky"}
        How to minimise. "newton-cholesky" takes few, costly steps and is exact; it is the better one
        for up to some hundred features.
    max_iter : int
        The most iterations.
    tol : float
        Stop when no element of the gradient is larger.
    warm_start : bool
        Whether to start from what the last ``fit`` has found.
    verbose : int
        Above 0: tell how the minimisation ended.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
        One coefficient per feature.
    intercept_ : float
        The score where all features are zero.
    n_iter_ : int
        Iterations made.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0]], [1, 2, 4]  # doubles at each step
    >>> model = PoissonRegressor(alpha=0.0, tol=1e-8).fit(X, y)
    >>> model.predict([[3.0]]).round(4).tolist(), round(model.score(X, y), 4)
    ([8.0], 1.0)
    """

    _tags = {"positive_y": True}

    def _family(self):
        return 1, "log"


class GammaRegressor(_GeneralizedLinearRegressor):
    """Regression on positive amounts whose scatter is a share of their mean: costs, durations.

    Parameters
    ----------
    alpha : float
        The weight of the penalty on the coefficients, at least 0.
    fit_intercept : bool
        Whether to learn an intercept, which is not penalised.
    solver : {"lbfgs", "newton-cholesky"}
        How to minimise; see ``PoissonRegressor``.
    max_iter : int
        The most iterations.
    tol : float
        Stop when no element of the gradient is larger.
    warm_start : bool
        Whether to start from what the last ``fit`` has found.
    verbose : int
        Above 0: tell how the minimisation ended.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
        One coefficient per feature.
    intercept_ : float
        The score where all features are zero.
    n_iter_ : int
        Iterations made.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> model = GammaRegressor(alpha=0.0, tol=1e-8).fit([[0.0], [1.0], [2.0]], [9.0, 3.0, 1.0])
    >>> model.predict([[3.0]]).round(4).tolist()
    [0.3333]
    """

    _tags = {"positive_y": True}

    def _family(self):
        return 2, "log"


class TweedieRegressor(_GeneralizedLinearRegressor):
    """Regression with a variance that grows like a power of the mean.

    Parameters
    ----------
    power : float
        0 is the normal distribution, 1 Poisson, between 1 and 2 sums of a random number of amounts
        (many zeros among positive values), 2 gamma, 3 the inverse Gaussian.
    alpha : float
        The weight of the penalty on the coefficients, at least 0.
    fit_intercept : bool
        Whether to learn an intercept, which is not penalised.
    link : {"auto", "identity", "log"}
        How scores become means; "auto" is the identity for powers up to 0, else the logarithm.
    solver : {"lbfgs", "newton-cholesky"}
        How to minimise; see ``PoissonRegressor``.
    max_iter : int
        The most iterations.
    tol : float
        Stop when no element of the gradient is larger.
    warm_start : bool
        Whether to start from what the last ``fit`` has found.
    verbose : int
        Above 0: tell how the minimisation ended.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
        One coefficient per feature.
    intercept_ : float
        The score where all features are zero.
    n_iter_ : int
        Iterations made.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0]], [1.0, 2.0, 4.0]
    >>> TweedieRegressor(power=1.5, alpha=0.0, tol=1e-8).fit(X, y).predict([[3.0]]).round(4).tolist()
    [8.0]
    """

    def __init__(
        self,
        *,
        power=0.0,
        alpha=1.0,
        fit_intercept=True,
        link="auto",
        solver="lbfgs",
        max_iter=100,
        tol=1e-4,
        warm_start=False,
        verbose=0,
    ):
        self.power = power
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.link = link
        self.solver = solver
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.verbose = verbose

    def _family(self):
        check_number("power", self.power)
        check_choice("link", self.link, ("auto", "identity", "log"))
        if self.link != "auto":
            return self.power, self.link
        return self.power, "identity" if self.power <= 0 else "log"
