"""A checkpoint comes back to the bit, or an error says why not; and it never runs code."""

import json
import os
import pickle
import struct
import warnings
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ml_from_scratch.core import checkpoint
from ml_from_scratch.core.checkpoint import CheckpointError, load, save

TREE = {
    "weights": np.arange(6.0).reshape(2, 3),
    "layers": [{"bias": np.zeros(3, np.float32)}, None],
    "shape": (784, 10),
    "rates": [0.1, -0.0, float("inf"), float("-inf"), 1e-320],
    "seed": 2**127 + 1,
    "name": "digits \ud800 é",
    "ready": True,
    "": {},
}


def same(a, b):
    """Equal in type and, bit for bit, in value."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, (np.ndarray, np.generic)):
        return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    if isinstance(a, complex):
        return same([a.real, a.imag], [b.real, b.imag])
    if isinstance(a, float):
        return struct.pack("d", a) == struct.pack("d", b)
    return a == b


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.npz"


def rewrite(path, change=None, compression=zipfile.ZIP_STORED, drop=(), **extra):
    """The same zip file with its manifest changed, members replaced, dropped or compressed."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist() if name not in drop}
    members.update(extra)
    if change:
        manifest = json.loads(members["checkpoint.json"])
        change(manifest)
        members["checkpoint.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


# ---- law: what is saved comes back ---------------------------------------------------------------
def test_round_trip(path):
    save(path, TREE)
    assert same(load(path), TREE)


@pytest.mark.parametrize(
    "array",
    [
        np.array(3.5),
        np.empty((0, 4)),
        np.array([np.nan, -np.nan, np.inf, -0.0]),
        np.array([True, False]),
        np.arange(5, dtype=">i4"),
        np.arange(3, dtype=np.uint8),
        np.array(["a", "", "élan", "日本"]),
        np.array([b"ab", b""]),
        np.array([1 + 2j], np.complex64),
        np.array(["2020-01-01", "NaT"], "datetime64[D]"),
        np.float16([1e-7]),
        np.longdouble([1.5]),
    ],
    ids=lambda a: f"{a.dtype}{a.shape}",
)
def test_every_kind_of_array(path, array):
    save(path, array)
    assert same(load(path), array)


@pytest.mark.parametrize(
    "scalar",
    [np.float32(0.1), np.float64("nan"), np.int64(-3), np.bool_(True), np.str_("é"), 1 - 0j]
    + [
        complex("nan+infj"),
        10**5000,
        -(2**63),
        0,
        "",
        False,
        None,
        struct.unpack("d", b"\1" * 8)[0],
    ],
    ids=lambda s: type(s).__name__,
)
def test_every_kind_of_scalar(path, scalar):
    save(path, [scalar])
    assert same(load(path), [scalar])


def test_layout_of_memory_does_not_matter(path):
    x = np.arange(24.0).reshape(4, 6)
    arrays = [x.T, np.asfortranarray(x), x[::2, ::-3], np.broadcast_to(x[0], (3, 6))]
    save(path, arrays)
    for got, expected in zip(load(path), arrays):
        np.testing.assert_array_equal(got, expected)
        assert got.flags.writeable and got.flags.c_contiguous and got.flags.owndata


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.complex_numbers(),
    hnp.arrays(
        st.one_of(
            hnp.integer_dtypes(), hnp.floating_dtypes(), hnp.unicode_string_dtypes(min_len=1)
        ),
        hnp.array_shapes(min_dims=0, min_side=0, max_side=3),
    ),
)
TREES = st.recursive(
    LEAVES,
    lambda t: st.lists(t) | st.dictionaries(st.text(), t) | st.lists(t).map(tuple),
    max_leaves=8,
)


@given(tree=TREES)
@settings(deadline=None, derandomize=True, max_examples=60)
def test_any_tree_comes_back(tree, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "any.npz"
    save(path, tree)
    assert same(load(path), tree)


def test_same_tree_same_bytes(path, tmp_path):
    save(path, TREE)
    save(tmp_path / "again.npz", TREE)
    assert path.read_bytes() == (tmp_path / "again.npz").read_bytes()


def test_numpy_can_open_the_arrays(path):
    save(path, TREE)
    with np.load(path, allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["arrays/0"], TREE["weights"])


# ---- what cannot be kept is refused, with its place ----------------------------------------------
class Coordinates(tuple):
    pass


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"a": [np.array([{}], dtype=object)]}, r"tree\['a'\]\[0\] has dtype object.*pickling"),
        (np.zeros(2, [("x", float)]), "dtype"),
        (np.bytes_(b"a\0"), "not exactly"),
        ({1: 2}, r"key must be a str; got 1"),
        ({"f": len}, r"tree\['f'\] is a builtins.builtin_function"),
        (b"bytes", "builtins.bytes"),
        (np.ma.array([1.0], mask=[True]), "MaskedArray"),
        (Coordinates((1, 2)), "Coordinates"),
        ({1, 2}, "builtins.set"),
    ],
)
def test_refused(path, tree, message):
    with pytest.raises(CheckpointError, match=message):
        save(path, tree)
    assert os.listdir(path.parent) == []


def test_a_tree_within_itself(path):
    tree = []
    tree.append(tree)
    with pytest.raises(CheckpointError, match="within itself"):
        save(path, tree)


# ---- writing is whole or not at all --------------------------------------------------------------
@pytest.mark.parametrize("broken", ["replace", "fsync"])
def test_failed_save_leaves_the_previous_file(path, monkeypatch, broken):
    save(path, {"epoch": 1})

    def fail(*args):
        raise OSError("no space left on device")

    monkeypatch.setattr(checkpoint.os, broken, fail)
    with pytest.raises(OSError, match="no space"):
        save(path, {"epoch": 2})
    monkeypatch.undo()
    assert load(path) == {"epoch": 1}
    assert os.listdir(path.parent) == ["model.npz"]


