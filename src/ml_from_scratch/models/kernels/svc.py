r"""Support vector classification: the boundary with the widest margin, in the space of a kernel.

Between two classes, with :math:`y_t = \pm 1`, the dual problem is that of ``smo`` with

.. math:: p_t = y_t, \qquad \beta_t \text{ between } 0 \text{ and } C s_t y_t \tag{1}

for sample weights :math:`s_t`: only samples on the margin or on its wrong side have
:math:`\beta_t \ne 0`. Among more classes there is a machine for each pair, which are many, but small,
and they vote (``one_vs_one``).

Source: C. Cortes and V. Vapnik, Support-vector networks (1995).
"""

from __future__ import annotations

import functools
import types

import numpy as np

from ...core.checks import check_choice
from ...core.estimator import ClassifierMixin
from ...core.random import as_generator
from ..linear.logistic_regression import weigh_classes
from .one_vs_one import class_pairs, class_scores, count_votes
from .platt import couple, fit_sigmoid, sigmoid_probability
from .support_vectors import _SupportVectorMachine

FOLDS = 5  # whose held-out scores the sigmoids are fitted to


class _WithProbability:
    """A method that is there only if the estimator was made with probability=True."""

    def __init__(self, function):
        self.function = function
        functools.update_wrapper(self, function)

    def __get__(self, estimator, owner=None):
        if estimator is None:
            return self.function
        if not estimator.probability:
            raise AttributeError(
                f"{self.function.__name__} is not available when probability=False. Set it to True "
                "before fit."
            )
        return types.MethodType(self.function, estimator)


