r"""Ordinary least squares with all that statistics says about it: how sure is each coefficient?

If errors are independent with one variance, the coefficients of another sample of the same kind
would scatter around the true ones. With the centred rows A of ``least_squares``, p parameters
(intercept included), n samples and the errors :math:`e_i` of the fit,

.. math::
    \hat\sigma^2 &= \frac{1}{n - p} \sum_i s_i e_i^2 \tag{1} \\
    \mathrm{cov}(w) &= \hat\sigma^2 (A^T A)^{-1} \tag{2}

and a standard error is the root of a variance on the diagonal. If a feature had no effect, its
coefficient divided by its standard error would follow Student's t distribution; all features
together are judged by the ratio of what they explain to what is left, which would follow F:

.. math::
    t_j &= w_j / \mathrm{se}_j \tag{3} \\
    R^2 &= 1 - \mathrm{RSS} / \mathrm{TSS} \tag{4} \\
    \bar R^2 &= 1 - \frac{\mathrm{RSS} / (n - p)}{\mathrm{TSS} / (n - 1)} \tag{5} \\
    F &= \frac{(\mathrm{TSS} - \mathrm{RSS}) / d}{\mathrm{RSS} / (n - p)} \tag{6}

Where the variance is not the same for all, (2) is wrong but the coefficients are not, and each error
itself tells how uncertain its neighbourhood is. Sample i moves the parameters by :math:`l_i e_i`, so
that

.. math::
    \mathrm{cov} &= \sum_i s_i \omega_i e_i^2\, l_i l_i^T, \qquad
    \omega_i = 1, \ \tfrac{n}{n - p}, \ \tfrac{1}{1 - h_i}, \ \tfrac{1}{(1 - h_i)^2} \tag{7}

for HC0 to HC3, where the leverage :math:`h_i` is how much a sample attracts its own prediction.

The error of the intercept follows from that of the mean, which is independent of w:
:math:`b = \bar y - w^T \bar x`. Weights count samples, n is their sum.

Sources: Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2nd edition, 2009,
equations 3.8, 3.12 and 3.13, for (1-3, 6); MacKinnon and White, Some heteroskedasticity-consistent
covariance matrix estimators with improved finite sample properties, 1985, for (7).
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_choice, check_number
from ...core.special import f_tail, student_t_quantile, student_t_tail
from .least_squares import Problem, solve
from .linear_regression import _LinearRegressor

COVARIANCES = ("classical", "HC0", "HC1", "HC2", "HC3")
GOOD_CONDITION = 1e6  # of the scaled Gram matrix: up to here its inverse has ten digits


class OLS(_LinearRegressor):
    """Ordinary least squares with standard errors, tests and a printed summary.

    The coefficients are those of ``LinearRegression``. (scikit-learn has no such class. One output
    only.)

    Parameters
    ----------
    fit_intercept : bool
        Whether to learn an intercept; without one the plane goes through the origin.
    covariance : {"classical", "HC0", "HC1", "HC2", "HC3"}
        Whether standard errors assume that all errors have one variance, or which of the four that
        hold without it.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
        One coefficient per feature.
    intercept_ : float
        The prediction where all features are zero.
    standard_errors_, t_values_, p_values_ : ndarray of shape (n_features,)
        Of the coefficients; p is the probability of a t at least as far from 0, if the feature had
        no effect. NaN where the data do not determine a coefficient (its column is constant, or
        depends on others), or no sample is left to estimate the variance from.
    intercept_standard_error_, intercept_t_value_, intercept_p_value_ : float
        The same for the intercept; NaN without one.
    covariance_ : ndarray of shape (n_features + 1, n_features + 1)
        Of the intercept (first) and the coefficients.
    residual_standard_error_ : float
        The estimated standard deviation of the errors.
    df_model_, df_residual_ : float
        Degrees of freedom: independent features, and samples less parameters.
    r_squared_, adjusted_r_squared_ : float
        The share of the variance of y that is explained; adjusted: what of it is more than chance.
    f_statistic_, f_p_value_ : float
        Whether all features together explain more than chance, if all errors have one variance.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[1.0], [2.0], [3.0], [4.0], [5.0]], [2.1, 3.9, 6.2, 7.8, 10.1]
    >>> print(OLS().fit(X, y).summary())
    Ordinary least squares: 5 samples, 1 feature
    R-squared 0.9973, adjusted 0.9964; F(1, 3) = 1110, p = 5.942e-05
    Residual standard error 0.1889 on 3 degrees of freedom; standard errors: classical
    <BLANKLINE>
               coefficient  std error          t         p     [95 % interval]
    intercept         0.05     0.1981     0.2524     0.817   -0.5804    0.6804
    x0                1.99    0.05972      33.32  5.94e-05       1.8      2.18
    """

    _tags = {"multi_output": False}

    def __init__(self, *, fit_intercept=True, covariance="classical"):
        self.fit_intercept = fit_intercept
        self.covariance = covariance

    def fit(self, X, y, sample_weight=None):
        """Learn coefficients, intercept and how sure they are from data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            What to predict.
        sample_weight : None, float or array-like of shape (n_samples,)
            How often each sample counts; 2 is the same as having it twice, for the degrees of
            freedom, too.

        Returns
        -------
        OLS
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        check_choice("covariance", self.covariance, COVARIANCES)
        X, y, weights = self._check_Xy(X, y, sample_weight)
        if weights is not None:
            X_counted, y_counted, weights = X[weights > 0], y[weights > 0], weights[weights > 0]
        else:
            X_counted, y_counted = X, y
        problem = Problem(X_counted, y_counted[:, None], weights, fit_intercept=self.fit_intercept)
        coef = solve(problem, np.zeros(1)).coef[:, 0]
        intercept = problem.intercept(coef[:, None])[0]
        self.coef_ = coef.astype(X.dtype)
        self.intercept_ = X.dtype.type(intercept) if self.fit_intercept else 0.0
        with np.errstate(all="ignore"):  # without errors, or samples to spare, t is inf or NaN
            self._infer(problem, coef, intercept)
        return self

    def _infer(self, problem, coef, intercept):
        inverse, estimable, rank = _inverse(problem)
        e = problem.Y[:, 0] - (problem.X @ coef + intercept)
        s = np.ones(len(e)) if problem.weights is None else problem.weights.astype(np.float64)
        n, parameters = problem.total, rank + problem.has_intercept
        rss = float(s @ np.square(e))
        tss = float(s @ np.square(problem.Y[:, 0] - problem.y_mean))
        self.df_model_, self.df_residual_ = float(rank), float(n - parameters)
        self.df_residual_ = max(self.df_residual_, 0.0)
        variance = _over(rss, self.df_residual_ or np.nan)  # (1)
        self.residual_standard_error_ = float(np.sqrt(variance))
        self.r_squared_ = 1.0 - _over(rss, tss)  # (4)
        total_variance = _over(tss, n - problem.has_intercept)
        self.adjusted_r_squared_ = 1.0 - _over(variance, total_variance)  # (5)
        self.f_statistic_ = _over(_over(tss - rss, self.df_model_), variance)  # (6)
        self.f_p_value_ = self._f_p_value()
        if self.covariance == "classical":
            covariance = variance * _with_intercept(inverse, problem)
        else:
            covariance = self._sandwich(problem, inverse, s, e)
        self._judge(covariance, estimable, coef, intercept)

    def _f_p_value(self) -> float:
        if not self.df_model_ or not self.df_residual_ or np.isnan(self.f_statistic_):
            return float("nan")
        return float(f_tail(self.f_statistic_, self.df_model_, self.df_residual_))

    def _sandwich(self, problem, inverse, s, e) -> np.ndarray:
        """Return the covariance of the parameters, from each sample's own error."""
        A = problem.matrices()[0]  # (n, d)
        W = A @ inverse
        mean = np.sqrt(s) / problem.total if problem.has_intercept else np.zeros(len(s))
        L = np.column_stack([mean - W @ problem.x_mean, W])  # rows l_i, times the root of s_i
        h = (A * W).sum(axis=1) / s + mean[0] ** 2 * problem.total / s[0]
        n = problem.total
        omega = {
            "HC0": 1.0,
            "HC1": _over(n, self.df_residual_),
            "HC2": 1.0 / (1.0 - h),
            "HC3": 1.0 / np.square(1.0 - h),
        }[self.covariance]
        L *= (np.sqrt(omega) * e)[:, None]
        return L.T @ L if problem.has_intercept else _without_first(L.T @ L)  # (7)

    def _judge(self, covariance, estimable, coef, intercept):
        """Learn standard errors and tests from a covariance with the intercept first."""
        known = np.r_[estimable[0] and self.fit_intercept, estimable[1:]]
        covariance[~known], covariance[:, ~known] = np.nan, np.nan
        values = np.r_[intercept, coef]
        errors = np.sqrt(covariance.diagonal())
        t = values / errors  # (3)
        p = np.full(len(t), np.nan)
        if self.df_residual_ > 0.0:
            p = np.minimum(1.0, 2.0 * student_t_tail(np.abs(t), self.df_residual_))
        dtype = self.coef_.dtype
        self.covariance_ = covariance.astype(dtype)
        self.standard_errors_, self.t_values_, self.p_values_ = (
            column[1:].astype(dtype) for column in (errors, t, p)
        )
        self.intercept_standard_error_, self.intercept_t_value_, self.intercept_p_value_ = (
            float(column[0]) for column in (errors, t, p)
        )

    # ---- what is told ----------------------------------------------------------------------------
    def confidence_interval(self, level=0.95) -> np.ndarray:
        """Return lower and upper bounds of the coefficients, of shape (n_features, 2).

        Of many samples of the same kind, a share of ``level`` have the true coefficient between
        their bounds.

        Parameters
        ----------
        level : float
            Between 0 and 1.
        """
        return self._intervals(level)[1:].astype(self.coef_.dtype)

    def _intervals(self, level):
        """Return bounds for the intercept (first) and the coefficients."""
        self._check_is_fitted()
        check_number("level", level, above=0, below=1)
        if not self.df_residual_ > 0.0:
            return np.full((len(self.coef_) + 1, 2), np.nan)
        values = np.r_[self.intercept_, self.coef_].astype(np.float64)
        errors = np.r_[self.intercept_standard_error_, self.standard_errors_].astype(np.float64)
        reach = student_t_quantile(0.5 * (1.0 - level), self.df_residual_) * errors
        return np.column_stack([values - reach, values + reach])

    def summary(self, level=0.95, names=None) -> str:
        """Return a table of all parameters with their errors, tests and intervals, as text.

        Parameters
        ----------
        level : float
            Of the confidence intervals.
        names : list of str, optional
            What the features are called; by default as in the data frame that was fitted, or x0,
            x1, ...
        """
        intervals = self._intervals(level)
        if names is None:
            names = getattr(self, "feature_names_in_", [f"x{j}" for j in range(len(self.coef_))])
        if len(names) != len(self.coef_):
            raise ValueError(f"names must be {len(self.coef_)}, one per feature; got {len(names)}.")
        intercept = (self.intercept_, self.intercept_standard_error_, self.intercept_t_value_)
        rows = [("intercept", *intercept, self.intercept_p_value_, *intervals[0])]
        columns = (self.coef_, self.standard_errors_, self.t_values_, self.p_values_)
        rows += [(str(name), *row) for name, *row in zip(names, *columns, *intervals[1:].T)]
        rows = rows if self.fit_intercept else rows[1:]
        width = max(len(row[0]) for row in rows)
        interval = f"[{100 * level:g} % interval]"
        lines = [
            f"{'':<{width}}  {'coefficient':>11} {'std error':>10} {'t':>10} {'p':>9}  {interval:>18}"
        ]
        for name, value, error, t, p, low, high in rows:
            numbers = (
                f"{value:>11.4g} {error:>10.4g} {t:>10.4g} {p:>9.3g}  {low:>8.4g} {high:>9.4g}"
            )
            lines.append(f"{name:<{width}}  {numbers}")
        return "\n".join([*self._headline(), "", *lines])

    def _headline(self):
        n, d = self.df_residual_ + self.df_model_ + self.fit_intercept, len(self.coef_)
        return [
            f"Ordinary least squares: {n:g} samples, {d} feature{'s' if d != 1 else ''}",
            f"R-squared {self.r_squared_:.4f}, adjusted {self.adjusted_r_squared_:.4f}; "
            f"F({self.df_model_:g}, {self.df_residual_:g}) = {self.f_statistic_:.4g}, "
            f"p = {self.f_p_value_:.4g}",
            f"Residual standard error {self.residual_standard_error_:.4g} on {self.df_residual_:g} "
            f"degrees of freedom; standard errors: {self.covariance}",
        ]


