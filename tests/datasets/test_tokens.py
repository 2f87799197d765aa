"""Files of tokens and windows on them: what is written comes back, and what is damaged is told."""

import os

import numpy as np
import pytest

from ml_from_scratch.datasets import (
    RandomTokenWindows,
    TokenFile,
    TokenFileError,
    TokenWindows,
    write_tokens,
)

rng = np.random.default_rng(0)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "text.tokens"


# ---- the file ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("vocab_size, width", [(1, 2), (65_536, 2), (65_537, 4), (2**32, 4)])
def test_there_and_back(path, vocab_size, width):
    tokens = rng.integers(0, vocab_size, 1000)
    tokens[:2] = 0, vocab_size - 1
    write_tokens(path, tokens, vocab_size)
    file = TokenFile(path)
    assert os.path.getsize(path) == 32 + 1000 * width
    assert file.tokens.dtype.itemsize == width and len(file) == 1000
    assert file.vocab_size == vocab_size
    np.testing.assert_array_equal(file.tokens, tokens)
    assert f"1,000 tokens, vocabulary of {vocab_size:,}" in repr(file)


def test_the_bytes_by_hand(path):
    write_tokens(path, [1, 258], vocab_size=300)
    data = path.read_bytes()
    assert data[:8] == b"mlfs-tok" and data[8:16] == b"\1\0\0\0\2\0\0\0"
    assert data[16:32] == (2).to_bytes(8, "little") + (300).to_bytes(8, "little")
    assert data[32:] == b"\1\0\2\1"


def test_piece_by_piece(path):
    write_tokens(path, (np.arange(n) for n in (3, 0, 4)), vocab_size=4)
    assert TokenFile(path).tokens.tolist() == [0, 1, 2, 0, 1, 2, 3]


@pytest.mark.parametrize("tokens", [[], np.zeros(0, int), iter([])])
def test_no_tokens(path, tokens):
    write_tokens(path, tokens, vocab_size=5)
    file = TokenFile(path)
    assert len(file) == 0 and file.vocab_size == 5


