"""What a tokenizer is: text becomes a list of numbers, and the numbers become the text again.

A network reads numbers. A tokenizer has a vocabulary, a list of pieces of text, and writes a text as the
places of its pieces in that list. The one law is that nothing is lost::

    tokenizer.decode(tokenizer.encode(text)) == text

The chapters that follow each add one idea: characters (``chars``), bytes, so that any text has a number
(``bytes``), merges of what stands together often (``merging``, ``training``, ``basic``), merges that stay
inside words (``splitting``, ``byte_pair``), and files.
"""

from __future__ import annotations

import operator

import numpy as np

from .special import SpecialTokens
from .text_file import TokenizerFileError, read_fields, write_fields


class Tokenizer:
    """What all tokenizers share: special tokens, checks, and their files.

    A subclass calls ``_set_special``, and has ``encode_ordinary``, ``decode``, and ``_fields`` and
    ``_from_fields``, which say what a file keeps of it.
    """

    kind = ""  # its name in files

    def _set_special(self, special_tokens, ordinary) -> None:
        """Adopt special tokens beside ordinary ids; a list of names follows the largest of them."""
        first = max(ordinary, default=-1) + 1
        self._special = SpecialTokens(special_tokens, first, ordinary)
        self._size = max(self._special.ids.values(), default=-1) + 1
        self._size = max(self._size, first)

    @property
    def vocab_size(self) -> int:
        """The largest id plus one: how many rows an embedding needs."""
        return self._size

    @property
    def special_tokens(self) -> dict[str, int]:
        """The ids of the special tokens by name."""
        return dict(self._special.ids)

    def encode(self, text, *, allowed_special=(), disallowed_special="all") -> list[int]:
        """Return the ids of a text.

        Parameters
        ----------
        text : str
            Any text; the empty one gives no ids.
        allowed_special : set of str, or "all"
            Special tokens that may occur in this text, and become their ids.
        disallowed_special : set of str, or "all"
            Those that are refused; "all" means all that are not allowed. Those that are neither are
            read as ordinary text.

        Raises
        ------
        TypeError
            If the text is not a str.
        ValueError
            If it holds a special token that is refused, a lone surrogate, or what the vocabulary lacks.
        """
        pieces = self._special.cut(check_text(text), allowed_special, disallowed_special)
        if len(pieces) == 1:
            return self.encode_ordinary(text)
        ids: list[int] = []
        for i, piece in enumerate(pieces):
            ids += [self._special.ids[piece]] if i % 2 else self.encode_ordinary(piece)
        return ids

    def encode_ordinary(self, text) -> list[int]:
        """Return the ids of a text, in which special tokens are characters like any others."""
        raise NotImplementedError

    def decode(self, ids) -> str:
        """Return the text of ids."""
        raise NotImplementedError

    # ---- files -----------------------------------------------------------------------------------
    def save(self, path) -> None:
        """Write the tokenizer to a text file that people can read, whole or not at all."""
        fields, rows = self._fields()
        special = {"special_tokens": self.special_tokens} if self.special_tokens else {}
        write_fields(path, {"kind": self.kind, **fields, **special}, rows)

    @classmethod
    def load(cls, path) -> Tokenizer:
        """Read what ``save`` of this class wrote.

        Raises
        ------
        TokenizerFileError
            If the file is no tokenizer's, or another class's, or was changed or cut.
        OSError
            If it cannot be read.
        """
        return cls._from_file(path, *read_fields(path))

    @classmethod
    def _from_file(cls, path, fields, rows):
        kind = fields.pop("kind", None)
        if kind != cls.kind:
            raise TokenizerFileError(
                path, f"it holds a tokenizer of kind {kind!r}, not {cls.kind!r}: see load_tokenizer"
            )
        try:
            return cls._from_fields(fields, rows)
        except (TypeError, ValueError, KeyError) as error:
            raise TokenizerFileError(path, str(error)) from error

    def _fields(self) -> tuple[dict, list[str]]:
        raise NotImplementedError

    @classmethod
    def _from_fields(cls, fields, rows):
        raise NotImplementedError

    def __eq__(self, other):
        if type(other) is not type(self):
            return NotImplemented
        return (self._fields(), self._special.ids) == (other._fields(), other._special.ids)

    __hash__ = None

    def __repr__(self):
        special = f", special_tokens={self.special_tokens}" if self.special_tokens else ""
        return f"<{type(self).__name__}: vocab_size={self.vocab_size}{special}>"


# ---- checks --------------------------------------------------------------------------------------
def check_text(text) -> str:
    """Return a text if it is one.

    >>> check_text(b"abc")
    Traceback (most recent call last):
        ...
    TypeError: a text is a str; got bytes: decode it first, as in text.decode("utf-8").
    """
    if not isinstance(text, str):
        hint = ': decode it first, as in text.decode("utf-8")' if isinstance(text, bytes) else ""
        raise TypeError(f"a text is a str; got {type(text).__name__}{hint}.")
    if not text.isascii():
        _refuse_surrogates(text)
    return text


def _refuse_surrogates(text) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(
            f"the text holds a lone surrogate, {text[error.start]!r}, at character {error.start}: half "
            "of a pair, which is no character and has no bytes. It comes from reading with "
            'errors="surrogateescape", or from broken JSON; text.encode("utf-16", "surrogatepass")'
            '.decode("utf-16", "replace") joins pairs and replaces the rest.'
        ) from None


def documents(text):
    """Yield the texts of a str (itself) or of an iterable of str, each checked."""
    if isinstance(text, (str, bytes)):
        text = [text]
    elif not hasattr(text, "__iter__"):
        raise TypeError(f"train needs a str or an iterable of str; got {type(text).__name__}.")
    yield from map(check_text, text)


def look_up(table, ids) -> list:
    """Return what a dict has for each id.

    Raises
    ------
    TypeError
        If ids are not integers along one axis.
    ValueError
        If an id is not in the table; says which and where.

    >>> look_up({0: "a", 1: "b"}, [1, 0, 7])
    Traceback (most recent call last):
        ...
    ValueError: id 7, at place 2, is none of the 2 of this vocabulary (0 to 1).
    """
    ids = ids.tolist() if isinstance(ids, np.ndarray) else ids
    try:
        ids = list(map(operator.index, ids))
    except TypeError as error:
        raise TypeError(
            f"ids are integers along one axis, as encode gives them: {error}."
        ) from None
    try:
        return list(map(table.__getitem__, ids))
    except KeyError:
        place = next(i for i, one in enumerate(ids) if one not in table)
    ends = f" ({min(table)} to {max(table)})" if table else ""
    raise ValueError(
        f"id {ids[place]}, at place {place}, is none of the {len(table)} of this vocabulary{ends}."
    )
