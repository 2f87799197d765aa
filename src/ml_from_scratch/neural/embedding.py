r"""Embeddings: a vector to learn for every word, and the way back from vectors to words.

The table W has a row of d_model numbers for each of vocab_size words. A word's id, an integer, picks one:

.. math::
    y_t = W_{i_t}    \tag{1}

which is the product of a one-hot row and W, without the zeros. A row is used wherever its word stands,
so its gradient is the sum over these places; rows of words that do not occur have none:

.. math::
    \bar W_k = \sum_{t:\, i_t = k} \bar y_t

The way back, from a vector to a score for each word, can use the same table: a word scores high if the
vector points where its row points,

.. math::
    z = x W^\top    \tag{2}

W is one Parameter in two places: its gradients from (1) and (2) add up. Sources: Bengio et al. 2003, "A
neural probabilistic language model" (the table); Press and Wolf 2017, "Using the output embedding to
improve language models" (one table for both ends).
"""

from __future__ import annotations

from ml_from_scratch.core import Parameter, raw
from ml_from_scratch.core.checks import check_number

from .dense import linear
from .initializers import RandomNormal, check_initializer
from .layer import Layer, matching_dtype


class Embedding(Layer):
    """Integers (batch, ...) become vectors (batch, ..., d_model).

    Parameters
    ----------
    vocab_size : int
        How many words there are: ids lie in 0 to vocab_size - 1.
    d_model : int
        The length of a word's vector.
    initializer : Initializer, optional
        How the table is drawn; ``RandomNormal(0.02)`` unless given, as in GPT-2: a table used at both
        ends then scores all words nearly alike to begin with. torch draws ``RandomNormal(1.0)``.

    Attributes
    ----------
    weight : Parameter of shape (vocab_size, d_model)

    Raises
    ------
    TypeError
        If the input does not hold integers.
    ValueError
        If an id is outside of the table. (A negative one would pick a row from its end.)

    Examples
    --------
    >>> import numpy as np
    >>> layer = Embedding(vocab_size=65, d_model=16).build((None,), seed=0)
    >>> layer(np.array([[3, 1, 3], [0, 64, 2]])).shape
    (2, 3, 16)
    """

    def __init__(self, vocab_size, d_model, initializer=None):
        self.vocab_size = check_number("vocab_size", vocab_size, least=1, integer=True)
        self.d_model = check_number("d_model", d_model, least=1, integer=True)
        self.initializer = check_initializer("initializer", initializer)

    def create(self, input_shape, rng):
        """Draw the table."""
        draw = self.initializer or RandomNormal(0.02)
        self.weight = Parameter(draw((self.vocab_size, self.d_model), rng, self.dtype), "weight")

    def output_shape(self, input_shape):
        """(...) becomes (..., d_model)."""
        return (*input_shape, self.d_model)

    def accept(self, x):
        """Check that x holds ids of this table, in a batch."""
        x = raw(x)
        if x.ndim == 0:
            raise ValueError("Embedding expects (batch, ...), got a single id. Add a batch axis.")
        if x.dtype.kind not in "iu":
            raise TypeError(
                f"Embedding expects integer ids; got dtype {x.dtype}. If these are ids use x.astype(int)."
            )
        if x.size and not 0 <= x.min().item() <= x.max().item() < self.vocab_size:
            raise ValueError(
                f"Embedding has {self.vocab_size} rows, so ids lie in 0 to {self.vocab_size - 1}; got "
                f"{x.min().item()} to {x.max().item()}. Is vocab_size that of the tokenizer?"
            )
        return x

    def forward(self, x):
        """Return the rows of the ids."""
        return self.weight[x]  # (1)


class Unembedding(Layer):
    """Scores for all words, z = x W^T, with the table W of an embedding: tied weights.

    W stays the embedding's: it is counted, saved and given to the optimiser once, under its first name.

    Parameters
    ----------
    embedding : Embedding
        Whose table is used; usually the first layer of the same model.

    Raises
    ------
    TypeError
        If it is no Embedding, or the input is floating-point of another dtype than the table.
    ValueError
        If the last axis of the input is not d_model long.

    Examples
    --------
    >>> from ml_from_scratch.neural import LSTM, Model
    >>> words = Embedding(65, 16)
    >>> model = Model([words, LSTM(16, return_sequences=True), Unembedding(words)], seed=0)
    >>> model.build((None,)).output_shape((8,))
    (8, 65)
    >>> [name for name, p in model.named_parameters() if p.shape == (65, 16)]
    ['layers.0.weight']
    """

    def __init__(self, embedding):
        if not isinstance(embedding, Embedding):
            raise TypeError(
                f"Unembedding needs the Embedding whose table it is to use; got {embedding!r}."
            )
        self.embedding = embedding

    def create(self, input_shape, rng):
        """Draw the table, unless it is there."""
        if not self.embedding.built:
            self.embedding.build((None,))

    def check_shape(self, input_shape):
        """Check the length of the vectors."""
        d_model = self.embedding.d_model
        if not input_shape or input_shape[-1] != d_model:
            raise ValueError(
                f"Unembedding expects samples of shape (..., {d_model}), vectors as long as its embedding's "
                f"d_model; got {tuple(input_shape)}."
            )

    def output_shape(self, input_shape):
        """(..., d_model) becomes (..., vocab_size)."""
        return (*input_shape[:-1], self.embedding.vocab_size)

    def accept(self, x):
        """Check the shape and the dtype."""
        self.check_shape(x.shape[1:])
        table = self.embedding
        return matching_dtype(self, x, table.weight.dtype if table.built else table.dtype)

    def forward(self, x):
        """Return x W^T."""
        return linear(x, self.embedding.weight.T)  # (2)
