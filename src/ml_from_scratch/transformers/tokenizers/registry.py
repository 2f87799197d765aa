"""Tokenizers by the kind that their files name, and reading any of them."""

from __future__ import annotations

from .base import Tokenizer
from .basic import BasicBytePairTokenizer
from .byte_pair import BytePairTokenizer
from .bytes import ByteTokenizer
from .chars import CharTokenizer
from .text_file import TokenizerFileError, read_fields

TOKENIZERS = {
    kind.kind: kind
    for kind in (CharTokenizer, ByteTokenizer, BasicBytePairTokenizer, BytePairTokenizer)
}


def load_tokenizer(path) -> Tokenizer:
    """Read a tokenizer of any kind that its ``save`` wrote.

    Raises
    ------
    TokenizerFileError
        If the file is no tokenizer's, or was changed or cut.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "letters.txt")
    ...     CharTokenizer("abc").save(path)
    ...     load_tokenizer(path).encode("cab")
    [2, 0, 1]
    """
    fields, rows = read_fields(path)
    kind = fields.get("kind")
    if not isinstance(kind, str) or kind not in TOKENIZERS:
        known = ", ".join(map(repr, TOKENIZERS))
        raise TokenizerFileError(path, f"it holds a {kind!r}; known kinds are {known}")
    return TOKENIZERS[kind]._from_file(path, fields, rows)
