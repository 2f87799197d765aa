r"""Discriminant analysis: every class is a cloud of normal shape, and the likeliest one is the answer.

With the class's share of the samples :math:`\pi_k` (or another prior), its mean and its covariance,
Bayes' rule gives, up to a constant that all classes share,

.. math::
    \log P(y = k \mid x) &= -\tfrac12 (x - \mu_k)^T \Sigma_k^{-1} (x - \mu_k)
        - \tfrac12 \log |\Sigma_k| + \log \pi_k \tag{1}

which is **quadratic** in x. In the axes of a cloud, :math:`\Sigma_k = R_k \,\mathrm{diag}(\lambda)\,
R_k^T`, distances are those of a ball and the determinant is a product.

If the clouds have one shape, :math:`\Sigma`, what is quadratic in x is the same for all classes and
drops out: the scores are **linear**,

.. math::
    w_k &= \Sigma^{-1} \mu_k \tag{2} \\
    b_k &= -\tfrac12 \mu_k^T w_k + \log \pi_k \tag{3}

and only the K - 1 directions in which the class means differ matter. Among them those come first in
which the means are farthest apart, measured in units of the spread within the classes: the
eigenvectors of the scatter between classes against the scatter within,

.. math:: S_b\, v = \lambda\, S_w v, \qquad V^T S_w V = I \tag{4}

Projected on them, data show their classes best in few dimensions. Neither scatter need be formed:
**within** the classes, the singular values of the centred samples (each feature divided by its
standard deviation :math:`\sigma`, so that units do not matter) tell the directions that make the cloud
a ball, and **between** them the weighted, whitened means tell the rest:

.. math::
    \frac{1}{\sqrt n} (X - \mu_y)\, \mathrm{diag}(\sigma)^{-1} &= U S V^T \tag{5} \\
    A &= \mathrm{diag}(\sigma)^{-1}\, V S^{-1} \tag{6} \\
    \sqrt{\frac{n \pi_k}{K - 1}}\, (\mu_k - \bar x)^T A &= \text{row k of } U' S' V'^T \tag{7} \\
    \text{scalings} &= A V' \tag{8}

Source: Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2nd edition, 2009,
section 4.3: (1) is their (4.12), (2, 3) their (4.10), (4-8) section 4.3.3.
"""

from __future__ import annotations

import warnings

import numpy as np

from ...core.checks import as_float, check_choice, check_number, outside
from ...core.estimator import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from ...core.functions import log_softmax, softmax
from .linear_classifier import _LogLinearClassifier
from .shrunk_covariance import check_shrinkage, covariance

WORST_RATIO = 1e-6  # of eigenvalues of a Gram matrix: below, singular values are more accurate


