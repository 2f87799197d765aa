r"""How likely are the data, whatever the function may be? The number that hyper-parameters maximise.

With targets :math:`y` of a Gaussian process, whose covariance K includes the noise,

.. math::
    \log p(y) = -\tfrac12 y^T K^{-1} y - \tfrac12 \log |K| - \tfrac n2 \log 2 \pi \tag{1}

The first term wants a good fit, the second a simple function. For several targets, which share K,
the logarithms add up. With :math:`a = K^{-1} y` the differential is

.. math:: d \log p = \tfrac12 a^T dK\, a - \tfrac12 \mathrm{tr}(K^{-1} dK) - a^T dy

so that, for an incoming gradient :math:`g`,

.. math::
    \bar K &= \tfrac g2 (a a^T - K^{-1}) \tag{2} \\
    \bar y &= -g\, a \tag{3}

From there the tape of automatic differentiation goes on through the kernel to its hyper-parameters.

Source: C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning (2006),
equations 2.30 and 5.9.
"""

from __future__ import annotations

import math
import warnings

import numpy as np

from ...core.checks import outside
from ...core.exceptions import ConvergenceWarning, in_both_worlds
from ...core.fused import fused
from ...optimizers.box import minimize_in_box
from .cholesky import NotPositiveDefiniteError, inverse_of_factored, solve_factored

LOG_2_PI = math.log(2.0 * math.pi)


def gaussian_log_likelihood_definition(K, y):
    """Return log p(y) for y of shape (n,) or (n, m), and -inf where K is not positive definite.

    >>> round(float(gaussian_log_likelihood(np.eye(2), np.zeros(2))), 6)  # -log(2 pi)
    -1.837877
    """
    S = 0.5 * (K + np.swapaxes(K, -1, -2))
    n, m = np.shape(S)[-1], np.size(y) // np.shape(S)[-1]
    fit = np.sum(y * np.linalg.solve(S, y))
    return -0.5 * fit - m * (0.5 * np.linalg.slogdet(S)[1] + 0.5 * n * LOG_2_PI)  # (1)


def gaussian_log_likelihood_forward(K, y):
    """The same by the Cholesky factor of K, which is kept."""
    S = 0.5 * (K + K.T)
    m = y.size // len(S)
    try:
        L = np.linalg.cholesky(S)
    except np.linalg.LinAlgError:
        return np.full_like(S, -np.inf, shape=()), (None, (np.zeros_like(S), np.zeros_like(y)))
    a = solve_factored(L, y)
    log_det = 2.0 * np.log(L.diagonal()).sum()
    value = -0.5 * (y * a).sum() - m * 0.5 * (log_det + len(S) * LOG_2_PI)
    return value.astype(S.dtype), (L, a)


def gaussian_log_likelihood_vjp(g, residuals, wanted=(True, True)):
    """Return the gradients by K and y; zeros where there is no likelihood."""
    L, a = residuals
    if L is None:  # a pair of zeros
        return a
    K_bar = y_bar = None
    if wanted[0]:
        columns = a.reshape(len(L), -1)
        K_bar = columns @ columns.T
        K_bar -= columns.shape[1] * inverse_of_factored(L)
        K_bar *= 0.5 * g  # (2)
    if wanted[1]:
        y_bar = -g * a  # (3)
    return K_bar, y_bar


gaussian_log_likelihood = fused(
    gaussian_log_likelihood_definition,
    gaussian_log_likelihood_forward,
    gaussian_log_likelihood_vjp,
    "gaussian_log_likelihood",
)


# ---- its maximum ---------------------------------------------------------------------------------
def fit_theta(kernel, negative_log_likelihood, optimizer, starts):
    """Return (theta, log likelihood): the best that is found from several starts.

    Parameters
    ----------
    kernel : Kernel
        Whose bounds are kept.
    negative_log_likelihood : callable
        ``f(theta)`` returns a value and its gradient.
    optimizer : "fmin_l_bfgs_b" or callable
        The first is L-BFGS between the bounds; others are called as
        ``optimizer(f, theta, bounds=bounds)`` and return theta and the value.
    starts : list of ndarray of shape (n_dims,)
        Where to start.
    """
    found = [_search(negative_log_likelihood, optimizer, start, kernel.bounds) for start in starts]
    theta, value = min(found, key=lambda pair: pair[1] if pair[1] == pair[1] else math.inf)
    if not math.isfinite(value):
        raise NotPositiveDefiniteError(
            f"The kernel, {kernel!r}, is not returning a positive definite matrix. Try gradually "
            "increasing the 'alpha' parameter of your GaussianProcessRegressor estimator, or add a "
            "WhiteKernel."
        )
    _warn_of_bounds(kernel, theta)
    return theta, -value


def random_starts(kernel, n_restarts, rng) -> list[np.ndarray]:
    """Return the kernel's own theta and others, drawn evenly between its bounds."""
    bounds = kernel.bounds
    if n_restarts and not np.isfinite(bounds).all():
        raise ValueError(
            "Multiple optimizer restarts (n_restarts_optimizer>0) requires that all bounds are finite."
        )
    return [kernel.theta, *(rng.uniform(bounds[:, 0], bounds[:, 1]) for _ in range(n_restarts))]


def _search(negative_log_likelihood, optimizer, start, bounds):
    if callable(optimizer):
        theta, value = optimizer(negative_log_likelihood, start, bounds=bounds)
        return theta, float(value)
    if optimizer != "fmin_l_bfgs_b":
        raise ValueError(
            f"Unknown optimizer {optimizer!r}: it is 'fmin_l_bfgs_b', None or a callable."
        )
    if not math.isfinite(negative_log_likelihood(start)[0]):
        return start, math.inf
    result = minimize_in_box(negative_log_likelihood, start, bounds[:, 0], bounds[:, 1])
    if not result.converged:
        warnings.warn(
            f"The hyper-parameters of the kernel are not at a maximum of the likelihood: "
            f"{result.message}. Scale the data, or set n_restarts_optimizer.",
            in_both_worlds(ConvergenceWarning),
            stacklevel=outside(),
        )
    return result.x, result.value


def _warn_of_bounds(kernel, theta):
    names = [h.name for h in kernel.hyperparameters if not h.fixed for _ in range(h.n_elements)]
    for name, value, bounds in zip(names, theta, kernel.bounds):
        for bound, which in zip(bounds, ("lower", "upper")):
            if math.isclose(value, bound, rel_tol=1e-5, abs_tol=1e-8):
                warnings.warn(
                    f"The optimal value found for parameter {name} is close to the specified {which} "
                    f"bound {math.exp(bound):g}. Changing the bound and calling fit again may find a "
                    "better value.",
                    in_both_worlds(ConvergenceWarning),
                    stacklevel=outside(),
                )
