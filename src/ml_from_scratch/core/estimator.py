r"""What makes a class an estimator: scikit-learn's contract, kept without inheriting from it.

To write one, inherit from a mixin and ``BaseEstimator``, store the constructor's arguments
unchanged, and let ``fit`` check everything, learn attributes that end in an underscore, and return
self. What is left in your class is the algorithm::

    class Ridge(RegressorMixin, BaseEstimator):
        def __init__(self, alpha=1.0):
            self.alpha = alpha                                  # stored, neither checked nor copied

        def fit(self, X, y, sample_weight=None):
            check_number("alpha", self.alpha, least=0)          # what fit reads, fit checks
            X, y, w = self._check_Xy(X, y, sample_weight)       # clean arrays; n_features_in_ is set
            self.coef_, self.intercept_ = ...
            return self

        def predict(self, X):
            X = self._check_X(X)                                # also: is it fitted, same features
            return X @ self.coef_ + self.intercept_

From the bases come parameters (``get_params``, ``set_params``, ``clone``, a short ``repr``), saving
and loading without pickle, feature names, ``score``, ``fit_transform``, ``set_output``, and all that
scikit-learn's pipelines and searches ask. Defining the class lists it in ``core.registry``: the
contract tests then run over it, scikit-learn's ``check_estimator`` included. A class that takes
special data declares it: ``_tags = {"allow_nan": True}`` (see ``core.sklearn_adapter.TAGS``). A
name with a leading underscore is a shared base, and is not listed.
"""

from __future__ import annotations

import copy
import inspect
from types import SimpleNamespace
from typing import Any

import numpy as np

from . import sklearn_adapter
from .checks import (
    as_float,
    check_array,
    check_number,
    check_target,
    check_weights,
    check_y,
    compare_feature_names,
    encode_labels,
    feature_names,
)
from .containers import in_container, output_container
from .exceptions import (
    ConvergenceWarning,
    DataConversionWarning,
    NotFittedError,
    in_both_worlds,
)
from .registry import all_estimators, load_estimator, register, save_estimator
from .scores import accuracy, r_squared

__all__ = [
    "BaseEstimator",
    "ClassifierMixin",
    "ClusterMixin",
    "ConvergenceWarning",
    "DataConversionWarning",
    "NotFittedError",
    "RegressorMixin",
    "TransformerMixin",
    "all_estimators",
    "clone",
    "fit_settings",
]


