r"""AdaBoost: one weak classifier after the other, each for the samples that the last ones got wrong.

With weights :math:`w_i` of the samples, K classes and the learning rate :math:`\nu`, member m is
fitted to the weighted samples, errs on the share

.. math:: \epsilon_m = \frac{\sum_i w_i \, [c_m(x_i) \ne y_i]}{\sum_i w_i} \tag{1}

of them, and is given the say (and the samples it got wrong more weight)

.. math::
    \alpha_m &= \nu \Big( \log \frac{1 - \epsilon_m}{\epsilon_m} + \log (K - 1) \Big) \tag{2} \\
    w_i &\leftarrow w_i \, e^{\alpha_m [c_m(x_i) \ne y_i]}                     \tag{3}

so that a member that guesses at random, :math:`\epsilon = 1 - 1/K`, has no say. Together they
answer with the weighted vote

.. math::
    f_k(x) &= \frac{1}{\sum_m \alpha_m} \sum_m \alpha_m
        \begin{cases} 1 & c_m(x) = k \\ -\frac{1}{K - 1} & \text{otherwise} \end{cases} \tag{4} \\
    P(y = k \mid x) &= \mathrm{softmax}\Big( \frac{f(x)}{K - 1} \Big)_k       \tag{5}

For two classes the decision function is :math:`f_2 - f_1`, from -2 to 2. Where the weights come
from: (2) and (3) minimise :math:`\sum_i \exp(- y_i^T f(x_i) / K)` one member at a time.

Sources: Y. Freund and R. Schapire, A decision-theoretic generalization of on-line learning (1997);
J. Zhu, H. Zou, S. Rosset and T. Hastie, Multi-class AdaBoost (2009), algorithm 2 (SAMME), for (2)
and (3), equation 15 for (5).
"""

from __future__ import annotations

import math

import numpy as np

from ...core.checks import check_number, check_weights, encode_labels
from ...core.estimator import BaseEstimator, ClassifierMixin
from ...core.functions import softmax
from ...core.random import as_generator
from ...core.scores import accuracy
from ..trees import DecisionTreeClassifier
from .members import Clones, check_takes_weights, seeded_clone

LEAST_WEIGHT = float(np.finfo(np.float64).eps)  # no sample is forgotten altogether


class _AdaBoost(Clones, BaseEstimator):
    """The loop: fit a member, ask how much it errs, reweigh the samples."""

    estimator_weights_: np.ndarray
    estimator_errors_: np.ndarray

    def _boost_all(self, X, y, sample_weight) -> None:
        n = len(X)
        sample_weight = check_weights(sample_weight, n)
        w = np.full(n, 1.0) if sample_weight is None else sample_weight
        w, absent = w / w.sum(), w == 0.0
        self.estimator_ = self._member()
        self.estimators_ = []
        self.estimator_weights_ = np.zeros(self.n_estimators)
        self.estimator_errors_ = np.ones(self.n_estimators)
        rng = as_generator(self.random_state)
        for m in range(self.n_estimators):
            w = np.where(absent, 0.0, np.maximum(w, LEAST_WEIGHT))
            member = seeded_clone(self.estimator_, rng)
            say, error, w = self._boost(member, X, y, w, rng)
            if say is None:
                break
            self.estimator_weights_[m], self.estimator_errors_[m] = say, error
            if error == 0.0 or not w.any():
                break
            w = w / w.sum()

    def _boost(self, member, X, y, w, rng):
        """Fit a member, keep it if it helps; return its say (None: stop), its error, new weights."""
        raise NotImplementedError

    def _check_settings(self) -> None:
        check_number("n_estimators", self.n_estimators, least=1, integer=True)
        check_number("learning_rate", self.learning_rate, above=0)

    @property
    def feature_importances_(self) -> np.ndarray:
        """The members' feature importances, averaged by their say."""
        self._check_is_fitted()
        if not all(hasattr(member, "feature_importances_") for member in self.estimators_):
            raise AttributeError(
                "Unable to compute feature importances since estimator does not have a "
                "feature_importances_ attribute."
            )
        says = self.estimator_weights_[: len(self.estimators_)]
        total = sum(say * e.feature_importances_ for say, e in zip(says, self.estimators_))
        return total / says.sum()

    def staged_score(self, X, y, sample_weight=None):
        """Yield the score after each member.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            What should be predicted.
        sample_weight : None or array-like of shape (n_samples,)
            How much each sample counts.
        """
        weights = check_weights(sample_weight, len(y))
        for y_pred in self.staged_predict(X):
            yield self._score_of(np.asarray(y), y_pred, weights)


