"""Fused operations: an equation with a closed-form derivative.

    definition(*arrays, **options)   the equation, in differentiable NumPy
    forward(*arrays, **options)      the same value fast, in plain NumPy: (output, residuals)
    vjp(g, residuals, wanted)        the closed form, in plain NumPy: one gradient per array, or None
                                     where ``wanted`` (one boolean per array) says it is not needed

Where no derivative is recorded, residuals are of no use. An operation that is faster without them has

    value(*arrays, **options)        the output alone; otherwise it is forward's

A vjp may have a fourth argument, ``into=()``: the tape then hands it one array or None per argument,
where it may write that argument's gradient, to return this very array. It is where an optimiser keeps
the gradient of a weight: a large one is then made in its place, and not copied there. All other
gradients are arrays of their own, neither g nor an argument nor a residual nor each other, so that a
leaf can keep them as they are.

First order runs the closed form. When the gradient is itself to be differentiated the engine
differentiates ``definition`` instead: residuals are plain arrays, so a closed form made of them
would be silently wrong at second order.
"""

from __future__ import annotations

from functools import partial
from inspect import signature
from itertools import count

from .tape import VJPS, Node, is_recording
from .tensor import Tensor
from .transforms import vjp as differentiate

FUSED: list = []  # every fused operation, in the order of their definition, for the contract tests


class fused:
    """An operation with a definition, a fast forward pass and a closed-form vjp.

    Calling it with plain arrays computes ``value``; with a Tensor among them it is recorded.
    ``forward`` and ``vjp`` remain plain functions: back-propagation can be run by hand with them.

    Examples
    --------
    >>> import numpy as np
    >>> square = fused(
    ...     definition=lambda x: x * x,
    ...     forward=lambda x: (x * x, x),
    ...     vjp=lambda g, x, wanted: (2.0 * x * g,),
    ... )
    >>> x = Tensor([3.0])
    >>> square(x).sum().backward()
    >>> x.grad.tolist()
    [6.0]
    """

    def __init__(self, definition, forward, vjp, name=None, value=None):
        self.definition, self.forward, self.vjp = definition, forward, vjp
        self.value = value or self._value
        self.__name__ = name or definition.__name__
        self.__doc__ = definition.__doc__
        self.writes = "into" in signature(vjp).parameters
        VJPS[self] = self
        FUSED.append(self)

    def __call__(self, *args, **options):
        """Compute forward(*args, **options), recorded if an argument is a Tensor; otherwise the value."""
        values = [a.data if isinstance(a, Node) else a for a in args]
        if not is_recording() or not any(isinstance(a, Node) for a in args):
            return self.value(*values, **options)
        output, residuals = self.forward(*values, **options)
        wanted = tuple([isinstance(a, Node) and not a.frozen for a in args])
        return Tensor(
            output, self, args, values, {"residuals": residuals, "wanted": wanted, **options}
        )

    def _value(self, *args, **options):
        return self.forward(*args, **options)[0]

    def __repr__(self):
        return f"<fused operation {self.__name__}>"

    def __iter__(self):
        """One rule per argument, all sharing one call of the closed form."""
        return self.rules()

    def rules(self, **places):
        """The same, for a closed form that is told ``into=places``."""
        shared: list = []

        def rule(i, g, out, *args, residuals, wanted, **options):
            if not shared:
                shared.append(self._gradients(g, args, residuals, wanted, options, places))
            return shared[0][i]

        return (partial(rule, i) for i in count())

    def _gradients(self, g, args, residuals, wanted, options, places):
        if not isinstance(g, Node) and not any(isinstance(a, Node) for a in args):
            return _apart(self.vjp(g, residuals, wanted, **places))
        tracked = [i for i, a in enumerate(args) if isinstance(a, Node)]

        def of_tracked(*xs):
            full = list(args)
            for i, x in zip(tracked, xs):
                full[i] = x
            return self.definition(*full, **options)

        _, pull = differentiate(of_tracked, *[args[i] for i in tracked])
        return dict(zip(tracked, pull(g)))


def _apart(gradients) -> list:
    """Copy what is there twice, so that each argument has a gradient of its own, which may be added to."""
    seen: set = set()
    found = []
    for d in gradients:
        found.append(d.copy() if d is not None and id(d) in seen else d)
        seen.add(id(d))
    return found
