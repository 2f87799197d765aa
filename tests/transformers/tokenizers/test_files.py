"""Files of other libraries, written and read, and what is wrong with a file, in one sentence."""

import base64
import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_from_scratch.transformers import (
    BasicBytePairTokenizer,
    BytePairTokenizer,
    CharTokenizer,
    load_gpt2,
    load_tiktoken,
    save_gpt2,
    save_tiktoken,
)
from ml_from_scratch.transformers.tokenizers import TokenizerFileError
from ml_from_scratch.transformers.tokenizers.gpt2_files import byte_letters, in_letters
from ml_from_scratch.transformers.tokenizers.text_file import write_fields

TEXT = "the theme of the thesis is the theatre; aaaaaaa, naïve 🙂🙂 \x00\x00 " * 3
TRAINED = BytePairTokenizer.train(TEXT, 300, split="gpt2", special_tokens=["<|endoftext|>"])
LAST = len(TRAINED.vocabulary)


# ---- our own -------------------------------------------------------------------------------------
def test_our_own_file_can_be_read_by_people(tmp_path):
    path = tmp_path / "small.txt"
    BytePairTokenizer([(116, 104), (32, 256)], special_tokens=["<|end|>"]).save(path)
    *lines, seal = path.read_text().splitlines()
    assert lines == [
        "ml-from-scratch-lab tokenizer, version 1",
        'kind "byte_pair"',
        'split "gpt4"',
        'special_tokens {"<|end|>": 258}',
        "rows 2",
        "116 104 b'th'",
        "32 256 b' th'",
    ]
    assert seal.startswith("sha256 ") and len(seal) == 7 + 64


@pytest.mark.parametrize(
    "rows, words",
    [
        (["116 104 b'ht'"], r"makes b'th'"),
        (["116 256 b'th'"], "joins a token that does not exist"),
        (["-1 256 b'th'"], "joins a token that does not exist"),
        (["116 104"], "unpack"),
        (["a b c"], "invalid literal"),
        (["116 104 b'th'", "116 104 b'th'"], "a token already"),
    ],
)
def test_rows_that_cannot_be_are_told(rows, words, tmp_path):
    path = tmp_path / "small.txt"
    write_fields(path, {"kind": "byte_pair"}, rows)
    with pytest.raises(TokenizerFileError, match=words):
        BytePairTokenizer.load(path)


def test_tokens_that_double_do_not_fill_the_memory(tmp_path):
    path = tmp_path / "bomb.txt"
    rows = ["97 97 b'aa'", *(f"{i} {i} b'aa'" for i in range(256, 400))]
    write_fields(path, {"kind": "byte_pair"}, rows)
    with pytest.raises(TokenizerFileError, match="row \"256 256 b'aa'\" makes b'aaaa'"):
        BytePairTokenizer.load(path)


@pytest.mark.parametrize("split", ["(a)", "[", 5])
def test_a_file_with_a_rule_that_cannot_be_is_told(split, tmp_path):
    path = tmp_path / "small.txt"
    write_fields(path, {"kind": "byte_pair", "split": split}, [])
    with pytest.raises(TokenizerFileError, match="split rule"):
        BytePairTokenizer.load(path)


def test_the_error_survives_another_process():
    error = TokenizerFileError("a/b.txt", "it is empty")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert str(error) == "'a/b.txt' cannot be read as a tokenizer: it is empty."


# ---- tiktoken's ----------------------------------------------------------------------------------
def tiktoken_lines(tokenizer, path):
    save_tiktoken(path, tokenizer)
    return path.read_text().splitlines()


def test_tiktokens_format_by_hand(tmp_path):
    lines = tiktoken_lines(BytePairTokenizer([(104, 101), (32, 256)]), tmp_path / "a.tiktoken")
    assert len(lines) == 258
    assert lines[97] == "YQ== 97" and lines[256:] == ["aGU= 256", "IGhl 257"]


