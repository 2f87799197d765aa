"""Writing text: what a model writes token by token, shown as soon as it is a character.

A token of bytes may be a part of a character: it is held back until the rest has come. Where writing is to
stop is said in text, too, as the same words may be cut into tokens in several ways.
"""

from __future__ import annotations

import codecs

from .generation import stream


def write_text(model, tokenizer, prompt, max_new_tokens, *, stop=(), **sampling):
    """Yield what a model writes after a prompt, piece by piece, as text.

    Parameters
    ----------
    model : GPT
    tokenizer : Tokenizer
    prompt : str
        What the text begins with; it is not repeated.
    max_new_tokens : int
        How many tokens are written at most.
    stop : str, or sequence of str
        Writing ends behind the first of these, the prompt apart.
    sampling
        As in ``stream``: temperature, top_k, top_p, repetition_penalty, rng, use_cache.

    Raises
    ------
    ValueError
        If the prompt is empty or the vocabulary lacks a character of it, or an option is out of range.

    Examples
    --------
    >>> from ml_from_scratch.transformers import CharTokenizer, gpt2
    >>> tokenizer = CharTokenizer("abc")
    >>> model = gpt2(vocab_size=3, context_length=8, n_layers=1, n_heads=2, d_model=4, seed=0)
    >>> text = "".join(write_text(model, tokenizer, "a", 50, stop="cc", rng=0))
    >>> text.index("cc") == len(text) - 2
    True
    """
    ends = [stop] if isinstance(stop, str) else list(stop)
    if "" in ends:
        raise ValueError("a stop text needs at least one character.")
    tokens = stream(model, tokenizer.encode(prompt), max_new_tokens, **sampling)
    return _until(ends, _decoded(tokenizer, tokens))


def opening(tokenizer) -> str:
    """Return what a text may begin with where there is no prompt: a line break, if there is one."""
    try:
        tokenizer.encode("\n")
    except ValueError:
        return tokenizer.decode([0])
    return "\n"


def _decoded(tokenizer, tokens):
    """Yield the text of tokens; what is no whole character yet is held back, and "" stands for it."""
    if not hasattr(tokenizer, "decode_bytes"):
        for token in tokens:
            yield tokenizer.decode([token])
        return
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for token in tokens:
        yield decoder.decode(tokenizer.decode_bytes([token]))
    yield decoder.decode(b"", final=True)


def _until(ends, pieces):
    """Yield pieces of text up to the end of the first of some texts."""
    keep = max(map(len, ends), default=1) - 1  # an end may have begun in earlier pieces
    before = ""
    for piece in pieces:
        text = before + piece
        found = [text.find(end) + len(end) for end in ends if end in text]
        if found:
            yield text[len(before) : min(found)]
            return
        if piece:
            yield piece
        before = text[len(text) - keep :] if keep else ""
