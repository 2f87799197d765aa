r"""Minimising a sum of bent lines exactly: the simplex method for quantile regression.

The objective is a sum over rows :math:`a_i` of A, each with a target and two slopes, what an error
upwards costs and what one downwards does:

.. math::
    \sum_i \max(u_i r_i,\, -v_i r_i), \qquad r_i = b_i - a_i^T \theta \tag{1}

It is a polyhedron: flat pieces that meet in edges and corners, and one corner is a minimum. At a
corner as many errors are exactly 0 as :math:`\theta` has entries: their rows are the **basis** B,
with the inverse :math:`M = A_B^{-1}`. The other rows pull with slopes :math:`\psi_i = u_i` or
:math:`-v_i`, and the basis holds against them with

.. math:: h = -M^T \textstyle\sum_{i \notin B} \psi_i a_i \tag{2}

The corner is a minimum if :math:`-v_k \le h_k \le u_k` for each row of the basis. If not, letting
the error of row k grow (by :math:`\sigma t`, with the sign that is too strong for it) goes downhill
along an edge, where the other errors change at the rates

.. math:: d_i = \sigma\, a_i^T M_{:k} \tag{3}

Error i passes zero after :math:`t_i = -r_i / d_i`, and there the descent becomes less steep by

.. math:: |d_i| (u_i + v_i) \tag{4}

The edge is followed past all of these kinks until it no longer descends; the row of that last one
takes the place of k in the basis. A **pivot**: what M becomes follows from one row of it.

Two corners may be the same point, if more errors are 0 than need be, and pivots could then go round
in circles. So the targets are moved by tiny random amounts, and moved back at the end.

Sources: Barrodale and Roberts, An improved algorithm for discrete L1 linear approximation, 1973,
for passing kinks; Koenker and d'Orey, Computing regression quantiles, 1987, for the slopes.
"""

from __future__ import annotations

import numpy as np

NUDGE = 1e-11  # of the targets, relative to the largest
ROUNDING = 1e-14  # of a hold, relative to the sum of what pulls
REFRESH = 100  # pivots after which the inverse is computed anew
FEW = 32  # kinks that are sorted first


class PinballSimplex:
    """The corner that the method has reached, for A (m, p), b (m,) and slopes u, v (m,).

    ``basis`` are the numbers of p independent rows, whose corner is where it starts.

    >>> simplex = PinballSimplex(np.array([[1.0], [1.0], [1.0]]), np.array([1.0, 2.0, 9.0]),
    ...                          np.ones(3), np.ones(3), basis=[0])
    >>> simplex.minimize(max_pivots=10), simplex.solution().tolist()  # the median
    (True, [2.0])
    """

    def __init__(self, A, b, u, v, basis):
        nudge = np.random.default_rng(0).uniform(0.5, 1.0, len(b))
        self.A, self.b, self.u, self.v = A, b, u, v
        self.target = b + NUDGE * (np.abs(b).max() or 1.0) * nudge
        self.basis = np.array(basis)
        self.precision = ROUNDING * float((u + v).sum())
        self.n_pivots = 0
        self._refresh()
        self.above = self.errors >= 0.0  # which slope each row pulls with
        self._sum_pulls()

    def minimize(self, max_pivots) -> bool:
        """Pivot until the corner is a minimum; return whether it is."""
        while self.n_pivots < max_pivots:
            edge = self._steepest_edge()
            if edge is None:
                return True
            self._follow(*edge)
            self.n_pivots += 1
            if self.n_pivots % REFRESH == 0:
                self._refresh()
                self._sum_pulls()
        return self._steepest_edge() is None

    def solution(self) -> np.ndarray:
        """Return theta at the corner of the basis, for the targets that were not moved."""
        return np.linalg.solve(self.A[self.basis], self.b[self.basis])

    def _refresh(self):
        self.M = np.linalg.inv(self.A[self.basis])
        self.errors = self.target - self.A @ (self.M @ self.target[self.basis])  # (1)
        self.errors[self.basis] = 0.0

    def _sum_pulls(self):
        psi = np.where(self.above, self.u, -self.v)
        psi[self.basis] = 0.0
        self.pulls = psi @ self.A

    def _slope(self, row):
        return self.u[row] if self.above[row] else -self.v[row]

    def _steepest_edge(self):
        """Return (place in the basis, sign, slope) of the steepest way down, or None."""
        h = -(self.pulls @ self.M)  # (2)
        too_high, too_low = h - self.u[self.basis], -h - self.v[self.basis]
        descent = np.maximum(too_high, too_low)
        descent[descent <= self.precision * np.abs(self.M).sum(axis=0)] = 0.0
        k = int((descent / np.sqrt(np.square(self.M).sum(axis=0))).argmax())
        if descent[k] == 0.0:
            return None
        return k, 1.0 if too_high[k] > too_low[k] else -1.0, float(descent[k])

    def _follow(self, k, sign, descent):
        """Follow an edge to where it no longer descends, and make that row a part of the basis."""
        rates = self.A @ (sign * self.M[:, k])  # (3)
        rates[self.basis] = 0.0
        passed, last = self._kinks(rates, descent)
        step = abs(self.errors[last] / rates[last])
        out = self.basis[k]

        sides = np.where(self.above[passed], -1.0, 1.0) * (self.u + self.v)[passed]
        self.pulls += sides @ self.A[passed] - self._slope(last) * self.A[last]
        self.above[passed] = ~self.above[passed]
        self.above[out] = sign > 0.0
        self.pulls += self._slope(out) * self.A[out]
        self.errors += step * rates
        self.errors[last], self.errors[out] = 0.0, sign * step

        row = self.A[last] @ self.M
        column = self.M[:, k] / row[k]
        self.M -= np.outer(column, row)
        self.M[:, k] = column
        self.basis[k] = last

    def _kinks(self, rates, descent):
        """Return the rows whose errors change sign on the way down, and the row where it ends."""
        shrinks = np.where(self.above, rates < 0.0, rates > 0.0)
        rows = np.flatnonzero(shrinks & (np.abs(rates) > 1e-12 * np.abs(rates).max()))
        at = np.abs(self.errors[rows] / rates[rows])
        bends = np.abs(rates[rows]) * (self.u[rows] + self.v[rows])  # (4)
        few = FEW
        while True:
            nearest = np.argpartition(at, few)[:few] if few < len(rows) else np.arange(len(rows))
            nearest = nearest[np.argsort(at[nearest], kind="stable")]
            last = int(np.searchsorted(np.cumsum(bends[nearest]), (1.0 - 1e-12) * descent))
            if last < len(nearest) or few >= len(rows):
                last = min(last, len(nearest) - 1)  # but for rounding the edge ends before
                return rows[nearest[:last]], rows[nearest[last]]
            few *= 8
