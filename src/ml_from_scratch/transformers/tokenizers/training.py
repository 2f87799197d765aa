"""Learning merges: count the pairs, merge the most frequent one, and count again.

That is the whole algorithm; a loop over a text that does just this takes minutes for a megabyte. Here it
takes a fraction of a second, for four reasons:

- Merges do not cross words, so each different word is laid out once, with the number of times it occurs as
  its *weight*.
- A merge changes the counts of those pairs only that stand where it happens; all others stay.
- A merge makes a new token, so every pair that it brings about is new, too. Pairs get numbers as they appear,
  each place in the text knows its pair's number, and a count is never looked up by anything but that number.
- Tokens are a chain: each place knows the next and the previous one. A merge takes the right half out of the
  chain, and nothing is moved.

Pairs overlap in "aaa", which has two pairs (a, a) and room for one merge: places are counted, and merges are
made from the left. Among pairs of equal counts the one of the smallest left token is merged, then of the
smallest right one; so the merges do not depend on the order of the words.

Source: Sennrich, Haddow and Birch (2016), "Neural machine translation of rare words with subword units",
algorithm 1, on bytes as in Radford et al. (2019), "Language models are unsupervised multitask learners".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from .merging import FIRST

END = -1  # in place of a token: the end of a word; in place of a pair: none


def learn_merges(words, n_merges, min_count=2) -> Iterator[tuple[int, int, int]]:
    """Yield (left token, right token, how often they stood together) for each merge, as it is learned.

    Parameters
    ----------
    words : dict of bytes to int
        Each different word, and how many times it occurs.
    n_merges : int
        The most merges to learn.
    min_count : int
        Pairs that occur less often are not merged.

    Examples
    --------
    >>> list(learn_merges({b"aaabdaaabac": 1}, 3))
    [(97, 97, 4), (97, 98, 2), (256, 257, 2)]
    """
    chain = _Chain(words)
    for i in range(n_merges):
        pair = chain.most_frequent()
        if pair is None or chain.count[pair] < max(min_count, 1):
            return
        yield int(chain.left[pair]), int(chain.right[pair]), int(chain.count[pair])
        chain.merge(pair, FIRST + i)


class _Chain:
    """All words as one chain of tokens, an END behind each, and the counts of their pairs.

    Attributes
    ----------
    token, next, previous, weight, pair : ndarray of int, shape (n,)
        For each place: its token, its neighbours' places, how many times its word occurs, and the
        number of the pair that it begins. Place n - 1 is an END, also seen from the first place,
        whose previous one is -1.
    left, right, count : ndarray of int
        For each pair: its tokens, and how often it stands in the text now.
    """

    def __init__(self, words):
        lengths = np.fromiter((len(word) + 1 for word in words), np.int64, len(words))
        text = np.frombuffer(b"\0".join([*words, b""]), np.uint8)
        n = len(text)
        self.token = text.astype(np.int32)
        self.token[np.cumsum(lengths) - 1] = END
        self.next, self.previous = np.arange(1, n + 1), np.arange(-1, n - 1)
        weights = np.fromiter(words.values(), np.int64, len(words))
        self.weight = np.repeat(weights, lengths)
        self.pair = np.full(n, END, np.int32)
        self.left, self.right, self.count = (np.zeros(1024, np.int64) for _ in range(3))
        self.n_pairs = 0
        places = np.flatnonzero((self.token[:-1] != END) & (self.token[1:] != END))
        codes = self.token[places] * FIRST + self.token[places + 1]
        self._add(places, codes, lambda codes: np.divmod(codes, FIRST), FIRST * FIRST)

    def most_frequent(self):
        """Return the number of the pair with the highest count, or None if there are no pairs."""
        counts = self.count[: self.n_pairs]
        if not counts.size:
            return None
        equal = np.flatnonzero(counts == counts.max())
        if len(equal) == 1:
            return equal[0]
        return equal[np.lexsort((self.right[equal], self.left[equal]))[0]]

    def merge(self, pair, new) -> None:
        """Replace a pair by a new token, wherever it stands."""
        i = self._without_overlaps(np.flatnonzero(self.pair == pair))
        j = self.next[i]
        for places in (i, j, self.previous[i]):  # in "xaby" the pairs ab, by and xa are no more
            self._remove(places)
        after = self.next[j]
        self.token[i] = new
        self.next[i], self.previous[after] = after, i
        self._add_around(i, new)

    def _without_overlaps(self, places):
        """Return every other one of places that follow each other, as in "aaa", from the left."""
        follows = self.next[places[:-1]] == places[1:]
        if not follows.any():
            return places
        steps = np.arange(len(places))
        starts = np.where(np.append(True, ~follows), steps, 0)
        return places[(steps - np.maximum.accumulate(starts)) % 2 == 0]

    def _remove(self, places) -> None:
        """Take the pairs that begin at places out of the counts, each once."""
        places = places[self.pair[places] != END]
        np.subtract.at(self.count, self.pair[places], self.weight[places])
        self.pair[places] = END

    def _add_around(self, i, new) -> None:
        """Count the pairs that the new token at places i makes with its neighbours."""
        h, right = self.previous[i], self.token[self.next[i]]
        left = self.token[h]
        h, left = (x[(left != END) & (left != new)] for x in (h, left))  # (new, new): by its first
        i, right = (x[right != END] for x in (i, right))
        # a code for (new, right) is right, for (left, new) it is new + 1 + left
        codes = np.concatenate([right, left + (new + 1)])
        pairs_of = lambda codes: (
            np.where(codes <= new, new, codes - (new + 1)),
            np.where(codes <= new, codes, new),
        )
        self._add(np.concatenate([i, h]), codes, pairs_of, 2 * new + 1)

    def _add(self, places, codes, pairs_of, n_codes) -> None:
        """Number the pairs that begin at places, all of them new, and count them."""
        counts = np.bincount(codes, self.weight[places], n_codes)
        found = np.flatnonzero(counts)
        numbers = np.empty(n_codes, np.int32)
        numbers[found] = np.arange(self.n_pairs, self.n_pairs + len(found))
        self.pair[places] = numbers[codes]
        new = slice(self.n_pairs, self.n_pairs + len(found))
        self._make_room(new.stop)
        self.left[new], self.right[new] = pairs_of(found)
        self.count[new] = counts[found]
        self.n_pairs = new.stop

    def _make_room(self, n) -> None:
        """Make the arrays of pairs longer if they are too short for n."""
        if n > len(self.count):
            longer = lambda x: np.concatenate([x, np.zeros(max(n, len(x)), x.dtype)])
            self.left, self.right, self.count = map(longer, (self.left, self.right, self.count))


def count_words(texts, split) -> dict[bytes, int]:
    """Return each different word of texts, in UTF-8, and how many times it occurs.

    >>> count_words(["a b a"], str.split)
    {b'a': 2, b'b': 1}
    """
    counts: Counter = Counter()
    for text in texts:
        counts.update(split(text))
    return {word.encode(): count for word, count in counts.items()}
