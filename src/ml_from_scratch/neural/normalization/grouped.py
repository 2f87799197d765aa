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
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch import backend

from .base import blocks_of_rows, ones, rows_in_a_line


def grouped_forward(x, weight, bias, groups, eps):
    """Return y, what ``grouped_vjp`` needs, and (mean, variance) of shape (samples, channels) each.

    The variance is that of what is left when the mean is taken away, so that it is right far from zero, too;
    and since a mean far from zero is rounded, what is left has a mean of its own.
    """
    lines = Lines(x)
    mean = lines.mean_of_groups(lines.sum(lines.down(lines.x)), groups)
    shift, Y, scratch = lines.along(mean), np.empty_like(lines.x, order="C"), lines.scratch()
    total, squares = lines.zeros(), lines.zeros()
    for some, rows in lines.blocks:
        y = np.subtract(lines.x[some, rows], shift[some], out=Y[some, rows])
        total[some] += lines.down(y)
        squares[some] += lines.down(np.multiply(y, y, out=scratch[: len(y), : y.shape[1]]))
    rest, square = (lines.mean_of_groups(lines.sum(s), groups) for s in (total, squares))
    variance = square - rest * rest  # (1)
    r = 1.0 / np.sqrt(variance + eps)
    a = r if weight is None else r * weight
    factor, offset = lines.along(a), lines.along(-rest * a if bias is None else bias - rest * a)
    for some, rows in lines.blocks:
        y = Y[some, rows]
        y *= factor[some]
        y += offset[some]  # (2)
    mean = mean + rest
    return Y.reshape(x.shape), (lines, mean, r, weight, groups), (mean, variance)


def grouped_vjp(g, residuals, wanted):
    """Return the gradients of x, weight and bias, each where it is wanted."""
    lines, mean, r, weight, groups = residuals
    G = g.reshape(lines.x.shape)
    shift, D, scratch = lines.along(mean), np.empty_like(lines.x, order="C"), lines.scratch()
    a, b = lines.zeros(), lines.zeros()
    for some, rows in lines.blocks:
        d = np.subtract(lines.x[some, rows], shift[some], out=D[some, rows])
        a[some] += lines.down(G[some, rows])
        b[some] += lines.down(np.multiply(G[some, rows], d, out=scratch[: len(d), : d.shape[1]]))
    a, b = lines.sum(a), lines.sum(b) * r  # (3)
    if wanted[0]:
        _gradient_of_x(lines, G, D, scratch, (a, b, r, weight, groups))
    some = (*wanted, False, False)
    dw, db = (np.sum(v, axis=0) if w else None for v, w in zip((b, a), some[1:]))  # (4)
    return (D.reshape(g.shape) if wanted[0] else None), dw, db


def _gradient_of_x(lines, G, D, scratch, known):
    """Turn D, which is x less its mean, into the gradient of x."""
    a, b, r, weight, groups = known
    if weight is not None:
        a, b = a * weight, b * weight
    along_ones, along_h = (lines.mean_of_groups(v, groups) for v in (a, b))
    of_g = lines.along(r if weight is None else r * weight)
    of_x, of_one = lines.along(-r * r * along_h), lines.along(-r * along_ones)
    for some, rows in lines.blocks:
        d = D[some, rows]
        d *= of_x[some]
        d += np.multiply(G[some, rows], of_g[some], out=scratch[: len(d), : d.shape[1]])
        d += of_one[some]  # (5)


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

    def scratch(self):
        """Return room for a block."""
        some, rows = self.blocks[0] if self.blocks else (slice(0, 0), slice(0, 0))
        return np.empty_like(self.x, shape=(some.stop, rows.stop, self.x.shape[2]))

    def zeros(self):
        """Return a line of zeros for every sample."""
        return backend.zeros((self.x.shape[0], self.x.shape[2]), self.x.dtype, self.x)

    def along(self, v):
        """Return what is known of channels (samples, channels) along a line (samples, 1, length)."""
        return np.repeat(v[:, None], self.repeats, axis=1).reshape(len(v), 1, self.x.shape[2])

    def down(self, x):
        """Return the sums over the middle axis, as products with ones: the fastest sums there are."""
        return self.ones[: x.shape[1]] @ x

    def sum(self, line):
        """Return for each channel the sum over a line."""
        return self.down(line.reshape(len(line), self.repeats, self.n_channels))

    def mean_of_groups(self, v, groups):
        """Return at each channel the mean of its group, from sums over places (samples, channels)."""
        size = self.n_channels // groups
        if size > 1:
            v = np.repeat(np.sum(v.reshape(len(v), groups, size), axis=2), size, axis=1)
        return v * (1.0 / max(self.n_places * size, 1))
