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
from .criteria import NEVER, TINY, Entropy, Gini, Poisson, SquaredError
from .levels import Level, splittable
from .rules import ENDLESS
from .splitters import DrawnFeatures, Draws, Features, Orders, PresortedSplits, RandomThresholds
from .structure import LEAF, UNDEFINED, Tree

CRITERIA = {
    "gini": Gini,
    "entropy": Entropy,
    "log_loss": Entropy,
    "squared_error": SquaredError,
    "friedman_mse": SquaredError,
    "poisson": Poisson,
}


class Targets:
    """What is to be learned: y as the criterion keeps it, and the weights of the rows."""

    def __init__(self, y, n_classes, weights, criterion):
        kind = CRITERIA[criterion]
        if n_classes:
            self.criterion = kind(y, n_classes)
        else:
            self.criterion = kind(y.astype(np.float64, copy=False), weights)
        self.w = weights
        self.whole = weights is None or bool((weights == np.rint(weights)).all())
        self.negligible = TINY


def grow_tree(X, y, n_classes, weights, rules, random_state) -> Tree:
    """Grow one tree on X (n, d), y (n,) and weights (n,) or None; n_classes is 0 for regression."""
    if weights is not None:
        weights = weights.astype(np.float64, copy=False)
        counted = weights > 0.0
        if not counted.all():
            X, y, weights = X[counted], y[counted], weights[counted]
        if (weights == 1.0).all():
            weights = None
    data = Targets(y, n_classes, weights, rules.criterion)
    n = len(X)
    root = Level(np.arange(n), np.array([n]), np.zeros(1, np.int64), data)
    data.negligible = TINY * min(1.0, float(root.impurity[0]))
    book = Book()
    book.add(root)
    if splittable(root, rules, 0).all():
        grow_levels(root, _splitter(X, data, rules, random_state), data, rules, book)
    return book.trees(X.shape[1], data.criterion, 1, rules.max_leaf_nodes)[0]


def _splitter(X, data, rules, random_state):
    """Return the splitter for a single tree."""
    if rules.splitter == "random":
        return RandomThresholds(Features(X), data, rules, Draws([as_generator(random_state)]))
    orders = Orders(X)
    if rules.max_features < X.shape[1]:
        return DrawnFeatures(orders, data, rules, Draws([as_generator(random_state)]))
    return PresortedSplits(orders, orders.samples, data, rules)


def grow_levels(level, splitter, data, rules, book) -> None:
    """Split the nodes of the level, and their children, and so on, until no node is left to split."""
    depth, total = 0, level.weight
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
    When a node waits to be split, so does, for every node of larger bottleneck, that node or one
    above it, with an improvement at least as large: it comes first. So the first L - 1 splits are those with the L - 1 largest bottlenecks, and nodes
    below that can be left alone while the tree grows level by level.
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
