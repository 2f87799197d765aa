r"""Rotary positions: queries and keys are turned, so that their product knows how far apart they stand.

The d numbers of a vector at position t are taken as d/2 points of the plane, (a, b). Point i is turned by the
angle :math:`\varphi = t\,\theta_i` (for :math:`\theta_i` see (1) of ``base``):

.. math::
    a' &= a \cos\varphi - b \sin\varphi    \tag{1} \\
    b' &= b \cos\varphi + a \sin\varphi    \tag{2}

x, y: (..., time, d), cos and sin: (time, d/2). If a query at position s and a key at position t are turned
so, the angle between them has changed by the difference of the turns, and so their product depends on t - s
and on neither alone: :math:`(R_s q) \cdot (R_t k) = q \cdot (R_{t-s}\, k)`.

Which numbers make a pair is a convention that weights are trained with. Here the first half of a vector
holds all a and the second half all b, as in Llama's and GPT-NeoX's published weights; ``interleaved`` takes
neighbours (a, b, a, b, ...), as the paper does. Source: Su et al. 2021, "RoFormer: enhanced transformer with
rotary position embedding", eq. 34.

Derivation. A rotation keeps lengths, so its transpose is the rotation by the opposite angle: with
:math:`g = \partial L / \partial y`, cut into pairs :math:`(g_a, g_b)` like y, the gradient of x is (1) and (2) of g
with the sine negated. Nobody learns the clock, but a definition can be differentiated by all it is given:

.. math::
    \overline{\cos\varphi} &= \textstyle\sum g_a a + g_b b    \tag{3} \\
    \overline{\sin\varphi} &= \textstyle\sum g_b a - g_a b    \tag{4}
"""

from __future__ import annotations

import math

import numpy as np

from ml_from_scratch.core import fused

from .base import _Tabled, angles

BLOCK = 1 << 16  # numbers at a time: what is computed of them stays in the cache


def rotate_pairs_definition(x, cos, sin, interleaved=False):
    """Return x (..., time, d), whose pairs of numbers are turned by angles that are given as (time, d/2).

    >>> rotate_pairs(np.array([[3.0, 4.0]]), np.array([[0.0]]), np.array([[1.0]])).tolist()  # a quarter turn
    [[-4.0, 3.0]]
    """
    first, second = halves(x.shape[-1], interleaved)
    a, b = x[..., first], x[..., second]
    turned = a * cos - b * sin, b * cos + a * sin
    if interleaved:
        return np.reshape(np.stack(turned, axis=-1), x.shape)
    return np.concatenate(turned, axis=-1)


def rotate_pairs_forward(x, cos, sin, interleaved=False):
    """The same, for halves over whole vectors, and for neighbours as complex numbers."""
    turn = _turn_neighbours if interleaved else _turn_halves
    return turn(x, cos, sin), (x, cos, sin, interleaved)


def _turn_halves(x, cos, sin):
    """y = (a, b) (cos, cos) + (-b, a) (sin, sin): NumPy is slow in loops over half a vector.

    The minus is a product, since np.negative of NumPy 2.4 is wrong from some strides to others (4 float32,
    or 8 float64, apart), which heads of two numbers have.
    """
    first, second = halves(x.shape[-1], False)
    C, S = np.concatenate([cos, cos], axis=-1), np.concatenate([sin, sin], axis=-1)
    y = np.empty_like(x, order="C")
    for piece in pieces(x.shape[:-2], math.prod(x.shape[-2:])):
        v, out = x[piece], y[piece]
        across = np.empty_like(v, order="C")
        np.multiply(v[..., second], -1.0, out=across[..., first])
        across[..., second] = v[..., first]
        across *= S
        np.multiply(v, C, out=out)
        out += across  # (1) (2)
    return y


