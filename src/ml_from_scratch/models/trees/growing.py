"""How a tree grows: a level at a time, all nodes of the level at once.

Each round finds the best split of every open node (``splitters``), divides the nodes that are worth
it, describes their children, and goes on with those children that are not yet pure, small or deep
enough to be leaves. A ``Book`` keeps what was found. At the end the nodes are numbered as a walk
through the tree meets them, and become a ``Tree``.
"""

from __future__ import annotations

import numpy as np

from .absolute_error import AbsoluteError
from .book import Book
from .criteria import EPS, NEVER, Entropy, Gini, Poisson, SquaredError
from .drawn import DrawnFeatures
from .levels import Level, splittable
from .orders import Features, Orders, Ranks
from .presorted import PresortedSplits
from .random_thresholds import RandomThresholds
from .rules import ENDLESS
from .splitters import Draws
from .structure import Tree

CRITERIA = {
    "gini": Gini,
    "entropy": Entropy,
    "log_loss": Entropy,
    "squared_error": SquaredError,
    "friedman_mse": SquaredError,
    "absolute_error": AbsoluteError,
    "poisson": Poisson,
}


class Targets:
    """What is to be learned: y as the criterion keeps it, and the weights of the rows."""

    def __init__(self, y, n_classes, weights, criterion, n_trees):
        kind = CRITERIA[criterion]
        if n_classes:
            self.criterion = kind(y, n_classes)
        else:
            self.criterion = kind(y.astype(np.float64, copy=False), weights)
        self.w = weights
        self.negligible = np.zeros(n_trees)  # impurities in each tree up to here are nothing


def grow_tree(X, y, n_classes, weights, rules, random_state) -> Tree:
    """Grow one tree on X (n, d), y (n,) and weights (n,) or None; n_classes is 0 for regression."""
    return grow_trees(X, y, n_classes, [weights], rules, Draws([random_state]))[0]


def grow_trees(X, y, n_classes, weights, rules, draws, features=None) -> list[Tree]:
    """Grow several trees at once, each with its own weights (n,) of the same samples.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Samples.
    y : ndarray of shape (n,) or (n_trees, n)
        Class numbers, or what to predict: the same for all trees, or a row for each.
    n_classes : int
        0 for a regression.
    weights : list of ndarray of shape (n,) or None
        One for each tree; samples of weight 0 are not there.
    rules : GrowingRules
        The settings.
    draws : Draws
        Made from one random_state for each tree.
    features : Features, optional
        What ``study`` made of X, for callers that grow many trees on it.
    """
    if rules.monotonic is not None and n_classes > 2:
        raise ValueError(
            f"monotonic_cst is about the probability of the second of two classes; there are {n_classes}."
        )
    sample, w, counts = _rows_of_trees(weights, len(X))
    n_trees, n_rows = len(counts), int(counts.sum())
    if y.ndim == 2:
        y = y.reshape(-1) if sample is None else y[np.repeat(np.arange(n_trees), counts), sample]
    elif sample is not None:
        y = y.take(sample)
    data = Targets(y, n_classes, w, rules.criterion, n_trees)
    roots = Level(np.arange(n_rows), counts, np.arange(n_trees), data)
    data.negligible = EPS * np.minimum(1.0, roots.impurity)
    book = Book()
    book.add(roots)
    open_ = splittable(roots, rules, 0)
    if open_.any():
        shared = features is not None
        features = features if shared else study(X, rules)
        splitter = _splitter(features, sample, counts, data, rules, draws, shared)
        grow_levels(roots.only(open_), roots.weight, splitter, data, rules, book)
        del features, splitter  # before the tree is written, which needs memory, too
    return book.trees(X.shape[1], data.criterion, n_trees, rules.max_leaf_nodes)


def study(X, rules):
    """Return what the splitter needs to know of X (n, d), whatever the tree."""
    if rules.splitter == "random":
        return Features(X)
    orders = Orders(X)
    return Ranks(orders) if rules.max_features < X.shape[1] else orders


def _rows_of_trees(weights, n):
    """Return the sample and the weight of each row, tree after tree, and the rows of each tree.

    A sample is None if row i is sample i, a weight is None if all are 1.
    """
    if len(weights) == 1 and (weights[0] is None or (weights[0] > 0.0).all()):
        sample, counts = None, np.array([n])
        w = None if weights[0] is None else weights[0].astype(np.float64, copy=False)
    else:
        present = [np.arange(n) if w is None else np.flatnonzero(w) for w in weights]
        counts = np.array([len(p) for p in present])
        sample = np.concatenate(present)
        ones = np.ones(n)
        w = np.concatenate([(ones if w is None else w)[p] for w, p in zip(weights, present)])
        w = w.astype(np.float64, copy=False)
    return sample, None if w is None or (w == 1.0).all() else w, counts


