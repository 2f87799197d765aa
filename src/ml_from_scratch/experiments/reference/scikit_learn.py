"""scikit-learn's estimator of the same name and settings as one of ours."""

from __future__ import annotations

import importlib
import inspect

from ...core.estimator import BaseEstimator, clone

HOMES = (
    "linear_model", "discriminant_analysis", "svm", "kernel_ridge", "gaussian_process", "neighbors",
    "naive_bayes", "tree", "ensemble", "preprocessing", "impute",
)  # fmt: skip


def counterpart(model):
    """Return scikit-learn's estimator of the same name, with the parameters changed in ours.

    Estimators inside (a pipeline's steps, the members of an ensemble) are translated, too.

    Parameters
    ----------
    model : estimator
        One of this package's, fitted or not.

    Raises
    ------
    ImportError
        If scikit-learn is not installed.
    ValueError
        If it has no estimator of that name.

    Examples
    --------
    >>> from ml_from_scratch.models import Ridge
    >>> counterpart(Ridge(alpha=3.0))  # doctest: +SKIP
    Ridge(alpha=3.0)
    """
    name = type(model).__name__
    homes = [importlib.import_module(f"sklearn.{home}") for home in HOMES]
    theirs = next((getattr(home, name) for home in homes if hasattr(home, name)), None)
    if theirs is None:
        raise ValueError(f"scikit-learn has no {name} in {', '.join(HOMES)}.")
    default = {k: p.default for k, p in inspect.signature(type(model)).parameters.items()}
    changed = {k: v for k, v in model.get_params(deep=False).items() if v is not default[k]}
    return theirs(**{k: _translated(v) for k, v in changed.items()})


def _translated(value):
    if isinstance(value, BaseEstimator):
        return counterpart(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_translated(item) for item in value)
    return clone(value) if hasattr(value, "get_params") else value
