"""What a chapter of the lab is: a function that does something and writes what it saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from ..report import Report

CHAPTERS: dict = {}  # name -> Chapter, in the order of the book


@dataclass(frozen=True)
class Chapter:
    """One experiment of the lab.

    Attributes
    ----------
    name : str
        What the command line calls it.
    title, lead : str
        Its heading in the report and the sentence below.
    write : callable
        write(report, seed) does the work, adds to the report and returns its result in one line.
    """

    name: str
    title: str
    lead: str
    write: Callable[[Report, int], str]


def chapter(name: str, title: str, lead: str):
    """Register the decorated function as a chapter."""

    def register(write):
        CHAPTERS[name] = Chapter(name, title, lead, write)
        return write

    return register


def repeat(name: str, seed: int) -> str:
    """Return the words that say how to see a chapter's figures again."""
    return f"Seed {seed}; mlfs lab --only {name} --seed {seed}."
