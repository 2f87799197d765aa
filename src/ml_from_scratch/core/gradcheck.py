r"""Derivatives checked against central differences, along one random direction at a time.

.. math::
    v \cdot (J u) = u \cdot (J^T v) \approx
    v \cdot \frac{f(x + \varepsilon u) - f(x - \varepsilon u)}{2 \varepsilon}   \tag{1}

One number is compared, whatever the shapes; a wrong derivative agrees with it by chance alone.
"""

from __future__ import annotations

import numpy as np

from .. import backend
from .tape import raw
from .transforms import vjp
from .trees import flatten, tree_map


def inner(a, b) -> float:
    """The inner product of two trees of arrays."""
    pairs = zip(flatten(a)[0], flatten(b)[0])
    return sum(float(np.sum(backend.to_host(raw(x)) * backend.to_host(raw(y)))) for x, y in pairs)


def check_gradients(
    f, primals, order: int = 2, eps: float = 1e-6, rtol: float = 1e-6, seed: int = 0
):
    """Raise AssertionError when a derivative of f, up to ``order``, disagrees with differences.

    Parameters
    ----------
    f : callable
        Of float64 arrays, or trees of them, to such.
    primals : sequence
        One entry per argument of f.
    order : int
        2 checks the derivative of the derivative, too, and so on.
    eps : float
        The step h of the differences: their error is of the order of h^2 and 1e-16 / h.
    rtol : float
        The relative error allowed.
    seed : int
        Of the random directions.

    Examples
    --------
    >>> check_gradients(np.sin, (np.array([0.5, 1.0]),))
    >>> check_gradients(lambda x: np.abs(raw(x)) * x, (np.array([2.0]),))  # |x| held constant
    Traceback (most recent call last):
    ...
    AssertionError: derivative of <lambda> along a random direction: -0.033219147, by differences -0.066438295
    """
    rng = np.random.default_rng(seed)
    primals = tuple(primals)
    y, pull = vjp(f, *primals)
    u, v = tree_map(lambda x: _direction(rng, x), primals), tree_map(
        lambda x: _direction(rng, x), y
    )

    def shifted(h):
        return f(*tree_map(lambda x, d: x + h * d, primals, u))

    exact = inner(u, pull(v))
    measured = (inner(v, shifted(eps)) - inner(v, shifted(-eps))) / (2 * eps)  # (1)
    if not abs(exact - measured) <= rtol * (1 + abs(exact) + abs(measured)):  # NaN fails, too
        raise AssertionError(
            f"derivative of {getattr(f, '__name__', f)} along a random direction: {exact:.8g}, "
            f"by differences {measured:.8g}"
        )
    if order > 1:

        def derivative(*xs):
            return vjp(f, *xs)[1](v)

        derivative.__name__ = f"the derivative of {getattr(f, '__name__', f)}"
        check_gradients(derivative, primals, order - 1, eps, rtol, seed + 1)


def _direction(rng, x):
    return backend.like(rng.standard_normal(np.shape(x)), raw(x))
