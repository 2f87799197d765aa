"""The tape: a Tensor is an array that remembers how it was made.

A Tensor wraps an array and answers NumPy's two protocols, so that ``np.exp(x)``, ``x @ w`` or
``np.einsum(...)`` record themselves: the result keeps the function, its arguments and its place in
the order of creation. That order is already a topological one, so walking it backwards is all of
backpropagation: for out = f(a, b, ...) with cotangent g, every argument a receives

    a_bar += rule_a(g, out, a, b, ...)          (the rules are rows in derivatives.py)

A Tensor is *always* tracked (what is not is a plain array), and a cotangent is a Tensor exactly
when something outside depends on it: that makes nested derivatives right.
"""

import itertools
import operator
from contextlib import contextmanager
from contextvars import ContextVar
from heapq import heappop, heappush

import numpy as np

from .arrays import cast, floating

VJPS = {}  # function -> its rules, one per argument
DEFINITIONS = {}  # function -> the same function, written with functions that have rules
CONSTANT = set()  # functions whose derivative is zero wherever it exists
KEYWORDS = {}  # function -> names of the keyword arguments that its rules understand

_recording = ContextVar("recording", default=True)
_age = itertools.count(0, -1)  # later nodes have smaller numbers: the newest comes first in a heap
_NO_KEYWORDS = {}


@contextmanager
def recording(on):
    """Switch the tape on or off inside a ``with`` block."""
    token = _recording.set(on)
    try:
        yield
    finally:
        _recording.reset(token)


def no_grad():
    """Inside this block functions of Tensors return plain arrays."""
    return recording(False)


def raw(x):
    """The plain array inside, also within tuples, lists and dicts."""
    if isinstance(x, Tensor):
        return x.data
    if isinstance(x, (tuple, list)):
        return type(x)([raw(part) for part in x])
    return {k: raw(v) for k, v in x.items()} if isinstance(x, dict) else x


def apply(function, args, kwargs=_NO_KEYWORDS):
    """Compute function(*args) on the plain arrays and record it."""
    values = [a.data if isinstance(a, Tensor) else a for a in args]
    data = function(*values, **kwargs)
    return Tensor(data, function, args, values, kwargs) if _recording.get() else data


def dispatch(function, args, kwargs):
    """What a NumPy function does when one of its arguments is a Tensor."""
    if function in VJPS:
        if kwargs and not kwargs.keys() <= KEYWORDS[function]:
            unknown = ", ".join(sorted(kwargs.keys() - KEYWORDS[function]))
            raise TypeError(
                f"np.{function.__name__}: the derivative table knows no argument {unknown}."
            )
        return apply(function, args, kwargs)
    if function in DEFINITIONS:
        return DEFINITIONS[function](*args, **kwargs)
    if function in CONSTANT:
        return function(*raw(args), **raw(kwargs))
    raise TypeError(
        f"np.{function.__name__} has no row in the derivative table. Add one in core/derivatives.py, "
        "or pass x.data if no derivative through it is wanted."
    )


class Tensor:
    """data = function(*values, **kwargs), recorded; a leaf has grad, kept in ``place`` if it has one."""

    __slots__ = (
        "data",
        "grad",
        "place",
        "function",
        "args",
        "values",
        "kwargs",
        "order",
        "__weakref__",
    )

    def __init__(self, data, function=None, args=(), values=(), kwargs=_NO_KEYWORDS):
        self.data = data if function else floating(data)
        self.grad = self.place = None
        self.function, self.args, self.values, self.kwargs = function, args, values, kwargs
        self.order = next(_age)

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
        if out is not None:
            raise TypeError(
                "out= and in-place operations on arrays cannot hold a Tensor: write a = a + x."
            )
        if method == "__call__":
            return dispatch(ufunc, inputs, kwargs)
        if method == "reduce" and ufunc in REDUCTIONS:
            kwargs.setdefault("axis", 0)
            return dispatch(REDUCTIONS[ufunc], inputs, kwargs)
        raise TypeError(f"np.{ufunc.__name__}.{method} cannot be differentiated.")

    def __array_function__(self, function, types, args, kwargs):
        return dispatch(function, args, kwargs)

    def __array__(self, *args, **kwargs):
        raise TypeError(
            "a Tensor does not turn into an array by itself, since its derivative would be lost: use "
            "np.stack([a, b]) for np.array([a, b]), x.data for the plain array, x.item() for a number."
        )

    def __float__(self):
        raise TypeError(
            "float(x) would lose the derivative of x: use np functions, or x.item() for the number."
        )

    __int__ = __complex__ = __index__ = __float__

    def __setitem__(self, index, value):
        raise TypeError(
            "a recorded array cannot be changed in place: use np.where or np.concatenate."
        )

    shape = property(lambda self: self.data.shape)
    dtype = property(lambda self: self.data.dtype)
    ndim = property(lambda self: self.data.ndim)
    size = property(lambda self: self.data.size)
    T = property(lambda self: apply(np.transpose, (self,)))

    def __getitem__(self, index):
        return apply(operator.getitem, (self, raw(index)))

    def __len__(self):
        return len(self.data)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __repr__(self):
        return f"Tensor({self.data!r})"

    def __format__(self, spec):
        return format(self.data.item(), spec) if spec else repr(self)

    __hash__ = object.__hash__
    __bool__ = lambda self: bool(self.data)

    def item(self):
        return self.data.item()

    def reshape(self, *shape):
        return apply(np.reshape, (self, shape[0] if len(shape) == 1 else shape))

    def transpose(self, *axes):
        return apply(np.transpose, (self, axes[0] if len(axes) == 1 else axes or None))

    def astype(self, dtype):
        return apply(cast, (self, dtype))

    def backward(self, cotangent=None):
        """Add the gradient of this (scalar) Tensor to ``grad`` of every leaf, and free the tape."""
        if cotangent is None and self.size != 1:
            raise ValueError(
                f"backward() starts from a scalar; this has shape {self.shape}. Pass a cotangent."
            )
        g = np.ones_like(self.data) if cotangent is None else floating(cotangent)
        for leaf, gradient in pull_back([(self, g)], free=True):
            if leaf.function is None:
                accumulate(leaf, gradient)


