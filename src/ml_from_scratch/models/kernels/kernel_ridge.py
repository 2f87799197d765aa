r"""Kernel ridge regression: least squares with a penalty, in the space of a kernel.

The prediction is a weighted sum of the kernel's values at the training samples,
:math:`f(x) = \sum_t a_t k(x_t, x)`, and the objective, with sample weights :math:`s`,

.. math::
    \min_a\; \sum_t s_t (y_t - (K a)_t)^2 + \alpha\, a^T K a

has its gradient zero where :math:`(S K + \alpha I)\, a = S y`. With
:math:`a = S^{1/2} \tilde a` the matrix is symmetric,

.. math:: (S^{1/2} K S^{1/2} + \alpha I)\, \tilde a = S^{1/2} y \tag{1}

and a prediction is

.. math:: f(x) = k(x)^T a \tag{2}

It is the mean of a Gaussian process of that kernel with noise :math:`\alpha`.

Source: K. Murphy, Machine Learning: A Probabilistic Perspective (2012), section 14.4.3.
"""

from __future__ import annotations

import warnings

import numpy as np

from ...core.checks import as_float, check_choice, check_number, outside
from ...core.estimator import BaseEstimator, RegressorMixin
from .cholesky import solve_factored
from .functions import KERNELS, pairwise_kernel


class KernelRidge(RegressorMixin, BaseEstimator):
    r"""Least squares with an L2 penalty, in the space of a kernel.

    There is no intercept: centre y, or take a kernel that can express a constant.

    Parameters
    ----------
    alpha : float or array-like of shape (n_outputs,)
        The weight of the penalty, at least 0; one for all outputs, or one for each.
    kernel : str or callable
        The similarity of two samples: a name of ``kernels.functions``, such as "linear", "rbf",
        "poly", "sigmoid", "laplacian", "cosine" or "chi2"; "precomputed" where X is the kernel
        matrix itself; or a function of two samples that returns a number (such a model cannot be
        saved but by pickle).
    gamma : None or float
        Of the kernels that have one. None is 1 / n_features, and 1 for "chi2".
    degree : float
        Of the kernel "poly".
    coef0 : float
        Of the kernels "poly" and "sigmoid".
    kernel_params : None or dict
        Further arguments of a callable.

    Attributes
    ----------
    dual_coef_ : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        The weights of the training samples.
    X_fit_ : ndarray of shape (n_samples, n_features)
        The training samples, which predictions need.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> model = KernelRidge(kernel="poly", degree=2, alpha=1e-6)
    >>> model.fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 4.0]).predict([[3.0]]).round(3).tolist()
    [9.0]
    """

    _tags = {"multi_output": True}

    def __init__(
        self, alpha=1, *, kernel="linear", gamma=None, degree=3, coef0=1, kernel_params=None
    ):
        self.alpha = alpha
        self.kernel = kernel
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0
        self.kernel_params = kernel_params

    def fit(self, X, y, sample_weight=None):
        """Learn the weights of the samples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples, or the kernel matrix if the kernel is "precomputed".
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            What to predict.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts; 2 is the same as having it twice.

        Returns
        -------
        KernelRidge
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        self._check_parameters()
        X, y, weights = self._check_Xy(X, y, sample_weight, multi_output=True)
        if self.kernel == "precomputed" and X.shape[0] != X.shape[1]:
            raise ValueError(
                "Precomputed matrix must be a square matrix. Input is a "
                f"{X.shape[0]}x{X.shape[1]} matrix: give the kernel of each pair of training samples."
            )
        outputs = y.reshape(len(y), -1).astype(np.float64)
        alpha = self._penalties(outputs.shape[1])
        wide = X.astype(np.float64, copy=False)
        dual_coef = _solve(self._kernel_matrix(wide, wide), outputs, alpha, weights)
        self.dual_coef_ = dual_coef.reshape(y.shape).astype(X.dtype)
        self.X_fit_ = X.copy()
        return self

    def _check_parameters(self):
        if not callable(self.kernel):
            check_choice("kernel", self.kernel, (*KERNELS, "precomputed"))
        check_number("gamma", self.gamma, least=0, optional=True)
        check_number("degree", self.degree, least=0)
        check_number("coef0", self.coef0)

    def _penalties(self, n_outputs) -> np.ndarray:
        """Return alpha checked: one number, or one per output."""
        alpha = as_float(self.alpha, "alpha")
        if alpha.shape not in ((), (1,), (n_outputs,)) or not (alpha >= 0).all():
            raise ValueError(
                f"alpha must be a number of at least 0, or {n_outputs} of them, one per output; got "
                f"{self.alpha!r}."
            )
        return np.unique(alpha) if (alpha == alpha.ravel()[0]).all() else alpha

    def _kernel_matrix(self, X, Y):
        if self.kernel == "precomputed":
            return X
        if callable(self.kernel):
            extra = self.kernel_params or {}
            rows = [[float(self.kernel(x, z, **extra)) for z in Y] for x in X]
            return np.array(rows).reshape(len(X), len(Y))
        gamma = self.gamma
        if gamma is None:
            gamma = 1.0 if self.kernel == "chi2" else 1.0 / X.shape[1]
        return pairwise_kernel(X, Y, self.kernel, gamma=gamma, degree=self.degree, coef0=self.coef0)

    def predict(self, X) -> np.ndarray:
        """Return the prediction for each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples, or their kernel with the training samples if the kernel is "precomputed".
        """
        X = self._check_X(X)
        K = self._kernel_matrix(X.astype(np.float64, copy=False), self.X_fit_.astype(np.float64))
        return (K @ self.dual_coef_).astype(X.dtype)  # (2)

    # ---- scikit-learn's tag for kernels that are given -------------------------------------------
    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = self.kernel == "precomputed"
        return tags

    def _more_tags(self):
        return {**super()._more_tags(), "pairwise": self.kernel == "precomputed"}


def _solve(K, y, alpha, weights):
    """Return the weights a, of y's shape: equation (1), solved once per different alpha."""
    if weights is None:
        return _solve_penalised(K, y, alpha)
    kept = np.flatnonzero(weights)  # a sample of weight 0 is not there
    s = np.sqrt(weights[kept].astype(np.float64))[:, None]
    a = np.zeros_like(y)
    a[kept] = s * _solve_penalised(s * K[np.ix_(kept, kept)] * s.T, s * y[kept], alpha)
    return a


def _solve_penalised(K, y, alpha):
    if len(alpha) == 1:
        return _solve_definite(K + alpha[0] * np.eye(len(K)), y)
    columns = [_solve_definite(K + a * np.eye(len(K)), column) for a, column in zip(alpha, y.T)]
    return np.stack(columns, axis=1)


def _solve_definite(A, b):
    try:
        return solve_factored(np.linalg.cholesky(A), b)  # (1)
    except np.linalg.LinAlgError:
        warnings.warn(
            "Singular matrix in solving dual problem. Using least-squares solution instead: among the "
            "weights that fit equally well, the shortest. Raise alpha for a unique solution.",
            UserWarning,
            stacklevel=outside(),
        )
        return np.linalg.lstsq(A, b, rcond=None)[0]
