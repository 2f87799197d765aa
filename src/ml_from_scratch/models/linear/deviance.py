r"""Deviances: how far a positive mean is from what was observed, for each way in which data scatter.

A Tweedie distribution of power p has a variance that grows with its mean, :math:`V(\mu) = \mu^p`:
the normal for p = 0, Poisson for 1, a Poisson number of gamma-distributed claims between 1 and 2,
gamma for 2, the inverse Gaussian for 3. Half its **unit deviance**, the likelihood that is lost to
the perfect mean :math:`\mu = y`, is (with the limits where a denominator is zero)

.. math::
    \tfrac12 d(y, \mu) &= \tfrac12 (y - \mu)^2 & p = 0 \tag{1} \\
    \tfrac12 d(y, \mu) &= y \log\frac{y}{\mu} - y + \mu & p = 1 \tag{2} \\
    \tfrac12 d(y, \mu) &= \log\frac{\mu}{y} + \frac{y}{\mu} - 1 & p = 2 \tag{3} \\
    \tfrac12 d(y, \mu) &= \frac{\max(y, 0)^{2-p}}{(1-p)(2-p)} - \frac{y\,\mu^{1-p}}{1-p}
        + \frac{\mu^{2-p}}{2-p} & \text{else} \tag{4}

and in all cases it falls and rises with the mean like

.. math::
    \frac{\partial}{\partial \mu} \tfrac12 d &= \frac{\mu - y}{\mu^p} \tag{5} \\
    \frac{\partial^2}{\partial \mu^2} \tfrac12 d
        &= \frac{1}{\mu^p} - p\, \frac{\mu - y}{\mu^{p+1}} \tag{6}

Source: Jørgensen, The Theory of Dispersion Models, 1997, chapter 4; p between 0 and 1 has a deviance,
but no distribution.
"""

from __future__ import annotations

import numpy as np


def half_deviance(y, mu, power) -> np.ndarray:
    """Return half the unit deviance of each observation.

    >>> half_deviance(np.array([0.0, 2.0]), np.array([1.5, 2.0]), power=1).tolist()
    [1.5, 0.0]
    """
    if power == 0:
        return 0.5 * (y - mu) ** 2  # (1)
    if power == 1:
        some = np.where(y > 0.0, y, 1.0)
        return np.where(y > 0.0, y * np.log(some / mu), 0.0) - y + mu  # (2)
    if power == 2:
        return np.log(mu / y) + y / mu - 1.0  # (3)
    a, b = 1.0 - power, 2.0 - power
    return np.maximum(y, 0.0) ** b / (a * b) - y * mu**a / a + mu**b / b  # (4)


def slope_by_mean(y, mu, power) -> np.ndarray:
    """Return the derivative of half the deviance by the mean."""
    return mu - y if power == 0 else (mu - y) / mu**power  # (5)


def bend_by_mean(y, mu, power) -> np.ndarray:
    """Return the second derivative of half the deviance by the mean."""
    if power == 0:
        return np.ones_like(mu)
    inverse = mu**-power
    return inverse - power * (mu - y) * inverse / mu  # (6)


def allows(y, power) -> bool:
    """Say whether a Tweedie distribution of that power can have produced y."""
    if power <= 0:
        return True
    return bool((y >= 0.0).all() if power < 2 else (y > 0.0).all())