def accumulate(leaf, g):
    """Add g to leaf.grad; a first gradient is written into the leaf's own place, if it has one."""
    if leaf.grad is not None:
        leaf.grad += g
    elif leaf.place is None:
        leaf.grad = g.copy()
    else:
        leaf.place[...] = g
        leaf.grad = leaf.place


def pull_back(cotangents, wanted=None, higher_order=False, free=False):
    """Carry (node, cotangent) pairs back to where they end: a list of (leaf, gradient) pairs.

    The newest node at hand is always complete, since all that uses it is newer still: a heap of
    ages replaces the search for a topological order. ``wanted`` limits the walk to its nodes.
    """
    nodes, gradients, heap, ends = {}, {}, [], []

    def receive(node, g):
        k = node.order
        if k in gradients:
            gradients[k] = gradients[k] + g
        else:
            nodes[k], gradients[k] = node, g
            heappush(heap, k)

    for node, g in cotangents:
        receive(node, g)
    while heap:
        k = heappop(heap)
        node, g = nodes.pop(k), gradients.pop(k)
        if not node.args or wanted and wanted[k]:
            if node.function is FREED:
                raise RuntimeError(
                    "this part of the tape was freed by an earlier backward(); compute it again."
                )
            ends.append((node, g))
            continue
        args, out = (node.args, node) if higher_order else (node.values, node.data)
        for arg, rule in zip(node.args, VJPS[node.function]):
            if isinstance(arg, Tensor) and rule and (wanted is None or arg.order in wanted):
                d, x = rule(g, out, *args, **node.kwargs), arg.data
                if d.shape != x.shape or d.dtype is not x.dtype:
                    d = fit(d, x)
                receive(arg, d)
        if free:
            node.function, node.args, node.values, node.kwargs = FREED, (), (), _NO_KEYWORDS
    return ends


def FREED():
    """Stands in a node whose history backward() has freed."""


def fit(g, x):
    """Undo broadcasting, here and nowhere else: g gets the shape and dtype of x."""
    extra = g.ndim - x.ndim
    if extra >= 0:
        stretched = tuple(
            i for i, n in enumerate(g.shape) if i < extra or (x.shape[i - extra] == 1 != n)
        )
        g = g.sum(axis=stretched).reshape(x.shape) if stretched else g
    if g.shape == x.shape:
        return g if g.dtype == x.dtype else g.astype(x.dtype)
    if isinstance(g, Tensor):
        return np.broadcast_to(g, x.shape)
    full = np.empty_like(x)
    full[...] = g
    return full


# ---- operators and methods: x + y is np.add(x, y), x.sum() is np.sum(x) ------------------------
def _operator(name, function):
    setattr(Tensor, f"__{name}__", lambda self, other: apply(function, (self, other)))
    setattr(Tensor, f"__r{name}__", lambda self, other: apply(function, (other, self)))


def _method(name, function):
    setattr(Tensor, name, lambda self, *args, **kwargs: dispatch(function, (self, *args), kwargs))


for (
    _name
) in (
    "add-add sub-subtract mul-multiply truediv-divide pow-power matmul-matmul mod-remainder".split()
):
    _operator(_name.split("-")[0], getattr(np, _name.split("-")[1]))
for (
    _name
) in "lt-less le-less_equal gt-greater ge-greater_equal eq-equal ne-not_equal neg-negative abs-absolute".split():
    _method(f"__{_name.split('-')[0]}__", getattr(np, _name.split("-")[1]))
for (
    _name
) in "sum mean prod max min var std cumsum squeeze ravel swapaxes repeat dot trace clip argmax argmin".split():
    _method(_name, getattr(np, _name))
_method("flatten", np.ravel)
REDUCTIONS = {np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min}
