r"""The block of a decoder: look back at what is written, look over at what was read, then think.

.. math::
    h &= x + \mathrm{self\_attention}(\mathrm{norm}_1(x))              \tag{1} \\
    u &= h + \mathrm{cross\_attention}(\mathrm{norm}_2(h), \, c)       \tag{2} \\
    y &= u + \mathrm{feed\_forward}(\mathrm{norm}_3(u))                \tag{3}

x, h, u, y: (batch, m, d_model), what is being written; c: (batch, n, d_context), the encoder's output. In (1) no
position sees a later one. In (2) queries come from the text that is written, keys and values from the one
that was read, all of which every position sees. The norm stands before each part, as in ``block``.

While a text is written token by token, the keys and values of (1) grow by one position a step, and those
of (2) stay as they are: both are kept in a ``DecoderCache``.

Sources: Vaswani et al. 2017, "Attention is all you need", section 3.1; the norms' place: Xiong et al. 2020,
"On layer normalization in the transformer architecture".
"""

from __future__ import annotations

from typing import NamedTuple

from ml_from_scratch.neural import Dropout, KeyValueCache, Layer, LayerNorm
from ml_from_scratch.neural.layer import within


class DecoderCache(NamedTuple):
    """What a decoder's block remembers: of what was written, and of what was read."""

    written: KeyValueCache
    read: KeyValueCache


class DecoderBlock(Layer):
    """Causal self-attention, cross-attention and the feed-forward part, each added to what it was given.

    Parameters
    ----------
    self_attention : MultiHeadAttention
        With ``causal=True``.
    cross_attention : MultiHeadAttention
        Without positions of its own; ``context_dim`` is the encoder's d_model, if that is another.
    feed_forward : Layer
        FeedForward or SwiGLU, or another from (..., d_model) to (..., d_model).
    norm_1, norm_2, norm_3 : Layer, optional
        LayerNorm() unless given.
    dropout : float
        The probability that a number of what is added is dropped in training.

    Raises
    ------
    ValueError
        If an attention sees what it should not, or shapes do not fit.

    Notes
    -----
    Called as ``block(x, context, context_mask=None, cache=None)``.

    Examples
    --------
    >>> import numpy as np
    >>> from ml_from_scratch.neural import MultiHeadAttention
    >>> from ml_from_scratch.transformers import FeedForward
    >>> block = DecoderBlock(
    ...     MultiHeadAttention(8, n_heads=2, causal=True), MultiHeadAttention(8, n_heads=2), FeedForward(8)
    ... ).build((None, 8), seed=0)
    >>> written, read = np.ones((1, 5, 8), np.float32), np.ones((1, 7, 8), np.float32)
    >>> block(written, read).shape
    (1, 5, 8)
    """

    def __init__(
        self,
        self_attention,
        cross_attention,
        feed_forward,
        norm_1=None,
        norm_2=None,
        norm_3=None,
        dropout=0.0,
    ):
        _check_kinds(self_attention, cross_attention)
        self.norm_1 = LayerNorm() if norm_1 is None else norm_1
        self.self_attention = self_attention
        self.norm_2 = LayerNorm() if norm_2 is None else norm_2
        self.cross_attention = cross_attention
        self.norm_3 = LayerNorm() if norm_3 is None else norm_3
        self.feed_forward = feed_forward
        self.dropout = dropout
        self.drop = Dropout(dropout)

    @property
    def d_model(self) -> int:
        """How many numbers there are at each position."""
        return self.self_attention.d_model

    def create(self, input_shape, rng):
        """Draw the weights of all parts."""
        parts = "norm_1 self_attention norm_2 cross_attention norm_3 feed_forward"
        for name in parts.split():
            within(name, getattr(self, name).build, input_shape)

    def check_shape(self, input_shape):
        """Check that attention gives back what it takes."""
        if len(input_shape) != 2 or input_shape[-1] != self.d_model:
            raise ValueError(
                f"DecoderBlock adds what its attentions return to its input, so samples are (time, "
                f"{self.d_model}); got {input_shape}."
            )

    def forward(self, x, context, context_mask=None, cache=None):
        """Return x with what the three parts add to it.

        Parameters
        ----------
        x : (batch, m, d_model)
        context : (batch, n, d_context)
        context_mask : booleans that broadcast to (batch, n_heads, m, n), optional
            Which positions of the context may be seen: ``padding_mask(lengths, n)``.
        cache : DecoderCache, optional
            Of ``new_cache``: what came before x; the context must be the same at every step.
        """
        h = self._looked_back(x, cache)
        read = None
        if cache is not None:
            context, read = (
                context[:, cache.read.length :],
                cache.read,
            )  # what is kept is not read again
        seen = self.cross_attention(self.norm_2(h), context=context, mask=context_mask, cache=read)
        u = h + self.drop(seen)  # (2)
        return u + self.drop(self.feed_forward(self.norm_3(u)))  # (3)

    def _looked_back(self, x, cache=None):
        """Return h."""
        written = None if cache is None else cache.written
        return x + self.drop(self.self_attention(self.norm_1(x), cache=written))  # (1)

    def attention_weights(self, x, context, context_mask=None):
        """Return who looks at what in (2): (batch, n_heads, m, n), without dropout of the weights."""
        queries = self.norm_2(self._looked_back(x))
        return self.cross_attention.attention_weights(queries, context, context_mask)

    def new_cache(self, context_length, n_context) -> DecoderCache:
        """Return an empty cache for writing context_length positions about a context of n_context."""
        return DecoderCache(KeyValueCache(context_length), KeyValueCache(n_context))


def _check_kinds(self_attention, cross_attention):
    """Check what each attention sees, and that their sums fit."""
    if not self_attention.causal:
        raise ValueError(
            "a DecoderBlock's self_attention would see what is not written yet; make it "
            "MultiHeadAttention(..., causal=True)."
        )
    if cross_attention.causal or cross_attention.position is not None:
        raise ValueError(
            "a DecoderBlock's cross_attention sees all of another text, whose positions are not this "
            f"one's: it is neither causal nor has it a position; got {cross_attention!r}."
        )
    if self_attention.d_model != cross_attention.d_model:
        raise ValueError(
            "a DecoderBlock adds what both attentions return, so their d_model is the same; got "
            f"{self_attention.d_model} and {cross_attention.d_model}."
        )
