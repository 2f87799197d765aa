"""The array library is that of the array in hand: NumPy's, or CuPy's on a GPU.

Differentiable code says ``np`` throughout: NumPy's protocols send its functions to the library that
owns the arrays. What has no such function stands here: creation from nothing, random numbers,
scatter-add and transfer.
"""

from __future__ import annotations

import sys

import numpy as np

CACHE_LINE = 64  # bytes


def namespace(x):
    """Return the module that x's arrays belong to: numpy, or cupy."""
    if isinstance(x, (np.ndarray, np.generic, float, int)):
        return np
    return sys.modules.get(type(x).__module__.partition(".")[0], np)


def to_host(x) -> np.ndarray:
    """Return x as a NumPy array, copied from its device if it lives on one."""
    return x.get() if hasattr(x, "get") else np.asarray(x)


def to_device(x, device: str):
    """Return the array on a device: "cpu", or "cuda" (which needs CuPy and a GPU)."""
    if device == "cpu":
        return to_host(x)
    if device != "cuda":
        raise ValueError(f'device is "cpu" or "cuda"; got {device!r}.')
    try:
        import cupy
    except ImportError as error:
        raise ImportError(
            'device "cuda" needs CuPy: pip install cupy-cuda12x (or the one for your CUDA).'
        ) from error
    if not cupy.cuda.is_available():
        raise RuntimeError(
            'device "cuda" needs an NVIDIA GPU and its driver; CuPy finds none. Use "cpu".'
        )
    return cupy.asarray(x)


def like(x, reference):
    """Return the NumPy array x in reference's library, for random draws and tables made on the host."""
    return np.asarray(x) if namespace(reference) is np else namespace(reference).asarray(x)


def zeros(shape, dtype, reference):
    """Return zeros in reference's library."""
    return (
        np.zeros(shape, dtype)
        if type(reference) is np.ndarray
        else np.zeros_like(reference, dtype=dtype, shape=shape)
    )


def vector_of_zeros(n, reference):
    """Return n zeros of reference's dtype, in its library; on the host they begin where a cache line does.

    Vector instructions that straddle two lines take twice as long, and NumPy's own arrays begin anywhere.

    >>> vector_of_zeros(5, np.zeros(1, np.float32)).ctypes.data % CACHE_LINE
    0
    """
    if type(reference) is not np.ndarray:
        return np.zeros_like(reference, shape=(n,))
    room = np.zeros(n * reference.itemsize + CACHE_LINE, np.uint8)
    start = -room.ctypes.data % CACHE_LINE
    return room[start : start + n * reference.itemsize].view(reference.dtype)


def keep_freed_memory() -> None:
    """Let this process keep memory that it has freed, for what is about to need as much again.

    The C library of Linux gives back to the system what is free beyond twice the largest block that it has
    taken from it and freed. A training step frees all that it has computed, and would take it anew in the
    next, page by page, each filled with zeros first: 6,000 pages and a sixth of the time of a small GPT's
    step. After one block of 31 MB, which is never touched, up to 62 MB stay. Elsewhere nothing happens.
    """
    np.empty(31 << 20, np.uint8)


def scatter_add(target, index, values):
    """target[index] += values, in place, where a repeated index adds up each time; returns target.

    Basic indices and masks cannot repeat, so they take the fast way. Rows that are picked by number,
    as an embedding's are, get added up per row first: several times as fast as ``np.add.at``.
    """
    if _cannot_repeat(index) or (isinstance(index, tuple) and all(map(_cannot_repeat, index))):
        target[index] += values
    elif namespace(target) is np and _picks_rows(target, index):
        _add_rows(target, index, values)
    elif namespace(target) is np:
        np.add.at(target, index, values)
    else:
        namespace(target).add.at(target, index, values)
    return target


def _cannot_repeat(part) -> bool:
    if part is None or part is ... or isinstance(part, (slice, int)):
        return True
    return getattr(getattr(part, "dtype", None), "kind", "") == "b"


def _picks_rows(target, index) -> bool:
    """Whether an index is an array of row numbers, and rows are long enough to be worth sorting."""
    numbers = isinstance(index, np.ndarray) and index.dtype.kind in "iu"
    return numbers and index.size > 1 and target.ndim > 1 and target[:1].size > 1


def _add_rows(target, index, values):
    """target[index] += values for row numbers: equal ones are brought together, and added up."""
    values = np.broadcast_to(values, index.shape + target.shape[1:]).reshape(index.size, -1)
    index = index.astype(np.intp).reshape(-1)
    index = np.where(index < 0, index + len(target), index)
    order = np.argsort(index, kind="stable")
    ordered = index[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    sums = np.add.reduceat(values[order], starts, axis=0)
    target[ordered[starts]] += sums.reshape(-1, *target.shape[1:])
