"""The picture of a search for a learning rate: the loss as the rate rises from step to step."""

from __future__ import annotations

import numpy as np

from .canvas import COLORS, GREY, axes, finish


def plot_learning_rates(rates, losses, smoothed=None, suggestion=None, *, ax=None, title=None):
    """Draw losses over learning rates, on a logarithmic axis, and mark the suggested one.

    Parameters
    ----------
    rates : sequence of float
        Learning rates, rising.
    losses : sequence of float
        The loss that was met with each.
    smoothed : sequence of float, optional
        The same without the noise.
    suggestion : float, optional
        The rate to take.
    ax : matplotlib axes, optional
        Where to draw; new ones by default.
    title : str, optional
        By default says what it is.

    Returns
    -------
    matplotlib axes

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = plot_learning_rates([0.1, 1.0], [2.0, 1.5], suggestion=0.1, ax=Figure().subplots())
    >>> ax.get_xlabel(), ax.get_xscale()
    ('learning rate', 'log')
    """
    ax = axes(ax)
    ax.plot(rates, losses, color=GREY, linewidth=0.8, alpha=0.6, label="each step")
    shown = np.asarray(losses if smoothed is None else smoothed, dtype=np.float64)
    if smoothed is not None:
        ax.plot(rates, shown, color=COLORS[0], label="smoothed")
    if suggestion is not None:
        label = f"suggestion: {suggestion:.2g}"
        ax.axvline(suggestion, color=COLORS[1], linestyle="--", label=label)
    ax.set_xscale("log")
    low, start = shown.min(), shown[: max(1, len(shown) // 4)].max()
    if start > low:  # the end shoots up, and would flatten all the rest
        ax.set_ylim(low - 0.1 * (start - low), start + 0.5 * (start - low))
    ax.legend()
    return finish(ax, title=title or "Which learning rate?", x="learning rate", y="loss of a batch")
