r"""The arithmetic of a convolution: how long its output is, and where each output looks.

Axes do not know of each other, so one is enough to understand. A kernel of k taps, d places apart,
spans e places; it starts p places before the first of n and moves on by s (p' places are added
behind). Then the number of outputs, and the place that tap j of output t reads, are

.. math::
    e &= d (k - 1) + 1                                              \tag{1} \\
    o &= \left\lfloor \frac{n + p + p' - e}{s} \right\rfloor + 1    \tag{2} \\
    q &= s t + d j - p                                              \tag{3}

What is read before the first place or behind the last is 0. Padding has three names:

- "valid": none. A kernel sees nothing but the input, and the output is shorter.
- "same": :math:`o = \lceil n / s \rceil`, so as many outputs as inputs for s = 1. Of an odd number of
  zeros the larger half is behind, as in TensorFlow and torch.
- "causal": all in front, :math:`p = e - 1`: an output depends on its own time and earlier ones only.

Source: Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning", relationships
6 and 15.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from ml_from_scratch.core.checks import check_number


class Axis(NamedTuple):
    """One axis of a convolution, in the letters of the equations; ``after`` is p'.

    Examples
    --------
    >>> Axis(n=28, k=5).out, Axis(n=28, k=3, s=2, before=1, after=1).out
    (24, 14)
    """

    n: int
    k: int
    s: int = 1
    d: int = 1
    before: int = 0
    after: int = 0

    @property
    def extent(self) -> int:
        """How many places the kernel spans."""
        return self.d * (self.k - 1) + 1  # (1)

    @property
    def out(self) -> int:
        """How many outputs there are."""
        return (self.n + self.before + self.after - self.extent) // self.s + 1  # (2)

    def reads(self, j: int) -> tuple[slice, slice]:
        """Return (outputs, places): the outputs whose tap j falls on a place of the input, and where."""
        offset = self.d * j - self.before
        first = max(0, -(offset // self.s))  # the least t with s t + offset >= 0
        count = max(0, min(self.out - 1, (self.n - 1 - offset) // self.s) - first + 1)
        start = self.s * first + offset  # (3)
        return slice(first, first + count), slice(start, start + self.s * count, self.s)


def phases(axis: Axis):
    r"""Yield, for each remainder r of places divided by the stride, (inner axis, places, taps).

    Turned round, place q reads the outputs t for which some tap j has q = s t + d j - p, by (3). Among
    the places q = r + s u these are the taps j_0, j_0 + s/v, ... for which r + p - d j divides by s
    (v is the greatest common divisor of s and d). From one to the next t falls by d/v: over the
    outputs, with its taps reversed, that is a kernel of dilation d/v that moves on by 1.
    """
    n, k, s, d, p = axis.n, axis.k, axis.s, axis.d, axis.before
    every = s // math.gcd(s, d)
    for r in range(min(s, n)):
        first = next((j for j in range(min(every, k)) if (r + p - d * j) % s == 0), None)
        if first is None:
            continue  # no tap falls on these places
        places, taps = slice(r, n, s), slice(first, k, every)
        m, dilation = len(range(k)[taps]), d * every // s
        before = dilation * (m - 1) - (r + p - d * first) // s
        after = len(range(n)[places]) - axis.out - before + dilation * (m - 1)
        yield Axis(axis.out, m, 1, dilation, before, after), places, taps


def axes_of(lengths, kernel_size, stride=1, padding="valid", dilation=1, who="a convolution"):
    """Return an Axis for each length of an input.

    Parameters
    ----------
    lengths : tuple of int
        The input's, without batch and channels.
    kernel_size, stride, dilation : int, or one for each axis
    padding : "valid", "same", "causal", int, or for each axis an int or a pair (before, after)
    who : str
        Whose name stands in the message.

    Raises
    ------
    ValueError
        If the kernel does not fit into the padded input.
    """
    dims = len(lengths)
    kernels, strides, dilations = (spread(v, dims) for v in (kernel_size, stride, dilation))
    pairs = (padding,) * dims if isinstance(padding, str) else padding_pairs(padding, dims)
    axes = []
    for n, k, s, d, pair in zip(lengths, kernels, strides, dilations, pairs):
        before, after = _zeros(pair, n, k, s, d) if isinstance(pair, str) else pair
        axis = Axis(n, k, s, d, before, after)
        if axis.n + before + after < axis.extent:
            raise ValueError(
                f"{who} has a kernel that spans {axis.extent} places on an axis of {n} (and {before + after} of "
                'padding). Use a smaller kernel or dilation, more padding (padding="same"), or a larger input.'
            )
        axes.append(axis)
    return tuple(axes)


def _zeros(name, n, k, s, d) -> tuple[int, int]:
    """(before, after) of a named padding."""
    extent = Axis(n, k, d=d).extent
    if name == "valid":
        return 0, 0
    if name == "causal":
        return extent - 1, 0
    total = max(0, (math.ceil(n / s) - 1) * s + extent - n)
    return total // 2, total - total // 2


def spread(value, dims) -> tuple:
    """Return a value for each axis."""
    return (value,) * dims if isinstance(value, int) else tuple(value)


def padding_pairs(padding, dims) -> tuple:
    """Return explicit padding as a pair (before, after) for each axis.

    >>> padding_pairs(1, 2), padding_pairs((1, 2), 2), padding_pairs((1, 2), 1)
    (((1, 1), (1, 1)), ((1, 1), (2, 2)), ((1, 2),))
    """
    if isinstance(padding, int):
        return ((padding, padding),) * dims
    if dims == 1 and len(padding) == 2:
        return (tuple(padding),)
    return tuple((part, part) if isinstance(part, int) else tuple(part) for part in padding)


# ---- what a constructor is given -------------------------------------------------------------------
def check_lengths(name, value, dims, least=1):
    """Return an integer, or one for each axis as a tuple, that is at least ``least``.

    >>> check_lengths("stride", [2, 1], dims=2)
    (2, 1)
    """
    if isinstance(value, (tuple, list)) and len(value) == dims:
        return tuple(int(check_number(name, v, least=least, integer=True)) for v in value)
    if isinstance(value, (tuple, list)):
        raise ValueError(
            f"{name} must be an integer, or {dims} (one for each axis); got {value!r}, which has {len(value)}."
        )
    return int(check_number(name, value, least=least, integer=True))


def check_padding(padding, dims, names=("valid", "same")):
    """Return padding as it was given, lists as tuples, if it is one of the names or explicit."""
    if isinstance(padding, str):
        if padding not in names:
            raise ValueError(
                f"padding must be {', '.join(map(repr, names))}, an integer, or for each axis an integer or a "
                f"pair (before, after); got {padding!r}."
            )
        return padding
    if not isinstance(padding, (tuple, list)):
        return int(check_number("padding", padding, least=0, integer=True))
    parts = [padding] if dims == 1 and len(padding) == 2 else padding
    if len(parts) != dims:
        raise ValueError(
            f"padding needs an integer or a pair for each of {dims} axes; got {padding!r}, which has {len(parts)}."
        )
    checked = [
        check_lengths("padding", part, 2 if isinstance(part, (tuple, list)) else 1, least=0)
        for part in parts
    ]
    return checked[0] if parts[0] is padding else tuple(checked)
