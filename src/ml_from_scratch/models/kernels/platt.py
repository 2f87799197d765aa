r"""Probabilities from scores: Platt's sigmoid for two classes, pairwise coupling for more.

The score :math:`f` of a support vector machine says on which side of the boundary a sample lies, not
how likely that is. Platt fits two numbers to scores of samples that the machine was not trained on:

.. math::
    P(y = 1 \mid f) &= \sigma(-(A f + B)) \tag{1} \\
    \min_{A, B}\; &-\sum_i t_i \log p_i + (1 - t_i) \log(1 - p_i) \tag{2} \\
    t_i &= \frac{N_+ + 1}{N_+ + 2} \text{ for } y_i = 1, \qquad
        \frac{1}{N_- + 2} \text{ for } y_i = -1 \tag{3}

The targets (3) in place of 1 and 0 keep the sigmoid from being a step where the classes separate.

For more classes there is one such probability per pair, :math:`r_{ij} = P(i \mid i \text{ or } j)`.
No :math:`p` need fit them all, :math:`r_{ij} = p_i / (p_i + p_j)`; the nearest is taken,

.. math::
    \min_p\; &\tfrac12 \sum_i \sum_{j \ne i} (r_{ji} p_i - r_{ij} p_j)^2
        \quad \text{with} \quad \textstyle\sum_i p_i = 1 \\
    Q_{ii} &= \textstyle\sum_{j \ne i} r_{ji}^2, \qquad Q_{ij} = -r_{ji} r_{ij} \tag{4} \\
    &\begin{pmatrix} Q & e \\ e^T & 0 \end{pmatrix} \begin{pmatrix} p \\ b \end{pmatrix}
        = \begin{pmatrix} 0 \\ 1 \end{pmatrix} \tag{5}

Sources: J. Platt, Probabilistic outputs for support vector machines (1999); H.-T. Lin, C.-J. Lin and
R. C. Weng, A note on Platt's probabilistic outputs (2007), for (1) to (3); T.-F. Wu, C.-J. Lin and
R. C. Weng, Probability estimates for multi-class classification by pairwise coupling (2004),
equations 18 and 21, for (4) and (5).
"""

from __future__ import annotations

import numpy as np

from ...core.functions import sigmoid
from ...optimizers.second_order import minimize_newton

SURE = 1e-7  # no pair's probability is closer to 0 or 1


def fit_sigmoid(scores, positive) -> tuple[float, float]:
    """Return A and B of the sigmoid that fits scores to what was true.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        Scores of samples.
    positive : ndarray of shape (n,), bool
        Whether they are of the class that positive scores speak for.

    Examples
    --------
    >>> A, B = fit_sigmoid(np.array([-1.0, -0.5, 0.5, 1.0]), np.array([False, False, True, True]))
    >>> A < 0, abs(B) < 1e-6
    (True, True)
    """
    n_positive = int(positive.sum())
    n_negative = len(scores) - n_positive
    t = np.where(positive, (n_positive + 1.0) / (n_positive + 2.0), 1.0 / (n_negative + 2.0))  # (3)
    scale = float(np.abs(scores).max(initial=0.0)) or 1.0
    x = np.stack([scores / scale, np.ones(len(scores))])  # (2, n)

    def value_gradient_hessian(theta):
        z = theta @ x
        p = sigmoid(-z)
        value = float(np.logaddexp(0.0, z).sum() - (1.0 - t) @ z)  # (2)
        return value, x @ (t - p), (x * (p * (1.0 - p))) @ x.T

    start = np.array([0.0, np.log((n_negative + 1.0) / (n_positive + 1.0))])
    result = minimize_newton(value_gradient_hessian, start, tol=1e-8 * max(1, len(scores)))
    return float(result.x[0] / scale), float(result.x[1])


def sigmoid_probability(scores, A, B) -> np.ndarray:
    """Return the probability of the positive class, never quite 0 or 1.

    >>> sigmoid_probability(np.array([0.0, 1000.0]), -1.0, 0.0).tolist()
    [0.5, 0.9999999]
    """
    return np.clip(sigmoid(-(A * scores + B)), SURE, 1.0 - SURE)  # (1)


def couple(r) -> np.ndarray:
    """Return the probabilities of classes (n, k) from those of their pairs, r of shape (n, k, k).

    >>> r = np.array([[[0.0, 0.5, 0.5], [0.5, 0.0, 0.5], [0.5, 0.5, 0.0]]])
    >>> couple(r).round(6).tolist()
    [[0.333333, 0.333333, 0.333333]]
    """
    n, k, _ = r.shape
    r = r * (1.0 - np.eye(k))
    system = np.zeros((n, k + 1, k + 1))
    system[:, :k, :k] = -r * r.transpose(0, 2, 1)
    system[:, range(k), range(k)] = (r**2).sum(axis=1)  # (4)
    system[:, :k, k] = system[:, k, :k] = 1.0
    wanted = np.zeros((n, k + 1, 1))
    wanted[:, k] = 1.0
    p = np.linalg.solve(system, wanted)[:, :k, 0]  # (5)
    p = np.maximum(p, 0.0)  # what rounding makes of 0
    return p / p.sum(axis=1, keepdims=True)
