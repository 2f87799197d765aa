"""Tokenizers in tiktoken's format: a line for each token, its bytes in base64 and its rank.

::

    IHQ= 256
    aGU= 257

Merges are not in the file, and need not be: a token of rank r was merged from what earlier merges make of
its bytes, which must be two tokens. So reading replays, for each token, all merges before it.

Source: OpenAI's tiktoken (2022); the format is described by its ``load_tiktoken_bpe``.
"""

from __future__ import annotations

import base64
import binascii

from ...core.files import replacing
from .byte_pair import BytePairTokenizer
from .merging import FIRST, merge_word
from .text_file import TokenizerFileError, read_text


def save_tiktoken(path, tokenizer) -> None:
    """Write a tokenizer of byte pairs in tiktoken's format; split rule and special tokens are not in it.

    Raises
    ------
    TypeError
        If it is not a tokenizer of byte pairs.
    ValueError
        If its ids are not in the order of its merges, as ranks must be.
    """
    if not hasattr(tokenizer, "merges"):
        raise TypeError(f"only merges have ranks: a {type(tokenizer).__name__} has none.")
    ids = tokenizer.ids or list(range(len(tokenizer.vocabulary)))
    merged = ids[FIRST:]
    if any(a >= b for a, b in zip([max(ids[:FIRST]), *merged], merged)):
        raise ValueError(
            "tiktoken merges in the order of ranks, and this tokenizer's ids are not in the order of its "
            "merges. Its own file (save) keeps both."
        )
    ranked = sorted(zip(ids, tokenizer.vocabulary))
    with replacing(path) as file:
        for rank, token in ranked:
            file.write(base64.b64encode(token) + f" {rank}\n".encode())


def load_tiktoken(path, *, split="gpt4", special_tokens=None) -> BytePairTokenizer:
    """Read a tokenizer from tiktoken's format.

    Parameters
    ----------
    path : str or path-like
        A file such as ``cl100k_base.tiktoken``.
    split : str
        The rule that goes with it: "gpt2", "gpt4", or an expression.
    special_tokens : list of str, or dict of str to int, optional
        The special tokens that go with it.

    Raises
    ------
    TokenizerFileError
        If a line is no base64 and rank, a rank or a token is there twice, one of the 256 bytes is
        missing or comes after a merge, or a token is not made of two by the merges before it.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "small.tiktoken")
    ...     save_tiktoken(path, BytePairTokenizer([(104, 101), (32, 256)]))
    ...     load_tiktoken(path).merges
    [(104, 101), (32, 256)]
    """
    tokens = _ranked_tokens(path)
    single = {token[0]: rank for rank, token in tokens[:FIRST] if len(token) == 1}
    if len(single) < FIRST:
        missing = next(byte for byte in range(FIRST) if byte not in single)
        raise TokenizerFileError(
            path,
            f"its first 256 ranks are not the 256 bytes: {bytes([missing])!r} is missing there",
        )
    merges = _merges_of(path, tokens[FIRST:])
    ids = [single[byte] for byte in range(FIRST)] + [rank for rank, _ in tokens[FIRST:]]
    ids = None if ids == list(range(len(ids))) else ids
    return BytePairTokenizer(merges, split=split, special_tokens=special_tokens, ids=ids)


def _ranked_tokens(path) -> list[tuple[int, bytes]]:
    """Return (rank, token) for each line, in the order of ranks."""
    tokens: dict[int, bytes] = {}
    for i, line in enumerate(read_text(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            encoded, number = line.split()
            token, rank = base64.b64decode(encoded, validate=True), int(number)
        except (ValueError, binascii.Error) as error:
            raise TokenizerFileError(
                path, f"line {i} is no token in base64 and its rank: {line[:80]!r}"
            ) from error
        if rank < 0 or rank in tokens or not token:
            why = "empty" if not token else "negative" if rank < 0 else "there twice"
            what = "token" if not token else f"rank {rank}"
            raise TokenizerFileError(path, f"line {i}: the {what} is {why}")
        tokens[rank] = token
    if len(set(tokens.values())) < len(tokens):
        raise TokenizerFileError(path, "a token is there twice, with two ranks")
    return sorted(tokens.items())


def _merges_of(path, tokens) -> list[tuple[int, int]]:
    """Return the merge that makes each token, found by all merges before it."""
    made: dict[tuple[int, int], int] = {}
    for rank, token in tokens:
        parts = merge_word(token, made)
        if len(parts) != 2:
            raise TokenizerFileError(
                path,
                f"the token {token[:80]!r} of rank {rank} is no merge of two: those before it leave "
                f"{len(parts)} parts",
            )
        made[parts[0], parts[1]] = FIRST + len(made)
    return list(made)
