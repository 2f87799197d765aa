"""The header of a safetensors file: every claim is checked before it is believed.

It is one JSON object, {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}, with an entry
for each array, and strings by name under "__metadata__". What the module ``safetensors`` then reads is in
the file, of a known dtype, of a size that fits, and nobody else's.
"""

from __future__ import annotations

import json
import math
import os
import struct
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from .checkpoint import CheckpointError

DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "C64": "<c8",
    "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip
METADATA = "__metadata__"
LONGEST = 100_000_000  # bytes, as in the format's own library
MOST_AXES = 32  # NumPy's limit, before NumPy 2


class Entry(NamedTuple):
    """One array of a file: where it lies in the data, and what its bytes mean."""

    name: str
    code: str
    shape: tuple
    begin: int
    end: int


def read_header(file: BinaryIO) -> tuple:
    """Return (the entries, the metadata, where the data begin) of an open file.

    Raises
    ------
    CheckpointError, or what json and Unicode raise
        If the header is not a sound one, or does not fit the file. No memory is asked for that the
        file's own size does not justify.
    """
    size = os.fstat(file.fileno()).st_size
    if size < 8:
        raise CheckpointError(f"it has {size} bytes, and the length of the header alone takes 8")
    (length,) = struct.unpack("<Q", file.read(8))
    if length > min(size - 8, LONGEST):
        raise CheckpointError(
            f"its header claims {length} bytes, of {size - 8} that are there and {LONGEST} at most"
        )
    header = _parse(file.read(length).decode("utf-8"))
    metadata = check_metadata(header.pop(METADATA, None))
    entries = [_entry(name, description) for name, description in header.items()]
    _check_that_they_tile(entries, size - 8 - length)
    return entries, metadata, 8 + length


def header_bytes(entries: dict, metadata: dict) -> bytes:
    """Return a header as it stands in the file: its length, JSON, and spaces to a multiple of 8 bytes."""
    header = {METADATA: metadata, **entries} if metadata else entries
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)
    if len(text) > LONGEST:
        raise CheckpointError(
            f"names and metadata take {len(text)} bytes, and a header has {LONGEST} at most."
        )
    return struct.pack("<Q", len(text)) + text


def check_metadata(metadata: Any) -> dict:
    """Return metadata if they are strings by name; None is none."""
    if metadata is None:
        return {}
    if not isinstance(metadata, dict):
        raise CheckpointError(f"metadata is a {type(metadata).__name__}, not a dict of strings")
    for pair in metadata.items():
        if not all(isinstance(text, str) for text in pair):
            key, value = pair
            raise CheckpointError(f"metadata holds {key!r:.80}: {value!r:.80}: use strings only")
        for text in pair:
            check_text(text)
    return metadata


def check_text(text: str) -> None:
    """Refuse strings that cannot be written as UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise CheckpointError(f"{text!r:.80} is not Unicode: it holds half a pair") from None


# ---- JSON, of objects, strings and short integers only -------------------------------------------
def _parse(text: str) -> dict:
    header = json.loads(
        text,
        object_pairs_hook=_without_duplicates,
        parse_int=_integer,
        parse_float=_no_float,
        parse_constant=_no_float,
    )
    if not isinstance(header, dict):
        raise CheckpointError(f"its header is a {type(header).__name__}, not an object with names")
    return header


def _without_duplicates(pairs: list) -> dict:
    found: dict = {}
    for name, value in pairs:
        if name in found:
            raise CheckpointError(f"its header has the name {name!r:.80} twice")
        found[name] = value
    return found


def _integer(digits: str) -> int:
    if len(digits) > 20:  # 2**64 has 20; converting millions of them would take minutes
        raise CheckpointError(f"its header holds a number of {len(digits)} digits")
    return int(digits)


def _no_float(number: str) -> float:
    raise CheckpointError(f"its header holds {number:.80}, where only integers have a meaning")


# ---- the entries ---------------------------------------------------------------------------------
def _entry(name: str, description: Any) -> Entry:
    """One entry, whose dtype is known and whose shape fits its bytes."""
    check_text(name)
    where = f"the entry of {name!r:.80}"
    keys = ("dtype", "shape", "data_offsets")
    if not isinstance(description, dict) or any(key not in description for key in keys):
        raise CheckpointError(f"{where} is not an object with {', '.join(keys)}")
    code, shape, offsets = (description[key] for key in keys)
    if not isinstance(code, str) or code not in DTYPES:
        raise CheckpointError(f"{where} has dtype {code!r:.80}; known are {', '.join(DTYPES)}")
    if not _are_lengths(shape) or len(shape) > MOST_AXES:
        raise CheckpointError(f"{where} has shape {shape!r:.80}, not up to {MOST_AXES} lengths")
    if not _are_lengths(offsets) or len(offsets) != 2:
        raise CheckpointError(f"{where} has data_offsets {offsets!r:.80}, not [begin, end]")
    entry = Entry(name, code, tuple(shape), *offsets)
    _check_size(entry, where)
    return entry


def _are_lengths(value: Any) -> bool:
    return isinstance(value, list) and all(type(n) is int and n >= 0 for n in value)


def _check_size(entry: Entry, where: str) -> None:
    """The shape takes as many bytes as the offsets say, in Python's integers, which do not overflow."""
    itemsize = np.dtype(DTYPES[entry.code]).itemsize
    claim = f"shape {list(entry.shape)!r:.80} of {entry.code}"
    if math.prod(max(n, 1) for n in entry.shape) * itemsize >= 2**63:
        raise CheckpointError(f"{where} has {claim}, more than any memory can hold")
    given, needed = entry.end - entry.begin, math.prod(entry.shape) * itemsize
    if given != needed:
        raise CheckpointError(f"{where} has {given} bytes for its {claim}, which needs {needed}")


def _check_that_they_tile(entries: list, n_bytes: int) -> None:
    """Each array begins where the one before ends, and the last one ends with the file."""
    place = 0
    for entry in sorted(entries, key=lambda e: (e.begin, e.end)):
        if entry.begin != place:
            kind = "overlaps another" if entry.begin < place else "leaves a gap before it"
            raise CheckpointError(
                f"{entry.name!r:.80} {kind}: it begins at byte {entry.begin}, not {place}"
            )
        place = entry.end
    if place != n_bytes:
        raise CheckpointError(f"its arrays take {place} bytes, and it has {n_bytes} for them")