class LinearDiscriminantAnalysis(_LogLinearClassifier, TransformerMixin):
    r"""Classifier with linear borders, and projection on the directions that part the classes best.

    Parameters
    ----------
    solver : {"svd", "lsqr", "eigen"}
        "svd" never forms a covariance matrix, and leaves out directions in which no class varies;
        "lsqr" solves (2) and cannot transform; "eigen" solves (4). The last two can shrink.
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
        "svd" leaves out directions whose singular value (5) is not larger.
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
        _check_covariance(self, "svd")
        X, classes, index, _ = self._check_X_labels(X, y)
        _check_classes(self, classes)
        if len(X) == len(classes):
            raise ValueError(
                "LinearDiscriminantAnalysis needs more samples than classes, to tell how they spread; "
                f"got {len(X)} samples of {len(classes)} classes."
            )
        self._max_components = self._count_components(len(classes), X.shape[1])
        for name in ("covariance_", "explained_variance_ratio_", "scalings_", "xbar_"):
            vars(self).pop(name, None)
        self.priors_ = _priors(self.priors, classes, index)
        samples = X.astype(np.float64, copy=False)
        self.means_ = _class_means(samples, index, len(classes))
        if self.store_covariance or self.solver != "svd":
            self.covariance_ = self._within(samples, index)
        getattr(self, f"_solve_{self.solver}")(samples, index)
        if len(classes) == 2:
            self.coef_ = self.coef_[1:] - self.coef_[:1]
            self.intercept_ = self.intercept_[1:] - self.intercept_[:1]
        self.classes_ = classes
        _to_dtype(self, X.dtype)
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
        return sum(p * _covariance(self, cloud) for p, cloud in zip(self.priors_, clouds))

    def _solve_lsqr(self, X, index) -> None:
        eps = np.finfo(np.float64).eps
        self.coef_ = np.linalg.lstsq(self.covariance_, self.means_.T, rcond=eps)[0].T  # (2)
        self.intercept_ = _intercepts(self.means_, self.coef_, self.priors_)

    def _solve_eigen(self, X, index) -> None:
        within = self.covariance_
        between = _covariance(self, X) - within
        values, vectors = _generalized_eigh(between, within)  # (4)
        values, vectors = values[::-1], vectors[:, ::-1]
        total = values.sum()
        shares = values / total if total > 0.0 else np.zeros_like(values)
        self.explained_variance_ratio_ = shares[: self._max_components]
        self.scalings_ = _signed(vectors)
        self.coef_ = self.means_ @ vectors @ vectors.T  # (2)
        self.intercept_ = _intercepts(self.means_, self.coef_, self.priors_)

    def _solve_svd(self, X, index) -> None:
        n, K = len(X), len(self.means_)
        self.xbar_ = self.priors_ @ self.means_
        centred = X - self.means_[index]
        spread = _spread(centred, X)
        centred /= spread * np.sqrt(n)
        singular, V = _right_singular(centred, self.tol)  # (5)
        rank = int((singular > self.tol).sum())
        A = V[:, :rank] / spread[:, None] / singular[:rank]  # (d, rank)  (6)
        weights = np.sqrt(n * self.priors_ / (K - 1))
        between = weights[:, None] * ((self.means_ - self.xbar_) @ A)  # (7)
        _, singular, Vt = np.linalg.svd(between, full_matrices=False)
        total = np.square(singular).sum()
        shares = np.square(singular) / total if total > 0.0 else np.zeros_like(singular)
        self.explained_variance_ratio_ = shares[: self._max_components]
        rank = int((singular > self.tol * singular.max(initial=0.0)).sum())
        self.scalings_ = _signed(A @ Vt[:rank].T)  # (d, rank)  (8)
        projected = (self.means_ - self.xbar_) @ self.scalings_
        self.coef_ = projected @ self.scalings_.T  # (2)
        with np.errstate(divide="ignore"):
            self.intercept_ = -0.5 * np.square(projected).sum(axis=1) + np.log(self.priors_)  # (3)
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


class QuadraticDiscriminantAnalysis(ClassifierMixin, BaseEstimator):
    r"""Classifier with quadratic borders: every class has a shape of its own.

    Parameters
    ----------
    solver : {"svd", "eigen"}
        "svd" finds the axes of the clouds from the samples, "eigen" from covariances, which can be
        shrunk.
    shrinkage : None, "auto" or float
        The share of a ball in the covariances, from 0 to 1; "auto" is Ledoit and Wolf's.
    priors : None or array-like of shape (n_classes,)
        How probable the classes are; None takes their shares of the samples.
    reg_param : float
        The share of the unit ball in the covariances of "svd", from 0 to 1. With it a class may have
        fewer samples than there are features (which scikit-learn refuses).
    store_covariance : bool
        Whether to keep the classes' covariances.
    tol : float
        A variance that is not larger counts as none: the covariance cannot be inverted.
    covariance_estimator : None or estimator
        In place of ``shrinkage``: an object whose ``fit`` learns a ``covariance_``.

    Attributes
    ----------
    covariance_ : list of ndarray of shape (n_features, n_features)
        Each class's covariance, if asked for.
    means_ : ndarray of shape (n_classes, n_features)
        The classes' means.
    priors_ : ndarray of shape (n_classes,)
        How probable the classes are.
    rotations_ : list of ndarray of shape (n_features, n_features)
        Each cloud's axes, in columns.
    scalings_ : list of ndarray of shape (n_features,)
        The variances along them.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X = [[-1.0], [0.0], [1.0], [-9.0], [0.5], [9.0]]  # a narrow cloud inside a wide one
    >>> model = QuadraticDiscriminantAnalysis().fit(X, ["in", "in", "in", "out", "out", "out"])
    >>> model.predict([[0.2], [5.0], [-5.0]]).tolist()
    ['in', 'out', 'out']
    """

    def __init__(
        self,
        *,
        solver="svd",
        shrinkage=None,
        priors=None,
        reg_param=0.0,
        store_covariance=False,
        tol=1e-4,
        covariance_estimator=None,
    ):
        self.solver = solver
        self.shrinkage = shrinkage
        self.priors = priors
        self.reg_param = reg_param
        self.store_covariance = store_covariance
        self.tol = tol
        self.covariance_estimator = covariance_estimator

    def fit(self, X, y):
        """Learn each class's mean and shape.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples; in each class more than there are features, unless covariances are shrunk.
        y : array-like of shape (n_samples,)
            Their labels: numbers or strings, of at least two classes.

        Returns
        -------
        QuadraticDiscriminantAnalysis
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable, or a class's covariance cannot be inverted.
        """
        check_choice("solver", self.solver, ("svd", "eigen"))
        check_number("tol", self.tol, least=0)
        check_number("reg_param", self.reg_param, least=0, most=1)
        _check_covariance(self, "svd")
        X, classes, index, _ = self._check_X_labels(X, y)
        _check_classes(self, classes)
        vars(self).pop("covariance_", None)
        self.priors_ = _priors(self.priors, classes, index)
        samples = X.astype(np.float64, copy=False)
        self.means_ = _class_means(samples, index, len(classes))
        self.rotations_, self.scalings_ = [], []
        for k, label in enumerate(classes.tolist()):
            variances, axes = self._axes(samples[index == k], label)
            self.rotations_.append(axes)
            self.scalings_.append(variances)
        if self.store_covariance:
            self.covariance_ = [R * s @ R.T for R, s in zip(self.rotations_, self.scalings_)]
        self.classes_ = classes
        _to_dtype(self, X.dtype)
        return self

    def _axes(self, cloud, label) -> tuple[np.ndarray, np.ndarray]:
        """Return variances, the largest first, and axes of one class's cloud."""
        n, d = cloud.shape
        if n == 1:
            raise ValueError(
                f"y has only 1 sample in class {label!r}: the covariance of one sample is ill defined. "
                "Leave the class out, or find more of it."
            )
        if self.solver == "svd":
            singular, axes = _right_singular((cloud - cloud.mean(axis=0)) / np.sqrt(n), 0.0)
            if n < d and self.reg_param > 0.0:  # the axes without variance count, too
                singular = np.append(singular, np.zeros(d - n))
                axes = np.linalg.qr(axes, mode="complete")[0]
            variances = (1.0 - self.reg_param) * np.square(singular) + self.reg_param
        else:
            variances, axes = np.linalg.eigh(_covariance(self, cloud))
            variances, axes = variances[::-1], axes[:, ::-1]
        if int((variances > self.tol).sum()) < d:
            few = n <= d
            raise ValueError(
                f"The covariance matrix of class {label!r} is not full rank: it has {n} samples"
                f"{f', which are too few for {d} features' if few else ''}. Use solver='eigen' with "
                f"shrinkage='auto'{'' if few else ', raise reg_param,'} or leave out features that "
                "others determine."
            )
        return variances, axes

    def _log_posterior(self, X) -> np.ndarray:
        """Return what (1) says for each class, (n, K)."""
        X = self._check_X(X)
        scores = np.empty((len(X), len(self.classes_)), dtype=X.dtype)
        with np.errstate(divide="ignore"):
            log_priors = np.log(self.priors_)
        for k, (R, variances) in enumerate(zip(self.rotations_, self.scalings_)):
            white = (X - self.means_[k]) @ (R / np.sqrt(variances))
            distance = np.einsum("ij,ij->i", white, white)
            log_determinant = np.log(variances).sum()
            scores[:, k] = -0.5 * (distance + log_determinant) + log_priors[k]  # (1)
        return scores

    def decision_function(self, X) -> np.ndarray:
        """Return log-posteriors up to a constant, (n, K); for two classes the second's less the first's.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        scores = self._log_posterior(X)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def predict(self, X) -> np.ndarray:
        """Return the likeliest class of each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        best = self._log_posterior(X).argmax(axis=1)
        return self.classes_[best]

    def predict_proba(self, X) -> np.ndarray:
        """Return the probability of each class, of shape (n_samples, n_classes).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        return softmax(self._log_posterior(X))

    def predict_log_proba(self, X) -> np.ndarray:
        """Return the logarithm of each class's probability.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        return log_softmax(self._log_posterior(X))


