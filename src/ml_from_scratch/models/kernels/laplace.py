r"""A Gaussian process behind a sigmoid: Laplace's approximation for two classes.

The class of x, 0 or 1, is a coin's side, whose probability is the sigmoid of a function f, and f is
a Gaussian process with kernel K. What the labels y say about f is no Gaussian; Laplace puts one
around the mode. Newton's method finds the mode, where, with :math:`\pi = \sigma(f)`:

.. math::
    W &= \pi (1 - \pi), \qquad s = \sqrt W \tag{1} \\
    B &= I + s s^T \odot K \tag{2} \\
    b &= W f + y - \pi \tag{3} \\
    a &= b - s \odot B^{-1} (s \odot K b) \tag{4} \\
    f &\leftarrow K a \tag{5}

The logarithm of the likelihood of the labels is then about

.. math::
    \log Z = -\tfrac12 a^T f + \sum_i \log \sigma\big((2 y_i - 1) f_i\big) - \tfrac12 \log |B| \tag{6}

Its gradient has to know how the mode moves with the hyper-parameters. It is enough to differentiate
**one** Newton step that starts at the mode: there the step does not depend on where it starts (that
is why Newton's method converges so fast), so its derivative is that of the mode itself. The tape of
automatic differentiation does the rest.

At a new point the function has mean and variance

.. math::
    m &= k(x)^T (y - \pi) \tag{7} \\
    v &= k(x, x) - \| L^{-1} (s \odot k(x)) \|^2, \qquad B = L L^T \tag{8}

and the probability of class 1 is the mean of the sigmoid. With a mixture of error functions in
place of the sigmoid, which is good to about :math:`10^{-4}`,

.. math::
    \sigma(x) &\approx \sum_i c_i\, \tfrac12 \big(1 + \mathrm{erf}(\lambda_i x)\big) \\
    P(y = 1) &= \sum_i c_i\, \tfrac12
        \Big(1 + \mathrm{erf}\Big(\frac{\lambda_i m}{\sqrt{1 + 2 \lambda_i^2 v}}\Big)\Big) \tag{9}

Sources: C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning (2006),
algorithms 3.1, 3.2 and 5.1; C. K. I. Williams and D. Barber, Bayesian classification with Gaussian
processes (1998), appendix A, for (9).
"""

from __future__ import annotations

import math

import numpy as np

from ...core.functions import log_sigmoid, sigmoid
from ...core.registry import storable
from ...core.transforms import value_and_grad
from .cholesky import solve_factored, solve_lower
from .covariance import Pairs
from .marginal_likelihood import fit_theta

erf = np.frompyfunc(math.erf, 1, 1)  # NumPy has none
LAMBDAS = np.array([0.41, 0.4, 0.37, 0.44, 0.39])


def _coefficients():
    """Return the c for which the mixture meets the sigmoid at 0, at a few points and at infinity."""
    at = np.array([0.0, 0.6, 2.0, 3.5, 4.5, np.inf])
    basis = 0.5 * (1.0 + erf(np.multiply.outer(at, LAMBDAS)).astype(np.float64))
    return np.linalg.lstsq(basis, sigmoid(at), rcond=None)[0]


COEFFICIENTS = _coefficients()


