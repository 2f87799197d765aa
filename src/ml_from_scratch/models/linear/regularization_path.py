r"""The path of the lasso and the elastic net: solutions for a whole grid of penalties.

From the largest penalty down, each solution is a good place to start for the next, and most
coefficients wake up one after the other. The grid is geometric and begins where nothing is left of
the coefficients: at w = 0 the gradient is :math:`A^T b`, and (with n the sum of the weights, and
:math:`\rho` the share of the L1 penalty) no coefficient leaves 0 unless it pulls harder than the
penalty,

.. math:: \alpha_{max} = \max_j |a_j^T b| / (n \rho) \tag{1}

Source: Friedman, Hastie and Tibshirani, Regularization paths for generalized linear models via
coordinate descent, 2010, section 2.5.
"""

from __future__ import annotations

import numbers
from types import SimpleNamespace

import numpy as np

from ...core.checks import as_float, check_array, check_choice, check_number, check_target
from ...core.progress import progress
from ...core.random import as_generator
from .coordinate_descent import GramDesign, Minimum, Penalties, Stop, design_of
from .least_squares import Problem

SMALLEST = 1e-15  # the whole grid, where there is nothing to explain


def enet_path(
    X,
    y,
    *,
    l1_ratio=0.5,
    eps=1e-3,
    n_alphas=None,
    alphas=100,
    precompute="auto",
    Xy=None,
    copy_X=True,
    coef_init=None,
    verbose=False,
    return_n_iter=False,
    positive=False,
    tol=1e-4,
    max_iter=1000,
    random_state=None,
    selection="cyclic",
):
    """Compute the coefficients of the elastic net for a falling series of penalties.

    There is no intercept: centre X and y first, if there should be one.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Samples.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        What to predict.
    l1_ratio : float
        The share of the L1 penalty: 1 is the lasso.
    eps : float
        The smallest penalty of the grid, relative to the largest.
    n_alphas : None or int
        What ``alphas`` as a number was called in older versions of scikit-learn.
    alphas : int or array-like of shape (n_alphas,)
        How many penalties, or which ones (they are sorted, the largest first).
    precompute : {"auto", True, False} or array-like of shape (n_features, n_features)
        ``X.T @ X``, if it is there already; otherwise it is computed where that pays.
    Xy : None or array-like of shape (n_features,) or (n_features, n_outputs)
        ``X.T @ y``; only with a given ``precompute``.
    copy_X : bool
        For scikit-learn's sake: X is never changed.
    coef_init : None or array-like of shape (n_features,) or (n_outputs, n_features)
        Where to start.
    verbose : bool
        Whether to show how far it has come.
    return_n_iter : bool
        Whether to return the numbers of sweeps, too.
    positive : bool
        Whether coefficients must not be negative.
    tol, max_iter, random_state, selection
        As in ``ElasticNet``.

    Returns
    -------
    alphas : ndarray of shape (n_alphas,)
        The penalties.
    coefs : ndarray of shape (n_features, n_alphas) or (n_outputs, n_features, n_alphas)
        The coefficients.
    dual_gaps : ndarray of shape (n_alphas,) or (n_outputs, n_alphas)
        How far the objective is from its minimum, at most.
    n_iters : list of int
        Only with ``return_n_iter``.

    Raises
    ------
    ValueError
        If the data or a setting are unusable.

    Examples
    --------
    >>> alphas, coefs, gaps = enet_path([[1.0], [-1.0]], [2.0, -2.0], l1_ratio=1.0, alphas=[1.0, 3.0])
    >>> alphas.tolist(), coefs.round(6).tolist()
    ([3.0, 1.0], [[0.0, 1.0]])
    """
    X = check_array(X, used_by="enet_path")
    y = check_target(y, len(X), X.dtype, multi_output=True, used_by="enet_path")
    settings = check_settings(
        SimpleNamespace(
            tol=tol,
            max_iter=max_iter,
            selection=selection,
            random_state=random_state,
            positive=positive,
            precompute=precompute,
        )
    )
    check_number("l1_ratio", l1_ratio, least=0, most=1)
    problem = Problem(X, y.reshape(len(y), -1), fit_intercept=False)
    design = make_design(problem, precompute, Xy)
    grid = check_alphas(alphas if n_alphas is None else n_alphas)
    if grid is None:
        count = alphas if n_alphas is None else n_alphas
        grid = alpha_grid(design.C, problem.total, l1_ratio, eps, count, positive)
    start = np.zeros((problem.Y.shape[1], X.shape[1]))
    if coef_init is not None:
        start = as_float(coef_init, "coef_init").astype(np.float64).reshape(start.shape)
    paths = []
    with progress(len(grid) * len(start), "enet_path", "penalty", shown=bool(verbose)) as report:
        for k, w in enumerate(start):
            paths.append(descend_path(design, k, w, grid, l1_ratio, problem.total, settings))
            report(len(grid) * (k + 1))
    coefs = np.array([[m.w for m in path] for path in paths]).transpose(0, 2, 1).astype(X.dtype)
    gaps = np.array([[m.gap for m in path] for path in paths]) / problem.total
    n_iters = (
        [m.n_iter for m in paths[0]] if y.ndim == 1 else [[m.n_iter for m in p] for p in paths]
    )
    if y.ndim == 1:
        coefs, gaps = coefs[0], gaps[0]
    return (grid, coefs, gaps, n_iters) if return_n_iter else (grid, coefs, gaps)


