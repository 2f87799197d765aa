r"""Stacking: a model that learns from the predictions of others whom to trust, and when.

The members' predictions :math:`z(x) = (f_1(x), \dots, f_M(x))` are the features of a final model g:

.. math:: \hat y = g(z(x)) \tag{1}

What a member says of samples that it was fitted on would flatter it, most of all the member that
learns by heart. So g is fitted on predictions for samples that the member has not seen: with the
folds :math:`k(i)` of cross-validation, and :math:`f_m^{-k}` fitted without fold k,

.. math:: z_{im} = f_m^{-k(i)}(x_i) \tag{2}

while new samples are answered by members fitted on all data. A class's probabilities add up to 1, so
with two classes one column is enough.

Source: D. H. Wolpert, Stacked generalization (1992).
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_choice, check_target, check_weights, encode_labels
from ...core.estimator import ClassifierMixin, RegressorMixin, clone
from ...core.parallel import run_all
from ...utils.model_selection.folds import check_cv
from ...utils.model_selection.rows import count_rows, take_rows
from ..available import available_if
from ..linear import LogisticRegression, RidgeCV
from .members import check_kind, check_takes_weights, class_columns, fit_member
from .named_estimators import _NamedEstimators

METHODS = ("predict_proba", "decision_function", "predict")


def _final_has(method):
    """Condition: the final estimator, fitted or not, has the method."""

    def has(self):
        final = vars(self).get("final_estimator_")
        return hasattr(self._final() if final is None else final, method)

    return available_if(has)


class _Stacking(_NamedEstimators):
    """Members fitted on all data, their held-out predictions, and the model that reads them."""

    _default_final: type
    final_estimator: object
    cv: object
    passthrough: bool

    def _final(self):
        return self._default_final() if self.final_estimator is None else self.final_estimator

    def _stack(self, X, y, sample_weight, members, wanted, n_classes):
        """Fit the members, then the final estimator on what they predict for samples held out."""
        check_kind(self._final(), self._estimator_type, "final_estimator")
        sample_weight = check_weights(sample_weight, count_rows(X))
        methods = [self._method(name, member, wanted) for name, member in members.items()]
        if isinstance(self.cv, str) and self.cv == "prefit":
            fitted = list(members.values())
            held_out = [getattr(e, method)(X) for e, method in zip(fitted, methods)]
        else:
            fitted = self._fit_members(members, X, y, sample_weight)
            held_out = self._held_out(members, methods, X, y, sample_weight, n_classes)
        self._adopt(members, fitted)
        self.stack_method_ = methods
        columns = [self._columns(z, method, n_classes) for z, method in zip(held_out, methods)]
        self._widths = [z.shape[1] for z in columns]
        if sample_weight is not None:
            check_takes_weights([self._final()])
        Z = self._beside(columns, X)
        self.final_estimator_ = fit_member(clone(self._final()), Z, y, sample_weight)

    @staticmethod
    def _method(name, member, wanted) -> str:
        """Return the first method that a member has among those wanted."""
        found = [method for method in wanted if hasattr(member, method)]
        if not found:
            raise ValueError(
                f"Underlying estimator {name} does not implement {' or '.join(wanted)}."
            )
        return found[0]

    def _held_out(self, members, methods, X, y, sample_weight, n_classes) -> list[np.ndarray]:
        """Return each member's predictions for each sample, fitted without that sample's fold."""
        cv = check_cv(self.cv, y, classifier=self._estimator_type == "classifier")
        folds = list(cv.split(X, y))
        n = count_rows(X)
        check_partition([test for _, test in folds], n)
        tasks = [
            (clone(member), method, X, y, sample_weight, train, test, n_classes)
            for member, method in zip(members.values(), methods)
            for train, test in folds
        ]
        parts = run_all(predict_held_out, tasks, self.n_jobs)
        order = np.argsort(np.concatenate([test for _, test in folds]))
        size = len(folds)
        return [
            np.concatenate(parts[m * size : (m + 1) * size])[order] for m in range(len(members))
        ]

    @staticmethod
    def _columns(z, method, n_classes) -> np.ndarray:
        """Return predictions as columns; of two probabilities one is enough."""
        z = np.asarray(z)
        if z.ndim == 1:
            return z[:, None]
        return z[:, 1:] if method == "predict_proba" and n_classes == 2 else z

    def _beside(self, columns, X) -> np.ndarray:
        return np.hstack([*columns, np.asarray(X)] if self.passthrough else columns)

    def transform(self, X) -> np.ndarray:
        """Return the members' predictions, side by side (and X, with ``passthrough``).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        self._check_is_fitted()
        n_classes = len(getattr(self, "classes_", ()))
        said = [getattr(e, method)(X) for e, method in zip(self.estimators_, self.stack_method_)]
        return self._beside(
            [self._columns(z, method, n_classes) for z, method in zip(said, self.stack_method_)], X
        )

    def get_feature_names_out(self, input_features=None) -> np.ndarray:
        """Return names for the columns of ``transform``: the class's, then the member's.

        Parameters
        ----------
        input_features : None or list of str
            The names of the columns of X, which come last with ``passthrough``.
        """
        self._check_is_fitted()
        prefix, names = type(self).__name__.lower(), []
        for name, width in zip(self._fitted_names(), self._widths):
            numbers = [""] if width == 1 else range(width)
            names += [f"{prefix}_{name}{k}" for k in numbers]
        if self.passthrough:
            names += list(self._input_names(input_features))
        else:
            self._check_names_given(input_features)
        return np.array(names, dtype=object)


