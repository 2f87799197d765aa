"""Try every combination of parameters, keep the one that does best on held-out folds."""

from __future__ import annotations

import functools
import itertools
import time
import types

import numpy as np

from ...core.checks import check_number
from ...core.estimator import BaseEstimator, clone
from ...core.parallel import run_all
from .folds import check_cv
from .scoring import check_scoring
from .validation import check_data, fit_and_score, kind_of, report_failures


def parameter_grid(param_grid) -> list[dict]:
    """Return every combination: of one dict of lists, or of several, one after the other.

    >>> parameter_grid({"b": [1], "a": [2, 3]})
    [{'a': 2, 'b': 1}, {'a': 3, 'b': 1}]
    """
    grids = [param_grid] if isinstance(param_grid, dict) else param_grid
    is_list = isinstance(grids, (list, tuple)) and len(grids) > 0
    if not is_list or not all(isinstance(grid, dict) for grid in grids):
        raise TypeError(
            "param_grid must be a dict of parameter names and lists of values, or a list of such "
            f"dicts; got {param_grid!r}."
        )
    for grid in grids:
        for name, values in grid.items():
            if isinstance(values, str) or not hasattr(values, "__len__") or len(values) == 0:
                raise ValueError(
                    f"param_grid[{name!r}] must be a non-empty list of values to try; got {values!r}."
                )
    combinations = []
    for grid in grids:
        names = sorted(grid)
        for values in itertools.product(*(grid[name] for name in names)):
            combinations.append(dict(zip(names, values)))
    return combinations


class _OfBest:
    """A method that a search has if (and only if) the estimator it searches over has it."""

    def __init__(self, function):
        functools.update_wrapper(self, function)
        self.function = function

    def __get__(self, search, owner=None):
        if search is None:
            return self.function
        estimator = getattr(search, "best_estimator_", search.estimator)
        getattr(estimator, self.function.__name__)  # AttributeError if it has none
        return types.MethodType(self.function, search)


