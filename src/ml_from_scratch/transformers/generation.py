"""Writing: a language model is asked for the next token, and the answer is added to the question.

A step needs the logits at the last position alone. Without a cache the whole text is read again for each
token; with one, the keys and values of what was read are kept, and a step reads one token. When the text
has outgrown the model's context, its last ``context_length`` tokens are read: there all positions have
changed, and a cache is of no use.
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch.core import no_grad
from ml_from_scratch.core.checks import check_number
from ml_from_scratch.core.random import as_generator

from .sampling import Sampler


def stream(
    model,
    prompt,
    max_new_tokens,
    *,
    temperature=1.0,
    top_k=None,
    top_p=None,
    repetition_penalty=1.0,
    stop=(),
    rng=None,
    use_cache=True,
):
    """Yield one token after the other, as they are written; meanwhile the model is in evaluation.

    Parameters
    ----------
    model : GPT
    prompt : sequence of int
        What the text begins with, at least one token.
    max_new_tokens : int
        How many are written at most.
    temperature, top_k, top_p, repetition_penalty
        See ``Sampler``.
    stop : sequence of sequences of int
        Writing ends when it ends in one of these; they are part of the text.
    rng : None, int or Generator
        Where the choices come from.
    use_cache : bool
        Whether keys and values are kept. The tokens are the same, the time is not.

    Raises
    ------
    ValueError
        If the prompt is empty, or an option is out of its range.

    Examples
    --------
    >>> from ml_from_scratch.transformers import gpt2
    >>> model = gpt2(vocab_size=20, context_length=8, n_layers=1, n_heads=2, d_model=4, seed=0)
    >>> list(stream(model, [1, 2], 3, temperature=0)) == list(stream(model, [1, 2], 3, top_k=1, rng=0))
    True
    """
    sampler = Sampler(temperature, top_k, top_p, repetition_penalty)
    ends, rng = [list(end) for end in stop], as_generator(rng)
    steps = _steps(model, [prompt], max_new_tokens, sampler, ends, rng, use_cache)
    return (int(tokens[0]) for tokens, _ in steps)


def generate(model, prompts, max_new_tokens, *, stop=(), rng=None, use_cache=True, **sampling):
    """Return texts, each a prompt and what the model writes after it.

    Parameters
    ----------
    model : GPT
    prompts : sequence of int, or several of them
        Of any lengths; they are written at the same time.
    max_new_tokens, stop, rng, use_cache, sampling
        As in ``stream``.

    Returns
    -------
    list of int, or a list of such lists if there were several prompts

    Examples
    --------
    >>> from ml_from_scratch.transformers import gpt2
    >>> model = gpt2(vocab_size=20, context_length=8, n_layers=1, n_heads=2, d_model=4, seed=0)
    >>> one, two = generate(model, [[1, 2, 3], [4]], 5, temperature=0)
    >>> len(one), len(two), one == generate(model, [1, 2, 3], 5, temperature=0)
    (8, 6, True)
    """
    several = len(prompts) > 0 and np.ndim(prompts[0]) > 0
    texts = [[int(token) for token in p] for p in (prompts if several else [prompts])]
    options = Sampler(**sampling), [list(end) for end in stop], as_generator(rng), use_cache
    for tokens, running in _steps(model, [list(text) for text in texts], max_new_tokens, *options):
        for i in np.flatnonzero(running):
            texts[i].append(int(tokens[i]))
    return texts if several else texts[0]


def _steps(model, prompts, max_new_tokens, sampler, stop, rng, use_cache):
    """Check the arguments at once, then return an iterator of (tokens (batch,), which texts they go to)."""
    check_number("max_new_tokens", max_new_tokens, least=0, integer=True)
    lengths = [len(prompt) for prompt in prompts]
    if min(lengths, default=0) == 0:
        raise ValueError("a prompt needs at least one token, such as a line break, to go on from.")
    if any(len(end) == 0 for end in stop):
        raise ValueError("a stop sequence needs at least one token.")
    text = np.zeros((len(prompts), max(lengths) + max_new_tokens), np.int64)
    for row, prompt in zip(text, prompts):
        row[max(lengths) - len(prompt) : max(lengths)] = prompt
    padding = max(lengths) - np.array(lengths)
    return _write(model, text, max(lengths), padding, sampler, stop, rng, use_cache)


def _write(model, text, start, padding, sampler, stop, rng, use_cache):
    reader = _Reader(model, padding if padding.any() else None, use_cache)
    running = np.ones(len(text), bool)
    with evaluating(model):
        for n in range(start, text.shape[1]):
            with no_grad():
                logits = reader(text[:, :n])
            previous = [row[skip:n] for row, skip in zip(text, padding)]
            text[:, n] = sampler(logits, previous, rng)
            yield text[:, n], running
            if stop:
                ended = [_ends(row[skip : n + 1], stop) for row, skip in zip(text, padding)]
                running = running & ~np.array(ended)
            if not running.any():
                return


def _ends(text, stop) -> bool:
    return any(len(text) >= len(end) and list(text[-len(end) :]) == end for end in stop)


class _Reader:
    """Gives the logits after a text of which the beginning has been read before."""

    def __init__(self, model, padding, use_cache):
        self.model, self.padding, self.use_cache = model, padding, use_cache
        self.cache = model.new_cache() if use_cache else None

    def __call__(self, text):
        """Return the logits (batch, vocab_size) of the token after text (batch, time)."""
        if text.shape[1] > self.model.context_length:
            return self._window(text)
        read = self.cache[0].length if self.use_cache else 0
        return self.model(text[:, read:], cache=self.cache, padding=self.padding)[:, -1]

    def _window(self, text):
        """Read the last tokens anew: all have moved."""
        skipped = text.shape[1] - self.model.context_length
        padding = None if self.padding is None else np.maximum(self.padding - skipped, 0)
        return self.model(text[:, skipped:], padding=padding)[:, -1]


class evaluating:
    """Switch a module to evaluation for a while, and each part back to what it was."""

    def __init__(self, module):
        self.module, self.before = module, []

    def __enter__(self):
        if self.module.training:
            self.before = [(m, m.training) for _, m in self.module.named_modules()]
            self.module.eval()
        return self.module

    def __exit__(self, *_):
        for module, training in self.before:
            module.training = training
