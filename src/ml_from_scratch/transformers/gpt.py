r"""GPT: a network that reads tokens and says, at each of them, how likely every token is to come next.

With the table :math:`W_e` of token vectors, n blocks (see ``block``), and a position layer,

.. math::
    h_0 &= \mathrm{positions}(W_e[i])                       \tag{1} \\
    h_l &= \mathrm{block}_l(h_{l-1}), \quad l = 1, \dots, n \tag{2} \\
    z &= \mathrm{norm}(h_n) \, W_e^\top                     \tag{3}

i: (batch, time) tokens, h: (batch, time, d_model), z: (batch, time, vocab_size) logits: softmax(z) at
position t is the distribution of token t + 1, given those up to t, as attention is causal. The same table
reads and writes ("tied weights"). Weights are drawn with the standard deviation 0.02, and those that write
into the sum of the residual connections, two matrices a block, smaller by

.. math:: 1 / \sqrt{2 n}    \tag{4}

so that the sum of 2n contributions begins as large as one.

Sources: Radford et al. 2018, "Improving language understanding by generative pre-training", eq. 2; Radford
et al. 2019, "Language models are unsupervised multitask learners", section 2.3 (the norms and (4)); Touvron
et al. 2023, "LLaMA", section 2.2 (the parts of ``llama``).
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core import raw
from ml_from_scratch.core.checks import check_number
from ml_from_scratch.neural import (
    Dropout,
    Embedding,
    KeyValueCache,
    LayerNorm,
    LearnedPositions,
    MultiHeadAttention,
    RMSNorm,
    RotaryPositions,
    Unembedding,
)
from ml_from_scratch.neural.initializers import RandomNormal
from ml_from_scratch.neural.layer import within

from .block import Block
from .feed_forward import FeedForward, SwiGLU
from .token_rows import _ReadsTokens


class GPT(_ReadsTokens):
    """Tokens (batch, time) become logits of the token that comes next: (batch, time, vocab_size).

    Parameters
    ----------
    vocab_size : int
        How many tokens there are.
    context_length : int
        How many tokens it can see at most.
    blocks : list of Block
        With causal attention.
    position : Layer, optional
        What adds positions to the vectors, such as ``LearnedPositions(context_length)``; None where the
        blocks' attention has rotary positions or ALiBi.
    norm : Layer, optional
        LayerNorm() unless given.
    dropout : float
        The probability that a number of h_0 is dropped in training.

    Attributes
    ----------
    tokens : Embedding
        The table, at both ends.

    Raises
    ------
    ValueError
        If there are more tokens than context_length, or one is not below vocab_size.
    TypeError
        If tokens are not integers.

    See Also
    --------
    gpt2, llama : the blocks of these two models, put together.

    Examples
    --------
    >>> import numpy as np
    >>> model = gpt2(vocab_size=65, context_length=16, n_layers=2, n_heads=2, d_model=8, seed=0)
    >>> model(np.array([[1, 5, 64]])).shape
    (1, 3, 65)
    """

    too_long = "Keep the last ones: tokens[:, -{n}:]."

    def __init__(self, vocab_size, context_length, blocks, position=None, norm=None, dropout=0.0):
        self.vocab_size = check_number("vocab_size", vocab_size, least=1, integer=True)
        self.context_length = check_number("context_length", context_length, least=1, integer=True)
        if not blocks:
            raise ValueError("a GPT needs at least one Block; blocks is empty.")
        self.d_model = blocks[0].attention.d_model
        self.tokens = Embedding(vocab_size, self.d_model)
        self.position = position
        self.dropout = dropout
        self.drop = Dropout(dropout)
        self.blocks = list(blocks)
        self.norm = LayerNorm() if norm is None else norm
        self.scores = Unembedding(self.tokens)
        self.input_shape = (None,)

    def create(self, input_shape, rng):
        """Draw all weights, and make those smaller that write into the sum."""
        vectors = (None, self.d_model)
        within("tokens", self.tokens.build, input_shape)
        if self.position is not None:
            within("position", self.position.build, vectors)
        for i, block in enumerate(self.blocks):
            within(f"blocks.{i}", block.build, vectors)
            for writer in (block.attention.output, block.feed_forward.output):
                writer.weight.assign(writer.weight.data * (2 * len(self.blocks)) ** -0.5)  # (4)
        within("norm", self.norm.build, vectors)
        self.scores.build(vectors)

    def output_shape(self, input_shape):
        """(time,) becomes (time, vocab_size)."""
        return (*input_shape, self.vocab_size)

    def forward(self, tokens, cache=None, padding=None):
        """Return the logits of the next token at every position.

        Parameters
        ----------
        tokens : integers (batch, time)
        cache : list of KeyValueCache, optional
            Of ``new_cache``: what came before these tokens.
        padding : integers (batch,), optional
            How many tokens at the beginning of each text are filling, to be overlooked.
        """
        caches = [None] * len(self.blocks) if cache is None else cache
        first = 0 if cache is None else cache[0].length
        h = self.tokens(tokens)
        if self.position is not None:
            h = self.position(h, first if padding is None else first - padding)  # (1)
        h = self.drop(h)
        mask = None if padding is None else _behind(padding, first + tokens.shape[1], h)
        for block, own in zip(self.blocks, caches):
            h = block(h, mask=mask, cache=own)  # (2)
        return self.scores(self.norm(h))  # (3)

    def new_cache(self) -> list:
        """Return an empty KeyValueCache for every block."""
        return [KeyValueCache(self.context_length) for _ in self.blocks]


def _behind(padding, n_keys, like):
    """The mask (batch, 1, 1, n_keys) that hides the filling."""
    return backend.like(np.arange(n_keys) >= np.asarray(padding)[:, None], raw(like))[:, None, None]


def gpt2(
    vocab_size, context_length, n_layers, n_heads, d_model, dropout=0.0, use_bias=True, seed=None
):
    """Return the GPT of GPT-2: learned positions, layer norms, GELU.

    The smallest of the published ones is ``gpt2(50257, 1024, n_layers=12, n_heads=12, d_model=768)``.

    Parameters
    ----------
    vocab_size, context_length, n_layers, n_heads, d_model : int
    dropout : float
        Of h_0, of the weights of attention, and of what each part adds.
    use_bias : bool
        Whether dense layers and norms have biases.
    seed : int, optional
        Where all weights and dropout come from; without one the weights are drawn when they are needed.

    Examples
    --------
    >>> model = gpt2(vocab_size=50, context_length=8, n_layers=1, n_heads=2, d_model=4, seed=0)
    >>> sum(p.data.size for p in model.parameters())
    484
    """
    draw = RandomNormal(0.02)
    blocks = [
        Block(
            MultiHeadAttention(
                d_model,
                n_heads,
                use_bias=use_bias,
                dropout=dropout,
                causal=True,
                kernel_initializer=draw,
            ),
            FeedForward(d_model, use_bias=use_bias, kernel_initializer=draw),
            LayerNorm(use_bias=use_bias),
            LayerNorm(use_bias=use_bias),
            dropout,
        )
        for _ in range(n_layers)
    ]
    position, norm = LearnedPositions(context_length), LayerNorm(use_bias=use_bias)
    model = GPT(vocab_size, context_length, blocks, position, norm, dropout)
    return _seeded(model, seed)


def llama(
    vocab_size, context_length, n_layers, n_heads, d_model, n_kv_heads=None, hidden=None, seed=None
):
    """Return a GPT with the parts of Llama: rotary positions, RMSNorm, SwiGLU, grouped queries, no biases.

    Parameters
    ----------
    vocab_size, context_length, n_layers, n_heads, d_model : int
    n_kv_heads, hidden : int, optional
        See MultiHeadAttention and SwiGLU.
    seed : int, optional
        Where all weights come from; without one they are drawn when they are needed.

    Examples
    --------
    >>> model = llama(vocab_size=50, context_length=8, n_layers=1, n_heads=2, d_model=4, n_kv_heads=1, seed=0)
    >>> sum(p.data.size for p in model.parameters())
    392
    """
    draw = RandomNormal(0.02)
    blocks = [
        Block(
            MultiHeadAttention(
                d_model,
                n_heads,
                n_kv_heads,
                use_bias=False,
                causal=True,
                position=RotaryPositions(),
                kernel_initializer=draw,
            ),
            SwiGLU(d_model, hidden, kernel_initializer=draw),
            RMSNorm(),
            RMSNorm(),
        )
        for _ in range(n_layers)
    ]
    return _seeded(GPT(vocab_size, context_length, blocks, norm=RMSNorm()), seed)


def _seeded(model, seed):
    """Draw the weights, or leave that to who asks for them: a Model may have a seed for all its layers."""
    return model if seed is None else model.build((None,), seed=seed)
