r"""Masks: who may look at whom. Booleans, True where query i may see key j.

.. math::
    \mathrm{causal}_{ij} &= [\, j \le i + n - m \,]    \tag{1} \\
    \mathrm{padding}_{bj} &= [\, j < \ell_b \,]        \tag{2}

for m queries, n keys and lengths :math:`\ell_b`. The last query stands at the last key: with as many
queries as keys, each position sees itself and what came before; with fewer, they are the newest ones,
as when text is written word by word. Several masks are put together by ``&``.
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch.core.checks import check_number


def causal_mask(n_queries, n_keys=None):
    """Return the mask (n_queries, n_keys) by which no position sees a later one.

    >>> causal_mask(2, 3).tolist()
    [[True, True, False], [True, True, True]]
    """
    n_queries = check_number("n_queries", n_queries, least=0, integer=True)
    n_keys = check_number("n_keys", n_keys, least=0, integer=True, optional=True)
    n_keys = n_queries if n_keys is None else n_keys
    return np.tri(n_queries, n_keys, n_keys - n_queries, dtype=bool)  # (1)


def padding_mask(lengths, n_keys):
    """Return the mask (batch, 1, 1, n_keys) that hides what sequences were filled up with.

    Parameters
    ----------
    lengths : integers (batch,)
        How many keys of each sample are real.
    n_keys : int
        How many there are with the filling.

    Raises
    ------
    TypeError
        If lengths are not integers.
    ValueError
        If one is negative or above n_keys.

    Examples
    --------
    >>> padding_mask([1, 3], 3)[:, 0, 0].tolist()
    [[True, False, False], [True, True, True]]
    """
    lengths = np.asarray(lengths)
    if lengths.dtype.kind not in "iu" and lengths.size:
        raise TypeError(f"lengths are integers, one a sample; got dtype {lengths.dtype}.")
    if lengths.ndim != 1 or lengths.size and not 0 <= lengths.min() <= lengths.max() <= n_keys:
        raise ValueError(
            f"lengths are one number a sample, from 0 to n_keys={n_keys}; got {lengths.tolist()}."
        )
    return (np.arange(n_keys) < lengths[:, None])[:, None, None]  # (2)
