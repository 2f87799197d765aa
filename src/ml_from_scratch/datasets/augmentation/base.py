"""What every change of images shares: which images it takes, and how several become one."""

from __future__ import annotations

import numpy as np

from ...core.random import as_generator


class Augmentation:
    """A random change of a batch of images: subclass it and write ``apply``.

    ``change(images, rng)`` takes images of shape (batch, height, width, channels) or
    (batch, height, width) and returns new ones, of the same dtype; what it was given stays as it was.
    """

    def apply(self, images, rng):
        """Return new images, of shape (batch, height, width, channels)."""
        raise NotImplementedError(f"{type(self).__name__} has no apply(images, rng): write it.")

    def __call__(self, images, rng=None):
        """Return the changed images.

        Parameters
        ----------
        images : array-like of shape (batch, height, width, channels) or (batch, height, width)
            Numbers, in any range.
        rng : None, int or Generator
            Where the changes come from.

        Raises
        ------
        ValueError
            If the images have another number of axes.
        """
        images = np.asarray(images)
        if images.ndim not in (3, 4):
            raise ValueError(
                f"{type(self).__name__} takes images (batch, height, width) or (batch, height, width, "
                f"channels); got shape {images.shape}. One image gets a batch axis with x[None], rows of "
                "pixels become images with x.reshape(-1, height, width)."
            )
        grey = images.ndim == 3
        changed = self.apply(images[..., None] if grey else images, as_generator(rng))
        return changed[..., 0] if grey else changed

    def pair(self, images, targets, rng=None):
        """Return changed images and their targets: the same, unless it is a change that mixes them."""
        return self(images, rng), targets

    def __repr__(self):
        options = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({options})"


class Compose(Augmentation):
    """Several changes, one after the other.

    Parameters
    ----------
    changes : sequence of callables
        Each is called with (images, rng).

    Examples
    --------
    >>> from ml_from_scratch.datasets.augmentation import Flip, Shift
    >>> change = Compose([Shift(1), Flip()])
    >>> change(np.ones((2, 8, 8)), rng=0).shape
    (2, 8, 8)
    """

    def __init__(self, changes):
        self.changes = list(changes)

    def __call__(self, images, rng=None):
        """Return the images after all changes."""
        rng = as_generator(rng)
        for change in self.changes:
            images = change(images, rng)
        return images

    def pair(self, images, targets, rng=None):
        """Return images and targets after all changes."""
        rng = as_generator(rng)
        for change in self.changes:
            images, targets = change_pair(change, images, targets, rng)
        return images, targets


def change_pair(change, images, targets, rng):
    """Return changed images and targets; a plain function of (images, rng) leaves the targets alone."""
    if hasattr(change, "pair"):
        return change.pair(images, targets, rng)
    return change(images, rng), targets


def restored(values, dtype):
    """Return computed values in the images' dtype: whole numbers are rounded and kept in range."""
    if dtype.kind not in "iu":
        return values.astype(dtype, copy=False)
    limits = np.iinfo(dtype)
    return np.clip(np.rint(values), limits.min, limits.max).astype(dtype)


def computing(images):
    """Return images in a dtype to compute in: floats as they are, whole numbers as float32."""
    return images if images.dtype.kind == "f" else images.astype(np.float32)
