r"""Perplexity: how many tokens a language model wavers between, as if all were equally likely.

.. math::
    \ell &= - \frac{1}{n - 1} \sum_{i=1}^{n-1} \log p(t_{i+1} \mid t_{i-T+1}, \dots, t_i)    \tag{1} \\
    \mathrm{perplexity} &= e^\ell                                                           \tag{2}

over all tokens of a text but the first. The model sees at most T tokens at a time, so the text is cut into
windows: side by side, which is fast, the first token of each is guessed from one alone; if they overlap,
only those targets of a window count that no earlier one had, and each has the others as its context.

Source: Jelinek et al. 1977, "Perplexity: a measure of the difficulty of speech recognition tasks".
"""

from __future__ import annotations

import math

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core import no_grad
from ml_from_scratch.core.checks import check_number
from ml_from_scratch.datasets.token_windows import windows_at
from ml_from_scratch.losses import CrossEntropy

from .generation import evaluating

TERMS = CrossEntropy(from_logits=True, reduction="none")


def mean_loss(model, tokens, stride=None, batch_size=16) -> float:
    """Return the mean cross-entropy of a text's tokens, in nats.

    Parameters
    ----------
    model : GPT
    tokens : integers (n,), or TokenFile
        At least two. What is mapped into memory is read window by window.
    stride : int, optional
        From the start of one window to the next; the model's context_length unless given. Smaller ones
        take longer and give every token more of a context.
    batch_size : int
        Windows at a time.

    Raises
    ------
    ValueError
        If there is no token to guess, or the stride is longer than the context.

    Examples
    --------
    >>> from ml_from_scratch.transformers import gpt2
    >>> model = gpt2(vocab_size=20, context_length=8, n_layers=1, n_heads=2, d_model=4, seed=0)
    >>> round(mean_loss(model, np.arange(20)), 1) == round(math.log(20), 1)
    True
    """
    tokens = np.asarray(getattr(tokens, "tokens", tokens))
    if tokens.ndim != 1 or len(tokens) < 2:
        raise ValueError(
            f"a loss needs a text of two tokens or more, of shape (n,): one to see, one to guess; got "
            f"shape {tokens.shape}."
        )
    T = min(model.context_length, len(tokens) - 1)
    stride = check_number("stride", T if stride is None else stride, least=1, integer=True)
    if stride > model.context_length:
        raise ValueError(
            f"a stride of {stride} would pass over tokens: the context is {model.context_length}."
        )
    check_number("batch_size", batch_size, least=1, integer=True)
    starts, counted = _windows(len(tokens), T, min(stride, T))
    total = 0.0
    for i in range(0, len(starts), batch_size):
        terms = _terms(model, *windows_at(tokens, starts[i : i + batch_size], T))  # (B, T)
        new = np.arange(T) >= T - counted[i : i + batch_size, None]
        total += float(np.sum(terms[new], dtype=np.float64))
    return total / (len(tokens) - 1)  # (1)


def perplexity(model, tokens, stride=None, batch_size=16) -> float:
    """Return the exponential of ``mean_loss``, whose arguments these are; infinity if it overflows.

    Examples
    --------
    >>> from ml_from_scratch.transformers import gpt2
    >>> model = gpt2(vocab_size=20, context_length=8, n_layers=1, n_heads=2, d_model=4, seed=0)
    >>> round(perplexity(model, np.arange(20)))
    20
    """
    loss = mean_loss(model, tokens, stride, batch_size)
    return math.exp(loss) if loss < 709.0 else math.inf  # (2)


def _windows(n, T, stride):
    """Return (where windows begin, how many of their last targets are new): every target once."""
    starts = np.arange(0, n - T, stride)
    if starts[-1] + T < n - 1:  # the last window ends with the text
        starts = np.append(starts, n - 1 - T)
    return starts, np.diff(starts + T, prepend=0)


def _terms(model, x, y):
    with evaluating(model), no_grad():
        return backend.to_host(TERMS(model(x), y))
