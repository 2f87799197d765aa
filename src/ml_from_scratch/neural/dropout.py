r"""Dropout: in training, switch units off at random, so that none can rely on another.

With a mask of independent draws, each 1 with probability 1 - p,

.. math::
    m_i &\sim \mathrm{Bernoulli}(1 - p)    \tag{1} \\
    y_i &= \frac{m_i}{1 - p} \, x_i        \tag{2}

The division keeps the mean, :math:`\mathbb E[y_i] = x_i`, so that evaluation uses x as it is ("inverted"
dropout). Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from
overfitting", section 10.
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core import raw
from ml_from_scratch.core.checks import check_number

from .layer import Layer


class Dropout(Layer):
    """Set a fraction of the inputs to zero in training, and scale up the rest; nothing otherwise.

    Parameters
    ----------
    rate : float
        The probability p of being dropped, at least 0 and below 1.

    Examples
    --------
    >>> layer = Dropout(0.5).build((4,), seed=0)
    >>> layer(np.ones((1, 4))).tolist()
    [[0.0, 2.0, 2.0, 2.0]]
    >>> layer.eval()(np.ones((1, 4))).tolist()
    [[1.0, 1.0, 1.0, 1.0]]
    """

    def __init__(self, rate=0.5):
        self.rate = check_number("rate", rate, least=0, below=1)

    def forward(self, x):
        """Return x with a fresh mask in training, x itself in evaluation."""
        if not self.training or self.rate == 0:
            return x
        mask = self.rng.random(x.shape, dtype=np.float32) >= self.rate  # (1)
        scale = backend.like(mask, raw(x)).astype(x.dtype) * (1.0 / (1.0 - self.rate))
        return x * scale  # (2)
