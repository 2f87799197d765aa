r"""Linear regression: the straight line (plane, hyperplane) with the smallest squared error.

.. math::
    \hat y = W^T x + b \tag{1}

where :math:`W` and :math:`b` minimise :math:`\sum_i s_i \|y_i - \hat y_i\|^2`. How is told in
``least_squares``; this is the estimator.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_choice, check_number
from ...core.estimator import BaseEstimator, RegressorMixin, fit_settings
from ..convergence import warn_not_converged
from .least_squares import Problem, descend, solve

SOLVERS = ("normal", "svd", "gradient_descent")


class _LinearRegressor(RegressorMixin, BaseEstimator):
    """Predictions of a linear regressor, and what its ``fit`` does with a solution."""

    _tags = {"multi_output": True}

    def _learn(self, X, y, weights, settings, alpha):
        """Solve as the settings say; the shape of y decides the shapes of what is learned."""
        problem = Problem(X, y.reshape(len(y), -1), weights, fit_intercept=settings.fit_intercept)
        penalties = np.broadcast_to(alpha, problem.Y.shape[1:]).astype(np.float64)
        if settings.solver == "gradient_descent":
            how = {"eta0": settings.eta0, "max_iter": settings.max_iter, "tol": settings.tol}
            solution = descend(problem, penalties, **how)
        else:
            solution = solve(problem, penalties, only_svd=settings.solver == "svd")
        if not solution.converged:
            warn_not_converged(
                self, settings, "the gradient is above tol times what it was at first"
            )
        intercept = problem.intercept(solution.coef).astype(X.dtype)
        self.coef_ = solution.coef.T.astype(X.dtype)  # (k, d)
        self.intercept_ = intercept if settings.fit_intercept else 0.0
        if y.ndim == 1:
            self.coef_ = self.coef_[0]
            self.intercept_ = intercept[0] if settings.fit_intercept else 0.0
        self.n_iter_ = max(1, solution.n_iter)
        return solution

    def predict(self, X) -> np.ndarray:
        """Return the predictions for X: of shape (n_samples,), or (n_samples, n_outputs).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        X = self._check_X(X)
        return X @ self.coef_.T + self.intercept_  # (1)


class LinearRegression(_LinearRegressor):
    """Ordinary least squares. (scikit-learn's ``positive`` is not offered.)

    Parameters
    ----------
    fit_intercept : bool
        Whether to learn an intercept; without one the plane goes through the origin.
    copy_X : bool
        For scikit-learn's sake: X is never changed.
    tol : float
        Gradient descent stops when no element of the gradient is larger than tol times the largest
        at the start.
    n_jobs : None or int
        For scikit-learn's sake: NumPy's linear algebra decides about threads.
    solver : {"normal", "svd", "gradient_descent"}
        "normal" solves the normal equations where that is accurate and otherwise does the same as
        "svd", which never squares the condition number. "gradient_descent" minimises the same
        objective step by step, and agrees with them to about tol times the condition number of
        the centred ``X.T @ X``, relative to the largest coefficient.
    eta0 : None or float
        The step of gradient descent; None takes 1 / L, the longest that never overshoots.
    max_iter : int
        The most steps of gradient descent.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_outputs, n_features)
        One coefficient per feature: of the solutions the one with the least norm, if columns depend
        on each other.
    intercept_ : float or ndarray of shape (n_outputs,)
        The prediction where all features are zero.
    rank_ : int
        How many columns of the centred X are independent. Not learned by gradient descent.
    singular_ : ndarray
        Singular values of the centred (and weighted) X. Not learned by gradient descent.
    n_iter_ : int
        Steps made; 1 for the other solvers.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X = np.array([[1.0], [2.0], [3.0]])
    >>> model = LinearRegression().fit(X, 2 * X[:, 0] + 1)
    >>> model.coef_.round(6).tolist(), round(float(model.intercept_), 6)
    ([2.0], 1.0)
    >>> by_steps = LinearRegression().fit(X, 2 * X[:, 0] + 1, lr=0.1, epochs=200)
    >>> by_steps.predict([[10.0]]).round(6).tolist()
    [21.0]
    """

    def __init__(
        self,
        *,
        fit_intercept=True,
        copy_X=True,
        tol=1e-6,
        n_jobs=None,
        solver="normal",
        eta0=None,
        max_iter=10_000,
    ):
        self.fit_intercept = fit_intercept
        self.copy_X = copy_X
        self.tol = tol
        self.n_jobs = n_jobs
        self.solver = solver
        self.eta0 = eta0
        self.max_iter = max_iter

    def fit(self, X, y, sample_weight=None, *, lr=None, epochs=None):
        """Learn coefficients and intercept from data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            What to predict.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts; 2 is the same as having it twice.
        lr : float, optional
            For this call: gradient descent with this step.
        epochs : int, optional
            For this call: gradient descent with exactly this many steps, without a stopping test.

        Returns
        -------
        LinearRegression
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable, or gradient descent diverges.
        """
        settings = fit_settings(self, lr, epochs)
        check_choice("solver", settings.solver, SOLVERS)
        check_number("eta0", settings.eta0, above=0, optional=True)
        check_number("max_iter", settings.max_iter, least=1, integer=True)
        check_number("tol", settings.tol, least=0, optional=True)
        X, y, weights = self._check_Xy(X, y, sample_weight, multi_output=True)
        solution = self._learn(X, y, weights, settings, alpha=0.0)
        for of_an_earlier_fit in ("rank_", "singular_"):
            vars(self).pop(of_an_earlier_fit, None)
        if solution.singular is not None:
            self.rank_, self.singular_ = solution.rank, solution.singular.astype(self.coef_.dtype)
        return self
