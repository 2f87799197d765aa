"""A file for a tokenizer that people can read, and that is checked when programs do.

::

    ml-from-scratch-lab tokenizer, version 1
    kind "byte_pair"
    split "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+|..."
    rows 2
    32 116 b' t'
    256 104 b' th'
    sha256 63a1...

Each field is a name and a JSON value; rows are the tokenizer's own. The last line is a fingerprint of all
above it, so that a file that was cut or changed is not taken for what was saved. Nothing that is read can
run code.
"""

from __future__ import annotations

import hashlib
import json
import os

from ...core.files import replacing

TITLE = "ml-from-scratch-lab tokenizer, version "
VERSION = 1


class TokenizerFileError(ValueError):
    """A file holds no tokenizer, or not a sound one."""

    def __init__(self, path, why):
        super().__init__(os.fspath(path), why)

    def __str__(self):
        path, why = self.args
        return f"{path!r} cannot be read as a tokenizer: {why}."


def write_fields(path, fields, rows) -> None:
    """Write fields (names with JSON values) and rows (lines of ASCII) to a file."""
    lines = [f"{TITLE}{VERSION}", *(f"{name} {json.dumps(v)}" for name, v in fields.items())]
    body = "\n".join([*lines, f"rows {len(rows)}", *rows, ""]).encode("ascii")
    with replacing(path) as file:
        file.write(body)
        file.write(f"sha256 {hashlib.sha256(body).hexdigest()}\n".encode())


def read_fields(path) -> tuple[dict, list[str]]:
    """Return the fields and the rows that ``write_fields`` wrote.

    Raises
    ------
    TokenizerFileError
        If anything is not as it was written.
    """
    text = read_text(path).replace("\r\n", "\n")
    title, _, rest = text.partition("\n")
    if not title.startswith(TITLE):
        raise TokenizerFileError(path, f"its first line is not {TITLE + str(VERSION)!r}")
    if title != f"{TITLE}{VERSION}":
        raise TokenizerFileError(path, f"this program reads version {VERSION}, it is {title!r}")
    body, mark, seal = text.rpartition("sha256 ")
    if not mark or seal.strip() != hashlib.sha256(body.encode()).hexdigest():
        raise TokenizerFileError(path, "it was cut or changed since it was saved (sha256 differs)")
    return _parsed(path, body.split("\n")[1:-1])


def _parsed(path, lines) -> tuple[dict, list[str]]:
    fields = {}
    for i, line in enumerate(lines):
        name, _, value = line.partition(" ")
        try:
            fields[name] = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise TokenizerFileError(path, f"field {name!r} has no JSON value: {error}") from error
        if name == "rows":
            if fields.pop("rows") != len(lines) - i - 1:
                raise TokenizerFileError(path, f"{len(lines) - i - 1} rows follow {line!r}")
            return fields, lines[i + 1 :]
    raise TokenizerFileError(path, "the line that counts its rows is missing")


def read_text(path) -> str:
    """Return the text of a file in UTF-8."""
    with open(path, "rb") as file:
        content = file.read()
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TokenizerFileError(path, f"it is no text in UTF-8 ({error})") from error
