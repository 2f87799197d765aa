r"""Gaussian process classification: probabilities from a process behind a sigmoid.

Two classes need one process (``laplace``). For more there is one for each class against the rest,
whose probabilities :math:`p_k` are brought to a sum of 1,

.. math:: P(y = k) = p_k / \textstyle\sum_j p_j \tag{1}

or one for each pair of classes, which vote (``one_vs_one``).
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_choice, check_number
from ...core.estimator import BaseEstimator, ClassifierMixin, clone
from ...core.parallel import run_all
from ...core.random import as_generator
from .covariance import CompoundKernel, ConstantKernel
from .laplace import LaplaceMachine
from .marginal_likelihood import random_starts
from .one_vs_one import class_pairs, class_scores
from .stationary import RBF


class GaussianProcessClassifier(ClassifierMixin, BaseEstimator):
    r"""Classification by Gaussian processes, with Laplace's approximation.

    Parameters
    ----------
    kernel : None or Kernel
        The covariance of the process (``kernels.covariance``, ``kernels.stationary``). None is
        ``1.0 * RBF(1.0)`` with nothing to be fitted. It is not changed; ``kernel_`` is fitted.
    optimizer : "fmin_l_bfgs_b", None or callable
        How hyper-parameters are fitted, as for GaussianProcessRegressor.
    n_restarts_optimizer : int
        How often the search starts anew, from hyper-parameters drawn between their bounds.
    max_iter_predict : int
        The most steps of Newton's method to a mode.
    warm_start : bool
        Whether the search for a mode starts from the one before.
    copy_X_train : bool
        For scikit-learn's sake: what is kept is a copy.
    random_state : None, int or Generator
        Draws the starts.
    multi_class : {"one_vs_rest", "one_vs_one"}
        How more than two classes are taken apart. Probabilities need the first.
    n_jobs : None or int
        How many of them are fitted at once, if joblib is installed.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_classes_ : int
        How many there are.
    kernel_ : Kernel
        The kernel with its hyper-parameters fitted; for more than two classes a CompoundKernel.
    base_estimator_ : LaplaceMachine or list of them
        The process of two classes, or those of the classes or pairs.
    log_marginal_likelihood_value_ : float
        The logarithm of the likelihood of the labels; the mean of the processes' if there are more.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["no", "no", "yes", "yes"]
    >>> model = GaussianProcessClassifier().fit(X, y)
    >>> model.predict([[0.2], [2.9]]).tolist()
    ['no', 'yes']
    >>> model.predict_proba([[1.5]]).round(3).tolist()
    [[0.5, 0.5]]
    """

    def __init__(
        self,
        kernel=None,
        *,
        optimizer="fmin_l_bfgs_b",
        n_restarts_optimizer=0,
        max_iter_predict=100,
        warm_start=False,
        copy_X_train=True,
        random_state=None,
        multi_class="one_vs_rest",
        n_jobs=None,
    ):
        self.kernel = kernel
        self.optimizer = optimizer
        self.n_restarts_optimizer = n_restarts_optimizer
        self.max_iter_predict = max_iter_predict
        self.warm_start = warm_start
        self.copy_X_train = copy_X_train
        self.random_state = random_state
        self.multi_class = multi_class
        self.n_jobs = n_jobs

    def fit(self, X, y):
        """Fit the hyper-parameters of the kernel, and find the modes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            Their labels: numbers or strings, of at least two classes.

        Returns
        -------
        GaussianProcessClassifier
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        check_number("n_restarts_optimizer", self.n_restarts_optimizer, least=0, integer=True)
        check_number("max_iter_predict", self.max_iter_predict, least=1, integer=True)
        check_choice("multi_class", self.multi_class, ("one_vs_rest", "one_vs_one"))
        if isinstance(self.kernel, CompoundKernel):
            raise ValueError("kernel cannot be a CompoundKernel: give the kernel of one process.")
        X, classes, index, _ = self._check_X_labels(X, y)
        if len(classes) < 2:
            raise ValueError(
                "GaussianProcessClassifier requires 2 or more distinct classes; got 1 class (only "
                f"class {classes[0]!r} is present)."
            )
        rng = as_generator(self.random_state)
        wide = X.astype(np.float64)
        tasks = [self._task(wide[rows], y01, rng) for rows, y01 in self._problems(index, classes)]
        machines = run_all(_fit_machine, tasks, self.n_jobs)
        self.classes_, self.n_classes_ = classes, len(classes)
        self.base_estimator_ = machines[0] if len(classes) == 2 else machines
        values = [machine.log_marginal_likelihood_value_ for machine in machines]
        self.log_marginal_likelihood_value_ = float(np.mean(values))
        return self

    def _problems(self, index, classes):
        """Yield (rows, labels 0 and 1) for each process."""
        everything = slice(None)
        if len(classes) == 2:
            yield everything, index.astype(np.float64)
        elif self.multi_class == "one_vs_rest":
            for k in range(len(classes)):
                yield everything, (index == k).astype(np.float64)
        else:
            for i, j in class_pairs(len(classes)):
                rows = np.flatnonzero((index == i) | (index == j))
                yield rows, (index[rows] == j).astype(np.float64)

    def _task(self, X, y, rng):
        fixed = ConstantKernel(1.0, "fixed") * RBF(1.0, "fixed")
        kernel = fixed if self.kernel is None else clone(self.kernel)
        starts = []
        if self.optimizer is not None and kernel.n_dims > 0:
            starts = random_starts(kernel, self.n_restarts_optimizer, rng)
        return kernel, X, y, self.optimizer, starts, self.max_iter_predict, self.warm_start

    @property
    def _machines(self) -> list[LaplaceMachine]:
        return [self.base_estimator_] if self.n_classes_ == 2 else self.base_estimator_

    @property
    def kernel_(self):
        """The kernel with its hyper-parameters fitted; for more than two classes a CompoundKernel."""
        self._check_is_fitted()
        kernels = [machine.kernel_ for machine in self._machines]
        return kernels[0] if self.n_classes_ == 2 else CompoundKernel(kernels)

    def log_marginal_likelihood(self, theta=None, eval_gradient=False, clone_kernel=True):
        """Return the logarithm of the likelihood of the labels, and its gradient if asked for.

        Parameters
        ----------
        theta : ndarray of shape (n_dims,), optional
            Logarithms of the kernel's free hyper-parameters; for more than two classes of one
            kernel, taken for all, or of all of them. None: those that were fitted.
        eval_gradient : bool
            Whether to return (value, gradient); for two classes only.
        clone_kernel : bool
            False sets ``kernel_`` to this theta, as in scikit-learn; values are the same.
        """
        self._check_is_fitted()
        if theta is None:
            if eval_gradient:
                raise ValueError("Gradient can only be evaluated for theta!=None")
            return self.log_marginal_likelihood_value_
        theta, machines = np.asarray(theta, dtype=np.float64), self._machines
        if eval_gradient and len(machines) > 1:
            raise NotImplementedError(
                "Gradient of log-marginal-likelihood not implemented for multi-class GPC."
            )
        n_dims = machines[0].kernel_.n_dims
        if theta.shape not in ((n_dims,), (n_dims * len(machines),)):
            raise ValueError(
                f"Shape of theta must be either {n_dims} or {n_dims * len(machines)}. Obtained theta "
                f"with shape {theta.shape}."
            )
        each = len(theta) == n_dims
        parts = [theta] * len(machines) if each else np.split(theta, len(machines))
        if not clone_kernel:
            for machine, part in zip(machines, parts):
                machine.kernel_.theta = part
        found = [m.log_marginal_likelihood(part, eval_gradient) for m, part in zip(machines, parts)]
        return found[0] if len(machines) == 1 else float(np.mean(found))

    # ---- predicting ------------------------------------------------------------------------------
    def predict(self, X) -> np.ndarray:
        """Return the class of each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        X = self._check_X(X).astype(np.float64, copy=False)
        if self.n_classes_ == 2:
            return self.classes_[(self.base_estimator_.latent_mean(X) > 0.0).astype(np.intp)]
        p = np.stack([machine.probability(X) for machine in self._machines], axis=1)
        if self.multi_class == "one_vs_rest":
            return self.classes_[p.argmax(axis=1)]
        second = np.stack([machine.latent_mean(X) > 0.0 for machine in self._machines], axis=1)
        return self.classes_[class_scores(~second, -p, self.n_classes_).argmax(axis=1)]

    def predict_proba(self, X) -> np.ndarray:
        """Return the probability of each class, of shape (n_samples, n_classes).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        X = self._check_X(X)
        if self.n_classes_ > 2 and self.multi_class == "one_vs_one":
            raise ValueError(
                "one_vs_one multi-class mode does not support predicting probability estimates. Use "
                "one_vs_rest mode instead."
            )
        wide = X.astype(np.float64, copy=False)
        p = np.stack([machine.probability(wide) for machine in self._machines], axis=1)
        p = (
            np.hstack([1.0 - p, p]) if self.n_classes_ == 2 else p / p.sum(axis=1, keepdims=True)
        )  # (1)
        return p.astype(X.dtype)

    def predict_log_proba(self, X) -> np.ndarray:
        """Return the logarithm of each class's probability.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        return np.log(self.predict_proba(X))

    def latent_mean_and_variance(self, X):
        """Return mean and variance of the function behind the sigmoid, for two classes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        X = self._check_X(X)
        if self.n_classes_ > 2:
            raise ValueError(
                "Returning the mean and variance of the latent function f is only supported for "
                f"binary classification, received {self.n_classes_} classes."
            )
        both = self.base_estimator_.latent_mean_and_variance(X.astype(np.float64, copy=False))
        return tuple(array.astype(X.dtype) for array in both)


def _fit_machine(kernel, X, y, optimizer, starts, max_iter, warm_start):
    return LaplaceMachine(
        kernel, X, y, optimizer=optimizer, starts=starts, max_iter=max_iter, warm_start=warm_start
    )
