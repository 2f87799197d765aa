r"""Images turned about their middle, with bilinear interpolation.

Each new pixel asks where it was before. With (i, j) its row and column, counted from the middle, and
the angle :math:`\theta`, counterclockwise as one sees it:

.. math::
    s &= i \cos \theta + j \sin \theta, \qquad t = j \cos \theta - i \sin \theta \tag{1}

There, between four old pixels, with a and b the shares of the way to the next row and column:

.. math::
    y = (1 - a)(1 - b)\, x_{00} + (1 - a)\, b\, x_{01} + a (1 - b)\, x_{10} + a b\, x_{11} \tag{2}

Around the image everything is 0.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_number
from .base import Augmentation, computing, restored


class Rotate(Augmentation):
    """Turn every image by an angle of its own.

    Parameters
    ----------
    degrees : float
        Angles are drawn from -degrees to degrees.

    Examples
    --------
    >>> Rotate(15)(np.ones((2, 8, 8)), rng=0).shape
    (2, 8, 8)
    """

    def __init__(self, degrees):
        self.degrees = check_number("degrees", degrees, least=0, most=180)

    def apply(self, images, rng):
        """Draw the angles and turn."""
        return rotated(images, np.deg2rad(rng.uniform(-self.degrees, self.degrees, len(images))))


def rotated(images, angles):
    """Return images turned counterclockwise, each by its angle.

    Parameters
    ----------
    images : ndarray of shape (batch, height, width, channels)
    angles : ndarray of shape (batch,)
        In radians.

    Examples
    --------
    >>> image = np.array([[1.0, 2.0], [3.0, 4.0]])[None, :, :, None]
    >>> rotated(image, np.array([np.pi / 2]))[0, :, :, 0].round(6).tolist()
    [[2.0, 4.0], [1.0, 3.0]]
    """
    height, width = images.shape[1:3]
    middle = (height - 1) / 2, (width - 1) / 2
    i, j = np.arange(height)[:, None] - middle[0], np.arange(width) - middle[1]
    cos, sin = np.cos(angles)[:, None, None], np.sin(angles)[:, None, None]
    s, t = i * cos + j * sin, j * cos - i * sin  # (batch, height, width)  (1)
    return between(images, s + middle[0], t + middle[1])


def between(images, s, t):
    """Return the values of images at rows s and columns t, which need not be whole: equation (2).

    Parameters
    ----------
    images : ndarray of shape (batch, height, width, channels)
    s, t : ndarrays of shape (batch, new height, new width)
    """
    height, width = images.shape[1:3]
    values = computing(images)
    x = np.pad(values, ((0, 0), (1, 2), (1, 2), (0, 0)))
    s, t = np.clip(s, -1.0, height), np.clip(t, -1.0, width)
    row, column = np.floor(s).astype(np.intp), np.floor(t).astype(np.intp)
    a, b = ((z - z0)[..., None].astype(values.dtype) for z, z0 in ((s, row), (t, column)))
    batch, row, column = np.arange(len(x))[:, None, None], row + 1, column + 1  # past the margin
    top = (1.0 - b) * x[batch, row, column] + b * x[batch, row, column + 1]
    bottom = (1.0 - b) * x[batch, row + 1, column] + b * x[batch, row + 1, column + 1]
    return restored((1.0 - a) * top + a * bottom, images.dtype)  # (2)