def _turn_neighbours(x, cos, sin):
    """Two neighbours in memory are a + ib, and a turn is the product with cos + i sin."""
    pair = np.result_type(x.dtype, np.complex64)
    if pair.itemsize != 2 * x.dtype.itemsize:  # float16 has no complex numbers
        return rotate_pairs_definition(x, cos, sin, interleaved=True)
    if x.strides[-1] != x.dtype.itemsize:
        x = x.copy(order="C")
    y = np.empty_like(x, order="C")
    np.multiply(x.view(pair), cos + 1j * sin, out=y.view(pair))  # (1) (2)
    return y


def rotate_pairs_vjp(g, residuals, wanted=(True, False, False)):
    """Return the gradients of x, cos and sin, each where it is wanted."""
    x, cos, sin, interleaved = residuals
    dx = rotate_pairs_forward(g, cos, -sin, interleaved)[0] if wanted[0] else None
    if not any(wanted[1:]):
        return dx, None, None
    first, second = halves(x.shape[-1], interleaved)
    a, b, ga, gb = x[..., first], x[..., second], g[..., first], g[..., second]
    leading = tuple(range(x.ndim - 2))
    return (
        dx,
        np.sum(ga * a + gb * b, axis=leading),
        np.sum(gb * a - ga * b, axis=leading),
    )  # (3) (4)


rotate_pairs = fused(
    rotate_pairs_definition, rotate_pairs_forward, rotate_pairs_vjp, name="rotate_pairs"
)


def halves(d, interleaved):
    """Return which of d numbers are first in their pairs, and which are second."""
    if interleaved:
        return slice(0, None, 2), slice(1, None, 2)
    return slice(None, d // 2), slice(d // 2, None)


def pieces(leading, size):
    """Yield indices that cut axes of these lengths so that about BLOCK numbers are together, size an element.

    >>> list(pieces((2, 5), BLOCK // 3))
    [(0, slice(0, 3, None)), (0, slice(3, 5, None)), (1, slice(0, 3, None)), (1, slice(3, 5, None))]
    """
    if not leading:
        yield ()
        return
    n, rest = leading[0], leading[1:]
    each = size * math.prod(rest)
    if rest and each > BLOCK:
        yield from ((i, *inner) for i in range(n) for inner in pieces(rest, size))
        return
    step = max(1, BLOCK // max(each, 1))
    yield from ((slice(i, min(i + step, n)),) for i in range(0, n, step))


class RotaryPositions(_Tabled):
    """Turn queries or keys (batch, heads, time, d_head) by the angles of their positions.

    It is a layer without weights that attention calls with q and again with k, never with v.

    Parameters
    ----------
    base : float
        How slow the slowest pair is. Longer contexts are given larger ones.
    interleaved : bool
        Whether neighbours make a pair (the paper), or the first half's numbers and the second's (Llama).

    Raises
    ------
    ValueError
        If the input is not (batch, heads, time, d_head) with an even d_head.

    Notes
    -----
    All of d_head is turned. To turn a part, cut it off, turn it and join it again.

    Examples
    --------
    >>> rotate = RotaryPositions()
    >>> q, k = np.ones((2, 1, 1, 1, 8))
    >>> def score(s, t):  # of a query at position s and a key at position t
    ...     return round(np.sum(rotate(q, offset=s) * rotate(k, offset=t)).item(), 6)
    >>> score(3, 1) == score(103, 101) != score(3, 2)
    True
    """

    axes = ("heads", "time", "d_head")

    def __init__(self, base=10000.0, interleaved=False):
        super().__init__(base)
        self.interleaved = interleaved

    def table(self, n_positions, d):
        """Return cosines and sines, (2, n_positions, d_head / 2)."""
        angle = angles(n_positions, d, self.base)
        return np.stack([np.cos(angle), np.sin(angle)])

    def forward(self, x, offset=0):
        """Return x turned by its positions, of which the first is offset."""
        cos, sin = self.rows(x, offset)
        return rotate_pairs(x, cos, sin, interleaved=self.interleaved)
