r"""Gradient descent: walk downhill, one gradient at a time, until the ground is flat.

.. math::
    \theta \leftarrow \theta - \eta \, \nabla J(\theta) \tag{1}

Where :math:`J` bends at most as much as :math:`L` (the largest eigenvalue of its Hessian), steps
:math:`\eta < 2 / L` converge, :math:`\eta = 1 / L` without overshooting, and longer ones diverge:
each step then makes the error larger. **Mini-batches** estimate the gradient from a few samples at a
time, so that one pass over the data makes many steps. An estimate alone is noisy, and the steps would
never come to rest; but the noise of a batch is nearly the same here and at the point
:math:`\tilde\theta` where the pass began, and there the full gradient is known:

.. math::
    v &= \nabla J_{batch}(\theta) - \nabla J_{batch}(\tilde\theta) + \nabla J(\tilde\theta) \tag{2} \\
    \theta &\leftarrow \theta - \eta\, v \tag{3}

Sources: Nesterov, Introductory Lectures on Convex Optimization, 2004, theorem 2.1.15 for the steps;
Johnson and Zhang, Accelerating stochastic gradient descent using predictive variance reduction,
2013, figure 1, for (2, 3).
"""

from __future__ import annotations

from typing import Any, Callable

import numpy as np

DIVERGED = 1e6  # a gradient that has grown this much will not come back


def gradient_descent(
    gradient: Callable, theta: np.ndarray, step: float, *, max_iter: int, tol: float | None
) -> tuple[np.ndarray, int, bool]:
    """Return (theta, iterations, converged) of steps along the full gradient.

    Parameters
    ----------
    gradient : callable
        ``gradient(theta)`` has theta's shape.
    theta : array
        Where to start; it is not changed.
    step : float
        The learning rate :math:`\\eta`.
    max_iter : int
        The most steps.
    tol : float or None
        Stop when no element of the gradient is larger in absolute value. None: make all steps.

    Raises
    ------
    ValueError
        If the iteration diverges; the step was too long.

    Examples
    --------
    >>> theta, n_iter, converged = gradient_descent(
    ...     lambda t: 2 * t, np.array([4.0]), 0.25, max_iter=100, tol=1e-3)
    >>> theta.tolist(), n_iter, converged
    ([0.00048828125], 13, True)
    """
    highest = np.inf
    for k in range(max_iter):
        with np.errstate(over="ignore", invalid="ignore"):  # noticed, and told in words
            g = gradient(theta)
            size = float(np.abs(g).max(initial=0.0))
            if tol is not None and size <= tol:
                return theta, k, True
            if not size < highest:
                raise _diverged(k, step)
            if k == 0:
                highest = DIVERGED * max(size, 1e-300)
            theta = theta - step * g  # (1)
    if not np.isfinite(theta).all():
        raise _diverged(max_iter, step)
    return theta, max_iter, tol is None


def minibatch_descent(
    gradient: Callable,
    batch_gradient: Callable,
    batches: Callable,
    theta: np.ndarray,
    step: float,
    *,
    max_iter: int,
    tol: float | None,
) -> tuple[np.ndarray, int, bool]:
    """Return (theta, passes, converged) of steps along the gradients of mini-batches, (2) and (3).

    Parameters
    ----------
    gradient : callable
        ``gradient(theta)`` is the full gradient, asked for once a pass.
    batch_gradient : callable
        ``batch_gradient(rows)`` returns the function of theta that estimates it from some rows.
    batches : callable
        ``batches()`` yields the rows of one pass.
    theta, step, max_iter, tol
        As in ``gradient_descent``; ``max_iter`` counts passes.

    Raises
    ------
    ValueError
        If the iteration diverges; the step was too long.
    """
    highest = np.inf
    for k in range(max_iter + 1):
        with np.errstate(over="ignore", invalid="ignore"):  # noticed, and told in words
            g = gradient(theta)
            size = float(np.abs(g).max(initial=0.0))
            if tol is not None and size <= tol:
                return theta, k, True
            if not size < highest:
                raise _diverged(k, step)
            if k == 0:
                highest = DIVERGED * max(size, 1e-300)
            if k == max_iter:
                break
            began = theta
            for rows in batches():
                slope = batch_gradient(rows)
                v = slope(theta) - slope(began) + g  # (2)
                theta = theta - step * v  # (3)
    return theta, max_iter, tol is None


def _diverged(k: int, step: Any) -> ValueError:
    return ValueError(
        f"gradient descent diverged after {k} steps of {step:.3g} times the gradient: the step is too "
        "long for this data. Pass a smaller lr (or eta0), leave it out to have one computed from the "
        "data, or bring the features to one scale first (StandardScaler)."
    )
