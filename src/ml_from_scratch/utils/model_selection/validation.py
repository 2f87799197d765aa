"""Fit on one part, score on the other, for every fold: cross-validation."""

from __future__ import annotations

import numbers
import time
import traceback
import warnings

import numpy as np

from ...core.estimator import clone
from ...core.parallel import run_all
from .folds import check_cv
from .rows import check_equal_rows, count_rows, take_rows
from .scoring import check_scoring


class FitFailedWarning(UserWarning):
    """Some fits raised an error; their score is ``error_score``."""


def cross_val_score(
    estimator, X, y=None, *, scoring=None, cv=None, n_jobs=None, params=None, error_score=np.nan
) -> np.ndarray:
    """Return the score of each fold, from a fresh clone fitted to the other folds.

    Parameters
    ----------
    estimator : estimator
        It is cloned; itself it stays as it is.
    X : array-like of shape (n_samples, ...)
        Data.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), optional
        Targets.
    scoring : str, callable or None
        The name of a scorer, a function ``(estimator, X, y) -> float``, or the estimator's own
        ``score``.
    cv : int, splitter, iterable of index pairs, or None
        The folds. A number (None: 5) means `StratifiedKFold` for classifiers and `KFold` otherwise.
    n_jobs : int or None
        How many folds at once, if joblib is installed; otherwise one after the other.
    params : dict, optional
        More arguments for ``fit``; those with n_samples rows (sample weights) are split too.
    error_score : "raise" or number
        What a failing fit scores; "raise" stops at the first error.

    Returns
    -------
    ndarray of shape (n_folds,)

    Raises
    ------
    ValueError
        If lengths differ, every fit fails, or a score is not a number.

    Examples
    --------
    >>> from ml_from_scratch.core.estimator import BaseEstimator, RegressorMixin
    >>> class _Mean(RegressorMixin, BaseEstimator):
    ...     def fit(self, X, y):
    ...         self.mean_ = float(np.mean(y))
    ...         return self
    ...     def predict(self, X):
    ...         return np.full(len(X), self.mean_)
    >>> y = np.array([1.0, 3.0, 1.0, 3.0])
    >>> cross_val_score(_Mean(), y[:, None], y, cv=2, scoring="neg_mean_squared_error").tolist()
    [-1.0, -1.0]
    """
    check_data(estimator, X, y)
    scorer = check_scoring(estimator, scoring)
    splits = list(check_cv(cv, y, classifier=kind_of(estimator) == "classifier").split(X, y))
    tasks = [
        (clone(estimator), X, y, train, test, scorer, {}, params, error_score, False)
        for train, test in splits
    ]
    results = run_all(fit_and_score, tasks, n_jobs)
    report_failures(results, error_score)
    return np.array([result["test_score"] for result in results])


def kind_of(estimator) -> str | None:
    """Return "classifier", "regressor" or another kind of estimator, this package's or scikit-learn's."""
    kind = getattr(estimator, "_estimator_type", None)
    if kind is None and hasattr(estimator, "__sklearn_tags__"):
        kind = estimator.__sklearn_tags__().estimator_type
    return kind


def check_data(estimator, X, y) -> None:
    """Refuse lengths that differ, and a missing y where the estimator predicts it."""
    check_equal_rows(X, y)
    if y is None and kind_of(estimator) in ("classifier", "regressor"):
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but the target y "
            "is None."
        )


def fit_and_score(
    estimator, X, y, train, test, scorer, settings, params, error_score, return_train_score
) -> dict:
    """Set parameters, fit to the training rows, score the test rows; return what happened."""
    result = {"n_test": len(test), "score_time": 0.0, "error": None}
    estimator.set_params(**settings)
    X_train, y_train = take_rows(X, train), take_rows(y, train)
    start = time.perf_counter()
    try:
        fit_params = split_params(params, count_rows(X), train)
        if y is None:
            estimator.fit(X_train, **fit_params)
        else:
            estimator.fit(X_train, y_train, **fit_params)
        result["fit_time"] = time.perf_counter() - start
    except Exception:
        if error_score == "raise":
            raise
        result.update(fit_time=time.perf_counter() - start, error=traceback.format_exc())
        result.update(test_score=error_score, train_score=error_score)
        return result
    start = time.perf_counter()
    result["test_score"] = _score(scorer, estimator, take_rows(X, test), take_rows(y, test))
    result["score_time"] = time.perf_counter() - start
    if return_train_score:
        result["train_score"] = _score(scorer, estimator, X_train, y_train)
    return result


def _score(scorer, estimator, X, y) -> float:
    score = scorer(estimator, X) if y is None else scorer(estimator, X, y)
    if not isinstance(score, numbers.Number):
        raise ValueError(
            f"scoring must return a number; got {score!r} ({type(score).__name__}) from {scorer!r}."
        )
    return float(score)


def split_params(params, n_samples, rows) -> dict:
    """Take the rows of every argument that has one entry per sample; leave the others."""

    def has_rows(value):
        return (
            hasattr(value, "__len__")
            and not isinstance(value, (str, dict))
            and (count_rows(value) == n_samples if np.ndim(value) else False)
        )

    params = params or {}
    return {k: take_rows(v, rows) if has_rows(v) else v for k, v in params.items()}


def report_failures(results, error_score) -> None:
    """Warn of fits that failed; raise if all did."""
    errors = [result["error"] for result in results if result["error"]]
    if not errors:
        return
    told = f"{len(errors)} fits failed out of a total of {len(results)}. The first error was:\n"
    if len(errors) == len(results):
        raise ValueError(
            f"All the {told}{errors[0]}\nPass error_score='raise' to stop at the first error."
        )
    warnings.warn(
        f"{told}{errors[0]}\nTheir score is set to error_score={error_score!r}.",
        FitFailedWarning,
        stacklevel=3,
    )
