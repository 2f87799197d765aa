"""Characters: the vocabulary of a text, sorted, and what it lacks."""

import pytest

from ml_from_scratch.transformers import CharTokenizer


def test_by_hand():
    tokenizer = CharTokenizer.train("hello\nworld")
    assert tokenizer.characters == "\ndehlorw"
    assert tokenizer.vocab_size == 8
    assert tokenizer.encode("hold") == [3, 5, 4, 1]
    assert tokenizer.decode([7, 5, 6, 4, 1]) == "world"


def test_several_texts_teach_as_one():
    assert CharTokenizer.train(iter(["ab", "", "cb"])) == CharTokenizer.train("abcb")


def test_nothing_teaches_nothing():
    tokenizer = CharTokenizer.train("")
    assert tokenizer.vocab_size == 0 and tokenizer.encode("") == [] and tokenizer.decode([]) == ""
    with pytest.raises(ValueError, match="id 0, at place 0, is none of the 0 of this vocabulary."):
        tokenizer.decode([0])


def test_an_unknown_character_is_told_with_its_place():
    with pytest.raises(ValueError, match="'x', at character 2, is not in the vocabulary of 2 char"):
        CharTokenizer("ab").encode("abx")


def test_a_character_has_one_id():
    with pytest.raises(ValueError, match="lists 'a' twice"):
        CharTokenizer("aba")


@pytest.mark.parametrize("text", [b"ab", 5, ["a", 5]])
def test_only_text_has_characters(text):
    with pytest.raises(TypeError, match="str"):
        CharTokenizer.train(text)


def test_special_tokens_follow_the_characters():
    tokenizer = CharTokenizer("ab", special_tokens=["<|end|>"])
    assert tokenizer.encode("a<|end|>b", allowed_special="all") == [0, 2, 1]
    assert tokenizer.vocab_size == 3
