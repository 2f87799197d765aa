r"""What a generalised linear model minimises: mean half deviance and penalty, with two derivatives.

A link carries the score :math:`\eta = w^T x + b` to the mean :math:`\mu` of a Tweedie distribution:

.. math::
    \mu &= e^{\eta} && \text{(log)} \tag{1} \\
    \mu &= \eta && \text{(identity)} \tag{2}

By the chain rule, with :math:`\mu' = \mu'' = \mu` for the logarithm, and 1 and 0 for the identity,
half the deviance of a sample has the slope and the curvature

.. math::
    g &= \frac{\partial \frac12 d}{\partial \mu}\, \mu' \tag{3} \\
    h &= \frac{\partial^2 \frac12 d}{\partial \mu^2}\, \mu'^2
        + \frac{\partial \frac12 d}{\partial \mu}\, \mu'' \tag{4}

Its expectation over y is Fisher's information, which is never negative; where h is, it stands in:

.. math:: h \leftarrow \mu'^2 / \mu^p \tag{5}

and over all samples, with the weights and the penalty of ``linear_objective``,

.. math::
    \nabla J &= \frac{1}{S} \Big( \sum_i s_i g_i \tilde x_i + \lambda w \Big) \tag{6} \\
    H &= \frac{1}{S} \Big( \sum_i s_i h_i\, \tilde x_i \tilde x_i^T + \lambda I \Big) \tag{7}

A Newton step with it is a least-squares fit, with weights :math:`s_i h_i`, of the targets
:math:`\eta_i - g_i / h_i`: that is **iteratively reweighted least squares**.

Source: McCullagh and Nelder, Generalized Linear Models, 2nd edition, 1989, section 2.5.
"""

from __future__ import annotations

import math

import numpy as np

from .deviance import bend_by_mean, half_deviance, slope_by_mean
from .linear_objective import LinearObjective


class DevianceObjective(LinearObjective):
    """Mean half deviance of y from the means, plus half of alpha times the squared coefficients."""

    def __init__(self, X, y, weights, alpha, fit_intercept, power, link):
        super().__init__(X, weights, 0.0, fit_intercept)
        self.penalty[: self.n_features] = alpha * self.total
        self.y, self.power, self.link = y.astype(np.float64, copy=False), power, link

    def _add(self, rows, W, b, G, H) -> float:
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # of a trial far out
            value = self._add_block(rows, W[0], b[0], G[0], None if H is None else H[0, :, 0, :])
        return value if value == value else math.inf

    def _add_block(self, rows, w, b, g_sum, h_sum) -> float:
        x, y = self.X[rows], self.y[rows]
        s = 1.0 if self.weights is None else self.weights[rows]
        mu = mean(x @ w + b, self.link)
        if not in_range(mu, self.power):
            return math.inf
        by_mean = slope_by_mean(y, mu, self.power)
        mu_1 = mu if self.link == "log" else 1.0
        pull = s * by_mean * mu_1  # (3)
        g_sum[: self.n_features] += pull @ x  # (6)
        if self.fit_intercept:
            g_sum[-1] += pull.sum()  # (6)
        if h_sum is not None:
            h = bend_by_mean(y, mu, self.power) * mu_1 * mu_1  # (4)
            if self.link == "log":
                h += by_mean * mu  # (4)
            if h.min() < 0.0:
                h = np.where(h > 0.0, h, mu_1 * mu_1 * mu**-self.power)  # (5)
            self._add_outer(x, s * h, h_sum)  # (7)
        return float((s * half_deviance(y, mu, self.power)).sum())


def mean(eta, link) -> np.ndarray:
    """Return the mean that belongs to a score."""
    return np.exp(eta) if link == "log" else eta  # (1) (2)


def score_of(mu: float, link) -> float:
    """Return the score that belongs to a mean; that of zero is the smallest there is."""
    return math.log(max(mu, np.finfo(np.float64).tiny)) if link == "log" else mu


def in_range(mu, power) -> bool:
    """Say whether all are means of a Tweedie distribution: positive, and not overflown."""
    if power == 0:
        return True
    return bool(mu.size == 0 or (mu.min() > 0.0 and mu.max() < math.inf))
