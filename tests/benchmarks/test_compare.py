"""The stopwatch itself: it compares before it times, takes medians, and reports what it found."""

import importlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
FILE = FOLDER / "_compare.py"
SCRIPT = """
from _compare import Suite
import numpy as np, os, time
assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
suite = Suite("Naps", reference="slow", packages=("numpy",))

@suite.case("nap", agree=1e-9, bar=0.8)
def nap():
    return {"ours": lambda: time.sleep(0.002) or 1.0, "slow": lambda: time.sleep(0.02) or 1.0}

@suite.case("other", agree=1e-9, bar=0.8)
def other():
    return {"ours": lambda: 1.0, "slow": lambda: 2.0}

@suite.case("large", agree=None)
def large():
    return {"ours": lambda: np.ones(5_000_000), "slow": lambda: np.ones(1_000_000)}

@suite.curve("falling", x="steps", y="height", log=True)
def falling():
    return {"ours": ([1, 2], np.array([3.0, 1.0])), "slow": ((1, 2), [3.0, 2.0])}

if __name__ == "__main__":
    suite.main()
"""


@pytest.fixture(scope="module")
def compare():
    environment = dict(os.environ)
    sys.path.insert(0, str(FOLDER))
    try:
        yield importlib.import_module("_compare")
    finally:
        sys.path.remove(str(FOLDER))
        for name in ("_compare", "_machine", "_memory"):
            sys.modules.pop(name, None)
        os.environ.clear()
        os.environ.update(environment)


def run(tmp_path, *arguments):
    script = tmp_path / "compare_naps.py"
    script.write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": str(FILE.parent)}
    command = [sys.executable, str(script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def test_race_tells_the_faster_side(compare):
    found = compare.race({"a": lambda: time.sleep(0.01), "b": lambda: 1}, repeats=3)
    assert found.seconds["a"] > 10 * found.seconds["b"] and found.answers["b"] == 1
    assert len(found.samples["a"]) == 3


def test_answers_are_compared_before_the_clock(compare):
    calls = []

    def refuse(answers):
        raise AssertionError("they differ")

    with pytest.raises(AssertionError, match="they differ"):
        compare.race({"a": lambda: calls.append(1)}, compare=refuse)
    assert len(calls) == 1


def test_difference(compare):
    assert compare.difference([np.array([1.0, 2.0])], [np.array([1.0, 4.0])]) == 0.5
    assert compare.difference({"a": 1.0}, {"a": 1.0}) == 0.0
    assert compare.difference(np.zeros(0), np.zeros(0)) == 0.0
    assert np.isnan(compare.difference(np.nan, 1.0))
    with pytest.raises(AssertionError, match="shapes differ"):
        compare.difference(np.zeros(2), np.zeros(3))


def test_script_prints_and_writes_figures(tmp_path):
    done = run(tmp_path, "--only", "nap", "--repeats", "2", "--json", str(tmp_path / "out.json"))
    assert done.returncode == 0, done.stderr
    assert "ratio" in done.stdout and "reached" in done.stdout and "numpy" in done.stdout
    figures = json.loads((tmp_path / "out.json").read_text())
    assert figures["rows"][0]["ratio"] < 0.5 and figures["rows"][0]["difference"] == 0.0


def test_what_differs_is_not_timed(tmp_path):
    done = run(tmp_path, "--repeats", "1")
    assert "nap" in done.stdout and "other  NOT TIMED" in done.stdout
    assert done.returncode != 0 and "the answers differ by 5.0e-01" in done.stderr


def test_memory_at_the_peak_is_measured_on_each_side(tmp_path):
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("peak memory is measured on Linux only")
    done = run(tmp_path, "--only", "large", "--repeats", "1", "--json", str(tmp_path / "out.json"))
    assert done.returncode == 0, done.stderr
    row = json.loads((tmp_path / "out.json").read_text())["rows"][0]
    assert row["megabytes"]["ours"] == pytest.approx(40e6 / 2**20, abs=4)
    assert row["megabytes"]["slow"] == pytest.approx(8e6 / 2**20, abs=4)
    assert "TOO LARGE" in done.stdout
    strict = run(tmp_path, "--only", "large", "--repeats", "1", "--strict")
    assert strict.returncode != 0 and "missed: large" in strict.stderr


def test_peak_of_a_call_that_fails_is_none():
    sys.path.insert(0, str(FOLDER))
    try:
        from _memory import peak_megabytes
    finally:
        sys.path.remove(str(FOLDER))
    assert peak_megabytes(lambda: 1 / 0) is None


# ---- the report over all suites ------------------------------------------------------------------
def run_all(tmp_path, script, *arguments):
    (tmp_path / "compare_naps.py").write_text(script)
    command = [sys.executable, str(FOLDER / "run_all.py"), "--folder", str(tmp_path)]
    command += ["--results", str(tmp_path / "results"), "--repeats", "1", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(FOLDER)}
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def test_run_all_writes_the_parity_report(tmp_path):
    done = run_all(tmp_path, SCRIPT.replace('"slow": lambda: 2.0', '"slow": lambda: 1.0'))
    assert done.returncode == 0, done.stderr
    results = tmp_path / "results"
    figures = json.loads((results / "parity.json").read_text())
    assert [row["workload"] for row in figures["suites"][0]["rows"]] == ["nap", "other", "large"]
    assert figures["suites"][0]["curves"][0]["sides"]["slow"] == [[1.0, 2.0], [3.0, 2.0]]
    markdown = (results / "parity.md").read_text()
    assert "| nap |" in markdown and "0.80" in markdown and "numpy" in markdown
    page = (results / "parity.html").read_text()
    assert "<td>nap</td>" in page and "falling" in page


def test_run_all_reports_a_suite_that_fails_and_goes_on(tmp_path):
    (tmp_path / "compare_zzz.py").write_text(
        SCRIPT.replace('"slow": lambda: 2.0', '"slow": lambda: 1.0')
    )
    done = run_all(tmp_path, SCRIPT)
    assert done.returncode != 0 and "compare_naps.py" in done.stderr
    figures = json.loads((tmp_path / "results" / "parity.json").read_text())
    assert [len(suite["rows"]) for suite in figures["suites"]] == [2, 3]
    assert "the answers differ" in figures["suites"][0]["failure"]
    assert "the answers differ" in (tmp_path / "results" / "parity.md").read_text()
