"""What every ensemble does with the models inside: clone, give seeds, fit, ask what they can do.

A member is any object with ``fit`` and ``predict`` and scikit-learn's parameters: one of this
package, one of scikit-learn's, a pipeline.
"""

from __future__ import annotations

import inspect
import sys
import time
from contextlib import contextmanager

import numpy as np

from ...core.estimator import clone
from ...utils.model_selection.validation import kind_of

LARGEST_SEED = 2**31 - 1


def fit_member(estimator, X, y, sample_weight=None, message=None):
    """Fit an estimator and return it; with a message, print it and the seconds to stderr."""
    with timed(message):
        if sample_weight is None:
            estimator.fit(X, y)
        else:
            estimator.fit(X, y, sample_weight=sample_weight)
    return estimator


@contextmanager
def timed(message):
    """Print a message and the seconds that passed to stderr, if there is one."""
    start = time.perf_counter()
    yield
    if message:
        print(f"{message}, {time.perf_counter() - start:.1f} s", file=sys.stderr, flush=True)


def takes_weights(estimator) -> bool:
    """Return whether ``estimator.fit`` has an argument sample_weight."""
    return "sample_weight" in inspect.signature(estimator.fit).parameters


def check_takes_weights(estimators) -> None:
    """Raise TypeError if one of them cannot use sample weights, rather than forget them."""
    for estimator in estimators:
        parameters = inspect.signature(estimator.fit).parameters.values()
        takes_anything = any(p.kind is p.VAR_KEYWORD for p in parameters)
        if not takes_weights(estimator) and not takes_anything:
            raise TypeError(
                f"Underlying estimator {type(estimator).__name__} does not support sample weights. "
                "Leave sample_weight out, or use an estimator whose fit takes it."
            )


def seeded_clone(estimator, rng):
    """Return a clone in which every ``random_state``, nested ones too, is drawn from rng."""
    new = clone(estimator)
    names = [name for name in sorted(new.get_params()) if _is_random_state(name)]
    return new.set_params(**{name: int(rng.integers(LARGEST_SEED)) for name in names})


def _is_random_state(name: str) -> bool:
    return name == "random_state" or name.endswith("__random_state")


def class_columns(said, member, n_classes) -> np.ndarray:
    """Return class probabilities with a column for every class: 0 for those a member never saw.

    Members are fitted on class numbers, so that their ``classes_`` are places of columns.
    """
    if said.shape[1] == n_classes:
        return said
    columns = np.zeros((len(said), n_classes), dtype=said.dtype)
    columns[:, np.asarray(member.classes_, dtype=np.intp)] = said
    return columns


def allows_nan(estimator) -> bool:
    """Return whether a member takes NaN for a missing value, as its tags say."""
    tags = getattr(estimator, "__sklearn_tags__", None)
    return tags is not None and tags().input_tags.allow_nan


def check_kind(estimator, kind: str, name: str) -> None:
    """Raise ValueError unless an estimator is a "classifier" or a "regressor", as wanted."""
    if kind_of(estimator) != kind:
        raise ValueError(
            f"The estimator {type(estimator).__name__} ({name}) should be a {kind}; it is "
            f"{'a ' + kind_of(estimator) if kind_of(estimator) else 'neither that nor a regressor'}."
        )


class Members:
    """Mixin: an ensemble is a sequence of its fitted members."""

    estimators_: list

    def __len__(self):
        return len(self.estimators_)

    def __getitem__(self, index):
        return self.estimators_[index]

    def __iter__(self):
        return iter(self.estimators_)


class Clones(Members):
    """Mixin: the members are clones of one ``estimator``."""

    estimator: object
    _default_member: object

    def _member(self):
        """Return the unfitted estimator that is to be cloned."""
        estimator = self._default_member() if self.estimator is None else self.estimator
        if not hasattr(estimator, "fit") or not hasattr(estimator, "predict"):
            raise ValueError(f"estimator must have fit and predict; got {estimator!r}.")
        return estimator

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = allows_nan(self._member())
        return tags
