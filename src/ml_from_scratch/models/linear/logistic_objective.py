r"""What logistic regression minimises: its loss, with the first two derivatives.

The objective is the penalised mean of ``linear_objective``. For **two classes** there is one score;
with :math:`t_i = \pm 1` for the second and the first class:

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

The gradients are those of ``losses.BinaryCrossEntropy`` and ``losses.CrossEntropy``, fused here with
value and Hessian, since each pass over X costs more than all the rest.

Source: Bishop, Pattern Recognition and Machine Learning, 2006, sections 4.3.2 to 4.3.4.
"""

from __future__ import annotations

import numpy as np

from .linear_objective import LinearObjective


class BinaryObjective(LinearObjective):
    """Two classes; one row of parameters."""

    def __init__(self, X, index, n_classes, weights, penalty, fit_intercept):
        super().__init__(X, weights, penalty, fit_intercept)
        self.index = index
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


class SoftmaxObjective(LinearObjective):
    """K classes; a row of parameters each. Scores are laid out (K, n): rows of samples are long."""

    def __init__(self, X, index, n_classes, weights, penalty, fit_intercept):
        super().__init__(X, weights, penalty, fit_intercept, n_rows=n_classes)
        self.index = index

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
