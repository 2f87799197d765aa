r"""One iteration: derivatives at the raw predictions, a tree per row of them, and a step.

.. math:: z_i \leftarrow z_i + \eta \, T(x_i) \tag{1}

**A root without a pass over the samples.** The squared error's gradient moves exactly as the
prediction does, :math:`g_i \leftarrow g_i + h_i \, \eta T(x_i)`, and within a leaf all predictions
move by the same step. So the root's sums for the next tree follow from this tree's leaves, which
have sums of their own, for each bin of each feature:

.. math:: G_{root} \leftarrow G_{root} + \eta \sum_{leaf} v_{leaf} H_{leaf} \tag{2}

A pass over the root is half of all passes, so this pays where samples are many.
"""

from __future__ import annotations

import numpy as np

from .histograms import Weights

FEW_SAMPLES = (
    10_000  # trees of one iteration are grown together; more have a tree in memory at a time
)
FRESH_EVERY = 20  # iterations after which the root is summed anew, lest rounding adds up


class Booster:
    """Grows the trees of one iteration after the other.

    Parameters
    ----------
    objective : Objective
        The loss.
    grower : Grower
        Grows trees.
    training : Samples
        What they are grown on.
    raw : ndarray of shape (n_trees_per_iteration, n_samples)
        Raw predictions of the training samples; changed in place.
    learning_rate : float
        What part of each tree is added.
    """

    def __init__(self, objective, grower, training, raw, learning_rate):
        self.objective, self.grower, self.training = objective, grower, training
        self.raw, self.learning_rate = raw, learning_rate
        self.n_made = 0
        self.root_sums = None

    def iterate(self) -> list:
        """Grow and add one tree per row of the raw predictions; return them."""
        samples = self.training
        g, h = self.objective.weights_of_trees(samples.y, self.raw, samples.weights)
        if len(samples.y) <= FEW_SAMPLES:
            trees = self.grower.grow(Weights(g, h))
            for tree, z in zip(trees, self.raw):
                self._step(tree, z)
            return trees
        g, h = list(g), [None] * len(g) if h is None else list(h)
        return [self._grow_one(g, h, k) for k in range(len(self.raw))]

    def _grow_one(self, g, h, k):
        gradients, hessians = g.pop(0), h.pop(0)  # once they are packed, they are not needed
        weights = Weights(gradients[None], None if hessians is None else hessians[None])
        del gradients, hessians
        if self.n_made % FRESH_EVERY == 0:
            self.root_sums = None
        self.n_made += 1
        leaves_are_few = self.grower.settings.max_leaf_nodes is not None
        linear = self.objective.gradient_is_linear and leaves_are_few
        (tree,) = self.grower.grow(weights, self.root_sums, keep_sums=linear)
        if linear:
            self.root_sums = self._move(tree, weights)
        self._step(tree, self.raw[k])
        return tree

    def _move(self, tree, weights):
        """Return the sums that the root will have after the step."""
        sums = tree.root_sums.copy()
        for value, part in self.grower.sums_of_leaves(tree, weights):
            sums[0] += (self.learning_rate * value) * part[1]  # (2)
        return sums

    def _step(self, tree, z):
        samples = self.training
        for leaf in tree.leaves():
            rows = slice(None) if leaf.rows is None else leaf.rows
            if not self.objective.has_curvature:
                weights = None if samples.weights is None else samples.weights[rows]
                leaf.value = self.objective.leaf_value(samples.y[rows] - z[rows], weights)
            z[rows] += self.learning_rate * leaf.value  # (1)
            leaf.rows = None
        limit = self.objective.largest_raw
        if limit < np.inf and np.abs(z).max() > limit:
            raise ValueError(
                f"boosting diverges: a prediction is beyond exp({limit:g}), because some leaf's y is "
                "many times (or a tiny part of) what was predicted. Lower learning_rate, raise "
                "min_samples_leaf or l2_regularization, or use the logarithm of y."
            )
