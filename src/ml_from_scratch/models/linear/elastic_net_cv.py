r"""The lasso and the elastic net with a penalty chosen by cross-validation.

For each fold the whole path is computed on the other folds (``regularization_path``), which costs
little more than one fit, and its errors are measured on the fold:

.. math:: \mathrm{mse}_{af} = \frac{\sum_{i \in f} s_i (y_i - w_a^T x_i - b_a)^2}{\sum_{i \in f} s_i}
    \tag{1}

The penalty a whose error is least on average over the folds is used to fit to all the data.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import as_float, check_number
from ...core.parallel import run_all
from ...core.progress import progress
from ...utils.model_selection import check_cv
from .coordinate_descent import design_of
from .elastic_net import ElasticNet, Lasso
from .least_squares import Problem
from .linear_regression import _LinearRegressor
from .regularization_path import (
    alpha_grid,
    check_alphas,
    check_settings,
    descend_path,
    enet_path,
    lasso_path,
)


class _SparseRegressorCV(_LinearRegressor):
    """What both share: the path on each fold, the choice, and the fit to all data."""

    _tags = {"multi_output": False}

    def _fit(self, X, y, sample_weight, l1_ratios, model):
        check_settings(self)
        X, y, weights = self._check_Xy(X, y, sample_weight)
        alphas = check_alphas(100 if self.alphas is None else self.alphas)
        if alphas is None:
            problem = Problem(X, y[:, None], weights, fit_intercept=self.fit_intercept)
            C = _products(problem)
            count = 100 if self.alphas is None else self.alphas
            grids = [
                alpha_grid(C, problem.total, ratio, self.eps, count, self.positive)
                for ratio in l1_ratios
            ]
        else:
            grids = [alphas] * len(l1_ratios)
        folds = list(check_cv(self.cv).split(X, y))
        errors = self._errors(X, y, weights, l1_ratios, grids, folds)  # (ratios, folds, alphas)
        means = errors.mean(axis=1)  # (ratios, alphas)
        ratio, alpha = np.unravel_index(means.argmin(), means.shape)
        self.alpha_ = float(grids[ratio][alpha])
        self.alphas_ = np.array(grids) if alphas is None and len(grids) > 1 else grids[0]
        self.mse_path_ = np.squeeze(np.moveaxis(errors, 2, 1))
        self._refit(model, X, y, weights, l1_ratios[ratio])
        return self

    def _errors(self, X, y, weights, l1_ratios, grids, folds) -> np.ndarray:
        tasks = [
            (X, y, weights, train, test, ratio, grid, self)
            for ratio, grid in zip(l1_ratios, grids)
            for train, test in folds
        ]
        name = type(self).__name__
        with progress(len(tasks), name, "path", shown=bool(self.verbose)) as report:
            if self.n_jobs in (None, 1):
                errors = []
                for task in tasks:
                    errors.append(_path_errors(*task))
                    report(len(errors))
            else:
                errors = run_all(_path_errors, tasks, self.n_jobs, threads=True)
                report(len(tasks))
        return np.reshape(errors, (len(l1_ratios), len(folds), -1))

    def _refit(self, model, X, y, weights, l1_ratio):
        if isinstance(model, ElasticNet):
            model.set_params(l1_ratio=l1_ratio)
        model.set_params(
            alpha=self.alpha_,
            fit_intercept=self.fit_intercept,
            max_iter=self.max_iter,
            tol=self.tol,
            positive=self.positive,
            random_state=self.random_state,
            selection=self.selection,
            precompute=False if isinstance(self.precompute, str) else self.precompute,
        )
        model.fit(X, y, weights)
        for name in ("coef_", "intercept_", "dual_gap_", "n_iter_"):
            setattr(self, name, getattr(model, name))


def _products(problem) -> np.ndarray:
    """Return A^T B alone, without the Gram matrix."""
    C = np.zeros((problem.X.shape[1], problem.Y.shape[1]))
    for a, b in problem.blocks():
        C += a.T @ b
    return C


def _path_errors(X, y, weights, train, test, l1_ratio, alphas, settings) -> np.ndarray:
    """Return the mean squared error on the test rows for each penalty."""
    s_train, s_test = (None, None) if weights is None else (weights[train], weights[test])
    for s, part in ((s_train, "training"), (s_test, "test")):
        if s is not None and not s.any():
            raise ValueError(
                f"the {part} part of a fold has only samples of weight 0. Leave such samples out, or "
                "choose other folds with cv."
            )
    problem = Problem(X[train], y[train][:, None], s_train, fit_intercept=settings.fit_intercept)
    start = np.zeros(X.shape[1])
    path = descend_path(design_of(problem), 0, start, alphas, l1_ratio, problem.total, settings)
    W = np.array([minimum.w for minimum in path]).T  # (d, alphas)
    errors = y[test][:, None] - X[test] @ W - problem.intercept(W)
    return np.average(np.square(errors), axis=0, weights=s_test)  # (1)


class LassoCV(_SparseRegressorCV):
    """Lasso whose penalty is chosen by cross-validation. (One output only.)

    Parameters
    ----------
    eps : float
        The smallest penalty of the grid, relative to the largest.
    alphas : int or array-like of shape (n_alphas,)
        How many penalties to try, or which ones. None is 100, as in older versions of scikit-learn.
    fit_intercept : bool
        Whether to learn an intercept, which is not penalised.
    precompute : {"auto", True, False} or array-like of shape (n_features, n_features)
        As in ``Lasso``, for the fit to all data; the folds have Gram matrices of their own.
    max_iter : int
        The most sweeps over the coefficients, for each penalty.
    tol : float
        Stop when the duality gap is at most tol times the mean square of the centred y.
    copy_X : bool
        For scikit-learn's sake: X is never changed.
    cv : None, int, splitter or iterable of index pairs
        The folds: None is 5, a number is that of consecutive parts.
    verbose : bool
        Whether to show how far it has come.
    n_jobs : None or int
        How many paths to compute at once, if joblib is installed.
    positive : bool
        Whether coefficients must not be negative.
    random_state : None, int or Generator
        Decides the orders of sweeps if ``selection="random"``.
    selection : {"cyclic", "random"}
        Whether each sweep visits the coefficients in order, or in a new one.

    Attributes
    ----------
    alpha_ : float
        The penalty chosen.
    coef_ : ndarray of shape (n_features,)
        One coefficient per feature.
    intercept_ : float
        The prediction where all features are zero.
    mse_path_ : ndarray of shape (n_alphas, n_folds)
        The mean squared error on each fold, for each penalty.
    alphas_ : ndarray of shape (n_alphas,)
        The penalties tried, the largest first.
    dual_gap_ : float
        How much the objective is above its minimum, at most.
    n_iter_ : int
        Sweeps made, for the penalty chosen.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(60, 10))
    >>> model = LassoCV(cv=3).fit(X, 3 * X[:, 0] - 2 * X[:, 1] + 0.1 * rng.normal(size=60))
    >>> model.coef_[:2].round().tolist(), model.mse_path_.shape
    ([3.0, -2.0], (100, 3))
    """

    path = staticmethod(lasso_path)

    def __init__(
        self,
        *,
        eps=1e-3,
        alphas=100,
        fit_intercept=True,
        precompute="auto",
        max_iter=1000,
        tol=1e-4,
        copy_X=True,
        cv=None,
        verbose=False,
        n_jobs=None,
        positive=False,
        random_state=None,
        selection="cyclic",
    ):
        self.eps = eps
        self.alphas = alphas
        self.fit_intercept = fit_intercept
        self.precompute = precompute
        self.max_iter = max_iter
        self.tol = tol
        self.copy_X = copy_X
        self.cv = cv
        self.verbose = verbose
        self.n_jobs = n_jobs
        self.positive = positive
        self.random_state = random_state
        self.selection = selection

    def fit(self, X, y, sample_weight=None):
        """Choose the penalty by cross-validation, and fit to all the data with it.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            What to predict.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts, in training and in the errors of its fold. Each fold counts
            the same.

        Returns
        -------
        LassoCV
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        return self._fit(X, y, sample_weight, [1.0], Lasso())


