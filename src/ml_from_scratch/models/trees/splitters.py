"""What a splitter is: it finds the question that each node of a level should ask.

It has ``best(level)``, which returns the ``Splits`` of all nodes, and ``keep(left, right)``, which tells
it what samples go on in the left and in the right children. There are three: ``PresortedSplits`` looks
at every feature, in orders that are kept sorted; ``DrawnFeatures`` looks at a few features, drawn for
each node, and sorts what it looks at; ``RandomThresholds`` draws the thresholds too, and need not sort.
"""

from __future__ import annotations

import numbers
from dataclasses import dataclass

import numpy as np

from ...core.random import as_generator

EQUAL = 1e-10  # gains that differ by less than this share of what could be gained are equally good
NOBODY = -1  # missing_left where no sample of the node has a missing value


@dataclass
class Splits:
    """The question of each node, and the answers of its samples."""

    feature: np.ndarray  # (k,)
    low: np.ndarray  # (k,), the values between which the threshold is: the largest that goes left
    high: np.ndarray  # (k,), and the least that goes right
    missing_left: np.ndarray  # (k,), 1 or 0, or NOBODY
    gain: np.ndarray  # (k,), minus infinity where the node cannot be split
    rows: np.ndarray  # (m,), the samples of all nodes in some order, node after node
    goes_left: np.ndarray  # (m,)
    n_left: np.ndarray  # (k,)


class Draws:
    """Random numbers for nodes, from the generator of the tree that each is of.

    A tree so has the same luck alone as among others that grow with it. ``random_states`` has one None,
    seed or Generator for each tree.
    """

    def __init__(self, random_states):
        self.generators = [as_generator(state) for state in random_states]
        self.seeded = [isinstance(state, numbers.Integral) for state in random_states]

    def uniform(self, level, n) -> np.ndarray:
        """Return n numbers between 0 and 1 for each node, of shape (k, n)."""
        if len(self.generators) == 1:
            return self.generators[0].random((len(level), n))
        nodes = np.bincount(level.tree, minlength=len(self.generators)).tolist()
        numbers = [rng.random((k, n)) for rng, k in zip(self.generators, nodes) if k]
        uniform = np.empty((len(level), n))
        uniform[np.argsort(level.tree, kind="stable")] = np.concatenate(numbers)
        return uniform

    def turns(self, n) -> np.ndarray:
        """Return in which turn each of n things comes, for each tree (n, trees).

        Drawn by lot, but for a tree without a seed, which should be the same whenever it is grown.
        """
        turns = [
            rng.permutation(n) if seeded else np.arange(n)
            for rng, seeded in zip(self.generators, self.seeded)
        ]
        return np.stack(turns, axis=1)


def first_best(level, gains, slack):
    """Return the best gain of each node, and the first place that is as good, but for rounding."""
    top = np.maximum.reduceat(gains, level.starts)
    places = (gains >= level.spread(top - slack)).nonzero()[0][::-1]
    first = level.starts.copy()
    first[level.node.take(places)] = places  # the last one written is the first place
    return top, first
