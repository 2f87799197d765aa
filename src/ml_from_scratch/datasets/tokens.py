"""Text as numbers in a file that is looked into, never read whole: for text larger than memory.

The file is a header of 32 bytes and then the tokens one after the other, two bytes each if the
vocabulary has at most 65,536 entries, else four, the low byte first. It is mapped into memory, so that
only the pages that are looked at are ever read. It is written beside its destination and renamed.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

import numpy as np

from ..core.checks import check_number
from ..core.files import replacing
from ._arguments import check_count

MAGIC, VERSION = b"mlfs-tok", 1
HEADER = struct.Struct(
    "<8sIIQQ"
)  # magic, version, bytes in a token, tokens, size of the vocabulary
DTYPES = {2: np.dtype("<u2"), 4: np.dtype("<u4")}


class TokenFileError(ValueError):
    """The file is no file of tokens, or not all of it is there."""


def write_tokens(path, tokens, vocab_size) -> None:
    """Write tokens to a file for :class:`TokenFile`, whole or not at all.

    Parameters
    ----------
    path : str or path-like
        The file to write.
    tokens : array-like of int, shape (n,), or an iterator of such arrays
        An iterator (a generator that reads and tokenizes one document after the other, say) is
        written piece by piece, so that all the tokens are never in memory together.
    vocab_size : int
        Tokens lie in 0 to vocab_size - 1. It decides how many bytes each takes.

    Raises
    ------
    TypeError
        If tokens are not integers.
    ValueError
        If a token lies outside of the vocabulary, or tokens do not have one axis.

    Examples
    --------
    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "text.tokens")
    ...     write_tokens(path, [7, 1, 3], vocab_size=10)
    ...     file = TokenFile(path)
    ...     len(file), file.tokens.tolist(), file.tokens.dtype.itemsize
    (3, [7, 1, 3], 2)
    """
    vocab_size = check_count("vocab_size", vocab_size)
    if vocab_size > 2**32:
        raise ValueError(f"vocab_size is at most 2**32, four bytes a token; got {vocab_size}.")
    width = 2 if vocab_size <= 2**16 else 4
    n = 0
    with replacing(path) as file:
        file.write(bytes(HEADER.size))
        for chunk in tokens if isinstance(tokens, Iterator) else [tokens]:
            file.write(_checked(chunk, vocab_size, n).astype(DTYPES[width]).tobytes())
            n += len(chunk)
        file.seek(0)
        file.write(HEADER.pack(MAGIC, VERSION, width, n, vocab_size))


def _checked(chunk, vocab_size, start):
    chunk = np.asarray(chunk)
    if chunk.ndim != 1:
        raise ValueError(f"tokens have one axis, (n,); got shape {chunk.shape}.")
    if chunk.size and chunk.dtype.kind not in "iu":
        raise TypeError(f"tokens are integers; got dtype {chunk.dtype}.")
    wrong = (chunk < 0) | (chunk >= vocab_size)
    if wrong.any():
        i = int(wrong.argmax())
        raise ValueError(
            f"token {start + i} is {chunk[i]}, outside of 0 to {vocab_size - 1}: the vocabulary has "
            f"{vocab_size} entries."
        )
    return chunk


class TokenFile:
    """A file of tokens, mapped into memory.

    Parameters
    ----------
    path : str or path-like
        What ``write_tokens`` wrote.

    Attributes
    ----------
    tokens : ndarray of uint16 or uint32, shape (n,)
        A read-only view of the file.
    vocab_size : int

    Raises
    ------
    TokenFileError
        If the file was not written by ``write_tokens``, or has lost its end.
    OSError
        If there is no such file.
    """

    def __init__(self, path):
        self.path = os.fspath(path)
        with open(path, "rb") as file:
            header, size = file.read(HEADER.size), os.fstat(file.fileno()).st_size
        if len(header) < HEADER.size or not header.startswith(MAGIC):
            raise TokenFileError(
                f"{self.path!r} is not a file of tokens: write_tokens(path, tokens, vocab_size) makes one."
            )
        _, version, width, n, self.vocab_size = HEADER.unpack(header)
        if version != VERSION or width not in DTYPES:
            raise TokenFileError(
                f"{self.path!r} has version {version} and {width} bytes a token; this program reads "
                f"version {VERSION} with 2 or 4."
            )
        if size != HEADER.size + n * width:
            raise TokenFileError(
                f"{self.path!r} should have {HEADER.size + n * width:,} bytes for its {n:,} tokens, and has "
                f"{size:,}: it is truncated or damaged. Write it again."
            )
        # an empty file cannot be mapped
        self.tokens = (
            np.memmap(path, DTYPES[width], "r", HEADER.size, (n,)) if n else np.empty(0, "<u2")
        )

    def split(self, validation=0.1) -> tuple:
        """Return (tokens to learn from, tokens held out): views, cut at one place, the end held out.

        Parameters
        ----------
        validation : float
            The share that is held out, from 0 to below 1.
        """
        check_number("validation", validation, least=0, below=1)
        n = len(self) - round(validation * len(self))
        return self.tokens[:n], self.tokens[n:]

    def __len__(self):
        return len(self.tokens)

    def __repr__(self):
        return f"<TokenFile {self.path!r}: {len(self):,} tokens, vocabulary of {self.vocab_size:,}>"