class AdaBoostClassifier(ClassifierMixin, _AdaBoost):
    """A weighted vote of weak classifiers, each fitted to what the ones before got wrong (SAMME).

    Parameters
    ----------
    estimator : None or classifier
        What is cloned; its ``fit`` must take ``sample_weight``. None takes
        DecisionTreeClassifier(max_depth=1), a single question.
    n_estimators : int
        The most members; with a member that errs nowhere, or is no better than guessing, it ends.
    learning_rate : float
        How much of its say each member is given.
    random_state : None, int or Generator
        Decides each member's own ``random_state``.

    Attributes
    ----------
    estimator_ : classifier
        What was cloned.
    estimators_ : list of classifiers
        The fitted members.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_classes_ : int
        Their number.
    estimator_weights_ : ndarray of shape (n_estimators,)
        The say of each member; 0 for those that were not needed.
    estimator_errors_ : ndarray of shape (n_estimators,)
        Its error on the samples as they were weighted for it; 1 for those that were not needed.
    feature_importances_ : ndarray of shape (n_features,)
        The members' feature importances, averaged by their say, if they have any.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    No single question finds the middle, three of them do:

    >>> X, y = [[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]], ["out", "out", "in", "in", "out", "out"]
    >>> model = AdaBoostClassifier(n_estimators=3).fit(X, y)
    >>> [round(float(stage), 3) for stage in model.staged_score(X, y)]
    [0.667, 0.667, 1.0]
    """

    _default_member = staticmethod(lambda: DecisionTreeClassifier(max_depth=1))

    def __init__(self, estimator=None, *, n_estimators=50, learning_rate=1.0, random_state=None):
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.random_state = random_state

    def fit(self, X, y, sample_weight=None):
        """Fit one member after the other.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            Their labels.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts at the start.

        Returns
        -------
        AdaBoostClassifier
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable, or the first member is no better than guessing.
        TypeError
            If the estimator's ``fit`` takes no sample weights.
        """
        self._check_settings()
        check_takes_weights([self._member()])
        X = self._check_X(X, fitting=True, allow_nan=True)
        self.classes_, index = encode_labels(y, len(X), used_by=type(self).__name__)
        self.n_classes_ = len(self.classes_)
        self._boost_all(X, self.classes_[index], sample_weight)
        return self

    def _boost(self, member, X, y, w, rng):
        member.fit(X, y, sample_weight=w)
        wrong = member.predict(X) != y
        error = float(w[wrong].sum() / w.sum())  # (1)
        if error <= 0.0:
            self.estimators_.append(member)
            return 1.0, 0.0, w
        if error >= 1.0 - 1.0 / self.n_classes_:
            if not self.estimators_:
                raise ValueError(
                    "the first classifier in the AdaBoostClassifier ensemble is worse than random "
                    f"(error {error:.3f} with {self.n_classes_} classes): the ensemble can not be fit. "
                    "Use a stronger estimator, such as a deeper tree."
                )
            return None, None, w
        self.estimators_.append(member)
        odds = math.log((1.0 - error) / error) + math.log(self.n_classes_ - 1.0)
        say = self.learning_rate * odds  # (2)
        # Only proportions count: the wrong ones stay, the right ones shrink, and nothing overflows.
        return say, error, np.where(wrong, w, w * math.exp(-say))  # (3)

    # ---- answers ---------------------------------------------------------------------------------
    def decision_function(self, X) -> np.ndarray:
        """Return the weighted votes, of shape (n_samples,) for two classes, else (n_samples, K).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        X = self._check_X(X, allow_nan=True)
        votes = 0.0
        for member, say in zip(self.estimators_, self.estimator_weights_.tolist()):
            votes = votes + self._vote(member, say, X)
        return self._decision(votes, float(self.estimator_weights_.sum()))

    def staged_decision_function(self, X):
        """Yield the decision function after each member.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        X = self._check_X(X, allow_nan=True)
        votes, total = 0.0, 0.0
        for member, say in zip(self.estimators_, self.estimator_weights_.tolist()):
            votes, total = votes + self._vote(member, say, X), total + say
            yield self._decision(votes, total)

    def _vote(self, member, say, X) -> np.ndarray:
        """Return a member's votes of shape (n, K): its say for one class, against the others."""
        if self.n_classes_ == 1:
            return np.zeros((len(X), 1), X.dtype)
        chosen = member.predict(X)[:, None] == self.classes_
        against = -say / (self.n_classes_ - 1)
        return np.where(chosen, X.dtype.type(say), X.dtype.type(against))  # (n, K)  (4)

    def _decision(self, votes, total) -> np.ndarray:
        f = votes / total
        return f[:, 1] - f[:, 0] if self.n_classes_ == 2 else f

    def _labels(self, decision) -> np.ndarray:
        winners = decision > 0.0 if self.n_classes_ == 2 else decision.argmax(axis=1)
        return self.classes_[winners.astype(np.intp)]

    def _probabilities(self, decision) -> np.ndarray:
        if self.n_classes_ == 1:
            return np.ones_like(decision)
        if self.n_classes_ == 2:
            return softmax(np.column_stack([-decision, decision]) / 2.0)
        return softmax(decision / (self.n_classes_ - 1))  # (n, K)  (5)

    def predict(self, X) -> np.ndarray:
        """Return the class with the most votes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        decision = self.decision_function(X)
        return self._labels(decision)

    def staged_predict(self, X):
        """Yield the predictions after each member.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        yield from map(self._labels, self.staged_decision_function(X))

    def predict_proba(self, X) -> np.ndarray:
        """Return class probabilities, of shape (n_samples, n_classes).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        return self._probabilities(self.decision_function(X))

    def staged_predict_proba(self, X):
        """Yield the class probabilities after each member.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        yield from map(self._probabilities, self.staged_decision_function(X))

    def predict_log_proba(self, X) -> np.ndarray:
        """Return the logarithms of the class probabilities.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        return np.log(self.predict_proba(X))

    def _score_of(self, y_true, y_pred, weights) -> float:
        return accuracy(y_true, y_pred, weights)
