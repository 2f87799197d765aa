r"""Tail probabilities of Student's t and of F, from one function: the incomplete beta function.

.. math::
    I_x(a, b) = \frac{1}{B(a, b)} \int_0^x u^{a-1} (1 - u)^{b-1} \, du, \qquad
    B(a, b) = \frac{\Gamma(a)\, \Gamma(b)}{\Gamma(a + b)}

is the probability that a share with the beta distribution is below x. A continued fraction computes
it, quickly where x is below the mean :math:`a / (a + b)`; above, the two ends are exchanged:

.. math::
    I_x(a, b) &= \frac{x^a (1 - x)^b}{a\, B(a, b)} \cfrac{1}{1 + \cfrac{d_1}{1 + \cfrac{d_2}{1 + \dots}}}
        \tag{1} \\
    d_{2m} &= \frac{m (b - m)\, x}{(a + 2 m - 1)(a + 2 m)} \tag{2} \\
    d_{2m+1} &= -\frac{(a + m)(a + b + m)\, x}{(a + 2 m)(a + 2 m + 1)} \tag{3} \\
    I_x(a, b) &= 1 - I_{1 - x}(b, a) \tag{4}

What is wanted of it: how often noise alone makes a t or an F as large as the one that was seen,

.. math::
    P(T > t) &= \tfrac12 I_x\big(\tfrac{\nu}{2}, \tfrac12\big), \qquad x = \frac{\nu}{\nu + t^2}
        \tag{5} \\
    P(F > f) &= I_x\big(\tfrac{\nu_2}{2}, \tfrac{\nu_1}{2}\big), \qquad
        x = \frac{\nu_2}{\nu_2 + \nu_1 f} \tag{6}

Sources: NIST Digital Library of Mathematical Functions, 8.17.22, 8.17.23 and 8.17.4 for (1-4);
Abramowitz and Stegun, Handbook of Mathematical Functions, 1964, 26.7.1 and 26.6.2 for (5, 6).
"""

from __future__ import annotations

import math

import numpy as np

__all__ = ["f_tail", "incomplete_beta", "student_t_quantile", "student_t_tail"]

TINY = 1e-300  # stands for 0 in a denominator of the continued fraction
PRECISION = 4e-16
MOST_TERMS = 100_000


def incomplete_beta(a: float, b: float, x, y=None) -> np.ndarray:
    """Return I_x(a, b) for shapes a, b > 0 and an array x of shares; y is 1 - x, if known better.

    >>> incomplete_beta(2.0, 3.0, np.array([0.0, 0.5, 1.0])).round(6).tolist()
    [0.0, 0.6875, 1.0]
    """
    x = np.asarray(x, dtype=np.float64)
    y = 1.0 - x if y is None else np.asarray(y, dtype=np.float64)
    above = x > (a + 1.0) / (a + b + 2.0)
    result = np.empty(x.shape)
    result[~above] = _by_fraction(a, b, x[~above], y[~above])
    result[above] = 1.0 - _by_fraction(b, a, y[above], x[above])  # (4)
    return result


def _by_fraction(a, b, x, y):
    """Equation (1), the fraction from its beginning on: Lentz's method (modified by Thompson)."""
    if not x.size:
        return x
    with np.errstate(divide="ignore"):  # log(0) at the ends
        log_x = np.where(x > 0.5, np.log1p(-np.minimum(y, 0.5)), np.log(x))
        log_y = np.where(y > 0.5, np.log1p(-np.minimum(x, 0.5)), np.log(y))
    log_beta = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    front = np.exp(a * log_x + b * log_y - log_beta) / a
    fraction = C = np.ones_like(x)  # 1 + d_1 / (1 + d_2 / (1 + ...)), so far
    D = np.zeros_like(x)
    for k in range(1, MOST_TERMS):
        d = _term(k, a, b, x)
        D = 1.0 / _not_zero(1.0 + d * D)
        C = _not_zero(1.0 + d / C)
        fraction = fraction * (C * D)
        if (np.abs(C * D - 1.0) <= PRECISION).all():
            break
    return front / fraction  # (1)


def _term(k, a, b, x):
    m = k // 2
    if k % 2:
        return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))  # (3)
    return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))  # (2)


def _not_zero(values):
    return np.where(np.abs(values) < TINY, TINY, values)


# ---- tails ---------------------------------------------------------------------------------------
def student_t_tail(t, df: float) -> np.ndarray:
    """Return P(T > t) for Student's t with df degrees of freedom.

    >>> student_t_tail(np.array([0.0, 1.0, -1.0]), 1.0).round(6).tolist()
    [0.5, 0.25, 0.75]
    """
    t = np.asarray(t, dtype=np.float64)
    ratio = np.clip(np.nan_to_num(np.abs(t)), 0.0, 1e150) ** 2 / df
    tail = 0.5 * incomplete_beta(0.5 * df, 0.5, 1.0 / (1.0 + ratio), ratio / (1.0 + ratio))  # (5)
    tail = np.where(np.isinf(t), 0.0, np.where(np.isnan(t), np.nan, tail))
    return np.where(t < 0.0, 1.0 - tail, tail)


def f_tail(f, df_1: float, df_2: float) -> np.ndarray:
    """Return P(F > f) for the F distribution with df_1 and df_2 degrees of freedom.

    >>> round(float(f_tail(np.array(4.0), 2.0, 2.0)), 6)
    0.2
    """
    f = np.asarray(f, dtype=np.float64)
    ratio = np.clip(np.nan_to_num(f), 0.0, 1e150) * (df_1 / df_2)
    x, y = 1.0 / (1.0 + ratio), ratio / (1.0 + ratio)
    tail = incomplete_beta(0.5 * df_2, 0.5 * df_1, x, y)  # (6)
    return np.where(np.isinf(f), 0.0, np.where(np.isnan(f), np.nan, tail))


def student_t_quantile(probability: float, df: float) -> float:
    """Return the t that is exceeded with a probability of at most one half.

    The tail is convex, so that Newton's method from 0 comes to it from below and never passes it.

    >>> round(student_t_quantile(0.025, 10.0), 6)
    2.228139
    """
    if not 0.0 < probability <= 0.5:
        raise ValueError(f"the probability must be above 0 and at most 0.5; got {probability}.")
    log_density_0 = (
        math.lgamma(0.5 * (df + 1.0)) - math.lgamma(0.5 * df) - 0.5 * math.log(df * math.pi)
    )
    t = 0.0
    for _ in range(2000):
        excess = float(student_t_tail(t, df)) - probability
        density = math.exp(log_density_0 - 0.5 * (df + 1.0) * math.log1p(t * t / df))
        step = excess / density
        t += step
        if abs(step) <= 1e-14 * abs(t):
            break
    return t
