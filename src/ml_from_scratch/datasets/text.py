"""Real English prose that is already on the machine: the Python manual inside Python."""

from __future__ import annotations


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
