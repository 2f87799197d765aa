"""What every tokenizer must do: run over the registry, so that the next one is tested by being listed."""

import copy
import hashlib
import inspect
import pickle

import numpy as np
import pytest
from hard_texts import HARD_TEXTS
from hypothesis import given
from hypothesis import strategies as st

from ml_from_scratch.transformers import tokenizers
from ml_from_scratch.transformers.tokenizers import (
    TOKENIZERS,
    BasicBytePairTokenizer,
    BytePairTokenizer,
    ByteTokenizer,
    CharTokenizer,
    Tokenizer,
    TokenizerFileError,
    load_tokenizer,
)

END, PAD = "<|end|>", "<|end|>ing"  # one begins with the other
MARKS = [END, PAD]
TEXT = "\n".join([*HARD_TEXTS, END, PAD, "the theme of this thesis is the theatre " * 3])
SHUFFLED = np.random.default_rng(0).permutation(300).tolist()[:290]  # with gaps
SOME_MERGES = BytePairTokenizer.train(TEXT, 290).merges

EXAMPLES = {
    "chars": [CharTokenizer.train(TEXT, special_tokens=MARKS)],
    "bytes": [
        ByteTokenizer(special_tokens=MARKS),
        ByteTokenizer(special_tokens={END: 1000, PAD: 400}),
    ],
    "basic": [
        BasicBytePairTokenizer(special_tokens=MARKS),
        BasicBytePairTokenizer.train(TEXT, 300, special_tokens=MARKS),
    ],
    "byte_pair": [
        BytePairTokenizer(special_tokens=MARKS),
        BytePairTokenizer.train(TEXT, 300, split="gpt2", special_tokens=MARKS),
        BytePairTokenizer.train(TEXT, 400, split="gpt4", special_tokens=MARKS),
        BytePairTokenizer.train(TEXT, 300, split=r"\s*\S+|\s+", special_tokens=MARKS),
        BytePairTokenizer(SOME_MERGES, ids=SHUFFLED, special_tokens={END: 500, PAD: 300}),
    ],
}
every_tokenizer = pytest.mark.parametrize(
    "tokenizer",
    [
        pytest.param(tokenizer, id=f"{kind}-{i}")
        for kind, examples in EXAMPLES.items()
        for i, tokenizer in enumerate(examples)
    ],
)
every_text = pytest.mark.parametrize("text", HARD_TEXTS, ids=range(len(HARD_TEXTS)))


def test_the_registry_has_an_example_of_every_tokenizer():
    assert TOKENIZERS
    assert set(EXAMPLES) == set(TOKENIZERS)


def test_every_public_tokenizer_is_in_the_registry():
    public = {kind for _, kind in inspect.getmembers(tokenizers, inspect.isclass)}
    concrete = {kind for kind in public if issubclass(kind, Tokenizer)} - {Tokenizer}
    assert concrete == set(TOKENIZERS.values())
    assert all(TOKENIZERS[kind.kind] is kind for kind in concrete)


# ---- nothing is lost -----------------------------------------------------------------------------
@every_tokenizer
@every_text
def test_a_text_comes_back(tokenizer, text):
    ids = tokenizer.encode(text)
    assert type(ids) is list and all(type(i) is int for i in ids)
    assert tokenizer.decode(ids) == text
    assert tokenizer.encode(text) == ids  # what was learned of words changes nothing
    assert all(0 <= i < tokenizer.vocab_size for i in ids)


@every_tokenizer
@given(data=st.data())
def test_any_text_comes_back(tokenizer, data):
    limits = {"alphabet": TEXT} if isinstance(tokenizer, CharTokenizer) else {}
    text = data.draw(st.text(**limits))
    assert tokenizer.decode(tokenizer.encode_ordinary(text)) == text
    mixed = tokenizer.encode(text, disallowed_special=())
    assert mixed == tokenizer.encode_ordinary(text)


@every_tokenizer
def test_the_empty_text_has_no_ids(tokenizer):
    assert tokenizer.encode("") == [] == tokenizer.encode_ordinary("")
    assert tokenizer.decode([]) == "" == tokenizer.decode(np.array([], int))


@every_tokenizer
def test_ids_may_be_arrays_of_any_make(tokenizer):
    text = "the thesis, 12"
    ids = tokenizer.encode(text)
    spaced = np.repeat(np.array(ids, np.int32), 2)[::2]
    spaced.flags.writeable = False
    for form in (np.array(ids, np.uint16), spaced, tuple(ids), list(np.array(ids)), iter(ids)):
        assert tokenizer.decode(form) == text


