"""The third idea: what stands together often becomes one token, again and again.

A merge is a pair of tokens that becomes a new one. Merges are in an order, that in which they were learned,
and a word is encoded by replaying them in it: of all pairs in the word that have a merge, the earliest is
merged, wherever it stands, from the left, until no pair has one::

    merges: (a, a) -> 256, (256, a) -> 257, (257, b) -> 258
    a a a b d   ->   256 a b d   ->   257 b d   ->   258 d

``merge_word`` says so for one word. ``merge_words`` does the same to many at once: in each round every word
merges its own earliest pair, and all of a text's words take as many rounds as the longest needs alone.

Source: Gage (1994), "A new algorithm for data compression"; Sennrich, Haddow and Birch (2016), "Neural
machine translation of rare words with subword units", algorithm 1.
"""

from __future__ import annotations

from operator import index

import numpy as np

FIRST = 256  # the first token that a merge makes: those below are the bytes
NEVER = 2**31 - 1  # what a pair "becomes" that has no merge: later than any


# ---- one word ------------------------------------------------------------------------------------
def merge_pair(tokens, pair, new) -> list[int]:
    """Return the tokens with every occurrence of a pair, from the left, replaced by a new token.

    >>> merge_pair([97, 97, 97, 98], (97, 97), 256)
    [256, 97, 98]
    """
    merged, i = [], 0
    while i < len(tokens):
        if i + 1 < len(tokens) and (tokens[i], tokens[i + 1]) == pair:
            merged.append(new)
            i += 2
        else:
            merged.append(tokens[i])
            i += 1
    return merged


def merge_word(tokens, made) -> list[int]:
    """Return the tokens after all merges; ``made`` maps a pair to the token it becomes.

    Later merges make larger tokens, so that the earliest merge is the smallest token made.

    >>> merge_word([97, 97, 97, 98, 100], {(97, 97): 256, (256, 97): 257, (257, 98): 258})
    [258, 100]
    """
    tokens = list(tokens)
    while len(tokens) > 1:
        pair = min(zip(tokens, tokens[1:]), key=lambda pair: made.get(pair, NEVER))
        if pair not in made:
            break
        tokens = merge_pair(tokens, pair, made[pair])
    return tokens


# ---- many words ----------------------------------------------------------------------------------
class Merges:
    """Merges in their order: the one at place i makes token 256 + i.

    Parameters
    ----------
    pairs : sequence of (int, int)
        Each names bytes, or tokens that earlier merges make.

    Raises
    ------
    ValueError
        If a pair names a token that does not exist yet, or makes what another one makes.

    Examples
    --------
    >>> merges = Merges([(116, 104), (256, 101)])
    >>> merges.made[116, 104], merges.vocabulary[257], merges.apply([b"the", b"he"])
    (256, b'the', [[257], [104, 101]])
    """

    few = 400  # bytes; below, single words are quicker than arrays

    def __init__(self, pairs=()):
        self.pairs = _checked(pairs)
        self.vocabulary = vocabulary_of(self.pairs)
        self.made = {pair: FIRST + i for i, pair in enumerate(self.pairs)}
        left, right = np.array(self.pairs, np.int64).reshape(-1, 2).T
        keys = left * len(self.vocabulary) + right
        order = np.argsort(keys)
        # one more entry, that no pair has, so that a search always ends on one
        self._keys = np.append(keys[order], np.iinfo(np.int64).max)
        self._made = np.append(order + FIRST, NEVER).astype(np.int32)

    def __len__(self):
        return len(self.pairs)

    def apply(self, words) -> list[list[int]]:
        """Return the tokens of each word, given as bytes, none empty."""
        if not self.pairs or sum(map(len, words)) < self.few:
            return [merge_word(word, self.made) for word in words]
        return merge_words(words, self.of)

    def of(self, left, right) -> np.ndarray:
        """Return what each pair becomes, or NEVER: arrays of shape (n,)."""
        keys = left.astype(np.int64) * len(self.vocabulary) + right
        places = np.searchsorted(self._keys, keys)
        return np.where(self._keys[places] == keys, self._made[places], np.int32(NEVER))


def merge_words(words, made_of) -> list[list[int]]:
    """Return what ``merge_word`` returns for each of many words, given as bytes, none empty.

    ``made_of(left, right)`` takes arrays of tokens and returns what each pair becomes, or NEVER.
    """
    tokens = np.frombuffer(b"".join(words), np.uint8).astype(np.int32)  # (n,), all words in a row
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    word = np.repeat(np.arange(len(words), dtype=np.int32), lengths)
    made = np.full(len(tokens), NEVER, np.int32)  # what each becomes with the next one of its word
    changed = np.arange(len(tokens) - 1)
    while True:
        inside = changed[word[changed] == word[changed + 1]]
        made[inside] = made_of(tokens[inside], tokens[inside + 1])
        starts = np.append(0, np.flatnonzero(word[1:] != word[:-1]) + 1)
        earliest = np.minimum.reduceat(made, starts)  # (n_words,)
        i = _without_overlaps(np.flatnonzero((made == earliest[word]) & (made != NEVER)))
        if not i.size:
            return _cut(tokens, starts)
        tokens[i], made[i] = made[i], NEVER
        keep = np.ones(len(tokens), bool)
        keep[i + 1] = False
        tokens, word, made = (x.compress(keep) for x in (tokens, word, made))
        i -= np.arange(len(i))  # where the new tokens stand now
        changed = np.concatenate([i, i - 1])
        changed = changed[(changed >= 0) & (changed < len(tokens) - 1)]


def _without_overlaps(places) -> np.ndarray:
    """Return every other one of places that follow each other, as in "aaa", from the left.

    >>> _without_overlaps(np.array([3, 4, 5, 9])).tolist()
    [3, 5, 9]
    """
    steps = np.arange(len(places))
    starts = np.where(np.diff(places, prepend=-2) != 1, steps, 0)
    return places[(steps - np.maximum.accumulate(starts)) % 2 == 0]


def _cut(tokens, starts) -> list[list[int]]:
    """Return the tokens of each word."""
    tokens, starts = tokens.tolist(), starts.tolist()
    return [tokens[start:stop] for start, stop in zip(starts, [*starts[1:], len(tokens)])]


def _checked(pairs) -> list[tuple[int, int]]:
    try:
        return [(index(left), index(right)) for left, right in pairs]
    except (TypeError, ValueError) as error:
        raise TypeError(f"merges are pairs of integers, as in [(116, 104)]: {error}.") from error


def vocabulary_of(pairs) -> list[bytes]:
    """Return the bytes of every token: the 256 bytes, then what each merge makes.

    >>> vocabulary_of([(104, 101), (256, 32)])[256:]
    [b'he', b'he ']
    """
    vocabulary = [bytes([i]) for i in range(FIRST)]
    known = set(vocabulary)
    for i, (left, right) in enumerate(pairs):
        if not (0 <= left < FIRST + i and 0 <= right < FIRST + i):
            raise ValueError(
                f"merge {i} joins tokens {left} and {right}, but before it there are only 0 to "
                f"{FIRST + i - 1}."
            )
        vocabulary.append(vocabulary[left] + vocabulary[right])
        if vocabulary[-1] in known:
            raise ValueError(
                f"merge {i}, of tokens {left} and {right}, makes {vocabulary[-1]!r}, which is a token "
                "already: text could be encoded in two ways."
            )
        known.add(vocabulary[-1])
    return vocabulary
