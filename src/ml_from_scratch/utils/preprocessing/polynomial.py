r"""All products of features up to a degree, so that a linear model can bend.

.. math:: x^\alpha = \prod_j x_j^{\alpha_j}, \qquad |\alpha| = \sum_j \alpha_j \le \mathrm{degree} \tag{1}

There are :math:`\binom{d + p}{p}` of them for :math:`d` features and degree :math:`p`. The products
of one degree are made from those of the degree before: sorted by their first feature :math:`j`,
they are :math:`x_j` times all earlier products that start with :math:`j` or a later feature.
"""

from __future__ import annotations

import itertools
import math
import numbers

import numpy as np

from ...core.checks import check_choice
from ...core.estimator import BaseEstimator, TransformerMixin
from .columns import refuse_overflow


class PolynomialFeatures(TransformerMixin, BaseEstimator):
    """Append products of features, by degree, then in alphabetical order of the factors.

    Parameters
    ----------
    degree : int or tuple (least, most)
        The degrees of the products; a single number means all up to it.
    interaction_only : bool
        Whether every feature may be a factor at most once.
    include_bias : bool
        Whether to begin with a column of ones.
    order : {"C", "F"}
        Memory layout of the result.

    Attributes
    ----------
    n_output_features_ : int
        How many columns come out.
    powers_ : ndarray of shape (n_output_features_, n_features_in_)
        The exponent of each input in each output.

    Examples
    --------
    >>> PolynomialFeatures().fit_transform([[2.0, 3.0]]).tolist()
    [[1.0, 2.0, 3.0, 4.0, 6.0, 9.0]]
    """

    _tags = {"preserves_dtype": ("float64", "float32")}

    def __init__(self, degree=2, *, interaction_only=False, include_bias=True, order="C"):
        self.degree = degree
        self.interaction_only = interaction_only
        self.include_bias = include_bias
        self.order = order

    def fit(self, X, y=None):
        """Count the features; nothing else is learned."""
        self._degrees()
        check_choice("order", self.order, ("C", "F"))
        X = self._check_X(X, fitting=True)
        count = sum(self._count(X.shape[1], degree) for degree in self._products())
        self.n_output_features_ = count + bool(self.include_bias)
        if self.n_output_features_ > np.iinfo(np.intp).max:
            raise ValueError(
                f"the output would have {self.n_output_features_} features, which is too large to be "
                "indexed. Lower the degree, or set interaction_only=True."
            )
        return self

    def _degrees(self):
        degree = self.degree
        pair = (0, degree) if isinstance(degree, numbers.Integral) else degree
        try:
            least, most = pair
            valid = all(isinstance(d, numbers.Integral) for d in pair) and 0 <= least <= most
        except (TypeError, ValueError):
            valid = False
        if not valid:
            raise ValueError(
                "degree must be a non-negative int or tuple (min_degree, max_degree) that fulfil "
                f"min_degree <= max_degree; got {degree!r}."
            )
        if most == 0 and not self.include_bias:
            raise ValueError(
                "a degree of zero without include_bias would result in an empty output array."
            )
        return int(least), int(most)

    def _products(self):
        """Return the degrees from 1 on that come out."""
        least, most = self._degrees()
        return range(max(least, 1), most + 1)

    def _count(self, n_features, degree):
        if self.interaction_only:
            return math.comb(n_features, degree)
        return math.comb(n_features + degree - 1, degree)

    @property
    def powers_(self) -> np.ndarray:
        """The exponent of each input in each output, shape (n_output_features_, n_features_in_)."""
        self._check_is_fitted()
        d = self.n_features_in_
        choose = itertools.combinations
        choose = choose if self.interaction_only else itertools.combinations_with_replacement
        rows = [np.zeros(d, dtype=np.intp)] if self.include_bias else []
        for degree in self._products():
            for factors in choose(range(d), degree):
                rows.append(np.bincount(np.array(factors, dtype=np.intp), minlength=d))
        return np.array(rows).reshape(-1, d)

    def transform(self, X):
        """Return the products, shape (n_samples, n_output_features_)."""
        X = self._check_X(X)
        least, most = self._degrees()
        d, bias = X.shape[1], int(bool(self.include_bias))
        lower = sum(self._count(d, degree) for degree in range(1, min(least, most + 1)))
        out = np.empty((len(X), lower + self.n_output_features_), dtype=X.dtype, order=self.order)
        out[:, :bias] = 1.0
        with refuse_overflow("the products of the features"):
            _fill(out[:, bias:], X, most, int(self.interaction_only))
        if lower == 0:
            return out
        kept = np.r_[:bias, bias + lower : out.shape[1]]  # the lower degrees were only steps
        return np.asarray(out[:, kept], order=self.order)

    def get_feature_names_out(self, input_features=None) -> np.ndarray:
        """Return names such as ``x0^2 x1``; the column of ones is ``1``."""
        names = self._input_names(input_features)

        def name(powers):
            factors = (
                names[j] if powers[j] == 1 else f"{names[j]}^{powers[j]}"
                for j in np.flatnonzero(powers)
            )
            return " ".join(factors) or "1"

        return np.array([name(powers) for powers in self.powers_], dtype=object)


def _fill(out, X, most, skip):
    """Write all products, degree by degree, each made from those of the degree before.

    ``skip`` is 1 if a feature may not be multiplied with itself, else 0.
    """
    d, end = X.shape[1], 0
    if most >= 1:
        out[:, :d] = X
        start, end = list(range(d + 1)), d  # start[j]: the first product whose first factor is j
    for _ in range(2, most + 1):
        last, before, start = end, start, []
        for j in range(d):
            start.append(end)
            earlier = out[:, before[j + skip] : last]
            end += earlier.shape[1]
            np.multiply(X[:, j : j + 1], earlier, out=out[:, start[j] : end])  # (1)
        start.append(end)
