r"""Linear discriminant analysis: clouds of one shape, and the directions that part them best.

Every class is a cloud of normal shape, and all have one covariance :math:`\Sigma`. In Bayes' rule (see
``quadratic_discriminant``) what is quadratic in x is then the same for all classes and drops out: with
the class's mean :math:`\mu_k` and its share of the samples :math:`\pi_k` (or another prior), the scores
are **linear**,

.. math::
    w_k &= \Sigma^{-1} \mu_k \tag{1} \\
    b_k &= -\tfrac12 \mu_k^T w_k + \log \pi_k \tag{2}

and only the K - 1 directions in which the class means differ matter. Among them those come first in
which the means are farthest apart, measured in units of the spread within the classes: the
eigenvectors of the scatter between classes against the scatter within,

.. math:: S_b\, v = \lambda\, S_w v, \qquad V^T S_w V = I \tag{3}

Projected on them, data show their classes best in few dimensions. Neither scatter need be formed:
**within** the classes, the singular values of the centred samples (each feature divided by its
standard deviation :math:`\sigma`, so that units do not matter) tell the directions that make the cloud
a ball, and **between** them the weighted, whitened means tell the rest:

.. math::
    \frac{1}{\sqrt n} (X - \mu_y)\, \mathrm{diag}(\sigma)^{-1} &= U S V^T \tag{4} \\
    A &= \mathrm{diag}(\sigma)^{-1}\, V S^{-1} \tag{5} \\
    \sqrt{\frac{n \pi_k}{K - 1}}\, (\mu_k - \bar x)^T A &= \text{row k of } U' S' V'^T \tag{6} \\
    \text{scalings} &= A V' \tag{7}

Source: Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2nd edition, 2009,
section 4.3: (1, 2) are their (4.10), (3-7) section 4.3.3.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_choice, check_number
from ...core.estimator import TransformerMixin
from .class_clouds import (
    check_classes,
    check_covariance,
    class_means,
    class_priors,
    estimate_covariance,
    right_singular,
    to_dtype,
)
from .linear_classifier import _LogLinearClassifier


class LinearDiscriminantAnalysis(_LogLinearClassifier, TransformerMixin):
    r"""Classifier with linear borders, and projection on the directions that part the classes best.

    Parameters
    ----------
    solver : {"svd", "lsqr", "eigen"}
        "svd" never forms a covariance matrix, and leaves out directions in which no class varies;
        "lsqr" solves (1) and cannot transform; "eigen" solves (3). The last two can shrink.
    shrinkage : None, "auto" or float
        The share of a ball in the covariances, from 0 to 1; "auto" is Ledoit and Wolf's.
    priors : None or array-like of shape (n_classes,)
        How probable the classes are; None takes their shares of the samples.
    n_components : None or int
        How many directions ``transform`` returns; None takes as many as there are, the least of
        n_classes - 1 and n_features.
    store_covariance : bool
        Whether "svd" shall form the covariance within classes, too; the others always do.
    tol : float
        "svd" leaves out directions whose singular value (4) is not larger.
    covariance_estimator : None or estimator
        In place of ``shrinkage``: an object whose ``fit`` learns a ``covariance_``.

    Attributes
    ----------
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Coefficients of the scores; with two classes those of their difference.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercepts.
    covariance_ : ndarray of shape (n_features, n_features)
        The covariance within classes, weighted by the priors.
    explained_variance_ratio_ : ndarray of shape (n_components,)
        The share of the scatter between classes along each direction; not with "lsqr".
    means_ : ndarray of shape (n_classes, n_features)
        The classes' means.
    priors_ : ndarray of shape (n_classes,)
        How probable the classes are.
    scalings_ : ndarray of shape (n_features, rank)
        The directions, whose sign is arbitrary (the largest entry is positive here); not with "lsqr".
    xbar_ : ndarray of shape (n_features,)
        The mean of all, weighted by the priors; only with "svd".
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X = [[0.0, 0.0], [2.0, 1.0], [1.0, 2.0], [4.0, 3.0], [6.0, 4.0], [5.0, 5.0]]
    >>> model = LinearDiscriminantAnalysis().fit(X, [0, 0, 0, 1, 1, 1])
    >>> model.predict([[1.0, 0.0], [6.0, 5.0]]).tolist()
    [0, 1]
    >>> model.transform(X).shape
    (6, 1)
    """

    _tags = {"preserves_dtype": ("float64", "float32")}

    def __init__(
        self,
        solver="svd",
        shrinkage=None,
        priors=None,
        n_components=None,
        store_covariance=False,
        tol=1e-4,
        covariance_estimator=None,
    ):
        self.solver = solver
        self.shrinkage = shrinkage
        self.priors = priors
        self.n_components = n_components
        self.store_covariance = store_covariance
        self.tol = tol
        self.covariance_estimator = covariance_estimator

    def fit(self, X, y):
        """Learn the classes' means, their common shape, and the borders between them.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples, more than there are classes.
        y : array-like of shape (n_samples,)
            Their labels: numbers or strings, of at least two classes.

        Returns
        -------
        LinearDiscriminantAnalysis
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable, or a covariance cannot be inverted.
        """
        check_choice("solver", self.solver, ("svd", "lsqr", "eigen"))
        check_number("tol", self.tol, least=0)
        check_number("n_components", self.n_components, least=1, integer=True, optional=True)
        check_covariance(self, "svd")
        X, classes, index, _ = self._check_X_labels(X, y)
        check_classes(self, classes)
        if len(X) == len(classes):
            raise ValueError(
                "LinearDiscriminantAnalysis needs more samples than classes, to tell how they spread; "
                f"got {len(X)} samples of {len(classes)} classes."
            )
        self._max_components = self._count_components(len(classes), X.shape[1])
        for name in ("covariance_", "explained_variance_ratio_", "scalings_", "xbar_"):
            vars(self).pop(name, None)
        self.priors_ = class_priors(self.priors, classes, index)
        samples = X.astype(np.float64, copy=False)
        self.means_ = class_means(samples, index, len(classes))
        if self.store_covariance or self.solver != "svd":
            self.covariance_ = self._within(samples, index)
        getattr(self, f"_solve_{self.solver}")(samples, index)
        if len(classes) == 2:
            self.coef_ = self.coef_[1:] - self.coef_[:1]
            self.intercept_ = self.intercept_[1:] - self.intercept_[:1]
        self.classes_ = classes
        to_dtype(self, X.dtype)
        return self

    def _count_components(self, n_classes, n_features) -> int:
        most = min(n_classes - 1, n_features)
        if self.n_components is not None and self.n_components > most:
            raise ValueError(
                f"n_components cannot be larger than min(n_features, n_classes - 1) = {most}; got "
                f"{self.n_components}."
            )
        return most if self.n_components is None else self.n_components

    def _within(self, X, index) -> np.ndarray:
        """Return the mean of the classes' covariances, weighted by the priors."""
        clouds = (X[index == k] for k in range(len(self.priors_)))
        return sum(p * estimate_covariance(self, cloud) for p, cloud in zip(self.priors_, clouds))

    def _solve_lsqr(self, X, index) -> None:
        eps = np.finfo(np.float64).eps
        self.coef_ = np.linalg.lstsq(self.covariance_, self.means_.T, rcond=eps)[0].T  # (1)
        self.intercept_ = _intercepts(self.means_, self.coef_, self.priors_)

    def _solve_eigen(self, X, index) -> None:
        within = self.covariance_
        between = estimate_covariance(self, X) - within
        values, vectors = _generalized_eigh(between, within)  # (3)
        values, vectors = values[::-1], vectors[:, ::-1]
        total = values.sum()
        shares = values / total if total > 0.0 else np.zeros_like(values)
        self.explained_variance_ratio_ = shares[: self._max_components]
        self.scalings_ = _signed(vectors)
        self.coef_ = self.means_ @ vectors @ vectors.T  # (1)
        self.intercept_ = _intercepts(self.means_, self.coef_, self.priors_)

    def _solve_svd(self, X, index) -> None:
        n, K = len(X), len(self.means_)
        self.xbar_ = self.priors_ @ self.means_
        centred = X - self.means_[index]
        spread = _spread(centred, X)
        centred /= spread * np.sqrt(n)
        singular, V = right_singular(centred, self.tol)  # (4)
        rank = int((singular > self.tol).sum())
        A = V[:, :rank] / spread[:, None] / singular[:rank]  # (d, rank)  (5)
        weights = np.sqrt(n * self.priors_ / (K - 1))
        between = weights[:, None] * ((self.means_ - self.xbar_) @ A)  # (6)
        _, singular, Vt = np.linalg.svd(between, full_matrices=False)
        total = np.square(singular).sum()
        shares = np.square(singular) / total if total > 0.0 else np.zeros_like(singular)
        self.explained_variance_ratio_ = shares[: self._max_components]
        rank = int((singular > self.tol * singular.max(initial=0.0)).sum())
        self.scalings_ = _signed(A @ Vt[:rank].T)  # (d, rank)  (7)
        projected = (self.means_ - self.xbar_) @ self.scalings_
        self.coef_ = projected @ self.scalings_.T  # (1)
        with np.errstate(divide="ignore"):
            self.intercept_ = -0.5 * np.square(projected).sum(axis=1) + np.log(self.priors_)  # (2)
        self.intercept_ -= self.coef_ @ self.xbar_

    def transform(self, X):
        """Project X on the directions that part the classes best.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        ndarray of shape (n_samples, n_components)
            Fewer columns, if "svd" found the means to differ in fewer directions.
        """
        if self.solver == "lsqr":
            raise NotImplementedError(
                "transform is not implemented for solver='lsqr', which finds no directions; use 'svd' "
                "or 'eigen'."
            )
        X = self._check_X(X)
        moved = X - self.xbar_ if self.solver == "svd" else X
        return moved @ self.scalings_[:, : self._max_components]

    def get_feature_names_out(self, input_features=None) -> np.ndarray:
        """Return the names of the directions.

        Parameters
        ----------
        input_features : None or array-like of str
            The features' names, which are only checked.
        """
        self._input_names(input_features)
        count = min(self._max_components, self.scalings_.shape[1])
        return np.array([f"{type(self).__name__.lower()}{i}" for i in range(count)], dtype=object)


