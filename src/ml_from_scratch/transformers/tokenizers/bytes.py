"""The second idea: every text is bytes, and there are only 256 of those.

UTF-8 writes any of the million characters of Unicode as one to four bytes. With the bytes as vocabulary no
text is ever unknown, in no language; an emoji is four tokens. A sequence of ids need not be text, though:
half an emoji is shown as the replacement character.
"""

from __future__ import annotations

from .base import Tokenizer, check_text, look_up


class ByteTokenizer(Tokenizer):
    """A token for every byte of the text in UTF-8.

    Parameters
    ----------
    special_tokens : list of str, or dict of str to int, optional
        Tokens beside the bytes.

    Examples
    --------
    >>> tokenizer = ByteTokenizer()
    >>> tokenizer.encode("né"), tokenizer.decode([110, 195])
    ([110, 195, 169], 'n\ufffd')
    """

    kind = "bytes"

    def __init__(self, *, special_tokens=None):
        self._set_vocabulary({i: bytes([i]) for i in range(256)}, special_tokens)

    def _set_vocabulary(self, vocabulary, special_tokens) -> None:
        """Adopt the bytes of each ordinary id, and the special tokens beside them."""
        self._set_special(special_tokens, vocabulary.keys())
        special = {i: name.encode() for name, i in self._special.ids.items()}
        self._bytes = {**vocabulary, **special}

    def encode_ordinary(self, text) -> list[int]:
        """Return the bytes of a text."""
        return list(check_text(text).encode())

    def decode_bytes(self, ids) -> bytes:
        """Return the bytes of ids, which need not be text.

        Raises
        ------
        TypeError
            If ids are not integers along one axis.
        ValueError
            If an id is not in the vocabulary.
        """
        return b"".join(look_up(self._bytes, ids))

    def decode(self, ids, errors="replace") -> str:
        """Return the text of ids.

        Parameters
        ----------
        ids : list or array of int
            They may end in the middle of a character.
        errors : str
            What becomes of bytes that are not UTF-8, as in ``bytes.decode``: "replace" shows U+FFFD,
            "strict" raises UnicodeDecodeError, "ignore" drops them.
        """
        return self.decode_bytes(ids).decode("utf-8", errors)

    def _fields(self):
        return {}, []

    @classmethod
    def _from_fields(cls, fields, rows):
        if rows:
            raise ValueError(f"a tokenizer of bytes has no rows; got {len(rows)}")
        return cls(**fields)
