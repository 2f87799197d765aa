"""How a tree grows: a level at a time, all nodes of the level at once.

Each round finds the best split of every open node (``splitters``), divides the nodes that are worth
it, describes their children, and goes on with those children that are not yet pure, small or deep
enough to be leaves. A ``Book`` keeps what was found. At the end the nodes are numbered as a walk
through the tree meets them, and become a ``Tree``.
"""

from __future__ import annotations

import heapq

import numpy as np

from ...core.random import as_generator
from .absolute_error import AbsoluteError
from .criteria import NEVER, TINY, Entropy, Gini, Poisson, SquaredError
from .levels import Level, splittable
from .rules import ENDLESS
from .splitters import (
    DrawnFeatures,
    Draws,
    Features,
    Orders,
    PresortedSplits,
    RandomThresholds,
    Ranks,
)
from .structure import LEAF, UNDEFINED, Tree

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
        self.whole = weights is None or bool((weights == np.rint(weights)).all())
        self.negligible = np.zeros(n_trees)  # impurities in each tree up to here are nothing


def grow_tree(X, y, n_classes, weights, rules, random_state) -> Tree:
    """Grow one tree on X (n, d), y (n,) and weights (n,) or None; n_classes is 0 for regression."""
    draws = Draws([as_generator(random_state)])
    return grow_trees(X, y, n_classes, [weights], rules, draws)[0]


def grow_trees(X, y, n_classes, weights, rules, draws, features=None) -> list[Tree]:
    """Grow several trees at once, each with its own weights (n,) of the same samples.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Samples.
    y : ndarray of shape (n,)
        Class numbers, or what to predict.
    n_classes : int
        0 for a regression.
    weights : list of ndarray of shape (n,) or None
        One for each tree; samples of weight 0 are not there.
    rules : GrowingRules
        The settings.
    draws : Draws
        One generator for each tree.
    features : Features, optional
        What ``study`` made of X, for callers that grow many trees on it.
    """
    sample, w, counts = _rows_of_trees(weights, len(X))
    n_trees, n_rows = len(counts), int(counts.sum())
    y = y if sample is None else y.take(sample)
    data = Targets(y, n_classes, w, rules.criterion, n_trees)
    roots = Level(np.arange(n_rows), counts, np.arange(n_trees), data)
    data.negligible = TINY * np.minimum(1.0, roots.impurity)
    book = Book()
    book.add(roots)
    open_ = splittable(roots, rules, 0)
    if open_.any():
        features = study(X, rules) if features is None else features
        splitter = _splitter(features, sample, counts, data, rules, draws)
        level = roots.only(open_)
        if not open_.all():
            splitter.keep(level.rows, level.rows[:0])
        grow_levels(level, roots.weight, splitter, data, rules, book)
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


def _splitter(features, sample, counts, data, rules, draws):
    """Return the splitter that suits the rules."""
    if rules.splitter == "random":
        return RandomThresholds(features, data, rules, draws, sample)
    if rules.max_features < features.shape[1]:
        return DrawnFeatures(features, data, rules, draws, sample)
    if sample is None:
        return PresortedSplits(features, features.samples, data, rules)
    rows = sorted_rows(features, sample, counts)
    return PresortedSplits(features, rows, data, rules, sample)


