r"""The tape: every result remembers how it was made, and walking back is backpropagation.

A Node keeps a function, its arguments and its place in the order of creation. That order is already
a topological one, so no graph is searched. For out = f(a, b, ...) with the cotangent g = dL/d(out),
every argument a receives

.. math:: \bar a \leftarrow \bar a + g \, \frac{\partial f}{\partial a}   \tag{1}

where the product is a rule: a row of the table in ``core/derivatives``, or a fused operation.

Three facts carry the rest. A Node is *always* tracked: what is not is a plain array. A cotangent is
a Node exactly when something outside depends on it: that makes nested derivatives right. And
whatever happens (a node is made, a parameter is changed) gets the next number of one clock.
"""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from contextvars import ContextVar
from heapq import heappop, heappush
from typing import Any

import numpy as np

VJPS: dict = {}  # function -> its rules, one per argument
ADDS: dict = {}  # function of one array -> its rule as (total, g, *values): adds to total in place
NO_KEYWORDS: dict = {}

clock = itertools.count(0, -1)  # later events have smaller numbers: the newest is first in a heap
_recording = ContextVar("recording", default=True)
is_recording = _recording.get


@contextmanager
def recording(on: bool):
    """Switch the tape on or off inside a ``with`` block."""
    token = _recording.set(on)
    try:
        yield
    finally:
        _recording.reset(token)


def no_grad():
    """Switch the tape off: inside ``with no_grad():`` functions of Tensors return plain arrays.

    Examples
    --------
    >>> import numpy as np
    >>> from ml_from_scratch.core import Tensor, no_grad
    >>> x = Tensor([1.0, 2.0])
    >>> with no_grad():
    ...     type(np.exp(x)).__name__
    'ndarray'
    """
    return recording(False)


class Node:
    """A place on the tape: data = function(*values, **kwargs), or a leaf, which has no function.

    ``args`` are the arguments as they were passed, ``values`` the plain arrays inside them, ``order``
    the number that the clock gave it. The face that users meet is its subclass Tensor.
    """

    __slots__ = ("data", "grad", "function", "args", "values", "kwargs", "order")
    data: Any
    grad: Any
    function: Any
    args: Any
    values: Any
    kwargs: Any
    order: int
    changed = (
        1  # on the clock: when the value was last changed in place (see Parameter); 1 is never
    )
    place = None  # where the gradient is to be kept (see Parameter); None is anywhere
    frozen = False


def raw(x):
    """Return the plain array inside x, also within tuples, lists and dicts."""
    if isinstance(x, Node):
        return x.data
    if isinstance(x, (tuple, list)):
        parts = [raw(part) for part in x]
        return type(x)._make(parts) if hasattr(x, "_make") else type(x)(parts)
    return {key: raw(part) for key, part in x.items()} if isinstance(x, dict) else x


