"""Rows: sums, products, powers, and choices between values."""

import numpy as np

from ..tape import raw
from ..tensor import cast
from .table import define, record, row

# fmt: off
# ---- arithmetic -------------------------------------------------------------------------------
row(np.add,         lambda g, out, x, y: g,                            lambda g, out, x, y: g)
row(np.subtract,    lambda g, out, x, y: g,                            lambda g, out, x, y: -g)
row(np.multiply,    lambda g, out, x, y: g * y,                        lambda g, out, x, y: g * x)
row(np.divide,      lambda g, out, x, y: g / y,                        lambda g, out, x, y: -g * out / y)
row(np.remainder,   lambda g, out, x, y: g,                            lambda g, out, x, y: -g * np.floor(raw(x) / raw(y)))
row(np.fmod,        lambda g, out, x, y: g,                            lambda g, out, x, y: -g * np.trunc(raw(x) / raw(y)))
row(np.negative,    lambda g, out, x: -g)
row(np.positive,    lambda g, out, x: g)
row(np.absolute,    lambda g, out, x: g * np.sign(x))
row(np.fabs,        lambda g, out, x: g * np.sign(x))
row(np.copysign,    lambda g, out, x, y: g * np.sign(x) * np.copysign(1.0, raw(y)), None)
row(cast,           lambda g, out, x, dtype: g)

# ---- powers (0 ** 0 is 1, and its derivative with respect to the base 0) -----------------------
row(np.power,       lambda g, out, x, y: g * y * x ** (y - (y != 0)),  lambda g, out, x, y: g * out * np.log(np.where(x == 0, 1.0, x)))
row(np.float_power, lambda g, out, x, y: g * y * x ** (y - (y != 0)),  lambda g, out, x, y: g * out * np.log(np.where(x == 0, 1.0, x)))
row(np.square,      lambda g, out, x: g * (2.0 * x))
row(np.sqrt,        lambda g, out, x: g * 0.5 / out)
row(np.cbrt,        lambda g, out, x: g / (3.0 * out * out))
row(np.reciprocal,  lambda g, out, x: -g * out * out)


# ---- choices (a tie shares the cotangent) -----------------------------------------------------
def share(g, wins, ties):
    return np.where(wins, g, ties * (0.5 * g))


row(np.maximum,     lambda g, out, x, y: share(g, x > y, x == y),      lambda g, out, x, y: share(g, y > x, x == y))
row(np.minimum,     lambda g, out, x, y: share(g, x < y, x == y),      lambda g, out, x, y: share(g, y < x, x == y))
row(np.fmax,        lambda g, out, x, y: share(g, x > y, x == y),      lambda g, out, x, y: share(g, y > x, x == y))
row(np.fmin,        lambda g, out, x, y: share(g, x < y, x == y),      lambda g, out, x, y: share(g, y < x, x == y))
row(np.where, None, lambda g, out, c, x, y: np.where(raw(c), g, 0.0),  lambda g, out, c, x, y: np.where(raw(c), 0.0, g))
row(np.nan_to_num,  lambda g, out, x: g * np.isfinite(x))


def limit(x, low, high): return np.clip(x, low, high)  # with bounds that are plain arrays or None


row(limit,          lambda g, out, x, low, high: g * (x == out))
# fmt: on


@define(np.clip)
def clip(x, a_min=None, a_max=None, min=None, max=None):
    """np.clip, whose bounds may be Tensors, too."""
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    if all(raw(bound) is bound for bound in (low, high)):
        return record(limit, x, low, high)
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


@define(np.select)
def select(condlist, choicelist, default=0.0):
    """np.select, as a chain of np.where."""
    out = default
    for condition, choice in zip(condlist[::-1], choicelist[::-1]):
        out = np.where(raw(condition), choice, out)
    return out


@define(np.real, np.conj, np.real_if_close)
def real(x):
    """Real numbers are all there are here."""
    return x
