r"""Stationary covariance functions: similarity is a function of the distance.

With :math:`r` the distance of two points measured in length scales, one for all features or one for
each,

.. math:: r^2 = \sum_j \frac{(x_j - y_j)^2}{\ell_j^2} \tag{1}

kernels differ in how smooth a function they expect: from infinitely (the Gaussian) to merely
continuous (Matérn with :math:`\nu = 1/2`).

Source: C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning (2006),
section 4.2.1, which knows of the mixtures of Gaussian kernels, too; D. MacKay, Introduction to Gaussian
processes (1998), for the periodic kernel.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...core.checks import check_number
from ...core.fused import fused
from ...core.registry import storable
from .covariance import DEFAULT_BOUNDS, Kernel

SPACING = 0.25  # of the nodes of (8), at most: the sum is then as good as the integral


class _Scaled(Kernel):
    """A kernel with a length scale, or one per feature."""

    length_scale: Any

    @property
    def anisotropic(self) -> bool:
        """Whether there is a length scale per feature."""
        return np.size(self.length_scale) > 1

    def _check_scales(self, pairs):
        d = pairs.X.shape[1]
        if np.ndim(self.length_scale) > 1:
            raise ValueError("length_scale cannot be of dimension greater than 1.")
        if np.size(self.length_scale) not in (1, d):
            raise ValueError(
                "Anisotropic kernel must have the same number of dimensions as data "
                f"({np.size(self.length_scale)}!={d}): one length scale per feature, or one for all."
            )

    def _squared(self, pairs, length_scale, factor=1.0):
        """Return r squared, times a number."""
        self._check_scales(pairs)
        weight = factor / (length_scale * length_scale)
        if self.anisotropic:
            return np.reshape(weight @ pairs.squared_by_feature, pairs.shape)  # (1)
        return np.reshape(weight, ()) * pairs.squared

    def _distance(self, pairs, length_scale):
        """Return r, whose derivative is taken as 0 where r is 0: length scales do not matter there."""
        self._check_scales(pairs)
        if not self.anisotropic:
            return np.reshape(1.0 / length_scale, ()) * pairs.distances
        squared = self._squared(pairs, length_scale)
        root = np.sqrt(np.where(pairs.coincide, 1.0, squared))
        return np.where(pairs.coincide, 0.0, root)


@storable
class RBF(_Scaled):
    r"""The Gaussian kernel: functions as smooth as can be.

    .. math:: k(x, y) = \exp(-r^2 / 2) \tag{2}

    Parameters
    ----------
    length_scale : float or array-like of shape (n_features,)
        How far one has to go for the function to change.
    length_scale_bounds : pair of floats, array-like of shape (n_features, 2) or "fixed"
        Between which values it may be fitted.

    Examples
    --------
    >>> RBF(2.0)([[0.0], [2.0]]).round(4).tolist()
    [[1.0, 0.6065], [0.6065, 1.0]]
    """

    _names = ("length_scale",)

    def __init__(self, length_scale=1.0, length_scale_bounds=DEFAULT_BOUNDS):
        self.length_scale = length_scale
        self.length_scale_bounds = length_scale_bounds

    def _covariance(self, pairs, length_scale):
        return np.exp(self._squared(pairs, length_scale, -0.5))  # (2)


def mixture(nu) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights and precisions of the Gaussians of (8), as far as they count."""
    u = np.arange(-40.0 / nu, 7.5, min(SPACING, 0.6 / nu**0.5))
    log_weights = nu * u - 0.5 * np.exp(u)
    weights = np.exp(log_weights - log_weights.max())
    counts = weights > 1e-18
    return weights[counts] / weights.sum(), nu * np.exp(-u[counts])


def gaussian_mixture_definition(squared, nu):
    r"""Return Matérn's kernel of any smoothness, from squared distances.

    It is the mean of Gaussian kernels over length scales whose inverse squares have a gamma
    distribution. On a logarithmic scale the integral is a sum, as good as exact, over evenly spaced
    :math:`u`:

    .. math::
        k_\nu(r) = \sum_u w_u\, e^{-\nu e^{-u} r^2}, \qquad
        w_u \propto \exp(\nu u - \tfrac12 e^u) \tag{8}

    Its derivative by :math:`r^2` is a sum over the same Gaussians:

    .. math::
        \frac{\partial k_\nu}{\partial r^2} = -\sum_u w_u\, \nu e^{-u} e^{-\nu e^{-u} r^2} \tag{9}

    >>> gaussian_mixture(np.array([0.0, 1.0]), nu=0.5).round(6).tolist()  # exp(-r)
    [1.0, 0.367879]
    """
    return sum(w * np.exp(squared * -a) for w, a in zip(*map(np.ndarray.tolist, mixture(nu))))


def gaussian_mixture_forward(squared, nu):
    """The same; keeps the derivative."""
    value, slope = np.zeros_like(squared), np.zeros_like(squared)
    for weight, precision in zip(*map(np.ndarray.tolist, mixture(nu))):
        part = np.exp(squared * -precision)
        part *= weight
        value += part  # (8)
        part *= precision
        slope -= part  # (9)
    return value, slope


def gaussian_mixture_vjp(g, slope, wanted=(True,)):
    """Return g times the derivative."""
    return (g * slope,)


