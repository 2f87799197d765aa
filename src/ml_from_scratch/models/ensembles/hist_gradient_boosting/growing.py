r"""Growing trees leaf by leaf: the node whose split gains most is split next.

A tree with few leaves is better spent where the loss falls most than level by level. The gain of a
split does not depend on what is split elsewhere, so nodes can be *prepared* (their samples divided,
their children's best splits found) ahead of their turn, several at once. Where calls cost more than
samples, those that are likely to have their turn are prepared together, in all trees that are
grown at the same time (one per class); where samples are many, one by one.
"""

from __future__ import annotations

import heapq

import numpy as np

from .histograms import FEW_ROWS

INFINITY = float("inf")


class Node:
    """A node: its samples and their sums, its best split, and its children once it is prepared."""

    __slots__ = (
        *("tree", "depth", "rows", "n", "G", "H", "value", "bounds", "groups"),
        *("sums", "split", "children", "is_inner"),
    )

    def __init__(self, tree, depth, rows, n, G, H, value, bounds, groups):
        self.tree, self.depth, self.rows, self.n = tree, depth, rows, n
        self.G, self.H, self.value = G, H, value
        self.bounds, self.groups = bounds, groups
        self.sums = self.split = self.children = None
        self.is_inner = False

    def __lt__(self, other):
        return self.split.gain > other.split.gain


class GrowingTree:
    """One tree on its way: which nodes wait to be split, and when it is done.

    Parameters
    ----------
    root : Node
        With its best split.
    most_leaves : int or None
        When to stop.
    """

    def __init__(self, root, most_leaves):
        self.root, self.root_sums = root, root.sums
        self.most_leaves = INFINITY if most_leaves is None else most_leaves
        self.n_leaves = 1
        self.waiting = [root] if root.split else []

    def advance(self) -> list:
        """Split nodes in their turn, up to one that is not prepared; return those to prepare now."""
        while self.waiting and self.n_leaves < self.most_leaves:
            if self.waiting[0].children is None:
                return self._likely_next()
            node = heapq.heappop(self.waiting)
            node.is_inner, node.rows = True, None
            self.n_leaves += 1
            for child in node.children:
                if child.split:
                    heapq.heappush(self.waiting, child)
        return []

    def _likely_next(self):
        """The next node, and others that few samples make cheap, if their turn may come."""
        if self.waiting[0].n >= FEW_ROWS:
            return self.waiting[:1]
        chosen, n_rows = [], 0
        splits_left = self.most_leaves - self.n_leaves
        ranked = sorted(self.waiting) if splits_left < len(self.waiting) else self.waiting
        for rank, node in enumerate(ranked):
            if rank >= splits_left or (chosen and n_rows + node.n > FEW_ROWS):
                break
            if node.children is None:
                chosen.append(node)
                n_rows += node.n
        return chosen

    def nodes(self) -> list:
        """Return all nodes, each before those below it, those on its left first."""
        found, stack = [], [self.root]
        while stack:
            node = stack.pop()
            found.append(node)
            if node.is_inner:
                stack += reversed(node.children)
        return found

    def leaves(self) -> list:
        """Return the nodes that were not split."""
        return [node for node in self.nodes() if not node.is_inner]


