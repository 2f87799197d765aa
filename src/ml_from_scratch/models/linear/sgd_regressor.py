"""Regression by stochastic gradient descent: see ``stochastic_model`` and ``stochastic_descent``."""

from __future__ import annotations

import numpy as np

from ...core.checks import check_target, check_weights
from ...core.estimator import RegressorMixin
from ...core.random import as_generator
from ...core.scores import r_squared
from .stochastic_losses import FOR_NUMBERS
from .stochastic_model import _StochasticModel


class SGDRegressor(RegressorMixin, _StochasticModel):
    """Linear regression by stochastic gradient descent.

    scikit-learn's learning_rate="pa1" and "pa2" (passive-aggressive steps) are not offered. With an L1
    penalty the average is the mean of what the coefficients were; scikit-learn counts a shrinking as if
    it had always been there.

    Parameters
    ----------
    loss : {"squared_error", "huber", "epsilon_insensitive", "squared_epsilon_insensitive"}
        How errors count.
    penalty : {"l2", "l1", "elasticnet", None}
        What keeps coefficients small.
    alpha : float
        The weight of the penalty, per sample.
    l1_ratio : float
        The share of L1 in "elasticnet", from 0 to 1.
    fit_intercept : bool
        Whether to learn an intercept, which is not penalised.
    max_iter : int
        The most epochs (passes over the data) of ``fit``.
    tol : float or None
        Stop when the mean objective of an epoch has not fallen below the least one so far by this
        much, ``n_iter_no_change`` times in a row; with ``early_stopping`` the score takes its place.
        None makes all epochs.
    shuffle : bool
        Whether each epoch shows the samples in a new order.
    verbose : int
        Above 0: tell the objective of every epoch.
    epsilon : float
        How large an error is not one, or is a large one: for all losses but "squared_error".
    random_state : None, int or Generator
        Decides the orders, and the samples held back.
    learning_rate : {"constant", "optimal", "invscaling", "adaptive"}
        "constant" steps are ``eta0`` long, "optimal" ones 1 / (alpha (t0 + t)), "invscaling"
        eta0 / t^power_t; "adaptive" ones are eta0 and a fifth of what they were whenever the others
        would stop.
    eta0 : float
        The first step, or each; not for "optimal".
    power_t : float
        The exponent of "invscaling".
    early_stopping : bool
        Whether to stop by :math:`R^2` on samples that are held back.
    validation_fraction : float
        The share of them.
    n_iter_no_change : int
        See ``tol``.
    warm_start : bool
        Whether ``fit`` starts from what the last one has found.
    average : bool or int
        Whether the coefficients are the means of all on the way; a number is the sample (counted over
        all epochs) from which on they are averaged.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
        Coefficients.
    intercept_ : ndarray of shape (1,)
        The intercept.
    n_iter_ : int
        Epochs made.
    t_ : float
        Samples shown, and one.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[-1.0], [0.0], [1.0]], [-1.0, 1.0, 3.0]
    >>> model = SGDRegressor(penalty=None, learning_rate="constant", eta0=0.1, tol=None, max_iter=200)
    >>> model.fit(X, y).predict([[2.0]]).round(4).tolist()
    [5.0]
    """

    def __init__(
        self,
        loss="squared_error",
        *,
        penalty="l2",
        alpha=0.0001,
        l1_ratio=0.15,
        fit_intercept=True,
        max_iter=1000,
        tol=1e-3,
        shuffle=True,
        verbose=0,
        epsilon=0.1,
        random_state=None,
        learning_rate="invscaling",
        eta0=0.01,
        power_t=0.25,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=5,
        warm_start=False,
        average=False,
    ):
        self.loss = loss
        self.penalty = penalty
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.shuffle = shuffle
        self.verbose = verbose
        self.epsilon = epsilon
        self.random_state = random_state
        self.learning_rate = learning_rate
        self.eta0 = eta0
        self.power_t = power_t
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.average = average

    def fit(self, X, y, coef_init=None, intercept_init=None, sample_weight=None):
        """Learn from data, epoch after epoch.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            What to predict.
        coef_init : None or array-like of shape (n_features,)
            Coefficients to start from.
        intercept_init : None or array-like of shape (1,)
            The intercept to start from.
        sample_weight : None, float or array-like of shape (n_samples,)
            What multiplies the steps of each sample.

        Returns
        -------
        SGDRegressor
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable, or the coefficients overflow.
        """
        self._check_settings(FOR_NUMBERS)
        X, y, weights = self._check_Xy(X, y, sample_weight)
        if self.warm_start and hasattr(self, "coef_"):
            coef_init = self.coef_ if coef_init is None else coef_init
            intercept_init = self.intercept_ if intercept_init is None else intercept_init
        self._start(1, X.shape[1], coef_init, intercept_init)
        self._learn(X, y, weights, self.max_iter)
        self._warn_if_cut()
        return self

    def partial_fit(self, X, y, sample_weight=None):
        """Make one pass over some more data, and go on where the last call stopped.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            What to predict.
        sample_weight : None, float or array-like of shape (n_samples,)
            What multiplies the steps of each sample.

        Returns
        -------
        SGDRegressor
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable, or the coefficients overflow.
        """
        self._check_settings(FOR_NUMBERS, partial=True)
        first = not hasattr(self, "coef_")
        X = self._check_X(X, fitting=first)
        y = check_target(y, len(X), X.dtype, used_by=type(self).__name__)
        weights = check_weights(sample_weight, len(X), X.dtype)
        if first:
            self._start(1, X.shape[1])
        self._learn(X, y, weights, 1)
        return self

    def _learn(self, X, y, weights, max_iter) -> None:
        loss, rng = FOR_NUMBERS[self.loss](self.epsilon), as_generator(self.random_state)
        s = np.ones(len(X)) if weights is None else weights.astype(np.float64)
        y = y.astype(np.float64)
        held_out = self._hold_out(X, y, s, rng, stratify=False)
        n_iter = self._descend(X, y[None], s[None], loss, max_iter, rng, held_out)
        self._publish(n_iter, len(X), X.dtype)
        self.coef_ = self.coef_[0]

    def _score_of(self, z, y, s) -> float:
        return float(r_squared(y[:, None], z[:, None], s)[0])

    def predict(self, X) -> np.ndarray:
        """Return the predictions for X, of shape (n_samples,).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        X = self._check_X(X)
        return X @ self.coef_ + self.intercept_
