"""Blocks: a piece of a score matrix that stays in the cache, from the product to the weighted mean.

The scores of all heads hold m x n numbers each, and five passes go over them. A block takes some samples,
some heads, or some queries of one head, so that its scores are about BLOCK numbers. In causal attention a
block has few queries, and leaves out the keys that none of them may see: nearly half of the work.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core.functions import moderate

BLOCK = 1 << 17  # scores at a time
QUERIES = 64  # of a causal block, at most


class Block(NamedTuple):
    """Samples, heads of keys (with the heads of queries that share them), queries, and how many keys.

    Its arrays have five axes: samples, heads of keys, heads of queries for each, positions, and numbers.
    """

    samples: slice
    heads: slice
    rows: slice
    n_keys: int
    n_kv_heads: int
    diagonal: int | None  # in causal attention: the first query sees keys up to this one

    def queries(self, x):
        """The block's part of an array (batch, heads, m, d): queries, their outputs, or gradients."""
        return in_groups(x, self.n_kv_heads)[self.samples, self.heads, :, self.rows]

    def keys(self, x):
        """The block's part of an array (batch, kv heads, n, d): keys or values, or their gradients."""
        return x[self.samples, self.heads, None, : self.n_keys]

    def scores(self, x):
        """The block's part of an array (batch, heads, m, n): a bias, a mask."""
        return self.queries(x)[..., : self.n_keys]

    def seen(self, S, mask):
        """Return pairs (part of the block's scores S, which of them are seen): what masks hide."""
        pairs = [] if mask is None else [(S, self.scores(mask))]
        first = self.n_keys if self.diagonal is None else max(self.diagonal + 1, 0)
        if first < self.n_keys:  # keys before the first are seen by every query
            n_rows, n_columns = S.shape[-2], self.n_keys - first
            triangle = np.tri(n_rows, n_columns, self.diagonal - first, dtype=bool)
            pairs.append((S[..., first:], backend.like(triangle, S)))
        return pairs


def blocks(q_shape, k_shape, causal) -> list:
    """Return the Blocks of an attention from queries (batch, heads, m, d) to keys (batch, kv heads, n, d).

    >>> [(b.samples.stop, b.heads.stop, b.rows.stop, b.n_keys) for b in blocks((2, 4, 80, 8), (2, 2, 80, 8), True)]
    [(2, 2, 64, 64), (2, 2, 80, 80)]
    """
    (n_samples, n_heads, m, _), (_, n_kv_heads, n, _) = q_shape, k_shape
    of_a_row = max(n * (n_heads // max(n_kv_heads, 1)), 1)
    rows = max(1, min(m, BLOCK // of_a_row, QUERIES if causal else m))
    heads = max(1, BLOCK // (of_a_row * rows))
    samples = max(1, heads // max(n_kv_heads, 1))
    return [
        Block(batch, kv, here, *_keys_of(here, m, n, causal, n_kv_heads))
        for batch in _slices(n_samples, samples)
        for kv in _slices(n_kv_heads, min(heads, n_kv_heads))
        for here in _slices(m, rows)
    ]


def _keys_of(rows, m, n, causal, n_kv_heads):
    """How many keys some queries see, and the last one that the first of them does."""
    if not causal:
        return n, n_kv_heads, None
    return max(rows.stop + n - m, 0), n_kv_heads, rows.start + n - m


def _slices(n, size):
    return [slice(i, min(i + size, n)) for i in range(0, n, max(size, 1))]


def in_groups(x, n_kv_heads):
    """Return (batch, heads, ...) as (batch, kv heads, heads that share one, ...), without a copy."""
    B, n_heads, *rest = x.shape
    return x.reshape(B, n_kv_heads, n_heads // max(n_kv_heads, 1), *rest)


def exponentials(S, seen) -> None:
    """Make exp(S - m) of S in place, with a number m for each row, and 0 of what is hidden.

    m cancels when the rows are divided by their sums, and keeps the numbers in range: it is 0 for a row
    of moderate scores, and the largest score of any other. Each row's own visible scores decide, so that
    what is hidden changes no bit of a result.
    """
    limit = moderate(S)
    if S.size and not (S.min() >= -limit and S.max() <= limit):
        for part, visible in seen:
            part[...] = np.where(visible, part, -np.inf)
        S -= shift_of_rows(S)
    np.exp(S, out=S)
    for part, visible in seen:
        part *= visible


def shift_of_rows(S):
    """Return m for each row of S, whose hidden scores are -inf."""
    highest = np.max(S, axis=-1, keepdims=True)
    lowest = np.min(np.where(-np.inf == S, np.zeros_like(S), S), axis=-1, keepdims=True)
    near = (highest <= moderate(S)) & (lowest >= -moderate(S))
    return np.where(near | ~np.isfinite(highest), np.zeros_like(highest), highest)