# ---- what they share -----------------------------------------------------------------------------
def _check_covariance(model, plain) -> None:
    """Refuse ways to estimate a covariance where none is estimated, and two ways at once."""
    check_shrinkage(model.shrinkage)
    for name in ("shrinkage", "covariance_estimator"):
        if model.solver == plain and getattr(model, name) is not None:
            raise NotImplementedError(
                f"{name} is not supported with solver={plain!r}, which forms no covariance; use "
                "solver='eigen'."
            )
    if model.covariance_estimator is not None and model.shrinkage:
        raise ValueError(
            "covariance_estimator and shrinkage are two ways to do one thing; set only one of them."
        )


def _check_classes(model, classes) -> None:
    if len(classes) < 2:
        raise ValueError(
            f"{type(model).__name__} needs samples of at least 2 classes, but the data contains only "
            f"one class: {classes[0]!r}."
        )


def _covariance(model, X) -> np.ndarray:
    if model.covariance_estimator is None:
        return covariance(X, model.shrinkage)
    return np.asarray(clone(model.covariance_estimator).fit(X).covariance_, dtype=np.float64)


def _priors(priors, classes, index) -> np.ndarray:
    if priors is None:
        return np.bincount(index, minlength=len(classes)) / len(index)
    priors = as_float(priors, "priors").astype(np.float64)
    if priors.shape != classes.shape or not (priors >= 0.0).all():
        raise ValueError(
            f"priors must be non-negative, one for each of the {len(classes)} classes; got "
            f"{priors.tolist()}."
        )
    total = float(priors.sum())
    if total <= 0.0:
        raise ValueError("priors must not all be 0.")
    if abs(total - 1.0) > 1e-5:
        warnings.warn("The priors do not sum to 1. Renormalizing", stacklevel=outside())
        priors = priors / total
    return priors


