r"""Ridge regression with a penalty chosen by leave-one-out cross-validation, at the cost of one fit.

Leaving a sample out changes the normal equations by one rank, and so its error without itself is
known from the fit to all. With the centred, weighted A and b of ``least_squares``, in the basis of
:math:`A^T A = V \Lambda V^T`, for the rows :math:`z_i` of A V,

.. math::
    e_i(\alpha) &= b_i - \sum_j \frac{z_{ij}}{\lambda_j + \alpha} (V^T A^T b)_j \tag{1} \\
    h_i(\alpha) &= \frac{s_i}{\sum_k s_k} + \sum_j \frac{z_{ij}^2}{\lambda_j + \alpha} \tag{2} \\
    e_{-i}(\alpha) &= \frac{e_i(\alpha)}{1 - h_i(\alpha)} \tag{3}

The **leverage** :math:`h_i` says how much the fit follows sample i (its first part is that of the
intercept), and a fit that follows a sample by half has half the error that it would have without it.
Both sums are matrix products for all penalties at once.

With at most as many samples as features, errors and 1 - h are both nearly 0 for small penalties, and
are computed as such, from :math:`A A^T = U \Lambda U^T`:

.. math::
    e_i(\alpha) &= \sum_j u_{ij} \frac{\alpha}{\lambda_j + \alpha} (U^T b)_j \tag{4} \\
    1 - h_i(\alpha) &= \sum_j u_{ij}^2 \frac{\alpha}{\lambda_j + \alpha} - \frac{s_i}{\sum_k s_k}
        \tag{5}

Sources: Golub, Heath and Wahba, Generalized cross-validation as a method for choosing a good ridge
parameter, 1979; Rifkin and Lippert, Notes on regularized least squares, 2007, sections 2 and 3.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import as_float, check_choice
from ...utils.model_selection import check_cv, check_scoring
from .least_squares import Problem
from .linear_regression import _LinearRegressor
from .ridge import Ridge

MODES = (None, "auto", "svd", "eigen")
GOOD_CONDITION = 1e7  # up to here squares of singular values serve as well as they do
ROWS = 1 << 15  # numbers in a block of rows


class RidgeCV(_LinearRegressor):
    r"""Ridge regression whose penalty is chosen by cross-validation, leave-one-out by default.

    Parameters
    ----------
    alphas : float or array-like of shape (n_alphas,)
        The penalties to try, above 0 (with ``cv``: at least 0). As for ``Ridge`` the objective is a
        sum over samples.
    fit_intercept : bool
        Whether to learn an intercept, which is not penalised.
    scoring : None, str or callable
        What to maximise: None is minus the mean squared error (with ``cv``: :math:`R^2`). A callable
        takes an estimator, X, y (and sample_weight, if ``fit`` is given one); without ``cv`` X holds
        the predictions, and the estimator returns them.
    cv : None, int, splitter or iterable of index pairs
        None leaves out one sample at a time, without fitting again; otherwise the folds.
    gcv_mode : {None, "auto", "svd", "eigen"}
        How to decompose X: "svd" is exact in all cases, "eigen" faster; the others take what is good
        enough for the data.
    store_cv_results : bool
        Whether to keep what every sample contributed. Only without ``cv``.
    alpha_per_target : bool
        Whether each output has a penalty of its own. Only without ``cv``.

    Attributes
    ----------
    alpha_ : float or ndarray of shape (n_outputs,)
        The penalty chosen, the first of equals.
    best_score_ : float or ndarray of shape (n_outputs,)
        The score with that penalty. By default, samples of weight s count s times, and the mean is
        over rows.
    coef_ : ndarray of shape (n_features,) or (n_outputs, n_features)
        One coefficient per feature.
    intercept_ : float or ndarray of shape (n_outputs,)
        The prediction where all features are zero.
    cv_results_ : ndarray of shape (n_samples, n_alphas) or (n_samples, n_outputs, n_alphas)
        The squared errors of samples that are left out, or with ``scoring`` their predictions, if
        asked for. Samples of weight 0 are not among them.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0.0, 1.2, 1.8, 3.0]
    >>> RidgeCV(alphas=[0.01, 100.0]).fit(X, y).alpha_
    0.01
    """

    def __init__(
        self,
        alphas=(0.1, 1.0, 10.0),
        *,
        fit_intercept=True,
        scoring=None,
        cv=None,
        gcv_mode=None,
        store_cv_results=False,
        alpha_per_target=False,
    ):
        self.alphas = alphas
        self.fit_intercept = fit_intercept
        self.scoring = scoring
        self.cv = cv
        self.gcv_mode = gcv_mode
        self.store_cv_results = store_cv_results
        self.alpha_per_target = alpha_per_target

    def fit(self, X, y, sample_weight=None):
        """Choose the penalty, and fit to all the data with it.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            What to predict.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample counts, in fits and in scores.

        Returns
        -------
        RidgeCV
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        check_choice("gcv_mode", self.gcv_mode, MODES)
        alphas = self._penalties()
        X, y, weights = self._check_Xy(X, y, sample_weight, multi_output=True)
        vars(self).pop("cv_results_", None)
        if self.cv is None:
            self._leave_one_out(X, y, weights, alphas)
        else:
            self._search(X, y, weights, alphas)
        return self

    def _penalties(self) -> np.ndarray:
        alphas = np.atleast_1d(as_float(self.alphas, "alphas")).astype(np.float64)
        possible = alphas > 0 if self.cv is None else alphas >= 0
        if alphas.ndim != 1 or not len(alphas) or not (possible & (alphas < np.inf)).all():
            least = "above 0" if self.cv is None else "of at least 0"
            raise ValueError(f"alphas must be one or more numbers {least}; got {self.alphas!r}.")
        return alphas

    # ---- folds -----------------------------------------------------------------------------------
    def _search(self, X, y, weights, alphas):
        for name in ("store_cv_results", "alpha_per_target"):
            if getattr(self, name):
                raise ValueError(f"{name}=True needs cv=None (leave-one-out); got cv={self.cv!r}.")
        model = Ridge(fit_intercept=self.fit_intercept)
        scorer = check_scoring(model, self.scoring)
        folds = list(check_cv(self.cv).split(X, y))

        def weigh(rows):
            return {} if weights is None else {"sample_weight": weights[rows]}

        def score(alpha, train, test):
            model.set_params(alpha=alpha).fit(X[train], y[train], **weigh(train))
            return scorer(model, X[test], y[test], **weigh(test))

        scores = [np.mean([score(alpha, *fold) for fold in folds]) for alpha in alphas.tolist()]
        best = int(np.argmax(scores))
        model.set_params(alpha=float(alphas[best])).fit(X, y, weights)
        self.alpha_, self.best_score_ = model.alpha, float(scores[best])
        self.coef_, self.intercept_ = model.coef_, model.intercept_

    # ---- leave-one-out ---------------------------------------------------------------------------
    def _leave_one_out(self, X, y, weights, alphas):
        counted = slice(None) if weights is None else weights > 0
        s = None if weights is None else weights[counted]
        Y = y[counted].reshape(-1, 1 if y.ndim == 1 else y.shape[1])
        if len(Y) < 2:
            raise ValueError(
                f"leaving one sample out needs at least 2 samples; got n_samples={len(Y)}. Ridge fits a "
                "single one."
            )
        problem = Problem(X[counted], Y, s, fit_intercept=self.fit_intercept)
        errors = _LeaveOneOut(problem, alphas, self.gcv_mode)
        if self.scoring is None and not self.store_cv_results:
            scores = -sum(np.square(e).sum(axis=0) for e in errors.blocks()) / len(Y)  # (k, m)
        else:
            scores = self._stored(problem, np.concatenate(list(errors.blocks())), y.ndim == 1)
        if not self.alpha_per_target:
            scores = scores.mean(axis=0, keepdims=True)
        best = scores.argmax(axis=1)
        chosen = np.broadcast_to(alphas[best], (Y.shape[1],))
        coef = errors.coef(chosen)  # (d, k)
        per_target = self.alpha_per_target and Y.shape[1] > 1
        best_scores = scores[np.arange(len(best)), best]
        self.alpha_ = alphas[best] if per_target else float(alphas[best[0]])
        self.best_score_ = best_scores if per_target else float(best_scores[0])
        intercept = problem.intercept(coef).astype(X.dtype)
        self.coef_ = coef.T.astype(X.dtype)
        if Y.shape[1] == 1:
            self.coef_ = self.coef_[0]
        if y.ndim == 1:
            intercept = intercept[0]
        self.intercept_ = intercept if self.fit_intercept else 0.0

    def _stored(self, problem, errors, one_output) -> np.ndarray:
        """Return the scores (k, m) or (1, m) from all errors (n, k, m); keep what was asked for."""
        n, k, m = errors.shape
        kept = np.square(errors)
        scores = -kept.mean(axis=0)
        if self.scoring is not None:
            root = 1.0 if problem.root is None else problem.root[:, :, None]
            kept = problem.Y[:, :, None] - errors / root
            scores = self._scored(problem, kept)
        if self.store_cv_results:
            kept = kept[:, 0] if one_output else kept
            self.cv_results_ = kept.astype(problem.X.dtype)
        return scores

    def _scored(self, problem, predictions) -> np.ndarray:
        scorer = check_scoring(self, self.scoring)
        weights = {} if problem.weights is None else {"sample_weight": problem.weights}
        n, k, m = predictions.shape
        outputs = [[j] for j in range(k)] if self.alpha_per_target else [list(range(k))]

        def score(columns, a):
            predicted, true = predictions[:, columns, a], problem.Y[:, columns]
            if len(columns) == 1:
                predicted, true = predicted[:, 0], true[:, 0]
            return scorer(_Given(), predicted, true, **weights)

        return np.array([[score(columns, a) for a in range(m)] for columns in outputs])