def sorted_rows(orders, sample, counts):
    """Return the rows of several trees, tree after tree, each in all orders of its samples."""
    rows = np.empty((len(orders.samples), len(sample)), np.int32)
    end = 0
    for m in counts.tolist():
        start, end = end, end + m
        row_of = np.full(orders.shape[0], -1, np.int32)
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
    best_first = BestFirst(rules.max_leaf_nodes) if rules.max_leaf_nodes < ENDLESS else None
    while True:
        splits = splitter.best(level)
        improvement = splits.gain / total.take(level.tree)
        chosen = splits.gain > NEVER
        chosen &= improvement * data.criterion.unit + TINY >= rules.min_impurity_decrease
        if best_first:
            chosen = best_first.choose(level, improvement, chosen)
        if not chosen.any():
            return
        children = divide(level, splits, chosen, data)
        if rules.monotonic is not None:
            bound(children, level, chosen, rules.monotonic.take(splits.feature[chosen]))
        book.split(level.ids[chosen], splits, chosen, improvement[chosen], book.add(children))
        depth += 1
        open_ = splittable(children, rules, depth)
        if not open_.any():
            return
        level = children.only(open_)
        lefts = int(children.counts[: len(children) // 2][open_[: len(children) // 2]].sum())
        splitter.keep(level.rows[:lefts], level.rows[lefts:])


def divide(level, splits, chosen, data) -> Level:
    """Return the children of the chosen nodes: all the left ones, then all the right ones."""
    divided = level.spread(chosen)
    left, right = divided & splits.goes_left, divided & ~splits.goes_left
    rows = np.concatenate([splits.rows.compress(left), splits.rows.compress(right)])
    n_left = np.add.reduceat(splits.goes_left, level.starts, dtype=np.int64)
    counts = np.concatenate([n_left[chosen], (level.counts - n_left)[chosen]])
    tree = level.tree[chosen]
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

    Call the least improvement on the way from the root to a node, its own included, its bottleneck.
    Of two nodes the one with the larger bottleneck is split first: as long as it is not, it or a node
    above it is waiting with an improvement of at least its bottleneck, which beats the node on the
    other's way that has the other's bottleneck. So the first L - 1 splits are those with the L - 1
    largest bottlenecks, and a tree that grows level by level can leave the nodes below that alone.
    """

    def __init__(self, max_leaf_nodes):
        self.n_splits = max_leaf_nodes - 1
        self.known = np.empty(0)

    def choose(self, level, improvement, possible):
        """Return which of the possible splits can still be among the first."""
        before = np.inf if level.bottleneck is None else level.bottleneck
        level.bottleneck = np.where(possible, np.minimum(before, improvement), NEVER)
        self.known = np.sort(np.concatenate([self.known, level.bottleneck]))[-self.n_splits :]
        return possible & (level.bottleneck >= self.known[0])


class Book:
    """What is known of all nodes, in the order in which they came to be."""

    def __init__(self):
        self.count = 0
        self.nodes: list = []
        self.questions: list = []

    def add(self, level) -> int:
        """Write down new nodes, number them, and return the first number."""
        first = self.count
        self.count += len(level)
        level.ids = np.arange(first, self.count)
        value = level.value if level.low is None else _within_bounds(level)
        self.nodes.append((level.counts, level.weight, level.impurity, value))
        return first

    def split(self, ids, splits, chosen, improvement, first_child) -> None:
        """Write down the questions of nodes; children are numbered lefts first, then rights."""
        asked = splits.feature[chosen], splits.threshold[chosen], splits.missing_left[chosen]
        self.questions.append((ids, *asked, improvement, first_child + np.arange(len(ids))))

    def trees(self, n_features, criterion, n_trees, max_leaf_nodes=ENDLESS) -> list[Tree]:
        """Return the trees, each numbered depth first (best first where leaves are limited)."""
        counts, weight, impurity, value = map(np.concatenate, zip(*self.nodes))
        value, impurity = criterion.in_users_units(value, impurity)
        left = np.full(self.count, LEAF)
        right, feature = left.copy(), np.full(self.count, UNDEFINED)
        threshold, missing_left = feature.astype(np.float64), np.zeros(self.count, np.uint8)
        for ids, f, t, m, _, lefts in self.questions:
            feature[ids], threshold[ids], missing_left[ids] = f, t, m
            left[ids], right[ids] = lefts, lefts + len(ids)
        if max_leaf_nodes < ENDLESS:
            number, ends = self._best_first(left, right, max_leaf_nodes)
        else:
            number, ends = self._walk_through(left, right, n_trees)
        order = np.empty(ends[-1], np.int64)
        order[number[number >= 0]] = np.flatnonzero(number >= 0)
        start, trees = 0, []
        for end in ends.tolist():
            nodes = order[start:end]
            inner = left[nodes] != LEAF
            trees.append(
                Tree(
                    n_features=n_features,
                    children_left=np.where(inner, number[left[nodes]] - start, LEAF),
                    children_right=np.where(inner, number[right[nodes]] - start, LEAF),
                    feature=np.where(inner, feature[nodes], UNDEFINED),
                    threshold=np.where(inner, threshold[nodes], UNDEFINED),
                    impurity=impurity[nodes],
                    n_node_samples=counts[nodes],
                    weighted_n_node_samples=weight[nodes],
                    value=value[nodes][:, None, :],
                    missing_go_to_left=np.where(inner, missing_left[nodes], 0),
                )
            )
            start = end
        return trees

    def _walk_through(self, left, right, n_trees):
        """Return each node's number in a walk, depth first and left first, and where trees end."""
        size = np.ones(self.count, np.int64)
        for ids, *_ in reversed(self.questions):
            size[ids] += size[left[ids]] + size[right[ids]]
        ends = np.cumsum(size[:n_trees])
        number = np.zeros(self.count, np.int64)
        number[:n_trees] = ends - size[:n_trees]
        for ids, *_ in self.questions:
            number[left[ids]] = number[ids] + 1
            number[right[ids]] = number[ids] + 1 + size[left[ids]]
        return number, ends

    def _best_first(self, left, right, max_leaf_nodes):
        """Return each node's number as one split after the other is made, the best first; -1: none."""
        gain = np.concatenate([np.full(0, 0.0), *(q[4] for q in self.questions)]).tolist()
        ids = [i for q in self.questions for i in q[0].tolist()]
        gain_of = dict(zip(ids, gain))
        order, waiting, n_leaves = [0], [(-gain_of[0], 0)] if gain_of else [], 1
        while waiting and n_leaves < max_leaf_nodes:
            node = heapq.heappop(waiting)[1]
            children = [int(left[node]), int(right[node])]
            order += children
            n_leaves += 1
            for child in children:
                if child in gain_of:
                    heapq.heappush(waiting, (-gain_of[child], child))
        for _, node in waiting:
            left[node] = right[node] = LEAF
        number = np.full(self.count, -1)
        number[order] = np.arange(len(order))
        return number, np.array([len(order)])


def _within_bounds(level):
    """Return values that respect the bounds of monotone constraints."""
    value = level.value.copy()
    value[:, -1] = np.clip(value[:, -1], level.low, level.high)
    if value.shape[1] == 2:
        value[:, 0] = 1.0 - value[:, 1]
    return value
