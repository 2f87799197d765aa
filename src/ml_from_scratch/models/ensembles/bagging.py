r"""Bagging: the same model fitted again and again to samples drawn with replacement, then averaged.

Member m sees the rows :math:`S_m` and the columns :math:`J_m`, drawn by chance, and the ensemble
answers with the mean:

.. math::
    f(x) &= \frac1M \sum_m f_m(x_{J_m}) \tag{1} \\
    P(y = k \mid x) &= \frac1M \sum_m p_m(x_{J_m})_k \tag{2}

Members that learn their data by heart (deep trees) err in many directions, and the errors cancel:
with variance :math:`\sigma^2` and correlation :math:`\rho` of two members the mean has the variance
:math:`\rho \sigma^2 + (1 - \rho) \sigma^2 / M`.

A sample of n rows drawn with replacement leaves out each row with the probability
:math:`(1 - 1/n)^n \approx 1/e`. So about a third of the members have not seen row i, and their mean
is an honest prediction for it, out of bag:

.. math::
    \hat f_{oob}(x_i) = \frac{\sum_{m :\, i \notin S_m} f_m(x_{i, J_m})}{|\{m : i \notin S_m\}|} \tag{3}

Sources: L. Breiman, Bagging predictors (1996); T. K. Ho, The random subspace method (1998), for
columns; G. Louppe and P. Geurts, Ensembles on random patches (2012), for both.
"""

from __future__ import annotations

import numbers
import warnings

import numpy as np

from ...core.checks import (
    check_number,
    check_target,
    check_weights,
    encode_labels,
    outside,
)
from ...core.estimator import BaseEstimator, ClassifierMixin, RegressorMixin
from ...core.parallel import run_all
from ...core.random import as_generator
from ...core.scores import accuracy, r_squared
from ..available import available_if
from ..trees import DecisionTreeClassifier, DecisionTreeRegressor
from ..trees.together import MOST_ROWS, can_grow_together, fit_together
from .members import (
    LARGEST_SEED,
    Clones,
    class_columns,
    fit_member,
    seeded_clone,
    takes_weights,
    timed,
)


