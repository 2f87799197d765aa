"""Fused operations: an equation with a closed-form derivative.

    definition(*arrays, **options)   the equation, in differentiable NumPy
    forward(*arrays, **options)      the same value fast, in plain NumPy: (output, residuals)
    vjp(g, residuals)                the closed form, in plain NumPy: one gradient per array;
                                     with a third argument ``wanted`` (booleans) it may skip some

First order runs the closed form. When the gradient is itself to be differentiated the engine
differentiates ``definition`` instead: residuals are plain arrays, so a closed form made of them
would be silently wrong at second order.
"""

from functools import partial
from itertools import count

from .tensor import VJPS, Tensor, _recording
from .transforms import vjp as differentiate


class fused:
    """An operation with a definition, a fast forward pass and a closed-form vjp."""

    def __init__(self, definition, forward, vjp):
        self.definition, self.forward, self.vjp = definition, forward, vjp
        self.__name__, self.__doc__ = definition.__name__, definition.__doc__
        self.selective = vjp.__code__.co_argcount == 3
        VJPS[self] = self

    def __call__(self, *args, **options):
        values = [a.data if isinstance(a, Tensor) else a for a in args]
        output, residuals = self.forward(*values, **options)
        if not _recording.get() or not any(isinstance(a, Tensor) for a in args):
            return output
        wanted = tuple(isinstance(a, Tensor) for a in args)
        return Tensor(
            output, self, args, values, {"residuals": residuals, "wanted": wanted, **options}
        )

    def __iter__(self):
        """One rule per argument, all sharing one call of the closed form."""
        shared = []

        def rule(i, g, out, *args, residuals, wanted, **options):
            if not shared:
                shared.append(self._gradients(g, args, residuals, wanted, options))
            return shared[0][i]

        return (partial(rule, i) for i in count())

    def _gradients(self, g, args, residuals, wanted, options):
        if not isinstance(g, Tensor) and not any(isinstance(a, Tensor) for a in args):
            return self.vjp(g, residuals, wanted) if self.selective else self.vjp(g, residuals)
        tracked = [i for i, a in enumerate(args) if isinstance(a, Tensor)]

        def of_tracked(*xs):
            full = list(args)
            for i, x in zip(tracked, xs):
                full[i] = x
            return self.definition(*full, **options)

        _, pull = differentiate(of_tracked, *[args[i] for i in tracked])
        return dict(zip(tracked, pull(g)))
