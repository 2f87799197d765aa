r"""Bayesian ridge regression: the penalty is learned from the data, and every answer has a spread.

Errors are normal with precision (1 / variance) :math:`\alpha`, coefficients a priori normal around 0
with precision :math:`\lambda`, and both precisions have gamma priors with shapes and rates
:math:`\alpha_1, \alpha_2, \lambda_1, \lambda_2`. With the centred, weighted A and b of
``least_squares``, and :math:`A = U \Sigma V^T`, the coefficients are a posteriori normal, too:

.. math::
    \mu &= V\, \mathrm{diag}\Big( \frac{\sigma_j}{\sigma_j^2 + \lambda / \alpha} \Big)\, U^T b \tag{1} \\
    S &= V\, \mathrm{diag}\Big( \frac{1}{\alpha \sigma_j^2 + \lambda} \Big)\, V^T \tag{2}

The mean is ridge regression with the penalty :math:`\lambda / \alpha`. The precisions are those that
make the data most likely (the **evidence**). They are found by taking turns: each :math:`\sigma_j^2
\alpha` that is large beside :math:`\lambda` is one parameter that the data determine,

.. math::
    \gamma &= \sum_j \frac{\alpha \sigma_j^2}{\lambda + \alpha \sigma_j^2} \tag{3} \\
    \lambda &\leftarrow \frac{\gamma + 2 \lambda_1}{\|\mu\|^2 + 2 \lambda_2} \tag{4} \\
    \alpha &\leftarrow \frac{n - \gamma + 2 \alpha_1}{\|b - A \mu\|^2 + 2 \alpha_2} \tag{5}

and the logarithm of the evidence, without constants of the priors, is

.. math::
    \log p = \lambda_1 \log \lambda - \lambda_2 \lambda + \alpha_1 \log \alpha - \alpha_2 \alpha
        + \tfrac12 \big( d \log \lambda + n \log \alpha - \alpha \|b - A \mu\|^2
        - \lambda \|\mu\|^2 + \log |S| - n \log 2 \pi \big) \tag{6}

For a new sample the variance is that of the errors, and what is not known of the coefficients:

.. math:: \mathrm{var}(y \mid x) = \frac{1}{\alpha} + (x - \bar x)^T S (x - \bar x) \tag{7}

All of it lives in the basis V: after one decomposition an iteration costs a few products of length d.

Sources: MacKay, Bayesian interpolation, 1992, section 5, for (3-5); Tipping, Sparse Bayesian
learning and the relevance vector machine, 2001, appendix A, for the priors and (6).
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from ...core.checks import check_number
from ...core.progress import progress
from ..convergence import warn_not_converged
from .least_squares import Problem
from .linear_regression import _LinearRegressor

EPS = float(np.finfo(np.float64).eps)


class BayesianRidge(_LinearRegressor):
    """Ridge regression whose penalty is estimated from the data, with standard deviations.

    Parameters
    ----------
    max_iter : int
        The most iterations.
    tol : float
        Stop when the coefficients change by less, summed over their absolute values.
    alpha_1, alpha_2 : float
        Shape and rate of the gamma prior over the precision of the errors.
    lambda_1, lambda_2 : float
        Shape and rate of the gamma prior over the precision of the coefficients.
    alpha_init : None or float
        Where alpha starts; None is 1 / var(y).
    lambda_init : None or float
        Where lambda starts; None is 1.
    compute_score : bool
        Whether to compute the logarithm of the evidence in each iteration.
    fit_intercept : bool
        Whether to learn an intercept, which has no prior.
    copy_X : bool
        For scikit-learn's sake: X is never changed.
    verbose : bool
        Whether to show the iterations.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
        Posterior mean of the coefficients.
    intercept_ : float
        The prediction where all features are zero.
    alpha_ : float
        Precision of the errors.
    lambda_ : float
        Precision of the coefficients.
    sigma_ : ndarray of shape (n_features, n_features)
        Posterior covariance of the coefficients.
    scores_ : ndarray of shape (n_iter_ + 1,)
        The logarithm of the evidence, if asked for, at the start and after each iteration.
    n_iter_ : int
        Iterations made.
    X_offset_ : ndarray of shape (n_features,)
        The mean of X, which was subtracted; zeros without an intercept.
    X_scale_ : ndarray of shape (n_features,)
        Ones, for scikit-learn's sake.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0.0, 1.1, 1.9, 3.0]
    >>> model = BayesianRidge().fit(X, y)
    >>> mean, std = model.predict([[1.5], [30.0]], return_std=True)
    >>> mean.round(2).tolist(), bool(std[1] > 5 * std[0])  # far from the data less is known
    ([1.5, 29.4], True)
    """

    _tags = {"multi_output": False}

    def __init__(
        self,
        *,
        max_iter=300,
        tol=1e-3,
        alpha_1=1e-6,
        alpha_2=1e-6,
        lambda_1=1e-6,
        lambda_2=1e-6,
        alpha_init=None,
        lambda_init=None,
        compute_score=False,
        fit_intercept=True,
        copy_X=True,
        verbose=False,
    ):
        self.max_iter = max_iter
        self.tol = tol
        self.alpha_1 = alpha_1
        self.alpha_2 = alpha_2
        self.lambda_1 = lambda_1
        self.lambda_2 = lambda_2
        self.alpha_init = alpha_init
        self.lambda_init = lambda_init
        self.compute_score = compute_score
        self.fit_intercept = fit_intercept
        self.copy_X = copy_X
        self.verbose = verbose

    def fit(self, X, y, sample_weight=None):
        """Learn coefficients, intercept and both precisions from data.

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
        BayesianRidge
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        check_number("max_iter", self.max_iter, least=1, integer=True)
        check_number("tol", self.tol, above=0)
        for name in ("alpha_1", "alpha_2", "lambda_1", "lambda_2"):
            check_number(name, getattr(self, name), least=0)
        for name in ("alpha_init", "lambda_init"):
            check_number(name, getattr(self, name), least=0, optional=True)
        X, y, weights = self._check_Xy(X, y, sample_weight)
        problem = Problem(X, y[:, None], weights, fit_intercept=self.fit_intercept)
        evidence = _Evidence(problem, self)
        state, scores, n_iter, converged = self._take_turns(evidence)
        if not converged:
            warn_not_converged(self, self, "the coefficients were still changing")
        coef = evidence.V @ state.mean
        self.coef_ = coef.astype(X.dtype)
        self.alpha_, self.lambda_ = float(state.alpha), float(state.lambda_)
        self.sigma_ = evidence.covariance(state).astype(X.dtype)
        self.X_offset_ = problem.x_mean.astype(X.dtype)
        self.X_scale_ = np.ones_like(self.X_offset_)
        intercept = problem.intercept(coef[:, None])[0]
        self.intercept_ = X.dtype.type(intercept) if self.fit_intercept else 0.0
        self.n_iter_ = n_iter
        vars(self).pop("scores_", None)
        if self.compute_score:
            self.scores_ = np.array([*scores, evidence.score(state)])
        return self

    def _take_turns(self, evidence):
        """Return (state, scores, iterations, converged)."""
        state, scores, before = evidence.start(), [], None
        with progress(self.max_iter, "BayesianRidge", shown=bool(self.verbose)) as report:
            for k in range(1, self.max_iter + 1):
                if self.compute_score:
                    scores.append(evidence.score(state))
                mean, state = state.mean, evidence.turn(state)
                coef = evidence.V @ mean
                report(k)
                if before is not None and np.abs(before - coef).sum() < self.tol:
                    return state, scores, k, True
                before = coef
        return state, scores, self.max_iter, False

    def predict(self, X, return_std=False):
        """Return the means of the predictions for X, and their standard deviations if asked for.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        return_std : bool
            Whether to return standard deviations, too.

        Returns
        -------
        ndarray of shape (n_samples,), or two of them
        """
        X = self._check_X(X)
        mean = X @ self.coef_ + self.intercept_
        if not return_std:
            return mean
        A = X - self.X_offset_
        variance = 1.0 / self.alpha_ + ((A @ self.sigma_) * A).sum(axis=1)  # (7)
        return mean, np.sqrt(variance).astype(X.dtype)