def _over(a, b) -> float:
    """Return a / b: infinity for b = 0, and NaN if a is 0, too."""
    return float(np.float64(a) / np.float64(b))


def _without_first(covariance):
    covariance[0], covariance[:, 0] = 0.0, 0.0
    return covariance


def _with_intercept(inverse, problem) -> np.ndarray:
    """Return the inverse Gram matrix of [1 X] from that of the centred X."""
    towards = inverse @ problem.x_mean
    corner = 1.0 / problem.total + problem.x_mean @ towards
    whole = np.empty((len(inverse) + 1, len(inverse) + 1))
    whole[0, 0], whole[0, 1:], whole[1:, 0], whole[1:, 1:] = (
        corner,
        -towards,
        -towards,
        inverse,
    )  # (2)
    return whole


def _inverse(problem: Problem):
    """Return (A^T A)^+, which of intercept and coefficients the data determine, and the rank."""
    n, d = problem.X.shape
    G = problem.gram()[0] if n >= d else None
    squares = problem.squares() if G is None else G.diagonal()
    varies = problem.varies(squares) & (squares > 0.0)
    scale = np.where(varies, np.sqrt(np.maximum(squares, 1e-300)), 1.0)
    if G is not None and varies.all() and np.isfinite(G).all():
        values, V = np.linalg.eigh(G / scale / scale[:, None])
        if values[0] * GOOD_CONDITION > values[-1]:
            inverse = (V / values) @ V.T / scale / scale[:, None]  # (2)
            return inverse, np.ones(d + 1, dtype=bool), d
    A = problem.matrices()[0] / scale
    A[:, ~varies] = 0.0
    if n > 2 * d:
        A = np.linalg.qr(A, mode="r")  # the same singular values, and small
    _, sigma, Vt = np.linalg.svd(A, full_matrices=False)
    rank = int((sigma > max(n, d) * np.finfo(problem.X.dtype).eps * sigma.max(initial=0.0)).sum())
    V = Vt[:rank].T
    inverse = (V / np.square(sigma[:rank])) @ V.T / scale / scale[:, None]  # (2)
    return inverse, _estimable(problem, V, scale, varies), rank


def _estimable(problem, V, scale, varies) -> np.ndarray:
    """Return which of intercept and coefficients are the same in all solutions."""
    apart = 1.0 - np.square(V).sum(axis=1)  # how much of a coefficient no sample sees
    mean = np.where(varies, problem.x_mean / scale, 0.0)
    unseen = np.linalg.norm(mean - V @ (V.T @ mean))
    return np.r_[unseen <= 1e-7 * np.linalg.norm(mean), (apart <= 1e-7) & varies]