class StackingClassifier(ClassifierMixin, _Stacking):
    """A classifier that reads the predictions of several models.

    Members are fitted on the numbers of the classes, 0, 1, ...; regressors may be among them.

    Parameters
    ----------
    estimators : list of (str, estimator)
        The members and their names; "drop" in place of an estimator leaves it out.
    final_estimator : None or classifier
        Who reads their predictions; None takes LogisticRegression().
    cv : None, int, splitter, iterable of index pairs, or "prefit"
        The folds of the held-out predictions; None means 5, stratified. With "prefit" the members
        are fitted already, on other data, and are not fitted again.
    stack_method : {"auto", "predict_proba", "decision_function", "predict"}
        What is asked of members; "auto" takes the first of the three that a member has.
    n_jobs : None or int
        How many fits at once (with joblib).
    passthrough : bool
        Whether the final estimator sees X, too.
    verbose : int
        Whether to print when each member is fitted.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    estimators_ : list of estimators
        The members fitted on all data, without those dropped.
    named_estimators_ : Bunch
        The same by name.
    final_estimator_ : classifier
        Fitted on the members' held-out predictions.
    stack_method_ : list of str
        What is asked of each member.
    n_features_in_ : int
        The number of features seen in ``fit``, if a member tells.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if a member tells.

    Examples
    --------
    >>> from ml_from_scratch.datasets import load_iris
    >>> from ml_from_scratch.models import LogisticRegression, Perceptron
    >>> X, y = load_iris(return_X_y=True)
    >>> members = [("two", LogisticRegression(C=0.01)), ("one", Perceptron(random_state=0))]
    >>> model = StackingClassifier(members).fit(X, y)
    >>> model.stack_method_, model.transform(X[:2]).shape
    (['predict_proba', 'decision_function'], (2, 6))
    """

    _default_final = LogisticRegression

    def __init__(
        self,
        estimators,
        final_estimator=None,
        *,
        cv=None,
        stack_method="auto",
        n_jobs=None,
        passthrough=False,
        verbose=0,
    ):
        self.estimators = estimators
        self.final_estimator = final_estimator
        self.cv = cv
        self.stack_method = stack_method
        self.n_jobs = n_jobs
        self.passthrough = passthrough
        self.verbose = verbose

    def fit(self, X, y, sample_weight=None):
        """Fit the members, and the final estimator on their held-out predictions.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples, of any kind that the members take.
        y : array-like of shape (n_samples,)
            Their labels.
        sample_weight : None or array-like of shape (n_samples,)
            How much each sample counts, if all estimators take that.

        Returns
        -------
        StackingClassifier
            The estimator itself.

        Raises
        ------
        ValueError
            If members, folds or labels are unusable.
        TypeError
            If an estimator cannot use sample weights.
        """
        check_choice("stack_method", self.stack_method, ("auto", *METHODS))
        wanted = METHODS if self.stack_method == "auto" else (self.stack_method,)
        classes, index = encode_labels(y, count_rows(X), used_by="StackingClassifier")
        self._stack(X, index, sample_weight, self._members(), wanted, len(classes))
        self.classes_ = classes
        return self

    @_final_has("predict")
    def predict(self, X, **predict_params) -> np.ndarray:
        """Return the class of each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        **predict_params
            More arguments for the final estimator's ``predict``.
        """
        Z = self.transform(X)
        return self.classes_[self.final_estimator_.predict(Z, **predict_params)]

    @_final_has("predict_proba")
    def predict_proba(self, X) -> np.ndarray:
        """Return the final estimator's class probabilities.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        Z = self.transform(X)
        return self.final_estimator_.predict_proba(Z)

    @_final_has("decision_function")
    def decision_function(self, X) -> np.ndarray:
        """Return the final estimator's decision values.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        Z = self.transform(X)
        return self.final_estimator_.decision_function(Z)