def _splitter(features, sample, counts, data, rules, draws, shared):
    """Return the splitter that suits the rules."""
    if rules.splitter == "random":
        return RandomThresholds(features, data, rules, draws, sample)
    if rules.max_features < features.shape[1]:
        return DrawnFeatures(features, data, rules, draws, sample)
    if sample is None:
        return PresortedSplits(features, features.samples, data, rules, draws, None, shared)
    rows = sorted_rows(features, sample, counts)
    return PresortedSplits(features, rows, data, rules, draws, sample)


def sorted_rows(orders, sample, counts):
    """Return the rows of several trees, tree after tree, each in all orders of its samples."""
    rows = np.empty((len(orders.samples), len(sample)), orders.samples.dtype)
    end = 0
    for m in counts.tolist():
        start, end = end, end + m
        row_of = np.full(orders.shape[0], -1, rows.dtype)
        row_of[sample[start:end]] = np.arange(start, end)
        for order, into in zip(orders.samples, rows):
            found = row_of.take(order)
            into[start:end] = found.compress(found >= 0)
    return rows


def grow_levels(level, total, splitter, data, rules, book) -> None:
    """Split the nodes of the level, and their children, and so on, until no node is left to split.

    total is the weight of each tree.
    """
    depth = 0
    if rules.monotonic is not None:
        level.low, level.high = np.full(len(level), -np.inf), np.full(len(level), np.inf)
    if len(level) < len(total):
        splitter.keep(level.rows, level.rows[:0])
    best_first = BestFirst(rules.max_leaf_nodes) if rules.max_leaf_nodes < ENDLESS else None
    while True:
        splits = splitter.best(level)
        chosen = splits.gain > NEVER
        if rules.min_impurity_decrease > 0.0:
            improvement = splits.gain / total.take(level.tree) * data.criterion.unit
            chosen &= improvement + EPS >= rules.min_impurity_decrease
        if best_first:
            chosen = best_first.choose(level, splits.gain, chosen)
        if not np.count_nonzero(chosen):
            return
        children = divide(level, splits, chosen, data)
        if rules.monotonic is not None:
            bound(children, level, chosen, rules.monotonic.take(splits.feature[chosen]))
        book.split(level.ids.compress(chosen), splits, chosen, book.add(children))
        depth += 1
        open_ = splittable(children, rules, depth)
        if not np.count_nonzero(open_):
            return
        level = children.only(open_)
        n_left = level.first_row(np.count_nonzero(open_[: len(children) // 2]))
        splitter.keep(level.rows[:n_left], level.rows[n_left:])


def divide(level, splits, chosen, data) -> Level:
    """Return the children of the chosen nodes: all the left ones, then all the right ones."""
    left, right = splits.goes_left, ~splits.goes_left
    n_left, counts, tree = splits.n_left, level.counts, level.tree
    if np.count_nonzero(chosen) < len(chosen):
        divided = level.spread(chosen)
        left, right = left & divided, right & divided
        n_left, counts, tree = (of_nodes.compress(chosen) for of_nodes in (n_left, counts, tree))
    rows = np.concatenate([splits.rows.compress(left), splits.rows.compress(right)])
    counts = np.concatenate([n_left, counts - n_left])
    children = Level(rows, counts, np.concatenate([tree, tree]), data)
    if level.bottleneck is not None:
        children.bottleneck = np.concatenate([level.bottleneck[chosen]] * 2)
    return children


def bound(children, parents, chosen, signs) -> None:
    """Set the bounds between which the values of children must lie under monotone constraints.

    Where a feature may only raise the prediction, the middle of the two children's values bounds
    what grows below the left one from above, and what grows below the right one from below.
    """
    k = len(signs)
    values = children.value[:, -1]
    middle = 0.5 * (values[:k] + values[k:])
    low, high = parents.low[chosen], parents.high[chosen]
    left = np.where(signs < 0.0, middle, low), np.where(signs > 0.0, middle, high)
    right = np.where(signs > 0.0, middle, low), np.where(signs < 0.0, middle, high)
    children.low, children.high = (np.concatenate(sides) for sides in zip(left, right))


class BestFirst:
    """Which nodes a tree of few leaves splits, if it always splits the one that gains most.

    Call the least gain on the way from the root to a node, its own included, its bottleneck.
    Of two nodes the one with the larger bottleneck is split first: as long as it is not, it or a node
    above it is waiting with a gain of at least its bottleneck, which beats the node on the
    other's way that has the other's bottleneck. So the first L - 1 splits are those with the L - 1
    largest bottlenecks, and a tree that grows level by level can leave the nodes below that alone.
    """

    def __init__(self, max_leaf_nodes):
        self.n_splits = max_leaf_nodes - 1
        self.known = np.empty(0)

    def choose(self, level, gain, possible):
        """Return which of the possible splits can still be among the first."""
        before = np.inf if level.bottleneck is None else level.bottleneck
        level.bottleneck = np.where(possible, np.minimum(before, gain), NEVER)
        self.known = np.sort(np.concatenate([self.known, level.bottleneck]))[-self.n_splits :]
        return possible & (level.bottleneck >= self.known[0])
