"""The filters of a convolution as small pictures: what each of them looks for."""

from __future__ import annotations

import math

import numpy as np

from .canvas import axes, finish
from .images import tiled

DIVERGING = "RdBu_r"  # blue below 0, white at 0, red above
BETWEEN = "0.85"  # the gaps, so that a weight of 0 is none


def plot_filters(weight, *, n_columns=None, ax=None, title=None):
    """Lay out the filters of a two-dimensional convolution, all on one scale that is white at 0.

    A filter answers most to what is bright where it is red and dark where it is blue.

    Parameters
    ----------
    weight : array-like of shape (height, width, channels, filters) or (height, width, filters)
        As ``Conv2D`` holds it. With several channels there is a row for each of them, and a column for
        each filter; with one, filters fill the rows one after the other.
    n_columns : int, optional
        How many filters in a row, if there is one channel; by default about as many as rows.
    ax : matplotlib axes, optional
        Where to draw; new ones by default.
    title : str, optional
        By default counts the filters.

    Returns
    -------
    matplotlib axes

    Raises
    ------
    ValueError
        If the weights have another number of axes, or there is no filter.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> edges = np.array([[[1.0, 1.0], [1.0, -1.0]], [[-1.0, 1.0], [-1.0, -1.0]]])  # (2, 2, filters)
    >>> plot_filters(edges, ax=Figure().subplots()).get_title()
    '2 filters of 2 x 2'
    """
    W = np.asarray(weight, dtype=np.float64)
    W = W[:, :, None] if W.ndim == 3 else W
    if W.ndim != 4 or not W.size:
        raise ValueError(
            "plot_filters draws weights (height, width, channels, filters) or (height, width, filters), "
            f"at least one number; got shape {np.shape(weight)}."
        )
    height, width, channels, n = W.shape
    images = np.moveaxis(W, (2, 3), (0, 1)).reshape(-1, height, width)  # channel by channel
    columns = n if channels > 1 else n_columns or math.ceil(math.sqrt(n))
    page, _ = tiled(images, columns, head=0, gap=1, empty=np.nan)
    page = page[:-1, :-1]  # no gap behind the last ones
    rows = math.ceil(len(images) / columns)
    ax = axes(ax, figsize=(min(0.6 * columns + 1.5, 12), min(0.6 * rows + 1, 12)))
    largest = np.abs(W).max() or 1.0
    image = ax.imshow(page, cmap=DIVERGING, vmin=-largest, vmax=largest, interpolation="nearest")
    ax.figure.colorbar(image, ax=ax, label="weight")
    ax.set_facecolor(BETWEEN)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    many = f" of {channels} channels" if channels > 1 else ""
    default = f"{n} filter{'s' * (n > 1)} of {height} x {width}{many}"
    across = {"x": "filter", "y": "channel"} if channels > 1 else {}
    return finish(ax, title=title or default, grid=False, **across)
