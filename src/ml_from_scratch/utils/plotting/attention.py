"""Who looks at whom: the weights of attention as a grid of heads, bright where much is taken."""

from __future__ import annotations

import math

import numpy as np

from .canvas import SEQUENTIAL, axes, finish

GAP = 1.6  # cells between two heads; room for a name
VISIBLE = str.maketrans({" ": "␣", "\n": "↵", "\t": "→", "$": r"\$"})  # $ begins a formula


def plot_attention(weights, queries=None, keys=None, *, n_columns=None, ax=None, title=None):
    """Draw the weights of each head: a row of cells for a query, a column for a key.

    Parameters
    ----------
    weights : array-like of shape (heads, m, n), or (m, n) of one head
        From 0 to 1: what ``attention_maps`` has recorded, of one sample.
    queries : list of length m, optional
        The tokens that look, written beside the rows; their numbers unless given. Spaces and ends of lines
        are made visible.
    keys : list of length n, optional
        The tokens that are looked at, below the columns; the same as queries if m = n.
    n_columns : int, optional
        How many heads in a row; by default about as many as rows.
    ax : matplotlib axes, optional
        Where to draw; new ones by default.
    title : str, optional
        By default counts the heads.

    Returns
    -------
    matplotlib axes

    Raises
    ------
    ValueError
        If the weights have another number of axes or there are none, or there is not a name for each row
        and column.
    """
    weights = _as_heads(weights)
    n_heads, m, n = weights.shape
    queries, keys = _named("queries", queries, m), _named("keys", _keys_of(queries, keys, m, n), n)
    columns = n_columns or math.ceil(math.sqrt(n_heads))
    rows = math.ceil(n_heads / columns)
    ax = axes(ax, figsize=_size(rows * m, columns * n))
    for head, P in enumerate(weights):
        top, left = (head // columns) * (m + GAP), (head % columns) * (n + GAP)
        extent = (left - 0.5, left + n - 0.5, top + m - 0.5, top - 0.5)
        image = ax.imshow(P, cmap=SEQUENTIAL, vmin=0, vmax=1, extent=extent, aspect="auto")
        if n_heads > 1:
            ax.text(left + (n - 1) / 2, top - 0.6, f"head {head}", ha="center", va="bottom")
    ax.set_xlim(-0.5, columns * (n + GAP) - GAP - 0.5)
    ax.set_ylim(rows * (m + GAP) - GAP - 0.5, -0.5 - (GAP if n_heads > 1 else 0))
    ax.set_aspect("equal")
    ax.set_yticks(_places(rows, m), queries * rows)
    upright = max(map(len, keys)) > 2
    ax.set_xticks(_places(columns, n), keys * columns, rotation=90 if upright else 0)
    ax.tick_params(length=0, labelsize=8)
    ax.figure.colorbar(image, ax=ax, label="weight of attention", fraction=0.046)
    finish(
        ax, title=title or _counted(n_heads), x="looked at (keys)", y="looks (queries)", grid=False
    )
    ax.spines[:].set_visible(False)
    return ax


def _as_heads(weights):
    """Return weights (heads, m, n)."""
    weights = np.asarray(weights)
    weights = weights[None] if weights.ndim == 2 else weights
    if weights.ndim != 3:
        hint = " Choose a sample: weights[0]." if weights.ndim == 4 else ""
        raise ValueError(f"weights have shape (heads, m, n) or (m, n); got {weights.shape}.{hint}")
    if not weights.size:
        raise ValueError(f"there is no weight to draw in shape {weights.shape}.")
    return weights


def _keys_of(queries, keys, m, n):
    """Return the keys' names: where they are not given and there are as many, the queries'."""
    return queries if keys is None and m == n else keys


def _named(what, tokens, n):
    """Return a text for each of n rows or columns."""
    tokens = range(n) if tokens is None else tokens
    if len(tokens) != n:
        raise ValueError(f"the weights have {n} {what}, but {len(tokens)} names were given.")
    return [str(token).translate(VISIBLE) for token in tokens]


def _places(n_heads, n):
    """Where the cells of heads in a line stand."""
    return [i * (n + GAP) + j for i in range(n_heads) for j in range(n)]


def _size(height, width):
    return min(0.22 * width + 2.5, 12), min(0.22 * height + 1.5, 12)


def _counted(n_heads):
    return "Attention" if n_heads == 1 else f"Attention of {n_heads} heads"
