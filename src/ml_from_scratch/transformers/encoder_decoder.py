r"""The transformer of the paper: one half reads a text, the other writes another about it.

.. math::
    e_0 &= \mathrm{positions}(\sqrt d \, W_s[i])                              \tag{1} \\
    e_l &= \mathrm{block}_l(e_{l-1}), \quad l = 1, \dots, L                    \tag{2} \\
    c &= \mathrm{norm}_e(e_L)                                                 \tag{3} \\
    h_0 &= \mathrm{positions}(\sqrt d \, W_t[j])                              \tag{4} \\
    h_l &= \mathrm{decoder\_block}_l(h_{l-1}, c), \quad l = 1, \dots, L       \tag{5} \\
    z &= \mathrm{norm}_d(h_L) \, W_t^\top                                     \tag{6}

i: (batch, n) tokens of the source, c: (batch, n, d), j: (batch, m) tokens of the target, z: (batch, m,
target_vocab_size) logits: softmax(z) at position t is the distribution of the target's token t + 1, given
those up to t and all of the source. The encoder's attention sees the whole source, as it is there from the
beginning. The table of the target's vectors reads and writes.

In training all of a target is given at once, behind a token that means "begin", and what is asked for is
the target followed by one that means "end": ``model(source, [begin, *target])`` against ``[*target, end]``.
Writing goes token by token, see ``greedy`` and ``beam_search``.

Source: Vaswani et al. 2017, "Attention is all you need", figure 1 and section 3.4 (one table, and
:math:`\sqrt d`: its rows have a length of about one, and waves, which have :math:`\sqrt{d / 2}`, would
drown them).
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core import raw
from ml_from_scratch.core.checks import check_number
from ml_from_scratch.neural import (
    Dropout,
    Embedding,
    Layer,
    LayerNorm,
    MultiHeadAttention,
    SinusoidalPositions,
    Unembedding,
    padding_mask,
)
from ml_from_scratch.neural.initializers import RandomNormal
from ml_from_scratch.neural.layer import within

from .block import Block
from .decoder_block import DecoderBlock
from .feed_forward import FeedForward


class EncoderDecoder(Layer):
    """Source tokens (batch, n) and target tokens (batch, m) become logits (batch, m, target_vocab_size).

    Parameters
    ----------
    source_vocab_size, target_vocab_size : int
        How many tokens there are on each side.
    context_length : int
        How many tokens a source can have at most, and a target.
    encoder_blocks : list of Block
        With attention that is not causal.
    decoder_blocks : list of DecoderBlock
    source_position, target_position : Layer, optional
        What adds positions to the vectors; SinusoidalPositions() unless given.
    encoder_norm, decoder_norm : Layer, optional
        LayerNorm() unless given.
    dropout : float
        The probability that a number of e_0 or h_0 is dropped in training.

    Attributes
    ----------
    source_tokens, target_tokens : Embedding
        The two tables.

    Raises
    ------
    ValueError
        If a text is too long, a token is not below its vocab_size, batches differ, or blocks do not fit.
    TypeError
        If tokens are not integers.

    Notes
    -----
    Called as ``model(source, target, source_lengths=None)``: integers (batch,) say how many tokens of each
    source are real; the filling behind them is seen by nobody. Targets need none: no position sees what
    stands behind it, so only the loss must leave their filling out.

    See Also
    --------
    transformer : the blocks of the paper, put together.

    Examples
    --------
    >>> model = transformer(30, 20, context_length=8, n_layers=1, n_heads=2, d_model=8, seed=0)
    >>> source, target = np.array([[1, 5, 29, 4]]), np.array([[0, 19]])
    >>> model(source, target).shape
    (1, 2, 20)
    """

    def __init__(
        self,
        source_vocab_size,
        target_vocab_size,
        context_length,
        encoder_blocks,
        decoder_blocks,
        source_position=None,
        target_position=None,
        encoder_norm=None,
        decoder_norm=None,
        dropout=0.0,
    ):
        self.source_vocab_size, self.target_vocab_size = source_vocab_size, target_vocab_size
        self.context_length = check_number("context_length", context_length, least=1, integer=True)
        _check_blocks(encoder_blocks, decoder_blocks)
        d_source, self.d_model = encoder_blocks[0].attention.d_model, decoder_blocks[0].d_model
        self.source_tokens = Embedding(source_vocab_size, d_source, RandomNormal(d_source**-0.5))
        self.source_position = _or_waves(source_position)
        self.encoder_blocks = list(encoder_blocks)
        self.encoder_norm = LayerNorm() if encoder_norm is None else encoder_norm
        self.target_tokens = Embedding(
            target_vocab_size, self.d_model, RandomNormal(self.d_model**-0.5)
        )
        self.target_position = _or_waves(target_position)
        self.decoder_blocks = list(decoder_blocks)
        self.decoder_norm = LayerNorm() if decoder_norm is None else decoder_norm
        self.dropout = dropout
        self.drop = Dropout(dropout)
        self.scores = Unembedding(self.target_tokens)
        self.input_shape = (None,)

    # ---- weights and shapes ------------------------------------------------------------------------
    def create(self, input_shape, rng):
        """Draw all weights."""
        halves = [
            ("source_tokens", "source_position", "encoder_blocks", "encoder_norm"),
            ("target_tokens", "target_position", "decoder_blocks", "decoder_norm"),
        ]
        for tokens, position, blocks, norm in halves:
            within(tokens, getattr(self, tokens).build, (None,))
            vectors = (None, getattr(self, tokens).d_model)
            within(position, getattr(self, position).build, vectors)
            for i, block in enumerate(getattr(self, blocks)):
                within(f"{blocks}.{i}", block.build, vectors)
            within(norm, getattr(self, norm).build, vectors)
        self.scores.build((None, self.d_model))

    def output_shape(self, input_shape):
        """Return (None, target_vocab_size): the target says how many."""
        return (None, self.target_vocab_size)

    def check_shape(self, input_shape):
        """Check that a source is a row of at most context_length tokens."""
        if len(input_shape) != 1 or (input_shape[0] or 0) > self.context_length:
            raise ValueError(
                "EncoderDecoder expects sources of shape (time,), with at most context_length="
                f"{self.context_length} tokens; got {input_shape}."
            )

    def accept(self, x):
        """Check that x, the source, is (batch, time), and not too long; the table checks the tokens."""
        return self._accept("source", x)

    def _accept(self, what, x):
        x = raw(x if hasattr(x, "dtype") else np.asarray(x))
        if x.ndim != 2:
            hint = f" Add a batch axis: {what}[None]." if x.ndim == 1 else ""
            raise ValueError(
                f"EncoderDecoder expects a {what} (batch, time), got {tuple(x.shape)}.{hint}"
            )
        if x.shape[1] > self.context_length:
            raise ValueError(
                f"this EncoderDecoder takes at most context_length={self.context_length} tokens, and a "
                f"{what} of {x.shape[1]} arrived. Make it with a larger context_length, or cut the text."
            )
        return x

    # ---- reading and writing -----------------------------------------------------------------------
    def forward(self, source, target, source_lengths=None):
        """Return the logits of the target's next token at every position.

        Parameters
        ----------
        source : integers (batch, n)
        target : integers (batch, m)
            Begins with the token that means "begin".
        source_lengths : integers (batch,), optional
            How many tokens of each source are real; all unless given.
        """
        context, mask = self.encode(source, source_lengths)
        return self.decode(target, context, mask)

    def encode(self, source, source_lengths=None):
        """Return what the decoder looks at: vectors (batch, n, d), and the mask of the real ones or None."""
        source = self.accept(source)
        mask = _mask(source, source_lengths)
        vectors = self.source_tokens(source) * self.source_tokens.d_model**0.5
        e = self.drop(self.source_position(vectors))  # (1)
        for block in self.encoder_blocks:
            e = block(e, mask=mask)  # (2)
        return self.encoder_norm(e), mask  # (3)

    def decode(self, target, context, mask=None, cache=None):
        """Return the logits for a target, from what ``encode`` has returned; cache: of ``new_cache``."""
        h = self._begin(target, context, cache)
        caches = [None] * len(self.decoder_blocks) if cache is None else cache
        for block, own in zip(self.decoder_blocks, caches):
            h = block(h, context, mask, own)  # (5)
        return self.scores(self.decoder_norm(h))  # (6)

    def _begin(self, target, context, cache=None):
        """Return h_0."""
        target = self._accept("target", target)
        if len(target) != len(context):
            raise ValueError(
                f"every source needs its target; got {len(context)} sources and {len(target)} targets."
            )
        first = 0 if cache is None else cache[0].written.length
        vectors = self.target_tokens(target) * self.d_model**0.5
        return self.drop(self.target_position(vectors, first))  # (4)

    def attention_weights(self, source, target, source_lengths=None) -> list:
        """Return where each decoder block looks in the source: arrays (batch, n_heads, m, n)."""
        context, mask = self.encode(source, source_lengths)
        h, weights = self._begin(target, context), []
        for block in self.decoder_blocks:
            weights.append(block.attention_weights(h, context, mask))
            h = block(h, context, mask)  # (5)
        return weights

    def new_cache(self, n_context) -> list:
        """Return an empty DecoderCache for every decoder block, for sources of n_context tokens."""
        blocks, n = self.decoder_blocks, max(n_context, 1)
        return [block.new_cache(self.context_length, n) for block in blocks]


def _or_waves(position):
    return SinusoidalPositions() if position is None else position


def _mask(source, lengths):
    """The mask of the real tokens, beside them on their device."""
    if lengths is None:
        return None
    lengths = backend.to_host(lengths)
    if lengths.shape != source.shape[:1]:
        raise ValueError(
            f"source_lengths are one a source, {source.shape[:1]}; got shape {lengths.shape}."
        )
    return backend.like(padding_mask(lengths, source.shape[1]), source)


def _check_blocks(encoder_blocks, decoder_blocks):
    """Check that there are some, that the encoder sees all, and that the decoder can look at it."""
    if not encoder_blocks or not decoder_blocks:
        raise ValueError(
            "an EncoderDecoder needs at least one Block and one DecoderBlock; got "
            f"{len(encoder_blocks)} and {len(decoder_blocks)}."
        )
    if any(block.attention.causal for block in encoder_blocks):
        raise ValueError(
            "an encoder has the whole source before it, so its attention is not causal; make it "
            "MultiHeadAttention(..., causal=False)."
        )
    d_source = encoder_blocks[0].attention.d_model
    for i, block in enumerate(decoder_blocks):
        expected = block.cross_attention.context_dim or block.d_model
        if expected != d_source:
            raise ValueError(
                f"decoder_blocks.{i}.cross_attention expects a context of {expected} numbers, and the encoder "
                f"returns {d_source}. Make it with context_dim={d_source}."
            )


def transformer(
    source_vocab_size,
    target_vocab_size,
    context_length,
    n_layers,
    n_heads,
    d_model,
    dropout=0.0,
    seed=None,
):
    """Return the EncoderDecoder of the paper, with the norms before the parts and GELU in them.

    The paper's smaller one is ``transformer(37000, 37000, 512, n_layers=6, n_heads=8, d_model=512,
    dropout=0.1)``, with one vocabulary, and one table, for both sides.

    Parameters
    ----------
    source_vocab_size, target_vocab_size, context_length, n_layers, n_heads, d_model : int
    dropout : float
        Of e_0 and h_0, of the weights of attention, and of what each part adds.
    seed : int, optional
        Where all weights and dropout come from; without one the weights are drawn when they are needed.

    Examples
    --------
    >>> model = transformer(30, 20, context_length=8, n_layers=2, n_heads=2, d_model=4, seed=0)
    >>> sum(p.data.size for p in model.parameters())
    1368
    """

    def attention(causal=False):
        return MultiHeadAttention(d_model, n_heads, dropout=dropout, causal=causal)

    encoder_blocks = [
        Block(attention(), FeedForward(d_model), dropout=dropout) for _ in range(n_layers)
    ]
    decoder_blocks = [
        DecoderBlock(attention(causal=True), attention(), FeedForward(d_model), dropout=dropout)
        for _ in range(n_layers)
    ]
    model = EncoderDecoder(
        source_vocab_size,
        target_vocab_size,
        context_length,
        encoder_blocks,
        decoder_blocks,
        dropout=dropout,
    )
    return model if seed is None else model.build((None,), seed=seed)
