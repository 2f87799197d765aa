r"""Ridge regression: least squares that prefers small coefficients.

The penalty :math:`\alpha \|W\|^2` trades a little bias for less variance: where features nearly
depend on each other, plain least squares takes large coefficients of opposite signs, and ridge
regression shares the effect between them. The objective and its solvers are in ``least_squares``,
the predictions are those of ``linear_regression``; this is the estimator.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import as_float, check_choice, check_number
from ...core.estimator import fit_settings
from .linear_regression import _LinearRegressor

SOLVERS = ("auto", "normal", "cholesky", "svd", "gradient_descent")


class Ridge(_LinearRegressor):
    r"""Least squares with an L2 penalty, :math:`\|y - X w - b\|^2 + \alpha \|w\|^2`.

    scikit-learn's ``positive`` is not offered.

    Parameters
    ----------
    alpha : float or array-like of shape (n_outputs,)
        The weight of the penalty, at least 0; one for all outputs, or one for each. The objective is
        a sum over samples, so twice the data want twice the alpha.
    fit_intercept : bool
        Whether to learn an intercept, which is not penalised.
    copy_X : bool
        For scikit-learn's sake: X is never changed.
    max_iter : None or int
        The most steps of gradient descent; None means 10000.
    tol : float
        Gradient descent stops when no element of the gradient is larger than tol times the largest
        at the start.
    solver : {"auto", "normal", "svd", "gradient_descent"}
        "auto" and "normal" (also called "cholesky") solve the normal equations, or their dual form
        where there are more features than samples, as long as that is accurate, and otherwise do
        the same as "svd". "gradient_descent" minimises the same objective step by step, and agrees
        with them to about tol times the condition number of the centred
        ``X.T @ X + alpha * identity``, relative to the largest coefficient.
    random_state : None, int or Generator
        For scikit-learn's sake: no solver here is random.
    eta0 : None or float
        The step of gradient descent; None takes 1 / L, the longest that never overshoots.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_outputs, n_features)
        One coefficient per feature.
    intercept_ : float or ndarray of shape (n_outputs,)
        The prediction where all features are zero.
    n_iter_ : int
        Steps made; 1 for the other solvers.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    References
    ----------
    A. E. Hoerl and R. W. Kennard, Ridge regression: biased estimation for nonorthogonal problems
    (1970).

    Examples
    --------
    >>> X = np.array([[-1.0], [0.0], [1.0]])
    >>> Ridge(alpha=2.0).fit(X, [0.0, 1.0, 2.0]).coef_.round(6).tolist()  # 2 / (2 + alpha)
    [0.5]
    """

    def __init__(
        self,
        alpha=1.0,
        *,
        fit_intercept=True,
        copy_X=True,
        max_iter=None,
        tol=1e-4,
        solver="auto",
        random_state=None,
        eta0=None,
    ):
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.copy_X = copy_X
        self.max_iter = max_iter
        self.tol = tol
        self.solver = solver
        self.random_state = random_state
        self.eta0 = eta0

    def fit(self, X, y, sample_weight=None, *, lr=None, epochs=None):
        """Learn coefficients and intercept from data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            What to predict.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts; 2 is the same as having it twice.
        lr : float, optional
            For this call: gradient descent with this step.
        epochs : int, optional
            For this call: gradient descent with exactly this many steps, without a stopping test.

        Returns
        -------
        Ridge
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable, or gradient descent diverges.
        """
        settings = fit_settings(self, lr, epochs)
        settings.max_iter = 10_000 if settings.max_iter is None else settings.max_iter
        check_choice("solver", settings.solver, SOLVERS)
        check_number("eta0", settings.eta0, above=0, optional=True)
        check_number("max_iter", settings.max_iter, least=1, integer=True)
        check_number("tol", settings.tol, least=0, optional=True)
        X, y, weights = self._check_Xy(X, y, sample_weight, multi_output=True)
        y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
        self._learn(X, y, weights, settings, self._penalties(1 if y.ndim == 1 else y.shape[1]))
        return self

    def _penalties(self, n_outputs) -> np.ndarray:
        """Return alpha checked: one number, or one per output."""
        alpha = as_float(self.alpha, "alpha")
        if alpha.ndim == 0:
            check_number("alpha", float(alpha), least=0)
        elif alpha.shape != (n_outputs,) or not (alpha >= 0).all():
            raise ValueError(
                f"alpha must be a number of at least 0, or {n_outputs} of them, one per output; got "
                f"{self.alpha!r}."
            )
        return alpha
