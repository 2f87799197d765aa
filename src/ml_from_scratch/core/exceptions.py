"""What estimators raise and warn about: three classes, which are scikit-learn's too once it is here.

A pipeline or a grid search of scikit-learn catches ``sklearn.exceptions.NotFittedError`` and
silences its warnings. This package does not import scikit-learn; but when the user has, what is
raised is an instance of both classes, so that ``except`` works with either name.
"""

from __future__ import annotations

import functools
import sys


class NotFittedError(ValueError, AttributeError):
    """An estimator was asked for what only ``fit`` can teach it."""


class ConvergenceWarning(UserWarning):
    """An iterative solver stopped before it met its tolerance."""


class DataConversionWarning(UserWarning):
    """The data were reshaped to what was probably meant."""


def in_both_worlds(kind: type) -> type:
    """Return ``kind``, or, where scikit-learn is imported, its subclass that is scikit-learn's too.

    >>> issubclass(in_both_worlds(NotFittedError), NotFittedError)
    True
    """
    theirs = sys.modules.get("sklearn.exceptions")
    return _joined(kind, getattr(theirs, kind.__name__)) if theirs else kind


@functools.lru_cache(8)
def _joined(ours: type, theirs: type) -> type:
    # A class made on the fly has no place from which pickle could import it, so its instances
    # name the class that has one.
    body = {"__module__": ours.__module__, "__reduce__": lambda self: (_remake, (ours, self.args))}
    return type(ours.__name__, (ours, theirs), body)


def _remake(kind, args):
    return in_both_worlds(kind)(*args)
