"""The first idea: every character is a token.

The vocabulary is the sorted characters of a text, and a character's id is its place among them. nanoGPT's
recipe for Tiny Shakespeare (65 characters) reads text so. It is all that small experiments need, and shows
what is to be improved: a text costs as many tokens as it has characters, and a character that the training
text lacked has no number.

Source: Karpathy (2022), nanoGPT, ``data/shakespeare_char``.
"""

from __future__ import annotations

from .base import Tokenizer, check_text, documents, look_up


class CharTokenizer(Tokenizer):
    """A token for every character of a vocabulary.

    Parameters
    ----------
    characters : str
        The vocabulary: the character at place i has the id i.
    special_tokens : list of str, or dict of str to int, optional
        Tokens beside the characters.

    Raises
    ------
    ValueError
        If a character is listed twice, or is a lone surrogate.

    Examples
    --------
    >>> tokenizer = CharTokenizer.train("hello")
    >>> tokenizer.characters, tokenizer.encode("hole"), tokenizer.decode([1, 0, 2])
    ('ehlo', [1, 3, 2, 0], 'hel')
    """

    kind = "chars"

    def __init__(self, characters, *, special_tokens=None):
        self.characters = check_text(characters)
        self._ids = {character: i for i, character in enumerate(characters)}
        if len(self._ids) < len(characters):
            twice = next(c for i, c in enumerate(characters) if self._ids[c] != i)
            raise ValueError(f"characters lists {twice!r} twice: a character has one id.")
        self._set_special(special_tokens, range(len(characters)))
        self._texts = dict(enumerate(characters))
        self._texts.update((i, name) for name, i in self._special.ids.items())

    @classmethod
    def train(cls, text, *, special_tokens=None) -> CharTokenizer:
        """Return a tokenizer for the characters of a text (or of several), in sorted order."""
        found: set[str] = set()
        for document in documents(text):
            found.update(document)
        return cls("".join(sorted(found)), special_tokens=special_tokens)

    def encode_ordinary(self, text) -> list[int]:
        """Return the ids of the characters.

        Raises
        ------
        ValueError
            If a character is not in the vocabulary; says which and where.
        """
        try:
            return list(map(self._ids.__getitem__, check_text(text)))
        except KeyError as error:
            character = error.args[0]
        raise ValueError(
            f"{character!r}, at character {text.index(character)}, is not in the vocabulary of "
            f"{len(self.characters)} characters. Train on a text that has it, or take a tokenizer of "
            "bytes, which knows every text."
        )

    def decode(self, ids) -> str:
        """Return the text of ids.

        Raises
        ------
        ValueError
            If an id is not in the vocabulary.
        """
        return "".join(look_up(self._texts, ids))

    def _fields(self):
        return {"characters": self.characters}, []

    @classmethod
    def _from_fields(cls, fields, rows):
        if rows:
            raise ValueError(f"a tokenizer of characters has no rows; got {len(rows)}")
        return cls(**fields)