class BaseEstimator:
    """Parameters, validation, files and scikit-learn's protocol: all but the algorithm."""

    _estimator_type: str | None = None
    _tags: dict = {}
    n_features_in_: int

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        sklearn_adapter.add_request_methods(cls)
        register(cls)

    # ---- parameters ------------------------------------------------------------------------------
    @classmethod
    def _get_param_names(cls) -> list[str]:
        return sorted(_constructor_parameters(cls))

    def get_params(self, deep=True) -> dict:
        """Return the constructor's arguments by name; deep: those of nested estimators too."""
        params = {}
        for name in self._get_param_names():
            value = params[name] = getattr(self, name)
            if deep and hasattr(value, "get_params") and not isinstance(value, type):
                params.update((f"{name}__{k}", v) for k, v in value.get_params().items())
        return params

    def set_params(self, **params):
        """Change parameters by name, ``name__inner`` for those of a nested estimator; return self."""
        valid, nested = self._get_param_names(), {}
        for key, value in params.items():
            name, _, inner = key.partition("__")
            if name not in valid:
                raise ValueError(
                    f"Invalid parameter {name!r} for estimator {self!r}. Valid parameters are: "
                    f"{valid!r}."
                )
            if inner:
                nested.setdefault(name, {})[inner] = value
            else:
                setattr(self, name, value)
        for name, inner in nested.items():
            getattr(self, name).set_params(**inner)
        return self

    def __repr__(self):
        changed = [
            f"{name}={getattr(self, name, '?')!r}"
            for name, parameter in _constructor_parameters(type(self)).items()
            if repr(getattr(self, name, "?")) != repr(parameter.default)
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    # ---- validation, for subclasses --------------------------------------------------------------
    def _check_X(self, X, *, fitting=False, **options) -> np.ndarray:
        """Return X checked (``checks.check_array``): when fitting remember its features, else compare."""
        if not fitting:
            self._check_is_fitted()
        who, names = type(self).__name__, feature_names(X)
        if not fitting:
            compare_feature_names(names, getattr(self, "feature_names_in_", None), who)
        X = check_array(X, used_by=who, **options)
        if not fitting and X.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has {X.shape[1]} features, but {who} is expecting {self.n_features_in_} features "
                "as input."
            )
        if fitting:
            self.n_features_in_ = X.shape[1]
            vars(self).pop("feature_names_in_", None)
            if names is not None:
                self.feature_names_in_ = names
        return X

    def _check_Xy(self, X, y, sample_weight=None, *, multi_output=False, **options):
        """Return X, numeric y and weights (or None), all of X's floating dtype, for a regressor's fit."""
        X = self._check_X(X, fitting=True, **options)
        who = type(self).__name__
        y = check_target(y, len(X), X.dtype, multi_output=multi_output, used_by=who)
        return X, y, check_weights(sample_weight, len(X), X.dtype)

    def _check_X_labels(self, X, y, sample_weight=None, **options):
        """Return X, sorted classes, each sample's class number, and weights, for a classifier's fit."""
        X = self._check_X(X, fitting=True, **options)
        classes, index = encode_labels(y, len(X), used_by=type(self).__name__)
        return X, classes, index, check_weights(sample_weight, len(X), X.dtype)

    def _check_is_fitted(self) -> None:
        if not any(name.endswith("_") and not name.startswith("_") for name in vars(self)):
            raise in_both_worlds(NotFittedError)(
                f"This {type(self).__name__} instance is not fitted yet. Call 'fit' with appropriate "
                "arguments before using this estimator."
            )

    # ---- files -----------------------------------------------------------------------------------
    def save(self, path) -> None:
        """Write parameters and what was learned to one file, without pickle (``core.checkpoint``)."""
        save_estimator(path, self)

    @classmethod
    def load(cls, path):
        """Read an estimator of this class (or of a class derived from it) back from a file."""
        estimator = load_estimator(path)
        if not isinstance(estimator, cls):
            raise TypeError(
                f"{str(path)!r} holds a {type(estimator).__name__}, not a {cls.__name__}. Use "
                f"{type(estimator).__name__}.load."
            )
        return estimator

    # ---- scikit-learn's protocol -----------------------------------------------------------------
    def __sklearn_tags__(self):
        return sklearn_adapter.modern_tags(self)

    def _more_tags(self):
        return sklearn_adapter.legacy_tags(self)

    def _get_tags(self):
        return sklearn_adapter.complete_legacy_tags(self)

    def __sklearn_clone__(self):
        return _clone_by_parameters(self)

    def get_metadata_routing(self):
        """Return which extra arguments scikit-learn's metadata routing hands to which method."""
        return sklearn_adapter.metadata_request(self)

    def _repr_html_(self):
        return sklearn_adapter.diagram(self)

    def _repr_mimebundle_(self, **kwargs):
        return {"text/plain": repr(self), "text/html": self._repr_html_()}


class ClassifierMixin:
    """Predicts one of the ``classes_``."""

    _estimator_type = "classifier"
    classes_: np.ndarray
    predict: Any

    def score(self, X, y, sample_weight=None) -> float:
        """Return the (weighted) accuracy of ``predict(X)``."""
        y_pred = self.predict(X)
        y_true = check_y(y, len(y_pred), used_by=type(self).__name__)
        kinds = {array.dtype.kind in "US" for array in (y_true, y_pred) if array.dtype.kind != "O"}
        if len(kinds) > 1:
            raise ValueError(
                f"y has dtype {y_true.dtype}, but the classes are {self.classes_.tolist()[:5]}: numbers "
                "and strings never match. Use labels of the kind that fit was given."
            )
        return accuracy(y_true, y_pred, check_weights(sample_weight, len(y_pred)))


class RegressorMixin:
    """Predicts numbers."""

    _estimator_type = "regressor"
    predict: Any

    def score(self, X, y, sample_weight=None) -> float:
        r"""Return :math:`R^2` of ``predict(X)``, averaged over the outputs if there are several."""
        y_pred = as_float(self.predict(X)).astype(np.float64, copy=False)
        y_true = check_target(y, len(y_pred), multi_output=y_pred.ndim == 2)
        weights = check_weights(sample_weight, len(y_pred))
        if y_true.shape != y_pred.shape:
            raise ValueError(
                f"y should have shape {y_pred.shape}, like the predictions; got {y_true.shape}."
            )
        n = len(y_true)
        return float(r_squared(y_true.reshape(n, -1), y_pred.reshape(n, -1), weights).mean())


