r"""Learned positions: a table with a row for every position, which is added to the vector there.

.. math::
    y_t = x_t + W_t    \tag{1}

x, y: (batch, time, d_model), W: (context_length, d_model). Where sinusoids prescribe what nearness is, here it
has to be learned, row by row; and there is no row beyond the last. Sources: Gehring et al. 2017,
"Convolutional sequence to sequence learning", section 3.1; Radford et al. 2019 (GPT-2).
"""

from __future__ import annotations

from ml_from_scratch.core import Parameter
from ml_from_scratch.core.checks import check_number

from ..initializers import RandomNormal, check_initializer
from .base import _Positions, places


class LearnedPositions(_Positions):
    """Add the row of its position to every vector of (batch, time, d_model).

    Parameters
    ----------
    context_length : int
        How many positions there are: the longest sequence.
    initializer : Initializer, optional
        How the table is drawn; ``RandomNormal(0.02)`` unless given, as in GPT-2.

    Attributes
    ----------
    weight : Parameter of shape (context_length, d_model)

    Raises
    ------
    ValueError
        If the input is not (batch, time, d_model), or reaches beyond the last position.
    TypeError
        If the input is floating-point of another dtype than the table. Integers are converted.

    Examples
    --------
    >>> import numpy as np
    >>> layer = LearnedPositions(context_length=8).build((None, 4), seed=0)
    >>> x = np.zeros((1, 3, 4), np.float32)
    >>> bool((layer(x).data == layer.weight.data[:3]).all())
    True
    >>> layer(x, offset=6)
    Traceback (most recent call last):
    ValueError: LearnedPositions knows positions 0 to 7, and 6 to 8 were asked for. Keep the last 8 vectors of a \
sequence, x[:, -8:], with offset 0, or make the layer with a larger context_length.
    """

    def __init__(self, context_length, initializer=None):
        self.context_length = check_number("context_length", context_length, least=1, integer=True)
        self.initializer = check_initializer("initializer", initializer)

    def create(self, input_shape, rng):
        """Draw the table."""
        draw = self.initializer or RandomNormal(0.02)
        shape = (self.context_length, input_shape[-1])
        self.weight = Parameter(draw(shape, rng, self.dtype), "weight")

    def check_width(self, d):
        """Refuse vectors of another length than the table's rows."""
        if self._built and d != self.weight.shape[-1]:
            raise ValueError(
                f"LearnedPositions has rows of {self.weight.shape[-1]} numbers, and vectors of {d} arrived."
            )

    def check_shape(self, input_shape):
        """Check the axes of a sample, and that it is not too long."""
        super().check_shape(input_shape)
        self._check_end(0, input_shape[0] or 0)

    def forward(self, x, offset=0):
        """Return x with its positions: the first is offset, an integer or integers (batch,)."""
        index, end = places(offset, x.shape[1])
        self._check_end(end - x.shape[1], end)
        return x + self.weight[index]  # (1)

    def _check_end(self, offset, end):
        n = self.context_length
        if end > n:
            raise ValueError(
                f"LearnedPositions knows positions 0 to {n - 1}, and {offset} to {end - 1} were asked for. "
                f"Keep the last {n} vectors of a sequence, x[:, -{n}:], with offset 0, or make the layer "
                "with a larger context_length."
            )

    def _own_dtype(self, x):
        return self.weight.dtype if self._built else self.dtype