class _Given:
    """Predicts what it is given: scorers ask an estimator, and here the predictions are there."""

    _estimator_type = "regressor"

    def predict(self, X):
        return X


class _LeaveOneOut:
    """The decomposition of A, and the errors of samples that are left out, for all penalties."""

    def __init__(self, problem: Problem, alphas, mode):
        self.problem, self.alphas = problem, alphas
        n, d = problem.X.shape
        self.tall = n > d
        G, C = problem.gram() if self.tall else (None, None)
        self.varies = varies = problem.varies(G.diagonal() if self.tall else problem.squares())
        if self.tall and mode != "svd":
            G[~varies], G[:, ~varies], C[~varies] = 0.0, 0.0, 0.0
            self.eigenvalues, self.V = _eigen(G)
            self.C = self.V.T @ C
            self.A = None
        else:
            self.A, self.B = problem.matrices()
            self.A[:, ~varies] = 0.0
            if not self.tall and mode != "svd":
                self.eigenvalues, self.U = _eigen(self.A @ self.A.T)
        if mode == "svd" or (mode != "eigen" and not self._is_accurate()):
            if self.A is None:
                self.A, self.B = problem.matrices()
                self.A[:, ~varies] = 0.0
            self._by_singular_values()

    def _is_accurate(self) -> bool:
        with np.errstate(over="ignore", invalid="ignore"):
            shifted = self.eigenvalues + self.alphas.min()
            return bool(shifted.max() <= GOOD_CONDITION * shifted.min())

    def _by_singular_values(self):
        self.U, sigma, Vt = np.linalg.svd(self.A, full_matrices=False)
        self.eigenvalues = np.square(sigma)
        if self.tall:
            self.V = Vt.T
            self.C = sigma[:, None] * (self.U.T @ self.B)

    def blocks(self):
        """Yield the errors of blocks of samples, of shape (rows, n_outputs, n_alphas)."""
        return self._tall_blocks() if self.tall else iter([self._wide()])

    def _tall_blocks(self):
        shrunk = 1.0 / (self.eigenvalues[:, None] + self.alphas)  # (d, m)
        rows = max(64, ROWS // max(self.V.shape[0], len(self.alphas)))
        start = 0
        for a, b in self.problem.blocks(rows=rows):
            z = a @ self.V
            h = np.square(z) @ shrunk + self._of_intercept(slice(start, start + len(a)))  # (2)
            start += len(a)
            outputs = [b[:, [k]] - z @ (self.C[:, [k]] * shrunk) for k in range(b.shape[1])]  # (1)
            yield np.stack(outputs, axis=1) / (1.0 - h)[:, None]  # (3)

    def _wide(self):
        kept = self.alphas / (self.eigenvalues[:, None] + self.alphas)  # (n, m)
        u = self.U.T @ self.B
        outputs = [self.U @ (u[:, [k]] * kept) for k in range(u.shape[1])]  # (4)
        left = np.square(self.U) @ kept - self._of_intercept(slice(None))  # (5)
        return np.stack(outputs, axis=1) / left[:, None]

    def _of_intercept(self, rows):
        p = self.problem
        if not p.has_intercept:
            return 0.0
        return 1.0 / p.total if p.weights is None else p.weights[rows, None] / p.total

    def coef(self, chosen) -> np.ndarray:
        """Return the coefficients (d, k) for one penalty per output."""
        shifted = self.eigenvalues[:, None] + chosen
        if self.tall:
            coef = self.V @ (self.C / shifted)
        else:
            coef = self.A.T @ (self.U @ (self.U.T @ self.B / shifted))
        coef[~self.varies] = 0.0
        return coef


def _eigen(G):
    """Return eigenvalues, none below 0, and eigenvectors; NaN where G is not finite."""
    if not np.isfinite(G).all():
        return np.full(len(G), np.nan), np.eye(len(G))
    eigenvalues, vectors = np.linalg.eigh(G)
    return np.maximum(eigenvalues, 0.0), vectors
