r"""What does the loss look like around a solution? Slices along random, filter-normalised directions.

A network's loss has as many dimensions as parameters; a slice keeps one or two of them. Through the
solution :math:`\theta` along random directions :math:`\delta, \eta` it is

.. math:: f(\alpha, \beta) = L(\theta + \alpha \, \delta + \beta \, \eta) \tag{1}

A step of size 1 must mean the same everywhere in the network, or the picture shows the scale of the
weights and not the loss. So each filter :math:`i` of a direction (the weights into one unit) gets
the norm of that filter of :math:`\theta`:

.. math:: \delta_i \leftarrow \frac{\delta_i}{\lVert \delta_i \rVert} \, \lVert \theta_i \rVert \tag{2}

Biases and gains (parameters with one axis) are left where they are. Source: Li, Xu, Taylor, Studer
& Goldstein, "Visualizing the loss landscape of neural nets", NeurIPS 2018, sections 4 and 5.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_number
from ...core.random import as_generator
from .canvas import COLORS, GREY, SEQUENTIAL, axes, finish


def filter_normalized_direction(theta, shapes=None, random_state=None) -> np.ndarray:
    """Draw a random direction whose filters have the norms of theta's.

    Parameters
    ----------
    theta : array-like of shape (n_parameters,)
        All parameters, one after the other.
    shapes : list of tuples, optional
        The shapes of the parameters that theta is made of. A matrix has one filter per column (unit),
        a convolution kernel one per entry of its first axis. By default theta is one filter.
    random_state : None, int, Generator or RandomState
        Decides the direction.

    Returns
    -------
    ndarray of shape (n_parameters,)

    Raises
    ------
    ValueError
        If the shapes do not add up to theta.

    Examples
    --------
    >>> direction = filter_normalized_direction([3.0, 4.0], random_state=0)
    >>> round(float(np.linalg.norm(direction)), 6)
    5.0
    """
    theta = np.asarray(theta, dtype=np.float64).reshape(-1)
    shapes = [(theta.size, 1)] if shapes is None else [tuple(shape) for shape in shapes]
    sizes = [int(np.prod(shape)) for shape in shapes]
    if sum(sizes) != theta.size:
        raise ValueError(
            f"the shapes {shapes} hold {sum(sizes)} numbers, but theta has {theta.size}."
        )
    rng = as_generator(random_state)
    pieces = np.split(theta, np.cumsum(sizes)[:-1])
    return np.concatenate(
        [_normalized(rng, piece.reshape(shape)).reshape(-1) for piece, shape in zip(pieces, shapes)]
    )


def _normalized(rng, theta):
    if theta.ndim < 2:
        return np.zeros_like(theta)
    delta = rng.normal(size=theta.shape)
    within = tuple(range(1, theta.ndim)) if theta.ndim > 2 else 0  # the axes inside a filter
    norm = np.sqrt((theta**2).sum(axis=within, keepdims=True))
    return delta / np.sqrt((delta**2).sum(axis=within, keepdims=True)) * norm  # (2)


def loss_landscape(loss, theta, *, directions, span=1.0, n_points=25):
    """Evaluate the loss on a grid through theta.

    Parameters
    ----------
    loss : callable
        ``loss(vector)``, a number; the vector has theta's shape and dtype.
    theta : ndarray of shape (n_parameters,)
        The middle of the grid.
    directions : list of 1 or 2 arrays of shape (n_parameters,)
        Where the grid goes.
    span : float
        How far, in both senses, in units of the directions.
    n_points : int
        How many points along each direction; an odd number includes theta itself.

    Returns
    -------
    steps : ndarray of shape (n_points,)
    values : ndarray of shape (n_points,), or (n_points, n_points) with the second direction first
        NaN where the loss is not finite.
    """
    check_number("n_points", n_points, least=2, integer=True)
    check_number("span", span, above=0)
    theta = np.asarray(theta)
    steps = np.linspace(-span, span, n_points)
    if len(directions) not in (1, 2):
        raise ValueError(f"a slice has 1 or 2 directions; got {len(directions)}.")

    def at(alpha, beta=0.0):
        moved = theta + alpha * directions[0] + beta * directions[-1]  # (1)
        value = float(loss(moved.astype(theta.dtype, copy=False)))
        return value if np.isfinite(value) else float("nan")

    if len(directions) == 1:
        return steps, np.array([at(alpha) for alpha in steps])
    return steps, np.array([[at(alpha, beta) for alpha in steps] for beta in steps])


def plot_loss_landscape(
    loss,
    theta,
    *,
    shapes=None,
    dimensions=2,
    span=1.0,
    n_points=25,
    random_state=0,
    log=False,
    ax=None,
    title=None,
):
    """Draw a slice of the loss around theta: a curve, or a map with contour lines.

    Parameters
    ----------
    loss : callable
        ``loss(vector)``, a number, for a vector like theta. It is called ``n_points`` times, or
        ``n_points ** 2`` times for a map.
    theta : array-like of shape (n_parameters,)
        The parameters in the middle, such as a trained network's.
    shapes : list of tuples, optional
        The shapes of the parameters, for `filter_normalized_direction`.
    dimensions : {1, 2}
        A curve or a map.
    span : float
        How far to go; 1 changes each filter by its own norm.
    n_points : int
        How many points along each direction.
    random_state : None, int, Generator or RandomState
        Decides the directions.
    log : bool
        Whether to show the logarithm of the loss.
    ax : matplotlib axes, optional
        Where to draw; new ones by default.
    title : str, optional
        By default gives the loss in the middle.

    Returns
    -------
    matplotlib axes

    Raises
    ------
    ValueError
        If shapes and theta do not fit, no loss is finite, or a logarithm is asked of a loss that
        is not positive.
    """
    if dimensions not in (1, 2):
        raise ValueError(f"dimensions must be 1 (a curve) or 2 (a map); got {dimensions!r}.")
    theta = np.asarray(theta)
    theta = theta if theta.dtype.kind == "f" else theta.astype(np.float64)
    rng = as_generator(random_state)
    directions = [filter_normalized_direction(theta, shapes, rng) for _ in range(dimensions)]
    steps, values = loss_landscape(loss, theta, directions=directions, span=span, n_points=n_points)
    if not np.isfinite(values).any():
        raise ValueError("the loss is not finite anywhere on the slice; make span smaller.")
    if log and np.nanmin(values) <= 0:
        raise ValueError(
            f"the logarithm needs a positive loss, but it goes down to {np.nanmin(values):.4g}."
        )
    ax = axes(ax)
    middle = float(loss(theta))
    title = title or f"Loss around the solution (there {middle:.4g})"
    draw = _draw_curve if dimensions == 1 else _draw_map
    draw(ax, steps, values, middle, log)
    x, y = "step along a random direction", "step along another" if dimensions == 2 else "loss"
    return finish(ax, title=title, x=x, y=y, grid=dimensions == 1)


def _draw_curve(ax, steps, values, middle, log):
    ax.plot(steps, values, color=COLORS[0])
    ax.plot(0, middle, "*", color=COLORS[1], markersize=13, label="solution")
    if log:
        ax.set_yscale("log")
    ax.legend()


def _draw_map(ax, steps, values, middle, log):
    shown = np.ma.masked_invalid(np.log10(values) if log else values)
    ax.set_facecolor("#dddddd")  # what is not finite
    filled = ax.contourf(steps, steps, shown, levels=30, cmap=SEQUENTIAL)
    lines = {"colors": "white", "linewidths": 0.5, "linestyles": "solid", "alpha": 0.7}
    ax.contour(steps, steps, shown, levels=10, **lines)
    ax.plot(0, 0, "*", color=COLORS[1], markeredgecolor="white", markersize=15, label="solution")
    ax.figure.colorbar(filled, ax=ax, label="log10 of the loss" if log else "loss")
    ax.set_aspect("equal")
    ax.legend(edgecolor=GREY)
