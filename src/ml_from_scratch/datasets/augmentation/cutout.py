"""Images with a hole, so that a network learns to look at more than one place."""

from __future__ import annotations

import numpy as np

from .._arguments import check_count
from .base import Augmentation


class Cutout(Augmentation):
    """Set a square of every image to 0, its middle anywhere in the image.

    A square that reaches over the border is cut off there, so that holes differ in size.

    Parameters
    ----------
    size : int
        Its sides, in pixels.

    References
    ----------
    T. DeVries and G. Taylor, "Improved regularization of convolutional neural networks with cutout"
    (2017).

    Examples
    --------
    >>> Cutout(3)(np.ones((1, 4, 4)), rng=1)[0].tolist()
    [[1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]]
    """

    def __init__(self, size):
        self.size = check_count("size", size)

    def apply(self, images, rng):
        """Keep what lies outside of the square's rows or of its columns."""
        inside = []
        for n in images.shape[1:3]:
            start = rng.integers(0, n, (len(images), 1)) - self.size // 2
            inside.append((np.arange(n) >= start) & (np.arange(n) < start + self.size))
        hole = inside[0][:, :, None] & inside[1][:, None, :]  # (batch, height, width)
        return np.where(hole[..., None], np.zeros((), images.dtype), images)
