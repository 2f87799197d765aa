"""The two kinds of argument that most data generators share."""

from __future__ import annotations

from ..core.checks import check_number


def check_count(name, value, least=1) -> int:
    """Return an integer of at least ``least``."""
    return int(check_number(name, value, least=least, integer=True))


def check_noise(noise) -> float:
    """Return a standard deviation: a finite number of at least 0, where None means 0."""
    return float(check_number("noise", noise, least=0, below=float("inf"), optional=True) or 0.0)