class _Evidence:
    """What the data say, in the basis of the right singular vectors, and the turns taken there."""

    def __init__(self, problem: Problem, priors):
        A, B = problem.matrices()
        n, d = A.shape
        A[:, ~problem.varies(np.square(A).sum(axis=0))] = 0.0
        self.n, self.d, self.priors = problem.total, d, priors
        s = np.ones(n) if problem.weights is None else problem.weights.astype(np.float64)
        y = problem.Y[:, 0]
        self.variance = float(s @ np.square(y - np.average(y, weights=s))) / self.n
        if n > d:  # the triangular factor of [A b] has the same singular values, and is small
            R = np.linalg.qr(np.hstack([A, B]), mode="r")
            A, B = R[:, :d], R[:, d:]
        U, sigma, Vt = np.linalg.svd(A, full_matrices=False)
        self.sigma, self.squares, self.V = sigma, np.square(sigma), Vt.T
        self.u = U.T @ B[:, 0]
        outside = B[:, 0] - U @ self.u
        self.unexplained = float(outside @ outside)

    def start(self):
        """Return the state for the initial precisions."""
        alpha, lambda_ = self.priors.alpha_init, self.priors.lambda_init
        alpha = 1.0 / (self.variance + EPS) if alpha is None else alpha
        return self._state(float(alpha), 1.0 if lambda_ is None else float(lambda_))

    def _state(self, alpha, lambda_):
        """Return precisions, the posterior mean in the basis V, and the squared error there."""
        with np.errstate(divide="ignore", invalid="ignore"):  # 0 / 0 for lambda and sigma 0
            shrunk = self.squares / (self.squares + lambda_ / alpha)
            mean = np.where(self.sigma > 0.0, shrunk * self.u / self.sigma, 0.0)  # (1)
        error = self.unexplained + float(np.square(self.u - self.sigma * mean).sum())
        return SimpleNamespace(alpha=alpha, lambda_=lambda_, mean=mean, error=error)

    def turn(self, state):
        """Return the state after one update of both precisions."""
        p, alpha = self.priors, state.alpha
        gamma = float((alpha * self.squares / (state.lambda_ + alpha * self.squares)).sum())  # (3)
        norm = float(state.mean @ state.mean)
        lambda_ = (gamma + 2.0 * p.lambda_1) / (norm + 2.0 * p.lambda_2)  # (4)
        alpha = (self.n - gamma + 2.0 * p.alpha_1) / (state.error + 2.0 * p.alpha_2)  # (5)
        return self._state(alpha, lambda_)

    def score(self, state) -> float:
        """Return the logarithm of the evidence."""
        p, alpha, lambda_ = self.priors, state.alpha, state.lambda_
        log_S = -np.log(lambda_ + alpha * self.squares).sum()
        log_S -= (self.d - len(self.squares)) * np.log(lambda_)
        fit = self.n * np.log(alpha) - alpha * state.error - self.n * np.log(2.0 * np.pi)
        prior = self.d * np.log(lambda_) - lambda_ * float(state.mean @ state.mean)
        gammas = p.lambda_1 * np.log(lambda_) - p.lambda_2 * lambda_
        gammas += p.alpha_1 * np.log(alpha) - p.alpha_2 * alpha
        return float(gammas + 0.5 * (fit + prior + log_S))  # (6)

    def covariance(self, state) -> np.ndarray:
        """Return the posterior covariance; directions that no sample has keep their prior's."""
        known = 1.0 / (state.alpha * self.squares + state.lambda_)
        S = (self.V * known) @ self.V.T  # (2)
        if len(known) < self.d:
            S += (np.eye(self.d) - self.V @ self.V.T) / state.lambda_
        return S
