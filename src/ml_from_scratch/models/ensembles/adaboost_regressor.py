r"""AdaBoost.R2: AdaBoost for numbers, where an error is large or small in place of right or wrong.

Member m is fitted to n samples drawn with replacement, sample i with the chance :math:`w_i`. With
its largest error D, its losses, the learning rate :math:`\nu` and the mean loss under the weights,

.. math::
    L_i &= |y_i - f_m(x_i)| / D  \quad (\text{linear}; \ L_i^2 \text{: square}; \
        1 - e^{-L_i} \text{: exponential}) \tag{1} \\
    \bar L_m &= \textstyle\sum_i w_i L_i               \tag{2} \\
    \beta_m &= \bar L_m / (1 - \bar L_m)               \tag{3} \\
    w_i &\leftarrow w_i \, \beta_m^{\nu (1 - L_i)}     \tag{4} \\
    \alpha_m &= \nu \log (1 / \beta_m)                 \tag{5}

samples that were predicted well lose weight, and the next member sees more of the others. It ends
when :math:`\bar L \ge 1/2`. The answer is the median of the members' predictions, weighted by their
say: the smallest prediction at which half of the say is reached,

.. math::
    f(x) = \min \Big\{ f_m(x) : \sum_{l :\, f_l(x) \le f_m(x)} \alpha_l
        \ge \tfrac12 \sum_l \alpha_l \Big\} \tag{6}

Source: H. Drucker, Improving regressors using boosting techniques (1997).
"""

from __future__ import annotations

import math

import numpy as np

from ...core.checks import check_choice, check_target
from ...core.estimator import RegressorMixin
from ...core.scores import r_squared
from ..trees import DecisionTreeRegressor
from .adaboost import _AdaBoost


class AdaBoostRegressor(RegressorMixin, _AdaBoost):
    """The weighted median of regressors, each fitted to what the ones before predicted badly.

    Parameters
    ----------
    estimator : None or regressor
        What is cloned; None takes DecisionTreeRegressor(max_depth=3).
    n_estimators : int
        The most members; with a member that errs nowhere, or too much, it ends.
    learning_rate : float
        How much of its say each member is given.
    loss : {"linear", "square", "exponential"}
        How errors count.
    random_state : None, int or Generator
        Decides the samples drawn, and each member's own ``random_state``.

    Attributes
    ----------
    estimator_ : regressor
        What was cloned.
    estimators_ : list of regressors
        The fitted members.
    estimator_weights_ : ndarray of shape (n_estimators,)
        The say of each member; 0 for those that were not needed.
    estimator_errors_ : ndarray of shape (n_estimators,)
        Its mean loss under the weights; 1 for those that were not needed.
    feature_importances_ : ndarray of shape (n_features,)
        The members' feature importances, averaged by their say, if they have any.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X = np.linspace(0.0, 6.0, 50)[:, None]
    >>> model = AdaBoostRegressor(random_state=0).fit(X, np.sin(X[:, 0]))
    >>> model.score(X, np.sin(X[:, 0])) > 0.95
    True
    """

    _default_member = staticmethod(lambda: DecisionTreeRegressor(max_depth=3))

    def __init__(
        self,
        estimator=None,
        *,
        n_estimators=50,
        learning_rate=1.0,
        loss="linear",
        random_state=None,
    ):
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.loss = loss
        self.random_state = random_state

    def fit(self, X, y, sample_weight=None):
        """Fit one member after the other.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            What to predict.
        sample_weight : None, float or array-like of shape (n_samples,)
            How likely each sample is to be drawn at the start.

        Returns
        -------
        AdaBoostRegressor
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        self._check_settings()
        check_choice("loss", self.loss, ("linear", "square", "exponential"))
        X = self._check_X(X, fitting=True, allow_nan=True)
        y = check_target(y, len(X), used_by=type(self).__name__)
        self._boost_all(X, y, sample_weight)
        return self

    def _boost(self, member, X, y, w, rng):
        rows = draw_by_weight(rng, w)
        member.fit(X[rows], y[rows])
        losses = self._losses(np.abs(member.predict(X) - y), w > 0.0)
        mean_loss = float((w * losses).sum())  # (2)
        if mean_loss <= 0.0:
            self.estimators_.append(member)
            return 1.0, 0.0, w
        if mean_loss >= 0.5:
            if not self.estimators_:  # better a bad answer than none
                self.estimators_.append(member)
            return None, None, w
        self.estimators_.append(member)
        beta = mean_loss / (1.0 - mean_loss)  # (3)
        w = w * beta ** (self.learning_rate * (1.0 - losses))  # (4)
        return self.learning_rate * math.log(1.0 / beta), mean_loss, w  # (5)

    def _losses(self, errors, present) -> np.ndarray:
        """Return the losses, from 0 to 1 for the samples that have weight."""
        largest = errors[present].max()
        losses = np.where(present, errors, 0.0) / (largest if largest > 0.0 else 1.0)
        if self.loss == "square":
            return losses**2
        return 1.0 - np.exp(-losses) if self.loss == "exponential" else losses  # (1)

    # ---- answers ---------------------------------------------------------------------------------
    def _said(self, X) -> np.ndarray:
        """Return the members' predictions, of shape (n, M)."""
        X = self._check_X(X, allow_nan=True)
        return np.stack([member.predict(X) for member in self.estimators_], axis=1)

    def _median(self, said) -> np.ndarray:
        order = np.argsort(said, axis=1)  # (n, m)
        reached = np.cumsum(self.estimator_weights_[order], axis=1)
        half = (reached >= 0.5 * reached[:, -1:]).argmax(axis=1)
        rows = np.arange(len(said))
        return said[rows, order[rows, half]]  # (n,)  (6)

    def predict(self, X) -> np.ndarray:
        """Return the weighted median of the members' predictions.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        return self._median(self._said(X))

    def staged_predict(self, X):
        """Yield the predictions after each member.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        said = self._said(X)
        for m in range(1, said.shape[1] + 1):
            yield self._median(said[:, :m])

    def _score_of(self, y_true, y_pred, weights) -> float:
        return float(r_squared(y_true[:, None], y_pred[:, None], weights)[0])


def draw_by_weight(rng, w) -> np.ndarray:
    """Return as many row numbers as there are, drawn with replacement, with chances like w."""
    return rng.choice(len(w), len(w), p=w / w.sum())
