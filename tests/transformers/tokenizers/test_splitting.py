r"""Words by hand, every character in some word, and \p{..} as it is written out."""

import itertools
import sys
import unicodedata

import pytest
from hard_texts import HARD_TEXTS
from hypothesis import given
from hypothesis import strategies as st

from ml_from_scratch.transformers.tokenizers import BytePairTokenizer, SplitRule
from ml_from_scratch.transformers.tokenizers.splitting import ALL, ASCII, PLANE, compiled


@pytest.mark.parametrize(
    "text, words",
    [
        ("Hello world", ["Hello", " world"]),
        ("I'll don't IT'S", ["I", "'ll", " don", "'t", " IT", "'", "S"]),
        ("a  b   c ", ["a", " ", " b", "  ", " c", " "]),
        ("x1234y 56½", ["x", "1234", "y", " 56½"]),
        ("a\n\n b", ["a", "\n\n", " b"]),
        ("a!? #b_c", ["a", "!?", " #", "b", "_", "c"]),
        ("né 中文", ["né", " 中文"]),
    ],
)
def test_gpt2s_rule_by_hand(text, words):
    assert SplitRule("gpt2")(text) == words


@pytest.mark.parametrize(
    "text, words",
    [
        ("Hello world", ["Hello", " world"]),
        ("I'll DON'T", ["I", "'ll", " DON", "'T"]),
        ("1234567", ["123", "456", "7"]),
        ("(a)!\n\nb", ["(a", ")!\n\n", "b"]),
        ("a  b \n c\n", ["a", " ", " b", " \n", " c", "\n"]),
        ("a \n  ", ["a", " \n  "]),
        ("'ſ 'K", ["'ſ", " '", "K"]),
    ],
)
def test_gpt4s_rule_by_hand(text, words):
    assert SplitRule("gpt4")(text) == words


@pytest.mark.parametrize("name", ["gpt2", "gpt4"])
@given(text=st.text())
def test_every_character_is_in_a_word(name, text):
    assert "".join(SplitRule(name)(text)) == text


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gpt2", "gpt4"])
def test_every_character_of_unicode_is_in_a_word(name):
    characters = [chr(i) for i in range(sys.maxunicode + 1) if not 0xD800 <= i < 0xE000]
    text = "".join(map("".join, zip(characters, itertools.cycle(["", " ", "'", "\n", ""]))))
    assert "".join(SplitRule(name)(text)) == text


@pytest.mark.parametrize("name", ["gpt2", "gpt4"])
@pytest.mark.parametrize("text", HARD_TEXTS, ids=range(len(HARD_TEXTS)))
def test_how_far_a_rule_is_written_out_changes_nothing(name, text):
    rule = SplitRule(name)
    assert rule(text) == compiled(rule.pattern, ALL).findall(text)


def test_a_rule_is_written_out_as_far_as_the_text_needs():
    rule = SplitRule("gpt4")
    largest = {text: rule._largest(text) for text in ("a", "é", "🙂", "𝔘", "𝟘")}
    assert largest == {"a": ASCII, "é": PLANE, "🙂": PLANE, "𝔘": ALL, "𝟘": ALL}
    assert SplitRule(r"\p{So}|[\s\S]")._largest("🙂") == ALL


# ---- classes -------------------------------------------------------------------------------------
@pytest.mark.parametrize("category", ["L", "N", "Lu", "Nl", "M", "P", "Zs", "Cc", "Cs"])
@pytest.mark.parametrize("largest", [PLANE, ALL])
def test_categories_are_those_of_unicodedata(category, largest):
    text = "".join(map(chr, range(largest + 1)))
    members = [c for c in text if unicodedata.category(c).startswith(category)]
    assert compiled(rf"\p{{{category}}}", largest).findall(text) == members
    others = compiled(rf"[^\p{{{category}}}]", largest).findall(text)
    assert sorted(members + others) == list(text)


def test_white_space_is_unicodes():
    spaces = [i for i in range(ALL + 1) if compiled(r"\s").match(chr(i))]
    assert spaces == [
        *range(9, 14),
        *(0x20, 0x85, 0xA0, 0x1680),
        *range(0x2000, 0x200B),
        *(0x2028, 0x2029, 0x202F, 0x205F, 0x3000),
    ]
    assert [i for i in range(ALL + 1) if not compiled(r"\S").match(chr(i))] == spaces


@pytest.mark.parametrize(
    "pattern, text, words",
    [
        (r"[\]\p{Lu}]+|.", "A]b", ["A]", "b"]),
        (r"[]\s]+|[^]\s]+", "a] b", ["a", "] ", "b"]),
        (r"[a[\p{N}]+|.", "[1b", ["[1", "b"]),
        (r"[\s\S]", "a ", ["a", " "]),
        (r"[\Sx]+|.", "a é\x1c", ["a", " ", "é\x1c"]),
        (r"\\p|.", r"a\p", ["a", r"\p"]),
        (r"\[\p{L}|.", "[a]", ["[a", "]"]),
        (r"\p{Nl}+|[\p{Nl}x]+|.", "axxb", ["a", "xx", "b"]),  # no letter number is in ASCII
        (r"[^\p{Nl}]+", "abc", ["abc"]),
        (r"(?i:\p{Lu})+|.", "aB1", ["aB", "1"]),
        (r"[a-f\-]+|.", "a-g", ["a-", "g"]),
    ],
)
def test_classes_stand_inside_and_outside_of_sets(pattern, text, words):
    assert SplitRule(pattern)(text) == words


@pytest.mark.parametrize(
    "pattern, words",
    [
        ("(a)|.", r"has a group that captures: write \(\?:...\)"),
        ("[a", "is no expression of Python's re"),
        (r"\p{Han}", r"\\p\{Han\} is no general category of Unicode"),
        (r"\P{L}", "is no expression"),
        ("a" * 10 + "{9999999999999}", "is no expression"),
    ],
)
def test_rules_that_cannot_be_are_told(pattern, words):
    with pytest.raises(ValueError, match=words):
        SplitRule(pattern)


@pytest.mark.parametrize("pattern", [None, 3, b"a"])
def test_a_rule_is_a_str(pattern):
    with pytest.raises(TypeError, match="a split rule is a str"):
        BytePairTokenizer(split=pattern)


@pytest.mark.parametrize("text, lost, place", [("ab1", "1", 2), ("1ab", "1", 0), ("a1b", "1", 1)])
def test_a_rule_that_leaves_something_out_is_told(text, lost, place):
    tokenizer = BytePairTokenizer(split=r"\p{L}+")
    with pytest.raises(ValueError, match=f"leaves out '{lost}', at character {place}"):
        tokenizer.encode(text)
    with pytest.raises(ValueError, match="leaves out"):
        BytePairTokenizer.train(text, 300, split=r"\p{L}+")


def test_empty_matches_are_harmless():
    tokenizer = BytePairTokenizer.train("aab aab", 260, split=r"a*|[^a]")
    assert tokenizer.decode(tokenizer.encode("baa ab")) == "baa ab"
