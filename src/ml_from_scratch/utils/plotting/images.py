"""Many small images in one picture, with their labels."""

from __future__ import annotations

import math

import numpy as np

from .canvas import COLORS, axes, finish


def plot_images(
    images, labels=None, *, predictions=None, n_columns=None, image_shape=None, ax=None, title=None
):
    """Lay out images in a grid, labels above; predictions that are wrong stand out.

    Parameters
    ----------
    images : array-like
        Grey images of shape (n, height, width) or flat ones of shape (n, height * width); in colour
        (n, height, width, channels) or (n, channels, height, width). Grey values are spread from
        the smallest (black) to the largest (white) of all.
    labels : list of length n, optional
        What to write above each image.
    predictions : list of length n, optional
        What a model says; where it differs from the label, both are written in red and with an
        arrow.
    n_columns : int, optional
        How many images in a row; by default about as many as rows.
    image_shape : (height, width), optional
        Of flat images; by default they are squares.
    ax : matplotlib axes, optional
        Where to draw; new ones by default.
    title : str, optional
        By default counts the images, or the wrong predictions.

    Returns
    -------
    matplotlib axes

    Raises
    ------
    ValueError
        If there is no image, the shape cannot be read, or lengths differ.
    """
    images = _as_images(images, image_shape)
    n, height, width = images.shape[:3]
    for name, texts in (("labels", labels), ("predictions", predictions)):
        if texts is not None and len(texts) != n:
            raise ValueError(f"there are {n} images, but {len(texts)} {name}.")
    columns = n_columns or math.ceil(math.sqrt(n))
    rows = math.ceil(n / columns)
    captions = _captions(labels, predictions, n)
    gap = max(1, round(0.06 * width))
    head = round(0.3 * height) if any(text for text, _ in captions) else 0
    page, corners = tiled(images, columns, head, gap)
    ax = axes(ax, figsize=(min(1.1 * columns + 0.5, 12), min(1.1 * rows * (1 + head / height), 12)))
    for (top, left), (text, wrong) in zip(corners, captions):
        if text:
            color = COLORS[1] if wrong else "black"
            x, y = left + (width - 1) / 2, top - 0.5 - 0.1 * head
            ax.text(x, y, text, ha="center", va="bottom", color=color, fontsize=9)
    ax.imshow(page, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    ax.set_axis_off()
    wrong = sum(wrong for _, wrong in captions)
    default = (
        f"{wrong} of {n} wrong" if predictions is not None and labels is not None else f"{n} images"
    )
    return finish(ax, title=title or default, grid=False)


def tiled(images, columns, head, gap, empty=1.0):
    """Lay images (n, height, width, ...) side by side, with room above and between.

    Returns
    -------
    page : array of shape (height of all, width of all, ...)
        Holds ``empty`` where there is no image.
    corners : list of (row, column)
        Where each image begins.
    """
    n, height, width = images.shape[:3]
    rows = math.ceil(n / columns)
    shape = rows * (height + head + gap), columns * (width + gap)
    page = np.full((*shape, *images.shape[3:]), empty, dtype=images.dtype)
    corners = [
        ((i // columns) * (height + head + gap) + head, (i % columns) * (width + gap))
        for i in range(n)
    ]
    for image, (top, left) in zip(images, corners):
        page[top : top + height, left : left + width] = image
    return page, corners


def _captions(labels, predictions, n):
    """Return (text, is it wrong) for every image."""
    if labels is None and predictions is None:
        return [("", False)] * n
    if labels is None or predictions is None:
        return [(str(text), False) for text in (predictions if labels is None else labels)]
    pairs = zip(labels, predictions)
    return [(str(a), False) if a == b else (f"{a} → {b}", True) for a, b in pairs]


def _as_images(images, image_shape):
    """Return images of shape (n, height, width) or (n, height, width, 3 or 4) between 0 and 1."""
    images = np.asarray(images)
    if images.ndim == 2:
        side = math.isqrt(images.shape[1])
        shape = (side, side) if image_shape is None else tuple(image_shape)
        if shape[0] * shape[1] != images.shape[1]:
            raise ValueError(
                f"flat images of {images.shape[1]} pixels are not {shape[0]} by {shape[1]}; pass "
                "image_shape=(height, width)."
            )
        images = images.reshape(-1, *shape)
    if images.ndim == 4 and images.shape[-1] not in (1, 3, 4) and images.shape[1] in (1, 3, 4):
        images = np.moveaxis(images, 1, -1)
    if images.ndim == 4 and images.shape[-1] == 1:
        images = images[..., 0]
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[-1] not in (3, 4)):
        raise ValueError(
            "images must have shape (n, height, width), (n, height * width), (n, height, width, "
            f"channels) or (n, channels, height, width); got {images.shape}."
        )
    if images.size == 0:
        raise ValueError(f"there is no image to draw; got shape {images.shape}.")
    values = images.astype(np.float64)
    if values.ndim == 4:
        return np.clip(values / (255 if values.max() > 1 else 1), 0, 1)
    low, high = values.min(), values.max()
    return (values - low) / ((high - low) or 1.0)