class _Bagging(Clones, BaseEstimator):
    """Drawing rows and columns, and fitting the members to them."""

    def __init__(
        self,
        estimator=None,
        n_estimators=10,
        *,
        max_samples=None,
        max_features=1.0,
        bootstrap=True,
        bootstrap_features=False,
        oob_score=False,
        warm_start=False,
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.max_samples = max_samples
        self.max_features = max_features
        self.bootstrap = bootstrap
        self.bootstrap_features = bootstrap_features
        self.oob_score = oob_score
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X, y, sample_weight=None):
        """Fit every member to the rows and columns drawn for it.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples; NaN is for the members to accept or refuse.
        y : array-like of shape (n_samples,)
            What to predict: labels for a classifier, numbers for a regressor.
        sample_weight : None, float or array-like of shape (n_samples,)
            How likely each row is to be drawn.

        Returns
        -------
        self
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        check_number("n_estimators", self.n_estimators, least=1, integer=True)
        if not self.bootstrap and self.oob_score:
            raise ValueError("Out of bag estimation is only available if bootstrap=True.")
        if self.warm_start and self.oob_score:
            raise ValueError("Out of bag estimation is only available if warm_start=False.")
        X = self._check_X(X, fitting=True, allow_nan=True)
        y = self._learn_target(y, len(X))
        sample_weight = check_weights(sample_weight, len(X))
        self._prepare_draws(len(X), sample_weight)
        if not (self.warm_start and hasattr(self, "estimators_")):
            self.estimator_ = self._member()
            self.estimators_, self.estimators_features_, self._seeds = [], [], []
        self._add_members(X, y)
        for name in ("oob_score_", "oob_prediction_", "oob_decision_function_"):
            vars(self).pop(name, None)
        if self.oob_score:
            self._score_out_of_bag(X, y)
        return self

    # ---- drawing ---------------------------------------------------------------------------------
    def _prepare_draws(self, n_samples, sample_weight) -> None:
        total = n_samples if sample_weight is None else float(sample_weight.sum())
        n_drawn = n_samples
        if self.max_samples is not None:
            n_drawn = count_of("max_samples", self.max_samples, total)
        if not self.bootstrap:
            available = n_samples if sample_weight is None else np.count_nonzero(sample_weight)
            if n_drawn > available:
                raise ValueError(
                    f"max_samples={self.max_samples!r} asks for {n_drawn} rows, but only {available} "
                    "can be drawn without replacement. Set bootstrap=True, or draw fewer."
                )
        n_columns = count_of("max_features", self.max_features, self.n_features_in_)
        if n_columns > self.n_features_in_:
            raise ValueError(
                f"max_features must be <= n_features = {self.n_features_in_}; got {n_columns}."
            )
        self._n_samples, self._n_drawn, self._n_columns = n_samples, n_drawn, n_columns
        self._chances = None if sample_weight is None else sample_weight / total

    def _draw(self, seed) -> tuple[np.ndarray, np.ndarray]:
        """Return the columns and the rows that the member with this seed sees."""
        rng = np.random.default_rng(seed)
        columns = draw(rng, self.n_features_in_, self._n_columns, self.bootstrap_features)
        rows = draw(rng, self._n_samples, self._n_drawn, self.bootstrap, self._chances)
        return columns, rows

    @property
    def estimators_samples_(self) -> list[np.ndarray]:
        """The rows that each member has seen, drawn anew from its seed."""
        self._check_is_fitted()
        return [self._draw(seed)[1] for seed in self._seeds]

    # ---- fitting ---------------------------------------------------------------------------------
    def _add_members(self, X, y) -> None:
        n_before = len(self.estimators_)
        if self.n_estimators < n_before:
            raise ValueError(
                f"n_estimators={self.n_estimators} must be larger or equal to "
                f"len(estimators_)={n_before} when warm_start==True."
            )
        if self.n_estimators == n_before:
            warnings.warn(
                "Warm-start fitting without increasing n_estimators does not fit new members.",
                UserWarning,
                stacklevel=outside(),
            )
            return
        # As many seeds as members in all: those added later are the same as if fitted at once.
        seeds = as_generator(self.random_state).integers(LARGEST_SEED, size=self.n_estimators)
        members, drawn = [], []
        for seed in seeds[n_before:].tolist():
            members.append(seeded_clone(self.estimator_, np.random.default_rng(seed)))
            drawn.append(self._draw(seed))
            self._seeds.append(seed)
        self.estimators_features_ += [columns for columns, _ in drawn]
        if self._n_columns == self.n_features_in_ and can_grow_together(self.estimator_):
            self.estimators_ += self._grow_together(members, X, y, [rows for _, rows in drawn])
            return
        tasks = [
            (member, X, y, columns, rows, self._message(n_before + i))
            for i, (member, (columns, rows)) in enumerate(zip(members, drawn), 1)
        ]
        self.estimators_ += run_all(fit_to_draw, tasks, self.n_jobs)

    def _grow_together(self, members, X, y, rows) -> list:
        """Fit decision trees in groups that grow side by side."""
        classes = np.arange(self.n_classes_) if self._estimator_type == "classifier" else None
        y = y if classes is not None else y.astype(X.dtype, copy=False)
        counts = [np.bincount(r, minlength=len(X)).astype(X.dtype) for r in rows]
        size = max(1, MOST_ROWS // len(X))
        n_before = self.n_estimators - len(members)
        tasks = []
        for i in range(0, len(members), size):
            group = slice(i, min(i + size, len(members)))
            message = self._message(n_before + group.stop)
            tasks.append((members[group], X, y, counts[group], classes, message))
        return [member for fitted in run_all(grow_group, tasks, self.n_jobs) for member in fitted]

    def _message(self, i):
        who = f"{type(self).__name__}: member {i} of {self.n_estimators} fitted"
        return who if self.verbose else None

    def _answers(self, function, X) -> list[np.ndarray]:
        """Return function(member, its columns of checked X) for every member."""
        tasks = [
            (member, columns_of(X, columns))
            for member, columns in zip(self.estimators_, self.estimators_features_)
        ]
        return run_all(function, tasks, self.n_jobs, threads=True)

    def _out_of_bag_mean(self, X, answers) -> np.ndarray:
        """Return, for each row, the mean answer of the members that have not seen it (NaN: none)."""
        total, count = np.zeros_like(answers[0]), np.zeros(len(X))
        for rows, answer in zip(self.estimators_samples_, answers):
            out = np.ones(len(X), bool)
            out[rows] = False
            total[out] += answer[out]
            count[out] += 1
        if (count == 0).any():
            warnings.warn(
                "Some inputs do not have OOB scores: every member has seen them. Use more "
                "estimators.",
                UserWarning,
                stacklevel=outside(),
            )
        shape = (-1,) + (1,) * (total.ndim - 1)
        count = np.where(count > 0, count, np.nan).astype(total.dtype)
        return total / count.reshape(shape)  # (3)


class BaggingClassifier(ClassifierMixin, _Bagging):
    """Many classifiers, each fitted to rows (and columns) drawn by chance; their mean answers.

    Members are fitted on the numbers of the classes, 0, 1, ...

    Parameters
    ----------
    estimator : None or classifier
        What is cloned; None takes DecisionTreeClassifier(). Where its ``fit`` has ``sample_weight``,
        rows drawn twice have weight 2 and rows not drawn 0; otherwise it gets the drawn rows.
    n_estimators : int
        The number of members.
    max_samples : None, int or float
        How many rows are drawn for each; None: as many as there are, a float: that share of them
        (of the sum of the sample weights, if there are any).
    max_features : int or float
        How many columns are drawn for each, or what share of them.
    bootstrap : bool
        Whether rows are drawn with replacement.
    bootstrap_features : bool
        Whether columns are drawn with replacement.
    oob_score : bool
        Whether to score the predictions for rows out of bag.
    warm_start : bool
        Whether ``fit``, called again on the same data with larger n_estimators, only adds members.
    n_jobs : None or int
        How many members are fitted, or asked, at once (with joblib).
    random_state : None, int or Generator
        Decides the draws, and each member's own ``random_state``.
    verbose : int
        Whether to print when each member is fitted.

    Attributes
    ----------
    estimator_ : classifier
        What was cloned.
    estimators_ : list of classifiers
        The fitted members.
    estimators_features_ : list of ndarray
        The columns that each member sees.
    estimators_samples_ : list of ndarray
        The rows that each member was fitted to.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_classes_ : int
        Their number.
    oob_score_ : float
        Accuracy out of bag, with ``oob_score``.
    oob_decision_function_ : ndarray of shape (n_samples, n_classes)
        Probabilities out of bag; NaN for a row that every member has seen.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> from ml_from_scratch.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = BaggingClassifier(n_estimators=20, oob_score=True, random_state=0).fit(X, y)
    >>> model.oob_score_ > 0.9, len(model)
    (True, 20)
    """

    _default_member = DecisionTreeClassifier

    def _learn_target(self, y, n_samples):
        self.classes_, index = encode_labels(y, n_samples, used_by=type(self).__name__)
        self.n_classes_ = len(self.classes_)
        return index

    def _probabilities(self, X) -> list[np.ndarray]:
        answers = self._answers(probabilities_or_votes, X)
        return [
            class_columns(said, member, self.n_classes_)
            for said, member in zip(answers, self.estimators_)
        ]

    def predict_proba(self, X) -> np.ndarray:
        """Return the mean of the members' probabilities, or of their votes if they have none.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        X = self._check_X(X, allow_nan=True)
        return sum(self._probabilities(X)) / len(self.estimators_)  # (n, K)  (2)

    def predict_log_proba(self, X) -> np.ndarray:
        """Return the logarithm of the probabilities; minus infinity where one is 0.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X) -> np.ndarray:
        """Return the class with the largest mean probability.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        winners = self.predict_proba(X).argmax(axis=1)
        return self.classes_[winners]

    @available_if(lambda self: hasattr(self._member(), "decision_function"))
    def decision_function(self, X) -> np.ndarray:
        """Return the mean of the members' decision values.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.

        Raises
        ------
        ValueError
            If a member was drawn without rows of some class, so that it has no value for it.
        """
        X = self._check_X(X, allow_nan=True)
        if any(len(member.classes_) != self.n_classes_ for member in self.estimators_):
            raise ValueError(
                "a member has not seen all classes, so that decision values cannot be averaged. Use "
                "predict_proba, or larger max_samples."
            )
        return sum(self._answers(decisions, X)) / len(self.estimators_)

    def _score_out_of_bag(self, X, y):
        share = self._out_of_bag_mean(X, self._probabilities(X))
        self.oob_decision_function_ = share
        known = ~np.isnan(share[:, 0])
        guesses = np.where(known, np.nan_to_num(share).argmax(axis=1), 0)
        self.oob_score_ = accuracy(y, guesses)


