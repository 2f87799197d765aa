"""What every plot shares: axes when none are given, colours that everyone can tell apart, labels.

matplotlib is imported here, when a plot needs it, and nowhere on import. Nothing global is changed
and nothing is shown: a plot draws on the axes it gets (or on new ones) and returns them.
"""

from __future__ import annotations

import numpy as np

# Okabe & Ito's colours (2008), which stay distinct for people with any colour vision.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
GREY = "#666666"
SEQUENTIAL = "cividis"  # light is more, and it prints in black and white


def axes(ax=None, *, figsize=None):
    """Return ``ax``, or the axes of a new figure.

    Raises
    ------
    ImportError
        If there is no ``ax`` and no matplotlib, naming the extra that brings it.
    """
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            'plots need matplotlib, which is not installed: pip install "ml-from-scratch-lab[viz]"'
        ) from error
    return plt.subplots(figsize=figsize, layout="constrained")[1]


def finish(ax, *, title, x=None, y=None, grid=True):
    """Set title and axis labels, remove what carries no information, and return ``ax``."""
    ax.set_title(title)
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.spines[["top", "right"]].set_visible(False)
    if grid:
        ax.grid(alpha=0.25, linewidth=0.6)
        ax.set_axisbelow(True)
    return ax


def whole_ticks(axis) -> None:
    """Let an axis of counts have whole numbers at its ticks."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(integer=True))


def rgb(color: str) -> np.ndarray:
    """Return the three parts of a colour such as "#0072B2", between 0 and 1.

    >>> rgb("#ff0000").tolist()
    [1.0, 0.0, 0.0]
    """
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