class ElasticNetCV(_SparseRegressorCV):
    """Elastic net whose penalty (and share of L1) is chosen by cross-validation. (One output only.)

    Parameters
    ----------
    l1_ratio : float or array-like of shape (n_ratios,)
        The share of the L1 penalty, or several to choose from.
    eps : float
        The smallest penalty of the grid, relative to the largest.
    alphas : int or array-like of shape (n_alphas,)
        How many penalties to try, or which ones. None is 100, as in older versions of scikit-learn.
    fit_intercept : bool
        Whether to learn an intercept, which is not penalised.
    precompute : {"auto", True, False} or array-like of shape (n_features, n_features)
        As in ``ElasticNet``, for the fit to all data; the folds have Gram matrices of their own.
    max_iter : int
        The most sweeps over the coefficients, for each penalty.
    tol : float
        Stop when the duality gap is at most tol times the mean square of the centred y.
    cv : None, int, splitter or iterable of index pairs
        The folds: None is 5, a number is that of consecutive parts.
    copy_X : bool
        For scikit-learn's sake: X is never changed.
    verbose : bool
        Whether to show how far it has come.
    n_jobs : None or int
        How many paths to compute at once, if joblib is installed.
    positive : bool
        Whether coefficients must not be negative.
    random_state : None, int or Generator
        Decides the orders of sweeps if ``selection="random"``.
    selection : {"cyclic", "random"}
        Whether each sweep visits the coefficients in order, or in a new one.

    Attributes
    ----------
    alpha_ : float
        The penalty chosen.
    l1_ratio_ : float
        The share chosen.
    coef_ : ndarray of shape (n_features,)
        One coefficient per feature.
    intercept_ : float
        The prediction where all features are zero.
    mse_path_ : ndarray of shape (n_alphas, n_folds) or (n_ratios, n_alphas, n_folds)
        The mean squared error on each fold, for each penalty and share.
    alphas_ : ndarray of shape (n_alphas,) or (n_ratios, n_alphas)
        The penalties tried, the largest first.
    dual_gap_ : float
        How much the objective is above its minimum, at most.
    n_iter_ : int
        Sweeps made, for the penalty chosen.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(60, 10))
    >>> y = 3 * X[:, 0] - 2 * X[:, 1] + 0.1 * rng.normal(size=60)
    >>> model = ElasticNetCV(l1_ratio=[0.1, 0.9], cv=3).fit(X, y)
    >>> model.l1_ratio_, model.mse_path_.shape
    (0.9, (2, 100, 3))
    """

    path = staticmethod(enet_path)

    def __init__(
        self,
        *,
        l1_ratio=0.5,
        eps=1e-3,
        alphas=100,
        fit_intercept=True,
        precompute="auto",
        max_iter=1000,
        tol=1e-4,
        cv=None,
        copy_X=True,
        verbose=0,
        n_jobs=None,
        positive=False,
        random_state=None,
        selection="cyclic",
    ):
        self.l1_ratio = l1_ratio
        self.eps = eps
        self.alphas = alphas
        self.fit_intercept = fit_intercept
        self.precompute = precompute
        self.max_iter = max_iter
        self.tol = tol
        self.cv = cv
        self.copy_X = copy_X
        self.verbose = verbose
        self.n_jobs = n_jobs
        self.positive = positive
        self.random_state = random_state
        self.selection = selection

    def fit(self, X, y, sample_weight=None):
        """Choose penalty and share by cross-validation, and fit to all the data with them.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            What to predict.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts, in training and in the errors of its fold. Each fold counts
            the same.

        Returns
        -------
        ElasticNetCV
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        ratios = np.atleast_1d(as_float(self.l1_ratio, "l1_ratio")).tolist()
        for ratio in ratios:
            check_number("l1_ratio", ratio, least=0, most=1)
        model = ElasticNet()
        self._fit(X, y, sample_weight, ratios, model)
        self.l1_ratio_ = model.l1_ratio
        return self