gaussian_mixture = fused(
    gaussian_mixture_definition, gaussian_mixture_forward, gaussian_mixture_vjp, "gaussian_mixture"
)


@storable
class Matern(_Scaled):
    r"""Matérn's kernel: functions of a smoothness that can be chosen.

    .. math::
        k_{1/2}(x, y) &= e^{-r} \tag{3} \\
        k_{3/2}(x, y) &= (1 + \sqrt 3 r)\, e^{-\sqrt 3 r} \tag{4} \\
        k_{5/2}(x, y) &= (1 + \sqrt 5 r + \tfrac53 r^2)\, e^{-\sqrt 5 r} \tag{5}

    the Gaussian kernel for :math:`\nu = \infty`, and for other :math:`\nu`, which cost much more, a
    mixture of Gaussian kernels (``gaussian_mixture``).

    Parameters
    ----------
    length_scale : float or array-like of shape (n_features,)
        How far one has to go for the function to change.
    length_scale_bounds : pair of floats, array-like of shape (n_features, 2) or "fixed"
        Between which values it may be fitted.
    nu : float
        The smoothness, 0.1 to 100 or infinity: the function has derivatives up to the integer below.

    Examples
    --------
    >>> Matern(1.0, nu=0.5)([[0.0], [1.0]]).round(4).tolist()
    [[1.0, 0.3679], [0.3679, 1.0]]
    """

    _names = ("length_scale",)

    def __init__(self, length_scale=1.0, length_scale_bounds=DEFAULT_BOUNDS, nu=1.5):
        self.length_scale = length_scale
        self.length_scale_bounds = length_scale_bounds
        self.nu = nu

    def _covariance(self, pairs, length_scale):
        if self.nu == math.inf:
            return np.exp(self._squared(pairs, length_scale, -0.5))
        if self.nu not in (0.5, 1.5, 2.5):
            check_number("nu", self.nu, least=0.1, most=100.0)
            return gaussian_mixture(self._squared(pairs, length_scale), nu=float(self.nu))
        s = self._distance(pairs, length_scale / math.sqrt(2.0 * self.nu))
        if self.nu == 0.5:
            return np.exp(-s)  # (3)
        if self.nu == 1.5:
            return (1.0 + s) * np.exp(-s)  # (4)
        return (1.0 + s * (1.0 + s * (1.0 / 3.0))) * np.exp(-s)  # (5)

    def __repr__(self):
        return f"{super().__repr__()[:-1]}, nu={self.nu:.3g})"


@storable
class RationalQuadratic(_Scaled):
    r"""A mixture of Gaussian kernels of many length scales.

    .. math:: k(x, y) = \Big(1 + \frac{\|x - y\|^2}{2 \alpha \ell^2}\Big)^{-\alpha} \tag{6}

    Parameters
    ----------
    length_scale : float
        The typical length scale.
    alpha : float
        How alike the length scales are: for infinity there is only one.
    length_scale_bounds, alpha_bounds : pair of floats or "fixed"
        Between which values they may be fitted.

    Examples
    --------
    >>> RationalQuadratic(1.0, alpha=1.0)([[0.0], [2.0]]).round(4).tolist()
    [[1.0, 0.3333], [0.3333, 1.0]]
    """

    _names = ("alpha", "length_scale")

    def __init__(
        self,
        length_scale=1.0,
        alpha=1.0,
        length_scale_bounds=DEFAULT_BOUNDS,
        alpha_bounds=DEFAULT_BOUNDS,
    ):
        self.length_scale = length_scale
        self.alpha = alpha
        self.length_scale_bounds = length_scale_bounds
        self.alpha_bounds = alpha_bounds

    def _covariance(self, pairs, alpha, length_scale):
        if self.anisotropic:
            raise AttributeError(
                "RationalQuadratic kernel only supports isotropic version, please use a single scalar "
                "for length_scale"
            )
        share = pairs.squared * (0.5 / (alpha * length_scale * length_scale))
        return np.exp(np.log1p(share) * -alpha)  # (6)


@storable
class ExpSineSquared(Kernel):
    r"""A periodic function: points a whole number of periods apart are the same.

    .. math:: k(x, y) = \exp\Big(-\frac{2}{\ell^2} \sin^2 \frac{\pi \|x - y\|}{p}\Big) \tag{7}

    Parameters
    ----------
    length_scale : float
        How smooth the function is within a period.
    periodicity : float
        The period p.
    length_scale_bounds, periodicity_bounds : pair of floats or "fixed"
        Between which values they may be fitted.

    Examples
    --------
    >>> ExpSineSquared(periodicity=2.0)([[0.0], [2.0], [1.0]]).round(4).tolist()[0]
    [1.0, 1.0, 0.1353]
    """

    _names = ("length_scale", "periodicity")

    def __init__(
        self,
        length_scale=1.0,
        periodicity=1.0,
        length_scale_bounds=DEFAULT_BOUNDS,
        periodicity_bounds=DEFAULT_BOUNDS,
    ):
        self.length_scale = length_scale
        self.periodicity = periodicity
        self.length_scale_bounds = length_scale_bounds
        self.periodicity_bounds = periodicity_bounds

    def _covariance(self, pairs, length_scale, periodicity):
        wave = np.sin(pairs.distances * (math.pi / periodicity))
        return np.exp(wave * wave * (-2.0 / (length_scale * length_scale)))  # (7)
