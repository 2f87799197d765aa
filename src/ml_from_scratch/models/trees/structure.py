r"""A grown tree: parallel arrays, one entry per node, and the walk of samples down to their leaves.

Node 0 is the root. An inner node t asks whether feature :math:`f_t` of a sample is at most the
threshold :math:`\theta_t`; the answer chooses the next node:

.. math::
    \mathrm{next}(x, t) = \begin{cases}
        \mathrm{left}_t & x_{f_t} \le \theta_t \\ \mathrm{right}_t & \text{otherwise} \end{cases} \tag{1}

All samples walk at once, one level a step. A missing value (NaN) goes where the node sends missing
values. The importance of a feature is the impurity that its questions have removed, each counted
with the share of samples that were asked:

.. math:: I_j = \frac1W \sum_{t :\, f_t = j} W_t H_t - W_{l(t)} H_{l(t)} - W_{r(t)} H_{r(t)} \tag{2}

The arrays have scikit-learn's names, order (depth first, left before right) and meaning.

Source: Breiman, Friedman, Olshen and Stone, Classification and Regression Trees, 1984.
"""

from __future__ import annotations

import numpy as np

from ...core.registry import storable

LEAF = -1  # in children_left and children_right
UNDEFINED = -2  # in feature and threshold


@storable
class Tree:
    """What a decision tree has learned.

    Parameters
    ----------
    n_features : int
        The number of features of a sample.
    children_left, children_right : ndarray of shape (node_count,)
        The numbers of each node's children; -1 for a leaf.
    feature : ndarray of shape (node_count,)
        The feature that a node asks about; -2 for a leaf.
    threshold : ndarray of shape (node_count,)
        Samples with values up to this one go left; -2 for a leaf.
    impurity : ndarray of shape (node_count,)
        How mixed the training samples of a node are.
    n_node_samples, weighted_n_node_samples : ndarray of shape (node_count,)
        Their number and their total weight.
    value : ndarray of shape (node_count, 1, n_values)
        What a node predicts: one number, or the share of each class.
    missing_go_to_left : ndarray of shape (node_count,)
        1 where missing values go left.

    Examples
    --------
    >>> stump = Tree(
    ...     n_features=1, children_left=[1, -1, -1], children_right=[2, -1, -1],
    ...     feature=[0, -2, -2], threshold=[0.5, -2, -2], impurity=[0.25, 0.0, 0.0],
    ...     n_node_samples=[4, 2, 2], weighted_n_node_samples=[4, 2, 2],
    ...     value=[[[0.5]], [[0.0]], [[1.0]]], missing_go_to_left=[0, 0, 0],
    ... )
    >>> stump.apply(np.array([[0.2], [0.9]])).tolist(), stump.predict(np.array([[0.2]])).tolist()
    ([1, 2], [[0.0]])
    """

    def __init__(
        self,
        n_features,
        children_left,
        children_right,
        feature,
        threshold,
        impurity,
        n_node_samples,
        weighted_n_node_samples,
        value,
        missing_go_to_left,
    ):
        self.n_features = n_features
        self.children_left = np.asarray(children_left, np.int64)
        self.children_right = np.asarray(children_right, np.int64)
        self.feature = np.asarray(feature, np.int64)
        self.threshold = np.asarray(threshold, np.float64)
        self.impurity = np.asarray(impurity, np.float64)
        self.n_node_samples = np.asarray(n_node_samples, np.int64)
        self.weighted_n_node_samples = np.asarray(weighted_n_node_samples, np.float64)
        self.value = np.asarray(value, np.float64)
        self.missing_go_to_left = np.asarray(missing_go_to_left, np.uint8)

    def __repr__(self):
        return f"Tree({self.node_count} nodes, {self.n_leaves} leaves, depth {self.max_depth})"

    # ---- its shape -------------------------------------------------------------------------------
    @property
    def node_count(self) -> int:
        """The number of nodes, leaves included."""
        return len(self.feature)

    @property
    def n_leaves(self) -> int:
        """The number of nodes that ask nothing."""
        return int(np.count_nonzero(self.children_left == LEAF))

    @property
    def max_depth(self) -> int:
        """The most questions that a sample is asked."""
        return int(self.node_depths().max())

    def node_depths(self) -> np.ndarray:
        """Return how many questions lead to each node, of shape (node_count,)."""
        depths = np.zeros(self.node_count, np.int64)
        level = np.zeros(1, np.int64)
        while len(level := level[self.children_left[level] != LEAF]):
            below = depths[level] + 1
            depths[self.children_left[level]] = depths[self.children_right[level]] = below
            level = np.concatenate([self.children_left[level], self.children_right[level]])
        return depths

    # ---- samples walk down -----------------------------------------------------------------------
    def apply(self, X) -> np.ndarray:
        """Return the number of the leaf that each row of X reaches."""
        node = np.zeros(len(X), np.int64)
        for rows, reached in self._walk(X):
            node[rows] = reached
        return node

    def predict(self, X) -> np.ndarray:
        """Return the value of the leaf that each row reaches, of shape (n_samples, n_values)."""
        return self.value[:, 0].take(self.apply(X), axis=0)

    def decision_path(self, X) -> np.ndarray:
        """Return which nodes each row passes, a boolean array of shape (n_samples, node_count)."""
        passed = np.zeros((len(X), self.node_count), bool)
        passed[:, 0] = True
        for rows, reached in self._walk(X):
            passed[rows, reached] = True
        return passed

    def _walk(self, X):
        """Yield, level by level, the rows that go on and the nodes that they reach."""
        flat, d = np.ascontiguousarray(X).reshape(-1), self.n_features
        missing = bool(np.isnan(flat.min(initial=0.0)))
        children = np.column_stack([self.children_right, self.children_left]).reshape(-1)
        rows, node = np.arange(len(X)), np.zeros(len(X), np.int64)
        while True:
            feature = self.feature.take(node)
            inner = feature >= 0
            rows, node, feature = (a.compress(inner) for a in (rows, node, feature))
            if not len(rows):
                return
            x = flat.take(rows * d + feature)
            left = x <= self.threshold.take(node)
            if missing:
                left |= np.isnan(x) & (self.missing_go_to_left.take(node) > 0)
            node = children.take(2 * node + left)  # (1)
            yield rows, node

    # ---- what the features were worth ------------------------------------------------------------
    def compute_feature_importances(self, normalize=True) -> np.ndarray:
        """Return the impurity that each feature has removed; normalised: as shares of the whole."""
        inner = np.flatnonzero(self.children_left != LEAF)
        left, right = self.children_left[inner], self.children_right[inner]
        mixed = self.weighted_n_node_samples * self.impurity
        removed = mixed[inner] - mixed[left] - mixed[right]
        removed /= self.weighted_n_node_samples[0]
        importances = np.bincount(self.feature[inner], removed, self.n_features) + 0.0  # (2)
        total = importances.sum()
        return importances / total if normalize and total > 0.0 else importances
