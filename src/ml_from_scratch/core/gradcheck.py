"""Derivatives checked against central differences along random directions.

v . (J u)  =  u . (J^T v)  ~  v . (f(x + eps u) - f(x - eps u)) / (2 eps)
"""

import numpy as np

from .transforms import vjp
from .trees import flatten, tree_map


def inner(a, b):
    return sum(
        float(np.sum(np.asarray(x) * np.asarray(y))) for x, y in zip(flatten(a)[0], flatten(b)[0])
    )


def check_gradients(f, primals, order=2, eps=1e-6, rtol=1e-6, seed=0):
    """Raise AssertionError when a derivative of f, up to ``order``, disagrees with differences."""
    rng = np.random.default_rng(seed)
    normal = lambda x: rng.standard_normal(np.shape(x))
    shifted = lambda h: f(*tree_map(lambda x, d: x + h * d, tuple(primals), u))
    y, pull = vjp(f, *primals)
    u, v = tree_map(normal, tuple(primals)), tree_map(normal, y)
    exact = inner(u, pull(v))
    measured = (inner(v, shifted(eps)) - inner(v, shifted(-eps))) / (2 * eps)
    if abs(exact - measured) > rtol * (1 + abs(exact) + abs(measured)):
        raise AssertionError(
            f"derivative of {getattr(f, '__name__', f)}: {exact:.8g}, by differences {measured:.8g}"
        )
    if order > 1:
        check_gradients(lambda *xs: vjp(f, *xs)[1](v), primals, order - 1, eps, rtol, seed + 1)
