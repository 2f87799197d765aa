"""Parameters: leaves that an optimiser may change, and the flat vectors that it sees them as."""

from __future__ import annotations

import numpy as np

from .. import backend
from .tape import NO_KEYWORDS, clock
from .tensor import Tensor


class Parameter(Tensor):
    """A leaf that a Module owns and an optimiser trains.

    Parameters
    ----------
    data : array_like of real numbers
        The first value. A floating dtype is kept; integers become float64.
    name : str, optional
        What errors call it; a Module fills it in with its dotted name.

    Attributes
    ----------
    place : ndarray or None
        Where its gradient is kept: a view into the flat vector of its optimiser.
    changed : int
        When the value was last changed, on the tape's clock: what was recorded before that can no
        longer be walked back through.
    frozen : bool
        Whether it keeps its value for now: backward() gives it no gradient, step() passes it by.
    """

    __slots__ = ("name", "place", "changed", "frozen")

    def __init__(self, data, name=None, args=(), values=(), kwargs=NO_KEYWORDS):
        super().__init__(data)
        self.name, self.place, self.changed, self.frozen = name, None, 1, False

    def assign(self, value) -> None:
        """Write a new value of the same shape in place, where optimisers keep seeing it."""
        if np.shape(value) != self.shape:
            raise ValueError(
                f"parameter {self.name!r} has shape {self.shape}; the new value has {np.shape(value)}."
            )
        self.data[...] = value
        self.changed = next(clock)

    def __copy__(self):
        return _copied(self.data.copy(), self.name, self.frozen)

    def __reduce__(self):
        return _copied, (np.array(self.data, like=self.data), self.name, self.frozen)

    def __repr__(self):
        return f"Parameter({self.name!r}, shape={self.shape}, dtype={self.dtype})"


def _copied(data, name, frozen):
    parameter = Parameter(data, name)
    parameter.frozen = frozen
    return parameter


class FlatParameters:
    """Parameters as views into one vector ``theta``, and their gradients into another.

    An optimiser then is its paper's algorithm on one vector, in place. A parameter that is given
    twice (a tied weight) counts once. Adopting parameters takes them away from whoever had them.

    Parameters
    ----------
    parameters : iterable of Parameter
        Of one dtype.

    Attributes
    ----------
    theta, gradient : ndarray of shape (n,)
        All values and all gradients, in the order of ``parameters``.

    Examples
    --------
    >>> w, b = Parameter([[1.0, 2.0]]), Parameter([3.0])
    >>> flat = FlatParameters([w, b, w])
    >>> flat.theta.tolist()
    [1.0, 2.0, 3.0]
    >>> flat.theta -= 1.0
    >>> w.data.tolist()
    [[0.0, 1.0]]
    """

    def __init__(self, parameters):
        self.parameters = list({id(p): p for p in parameters}.values())
        self._check_kinds()
        first = self.parameters[0].data
        n = sum(p.size for p in self.parameters)
        self.theta, self.gradient = (backend.vector_of_zeros(n, first) for _ in range(2))
        self.slices, start = [], 0
        for p in self.parameters:
            self.slices.append(slice(start, start + p.size))
            start += p.size
        self._views = [self._adopt(p, part) for p, part in zip(self.parameters, self.slices)]

    def _check_kinds(self):
        if not self.parameters:
            raise ValueError("there are no parameters to train: the list is empty.")
        for p in self.parameters:
            if not isinstance(p, Parameter):
                raise TypeError(
                    f"an optimiser trains Parameters; got {type(p).__name__}. Wrap the array: Parameter(x)."
                )
        dtypes = {p.dtype.name for p in self.parameters}
        if len(dtypes) > 1:
            raise TypeError(
                f"the parameters of one group need one dtype; got {sorted(dtypes)}. See Module.to(dtype)."
            )

    def _adopt(self, p, part):
        view, place = self.theta[part].reshape(p.shape), self.gradient[part].reshape(p.shape)
        view[...] = p.data
        p.data, p.place = view, place
        if p.grad is not None:
            place[...] = p.grad
            p.grad = place
        return view

    def check(self) -> None:
        """Raise RuntimeError if a parameter is no longer a view into ``theta``."""
        for p, view in zip(self.parameters, self._views):
            if p.data is not view:
                raise RuntimeError(
                    f"parameter {p.name!r} has left this optimiser: it was attached to another one, moved or "
                    "replaced since. Attach the parameters again."
                )

    def due(self) -> list:
        """Return (index, slice of theta) of each parameter to update: not frozen, and with a gradient.

        A gradient that was set by hand is copied to its place first.
        """
        found = []
        for i, (p, part) in enumerate(zip(self.parameters, self.slices)):
            if p.frozen or p.grad is None:
                continue
            if p.grad is not p.place:
                p.place[...] = p.grad
                p.grad = p.place
            found.append((i, part))
        return found

    def trained(self) -> list:
        """Return the slices of ``theta`` to update, neighbours joined: mostly one, of all of it."""
        runs: list = []
        for _, part in self.due():
            if runs and runs[-1].stop == part.start:
                runs[-1] = slice(runs[-1].start, part.stop)
            else:
                runs.append(part)
        return runs

    def mark_changed(self) -> None:
        """Note on the tape's clock that values were changed."""
        now = next(clock)
        for p in self.parameters:
            p.changed = now

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for p in self.parameters:
            p.grad = None

    def __reduce__(self):
        """A copy adopts the copied parameters, so that they stay views."""
        return FlatParameters, (self.parameters,)
