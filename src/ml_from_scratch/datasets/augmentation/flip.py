"""Images seen in a mirror."""

from __future__ import annotations

import numpy as np

from ...core.checks import check_choice, check_number
from .base import Augmentation


class Flip(Augmentation):
    """Mirror some of the images.

    Not for digits and letters, whose meaning it changes.

    Parameters
    ----------
    probability : float
        For each image.
    direction : {"horizontal", "vertical"}
        Whether left and right change places, or top and bottom.

    Examples
    --------
    >>> Flip(probability=1.0)(np.array([[[1, 2, 3]]]), rng=0).tolist()
    [[[3, 2, 1]]]
    """

    def __init__(self, probability=0.5, direction="horizontal"):
        self.probability = check_number("probability", probability, least=0, most=1)
        self.direction = check_choice("direction", direction, ("horizontal", "vertical"))

    def apply(self, images, rng):
        """Choose, image by image, between the image and its mirror."""
        mirrored = images[:, :, ::-1] if self.direction == "horizontal" else images[:, ::-1]
        chosen = rng.random(len(images)) < self.probability
        return np.where(chosen[:, None, None, None], mirrored, images)
