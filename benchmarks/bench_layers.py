"""Every layer and step beside torch's, in one table: what each of the ``bench_*.py`` named below races.

A row passes if its ratio, our time over torch's, is at most its bar; rows without a bar are only shown. Every
benchmark also runs by itself, and tells more then (all sides, peak memory).

    python benchmarks/bench_layers.py [NAME ...] [--repeats N] [--json figures.json] [--strict]
"""

from _compare import OURS  # first: it sets the number of threads

import argparse  # isort: skip
import importlib  # isort: skip
import importlib.util  # isort: skip
import json  # isort: skip
import sys  # isort: skip
from dataclasses import asdict  # isort: skip

from _machine import about_machine  # isort: skip

NAMES = [
    "bench_mlp",
    "bench_elementwise",
    "bench_normalization",
    "bench_recurrent",
    "bench_convolution",
    "bench_attention",
    "bench_optimizers",
]


def main(arguments=None) -> None:
    """Read the command line, run the benchmarks, print the table; fail if answers differ."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="part of a benchmark's name")
    parser.add_argument("--repeats", type=int, help="timings per side, instead of each row's own")
    parser.add_argument("--json", metavar="PATH", help="also write the figures here")
    parser.add_argument("--strict", action="store_true", help="fail if a bar is missed, too")
    options = parser.parse_args(arguments)
    found, failed = {}, []
    for name in chosen(options.names):
        suite = importlib.import_module(name).suite
        print(f"\n{suite.title} ({name}.py)", flush=True)
        found[name] = suite.run(repeats=options.repeats)
        failed += suite.disagreements
    rows = [(name, row) for name, rows in found.items() for row in rows]
    print("\n" + table(rows))
    if options.json:
        figures = {name: [asdict(row) for row in rows] for name, rows in found.items()}
        with open(options.json, "w") as file:
            json.dump({"machine": about_machine("torch"), "suites": figures}, file, indent=2)
    if failed:
        sys.exit("\n".join(failed))
    if options.strict and any(row.too_slow for _, row in rows):
        sys.exit("missed: " + "; ".join(row.workload for _, row in rows if row.too_slow))


def chosen(parts) -> list:
    """Return the benchmarks that are there and whose name has one of the parts in it."""
    there = [name for name in NAMES if importlib.util.find_spec(name)]
    names = [name for name in there if not parts or any(part in name for part in parts)]
    if not names:
        sys.exit(
            f"no benchmark's name contains {' or '.join(parts)}; there are: {', '.join(there)}."
        )
    return names


def table(rows) -> str:
    """Return all rows as one table, and how many bars were reached."""
    width = max((len(row.workload) for _, row in rows), default=0)
    lines = [f"{'workload':<{width}}  {'ours, ms':>9}  {'torch, ms':>9}  ratio   bar"]
    for _, row in rows:
        ours, theirs = row.milliseconds[OURS], row.milliseconds.get("torch")
        parts = [f"{row.workload:<{width}}  {ours:9.3f}"]
        parts += [f"{'-':>9}  {'-':>5}" if theirs is None else f"{theirs:9.3f}  {row.ratio:5.2f}"]
        parts += [f"{'-':>4}" if row.bar is None else f"{row.bar:4.2f}  {verdict(row)}".rstrip()]
        lines.append("  ".join(parts))
    judged = [row for _, row in rows if row.bar is not None and row.ratio is not None]
    passed = sum(not row.too_slow for row in judged)
    return "\n".join([*lines, f"{passed} of {len(judged)} bars reached."])


def verdict(row) -> str:
    """Return whether a row reached its bar."""
    return "" if row.ratio is None else "MISSED" if row.too_slow else "PASS"


if __name__ == "__main__":
    main()
