r"""Minkowski's distances: how far apart two points are, for a choice of what "far" means.

.. math:: d_p(x, y) = \Big( \sum_j |x_j - y_j|^p \Big)^{1/p} \tag{1}

With p = 2 this is the straight line, with p = 1 the way along the streets of Manhattan, and in the
limit of a large p only the largest difference counts (Chebyshev's distance).

Neighbours are ranked by a **measure** that orders points as the distance does and costs less: the
sum without its square root for p = 2. For other powers the differences are first divided by the
largest of them, so that no power over- or underflows:

.. math:: d_p(x, y) = m \Big( \sum_j (|x_j - y_j| / m)^p \Big)^{1/p}, \qquad
    m = \max_j |x_j - y_j| \tag{2}
"""

from __future__ import annotations

import math

import numpy as np

from ...core.registry import storable


@storable
class Minkowski:
    """Measures and distances for one power p > 0, infinity included."""

    def __init__(self, p: float):
        self.p = float(p)

    def measure(self, differences) -> np.ndarray:
        """Return the measure of differences (..., d), of shape (...); they may be overwritten."""
        if self.p == 2.0:
            return np.einsum("...j,...j->...", differences, differences)
        sizes = np.abs(differences, out=differences)
        if self.p == 1.0:
            return sizes.sum(axis=-1)  # (1)
        m = sizes.max(axis=-1)
        if math.isinf(self.p):
            return m
        sizes /= np.where(m > 0.0, m, 1.0)[..., None]
        sizes **= self.p
        return m * sizes.sum(axis=-1) ** (1.0 / self.p)  # (2)

    def distance(self, measures) -> np.ndarray:
        """Return the distances that belong to measures."""
        return np.sqrt(measures) if self.p == 2.0 else measures

    def all_pairs(self, X, columns) -> np.ndarray:
        """Return the measures between n points X (n, d) and m queries given as columns (d, m).

        They are summed one feature after another: equal to ``measure`` but for rounding.
        """
        if self.p not in (1.0, 2.0, math.inf):
            return self.measure(X[:, None, :] - columns.T)
        total = np.zeros((len(X), columns.shape[1]))
        gap = np.empty_like(total)
        for j, q in enumerate(columns):
            np.subtract(X[:, j, None], q, out=gap)
            if self.p == 2.0:
                total += np.square(gap, out=gap)
            elif self.p == 1.0:
                total += np.abs(gap, out=gap)
            else:
                np.maximum(total, np.abs(gap, out=gap), out=total)
        return total

    @property
    def largest(self) -> float:
        """The largest size of coordinates whose measures stay in range."""
        return 2.0**400 if self.p == 2.0 else 2.0**900

    def scale_for(self, size: float) -> float:
        """Return 1, or the power of two that brings coordinates of that size into range.

        >>> Minkowski(2).scale_for(1e3), Minkowski(2).scale_for(2.0**500) == 2.0**-500
        (1.0, True)
        """
        if size == 0.0 or 1.0 / self.largest <= size <= self.largest:
            return 1.0
        exponent = math.frexp(size)[1] - 1
        return math.ldexp(1.0, min(1000, max(-1000, -exponent)))
