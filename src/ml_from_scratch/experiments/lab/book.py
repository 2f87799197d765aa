"""The book: runs the chapters one after the other and binds what they wrote."""

from __future__ import annotations

import os
import time
import traceback
from pathlib import Path

from ...core.progress import progress
from .. import surroundings
from ..report import Report
from .chapters import CHAPTERS

TITLE = "ML From Scratch Lab"
LEAD = (
    "Machine learning from first principles, run on this machine a moment ago: every figure below was "
    "computed by NumPy."
)


def run_lab(folder="runs/lab", only=None, seed: int = 0, say=print) -> int:
    """Run the chapters, write ``report.html`` into the folder, and tell what came out.

    Parameters
    ----------
    folder : path
        Made if it is missing.
    only : list of str, optional
        Names of chapters; all of them by default.
    seed : int
        Of everything random.
    say : callable
        Gets the lines meant for the reader.

    Returns
    -------
    int
        How many chapters failed. A failure is in the report, and the other chapters are still run.

    Raises
    ------
    ValueError
        If a name in ``only`` is no chapter's.
    """
    chosen = [CHAPTERS[name] for name in _checked(only)]
    say(f"{TITLE}: {len(chosen)} chapters, seed {seed}")
    for line in missing():
        say(line)
    report, failed, results = Report(TITLE, LEAD), 0, []
    for line in missing():
        report.note(line)
    with progress(len(chosen), "lab", unit="chapter", lines=len(chosen)) as done:
        for i, chapter in enumerate(chosen, 1):
            result, worked, seconds = _write(chapter, report, seed)
            failed += not worked
            results.append(f"  {chapter.title}: {result} ({seconds:.1f} s)")
            done(i, chapter.name)
    for line in results:
        say(line)
    path = Path(folder) / "report.html"
    os.makedirs(folder, exist_ok=True)
    report.save(path)
    say(f"\nThe report is at {path}: open it in a browser.")
    say(NEXT)
    return failed


def missing() -> list:
    """Return a sentence for every optional library that the lab would have used."""
    needed = {
        "matplotlib": "the plots are left out",
        "sklearn": "scikit-learn stands not beside our models",
    }
    return [
        f"{library} is not installed, so {effect}: {surroundings.how_to_install(library)}"
        for library, effect in needed.items()
        if not surroundings.is_installed(library)
    ]


def _checked(only):
    unknown = [name for name in only or () if name not in CHAPTERS]
    if unknown:
        raise ValueError(f"no chapter {', '.join(unknown)}; there are: {', '.join(CHAPTERS)}.")
    return only or list(CHAPTERS)


def _write(chapter, report, seed):
    """(result, whether it worked, seconds) of one chapter."""
    start = time.perf_counter()
    report.section(chapter.title, chapter.lead)
    try:
        result, worked = chapter.write(report, seed), True
    except Exception as error:  # a chapter that fails is reported, and the rest of the book goes on
        result, worked = f"FAILED: {type(error).__name__}: {error}", False
        report.note(result)
        report.listing(traceback.format_exc(limit=-3))
    return result, worked, time.perf_counter() - start


NEXT = """What to try next:
  mlfs lab --list                    the chapters, one by one
  mlfs lab --only network --seed 1   the network with another seed
  mlfs doctor                        what is installed, and whether the maths agrees with itself
  python examples/mlp_digits.py      the network chapter as a script of one page"""
