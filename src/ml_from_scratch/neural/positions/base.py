r"""What the layers of positions share: sequences are checked, and tables are kept.

Sinusoidal and rotary positions count with the same clock: pair i of d numbers has a hand that advances by
:math:`\theta_i` radians a position, from one radian to nearly 1/base:

.. math::
    \theta_i = \text{base}^{-2i/d}, \qquad i = 0, \dots, \tfrac d2 - 1    \tag{1}
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core import raw
from ml_from_scratch.core.checks import check_number

from ..layer import Layer, matching_dtype


def angles(n_positions, d, base=10000.0):
    """Return where the hands stand at positions 0 to n_positions - 1: (n_positions, d // 2), in radians.

    In float64, since at position 100,000 a float32 knows an angle to no better than 0.004.

    Examples
    --------
    >>> angles(3, 4, base=100.0).round(6).tolist()
    [[0.0, 0.0], [1.0, 0.1], [2.0, 0.2]]
    """
    check_even(d)
    theta = base ** (-2.0 * np.arange(d // 2) / d)  # (1)
    return np.arange(n_positions)[:, None] * theta


def check_even(d, who="a clock") -> None:
    """Refuse an odd number of numbers: the last would have no partner."""
    if d % 2:
        raise ValueError(
            f"{who} works on pairs of numbers, so vectors need an even length; got {d}."
        )


def check_offset(offset) -> int:
    """Return the position of the first vector, if it is a whole number from 0 on."""
    return int(check_number("offset", offset, least=0, integer=True))


def places(offset, n):
    """Return the positions of n vectors as an index into a table, and the first one beyond them.

    An offset is where the first vector stands, for all samples or for each. There it may be negative: what
    stands before position 0 is filling, which gets the row 0.

    >>> places(2, 3)
    (slice(2, 5, None), 5)
    >>> places(np.array([0, -1]), 3)[0].tolist()
    [[0, 1, 2], [0, 0, 1]]
    """
    if np.ndim(offset) == 0:
        offset = check_offset(offset)
        return slice(offset, offset + n), offset + n
    index = np.maximum(np.asarray(offset)[:, None] + np.arange(n), 0)
    return index, int(index.max(initial=-1)) + 1


class _Positions(Layer):
    """A layer for (batch, *axes), whose last is as long as a subclass's ``check_width`` allows."""

    axes: tuple = ("time", "d_model")

    def check_width(self, d) -> None:
        """Raise a ValueError if vectors cannot have d numbers."""

    def check_shape(self, input_shape):
        """Check the axes of a sample, whose time may be None."""
        self._check_axes(input_shape, f"samples of shape ({', '.join(self.axes)})", input_shape)

    def accept(self, x):
        """Check the axes, the length of the vectors and the dtype."""
        self._check_axes(x.shape[1:], f"(batch, {', '.join(self.axes)})", tuple(x.shape))
        return matching_dtype(self, x, self._own_dtype(x))

    def _check_axes(self, sample, expected, arrived):
        if len(sample) != len(self.axes) or not sample[-1]:
            raise ValueError(f"{type(self).__name__} expects {expected}, got {arrived}.")
        self.check_width(sample[-1])

    def _own_dtype(self, x):
        return x.dtype if x.dtype.kind == "f" else self.dtype


class _Tabled(_Positions):
    """A layer with a fixed table over positions. It is no buffer: nothing is to be learned from a file."""

    _kept = _kept_for = None

    def __init__(self, base):
        self.base = check_number("base", base, above=1)

    def check_width(self, d):
        """Refuse an odd number: its last would have no partner."""
        check_even(d, type(self).__name__)

    def table(self, n_positions, d):
        """Return the table of this layer, of shape (..., n_positions, width), in float64."""
        raise NotImplementedError

    def rows(self, x, offset):
        """Return the table's rows for x (..., time, d), in its dtype and library.

        The table is made when it is first needed, and again at twice the length when it is too short.
        """
        x = raw(x)
        index, end = places(offset, x.shape[-2])
        use = (x.shape[-1], x.dtype, backend.namespace(x).__name__)
        if self._kept_for != use or self._kept.shape[-2] < end:
            n = 1 << max(end - 1, 0).bit_length()
            self._kept = backend.like(self.table(n, x.shape[-1]).astype(x.dtype), x)
            self._kept_for = use
        return self._kept[..., index, :]
