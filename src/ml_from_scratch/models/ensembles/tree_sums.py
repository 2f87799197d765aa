r"""The sum of many trees: all of them side by side in one forest of arrays, walked at once.

Tree m's nodes are numbered on from where tree m - 1 ends. Every pair of a sample and a tree is a
walker; all walk at the same time, one level a step, so that a hundred small trees cost a few calls of
NumPy and not hundreds. With the value v of a node,

.. math:: F(x) = \sum_m v_{\mathrm{leaf}_m(x)} \tag{1}
"""

from __future__ import annotations

import numpy as np

WALKERS = 1 << 15  # at once, so that their arrays stay in the cache


def sum_of_trees(trees, X) -> np.ndarray:
    """Return the sum of what the trees predict for each row of X, of shape (n_samples,)."""
    if not len(trees):
        return np.zeros(len(X))
    feature, threshold, value, children, roots = side_by_side(trees)
    depth = depth_below(roots, children)
    flat, d = np.ascontiguousarray(X).reshape(-1), X.shape[1]
    total = np.empty(len(X))
    block = max(1, WALKERS // len(trees))
    for start in range(0, len(X), block):
        rows = np.arange(start, min(start + block, len(X)))
        first = np.tile(rows * d, len(trees))  # where each walker's sample begins in flat
        node = np.repeat(roots, len(rows))
        for _ in range(depth):
            x = flat.take(first + feature.take(node))
            node = children.take(2 * node + (x <= threshold.take(node)))
        total[rows] = value.take(node).reshape(len(trees), -1).sum(axis=0)  # (1)
    return total


def side_by_side(trees):
    """Return feature, threshold, value, children (right and left in turn) and roots of all trees.

    A leaf is its own child, whatever it is asked: every walker makes as many steps.
    """
    sizes = [len(tree.feature) for tree in trees]
    roots = np.cumsum([0, *sizes[:-1]])
    shift = np.repeat(roots, sizes)
    feature = np.concatenate([tree.feature for tree in trees])
    inner, here = feature >= 0, np.arange(len(feature))
    children = np.repeat(here, 2).reshape(-1, 2)
    for side, name in enumerate(("children_right", "children_left")):
        child = np.concatenate([getattr(tree, name) for tree in trees]) + shift
        np.copyto(children[:, side], child, where=inner)
    threshold = np.concatenate([tree.threshold for tree in trees])
    value = np.concatenate([tree.value[:, 0, 0] for tree in trees])
    return np.where(inner, feature, 0), threshold, value, children.reshape(-1), roots


def depth_below(nodes, children) -> int:
    """Return the most steps from these nodes to a leaf."""
    depth = 0
    while True:
        below = children.reshape(-1, 2)[nodes]
        nodes = below[below != nodes[:, None]]
        if not len(nodes):
            return depth
        depth += 1
