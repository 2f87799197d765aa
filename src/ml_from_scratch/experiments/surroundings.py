"""What an experiment ran in: versions, machine and command, so that it can be repeated."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
from importlib import metadata

import numpy as np

from .. import __version__

OPTIONAL = {  # library -> (the extra that installs it, what it is for)
    "matplotlib": ("viz", "plots"),
    "tqdm": ("progress", "progress bars"),
    "sklearn": ("bench", "the reference for estimators"),
    "joblib": ("parallel", "several processes"),
    "cupy": (None, "arrays on a GPU (pip install cupy-cuda12x, or the one for your CUDA)"),
}
DISTRIBUTIONS = {"sklearn": "scikit-learn", "cupy": "cupy-cuda12x"}


def is_installed(library: str) -> bool:
    """Tell whether a library can be imported, without importing it."""
    return importlib.util.find_spec(library) is not None


def version_of(library: str) -> str:
    """Return an installed library's version, or "not installed"."""
    try:
        return metadata.version(DISTRIBUTIONS.get(library, library))
    except metadata.PackageNotFoundError:
        return "installed" if is_installed(library) else "not installed"


def how_to_install(library: str) -> str:
    """Return the command that installs an optional library."""
    extra, purpose = OPTIONAL[library]
    return f'pip install "ml-from-scratch-lab[{extra}]"' if extra else purpose


def versions() -> dict:
    """Return the versions that results depend on, of what is installed."""
    found = {
        "ml-from-scratch-lab": __version__,
        "Python": platform.python_version(),
        "NumPy": np.__version__,
    }
    return {
        **found,
        **{name: version_of(name) for name in ("sklearn", "matplotlib") if is_installed(name)},
    }


def machine() -> str:
    """Return processor, number of cores and operating system, in a line."""
    return f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def command() -> str:
    """Return the command line that started this process, without the folders of this machine."""
    name = os.path.basename(sys.argv[0]) or "python"
    return " ".join(["mlfs" if name in ("mlfs", "__main__.py") else name, *sys.argv[1:]])
