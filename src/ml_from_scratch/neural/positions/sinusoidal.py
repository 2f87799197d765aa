r"""Sinusoidal positions: every position has a pattern of waves, which is added to the vector there.

Pair i of the d_model numbers is a hand of a clock, which stands at :math:`t\,\theta_i` at position t (for
:math:`\theta_i` see (1) of ``base``): fast hands tell neighbours apart, slow ones the ends of a book.

.. math::
    P_{t,\,2i} &= \sin(t\,\theta_i)    \tag{1} \\
    P_{t,\,2i+1} &= \cos(t\,\theta_i)    \tag{2} \\
    y_t &= x_t + P_t    \tag{3}

x, y: (batch, time, d_model), P: (time, d_model). Source: Vaswani et al. 2017, "Attention is all you need",
section 3.5. (There the vectors come from a table of small numbers, and are multiplied by
:math:`\sqrt{d_{model}}` before this, lest the waves drown them.)

To advance all hands by k positions is to turn each by a fixed angle: :math:`P_{t+k}` is a linear function of
:math:`P_t` that does not depend on t, so a layer can learn to look k positions back.
"""

from __future__ import annotations

import numpy as np

from .base import _Tabled, angles


def sinusoids(n_positions, d, base=10000.0):
    """Return the patterns of positions 0 to n_positions - 1, for an even d: (n_positions, d), in float64.

    Examples
    --------
    >>> sinusoids(2, 4, base=100.0).round(3).tolist()
    [[0.0, 1.0, 0.0, 1.0], [0.841, 0.54, 0.1, 0.995]]
    """
    angle, P = angles(n_positions, d, base), np.empty((n_positions, d))
    P[:, 0::2] = np.sin(angle)  # (1)
    P[:, 1::2] = np.cos(angle)  # (2)
    return P


class SinusoidalPositions(_Tabled):
    """Add the waves of its position to every vector of (batch, time, d_model).

    Parameters
    ----------
    base : float
        How slow the slowest hand is: its wave is nearly 2 pi times base positions long.

    Raises
    ------
    ValueError
        If the input is not (batch, time, d_model) with an even d_model.

    Examples
    --------
    >>> x = np.zeros((1, 3, 4), np.float32)
    >>> layer = SinusoidalPositions()
    >>> layer(x)[0, 1].round(4).tolist() == layer(x[:, :1], offset=1)[0, 0].round(4).tolist()
    True
    """

    def __init__(self, base=10000.0):
        super().__init__(base)

    def table(self, n_positions, d):
        """Return (n_positions, d_model)."""
        return sinusoids(n_positions, d, self.base)

    def forward(self, x, offset=0):
        """Return x with its positions: the first is offset, an integer or integers (batch,)."""
        return x + self.rows(x, offset)  # (3)
