r"""SGD, Momentum and Nesterov: steps down the gradient, with and without inertia.

For parameters :math:`\theta`, their gradient g and the learning rate :math:`\alpha`:

.. math::
    \text{SGD} \quad & \theta \leftarrow \theta - \alpha \, g            \tag{1} \\
    \text{Momentum} \quad & m \leftarrow \mu m + g                       \tag{2} \\
    & \theta \leftarrow \theta - \alpha \, m                             \tag{3} \\
    \text{Nesterov} \quad & \theta \leftarrow \theta - \alpha (g + \mu m) \tag{4}

A constant gradient moves Momentum up to :math:`1 / (1 - \mu)` times as fast as SGD. Conventions are
torch's: the learning rate multiplies the whole memory m, so that a new rate acts at once. In the papers
it multiplies each gradient as it comes in; with a constant rate both are the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .base import Optimizer


@dataclass(eq=False)
class SGD(Optimizer):
    """Stochastic gradient descent.

    Parameters
    ----------
    learning_rate : float or function of the step
        Length of a step, alpha.
    weight_decay : float
        L2 regularisation.

    References
    ----------
    H. Robbins and S. Monro, A stochastic approximation method (1951).

    Examples
    --------
    >>> from ml_from_scratch.core import Parameter
    >>> w = Parameter([4.0])
    >>> optimizer = SGD(learning_rate=0.25).attach([w])
    >>> (w**2).sum().backward()
    >>> optimizer.step()
    >>> w.data.tolist()
    [2.0]
    """

    learning_rate: float = 0.01
    weight_decay: float = 0.0

    scratch = ("u",)

    def update(self, t, theta, g, u):
        """One step down the gradient."""
        theta -= np.multiply(g, self.learning_rate, out=u)  # (1)


@dataclass(eq=False)
class Momentum(Optimizer):
    """Gradient descent with a memory: a heavy ball that rolls on through small bumps.

    Parameters
    ----------
    learning_rate : float or function of the step
        Length of a step, alpha.
    momentum : float
        What is kept of the memory at each step, mu, from 0 to less than 1.
    weight_decay : float
        L2 regularisation.

    References
    ----------
    B. T. Polyak, Some methods of speeding up the convergence of iteration methods (1964).
    """

    learning_rate: float = 0.01
    momentum: float = 0.9
    weight_decay: float = 0.0

    vectors = ("m",)
    scratch = ("u",)

    def update(self, t, theta, g, m, u):
        """One step along the memory."""
        m *= self.momentum
        m += g  # (2)
        theta -= np.multiply(m, self.learning_rate, out=u)  # (3)


@dataclass(eq=False)
class Nesterov(Momentum):
    """Momentum that looks ahead: the gradient counts as if taken where the ball will be.

    References
    ----------
    Y. Nesterov, A method for solving the convex programming problem with convergence rate O(1/k^2)
    (1983); in the form of I. Sutskever et al., On the importance of initialization and momentum in
    deep learning (2013), with their theta shifted by one look-ahead.
    """

    def update(self, t, theta, g, m, u):
        """One step along the memory as it will be."""
        m *= self.momentum
        m += g
        np.multiply(m, self.momentum, out=u)
        u += g
        u *= self.learning_rate
        theta -= u  # (4)
