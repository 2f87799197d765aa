r"""Linear models by stochastic gradient descent, for data that need not fit into memory.

A sample is looked at, a step is made along the slope of its own loss, and the next one comes: how,
is told in ``stochastic_descent``; the losses are in ``stochastic_losses``. ``partial_fit`` makes one
pass over what it is given, a chunk of a file for example, and goes on where the last call stopped.

Without an epoch's shuffle the result is a function of the order of the samples alone, and the same
as scikit-learn's. A sample's weight multiplies its steps: that is not quite the same as showing the
sample more often, and a sample of weight 0 is shown without effect, but time passes.

Source: Bottou, Stochastic gradient descent tricks, 2012.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_choice, check_number, check_target, check_weights, encode_labels
from ...core.estimator import BaseEstimator, RegressorMixin
from ...core.functions import sigmoid
from ...core.random import as_generator
from ...core.scores import accuracy, r_squared
from ...utils.model_selection import train_test_split
from ..available import available_if
from ..class_weight import class_weights
from ..convergence import warn_not_converged
from .linear_classifier import _LinearClassifier
from .stochastic_descent import Settings, State, show
from .stochastic_losses import FOR_CLASSES, FOR_NUMBERS

SCHEDULES = ("constant", "optimal", "invscaling", "adaptive")
PENALTIES = ("l2", "l1", "elasticnet", None)
SLOWEST = 1e-6  # steps of "adaptive" do not get shorter
CHUNK = 4096  # shuffled rows are gathered so many at a time


class _StochasticModel(BaseEstimator):
    """What both models share: settings, the loop over epochs, and what ``partial_fit`` goes on with."""

    def _check_settings(self, losses, *, partial=False) -> None:
        check_choice("loss", self.loss, tuple(losses))
        check_choice("penalty", self.penalty, PENALTIES)
        check_choice("learning_rate", self.learning_rate, SCHEDULES)
        check_number("alpha", self.alpha, least=0)
        check_number("eta0", self.eta0, above=0)
        check_number("power_t", self.power_t)
        check_number("epsilon", self.epsilon, least=0)
        check_number("max_iter", self.max_iter, least=1, integer=True)
        check_number("tol", self.tol, least=0, optional=True)
        check_number("n_iter_no_change", self.n_iter_no_change, least=1, integer=True)
        check_number("validation_fraction", self.validation_fraction, above=0, below=1)
        if not isinstance(self.average, bool):
            check_number("average", self.average, least=0, integer=True)
        if self.penalty == "elasticnet":
            check_number("l1_ratio", self.l1_ratio, least=0, most=1)
        if self.learning_rate == "optimal" and self.alpha == 0:
            raise ValueError(
                "alpha must be > 0 since learning_rate is 'optimal', whose steps are computed from it. "
                "Choose another learning_rate, with eta0."
            )
        if partial and self.early_stopping:
            raise ValueError(
                "early_stopping should be False with partial_fit, which makes one pass: score on data "
                "that you hold back yourself."
            )

    def _descent_settings(self, loss) -> Settings:
        rho = {"l2": 0.0, "l1": 1.0, "elasticnet": self.l1_ratio, None: 0.0}[self.penalty]
        weight = 0.0 if self.penalty is None else float(self.alpha)
        return Settings(
            loss=loss,
            alpha=float(self.alpha),
            l2=(1.0 - rho) * weight,
            l1=rho * weight,
            learning_rate=self.learning_rate,
            eta0=float(self.eta0),
            power_t=float(self.power_t),
            fit_intercept=bool(self.fit_intercept),
            average=int(self.average),
            tell=bool(self.verbose) or (self.tol is not None and not self.early_stopping),
        )

    def _start(self, n_rows, n_features, coef_init=None, intercept_init=None) -> None:
        """Begin with zeros, or with what the user gives; forget the averages."""
        shapes = {"coef_init": (n_rows, n_features), "intercept_init": (n_rows,)}
        values = []
        for (name, shape), given in zip(shapes.items(), (coef_init, intercept_init)):
            value = np.zeros(shape) if given is None else np.array(given, dtype=np.float64)
            if value.size != np.prod(shape):
                raise ValueError(f"{name} should have shape {shape}; got {value.shape}.")
            values.append(value.reshape(shape))
        self._standard_coef, self._standard_intercept = values
        self._average_coef = np.zeros((n_rows, n_features))
        self._average_intercept = np.zeros(n_rows)
        self.t_ = 1.0

    def _descend(self, X, Y, S, loss, max_iter, rng, held_out) -> int:
        """Run the epochs for targets Y and weights S, a row for each model, and return how many.

        A model that has come to rest is left alone while the others go on.
        """
        settings = self._descent_settings(loss)
        state = State.of(
            self._standard_coef,
            self._standard_intercept,
            self._average_coef,
            self._average_intercept,
        )
        rows = None if held_out is None else np.flatnonzero(~held_out)
        tol = -np.inf if self.tol is None else self.tol
        going, eta = np.arange(len(Y)), np.full(len(Y), settings.eta0)
        best, patience = np.full(len(Y), np.inf), np.zeros(len(Y), dtype=int)
        for epoch in range(1, max_iter + 1):
            order = rng.permutation(len(X) if rows is None else rows) if self.shuffle else rows
            objective, shown = np.empty(len(Y)), len(X) if order is None else len(order)
            for step in np.unique(eta[going]):  # "adaptive" ones can differ
                some = going[eta[going] == step]
                part = state.take(some, self.t_ + (epoch - 1) * shown)
                objective[some] = self._epoch(
                    X, Y[some], S[some], order, part, settings, step, epoch
                )
                state.put(some, part)
            if held_out is not None:
                for k in going:
                    z = X[held_out] @ state.w[k] + state.b[k]
                    objective[k] = -self._score_of(z, Y[k, held_out], S[k, held_out])
            if self.verbose:
                told = ", ".join(f"{value:.6g}" for value in objective[going])
                print(f"{type(self).__name__}, epoch {epoch}: objective {told}")
            worse = objective[going] > best[going] - tol
            patience[going] = np.where(worse, patience[going] + 1, 0)
            best[going] = np.minimum(best[going], objective[going])
            tired = patience >= self.n_iter_no_change
            if self.learning_rate == "adaptive":
                slower = tired & (eta > SLOWEST)
                eta[slower], patience[slower], tired[slower] = eta[slower] / 5.0, 0, False
            going = going[~tired[going]]
            if not len(going):
                break
        self._standard_coef, self._standard_intercept = state.w, state.b
        self._average_coef, self._average_intercept = state.mean_w, state.mean_b
        return epoch

    def _epoch(self, X, Y, S, order, state, settings, eta, epoch) -> np.ndarray:
        """Show every sample once, and return the mean objectives."""
        n, total = len(X) if order is None else len(order), 0.0
        with np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, n, CHUNK):
                rows = slice(start, min(n, start + CHUNK))
                rows = rows if order is None else order[rows]
                x = X[rows].astype(np.float64, copy=False)
                total = total + show(x, Y[:, rows], S[:, rows], state, settings, eta)
        if not (np.isfinite(state.w).all() and np.isfinite(state.b).all()):
            raise ValueError(
                f"Floating-point under-/overflow occurred at epoch #{epoch}: the steps are too long for "
                "these data. Scaling the input data with StandardScaler or MinMaxScaler might help, or "
                "a smaller eta0."
            )
        return total / n

    def _score_of(self, z, y, s) -> float:
        """Return how good scores of samples that are held back are."""
        raise NotImplementedError

    def _hold_out(self, X, y, s, rng, stratify) -> np.ndarray | None:
        """Return which samples are for validation; None without early stopping."""
        if not self.early_stopping:
            return None
        _, chosen = train_test_split(
            np.arange(len(X)),
            test_size=self.validation_fraction,
            random_state=rng,
            stratify=y if stratify else None,
        )
        held_out = np.zeros(len(X), dtype=bool)
        held_out[chosen] = True
        if not s[held_out].any():
            raise ValueError(
                "The sample weights for validation set are all zero, consider using a different random "
                "state."
            )
        return held_out

    def _publish(self, n_iter, n_samples, dtype) -> None:
        """Tell what was learned: the averages, once they have begun."""
        self.n_iter_ = n_iter
        self.t_ += float(n_iter * n_samples)
        averaged = 0 < int(self.average) <= self.t_ - 1.0
        coef = self._average_coef if averaged else self._standard_coef
        intercept = self._average_intercept if averaged else self._standard_intercept
        self.coef_, self.intercept_ = coef.astype(dtype), intercept.astype(dtype)

    def _warn_if_cut(self) -> None:
        if self.tol is not None and self.n_iter_ == self.max_iter:
            warn_not_converged(self, self, "the mean objective of an epoch was still falling")


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
        self._check_settings({**FOR_CLASSES, **FOR_NUMBERS})
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
        self._check_settings({**FOR_CLASSES, **FOR_NUMBERS}, partial=True)
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
        loss = {**FOR_CLASSES, **FOR_NUMBERS}[self.loss](self.epsilon)
        s = np.ones(len(X)) if weights is None else weights.astype(np.float64)
        of_class = class_weights(self.class_weight, self.classes_, index)
        rng = as_generator(self.random_state)
        held_out = self._hold_out(X, index, s, rng, stratify=True)
        two = len(self.classes_) == 2
        positive = (
            index == np.arange(len(self.classes_))[[1] if two else slice(None), None]
        )  # (K, n)
        weights = np.where(positive, of_class[index], of_class[0] if two else 1.0)
        Y = np.where(positive, 1.0, -1.0)
        n_iter = self._descend(X, Y, s * weights, loss, max_iter, rng, held_out)
        self._publish(n_iter, len(X), X.dtype)

    def _score_of(self, z, y, s) -> float:
        return accuracy(y > 0.0, z > 0.0, s)

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


class SGDRegressor(RegressorMixin, _StochasticModel):
    """Linear regression by stochastic gradient descent.

    scikit-learn's learning_rate="pa1" and "pa2" (passive-aggressive steps) are not offered. With an L1
    penalty the average is the mean of what the coefficients were; scikit-learn counts a shrinking as if
    it had always been there.

    Parameters
    ----------
    loss : {"squared_error", "huber", "epsilon_insensitive", "squared_epsilon_insensitive"}
        How errors count.
    penalty : {"l2", "l1", "elasticnet", None}
        What keeps coefficients small.
    alpha : float
        The weight of the penalty, per sample.
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
        How large an error is not one, or is a large one: for all losses but "squared_error".
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
        Whether to stop by :math:`R^2` on samples that are held back.
    validation_fraction : float
        The share of them.
    n_iter_no_change : int
        See ``tol``.
    warm_start : bool
        Whether ``fit`` starts from what the last one has found.
    average : bool or int
        Whether the coefficients are the means of all on the way; a number is the sample (counted over
        all epochs) from which on they are averaged.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
        Coefficients.
    intercept_ : ndarray of shape (1,)
        The intercept.
    n_iter_ : int
        Epochs made.
    t_ : float
        Samples shown, and one.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[-1.0], [0.0], [1.0]], [-1.0, 1.0, 3.0]
    >>> model = SGDRegressor(penalty=None, learning_rate="constant", eta0=0.1, tol=None, max_iter=200)
    >>> model.fit(X, y).predict([[2.0]]).round(4).tolist()
    [5.0]
    """

    def __init__(
        self,
        loss="squared_error",
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
        random_state=None,
        learning_rate="invscaling",
        eta0=0.01,
        power_t=0.25,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=5,
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
        self.random_state = random_state
        self.learning_rate = learning_rate
        self.eta0 = eta0
        self.power_t = power_t
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.average = average

    def fit(self, X, y, coef_init=None, intercept_init=None, sample_weight=None):
        """Learn from data, epoch after epoch.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            What to predict.
        coef_init : None or array-like of shape (n_features,)
            Coefficients to start from.
        intercept_init : None or array-like of shape (1,)
            The intercept to start from.
        sample_weight : None, float or array-like of shape (n_samples,)
            What multiplies the steps of each sample.

        Returns
        -------
        SGDRegressor
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable, or the coefficients overflow.
        """
        self._check_settings(FOR_NUMBERS)
        X, y, weights = self._check_Xy(X, y, sample_weight)
        if self.warm_start and hasattr(self, "coef_"):
            coef_init = self.coef_ if coef_init is None else coef_init
            intercept_init = self.intercept_ if intercept_init is None else intercept_init
        self._start(1, X.shape[1], coef_init, intercept_init)
        self._learn(X, y, weights, self.max_iter)
        self._warn_if_cut()
        return self

    def partial_fit(self, X, y, sample_weight=None):
        """Make one pass over some more data, and go on where the last call stopped.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            What to predict.
        sample_weight : None, float or array-like of shape (n_samples,)
            What multiplies the steps of each sample.

        Returns
        -------
        SGDRegressor
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable, or the coefficients overflow.
        """
        self._check_settings(FOR_NUMBERS, partial=True)
        first = not hasattr(self, "coef_")
        X = self._check_X(X, fitting=first)
        y = check_target(y, len(X), X.dtype, used_by=type(self).__name__)
        weights = check_weights(sample_weight, len(X), X.dtype)
        if first:
            self._start(1, X.shape[1])
        self._learn(X, y, weights, 1)
        return self

    def _learn(self, X, y, weights, max_iter) -> None:
        loss, rng = FOR_NUMBERS[self.loss](self.epsilon), as_generator(self.random_state)
        s = np.ones(len(X)) if weights is None else weights.astype(np.float64)
        y = y.astype(np.float64)
        held_out = self._hold_out(X, y, s, rng, stratify=False)
        n_iter = self._descend(X, y[None], s[None], loss, max_iter, rng, held_out)
        self._publish(n_iter, len(X), X.dtype)
        self.coef_ = self.coef_[0]

    def _score_of(self, z, y, s) -> float:
        return float(r_squared(y[:, None], z[:, None], s)[0])

    def predict(self, X) -> np.ndarray:
        """Return the predictions for X, of shape (n_samples,).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        X = self._check_X(X)
        return X @ self.coef_ + self.intercept_
