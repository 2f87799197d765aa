"""Where batches come from: anything that says how many samples it has and hands some of them out.

A *source of data* is an object with

- ``n_samples``: how many samples an epoch has,
- ``take(index)``: the batch at an array of positions: a tuple of arrays, or a dict of them,
- and, only if an epoch is something else than every sample once, ``order(rng)``: the ``n_samples``
  positions of an epoch, drawn from a Generator.

Arrays in memory become one with :class:`Samples`; a file that is larger than memory is another
(:class:`~ml_from_scratch.datasets.TokenWindows`). Two or three short methods make one of your own.
"""

from __future__ import annotations

import numpy as np

from .. import backend


class Samples:
    """Arrays whose rows belong together: row i of each is sample i.

    Parameters
    ----------
    arrays : tuple, list or dict of array-likes, each of shape (n_samples, ...)
        What ``take`` returns is a tuple, or a dict with the same keys.

    Attributes
    ----------
    n_samples : int

    Raises
    ------
    ValueError
        If there is no array, one has no axis of samples, or their lengths differ.

    Examples
    --------
    >>> samples = Samples({"x": np.arange(10).reshape(5, 2), "y": np.arange(5)})
    >>> samples.n_samples, samples.take(np.array([3, 0]))["x"].tolist()
    (5, [[6, 7], [0, 1]])
    """

    def __init__(self, arrays):
        self._names = list(arrays) if isinstance(arrays, dict) else None
        self.arrays = [
            _as_array(x) for x in (arrays.values() if self._names is not None else arrays)
        ]
        shapes = ", ".join(str(array.shape) for array in self.arrays)
        if not self.arrays or any(array.ndim == 0 for array in self.arrays):
            raise ValueError(
                f"batches need one or more arrays of shape (n_samples, ...); got ({shapes})."
            )
        if len({len(array) for array in self.arrays}) > 1:
            raise ValueError(
                f"all arrays must have the same number of samples; got shapes {shapes}."
            )
        self.n_samples = len(self.arrays[0])

    def take(self, index):
        """Return the rows at these positions, in copies: a tuple, or a dict."""
        batch = [array.take(backend.like(index, array), axis=0) for array in self.arrays]
        return tuple(batch) if self._names is None else dict(zip(self._names, batch))


def as_source(data):
    """Return data as a source of data: arrays in a tuple, list or dict become Samples.

    Raises
    ------
    TypeError
        If it is neither that nor an object with ``n_samples`` and ``take``.
    """
    if isinstance(data, (tuple, list, dict)):
        return Samples(data)
    if hasattr(data, "n_samples") and hasattr(data, "take"):
        return data
    raise TypeError(
        "data are a tuple or dict of arrays, or a source with n_samples and take(index); got "
        f"{type(data).__name__}. Put a single array into a tuple: (x,)."
    )


def _as_array(x):
    """Keep a device's array; lists, memory-mapped files and the like become NumPy's own."""
    on_device = hasattr(x, "__array_function__") and hasattr(x, "take")
    return x if on_device and not isinstance(x, np.ndarray) else np.asarray(x)
