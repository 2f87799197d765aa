r"""Decoding: which of all texts an encoder-decoder takes for the likeliest about a source.

The probability of a target y of T tokens, the last of which means "end", is a product over its tokens, so

.. math::
    \log P(y \mid x) &= \textstyle\sum_{t=1}^{T} \log P(y_t \mid y_{<t}, x)      \tag{1} \\
    y_t &= \arg\max_k \, P(k \mid y_{<t}, x)                                     \tag{2}

``greedy`` takes (2), the likeliest token, at each step; what looks best at first may lead nowhere. To look
at all texts is hopeless: there are as many as the vocabulary to the power of T. ``beam_search`` keeps the
n_beams best beginnings of each length, extends each by every token, and keeps the best of those. A sum of
logarithms favours short texts, each token costs something; so they are compared by

.. math::
    \mathrm{lp}(T) &= \frac{(5 + T)^\alpha}{(5 + 1)^\alpha}        \tag{3} \\
    s(y) &= \log P(y \mid x) \, / \, \mathrm{lp}(T)                \tag{4}

with the length penalty :math:`\alpha`: none at 0, nearly a mean over tokens at 1. A text that has come to
its end stays among the beams for as long as it is one of the best. With one beam this is greedy; with as
many as there are texts nothing is missed.

Sources: Wu et al. 2016, "Google's neural machine translation system", eq. 14 (without its coverage
penalty); Sutskever et al. 2014, "Sequence to sequence learning with neural networks", section 3.2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core import no_grad
from ml_from_scratch.core.checks import check_number
from ml_from_scratch.core.functions import log_softmax

from .generation import evaluating


class Beam(NamedTuple):
    """A text that ``beams`` has found: its tokens, without begin and end, and its score (4)."""

    score: float
    tokens: list


def greedy(model, source, begin, end, max_length, source_lengths=None, use_cache=True) -> list:
    """Return a target for each source, written by taking the likeliest token at each step.

    Parameters
    ----------
    model : EncoderDecoder
    source : integers (batch, n)
    begin, end : int
        The tokens of the target's vocabulary that mean these.
    max_length : int
        How many tokens are written at most, the end included.
    source_lengths : integers (batch,), optional
        How many tokens of each source are real; all unless given.
    use_cache : bool
        Whether keys and values are kept. The tokens are the same, the time is not.

    Returns
    -------
    list of lists of int
        For each source the tokens between begin and end; without an end where max_length came first.

    Raises
    ------
    ValueError
        If the model's context is too short for max_length, or begin or end is no token of it.

    Examples
    --------
    >>> from ml_from_scratch.transformers import transformer
    >>> model = transformer(9, 7, context_length=8, n_layers=1, n_heads=2, d_model=4, seed=0)
    >>> source = np.array([[3, 1, 8], [2, 2, 5]])
    >>> texts = greedy(model, source, begin=1, end=2, max_length=6)
    >>> texts == beam_search(model, source, begin=1, end=2, max_length=6, n_beams=1)
    True
    """
    _check_tokens(model, begin, end, max_length)
    with evaluating(model), no_grad():
        writer = _Writer(model, *model.encode(source, source_lengths), use_cache)
        text = np.full((len(writer.context), max_length + 1), end)
        text[:, 0] = begin
        running = np.ones(len(text), bool)
        for t in range(1, max_length + 1):
            chosen = np.argmax(writer(text[:, :t]), axis=-1)  # (2)
            text[:, t] = chosen  # what is behind an end does not count
            running &= chosen != end
            if not running.any():
                break
    return [_between(row, end) for row in text]


def beam_search(
    model,
    source,
    begin,
    end,
    max_length,
    n_beams=4,
    length_penalty=0.6,
    source_lengths=None,
    use_cache=True,
) -> list:
    """Return a target for each source: the best that ``beams`` finds.

    Parameters
    ----------
    model, source, begin, end, max_length, source_lengths, use_cache
        As in ``greedy``.
    n_beams : int
        How many beginnings of a text are kept at each step.
    length_penalty : float
        The alpha of (3), 0 or more.

    Returns
    -------
    list of lists of int
        As ``greedy``.

    Examples
    --------
    >>> from ml_from_scratch.transformers import transformer
    >>> model = transformer(9, 7, context_length=8, n_layers=1, n_heads=2, d_model=4, seed=0)
    >>> [len(text) <= 5 for text in beam_search(model, np.array([[3, 1, 8]]), 1, 2, max_length=5)]
    [True]
    """
    options = n_beams, length_penalty, source_lengths, use_cache
    return [found[0].tokens for found in beams(model, source, begin, end, max_length, *options)]


def beams(
    model,
    source,
    begin,
    end,
    max_length,
    n_beams=4,
    length_penalty=0.6,
    source_lengths=None,
    use_cache=True,
) -> list:
    """Return all that a beam search ends with: for each source a list of Beam, the best first.

    The arguments are those of ``beam_search``. There are n_beams of them, or as many as there are texts.

    Examples
    --------
    >>> from ml_from_scratch.transformers import transformer
    >>> model = transformer(9, 7, context_length=8, n_layers=1, n_heads=2, d_model=4, seed=0)
    >>> (found,) = beams(model, np.array([[3, 1, 8]]), begin=1, end=2, max_length=5, n_beams=3)
    >>> len(found), found[0].score >= found[1].score >= found[2].score
    (3, True)
    """
    _check_tokens(model, begin, end, max_length)
    n_beams = check_number("n_beams", n_beams, least=1, integer=True)
    alpha = check_number("length_penalty", length_penalty, least=0)
    with evaluating(model), no_grad():
        context, mask = model.encode(source, source_lengths)
        repeated = [x if x is None else np.repeat(x, n_beams, axis=0) for x in (context, mask)]
        writer = _Writer(model, *repeated, use_cache)
        state = _Beams(len(context), n_beams, max_length, begin, end, alpha)
        for t in range(1, max_length + 1):
            rows = state.extend(writer(state.rows(t)), t)
            if state.ended.all():
                break
            writer.select(rows)
    return state.found()


def length_penalty_of(T, alpha):
    """Return lp(T), by which the log-probability of T tokens is divided.

    >>> length_penalty_of(1, 0.6), length_penalty_of(7, 1.0)
    (1.0, 2.0)
    """
    return (5.0 + T) ** alpha / (5.0 + 1.0) ** alpha  # (3)


class _Beams:
    """The best texts so far about B sources, K each: arrays (B, K), with their tokens (B, K, time)."""

    def __init__(self, B, K, max_length, begin, end, alpha):
        self.end, self.alpha = end, alpha
        self.text = np.full((B, K, max_length + 1), end)
        self.text[..., 0] = begin
        self.log_p = np.full((B, K), -np.inf)  # of what does not exist
        self.log_p[:, :1] = 0.0  # in the beginning there is one text, the empty one
        self.score = self.log_p
        self.length = np.zeros((B, K), int)
        self.ended = np.zeros((B, K), bool)

    def rows(self, t):
        """Return the first t tokens of all texts, (B K, t)."""
        return self.text[..., :t].reshape(-1, t)

    def extend(self, logits, t):
        """Make the best texts of t tokens, from logits (B K, vocab_size); return the rows they come from."""
        (B, K), V = self.log_p.shape, logits.shape[-1]
        step = log_softmax(logits.astype(np.float64)).reshape(B, K, V)
        step[self.ended] = np.where(
            np.arange(V) == self.end, 0.0, -np.inf
        )  # these stay as they are
        log_p = self.log_p[..., None] + step  # (1)
        length = np.where(self.ended, self.length, t)
        score = log_p / length_penalty_of(length, self.alpha)[..., None]  # (4)
        best = np.argsort(-score.reshape(B, K * V), axis=1, kind="stable")[:, :K]
        parent, token = np.divmod(best, V)
        self.log_p, self.score = (
            np.take_along_axis(x.reshape(B, K * V), best, axis=1) for x in (log_p, score)
        )
        self.length = np.take_along_axis(length, parent, axis=1)
        self.text = np.take_along_axis(self.text, parent[..., None], axis=1)
        self.text[..., t] = token
        self.ended = token == self.end  # what has ended before goes on with nothing but ends
        return (np.arange(B)[:, None] * K + parent).ravel()

    def found(self):
        """Return the Beams of each source."""
        return [
            [Beam(float(s), _between(y, self.end)) for s, y in zip(scores, texts) if s > -np.inf]
            for scores, texts in zip(self.score, self.text)
        ]


class _Writer:
    """Gives the logits of the token after texts of which all but the newest token may have been seen."""

    def __init__(self, model, context, mask, use_cache):
        self.model, self.context, self.mask = model, context, mask
        self.cache = model.new_cache(context.shape[1]) if use_cache else None

    def __call__(self, text):
        """Return logits (batch, vocab_size) on the host, for text (batch, time)."""
        seen = self.cache[0].written.length if self.cache else 0
        new = backend.like(text[:, seen:], self.context)
        logits = self.model.decode(new, self.context, self.mask, self.cache)
        return backend.to_host(logits[:, -1])

    def select(self, rows):
        """Go on with these rows; each comes from its own source, of which all have the same memory."""
        for block in self.cache or []:
            block.written.select(rows)


def _between(text, end):
    """The tokens behind the first one, up to the end."""
    tokens = text[1:].tolist()
    return tokens[: tokens.index(end)] if end in tokens else tokens


def _check_tokens(model, begin, end, max_length):
    """Check that these are tokens, and that there is room for so many."""
    last = model.target_vocab_size - 1
    for name, token in (("begin", begin), ("end", end)):
        check_number(name, token, least=0, most=last, integer=True)
    check_number("max_length", max_length, least=1, integer=True)
    if max_length > model.context_length:
        raise ValueError(
            f"the model writes at most context_length={model.context_length} tokens; got max_length={max_length}."
        )
