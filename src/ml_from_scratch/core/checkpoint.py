"""One file for everything that is kept: arrays and JSON, no pickle.

A checkpoint is a zip file that holds one ``.npy`` member per array and one JSON member, which
describes how the arrays hang together and carries a checksum of each. What comes back equals what
was saved, types included, to the last bit; what could not come back so is refused when saving.
Nothing that is read can run code, and a member's size is checked before memory is asked for.

The file is written beside its destination and renamed at the end, so that whoever looks there
finds the old checkpoint or the new one, never half of one. ``numpy.load`` opens the arrays too.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import struct
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np

from .files import bytes_of, replacing, sync_folder

FORMAT, VERSION = "ml-from-scratch-lab checkpoint", 1
MANIFEST = "checkpoint.json"
ARRAY_KINDS = "biufcSUmM"  # every kind whose bytes are its whole content: no objects, no records
DEEPEST = 100
BLOCK = 1 << 20


class CheckpointError(ValueError):
    """What is given cannot be kept in such a file, or the file is not a sound one."""


def save(path: str | os.PathLike, tree: Any) -> None:
    """Write a tree of arrays and plain values to one file, whole or not at all.

    Parameters
    ----------
    path : str or path-like
        The file to write, as it is named: nothing is appended. Its folder must exist.
    tree : dict, list, tuple or leaf
        Any nesting of dicts (with string keys), lists and tuples. Leaves are NumPy arrays and
        scalars, int, float, complex, bool, str and None. Subclasses are refused, since they would
        come back as something else.

    Raises
    ------
    CheckpointError
        If the tree holds anything else, such as an object array; says where. Nothing is written.
    OSError
        If the file cannot be written. What was at ``path`` before is still there.

    Examples
    --------
    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.npz")
    ...     save(path, {"weights": np.arange(3.0), "epoch": 7, "rate": float("inf")})
    ...     tree = load(path)
    >>> tree["weights"].tolist(), tree["epoch"], tree["rate"]
    ([0.0, 1.0, 2.0], 7, inf)
    """
    arrays: list[np.ndarray] = []
    description = _describe(tree, "tree", arrays, depth=0)
    with replacing(path) as file:
        _write(file, description, arrays)
    sync_folder(path)


def load(path: str | os.PathLike) -> Any:
    """Read back what ``save`` wrote, verified: the same tree, in fresh writable arrays.

    Raises
    ------
    CheckpointError
        If the file is truncated, changed, of a newer format, or not a checkpoint at all.
    OSError
        If there is no such file, or it may not be read.
    """
    with open(path, "rb") as file, reading(path, "checkpoint"):
        return _read(file)


@contextlib.contextmanager
def reading(path: str | os.PathLike, kind: str) -> Iterator[None]:
    """Make one CheckpointError, which names the file, of all that damage or malice can cause."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:  # zipfile and json answer damage with a dozen kinds of error
        reason = error if isinstance(error, CheckpointError) else repr(error)
        raise CheckpointError(
            f"{os.fspath(path)!r} is not a sound {kind} ({reason}). It may be truncated, damaged or "
            "written by another program: save or fetch it again, or use an earlier copy."
        ) from error


# ---- the tree as JSON: what JSON does not have is an object with one key, its kind ---------------
def _describe(node: Any, where: str, arrays: list[np.ndarray], depth: int) -> Any:
    kind = type(node)
    if depth > DEEPEST:
        raise CheckpointError(
            f"{where[:80]}...: nested deeper than {DEEPEST} levels, or within itself. Flatten it."
        )
    if node is None or kind in (bool, str):
        return node
    if kind is int:
        return node if abs(node) < 2**63 else {"int": hex(node)}
    if kind is float:
        return node if np.isfinite(node) else {"float": struct.pack(">d", node).hex()}
    if kind is complex:
        parts = (node.real, node.imag)
        return {"complex": [_describe(part, where, arrays, depth + 1) for part in parts]}
    if kind in (list, tuple):
        items = [_describe(x, f"{where}[{i}]", arrays, depth + 1) for i, x in enumerate(node)]
        return items if kind is list else {"tuple": items}
    if kind is dict:
        for key in node:
            if type(key) is not str:
                raise CheckpointError(f"{where}: a key must be a str; got {key!r}. Use str(key).")
        named = {k: _describe(x, f"{where}[{k!r}]", arrays, depth + 1) for k, x in node.items()}
        return {"dict": named}
    if kind in (np.ndarray, np.memmap) or isinstance(node, np.generic):
        arrays.append(_storable(np.asarray(node, order="C"), kind, where))
        return {"scalar" if isinstance(node, np.generic) else "array": len(arrays) - 1}
    raise CheckpointError(
        f"{where} is a {kind.__module__}.{kind.__qualname__}. A checkpoint holds dicts, lists, "
        "tuples, NumPy arrays, numbers, strings, booleans and None: convert it to those first."
    )


