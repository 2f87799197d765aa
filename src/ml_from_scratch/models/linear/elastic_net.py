r"""The lasso and the elastic net: least squares that leave features out.

.. math::
    \frac{1}{2 n} \sum_i s_i (y_i - w^T x_i - b)^2
        + \alpha \rho \|w\|_1 + \tfrac12 \alpha (1 - \rho) \|w\|_2^2, \qquad n = \sum_i s_i

The first penalty, unlike that of ridge regression, does not only shrink coefficients but sets those
to exactly zero that explain too little: :math:`\rho = 1` is the **lasso**. Of several features that
say the same it keeps one, and which one is chance; a share of the second penalty keeps them
together: the **elastic net**. How the minimum is found is told in ``coordinate_descent``; with n
times the objective, its penalties are

.. math::
    \lambda &= n \alpha \rho \\
    \beta &= n \alpha (1 - \rho)

Sources: Tibshirani, Regression shrinkage and selection via the lasso, 1996; Zou and Hastie,
Regularization and variable selection via the elastic net, 2005.
"""

from __future__ import annotations

import warnings

import numpy as np

from ...core.checks import check_number, outside
from ..convergence import warn_not_converged
from .least_squares import Problem
from .linear_regression import _LinearRegressor
from .regularization_path import check_settings, descend_path, enet_path, lasso_path, make_design

ADVICE = "Raise max_iter, loosen tol, raise alpha, or bring the features to one scale."


class _SparseRegressor(_LinearRegressor):
    """What the lasso and the elastic net share: ``fit``, for the share of the L1 penalty."""

    def _fit(self, X, y, sample_weight, l1_ratio):
        check_settings(self)
        check_number("alpha", self.alpha, least=0)
        check_number("l1_ratio", l1_ratio, least=0, most=1)
        if self.alpha == 0:
            warnings.warn(
                f"With alpha=0 {type(self).__name__} is plain least squares, which LinearRegression "
                "solves faster and for columns that depend on each other, too.",
                UserWarning,
                stacklevel=outside(),
            )
        X, y, weights = self._check_Xy(X, y, sample_weight, multi_output=True)
        problem = Problem(X, y.reshape(len(y), -1), weights, fit_intercept=self.fit_intercept)
        with np.errstate(over="ignore", invalid="ignore"):  # found below, and told in words
            design = make_design(problem, self.precompute)
            minima = [
                descend_path(design, k, w, [self.alpha], l1_ratio, problem.total, self)[0]
                for k, w in enumerate(self._start(problem))
            ]
        coef = np.array([minimum.w for minimum in minima])
        gaps = np.array([minimum.gap for minimum in minima]) / problem.total
        if not np.isfinite(coef).all() or not np.isfinite(gaps).all():
            raise ValueError(
                f"the values in X (or y) are too large for their squares: {type(self).__name__} found "
                "no finite coefficients. Divide by a constant, or standardise X (StandardScaler)."
            )
        if not all(minimum.converged for minimum in minima):
            told = f"the duality gap is {gaps.max():.1e}, above tol times the mean square of y"
            warn_not_converged(self, self, told, ADVICE)
        self._keep(problem, coef, gaps, [max(1, minimum.n_iter) for minimum in minima], y.ndim == 1)
        return self

    def _start(self, problem):
        """Return where the descent starts: (n_outputs, n_features)."""
        start = np.zeros((problem.Y.shape[1], problem.X.shape[1]))
        if self.warm_start and np.size(getattr(self, "coef_", ())) == start.size:
            start += np.reshape(self.coef_, start.shape)
        return start

    def _keep(self, problem, coef, gaps, n_iter, one_output):
        dtype = problem.X.dtype
        intercept = problem.intercept(coef.T).astype(dtype) if self.fit_intercept else None
        coef, gaps = coef.astype(dtype), gaps.astype(dtype)
        if one_output or len(coef) == 1:  # a single column of y is treated like scikit-learn does
            coef, gaps, n_iter = coef[0], float(gaps[0]), n_iter[0]
        if one_output and intercept is not None:
            intercept = intercept[0]
        self.coef_, self.dual_gap_, self.n_iter_ = coef, gaps, n_iter
        self.intercept_ = 0.0 if intercept is None else intercept


