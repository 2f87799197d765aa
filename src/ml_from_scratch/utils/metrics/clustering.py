r"""How much do two clusterings agree? Adjusted Rand, mutual information, V-measure; silhouettes.

Cluster names carry no meaning, so everything is computed from the contingency table: :math:`n_{ck}`
samples are in class :math:`c` and cluster :math:`k`, with margins :math:`a_c, b_k` and :math:`n`
samples in all. The adjusted Rand index counts pairs that both put together (:math:`tp`), apart
(:math:`tn`), or only one does, and subtracts what chance gives (Hubert & Arabie, 1985):

.. math::
    tp &= \sum_{ck} n_{ck}^2 - n \tag{1} \\
    ARI &= \frac{2 (tp \cdot tn - fn \cdot fp)}
                {(tp + fn)(fn + tn) + (tp + fp)(fp + tn)} \tag{2}

Information theory asks how many nats of one labelling the other tells:

.. math::
    H(C) &= -\sum_c \frac{a_c}{n} \log \frac{a_c}{n} \tag{3} \\
    I(C; K) &= \sum_{ck} \frac{n_{ck}}{n} \log \frac{n \, n_{ck}}{a_c b_k} \tag{4} \\
    \mathrm{homogeneity} &= I / H(C) \tag{5} \\
    \mathrm{completeness} &= I / H(K) \tag{6} \\
    V_\beta &= \frac{(1 + \beta)\, h\, c}{\beta h + c} \tag{7}

Normalised mutual information divides by a mean of both entropies; with the arithmetic mean it is
the V-measure with :math:`\beta = 1` (Rosenberg & Hirschberg, 2007; Vinh et al., 2010).
"""

from __future__ import annotations

import math

import numpy as np

from ...core.checks import check_choice, encode_labels
from .targets import check_labels, check_lengths


def adjusted_rand_score(labels_true, labels_pred) -> float:
    """Return the adjusted Rand index: 1 for equal clusterings, 0 on average by chance.

    Parameters
    ----------
    labels_true, labels_pred : array-like of shape (n_samples,)
        Cluster names of any kind; only who is with whom matters. The index is symmetric.

    Raises
    ------
    ValueError
        If there is no sample, lengths differ, or a labelling is not one column.

    Examples
    --------
    >>> adjusted_rand_score([0, 0, 1, 1], ["b", "b", "a", "a"])
    1.0
    >>> round(adjusted_rand_score([0, 0, 1, 2], [0, 0, 1, 1]), 4)
    0.5714
    """
    n_ck, _, _, a, b = _contingency(labels_true, labels_pred)
    n = int(n_ck.sum())
    together, in_true, in_pred = (sum(int(c) ** 2 for c in counts) for counts in (n_ck, a, b))
    tp = together - n  # in Python's integers, which do not overflow  (1)
    fp, fn = in_pred - together, in_true - together
    tn = n**2 - fp - fn - together
    if fn == 0 and fp == 0:
        return 1.0
    return 2.0 * (tp * tn - fn * fp) / ((tp + fn) * (fn + tn) + (tp + fp) * (fp + tn))  # (2)


def mutual_info_score(labels_true, labels_pred) -> float:
    """Return the mutual information of two labellings, in nats.

    >>> round(mutual_info_score([0, 0, 1, 1], [0, 0, 1, 1]), 4)
    0.6931
    """
    return _mutual_information(*_contingency(labels_true, labels_pred))


def normalized_mutual_info_score(labels_true, labels_pred, *, average_method="arithmetic") -> float:
    """Return the mutual information divided by a mean of both entropies, between 0 and 1.

    Parameters
    ----------
    labels_true, labels_pred : array-like of shape (n_samples,)
        Cluster names of any kind.
    average_method : {"arithmetic", "geometric", "min", "max"}
        Which mean of the entropies.

    Examples
    --------
    >>> normalized_mutual_info_score([0, 0, 1, 1], [0, 0, 0, 0])
    0.0
    """
    means = {
        "arithmetic": lambda u, v: (u + v) / 2,
        "geometric": lambda u, v: math.sqrt(u * v),
        "min": min,
        "max": max,
    }
    check_choice("average_method", average_method, tuple(means))
    table = _contingency(labels_true, labels_pred)
    _, _, _, a, b = table
    if len(a) == len(b) == 1:
        return 1.0
    information = _mutual_information(*table)
    return information / means[average_method](_entropy(a), _entropy(b)) if information else 0.0


def homogeneity_completeness_v_measure(labels_true, labels_pred, *, beta=1.0):
    """Return homogeneity, completeness and their weighted harmonic mean, the V-measure.

    Parameters
    ----------
    labels_true : array-like of shape (n_samples,)
        The classes. A clustering is homogeneous if each cluster holds one class only.
    labels_pred : array-like of shape (n_samples,)
        The clusters. A clustering is complete if each class lies in one cluster only.
    beta : float
        How much more completeness counts in the V-measure.

    Returns
    -------
    homogeneity, completeness, v_measure : float

    Examples
    --------
    >>> homogeneity_completeness_v_measure([0, 0, 1, 1], [0, 1, 2, 3])[0]
    1.0
    """
    table = _contingency(labels_true, labels_pred)
    information = _mutual_information(*table)
    H_true, H_pred = _entropy(table[3]), _entropy(table[4])
    h = information / H_true if H_true else 1.0  # (5)
    c = information / H_pred if H_pred else 1.0  # (6)
    v = (1 + beta) * h * c / (beta * h + c) if h + c else 0.0  # (7)
    return h, c, v


def homogeneity_score(labels_true, labels_pred) -> float:
    """Return how pure the clusters are; see `homogeneity_completeness_v_measure`."""
    return homogeneity_completeness_v_measure(labels_true, labels_pred)[0]


def completeness_score(labels_true, labels_pred) -> float:
    """Return how whole the classes stay; see `homogeneity_completeness_v_measure`."""
    return homogeneity_completeness_v_measure(labels_true, labels_pred)[1]


def v_measure_score(labels_true, labels_pred, *, beta=1.0) -> float:
    """Return the V-measure; see `homogeneity_completeness_v_measure`."""
    return homogeneity_completeness_v_measure(labels_true, labels_pred, beta=beta)[2]


def _contingency(labels_true, labels_pred):
    """Return the cells that are not empty: (n_ck, c, k), and the margins (a, b)."""
    true = check_labels(labels_true, "labels_true")
    pred = check_labels(labels_pred, "labels_pred")
    n = check_lengths(("labels_true", true), ("labels_pred", pred))
    true, pred = encode_labels(true, n)[1], encode_labels(pred, n)[1]
    n_clusters = int(pred.max()) + 1
    cells, n_ck = np.unique(true.astype(np.int64) * n_clusters + pred, return_counts=True)
    return n_ck, cells // n_clusters, cells % n_clusters, np.bincount(true), np.bincount(pred)


def _entropy(counts):
    share = counts / counts.sum()
    return float(-(share * np.log(share)).sum()) if len(counts) > 1 else 0.0  # (3)


def _mutual_information(n_ck, c, k, a, b):
    if len(a) == 1 or len(b) == 1:
        return 0.0  # a labelling with one cluster tells nothing; rounding would say 1e-17
    n = n_ck.sum()
    log_ratio = np.log(n_ck) + np.log(n) - np.log(a[c]) - np.log(b[k])
    terms = n_ck / n * log_ratio  # (4)
    terms[np.abs(terms) < float(np.finfo(np.float64).eps)] = 0.0
    return max(0.0, float(terms.sum()))
