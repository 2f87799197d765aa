r"""What gradient boosting asks of a loss: where to start, which way to go, how far in each leaf.

With scores :math:`F(x)`, one per sample (or K, one per class), terms :math:`\ell(F, y)` of the loss
and sample weights :math:`w_i`, a tree is fitted to the negative gradient

.. math:: r_i = - \frac{\partial \ell(F(x_i), y_i)}{\partial F} \tag{1}

and its leaf with the samples R is given the step that lowers the loss most,
:math:`\gamma = \arg\min \sum_R w_i \ell(F(x_i) + \gamma, y_i)`. Some losses have it in closed form:

.. math::
    \text{squared error} \quad \gamma &= \frac{\sum_R w_i r_i}{\sum_R w_i}            \tag{2} \\
    \text{absolute error, quantile} \quad \gamma &= \mathrm{quantile}_R(y - F)         \tag{3} \\
    \text{Huber} \quad \gamma &= m + \frac{\sum_R w_i \, c(y_i - F_i - m)}{\sum_R w_i},
        \quad m = \mathrm{median}_R(y - F)                                             \tag{4}

with c the number cut off at :math:`\pm \delta`. For all others it is a step of Newton's method, with
the second derivatives that our autodiff finds in the loss's definition:

.. math:: \gamma = \frac{\sum_R w_i r_i}{\sum_R w_i h_i}, \qquad
    h_i = \frac{\partial^2 \ell(F(x_i), y_i)}{\partial F^2} \tag{5}

or, where the loss is so straight that this step would do harm, one found by doubling a short one.
For cross-entropy r = y - p, so that h = p (1 - p) needs no derivative; for the exponential loss
h = abs(r). With K classes Friedman multiplies the step by

.. math:: \frac{K - 1}{K} \tag{6}

The start is the best constant: a tree that is a single leaf, fitted with the same steps.

Source: J. H. Friedman, Greedy function approximation: a gradient boosting machine (2001),
algorithms 2 to 6; where it leaves a choice, scikit-learn's is taken.
"""

from __future__ import annotations

import copy

import numpy as np

from ...core.functions import sigmoid, softmax
from ...core.registry import storable
from ...core.transforms import hvp
from ...losses import (
    MAE,
    MSE,
    BinaryCrossEntropy,
    CrossEntropy,
    Exponential,
    Hinge,
    Huber,
    Loss,
    Poisson,
    Quantile,
)

TINY = 1e-150  # a smaller mean curvature is none
SURE = float(np.finfo(np.float64).eps)  # probabilities at the start keep this far from 0 and 1


@storable
class BoostingLoss:
    """Any loss with one score per sample: gradient in closed form, curvature by autodiff.

    Scores have shape (n, K), here and below; K is 1 but for several classes.
    """

    n_scores = 1
    factor = 1.0  # of the reported value, where scikit-learn reports a multiple

    def __init__(self, loss):
        self.total, self.mean, self.terms = copy.copy(loss), copy.copy(loss), copy.copy(loss)
        self.total.reduction, self.mean.reduction, self.terms.reduction = "sum", "mean", "none"

    # ---- what the loss is ------------------------------------------------------------------------
    def scores(self, F):
        """Return the scores as the loss wants them."""
        return F[:, 0]

    def target(self, y):
        """Return y as the loss wants it."""
        return y

    def value(self, y, F, w) -> float:
        """Return the mean loss."""
        return self.factor * float(self.mean(self.scores(F), self.target(y), w))

    def prepare(self, y, F, w) -> None:
        """Set what a loss chooses anew before each stage."""

    def residuals(self, y, F) -> np.ndarray:
        """Return the negative gradients, (n, K)."""
        return -self.total.gradient(self.scores(F), self.target(y)).reshape(F.shape)  # (1)

    def curvatures(self, y, F, r, k) -> np.ndarray:
        """Return the second derivatives by score k, (n,)."""
        direction = np.zeros_like(F)
        direction[:, k] = 1.0
        along = hvp(lambda s: self.total(s, self.target(y)), self.scores(F), self.scores(direction))
        return along.reshape(F.shape)[:, k]

    # ---- how far ---------------------------------------------------------------------------------
    def steps(self, leaf, n_nodes, y, F, r, w, k) -> np.ndarray:
        """Return the step of score k in every leaf, (n_nodes,), for the leaf number of each sample.

        Far from its minimum a loss can be straight, or nearly so and Newton's step much too long: where
        there is none, or it would do harm, one along the gradient is doubled as long as that helps.
        """

        def losses(steps):
            moved = F.copy()
            moved[:, k] += steps.take(leaf)
            terms = self.terms(self.scores(moved), self.target(y))
            return np.bincount(leaf, terms if w is None else w * terms, n_nodes)

        now = losses(np.zeros(n_nodes))
        newton = self.newton_steps(leaf, n_nodes, y, F, r, w, k)
        helps = losses(newton) <= now + 1e-12 * np.abs(now)
        if helps.all():
            return newton
        best, step = np.zeros(n_nodes), leaf_means(leaf, n_nodes, r, w) / 1024.0
        for _ in range(200):
            then = losses(step)
            better = then < now
            if not better.any():
                break
            best, now = np.where(better, step, best), np.where(better, then, now)
            step = 2.0 * step
        return np.where(helps, newton, best)

    def newton_steps(self, leaf, n_nodes, y, F, r, w, k) -> np.ndarray:
        """Return the steps of Newton's method."""
        mean_r = leaf_means(leaf, n_nodes, r, w)
        mean_h = leaf_means(leaf, n_nodes, self.curvatures(y, F, r, k), w)
        curved = mean_h > TINY
        flat = self.flat_step(mean_r)
        return np.where(curved, mean_r / np.where(curved, mean_h, 1.0), flat)  # (5)

    def flat_step(self, mean_r):
        """Return the step where the loss is not curved: none that Newton knows."""
        return np.full_like(mean_r, np.nan)

    def start(self, y, w) -> np.ndarray:
        """Return the best constant scores, (K,)."""
        F = np.full((len(y), 1), weighted_mean(y, w))
        leaf = np.zeros(len(y), np.intp)
        for _ in range(50):
            step = self.steps(leaf, 1, y, F, self.residuals(y, F)[:, 0], w, 0)[0]
            if not self.value(y, F + step, w) < self.value(y, F, w):
                break
            F = F + step
        return F[0]

    def first_scores(self, said) -> np.ndarray:
        """Return the scores that stand for an initial estimator's predictions, (n, K)."""
        return said.reshape(-1, 1)

    # ---- what the scores say ---------------------------------------------------------------------
    def predictions(self, F) -> np.ndarray:
        """Return a regressor's predictions, (n,)."""
        return F[:, 0]


