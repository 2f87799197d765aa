r"""From verdicts on pairs of classes to scores of classes: votes, and confidences to break ties.

Each pair has one vote, and sums of confidences, squeezed below half a vote, decide between equals:

.. math::
    v_k &= \text{number of pairs that } k \text{ wins}, \qquad
        c_k = \text{sum of their confidences, for } k \\
    d_k &= v_k + \frac{c_k}{3 (|c_k| + 1)} \tag{1}

Source: S. Knerr, L. Personnaz and G. Dreyfus, Single-layer learning revisited (1990), for the pairs;
(1) is scikit-learn's.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np


def class_pairs(n_classes) -> list[tuple[int, int]]:
    """Return (0, 1), (0, 2), ..., (1, 2), ...

    >>> class_pairs(3)
    [(0, 1), (0, 2), (1, 2)]
    """
    return list(combinations(range(n_classes), 2))


def count_votes(first_wins, n_classes) -> np.ndarray:
    """Return the votes for each class, (n, n_classes), from who wins in each pair, (n, n_pairs)."""
    votes = np.zeros((len(first_wins), n_classes))
    for k, (i, j) in enumerate(class_pairs(n_classes)):
        votes[:, i] += first_wins[:, k]
        votes[:, j] += ~first_wins[:, k]
    return votes


def class_scores(first_wins, confidences, n_classes) -> np.ndarray:
    """Return scores of classes, (n, n_classes).

    Parameters
    ----------
    first_wins : ndarray of shape (n, n_pairs), bool
        Whether the first of each pair wins.
    confidences : ndarray of shape (n, n_pairs)
        How much speaks for the first and against the second.
    n_classes : int
        How many classes there are.
    """
    sums = np.zeros((len(confidences), n_classes))
    for k, (i, j) in enumerate(class_pairs(n_classes)):
        sums[:, i] += confidences[:, k]
        sums[:, j] -= confidences[:, k]
    return count_votes(first_wins, n_classes) + sums / (3.0 * (np.abs(sums) + 1.0))  # (1)
