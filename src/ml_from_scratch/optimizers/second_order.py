r"""Minimising with curvature: Newton's method, L-BFGS and conjugate gradients, on one flat vector.

For a smooth :math:`f` of all the data at once, whose value and gradient :math:`g` are exact. Each
iteration walks :math:`x \leftarrow x + \alpha p`, with :math:`\alpha` from ``line_search`` and a
direction :math:`p` that knows more than the gradient does.

**Newton** solves with the Hessian, made positive definite where it is not:

.. math:: (H + \tau I)\, p = -g \tag{1}

**L-BFGS** builds an inverse Hessian from the last ``memory`` steps :math:`s_i = x_{i+1} - x_i` and
changes of the gradient :math:`y_i = g_{i+1} - g_i`, never as a matrix:

.. math::
    \rho_i &= 1 / (y_i^T s_i) \tag{2} \\
    a_i &= \rho_i s_i^T q, \qquad q \leftarrow q - a_i y_i
        \quad \text{(newest first, from } q = g) \tag{3} \\
    r &= \frac{s_k^T y_k}{y_k^T y_k}\, q \tag{4} \\
    r &\leftarrow r + s_i (a_i - \rho_i y_i^T r)
        \quad \text{(oldest first, and then } p = -r) \tag{5}

**Nonlinear conjugate gradients** correct the gradient by the last direction, with one number:

.. math::
    \beta_{FR} &= \frac{g_{k+1}^T g_{k+1}}{g_k^T g_k} \tag{6} \\
    \beta_{PR+} &= \max\Big(0, \frac{g_{k+1}^T (g_{k+1} - g_k)}{g_k^T g_k}\Big) \tag{7} \\
    p_{k+1} &= -g_{k+1} + \beta p_k \tag{8}

**Linear conjugate gradients** solve :math:`A x = b` for a symmetric positive definite A, in at most
n steps but for rounding, with the residual :math:`r = A x - b`:

.. math::
    \alpha &= \frac{r^T r}{p^T A p} \tag{9} \\
    x &\leftarrow x + \alpha p \tag{10} \\
    r &\leftarrow r + \alpha A p \tag{11} \\
    \beta &= \frac{r_{k+1}^T r_{k+1}}{r_k^T r_k} \tag{12} \\
    p &\leftarrow -r + \beta p \tag{13}

Source: Nocedal and Wright, Numerical Optimization, 2nd edition, 2006: (1) is Algorithm 3.3, (2-5)
are (7.17), Algorithm 7.4 and (7.20), (6-8) are (5.41a), (5.45) and Algorithm 5.4, (9-13) are (5.24).
"""

from __future__ import annotations

import contextlib
from collections import deque
from dataclasses import dataclass

import numpy as np

from .line_search import Point, backtracking, strong_wolfe


@dataclass
class OptimizeResult:
    """Where a minimisation ended, and why."""

    x: np.ndarray
    value: float
    gradient: np.ndarray
    n_iter: int
    converged: bool
    message: str


def minimize_newton(value_gradient_hessian, x0, *, tol=1e-8, max_iter=100) -> OptimizeResult:
    """Minimise by Newton's method with backtracking.

    Parameters
    ----------
    value_gradient_hessian : callable
        ``f(x)`` returns the value, the gradient (n,) and the Hessian (n, n).
    x0 : array of shape (n,)
        Where to start; it is not changed.
    tol : float
        Stop when no element of the gradient is larger in absolute value.
    max_iter : int
        The most iterations.

    Returns
    -------
    OptimizeResult
        ``converged`` is False, and ``message`` says why, if the tolerance was not met.

    Raises
    ------
    ValueError
        If the value or gradient at x0 is not finite.

    Examples
    --------
    >>> bowl = lambda x: (float(x @ x), 2 * x, 2 * np.eye(2))
    >>> result = minimize_newton(bowl, np.array([3.0, -1.0]))
    >>> result.x.tolist(), result.n_iter, result.converged
    ([0.0, 0.0], 1, True)
    """
    x, value, g, hessian = _start(value_gradient_hessian, x0)

    def along(step):
        at = x + step * p
        new_value, new_g, new_hessian = value_gradient_hessian(at)
        return Point(step, float(new_value), float(new_g @ p), (at, new_g, new_hessian))

    for k in range(max_iter + 1):
        if _small(g, tol) or k == max_iter:
            return _result(x, value, g, k, tol)
        p = _newton_direction(hessian, g)
        start = Point(0.0, value, float(g @ p))
        with np.errstate(over="ignore", invalid="ignore"):  # a trial far out is not taken
            point = backtracking(along, start)
        if point is None:
            return _stuck(x, value, g, k, start.slope)
        value, (x, g, hessian) = point.value, point.at
    raise AssertionError("unreachable")


