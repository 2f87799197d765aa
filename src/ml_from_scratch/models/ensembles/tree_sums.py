r"""The sum of many trees: all of them side by side in one forest of arrays, walked at once.

Tree m's nodes are numbered on from where tree m - 1 ends. Every pair of a sample and a tree is a
walker; all walk at the same time, one level a step, so that a hundred small trees cost a few calls of
NumPy and not hundreds. With the value v of a node,

.. math:: F(x) = \sum_m v_{\mathrm{leaf}_m(x)} \tag{1}
"""

from __future__ import annotations

import numpy as np

WALKERS = 1 << 17  # at once, so that their arrays stay in the cache


def sum_of_trees(trees, X) -> np.ndarray:
    """Return the sum of what the trees predict for each row of X, of shape (n_samples,)."""
    if not trees:
        return np.zeros(len(X))
    sizes = [tree.node_count for tree in trees]
    roots = np.cumsum([0, *sizes[:-1]])
    shift = np.repeat(roots, sizes)
    left = np.concatenate([tree.children_left for tree in trees])
    inner = left >= 0
    left = left + shift
    right = np.concatenate([tree.children_right for tree in trees]) + shift
    feature = np.concatenate([tree.feature for tree in trees])
    threshold = np.concatenate([tree.threshold for tree in trees])
    value = np.concatenate([tree.value[:, 0, 0] for tree in trees])
    # A leaf is its own child, whatever it is asked: every walker makes as many steps.
    here = np.arange(len(left))
    children = np.column_stack([np.where(inner, right, here), np.where(inner, left, here)]).ravel()
    feature, threshold = np.where(inner, feature, 0), np.where(inner, threshold, 0.0)
    depth = max(tree.max_depth for tree in trees)
    n, d = X.shape
    flat = np.ascontiguousarray(X).reshape(-1)
    total = np.empty(n)
    block = max(1, WALKERS // len(trees))
    for start in range(0, n, block):
        rows = np.arange(start, min(start + block, n))
        first = np.tile(rows * d, len(trees))
        node = np.repeat(roots, len(rows))
        for _ in range(depth):
            x = flat.take(first + feature.take(node))
            node = children.take(2 * node + (x <= threshold.take(node)))
        total[rows] = value.take(node).reshape(len(trees), -1).sum(axis=0)  # (1)
    return total
