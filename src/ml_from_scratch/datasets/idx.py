"""IDX, the file format of MNIST: a magic number, the sizes of the axes, then the numbers.

======  =================================================================
bytes   meaning
======  =================================================================
0, 1    zero
2       the type of the numbers: 8 uint8, 9 int8, 11 int16, 12 int32, 13 float32, 14 float64
3       d, how many axes
4 ...   d sizes, 4 bytes each
rest    the numbers, the last axis fastest
======  =================================================================

All of it big-endian. The format is described on Y. LeCun's page of the MNIST database.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
MOST_AXES = 32  # what every NumPy can hold


def read_idx(path) -> np.ndarray:
    """Read an IDX file, gzipped or not.

    Parameters
    ----------
    path : str or Path
        For example ``train-images-idx3-ubyte.gz``.

    Returns
    -------
    ndarray
        With the shape and the type of number that the file names, in this machine's byte order.

    Raises
    ------
    ValueError
        If the file is no IDX file, is damaged, or holds more or less than its header says.
    OSError
        If the file cannot be opened.
    """
    import gzip
    import zlib

    data = Path(path).read_bytes()
    try:
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        return parse_idx(data)
    except (EOFError, OSError, zlib.error, ValueError) as error:
        raise ValueError(f"{path} is not a whole IDX file: {error}") from error


def parse_idx(data: bytes) -> np.ndarray:
    """Turn the bytes of an IDX file into an array.

    Raises
    ------
    ValueError
        If the bytes are no IDX file, or more or fewer than the header says.

    Examples
    --------
    >>> parse_idx(bytes([0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 5, 6, 7])).tolist()
    [[5, 6, 7]]
    """
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in TYPES:
        raise ValueError(f"it must begin with 0, 0, a type and a number of axes, not {data[:4]!r}.")
    dtype, axes = np.dtype(TYPES[data[2]]), data[3]
    start = 4 + 4 * axes
    if not 1 <= axes <= MOST_AXES or len(data) < start:
        raise ValueError(
            f"it names {axes} axes (1 to {MOST_AXES} make sense), or ends before them."
        )
    shape = [int.from_bytes(data[i : i + 4], "big") for i in range(4, start, 4)]
    expected = math.prod(shape) * dtype.itemsize  # Python integers: no size overflows
    if len(data) - start != expected:
        raise ValueError(
            f"shape {tuple(shape)} of {dtype.name} needs {expected} bytes after the header; "
            f"there are {len(data) - start}."
        )
    numbers = np.frombuffer(data, dtype, offset=start)
    return numbers.astype(dtype.newbyteorder("=")).reshape(shape)  # a copy that may be written to