@given(st.text("abc ", max_size=60))
def test_merges_are_found_in_ranks(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("files") / "a.tiktoken"
    tokenizer = BytePairTokenizer.train(text, 320, min_count=1)
    save_tiktoken(path, tokenizer)
    assert load_tiktoken(path) == tokenizer


def test_tiktokens_file_with_bytes_in_another_order(tmp_path):
    path = tmp_path / "a.tiktoken"
    order = np.random.default_rng(0).permutation(256).tolist()
    ids = [*order, *range(300, 300 + LAST - 256)]  # and a gap, as p50k_base has one
    tokenizer = BytePairTokenizer(TRAINED.merges, split="gpt2", ids=ids)
    save_tiktoken(path, tokenizer)
    path.write_text("\n".join(reversed(path.read_text().splitlines())) + "\n\n")
    special = {"<|endoftext|>": 280}
    other = load_tiktoken(path, split="gpt2", special_tokens=special)
    assert other.merges == TRAINED.merges and other.ids == ids and other.special_tokens == special
    assert other.encode(TEXT) == tokenizer.encode(TEXT)


@pytest.mark.parametrize(
    "spoil, words",
    [
        (lambda lines: [*lines[:3], "not base64! 3", *lines[4:]], "line 4 is no token in base64"),
        (lambda lines: [*lines[:3], "YQ==", *lines[4:]], "line 4 is no token in base64"),
        (lambda lines: [*lines[:3], "YQ== x", *lines[4:]], "line 4 is no token in base64"),
        (lambda lines: [*lines[:3], "YQ 3", *lines[4:]], "line 4 is no token in base64"),
        (lambda lines: [*lines, "YWE= 3"], "rank 3 is there twice"),
        (lambda lines: [*lines, "YWE= -3"], "rank -3 is negative"),
        (lambda lines: [*lines, "YQ== 999"], "a token is there twice"),
        (lambda lines: lines[1:], r"not the 256 bytes: b'\\x00' is missing"),
        (lambda lines: lines[:200], "not the 256 bytes"),
        (lambda lines: [], "not the 256 bytes"),
        (lambda lines: [*lines[:256], *lines[258:]], "leave 3 parts"),
        (lambda lines: [*lines, base64.b64encode(b"zqj").decode() + " 999"], "leave 3 parts"),
    ],
)
def test_what_is_wrong_with_tiktokens_file(spoil, words, tmp_path):
    path = tmp_path / "a.tiktoken"
    lines = tiktoken_lines(TRAINED, path)
    path.write_text("\n".join(spoil(lines)))
    with pytest.raises(TokenizerFileError, match=words):
        load_tiktoken(path)


def test_a_binary_file_is_told(tmp_path):
    path = tmp_path / "a.tiktoken"
    path.write_bytes(b"\xff\xfe\x00\x01")
    for load in (load_tiktoken, BytePairTokenizer.load, lambda path: load_gpt2(path, path)):
        with pytest.raises(TokenizerFileError, match="no text in UTF-8"):
            load(path)


def test_only_merges_in_the_order_of_ids_have_ranks(tmp_path):
    swapped = [*range(256), 257, 256]
    with pytest.raises(ValueError, match="not in the order"):
        save_tiktoken(tmp_path / "a", BytePairTokenizer([(1, 2), (3, 4)], ids=swapped))
    with pytest.raises(ValueError, match="not in the order"):
        save_tiktoken(tmp_path / "a", BytePairTokenizer([(1, 2)], ids=range(256, -1, -1)))
    with pytest.raises(TypeError, match="a CharTokenizer has none"):
        save_tiktoken(tmp_path / "a", CharTokenizer("ab"))
    assert not list(tmp_path.iterdir())


# ---- GPT-2's -------------------------------------------------------------------------------------
@pytest.fixture
def paths(tmp_path):
    return tmp_path / "vocab.json", tmp_path / "merges.txt"


def test_the_letters_of_bytes():
    letters = byte_letters()
    assert len(set(letters)) == 256 and all(letter.isprintable() for letter in letters)
    assert in_letters("\n é".encode()) == "ĊĠÃ©"


def test_gpt2s_files_by_hand(paths):
    save_gpt2(*paths, BytePairTokenizer([(32, 116), (256, 104)], special_tokens=["<|endoftext|>"]))
    vocab = json.loads(paths[0].read_text(encoding="utf-8"))
    assert (vocab["!"], vocab["Ġ"], vocab["Ġt"], vocab["Ġth"]) == (33, 32, 256, 257)
    assert vocab["<|endoftext|>"] == 258 == len(vocab) - 1
    assert paths[1].read_text(encoding="utf-8") == "#version: 0.2\nĠ t\nĠt h\n"


@pytest.mark.parametrize("ids", [None, [*range(1, 256), 0, *range(400, 400 + LAST - 256)]])
def test_gpt2s_files_come_back(ids, paths):
    special = {"<|endoftext|>": 9999, "<pad>": 777}
    for kind in (BytePairTokenizer, BasicBytePairTokenizer):
        tokenizer = kind(TRAINED.merges, special_tokens=special, ids=ids)
        save_gpt2(*paths, tokenizer)
        other = load_gpt2(*paths, split="gpt4")
        assert (other.merges, other.ids) == (tokenizer.merges, ids)
        assert other.special_tokens == special
        assert isinstance(other, BytePairTokenizer)


def test_line_ends_of_another_system(paths):
    save_gpt2(*paths, TRAINED)
    paths[1].write_bytes(paths[1].read_bytes().replace(b"\n", b"\r\n"))
    assert load_gpt2(*paths) == TRAINED


@pytest.mark.parametrize(
    "vocab, words",
    [
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[1, 2]", "no JSON object"),
        ('{"a": 1, "a": 2}', "a token is there twice"),
        ('{"a": -1}', "no JSON object"),
        ('{"a": 1.5}', "no JSON object"),
        ('{"": 1}', "no JSON object"),
        ('{"a": 1, "b": 1}', "two tokens have one id"),
        ('{"a": 1}', "a byte or made by a merge, has no id"),
    ],
)
def test_what_is_wrong_with_a_vocabulary(vocab, words, paths):
    save_gpt2(*paths, TRAINED)
    paths[0].write_text(vocab)
    with pytest.raises(TokenizerFileError, match=words) as caught:
        load_gpt2(*paths)
    assert "vocab.json" in str(caught.value)


@pytest.mark.parametrize(
    "line, words",
    [
        ("Ġ", "is no merge of two"),
        ("Ġ t h", "is no merge of two"),
        ("Ġ  t", "is no merge of two"),
        ("Ġq t", "is no merge of two tokens that are there before it"),
        ("h e", "makes 'he', which is there already"),
    ],
)
def test_what_is_wrong_with_merges(line, words, paths):
    save_gpt2(*paths, TRAINED)
    assert "\nh e\n" in paths[1].read_text(encoding="utf-8")
    with open(paths[1], "a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(TokenizerFileError, match=words) as caught:
        load_gpt2(*paths)
    assert "merges.txt" in str(caught.value)


def test_a_merge_that_the_vocabulary_lacks_is_told(paths):
    save_gpt2(*paths, TRAINED)
    with open(paths[1], "a", encoding="utf-8") as file:
        file.write("q q\n")
    with pytest.raises(TokenizerFileError, match="'qq', a byte or made by a merge, has no id"):
        load_gpt2(*paths)


def test_what_gpt2s_files_cannot_keep_is_told(paths):
    with pytest.raises(TypeError, match="a CharTokenizer has none"):
        save_gpt2(*paths, CharTokenizer("ab"))
    with pytest.raises(ValueError, match="special token 'a' is an ordinary token"):
        save_gpt2(*paths, BytePairTokenizer(special_tokens=["a"]))
    assert not paths[0].exists()