# ---- what is refused -----------------------------------------------------------------------------
@every_tokenizer
@pytest.mark.parametrize("text", [b"abc", None, 3, ["a"]])
def test_only_a_str_is_a_text(tokenizer, text):
    for encode in (tokenizer.encode, tokenizer.encode_ordinary):
        with pytest.raises(TypeError, match="a text is a str; got"):
            encode(text)


@every_tokenizer
def test_a_lone_surrogate_is_told(tokenizer):
    for encode in (tokenizer.encode, tokenizer.encode_ordinary):
        with pytest.raises(ValueError, match=r"lone surrogate, '\\ud800', at character 2"):
            encode("ab\ud800")


@every_tokenizer
@pytest.mark.parametrize("ids", [[-1], [0, 10**6], np.array([-1]), [2**70]])
def test_an_unknown_id_is_told_with_its_place(tokenizer, ids):
    with pytest.raises(ValueError, match=rf"id {ids[-1]}, at place {len(ids) - 1}, is none of"):
        tokenizer.decode(ids)


@every_tokenizer
@pytest.mark.parametrize("ids", [[1.0], "ab", 7, None, [[1]], np.ones((2, 2), int), np.ones(2)])
def test_ids_are_integers_along_one_axis(tokenizer, ids):
    with pytest.raises(TypeError, match="ids are integers along one axis"):
        tokenizer.decode(ids)


# ---- special tokens ------------------------------------------------------------------------------
@every_tokenizer
def test_a_special_token_is_refused_unless_allowed(tokenizer):
    text = f"a{END} b"
    with pytest.raises(ValueError, match=r"'<\|end\|>' at character 1"):
        tokenizer.encode(text)
    with pytest.raises(ValueError, match="special token"):
        tokenizer.encode(text, allowed_special={PAD})
    around = [tokenizer.encode("a"), tokenizer.encode(" b")]
    expected = [*around[0], tokenizer.special_tokens[END], *around[1]]
    assert tokenizer.encode(text, allowed_special={END}) == expected
    assert tokenizer.encode(text, allowed_special="all") == expected
    assert tokenizer.decode(expected) == text


@every_tokenizer
def test_a_special_token_can_be_read_as_characters(tokenizer):
    text = f"a{END} b"
    ids = tokenizer.encode(text, disallowed_special=())
    assert ids == tokenizer.encode_ordinary(text)
    assert not set(ids) & set(tokenizer.special_tokens.values())
    assert tokenizer.encode(text, disallowed_special={PAD}) == ids
    assert tokenizer.decode(ids) == text


@every_tokenizer
def test_the_longest_special_token_is_found(tokenizer):
    special = tokenizer.special_tokens
    assert tokenizer.encode(PAD + END, allowed_special="all") == [special[PAD], special[END]]
    ing = tokenizer.encode("ing")
    assert tokenizer.encode(PAD, allowed_special={END}, disallowed_special=()) == [
        special[END],
        *ing,
    ]


@every_tokenizer
def test_names_that_are_no_special_tokens_are_told(tokenizer):
    with pytest.raises(
        ValueError, match=r"allowed_special names 'x'; the special tokens are: '<\|"
    ):
        tokenizer.encode("a", allowed_special={"x"})
    with pytest.raises(ValueError, match="disallowed_special names 'x'"):
        tokenizer.encode("a", disallowed_special=["x"])
    with pytest.raises(TypeError, match="allowed_special is 'all' or a set of names"):
        tokenizer.encode("a", allowed_special=END)


@every_tokenizer
def test_every_id_below_vocab_size_that_exists_decodes(tokenizer):
    assert tokenizer.vocab_size > max(tokenizer.special_tokens.values())
    known = [i for i in range(tokenizer.vocab_size) if decodes(tokenizer, i)]
    assert known[-1] == tokenizer.vocab_size - 1
    assert set(tokenizer.special_tokens.values()) <= set(known)


def decodes(tokenizer, i):
    try:
        return tokenizer.decode([i]) is not None
    except ValueError:
        return False


@every_tokenizer
def test_special_tokens_are_a_copy(tokenizer):
    tokenizer.special_tokens.clear()
    assert set(tokenizer.special_tokens) == set(MARKS)


