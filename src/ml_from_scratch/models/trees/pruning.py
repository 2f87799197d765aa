r"""Cost-complexity pruning: cut back the branches that are not worth their leaves.

A leaf costs :math:`\alpha`. Below a node t hangs a branch with the leaves :math:`\tilde T_t`. As a leaf
itself the node has the cost R, and its branch is worth keeping as long as :math:`\alpha` is below
:math:`\alpha_t`:

.. math::
    R(t) &= \frac{W_t}{W} H_t \tag{1} \\
    \alpha_t &= \frac{R(t) - \sum_{l \in \tilde T_t} R(l)}{|\tilde T_t| - 1} \tag{2}

The branch of the least :math:`\alpha_t`, the weakest link, is cut first, then the weakest of what is
left, until only the root stands. The trees on this way are the best for every :math:`\alpha`.

Source: Breiman, Friedman, Olshen and Stone, Classification and Regression Trees, 1984, section 3.3.
"""

from __future__ import annotations

import heapq

import numpy as np

from ...datasets.bunch import Bunch
from .structure import LEAF, UNDEFINED, Tree


def pruning_path(tree: Tree) -> Bunch:
    """Return ``ccp_alphas``, at which a branch is cut, and the ``impurities`` of the leaves then."""
    costs = tree.weighted_n_node_samples * tree.impurity / tree.weighted_n_node_samples[0]
    whole = float(costs[tree.children_left == LEAF].sum())
    steps = [(0.0, whole)] + [(alpha, cost) for alpha, _, cost in _weakest_links(tree)]
    alphas, impurities = np.array(steps).T
    return Bunch(ccp_alphas=alphas.copy(), impurities=impurities.copy())


def pruned(tree: Tree, ccp_alpha: float) -> Tree:
    """Return the tree without the branches whose alpha is at most ccp_alpha."""
    if ccp_alpha == 0.0:
        return tree
    left, right = tree.children_left.copy(), tree.children_right.copy()
    for alpha, node, _ in _weakest_links(tree):
        if alpha > ccp_alpha:
            break
        left[node] = right[node] = LEAF
    return _reachable(tree, left, right)


def _weakest_links(tree: Tree):
    """Yield (alpha, node, impurity of all leaves) for one cut after the other."""
    left, right = tree.children_left.tolist(), tree.children_right.tolist()
    cost = tree.weighted_n_node_samples * tree.impurity / tree.weighted_n_node_samples[0]  # (1)
    cost = cost.tolist()
    below, n_leaves, parent = cost.copy(), [1] * len(cost), [-1] * len(cost)
    for t in reversed(range(len(cost))):  # children have higher numbers than their parents
        if left[t] != LEAF:
            parent[left[t]] = parent[right[t]] = t
            below[t] = below[left[t]] + below[right[t]]
            n_leaves[t] = n_leaves[left[t]] + n_leaves[right[t]]

    def alpha(t):
        return (cost[t] - below[t]) / (n_leaves[t] - 1)  # (2)

    links = [(alpha(t), t) for t in range(len(cost)) if left[t] != LEAF]
    heapq.heapify(links)
    while links:
        weakest, t = heapq.heappop(links)
        if n_leaves[t] < 2 or weakest != alpha(t):
            continue  # cut already, or an entry that a later one has replaced
        lost, gained = n_leaves[t] - 1, cost[t] - below[t]
        _forget_branch(t, left, right, n_leaves)
        below[t] = cost[t]
        ancestor = parent[t]
        while ancestor >= 0:
            n_leaves[ancestor] -= lost
            below[ancestor] += gained
            if n_leaves[ancestor] > 1:
                heapq.heappush(links, (alpha(ancestor), ancestor))
            ancestor = parent[ancestor]
        yield weakest, t, below[0]


def _forget_branch(t, left, right, n_leaves) -> None:
    """Set the leaves below t and its descendants to one, so that none is a link any more."""
    waiting = [t]
    while waiting:
        t = waiting.pop()
        if n_leaves[t] > 1:
            waiting += [left[t], right[t]]
        n_leaves[t] = 1


def _reachable(tree: Tree, left, right) -> Tree:
    """Return the nodes that the root still reaches by these children, in their old order."""
    kept = np.zeros(tree.node_count, bool)
    level = np.zeros(1, np.int64)
    while len(level):
        kept[level] = True
        level = level[left[level] != LEAF]
        level = np.concatenate([left[level], right[level]])
    number = np.cumsum(kept) - 1
    leaf = left[kept] == LEAF
    return Tree(
        n_features=tree.n_features,
        children_left=np.where(leaf, LEAF, number[left[kept]]),
        children_right=np.where(leaf, LEAF, number[right[kept]]),
        feature=np.where(leaf, UNDEFINED, tree.feature[kept]),
        threshold=np.where(leaf, UNDEFINED, tree.threshold[kept]),
        impurity=tree.impurity[kept],
        n_node_samples=tree.n_node_samples[kept],
        weighted_n_node_samples=tree.weighted_n_node_samples[kept],
        value=tree.value[kept],
        missing_go_to_left=np.where(leaf, 0, tree.missing_go_to_left[kept]),
    )
