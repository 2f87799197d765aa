"""Where NaN or infinity began: read off the tape, so that training can stop and say the place.

Every value on the tape is numbered in the order of creation, so the oldest that is not finite is
where it began: the operation, the layer whose parameter went into it, or the data themselves.
"""

from __future__ import annotations

import math

import numpy as np

from ml_from_scratch.core import Parameter, Tensor


class NonFiniteError(ArithmeticError):
    """Training met NaN or infinity and stopped, with the weights of the last good step.

    Attributes
    ----------
    place : str
        Where it began.
    epoch, step : int or None
        When: the epoch from 1, and the number of the step in it, from 1.
    """

    def __init__(self, place, epoch=None, step=None):
        self.place, self.epoch, self.step = place, epoch, step
        when = "" if epoch is None else f" in epoch {epoch}, step {step}"
        super().__init__(
            f"training stopped{when}: {place}. The weights are those of the last good step. Smaller "
            "learning rates, clip=ClipByGlobalNorm(1.0) and scaled inputs are the usual repairs."
        )

    def __reduce__(self):
        return type(self), (self.place, self.epoch, self.step)


def is_finite(x) -> bool:
    """Whether all numbers are finite: one pass, by their sum of squares, unless that overflows."""
    flat = x.reshape(-1)
    return math.isfinite(flat.dot(flat).item()) or bool(np.isfinite(flat).all())


def describe_origin(root: Tensor) -> str:
    """Say which of the values that root was made of was the first that is not finite."""
    nodes = _history(root)
    for node in nodes:
        if not is_finite(node.data):
            return _describe(node)
    return "a value is not finite"


def describe_gradients(parameters) -> str:
    """Say which gradient is not finite: of the last such layer, since backward() reaches it first."""
    bad = [p for p in parameters if p.grad is not None and not is_finite(p.grad)]
    others = f" (and in {len(bad) - 1} more)" if len(bad) > 1 else ""
    name = bad[-1].name or "a parameter"
    return f"the loss is finite, but the gradient of {name} holds {_kinds(bad[-1].grad)}{others}"


def _history(root) -> list:
    """Return all nodes behind root, itself included, the oldest first."""
    found, stack = {}, [root]
    while stack:
        node = stack.pop()
        if node.order not in found:
            found[node.order] = node
            stack += [arg for arg in node.args if isinstance(arg, Tensor)]
    return [found[order] for order in sorted(found, reverse=True)]


def _describe(node) -> str:
    if isinstance(node, Parameter):
        return f"the parameter {node.name} holds {_kinds(node.data)}"
    if node.function is None:
        return f"an input of shape {node.shape} holds {_kinds(node.data)}: check the data"
    what = f"the output of {_operation(node)}, of shape {node.shape}, holds {_kinds(node.data)}"
    for value in node.values:
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and not is_finite(value):
            return f"{what}, because its input of shape {value.shape} does: check the data"
    return f"{what}, while all that went into it is finite"


def _operation(node) -> str:
    loss = node.kwargs.get("loss")
    name = type(loss).__name__ if loss is not None else node.function.__name__
    own = _parameter_names([node])
    if own:
        return f"{name} in {own[-1].rpartition('.')[0] or own[-1]}"
    behind = _parameter_names(_history(node))
    return f"{name} (behind {behind[-1].rpartition('.')[0] or behind[-1]})" if behind else name


def _parameter_names(nodes) -> list:
    args = [arg for node in nodes for arg in node.args if isinstance(arg, Parameter)]
    return [arg.name for arg in args if arg.name]


def _kinds(x) -> str:
    kinds = [("NaN", np.isnan), ("infinity", np.isinf)]
    return " and ".join(name for name, test in kinds if test(x).any())