# ---- losses for numbers --------------------------------------------------------------------------
@storable
class SquaredError(BoostingLoss):
    """Half the squared error: the tree's own values, means of the residuals, are the steps."""

    def residuals(self, y, F):
        """Return y - F."""
        return 0.5 * super().residuals(y, F)

    def steps(self, leaf, n_nodes, y, F, r, w, k):
        """Return the mean residual."""
        return leaf_means(leaf, n_nodes, r, w)  # (2)

    def start(self, y, w):
        """Return the mean."""
        return np.array([weighted_mean(y, w)])


@storable
class QuantileError(BoostingLoss):
    """The quantile loss: steps are quantiles of what is lacking."""

    @property
    def share(self) -> float:
        """The share of y that is to lie below the prediction."""
        return self.mean.alpha

    def steps(self, leaf, n_nodes, y, F, r, w, k):
        """Return the quantile in each leaf."""
        return in_each_leaf(
            lambda lacks, v: weighted_quantile(lacks, v, self.share), leaf, n_nodes, y - F[:, 0], w
        )  # (3)

    def start(self, y, w):
        """Return the quantile of y."""
        return np.array([quantile(y, w, self.share)])


@storable
class AbsoluteError(QuantileError):
    """The absolute error: steps are medians."""

    share = 0.5

    def residuals(self, y, F):
        """Return the signs of y - F; where it is 0 any number from -1 to 1 would do, and 1 is taken."""
        r = super().residuals(y, F)
        return np.where(r == 0.0, 1.0, r)


@storable
class HuberError(BoostingLoss):
    """Huber's loss; with a share, delta is that quantile of the absolute residuals at each stage."""

    def __init__(self, loss, share=None):
        super().__init__(loss)
        self.share = share

    def prepare(self, y, F, w):
        """Choose delta, so that the largest residuals are outliers."""
        if self.share is not None:
            sizes = np.abs(y - F[:, 0])
            delta = weighted_quantile(sizes, np.ones(len(y)) if w is None else w, self.share)
            self.total.delta = self.mean.delta = self.terms.delta = float(delta)

    def steps(self, leaf, n_nodes, y, F, r, w, k):
        """Return the median, moved by the mean of what is left, cut off at delta."""

        def step(lacks, v):
            middle = weighted_quantile(lacks, v, 0.5)
            delta = self.mean.delta
            return middle + np.average(np.clip(lacks - middle, -delta, delta), weights=v)  # (4)

        return in_each_leaf(step, leaf, n_nodes, y - F[:, 0], w)

    def start(self, y, w):
        """Return the median; for a delta that stays, the best constant."""
        if self.share is None:
            return super().start(y, w)
        return np.array([quantile(y, w, 0.5)])