def _storable(array: np.ndarray, kind: type, where: str) -> np.ndarray:
    if array.dtype.kind not in ARRAY_KINDS or array.dtype.itemsize == 0 or kind is np.bytes_:
        raise CheckpointError(
            f"{where} has dtype {array.dtype}, which could only be kept by pickling or not exactly. "
            "Use numbers, booleans, dates or strings (for text: array.astype(str))."
        )
    return array


def _rebuild(node: Any, arrays: list[np.ndarray]) -> Any:
    if isinstance(node, list):
        return [_rebuild(child, arrays) for child in node]
    if not isinstance(node, dict):
        return node
    ((kind, content),) = node.items()
    if kind == "dict":
        return {key: _rebuild(child, arrays) for key, child in content.items()}
    if kind == "tuple":
        return tuple(_rebuild(child, arrays) for child in content)
    if kind == "array":
        return arrays[content]
    if kind == "scalar":
        return arrays[content][()]
    if kind == "int":
        return int(content, 16)
    if kind == "float":
        return struct.unpack(">d", bytes.fromhex(content))[0]
    if kind == "complex":
        return complex(*_rebuild(content, arrays))
    raise CheckpointError(f"unknown kind of node {kind!r}")


# ---- the file: arrays in order, then the JSON that describes them --------------------------------
def _member(index: int) -> str:
    return f"arrays/{index}.npy"


def _write(file: BinaryIO, description: Any, arrays: list[np.ndarray]) -> None:
    entries = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for i, array in enumerate(arrays):
            data = bytes_of(array)
            header = np.lib.format.header_data_from_array_1_0(array)
            # A ZipInfo of its own carries no clock: the same tree gives the same bytes.
            with archive.open(zipfile.ZipInfo(_member(i)), "w", force_zip64=True) as member:
                np.lib.format.write_array_header_1_0(member, header)
                for start in range(0, len(data), BLOCK):
                    member.write(data[start : start + BLOCK])
            digest = hashlib.sha256(data).hexdigest()
            entries.append({"dtype": array.dtype.str, "shape": list(array.shape), "sha256": digest})
        manifest = {"format": FORMAT, "version": VERSION, "arrays": entries, "tree": description}
        archive.writestr(zipfile.ZipInfo(MANIFEST), json.dumps(manifest, allow_nan=False))


def _read(file: BinaryIO) -> Any:
    with zipfile.ZipFile(file) as archive:
        claimed = sum(member.file_size for member in archive.infolist())
        if claimed > os.fstat(file.fileno()).st_size:
            raise CheckpointError("its members claim more bytes than the file has")
        if MANIFEST not in archive.namelist():
            raise CheckpointError(f"there is no {MANIFEST} in it")
        manifest = json.loads(_stored(archive, MANIFEST).read())
        if manifest["format"] != FORMAT:
            raise CheckpointError(f"its format is {manifest['format']!r}, not {FORMAT!r}")
        if manifest["version"] != VERSION:
            raise CheckpointError(
                f"its version is {manifest['version']}, and this program reads version {VERSION}"
            )
        entries = manifest["arrays"]
        arrays = [_read_array(archive, i, entry) for i, entry in enumerate(entries)]
    return _rebuild(manifest["tree"], arrays)


def _stored(archive: zipfile.ZipFile, name: str) -> Any:
    info = archive.getinfo(name)
    if info.compress_type != zipfile.ZIP_STORED:
        raise CheckpointError(f"{name} is compressed, which a checkpoint never is")
    return archive.open(info)


def _read_array(archive: zipfile.ZipFile, index: int, entry: dict) -> np.ndarray:
    name = _member(index)
    with _stored(archive, name) as member:
        if np.lib.format.read_magic(member) != (1, 0):
            raise CheckpointError(f"{name} is not an array of .npy version 1.0")
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(member)
        if dtype.kind not in ARRAY_KINDS or fortran:
            raise CheckpointError(f"{name} has dtype {dtype}, which a checkpoint never has")
        if [dtype.str, list(shape)] != [entry["dtype"], entry["shape"]]:
            raise CheckpointError(f"{name} is not the array that the description means")
        n_bytes = dtype.itemsize
        for length in shape:  # in Python's integers, which do not overflow
            n_bytes *= length
        if n_bytes != archive.getinfo(name).file_size - member.tell() or min(shape, default=0) < 0:
            raise CheckpointError(f"{name} has another size than its shape {shape} needs")
        if dtype.itemsize == 0:
            raise CheckpointError(f"{name} has elements of no size")
        array = np.empty(shape, dtype)
        data, start = bytes_of(array), 0
        while start < len(data):
            block = member.read(BLOCK)
            if not block:
                raise CheckpointError(f"{name} ends early")
            data[start : start + len(block)] = block
            start += len(block)
        member.read(1)  # at its end the zip file's own checksum is compared
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise CheckpointError(f"{name} does not match its checksum")
    return array