def lasso_path(X, y, **settings):
    """Compute the coefficients of the lasso for a falling series of penalties.

    The same as ``enet_path`` with ``l1_ratio=1``; the other arguments and the returns are the same.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Samples.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        What to predict.
    **settings
        Further arguments of ``enet_path``.

    Examples
    --------
    >>> alphas, coefs, gaps = lasso_path([[1.0], [-1.0]], [2.0, -2.0], alphas=[1.5])
    >>> coefs.round(6).tolist()
    [[0.5]]
    """
    return enet_path(X, y, l1_ratio=1.0, **settings)


# ---- what the estimators use, too ----------------------------------------------------------------
def descend_path(design, output, w, alphas, l1_ratio, total, settings) -> list[Minimum]:
    """Return the minima for one output and all penalties, each begun at the one before."""
    rng = as_generator(settings.random_state) if settings.selection == "random" else None
    stop = Stop(settings.tol * float(design.energy[output]), settings.max_iter, rng)
    found, w = [], np.maximum(w, 0.0) if settings.positive else w
    for alpha in alphas:
        l1, l2 = alpha * l1_ratio * total, alpha * (1.0 - l1_ratio) * total
        penalties = Penalties(float(l1), float(l2), settings.positive)
        found.append(design.minimize(output, w, penalties, stop))
        w = found[-1].w
    return found


def alpha_grid(C, total, l1_ratio, eps, n_alphas, positive) -> np.ndarray:
    """Return the grid of penalties; C is A^T B, of shape (n_features, n_outputs)."""
    if l1_ratio == 0:
        raise ValueError(
            "no grid of penalties begins anywhere for l1_ratio=0: no penalty makes all coefficients "
            "zero. Give the penalties as alphas=[...], or use RidgeCV."
        )
    check_number("eps", eps, above=0)
    pull = max(0.0, float(C.max()) if positive else float(np.abs(C).max()))
    if C.shape[1] > 1:
        pull *= float(np.sqrt(np.square(C / (pull or 1.0)).sum(axis=1).max()))
    largest = pull / (total * l1_ratio)  # (1)
    if largest <= SMALLEST:
        return np.full(n_alphas, SMALLEST)
    return np.geomspace(largest, largest * eps, num=n_alphas)


def check_alphas(alphas):
    """Return given penalties as an array, the largest first; None if only a number was given."""
    if isinstance(alphas, numbers.Integral) and not isinstance(alphas, bool):
        check_number("alphas", alphas, least=1, integer=True)
        return None
    values = as_float(alphas, "alphas").astype(np.float64)
    if values.ndim != 1 or not len(values) or not (values >= 0).all() or np.isinf(values).any():
        raise ValueError(
            f"alphas must be a number of penalties, or a list of penalties of at least 0; got {alphas!r}."
        )
    return np.sort(values)[::-1]


def check_settings(settings):
    """Check what all solvers by coordinate descent share."""
    check_number("tol", settings.tol, least=0)
    check_number("max_iter", settings.max_iter, least=1, integer=True)
    check_choice("selection", settings.selection, ("cyclic", "random"))
    if isinstance(settings.precompute, str):
        check_choice("precompute", settings.precompute, ("auto",))
    return settings


def make_design(problem, precompute, Xy=None):
    """Return the design of a problem, with the user's Gram matrix if there is one."""
    if isinstance(precompute, (bool, np.bool_, str)) or precompute is None:
        return design_of(problem)
    d = problem.X.shape[1]
    G = as_float(precompute, "precompute").astype(np.float64)
    j = int(np.abs(G.diagonal()).argmax()) if G.shape == (d, d) else 0
    A, B = problem.matrices()
    true = float(A[:, j] @ A[:, j])
    if G.shape != (d, d) or not abs(G[j, j] - true) <= 1e-4 * abs(true):
        raise ValueError(
            f"precompute must be A.T @ A, of shape {(d, d)}, for A the X that is fitted: centred if "
            "there is an intercept, its rows times the roots of their weights. What was given has "
            f"shape {G.shape}" + ("." if G.shape != (d, d) else f" and {G[j, j]:g} for {true:g}.")
        )
    C = A.T @ B if Xy is None else as_float(Xy, "Xy").astype(np.float64).reshape(d, -1)
    return GramDesign(G, C, np.square(B).sum(axis=0))
