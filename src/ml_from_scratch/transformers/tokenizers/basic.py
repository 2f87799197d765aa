"""The fourth idea put to work: a tokenizer of bytes and of merges learned from a text.

The whole text is one word here: nothing keeps a merge from crossing a space, and "dog.", "dog!" and "dog?"
may each become a token. The next chapters keep merges inside words; this one is the algorithm alone.

Source: Gage (1994); Sennrich, Haddow and Birch (2016); on bytes: Radford et al. (2019).
"""

from __future__ import annotations

from collections.abc import Mapping

from ...core.checks import check_number
from ...core.progress import progress
from .base import check_text, documents
from .bytes import ByteTokenizer
from .merging import FIRST, Merges
from .special import SpecialTokens
from .training import count_words, learn_merges


class BasicBytePairTokenizer(ByteTokenizer):
    """Bytes, and merges of neighbours in the order in which they were learned.

    Parameters
    ----------
    merges : sequence of (int, int)
        The merge at place i makes token 256 + i of two earlier ones; 0 to 255 are the bytes.
    special_tokens : list of str, or dict of str to int, optional
        Tokens beside them; listed names get the ids that follow.
    ids : sequence of int, optional
        The id of each token, where they differ from the tokens' own numbers, as in the files of other
        libraries.

    Attributes
    ----------
    merges : list of (int, int)
    ids : list of int, or None
    vocabulary : list of bytes
        The bytes of each token.

    Raises
    ------
    ValueError
        If a merge names a token that does not exist before it, or makes one that does; if ids are not
        one for each token, all different.

    Examples
    --------
    >>> tokenizer = BasicBytePairTokenizer.train("aaabdaaabac", vocab_size=259)
    >>> tokenizer.encode("aaabdaaabac"), tokenizer.vocabulary[256:]
    ([258, 100, 258, 97, 99], [b'aa', b'ab', b'aaab'])
    """

    kind = "basic"

    def __init__(self, merges=(), *, special_tokens=None, ids=None):
        self._merges = Merges(merges)
        self.ids = None if ids is None else _checked_ids(ids, len(self.vocabulary))
        owners = range(len(self.vocabulary)) if self.ids is None else self.ids
        self._set_vocabulary(dict(zip(owners, self.vocabulary)), special_tokens)

    @property
    def merges(self) -> list[tuple[int, int]]:
        """The pairs of tokens that are merged, in their order."""
        return self._merges.pairs

    @property
    def vocabulary(self) -> list[bytes]:
        """The bytes of each token: of the 256 bytes, then of the merges."""
        return self._merges.vocabulary

    @classmethod
    def train(
        cls, text, vocab_size, *, special_tokens=None, min_count=2, verbose=False
    ) -> BasicBytePairTokenizer:
        """Return a tokenizer with merges learned from a text.

        Parameters
        ----------
        text : str, or iterable of str
            Documents are read one after the other; merges do not cross them. The empty text teaches
            no merge.
        vocab_size : int
            How many ids there will be: 256 bytes, the special tokens, and merges for the rest. If no
            pair occurs ``min_count`` times any more, there are fewer.
        special_tokens : list of str, optional
            They end documents where they occur in the text, and are not learned from.
        min_count : int
            Pairs that occur less often are not merged.
        verbose : bool
            Whether to show progress.

        Raises
        ------
        TypeError
            If a text is not a str, or a size no integer.
        ValueError
            If vocab_size is too small for the bytes and special tokens, or a text has a lone surrogate.
        """
        names, merges = learn(text, vocab_size, _whole, special_tokens, min_count, verbose)
        return cls(merges, special_tokens=names)

    def encode_ordinary(self, text) -> list[int]:
        """Return the ids of a text, in which special tokens are characters like any others."""
        if not check_text(text):
            return []
        (tokens,) = self._merges.apply([text.encode()])
        return tokens if self.ids is None else [self.ids[token] for token in tokens]

    # ---- what a file keeps -----------------------------------------------------------------------
    def _fields(self):
        fields = {} if self.ids is None else {"ids": self.ids}
        made = zip(self.merges, self.vocabulary[FIRST:])
        return fields, [f"{left} {right} {token!r}" for (left, right), token in made]

    @classmethod
    def _from_fields(cls, fields, rows):
        return cls(_merges_of(rows), **fields)


def learn(text, vocab_size, split, special_tokens, min_count, verbose):
    """Return (names of special tokens, merges) as ``train`` wants them."""
    if isinstance(special_tokens, Mapping):
        raise TypeError("train numbers the special tokens itself: give it a list of their names.")
    special = SpecialTokens(special_tokens, FIRST)
    names = list(special.ids)
    check_number("vocab_size", vocab_size, least=FIRST + len(names), integer=True)
    check_number("min_count", min_count, least=1, integer=True)
    pieces = (piece for one in documents(text) for piece in special.cut(one, names)[::2])
    words = count_words(pieces, split)
    n_merges = vocab_size - FIRST - len(names)
    merges: list = []
    with progress(n_merges, "learning merges", unit="merge", shown=verbose) as report:
        for left, right, count in learn_merges(words, n_merges, min_count):
            merges.append((left, right))
            report(len(merges), f"{left} and {right} stood together {count:,} times")
    return names, merges


def _whole(text) -> list[str]:
    """Return the text as its only word."""
    return [text]


def _checked_ids(ids, n) -> list[int]:
    ids = list(ids)
    if any(not isinstance(i, int) or isinstance(i, bool) or i < 0 for i in ids):
        raise ValueError("ids are integers from 0 on")
    if len(ids) != n or len(set(ids)) != n:
        raise ValueError(
            f"ids are one for each of the {n} tokens, all different; got {len(ids)}, {len(set(ids))} "
            "of them different."
        )
    return ids


def _merges_of(rows) -> list[tuple[int, int]]:
    """Return the merges of a file's rows, each of which also says what its token is."""
    vocabulary = [bytes([i]) for i in range(FIRST)]
    merges = []
    for row in rows:
        left, right, token = row.split(" ", 2)
        left, right = int(left), int(right)
        if not (0 <= left < len(vocabulary) and 0 <= right < len(vocabulary)):
            raise ValueError(f"row {row!r} joins a token that does not exist before it")
        vocabulary.append(vocabulary[left] + vocabulary[right])
        if repr(vocabulary[-1]) != token:  # also keeps tokens from growing beyond the file
            raise ValueError(f"row {row!r} makes {vocabulary[-1]!r}")
        merges.append((left, right))
    return merges