class BaggingRegressor(RegressorMixin, _Bagging):
    """Many regressors, each fitted to rows (and columns) drawn by chance; their mean answers.

    Parameters
    ----------
    estimator : None or regressor
        What is cloned; None takes DecisionTreeRegressor(). Where its ``fit`` has ``sample_weight``,
        rows drawn twice have weight 2 and rows not drawn 0; otherwise it gets the drawn rows.
    n_estimators : int
        The number of members.
    max_samples : None, int or float
        How many rows are drawn for each; None: as many as there are, a float: that share of them
        (of the sum of the sample weights, if there are any).
    max_features : int or float
        How many columns are drawn for each, or what share of them.
    bootstrap : bool
        Whether rows are drawn with replacement.
    bootstrap_features : bool
        Whether columns are drawn with replacement.
    oob_score : bool
        Whether to score the predictions for rows out of bag.
    warm_start : bool
        Whether ``fit``, called again on the same data with larger n_estimators, only adds members.
    n_jobs : None or int
        How many members are fitted, or asked, at once (with joblib).
    random_state : None, int or Generator
        Decides the draws, and each member's own ``random_state``.
    verbose : int
        Whether to print when each member is fitted.

    Attributes
    ----------
    estimator_ : regressor
        What was cloned.
    estimators_ : list of regressors
        The fitted members.
    estimators_features_ : list of ndarray
        The columns that each member sees.
    estimators_samples_ : list of ndarray
        The rows that each member was fitted to.
    oob_score_ : float
        R^2 out of bag, with ``oob_score``.
    oob_prediction_ : ndarray of shape (n_samples,)
        Predictions out of bag; NaN for a row that every member has seen.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X = np.arange(20.0)[:, None]
    >>> model = BaggingRegressor(random_state=0).fit(X, 2.0 * X[:, 0])
    >>> bool(15.0 < model.predict([[10.0]])[0] < 25.0)
    True
    """

    _default_member = DecisionTreeRegressor

    def _learn_target(self, y, n_samples):
        return check_target(y, n_samples, used_by=type(self).__name__)

    def predict(self, X) -> np.ndarray:
        """Return the mean of the members' predictions.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        X = self._check_X(X, allow_nan=True)
        return sum(self._answers(predictions, X)) / len(self.estimators_)  # (n,)  (1)

    def _score_out_of_bag(self, X, y):
        predicted = self.oob_prediction_ = self._out_of_bag_mean(X, self._answers(predictions, X))
        known = ~np.isnan(predicted)
        if not known.any():
            raise ValueError("every member has seen every row: there is no out-of-bag score.")
        self.oob_score_ = float(r_squared(y[known, None], predicted[known, None])[0])


# ---- what one member does ------------------------------------------------------------------------
def count_of(name, value, total) -> int:
    """Return how many a number of rows or columns means: itself, or a share of the total.

    >>> count_of("max_samples", 7, 100), count_of("max_samples", 0.5, 100)
    (7, 50)
    """
    if isinstance(value, numbers.Integral):
        return int(check_number(name, value, least=1, integer=True))
    check_number(name, value, above=0, most=1)
    return max(1, int(value * total))


def draw(rng, n, size, replace, chances=None) -> np.ndarray:
    """Return ``size`` of the numbers below n: all equally likely, or with the chances given.

    Without replacement they come in order: nobody asks which was drawn first.
    """
    if chances is None and replace:
        return rng.integers(n, size=size)
    drawn = rng.choice(n, size, replace=replace, p=chances)
    return drawn if replace else np.sort(drawn)


def columns_of(X, columns) -> np.ndarray:
    """Return some columns; all of them, in order, need no copy."""
    same = len(columns) == X.shape[1] and (columns == np.arange(len(columns))).all()
    return X if same else X[:, columns]


def fit_to_draw(member, X, y, columns, rows, message):
    """Fit a member to rows that may repeat: as weights where it takes them."""
    X = columns_of(X, columns)
    if takes_weights(member):
        counts = np.bincount(rows, minlength=len(X)).astype(X.dtype)
        return fit_member(member, X, y, counts, message)
    return fit_member(member, X[rows], y[rows], None, message)


def grow_group(members, X, y, counts, classes, message):
    """Fit decision trees that grow side by side, and return them."""
    with timed(message):
        return fit_together(members, X, y, counts, classes)


def predictions(member, X):
    """Return what a regressor predicts."""
    return member.predict(X)


def decisions(member, X):
    """Return a classifier's decision values."""
    return member.decision_function(X)


def probabilities_or_votes(member, X):
    """Return a classifier's probabilities; if it has none, 1 for the class that it predicts."""
    if hasattr(member, "predict_proba"):
        return member.predict_proba(X)
    return (member.predict(X)[:, None] == member.classes_).astype(X.dtype)
