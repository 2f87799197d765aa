"""Every example runs by itself, offline, says what it found and draws what it promises."""

import ast
import os
import subprocess
import sys

import pytest
from house_rules import ROOT

ELSEWHERE = {
    "local_cluster"
}  # starts processes that talk over the network: tests/oracle/test_cluster.py
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.py"))
OFFLINE = """
import runpy, socket, sys
def refuse(*_, **__):
    raise OSError("an example must run without a network")
socket.socket.connect = socket.getaddrinfo = refuse
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def source(name):
    return (ROOT / "examples" / f"{name}.py").read_text(encoding="utf-8")


def run(path, folder, *arguments):
    """Run a script in an empty folder, cut off from the network; a warning is an error."""
    return subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", OFFLINE, str(path), *arguments],
        cwd=str(folder),
        env={**os.environ, "MPLBACKEND": "Agg", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in ELSEWHERE])
def test_it_runs(name, tmp_path):
    pytest.importorskip("matplotlib")
    options = {"--epochs": "2", "--plot": "drawn.png"}  # a short run is one, too
    known = [
        word for option in options.items() if f'"{option[0]}"' in source(name) for word in option
    ]
    answer = run(ROOT / "examples" / f"{name}.py", tmp_path, *known)
    assert answer.returncode == 0, answer.stdout[-1000:] + answer.stderr[-4000:]
    assert len(answer.stdout.splitlines()) > 3
    if "--plot" in known:
        assert (tmp_path / "drawn.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_begins_with_what_it_is_and_how_to_run_it(name):
    lines = ast.get_docstring(ast.parse(source(name))).splitlines()
    assert lines[0].endswith(".") and len(lines[0]) < 120
    assert any(line.strip().startswith(f"python examples/{name}.py") for line in lines)


def test_what_runs_elsewhere_is_an_example():
    assert set(EXAMPLES) > ELSEWHERE and len(EXAMPLES) > 10


@pytest.mark.parametrize(
    "code, words",
    [
        ("import numpy as np\nnp.log(np.zeros(1))", "divide by zero"),
        ("import urllib.request as u; u.urlopen('http://localhost:9')", "without a network"),
    ],
)
def test_an_example_that_fails_would_be_noticed(code, words, tmp_path):
    (tmp_path / "bad.py").write_text(code)
    answer = run(tmp_path / "bad.py", tmp_path)
    assert answer.returncode == 1 and words in answer.stderr
