r"""Voting: several different models answer, and the majority, or the mean, decides.

With member m's class :math:`c_m(x)`, class probabilities :math:`p_m(x)` or number :math:`f_m(x)`,
and weights :math:`v_m` of the members (all 1 unless given):

.. math::
    \text{hard} \quad \hat y &= \arg\max_k \sum_m v_m \, [c_m(x) = k]   \tag{1} \\
    \text{soft} \quad P(y = k \mid x) &= \frac{\sum_m v_m \, p_m(x)_k}{\sum_m v_m} \tag{2} \\
    \text{regression} \quad \hat y &= \frac{\sum_m v_m f_m(x)}{\sum_m v_m}    \tag{3}

Why it helps: models that err independently seldom err together. If three are right with
probability 0.7 each, most of them are right with probability 0.784. In (1) a tie goes to the class
that comes first.

Source: L. Breiman, Bagging predictors (1996), section 4, for the vote; L. Lam and C. Y. Suen,
Application of majority voting to pattern recognition (1997).
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_choice, check_target, encode_labels
from ...core.estimator import ClassifierMixin, RegressorMixin
from ...utils.model_selection.rows import count_rows
from ...utils.preprocessing import LabelEncoder
from ..available import available_if
from .named_estimators import _NamedEstimators, check_member_weights


class _Voting(_NamedEstimators):
    """Fitting all members on all data, and their weights."""

    weights: list | None

    def _fit_voters(self, X, y, sample_weight):
        members = self._members(self._estimator_type)
        check_member_weights(self.weights, len(self.estimators))
        fitted = self._fit_members(members, X, y, sample_weight)
        self._adopt(members, fitted)

    def _voices(self) -> np.ndarray:
        """Return the weights of the fitted members, v."""
        given = [1.0] * len(self._places) if self.weights is None else self.weights
        return np.array([v for v, i in zip(given, self._places.values()) if i >= 0], dtype=float)

    def _ask(self, method: str, X) -> list[np.ndarray]:
        self._check_is_fitted()
        return [np.asarray(getattr(member, method)(X)) for member in self.estimators_]

    def get_feature_names_out(self, input_features=None) -> np.ndarray:
        """Return names for the columns of ``transform``: the class's, then the member's.

        Parameters
        ----------
        input_features : None or list of str
            Not used, but compared with the names seen in ``fit``.
        """
        self._check_is_fitted()
        self._check_names_given(input_features)
        prefix = type(self).__name__.lower()
        return np.array([f"{prefix}_{name}" for name in self._columns_out()], dtype=object)

    def _columns_out(self) -> list[str]:
        return self._fitted_names()


class VotingClassifier(ClassifierMixin, _Voting):
    """A classifier that lets several vote.

    Members are fitted on the numbers of the classes, 0, 1, ... (``le_`` translates), and are called
    with X as it came: a data frame stays one.

    Parameters
    ----------
    estimators : list of (str, estimator)
        The voters and their names; "drop" in place of an estimator leaves it out.
    voting : {"hard", "soft"}
        Whether to count the members' classes or to average their probabilities.
    weights : None or array-like of shape (n_estimators,)
        How much each voice counts.
    n_jobs : None or int
        How many members are fitted at once (with joblib).
    flatten_transform : bool
        With soft voting: whether ``transform`` returns the probabilities side by side, or of shape
        (n_estimators, n_samples, n_classes).
    verbose : bool
        Whether to print when each member is fitted.

    Attributes
    ----------
    estimators_ : list of classifiers
        The fitted members, without those dropped.
    named_estimators_ : Bunch
        The same by name.
    le_ : LabelEncoder
        Turns labels into class numbers and back.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        The number of features seen in ``fit``, if a member tells.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if a member tells.

    Examples
    --------
    >>> from ml_from_scratch.models import LogisticRegression, Perceptron
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["no", "no", "yes", "yes"]
    >>> voters = [("logistic", LogisticRegression()), ("perceptron", Perceptron())]
    >>> model = VotingClassifier(voters, weights=[2, 1]).fit(X, y)
    >>> model.predict([[0.2], [2.9]]).tolist()
    ['no', 'yes']
    """

    def __init__(
        self,
        estimators,
        *,
        voting="hard",
        weights=None,
        n_jobs=None,
        flatten_transform=True,
        verbose=False,
    ):
        self.estimators = estimators
        self.voting = voting
        self.weights = weights
        self.n_jobs = n_jobs
        self.flatten_transform = flatten_transform
        self.verbose = verbose

    def fit(self, X, y, sample_weight=None):
        """Fit every member.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples, of any kind that the members take.
        y : array-like of shape (n_samples,)
            Their labels.
        sample_weight : None or array-like of shape (n_samples,)
            How much each sample counts, if all members take that.

        Returns
        -------
        VotingClassifier
            The estimator itself.

        Raises
        ------
        ValueError
            If names, weights, kinds of members or labels are unusable.
        TypeError
            If a member cannot use sample weights.
        """
        check_choice("voting", self.voting, ("hard", "soft"))
        classes, index = encode_labels(y, count_rows(X), used_by="VotingClassifier")
        self._fit_voters(X, index, sample_weight)
        self.le_ = LabelEncoder().fit(classes)
        self.classes_ = self.le_.classes_
        return self

    def predict(self, X) -> np.ndarray:
        """Return the class that wins, for each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        if self.voting == "soft":
            winners = self.predict_proba(X).argmax(axis=1)
            return self.classes_[winners]
        ballots = self._ask("predict", X)
        votes = np.zeros((len(ballots[0]), len(self.classes_)))  # (n, K)
        for voice, chosen in zip(self._voices(), ballots):
            votes[np.arange(len(votes)), chosen] += voice
        return self.classes_[votes.argmax(axis=1)]  # (1)

    @available_if(lambda self: self.voting == "soft")
    def predict_proba(self, X) -> np.ndarray:
        """Return the mean of the members' probabilities (soft voting only).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        return weighted_mean(self._ask("predict_proba", X), self._voices())  # (n, K)  (2)

    def transform(self, X) -> np.ndarray:
        """Return what each member says: class numbers, or with soft voting probabilities.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        ndarray of shape (n_samples, n_estimators), (n_samples, n_estimators * n_classes) or
        (n_estimators, n_samples, n_classes)
        """
        if self.voting == "hard":
            return np.stack(self._ask("predict", X), axis=1)
        probabilities = self._ask("predict_proba", X)
        return np.hstack(probabilities) if self.flatten_transform else np.stack(probabilities)

    def _columns_out(self):
        if self.voting == "hard":
            return self._fitted_names()
        if not self.flatten_transform:
            raise ValueError(
                "get_feature_names_out is not supported when voting='soft' and "
                "flatten_transform=False, as transform then returns no table. Set it to True."
            )
        return [f"{name}{k}" for name in self._fitted_names() for k in range(len(self.classes_))]


class VotingRegressor(RegressorMixin, _Voting):
    """A regressor that predicts the mean of what several predict.

    Parameters
    ----------
    estimators : list of (str, estimator)
        The members and their names; "drop" in place of an estimator leaves it out.
    weights : None or array-like of shape (n_estimators,)
        How much each member counts.
    n_jobs : None or int
        How many members are fitted at once (with joblib).
    verbose : bool
        Whether to print when each member is fitted.

    Attributes
    ----------
    estimators_ : list of regressors
        The fitted members, without those dropped.
    named_estimators_ : Bunch
        The same by name.
    n_features_in_ : int
        The number of features seen in ``fit``, if a member tells.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if a member tells.

    Examples
    --------
    >>> from ml_from_scratch.models import LinearRegression, Ridge
    >>> model = VotingRegressor([("plain", LinearRegression()), ("shrunken", Ridge(alpha=2.0))])
    >>> model.fit([[-1.0], [0.0], [1.0]], [0.0, 1.0, 2.0]).predict([[1.0]]).round(6).tolist()
    [1.75]
    """

    def __init__(self, estimators, *, weights=None, n_jobs=None, verbose=False):
        self.estimators = estimators
        self.weights = weights
        self.n_jobs = n_jobs
        self.verbose = verbose

    def fit(self, X, y, sample_weight=None):
        """Fit every member.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples, of any kind that the members take.
        y : array-like of shape (n_samples,)
            What to predict.
        sample_weight : None or array-like of shape (n_samples,)
            How much each sample counts, if all members take that.

        Returns
        -------
        VotingRegressor
            The estimator itself.
        """
        y = check_target(y, count_rows(X), used_by="VotingRegressor")
        self._fit_voters(X, y, sample_weight)
        return self

    def predict(self, X) -> np.ndarray:
        """Return the mean of the members' predictions.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        return weighted_mean(self._ask("predict", X), self._voices())  # (n,)  (3)

    def transform(self, X) -> np.ndarray:
        """Return the members' predictions, a column each.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        return np.stack(self._ask("predict", X), axis=1)


def weighted_mean(arrays, weights) -> np.ndarray:
    """Return the weighted mean of arrays of one shape, in their dtype.

    >>> weighted_mean([np.array([0.0, 1.0]), np.array([1.0, 3.0])], np.array([1.0, 3.0])).tolist()
    [0.75, 2.5]
    """
    total = sum(weight * array for weight, array in zip(weights.tolist(), arrays))
    return total / float(weights.sum())
