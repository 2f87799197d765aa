"""Merges by hand, and many words at once as each by itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_from_scratch.transformers.tokenizers.merging import (
    NEVER,
    Merges,
    merge_pair,
    merge_word,
    merge_words,
)
from ml_from_scratch.transformers.tokenizers.training import learn_merges

FEW_LETTERS = st.text("ab", min_size=1).map(str.encode)
WORDS = st.lists(FEW_LETTERS, min_size=1, max_size=30)


@pytest.mark.parametrize(
    "tokens, pair, merged",
    [
        ([], (1, 2), []),
        ([1], (1, 2), [1]),
        ([1, 2], (1, 2), [9]),
        ([2, 1], (1, 2), [2, 1]),
        ([1, 1, 1], (1, 1), [9, 1]),
        ([1, 1, 1, 1], (1, 1), [9, 9]),
        ([1, 1, 1, 1, 1], (1, 1), [9, 9, 1]),
        ([0, 1, 2, 1, 2, 1], (1, 2), [0, 9, 9, 1]),
    ],
)
def test_a_pair_is_merged_from_the_left(tokens, pair, merged):
    assert merge_pair(tokens, pair, 9) == merged


def test_the_earliest_merge_goes_first_wherever_it_stands():
    merges = Merges([(ord("b"), ord("c")), (ord("a"), ord("b"))])
    assert merges.apply([b"abc", b"ab", b"abab", b"bcab"]) == [
        [97, 256],
        [257],
        [257, 257],
        [256, 257],
    ]


def test_a_merge_waits_for_its_parts():
    merges = Merges([(97, 97), (256, 97), (257, 98)])
    assert merges.apply([b"aaab", b"aab", b"aaaa"]) == [[258], [256, 98], [256, 256]]


@given(WORDS, st.integers(0, 40))
def test_many_words_at_once_are_as_each_by_itself(words, n_merges):
    merges = learned(words, n_merges)
    by_itself = [merge_word(word, merges.made) for word in words]
    assert merge_words(words, merges.of) == by_itself


def test_long_words_and_short_ones():
    words = [b"ab" * 3000, b"a", b"a" * 1001, b"b", b"abb" * 77]
    merges = learned(words, 30)
    assert sum(map(len, words)) > Merges.few  # apply goes the fast way
    assert merges.apply(words) == [merge_word(word, merges.made) for word in words]


def learned(words, n_merges):
    counts = {word: words.count(word) for word in words}
    return Merges([pair[:2] for pair in learn_merges(counts, n_merges, min_count=1)])


def test_what_pairs_become():
    merges = Merges([(200, 3), (3, 256), (0, 0)])
    left, right = np.array([[200, 3, 0, 3, 257, 0], [3, 256, 0, 3, 257, 1]])
    assert merges.of(left, right).tolist() == [256, 257, 258, NEVER, NEVER, NEVER]
    assert Merges().of(left, right).tolist() == [NEVER] * 6


def test_large_tokens_do_not_wrap_around():
    merges = Merges([(97, 98 + i % 100) if i < 100 else (156 + i, 97) for i in range(70_000)])
    last = 256 + 70_000 - 1
    left, right = np.array([last - 100, last], np.int32), np.array([97, 97], np.int32)
    assert merges.of(left, right).tolist() == [last, NEVER]


@pytest.mark.parametrize(
    "pairs, words",
    [
        ([(256, 0)], "merge 0 joins tokens 256 and 0, but before it there are only 0 to 255"),
        ([(0, 1), (256, 257)], "merge 1 joins tokens 256 and 257"),
        ([(-1, 0)], "merge 0 joins tokens -1 and 0"),
        ([(0, 1), (0, 1)], r"merge 1, of tokens 0 and 1, makes b'\\x00\\x01', which is a token"),
        ([(97, 98), (98, 99), (256, 99), (97, 257)], "merge 3, .* makes b'abc', which is a token"),
    ],
)
def test_merges_of_what_is_not_there_are_refused(pairs, words):
    with pytest.raises(ValueError, match=words):
        Merges(pairs)


@pytest.mark.parametrize("pairs", [[(1.5, 2)], [(1,)], [(1, 2, 3)], [3], 5, ["ab"]])
def test_merges_are_pairs_of_integers(pairs):
    with pytest.raises(TypeError, match="merges are pairs of integers"):
        Merges(pairs)
