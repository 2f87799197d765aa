r"""ALiBi, attention with linear biases: a score is lowered in proportion to how far away the key stands.

Nothing is added to vectors. A query at position s scores a key at position t, in head h, by

.. math::
    q_s \cdot k_t + B_{h,s,t}, \qquad B_{h,s,t} = - m_h\, |s - t|    \tag{1}

Heads with a small slope m look far, those with a large one near. For a power of two n of heads,

.. math::
    m_h = 2^{-8h/n}, \qquad h = 1, \dots, n    \tag{2}

For another number, the largest power of two p below it has its slopes, and the rest take every second slope of
2p heads. What is trained on short texts so works on longer ones, too. Source: Press, Smith and Lewis 2022, "Train
short, test long: attention with linear biases enables input length extrapolation", section 3, and the authors'
published code for other numbers of heads. (The paper's attention is causal, and later keys are masked; here their
bias is that of their distance.)
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core import raw
from ml_from_scratch.core.checks import check_number

from ..blueprint import Configurable
from .base import check_offset


def alibi_slopes(n_heads):
    """Return the slope of each head: (n_heads,), in float64.

    Examples
    --------
    >>> alibi_slopes(4).tolist()
    [0.25, 0.0625, 0.015625, 0.00390625]
    >>> alibi_slopes(6).tolist()
    [0.25, 0.0625, 0.015625, 0.00390625, 0.5, 0.125]
    """
    n = check_number("n_heads", n_heads, least=1, integer=True)
    p = 1 << (int(n).bit_length() - 1)
    return np.concatenate([_geometric(p), _geometric(2 * p)[0::2][: n - p]])


def _geometric(n):
    return 2.0 ** (-8.0 * np.arange(1, n + 1) / n)  # (2)


def alibi_bias(n_heads, n_queries, n_keys, offset=0, like=None):
    """Return what is added to the scores of attention, before its softmax: (n_heads, n_queries, n_keys).

    Parameters
    ----------
    n_heads, n_queries, n_keys : int
        The last axes of the scores, (batch, n_heads, n_queries, n_keys).
    offset : int
        The position of the first query, where the first key is at 0: with a cache, how many keys came before.
    like : array or Tensor, optional
        Whose dtype and device the bias is to have; float32 on the host unless given.

    Examples
    --------
    >>> alibi_bias(8, 2, 3, offset=1)[0].tolist()  # queries at 1 and 2, keys at 0, 1 and 2
    [[-0.5, 0.0, -0.5], [-1.0, -0.5, 0.0]]
    """
    for name, n in (("n_queries", n_queries), ("n_keys", n_keys)):
        check_number(name, n, least=0, integer=True)
    s = check_offset(offset) + np.arange(n_queries)
    nearness = -np.abs(s[:, None] - np.arange(n_keys))
    bias = alibi_slopes(n_heads)[:, None, None] * nearness  # (n_heads, n_queries, n_keys)  (1)
    like = np.zeros(0, np.float32) if like is None else raw(like)
    return backend.like(bias.astype(like.dtype), like)


class ALiBi(Configurable):
    """What gives a ``MultiHeadAttention`` its ``alibi_bias``: ``MultiHeadAttention(..., position=ALiBi())``.

    Called with queries (batch, heads, m, d) and keys (batch, kv heads, n, d), of which the last ones stand
    at the same position, it returns the bias of their scores, (heads, m, n).

    Examples
    --------
    >>> q, k = np.zeros((1, 8, 2, 4)), np.zeros((1, 8, 3, 4))
    >>> ALiBi()(q, k)[0].tolist()
    [[-0.5, 0.0, -0.5], [-1.0, -0.5, 0.0]]
    """

    def __call__(self, q, k):
        """Return the bias."""
        (_, n_heads, m, _), n = q.shape, k.shape[2]
        return alibi_bias(n_heads, m, n, n - m, like=q)
