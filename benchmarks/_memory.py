"""How much memory a call needs at its peak, beyond what was there before.

The call runs in a forked child, whose high-water mark the kernel keeps (VmHWM) and resets on demand
(writing 5 to /proc/self/clear_refs), so that compiled code is counted like NumPy. Linux only: where
this cannot be, the answer is None. What earlier calls have freed is given back first (``malloc_trim``):
memory that the process still holds would be used again without being seen.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
from collections.abc import Callable

STATUS, RESET = "/proc/self/status", "/proc/self/clear_refs"


def peak_megabytes(run: Callable, timeout: int = 600) -> float | None:
    """Return by how many MB the memory rises above its level at the start while ``run()`` runs."""
    if not (hasattr(os, "fork") and os.access(RESET, os.W_OK)):
        return None
    gc.collect()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _measure_and_leave(run, reader, writer, timeout)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return float(told) if told else None


def _measure_and_leave(run, reader, writer, timeout):
    """In the child: never return, whatever happens."""
    try:
        os.close(reader)
        signal.alarm(timeout)
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's
        if trim is not None:
            trim(0)
        with open(RESET, "w") as file:
            file.write("5")
        before = _kilobytes("VmRSS")
        run()
        peak = max(0, _kilobytes("VmHWM") - before) / 1024
        os.write(writer, f"{peak:.3f}".encode())
    finally:
        os._exit(0)


def _kilobytes(field: str) -> int:
    with open(STATUS) as file:
        return next(int(line.split()[1]) for line in file if line.startswith(field))
