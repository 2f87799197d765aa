r"""AdaGrad, RMSProp and AdaDelta: a step length for every number, from the size of its gradients.

With the running sum or mean v of squared gradients:

.. math::
    \text{AdaGrad} \quad & v \leftarrow v + g^2                                   \tag{1} \\
    & \theta \leftarrow \theta - \alpha \, g / (\sqrt{v} + \epsilon)              \tag{2} \\
    \text{RMSProp} \quad & v \leftarrow \rho v + (1 - \rho) g^2                   \tag{3} \\
    & \theta \leftarrow \theta - \alpha \, g / (\sqrt{v} + \epsilon)              \tag{4} \\
    \text{AdaDelta} \quad & v \leftarrow \rho v + (1 - \rho) g^2                  \tag{5} \\
    & d = g \, \sqrt{u + \epsilon} / \sqrt{v + \epsilon}                          \tag{6} \\
    & u \leftarrow \rho u + (1 - \rho) d^2                                        \tag{7} \\
    & \theta \leftarrow \theta - \alpha \, d                                      \tag{8}

AdaGrad remembers everything, so its steps only get shorter; RMSProp forgets. AdaDelta also measures its
own steps d, in the units of theta, so that it needs no learning rate. Where eps stands (outside the
root in the first two, inside in the last) and the defaults are torch's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .base import Optimizer


@dataclass(eq=False)
class AdaGrad(Optimizer):
    """Adaptive gradients: numbers that rarely have a gradient take long steps when they do.

    Parameters
    ----------
    learning_rate : float or function of the step
        Length of the first step, alpha.
    eps : float
        Keeps the division finite.
    weight_decay : float
        L2 regularisation.

    References
    ----------
    J. Duchi, E. Hazan and Y. Singer, Adaptive subgradient methods (2011).
    """

    learning_rate: float = 0.01
    eps: float = 1e-10
    weight_decay: float = 0.0

    vectors = ("v",)

    def update(self, t, theta, g, v):
        """One step, shorter the larger all gradients have been."""
        v += g * g  # (1)
        theta -= self.learning_rate * g / (np.sqrt(v) + self.eps)  # (2)


@dataclass(eq=False)
class RMSProp(Optimizer):
    """AdaGrad that forgets: gradients are divided by the root of their mean square of late.

    Parameters
    ----------
    learning_rate : float or function of the step
        About the length of a step, alpha.
    rho : float
        What is kept of the mean square at each step (torch's alpha; Hinton has 0.9).
    eps : float
        Keeps the division finite.
    weight_decay : float
        L2 regularisation.

    References
    ----------
    G. Hinton, Neural networks for machine learning, lecture 6e (2012).
    """

    learning_rate: float = 0.01
    rho: float = 0.99
    eps: float = 1e-8
    weight_decay: float = 0.0

    vectors = ("v",)
    scratch = ("u",)

    def update(self, t, theta, g, v, u):
        """One step of about the same length whatever the size of the gradients."""
        np.multiply(g, g, out=u)
        v *= self.rho
        v += np.multiply(u, 1.0 - self.rho, out=u)  # (3)
        np.sqrt(v, out=u)
        u += self.eps
        np.divide(g, u, out=u)
        u *= self.learning_rate
        theta -= u  # (4)


@dataclass(eq=False)
class AdaDelta(Optimizer):
    """RMSProp whose learning rate is the mean size of its own steps of late.

    Parameters
    ----------
    learning_rate : float or function of the step
        A factor for all steps, alpha; 1 in the paper.
    rho : float
        What is kept of both mean squares at each step.
    eps : float
        Keeps the division finite, and makes the first step.
    weight_decay : float
        L2 regularisation.

    References
    ----------
    M. D. Zeiler, ADADELTA: an adaptive learning rate method (2012), algorithm 1.
    """

    learning_rate: float = 1.0
    rho: float = 0.9
    eps: float = 1e-6
    weight_decay: float = 0.0

    vectors = ("v", "u")

    def update(self, t, theta, g, v, u):
        """One step, in the units of theta."""
        v *= self.rho
        v += (1.0 - self.rho) * (g * g)  # (5)
        d = g * np.sqrt(u + self.eps) / np.sqrt(v + self.eps)  # (6)
        u *= self.rho
        u += (1.0 - self.rho) * (d * d)  # (7)
        theta -= self.learning_rate * d  # (8)