def _newton_direction(hessian, g):
    eye, scale = np.eye(len(g)), float(np.abs(hessian).max())
    tau = (
        max(0.0, 1e-3 * scale - hessian.diagonal().min()) if hessian.diagonal().min() <= 0 else 0.0
    )
    for _ in range(60):
        with contextlib.suppress(np.linalg.LinAlgError):
            damped = hessian + tau * eye
            np.linalg.cholesky(damped)  # raises unless positive definite
            p = np.linalg.solve(damped, -g)  # (1)
            if p @ g < 0.0 and np.isfinite(p).all():
                return p
        tau = max(4.0 * tau, 1e-8 * scale)
    return -g


def minimize_lbfgs(value_and_gradient, x0, *, memory=10, tol=1e-6, max_iter=1000) -> OptimizeResult:
    """Minimise by limited-memory BFGS with a strong Wolfe line search.

    Parameters
    ----------
    value_and_gradient : callable
        ``f(x)`` returns the value and the gradient (n,), in a fresh array.
    x0 : array of shape (n,)
        Where to start; it is not changed.
    memory : int
        How many steps are remembered.
    tol : float
        Stop when no element of the gradient is larger in absolute value.
    max_iter : int
        The most iterations (an iteration mostly costs one evaluation).

    Returns
    -------
    OptimizeResult
        ``converged`` is False, and ``message`` says why, if the tolerance was not met.

    Raises
    ------
    ValueError
        If the value or gradient at x0 is not finite.

    Examples
    --------
    >>> def bowl(x):
    ...     return float(x @ x), 2 * x
    >>> minimize_lbfgs(bowl, np.array([3.0, -1.0])).x.round(6).tolist()
    [0.0, 0.0]
    """
    x, value, g = _start(value_and_gradient, x0)
    steps: deque = deque(maxlen=memory)  # (s, y, rho), the oldest first

    for k in range(max_iter + 1):
        if _small(g, tol) or k == max_iter:
            return _result(x, value, g, k, tol)
        p = _lbfgs_direction(g, steps)
        first = 1.0 if steps else min(1.0, 1.0 / float(np.abs(g).sum()))
        point = _search(value_and_gradient, x, p, Point(0.0, value, float(g @ p)), first, c2=0.9)
        if point is None and steps:  # what is remembered may mislead: begin anew from the gradient
            steps.clear()
            continue
        if point is None:
            return _stuck(x, value, g, k, float(g @ p))
        x_new, g_new = point.at
        s, y = x_new - x, g_new - g
        curvature = float(y @ s)
        if curvature > 1e-14 * float(y @ y):
            steps.append((s, y, 1.0 / curvature))  # (2)
        x, value, g = x_new, point.value, g_new
    raise AssertionError("unreachable")


def _lbfgs_direction(g, steps):
    q, weights = g.copy(), []
    for s, y, rho in reversed(steps):
        a = rho * (s @ q)
        weights.append(a)
        q -= a * y  # (3)
    if steps:
        s, y, rho = steps[-1]
        q *= 1.0 / (rho * (y @ y))  # (4)
    for (s, y, rho), a in zip(steps, reversed(weights)):
        q += s * (a - rho * (y @ q))  # (5)
    return -q


def minimize_cg(
    value_and_gradient, x0, *, beta="polak-ribiere", tol=1e-6, max_iter=1000
) -> OptimizeResult:
    """Minimise by nonlinear conjugate gradients with a strong Wolfe line search.

    Parameters
    ----------
    value_and_gradient : callable
        ``f(x)`` returns the value and the gradient (n,), in a fresh array.
    x0 : array of shape (n,)
        Where to start; it is not changed.
    beta : {"polak-ribiere", "fletcher-reeves"}
        Equation (7), which restarts by itself, or (6), restarted when successive gradients are far
        from orthogonal (N&W 5.52).
    tol : float
        Stop when no element of the gradient is larger in absolute value.
    max_iter : int
        The most iterations.

    Returns
    -------
    OptimizeResult
        ``converged`` is False, and ``message`` says why, if the tolerance was not met.

    Raises
    ------
    ValueError
        If the value or gradient at x0 is not finite, or beta has another name.

    Examples
    --------
    >>> def bowl(x):
    ...     return float(x @ x), 2 * x
    >>> minimize_cg(bowl, np.array([3.0, -1.0])).x.round(6).tolist()
    [0.0, 0.0]
    """
    if beta not in ("polak-ribiere", "fletcher-reeves"):
        raise ValueError(f"beta must be 'polak-ribiere' or 'fletcher-reeves'; got {beta!r}.")
    x, value, g = _start(value_and_gradient, x0)
    p, step, restarted = -g, min(1.0, 1.0 / max(float(np.abs(g).sum()), 1e-300)), True

    for k in range(max_iter + 1):
        if _small(g, tol) or k == max_iter:
            return _result(x, value, g, k, tol)
        slope = float(g @ p)
        if slope >= 0.0:  # no longer downhill: forget the past
            p, slope, restarted = -g, -float(g @ g), True
        # A narrow c2 keeps the directions conjugate; (6) and (7) assume nearly exact steps.
        point = _search(value_and_gradient, x, p, Point(0.0, value, slope), step, c2=0.1)
        if point is None and not restarted:
            p, restarted = -g, True
            continue
        if point is None:
            return _stuck(x, value, g, k, slope)
        x, g_new = point.at
        if beta == "fletcher-reeves":
            b = (g_new @ g_new) / (g @ g)  # (6)
            if abs(g_new @ g) >= 0.1 * (g_new @ g_new):  # far from orthogonal: it would jam
                b = 0.0
        else:
            b = max(0.0, (g_new @ (g_new - g)) / (g @ g))  # (7)
        p = -g_new + b * p  # (8)
        value, g, restarted = point.value, g_new, b == 0.0
        # The next slope is likely to promise as much as this step delivered (N&W, page 59).
        step = point.step * slope / min(float(g @ p), -1e-300)
    raise AssertionError("unreachable")


