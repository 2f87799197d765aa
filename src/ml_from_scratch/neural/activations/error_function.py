r"""The error function, which NumPy does not have: the exact GELU is made of it.

.. math:: \mathrm{erf}(x) = \frac{2}{\sqrt\pi} \int_0^x e^{-t^2} dt
                          = \frac{2 x}{\sqrt\pi} \int_0^1 e^{-x^2 s^2} ds

With t = x s the limits no longer depend on x, so that one set of Gauss and Legendre's nodes
:math:`s_i` and weights :math:`w_i` serves every x. Farther out than r, erf is 1 or -1 to the last digit; within,

.. math::
    c &= \max(-r, \min(r, x)) \tag{1} \\
    \mathrm{erf}(x) &= \frac{2 c}{\sqrt\pi} \sum_i w_i \, e^{-c^2 s_i^2} \tag{2}

All terms are positive, so nothing cancels: 24 nodes and r = 6 leave an error of 3e-15 in double precision,
10 nodes and r = 4 one of 5e-7 in single. The derivative is the integrand:

.. math:: \bar x = g \, \frac{2}{\sqrt\pi} e^{-x^2} \tag{3}
"""

from __future__ import annotations

import functools
import math

import numpy as np

from ml_from_scratch.core import fused

from .elementwise import elementwise

SLOPE = 2.0 / math.sqrt(math.pi)  # at 0


@functools.lru_cache(4)
def quadrature(single: bool):
    """Return (r, pairs of a squared node and its weight), for single or double precision."""
    r, n = (4.0, 10) if single else (6.0, 24)
    nodes, weights = np.polynomial.legendre.leggauss(n)  # for the interval -1 .. 1
    s, w = (nodes + 1.0) / 2.0, weights / 2.0
    return r, list(zip((s * s).tolist(), (SLOPE * w).tolist()))


def erf_definition(x):
    """Return erf(x).

    >>> [round(y, 12) for y in erf(np.array([-9.0, 0.0, 0.5])).tolist()]
    [-1.0, 0.0, 0.520499877813]
    """
    r, pairs = quadrature(x.dtype.itemsize <= 4)
    c = np.clip(x, -r, r)  # (1)
    z = -np.square(c)
    inside = c * sum(np.exp(z * s2) * w for s2, w in pairs)  # (2)
    return np.where(np.abs(x) >= r, np.sign(x), inside)


@elementwise
def erf_forward(x):
    """The same in place; keeps x."""
    r, pairs = quadrature(x.dtype.itemsize <= 4)
    c = np.clip(x, -r, r)
    z = np.negative(c * c)
    total, term = np.zeros_like(c), np.empty_like(c)
    for s2, w in pairs:
        np.multiply(z, s2, out=term)
        np.exp(term, out=term)
        term *= w
        total += term
    total *= c
    far = np.abs(x) >= r
    total[far] = np.sign(x[far])
    return total, x


def erf_vjp(g, x, wanted=(True,)):
    """Return g times the integrand at x."""
    with np.errstate(over="ignore"):  # x squared may be infinite: the integrand is 0 there
        return (g * np.exp(-(x * x)) * SLOPE,)  # (3)


erf = fused(erf_definition, erf_forward, erf_vjp, name="erf")