class Grower:
    """Grows trees on binned samples.

    Parameters
    ----------
    builder : HistogramBuilder
        Sums over samples.
    splitter : Splitter
        Finds splits.
    binner : Binner
        Knows the missing bin.
    settings : object
        With max_leaf_nodes, max_depth, min_samples_leaf and max_features.
    groups : ndarray of bool of shape (n_groups, n_features), optional
        Features that may occur together on the way to a leaf.
    rng : numpy.random.Generator
        Draws features, if ``max_features`` is below 1.
    """

    def __init__(self, builder, splitter, binner, settings, groups, rng):
        self.builder, self.splitter, self.binner = builder, splitter, binner
        self.settings, self.groups, self.rng = settings, groups, rng
        self.n_features = builder.n_features

    def grow(self, weights, root_sums=None, keep_sums=False) -> list:
        """Return a grown tree for each row of the packed weights.

        Parameters
        ----------
        weights : Weights
            Of shape (n_trees, n_samples).
        root_sums : ndarray of shape (n_sums, n_features, width), optional
            The root's running totals, if they are known.
        keep_sums : bool
            Whether ``sums_of_leaves`` will be called.
        """
        self.keep_sums = keep_sums
        roots = self._roots(weights, root_sums)
        trees = [GrowingTree(root, self.settings.max_leaf_nodes) for root in roots]
        while True:
            nodes = [node for tree in trees for node in tree.advance()]
            if not nodes:
                return trees
            self._prepare(nodes, weights, last=all(t.most_leaves - t.n_leaves == 1 for t in trees))

    def sums_of_leaves(self, tree, weights):
        """Yield pairs (value, sums): together, each leaf's value with its running totals.

        Of two leaves whose sums were never made, only the smaller one's are made now:
        v a + w b = w (a + b) + (v - w) a.
        """
        for node in tree.nodes():
            if not node.is_inner:
                if node.sums is not None:
                    yield node.value, node.sums
                continue
            if node.children[0].sums is not None:
                continue
            small, large = sorted(node.children, key=_size)
            totals = self.builder.totals([small.rows], [weights.packed[node.tree]])
            sums = np.empty((weights.n_sums, *totals.shape))
            weights.unpack(totals, sums)
            yield large.value, node.sums
            yield small.value - large.value, sums[:, 0]

    def _roots(self, weights, root_sums):
        """All samples in one node, of value 0: a tree that cannot be split changes nothing."""
        n_trees = len(weights.packed)
        if root_sums is None:
            totals = self.builder.totals([None] * n_trees, list(weights.packed))
            sums = np.empty((weights.n_sums, *totals.shape))
            weights.unpack(totals, sums)
        else:
            sums = root_sums[:, None]
        bounds = (-INFINITY, INFINITY)
        groups = None if self.groups is None else np.ones(len(self.groups), dtype=bool)
        roots = []
        for tree in range(n_trees):
            G, H, n = sums[[0, 1, -1], tree, 0, -1].tolist()
            roots.append(Node(tree, 0, None, int(n), G, H, 0.0, bounds, groups))
        self._find_splits(roots, sums)
        return roots

    def _prepare(self, nodes, weights, last):
        """Divide the samples of nodes among two children each, and find the children's splits."""
        for node in nodes:
            node.children = self._divide(node)
        if last:  # the tree is full: nothing more will be split
            return
        parents = [node for node in nodes if any(map(self._may_be_split, node.children))]
        if not parents:
            return
        small, large = zip(*(sorted(node.children, key=_size) for node in parents))
        totals = self.builder.totals(
            [node.rows for node in small], [weights.packed[node.tree] for node in small]
        )
        k = len(parents)
        sums = np.empty((weights.n_sums, 2 * k, *totals.shape[1:]))
        weights.unpack(totals, sums[:, :k])
        for i, parent in enumerate(parents):
            np.subtract(parent.sums, sums[:, i], out=sums[:, k + i])
            if not self.keep_sums:
                parent.sums = None
        self._find_splits([*small, *large], sums)

    def _may_be_split(self, node):
        deepest = self.settings.max_depth
        return node.n >= 2 * self.settings.min_samples_leaf and (
            deepest is None or node.depth < deepest
        )

    def _find_splits(self, nodes, sums):
        values = np.array([node.value for node in nodes])
        bounds = np.array([node.bounds for node in nodes]).T
        splits = self.splitter.best(sums, values, bounds, self._allowed(nodes))
        for i, (node, split) in enumerate(zip(nodes, splits)):
            if split is not None and self._may_be_split(node):
                node.split = split
            if node.split or self.keep_sums:
                node.sums = sums[:, i]

    def _allowed(self, nodes):
        """Which features each node may be split by, as 0 and 1; None if all may by all."""
        share = self.settings.max_features
        if self.groups is None and share >= 1.0:
            return None
        allowed = np.ones((len(nodes), self.n_features))
        for row, node in zip(allowed, nodes):
            if self.groups is not None:
                row[:] = self.groups[node.groups].any(axis=0)
            if share < 1.0:
                features = np.flatnonzero(row)
                n_drawn = max(1, int(np.ceil(share * len(features))))
                row[self.rng.permutation(features)[n_drawn:]] = 0.0
        return allowed

    # ---- from a node to its children -------------------------------------------------------------
    def _divide(self, node):
        split = node.split
        goes_left = self._goes_left(split, node.rows)
        if node.rows is None:
            rows = np.flatnonzero(goes_left), np.flatnonzero(~goes_left)
        else:
            rows = node.rows.compress(goes_left), node.rows.compress(~goes_left)
        if not self.binner.has_missing[split.feature]:
            split.missing_left = 2 * split.n > node.n  # not seen in training: where most samples go
        lower, upper = node.bounds
        G_right, H_right = node.G - split.G, node.H - split.H
        values = [
            min(max(self.splitter.value(G, H), lower), upper)
            for G, H in ((split.G, split.H), (G_right, H_right))
        ]
        bounds = self._bounds_of_children(node, values)
        groups = node.groups
        if groups is not None:
            groups = groups & self.groups[:, split.feature]
        tree, depth = node.tree, node.depth + 1
        n_right = node.n - split.n
        left = Node(tree, depth, rows[0], split.n, split.G, split.H, values[0], bounds[0], groups)
        right = Node(tree, depth, rows[1], n_right, G_right, H_right, values[1], bounds[1], groups)
        return left, right

    def _goes_left(self, split, rows):
        column = self.builder.bins[split.feature]
        if rows is not None:
            column = column.take(rows)
        if split.left_bins is not None:
            return split.left_bins.take(column)
        goes_left = column <= split.bin
        if split.missing_left and self.binner.has_missing[split.feature]:
            goes_left |= column == self.binner.width - 1
        return goes_left

    def _bounds_of_children(self, node, values):
        """A monotone split keeps all below it on their side of the middle of its two values."""
        monotonic = self.splitter.monotonic
        sign = 0.0 if monotonic is None else monotonic[node.split.feature, 0]
        lower, upper = node.bounds
        if not sign:
            return node.bounds, node.bounds
        middle = 0.5 * values[0] + 0.5 * values[1]
        below, above = (lower, middle), (middle, upper)
        return (below, above) if sign > 0 else (above, below)


def _size(node):
    return node.n
