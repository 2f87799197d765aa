r"""What a model minimises whose scores are linear in the features, with its first two derivatives.

With weights :math:`s_i` of total :math:`S`, scores :math:`z_i = W x_i + b`, a loss of each sample and
a penalty :math:`\lambda` on the coefficients W (not on the intercepts b),

.. math:: J = \frac{1}{S} \Big( \sum_i s_i\, \ell_i(z_i) + \frac{\lambda}{2} \|W\|^2 \Big)

is added up in one pass over the data, a block of rows that fits the cache at a time. What
:math:`\ell_i` is, a derived class says: see ``logistic_objective`` and ``deviance_objective``.

The intercept is free, so the origin of X is too. Seen from the mean of X instead of from zero all
directions look alike, and every solver walks straighter: the parameters here are those for
:math:`x - \bar x`, a linear change of variables,

.. math::
    b &= b' - W \bar x \tag{1} \\
    \nabla_{W} J' &= \nabla_W J - (\nabla_b J)\, \bar x^T \tag{2}

with both sides of the Hessian changed like the gradient.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

BLOCK = 1 << 15  # numbers worked on at a time: 256 kB, of which several stay in the cache
FAR = 1e3  # a mean this many times what varies around it costs three digits


WIDE = 48  # columns from which on a symmetric product is worth a square root of the weights


def weighted_gram(X, w) -> np.ndarray:
    """Return X^T diag(w) X; where all weights are at least 0, wide ones by half the multiplications."""
    if X.shape[1] < WIDE or w.min(initial=0.0) < 0.0:
        return (X * w[:, None]).T @ X
    R = X * np.sqrt(w)[:, None]
    return R.T @ R  # which NumPy knows to be symmetric


class LinearObjective:
    """Data and penalty; the parameters are one flat vector, row by row, intercepts last."""

    def __init__(self, X, weights, penalty, fit_intercept, n_rows=1):
        self.X, self.weights = X.astype(np.float64, copy=False), weights
        self.n_rows = n_rows
        self.n_features = X.shape[1]
        self.fit_intercept = fit_intercept
        self.n_columns = self.n_features + bool(fit_intercept)
        s = np.ones(len(X)) if weights is None else weights.astype(np.float64)
        self.total = float(s.sum())
        self.origin = np.zeros(self.n_features)  # X here is that of the user less the origin
        self.shift = np.zeros(self.n_features)  # and what is left of its mean
        if fit_intercept:
            self.shift = (s @ self.X) / self.total
            self._move_far_data(s)
        self.penalty = np.full(self.n_columns, float(penalty))
        self.penalty[self.n_features :] = 0.0

    def _move_far_data(self, s) -> None:
        """Where the mean is much larger than what varies, subtract it before digits are lost."""
        sample = self.X[:: max(1, len(self.X) // 1000)] - self.shift
        far = np.abs(self.shift) > FAR * np.abs(sample).max(axis=0)
        if not far.any():
            return
        moved = self.X - self.shift
        for j in np.flatnonzero(far):
            column = self.X[s > 0.0, j]
            if (column == column[0]).all():  # what is left of it is rounding
                moved[:, j] = 0.0
        self.origin, self.X = self.shift, moved
        self.shift = (s @ self.X) / self.total

    def start(self, coef=None, intercept=None) -> np.ndarray:
        """Return the parameters to start from: zeros, or those of a model fitted before."""
        theta = np.zeros((self.n_rows, self.n_columns))
        if coef is not None:
            theta[:, : self.n_features] = coef
            if self.fit_intercept:
                theta[:, -1] = intercept + coef @ (self.origin + self.shift)
        return theta.ravel()

    def unpack(self, theta) -> tuple[np.ndarray, np.ndarray]:
        """Return coefficients (rows, d) and intercepts (rows,), for X as it came."""
        W, b = self._raw(theta)
        return W, b - W @ self.origin

    def _raw(self, theta) -> tuple[np.ndarray, np.ndarray]:
        """Return coefficients and intercepts for X as it is here."""
        W = theta.reshape(self.n_rows, self.n_columns)
        if not self.fit_intercept:
            return W, np.zeros(self.n_rows)
        W, b = W[:, :-1], W[:, -1]
        return W, b - W @ self.shift  # (1)

    def design(self, rows) -> np.ndarray:
        """Return some rows of X less its mean, with a column of ones for the intercept."""
        x = self.X[rows] - self.shift
        return np.hstack([x, np.ones((len(x), 1))]) if self.fit_intercept else x

    def blocks(self) -> Iterator[slice]:
        """Yield slices of rows that fit the cache."""
        size = max(64, BLOCK // (self.n_columns + self.n_rows))
        return (slice(i, i + size) for i in range(0, len(self.X), size))

    def value_gradient(self, theta):
        """Return J and its gradient."""
        return self.derivatives(theta)[:2]

    def value_gradient_hessian(self, theta):
        """Return J, its gradient and its Hessian."""
        return self.derivatives(theta, order=2)

    def derivatives(self, theta, order=1):
        """Return J, its gradient, and the Hessian (or None)."""
        (W, b), shape = self._raw(theta), (self.n_rows, self.n_columns)
        value, G = 0.0, np.zeros(shape)
        H = np.zeros(shape + shape) if order == 2 else None
        for rows in self.blocks():
            value += self._add(rows, W, b, G, H)
        self._to_mean(G)
        theta = theta.reshape(shape)
        value += 0.5 * float((self.penalty * theta * theta).sum())
        G += self.penalty * theta
        if H is not None:
            self._to_mean(H)
            self._to_mean(H.transpose(2, 3, 0, 1))
            H = H.reshape(theta.size, theta.size) + np.diag(np.tile(self.penalty, self.n_rows))
            H /= self.total
            self._make_invertible(H)
        return value / self.total, G.ravel() / self.total, H

    def _to_mean(self, G) -> None:
        """Turn derivatives by (W, b) into those by (W, b'), in place; they are in the first axes."""
        if self.fit_intercept:
            shift = self.shift.reshape((-1,) + (1,) * (G.ndim - 2))
            G[:, :-1] -= G[:, -1:] * shift  # (2)

    def _add(self, rows, W, b, G, H) -> float:
        """Add what some rows contribute to gradient and Hessian; return what they add to the value."""
        raise NotImplementedError

    def _add_outer(self, x, bend, block) -> None:
        """Add the sum of bend_i (x_i, 1) (x_i, 1)^T to a block of the Hessian."""
        d = self.n_features
        block[:d, :d] += weighted_gram(x, bend)
        if self.fit_intercept:
            column = bend @ x
            block[:d, d] += column
            block[d, :d] += column
            block[d, d] += bend.sum()

    def _make_invertible(self, H) -> None:
        """Give curvature to directions in which the objective is flat by its nature."""
