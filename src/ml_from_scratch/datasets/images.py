r"""Pictures enlarged by bilinear interpolation, written as two matrix products.

.. math::

    Y &= A X B^\top \tag{1} \\
    A_{ij} &= \max(0,\ 1 - |s_i - j|), \qquad
    s_i = \operatorname{clip}\Big((i + \tfrac12) \frac{h}{H} - \tfrac12,\ 0,\ h - 1\Big) \tag{2}

:math:`X` (h, w) is the picture, :math:`Y` (H, W) the enlarged one. Row i of :math:`A` (H, h) mixes
the two old rows around :math:`s_i`, where the middle of new row i falls in the old picture;
:math:`B` (W, w) does the same for columns.
"""

from __future__ import annotations

import numpy as np

from ._arguments import check_count


def enlarge(images, shape) -> np.ndarray:
    """Enlarge pictures to a new height and width, bilinearly: equations (1) and (2).

    Parameters
    ----------
    images : array-like, shape (..., height, width)
        One picture or any number of them.
    shape : pair of int
        The new height and width, not smaller than the old.

    Returns
    -------
    ndarray, shape (..., *shape)
        float32 if the images are, otherwise float64. No value lies outside the images' range.

    Raises
    ------
    ValueError
        If the images have fewer than two axes or are empty, or the new shape is smaller.

    Examples
    --------
    The bundled digits, as large and as bright as MNIST's:

    >>> from ml_from_scratch.datasets import load_digits
    >>> X = enlarge(load_digits().images / 16, (28, 28)).reshape(-1, 784)
    >>> X.shape, float(X.min()), float(X.max())
    ((1797, 784), 0.0, 1.0)
    """
    X = np.asarray(images)
    if X.dtype != np.float32:
        X = X.astype(float)
    height, width = (check_count("each side in shape", side) for side in shape)
    if X.ndim < 2 or 0 in X.shape[-2:] or height < X.shape[-2] or width < X.shape[-1]:
        raise ValueError(
            "enlarge expects images (..., height, width) and a shape that is not smaller; "
            f"got images {X.shape} and shape {(height, width)}."
        )
    A = _interpolation(height, X.shape[-2]).astype(X.dtype)
    B = _interpolation(width, X.shape[-1]).astype(X.dtype)
    return A @ X @ B.T  # (..., H, W)  (1)


def _interpolation(new, old) -> np.ndarray:
    """Return the weights of the old rows in each new one, shape (new, old)."""
    s = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)  # (2)
    return np.maximum(0.0, 1.0 - np.abs(s[:, None] - np.arange(old)))  # (2)
