r"""Support vector regression: a flat function that is within epsilon of as many targets as it can be.

Errors up to :math:`\varepsilon` cost nothing, larger ones their excess. With :math:`\beta_t` the
weight of sample t in the prediction (``support_vectors``, equation 1), the dual problem is

.. math::
    \min_\beta\; \tfrac12 \beta^T K \beta - y^T \beta + \varepsilon \sum_t |\beta_t|
    \qquad \text{with} \quad \sum_t \beta_t = 0, \quad |\beta_t| \le C s_t

for sample weights :math:`s_t`. The absolute value becomes linear with two weights per sample,
:math:`\beta_t = \beta_t^+ + \beta_t^-`, one in :math:`[0, C s_t]` and one in :math:`[-C s_t, 0]`, whose
linear terms are

.. math:: p^+ = y - \varepsilon, \qquad p^- = y + \varepsilon \tag{1}

Source: A. Smola and B. Schölkopf, A tutorial on support vector regression (2004), equation 10.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_number
from ...core.estimator import RegressorMixin
from .support_vectors import _SupportVectorMachine


class SVR(RegressorMixin, _SupportVectorMachine):
    r"""Regression with the epsilon-insensitive loss, in the space of a kernel.

    Parameters
    ----------
    kernel : {"linear", "poly", "rbf", "sigmoid", "precomputed"} or callable
        The similarity of two samples (``kernels.functions``). For "precomputed", X is the kernel
        matrix: of the training samples in ``fit``, from new ones to them in ``predict``. A callable
        takes two arrays of samples and returns their matrix; such a model cannot be saved but by
        pickle.
    degree : int
        Of the kernel "poly".
    gamma : {"scale", "auto"} or float
        Of the kernels "poly", "rbf" and "sigmoid". "scale" is 1 / (n_features * variance of X), with
        samples counted by their weights; "auto" is 1 / n_features.
    coef0 : float
        Of the kernels "poly" and "sigmoid".
    tol : float
        Stop when no pair of samples violates the conditions of a minimum by more.
    C : float
        How much errors cost, against flatness.
    epsilon : float
        The error that costs nothing.
    shrinking : bool
        For scikit-learn's sake: the solution is the same.
    cache_size : float
        How many megabytes of the kernel matrix are kept.
    verbose : bool
        Whether to report progress.
    max_iter : int
        The most steps of the solver; -1 for no limit.

    Attributes
    ----------
    support_ : ndarray of shape (n_support,)
        The support vectors' places in X.
    support_vectors_ : ndarray of shape (n_support, n_features)
        The support vectors; empty if the kernel is precomputed or a callable.
    dual_coef_ : ndarray of shape (1, n_support)
        Their weights.
    intercept_ : ndarray of shape (1,)
        What is added to the weighted sum.
    coef_ : ndarray of shape (1, n_features)
        The coefficients of the features, for the linear kernel only.
    n_support_ : ndarray of shape (1,)
        The number of support vectors.
    n_iter_ : int
        Steps made.
    fit_status_ : int
        0 if the solver converged, 1 if not.
    shape_fit_ : tuple
        The shape of X in ``fit``.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> model = SVR(kernel="linear", C=100.0, epsilon=0.0, tol=1e-9)
    >>> model.fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]).predict([[3.0]]).round(6).tolist()
    [7.0]
    """

    def __init__(
        self,
        *,
        kernel="rbf",
        degree=3,
        gamma="scale",
        coef0=0.0,
        tol=1e-3,
        C=1.0,
        epsilon=0.1,
        shrinking=True,
        cache_size=200,
        verbose=False,
        max_iter=-1,
    ):
        self.kernel = kernel
        self.degree = degree
        self.gamma = gamma
        self.coef0 = coef0
        self.tol = tol
        self.C = C
        self.epsilon = epsilon
        self.shrinking = shrinking
        self.cache_size = cache_size
        self.verbose = verbose
        self.max_iter = max_iter

    def fit(self, X, y, sample_weight=None):
        """Learn the support vectors and their weights.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples, or the kernel matrix if the kernel is "precomputed".
        y : array-like of shape (n_samples,)
            What to predict.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample's error costs; 2 is the same as having it twice.

        Returns
        -------
        SVR
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        self._check_parameters()
        check_number("epsilon", self.epsilon, least=0)
        X, y, weights = self._check_Xy(X, y, sample_weight)
        Z, kept = self._prepare(X, weights)
        target = y[kept].astype(np.float64)
        box = self.C * (np.ones(len(kept)) if weights is None else weights[kept].astype(np.float64))
        p = np.stack([target - self.epsilon, target + self.epsilon])  # (1)
        nothing = np.zeros_like(box)
        lower, upper = np.stack([nothing, -box]), np.stack([box, nothing])
        solution = self._solve(Z, kept, p, lower, upper)
        beta = solution.beta.sum(axis=0)
        used = np.flatnonzero(beta)
        self._keep(X, kept[used], beta[None, used], solution.intercept, [solution])
        self.n_support_ = np.array([len(used)], dtype=np.int32)
        self.n_iter_ = solution.n_iter
        return self

    def predict(self, X) -> np.ndarray:
        """Return the prediction for each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples, or their kernel with the training samples if the kernel is "precomputed".
        """
        X = self._check_X(X)
        return self._scores(X)[:, 0]
