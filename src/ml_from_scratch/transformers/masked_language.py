r"""Masked language modelling: a model learns a language by filling the gaps in a text.

Of the places of a text a share r is chosen, each by itself. What is shown there, in place of token i, is

.. math::
    \mathrm{shown} = \begin{cases}
        \text{the mask} & \text{with probability } 0.8 \\
        \text{a token drawn evenly from all} & \text{with probability } 0.1 \\
        i \text{ itself} & \text{with probability } 0.1
    \end{cases}    \tag{1}

The mask never occurs when the model is used. Where a place that is to be guessed may show any token, even
the right one, the model cannot rely on what it sees and has to keep a view of every place. From the
encoder's vectors y at the chosen places C, tokens are guessed with the table :math:`W_e` that read them,

.. math::
    z &= \mathrm{norm}\big( \mathrm{GELU}(y W + b) \big) \, W_e^\top                          \tag{2} \\
    L &= - \frac{1}{|C|} \sum_{(b, t) \in C} \log \mathrm{softmax}(z_{bt})_{i_{bt}}            \tag{3}

i: (batch, time), y: (batch, time, d_model), z: (batch, time, vocab_size). Source: Devlin et al. 2019, "BERT",
section 3.1 and appendix A.1 (there an exact share of each text is chosen, and (2) has a bias for each token).
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch.core.checks import check_number
from ml_from_scratch.core.random import as_generator
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import GELU, Dense, Layer, LayerNorm, Unembedding
from ml_from_scratch.neural.layer import within

from .bert_encoder import BERT, check_fits


def mask_tokens(
    tokens, mask_token, vocab_size, rng=None, *, rate=0.15, masked=0.8, replaced=0.1, never=()
):
    """Return what is shown of a text, and which of its places are to be guessed.

    Parameters
    ----------
    tokens : integers (batch, time)
        Stay as they are.
    mask_token : int
        What stands for a gap, below vocab_size.
    vocab_size : int
        How many tokens there are.
    rng : None, int or Generator
        Where the choices come from.
    rate : float
        The probability that a place is chosen.
    masked, replaced : float
        The shares of those that show the mask and a random token; the others show what they are.
    never : sequence of int
        Tokens whose places are never chosen, such as filling.

    Returns
    -------
    shown : integers (batch, time)
    chosen : booleans (batch, time)

    Raises
    ------
    TypeError
        If tokens are not integers.
    ValueError
        If a share is out of its range, or mask_token is no token.

    Examples
    --------
    >>> shown, chosen = mask_tokens(np.arange(8)[None], mask_token=9, vocab_size=10, rng=0)
    >>> shown.tolist(), np.flatnonzero(chosen).tolist()
    ([[0, 1, 0, 9, 4, 5, 6, 7]], [2, 3])
    """
    tokens = _check_tokens(tokens)
    check_number("mask_token", mask_token, least=0, below=vocab_size, integer=True)
    check_number("rate", rate, least=0, most=1)
    check_number("masked", masked, least=0, most=1)
    check_number("replaced", replaced, least=0, most=1)
    check_number("masked + replaced", masked + replaced, most=1)
    rng = as_generator(rng)
    chosen = (rng.random(tokens.shape) < rate) & ~np.isin(tokens, list(never))
    fate = rng.random(tokens.shape)
    drawn = rng.integers(0, vocab_size, tokens.shape, dtype=tokens.dtype)
    shown = np.where(chosen & (fate < masked), mask_token, tokens)  # (1)
    is_replaced = chosen & (fate >= masked) & (fate < masked + replaced)
    return np.where(is_replaced, drawn, shown).astype(tokens.dtype), chosen  # (1)


class MaskedLanguageModel(Layer):
    """An encoder and what guesses hidden tokens: logits (batch, time, vocab_size), or at chosen places.

    Parameters
    ----------
    encoder : BERT
        What learns; the rest is left behind afterwards.

    Raises
    ------
    TypeError
        If the encoder is no BERT.

    Notes
    -----
    Called as ``model(tokens, lengths=None, segments=None, chosen=None)``: with chosen, booleans (batch,
    time), the logits of these places alone are computed, (number chosen, vocab_size), row after row.

    Examples
    --------
    >>> from ml_from_scratch.transformers import bert
    >>> model = MaskedLanguageModel(bert(9, context_length=4, n_layers=1, n_heads=2, d_model=4))
    >>> i = np.array([[1, 2, 8]])
    >>> model.build((None,), seed=0)(i).shape, model(i, chosen=i == 8).shape
    ((1, 3, 9), (1, 9))
    """

    def __init__(self, encoder):
        if not isinstance(encoder, BERT):
            raise TypeError(f"MaskedLanguageModel needs a BERT to train; got {encoder!r}.")
        self.encoder = encoder
        self.dense = Dense(encoder.d_model)
        self.activation = GELU()
        self.norm = LayerNorm()
        self.scores = Unembedding(encoder.tokens)
        self.input_shape = (None,)

    def create(self, input_shape, rng):
        """Draw all weights."""
        within("encoder", self.encoder.build, input_shape)
        for part in (self.dense, self.norm, self.scores):
            part.build((None, self.encoder.d_model))

    def output_shape(self, input_shape):
        """(time,) becomes (time, vocab_size)."""
        return (*input_shape, self.encoder.vocab_size)

    def check_shape(self, input_shape):
        """Check a sample as the encoder does."""
        self.encoder.check_shape(input_shape)

    def accept(self, x):
        """Check tokens as the encoder does."""
        return self.encoder.accept(x)

    def forward(self, tokens, lengths=None, segments=None, chosen=None):
        """Return the logits of what stands at every place, or at those that are chosen."""
        y = self.encoder(tokens, lengths=lengths, segments=segments)
        if chosen is not None:
            y = np.reshape(y, (-1, y.shape[-1]))[np.flatnonzero(_places(chosen, tokens))]
        return self.scores(self.norm(self.activation(self.dense(y))))  # (2)


def masked_language_loss(model, tokens, shown, chosen, lengths=None, segments=None):
    """Return the mean cross-entropy of the tokens at the chosen places, guessed from what is shown.

    Parameters
    ----------
    model : MaskedLanguageModel
    tokens : integers (batch, time)
        The text as it is.
    shown, chosen : arrays (batch, time)
        What ``mask_tokens`` returned for it.
    lengths, segments : optional
        See BERT.

    Raises
    ------
    ValueError
        If no place is chosen.

    Examples
    --------
    >>> from ml_from_scratch.transformers import bert
    >>> model = MaskedLanguageModel(bert(9, context_length=4, n_layers=1, n_heads=2, d_model=4))
    >>> i = np.array([[1, 2, 3]])
    >>> loss = masked_language_loss(model.build((None,), seed=0), i, np.array([[1, 8, 3]]), i == 2)
    >>> bool(abs(loss.item() - np.log(9)) < 0.1)
    True
    """
    if not chosen.any():
        raise ValueError(
            "no place is chosen, so there is nothing to guess. Take more or longer texts, or mask again."
        )
    logits = model(shown, lengths=lengths, segments=segments, chosen=chosen)
    return CrossEntropy(from_logits=True)(logits, tokens[chosen])  # (3)


def _places(chosen, tokens):
    chosen = check_fits("chosen", chosen, tokens)
    if chosen.dtype != bool:
        raise TypeError(f"chosen says which places are guessed, in booleans; got {chosen.dtype}.")
    return chosen


def _check_tokens(tokens):
    tokens = np.asarray(tokens)
    if tokens.dtype.kind not in "iu":
        raise TypeError(f"tokens are integers; got dtype {tokens.dtype}.")
    return tokens
