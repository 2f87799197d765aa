r"""Losses one sample at a time: what stochastic gradient descent asks thousands of times a second.

The slope is wanted for one number after the other, where NumPy's own overhead would be most of the
time: so it is plain Python on floats. Values, which only the stopping test needs, are wanted for many
samples at once. With a score z and a target y, which is :math:`\pm 1` for classes:

.. math::
    \text{Hinge} \quad \ell &= \max(0, \theta - y z) \tag{1} \\
    \text{SquaredHinge} \quad \ell &= \max(0, 1 - y z)^2 \tag{2} \\
    \text{LogLoss} \quad \ell &= \log(1 + e^{-y z}) \tag{3} \\
    \text{ModifiedHuber} \quad \ell &= \max(0, 1 - y z)^2 \text{ if } y z \ge -1,
        \text{ else } -4 y z \tag{4} \\
    \text{SquaredError} \quad \ell &= \tfrac12 (z - y)^2 \tag{5} \\
    \text{Huber} \quad \ell &= \tfrac12 (z - y)^2 \text{ if } |z - y| \le \varepsilon,
        \text{ else } \varepsilon |z - y| - \tfrac12 \varepsilon^2 \tag{6} \\
    \text{EpsilonInsensitive} \quad \ell &= \max(0, |z - y| - \varepsilon) \tag{7} \\
    \text{SquaredEpsilonInsensitive} \quad \ell &= \max(0, |z - y| - \varepsilon)^2 \tag{8}

The hinge's threshold :math:`\theta` is 1, and 0 for the perceptron.

Source: Zhang, Solving large scale linear prediction problems using stochastic gradient descent
algorithms, 2004, for (4).
"""

from __future__ import annotations

import math

import numpy as np


class Hinge:
    """The support vector machine's, and with threshold 0 the perceptron's."""

    def __init__(self, threshold=1.0):
        self.threshold = threshold

    def values(self, z, y) -> np.ndarray:
        """Return the losses of many samples."""
        return np.maximum(self.threshold - y * z, 0.0)  # (1)

    def slope(self, z: float, y: float) -> float:
        """Return the derivative by the score, for one sample."""
        return -y if y * z <= self.threshold else 0.0


class SquaredHinge:
    """Harder on what is far on the wrong side."""

    def values(self, z, y) -> np.ndarray:
        """Return the losses of many samples."""
        return np.square(np.maximum(1.0 - y * z, 0.0))  # (2)

    def slope(self, z: float, y: float) -> float:
        """Return the derivative by the score, for one sample."""
        lack = 1.0 - y * z
        return -2.0 * y * lack if lack > 0.0 else 0.0


class LogLoss:
    """Logistic regression's."""

    def values(self, z, y) -> np.ndarray:
        """Return the losses of many samples."""
        return np.logaddexp(0.0, -y * z)  # (3)

    def slope(self, z: float, y: float) -> float:
        """Return the derivative by the score, for one sample."""
        m = y * z
        if m > 0.0:
            e = math.exp(-m)
            return -y * e / (1.0 + e)
        return -y / (1.0 + math.exp(m))


class ModifiedHuber:
    """A squared hinge that grows no faster than a line; it gives probabilities."""

    def values(self, z, y) -> np.ndarray:
        """Return the losses of many samples."""
        m = y * z
        return np.where(m >= -1.0, np.square(np.maximum(1.0 - m, 0.0)), -4.0 * m)  # (4)

    def slope(self, z: float, y: float) -> float:
        """Return the derivative by the score, for one sample."""
        m = y * z
        if m >= 1.0:
            return 0.0
        return -2.0 * y * (1.0 - m) if m >= -1.0 else -4.0 * y


class SquaredError:
    """Least squares; the only one whose slope is linear in the score."""

    def values(self, z, y) -> np.ndarray:
        """Return the losses of many samples."""
        return 0.5 * np.square(z - y)  # (5)

    def slope(self, z: float, y: float) -> float:
        """Return the derivative by the score, for one sample."""
        return z - y


class Huber:
    """Squares near the target, lines far from it."""

    def __init__(self, epsilon):
        self.epsilon = float(epsilon)

    def values(self, z, y) -> np.ndarray:
        """Return the losses of many samples."""
        r, eps = np.abs(z - y), self.epsilon
        return np.where(r <= eps, 0.5 * r * r, eps * r - 0.5 * eps * eps)  # (6)

    def slope(self, z: float, y: float) -> float:
        """Return the derivative by the score, for one sample."""
        return max(-self.epsilon, min(z - y, self.epsilon))


class EpsilonInsensitive:
    """Errors up to epsilon do not count."""

    def __init__(self, epsilon):
        self.epsilon = float(epsilon)

    def values(self, z, y) -> np.ndarray:
        """Return the losses of many samples."""
        return np.maximum(np.abs(z - y) - self.epsilon, 0.0)  # (7)

    def slope(self, z: float, y: float) -> float:
        """Return the derivative by the score, for one sample."""
        if y - z > self.epsilon:
            return -1.0
        return 1.0 if z - y > self.epsilon else 0.0


class SquaredEpsilonInsensitive(EpsilonInsensitive):
    """The square of what is beyond epsilon."""

    def values(self, z, y) -> np.ndarray:
        """Return the losses of many samples."""
        return np.square(super().values(z, y))  # (8)

    def slope(self, z: float, y: float) -> float:
        """Return the derivative by the score, for one sample."""
        over = abs(z - y) - self.epsilon
        if over <= 0.0:
            return 0.0
        return 2.0 * over if z > y else -2.0 * over


FOR_CLASSES = {
    "hinge": lambda epsilon: Hinge(1.0),
    "log_loss": lambda epsilon: LogLoss(),
    "modified_huber": lambda epsilon: ModifiedHuber(),
    "squared_hinge": lambda epsilon: SquaredHinge(),
    "perceptron": lambda epsilon: Hinge(0.0),
}
FOR_NUMBERS = {
    "squared_error": lambda epsilon: SquaredError(),
    "huber": Huber,
    "epsilon_insensitive": EpsilonInsensitive,
    "squared_epsilon_insensitive": SquaredEpsilonInsensitive,
}
