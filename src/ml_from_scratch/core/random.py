"""Randomness is a Generator, made once from what the user gave and handed down.

Nothing here (or anywhere in the package) reads or changes NumPy's global state: the same seed on
the same machine gives the same bits, whatever ran before.
"""

from __future__ import annotations

import numbers

import numpy as np


def as_generator(random_state=None) -> np.random.Generator:
    """Make a ``numpy.random.Generator`` from a seed, or pass one through.

    Parameters
    ----------
    random_state : None, int, Generator, RandomState, SeedSequence or BitGenerator
        None draws fresh entropy. An integer (0 or larger) or a SeedSequence seeds a new generator.
        A Generator is returned as it is, so that successive users share one stream. A legacy
        RandomState seeds a new generator from its next draw.

    Raises
    ------
    ValueError
        If an integer is negative.
    TypeError
        If random_state is of any other kind.

    Examples
    --------
    >>> a, b = as_generator(0), as_generator(0)
    >>> bool((a.random(3) == b.random(3)).all())
    True
    """
    if isinstance(random_state, np.random.Generator):
        return random_state
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(0, 2**31 - 1, size=4))
    if isinstance(random_state, numbers.Integral) and not isinstance(random_state, bool):
        if random_state < 0:
            raise ValueError(f"a seed is an integer of at least 0; got {random_state}.")
        return np.random.default_rng(int(random_state))
    kinds = (np.random.SeedSequence, np.random.BitGenerator)
    if random_state is None or isinstance(random_state, kinds):
        return np.random.default_rng(random_state)
    raise TypeError(
        "random_state must be None, an integer, a numpy Generator, RandomState or SeedSequence; "
        f"got {random_state!r}."
    )
