"""What all tests share: no window opens, the same random examples in CI, a word on what is absent."""

import importlib.util
import os

import pytest
from house_rules import ROOT
from hypothesis import settings

for _library in (
    "OMP",
    "OPENBLAS",
    "MKL",
):  # before NumPy: the arrays here are too small for threads
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")
settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

HOW_TO_GET = {
    "torch": "`make oracle` installs its CPU build and runs tests/oracle",
    "sklearn": "the extra `test` brings scikit-learn",
    "matplotlib": "the extra `viz` brings it",
}


def pytest_terminal_summary(terminalreporter):
    """Say in the end, in a line each, which comparisons were skipped for want of a library."""
    absent = [name for name in HOW_TO_GET if importlib.util.find_spec(name) is None]
    for name in absent:
        terminalreporter.write_line(f"without {name}, its tests are skipped: {HOW_TO_GET[name]}.")


@pytest.fixture(scope="session")
def pyproject():
    """pyproject.toml, read."""
    try:
        import tomllib
    except ImportError:  # before Python 3.11; pytest brings tomli there
        import tomli as tomllib
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def extras(pyproject):
    """The names of the extras."""
    return set(pyproject["project"]["optional-dependencies"])


@pytest.fixture(scope="session")
def bootstrap():
    """scripts/bootstrap.py, imported."""
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "scripts" / "bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