def _class_means(X, index, K) -> np.ndarray:
    return np.array([X[index == k].mean(axis=0) for k in range(K)])


def _spread(centred, X) -> np.ndarray:
    """Return the standard deviation within classes of each feature; 1 where that is but rounding."""
    spread = np.sqrt(np.square(centred).mean(axis=0))
    nothing = spread <= 1e-14 * np.abs(X).max(axis=0)
    centred[:, nothing] = 0.0
    return np.where(nothing, 1.0, spread)


def _right_singular(A, tol) -> tuple[np.ndarray, np.ndarray]:
    """Return the singular values of A, the largest first, and its right singular vectors in columns.

    They are those of the Gram matrix's eigenvalues, quickly found, as long as these keep their
    digits; else those of the triangular factor, or of A itself.
    """
    n, d = A.shape
    if n >= d:
        values, V = np.linalg.eigh(A.T @ A)
        values, V = values[::-1], V[:, ::-1]
        kept = values[values > tol * tol]
        if kept.size and kept[-1] > WORST_RATIO * values[0] and (len(kept) == d or tol > 1e-6):
            return np.sqrt(np.maximum(values, 0.0)), V
    if n > 2 * d:
        A = np.linalg.qr(A, mode="r")
    _, singular, Vt = np.linalg.svd(A, full_matrices=False)
    return singular, Vt.T


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
        return -0.5 * np.einsum("kj,kj->k", means, coef) + np.log(priors)  # (3)


def _signed(columns) -> np.ndarray:
    """Return the columns, each turned so that its largest entry is positive."""
    if not columns.size:
        return columns
    largest = columns[np.abs(columns).argmax(axis=0), np.arange(columns.shape[1])]
    return columns * np.where(largest < 0.0, -1.0, 1.0)


def _to_dtype(model, dtype) -> None:
    """Give the learned arrays the dtype of X."""
    for name, value in vars(model).items():
        if name == "classes_" or not name.endswith("_"):
            continue
        if isinstance(value, np.ndarray) and value.dtype == np.float64:
            setattr(model, name, value.astype(dtype, copy=False))
        elif isinstance(value, list):
            setattr(model, name, [array.astype(dtype, copy=False) for array in value])
