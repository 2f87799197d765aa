"""Run every comparison with a reference, and write one parity report.

    python benchmarks/run_all.py [NAME ...] [--repeats N] [--results FOLDER] [--strict]

Each ``compare_*.py`` runs in a process of its own (a NAME is a part of such a file's name: without
any, all run), one after the other, on one thread. The report goes to ``benchmarks/results/``:
parity.md, parity.html with the curves, and parity.json with every figure.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import _report

HERE = Path(__file__).resolve().parent


def main(arguments=None) -> None:
    """Read the command line, run the suites, write the report; fail if a suite failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="part of a comparison's file name")
    parser.add_argument("--folder", type=Path, default=HERE, help="where the comparisons are")
    parser.add_argument("--results", type=Path, default=HERE / "results", help="for the report")
    parser.add_argument("--repeats", type=int, help="timings per side, instead of each suite's own")
    parser.add_argument("--strict", action="store_true", help="fail if a bar is missed, too")
    options = parser.parse_args(arguments)
    scripts = _chosen(options.folder, options.names)
    extra = ["--repeats", str(options.repeats)] if options.repeats else []
    suites = []
    for i, script in enumerate(scripts, 1):
        print(f"\n[{i} of {len(scripts)}] {script.name}", flush=True)
        suites.append(_run(script, extra))
    words = [sys.argv[0], *options.names, *extra] if arguments is None else ["run_all.py"]
    words[0] = f"benchmarks/{Path(words[0]).name}"
    _report.write(suites, shlex.join(["python", *words]), options.results)
    print(f"\n{_report.summary(suites)}\nThe report is at {options.results / 'parity.html'}.")
    _leave(suites, options.strict)


def _chosen(folder: Path, names: list) -> list:
    scripts = sorted(folder.glob("compare_*.py"))
    chosen = [path for path in scripts if not names or any(name in path.name for name in names)]
    if not chosen:
        known = ", ".join(path.stem for path in scripts)
        sys.exit(f"no comparison's name contains {' or '.join(names)}; there are: {known}.")
    return chosen


def _run(script: Path, extra: list) -> dict:
    """Return what a suite found; a suite that fails is told, and the others still run."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figures.json"
        command = [sys.executable, str(script), "--json", str(path), *extra]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
        if path.exists():
            return {"script": script.name, **json.loads(path.read_text())}
    told = (done.stderr.strip().splitlines() or ["no message"])[-1]
    print(done.stderr, file=sys.stderr)
    empty: dict = {"title": script.stem, "reference": "", "machine": {}, "rows": [], "curves": []}
    return {"script": script.name, "failure": f"exit status {done.returncode}: {told}", **empty}


def _leave(suites, strict) -> None:
    failed = [suite["script"] for suite in suites if suite["failure"]]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")
    rows = [row for suite in suites for row in suite["rows"] if row["bar"] and row["ratio"]]
    missed = [row["workload"] for row in rows if row["ratio"] > row["bar"]]
    if strict and missed:
        sys.exit(f"missed: {'; '.join(missed)}")


if __name__ == "__main__":
    main()
