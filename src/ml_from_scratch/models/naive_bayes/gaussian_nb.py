r"""Gaussian naive Bayes: in each class every feature has its own bell curve.

The bells are given by means and variances per class, and

.. math:: \sum_j \log p(x_j \mid c) = -\tfrac12 \sum_j \log(2 \pi \sigma_{cj}^2)
    - \tfrac12 \sum_j \frac{(x_j - \theta_{cj})^2}{\sigma_{cj}^2} \tag{1}

**Variances without cancellation.** A sample :math:`r` of the class is taken as origin, so that
features far from zero lose no digits and constant ones have a variance of exactly zero. With weights
:math:`s_i` that add up to n, and :math:`\delta_i = x_i - r`:

.. math::
    \theta &= r + m, \qquad m = \textstyle\sum_i s_i \delta_i / n \tag{2} \\
    v &= \textstyle\sum_i s_i (\delta_i - m)^2 / n \tag{3}

**Piece by piece.** Two sets of samples with means :math:`\theta_a, \theta_b` and variances
:math:`v_a, v_b` make one with

.. math::
    \theta &= \theta_a + \frac{n_b}{n_a + n_b} (\theta_b - \theta_a) \tag{4} \\
    v &= \frac{n_a v_a + n_b v_b}{n_a + n_b}
        + \frac{n_a n_b}{(n_a + n_b)^2} (\theta_b - \theta_a)^2 \tag{5}

A feature that hardly varies within a class would decide everything, so that a small part
:math:`\epsilon` of the largest variance of any feature over all classes is added to each:

.. math:: \sigma_{cj}^2 = v_{cj} + \epsilon \tag{6}

Source: Chan, Golub and LeVeque, Updating formulae and a pairwise algorithm for computing sample
variances, 1979, equation 2.1.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_number
from .naive_bayes_base import _NaiveBayes, log

BLOCK = 1 << 15  # numbers of X worked on at a time


class GaussianNB(_NaiveBayes):
    r"""Naive Bayes for features that are bell-shaped within each class.

    What is learned is float64 for float32 data, too; predictions are float32 then. Unlike
    scikit-learn's, :math:`\epsilon` comes from all data seen so far, with their weights: fitting
    piece by piece gives what fitting at once gives, and samples of weight 0 change nothing.

    Parameters
    ----------
    priors : None or array-like of shape (n_classes,)
        The probabilities of the classes; None takes their shares of the data.
    var_smoothing : float
        The share of the largest variance that is added to all variances, at least 0. (Where no
        feature varies at all, the largest is taken to be 1.)

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.
    class_count_ : ndarray of shape (n_classes,)
        How many samples each class has (their weights added up).
    class_prior_ : ndarray of shape (n_classes,)
        The probabilities of the classes.
    theta_ : ndarray of shape (n_classes, n_features)
        The mean of each feature in each class.
    var_ : ndarray of shape (n_classes, n_features)
        Its variance, :math:`\epsilon` included.
    epsilon_ : float
        What was added to the variances.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[-1.0], [-2.0], [1.0], [3.0]], ["left", "left", "right", "right"]
    >>> model = GaussianNB().fit(X, y)
    >>> model.theta_.tolist(), model.predict([[0.5]]).tolist()
    ([[-1.5], [2.0]], ['right'])
    """

    def __init__(self, *, priors=None, var_smoothing=1e-9):
        self.priors = priors
        self.var_smoothing = var_smoothing

    def _start(self, n_classes, n_features):
        self.class_count_ = np.zeros(n_classes)
        self.theta_ = np.zeros((n_classes, n_features))
        self._variance = np.zeros((n_classes, n_features))

    def _learn(self, X, index, weights):
        check_number("var_smoothing", self.var_smoothing, least=0)
        priors = self._check_priors()
        with np.errstate(over="ignore", invalid="ignore"):
            for c in range(len(self.classes_)):
                rows = index == c if weights is None else (index == c) & (weights > 0)
                if rows.any():
                    self._add(c, *_moments(X[rows], None if weights is None else weights[rows]))
            largest = self._overall_variance().max()
        if not np.isfinite(largest):
            raise ValueError("X is too large: its variance overflows. Bring it to scale first.")
        self.epsilon_ = float(self.var_smoothing) * float(largest if largest > 0.0 else 1.0)
        self.var_ = self._variance + self.epsilon_  # (6)
        share = self.class_count_ / self.class_count_.sum()
        self.class_prior_ = share if priors is None else priors

    def _add(self, c, n_new, mean, variance):
        """Join new samples of class c with those seen before."""
        n_old, n = self.class_count_[c], self.class_count_[c] + n_new
        if n_old == 0.0:
            self.theta_[c], self._variance[c] = mean, variance
        else:
            step = mean - self.theta_[c]
            self.theta_[c] += n_new / n * step  # (4)
            within = n_old / n * self._variance[c] + n_new / n * variance
            self._variance[c] = within + n_old / n * (n_new / n) * step**2  # (5)
        self.class_count_[c] = n

    def _overall_variance(self) -> np.ndarray:
        """Return the variance of each feature over all classes together, by (5) for many sets."""
        seen = self.class_count_ > 0
        share = self.class_count_[seen] / self.class_count_.sum()
        offset = self.theta_[seen] - self.theta_[seen][0]
        return share @ (self._variance[seen] + (offset - share @ offset) ** 2)

    def _check_priors(self) -> np.ndarray | None:
        if self.priors is None:
            return None
        priors = np.asarray(self.priors, dtype=np.float64)
        if priors.shape != (len(self.classes_),):
            raise ValueError(
                "Number of priors must match number of classes: one for each of "
                f"{self.classes_.tolist()}; got {self.priors!r}."
            )
        if not (priors >= 0).all():
            raise ValueError(f"Priors must be non-negative; got {self.priors!r}.")
        if not np.isclose(priors.sum(), 1.0):
            raise ValueError(f"The sum of the priors should be 1; it is {float(priors.sum())}.")
        return priors

    # ---- predictions -----------------------------------------------------------------------------
    def _log_prior(self):
        return log(self.class_prior_)

    def _log_likelihood(self, X):
        if not (self.var_[self.class_count_ > 0] > 0).all():
            raise ValueError(
                "A feature is constant within a class, so that its variance there is 0. Set "
                "var_smoothing above 0."
            )
        variance = np.where(self.var_ > 0, self.var_, 1.0)  # classes without samples
        constant = -0.5 * np.log(2.0 * np.pi * variance).sum(axis=1)  # (K,)
        sigma = np.sqrt(variance)
        result = np.empty((len(X), len(sigma)))
        size = max(1, BLOCK // X.shape[1])
        for start in range(0, len(X), size):
            rows = slice(start, start + size)
            for c, (mean, width) in enumerate(zip(self.theta_, sigma)):
                z = X[rows] - mean  # (rows, d)
                z /= width
                result[rows, c] = constant[c] - 0.5 * np.einsum("ij,ij->i", z, z)  # (1)
        return result


def _moments(X, weights) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the number of samples of one class, and mean and variance of their features."""
    s = np.ones(len(X)) if weights is None else weights.astype(np.float64, copy=False)
    n, origin = float(s.sum()), X[0].astype(np.float64)
    delta = X - origin  # (n, d)
    m = s @ delta / n  # (2)
    delta -= m
    return n, origin + m, np.einsum("i,ij,ij->j", s, delta, delta) / n  # (3)
