r"""Logistic regression: class probabilities from scores that are linear in the features.

Scores become probabilities by the sigmoid and the softmax of ``linear_classifier``. The parameters
minimise the negative log-likelihood of the labels plus an L2 penalty (see
``logistic_objective``). That is convex: there is one minimum, and the solvers differ in how they
walk there. Newton's method takes few, costly steps; L-BFGS more, cheap ones; gradient descent and
its mini-batches many, in the simplest way. Their steps are 1 / L, for a bound on the curvature of
the whole objective, and of what a batch of m of the n samples makes of it:

.. math::
    L &= \frac{1}{S} \Big( c\, \lambda_{max}\big(\textstyle\sum_i s_i \tilde x_i \tilde x_i^T\big)
        + \lambda \Big), \qquad c = \tfrac14 \text{ for two classes, } \tfrac12 \text{ for more} \tag{1} \\
    L_m &= a L + (1 - a)\, \frac{1}{S} \Big( c\, n \max_i s_i \|\tilde x_i\|^2 + \lambda \Big),
        \qquad a = \frac{n (m - 1)}{m (n - 1)} \tag{2}

Sources: Böhning, Multinomial logistic regression algorithm, 1992, for c; Gower et al., SGD: general
analysis and improved rates, 2019, proposition 3.8, for (2).
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_choice, check_number
from ...core.estimator import fit_settings
from ...core.random import as_generator
from ...datasets.batches import batch_indices
from ...losses import BinaryCrossEntropy, CrossEntropy
from ...optimizers.second_order import minimize_lbfgs, minimize_newton
from ..class_weight import weigh_classes
from ..convergence import warn_not_converged
from .descent import gradient_descent, minibatch_descent
from .linear_classifier import _LogLinearClassifier
from .logistic_objective import BinaryObjective, SoftmaxObjective

SOLVERS = ("auto", "newton-cholesky", "lbfgs", "gradient_descent", "sgd")
FEW_PARAMETERS = 64  # up to here a Hessian costs less than the iterations that it saves


class LogisticRegression(_LogLinearClassifier):
    r"""Logistic regression for two classes (binary) or more (multinomial), with an L2 penalty.

    Other penalties than L2, and one-versus-rest, are not offered.

    Parameters
    ----------
    penalty : {"l2", None}
        None is the same as ``C=np.inf``.
    C : float
        How little the coefficients are penalised: the objective is C times the sum of the losses
        plus half the squared norm of the coefficients. Infinity is no penalty.
    tol : float
        Stop when no element of the gradient (of the objective per sample and per C) is larger.
    fit_intercept : bool
        Whether to learn an intercept per score, which is not penalised.
    class_weight : None, "balanced" or dict
        How much samples of each class count; "balanced" gives each class the same total.
    random_state : None, int or Generator
        Decides the order of mini-batches; the other solvers are not random.
    solver : {"auto", "newton-cholesky", "lbfgs", "gradient_descent", "sgd"}
        "auto" takes "newton-cholesky" for up to 64 parameters, "lbfgs" for more. "sgd" is gradient
        descent on mini-batches, with the noise of the batches cancelled. All minimise the same
        objective, and where they converge the gradient is at most ``tol``: coefficients then agree
        to about ``tol`` divided by the smallest curvature of the objective (per sample), and
        probabilities more closely.
    max_iter : int
        The most iterations; passes over the data for "sgd".
    warm_start : bool
        Whether to start from what the last ``fit`` has found.
    n_jobs : None or int
        For scikit-learn's sake: NumPy's linear algebra decides about threads.
    eta0 : None or float
        The step of "gradient_descent" and "sgd"; None computes it from the data.
    batch_size : int
        Samples in a mini-batch of "sgd".

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Coefficients; with two classes those of the second.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercepts; zeros without ``fit_intercept``.
    n_iter_ : ndarray of shape (1,)
        Iterations made.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["no", "no", "yes", "yes"]
    >>> model = LogisticRegression().fit(X, y)
    >>> model.predict([[0.2], [2.9]]).tolist()
    ['no', 'yes']
    >>> model.predict_proba([[1.5]]).round(6).tolist()
    [[0.5, 0.5]]
    """

    def __init__(
        self,
        penalty="l2",
        *,
        C=1.0,
        tol=1e-4,
        fit_intercept=True,
        class_weight=None,
        random_state=None,
        solver="auto",
        max_iter=100,
        warm_start=False,
        n_jobs=None,
        eta0=None,
        batch_size=32,
    ):
        self.penalty = penalty
        self.C = C
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.random_state = random_state
        self.solver = solver
        self.max_iter = max_iter
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.eta0 = eta0
        self.batch_size = batch_size

    def fit(self, X, y, sample_weight=None, *, lr=None, epochs=None):
        """Learn coefficients and intercepts from labelled data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            Their labels: numbers or strings, of at least two classes.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts; 2 is the same as having it twice.
        lr : float, optional
            For this call: gradient descent with this step.
        epochs : int, optional
            For this call: gradient descent with exactly this many passes over the data, without a
            stopping test.

        Returns
        -------
        LogisticRegression
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable, or gradient descent diverges.
        """
        settings = self._settings(lr, epochs)
        X, classes, index, weights = self._check_X_labels(X, y, sample_weight)
        if len(classes) < 2:
            raise ValueError(
                "LogisticRegression needs samples of at least 2 classes, but the data contains only "
                f"one class: {classes[0]!r}."
            )
        weights = weigh_classes(settings.class_weight, classes, index, weights)
        kind = BinaryObjective if len(classes) == 2 else SoftmaxObjective
        penalty = 0.0 if settings.penalty is None else 1.0 / settings.C
        objective = kind(X, index, len(classes), weights, penalty, settings.fit_intercept)
        theta, n_iter = self._minimise(objective, self._start(objective, classes), settings)
        coef, intercept = objective.unpack(theta)
        self.classes_ = classes
        self.coef_, self.intercept_ = coef.astype(X.dtype), intercept.astype(X.dtype)
        self.n_iter_ = np.array([max(1, n_iter)], dtype=np.int32)
        return self

    def _settings(self, lr, epochs):
        settings = fit_settings(self, lr, epochs)
        check_choice("penalty", settings.penalty, ("l2", None))
        check_choice("solver", settings.solver, SOLVERS)
        check_number("C", settings.C, above=0)
        check_number("tol", settings.tol, least=0, optional=True)
        check_number("max_iter", settings.max_iter, least=1, integer=True)
        check_number("eta0", settings.eta0, above=0, optional=True)
        check_number("batch_size", settings.batch_size, least=1, integer=True)
        return settings

    def _start(self, objective, classes):
        before = getattr(self, "coef_", None) if self.warm_start else None
        if before is None or before.shape != (objective.n_rows, objective.X.shape[1]):
            return objective.start()
        if not np.array_equal(self.classes_, classes):
            return objective.start()
        return objective.start(before.astype(np.float64), self.intercept_.astype(np.float64))

    def _minimise(self, objective, theta, settings):
        """Return (theta, iterations), and warn if the solver did not converge."""
        if settings.solver == "auto":
            settings.solver = "newton-cholesky" if theta.size <= FEW_PARAMETERS else "lbfgs"
        if settings.solver in ("gradient_descent", "sgd"):
            descend = _descend if settings.solver == "gradient_descent" else _descend_in_batches
            theta, n_iter, converged = descend(objective, theta, settings)
            reason = "the gradient is still above tol"
        else:
            by_newton = settings.solver == "newton-cholesky"
            minimise = minimize_newton if by_newton else minimize_lbfgs
            function = objective.value_gradient_hessian if by_newton else objective.value_gradient
            result = minimise(function, theta, tol=settings.tol, max_iter=settings.max_iter)
            theta, n_iter, converged, reason = (
                result.x,
                result.n_iter,
                result.converged,
                result.message,
            )
        if not converged:
            warn_not_converged(self, settings, reason)
        return theta, n_iter


# ---- the simplest solvers: the gradient is the loss's, carried back through the scores -----------
def _gradient(objective, rows):
    """Return theta -> gradient of the objective over some rows, as if they were all."""
    x, index = objective.design(rows), objective.index[rows]
    weights = None if objective.weights is None else objective.weights[rows]
    share = len(objective.X) / (len(x) * objective.total)  # of one sample in the mean
    pull = objective.penalty / objective.total
    binary = objective.n_rows == 1
    loss = (BinaryCrossEntropy if binary else CrossEntropy)(from_logits=True, reduction="sum")

    def gradient(theta):
        W = theta.reshape(objective.n_rows, -1)
        scores = (x @ W.T)[:, 0] if binary else x @ W.T
        g = loss.gradient(scores, index, weights).reshape(len(x), -1)  # (n, K)
        return (share * (g.T @ x) + pull * W).ravel()

    return gradient


def _bends(objective) -> tuple[float, float]:
    """Return L of the whole objective, and the largest L of a single sample taken for all."""
    x, s, n = objective.design(slice(None)), objective.weights, len(objective.X)
    c = 0.25 if objective.n_rows == 1 else 0.5
    weighted = x if s is None else x * s[:, None]
    largest = float(np.linalg.eigvalsh(weighted.T @ x)[-1])
    longest = float((weighted * x).sum(axis=1).max())
    penalty = float(objective.penalty.max())
    whole = max(c * largest + penalty, 1e-300) / objective.total  # (1)
    return whole, max(c * n * longest + penalty, 1e-300) / objective.total


def _descend(objective, theta, settings):
    step = 1.0 / _bends(objective)[0] if settings.eta0 is None else float(settings.eta0)
    gradient = _gradient(objective, slice(None))
    return gradient_descent(gradient, theta, step, max_iter=settings.max_iter, tol=settings.tol)


def _descend_in_batches(objective, theta, settings):
    n = len(objective.X)
    size = min(n, settings.batch_size)
    if settings.eta0 is None:
        whole, one = _bends(objective)
        a = (size - 1) * n / max(1, (n - 1) * size)  # of a batch, what is like the whole
        step = 1.0 / (a * whole + (1.0 - a) * one)  # (2)
    else:
        step = float(settings.eta0)
    rng = as_generator(settings.random_state)
    return minibatch_descent(
        _gradient(objective, slice(None)),
        lambda rows: _gradient(objective, rows),
        lambda: batch_indices(n, size, rng),
        theta,
        step,
        max_iter=settings.max_iter,
        tol=settings.tol,
    )
