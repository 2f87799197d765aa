r"""BERT: an encoder that sees a text from both sides, and learns by filling gaps.

With the table :math:`W_e` of token vectors, a table :math:`W_s` of segments where there are several (question
and answer, say), n blocks whose attention is not causal, and a position layer,

.. math::
    e &= W_e[i] + W_s[s]                                           \tag{1} \\
    h_0 &= \mathrm{norm}_0(\mathrm{positions}(e))                  \tag{2} \\
    h_l &= \mathrm{block}_l(h_{l-1}), \quad l = 1, \dots, n        \tag{3} \\
    y &= \mathrm{norm}(h_n)                                        \tag{4}

i, s: (batch, time), h, y: (batch, time, d_model): a vector for each token as it is meant here, for whoever
reads on. How it learns is in ``masked_language``.

In the paper the norms of a block stand behind its sums; here they stand before its parts, hence (4).
Source: Devlin et al. 2019, "BERT: pre-training of deep bidirectional transformers for language
understanding", section 3.
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core.checks import check_number
from ml_from_scratch.neural import (
    Dropout,
    Embedding,
    LayerNorm,
    LearnedPositions,
    MultiHeadAttention,
    padding_mask,
)
from ml_from_scratch.neural.layer import within

from .block import Block
from .feed_forward import FeedForward
from .token_rows import _ReadsTokens


class BERT(_ReadsTokens):
    """Tokens (batch, time) become vectors (batch, time, d_model) that know what stands around them.

    Parameters
    ----------
    vocab_size : int
        How many tokens there are, the one that stands for a gap included.
    context_length : int
        How many tokens a text has at most.
    blocks : list of Block
        Whose attention sees all: not causal.
    n_segments : int, optional
        How many kinds of parts a text has; None where there is one.
    dropout : float
        The probability that a number of h_0 is dropped in training.

    Attributes
    ----------
    tokens : Embedding
        The table.

    Raises
    ------
    ValueError
        If there are more tokens than context_length, one is not below vocab_size, or a block is causal.
    TypeError
        If tokens are not integers.

    Notes
    -----
    Called as ``layer(tokens, lengths=None, segments=None)``: lengths (batch,) say how many tokens at the
    beginning of each text are real, what is behind them is overlooked; segments (batch, time) are
    integers, all 0 unless given.

    See Also
    --------
    bert : one of these, put together.

    Examples
    --------
    >>> model = bert(vocab_size=65, context_length=16, n_layers=2, n_heads=2, d_model=8, seed=0)
    >>> model(np.array([[1, 5, 64]])).shape
    (1, 3, 8)
    """

    too_long = "Cut the text into pieces, or make the model with a larger context_length."

    def __init__(self, vocab_size, context_length, blocks, n_segments=None, dropout=0.0):
        self.vocab_size = check_number("vocab_size", vocab_size, least=1, integer=True)
        self.context_length = check_number("context_length", context_length, least=1, integer=True)
        self.n_segments = check_number(
            "n_segments", n_segments, least=1, integer=True, optional=True
        )
        self.blocks = _check_blocks(blocks)
        self.d_model = blocks[0].attention.d_model
        self.tokens = Embedding(vocab_size, self.d_model)
        self.segments = None if n_segments is None else Embedding(n_segments, self.d_model)
        self.position = LearnedPositions(context_length)
        self.norm_0, self.norm = LayerNorm(), LayerNorm()
        self.dropout = dropout
        self.drop = Dropout(dropout)
        self.input_shape = (None,)

    def create(self, input_shape, rng):
        """Draw all weights."""
        vectors = (None, self.d_model)
        self.tokens.build(input_shape)
        if self.segments is not None:
            self.segments.build(input_shape)
        for name in ("position", "norm_0", "norm"):
            getattr(self, name).build(vectors)
        for i, block in enumerate(self.blocks):
            within(f"blocks.{i}", block.build, vectors)

    def output_shape(self, input_shape):
        """(time,) becomes (time, d_model)."""
        return (*input_shape, self.d_model)

    def forward(self, tokens, lengths=None, segments=None):
        """Return a vector for each token; those of filling mean nothing."""
        e = self.tokens(tokens)
        if self.segments is not None:
            e = e + self.segments(_segments(segments, tokens))  # (1)
        elif segments is not None:
            raise ValueError("this BERT knows no segments: make it with n_segments.")
        h = self.drop(self.norm_0(self.position(e)))  # (2)
        mask = None if lengths is None else _real(lengths, tokens)
        for block in self.blocks:
            h = block(h, mask=mask)  # (3)
        return self.norm(h)  # (4)


def bert(
    vocab_size, context_length, n_layers, n_heads, d_model, dropout=0.0, n_segments=None, seed=None
):
    """Return a BERT with the usual parts.

    Tables are drawn with the standard deviation 0.02, as in the paper; matrices by GlorotUniform, which for
    its 768 numbers is not far from that, and for a small d_model much larger, and learns sooner.

    Parameters
    ----------
    vocab_size, context_length, n_layers, n_heads, d_model : int
    dropout : float
        Of h_0, of the weights of attention, and of what each part adds.
    n_segments : int, optional
        See BERT.
    seed : int, optional
        Where all weights and dropout come from; without one the weights are drawn when they are needed.

    Examples
    --------
    >>> model = bert(vocab_size=50, context_length=8, n_layers=1, n_heads=2, d_model=4, seed=0)
    >>> sum(p.data.size for p in model.parameters())
    492
    """
    blocks = [
        Block(
            MultiHeadAttention(d_model, n_heads, dropout=dropout),
            FeedForward(d_model),
            dropout=dropout,
        )
        for _ in range(n_layers)
    ]
    model = BERT(vocab_size, context_length, blocks, n_segments, dropout)
    return model if seed is None else model.build((None,), seed=seed)


def _check_blocks(blocks):
    if not blocks:
        raise ValueError("a BERT needs at least one Block; blocks is empty.")
    for i, block in enumerate(blocks):
        if block.attention.causal:
            raise ValueError(
                f"a BERT sees a text from both sides, and the attention of blocks[{i}] is causal."
            )
    return list(blocks)


def _segments(segments, tokens):
    """Integers (batch, time): 0 unless given."""
    if segments is None:
        return np.zeros_like(tokens)
    return check_fits("segments", segments, tokens)


def check_fits(name, x, tokens):
    """Return x, if it has an entry for each token."""
    if tuple(x.shape) != tuple(tokens.shape):
        raise ValueError(
            f"{name} has an entry for each token, {tuple(tokens.shape)}; got {tuple(x.shape)}."
        )
    return x


def _real(lengths, tokens):
    """The mask (batch, 1, 1, time) that hides the filling."""
    if len(lengths) != len(tokens):
        raise ValueError(
            f"lengths are one a text, of which there are {len(tokens)}; got {len(lengths)}."
        )
    return backend.like(padding_mask(lengths, tokens.shape[1]), tokens)
