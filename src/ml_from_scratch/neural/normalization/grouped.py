r"""What batch and group normalisation share: moments over places, for groups of channels of each sample.

Of x (samples, places, channels) with channels in groups, M numbers to a group of a sample,

.. math::
    \mu &= \tfrac1M \textstyle\sum_{p, c} x_{pc}, \qquad
        \sigma^2 = \tfrac1M \textstyle\sum_{p, c} (x_{pc} - \mu)^2 \tag{1} \\
    y_{pc} &= \gamma_c \, r \, (x_{pc} - \mu) + \beta_c, \qquad r = 1 / \sqrt{\sigma^2 + \varepsilon} \tag{2}

Batch normalisation is the case of one sample, whose places are all that the batch has, and of groups of one
channel.

Derivation. With :math:`g = \partial L / \partial y` and :math:`h = r (x - \mu)`, all that is needed are two
sums over the places of each sample,

.. math::
    a_c &= \textstyle\sum_p g_{pc}, \qquad b_c = \textstyle\sum_p g_{pc} h_{pc} \tag{3} \\
    \bar\beta &= \textstyle\sum_{samples} a, \qquad \bar\gamma = \textstyle\sum_{samples} b \tag{4}

for, as in layer normalisation, x loses its share along the constant, and along h, within its group:

.. math::
    \bar x_{pc} = r \Big( \gamma_c g_{pc} - \tfrac1M \textstyle\sum_k \gamma_k a_k
        - h_{pc} \, \tfrac1M \textstyle\sum_k \gamma_k b_k \Big) \tag{5}

In both passes x and g meet nothing but facts of channels: sorted by them, with :math:`f = \gamma r`, (2) is
:math:`f x + (\beta - f \mu)`, and (5) is :math:`f g + s x + t` with

.. math::
    s = - r^2 \, \tfrac1M \textstyle\sum_k \gamma_k b_k, \qquad
    t = - r \, \tfrac1M \textstyle\sum_k \gamma_k a_k - s \mu
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch import backend

from .base import blocks_of_rows, far_from_zero, ones, rows_in_a_line


def grouped_forward(x, weight, bias, groups, eps):
    """Return y, what ``grouped_vjp`` needs, and (mean, variance) of shape (samples, channels) each.

    Groups far from zero are moved there first, for the sake of digits: (2) does not see where they are.
    """
    lines = Lines(x)
    mean, variance = lines.moments(groups)
    moved = np.zeros_like(mean)
    far = far_from_zero(mean, variance)
    if far.any():
        moved = np.where(far, mean, moved)
        lines = lines.less(moved)
        mean, variance = lines.moments(groups)
    r = 1.0 / np.sqrt(variance + eps)
    f = r if weight is None else r * weight
    offset = -f * mean if bias is None else bias - f * mean
    y = lines.combine([(lines.x, f)], offset)  # (2)
    return y.reshape(x.shape), (lines, mean, r, weight, groups), (mean + moved, variance)


def grouped_vjp(g, residuals, wanted):
    """Return the gradients of x, weight and bias, each where it is wanted."""
    lines, mean, r, weight, groups = residuals
    G = g.reshape(lines.x.shape)
    a = lines.sum_over_places(G)  # (3)
    b = r * (lines.sum_over_places(G, lines.x) - mean * a)  # (3)
    dx = None
    if wanted[0]:
        f = r if weight is None else r * weight
        along_ones, along_h = (
            lines.mean_of_groups(v if weight is None else v * weight, groups) for v in (a, b)
        )
        s = -r * r * along_h
        t = -r * along_ones - s * mean
        dx = lines.combine([(G, f), (lines.x, s)], t).reshape(g.shape)  # (5)
    dw, db = (np.sum(v, axis=0) if w else None for v, w in zip((b, a), (*wanted, False, False)[1:]))
    return dx, dw, db  # (4)


class Lines:
    """An array (samples, places, channels) with several places to a line: NumPy's short loops are slow."""

    def __init__(self, x):
        n_samples, self.n_places, self.n_channels = x.shape
        self.repeats = rows_in_a_line(self.n_places, self.n_channels)
        n_lines, length = self.n_places // self.repeats, self.repeats * self.n_channels
        self.x = x.reshape(n_samples, n_lines, length)
        self.ones = ones(max(n_lines, self.repeats), x)
        self.blocks = [  # slices of samples and of lines: whole samples, or parts of one that is large
            (some, rows)
            for some in blocks_of_rows(n_samples, n_lines * length)
            for rows in blocks_of_rows(n_lines, length)
        ]

    def less(self, v):
        """Return the Lines of x less what is known of channels (samples, channels)."""
        moved = self.x - self._along(v)
        return Lines(moved.reshape(len(v), self.n_places, self.n_channels))

    def moments(self, groups):
        """Return mean and variance (samples, channels) of each channel's group."""
        total, squares = self.sum_over_places(self.x), self.sum_over_places(self.x, self.x)
        mean, square = (self.mean_of_groups(v, groups) for v in (total, squares))
        return mean, np.maximum(square - mean * mean, 0.0)  # (1)

    def sum_over_places(self, x, factor=None):
        """Return the sums (samples, channels) of x in lines, or of x times a factor.

        Products with ones are the fastest sums there are.
        """
        totals = backend.zeros((len(x), x.shape[2]), x.dtype, x)
        scratch = None if factor is None else self._scratch()
        for some, rows in self.blocks:
            block = x[some, rows]
            if factor is not None:
                room = scratch[: len(block), : block.shape[1]]
                block = np.multiply(block, factor[some, rows], out=room)
            totals[some] += self.ones[: block.shape[1]] @ block
        return self.ones[: self.repeats] @ totals.reshape(len(x), self.repeats, self.n_channels)

    def combine(self, terms, offset):
        """Return the sum of x v over the terms, lines x with facts v of channels, plus one more fact."""
        out, scratch = np.empty_like(self.x, order="C"), self._scratch()
        (x, v), *others = [(x, self._along(v)) for x, v in terms]
        offset = self._along(offset)
        for some, rows in self.blocks:
            y = np.multiply(x[some, rows], v[some], out=out[some, rows])
            for z, w in others:
                y += np.multiply(z[some, rows], w[some], out=scratch[: len(y), : y.shape[1]])
            y += offset[some]
        return out

    def mean_of_groups(self, v, groups):
        """Return at each channel the mean of its group, from sums over places (samples, channels)."""
        size = self.n_channels // groups
        if size > 1:
            v = np.repeat(np.sum(v.reshape(len(v), groups, size), axis=2), size, axis=1)
        return v * (1.0 / max(self.n_places * size, 1))

    def _along(self, v):
        """Return what is known of channels (samples, channels) along a line (samples, 1, length)."""
        return np.repeat(v[:, None], self.repeats, axis=1).reshape(len(v), 1, self.x.shape[2])

    def _scratch(self):
        """Return room for a block."""
        some, rows = self.blocks[0] if self.blocks else (slice(0, 0), slice(0, 0))
        return np.empty_like(self.x, shape=(some.stop, rows.stop, self.x.shape[2]))
