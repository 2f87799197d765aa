"""Special tokens: their ids, and how a text is cut at them."""

import pytest

from ml_from_scratch.transformers.tokenizers import SpecialTokens


def test_by_hand():
    special = SpecialTokens(["<a>", "<b>"], first=7)
    assert special.ids == {"<a>": 7, "<b>": 8}
    assert special.cut("x<a>y<b>", "all") == ["x", "<a>", "y", "<b>", ""]
    assert special.cut("<a><a>", {"<a>"}) == ["", "<a>", "", "<a>", ""]
    assert special.cut("x<b>", {"<a>"}, ()) == ["x<b>"]


def test_names_are_no_expressions():
    special = SpecialTokens([".*", "(a|b)"], first=0)
    assert special.cut("x.*(a|b)ab", "all") == ["x", ".*", "", "(a|b)", "ab"]


def test_what_is_both_allowed_and_disallowed_is_refused():
    with pytest.raises(ValueError, match="'<a>' at character 1"):
        SpecialTokens(["<a>"], 0).cut("x<a>", {"<a>"}, {"<a>"})


def test_the_repair_that_is_told_works():
    special = SpecialTokens(["<a>"], 0)
    with pytest.raises(
        ValueError, match=r"Pass allowed_special=\{'<a>'\}.* or disallowed_special=\(\)"
    ):
        special.cut("<a>")
    assert special.cut("<a>", {"<a>"}) == ["", "<a>", ""]
    assert special.cut("<a>", (), ()) == ["<a>"]


@pytest.mark.parametrize(
    "tokens, kind, words",
    [
        ("<a>", TypeError, "is a list of names; got '<a>'"),
        ([3], TypeError, "names with integer ids; got 3"),
        ({"<a>": "3"}, TypeError, "names with integer ids"),
        ({"<a>": True}, TypeError, "names with integer ids"),
        ([""], ValueError, "name is empty"),
        (["<a>", "<a>"], ValueError, "lists a name twice"),
        ({"<a>": -1}, ValueError, "has the id -1, which is negative. Take 5 or above"),
        ({"<a>": 4}, ValueError, "has the id 4, which is an ordinary token's"),
        ({"<a>": 9, "<b>": 9}, ValueError, "has the id 9, which is '<a>'"),
        (["\ud800"], ValueError, "lone surrogate"),
    ],
)
def test_tokens_that_cannot_be_are_told(tokens, kind, words):
    with pytest.raises(kind, match=words):
        SpecialTokens(tokens, first=5, taken=range(5))
