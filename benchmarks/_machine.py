"""What a figure depends on: processor, system, versions, BLAS."""

from __future__ import annotations

import importlib.metadata
import os
import platform

import numpy as np


def about_machine(*packages: str) -> dict:
    """Return it as a dict; ``packages`` are those whose versions matter beside NumPy's."""
    versions = {"python": platform.python_version(), "numpy": np.__version__}
    for package in packages:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "blas": _blas(),
        "threads": 1,
        "versions": versions,
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as file:
            names = [
                line.split(":", 1)[1].strip() for line in file if line.startswith("model name")
            ]
        return names[0]
    except (OSError, IndexError):
        return platform.processor() or "unknown"


def _blas() -> str:
    try:
        import threadpoolctl
    except ImportError:
        return "unknown (install threadpoolctl to see it)"
    found = [lib for lib in threadpoolctl.threadpool_info() if lib["user_api"] == "blas"]
    return ", ".join(sorted({f"{lib['internal_api']} {lib['version']}" for lib in found})) or "none"