class TransformerMixin:
    """Turns X into other features; ``transform`` returns an array, or a data frame when asked."""

    n_features_in_: int
    fit: Any
    _check_is_fitted: Any

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        for name in ("transform", "fit_transform"):
            if name in vars(cls):
                setattr(cls, name, in_container(vars(cls)[name]))

    def fit_transform(self, X, y=None, **fit_params):
        """Fit to X (and y), then transform X."""
        return self.fit(X, y, **fit_params).transform(X)

    def get_feature_names_out(self, input_features=None) -> np.ndarray:
        """Return the names of the features that come out: one for one those that go in."""
        return self._input_names(input_features)

    def _input_names(self, input_features=None) -> np.ndarray:
        """Return the names of the features that go in: given, seen in fit, or x0, x1, ..."""
        self._check_is_fitted()
        seen = getattr(self, "feature_names_in_", None)
        if input_features is None:
            generic = [f"x{i}" for i in range(self.n_features_in_)]
            return np.array(generic, dtype=object) if seen is None else seen
        names = np.asarray(input_features, dtype=object)
        if seen is not None and not np.array_equal(seen, names):
            raise ValueError(
                f"input_features is not equal to feature_names_in_: {names.tolist()} against "
                f"{seen.tolist()}. Leave it out to use the names seen in fit."
            )
        if len(names) != self.n_features_in_:
            raise ValueError(
                "input_features should have length equal to number of features "
                f"({self.n_features_in_}), got {len(names)}."
            )
        return names

    def set_output(self, *, transform=None):
        """Choose what ``transform`` returns: "default" (array), "pandas", "polars"; None: no change."""
        if transform is not None:
            self._sklearn_output_config = {"transform": output_container(transform)}
        return self


class ClusterMixin:
    """Groups samples without labels: ``fit`` learns ``labels_``."""

    _estimator_type = "clusterer"
    fit: Any

    def fit_predict(self, X, y=None, **fit_params) -> np.ndarray:
        """Fit to X and return the cluster number of each sample."""
        return self.fit(X, **fit_params).labels_


def clone(estimator):
    """Return a new, unfitted estimator with (deep copies of) the same parameters.

    Lists and tuples of estimators are cloned element by element. scikit-learn's own estimators are
    cloned too.
    """
    if isinstance(estimator, (list, tuple)):
        return type(estimator)([clone(item) for item in estimator])
    if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
        raise TypeError(f"clone takes an estimator (an object with get_params); got {estimator!r}.")
    if hasattr(estimator, "__sklearn_clone__"):
        return estimator.__sklearn_clone__()
    return _clone_by_parameters(estimator)


def _clone_by_parameters(estimator):
    params = {k: _copy_parameter(v) for k, v in estimator.get_params(deep=False).items()}
    new = type(estimator)(**params)
    for name, value in new.get_params(deep=False).items():
        if value is not params[name]:
            raise RuntimeError(
                f"Cannot clone {estimator!r}: its constructor changes or does not store {name}. Store "
                "arguments as they are; check them in fit."
            )
    for name in ("_requests", "_sklearn_output_config"):
        if hasattr(estimator, name):
            setattr(new, name, copy.deepcopy(getattr(estimator, name)))
    return new


def _copy_parameter(value):
    if hasattr(value, "get_params") and not isinstance(value, type):
        return clone(value)
    if type(value) in (list, tuple):
        return type(value)(_copy_parameter(item) for item in value)
    return copy.deepcopy(value)


def fit_settings(estimator, lr=None, epochs=None) -> SimpleNamespace:
    """Return the parameters that one call of ``fit`` works with: its overrides, then the constructor's.

    ``fit(X, y, lr=0.01, epochs=1000)`` asks for gradient descent with that step size (``eta0``) and
    exactly that many passes: whatever solver, ``max_iter`` and ``tol`` the constructor has (an
    explicit number of passes is run to its end, with no stopping test). Nothing is written back to
    the estimator.

    >>> class Model(BaseEstimator):
    ...     def __init__(self, solver="normal", eta0=None, max_iter=100, tol=1e-4):
    ...         self.solver, self.eta0, self.max_iter, self.tol = solver, eta0, max_iter, tol
    >>> fit_settings(Model(), lr=0.5)
    namespace(eta0=0.5, max_iter=100, solver='gradient_descent', tol=0.0001)
    >>> fit_settings(Model(), epochs=7)
    namespace(eta0=None, max_iter=7, solver='gradient_descent', tol=None)
    """
    settings = SimpleNamespace(**estimator.get_params(deep=False))
    if lr is None and epochs is None:
        return settings
    if getattr(settings, "solver", "sgd") != "sgd":  # which is gradient descent, too
        settings.solver = "gradient_descent"
    if lr is not None:
        settings.eta0 = check_number("lr", lr, above=0)
    if epochs is not None:
        settings.max_iter = check_number("epochs", epochs, least=1, integer=True)
        settings.tol = None
    return settings


def _constructor_parameters(cls) -> dict:
    if cls.__init__ is object.__init__:
        return {}
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    for p in parameters:
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            raise TypeError(
                f"{cls.__name__}.__init__ has *{p.name}: an estimator names its parameters one by one."
            )
    return {p.name: p for p in parameters}
