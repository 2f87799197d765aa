"""Checks of the arguments that several data generators share."""

from __future__ import annotations

import numbers


def check_count(name, value, least=1) -> int:
    """Return an integer of at least ``least``, or say what is wrong with it."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be an integer; got {value!r}.")
    if value < least:
        raise ValueError(f"{name} must be at least {least}; got {value}.")
    return int(value)


def check_noise(noise) -> float:
    """Return a standard deviation: a finite number of at least 0, where None means 0."""
    if noise is None:
        return 0.0
    if not isinstance(noise, numbers.Real) or isinstance(noise, bool):
        raise TypeError(f"noise must be a number, a standard deviation; got {noise!r}.")
    if not 0 <= noise < float("inf"):
        raise ValueError(f"noise is a standard deviation, finite and at least 0; got {noise}.")
    return float(noise)
