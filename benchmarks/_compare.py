"""Fair races between this package and a reference: same answer first, then the clock.

Import this before NumPy: it asks every BLAS and OpenMP library for one thread, on both sides. A race
runs each side once to warm up and to compare the answers, then times them in turns (so that a slow
moment of the machine meets all of them) and reports medians. A benchmark is a ``Suite`` with a
function per workload, which returns what to run on each side::

    from _compare import Suite          # first, before numpy

    suite = Suite("Sums", reference="python")

    @suite.case("a million numbers", agree=1e-12, bar=0.5)
    def a_million():
        x = np.random.default_rng(0).random(1_000_000)
        values = x.tolist()
        return {"ours": lambda: x.sum(), "python": lambda: sum(values)}

    if __name__ == "__main__":
        suite.main()

A ratio is our time over the reference's: below 1 we are faster. Peak memory is measured, too, in a
process of its own for each side (``_memory``). How a result is approached is a curve::

    @suite.curve("distance to the minimum", x="sweeps", y="objective - minimum", log=True)
    def descent():
        return {"ours": (sweeps, gaps), "python": (sweeps, their_gaps)}

``run_all.py`` runs every suite and writes one report.
"""

from __future__ import annotations

import os
import sys

THREADS = ("OMP", "OPENBLAS", "MKL", "BLIS", "VECLIB_MAXIMUM", "NUMEXPR")
for _library in THREADS:
    os.environ[f"{_library}_NUM_THREADS"] = "1"

import argparse  # noqa: E402
import gc  # noqa: E402
import json  # noqa: E402
import statistics  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from dataclasses import asdict, dataclass, field  # noqa: E402
from typing import NamedTuple  # noqa: E402

import numpy as np  # noqa: E402
from _machine import about_machine  # noqa: E402
from _memory import peak_megabytes  # noqa: E402

OURS = "ours"
SHORTEST = 2e-3  # seconds: quicker workloads are repeated within one timing
MEMORY_BAR, MEMORY_NOISE = 2.0, 8.0  # at most twice the reference's peak; MB that say nothing


@dataclass
class Race:
    """What one race found: median seconds and the answer of each side."""

    seconds: dict
    answers: dict
    samples: dict = field(repr=False)


def race(sides: dict[str, Callable], *, repeats: int = 7, compare: Callable | None = None) -> Race:
    """Time functions of no arguments against each other.

    ``compare(answers)`` is called with each side's answer before any clock starts, and raises if
    they differ.
    """
    _one_thread()
    answers = {name: run() for name, run in sides.items()}
    if compare is not None:
        compare(answers)
    calls = {name: _calls_per_timing(run) for name, run in sides.items()}
    samples: dict = {name: [] for name in sides}
    names = list(sides)
    for turn in range(repeats):
        for name in names if turn % 2 == 0 else reversed(names):
            samples[name].append(_time(sides[name], calls[name]))
    seconds = {name: statistics.median(times) for name, times in samples.items()}
    return Race(seconds, answers, samples)


def _calls_per_timing(run) -> int:
    return max(1, round(SHORTEST / max(_time(run, 1), 1e-7)))


def _time(run, calls: int) -> float:
    collecting = gc.isenabled()
    gc.disable()  # a collection would fall on whoever is running
    try:
        start = time.perf_counter()
        for _ in range(calls):
            run()
        return (time.perf_counter() - start) / calls
    finally:
        if collecting:
            gc.enable()


def _one_thread() -> None:
    """Also for libraries that were imported before this file, or that count threads themselves."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    try:
        import threadpoolctl
    except ImportError:
        return
    threadpoolctl.threadpool_limits(1)


def difference(ours, reference) -> float:
    """Return the largest difference of two answers, relative to the reference's largest value.

    Answers are arrays, numbers, or tuples, lists and dicts of them.
    """
    if isinstance(reference, dict):
        return max(difference(ours[key], reference[key]) for key in reference)
    if isinstance(reference, (tuple, list)):
        return max(difference(a, b) for a, b in zip(ours, reference))
    ours, reference = np.asarray(ours, float), np.asarray(reference, float)
    if ours.shape != reference.shape:
        raise AssertionError(f"shapes differ: {ours.shape} and {reference.shape}")
    if ours.size == 0:
        return 0.0
    return float(np.abs(ours - reference).max() / (np.abs(reference).max() or 1.0))


class Case(NamedTuple):
    """A workload, and how it is judged."""

    workload: str
    prepare: Callable
    agree: float | None
    bar: float | None
    repeats: int
    answer: Callable | None


class Curve(NamedTuple):
    """How each side approaches its result."""

    title: str
    points: Callable
    x: str
    y: str
    log: bool


@dataclass
class Row:
    """One line of the table."""

    workload: str
    milliseconds: dict
    ratio: float | None  # ours over the reference; None where the reference is missing
    difference: float | None
    allowed: float | None
    bar: float | None
    megabytes: dict  # peak memory above what the data take; empty where it cannot be measured

    @property
    def missed(self) -> bool:
        """Whether a bar was set and not reached, in time or in memory."""
        return self.too_slow or self.too_large

    @property
    def too_slow(self) -> bool:
        """Whether the ratio is above its bar."""
        return self.bar is not None and self.ratio is not None and self.ratio > self.bar

    @property
    def too_large(self) -> bool:
        """Whether the peak is more than twice the reference's, and by more than noise."""
        if len(self.megabytes) < 2:
            return False
        ours = self.megabytes[OURS]
        others = max(value for name, value in self.megabytes.items() if name != OURS)
        return ours > MEMORY_BAR * others + MEMORY_NOISE


