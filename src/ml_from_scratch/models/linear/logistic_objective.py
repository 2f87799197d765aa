r"""What logistic regression minimises, with its first two derivatives, in one pass over the data.

With weights :math:`s_i` of total :math:`S`, a penalty :math:`\lambda` on the coefficients W (not on
the intercepts b) and the model's scores :math:`z_i = W x_i + b`,

.. math:: J = \frac{1}{S} \Big( \sum_i s_i \ell_i + \frac{\lambda}{2} \|W\|^2 \Big)

For **two classes** there is one score; with :math:`t_i = \pm 1` for the second and the first class:

.. math::
    m_i &= t_i z_i \tag{1} \\
    \ell_i &= \log(1 + e^{-m_i}) = \log(1 + e^{-|m_i|}) + \max(0, -m_i) \tag{2} \\
    q_i &= \sigma(-m_i), \text{ the probability of the wrong class} \tag{3} \\
    \nabla J &= \frac{1}{S} \Big( -\sum_i s_i t_i q_i \tilde x_i + \lambda W \Big) \tag{4} \\
    H &= \frac{1}{S} \Big( \sum_i s_i q_i (1 - q_i)\, \tilde x_i \tilde x_i^T + \lambda I \Big) \tag{5}

where :math:`\tilde x = (x, 1)` brings the intercept along. For **K classes** each has a score:

.. math::
    p_{ik} &= e^{z_{ik}} \big/ \textstyle\sum_j e^{z_{ij}} \tag{6} \\
    \ell_i &= \log \textstyle\sum_j e^{z_{ij}} - z_{i y_i} \tag{7} \\
    \nabla_{W_k} J &= \frac{1}{S} \Big( \sum_i s_i (p_{ik} - [y_i = k])\, \tilde x_i
        + \lambda W_k \Big) \tag{8} \\
    H_{kl} &= \frac{1}{S} \Big( \sum_i s_i\, p_{ik} ([k = l] - p_{il})\, \tilde x_i \tilde x_i^T
        + [k = l] \lambda I \Big) \tag{9}

Adding one number to all scores of a sample changes nothing, so J is flat along directions in which
all classes move together. The minimum is where their mean is zero; there the Hessian gets a
curvature of its own, which moves nothing but makes it invertible:

.. math:: H_{kl} \leftarrow H_{kl} + \frac{1}{K} I \tag{10}

The intercept is free, so the origin of X is too. Seen from the mean of X instead of from zero all
directions look alike, and every solver walks straighter: the parameters here are those for
:math:`x - \bar x`, a linear change of variables,

.. math::
    b &= b' - W \bar x \tag{11} \\
    \nabla_{W} J' &= \nabla_W J - (\nabla_b J)\, \bar x^T \tag{12}

with both sides of the Hessian changed like the gradient.

The gradients are those of ``losses.BinaryCrossEntropy`` and ``losses.CrossEntropy``, fused here with
value and Hessian, since each pass over X costs more than all the rest.

Source: Bishop, Pattern Recognition and Machine Learning, 2006, sections 4.3.2 to 4.3.4.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

BLOCK = 1 << 15  # numbers worked on at a time: 256 kB, of which several stay in the cache
FAR = 1e3  # a mean this many times what varies around it costs three digits


class _LogisticObjective:
    """Data and penalty; the parameters are one flat vector, class by class, intercepts last."""

    def __init__(self, X, index, n_classes, weights, penalty, fit_intercept):
        self.X, self.index, self.weights = X.astype(np.float64, copy=False), index, weights
        self.n_rows = 1 if n_classes == 2 else n_classes
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
        return W, b - W @ self.shift  # (11)

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
            G[:, :-1] -= G[:, -1:] * shift  # (12)

    def _add(self, rows, W, b, G, H) -> float:
        raise NotImplementedError

    def _add_outer(self, x, bend, block) -> None:
        """Add the sum of bend_i (x_i, 1) (x_i, 1)^T to a block of the Hessian."""
        bent, d = x * bend[:, None], self.n_features
        block[:d, :d] += bent.T @ x
        if self.fit_intercept:
            column = bend @ x
            block[:d, d] += column
            block[d, :d] += column
            block[d, d] += bend.sum()

    def _make_invertible(self, H) -> None:
        pass


class BinaryObjective(_LogisticObjective):
    """Two classes; one row of parameters."""

    def __init__(self, X, index, n_classes, weights, penalty, fit_intercept):
        super().__init__(X, index, n_classes, weights, penalty, fit_intercept)
        self.t = 2.0 * index - 1.0

    def _add(self, rows, W, b, G, H) -> float:
        x, t = self.X[rows], self.t[rows]
        s = 1.0 if self.weights is None else self.weights[rows]
        m = t * (x @ W[0] + b[0])  # (1)
        e = np.exp(-np.abs(m))
        losses = np.log1p(e) - np.minimum(m, 0.0)  # (2)
        q = np.where(m > 0.0, e, 1.0) / (1.0 + e)  # (3)
        pull = s * t * q
        G[0, : self.n_features] -= pull @ x  # (4)
        if self.fit_intercept:
            G[0, -1] -= pull.sum()  # (4)
        if H is not None:
            self._add_outer(x, s * q * (1.0 - q), H[0, :, 0, :])  # (5)
        return float((s * losses).sum())


class SoftmaxObjective(_LogisticObjective):
    """K classes; a row of parameters each. Scores are laid out (K, n): rows of samples are long."""

    def _add(self, rows, W, b, G, H) -> float:
        x, y = self.X[rows], self.index[rows]
        s, each = 1.0 if self.weights is None else self.weights[rows], np.arange(len(x))
        z = W @ x.T + b[:, None]  # (K, n)
        z -= z.max(axis=0)
        own = z[y, each]
        p = np.exp(z, out=z)
        total = p.sum(axis=0)
        p /= total  # (6)
        losses = np.log(total) - own  # (7)
        if H is not None:
            self._add_hessian(p, s, x, H)
        p[y, each] -= 1.0
        pull = s * p
        G[:, : self.n_features] += pull @ x  # (8)
        if self.fit_intercept:
            G[:, -1] += pull.sum(axis=1)  # (8)
        return float((s * losses).sum())

    def _add_hessian(self, p, s, x, H) -> None:
        for k in range(self.n_rows):
            for j in range(k + 1):
                block = np.zeros((self.n_columns, self.n_columns))
                self._add_outer(x, s * p[k] * ((k == j) - p[j]), block)  # (9)
                H[k, :, j, :] += block
                if j < k:
                    H[j, :, k, :] += block

    def _make_invertible(self, H) -> None:
        K, D = self.n_rows, self.n_columns
        each = np.arange(D)
        H.reshape(K, D, K, D)[:, each, :, each] += 1.0 / K  # (10)
