"""Images moved by a few pixels, and pieces cut out of them: both are a window on a padded image."""

from __future__ import annotations

import numpy as np

from .._arguments import check_count
from .base import Augmentation


class Shift(Augmentation):
    """Move every image by its own random number of pixels, up to a most; what comes in is 0.

    Parameters
    ----------
    most : int
        In each of the four directions.

    Examples
    --------
    >>> image = np.array([[[0, 0, 0], [0, 9, 0], [0, 0, 0]]])
    >>> Shift(1)(image, rng=3)[0].tolist()
    [[0, 0, 9], [0, 0, 0], [0, 0, 0]]
    """

    def __init__(self, most):
        self.most = check_count("most", most, least=0)

    def apply(self, images, rng):
        """Look through a window of the images' size at the images with a margin."""
        return random_windows(images, images.shape[1:3], self.most, rng)


class RandomCrop(Augmentation):
    """Cut a piece out of every image, at a place of its own.

    Parameters
    ----------
    size : int or (int, int)
        Height and width of the piece.
    padding : int
        The margin of zeros around the image before.

    Examples
    --------
    >>> RandomCrop(24)(np.ones((5, 28, 28, 3)), rng=0).shape
    (5, 24, 24, 3)
    """

    def __init__(self, size, padding=0):
        pair = size if isinstance(size, (tuple, list)) else (size, size)
        self.size = tuple(check_count("each number in size", n) for n in pair)
        self.padding = check_count("padding", padding, least=0)

    def apply(self, images, rng):
        """Look through a window of the piece's size."""
        return random_windows(images, self.size, self.padding, rng)


def random_windows(images, size, padding, rng):
    """Return a window of each image at a random place, shape (batch, *size, channels)."""
    margin = (padding, padding)
    padded = np.pad(images, ((0, 0), margin, margin, (0, 0)))
    room = [n - k for n, k in zip(padded.shape[1:3], size)]
    if min(room) < 0:
        raise ValueError(
            f"a piece of {size[0]} x {size[1]} does not fit into images of {padded.shape[1]} x "
            f"{padded.shape[2]} pixels, margins included."
        )
    top, left = (rng.integers(0, most + 1, len(images)) for most in room)
    rows = top[:, None] + np.arange(size[0])  # (batch, height)
    columns = left[:, None] + np.arange(size[1])  # (batch, width)
    batch = np.arange(len(images))[:, None, None]
    return padded[batch, rows[:, :, None], columns[:, None, :]]
