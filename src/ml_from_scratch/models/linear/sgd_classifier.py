"""Classification by stochastic gradient descent: see ``stochastic_model`` and ``stochastic_descent``."""

from __future__ import annotations

import numpy as np

from ...core.checks import check_weights, encode_labels
from ...core.functions import sigmoid
from ...core.random import as_generator
from ...core.scores import accuracy
from ..available import available_if
from ..class_weight import class_weights
from .linear_classifier import _LinearClassifier
from .stochastic_losses import FOR_CLASSES, FOR_NUMBERS
from .stochastic_model import _StochasticModel

LOSSES = {**FOR_CLASSES, **FOR_NUMBERS}


class SGDClassifier(_LinearClassifier, _StochasticModel):
    """Linear classifier by stochastic gradient descent: a support vector machine, logistic regression.

    scikit-learn's learning_rate="pa1" and "pa2" (passive-aggressive steps) are not offered. With an L1
    penalty the average is the mean of what the coefficients were; scikit-learn counts a shrinking as if
    it had always been there.

    Parameters
    ----------
    loss : {"hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron", "squared_error", \
"huber", "epsilon_insensitive", "squared_epsilon_insensitive"}
        "hinge" makes a linear support vector machine, "log_loss" logistic regression; it and
        "modified_huber" give probabilities. The last four are losses of regression on labels of +-1.
    penalty : {"l2", "l1", "elasticnet", None}
        What keeps coefficients small.
    alpha : float
        The weight of the penalty, per sample; and the length of "optimal" steps comes from it.
    l1_ratio : float
        The share of L1 in "elasticnet", from 0 to 1.
    fit_intercept : bool
        Whether to learn an intercept, which is not penalised.
    max_iter : int
        The most epochs (passes over the data) of ``fit``.
    tol : float or None
        Stop when the mean objective of an epoch has not fallen below the least one so far by this
        much, ``n_iter_no_change`` times in a row; with ``early_stopping`` the score takes its place.
        None makes all epochs.
    shuffle : bool
        Whether each epoch shows the samples in a new order.
    verbose : int
        Above 0: tell the objective of every epoch.
    epsilon : float
        How large an error is not one, or is a large one: for "huber" and the insensitive losses.
    n_jobs : None or int
        For scikit-learn's sake: classes are learned one after the other.
    random_state : None, int or Generator
        Decides the orders, and the samples held back.
    learning_rate : {"constant", "optimal", "invscaling", "adaptive"}
        "constant" steps are ``eta0`` long, "optimal" ones 1 / (alpha (t0 + t)), "invscaling"
        eta0 / t^power_t; "adaptive" ones are eta0 and a fifth of what they were whenever the others
        would stop.
    eta0 : float
        The first step, or each; not for "optimal".
    power_t : float
        The exponent of "invscaling".
    early_stopping : bool
        Whether to stop by the accuracy on samples that are held back.
    validation_fraction : float
        The share of them.
    n_iter_no_change : int
        See ``tol``.
    class_weight : None, "balanced" or dict
        What multiplies the steps of samples of each class. With more than two classes the samples of
        all others keep their weight when one class is learned, as in scikit-learn.
    warm_start : bool
        Whether ``fit`` starts from what the last one has found.
    average : bool or int
        Whether the coefficients are the means of all on the way; a number is the sample (counted over
        all epochs) from which on they are averaged.

    Attributes
    ----------
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Coefficients; with two classes those of the second.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercepts.
    n_iter_ : int
        Epochs made (the most of any class).
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    t_ : float
        Samples shown, and one.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> model = SGDClassifier(shuffle=False)
    >>> for chunk in ([[-2.0], [1.0]], [[-1.0], [2.0]]):  # as if read from a file
    ...     _ = model.partial_fit(chunk, ["no", "yes"], classes=["no", "yes"])
    >>> model.predict([[-3.0], [3.0]]).tolist(), model.t_
    (['no', 'yes'], 5.0)
    """

    def __init__(
        self,
        loss="hinge",
        *,
        penalty="l2",
        alpha=0.0001,
        l1_ratio=0.15,
        fit_intercept=True,
        max_iter=1000,
        tol=1e-3,
        shuffle=True,
        verbose=0,
        epsilon=0.1,
        n_jobs=None,
        random_state=None,
        learning_rate="optimal",
        eta0=0.01,
        power_t=0.5,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=5,
        class_weight=None,
        warm_start=False,
        average=False,
    ):
        self.loss = loss
        self.penalty = penalty
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.shuffle = shuffle
        self.verbose = verbose
        self.epsilon = epsilon
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.learning_rate = learning_rate
        self.eta0 = eta0
        self.power_t = power_t
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.average = average

    def fit(self, X, y, coef_init=None, intercept_init=None, sample_weight=None):
        """Learn from labelled samples, epoch after epoch.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            Their labels: numbers or strings, of at least two classes.
        coef_init : None or array-like of the shape of coef_
            Coefficients to start from.
        intercept_init : None or array-like of the shape of intercept_
            Intercepts to start from.
        sample_weight : None, float or array-like of shape (n_samples,)
            What multiplies the steps of each sample.

        Returns
        -------
        SGDClassifier
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable, or the coefficients overflow.
        """
        self._check_settings(LOSSES)
        X, classes, index, weights = self._check_X_labels(X, y, sample_weight)
        if len(classes) < 2:
            raise ValueError(
                "SGDClassifier needs samples of at least 2 classes, but the data contains only one "
                f"class: {classes[0]!r}."
            )
        if self.warm_start and hasattr(self, "coef_") and np.array_equal(self.classes_, classes):
            coef_init = self.coef_ if coef_init is None else coef_init
            intercept_init = self.intercept_ if intercept_init is None else intercept_init
        self.classes_ = classes
        self._start(self._n_rows(), X.shape[1], coef_init, intercept_init)
        self._learn(X, index, weights, self.max_iter)
        self._warn_if_cut()
        return self

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Make one pass over some more samples, and go on where the last call stopped.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            Their labels, among ``classes``.
        classes : array-like of shape (n_classes,)
            All labels that will ever come; needed in the first call.
        sample_weight : None, float or array-like of shape (n_samples,)
            What multiplies the steps of each sample.

        Returns
        -------
        SGDClassifier
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable, or a label is not among the classes.
        """
        self._check_settings(LOSSES, partial=True)
        first = not hasattr(self, "classes_")
        if first and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        known = None if classes is None else np.unique(np.asarray(classes))
        if not first and known is not None and not np.array_equal(known, self.classes_):
            raise ValueError(
                f"`classes={classes!r}` is not the same as on last call to partial_fit, was: "
                f"{self.classes_.tolist()}."
            )
        if isinstance(self.class_weight, str):
            raise ValueError(
                f"class_weight {self.class_weight!r} is not supported for partial_fit, which does not "
                "see all samples. Give the weights as a dictionary."
            )
        known = known if first else self.classes_
        if len(known) < 2:
            raise ValueError(
                f"The number of classes has to be greater than one; got {len(known)} class."
            )
        X = self._check_X(X, fitting=first)
        index = _places(y, len(X), known)
        weights = check_weights(sample_weight, len(X), X.dtype)
        if first:
            self.classes_ = known
            self._start(self._n_rows(), X.shape[1])
        self._learn(X, index, weights, 1)
        return self

    def _n_rows(self) -> int:
        return 1 if len(self.classes_) == 2 else len(self.classes_)

    def _learn(self, X, index, weights, max_iter) -> None:
        loss = LOSSES[self.loss](self.epsilon)
        s = np.ones(len(X)) if weights is None else weights.astype(np.float64)
        of_class = class_weights(self.class_weight, self.classes_, index)
        rng = as_generator(self.random_state)
        held_out = self._hold_out(X, index, s, rng, stratify=True)
        two = len(self.classes_) == 2
        own = np.array([1]) if two else np.arange(len(self.classes_))  # the class of each score
        positive = index == own[:, None]  # (K, n)
        S = np.broadcast_to(s, positive.shape)
        if self.class_weight is not None:
            S = s * np.where(positive, of_class[index], of_class[0] if two else 1.0)
        n_iter = self._descend(X, positive, S, loss, max_iter, rng, held_out)
        self._publish(n_iter, len(X), X.dtype)

    def _score_of(self, z, y, s) -> float:
        return accuracy(y, z > 0.0, s)

    @available_if(lambda self: self.loss in ("log_loss", "modified_huber"))
    def predict_proba(self, X) -> np.ndarray:
        """Return the probability of each class, with the losses "log_loss" and "modified_huber".

        With more than two classes each is asked by itself, and the answers are scaled to a sum of 1.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        z = self.decision_function(X)
        p = sigmoid(z) if self.loss == "log_loss" else 0.5 * (np.clip(z, -1.0, 1.0) + 1.0)
        if p.ndim == 1:
            return np.column_stack([1.0 - p, p])
        p[p.sum(axis=1) == 0.0] = 1.0  # all say no: all are as likely
        return p / p.sum(axis=1, keepdims=True)

    @available_if(lambda self: self.loss in ("log_loss", "modified_huber"))
    def predict_log_proba(self, X) -> np.ndarray:
        """Return the logarithm of each class's probability.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))


def _places(y, n_samples, classes) -> np.ndarray:
    """Return the place of each label among the classes, all of which are known before."""
    present, index = encode_labels(y, n_samples, used_by="SGDClassifier")
    unknown = np.setdiff1d(present, classes)
    if len(unknown):
        raise ValueError(
            f"y has labels that are not among the classes {classes.tolist()}: {unknown.tolist()[:5]}. "
            "Name all classes in the first call of partial_fit."
        )
    return np.searchsorted(classes, present)[index]