class SVC(ClassifierMixin, _SupportVectorMachine):
    r"""Classification with the widest margin, in the space of a kernel.

    Parameters
    ----------
    C : float
        How much samples on the wrong side of the margin cost, against its width.
    kernel : {"linear", "poly", "rbf", "sigmoid", "precomputed"} or callable
        The similarity of two samples (``kernels.functions``). For "precomputed", X is the kernel
        matrix: of the training samples in ``fit``, from new ones to them in ``predict``. A callable
        takes two arrays of samples and returns their matrix; such a model cannot be saved but by
        pickle.
    degree : int
        Of the kernel "poly".
    gamma : {"scale", "auto"} or float
        Of the kernels "poly", "rbf" and "sigmoid". "scale" is 1 / (n_features * variance of X), with
        samples counted by their weights; "auto" is 1 / n_features.
    coef0 : float
        Of the kernels "poly" and "sigmoid".
    shrinking : bool
        For scikit-learn's sake: the solution is the same.
    probability : bool
        Whether there is ``predict_proba``. It takes five more fits, and may disagree with
        ``predict`` on samples near a boundary.
    tol : float
        Stop when no pair of samples violates the conditions of a minimum by more.
    cache_size : float
        How many megabytes of the kernel matrix are kept.
    class_weight : None, "balanced" or dict
        How much samples of each class count; "balanced" gives each class the same total.
    verbose : bool
        Whether to report progress.
    max_iter : int
        The most steps of the solver, for each pair of classes; -1 for no limit.
    decision_function_shape : {"ovr", "ovo"}
        Whether ``decision_function`` has a column per class or per pair of classes, if there are
        more than two.
    break_ties : bool
        Whether ``predict`` decides equal votes by ``decision_function`` ("ovr") and not for the
        first class.
    random_state : None, int or Generator
        Deals out the folds for the probabilities.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    class_weight_ : ndarray of shape (n_classes,)
        What C is multiplied by for each class.
    support_ : ndarray of shape (n_support,)
        The support vectors' places in X, class by class.
    support_vectors_ : ndarray of shape (n_support, n_features)
        The support vectors; empty if the kernel is precomputed or a callable.
    n_support_ : ndarray of shape (n_classes,)
        How many there are of each class.
    dual_coef_ : ndarray of shape (n_classes - 1, n_support)
        Their weights: those of a sample of class i against class j are in row j - 1 if i < j, in row
        j otherwise. For two classes positive values speak for the second.
    intercept_ : ndarray of shape (n_pairs,)
        What is added to the weighted sums, for the pairs (0, 1), (0, 2), ..., (1, 2), ...
    coef_ : ndarray of shape (n_pairs, n_features)
        The coefficients of the features, for the linear kernel only.
    probA_, probB_ : ndarray of shape (n_pairs,)
        The numbers of Platt's sigmoids; empty without ``probability``.
    n_iter_ : ndarray of shape (n_pairs,)
        Steps made.
    fit_status_ : int
        0 if the solver converged, 1 if not.
    shape_fit_ : tuple
        The shape of X in ``fit``.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]], [0, 0, 1, 1]  # exclusive or
    >>> SVC(C=10.0).fit(X, y).predict([[0.1, 0.1], [0.9, 0.1]]).tolist()
    [0, 1]
    """

    def __init__(
        self,
        *,
        C=1.0,
        kernel="rbf",
        degree=3,
        gamma="scale",
        coef0=0.0,
        shrinking=True,
        probability=False,
        tol=1e-3,
        cache_size=200,
        class_weight=None,
        verbose=False,
        max_iter=-1,
        decision_function_shape="ovr",
        break_ties=False,
        random_state=None,
    ):
        self.C = C
        self.kernel = kernel
        self.degree = degree
        self.gamma = gamma
        self.coef0 = coef0
        self.shrinking = shrinking
        self.probability = probability
        self.tol = tol
        self.cache_size = cache_size
        self.class_weight = class_weight
        self.verbose = verbose
        self.max_iter = max_iter
        self.decision_function_shape = decision_function_shape
        self.break_ties = break_ties
        self.random_state = random_state

    def fit(self, X, y, sample_weight=None):
        """Learn the support vectors and their weights.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples, or the kernel matrix if the kernel is "precomputed".
        y : array-like of shape (n_samples,)
            Their labels: numbers or strings, of at least two classes.
        sample_weight : None, float or array-like of shape (n_samples,)
            What C is multiplied by for each sample; 2 is the same as having it twice.

        Returns
        -------
        SVC
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        self._check_parameters()
        check_choice("decision_function_shape", self.decision_function_shape, ("ovr", "ovo"))
        if self.break_ties and self.decision_function_shape == "ovo":
            raise ValueError(
                "break_ties must be False when decision_function_shape is 'ovo': ties are broken by "
                "the scores of the classes, which are those of 'ovr'."
            )
        X, classes, index, weights = self._check_X_labels(X, y, sample_weight)
        Z, kept = self._prepare(X, weights)
        classes, index = self._seen(classes, index, kept)
        C = self._costs(classes, index, None if weights is None else weights[kept])
        members = [np.flatnonzero(index == k) for k in range(len(classes))]
        pairs = class_pairs(len(classes))
        solutions = [self._separate(Z, kept, members[i], members[j], C) for i, j in pairs]
        if self.probability:
            self._fit_probabilities(Z, kept, members, pairs, C)
        else:
            self._probA = self._probB = np.empty(0)
        self.classes_ = classes
        self._keep_pairs(X, kept, members, pairs, solutions)
        return self

    def _seen(self, classes, index, kept):
        """Return classes and class numbers of the samples that have a weight."""
        present, index = np.unique(index[kept], return_inverse=True)
        if len(present) < 2:
            raise ValueError(
                "The number of classes has to be greater than one; SVC got samples of one class: "
                f"{classes[present[0]]!r}."
            )
        return classes[present], index.reshape(-1)

    def _costs(self, classes, index, weights):
        samples = np.ones(len(index)) if weights is None else weights.astype(np.float64)
        weighed = weigh_classes(self.class_weight, classes, index, samples)
        first = np.unique(index, return_index=True)[1]
        self.class_weight_ = weighed[first] / samples[first]
        return self.C * weighed

    def _separate(self, Z, kept, ours, theirs, C):
        """Return the machine whose scores are positive for the first of two sets of samples."""
        subset = np.concatenate([ours, theirs])
        y = np.repeat([1.0, -1.0], [len(ours), len(theirs)])[None]
        edge = C[subset] * y
        return self._solve(Z, kept[subset], y, np.minimum(edge, 0.0), np.maximum(edge, 0.0))  # (1)

    def _keep_pairs(self, X, kept, members, pairs, solutions):
        n_classes = len(members)
        order = np.concatenate(members)
        start = np.concatenate([[0], np.cumsum([len(m) for m in members])])
        dual_coef = np.zeros((n_classes - 1, len(order)))
        for (i, j), solution in zip(pairs, solutions):
            ours = len(members[i])
            dual_coef[j - 1, start[i] : start[i + 1]] = solution.beta[0, :ours]
            dual_coef[i, start[j] : start[j + 1]] = solution.beta[0, ours:]
        used = dual_coef.any(axis=0)
        intercept = np.array([s.intercept for s in solutions])
        sign = -1.0 if n_classes == 2 else 1.0
        self.n_support_ = np.array([used[a:b].sum() for a, b in zip(start, start[1:])], np.int32)
        self.n_iter_ = np.array([s.n_iter for s in solutions], dtype=np.int32)
        self._keep(X, kept[order[used]], sign * dual_coef[:, used], sign * intercept, solutions)

    # ---- scores ----------------------------------------------------------------------------------
    def _pair_coef(self):
        """Return the weights of the support vectors in each pair's score, (n_support, n_pairs)."""
        n_classes = len(self.classes_)
        if n_classes == 2:
            return self.dual_coef_.T
        start = np.concatenate([[0], np.cumsum(self.n_support_)])
        pairs = class_pairs(n_classes)
        coef = np.zeros((start[-1], len(pairs)), dtype=self.dual_coef_.dtype)
        for k, (i, j) in enumerate(pairs):
            ours, theirs = slice(start[i], start[i + 1]), slice(start[j], start[j + 1])
            coef[ours, k], coef[theirs, k] = (
                self.dual_coef_[j - 1, ours],
                self.dual_coef_[i, theirs],
            )
        return coef

    def decision_function(self, X) -> np.ndarray:
        """Return scores of samples: for two classes positive for the second, of shape (n_samples,).

        For more classes the shape is (n_samples, n_classes), or (n_samples, n_pairs) where
        ``decision_function_shape`` is "ovo".

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples, or their kernel with the training samples if the kernel is "precomputed".
        """
        scores = self._scores(self._check_X(X))
        if len(self.classes_) == 2:
            return scores[:, 0]
        return scores if self.decision_function_shape == "ovo" else self._class_scores(scores)

    def _class_scores(self, scores):
        return class_scores(scores >= 0.0, scores, len(self.classes_)).astype(scores.dtype)

    def predict(self, X) -> np.ndarray:
        """Return the class of each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples, or their kernel with the training samples if the kernel is "precomputed".
        """
        scores = self._scores(self._check_X(X))
        if len(self.classes_) == 2:
            return self.classes_[(scores[:, 0] >= 0.0).astype(np.intp)]
        if self.break_ties:
            return self.classes_[self._class_scores(scores).argmax(axis=1)]
        return self.classes_[count_votes(scores > 0.0, len(self.classes_)).argmax(axis=1)]

    # ---- probabilities ---------------------------------------------------------------------------
    def _fit_probabilities(self, Z, kept, members, pairs, C):
        rng = as_generator(self.random_state)
        sigmoids = []
        for i, j in pairs:
            held_out, positive = self._held_out_scores(Z, kept, members[i], members[j], C, rng)
            sigmoids.append(fit_sigmoid(held_out, positive))
        self._probA, self._probB = np.array(sigmoids).T.copy()

    def _held_out_scores(self, Z, kept, ours, theirs, C, rng):
        """Return the scores of a pair's samples by machines that have not seen them."""
        samples = rng.permutation(np.concatenate([ours, theirs]))
        positive = np.isin(samples, ours)
        scores = np.empty(len(samples))
        for fold in np.array_split(np.arange(len(samples)), min(FOLDS, len(samples))):
            seen = np.ones(len(samples), bool)
            seen[fold] = False
            a, b = samples[seen & positive], samples[seen & ~positive]
            if len(a) == 0 or len(b) == 0:  # nothing to separate: all are of the one class
                scores[fold] = float(len(a) > 0) - float(len(b) > 0)
                continue
            machine = self._separate(Z, kept, a, b, C)
            K = self._kernel_among(Z, kept[samples[fold]], kept[np.concatenate([a, b])])
            scores[fold] = K @ machine.beta[0] + machine.intercept
        return scores, positive

    @property
    def probA_(self) -> np.ndarray:
        """The slopes of Platt's sigmoids, one per pair of classes."""
        self._check_is_fitted()
        return self._probA

    @property
    def probB_(self) -> np.ndarray:
        """The offsets of Platt's sigmoids, one per pair of classes."""
        self._check_is_fitted()
        return self._probB

    @_WithProbability
    def predict_proba(self, X) -> np.ndarray:
        """Return the probability of each class, of shape (n_samples, n_classes).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples, or their kernel with the training samples if the kernel is "precomputed".
        """
        X = self._check_X(X)
        scores = self._scores(X).astype(np.float64)
        n_classes = len(self.classes_)
        if n_classes == 2:
            scores = -scores  # the sigmoids are those of the first of each pair
        p = sigmoid_probability(scores, self._probA, self._probB)  # (n, n_pairs)
        r = np.zeros((len(X), n_classes, n_classes))
        for k, (i, j) in enumerate(class_pairs(n_classes)):
            r[:, i, j], r[:, j, i] = p[:, k], 1.0 - p[:, k]
        probabilities = r[:, [0, 1], [1, 0]] if n_classes == 2 else couple(r)
        return probabilities.astype(X.dtype)

    @_WithProbability
    def predict_log_proba(self, X) -> np.ndarray:
        """Return the logarithm of each class's probability.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples, or their kernel with the training samples if the kernel is "precomputed".
        """
        return np.log(self.predict_proba(X))
