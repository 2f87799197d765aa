"""Writing a file whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import BinaryIO


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
