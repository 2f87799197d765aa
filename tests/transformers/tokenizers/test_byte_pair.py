"""Byte pairs in words: by hand, what is remembered of words, ids of one's own, broken bytes."""

import threading

import numpy as np
import pytest

from ml_from_scratch.transformers import BasicBytePairTokenizer, BytePairTokenizer, ByteTokenizer
from ml_from_scratch.transformers.tokenizers import GPT2_SPLIT, GPT4_SPLIT

TEXT = "the theme of the thesis is the theatre; the thread, the thing 123456 " * 20


def test_by_hand():
    # "the" 2, " the" 2: t h, th e, then " " the by their counts 4, 4 and 2
    tokenizer = BytePairTokenizer.train("the the the the", 300, split="gpt2")
    assert tokenizer.vocabulary[256:] == [b"he", b"the", b" the"]
    assert tokenizer.encode("the the, then") == [257, 258, 44, 258, 110]


def test_merges_stay_inside_words_and_the_basic_ones_cross_them():
    text = "dog. cat. dog. cat. " * 9
    assert any(b". " in token for token in BasicBytePairTokenizer.train(text, 300).vocabulary)
    assert not any(b". " in token for token in BytePairTokenizer.train(text, 300).vocabulary)


def test_the_names_of_rules_stand_for_their_expressions():
    assert BytePairTokenizer(split="gpt2").split == GPT2_SPLIT
    assert BytePairTokenizer().split == BytePairTokenizer(split=GPT4_SPLIT).split == GPT4_SPLIT


def test_bytes_that_are_not_text():
    tokenizer = ByteTokenizer()
    broken = tokenizer.encode("é")[:1]
    assert tokenizer.decode(broken) == "\ufffd"
    assert tokenizer.decode(broken, errors="ignore") == ""
    assert tokenizer.decode_bytes(broken) == b"\xc3"
    with pytest.raises(UnicodeDecodeError):
        tokenizer.decode(broken, errors="strict")


@pytest.mark.parametrize("kind", [BasicBytePairTokenizer, BytePairTokenizer])
def test_ids_of_ones_own(kind):
    plain = kind([(116, 104), (256, 101)])
    ids = np.random.default_rng(0).permutation(1000)[:258].tolist()
    renumbered = kind(plain.merges, ids=ids, special_tokens=["<|end|>"])
    text = "the thesis"
    assert renumbered.encode(text) == [ids[token] for token in plain.encode(text)]
    assert renumbered.decode(renumbered.encode(text)) == text
    assert renumbered.special_tokens == {"<|end|>": max(ids) + 1}
    assert renumbered.vocab_size == max(ids) + 2


@pytest.mark.parametrize("ids", [[0], range(255), [0] * 256, range(-1, 255), [0.5] * 256])
def test_ids_that_cannot_be_are_told(ids):
    with pytest.raises(ValueError, match="ids are"):
        BytePairTokenizer(ids=ids)


# ---- what is remembered --------------------------------------------------------------------------
def test_memory_changes_no_answer_and_has_a_bound():
    tokenizer = BytePairTokenizer.train(TEXT, 280)
    words = [f" word{i}" for i in range(300)]
    expected = [BytePairTokenizer(tokenizer.merges).encode(word) for word in words]
    tokenizer.remembered = 500
    for _ in range(2):
        for word, ids in zip(words, expected):
            assert tokenizer.encode(word) == ids
            assert sum(map(len, tokenizer._known)) <= tokenizer.remembered
    assert tokenizer.encode("".join(words)) == sum(expected, [])
    assert len(tokenizer._known) == 1  # more than may be remembered: forgotten
    assert tokenizer.encode("") == []


def test_what_encode_returns_is_the_callers():
    tokenizer = BytePairTokenizer.train(TEXT, 280)
    tokenizer.encode("the").append(7)
    tokenizer.encode(" the").clear()
    assert tokenizer.encode("the the") == BytePairTokenizer(tokenizer.merges).encode("the the")


def test_threads_share_a_tokenizer():
    tokenizer = BytePairTokenizer.train(TEXT, 280)
    texts = [" ".join(f"the{i}x{j}" for j in range(200)) for i in range(8)]
    expected = [BytePairTokenizer(tokenizer.merges).encode(text) for text in texts]
    tokenizer.remembered, found = 100, {}

    def encode(i):
        found[i] = [tokenizer.encode(texts[i]) for _ in range(5)]

    threads = [threading.Thread(target=encode, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {i: [ids] * 5 for i, ids in enumerate(expected)}


def test_a_copy_does_not_carry_what_is_remembered():
    tokenizer = BytePairTokenizer.train(TEXT, 280)
    tokenizer.encode(TEXT)
    assert len(tokenizer._known) > 5
    assert set(tokenizer.__getstate__()["_known"]) == {""}
