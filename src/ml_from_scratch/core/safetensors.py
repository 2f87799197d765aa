"""safetensors: the files in which most published weights come, read and written in NumPy.

Such a file has three parts, and nothing else::

    8 bytes    N, a little-endian integer: the length of the header
    N bytes    the header in JSON: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
               with one entry for each array, and strings by name under "__metadata__"
    the rest   the numbers, little-endian, row by row; data_offsets count from where this part begins

The arrays lie in it one behind the other, without gap or overlap. So a reader can check all that a file
claims against its size before it asks for memory, and nothing in it is code. Source: Hugging Face 2022,
"Safetensors, a simple format", the section Format of its README.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np

from .checkpoint import CheckpointError, reading
from .files import bytes_of, replacing, sync_folder
from .safetensors_header import (
    DTYPES,
    METADATA,
    Entry,
    check_metadata,
    check_text,
    header_bytes,
    read_header,
)

CODES = {np.dtype(dtype): code for code, dtype in DTYPES.items() if code != "BF16"}


def load_safetensors(path: str | os.PathLike, mapped: bool = False) -> tuple:
    """Read a safetensors file: ({name: array}, metadata), in the order of its header.

    Parameters
    ----------
    path : str or path-like
        The file.
    mapped : bool
        False reads everything into fresh, writable arrays. True maps the file into memory: the arrays
        are read-only, and the disk is read where they are touched, so that a few of many cost little. The
        file must then stay as it is while they are in use.

    Returns
    -------
    arrays : dict of str to numpy.ndarray
        BF16 (bfloat16, which NumPy lacks) becomes float32, which holds its every value; such arrays are
        fresh even if ``mapped``.
    metadata : dict of str to str

    Raises
    ------
    CheckpointError
        If the file is truncated or damaged, is no safetensors file, or has a dtype that NumPy lacks.
    OSError
        If there is no such file, or it may not be read.

    Examples
    --------
    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.safetensors")
    ...     save_safetensors(path, {"weight": np.eye(2, dtype=np.float32)}, {"epoch": "7"})
    ...     arrays, metadata = load_safetensors(path)
    >>> arrays["weight"].tolist(), metadata
    ([[1.0, 0.0], [0.0, 1.0]], {'epoch': '7'})
    """
    with open(path, "rb") as file, reading(path, "safetensors file"):
        entries, metadata, start = read_header(file)
        if mapped:
            data = np.asarray(np.memmap(file, np.uint8, mode="r"))[start:]
            return {e.name: _decoded(e, _viewed(e, data)) for e in entries}, metadata
        return {e.name: _decoded(e, _copied(e, file, start)) for e in entries}, metadata


def save_safetensors(path: str | os.PathLike, arrays: Mapping, metadata: Any = None) -> None:
    """Write arrays by name to one safetensors file, whole or not at all.

    Parameters
    ----------
    path : str or path-like
        The file to write, as it is named: nothing is appended. Its folder must exist.
    arrays : dict of str to numpy.ndarray
        Of real numbers of up to 64 bits, complex64 or booleans, however they lie in memory.
    metadata : dict of str to str, optional
        What else is to be kept.

    Raises
    ------
    CheckpointError
        If a name, an array or the metadata are of another kind; says which. Nothing is written.
    OSError
        If the file cannot be written. What was at ``path`` before is still there.

    Notes
    -----
    Readers map such files into memory, so the arrays should begin where the processor likes it: the header
    is padded to a multiple of 8 bytes, and the arrays with the largest numbers come first.
    """
    codes = {name: _code(name, array) for name, array in arrays.items()}
    in_file = sorted(arrays, key=lambda name: -arrays[name].dtype.itemsize)
    ends = np.cumsum([arrays[name].nbytes for name in in_file], dtype=np.int64).tolist()
    offsets = {name: [end - arrays[name].nbytes, end] for name, end in zip(in_file, ends)}
    entries = {
        name: {"dtype": code, "shape": list(arrays[name].shape), "data_offsets": offsets[name]}
        for name, code in codes.items()
    }
    header = header_bytes(entries, check_metadata(metadata))
    with replacing(path) as file:
        file.write(header)
        for name in in_file:
            file.write(bytes_of(np.asarray(arrays[name], DTYPES[codes[name]], order="C")))
    sync_folder(path)


def _copied(entry: Entry, file: BinaryIO, start: int) -> np.ndarray:
    array = np.empty(entry.shape, DTYPES[entry.code])
    file.seek(start + entry.begin)
    if file.readinto(bytes_of(array)) != array.nbytes:  # type: ignore[attr-defined]
        raise CheckpointError(f"{entry.name!r:.80} ends early")
    return array


def _viewed(entry: Entry, data: np.ndarray) -> np.ndarray:
    return data[entry.begin : entry.end].view(DTYPES[entry.code]).reshape(entry.shape)


def _decoded(entry: Entry, array: np.ndarray) -> np.ndarray:
    """The numbers as NumPy knows them, in the machine's own order of bytes."""
    if entry.code == "BF16":  # the upper half of a float32
        bits = array.astype(np.uint32)
        bits <<= np.uint32(16)
        return bits.view(np.float32)
    if entry.code == "BOOL" and array.size and array.view(np.uint8).max() > 1:
        raise CheckpointError(f"{entry.name!r:.80} has booleans that are neither 0 nor 1")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _code(name: Any, array: Any) -> str:
    if not isinstance(name, str) or name == METADATA:
        raise CheckpointError(f"an array's name is a str other than {METADATA!r}; got {name!r}.")
    check_text(name)
    if type(array) not in (np.ndarray, np.memmap) and not isinstance(array, np.generic):
        raise CheckpointError(
            f"{name!r} is a {type(array).__module__}.{type(array).__qualname__}, and only NumPy's arrays can "
            "be kept: convert it first, with np.asarray(x), or x.data of a Tensor."
        )
    code = CODES.get(array.dtype.newbyteorder("<"))
    if code is None:
        raise CheckpointError(
            f"{name!r} has dtype {array.dtype}, and a safetensors file holds "
            f"{', '.join(dtype.name for dtype in CODES)}: convert it with array.astype(dtype), "
            "or use checkpoint.save, which keeps more."
        )
    return code
