r"""How much samples of each class count: as the user says, or so that all classes count alike.

Of K classes with weights :math:`s_i` of total S, "balanced" gives class k the weight

.. math:: \frac{S}{K \sum_{i \in k} s_i} \tag{1}
"""

from __future__ import annotations

import numpy as np


def class_weights(class_weight, classes, index, weights=None) -> np.ndarray:
    """Return the weight of each class, (K,), for None, "balanced" or a dictionary.

    >>> class_weights("balanced", np.array(["a", "b"]), np.array([0, 0, 0, 1])).round(4).tolist()
    [0.6667, 2.0]
    """
    if class_weight is None:
        return np.ones(len(classes))
    if isinstance(class_weight, str) and class_weight == "balanced":
        totals = np.bincount(index, weights, minlength=len(classes)).astype(np.float64)
        return totals.sum() / (len(classes) * np.where(totals > 0, totals, 1.0))  # (1)
    if not isinstance(class_weight, dict):
        raise ValueError(f"class_weight must be None, 'balanced' or a dict; got {class_weight!r}.")
    labels = classes.tolist()
    of_class = np.array([class_weight.get(label, 1.0) for label in labels], dtype=np.float64)
    if not set(class_weight) <= set(labels) or not (of_class >= 0).all():
        raise ValueError(
            f"class_weight names classes of y, {labels}, with weights of at least 0; got "
            f"{class_weight!r}."
        )
    return of_class


def weigh_classes(class_weight, classes, index, weights=None):
    """Return sample weights times the weight of each sample's class; None if all are 1."""
    if class_weight is None:
        return weights
    of_sample = class_weights(class_weight, classes, index, weights)[index]
    return of_sample if weights is None else weights * of_sample
