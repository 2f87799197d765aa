"""The stopwatch itself: it compares before it times, takes medians, and reports what it found."""

import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parents[2] / "benchmarks" / "_compare.py"
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

suite.main()
"""


@pytest.fixture(scope="module")
def compare():
    environment = dict(os.environ)
    spec = importlib.util.spec_from_file_location("_compare", FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["_compare"] = module
    spec.loader.exec_module(module)
    os.environ.clear()
    os.environ.update(environment)
    yield module
    del sys.modules["_compare"]


def run(tmp_path, *arguments):
    script = tmp_path / "bench_naps.py"
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


def test_script_stops_at_different_answers(tmp_path):
    done = run(tmp_path, "--only", "other")
    assert done.returncode != 0 and "the answers differ by 5.0e-01" in done.stderr
