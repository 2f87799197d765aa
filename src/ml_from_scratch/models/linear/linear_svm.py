r"""Linear support vector machines: a border with a wide margin, and a tube that holds the targets.

With labels :math:`t_i = \pm 1`, scores :math:`z_i = w^T x_i + b` and weights :math:`c_i` (C times the
weights of the sample and of its class), a classifier minimises one of

.. math::
    \tfrac12 \|\tilde w\|^2 + \sum_i c_i \max(0, 1 - t_i z_i) \qquad
    \tfrac12 \|\tilde w\|^2 + \sum_i c_i \max(0, 1 - t_i z_i)^2

and a regressor the same of :math:`\max(0, |y_i - z_i| - \varepsilon)`. As in liblinear, whose objectives
these are, the intercept is the coefficient of one more feature of a constant value, and is penalised
like the others:

.. math::
    \tilde x &= (x, \text{intercept\_scaling}) \tag{1} \\
    b &= \text{intercept\_scaling} \cdot \tilde w_{d+1} \tag{2}

The squared losses are solved by Newton's method (``interval_loss``), the others, which have corners,
by an interior-point method (``hinge_program``): both to the exact minimum, in a handful of passes over
the data. For a tube without width the two sides of a target are one hinge and a straight line, as

.. math:: |y - z| = 2 \max(0, y - z) - (y - z) \tag{3}

With several classes there is one border for each, against all others, and the highest score wins.

Source: Fan, Chang, Hsieh, Wang and Lin, LIBLINEAR: a library for large linear classification, 2008;
Ho and Lin, Large-scale linear support vector regression, 2012.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_choice, check_number
from ...core.estimator import BaseEstimator, RegressorMixin
from ..class_weight import class_weights
from ..convergence import warn_not_converged
from .hinge_program import minimize_hinges
from .interval_loss import Intervals, fit_l1, fit_l2
from .linear_classifier import _LinearClassifier


class LinearSVC(_LinearClassifier):
    """Linear classifier with a wide margin.

    scikit-learn's multi_class="crammer_singer" and penalty="l1" with loss="hinge" are not offered.

    Parameters
    ----------
    penalty : {"l2", "l1"}
        Half the square of the coefficients, or their absolute values, which makes many of them zero.
    loss : {"squared_hinge", "hinge"}
        What a score lacks to the margin, squared or not; "l1" goes with the square only.
    dual : "auto" or bool
        For scikit-learn's sake: both of its solvers have one minimum, and here is one solver.
    tol : float
        With the squared loss: stop when the gradient's norm is at most tol times that at zero. With
        the other, or "l1": when the objective is within tol squared times itself of the minimum.
    C : float
        The weight of the losses against the penalty.
    multi_class : {"ovr"}
        One border for each class, against all others.
    fit_intercept : bool
        Whether to learn an intercept, which is penalised.
    intercept_scaling : float
        The larger, the less the penalty says about the intercept; see (1).
    class_weight : None, "balanced" or dict
        What C is multiplied with for samples of each class. With more than two classes, as in
        liblinear, the samples of all others keep their weight when a class's border is learned.
    verbose : int
        Above 0: tell how many iterations were made.
    random_state : None, int or Generator
        For scikit-learn's sake: nothing here is random.
    max_iter : int
        The most iterations; about ten are needed.

    Attributes
    ----------
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Coefficients; with two classes those of the second.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercepts; 0.0 without ``fit_intercept``.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_iter_ : int
        Iterations made (the most of any class).
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [3.0], [4.0]], ["left", "left", "right", "right"]
    >>> model = LinearSVC(C=1000.0, loss="hinge", intercept_scaling=100.0).fit(X, y)
    >>> model.coef_.round(2).tolist(), model.intercept_.round(2).tolist()  # margins at 1 and 3
    ([[1.0]], [-2.0])
    """

    def __init__(
        self,
        penalty="l2",
        loss="squared_hinge",
        *,
        dual="auto",
        tol=1e-4,
        C=1.0,
        multi_class="ovr",
        fit_intercept=True,
        intercept_scaling=1,
        class_weight=None,
        verbose=0,
        random_state=None,
        max_iter=1000,
    ):
        self.penalty = penalty
        self.loss = loss
        self.dual = dual
        self.tol = tol
        self.C = C
        self.multi_class = multi_class
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.class_weight = class_weight
        self.verbose = verbose
        self.random_state = random_state
        self.max_iter = max_iter

    def fit(self, X, y, sample_weight=None):
        """Learn the borders from labelled samples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            Their labels: numbers or strings, of at least two classes.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts; 2 is the same as having it twice.

        Returns
        -------
        LinearSVC
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        check_choice("penalty", self.penalty, ("l2", "l1"))
        check_choice("loss", self.loss, ("squared_hinge", "hinge"))
        check_choice("multi_class", self.multi_class, ("ovr",))
        if self.penalty == "l1" and self.loss == "hinge":
            raise ValueError(
                "penalty='l1' with loss='hinge' is not offered; use loss='squared_hinge', or "
                "penalty='l2'."
            )
        _check_settings(self)
        X, classes, index, weights = self._check_X_labels(X, y, sample_weight)
        if len(classes) < 2:
            raise ValueError(
                "LinearSVC needs samples of at least 2 classes, but the data contains only one class: "
                f"{classes[0]!r}."
            )
        C = self.C * (np.ones(len(X)) if weights is None else weights.astype(np.float64))
        of_class = class_weights(self.class_weight, classes, index, weights)
        design, borders, n_iter = _design(self, X), [], []
        for k in [1] if len(classes) == 2 else range(len(classes)):
            positive = index == k
            others = of_class[0] if len(classes) == 2 else 1.0
            c = C * np.where(positive, of_class[k], others)
            counted = slice(None) if c.all() else c > 0.0
            v, iterations, converged = self._border(design[counted], positive[counted], c[counted])
            _report(self, iterations, converged)
            borders.append(v)
            n_iter.append(iterations)
        self.classes_ = classes
        self.coef_, self.intercept_ = _learned(self, np.array(borders), X)
        self.n_iter_ = max([1, *n_iter])
        return self

    def _border(self, x, positive, c):
        if self.loss == "hinge":
            sign = np.where(positive, 1.0, -1.0)
            nothing = np.zeros(x.shape[1])
            return minimize_hinges(
                sign[:, None] * x, np.ones(len(x)), c, nothing, 0.0, self.tol**2, self.max_iter
            )
        lower, upper = np.where(positive, 1.0, -np.inf), np.where(positive, np.inf, -1.0)
        fit = fit_l2 if self.penalty == "l2" else fit_l1
        return fit(Intervals(x, lower, upper, c), self.tol, self.max_iter)


