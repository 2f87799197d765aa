"""Characters as numbers: the simplest vocabulary for networks that read and write texts."""

from __future__ import annotations

import numpy as np


class CharacterVocabulary:
    """A token for every character, and three more: filling, begin and end.

    Parameters
    ----------
    texts : sequence of str
        Their characters are the vocabulary, in alphabetical order.

    Attributes
    ----------
    characters : str
        Token 3 is the first of them.
    filling, begin, end : int
        The tokens 0, 1 and 2.

    Examples
    --------
    >>> vocabulary = CharacterVocabulary(["abba", "cab"])
    >>> len(vocabulary), vocabulary.characters
    (6, 'abc')
    >>> tokens, lengths = vocabulary.encode(["cab", "a"])
    >>> tokens.tolist(), lengths.tolist()
    ([[5, 3, 4], [3, 0, 0]], [3, 1])
    >>> vocabulary.encode(["a"], marked=True)[0].tolist()
    [[1, 3, 2]]
    >>> vocabulary.decode([[5, 3, 4], [3, 0, 0]])
    ['cab', 'a']
    """

    filling, begin, end = 0, 1, 2

    def __init__(self, texts):
        self.characters = "".join(sorted(set("".join(texts))))
        self._token = {character: i for i, character in enumerate(self.characters, start=3)}

    def __len__(self):
        return 3 + len(self.characters)

    def encode(self, texts, marked=False):
        """Return tokens (n_texts, longest), filled up behind, and how many of each are real.

        Parameters
        ----------
        texts : sequence of str
        marked : bool
            Whether each begins with ``begin`` and ends with ``end``, which count.

        Raises
        ------
        ValueError
            If a character is not in the vocabulary.
        """
        rows = [self._row(text, marked) for text in texts]
        lengths = np.array([len(row) for row in rows], int)
        tokens = np.full((len(rows), lengths.max(initial=0)), self.filling)
        for row, found in zip(tokens, rows):
            row[: len(found)] = found
        return tokens, lengths

    def decode(self, tokens) -> list:
        """Return the text of each row of tokens; the three that are no characters are left out."""
        return ["".join(self.characters[i - 3] for i in row if i > 2) for row in tokens]

    def _row(self, text, marked):
        unknown = sorted(set(text) - self._token.keys())
        if unknown:
            raise ValueError(
                f"{str(text)!r} has characters that are not in the vocabulary: {unknown}. It was made of "
                f"{self.characters!r}."
            )
        row = [self._token[character] for character in text]
        return [self.begin, *row, self.end] if marked else row