class GridSearchCV(BaseEstimator):
    """An estimator whose hyper-parameters are chosen by cross-validation over a grid.

    After ``fit`` it predicts, transforms and scores with the best estimator, refitted to all data.

    Parameters
    ----------
    estimator : estimator
        Cloned for every fit.
    param_grid : dict or list of dicts
        Lists of values by parameter name (``name__inner`` reaches into nested estimators).
    scoring : str, callable or None
        As in `cross_val_score`.
    n_jobs : int or None
        How many fits at once, if joblib is installed.
    refit : bool
        Whether to fit the best combination to all data at the end.
    cv : int, splitter, iterable of index pairs, or None
        The folds: as in `cross_val_score`, the same for all combinations.
    error_score : "raise" or number
        What a failing fit scores; nan ranks last.
    return_train_score : bool
        Whether ``cv_results_`` also holds the scores on the training folds.

    Attributes
    ----------
    best_params_, best_score_, best_index_
        The combination with the largest mean test score (the first of equals), that score, and its
        place in ``cv_results_``.
    best_estimator_ : estimator
        Fitted to all data, if ``refit``.
    cv_results_ : dict of arrays of shape (n_combinations,)
        ``params``, ``param_*``, ``split*_test_score``, ``mean_test_score``, ``std_test_score``,
        ``rank_test_score``, and times.
    n_splits_, refit_time_
        The number of folds, and the seconds of the last fit.

    Examples
    --------
    >>> from ml_from_scratch.core.estimator import RegressorMixin
    >>> class _Constant(RegressorMixin, BaseEstimator):
    ...     def __init__(self, value=0.0):
    ...         self.value = value
    ...     def fit(self, X, y):
    ...         self.value_ = self.value
    ...         return self
    ...     def predict(self, X):
    ...         return np.full(len(X), self.value_)
    >>> X, y = np.zeros((6, 1)), np.array([1.0, 2.0, 3.0, 1.0, 2.0, 3.0])
    >>> search = GridSearchCV(_Constant(), {"value": [0.0, 2.0]}, cv=2).fit(X, y)
    >>> search.best_params_, search.best_score_
    ({'value': 2.0}, 0.0)
    """

    def __init__(
        self,
        estimator,
        param_grid,
        *,
        scoring=None,
        n_jobs=None,
        refit=True,
        cv=None,
        error_score=np.nan,
        return_train_score=False,
    ):
        self.estimator = estimator
        self.param_grid = param_grid
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.refit = refit
        self.cv = cv
        self.error_score = error_score
        self.return_train_score = return_train_score

    def fit(self, X, y=None, **params):
        """Score every combination on every fold, then fit the best one to all data.

        Parameters
        ----------
        X, y : array-like
            Data and targets.
        **params
            More arguments for the estimator's ``fit``; those with n_samples rows are split too.
        """
        if self.error_score != "raise":
            check_number("error_score", self._plain_error_score())
        scorer = check_scoring(self.estimator, self.scoring)
        combinations = parameter_grid(self.param_grid)
        check_data(self.estimator, X, y)
        cv = check_cv(self.cv, y, classifier=kind_of(self.estimator) == "classifier")
        splits = list(cv.split(X, y))
        tasks = [
            (clone(self.estimator), X, y, train, test, scorer)
            + (clone_values(settings), params, self.error_score, self.return_train_score)
            for settings in combinations
            for train, test in splits
        ]
        results = run_all(fit_and_score, tasks, self.n_jobs)
        report_failures(results, self.error_score)
        for learned in ("best_estimator_", "refit_time_", "feature_names_in_"):
            vars(self).pop(learned, None)  # with refit=False nothing of an earlier fit may answer
        self.n_splits_ = len(splits)
        self.cv_results_ = tabulate(combinations, results, len(splits), self.return_train_score)
        self.best_index_ = int(self.cv_results_["rank_test_score"].argmin())
        self.best_params_ = combinations[self.best_index_]
        self.best_score_ = float(self.cv_results_["mean_test_score"][self.best_index_])
        if self.refit:
            self._refit(X, y, params)
        return self

    def _plain_error_score(self):
        return 0.0 if self.error_score != self.error_score else self.error_score  # nan is fine

    def _refit(self, X, y, params):
        start = time.perf_counter()
        best = clone(self.estimator).set_params(**clone_values(self.best_params_))
        self.best_estimator_ = best.fit(X, **params) if y is None else best.fit(X, y, **params)
        self.refit_time_ = time.perf_counter() - start
        if hasattr(best, "feature_names_in_"):
            self.feature_names_in_ = best.feature_names_in_

    def _best(self):
        self._check_is_fitted()
        if not hasattr(self, "best_estimator_"):
            raise AttributeError(
                "this GridSearchCV has refit=False, so it found the best parameters but fitted no "
                "estimator to all data. Set refit=True, or fit one with best_params_."
            )
        return self.best_estimator_

    @_OfBest
    def predict(self, X):
        """Predict with the best estimator."""
        return self._best().predict(X)

    @_OfBest
    def predict_proba(self, X):
        """Return class probabilities from the best estimator."""
        return self._best().predict_proba(X)

    @_OfBest
    def predict_log_proba(self, X):
        """Return logarithms of class probabilities from the best estimator."""
        return self._best().predict_log_proba(X)

    @_OfBest
    def decision_function(self, X):
        """Return the best estimator's decision values."""
        return self._best().decision_function(X)

    @_OfBest
    def transform(self, X):
        """Transform with the best estimator."""
        return self._best().transform(X)

    @_OfBest
    def inverse_transform(self, X):
        """Undo the best estimator's transform."""
        return self._best().inverse_transform(X)

    def score(self, X, y=None):
        """Return the best estimator's score on new data, by ``scoring``."""
        best = self._best()
        scorer = check_scoring(self.estimator, self.scoring)
        return scorer(best, X) if y is None else scorer(best, X, y)

    @property
    def classes_(self):
        """The classes of the best estimator."""
        return self._best().classes_

    @property
    def n_features_in_(self):
        """The number of features that the best estimator has seen."""
        return self._best().n_features_in_

    # What kind of estimator it is depends on the one inside.
    @property
    def _estimator_type(self):
        return getattr(self.estimator, "_estimator_type", None)

    def __sklearn_tags__(self):
        return self.estimator.__sklearn_tags__()

    def _more_tags(self):
        return self.estimator._more_tags()


def clone_values(settings) -> dict:
    """Copy a combination, cloning estimators among its values, so that fits share nothing."""
    return {k: clone(v) if hasattr(v, "get_params") else v for k, v in settings.items()}


def tabulate(combinations, results, n_splits, with_train) -> dict:
    """Arrange the results of all fits (folds vary fastest) as columns, a row for a combination."""

    def column(key):
        return np.array([result[key] for result in results]).reshape(-1, n_splits)

    table = {}
    for what in ("fit_time", "score_time"):
        table[f"mean_{what}"] = column(what).mean(axis=1)
        table[f"std_{what}"] = column(what).std(axis=1)
    for name in sorted({name for combination in combinations for name in combination}):
        values = np.empty(len(combinations), dtype=object)
        values[:] = [combination.get(name) for combination in combinations]
        table[f"param_{name}"] = values
    table["params"] = combinations
    for what in ("test", "train") if with_train else ("test",):
        scores = column(f"{what}_score")
        for k in range(n_splits):
            table[f"split{k}_{what}_score"] = scores[:, k]
        table[f"mean_{what}_score"] = scores.mean(axis=1)
        table[f"std_{what}_score"] = scores.std(axis=1)
        if what == "test":
            table["rank_test_score"] = rank(table["mean_test_score"])
    return table


def rank(scores) -> np.ndarray:
    """Return 1 for the largest score and so on; equals share the better rank, nan comes last.

    >>> rank(np.array([0.5, float("nan"), 0.9, 0.5])).tolist()
    [2, 4, 1, 2]
    """
    known = np.where(np.isnan(scores), -np.inf, scores)
    return (known[:, None] < known).sum(axis=1).astype(np.int32) + 1