def pull_back(cotangents, wanted=None, higher_order=False, free=False, seen=None, own=None):
    """Carry (node, cotangent) pairs back to where they end: a list of (leaf, gradient) pairs.

    The newest node at hand is always complete, since all that uses it is newer still: a heap of
    creation numbers replaces the search for a topological order.

    Parameters
    ----------
    wanted : dict, optional
        Limits the walk: order -> True for a node where it ends, False for one on the way.
    higher_order : bool
        Give the rules Nodes, so that the walk itself is recorded.
    free : bool
        Forget the history of every node that was passed.
    seen : dict, optional
        Receives order -> (node, cotangent) of every node, ends included.
    own : set, optional
        Receives the orders of those whose gradient is an array that nobody else holds.
    """
    gradients: dict = {}
    heap: list = []
    ends: list = []
    own = set() if own is None else own
    for node, g in cotangents:
        if node.order in gradients:
            gradients[node.order] = gradients[node.order] + g
        else:
            gradients[node.order] = g
            heappush(heap, (node.order, node))
    while heap:
        k, node = heappop(heap)
        g = gradients.pop(k)
        if seen is not None:
            seen[k] = (node, g)
        if not node.args or (wanted and wanted[k]):
            if node.function is FREED:
                raise RuntimeError(REFUSED_FREED)
            ends.append((node, g))
            continue
        args, out = (node.args, node) if higher_order else (node.values, node.data)
        rules = VJPS[node.function]
        add = None if higher_order else ADDS.get(node.function)
        is_fused = type(rules) is not tuple and hasattr(rules, "writes")
        if free and is_fused and rules.writes:
            rules = rules.rules(into=places(node.args, gradients))
        for arg, rule in zip(node.args, rules):
            if not isinstance(arg, Node) or rule is None:
                continue
            a = arg.order
            if wanted is not None and a not in wanted:
                continue
            if arg.changed < k:
                raise RuntimeError(REFUSED_STALE.format(getattr(arg, "name", None)))
            if add and a in own and type(g) is type(gradients.get(a)) is np.ndarray:
                add(gradients[a], g, *args, **node.kwargs)  # (1)
                continue
            d, x = rule(g, out, *args, **node.kwargs), arg.data
            if d is None:  # a fused operation leaves out what is frozen
                continue
            if d.shape != x.shape or d.dtype is not x.dtype:
                d = fit(d, x)
            is_new = add or (is_fused and is_own(d, g))
            if a in gradients:
                gradients[a] = total_of(gradients[a], d, a in own, is_new)  # (1)
                own.add(a)
                continue
            gradients[a] = d
            heappush(heap, (a, arg))
            if is_new:
                own.add(a)
        if free:
            node.function, node.args, node.values, node.kwargs = FREED, (), (), NO_KEYWORDS
    return ends


def total_of(total, d, total_is_own, d_is_own):
    """Return total + d, in the place of one of them that nobody else holds."""
    if type(total) is np.ndarray and type(d) is np.ndarray:
        if total_is_own:
            return np.add(total, d, out=total)
        if d_is_own:
            return np.add(total, d, out=d)
    return total + d


def is_own(d, g) -> bool:
    """Whether what a fused operation made of the cotangent g can be kept, and added to: neither g nor a view of it."""
    if type(d) is not np.ndarray or d is g or not d.flags.writeable:
        return False
    return d.base is None or not (d.base is g or d.base is getattr(g, "base", None))


def places(args, gradients) -> list:
    """Return, for each argument, where its gradient may be written at once: mostly None.

    That is a parameter's own place, as long as nothing is there: no gradient of an earlier walk, and
    none of this one.
    """
    free = {
        id(a): a.place
        for a in args
        if isinstance(a, Node) and a.grad is None and a.order not in gradients
    }
    return [free.pop(id(a), None) for a in args]


def fit(g, x):
    """Undo broadcasting, here and nowhere else: g gets the shape and the dtype of x."""
    extra = g.ndim - x.ndim
    if extra >= 0:
        stretched = tuple(
            i for i, n in enumerate(g.shape) if i < extra or (x.shape[i - extra] == 1 and n != 1)
        )
        g = g.sum(axis=stretched).reshape(x.shape) if stretched else g
    if g.shape != x.shape:  # a rule may return what NumPy would broadcast, as the sum's does
        if not isinstance(g, Node):
            full = np.empty_like(x)
            full[...] = g
            return full
        g = np.broadcast_to(g, x.shape)
    return g if g.dtype == x.dtype else g.astype(x.dtype)


def accumulate(leaf, g, own=False) -> None:
    """Add g to leaf.grad; a first gradient is written into the leaf's own place, if it has one.

    Without a place it is kept as it is if nobody else holds it (``own``), and otherwise as a copy.
    """
    if leaf.grad is not None:
        leaf.grad += g
    elif leaf.place is None:
        leaf.grad = g if own else g.copy()
    else:
        if g is not leaf.place:  # else it was made there
            leaf.place[...] = g
        leaf.grad = leaf.place


def FREED():
    """Stands in a node whose history backward() has freed."""


REFUSED_FREED = (
    "this part of the tape was freed by an earlier backward(): compute the value again, or add the "
    "losses up and call backward() once."
)
REFUSED_STALE = (
    "parameter {!r} was changed (by an optimiser's step or by loading weights) after this value was "
    "computed from it, so the derivative would be wrong. Compute the value again first."
)
