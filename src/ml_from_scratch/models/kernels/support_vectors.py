r"""What support vector classification and regression share: kernels, boxes and solutions.

A machine is a weighted sum of the kernel's values at a few training samples, the support vectors,
those with :math:`\beta_t \ne 0`:

.. math:: f(x) = \sum_t \beta_t\, k(x_t, x) + b \tag{1}

The constant of the kernel that is called gamma is put into the samples, :math:`z = \sqrt{\gamma} x`:
then features may be as large or small as numbers go. For the same reason the Gaussian kernel is
computed around the mean. As one matrix product, for all training samples :math:`t` at once,

.. math:: k(z_i, z_t) = \exp\big( 2 z_i^T z_t - \|z_i\|^2 - \|z_t\|^2 \big) \tag{2}
"""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from ...core.checks import check_choice, check_number
from ...core.estimator import BaseEstimator
from ..convergence import warn_not_converged
from ..distances import squared_norms
from .functions import pairwise_kernel
from .smo import KernelRows, solve_pairs

KERNELS = ("linear", "poly", "rbf", "sigmoid", "precomputed")
BLOCK = 2**18  # elements of a kernel matrix that a prediction makes at once


class _SupportVectorMachine(BaseEstimator):
    """Kernel, parameters and solutions of a support vector machine."""

    kernel: Any
    gamma: Any
    _effective_gamma: float

    # ---- parameters ------------------------------------------------------------------------------
    def _check_parameters(self):
        if not callable(self.kernel):
            check_choice("kernel", self.kernel, KERNELS)
        check_number("C", self.C, above=0)
        check_number("degree", self.degree, least=0, integer=True)
        check_number("coef0", self.coef0)
        check_number("tol", self.tol, above=0)
        check_number("cache_size", self.cache_size, above=0)
        check_number("max_iter", self.max_iter, least=-1, integer=True)
        if isinstance(self.gamma, numbers.Real):
            check_number("gamma", self.gamma, least=0)
        else:
            check_choice("gamma", self.gamma, ("scale", "auto"))

    def _resolve_gamma(self, X, weights) -> float:
        """Return gamma as a number: for "scale" the inverse of d times the variance of X."""
        if self._kernel_is_given():
            return 0.0
        if self.gamma == "auto":
            return 1.0 / X.shape[1]
        if self.gamma != "scale":
            return float(self.gamma)
        size = float(np.abs(X).max())
        variance = _variance(X / size, weights) if size > 0 else 0.0
        if variance == 0.0:
            return 1.0
        with np.errstate(over="ignore", under="ignore", divide="ignore"):
            return float(np.clip(1.0 / (X.shape[1] * variance) / size / size, 1e-307, 1e307))

    # ---- kernels ---------------------------------------------------------------------------------
    def _kernel_is_given(self) -> bool:
        return callable(self.kernel) or self.kernel == "precomputed"

    def _samples(self, X):
        """Return what the kernel is computed of: the samples scaled, or the kernel matrix itself."""
        if self.kernel == "precomputed":
            if X.shape[0] != X.shape[1]:
                raise ValueError(
                    "Precomputed matrix must be a square matrix. Input is a "
                    f"{X.shape[0]}x{X.shape[1]} matrix: give the kernel of each pair of training samples."
                )
            return X
        if callable(self.kernel):
            return _called(self.kernel, X, X)
        return self._scaled(X)

    def _scaled(self, X):
        return X if self.kernel == "linear" else X * self._effective_gamma**0.5

    def _kernel_rows(self, Z, subset):
        """Return the kernel among some of the training samples, for the solver."""
        if self._kernel_is_given():
            K = Z[np.ix_(subset, subset)]
            return KernelRows(K.__getitem__, K.diagonal().copy(), self.cache_size)
        Z = Z[subset]
        if self.kernel == "rbf":
            return KernelRows(_gaussian_block(Z), np.ones(len(Z)), self.cache_size)
        block = lambda rows: self._between(Z[rows], Z)
        return KernelRows(block, self._kernel_diagonal(Z), self.cache_size)

    def _kernel_diagonal(self, Z):
        squares = squared_norms(Z)
        if self.kernel == "linear":
            return squares
        if self.kernel == "poly":
            return (squares + self.coef0) ** self.degree
        return np.tanh(squares + self.coef0)

    def _between(self, A, B):
        return pairwise_kernel(A, B, self.kernel, gamma=1.0, degree=self.degree, coef0=self.coef0)

    def _kernel_to_support(self, X):
        """Return the kernel between X and the support vectors, of shape (n, n_support)."""
        if self.kernel == "precomputed":
            return X[:, self.support_]
        if callable(self.kernel):
            return _called(self.kernel, X, self._callable_support)
        return self._between(self._scaled(X), self._scaled(self.support_vectors_))

    def _kernel_among(self, Z, rows, columns):
        """Return the kernel between training samples, of shape (len(rows), len(columns))."""
        if self._kernel_is_given():
            return Z[np.ix_(rows, columns)]
        return self._between(Z[rows], Z[columns])

    # ---- predicting ------------------------------------------------------------------------------
    def _pair_coef(self):
        """Return the weights of the support vectors, a column per machine."""
        return self.dual_coef_.T

    def _scores(self, X):
        """Return the scores of all machines, of shape (n, n_machines) and of X's dtype."""
        intercept = self.intercept_.astype(X.dtype)
        if self.kernel == "linear":
            return X @ self.coef_.T + intercept
        coef = self._pair_coef().astype(np.float64, copy=False)
        scores = np.empty((len(X), coef.shape[1]), dtype=X.dtype)
        size = max(1, BLOCK // max(len(coef), 1))
        for start in range(0, len(X), size):  # so that no kernel matrix is large
            rows = slice(start, start + size)
            wide = X[rows].astype(np.float64, copy=False)
            scores[rows] = self._kernel_to_support(wide) @ coef  # (1)
        return scores + intercept

    @property
    def coef_(self) -> np.ndarray:
        """The coefficients of the features, a row per machine: for the linear kernel only."""
        if self.kernel != "linear":
            raise AttributeError("coef_ is only available when using a linear kernel.")
        return self._pair_coef().T @ self.support_vectors_

    # ---- fitting ---------------------------------------------------------------------------------
    def _prepare(self, X, weights):
        """Return (samples as the kernel needs them, in float64, and the rows of weight above 0)."""
        X = X.astype(np.float64, copy=False)
        kept = np.arange(len(X)) if weights is None else np.flatnonzero(weights > 0)
        of_kept = X[kept] if len(kept) < len(X) else X
        self._effective_gamma = self._resolve_gamma(
            of_kept, None if weights is None else weights[kept]
        )
        return self._samples(X), kept

    def _solve(self, Z, subset, p, lower, upper):
        with np.errstate(over="ignore", invalid="ignore"):
            rows = self._kernel_rows(Z, subset)
        if not np.isfinite(rows.half).all():
            raise ValueError(
                f"the {self.kernel} kernel of these data is too large for numbers. Bring the features "
                "to one scale, for example with StandardScaler."
            )
        return solve_pairs(
            rows, p, lower, upper, tol=self.tol, max_iter=self.max_iter, verbose=self.verbose
        )

    def _keep(self, X, support, dual_coef, intercept, solutions):
        """Store what every machine has learned."""
        self.support_ = support.astype(np.int32)
        given = self._kernel_is_given()
        self.support_vectors_ = np.empty((0, 0), X.dtype) if given else X[support]
        if callable(self.kernel):
            self._callable_support = X[support]
        self.dual_coef_ = dual_coef.astype(X.dtype)
        self.intercept_ = np.atleast_1d(np.asarray(intercept, dtype=X.dtype))
        self.shape_fit_ = X.shape
        self.fit_status_ = int(not all(s.converged for s in solutions))
        if self.fit_status_:
            gap = max(s.gap for s in solutions)
            warn_not_converged(self, self, f"the optimality gap is {gap:.1e}")

    # ---- scikit-learn's tag for kernels that are given -------------------------------------------
    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = self.kernel == "precomputed"
        return tags

    def _more_tags(self):
        return {**super()._more_tags(), "pairwise": self.kernel == "precomputed"}


def _gaussian_block(Z):
    """Return rows -> the Gaussian kernel (gamma is 1) between Z[rows] and Z, as one product."""
    Z = Z - Z.mean(axis=0)
    squares = squared_norms(Z)[:, None]
    one = np.ones_like(squares)
    left, right = np.hstack([2.0 * Z, -squares, -one]), np.hstack([Z, one, squares]).T.copy()

    def block(rows):
        K = left[rows] @ right
        np.minimum(K, 0.0, out=K)
        return np.exp(K, out=K)  # (2)

    return block


def _called(kernel, X, Y):
    K = np.asarray(kernel(X, Y), dtype=np.float64)
    if K.shape != (len(X), len(Y)):
        raise ValueError(
            f"kernel(X, Y) must return a matrix of shape (len(X), len(Y)) = {(len(X), len(Y))}; got "
            f"{K.shape}."
        )
    return K


def _variance(X, weights) -> float:
    """Return the variance of all values of X; a sample of weight 2 counts as two samples."""
    if weights is None:
        return float(X.var())
    total = weights.sum() * X.shape[1]
    mean = (weights @ X).sum() / total
    return float((weights @ (X - mean) ** 2).sum() / total)
