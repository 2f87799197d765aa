"""Pictures of what happens from step to step: a loss in training, a memory along a sequence."""

from __future__ import annotations

import numpy as np

from .canvas import COLORS, GREY, axes, finish, whole_ticks


def plot_steps(losses, *, baselines=None, window=None, log=False, name="loss", ax=None, title=None):
    """Draw the loss of every step of training, its running mean, and what it has to beat.

    Parameters
    ----------
    losses : sequence of float
        One for each step.
    baselines : dict of str to float, optional
        Drawn as horizontal lines: ``{"always 1": 1 / 6}``.
    window : int, optional
        Over how many steps the mean goes; by default a fiftieth of all.
    log : bool
        Whether the vertical axis is logarithmic.
    name : str
        What is drawn.
    ax : matplotlib axes, optional
        Where to draw; new ones by default.
    title : str, optional
        By default names it.

    Returns
    -------
    matplotlib axes

    Raises
    ------
    ValueError
        If there is no step, or the window does not fit into them.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = plot_steps([3.0, 2.0, 1.0], baselines={"guess": 2.5}, window=2, ax=Figure().subplots())
    >>> ax.lines[1].get_ydata().tolist()
    [2.5, 1.5]
    """
    losses = np.asarray(losses, dtype=np.float64)
    n = window or max(len(losses) // 50, 1)
    if not 1 <= n <= len(losses):
        raise ValueError(
            f"there are {len(losses)} steps, over which no mean of {n} at a time can run. Give at least one "
            "loss, and a window from 1 to their number."
        )
    ax = axes(ax)
    steps = np.arange(1, len(losses) + 1)
    ax.plot(steps, losses, color=GREY, linewidth=0.8, alpha=0.6, label="each step")
    mean = np.convolve(losses, np.full(n, 1.0 / n), mode="valid")
    ax.plot(steps[n - 1 :], mean, color=COLORS[0], label=f"mean of {n}")
    for i, (label, value) in enumerate((baselines or {}).items(), 1):
        ax.axhline(value, color=COLORS[i], linestyle="--", label=f"{label}: {value:.3g}")
    if log:
        ax.set_yscale("log")
    whole_ticks(ax.xaxis)
    ax.legend()
    return finish(ax, title=title or f"{name}, step by step", x="step", y=name)


def plot_memory(states, marks=None, *, labels=None, ax=None, title=None):
    """Draw the units of a recurrent network's memory along a sequence, and mark steps that matter.

    Parameters
    ----------
    states : array-like of shape (time, units)
        After every step.
    marks : dict of int to str, optional
        Steps, from 0, and what to write there.
    labels : list of str, optional
        The units' names, for a legend.
    ax : matplotlib axes, optional
        Where to draw; new ones by default.
    title : str, optional
        By default counts the units.

    Returns
    -------
    matplotlib axes

    Raises
    ------
    ValueError
        If states have another number of axes, a mark lies outside of the sequence, or there are more or
        fewer labels than units.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = plot_memory([[0.0], [0.9], [0.8]], {1: "+ 0.7"}, ax=Figure().subplots())
    >>> ax.texts[0].get_text(), len(ax.lines)
    ('+ 0.7', 2)
    """
    states = np.asarray(states, dtype=np.float64)
    if states.ndim != 2:
        raise ValueError(
            f"plot_memory draws states (time, units) of one sample; got shape {states.shape}."
        )
    outside = [step for step in marks or () if not 0 <= step < len(states)]
    if outside:
        raise ValueError(f"steps go from 0 to {len(states) - 1}; a mark is at {outside[0]}.")
    n = states.shape[1]
    if labels is not None and len(labels) != n:
        raise ValueError(f"there are {n} units, but {len(labels)} labels.")
    ax = axes(ax)
    for i, unit in enumerate(states.T):
        name = None if labels is None else labels[i]
        ax.plot(unit, color=COLORS[i % len(COLORS)], label=name)
    ax.margins(y=0.15 if marks else None)  # room for what is written there
    paper = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
    for step, text in (marks or {}).items():
        ax.axvline(step, color=GREY, linestyle=":", linewidth=1.2)
        ax.text(
            step, 0.98, text, transform=ax.get_xaxis_transform(), ha="center", va="top", bbox=paper
        )
    whole_ticks(ax.xaxis)
    if labels is not None:
        ax.legend()
    default = f"{n} unit{'s' * (n != 1)} of a memory"
    return finish(ax, title=title or default, x="step", y="state")
