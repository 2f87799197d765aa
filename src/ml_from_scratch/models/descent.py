r"""Gradient descent: walk downhill, one gradient at a time, until the ground is flat.

.. math::
    \theta \leftarrow \theta - \eta \, \nabla J(\theta) \tag{1}

Where :math:`J` bends at most as much as :math:`L` (the largest eigenvalue of its Hessian), steps
:math:`\eta < 2 / L` converge, :math:`\eta = 1 / L` without overshooting, and longer ones diverge:
each step then makes the error larger. **Mini-batches** estimate the gradient from a few samples at a
time, so that one pass over the data makes many steps; what noise they leave shrinks with the step,
which is halved whenever a pass has not lowered :math:`J`:

.. math::
    \theta &\leftarrow \theta - \eta \, \nabla J_{batch}(\theta) \tag{2} \\
    \eta &\leftarrow \eta / 2 \quad \text{if } J \text{ did not fall} \tag{3}

Sources: Nesterov, Introductory Lectures on Convex Optimization, 2004, theorem 2.1.15 for the steps;
Bottou, Curtis and Nocedal, Optimization Methods for Large-Scale Machine Learning, 2018, sections 4.2
and 5 for the batches.
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
    objective: Callable,
    batch_gradient: Callable,
    batches: Callable,
    theta: np.ndarray,
    step: float,
    *,
    max_iter: int,
    tol: float | None,
) -> tuple[np.ndarray, int, bool]:
    """Return (theta, passes, converged) of steps along the gradients of mini-batches.

    Parameters
    ----------
    objective : callable
        ``objective(theta)`` returns J and its full gradient, once a pass.
    batch_gradient : callable
        ``batch_gradient(theta, rows)`` estimates the gradient from some rows.
    batches : callable
        ``batches()`` yields the rows of one pass.
    theta, step, max_iter, tol
        As in ``gradient_descent``; ``max_iter`` counts passes.

    Raises
    ------
    ValueError
        If the iteration diverges; the step was too long.
    """
    lowest, highest = np.inf, np.inf
    for k in range(max_iter + 1):
        with np.errstate(over="ignore", invalid="ignore"):
            value, g = objective(theta)
        size = float(np.abs(g).max(initial=0.0))
        if tol is not None and size <= tol:
            return theta, k, True
        if not (np.isfinite(value) and size < highest):
            raise _diverged(k, step)
        if k == 0:
            highest = DIVERGED * max(size, 1e-300)
        if k == max_iter:
            break
        if value >= lowest:
            step *= 0.5  # (3)
        lowest = min(lowest, value)
        for rows in batches():
            theta = theta - step * batch_gradient(theta, rows)  # (2)
    return theta, max_iter, tol is None


def _diverged(k: int, step: Any) -> ValueError:
    return ValueError(
        f"gradient descent diverged after {k} steps of {step:.3g} times the gradient: the step is too "
        "long for this data. Pass a smaller lr (or eta0), leave it out to have one computed from the "
        "data, or bring the features to one scale first (StandardScaler)."
    )
