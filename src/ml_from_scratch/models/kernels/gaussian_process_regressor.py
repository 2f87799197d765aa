r"""Gaussian process regression: a prior over functions, and what the data leave of it.

Before any data, the values of the function at any points are jointly Gaussian, with mean 0 and the
covariance that a kernel gives. After targets :math:`y` at points X, with noise of variance
:math:`\alpha`, they still are. With :math:`K = k(X, X) + \alpha I = L L^T`, at other points :math:`X_*`,

.. math::
    a &= L^{-T} L^{-1} y \tag{1} \\
    \mathrm{mean} &= k(X_*, X)\, a \tag{2} \\
    V &= L^{-1} k(X, X_*) \tag{3} \\
    \mathrm{cov} &= k(X_*, X_*) - V^T V \tag{4} \\
    \mathrm{var} &= \mathrm{diag}\, k(X_*, X_*) - \textstyle\sum_i V_{i \cdot}^2 \tag{5}

The hyper-parameters of the kernel are those under which the data are most likely
(``marginal_likelihood``), by gradients that automatic differentiation takes through the kernel.

Source: C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning (2006),
algorithm 2.1.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import as_float, check_array, check_number
from ...core.estimator import BaseEstimator, RegressorMixin, clone
from ...core.random import as_generator
from ...core.transforms import value_and_grad
from .cholesky import NotPositiveDefiniteError, solve_factored, solve_lower
from .covariance import ConstantKernel, Pairs
from .marginal_likelihood import fit_theta, gaussian_log_likelihood, random_starts
from .stationary import RBF

LARGEST = 1e140  # that a target may be


class GaussianProcessRegressor(RegressorMixin, BaseEstimator):
    r"""Regression by a Gaussian process: predictions with their uncertainty.

    Unfitted, it predicts with the prior.

    Parameters
    ----------
    kernel : None or Kernel
        The covariance of the process (``kernels.covariance``, ``kernels.stationary``). None is
        ``1.0 * RBF(1.0)``. It is not changed; ``kernel_`` is fitted.
    alpha : float or ndarray of shape (n_samples,)
        The variance of the noise, added to the diagonal of the kernel's matrix. Noise that is to be
        fitted is a WhiteKernel.
    optimizer : "fmin_l_bfgs_b", None or callable
        How hyper-parameters are fitted: by L-BFGS between their bounds; not at all; or by
        ``optimizer(f, theta, bounds=bounds)``, which minimises f, a function of theta that returns
        value and gradient, and returns the best theta and its value.
    n_restarts_optimizer : int
        How often the search starts anew, from hyper-parameters drawn between their bounds.
    normalize_y : bool
        Whether targets are brought to mean 0 and variance 1 first.
    copy_X_train : bool
        For scikit-learn's sake: what is kept is a copy.
    n_targets : None or int
        How many targets there are, for predictions with the prior.
    random_state : None, int or Generator
        Draws the starts.

    Attributes
    ----------
    kernel_ : Kernel
        The kernel with its hyper-parameters fitted.
    X_train_ : ndarray of shape (n_samples, n_features)
        The samples, which predictions need.
    y_train_ : ndarray of shape (n_samples,) or (n_samples, n_targets)
        The targets, normalised if that was asked for.
    L_ : ndarray of shape (n_samples, n_samples)
        The lower Cholesky factor of the covariance of the targets.
    alpha_ : ndarray of shape (n_samples,) or (n_samples, n_targets)
        The weights of the samples in the mean (1).
    log_marginal_likelihood_value_ : float
        The logarithm of the likelihood of the (normalised) targets.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> model = GaussianProcessRegressor(RBF(1.0), optimizer=None).fit([[0.0], [1.0]], [1.0, 3.0])
    >>> mean, std = model.predict([[0.0], [100.0]], return_std=True)
    >>> mean.round(3).tolist(), std.round(3).tolist()
    ([1.0, 0.0], [0.0, 1.0])
    """

    _tags = {"multi_output": True, "requires_fit": False}

    def __init__(
        self,
        kernel=None,
        *,
        alpha=1e-10,
        optimizer="fmin_l_bfgs_b",
        n_restarts_optimizer=0,
        normalize_y=False,
        copy_X_train=True,
        n_targets=None,
        random_state=None,
    ):
        self.kernel = kernel
        self.alpha = alpha
        self.optimizer = optimizer
        self.n_restarts_optimizer = n_restarts_optimizer
        self.normalize_y = normalize_y
        self.copy_X_train = copy_X_train
        self.n_targets = n_targets
        self.random_state = random_state

    # ---- fitting ---------------------------------------------------------------------------------
    def fit(self, X, y):
        """Fit the hyper-parameters of the kernel, and keep what predictions need.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Their targets.

        Returns
        -------
        GaussianProcessRegressor
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable, or no hyper-parameters that were tried make the
            covariance positive definite (then a LinAlgError, which is a ValueError).
        """
        check_number("n_restarts_optimizer", self.n_restarts_optimizer, least=0, integer=True)
        check_number("n_targets", self.n_targets, least=1, integer=True, optional=True)
        X, y, _ = self._check_Xy(X, y, multi_output=True)
        seen = 1 if y.ndim == 1 else y.shape[1]
        if self.n_targets is not None and seen != self.n_targets:
            raise ValueError(
                "The number of targets seen in `y` is different from the parameter `n_targets`. Got "
                f"{seen} != {self.n_targets}."
            )
        self._check_alpha(len(X))
        self.X_train_ = X.astype(np.float64)
        self.y_train_ = self._normalised(y.astype(np.float64))
        self.kernel_ = ConstantKernel() * RBF() if self.kernel is None else clone(self.kernel)
        pairs = Pairs(self.X_train_)
        self._fit_kernel(pairs)
        self._factor(pairs)
        return self

    def _check_alpha(self, n_samples):
        alpha = as_float(self.alpha, "alpha")
        if alpha.shape not in ((), (1,), (n_samples,)):
            raise ValueError(
                "alpha must be a scalar or an array with same number of entries as y. "
                f"({alpha.shape} != ({n_samples},))"
            )
        if not (alpha >= 0).all():
            raise ValueError(f"alpha is a variance, at least 0; got {self.alpha!r}.")

    def _normalised(self, y):
        self._y_train_mean, self._y_train_std = np.zeros(y.shape[1:]), np.ones(y.shape[1:])
        if not self.normalize_y:
            if np.abs(y).max() > LARGEST:
                raise ValueError(
                    f"y has values beyond {LARGEST:g}, whose squares are no numbers. Set "
                    "normalize_y=True, or measure y in larger units."
                )
            return y
        size = np.abs(y).max(axis=0)
        size = np.where(size > 0, size, 1.0)  # so that squares stay in range
        std = size * (y / size).std(axis=0)
        constant = std < 10 * np.finfo(np.float64).eps * size
        self._y_train_mean = size * (y / size).mean(axis=0)
        self._y_train_std = np.where(constant, 1.0, std)
        return (y - self._y_train_mean) / self._y_train_std

    def _fit_kernel(self, pairs):
        objective = self._negative_log_likelihood(pairs)
        if self.optimizer is None or self.kernel_.n_dims == 0:
            K = self._noisy(self.kernel_.covariance(pairs), pairs)
            self.log_marginal_likelihood_value_ = float(gaussian_log_likelihood(K, self.y_train_))
            return
        rng = as_generator(self.random_state)
        starts = random_starts(self.kernel_, self.n_restarts_optimizer, rng)
        theta, value = fit_theta(self.kernel_, objective, self.optimizer, starts)
        self.kernel_.theta = theta
        self.log_marginal_likelihood_value_ = value

    def _noisy(self, K, pairs):
        """Return the covariance of the targets: the kernel's, and the noise on its diagonal."""
        return K + as_float(self.alpha) * pairs.identity

    def _negative_log_likelihood(self, pairs):
        """Return theta -> (value, gradient) of what is to be minimised."""

        def value(theta):
            K = self._noisy(self.kernel_.covariance(pairs, theta), pairs)
            return -gaussian_log_likelihood(K, self.y_train_)

        def value_and_gradient(theta):
            with np.errstate(over="ignore", invalid="ignore"):
                v, gradient = value_and_grad(value)(theta)
            return float(v), gradient

        return value_and_gradient

    def _factor(self, pairs):
        K = self._noisy(self.kernel_.covariance(pairs), pairs)
        try:
            self.L_ = np.linalg.cholesky(K)
        except np.linalg.LinAlgError as error:
            raise NotPositiveDefiniteError(
                f"The kernel, {self.kernel_!r}, is not returning a positive definite matrix. Try "
                "gradually increasing the 'alpha' parameter of your GaussianProcessRegressor estimator."
            ) from error
        self.alpha_ = solve_factored(self.L_, self.y_train_)  # (1)

    def log_marginal_likelihood(self, theta=None, eval_gradient=False, clone_kernel=True):
        """Return the logarithm of the likelihood of the targets, and its gradient if asked for.

        Parameters
        ----------
        theta : ndarray of shape (n_dims,), optional
            Logarithms of the kernel's free hyper-parameters; None: those that were fitted.
        eval_gradient : bool
            Whether to return (value, gradient).
        clone_kernel : bool
            False sets ``kernel_`` to this theta, as in scikit-learn; values are the same.
        """
        if theta is None:
            if eval_gradient:
                raise ValueError("Gradient can only be evaluated for theta!=None")
            return self.log_marginal_likelihood_value_
        theta = np.asarray(theta, dtype=np.float64)
        if not clone_kernel:
            self.kernel_.theta = theta
        value, gradient = self._negative_log_likelihood(Pairs(self.X_train_))(theta)
        return (-value, -gradient) if eval_gradient else -value

    # ---- predicting ------------------------------------------------------------------------------
    def predict(self, X, return_std=False, return_cov=False):
        """Return the mean of the function at X, and its uncertainty if asked for.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Points.
        return_std : bool
            Whether to return (mean, standard deviations).
        return_cov : bool
            Whether to return (mean, covariances), which have the shape (n, n) or (n, n, n_targets).
        """
        if return_std and return_cov:
            raise RuntimeError("At most one of return_std or return_cov can be requested.")
        if not hasattr(self, "X_train_"):
            return self._prior(X, return_std, return_cov)
        X = self._check_X(X)
        points = X.astype(np.float64, copy=False)
        K = self.kernel_(points, self.X_train_)
        mean = (K @ self.alpha_) * self._y_train_std + self._y_train_mean  # (2)
        mean = self._as_targets(mean).astype(X.dtype)
        if not (return_std or return_cov):
            return mean
        V = solve_lower(self.L_, K.T)  # (3)
        variance = self._y_train_std**2
        if return_cov:
            covariance = self.kernel_(points) - V.T @ V  # (4)
            covariance = np.multiply.outer(covariance, variance)
            return mean, self._as_targets(covariance).astype(X.dtype)
        own = self.kernel_.diag(points) - np.einsum("ij,ij->j", V, V)  # (5)
        own = np.maximum(own, 0.0)  # what rounding makes of 0
        return mean, self._as_targets(np.sqrt(np.multiply.outer(own, variance))).astype(X.dtype)

    def _as_targets(self, values):
        """Drop the last axis if y was a column."""
        column = self.y_train_.ndim == 2 and self.y_train_.shape[1] == 1
        return values[..., 0] if column else values

    def _prior(self, X, return_std, return_cov):
        X = check_array(X, used_by=type(self).__name__)
        kernel = ConstantKernel() * RBF() if self.kernel is None else self.kernel
        targets = () if self.n_targets in (None, 1) else (self.n_targets,)
        mean = np.zeros((len(X), *targets), dtype=X.dtype)
        if return_cov:
            return mean, np.multiply.outer(kernel(X), np.ones(targets)).astype(X.dtype)
        if return_std:
            std = np.sqrt(kernel.diag(X))
            return mean, np.multiply.outer(std, np.ones(targets)).astype(X.dtype)
        return mean

    def sample_y(self, X, n_samples=1, random_state=0) -> np.ndarray:
        """Draw functions from the process, and return their values at X.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Points.
        n_samples : int
            How many functions.
        random_state : None, int or Generator
            Draws them.

        Returns
        -------
        ndarray of shape (n, n_samples) or (n, n_targets, n_samples)
            A function per column.
        """
        rng = as_generator(random_state)
        mean, covariance = self.predict(X, return_cov=True)
        if mean.ndim == 1:
            return _draw(mean, covariance, n_samples, rng)
        targets = range(mean.shape[1])
        drawn = [_draw(mean[:, t], covariance[:, :, t], n_samples, rng) for t in targets]
        return np.stack(drawn, axis=1)


def _draw(mean, covariance, n_samples, rng):
    """Return Gaussian vectors in columns; eigenvalues that rounding made negative count as 0."""
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    z = rng.standard_normal((len(mean), n_samples)).astype(mean.dtype)
    return mean[:, None] + root @ z
