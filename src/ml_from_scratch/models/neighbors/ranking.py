"""The k best of each query's candidates: by measure, and by index where measures are equal."""

from __future__ import annotations

import numpy as np


def nearest(query, measure, index, n_queries, k) -> tuple[np.ndarray, np.ndarray]:
    """Return measures and indices, both (n_queries, k), of the k best candidates of each query.

    The candidates are a list of pairs in any order: number of the query, measure, index of the
    point. Where a query has fewer than k, the rest is filled with infinity and -1.

    >>> measure, index = nearest([1, 0, 1, 1], [2.0, 5.0, 1.0, 1.0], [7, 3, 9, 8], 2, 2)
    >>> measure.tolist(), index.tolist()
    ([[5.0, inf], [1.0, 1.0]], [[3, -1], [8, 9]])
    """
    query, measure, index = np.asarray(query), np.asarray(measure), np.asarray(index)
    best = np.full((n_queries, k), np.inf), np.full((n_queries, k), -1, dtype=np.int64)
    if len(query) and (query[1:] < query[:-1]).any():
        order = np.argsort(query, kind="stable")
        query, measure, index = query[order], measure[order], index[order]
    counts = np.bincount(query, minlength=n_queries)
    place = np.arange(len(query)) - (np.cumsum(counts) - counts)[query]
    done = 0
    while done < counts.max(initial=0):  # tables of one width would be too large if counts differ
        width = max(k, 2 * int(np.ceil(counts[counts > done].mean())))
        rows = np.flatnonzero((counts > done) & (counts <= width))
        row_of = np.full(n_queries, -1)
        row_of[rows] = np.arange(len(rows))
        chosen = row_of[query] >= 0
        at = row_of[query[chosen]], place[chosen]
        table = np.full((len(rows), width), np.inf), np.full((len(rows), width), -1, np.int64)
        table[0][at], table[1][at] = measure[chosen], index[chosen]
        order = np.lexsort((table[1], table[0]), axis=1)[:, :k]
        for result, values in zip(best, table):
            result[rows] = np.take_along_axis(values, order, axis=1)
        done = width
    return best