def test_missing_folder_and_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        save(tmp_path / "nowhere" / "model.npz", {})
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "model.npz")


@pytest.mark.skipif(os.name != "posix", reason="links and file modes are POSIX's")
def test_links_and_file_modes(tmp_path):
    target, link = tmp_path / "target.npz", tmp_path / "link.npz"
    link.symlink_to(target)
    save(link, {"epoch": 3})
    assert link.is_symlink() and load(target) == {"epoch": 3}
    (tmp_path / "plain").write_text("")
    assert target.stat().st_mode == (tmp_path / "plain").stat().st_mode


# ---- reading trusts nothing ----------------------------------------------------------------------
def test_every_flipped_byte_is_noticed_or_harmless(path):
    save(path, {"w": np.arange(4.0), "n": 1})
    sound = path.read_bytes()
    tree, noticed = load(path), 0
    for position in range(len(sound)):
        damaged = bytearray(sound)
        damaged[position] ^= 0x10
        path.write_bytes(damaged)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                assert same(load(path), tree), f"byte {position} changed what was read"
        except CheckpointError:
            noticed += 1
    assert noticed > len(sound) / 2  # the rest are dates, flags and the like


def test_truncated_anywhere(path):
    save(path, TREE)
    sound = path.read_bytes()
    for length in range(0, len(sound), 37):
        path.write_bytes(sound[:length])
        with pytest.raises(CheckpointError, match="truncated"):
            load(path)


@pytest.mark.parametrize("content", [b"", b"hello", pickle.dumps({}), b"PK\5\6" + b"\0" * 18])
def test_foreign_file(path, content):
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="not a sound checkpoint"):
        load(path)


def test_foreign_npz(path):
    np.savez(path, a=np.arange(3))
    with pytest.raises(CheckpointError, match="no checkpoint.json"):
        load(path)


def test_pickled_member_never_runs(path):
    class Trap:
        def __reduce__(self):
            return exec, ("raise SystemExit('code ran')",)

    with open(path, "wb") as file:
        np.lib.format.write_array(file, np.array([Trap()], dtype=object))
    trap = path.read_bytes()
    save(path, [np.zeros(1)])
    rewrite(path, **{"arrays/0.npy": trap})
    with pytest.raises(CheckpointError, match="dtype object"):
        load(path)


def npy(shape, descr="<f8", data=b""):
    header = repr({"descr": descr, "fortran_order": False, "shape": shape}).encode() + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + data


@pytest.mark.parametrize(
    ("shape", "descr"),
    [
        ((2**40,), "<f8"),
        ((2**33, 2**33), "<f8"),
        ((-1, -1), "<f8"),
        ((2**50,), "<U0"),
        ((3,), "<f8"),
    ],
)
def test_hostile_shape_asks_for_no_memory(path, shape, descr):
    save(path, [np.zeros(1)])

    def claim(manifest):
        manifest["arrays"][0].update(shape=list(shape), dtype=descr)

    rewrite(path, claim, **{"arrays/0.npy": npy(shape, descr, b"\0" * 8)})
    with pytest.raises(CheckpointError, match="size"):
        load(path)


def test_a_member_that_claims_more_than_the_file_has(path):
    """A gigabyte of shape, in agreement with the table of contents, in a file of a few bytes."""
    save(path, [np.zeros(1)])
    shape, array = (2**27,), npy((2**27,), "<f8")
    rewrite(path, lambda m: m["arrays"][0].update(shape=list(shape)), **{"arrays/0.npy": array})
    content = bytearray(path.read_bytes())
    entry = next(
        i
        for i in range(len(content))
        if content[i : i + 4] == b"PK\1\2" and b"0.npy" in content[i + 46 : i + 58]
    )
    struct.pack_into("<II", content, entry + 20, *[len(array) + 8 * shape[0]] * 2)
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="claim more bytes than the file has"):
        load(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "another"}, "format is 'another'"),
        ({"version": 2}, "version is 2"),
        ({"tree": {"array": 9}}, "IndexError"),
        ({"tree": {"a": 1, "b": 2}}, "ValueError"),
        ({"tree": {"object": "os.system"}}, "unknown kind"),
        ({"tree": {"dict": 3}}, "AttributeError"),
        ({"arrays": [{"dtype": "<f8", "shape": [2], "sha256": "0"}]}, "checksum"),
        ({"arrays": [{"dtype": "<f4", "shape": [4], "sha256": "0"}]}, "not the array"),
        ({"arrays": 3}, "TypeError"),
    ],
)
def test_changed_description(path, changes, message):
    save(path, [np.zeros(2)])
    rewrite(path, lambda manifest: manifest.update(changes))
    with pytest.raises(CheckpointError, match=message):
        load(path)


def test_missing_compressed_and_oversized_members(path):
    save(path, [np.zeros(1000)])
    sound = path.read_bytes()
    rewrite(path, drop=["arrays/0.npy"])
    with pytest.raises(CheckpointError, match="KeyError"):
        load(path)
    path.write_bytes(sound)
    rewrite(path, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(CheckpointError, match="more bytes than the file|compressed"):
        load(path)


def test_deeply_nested_json(path):
    save(path, [])
    deep = b'{"format": 1, "version": 1, "tree": ' + b"[" * 200_000
    rewrite(path, **{"checkpoint.json": deep})
    with pytest.raises(CheckpointError, match="not a sound"):
        load(path)
