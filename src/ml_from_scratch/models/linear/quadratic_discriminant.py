r"""Quadratic discriminant analysis: every class is a cloud with a shape of its own.

With the class's share of the samples :math:`\pi_k` (or another prior), its mean and its covariance,
Bayes' rule for normal clouds gives, up to a constant that all classes share,

.. math::
    \log P(y = k \mid x) &= -\tfrac12 (x - \mu_k)^T \Sigma_k^{-1} (x - \mu_k)
        - \tfrac12 \log |\Sigma_k| + \log \pi_k \tag{1}

which is quadratic in x. In the axes of a cloud, :math:`\Sigma_k = R_k \,\mathrm{diag}(\lambda)\,
R_k^T`, distances are those of a ball and the determinant is a product.

Source: Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2nd edition, 2009,
equation 4.12.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_choice, check_number
from ...core.estimator import BaseEstimator, ClassifierMixin
from ...core.functions import log_softmax, softmax
from .class_clouds import (
    check_classes,
    check_covariance,
    class_means,
    class_priors,
    estimate_covariance,
    right_singular,
    to_dtype,
)


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
        check_covariance(self, "svd")
        X, classes, index, _ = self._check_X_labels(X, y)
        check_classes(self, classes)
        vars(self).pop("covariance_", None)
        self.priors_ = class_priors(self.priors, classes, index)
        samples = X.astype(np.float64, copy=False)
        self.means_ = class_means(samples, index, len(classes))
        self.rotations_, self.scalings_ = [], []
        for k, label in enumerate(classes.tolist()):
            variances, axes = self._axes(samples[index == k], label)
            self.rotations_.append(axes)
            self.scalings_.append(variances)
        if self.store_covariance:
            self.covariance_ = [R * s @ R.T for R, s in zip(self.rotations_, self.scalings_)]
        self.classes_ = classes
        to_dtype(self, X.dtype)
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
            singular, axes = right_singular((cloud - cloud.mean(axis=0)) / np.sqrt(n), 0.0)
            if n < d and self.reg_param > 0.0:  # the axes without variance count, too
                singular = np.append(singular, np.zeros(d - n))
                axes = np.linalg.qr(axes, mode="complete")[0]
            variances = (1.0 - self.reg_param) * np.square(singular) + self.reg_param
        else:
            variances, axes = np.linalg.eigh(estimate_covariance(self, cloud))
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
