"""Sequences of different lengths in one batch: which steps are real."""

from __future__ import annotations

import numpy as np

from ml_from_scratch import backend


def as_mask(who, lengths, mask, x):
    """Return a mask (T, B) of the real steps of x (B, T, features), in x's library, or None for all.

    Parameters
    ----------
    who : str
        The layer's name, for the messages.
    lengths : array of int, shape (B,), or None
        How many steps of each sample are real, from the first; 0 is allowed.
    mask : array of bool, shape (B, T), or None
        True where a step is real.
    x : array of shape (B, T, features)

    Raises
    ------
    ValueError, TypeError
        If both are given, or one has another shape or dtype, or a length is no number of steps.

    Examples
    --------
    >>> as_mask("LSTM", [2, 0], None, np.zeros((2, 3, 1))).T.tolist()
    [[True, True, False], [False, False, False]]
    """
    if lengths is not None and mask is not None:
        raise ValueError(f"{who} takes lengths or a mask, not both: they say the same thing.")
    if lengths is not None:
        return _from_lengths(who, lengths, x)
    return None if mask is None else _checked(who, mask, x).T


def _from_lengths(who, lengths, x):
    B, T = x.shape[:2]
    lengths = backend.to_host(lengths)
    if lengths.dtype.kind not in "iu" and lengths.size:
        raise TypeError(f"{who}: lengths are whole numbers of steps; got dtype {lengths.dtype}.")
    if lengths.shape != (B,):
        raise ValueError(
            f"{who}: lengths has shape {lengths.shape}; it needs one per sample, ({B},)."
        )
    if B and not 0 <= lengths.min() <= lengths.max() <= T:
        raise ValueError(
            f"{who}: lengths go from 0 to the number of steps, {T}; got {lengths.min()} to {lengths.max()}."
        )
    if (lengths == T).all():
        return None
    return backend.like(np.arange(T)[:, None] < lengths, x)


def _checked(who, mask, x):
    mask = mask if hasattr(mask, "dtype") else np.asarray(mask)
    if mask.dtype.kind != "b":
        raise TypeError(
            f"{who}: a mask holds booleans, True where a step is real; got dtype {mask.dtype}. "
            "Numbers of steps are passed as lengths=."
        )
    if mask.shape != x.shape[:2]:
        raise ValueError(
            f"{who}: mask has shape {mask.shape}; it needs (batch, time), {x.shape[:2]}."
        )
    return backend.like(mask, x) if isinstance(mask, np.ndarray) else mask
