r"""Running sums over the samples of all nodes of a level, in the order of many features at once.

A running sum is one long chain of additions, each waiting for the one before. A product with a
triangular matrix of ones makes sixteen of them at a time, in whatever order the processor likes. Only
the totals of the groups, the rows of V, are left to be chained; what has come together before a group is
added to its first number, and the product carries it on to the others:

.. math::
    V_{g1} &\leftarrow V_{g1} + \textstyle\sum_{h < g} \sum_j V_{hj} \tag{1} \\
    P &= V\,U, \qquad V \in R^{M \times 16}, \quad U_{ij} = [i \le j] \tag{2}
"""

from __future__ import annotations

import numpy as np

GROUP = 16
ONES, UPPER = np.ones(GROUP), np.triu(np.ones((GROUP, GROUP)))
SHORT = 1024  # up to here the plain running sum is as fast


def running_sums(z, rows) -> np.ndarray:
    """Return the sums of ``z[:, rows]`` up to each place, for c channels z and b orders of the rows.

    Channels (c, n) and rows (b, m) give sums of shape (c, b, m). All are one chain of additions: each
    order adds up to zero, as every node in it does, and so carries nothing over into the next.

    >>> z = np.array([[1.0, 2.0, -3.0]])
    >>> running_sums(z, np.array([[0, 1, 2], [2, 1, 0]])).tolist()
    [[[1.0, 3.0, 0.0], [-3.0, -1.0, 0.0]]]
    """
    shape = (len(z), *rows.shape)
    n = shape[0] * rows.size
    if n <= SHORT:
        values = z[0].take(rows) if len(z) == 1 else z.take(rows, axis=1)
        return values.cumsum().reshape(shape)
    V = np.empty(-(-n // GROUP) * GROUP)
    V[n:] = 0.0
    z.take(rows, axis=1, out=V[:n].reshape(shape), mode="clip")
    V = V.reshape(-1, GROUP)
    V[1:, 0] += (V @ ONES).cumsum()[:-1]  # (1)
    P = V @ UPPER  # (2)
    return P.reshape(-1)[:n].reshape(shape)
