"""What metrics accept: labels, numbers and sample weights, checked once at the border.

Labels are numbers or strings, never both; a column of whole floats is labels too. Everything below
this border works with clean arrays of shape (n_samples,).
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_finite, check_weights, encode_labels


class UndefinedMetricWarning(UserWarning):
    """A metric divided by zero (no predicted samples, no true ones), so its value is a convention."""


def check_lengths(*named) -> int:
    """Return the shared number of samples of ``(name, array)`` pairs; None is skipped."""
    lengths = {name: len(array) for name, array in named if array is not None}
    if len(set(lengths.values())) > 1:
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: {lengths}. "
            "Every array must have one row per sample."
        )
    n_samples = next(iter(lengths.values()))
    if n_samples == 0:
        raise ValueError(
            f"{' and '.join(lengths)} have 0 samples, but a metric needs a minimum of 1."
        )
    return n_samples


def check_column(y, name) -> np.ndarray:
    """Return y as an array of shape (n_samples,); a single column is flattened."""
    if y is None:
        raise ValueError(f"{name} is needed; got None.")
    if hasattr(y, "tocsr"):
        raise TypeError(f"{name} is sparse, which metrics do not read; pass {name}.toarray().")
    y = np.asarray(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        raise ValueError(
            f"{name} must have one value per sample, shape (n_samples,); got shape {y.shape}. "
            "Multi-label and multi-output targets are not supported here."
        )
    if y.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: {name} has dtype {y.dtype}.")
    return y


def check_labels(y, name) -> np.ndarray:
    """Return y as a column of class labels: strings, integers, booleans or whole floats."""
    y = check_column(y, name)
    if y.dtype.kind == "O":
        y = _from_objects(y, name)
    if y.dtype.kind == "T":  # NumPy 2's variable-width strings
        y = y.astype(np.str_)
    if y.dtype.kind == "S":
        raise TypeError(f"{name} holds bytes; decode labels to str or encode them as integers.")
    if y.dtype.kind == "f":
        check_finite(y, name)
        if (y != np.floor(y)).any():
            raise ValueError(
                f"{name} must hold class labels, but it is continuous (for example "
                f"{float(y[y != np.floor(y)][0])!r}). Threshold it, or use a regression metric."
            )
    return y


def _from_objects(y, name):
    """Turn an object column into a string or number column; refuse a mixture."""
    kinds = {isinstance(label, str) for label in y}
    if len(kinds) > 1:
        raise ValueError(f"Mix of label input types (string and number or missing) in {name}.")
    plain = np.asarray(y.tolist()) if len(y) else y.astype(np.float64)
    if plain.dtype.kind not in "biufU" or plain.ndim != 1:
        raise ValueError(f"Unknown label type for {name}: labels must be strings or numbers.")
    return plain


def check_same_kind(*ys):
    """Refuse to compare strings with numbers: they never agree, which is never what was meant."""
    if len({y.dtype.kind == "U" for y in ys}) > 1:
        examples = " and ".join(repr(y[:1].tolist()) for y in ys)
        raise ValueError(f"Mix of label input types (string and number); got {examples}.")


def check_classification(y_true, y_pred, sample_weight=None):
    """Return two label columns of the same kind and length, and the weights (or None)."""
    y_true, y_pred = check_labels(y_true, "y_true"), check_labels(y_pred, "y_pred")
    n_samples = check_lengths(("y_true", y_true), ("y_pred", y_pred))
    check_same_kind(y_true, y_pred)
    return y_true, y_pred, check_weights(sample_weight, n_samples)


def encode_both(y_true, y_pred):
    """Return the sorted labels of both, and each column as positions among them.

    >>> labels, true, predicted = encode_both(np.array(["b", "b"]), np.array(["a", "b"]))
    >>> labels.tolist(), true.tolist(), predicted.tolist()
    (['a', 'b'], [1, 1], [0, 1])
    """
    n = len(y_true)
    labels, codes = encode_labels(np.concatenate([y_true, y_pred]), 2 * n)
    return labels, codes[:n], codes[n:]


def encode(y, labels) -> np.ndarray:
    """Return the position of each y in ``labels``, or ``len(labels)`` where it is not there.

    >>> encode(np.array(["b", "z", "a"]), np.array(["b", "a"])).tolist()
    [0, 2, 1]
    """
    order = np.argsort(labels, kind="stable")
    place = np.searchsorted(labels, y, sorter=order)
    candidate = order[np.minimum(place, len(labels) - 1)]
    return np.where(labels[candidate] == y, candidate, len(labels))