class StackingRegressor(RegressorMixin, _Stacking):
    """A regressor that reads the predictions of several regressors.

    Parameters
    ----------
    estimators : list of (str, estimator)
        The members and their names; "drop" in place of an estimator leaves it out.
    final_estimator : None or regressor
        Who reads their predictions; None takes RidgeCV().
    cv : None, int, splitter, iterable of index pairs, or "prefit"
        The folds of the held-out predictions; None means 5. With "prefit" the members are fitted
        already, on other data, and are not fitted again.
    n_jobs : None or int
        How many fits at once (with joblib).
    passthrough : bool
        Whether the final estimator sees X, too.
    verbose : int
        Whether to print when each member is fitted.

    Attributes
    ----------
    estimators_ : list of regressors
        The members fitted on all data, without those dropped.
    named_estimators_ : Bunch
        The same by name.
    final_estimator_ : regressor
        Fitted on the members' held-out predictions.
    stack_method_ : list of str
        What is asked of each member: "predict".
    n_features_in_ : int
        The number of features seen in ``fit``, if a member tells.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if a member tells.

    Examples
    --------
    >>> from ml_from_scratch.models import LinearRegression, Ridge
    >>> X, y = [[0.0], [1.0], [2.0], [3.0], [4.0]], [0.0, 2.0, 4.0, 6.0, 8.0]
    >>> members = [("plain", LinearRegression()), ("shrunken", Ridge(alpha=100.0))]
    >>> model = StackingRegressor(members, final_estimator=LinearRegression()).fit(X, y)
    >>> model.predict([[5.0]]).round(6).tolist()
    [10.0]
    """

    _default_final = RidgeCV

    def __init__(
        self,
        estimators,
        final_estimator=None,
        *,
        cv=None,
        n_jobs=None,
        passthrough=False,
        verbose=0,
    ):
        self.estimators = estimators
        self.final_estimator = final_estimator
        self.cv = cv
        self.n_jobs = n_jobs
        self.passthrough = passthrough
        self.verbose = verbose

    def fit(self, X, y, sample_weight=None):
        """Fit the members, and the final estimator on their held-out predictions.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples, of any kind that the members take.
        y : array-like of shape (n_samples,)
            What to predict.
        sample_weight : None or array-like of shape (n_samples,)
            How much each sample counts, if all estimators take that.

        Returns
        -------
        StackingRegressor
            The estimator itself.
        """
        y = check_target(y, count_rows(X), used_by="StackingRegressor")
        self._stack(X, y, sample_weight, self._members("regressor"), ("predict",), 0)
        return self

    @_final_has("predict")
    def predict(self, X, **predict_params) -> np.ndarray:
        """Return the final estimator's predictions.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        **predict_params
            More arguments for the final estimator's ``predict``.
        """
        Z = self.transform(X)
        return self.final_estimator_.predict(Z, **predict_params)  # (1)


# ---- held-out predictions ------------------------------------------------------------------------
def predict_held_out(member, method, X, y, sample_weight, train, test, n_classes) -> np.ndarray:
    """Return what a member, fitted on the training rows, says of the test rows."""
    fit_member(member, take_rows(X, train), y[train], take_rows(sample_weight, train))
    said = np.asarray(getattr(member, method)(take_rows(X, test)))  # (2)
    n_seen = len(getattr(member, "classes_", ()))
    if method == "predict" or n_seen in (0, n_classes):
        return said
    if method == "predict_proba":
        return class_columns(said, member, n_classes)
    raise ValueError(
        f"{type(member).__name__}.{method} knows {n_seen} of {n_classes} classes: a fold lacks a class. "
        "Use fewer folds, or stratified ones."
    )


def check_partition(tests, n_samples) -> None:
    """Raise ValueError unless every sample is in exactly one test part."""
    counts = np.bincount(np.concatenate(tests), minlength=n_samples)
    if len(counts) != n_samples or (counts != 1).any():
        raise ValueError(
            "stacking needs folds that are a partition: each of the "
            f"{n_samples} samples in exactly one test part. Use KFold or StratifiedKFold."
        )
