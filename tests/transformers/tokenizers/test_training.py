"""Learning merges: by hand, as the plain loop over all pairs does it, and at the edges."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_from_scratch.transformers.tokenizers import BasicBytePairTokenizer, BytePairTokenizer
from ml_from_scratch.transformers.tokenizers.merging import merge_pair, merge_word
from ml_from_scratch.transformers.tokenizers.training import count_words, learn_merges


def plainly(words, n_merges, min_count):
    """The algorithm as one would write it down: count all pairs, merge the best, again."""
    words = [(list(word), count) for word, count in words.items()]
    learned = []
    for new in range(256, 256 + n_merges):
        counts = Counter()
        for tokens, count in words:
            for pair in zip(tokens, tokens[1:]):
                counts[pair] += count
        best = min(counts, key=lambda pair: (-counts[pair], pair), default=None)
        if best is None or counts[best] < min_count:
            break
        learned.append((*best, counts[best]))
        words = [(merge_pair(tokens, best, new), count) for tokens, count in words]
    return learned


WORDS = st.dictionaries(st.text("abc").map(str.encode), st.integers(1, 5))


@given(WORDS, st.integers(0, 60), st.integers(1, 3))
def test_it_learns_what_the_plain_loop_learns(words, n_merges, min_count):
    assert list(learn_merges(words, n_merges, min_count)) == plainly(words, n_merges, min_count)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_runs_of_one_letter_too(lengths):
    words = Counter(b"a" * n for n in lengths)
    assert list(learn_merges(words, 30, 1)) == plainly(words, 30, 1)


@given(st.dictionaries(st.binary(max_size=30), st.integers(1, 9), max_size=20))
def test_bytes_of_every_value_too(words):
    assert list(learn_merges(words, 50, 1)) == plainly(words, 50, 1)


@given(WORDS, st.randoms(use_true_random=False))
def test_the_order_of_the_words_does_not_matter(words, random):
    items = list(words.items())
    random.shuffle(items)
    assert list(learn_merges(dict(items), 40, 1)) == list(learn_merges(words, 40, 1))


@given(st.lists(st.text("ab ", max_size=40), max_size=5))
def test_each_learned_token_is_encoded_as_itself(texts):
    tokenizer = BytePairTokenizer.train(texts, 300, split="gpt2", min_count=1)
    made = tokenizer._merges.made
    for i, token in enumerate(tokenizer.vocabulary):
        assert merge_word(token, made) == [i]


def test_the_published_example():
    tokenizer = BasicBytePairTokenizer.train("aaabdaaabac", 256 + 3)
    assert tokenizer.encode("aaabdaaabac") == [258, 100, 258, 97, 99]
    assert tokenizer.merges == [(97, 97), (97, 98), (256, 257)]


def test_places_are_counted_and_merges_do_not_overlap():
    # "aaaa" has three places of (a, a), two merges, and then one place of (aa, aa)
    assert list(learn_merges({b"aaaa": 1}, 9, 1)) == [(97, 97, 3), (256, 256, 1)]
    assert list(learn_merges({b"aaa": 5}, 9, 1)) == [(97, 97, 10), (256, 97, 5)]


def test_equal_counts_go_by_the_smaller_tokens():
    assert [pair[:2] for pair in learn_merges({b"zy": 2, b"ba": 2, b"bc": 2}, 3)] == [
        (98, 97),
        (98, 99),
        (122, 121),
    ]


def test_words_count_as_often_as_they_occur_and_are_not_crossed():
    assert list(learn_merges({b"ab": 3, b"bc": 4, b"c": 9}, 2)) == [(98, 99, 4), (97, 98, 3)]


def test_pairs_that_are_rare_are_not_merged():
    words = {b"ab": 2, b"cd": 1}
    assert list(learn_merges(words, 9)) == [(97, 98, 2)]
    assert list(learn_merges(words, 9, min_count=1)) == [(97, 98, 2), (99, 100, 1)]
    assert list(learn_merges(words, 9, min_count=3)) == []


@pytest.mark.parametrize("words", [{}, {b"": 3}, {b"a": 3}, {b"a": 1, b"b": 2}])
def test_nothing_to_learn(words):
    assert list(learn_merges(words, 9, 1)) == []


def test_words_are_counted_in_bytes():
    assert count_words(["é a", "é"], str.split) == {"é".encode(): 2, b"a": 1}


# ---- train ---------------------------------------------------------------------------------------
both = pytest.mark.parametrize("kind", [BasicBytePairTokenizer, BytePairTokenizer])


@both
@pytest.mark.parametrize("text", ["", [], [""], "a", iter(())])
def test_an_empty_text_teaches_the_bytes_alone(kind, text):
    tokenizer = kind.train(text, 1000)
    assert tokenizer.merges == [] and tokenizer.vocab_size == 256
    assert tokenizer.decode(tokenizer.encode("né")) == "né"


@both
def test_the_size_is_what_was_asked_for(kind):
    text = "the theme of the thesis is the theatre, the thread is the thing " * 3
    for special in ([], ["<|a|>", "<|b|>"]):
        tokenizer = kind.train(text, 270, special_tokens=special)
        assert tokenizer.vocab_size == 270
        assert len(tokenizer.merges) == 270 - 256 - len(special)
        assert list(tokenizer.special_tokens.values()) == list(range(270 - len(special), 270))
    assert kind.train(text, 256).merges == []


@both
def test_sizes_that_cannot_be_are_told(kind):
    with pytest.raises(ValueError, match="vocab_size must be an integer of at least 256; got 255"):
        kind.train("abc", 255)
    with pytest.raises(ValueError, match="of at least 258; got 257"):
        kind.train("abc", 257, special_tokens=["x", "y"])
    with pytest.raises(TypeError, match="vocab_size must be an integer"):
        kind.train("abc", 300.0)
    with pytest.raises(ValueError, match="min_count must be an integer of at least 1"):
        kind.train("abc", 300, min_count=0)


@both
@pytest.mark.parametrize("text", [b"abc", 3, None, ["a", b"b"]])
def test_only_texts_teach(kind, text):
    with pytest.raises(TypeError, match="str"):
        kind.train(text, 300)


@both
def test_a_lone_surrogate_is_told(kind):
    with pytest.raises(ValueError, match="lone surrogate"):
        kind.train(["a", "\udc00"], 300)


@both
def test_special_tokens_end_documents(kind):
    marked = kind.train("abab<|end|>abab", 258, special_tokens=["<|end|>"])
    apart = kind.train(["abab", "abab"], 257)
    assert marked.merges == apart.merges == [(97, 98)]
    assert marked.special_tokens == {"<|end|>": 257}


@both
def test_documents_are_not_crossed(kind):
    assert kind.train(["ab", "ab"], 300).merges == [(97, 98)]
    assert (98, 97) in kind.train("abab", 300, min_count=1).merges or kind.train(
        "abab", 300, min_count=1
    ).merges == [(97, 98), (256, 256)]


@both
def test_special_tokens_for_training_are_a_list_of_names(kind):
    with pytest.raises(TypeError, match="special_tokens is a list of names"):
        kind.train("abc", 300, special_tokens="<|end|>")
    with pytest.raises(TypeError, match="numbers the special tokens itself"):
        kind.train("abc", 300, special_tokens={"<|end|>": 299})


@both
def test_progress_is_told_if_wanted(kind, capsys):
    kind.train("the theme of the thesis " * 3, 260, verbose=True)
    assert "learning merges: 4 of 4  " in capsys.readouterr().err
    kind.train("the theme of the thesis " * 3, 260)
    assert capsys.readouterr().err == ""
