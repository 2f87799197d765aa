"""safetensors: what is saved comes back, to the bit; and whatever a file claims, nothing but an error."""

import json
import os
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ml_from_scratch.core import Tensor, checkpoint
from ml_from_scratch.core.checkpoint import CheckpointError
from ml_from_scratch.core.safetensors import CODES, load_safetensors, save_safetensors

ARRAYS = {
    "blocks.0.weight": np.arange(6, dtype=np.float32).reshape(2, 3),
    "mask": np.array([True, False, True]),
    "step": np.array(7),
    "none": np.empty((0, 3), np.float16),
}
F32 = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def put(path, header, data=b"", length=None):
    """Write a file by hand; the header is an object, or bytes that need not be JSON."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)
    return path


def same(a, b):
    """Equal names in equal order, and arrays equal to the bit."""
    return list(a) == list(b) and all(
        (a[k].dtype, a[k].shape, a[k].tobytes()) == (b[k].dtype, b[k].shape, b[k].tobytes())
        for k in a
    )


# ---- worked by hand ------------------------------------------------------------------------------
def test_a_file_by_hand(path):
    header = b'{"w":{"dtype":"I16","shape":[2],"data_offsets":[0,4]}}'
    put(path, header, b"\x01\x00\xff\xff")
    arrays, metadata = load_safetensors(path)
    assert arrays["w"].tolist() == [1, -1] and arrays["w"].dtype == np.int16 and metadata == {}


def test_what_is_written_by_hand(path):
    save_safetensors(path, {"w": np.array([1, -1], np.int16)}, {"k": "v"})
    header = b'{"__metadata__":{"k":"v"},"w":{"dtype":"I16","shape":[2],"data_offsets":[0,4]}}'
    header += b" " * (-len(header) % 8)
    assert path.read_bytes() == struct.pack("<Q", len(header)) + header + b"\x01\x00\xff\xff"


def test_bfloat16_by_hand(path):
    """1.0 is 0x3f80, -2.5 is 0xc020, infinity 0x7f80; the smallest is 2^-133."""
    header = {
        "w": {"dtype": "BF16", "shape": [2, 2], "data_offsets": [0, 8]},
        "0-d": {"dtype": "BF16", "shape": [], "data_offsets": [8, 10]},
    }
    put(path, header, bytes.fromhex("803f20c0807f01008040"))
    for mapped in (False, True):
        arrays, _ = load_safetensors(path, mapped)
        w, alone = arrays["w"], arrays["0-d"]
        assert w.dtype == alone.dtype == np.float32 and w.flags.writeable
        assert type(alone) is np.ndarray and alone.shape == () and alone == 4.0
        assert w.tolist() == [[1.0, -2.5], [np.inf, 2.0**-133]]


# ---- law: what is saved comes back ---------------------------------------------------------------
@pytest.mark.parametrize("mapped", [False, True])
def test_round_trip(path, mapped):
    save_safetensors(path, ARRAYS, {"format": "np", "é\n": ""})
    arrays, metadata = load_safetensors(path, mapped)
    assert same(arrays, ARRAYS) and metadata == {"format": "np", "é\n": ""}
    for array in arrays.values():
        assert type(array) is np.ndarray and array.flags.writeable is not mapped
        assert array.flags.aligned and array.flags.c_contiguous


def test_nothing_at_all(path):
    save_safetensors(path, {})
    for mapped in (False, True):
        assert load_safetensors(path, mapped) == ({}, {})


@pytest.mark.parametrize("dtype", CODES, ids=str)
@pytest.mark.parametrize("shape", [(), (3,), (2, 0, 3), (2, 3)])
def test_every_dtype(path, dtype, shape):
    values = np.random.default_rng(0).integers(0, 2, shape)
    save_safetensors(path, {"a": values.astype(dtype)})
    assert same(load_safetensors(path)[0], {"a": values.astype(dtype)})


def test_nan_and_negative_zero_keep_their_bits(path):
    bits = np.array([0x7FC00001, 0xFFC00000, 0x80000000, 1], np.uint32)
    save_safetensors(path, {"a": bits.view(np.float32)})
    assert load_safetensors(path)[0]["a"].view(np.uint32).tolist() == bits.tolist()


def test_layout_and_byte_order_in_memory_do_not_matter(path):
    x = np.arange(24.0).reshape(4, 6)
    locked = x.copy()
    locked.flags.writeable = False
    given = {
        "transposed": x.T,
        "fortran": np.asfortranarray(x),
        "steps": x[::2, ::-3],
        "repeated": np.broadcast_to(x[0], (3, 6)),
        "locked": locked,
        "big": x.astype(">f4"),
        "big integers": np.arange(5, dtype=">i8")[::-1],
        "scalar": np.float16(0.5),
    }
    save_safetensors(path, given)
    for name, array in load_safetensors(path)[0].items():
        np.testing.assert_array_equal(array, given[name])
        assert array.dtype == given[name].dtype.newbyteorder("=") and array.dtype.isnative


def test_the_largest_numbers_come_first_so_that_all_are_aligned(path):
    sizes = {"a": np.uint8, "b": np.float64, "c": np.float16, "d": np.float32, "e": np.bool_}
    save_safetensors(path, {name: np.ones(3, dtype) for name, dtype in sizes.items()})
    (length,) = struct.unpack("<Q", path.read_bytes()[:8])
    header = json.loads(path.read_bytes()[8 : 8 + length])
    assert length % 8 == 0 and list(header) == list(sizes)
    for name, entry in header.items():
        assert entry["data_offsets"][0] % np.dtype(sizes[name]).itemsize == 0


def test_what_others_may_write_is_read(path):
    """Entries in any order, unaligned, empty ones between others, keys unknown to us, white space."""
    header = {
        "second": {**F32, "data_offsets": [5, 9], "comment": "unaligned"},
        "empty": {"dtype": "F64", "shape": [0], "data_offsets": [5, 5]},
        "first": {**F32, "data_offsets": [0, 4]},
        "byte": {"dtype": "I8", "shape": [], "data_offsets": [4, 5]},
        "__metadata__": None,
    }
    put(path, json.dumps(header).encode() + b" \n\t", struct.pack("<fbf", 1.5, -3, 2.5))
    for mapped in (False, True):
        arrays, _ = load_safetensors(path, mapped)
        assert {k: a.tolist() for k, a in arrays.items()} == {
            "second": [2.5], "empty": [], "first": [1.5], "byte": -3,
        }  # fmt: skip


NAMES = st.text().filter(lambda s: s != "__metadata__")
ANY_ARRAY = hnp.arrays(
    st.one_of(hnp.boolean_dtypes(), hnp.integer_dtypes(endianness="?"),
              hnp.unsigned_integer_dtypes(endianness="?"), hnp.floating_dtypes(endianness="?", sizes=(16, 32, 64))),
    hnp.array_shapes(min_dims=0, min_side=0, max_side=3),
)  # fmt: skip


@given(st.dictionaries(NAMES, ANY_ARRAY, max_size=4), st.dictionaries(NAMES, NAMES, max_size=3))
@settings(deadline=None, derandomize=True, max_examples=80)
def test_anything_comes_back(tmp_path_factory, arrays, metadata):
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    save_safetensors(path, arrays, metadata)
    native = {name: a.astype(a.dtype.newbyteorder("=")) for name, a in arrays.items()}
    for mapped in (False, True):
        got, told = load_safetensors(path, mapped)
        assert same(got, native) and told == metadata


def test_mapped_arrays_read_what_is_touched(path):
    save_safetensors(path, {"large": np.zeros(10_000_000, np.float32), "small": np.ones(3)})
    tracemalloc.start()
    arrays, _ = load_safetensors(path, mapped=True)
    assert arrays["small"].sum() == 3.0
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


# ---- what cannot be kept is refused, by name -----------------------------------------------------
@pytest.mark.parametrize(
    "arrays, metadata, words",
    [
        ({"a": np.array([{}], dtype=object)}, None, r"'a' has dtype object.*float32.*astype"),
        ({"a": np.array(["text"])}, None, "dtype <U4"),
        ({"a": np.longdouble([1.0])}, None, "'a' has dtype"),
        ({"a": np.array(["2020-01-01"], "M8[D]")}, None, "datetime64"),
        ({"a": np.zeros(2, [("x", "f4")])}, None, "'a' has dtype"),
        ({"a": np.ones(2, np.complex128)}, None, "complex128"),
        ({"a": [1.0, 2.0]}, None, "'a' is a builtins.list.*np.asarray"),
        ({"a": Tensor([1.0])}, None, "Tensor.*x.data"),
        ({"a": np.ma.array([1.0], mask=[True])}, None, "MaskedArray"),
        ({1: np.ones(2)}, None, "name is a str.*got 1"),
        ({"__metadata__": np.ones(2)}, None, "name is a str other than"),
        ({"\ud800": np.ones(2)}, None, "not Unicode"),
        ({}, {"epoch": 7}, "metadata holds 'epoch': 7: use strings"),
        ({}, {7: "epoch"}, "strings only"),
        ({}, {"a": "\udfff"}, "not Unicode"),
        ({}, ["a"], "metadata is a list"),
    ],
)
def test_refused(path, arrays, metadata, words):
    with pytest.raises(CheckpointError, match=words):
        save_safetensors(path, arrays, metadata)
    assert os.listdir(path.parent) == []


def test_a_header_that_no_reader_would_take_is_not_written(path, monkeypatch):
    monkeypatch.setattr("ml_from_scratch.core.safetensors_header.LONGEST", 100)
    with pytest.raises(CheckpointError, match="100 at most"):
        save_safetensors(path, {"a" * 100: np.ones(1)})
    assert os.listdir(path.parent) == []


@pytest.mark.parametrize("broken", ["replace", "fsync"])
def test_failed_save_leaves_the_previous_file(path, monkeypatch, broken):
    save_safetensors(path, ARRAYS)

    def fail(*args):
        raise OSError("no space left on device")

    monkeypatch.setattr(checkpoint.os, broken, fail)
    with pytest.raises(OSError, match="no space"):
        save_safetensors(path, {})
    monkeypatch.undo()
    assert same(load_safetensors(path)[0], ARRAYS)
    assert os.listdir(path.parent) == [path.name]


# ---- reading trusts nothing ----------------------------------------------------------------------
def entry(**changes):
    return {"a": {**F32, **changes}}


def two(second, shape=(1,)):
    return {"a": F32, "b": {"dtype": "F32", "shape": list(shape), "data_offsets": list(second)}}


RAW = json.dumps(F32).encode()
HOSTILE = {
    "header is no UTF-8": (b'{"\xff\xfe": 1}', b"", "UnicodeDecodeError"),
    "header is UTF-16": ("{}".encode("utf-16"), b"", "UnicodeDecodeError"),
    "header is no JSON": (b"{'a': 1}", b"", "JSONDecodeError"),
    "header is two objects": (b"{}{}", b"", "JSONDecodeError"),
    "header is empty": (b"", b"", "JSONDecodeError"),
    "header is a list": ([1], b"", "header is a list"),
    "header is null": (None, b"", "header is a NoneType"),
    "header is a number": (b"1", b"", "header is a int"),
    "deep lists": (b"[" * 200_000, b"", "RecursionError"),
    "deep objects": (b'{"a":' * 200_000, b"", "RecursionError"),
    "a name twice": (b'{"a":%s,"a":%s}' % (RAW, RAW), b"1234", "name 'a' twice"),
    "a key twice": (b'{"a":{"dtype":"F32",%s}' % RAW[1:], b"1234", "name 'dtype' twice"),
    "half a pair": (b'{"\\ud800":%s}' % RAW, b"1234", "not Unicode"),
    "an entry that is a list": ({"a": [1]}, b"1234", "not an object with dtype"),
    "an entry without shape": ({"a": {"dtype": "F32", "data_offsets": [0, 4]}}, b"1234", "shape"),
    "unknown dtype": (entry(dtype="F4"), b"1234", "dtype 'F4'; known are F64"),
    "dtype is code": (entry(dtype="O"), b"1234", "dtype 'O'"),
    "dtype is a list": (entry(dtype=["F32"]), b"1234", "dtype"),
    "dtype is NumPy's": (entry(dtype="<f4"), b"1234", "dtype '<f4'"),
    "shape is a number": (entry(shape=1), b"1234", "has shape 1"),
    "shape is negative": (entry(shape=[-1]), b"1234", r"has shape \[-1\]"),
    "shape is twice negative": (entry(shape=[-1, -1]), b"1234", r"has shape \[-1, -1\]"),
    "shape is a bool": (entry(shape=[True]), b"1234", r"has shape \[True\]"),
    "shape is text": (entry(shape=["1"]), b"1234", "has shape"),
    "shape is float": (entry(shape=[1.0]), b"1234", "holds 1.0, where only integers"),
    "shape is NaN": (entry(shape=[float("nan")]), b"1234", "holds NaN"),
    "shape is infinite": (entry(shape=[float("-inf")]), b"1234", "holds -Infinity"),
    "shape is 1e400": (b'{"a":{"shape":[1e400]}}', b"", "holds 1e400"),
    "shape has 33 axes": (entry(shape=[1] * 33), b"1234", "up to 32 lengths"),
    "shape of two": (entry(shape=[2]), b"1234", "has 4 bytes.*needs 8"),
    "shape of none": (entry(shape=[0]), b"1234", "needs 0"),
    "huge": (entry(shape=[2**60]), b"1234", "needs 4611686018427387904|any memory"),
    "a product that is 4 modulo 2^64": (entry(shape=[2**62 + 1]), b"1234", "any memory"),
    "a product that is 0 modulo 2^64": (entry(shape=[2**33] * 2, data_offsets=[0, 0]), b"", "memory"),
    "huge but empty": (entry(shape=[2**60, 2**60, 0], data_offsets=[0, 0]), b"", "any memory"),
    "huge and in agreement": (entry(shape=[2**40], data_offsets=[0, 2**42]), b"1234", "has 4 for"),
    "a million digits": (b'{"a":' + b"9" * 10**6 + b"}", b"", "a number of 1000000"),
    "offsets are reversed": (entry(data_offsets=[4, 0]), b"1234", "has -4 bytes"),
    "offsets are negative": (entry(data_offsets=[-4, 0]), b"1234", r"data_offsets \[-4, 0\]"),
    "offsets are three": (entry(data_offsets=[0, 4, 8]), b"1234", "data_offsets"),
    "offsets are bools": (entry(shape=[], dtype="U8", data_offsets=[False, True]), b"1", "offsets"),
    "offsets are floats": (entry(data_offsets=[0.0, 4.0]), b"1234", "holds 0.0"),
    "offsets are an object": (entry(data_offsets={"0": 4}), b"1234", "data_offsets"),
    "offsets past the end": (entry(data_offsets=[4, 8]), b"1234", "leaves a gap"),
    "overlap": (two([2, 6]), b"12345678", "'b' overlaps another"),
    "the same place": (two([0, 4]), b"1234", "overlaps another"),
    "an empty one inside another": (two([2, 2], [0]), b"1234", "overlaps another"),
    "a gap": (two([5, 9]), b"123456789", "'b' leaves a gap.*byte 5, not 4"),
    "a gap at the start": (entry(data_offsets=[1, 5]), b"12345", "byte 1, not 0"),
    "more at the end": (entry(), b"12345", "take 4 bytes, and it has 5"),
    "less at the end": (entry(), b"123", "take 4 bytes, and it has 3"),
    "data of nobody": ({}, b"1", "take 0 bytes, and it has 1"),
    "metadata is a list": ({"__metadata__": [], **entry()}, b"1234", "metadata is a list"),
    "metadata of numbers": ({"__metadata__": {"a": 1}, **entry()}, b"1234", "strings only"),
    "metadata of objects": ({"__metadata__": {"a": {}}, **entry()}, b"1234", "strings only"),
    "a boolean of 2": (entry(dtype="BOOL", data_offsets=[0, 1]), b"\2", "neither 0 nor 1"),
}  # fmt: skip


@pytest.mark.parametrize("mapped", [False, True], ids=["copied", "mapped"])
@pytest.mark.parametrize("case", HOSTILE)
def test_hostile(path, case, mapped):
    header, data, words = HOSTILE[case]
    put(path, header, data)
    tracemalloc.start()
    with pytest.raises(CheckpointError, match=words) as caught:
        load_safetensors(path, mapped)
    assert tracemalloc.get_traced_memory()[1] < 100_000_000
    tracemalloc.stop()
    message = str(caught.value)
    assert message.startswith(repr(str(path))) and "save or fetch it again" in message
    assert len(message) < 1000


@pytest.mark.parametrize("length", [3, 2**31, 2**63, 2**64 - 1, 100_000_001])
def test_a_header_that_is_longer_than_the_file(path, length):
    put(path, b"{}", length=length)
    with pytest.raises(CheckpointError, match=f"claims {length} bytes, of 2 that are there"):
        load_safetensors(path)


def test_a_header_that_is_too_long_for_anyone(path):
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", 100_000_001))
        file.truncate(200_000_000)  # a file with a hole, which takes no room
    with pytest.raises(CheckpointError, match="100000000 at most"):
        load_safetensors(path)


def test_truncated_anywhere(path):
    save_safetensors(path, ARRAYS, {"a": "b"})
    sound = path.read_bytes()
    for length in range(len(sound)):
        path.write_bytes(sound[:length])
        with pytest.raises(CheckpointError, match="not a sound safetensors file"):
            load_safetensors(path)


def test_foreign_files(path):
    with open(path, "wb") as file:
        np.savez(file, a=np.ones(3))
    with pytest.raises(CheckpointError, match="not a sound safetensors"):
        load_safetensors(path)
    checkpoint.save(path, [1])
    with pytest.raises(CheckpointError, match="not a sound safetensors"):
        load_safetensors(path)
    save_safetensors(path, {})
    with pytest.raises(CheckpointError, match="not a sound checkpoint"):
        checkpoint.load(path)


def test_a_missing_file_or_folder(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_safetensors(tmp_path / "none")
    with pytest.raises(FileNotFoundError):
        save_safetensors(tmp_path / "none" / "file", {})


@pytest.mark.parametrize("seed", range(4))
def test_bytes_at_random(path, seed):
    """A few changed bytes: another sound file, or a CheckpointError; never another error."""
    save_safetensors(path, ARRAYS, {"a": "b"})
    sound = np.frombuffer(path.read_bytes(), np.uint8)
    rng, refused = np.random.default_rng(seed), 0
    end_of_header = 8 + int(sound[:8].view("<u8")[0])
    for _ in range(400):
        damaged = sound.copy()
        places = rng.integers(0, end_of_header, rng.integers(1, 4))
        damaged[places] = rng.choice([rng.integers(0, 256), ord("9"), ord('"'), ord("-")])
        path.write_bytes(damaged.tobytes())
        try:
            arrays, metadata = load_safetensors(path)
        except CheckpointError:
            refused += 1
            continue
        assert sum(a.nbytes for a in arrays.values()) == len(sound) - end_of_header
        assert all(isinstance(text, str) for pair in metadata.items() for text in pair)
    assert 200 < refused < 400
