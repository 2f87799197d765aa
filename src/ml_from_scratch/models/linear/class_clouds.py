"""What both discriminant analyses know of the classes' clouds: how probable, where, and which axes."""

from __future__ import annotations

import warnings

import numpy as np

from ...core.checks import as_float, outside
from ...core.estimator import clone
from .shrunk_covariance import check_shrinkage, covariance

WORST_RATIO = 1e-6  # of eigenvalues of a Gram matrix: below, singular values are more accurate


def check_covariance(model, plain) -> None:
    """Refuse ways to estimate a covariance where none is estimated, and two ways at once."""
    check_shrinkage(model.shrinkage)
    for name in ("shrinkage", "covariance_estimator"):
        if model.solver == plain and getattr(model, name) is not None:
            raise NotImplementedError(
                f"{name} is not supported with solver={plain!r}, which forms no covariance; use "
                "solver='eigen'."
            )
    if model.covariance_estimator is not None and model.shrinkage:
        raise ValueError(
            "covariance_estimator and shrinkage are two ways to do one thing; set only one of them."
        )


def check_classes(model, classes) -> None:
    """Refuse data of a single class."""
    if len(classes) < 2:
        raise ValueError(
            f"{type(model).__name__} needs samples of at least 2 classes, but the data contains only "
            f"one class: {classes[0]!r}."
        )


def estimate_covariance(model, X) -> np.ndarray:
    """Return the covariance of the rows of X in the way that the model's settings choose."""
    if model.covariance_estimator is None:
        return covariance(X, model.shrinkage)
    return np.asarray(clone(model.covariance_estimator).fit(X).covariance_, dtype=np.float64)


def class_priors(priors, classes, index) -> np.ndarray:
    """Return how probable the classes are: checked, or their shares of the samples."""
    if priors is None:
        return np.bincount(index, minlength=len(classes)) / len(index)
    priors = as_float(priors, "priors").astype(np.float64)
    if priors.shape != classes.shape or not (priors >= 0.0).all():
        raise ValueError(
            f"priors must be non-negative, one for each of the {len(classes)} classes; got "
            f"{priors.tolist()}."
        )
    total = float(priors.sum())
    if total <= 0.0:
        raise ValueError("priors must not all be 0.")
    if abs(total - 1.0) > 1e-5:
        warnings.warn("The priors do not sum to 1. Renormalizing", stacklevel=outside())
        priors = priors / total
    return priors


def class_means(X, index, K) -> np.ndarray:
    """Return each class's mean, (K, d)."""
    return np.array([X[index == k].mean(axis=0) for k in range(K)])


def right_singular(A, tol) -> tuple[np.ndarray, np.ndarray]:
    """Return the singular values of A, the largest first, and its right singular vectors in columns.

    They are those of the Gram matrix's eigenvalues, quickly found, as long as these keep their
    digits; else those of the triangular factor, or of A itself.
    """
    n, d = A.shape
    if n >= d:
        values, V = np.linalg.eigh(A.T @ A)
        values, V = values[::-1], V[:, ::-1]
        kept = values[values > tol * tol]
        if kept.size and kept[-1] > WORST_RATIO * values[0] and (len(kept) == d or tol > 1e-6):
            return np.sqrt(np.maximum(values, 0.0)), V
    if n > 2 * d:
        A = np.linalg.qr(A, mode="r")
    _, singular, Vt = np.linalg.svd(A, full_matrices=False)
    return singular, Vt.T


def to_dtype(model, dtype) -> None:
    """Give the learned arrays the dtype of X."""
    for name, value in vars(model).items():
        if name == "classes_" or not name.endswith("_"):
            continue
        if isinstance(value, np.ndarray) and value.dtype == np.float64:
            setattr(model, name, value.astype(dtype, copy=False))
        elif isinstance(value, list):
            setattr(model, name, [array.astype(dtype, copy=False) for array in value])