class ElasticNet(_SparseRegressor):
    r"""Linear regression with a mixture of L1 and L2 penalties.

    The objective is :math:`\tfrac{1}{2n} \|y - X w - b\|^2 + \alpha \rho \|w\|_1
    + \tfrac12 \alpha (1 - \rho) \|w\|^2`, with :math:`\rho` the ``l1_ratio``. Several outputs are
    fitted one by one.

    Parameters
    ----------
    alpha : float
        The weight of both penalties, at least 0. The objective is a mean over samples: twice the
        data want the same alpha.
    l1_ratio : float
        The share of the L1 penalty, from 0 (ridge regression) to 1 (lasso).
    fit_intercept : bool
        Whether to learn an intercept, which is not penalised.
    precompute : bool or array-like of shape (n_features, n_features)
        The Gram matrix of the (centred, weighted) X, if it is there already. Otherwise it is computed
        where that pays, and True and False are there for scikit-learn's sake.
    max_iter : int
        The most sweeps over the coefficients.
    copy_X : bool
        For scikit-learn's sake: X is never changed.
    tol : float
        Stop when the duality gap is at most tol times the mean square of the centred y.
    warm_start : bool
        Whether to start from what the last ``fit`` has found.
    positive : bool
        Whether coefficients must not be negative.
    random_state : None, int or Generator
        Decides the orders of sweeps if ``selection="random"``.
    selection : {"cyclic", "random"}
        Whether each sweep visits the coefficients in order, or in a new one.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_outputs, n_features)
        One coefficient per feature.
    intercept_ : float or ndarray of shape (n_outputs,)
        The prediction where all features are zero.
    dual_gap_ : float or ndarray of shape (n_outputs,)
        How much the objective is above its minimum, at most.
    n_iter_ : int or list of int
        Sweeps made.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[-1.0, 0.1], [0.0, -0.2], [1.0, 0.1]], [-3.0, 0.0, 3.0]
    >>> model = ElasticNet(alpha=1.0, l1_ratio=0.5).fit(X, y)
    >>> model.coef_.round(6).tolist()  # (2 - 0.5) / (2 / 3 + 0.5) and too little to be used
    [1.285714, 0.0]
    """

    path = staticmethod(enet_path)

    def __init__(
        self,
        alpha=1.0,
        *,
        l1_ratio=0.5,
        fit_intercept=True,
        precompute=False,
        max_iter=1000,
        copy_X=True,
        tol=1e-4,
        warm_start=False,
        positive=False,
        random_state=None,
        selection="cyclic",
    ):
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.precompute = precompute
        self.max_iter = max_iter
        self.copy_X = copy_X
        self.tol = tol
        self.warm_start = warm_start
        self.positive = positive
        self.random_state = random_state
        self.selection = selection

    def fit(self, X, y, sample_weight=None):
        """Learn coefficients and intercept from data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            What to predict.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts; 2 is the same as having it twice.

        Returns
        -------
        ElasticNet
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        return self._fit(X, y, sample_weight, self.l1_ratio)


class Lasso(_SparseRegressor):
    r"""Linear regression with an L1 penalty, which sets coefficients to zero.

    The objective is :math:`\tfrac{1}{2n} \|y - X w - b\|^2 + \alpha \|w\|_1`. Several outputs are
    fitted one by one.

    Parameters
    ----------
    alpha : float
        The weight of the penalty, at least 0. The objective is a mean over samples: twice the data
        want the same alpha.
    fit_intercept : bool
        Whether to learn an intercept, which is not penalised.
    precompute : bool or array-like of shape (n_features, n_features)
        The Gram matrix of the (centred, weighted) X, if it is there already. Otherwise it is computed
        where that pays, and True and False are there for scikit-learn's sake.
    copy_X : bool
        For scikit-learn's sake: X is never changed.
    max_iter : int
        The most sweeps over the coefficients.
    tol : float
        Stop when the duality gap is at most tol times the mean square of the centred y.
    warm_start : bool
        Whether to start from what the last ``fit`` has found.
    positive : bool
        Whether coefficients must not be negative.
    random_state : None, int or Generator
        Decides the orders of sweeps if ``selection="random"``.
    selection : {"cyclic", "random"}
        Whether each sweep visits the coefficients in order, or in a new one.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_outputs, n_features)
        One coefficient per feature.
    intercept_ : float or ndarray of shape (n_outputs,)
        The prediction where all features are zero.
    dual_gap_ : float or ndarray of shape (n_outputs,)
        How much the objective is above its minimum, at most.
    n_iter_ : int or list of int
        Sweeps made.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[-1.0, 0.1], [0.0, -0.2], [1.0, 0.1]], [-3.0, 0.0, 3.0]
    >>> model = Lasso(alpha=0.5).fit(X, y)
    >>> model.coef_.round(6).tolist()  # (2 - 0.5) / (2 / 3) and too little to be used
    [2.25, 0.0]
    """

    path = staticmethod(lasso_path)

    def __init__(
        self,
        alpha=1.0,
        *,
        fit_intercept=True,
        precompute=False,
        copy_X=True,
        max_iter=1000,
        tol=1e-4,
        warm_start=False,
        positive=False,
        random_state=None,
        selection="cyclic",
    ):
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.precompute = precompute
        self.copy_X = copy_X
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.positive = positive
        self.random_state = random_state
        self.selection = selection

    def fit(self, X, y, sample_weight=None):
        """Learn coefficients and intercept from data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            What to predict.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts; 2 is the same as having it twice.

        Returns
        -------
        Lasso
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        return self._fit(X, y, sample_weight, l1_ratio=1.0)
