"""Mini-batches: one pass over the data, a few samples at a time, in a shuffled order.

The order is a permutation drawn once per pass from the generator that is handed in, so an epoch is
decided by the generator's state at its start: put that state back, skip the batches that were
seen, and training goes on with the very same batches.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..core.random import as_generator
from ._arguments import check_count
from .samples import Samples


def batch_indices(
    n_samples, batch_size, rng=None, shuffle=True, drop_last=False
) -> Iterator[np.ndarray]:
    """Cut ``0 .. n_samples - 1`` into batches of indices, each index in exactly one batch.

    Parameters
    ----------
    n_samples : int
        The number of samples to share out, at least 0.
    batch_size : int
        Samples in a batch, at least 1. The last batch is smaller if they do not divide evenly.
    rng : None, int or Generator
        Where the order comes from. A Generator is moved on by one permutation a call, when the
        function is called; so a second call on the same Generator gives another order.
    shuffle : bool
        Whether to permute; otherwise the indices come in rising order and rng is not touched.
    drop_last : bool
        Whether to leave out a last batch that is smaller than batch_size.

    Returns
    -------
    iterator of ndarray of int, shape (batch_size,)

    Raises
    ------
    ValueError
        If n_samples is negative or batch_size is below 1.
    TypeError
        If either is not an integer.

    Examples
    --------
    >>> [batch.tolist() for batch in batch_indices(5, 2, shuffle=False)]
    [[0, 1], [2, 3], [4]]
    >>> [batch.size for batch in batch_indices(5, 2, rng=0, drop_last=True)]
    [2, 2]
    """
    n_samples = check_count("n_samples", n_samples, least=0)
    batch_size = check_count("batch_size", batch_size)
    order = as_generator(rng).permutation(n_samples) if shuffle else np.arange(n_samples)
    return cut(order, batch_size, drop_last)


def cut(order, batch_size, drop_last=False) -> Iterator[np.ndarray]:
    """Cut an array of positions into batches, in its order; see :func:`batch_indices`."""
    n = len(order)
    stop = n - n % batch_size if drop_last else n
    return (order[i : i + batch_size] for i in range(0, stop, batch_size))


def batches(*arrays, batch_size, rng=None, shuffle=True, drop_last=False) -> Iterator:
    """Iterate over several arrays together, in batches of rows that belong to each other.

    Parameters
    ----------
    *arrays : array-like, each of shape (n_samples, ...)
        What is cut up, for example ``X, y``; or one dict of arrays. Batches are copies; the arrays
        are never changed.
    batch_size, rng, shuffle, drop_last
        As in :func:`batch_indices`.

    Returns
    -------
    iterator of tuples with one array per input, each of shape (batch_size, ...); or of dicts with
    the keys of the one that was given

    Raises
    ------
    ValueError
        If no array is given, one has no axis to cut, or their lengths differ.

    Examples
    --------
    >>> X, y = np.arange(10).reshape(5, 2), np.arange(5)
    >>> for X_batch, y_batch in batches(X, y, batch_size=3, shuffle=False):
    ...     print(X_batch.shape, y_batch.tolist())
    (3, 2) [0, 1, 2]
    (2, 2) [3, 4]
    """
    source = Samples(arrays[0] if len(arrays) == 1 and isinstance(arrays[0], dict) else arrays)
    indices = batch_indices(source.n_samples, batch_size, rng, shuffle, drop_last)
    return map(source.take, indices)
