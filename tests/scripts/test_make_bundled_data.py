"""The script that makes the bundled data makes the same bytes again, and what is bundled."""

import gzip
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUNDLED = ROOT / "src" / "ml_from_scratch" / "datasets" / "data"


def test_two_runs_agree_with_each_other_and_with_the_package(tmp_path, capsys):
    pytest.importorskip("sklearn")
    make = runpy.run_path(str(ROOT / "scripts" / "make_bundled_data.py"))["make"]
    make(tmp_path / "a")
    make(tmp_path / "b")
    names = sorted(path.name for path in BUNDLED.iterdir())
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == names
    for name in names:
        made = (tmp_path / "a" / name).read_bytes()
        assert made == (tmp_path / "b" / name).read_bytes()
        bundled = (BUNDLED / name).read_bytes()
        if name.endswith(".gz"):  # another zlib may compress to other bytes
            made, bundled = gzip.decompress(made), gzip.decompress(bundled)
        assert made == bundled, name
