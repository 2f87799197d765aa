"""Tokenizers as GPT-2 and Hugging Face keep them: ``vocab.json`` and ``merges.txt``.

Both write a token as printable characters, one for each of its bytes: a byte that is a printable character
of Latin-1 stands for itself, the others (a space, a line break, a half of a longer character) for the
characters from U+0100 on, in order. So a space is "Ġ", and "Ġthe" is the word with the space before it::

    vocab.json   {"!": 0, ..., "Ġt": 256, ...}        each token's id
    merges.txt   Ġ t                                  each merge's two tokens, in their order

What the vocabulary has beside the bytes and the merges are special tokens.

Source: Radford et al. (2019), published code, ``bytes_to_unicode``.
"""

from __future__ import annotations

import json

from ...core.files import replacing
from .byte_pair import BytePairTokenizer
from .merging import FIRST
from .text_file import TokenizerFileError, read_text

PRINTABLE = {*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), 256)}
VERSION = "#version: 0.2"


def byte_letters() -> list[str]:
    """Return the character that stands for each byte.

    >>> byte_letters()[ord("a")], byte_letters()[ord(" ")], byte_letters()[0]
    ('a', 'Ġ', 'Ā')
    """
    others = iter(range(256, 512))
    return [chr(byte if byte in PRINTABLE else next(others)) for byte in range(256)]


def in_letters(token) -> str:
    """Return the bytes of a token as characters.

    >>> in_letters(b" the")
    'Ġthe'
    """
    return token.decode("latin-1").translate(LETTERS)


LETTERS = dict(enumerate(byte_letters()))


def save_gpt2(vocab_path, merges_path, tokenizer) -> None:
    """Write ``vocab.json``, with the special tokens, and ``merges.txt``; the split rule is not in them.

    Raises
    ------
    TypeError
        If it is not a tokenizer of byte pairs.
    ValueError
        If a special token is written as an ordinary token is.
    """
    if not hasattr(tokenizer, "merges"):
        raise TypeError(f"only byte pairs have merges: a {type(tokenizer).__name__} has none.")
    letters = list(map(in_letters, tokenizer.vocabulary))
    ids = dict(zip(letters, tokenizer.ids or range(len(letters))))
    for name, i in tokenizer.special_tokens.items():
        if name in ids:
            raise ValueError(f"the special token {name!r} is an ordinary token in GPT-2's letters.")
        ids[name] = i
    in_order = dict(sorted(ids.items(), key=lambda item: item[1]))
    with replacing(vocab_path) as file:
        file.write(json.dumps(in_order, ensure_ascii=False).encode())
    lines = [f"{letters[left]} {letters[right]}" for left, right in tokenizer.merges]
    with replacing(merges_path) as file:
        file.write("\n".join([VERSION, *lines, ""]).encode())


def load_gpt2(vocab_path, merges_path, *, split="gpt2") -> BytePairTokenizer:
    """Read a tokenizer from ``vocab.json`` and ``merges.txt``.

    Parameters
    ----------
    vocab_path, merges_path : str or path-like
    split : str
        The rule that goes with it: "gpt2", "gpt4", or an expression.

    Raises
    ------
    TokenizerFileError
        If the vocabulary is no JSON object of ids, an id is there twice, a byte or a merge's token is not
        in it, or a merge names what is not a token before it.
    OSError
        If a file cannot be read.

    Examples
    --------
    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     paths = [os.path.join(folder, name) for name in ("vocab.json", "merges.txt")]
    ...     save_gpt2(*paths, BytePairTokenizer([(32, 116)], special_tokens=["<|endoftext|>"]))
    ...     tokenizer = load_gpt2(*paths)
    >>> tokenizer.vocabulary[256], tokenizer.special_tokens
    (b' t', {'<|endoftext|>': 257})
    """
    ids = _ids_of(vocab_path)
    tokens = {letter: byte for byte, letter in LETTERS.items()}
    merges = _merges_of(merges_path, tokens)
    missing = [letters for letters in tokens if letters not in ids]
    if missing:
        raise TokenizerFileError(
            vocab_path, f"{missing[0]!r}, a byte or made by a merge, has no id"
        )
    special = {name: i for name, i in ids.items() if name not in tokens}
    own = [ids[letters] for letters in tokens]
    own = None if own == list(range(len(own))) else own
    return BytePairTokenizer(merges, split=split, special_tokens=special or None, ids=own)


def _ids_of(path) -> dict[str, int]:
    try:
        ids = json.loads(read_text(path), object_pairs_hook=_no_twice)
    except TokenizerFileError:
        raise
    except (ValueError, RecursionError) as error:
        raise TokenizerFileError(path, f"it is no JSON of tokens and their ids: {error}") from error
    sound = isinstance(ids, dict) and all(type(i) is int and i >= 0 for i in ids.values())
    if not sound or "" in ids:
        raise TokenizerFileError(path, "it is no JSON object of tokens (not empty) with ids from 0")
    if len(set(ids.values())) < len(ids):
        raise TokenizerFileError(path, "two tokens have one id")
    return ids


def _no_twice(pairs) -> dict:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a token is there twice")
    return found


def _merges_of(path, tokens) -> list[tuple[int, int]]:
    """Return the merges, and enter what each makes into tokens (letters with token numbers)."""
    merges = []
    for i, line in enumerate(read_text(path).split("\n"), 1):
        line = line.rstrip("\r")
        if not line or (i == 1 and line.startswith("#version")):
            continue
        parts = line.split(" ")
        if len(parts) != 2 or not all(part in tokens for part in parts):
            raise TokenizerFileError(
                path, f"line {i} is no merge of two tokens that are there before it: {line[:80]!r}"
            )
        made = "".join(parts)
        if made in tokens:
            raise TokenizerFileError(path, f"line {i} makes {made[:80]!r}, which is there already")
        merges.append((tokens[parts[0]], tokens[parts[1]]))
        tokens[made] = FIRST + len(merges) - 1
    return merges
