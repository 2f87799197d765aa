r"""The block that transformers are stacked of: look around, then think, each time adding to what was there.

.. math::
    h &= x + \mathrm{attention}(\mathrm{norm}_1(x))       \tag{1} \\
    y &= h + \mathrm{feed\_forward}(\mathrm{norm}_2(h))   \tag{2}

x, h, y: (batch, time, d_model). The norm stands before each part and not behind the sum, as in the first
paper: so the sum runs through all blocks undisturbed, a way on which gradients come back whole, and
training needs no careful warm-up.

Sources: Vaswani et al. 2017, "Attention is all you need"; Xiong et al. 2020, "On layer normalization in
the transformer architecture", table 1 (pre-LN).
"""

from __future__ import annotations

from ml_from_scratch.neural import Dropout, Layer, LayerNorm
from ml_from_scratch.neural.layer import within


class Block(Layer):
    """x + attention(norm(x)), then the same with the feed-forward part.

    What is inside is a choice: causal attention makes a block of a GPT, attention that sees all makes one
    of an encoder; ``RMSNorm``, ``SwiGLU`` and rotary positions make one of Llama.

    Parameters
    ----------
    attention : MultiHeadAttention
    feed_forward : Layer
        FeedForward or SwiGLU, or another from (..., d_model) to (..., d_model).
    norm_1, norm_2 : Layer, optional
        LayerNorm() unless given.
    dropout : float
        The probability that a number of what is added is dropped in training.

    Examples
    --------
    >>> import numpy as np
    >>> from ml_from_scratch.neural import MultiHeadAttention
    >>> from ml_from_scratch.transformers import FeedForward
    >>> block = Block(MultiHeadAttention(8, n_heads=2, causal=True), FeedForward(8)).build((None, 8), seed=0)
    >>> block(np.ones((1, 5, 8), np.float32)).shape
    (1, 5, 8)
    """

    def __init__(self, attention, feed_forward, norm_1=None, norm_2=None, dropout=0.0):
        self.norm_1 = LayerNorm() if norm_1 is None else norm_1
        self.attention = attention
        self.norm_2 = LayerNorm() if norm_2 is None else norm_2
        self.feed_forward = feed_forward
        self.dropout = dropout
        self.drop = Dropout(dropout)

    def create(self, input_shape, rng):
        """Draw the weights of all parts."""
        for name in ("norm_1", "attention", "norm_2", "feed_forward"):
            within(name, getattr(self, name).build, input_shape)

    def check_shape(self, input_shape):
        """Check that attention gives back what it takes."""
        d_model = self.attention.d_model
        if len(input_shape) != 2 or input_shape[-1] != d_model:
            raise ValueError(
                f"Block adds what its attention returns to its input, so samples are (time, {d_model}); "
                f"got {input_shape}."
            )

    def forward(self, x, mask=None, bias=None, cache=None):
        """Return x with what attention and the feed-forward part add to it; see MultiHeadAttention."""
        h = x + self.drop(self.attention(self.norm_1(x), mask=mask, bias=bias, cache=cache))  # (1)
        return h + self.drop(self.feed_forward(self.norm_2(h)))  # (2)
