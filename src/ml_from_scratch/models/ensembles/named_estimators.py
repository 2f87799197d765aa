"""An ensemble of different models, each with a name: the list, its parameters, and fitting it.

``estimators`` is a list of pairs (name, estimator); "drop" in the place of an estimator leaves it
out. Names are parameters: ``set_params(forest="drop", ridge__alpha=0.1)``.
"""

from __future__ import annotations

import numpy as np

from ...core.estimator import BaseEstimator, TransformerMixin, clone
from ...core.parallel import run_all
from ...datasets.bunch import Bunch
from .members import allows_nan, check_kind, check_takes_weights, fit_member


class _NamedEstimators(TransformerMixin, BaseEstimator):
    """Parameters, checks and fitting of a list of named estimators."""

    _tags = {"preserves_dtype": ()}
    estimators: list
    n_jobs: int | None
    verbose: int | bool

    # ---- parameters ------------------------------------------------------------------------------
    def get_params(self, deep=True) -> dict:
        """Return the constructor's arguments; deep: the named estimators and their parameters too.

        Parameters
        ----------
        deep : bool
            Whether to look inside.
        """
        params = super().get_params(deep)
        for name, estimator in self.estimators if deep and _are_pairs(self.estimators) else ():
            params[name] = estimator
            if hasattr(estimator, "get_params"):
                params.update((f"{name}__{k}", v) for k, v in estimator.get_params().items())
        return params

    def set_params(self, **params):
        """Change parameters, replace (or drop) estimators by name, change theirs; return self.

        Parameters
        ----------
        **params
            ``voting="soft"``, ``name=estimator``, ``name="drop"``, or ``name__parameter=value``.
        """
        if "estimators" in params:
            self.estimators = params.pop("estimators")
        named = dict(self.estimators) if _are_pairs(self.estimators) else {}
        replaced = {name: params.pop(name) for name in named if name in params}
        if replaced:
            self.estimators = [(name, replaced.get(name, e)) for name, e in self.estimators]
            named.update(replaced)
        inner: dict = {}
        for key in [key for key in params if key.partition("__")[0] in named]:
            name, _, parameter = key.partition("__")
            inner.setdefault(name, {})[parameter] = params.pop(key)
        super().set_params(**params)
        for name, settings in inner.items():
            named[name].set_params(**settings)
        return self

    @property
    def named_estimators(self):
        """The unfitted estimators by name."""
        return Bunch(**dict(self.estimators))

    # ---- fitting ---------------------------------------------------------------------------------
    def _members(self, kind: str | None = None) -> dict:
        """Return the estimators that are not dropped, by name; of one kind, if it is given."""
        if not _are_pairs(self.estimators):
            raise ValueError(
                "Invalid 'estimators' attribute, 'estimators' should be a non-empty list of (string, "
                f"estimator) tuples; got {self.estimators!r}."
            )
        names = [name for name, _ in self.estimators]
        taken = set(names) & set(self._get_param_names())
        if len(set(names)) < len(names) or taken or any("__" in name for name in names):
            raise ValueError(
                "The names of estimators must be unique, without '__', and no parameter of "
                f"{type(self).__name__}; got {names}."
            )
        members = {name: e for name, e in self.estimators if not _is_dropped(e)}
        if not members:
            raise ValueError(
                "All estimators are dropped. At least one is required to be an estimator."
            )
        for name, estimator in members.items():
            if not hasattr(estimator, "fit") or not hasattr(estimator, "predict"):
                raise ValueError(
                    f"estimators[{name!r}] must have fit and predict; got {estimator!r}."
                )
            if kind is not None:
                check_kind(estimator, kind, name)
        return members

    def _fit_members(self, members: dict, X, y, sample_weight=None) -> list:
        """Return a fitted clone of each member."""
        if sample_weight is not None:
            check_takes_weights(members.values())
        tasks = [
            (clone(estimator), X, y, sample_weight, self._message(name, i + 1, len(members)))
            for i, (name, estimator) in enumerate(members.items())
        ]
        return run_all(fit_member, tasks, self.n_jobs)

    def _message(self, name, i, total):
        return f"{type(self).__name__}: {name} ({i} of {total}) fitted" if self.verbose else None

    def _adopt(self, members: dict, fitted: list) -> None:
        """Keep the fitted members, and what they say about the features they have seen."""
        self.estimators_ = fitted
        places = {name: i for i, name in enumerate(members)}
        self._places = {name: places.get(name, -1) for name, _ in self.estimators}
        for name in ("n_features_in_", "feature_names_in_"):
            vars(self).pop(name, None)
            seen = [getattr(e, name) for e in fitted if hasattr(e, name)]
            if seen:
                setattr(self, name, seen[0])

    @property
    def named_estimators_(self):
        """The fitted estimators by name, "drop" for those left out."""
        self._check_is_fitted()
        return Bunch(
            **{name: "drop" if i < 0 else self.estimators_[i] for name, i in self._places.items()}
        )

    def _fitted_names(self) -> list[str]:
        return [name for name, i in self._places.items() if i >= 0]

    def _check_names_given(self, input_features) -> None:
        """Refuse names other than those seen in ``fit``; the features that come out are others."""
        if input_features is not None and hasattr(self, "n_features_in_"):
            self._input_names(input_features)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        if _are_pairs(self.estimators):
            inside = [e for _, e in self.estimators if not _is_dropped(e)]
            tags.input_tags.allow_nan = all(allows_nan(e) for e in inside)
        return tags


def _are_pairs(estimators) -> bool:
    return (
        isinstance(estimators, (list, tuple))
        and len(estimators) > 0
        and all(
            isinstance(pair, (list, tuple)) and len(pair) == 2 and isinstance(pair[0], str)
            for pair in estimators
        )
    )


def _is_dropped(estimator) -> bool:
    return isinstance(estimator, str) and estimator == "drop"


def check_member_weights(weights, n_estimators) -> None:
    """Refuse weights of estimators that are not one number of at least 0 for each."""
    if weights is None:
        return
    if len(weights) != n_estimators:
        raise ValueError(
            f"Number of `estimators` and weights must be equal; got {len(weights)} weights, "
            f"{n_estimators} estimators."
        )
    if not (np.asarray(weights, dtype=float) >= 0).all() or not np.any(weights):
        raise ValueError(f"weights must be at least 0, and not all 0; got {list(weights)}.")