class LinearSVR(RegressorMixin, BaseEstimator):
    """Linear regression that does not mind errors up to epsilon, and few large ones little.

    Parameters
    ----------
    epsilon : float
        Half the width of the tube in which errors do not count.
    tol : float
        With "squared_epsilon_insensitive": stop when the gradient's norm is at most tol times that at
        zero. With the other: when the objective is within tol squared times itself of the minimum.
    C : float
        The weight of the losses against the penalty.
    loss : {"epsilon_insensitive", "squared_epsilon_insensitive"}
        How far a target is outside of the tube, or its square.
    fit_intercept : bool
        Whether to learn an intercept, which is penalised.
    intercept_scaling : float
        The larger, the less the penalty says about the intercept; see (1).
    dual : "auto" or bool
        For scikit-learn's sake: both of its solvers have one minimum, and here is one solver.
    verbose : int
        Above 0: tell how many iterations were made.
    random_state : None, int or Generator
        For scikit-learn's sake: nothing here is random.
    max_iter : int
        The most iterations; about fifteen are needed.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
        Coefficients.
    intercept_ : ndarray of shape (1,)
        The intercept; 0.0 without ``fit_intercept``.
    n_iter_ : int
        Iterations made.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0], [4.0]], [0.0, 1.0, 2.0, 3.0, 40.0]
    >>> model = LinearSVR(C=1000.0, intercept_scaling=100.0).fit(X, y)
    >>> model.predict([[5.0]]).round(2).tolist()  # the outlier is ignored
    [5.0]
    """

    def __init__(
        self,
        *,
        epsilon=0.0,
        tol=1e-4,
        C=1.0,
        loss="epsilon_insensitive",
        fit_intercept=True,
        intercept_scaling=1.0,
        dual="auto",
        verbose=0,
        random_state=None,
        max_iter=1000,
    ):
        self.epsilon = epsilon
        self.tol = tol
        self.C = C
        self.loss = loss
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.dual = dual
        self.verbose = verbose
        self.random_state = random_state
        self.max_iter = max_iter

    def fit(self, X, y, sample_weight=None):
        """Learn coefficients and intercept from data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            What to predict.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts; 2 is the same as having it twice.

        Returns
        -------
        LinearSVR
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        check_choice("loss", self.loss, ("epsilon_insensitive", "squared_epsilon_insensitive"))
        check_number("epsilon", self.epsilon, least=0)
        _check_settings(self)
        X, y, weights = self._check_Xy(X, y, sample_weight)
        c = self.C * (np.ones(len(X)) if weights is None else weights.astype(np.float64))
        counted = slice(None) if c.all() else c > 0.0
        x, target, c = _design(self, X)[counted], y[counted].astype(np.float64), c[counted]
        v, iterations, converged = self._tube(x, target, c)
        _report(self, iterations, converged)
        coef, self.intercept_ = _learned(self, v[None], X)
        self.coef_, self.n_iter_ = coef[0], max(1, iterations)
        return self

    def _tube(self, x, y, c):
        if self.loss == "squared_epsilon_insensitive":
            tube = Intervals(x, y - self.epsilon, y + self.epsilon, c)
            return fit_l2(tube, self.tol, self.max_iter)
        if self.epsilon == 0:
            return minimize_hinges(
                x, y, 2.0 * c, c @ x, -float(c @ y), self.tol**2, self.max_iter  # (3)
            )
        sides, ends = np.vstack([x, -x]), np.concatenate([y - self.epsilon, -y - self.epsilon])
        nothing = np.zeros(x.shape[1])
        return minimize_hinges(
            sides, ends, np.concatenate([c, c]), nothing, 0.0, self.tol**2, self.max_iter
        )

    def predict(self, X) -> np.ndarray:
        """Return the predictions for X, of shape (n_samples,).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        X = self._check_X(X)
        return X @ self.coef_ + self.intercept_