def solve_cg(A, b, x0=None, *, tol=1e-10, max_iter=None) -> OptimizeResult:
    r"""Solve A x = b for a symmetric positive definite A, given as a matrix or as x -> A x.

    Parameters
    ----------
    A : array of shape (n, n) or callable
        Only products with vectors are needed.
    b : array of shape (n,)
        The right-hand side.
    x0 : array of shape (n,), optional
        Where to start; zeros by default.
    tol : float
        Stop when :math:`\|A x - b\| \le tol\,\|b\|`.
    max_iter : int, optional
        The most iterations; 10 n by default, since rounding costs some beyond n.

    Returns
    -------
    OptimizeResult
        ``value`` is :math:`\tfrac12 x^T A x - b^T x`, which the solution minimises.

    Raises
    ------
    ValueError
        If b is not finite, or a direction shows that A is not positive definite.

    Examples
    --------
    >>> A = np.array([[4.0, 1.0], [1.0, 3.0]])
    >>> result = solve_cg(A, np.array([1.0, 2.0]))
    >>> result.x.round(6).tolist(), result.n_iter
    ([0.090909, 0.636364], 2)
    """
    product = A if callable(A) else A.__matmul__
    b = np.asarray(b)
    if not np.isfinite(b).all():
        raise ValueError("b must be finite; it holds NaN or infinity.")
    x = np.zeros_like(b, dtype=np.result_type(b, np.float32)) if x0 is None else np.array(x0)
    r = product(x) - b
    p, squared, goal = -r, float(r @ r), float(tol * np.linalg.norm(b))
    limit = 10 * len(b) if max_iter is None else max_iter
    k = 0
    while squared**0.5 > goal and k < limit:
        Ap = product(p)
        curvature = float(p @ Ap)
        if not curvature > 0.0:
            raise ValueError(
                f"A must be positive definite, but p^T A p = {curvature} for a direction p. Add a "
                "multiple of the identity, or solve the normal equations."
            )
        alpha = squared / curvature  # (9)
        x = x + alpha * p  # (10)
        r = r + alpha * Ap  # (11)
        previous, squared = squared, float(r @ r)
        beta = squared / previous  # (12)
        p = -r + beta * p  # (13)
        k += 1
    value = float(0.5 * (x @ (r + b)) - b @ x)
    converged = squared**0.5 <= goal
    message = "converged" if converged else f"the residual is {squared**0.5:.1e} after {k} steps"
    return OptimizeResult(x, value, r, k, converged, message)


# ---- what they share -----------------------------------------------------------------------------
def _start(function, x0):
    x = np.array(x0, dtype=np.result_type(x0, np.float32))
    if x.ndim != 1:
        raise ValueError(f"x0 must be one flat vector; got shape {x.shape}. Use x0.ravel().")
    value, *derivatives = function(x)
    if not (np.isfinite(value) and all(np.isfinite(d).all() for d in derivatives)):
        raise ValueError(
            f"the objective must be finite where the search starts; at x0 its value is {value} and "
            f"its gradient has {int((~np.isfinite(derivatives[0])).sum())} elements that are not. "
            "Start elsewhere, or scale the data."
        )
    return (x, float(value), *derivatives)


def _search(value_and_gradient, x, p, start, first, c2):
    def along(step):
        at = x + step * p
        value, g = value_and_gradient(at)
        return Point(step, float(value), float(g @ p), (at, g))

    with np.errstate(over="ignore", invalid="ignore"):  # a trial far out is not taken
        return strong_wolfe(along, start, first, c2=c2)


def _small(g, tol) -> bool:
    return bool(np.abs(g).max(initial=0.0) <= tol)


def _result(x, value, g, k, tol) -> OptimizeResult:
    if _small(g, tol):
        return OptimizeResult(x, value, g, k, True, "converged")
    message = f"the gradient's largest element is {np.abs(g).max():.1e}, above tol={tol:g}"
    return OptimizeResult(x, value, g, k, False, f"stopped after {k} iterations: {message}")


def _stuck(x, value, g, k, slope) -> OptimizeResult:
    """No step is lower: either there is nothing left to gain in this precision, or f is wrong."""
    if abs(slope) <= 1e-13 * max(abs(value), 1e-300):
        return OptimizeResult(x, value, g, k, True, "converged to the precision of the value")
    message = (
        "no step along the direction lowers the value as its slope promises: is the gradient "
        "that of the value, and is f smooth?"
    )
    return OptimizeResult(x, value, g, k, False, message)
