"""Methods that an object has only under a condition: ``hasattr`` tells the truth about them."""

from __future__ import annotations

import functools
import types


def available_if(condition):
    """Decorator: a method that an object has only while ``condition(self)`` holds.

    The condition may itself raise AttributeError, with a better message.

    >>> class Voter:
    ...     voting = "hard"
    ...     @available_if(lambda self: self.voting == "soft")
    ...     def predict_proba(self):
    ...         return 0.5
    >>> hasattr(Voter(), "predict_proba")
    False
    """

    class Available:
        def __init__(self, function):
            functools.update_wrapper(self, function)
            self.function = function

        def __get__(self, instance, owner=None):
            if instance is None:
                return self.function
            if not condition(instance):
                raise AttributeError(
                    f"this {type(instance).__name__} has no {self.function.__name__}: the estimators "
                    "inside, or its settings, do not provide it."
                )
            return types.MethodType(self.function, instance)

    return Available
