r"""What is boosted: losses of a raw prediction z, with two derivatives.

.. math::
    \text{squared error} \quad & \tfrac12 (z - y)^2, & g &= z - y, & h &= 1             \tag{1} \\
    \text{absolute error} \quad & |z - y|, & g &= \pm 1, & h &= 1                       \tag{2} \\
    \text{quantile } q \quad & (y - z)(q - [y < z]), & g &= [y < z] - q, & h &= 1       \tag{3} \\
    \text{Poisson} \quad & e^z - y z, & g &= e^z - y, & h &= e^z                        \tag{4} \\
    \text{gamma} \quad & z + y e^{-z}, & g &= 1 - y e^{-z}, & h &= y e^{-z}             \tag{5} \\
    \text{log loss, 2 classes} \quad & \log(1 + e^z) - y z, & g &= -s u, & h &= u (1 - u)  \tag{6} \\
    \text{log loss, K classes} \quad & \log \textstyle\sum_k e^{z_k} - z_y, &
        g_k &= p_k - [k = y], & h_k &= p_k (1 - p_k), \quad p = \mathrm{softmax}(z)     \tag{7}

Of two classes, :math:`s = 2 y - 1` is 1 or -1, and :math:`u = 1 / (1 + e^{s z})` the probability of
the other one. Poisson and gamma predict :math:`e^z`. The absolute error and the quantile loss have no second
derivative; trees are grown with 1 in its place, and then each leaf's value is replaced by what
minimises the loss of its samples: a median or quantile of :math:`y - z`. Of several classes only
the diagonal of the second derivative is used: every class has its own tree.

Raw predictions, gradients and Hessians have the shape (n_trees_per_iteration, n_samples).
"""

from __future__ import annotations

import numpy as np

from ....core.functions import logsumexp, sigmoid, softmax

EPS = 10 * float(np.finfo(np.float64).eps)


class Objective:
    """A loss: a subclass writes ``losses`` and ``derivatives``, and more where it differs."""

    n_trees = 1
    has_curvature = True  # else leaves are fitted to their samples' residuals
    gradient_is_linear = False  # a step v changes g by h v, exactly
    largest_raw = np.inf  # beyond it a raw prediction has diverged

    def losses(self, y, z):
        """Return the loss of each sample."""
        raise NotImplementedError

    def derivatives(self, y, z):
        """Return gradients and Hessians (None if these are 1)."""
        raise NotImplementedError

    def start(self, y, weights):
        """Return the constant raw prediction that is best for y, of shape (n_trees,)."""
        return np.array([np.average(y, weights=weights)])

    def inverse_link(self, z):
        """Return the prediction that belongs to a raw one."""
        return z

    def check(self, y):
        """Refuse targets outside the loss's domain."""

    def mean_loss(self, y, z, weights) -> float:
        """Return the (weighted) mean of the losses."""
        return float(np.average(self.losses(y, z), weights=weights))

    def weights_of_trees(self, y, z, weights):
        """Return gradients and Hessians times the samples' weights."""
        g, h = self.derivatives(y, z)
        if weights is None:
            return g, h
        return g * weights, (weights[None, :] if h is None else h * weights)


class SquaredError(Objective):
    """Half the squared error: predicts the mean."""

    gradient_is_linear = True

    def losses(self, y, z):
        """Return half the squared residuals."""
        return 0.5 * np.square(z[0] - y)  # (1)

    def derivatives(self, y, z):
        """Return the residuals."""
        return z - y, None  # (1)


class Quantile(Objective):
    """The pinball loss: predicts a quantile."""

    has_curvature = False

    def __init__(self, q):
        self.q = q

    def losses(self, y, z):
        """Return residuals, weighed by q where y is above and by 1 - q where it is below."""
        r = y - z[0]
        return r * (self.q - (r < 0))  # (3)

    def derivatives(self, y, z):
        """Return -q where y is at least z, 1 - q where it is less."""
        return (y < z) - self.q, None  # (3)

    def start(self, y, weights):
        """Return the quantile of y."""
        return np.array([self.leaf_value(y, weights)])

    def leaf_value(self, residuals, weights):
        """Return the quantile of residuals."""
        if weights is None:
            return np.quantile(residuals, self.q)
        order = np.argsort(residuals)
        reached = np.cumsum(weights[order])
        place = np.searchsorted(reached, self.q * reached[-1])
        return residuals[order[min(place, len(order) - 1)]]


