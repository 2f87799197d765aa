"""A cache of keys and values: what attention remembers while a text is written word by word."""

from __future__ import annotations

import numpy as np

from ml_from_scratch.core import Tensor
from ml_from_scratch.core.checks import check_number


class KeyValueCache:
    """The keys and values of the positions seen so far, for one attention layer.

    In causal attention no position's key or value depends on a later one. So those of a text need not be
    computed again when a word is added to it: the new word's queries look at what is kept here.

    Parameters
    ----------
    capacity : int
        How many positions there is room for.

    Attributes
    ----------
    length : int
        How many positions are kept.

    Examples
    --------
    >>> cache = KeyValueCache(8)
    >>> k = v = np.ones((1, 2, 3, 4))
    >>> cache.append(k, v)[0].shape, cache.append(k, v)[0].shape
    ((1, 2, 3, 4), (1, 2, 6, 4))
    """

    def __init__(self, capacity):
        self.capacity = check_number("capacity", capacity, least=1, integer=True)
        self.length = 0
        self._keys = self._values = None

    def append(self, k, v):
        """Keep new positions (batch, kv heads, new, d), and return the keys and values of all.

        Raises
        ------
        TypeError
            If k or v is recorded for a derivative, which what is kept here would lack.
        ValueError
            If there is no room for them, or the batch or the heads have changed.
        """
        if isinstance(k, Tensor) or isinstance(v, Tensor):
            raise TypeError(
                "a KeyValueCache is for writing, not for training: the gradients of earlier positions "
                "would be missing. Wrap the calls in no_grad()."
            )
        start, stop = self.length, self.length + k.shape[2]
        if stop > self.capacity:
            raise ValueError(
                f"the cache has room for {self.capacity} positions and holds {start}; {k.shape[2]} more do not fit."
            )
        if self._keys is None:
            self._keys, self._values = (
                np.empty_like(x, shape=(*x.shape[:2], self.capacity, x.shape[3]), order="C")
                for x in (k, v)
            )
        if self._keys.shape[:2] != k.shape[:2]:
            raise ValueError(
                f"the cache holds (batch, heads) = {self._keys.shape[:2]}, and {tuple(k.shape[:2])} arrived. "
                "Begin another text with a new cache."
            )
        self._keys[:, :, start:stop], self._values[:, :, start:stop] = k, v
        self.length = stop
        return self._keys[:, :, :stop], self._values[:, :, :stop]

    def select(self, samples) -> None:
        """Keep these samples of the batch, in this order: a beam goes on from some, twice from others.

        Parameters
        ----------
        samples : integers (new batch,)

        Examples
        --------
        >>> cache = KeyValueCache(4)
        >>> k = np.array([1.0, 2.0]).reshape(2, 1, 1, 1)
        >>> _ = cache.append(k, k)
        >>> cache.select([1, 1, 0])
        >>> cache.append(k[[0, 1, 0]], k[[0, 1, 0]])[0][:, 0, :, 0].tolist()
        [[2.0, 1.0], [2.0, 2.0], [1.0, 1.0]]
        """
        if self._keys is not None:
            self._keys, self._values = self._keys[samples], self._values[samples]