@storable
class LogRates(BoostingLoss):
    """Poisson's loss of counts: scores are logarithms of rates."""

    def start(self, y, w):
        """Return the logarithm of the mean."""
        mean = weighted_mean(y, w)
        return np.log([mean if mean > 0.0 else SURE])

    def first_scores(self, said):
        """Return logarithms of the rates."""
        return np.log(np.maximum(said, SURE)).reshape(-1, 1)

    def predictions(self, F):
        """Return the rates."""
        return np.exp(F[:, 0])


# ---- losses for classes --------------------------------------------------------------------------
@storable
class BinaryLogLoss(BoostingLoss):
    """Cross-entropy of two classes, numbered 0 and 1: the score is the log-odds of the second."""

    def curvatures(self, y, F, r, k):
        """Return p (1 - p), where p = y - r."""
        p = y - r
        return p * (1.0 - p)

    def flat_step(self, mean_r):
        """Where all is sure, nothing moves."""
        return np.zeros_like(mean_r)

    def steps(self, leaf, n_nodes, y, F, r, w, k):
        """Return Newton's steps as they are, like Friedman and scikit-learn."""
        return self.newton_steps(leaf, n_nodes, y, F, r, w, k)

    def start(self, y, w):
        """Return the log-odds of the classes' shares."""
        p = weighted_mean(y, w)
        return self.first_scores(np.array([[1.0 - p, p]]))[0]

    def first_scores(self, said):
        """Return log-odds of probabilities (n, 2)."""
        p = np.clip(said[:, 1:], SURE, 1.0 - SURE)
        return np.log(p / (1.0 - p))

    def probabilities(self, F):
        """Return the sigmoid of the log-odds, for both classes."""
        p = sigmoid(F[:, 0])
        return np.column_stack([1.0 - p, p])


@storable
class MarginLoss(BoostingLoss):
    """Losses of a score whose sign is the class, for labels -1 and 1."""

    def target(self, y):
        """Return -1 for class 0, 1 for class 1."""
        return 2.0 * y - 1.0

    def flat_step(self, mean_r):
        """Return the mean gradient: margins are about 1 wide, and small steps generalise better."""
        return mean_r

    def start(self, y, w):
        """Return the mean label."""
        return np.array([2.0 * weighted_mean(y, w) - 1.0])

    def first_scores(self, said):
        """Return scores from -1 to 1 for probabilities (n, 2)."""
        return 2.0 * said[:, 1:] - 1.0


@storable
class ExponentialLoss(MarginLoss):
    """AdaBoost's loss: the score is half the log-odds."""

    def curvatures(self, y, F, r, k):
        """Return the sizes of the gradients: an exponential is its own derivative."""
        return np.abs(r)

    def steps(self, leaf, n_nodes, y, F, r, w, k):
        """Return Newton's steps as they are, like scikit-learn."""
        return self.newton_steps(leaf, n_nodes, y, F, r, w, k)

    def start(self, y, w):
        """Return half the log-odds of the classes' shares."""
        return BinaryLogLoss.start(self, y, w)

    def first_scores(self, said):
        """Return half the log-odds of probabilities (n, 2)."""
        return 0.5 * BinaryLogLoss.first_scores(self, said)

    def probabilities(self, F):
        """Return the sigmoid of twice the score, for both classes."""
        return BinaryLogLoss.probabilities(self, 2.0 * F)


@storable
class ClassesLogLoss(BoostingLoss):
    """Cross-entropy of K classes, numbered from 0: a score, and a tree, for each."""

    def __init__(self, loss, n_classes):
        super().__init__(loss)
        self.n_scores = n_classes

    def scores(self, F):
        """Return all of them."""
        return F

    def curvatures(self, y, F, r, k):
        """Return p (1 - p), where p = y - r; with smoothed or weighted labels ask the autodiff."""
        if self.mean.label_smoothing or self.mean.class_weight is not None:
            return super().curvatures(y, F, r, k)
        p = (y == k) - r
        return p * (1.0 - p)

    def flat_step(self, mean_r):
        """Where all is sure, nothing moves."""
        return np.zeros_like(mean_r)

    def steps(self, leaf, n_nodes, y, F, r, w, k):
        """Return Newton's steps, a little shorter."""
        newton = self.newton_steps(leaf, n_nodes, y, F, r, w, k)
        return newton * (1.0 - 1.0 / self.n_scores)  # (6)

    def start(self, y, w):
        """Return logarithms of the classes' shares, less their mean."""
        shares = np.bincount(y, w, self.n_scores) / (len(y) if w is None else w.sum())
        return self.first_scores(shares[None])[0]

    def first_scores(self, said):
        """Return logarithms of probabilities (n, K), less their mean over the classes."""
        log_p = np.log(np.clip(said, SURE, 1.0 - SURE))
        return log_p - log_p.mean(axis=1, keepdims=True)

    def probabilities(self, F):
        """Return the softmax of the scores."""
        return softmax(F)