class AbsoluteError(Quantile):
    """The absolute error: predicts the median. It is twice the quantile loss of one half."""

    def __init__(self):
        super().__init__(0.5)

    def losses(self, y, z):
        """Return the sizes of the residuals."""
        return np.abs(z[0] - y)  # (2)

    def derivatives(self, y, z):
        """Return 1 where z is too large, else -1."""
        return 2.0 * (z > y) - 1.0, None  # (2)


class _LogLink(Objective):
    largest_raw = 500.0  # sums of exp(z) are still finite

    def inverse_link(self, z):
        """Return exp(z)."""
        return np.exp(z)

    def start(self, y, weights):
        """Return the logarithm of the mean."""
        return np.log(np.maximum(super().start(y, weights), EPS))


class Poisson(_LogLink):
    """The Poisson deviance, halved: predicts the mean of counts, at least 0."""

    def losses(self, y, z):
        """Return the negative log-likelihood, but for a term without z."""
        return np.exp(z[0]) - y * z[0]  # (4)

    def derivatives(self, y, z):
        """Return both derivatives."""
        h = np.exp(z)
        return h - y, h  # (4)

    def check(self, y):
        """Counts are at least 0, and not all of them 0."""
        if not ((y >= 0).all() and y.sum() > 0):
            raise ValueError("loss='poisson' requires non-negative y and sum(y) > 0.")


class Gamma(_LogLink):
    """The gamma deviance, halved: predicts the mean of a positive amount."""

    def losses(self, y, z):
        """Return the negative log-likelihood, but for a term without z."""
        return z[0] + y * np.exp(-z[0])  # (5)

    def derivatives(self, y, z):
        """Return both derivatives."""
        h = y * np.exp(-z)
        return 1.0 - h, h  # (5)

    def check(self, y):
        """Amounts are above 0."""
        if not (y > 0).all():
            raise ValueError("loss='gamma' requires strictly positive y.")


class BinaryLogLoss(Objective):
    """The log loss of two classes, 0 and 1 in y."""

    def losses(self, y, z):
        """Return the negative log-likelihood."""
        return np.logaddexp(0.0, z[0]) - y * z[0]  # (6)

    def derivatives(self, y, z):
        """Return both derivatives."""
        s = 2.0 * y - 1.0
        u = s * z
        with np.errstate(over="ignore"):  # of a certain sample: 1 / infinity is 0
            np.exp(u, out=u)
        u += 1.0
        np.reciprocal(u, out=u)
        return -s * u, u * (1.0 - u)  # (6)

    def start(self, y, weights):
        """Return the log-odds of class 1."""
        p = np.clip(super().start(y, weights), EPS, 1 - EPS)
        return np.log(p / (1 - p))

    def probabilities(self, z):
        """Return the probability of each class, of shape (n_samples, 2)."""
        p = sigmoid(z[0])
        return np.column_stack([1.0 - p, p])


class MultinomialLogLoss(Objective):
    """The log loss of several classes, 0, 1, ... in y."""

    def __init__(self, n_classes):
        self.n_trees = n_classes

    def losses(self, y, z):
        """Return the negative log-likelihood."""
        return logsumexp(z, axis=0) - z[y.astype(np.intp), np.arange(len(y))]  # (7)

    def derivatives(self, y, z):
        """Return both derivatives by every class's score."""
        p = softmax(z, axis=0)
        h = p * (1.0 - p)
        p[y.astype(np.intp), np.arange(len(y))] -= 1.0
        return p, h  # (7)

    def start(self, y, weights):
        """Return the logarithms of the classes' shares, of mean 0."""
        shares = np.bincount(y.astype(np.intp), weights, minlength=self.n_trees)
        logs = np.log(np.clip(shares / shares.sum(), EPS / 10, 1 - EPS / 10))
        return logs - logs.mean()

    def probabilities(self, z):
        """Return the probability of each class, of shape (n_samples, n_classes)."""
        return softmax(z, axis=0).T


REGRESSION = {
    "squared_error": SquaredError,
    "absolute_error": AbsoluteError,
    "gamma": Gamma,
    "poisson": Poisson,
    "quantile": Quantile,
}