# ---- what both share -----------------------------------------------------------------------------
def _check_settings(model) -> None:
    check_choice("dual", model.dual, ("auto", True, False))
    check_number("tol", model.tol, above=0)
    check_number("C", model.C, above=0)
    check_number("intercept_scaling", model.intercept_scaling, above=0)
    check_number("max_iter", model.max_iter, least=1, integer=True)


def _design(model, X) -> np.ndarray:
    """Return X in float64, with the column of the intercept."""
    design = np.empty((len(X), X.shape[1] + bool(model.fit_intercept)))
    design[:, : X.shape[1]] = X
    design[:, X.shape[1] :] = model.intercept_scaling  # (1)
    largest = float(np.abs(design).max())
    if largest > 1e140:  # squares would overflow
        raise ValueError(
            f"X has values up to {largest:.1e}, whose squares are too large. Scale the features first: "
            "with StandardScaler, for example."
        )
    return design


def _report(model, iterations, converged) -> None:
    if model.verbose:
        print(f"{type(model).__name__}: {iterations} iterations")
    if not converged:
        warn_not_converged(model, model, "the minimum is not reached")


def _learned(model, borders, X):
    """Return coefficients (K, d) and intercepts (K,)."""
    d = X.shape[1]
    if not model.fit_intercept:
        return borders.astype(X.dtype), 0.0
    intercept = model.intercept_scaling * borders[:, d]  # (2)
    return borders[:, :d].astype(X.dtype), intercept.astype(X.dtype)