# ---- files and copies ----------------------------------------------------------------------------
@every_tokenizer
def test_it_comes_back_from_its_file(tokenizer, tmp_path):
    path = tmp_path / "tokenizer.txt"
    tokenizer.save(path)
    for load in (type(tokenizer).load, load_tokenizer):
        other = load(path)
        assert type(other) is type(tokenizer) and other == tokenizer
        assert other.special_tokens == tokenizer.special_tokens
        assert other.vocab_size == tokenizer.vocab_size
        for text in HARD_TEXTS:
            assert other.encode(text) == tokenizer.encode(text)
    assert path.read_bytes().isascii()
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))  # as git may on another system
    assert load_tokenizer(path) == tokenizer


@every_tokenizer
def test_it_comes_back_from_pickle_and_copies(tokenizer):
    for other in (pickle.loads(pickle.dumps(tokenizer)), copy.deepcopy(tokenizer)):
        assert other == tokenizer
        assert other.encode(TEXT, allowed_special="all") == tokenizer.encode(
            TEXT, allowed_special="all"
        )


def test_different_tokenizers_are_not_equal():
    all_of_them = [tokenizer for examples in EXAMPLES.values() for tokenizer in examples]
    for i, one in enumerate(all_of_them):
        assert [j for j, other in enumerate(all_of_them) if one == other] == [i]


@every_tokenizer
def test_another_class_does_not_read_it(tokenizer, tmp_path):
    path = tmp_path / "tokenizer.txt"
    tokenizer.save(path)
    for kind in set(TOKENIZERS.values()) - {type(tokenizer)}:
        with pytest.raises(TokenizerFileError, match="see load_tokenizer"):
            kind.load(path)


@every_tokenizer
def test_a_file_that_was_cut_or_changed_is_refused(tokenizer, tmp_path):
    path = tmp_path / "tokenizer.txt"
    tokenizer.save(path)
    content = path.read_bytes()
    places = np.linspace(0, len(content) - 2, 40).astype(int)
    for place in places:
        path.write_bytes(content[:place])
        with pytest.raises(TokenizerFileError, match="cannot be read as a tokenizer"):
            load_tokenizer(path)
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(TokenizerFileError, match="cannot be read as a tokenizer"):
            load_tokenizer(path)


@every_tokenizer
def test_a_hostile_file_with_a_right_fingerprint_is_refused(tokenizer, tmp_path):
    path = tmp_path / "tokenizer.txt"
    tokenizer.save(path)
    body = path.read_text().rpartition("sha256 ")[0]
    title, kind, rest = body.split("\n", 2)
    hostile = [
        body.replace("version 1", "version 2"),
        f"{title}\n{kind}\nunknown 1\n{rest}",
        f'{title}\nkind "os.system"\n{rest}',
        f"{title}\nkind []\n{rest}",
        f"{title}\nkind {'[' * 100_000}\n{rest}",
        f"{title}\n{kind}",
        f"{title}\n{kind}\nrows 0\n",
        f"{title}\n{kind}\nrows 2\nx\ny\n",
        f"{title}\n{kind}\nrows -1\n{rest}",
        f'{title}\n{kind}\nspecial_tokens {{"x": 0}}\nrows 0\n',
        f'{title}\n{kind}\nspecial_tokens {{"x": 1.5}}\nrows 0\n',
        f'{title}\n{kind}\nspecial_tokens {{"\\ud800": 999}}\nrows 0\n',
        f"{title}\n{kind}\nspecial_tokens 3\nrows 0\n",
    ]
    bare = tokenizer.kind != "chars"  # without fields, that is a tokenizer of bytes alone
    for text in hostile:
        path.write_text(f"{text}sha256 {hashlib.sha256(text.encode()).hexdigest()}\n")
        if bare and text == f"{title}\n{kind}\nrows 0\n":
            assert load_tokenizer(path).encode("a") == [97]
            continue
        with pytest.raises(TokenizerFileError, match="cannot be read as a tokenizer"):
            load_tokenizer(path)


def test_a_missing_file_is_the_systems_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_tokenizer(tmp_path / "nothing")


@every_tokenizer
def test_a_save_that_fails_leaves_the_old_file(tokenizer, tmp_path, monkeypatch):
    path = tmp_path / "tokenizer.txt"
    path.write_text("old")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("no space")))
    with pytest.raises(OSError, match="no space"):
        tokenizer.save(path)
    assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == [path.name]


@every_tokenizer
def test_it_says_what_it_is(tokenizer):
    text = repr(tokenizer)
    assert type(tokenizer).__name__ in text and str(tokenizer.vocab_size) in text and END in text
