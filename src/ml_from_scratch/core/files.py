"""Writing a file whole or not at all, and what arrays look like as bytes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np


@contextlib.contextmanager
def replacing(path: str | os.PathLike) -> Iterator[BinaryIO]:
    """Open a new file beside ``path`` for writing bytes; it takes ``path``'s place at the end.

    If the block fails, what was at ``path`` before is still there, and nothing else is left.

    Examples
    --------
    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "note.txt")
    ...     with replacing(path) as file:
    ...         _ = file.write(b"whole")
    ...     open(path).read(), os.listdir(folder)
    ('whole', ['note.txt'])
    """
    path = os.path.realpath(path)  # through a link, the file that it points to is replaced
    folder, name = os.path.split(path)
    beside = os.path.join(folder, f".{name}.{os.urandom(4).hex()}.tmp")
    try:
        with open(beside, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        if os.path.exists(beside):
            os.remove(beside)
        raise


def sync_folder(path: str | os.PathLike) -> None:
    """Make a file's new name last through a power cut, where folders can be synchronised (not Windows)."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    folder = os.path.dirname(os.path.realpath(path))
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):  # some file systems refuse; the file itself is safe
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def bytes_of(array: np.ndarray) -> memoryview:
    """Return the memory of a C-contiguous array as bytes, to write from or to read into.

    Examples
    --------
    >>> bytes(bytes_of(np.array([1, 258], "<u2")))
    b'\\x01\\x00\\x02\\x01'
    """
    return array.reshape(-1).view(np.uint8).data
