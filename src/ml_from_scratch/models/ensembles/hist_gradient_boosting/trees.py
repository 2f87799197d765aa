"""Grown trees in arrays, and what they predict.

The nodes of all trees stand one after the other, each tree's root first and every node before its
children. Two ways lead from a sample to its leaf, both without a loop over samples. *Few samples*
walk through all trees at once, a level a step. *Many samples* answer every question of a tree,
whether they meet it or not, since a comparison of whole columns costs next to nothing, and the leaf's
number is put together from the bottom up: at each node, that of the left child where the answer is
yes, that of the right child where it is no.
"""

from __future__ import annotations

import numpy as np

from ....core.registry import storable

MISSING_CATEGORY = 256
FEW_SAMPLES = 256
BLOCK = 1 << 14  # samples whose columns and answers stay in the cache


@storable
class Trees:
    """Trees that were grown, one entry per node in every array.

    Attributes
    ----------
    feature : ndarray
        What a node asks about; -1 for a leaf.
    threshold : ndarray
        Values up to it go left; infinity, if the question is whether the value is missing.
    missing_left : ndarray of bool
        Where missing values go.
    subset : ndarray
        The row of ``subsets`` that says which categories go left; -1 for a numeric feature.
    left, right : ndarray
        The children; a leaf is its own child.
    value : ndarray
        What a leaf adds to the prediction (also kept for inner nodes).
    gain, n_samples, depth : ndarray
        About each node in training.
    subsets : ndarray of bool of shape (n_subsets, 257)
        Which categories go left; the last column is the missing value.
    roots : ndarray of shape (n_iter, n_trees_per_iteration)
        The first node of each tree.
    """

    FIELDS = {
        "feature": np.int32,
        "threshold": np.float64,
        "missing_left": np.bool_,
        "subset": np.int32,
        "left": np.int32,
        "right": np.int32,
        "gain": np.float64,
        "value": np.float64,
        "n_samples": np.int64,
        "depth": np.int32,
    }

    def __init__(self, n_trees_per_iteration):
        for name, dtype in self.FIELDS.items():
            setattr(self, name, np.zeros(0, dtype=dtype))
        self.subsets = np.zeros((0, MISSING_CATEGORY + 1), dtype=bool)
        self.roots = np.zeros((0, n_trees_per_iteration), dtype=np.int64)

    def __len__(self):
        return len(self.roots)

    @property
    def n_leaves(self) -> int:
        """How many leaves all trees have together."""
        return int((self.feature < 0).sum())

    @classmethod
    def grown(cls, trees, binner, learning_rate) -> Trees:
        """Write down one iteration: a ``GrowingTree`` for each row of the raw predictions."""
        written = cls(len(trees))
        records, subsets, roots = [], [], []
        for tree in trees:
            roots.append(len(records))
            nodes = tree.nodes()
            number = {id(node): len(records) + i for i, node in enumerate(nodes)}
            for node in nodes:
                me = number[id(node)]
                about = (learning_rate * node.value, node.n, node.depth)
                if node.is_inner:
                    split, (left, right) = node.split, node.children
                    question = _question(split, binner, subsets)
                    children = number[id(left)], number[id(right)], split.gain
                    records.append((split.feature, *question, *children, *about))
                else:
                    records.append((-1, np.inf, False, -1, me, me, -1.0, *about))
        for (name, dtype), column in zip(cls.FIELDS.items(), zip(*records)):
            setattr(written, name, np.array(column, dtype=dtype))
        if subsets:
            written.subsets = np.array(subsets)
        written.roots = np.array([roots])
        return written

    @classmethod
    def joined(cls, parts) -> Trees:
        """Return one object with the iterations of several."""
        both = cls(parts[0].roots.shape[1])
        for name in cls.FIELDS:
            setattr(both, name, np.concatenate([getattr(part, name) for part in parts]))
        both.subsets = np.concatenate([part.subsets for part in parts])
        sizes, n_subsets = [len(p.feature) for p in parts], [len(p.subsets) for p in parts]
        shift = np.repeat(np.cumsum([0, *sizes[:-1]]), sizes).astype(np.int32)
        both.left += shift
        both.right += shift
        shift = np.repeat(np.cumsum([0, *n_subsets[:-1]]), sizes).astype(np.int32)
        both.subset[both.subset >= 0] += shift[both.subset >= 0]
        starts = np.cumsum([0, *sizes[:-1]])
        both.roots = np.concatenate([p.roots + start for p, start in zip(parts, starts)])
        return both

    def add_to(self, raw, X, first=0, last=None) -> None:
        """Add what the trees of iterations first to last predict for X to raw, in place.

        Parameters
        ----------
        raw : ndarray of shape (n_trees_per_iteration, n_samples)
            Raw predictions.
        X : ndarray of float64 of shape (n_samples, n_features)
            Samples; categories as numbers, NaN where a value is missing.
        first, last : int
            Iterations.
        """
        roots = self.roots[first:last]
        if len(X) <= FEW_SAMPLES:
            raw += self.value.take(self._walk(X, roots)).sum(axis=0)
            return
        for start in range(0, len(X), BLOCK):
            block = slice(start, start + BLOCK)
            columns = np.ascontiguousarray(X[block].T)
            for iteration in roots.tolist():
                for k, root in enumerate(iteration):
                    leaves, number = self._answer_all(root, columns)
                    raw[k, block] += self.value.take(leaves).take(number)

    def _walk(self, X, roots):
        """Return the leaf of each sample in each tree, of shape (*roots.shape, n_samples)."""
        nodes = np.repeat(roots[..., None], len(X), axis=-1)
        flat, starts = X.ravel(), np.arange(len(X)) * X.shape[1]
        for _ in range(int(self.depth.max(initial=0))):
            feature = self.feature.take(nodes)
            x = flat.take(starts + np.maximum(feature, 0))
            missing = np.isnan(x)
            goes_left = x <= self.threshold.take(nodes)
            if len(self.subsets):
                subset = self.subset.take(nodes)
                code = np.where(missing | (subset < 0), MISSING_CATEGORY, x).astype(np.intp)
                goes_left = np.where(subset < 0, goes_left, self.subsets[subset, code])
            goes_left |= missing & self.missing_left.take(nodes)
            nodes = np.where(goes_left, self.left.take(nodes), self.right.take(nodes))
        return nodes

    def _answer_all(self, root, columns):
        """Return the leaves of a tree, and for each sample the number of its leaf among them."""
        leaves, inner, stack = [], [], [root]
        while stack:
            node = stack.pop()
            if self.feature[node] < 0:
                leaves.append(node)
            else:
                inner.append(node)
                stack += [int(self.right[node]), int(self.left[node])]
        dtype = np.min_scalar_type(len(leaves) - 1)
        number = {leaf: dtype.type(i) for i, leaf in enumerate(leaves)}
        for node in reversed(inner):
            yes = np.negative(self._goes_left(node, columns).astype(dtype))  # all bits, or none
            left, right = number.pop(int(self.left[node])), number.pop(int(self.right[node]))
            number[node] = right ^ ((left ^ right) & yes)
        answer = number[root]
        return np.array(leaves), answer if inner else np.zeros(columns.shape[1], dtype=np.intp)

    def _goes_left(self, node, columns):
        x = columns[self.feature[node]]
        if self.subset[node] >= 0:
            code = np.where(np.isnan(x), MISSING_CATEGORY, x).astype(np.intp)
            return self.subsets[self.subset[node]].take(code)
        if self.missing_left[node]:
            return ~(x > self.threshold[node])  # of NaN, nothing is true
        return x <= self.threshold[node]


def _question(split, binner, subsets):
    """Return (threshold, missing_left, subset) of a split; a subset is appended to subsets."""
    f = split.feature
    if split.left_bins is not None:
        row = np.zeros(MISSING_CATEGORY + 1, dtype=bool)
        row[: binner.n_bins[f]] = split.left_bins[: binner.n_bins[f]]
        row[-1] = split.missing_left
        subsets.append(row)
        return np.inf, split.missing_left, len(subsets) - 1
    if split.bin == binner.n_bins[f] - 1:
        return np.inf, split.missing_left, -1
    return float(binner.thresholds[f][split.bin]), split.missing_left, -1
