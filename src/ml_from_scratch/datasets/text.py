"""Text to learn from: files, read in pieces, and real English prose that is already on the machine."""

from __future__ import annotations

from collections.abc import Iterator


def load_python_topics() -> str:
    """Return the texts behind Python's ``help("topics")``: half a megabyte of English and code.

    They are chapters of the Python language reference, in alphabetical order of their titles, so
    every run of one Python version gets the same string; another version words some of it anew.

    Source: ``pydoc_data.topics`` of the running Python. Licence: Python Software Foundation
    License Version 2.

    Raises
    ------
    RuntimeError
        If this Python was stripped of its help texts.

    Examples
    --------
    >>> text = load_python_topics()
    >>> len(text) > 100_000, "assignment" in text
    (True, True)
    """
    try:
        from pydoc_data.topics import topics
    except ImportError as error:
        raise RuntimeError(
            "this Python comes without its help texts (the standard library's pydoc_data). "
            "Install your system's full Python package, or use a text of your own, or "
            "fetch_tiny_shakespeare()."
        ) from error
    return "\n\n".join(topics[title].strip() for title in sorted(topics)) + "\n"


class TextFile:
    """A text file in UTF-8, iterated over in pieces of whole lines, so that it may exceed memory.

    Parameters
    ----------
    path : str or path-like
        The file; every kind of line break is read as a line feed.
    piece : int
        About how many characters a piece has.

    Raises
    ------
    ValueError
        When it is read, if it is not UTF-8.
    OSError
        When it is read, if it cannot be.

    Examples
    --------
    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "poem.txt")
    ...     _ = open(path, "w").write("roses\\nviolets\\n")
    ...     list(TextFile(path, piece=4)), list(TextFile(path))
    (['roses\\n', 'violets\\n'], ['roses\\nviolets\\n'])
    """

    def __init__(self, path, piece=1 << 20):
        self.path, self.piece = path, piece

    def __iter__(self) -> Iterator[str]:
        with open(self.path, encoding="utf-8") as file:
            while True:
                try:
                    text = file.read(self.piece)
                    text += file.readline(self.piece) if text and text[-1] != "\n" else ""
                except UnicodeDecodeError as error:
                    raise ValueError(
                        f"{self.path} is not a text in UTF-8 ({error.reason} after about byte "
                        f"{file.buffer.tell()}): convert it, or give another file."
                    ) from None
                if not text:
                    return
                yield text
