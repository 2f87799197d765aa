"""joblib.parallel_config spreads our jobs over a Dask cluster, and the results stay what they were."""

import subprocess
import sys

import pytest
from house_rules import ROOT

pytest.importorskip("joblib")
pytest.importorskip("distributed")


@pytest.mark.slow
def test_the_example_runs_on_a_local_cluster():
    command = [sys.executable, str(ROOT / "examples" / "local_cluster.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if "the same" in line]
    assert len(lines) == 4 and not any("NOT" in line for line in lines), done.stdout
    assert "2 workers" in done.stdout
