"""IDX files: every type of number, and everything that can be wrong with a file."""

import gzip
import struct

import numpy as np
import pytest

from ml_from_scratch.datasets import read_idx
from ml_from_scratch.datasets.idx import TYPES, parse_idx


def idx_bytes(array, code=8):
    header = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(TYPES[code]).tobytes()


@pytest.mark.parametrize("code", TYPES)
def test_every_type_comes_back_in_native_order(code):
    array = np.arange(24).reshape(2, 3, 4) * 5
    back = parse_idx(idx_bytes(array, code))
    assert np.array_equal(back, array)
    assert back.dtype == np.dtype(TYPES[code]).newbyteorder("=") and back.dtype.isnative
    back[0, 0, 0] = 1  # its own memory


def test_files_plain_and_gzipped(tmp_path):
    array = np.arange(6, dtype=np.uint8).reshape(3, 2)
    (tmp_path / "a").write_bytes(idx_bytes(array))
    (tmp_path / "a.gz").write_bytes(gzip.compress(idx_bytes(array)))
    assert read_idx(tmp_path / "a").tolist() == array.tolist()
    assert read_idx(str(tmp_path / "a.gz")).tolist() == array.tolist()


def test_no_samples_are_an_empty_array():
    assert parse_idx(idx_bytes(np.zeros((0, 28, 28)))).shape == (0, 28, 28)


GOOD = idx_bytes(np.arange(6).reshape(3, 2))
HUGE = b"\xff\xff\xff\xff"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"\0\0\x08",
        b"\x01" + GOOD[1:],  # magic
        b"\0\0\x0a" + GOOD[3:],  # no such type
        b"\0\0\x08\0",  # no axes
        b"\0\0\x08\x03" + GOOD[4:12],  # ends before its sizes
        b"\0\0\x08\xff" + b"\0\0\0\1" * 255 + b"x",  # more axes than an array can have
        GOOD[:-1],
        GOOD + b"x",
        b"\0\0\x08\x01" + HUGE + b"abc",  # promises 4 GB
        b"\0\0\x08\x04" + HUGE * 4 + b"abc",  # whose product overflows 64 bits
        b"\0\0\x0e\x02" + struct.pack(">II", 2**31, 2**31) + bytes(8),
        b"\0\0\x08\x04" + bytes(4) + HUGE * 3,  # empty, and yet too large for NumPy
        b"<!DOCTYPE html><html>not found</html>",
    ],
)
def test_what_is_no_idx_file_is_one_clear_error(data, tmp_path):
    with pytest.raises(ValueError):
        parse_idx(data)
    (tmp_path / "bad").write_bytes(data)
    with pytest.raises(ValueError, match="bad is not a whole IDX file: "):
        read_idx(tmp_path / "bad")


@pytest.mark.parametrize("data", [GOOD[:-1], GOOD + b"x"])
def test_a_wrong_length_is_told_in_bytes(data):
    there = len(data) - 12
    with pytest.raises(ValueError, match=rf"\(3, 2\) of uint8 needs 6 bytes.*there are {there}"):
        parse_idx(data)


def test_damaged_gzip_is_the_same_error(tmp_path):
    whole = gzip.compress(GOOD * 1)
    flipped = bytearray(gzip.compress(bytes(GOOD)))
    flipped[-6] ^= 0xFF  # the checksum
    for data in (whole[:-9], whole[:5], bytes(flipped), b"\x1f\x8bnonsense"):
        (tmp_path / "bad.gz").write_bytes(data)
        with pytest.raises(ValueError, match="bad.gz is not a whole IDX file: "):
            read_idx(tmp_path / "bad.gz")


def test_a_missing_file_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "none")