class Suite:
    """Workloads that share a title and a reference."""

    def __init__(self, title: str, *, reference: str, packages: tuple = ()):
        self.title, self.reference = title, reference
        self.packages = packages or (reference,)
        self.cases: list = []
        self.curves: list = []
        self.disagreements: list = []  # a sentence for each workload whose answers differ

    def case(self, workload, *, agree=None, bar=None, repeats=7, answer=None):
        """Enter a workload: a function without arguments that returns {side: function to time}.

        ``agree`` is how much the answers of "ours" and the reference may differ (``difference``),
        or None where they are not comparable; ``bar`` is the ratio to reach. ``answer`` turns what
        a side returns (a fitted model, say) into what is compared, off the clock.
        """

        def enter(prepare):
            self.cases.append(Case(workload, prepare, agree, bar, repeats, answer))
            return prepare

        return enter

    def curve(self, title, *, x, y, log=False):
        """Enter a curve: a function without arguments that returns {side: (xs, ys)}."""

        def enter(points):
            self.curves.append(Curve(title, points, x, y, log))
            return points

        return enter

    def run(self, *, only: str = "", repeats: int | None = None, memory: bool = False) -> list:
        """Race all workloads whose name contains ``only``; print and return the rows.

        A workload whose answers differ is not timed, but told in ``disagreements``; the others run.
        """
        rows, width = [], max((len(case.workload) for case in self.cases), default=0)
        for case in self.cases:
            if only.lower() not in case.workload.lower():
                continue
            try:
                row = self._row(case, repeats or case.repeats, memory)
            except AssertionError as error:
                self.disagreements.append(str(error))
                print(f"{case.workload:<{width}}  NOT TIMED: {error}", flush=True)
                continue
            rows.append(row)
            print(self._line(row, width), flush=True)
        return rows

    def _row(self, case, repeats, memory) -> Row:
        seen = {}

        def compare(answers):
            if case.agree is None or self.reference not in answers:
                return
            pair = [answers[OURS], answers[self.reference]]
            seen["difference"] = difference(*map(case.answer, pair) if case.answer else pair)
            if not seen["difference"] <= case.agree:
                raise AssertionError(
                    f"{case.workload}: the answers differ by {seen['difference']:.1e} of the largest "
                    f"value; {case.agree:.0e} is allowed. Nothing is timed before both sides do the same."
                )

        sides = case.prepare()
        peaks = {name: peak_megabytes(run) for name, run in sides.items()} if memory else {}
        seconds = race(sides, repeats=repeats, compare=compare).seconds
        return Row(
            case.workload,
            milliseconds={name: 1e3 * value for name, value in seconds.items()},
            ratio=seconds[OURS] / seconds[self.reference] if self.reference in seconds else None,
            difference=seen.get("difference"),
            allowed=case.agree,
            bar=case.bar,
            megabytes={name: peak for name, peak in peaks.items() if peak is not None},
        )

    def _line(self, row: Row, width: int) -> str:
        times = "  ".join(f"{name} {value:9.3f} ms" for name, value in row.milliseconds.items())
        parts = [f"{row.workload:<{width}}  {times}"]
        if row.ratio is not None:
            parts.append(f"ratio {row.ratio:5.2f}")
        if row.bar is not None and row.ratio is not None:
            parts.append(f"bar {row.bar:.2f} {'MISSED' if row.too_slow else 'reached'}")
        if row.difference is not None:
            parts.append(f"answers within {row.difference:.0e}")
        if row.megabytes:
            peaks = " / ".join(f"{value:.0f}" for value in row.megabytes.values())
            parts.append(f"peak {peaks} MB{' TOO LARGE' if row.too_large else ''}")
        return "  ".join(parts)

    def main(self, arguments=None) -> None:
        """Read the command line, race, print the table, and write JSON if asked."""
        parser = argparse.ArgumentParser(description=self.title)
        parser.add_argument("--only", default="", help="only workloads whose name contains this")
        parser.add_argument("--repeats", type=int, help="timings per side (medians are reported)")
        parser.add_argument("--no-memory", action="store_true", help="do not measure peak memory")
        parser.add_argument("--json", metavar="PATH", help="also write figures and curves here")
        parser.add_argument("--strict", action="store_true", help="fail if a bar is missed")
        options = parser.parse_args(arguments)
        machine = about_machine(*self.packages)
        versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
        print(
            f"{self.title}\n{machine['processor']}, {machine['cores']} cores, one thread each side"
        )
        print(f"{machine['system']}, BLAS {machine['blas']}; {versions}\n")
        rows = self.run(only=options.only, repeats=options.repeats, memory=not options.no_memory)
        print(f"\nA ratio is {OURS} over {self.reference}: below 1 {OURS} is faster.")
        if options.json:
            curves = [] if options.only else [self._drawn(curve) for curve in self.curves]
            figures = {
                "title": self.title,
                "reference": self.reference,
                "machine": machine,
                "rows": [asdict(row) for row in rows],
                "curves": curves,
                "failure": " ".join(self.disagreements) or None,
            }
            with open(options.json, "w") as file:
                json.dump(figures, file, indent=2)
        if self.disagreements:
            sys.exit("\n".join(self.disagreements))
        missed = [row.workload for row in rows if row.missed]
        if options.strict and missed:
            sys.exit(f"missed: {', '.join(missed)}")

    def _drawn(self, curve) -> dict:
        sides = {
            name: [np.asarray(values, float).tolist() for values in points]
            for name, points in curve.points().items()
        }
        return {"title": curve.title, "x": curve.x, "y": curve.y, "log": curve.log, "sides": sides}