# ---- sums over leaves ----------------------------------------------------------------------------
def leaf_means(leaf, n_nodes, values, w) -> np.ndarray:
    """Return the weighted mean of the values in each leaf, 0 for nodes without samples."""
    weights = np.bincount(leaf, w, n_nodes)
    sums = np.bincount(leaf, values if w is None else w * values, n_nodes)
    return sums / np.where(weights > 0.0, weights, 1.0)


def in_each_leaf(function, leaf, n_nodes, values, w) -> np.ndarray:
    """Return function(values, weights) of the samples in each leaf."""
    w = np.ones(len(values)) if w is None else w
    order = np.argsort(leaf, kind="stable")
    ends = np.cumsum(np.bincount(leaf, minlength=n_nodes))
    steps = np.zeros(n_nodes)
    for node in np.unique(leaf).tolist():
        rows = order[ends[node - 1] if node else 0 : ends[node]]
        steps[node] = function(values[rows], w[rows])
    return steps


def weighted_quantile(values, w, share) -> float:
    """Return the smallest value up to which a share of the weight lies.

    >>> float(weighted_quantile(np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 2.0]), 0.5))
    2.0
    """
    order = np.argsort(values)
    reached = np.cumsum(w[order])
    place = np.searchsorted(reached, share * reached[-1])
    return values[order[min(place, len(values) - 1)]]


def quantile(y, w, share) -> float:
    """Return a quantile: without weights that of NumPy, which lies between two values."""
    return np.quantile(y, share) if w is None else weighted_quantile(y, w, share)


def weighted_mean(y, w) -> float:
    """Return the mean."""
    return float(np.average(y, weights=w))


# ---- choosing ------------------------------------------------------------------------------------
def regression_loss(loss, alpha) -> BoostingLoss:
    """Return what boosting needs of a loss for numbers, given by name or as an object."""
    named = {
        "squared_error": lambda: SquaredError(MSE()),
        "absolute_error": lambda: AbsoluteError(MAE()),
        "huber": lambda: HuberError(Huber(), alpha),
        "quantile": lambda: QuantileError(Quantile(alpha)),
    }
    if isinstance(loss, str) and loss in named:
        return named[loss]()
    if not isinstance(loss, Loss) or isinstance(loss, (CrossEntropy, BinaryCrossEntropy, Hinge)):
        raise ValueError(
            f"loss must be one of {', '.join(map(repr, named))}, or a loss for numbers from "
            f"ml_from_scratch.losses; got {loss!r}."
        )
    if isinstance(loss, Poisson):
        if not loss.log_input:
            raise ValueError(
                "a sum of trees can be negative, a rate cannot: use Poisson(log_input=True), and the "
                "trees add up to the logarithm of the rate."
            )
        return LogRates(loss)
    kinds = {MSE: SquaredError, MAE: AbsoluteError, Quantile: QuantileError, Huber: HuberError}
    return kinds.get(type(loss), BoostingLoss)(loss)


def gives_probabilities(loss) -> bool:
    """Return whether scores fitted to a loss for classes, as the user gives it, are log-odds."""
    kinds = (str, CrossEntropy, Exponential)
    return isinstance(loss, kinds) or type(loss) is BinaryCrossEntropy


def classification_loss(loss, n_classes) -> BoostingLoss:
    """Return what boosting needs of a loss for classes, given by name or as an object."""
    if isinstance(loss, str) and loss == "log_loss":
        if n_classes > 2:
            return ClassesLogLoss(CrossEntropy(from_logits=True), n_classes)
        found = BinaryLogLoss(BinaryCrossEntropy(from_logits=True))
        found.factor = 2.0
        return found
    if isinstance(loss, str) and loss == "exponential":
        loss = Exponential()
    if not isinstance(loss, Loss) or isinstance(loss, (MSE, MAE, Huber, Quantile, Poisson)):
        raise ValueError(
            "loss must be 'log_loss', 'exponential', or a loss for classes from "
            f"ml_from_scratch.losses; got {loss!r}."
        )
    if not getattr(loss, "from_logits", True):
        raise ValueError(
            f"a sum of trees is no probability: use {type(loss).__name__}(from_logits=True)."
        )
    if isinstance(loss, CrossEntropy):
        return ClassesLogLoss(loss, n_classes)
    if n_classes > 2:
        raise ValueError(
            f"{type(loss).__name__} is a loss for 2 classes, but y has {n_classes}. Use "
            "loss='log_loss' or CrossEntropy(from_logits=True)."
        )
    if isinstance(loss, Exponential):
        return ExponentialLoss(loss)
    if isinstance(loss, Hinge):
        return MarginLoss(loss)
    return BinaryLogLoss(loss) if type(loss) is BinaryCrossEntropy else BoostingLoss(loss)
