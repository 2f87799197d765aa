"""A dictionary whose entries are attributes too: what the loaders return."""

from __future__ import annotations


class Bunch(dict):
    """A dictionary that also answers ``bunch.key``, for reading and for writing.

    Examples
    --------
    >>> bunch = Bunch(data=[1, 2], target=3)
    >>> bunch.target == bunch["target"] == 3
    True
    """

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"no entry {name!r}; there are {', '.join(self)}.") from None

    def __setattr__(self, name, value):
        self[name] = value

    def __delattr__(self, name):
        try:
            del self[name]
        except KeyError:
            raise AttributeError(f"no entry {name!r}; there are {', '.join(self)}.") from None

    def __dir__(self):
        return [*super().__dir__(), *map(str, self)]

    def __repr__(self):
        return f"Bunch({', '.join(map(str, self))})"  # the names; the arrays would fill pages

    def copy(self) -> Bunch:
        """Return a Bunch with the same entries."""
        return Bunch(self)