def _spread(centred, X) -> np.ndarray:
    """Return the standard deviation within classes of each feature; 1 where that is but rounding."""
    spread = np.sqrt(np.square(centred).mean(axis=0))
    nothing = spread <= 1e-14 * np.abs(X).max(axis=0)
    centred[:, nothing] = 0.0
    return np.where(nothing, 1.0, spread)


def _generalized_eigh(A, B) -> tuple[np.ndarray, np.ndarray]:
    """Return eigenvalues and vectors, the smallest first, of A v = lambda B v, with V^T B V = I."""
    try:
        L = np.linalg.cholesky(B)
    except np.linalg.LinAlgError as error:
        raise ValueError(
            "The covariance within classes is not positive definite, so that solver='eigen' cannot "
            "invert it. Use solver='svd', or set shrinkage ('auto' for example)."
        ) from error
    values, vectors = np.linalg.eigh(np.linalg.solve(L, np.linalg.solve(L, A).T))
    return values, np.linalg.solve(L.T, vectors)


def _intercepts(means, coef, priors) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return -0.5 * np.einsum("kj,kj->k", means, coef) + np.log(priors)  # (2)


def _signed(columns) -> np.ndarray:
    """Return the columns, each turned so that its largest entry is positive."""
    if not columns.size:
        return columns
    largest = columns[np.abs(columns).argmax(axis=0), np.arange(columns.shape[1])]
    return columns * np.where(largest < 0.0, -1.0, 1.0)
