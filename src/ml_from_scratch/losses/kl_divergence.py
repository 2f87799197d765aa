r"""KLDivergence: how much a predicted distribution misses of the true one.

.. math::
    \ell = \sum_k t_k \log \frac{t_k}{p_k} = \Big( - \sum_k t_k \log p_k \Big) + \sum_k t_k \log t_k \tag{1}

The first sum is the cross-entropy, the second, less the entropy of the target, does not depend on
p: so the gradients are those of the cross-entropy, and the minimum is 0, at p = t.
"""

from __future__ import annotations

import numpy as np

from .cross_entropy import CrossEntropy, is_labels


class KLDivergence(CrossEntropy):
    """Kullback-Leibler divergence of predicted from true distributions, with one term per sample.

    The mean is over samples (torch's "batchmean"). Integer labels count as one-hot.

    Parameters
    ----------
    from_logits : bool
        Whether y_pred holds logits instead of probabilities.
    reduction : {"mean", "sum", "none"}
        What becomes of the terms.

    References
    ----------
    S. Kullback and R. A. Leibler, On information and sufficiency (1951).

    Examples
    --------
    >>> t = np.array([[0.5, 0.5]])
    >>> float(KLDivergence()(t, t)), round(float(KLDivergence()(np.array([[0.25, 0.75]]), t)), 6)
    (0.0, 0.143841)
    """

    def __init__(self, from_logits=False, reduction="mean"):
        super().__init__(from_logits=from_logits, reduction=reduction)

    def terms(self, y_pred, y_true):
        """Return the divergence of every sample."""
        return super().terms(y_pred, y_true) + negative_entropy(y_true)  # (1)

    def forward(self, y_pred, y_true):
        """Keep what the cross-entropy keeps."""
        cross_entropy, residuals = super().forward(y_pred, y_true)
        return cross_entropy + negative_entropy(y_true), residuals

    def __repr__(self):
        return f"KLDivergence(from_logits={self.from_logits}, reduction={self.reduction!r})"


def negative_entropy(t):
    """Return the sum of t log t, where 0 log 0 is 0."""
    return 0.0 if is_labels(t) else np.sum(t * np.log(np.where(t > 0, t, np.ones_like(t))), -1)