@storable
class LaplaceMachine:
    """The approximate process of two classes: its kernel fitted, its mode found."""

    def __init__(self, kernel, X, y, *, optimizer, starts, max_iter, warm_start):
        self.kernel_, self.X_train_, self.y_train_ = kernel, X, y
        self.max_iter, self.warm_start = max_iter, warm_start
        self.f_ = np.zeros(len(y))
        pairs = Pairs(X)
        if optimizer is not None and kernel.n_dims > 0:
            objective = self._negative_log_likelihood(pairs)
            kernel.theta, _ = fit_theta(kernel, objective, optimizer, starts)
        K = np.broadcast_to(kernel.covariance(pairs), pairs.shape)
        self.f_, self.log_marginal_likelihood_value_ = self._find_mode(K)
        self.pi_ = sigmoid(self.f_)
        self.W_sr_ = np.sqrt(self.pi_ * (1.0 - self.pi_))
        self.L_ = np.linalg.cholesky(_b_matrix(K, self.W_sr_))

    # ---- the mode --------------------------------------------------------------------------------
    def _find_mode(self, K):
        """Return the mode of f and log Z there, by Newton's method."""
        f = self.f_ if self.warm_start else np.zeros(len(self.y_train_))
        best = -np.inf
        for _ in range(self.max_iter):
            f, log_z = _newton_step(K, f, self.y_train_)
            if log_z - best < 1e-10:
                break
            best = log_z
        return f, log_z

    def _negative_log_likelihood(self, pairs):
        """Return theta -> (value, gradient) of what is to be minimised."""

        def value_and_gradient(theta):
            K = np.broadcast_to(self.kernel_.covariance(pairs, theta), pairs.shape)
            try:
                mode, _ = self._find_mode(K)
                v, gradient = value_and_grad(
                    lambda t: -_log_z(self.kernel_.covariance(pairs, t), mode, self.y_train_)
                )(theta)
            except np.linalg.LinAlgError:
                return math.inf, np.zeros_like(theta)
            if self.warm_start:
                self.f_ = mode
            return float(v), gradient

        return value_and_gradient

    def log_marginal_likelihood(self, theta=None, eval_gradient=False):
        """Return log Z, at the fitted or other hyper-parameters, and its gradient if asked for."""
        if theta is None:
            return self.log_marginal_likelihood_value_
        value, gradient = self._negative_log_likelihood(Pairs(self.X_train_))(theta)
        return (-value, -gradient) if eval_gradient else -value

    # ---- predicting ------------------------------------------------------------------------------
    def latent_mean(self, X):
        """Return the mean of f at X."""
        return self.kernel_(X, self.X_train_) @ (self.y_train_ - self.pi_)

    def latent_mean_and_variance(self, X):
        """Return mean and variance of f at X."""
        K = self.kernel_(self.X_train_, X)
        mean = K.T @ (self.y_train_ - self.pi_)  # (7)
        v = solve_lower(self.L_, self.W_sr_[:, None] * K)
        return mean, np.maximum(self.kernel_.diag(X) - np.einsum("ij,ij->j", v, v), 0.0)  # (8)

    def probability(self, X):
        """Return the probability of class 1 at X."""
        mean, variance = self.latent_mean_and_variance(X)
        spread = np.sqrt(1.0 + 2.0 * np.multiply.outer(LAMBDAS**2, variance))
        parts = erf(LAMBDAS[:, None] * mean / spread).astype(np.float64)
        return COEFFICIENTS @ (0.5 * (1.0 + parts))  # (9)


def _b_matrix(K, s):
    return np.eye(len(s)) + s[:, None] * K * s  # (2)


def _newton_step(K, f, y):
    """Return the next f, and log Z there with the curvature of where it came from."""
    pi = sigmoid(f)
    W = pi * (1.0 - pi)
    s = np.sqrt(W)  # (1)
    L = np.linalg.cholesky(_b_matrix(K, s))
    b = W * f + (y - pi)  # (3)
    a = b - s * solve_factored(L, s * (K @ b))  # (4)
    f = K @ a  # (5)
    log_z = -0.5 * a @ f + log_sigmoid((2.0 * y - 1.0) * f).sum() - np.log(L.diagonal()).sum()
    return f, float(log_z)


def _log_z(K, mode, y):
    """Return log Z as a differentiable function of K alone, at its mode."""
    K = K + np.zeros((len(y), len(y)))
    pi = sigmoid(mode)
    W = pi * (1.0 - pi)
    s = np.sqrt(W)
    b = W * mode + (y - pi)
    a = b - s * np.linalg.solve(_b_matrix(K, s), s * (K @ b))
    f = K @ a
    pi = sigmoid(f)
    log_det = np.linalg.slogdet(_b_matrix(K, np.sqrt(pi * (1.0 - pi))))[1]
    return -0.5 * a @ f + np.sum(log_sigmoid((2.0 * y - 1.0) * f)) - 0.5 * log_det  # (6)