def test_the_file_is_mapped_and_cannot_be_written_to(path):
    write_tokens(path, np.arange(5), vocab_size=5)
    tokens = TokenFile(path).tokens
    assert isinstance(tokens, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        tokens[0] = 1


def test_the_split_is_by_place(path):
    write_tokens(path, np.arange(10), vocab_size=10)
    train, validation = TokenFile(path).split(0.25)
    assert train.tolist() == list(range(8)) and validation.tolist() == [8, 9]
    train, validation = TokenFile(path).split(0.0)
    assert len(train) == 10 and len(validation) == 0
    with pytest.raises(ValueError, match="validation must be a number of at least 0 and below 1"):
        TokenFile(path).split(1.0)


@pytest.mark.parametrize(
    "tokens, error, message",
    [
        ([1, 2, 10], ValueError, "token 2 is 10, outside of 0 to 9"),
        ([-1], ValueError, "token 0 is -1"),
        (iter([np.zeros(3, int), np.array([0, 77])]), ValueError, "token 4 is 77"),
        ([0.5], TypeError, "tokens are integers; got dtype float64"),
        (np.zeros((2, 2), int), ValueError, r"one axis, \(n,\); got shape \(2, 2\)"),
        (["a"], TypeError, "tokens are integers"),
    ],
)
def test_what_is_no_text_is_refused_and_leaves_no_file(path, tokens, error, message):
    with pytest.raises(error, match=message):
        write_tokens(path, tokens, vocab_size=10)
    assert os.listdir(path.parent) == []


@pytest.mark.parametrize("vocab_size", [0, 2**32 + 1])
def test_the_vocabulary_is_checked(path, vocab_size):
    with pytest.raises(ValueError, match="vocab_size"):
        write_tokens(path, [0], vocab_size)


def test_a_failed_writing_leaves_the_old_file(path):
    write_tokens(path, [1, 2], vocab_size=10)
    with pytest.raises(ValueError):
        write_tokens(path, [99], vocab_size=10)
    assert TokenFile(path).tokens.tolist() == [1, 2]


@pytest.mark.parametrize("cut", [1, 2, 20, 40, 51])
def test_a_truncated_file_is_told(path, cut):
    write_tokens(path, np.arange(10), vocab_size=10)
    data = path.read_bytes()
    path.write_bytes(data[:-cut])
    with pytest.raises(TokenFileError, match="truncated|is not a file of tokens"):
        TokenFile(path)


def test_a_file_that_is_too_long_is_told(path):
    write_tokens(path, np.arange(10), vocab_size=10)
    path.write_bytes(path.read_bytes() + b"\0\0")
    with pytest.raises(TokenFileError, match="should have 52 bytes for its 10 tokens, and has 54"):
        TokenFile(path)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x93NUMPY" + bytes(100)])
def test_foreign_files_are_told(path, content):
    path.write_bytes(content)
    with pytest.raises(TokenFileError, match="is not a file of tokens: write_tokens"):
        TokenFile(path)


@pytest.mark.parametrize("place, name", [(8, "version 9"), (12, "9 bytes a token")])
def test_another_version_is_told(path, place, name):
    write_tokens(path, np.arange(10), vocab_size=10)
    data = bytearray(path.read_bytes())
    data[place] = 9
    path.write_bytes(data)
    with pytest.raises(TokenFileError, match=name):
        TokenFile(path)


def test_no_file(path):
    with pytest.raises(FileNotFoundError):
        TokenFile(path)


# ---- windows -----------------------------------------------------------------------------------------
TEXT = np.arange(100, 120)  # a token says where it stands


@pytest.mark.parametrize("n, expected", [(5, 1), (6, 1), (8, 1), (9, 2), (12, 2), (13, 3)])
def test_windows_side_by_side(n, expected):
    """Four tokens and the one behind them: every target once, none past the end."""
    windows = TokenWindows(TEXT[:n], context_length=4)
    x, y = windows.take(np.arange(windows.n_samples))
    assert windows.n_samples == expected == len(x)
    assert y.ravel().tolist() == TEXT[1 : 4 * expected + 1].tolist()
    np.testing.assert_array_equal(x + 1, y)


def test_overlapping_windows():
    windows = TokenWindows(TEXT, context_length=3, stride=1)
    x, y = windows.take(np.array([0, windows.n_samples - 1]))
    assert windows.n_samples == 17 and x.tolist() == [[100, 101, 102], [116, 117, 118]]
    assert y[-1, -1] == 119


def test_random_windows_reach_from_the_first_token_to_the_last():
    windows = RandomTokenWindows(TEXT, context_length=17, n_samples=500)
    starts = windows.order(np.random.default_rng(0))
    x, y = windows.take(starts)
    assert set(starts.tolist()) == {0, 1, 2} and x.shape == (500, 17)
    assert x.min() == 100 and y.max() == 119
    np.testing.assert_array_equal(x + 1, y)
    again = windows.order(np.random.default_rng(0))
    assert starts.tolist() == again.tolist()


@pytest.mark.parametrize("n", [0, 1, 3])
@pytest.mark.parametrize("dtype", [np.uint16, np.uint32, np.int64])
def test_batches_are_fresh_arrays_of_int64(dtype, n):
    text = TEXT.astype(dtype)
    x, y = TokenWindows(text, context_length=4).take(np.arange(n))
    assert x.dtype == y.dtype == np.int64
    assert x.flags.c_contiguous and y.flags.c_contiguous
    x[:] = 0
    assert text[0] == 100 and y[:1, :1].tolist() == [[101]][:n]


def test_a_file_is_a_text(path):
    write_tokens(path, TEXT, vocab_size=200)
    file = TokenFile(path)
    for text in (file, file.tokens, file.split(0.5)[1]):
        x, _ = TokenWindows(text, context_length=4).take(np.array([0]))
        assert type(x) is np.ndarray and x[0, 0] == (110 if len(text) == 10 else 100)


@pytest.mark.parametrize("make", [TokenWindows, lambda t, c: RandomTokenWindows(t, c, 1)])
def test_what_is_no_text_or_too_short_is_refused(make):
    with pytest.raises(ValueError, match="needs 21 tokens; the text has 20"):
        make(TEXT, 20)
    with pytest.raises(TypeError, match="integers of shape"):
        make(TEXT.astype(float), 4)
    with pytest.raises(TypeError, match="integers of shape"):
        make(TEXT[None], 4)
    with pytest.raises(ValueError, match="context_length must be an integer of at least 1"):
        make(TEXT, 0)
