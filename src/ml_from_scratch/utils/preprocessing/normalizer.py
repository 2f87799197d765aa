r"""Scale every sample to length 1, so that only its direction counts.

.. math::
    \lVert x \rVert_1 &= \sum_j |x_j| \tag{1} \\
    \lVert x \rVert_2 &= \sqrt{\sum_j x_j^2} \tag{2} \\
    \lVert x \rVert_{max} &= \max_j |x_j| \tag{3}
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_array, check_choice
from ...core.estimator import BaseEstimator, TransformerMixin
from .columns import no_zeros, scratch


class Normalizer(TransformerMixin, BaseEstimator):
    """Divide every row by its norm; a row of zeros stays.

    It learns nothing, so that ``transform`` works without ``fit``.

    Parameters
    ----------
    norm : {"l2", "l1", "max"}
        Which norm.
    copy : bool
        False transforms a float array in place.

    Examples
    --------
    >>> Normalizer().transform([[3.0, 4.0], [0.0, 0.0]]).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """

    _tags = {"requires_fit": False, "preserves_dtype": ("float64", "float32")}

    def __init__(self, norm="l2", *, copy=True):
        self.norm = norm
        self.copy = copy

    def fit(self, X, y=None):
        """Remember the number (and names) of the features; nothing else is learned."""
        check_choice("norm", self.norm, tuple(NORMS))
        self._check_X(X, fitting=True)
        return self

    def transform(self, X, copy=None):
        """Return X, each row divided by its norm."""
        norm = NORMS[check_choice("norm", self.norm, tuple(NORMS))]
        fitted = hasattr(self, "n_features_in_")
        X = self._check_X(X) if fitted else check_array(X, used_by="Normalizer")
        out = scratch(X, self.copy if copy is None else copy)
        with np.errstate(over="ignore"):
            norms = norm(X)  # (n,)
        if not np.isfinite(norms).all():
            raise ValueError(
                f"the norms of the rows are too large for {X.dtype}. Divide X by a large constant first."
            )
        return np.divide(X, no_zeros(norms)[:, None], out=out)


def _l1(X):
    return np.abs(X).sum(axis=1)  # (n,)  (1)


def _l2(X):
    return np.sqrt(np.einsum("nd,nd->n", X, X))  # (n,)  (2)


def _max(X):
    return np.abs(X).max(axis=1)  # (n,)  (3)


NORMS = {"l2": _l2, "l1": _l1, "max": _max}
