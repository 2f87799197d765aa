"""Tensor: an array that remembers how it was made, and otherwise behaves like NumPy's.

``np.exp(x)`` asks ``x.__array_ufunc__`` and ``np.sum(x)`` asks ``x.__array_function__``; both come
to ``dispatch``, which finds the function's row in the table of derivatives, or its definition, or
that its derivative is zero, or refuses it by name. ``x + y`` is np.add(x, y) and ``x.sum()`` is
np.sum(x), so this file knows no derivative.

What would lose a derivative without a word (turning into an array or a number, changing in place)
is an error that names the repair.
"""

from __future__ import annotations

import inspect
import operator
from functools import cache
from typing import Any, Callable

import numpy as np

from .arrays import NOT_REAL, WEAK_SCALARS, floating, with_weak_scalars
from .tape import NO_KEYWORDS, VJPS, Node, accumulate, clock, is_recording, pull_back, raw

DEFINITIONS: dict = {}  # function -> the same function, written with functions that have rows
CONSTANT: set = set()  # functions whose derivative is zero wherever it exists
SIGNATURES: dict = {}  # function -> (number of array arguments, names of the options understood)


def apply(function: Callable, args: tuple, kwargs: dict = NO_KEYWORDS):
    """Compute function(*args, **kwargs) on the plain arrays, and record it."""
    values = [a.data if isinstance(a, Node) else a for a in args]
    if not WEAK_SCALARS:
        values = with_weak_scalars(values)
    data = function(*values, **kwargs)
    if not is_recording():
        return data
    if data.dtype.kind != "f":
        raise TypeError(NOT_REAL.format(data.dtype))
    return Tensor(data, function, args, values, kwargs)


def dispatch(function, args, kwargs=NO_KEYWORDS):
    """Do what a NumPy function does when one of its arguments is a Tensor."""
    if function in CONSTANT:
        return function(*raw(args), **raw(kwargs))
    if function not in SIGNATURES:
        raise TypeError(_no_row(function))
    args, kwargs = _bind(function, args, kwargs)
    return (
        apply(function, args, kwargs)
        if function in VJPS
        else DEFINITIONS[function](*args, **kwargs)
    )


def _bind(function, args, kwargs):
    """Arrays by position and options by name, whichever way the caller wrote them."""
    n_arrays, options = SIGNATURES[function]
    if not kwargs and len(args) == n_arrays:
        return args, kwargs
    if n_arrays is not None and len(args) != n_arrays:
        names = _parameter_names(function)
        given = {**dict(zip(names, args)), **kwargs}
        args = tuple(given.pop(name) for name in names[:n_arrays] if name in given) or args
        kwargs = given
        if len(args) != n_arrays:
            raise TypeError(
                f"np.{function.__name__} takes {n_arrays} arrays here; got {len(args)}."
            )
    kwargs = {
        name: option for name, option in kwargs.items() if name in options or option is not None
    }
    unknown = sorted(name for name in kwargs if name not in options)
    if unknown:
        raise TypeError(
            f"np.{function.__name__}: its derivative knows no argument {', '.join(unknown)} (it knows: "
            f"{', '.join(sorted(options)) or 'none'}). Write the same with other functions of NumPy's, "
            "or extend its row in core/derivatives."
        )
    return args, kwargs


@cache
def _parameter_names(function):
    try:
        return tuple(inspect.signature(function).parameters)
    except ValueError:  # functions written in C tell none on older versions
        definition = DEFINITIONS.get(function)
        return tuple(inspect.signature(definition).parameters) if definition else ()


def _no_row(function):
    name = getattr(function, "__name__", str(function))
    return (
        f"np.{name} has no row in the table of derivatives. Add one in core/derivatives (a rule per "
        "argument, or a definition made of functions that have rows), or pass x.data if no "
        "derivative through it is wanted."
    )


def matching(cotangent, data):
    """Return the cotangent in data's dtype; an error if it has another shape."""
    g = cotangent if isinstance(cotangent, Tensor) else floating(cotangent)
    if g.shape != data.shape:
        raise ValueError(f"the cotangent has shape {g.shape}; it needs the output's, {data.shape}.")
    return g if g.dtype == data.dtype else g.astype(data.dtype)


class Tensor(Node):
    """An array with a history: a leaf that was given, or the recorded result of a function.

    Parameters
    ----------
    data : array_like of real numbers
        A floating dtype is kept, integers and booleans become float64. The array is not copied.
    function, args, values, kwargs
        The history, filled in by the tape (see Node).

    Attributes
    ----------
    data : ndarray
        The plain array.
    grad : ndarray or None
        Of a leaf: what ``backward()`` has added up so far.

    Examples
    --------
    >>> x = Tensor([1.0, 2.0])
    >>> (x * x).sum().backward()
    >>> x.grad.tolist()
    [2.0, 4.0]
    """

    __slots__ = ()

    def __init__(self, data: Any, function=None, args=(), values=(), kwargs=NO_KEYWORDS):
        if function is None:
            if isinstance(data, Tensor):
                raise TypeError(
                    "this is a Tensor already: use it as it is, or its .data for a new leaf."
                )
            data = floating(data)
        self.data = data
        self.grad = None
        self.function, self.args, self.values, self.kwargs = function, args, values, kwargs
        self.order = next(clock)

    shape = property(lambda self: self.data.shape)
    dtype = property(lambda self: self.data.dtype)
    ndim = property(lambda self: self.data.ndim)
    size = property(lambda self: self.data.size)
    T = property(lambda self: apply(np.transpose, (self,)))

    def backward(self, cotangent=None) -> None:
        """Add d(self)/d(leaf) to ``grad`` of every leaf that self was made of, and free the tape.

        Parameters
        ----------
        cotangent : array of self's shape, optional
            Needed unless self is a single number, whose cotangent is 1.
        """
        if cotangent is None and self.size != 1:
            raise ValueError(
                f"backward() starts from a single number; this Tensor has shape {self.shape}. Reduce "
                "it first, for example with .sum() or .mean(), or pass a cotangent of its shape."
            )
        g = np.ones_like(self.data) if cotangent is None else matching(raw(cotangent), self.data)
        own: set = set()
        for leaf, gradient in pull_back([(self, g)], free=True, own=own):
            if leaf.function is None and not leaf.frozen:
                accumulate(leaf, gradient, leaf.order in own)

    def item(self) -> float:
        """Return the single number inside, as a Python float, without its history."""
        return self.data.item()

    def reshape(self, *shape):
        """x.reshape(2, 3) or x.reshape((2, 3))."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes):
        """x.transpose(), x.transpose(1, 0) or x.transpose((1, 0))."""
        axes = axes[0] if len(axes) == 1 else axes
        return apply(np.transpose, (self,), {"axes": axes} if axes else NO_KEYWORDS)

    def astype(self, dtype):
        """x in another floating dtype; its gradient comes back in x's own."""
        if np.dtype(dtype).kind != "f":
            raise TypeError(
                f"a Tensor stays floating-point: use x.data.astype({np.dtype(dtype).name!r})."
            )
        return apply(cast, (self,), {"dtype": np.dtype(dtype)})

    # ---- NumPy's protocols ---------------------------------------------------------------------
    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
        if out is not None or method == "at":
            raise TypeError(f"np.{ufunc.__name__} was to write into an array: {REFUSED_IN_PLACE}")
        if method == "__call__":
            return (
                dispatch(ufunc, inputs, kwargs)
                if kwargs or ufunc not in VJPS
                else apply(ufunc, inputs)
            )
        if method == "reduce" and ufunc in REDUCTIONS:
            return dispatch(REDUCTIONS[ufunc], inputs, {"axis": 0, **kwargs})
        raise TypeError(f"np.{ufunc.__name__}.{method} has no row in the table of derivatives.")

    def __array_function__(self, function, types, args, kwargs):
        if function in WRITING:
            raise TypeError(
                f"np.{function.__name__} was to write into an array: {REFUSED_IN_PLACE}"
            )
        return dispatch(function, args, kwargs)

    def __array__(self, *args, **kwargs):
        raise TypeError(
            "a Tensor does not turn into an array by itself, since its derivative would be lost: use "
            "np.stack([a, b]) for np.array([a, b]), x.data for the plain array, x.item() for a number."
        )

    # ---- Python's protocols --------------------------------------------------------------------
    def __float__(self):
        raise TypeError(
            "a Tensor does not turn into a number by itself, since its derivative would be lost: use "
            "NumPy's functions (np.exp for math.exp), or x.item() for the plain number."
        )

    __int__ = __complex__ = __index__ = __float__

    def __setitem__(self, index, value):
        raise TypeError(REFUSED_IN_PLACE)

    def __getitem__(self, index):
        return apply(operator.getitem, (self, raw(index)))

    def __len__(self):
        return len(self.data)

    def __iter__(self):
        if not self.data.ndim:
            raise TypeError("a Tensor that holds a single number cannot be iterated over.")
        return (self[i] for i in range(len(self.data)))

    def __bool__(self):
        return bool(self.data)

    def __pow__(self, y):
        special = POWERS.get(y) if type(y) in (int, float) else None
        return apply(special, (self,)) if special else apply(np.power, (self, y))

    def __rpow__(self, x):
        return apply(np.power, (x, self))

    def __rfloordiv__(self, x):
        return np.floor_divide(x, self.data)  # piecewise constant

    def __repr__(self):
        text = repr(self.data) if self.data.ndim else repr(self.data.item())
        return f"Tensor({text[6:-1] if text.startswith('array(') else text})"

    def __format__(self, spec):
        return format(self.data.item(), spec) if spec else repr(self)

    def __getattr__(self, name):
        raise AttributeError(
            f"a Tensor has no attribute {name!r}: use NumPy's function np.{name}(x), where there is "
            f"one, or x.data.{name} for the plain array, without a derivative."
        )

    # ---- copies: the value alone, with an identity of its own ------------------------------------
    def __copy__(self):
        return Tensor(self.data.copy())

    def __deepcopy__(self, memo):
        return self.__copy__()

    def __reduce__(self):
        return Tensor, (self.data,)

    __hash__ = object.__hash__


def cast(x, dtype):
    """Convert x: the one change of dtype that is recorded."""
    return x.astype(dtype)


REFUSED_IN_PLACE = (
    "a Tensor cannot be changed in place, since the tape still needs its value. Make a new one: "
    "a = a + x, a = np.where(mask, new, a) or np.concatenate."
)
REFUSED_LEAF = (
    "{0}= would change a leaf in place: write y = x {0} ... for a new value. To update it by hand after "
    "backward(), change its array, x.data {0}= ...; an optimiser's step() does so for parameters."
)
WRITING = {np.copyto, np.fill_diagonal, np.place, np.put, np.put_along_axis, np.putmask}
REDUCTIONS = {np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min}
POWERS = {2: np.square, 0.5: np.sqrt, 1: np.positive, -1: np.reciprocal}  # cheaper than np.power


# ---- operators and methods: x + y is np.add(x, y), x.sum() is np.sum(x) ------------------------
def _binary(name, function):
    setattr(Tensor, f"__{name}__", lambda self, other: apply(function, (self, other)))
    setattr(Tensor, f"__r{name}__", lambda self, other: apply(function, (other, self)))


def _augmented(name, symbol):
    plain = getattr(operator, name)

    def new_value(self, other):
        """A recorded value is replaced by a new one, as for Python's numbers; a leaf stays itself."""
        if self.function is None:
            raise TypeError(REFUSED_LEAF.format(symbol))
        return plain(self, other)

    setattr(Tensor, f"__i{name}__", new_value)


def _method(name, function):
    setattr(Tensor, name, lambda self, *args, **kwargs: dispatch(function, (self, *args), kwargs))


_function: Any
for _name, _function in {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.divide,
    "matmul": np.matmul,
    "mod": np.remainder,
}.items():
    _binary(_name, _function)
for _name, _symbol in {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "pow": "**",
    "matmul": "@",
    "mod": "%",
}.items():
    _augmented(_name, _symbol)
for _name, _function in {
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
    "neg": np.negative,
    "pos": np.positive,
    "abs": np.absolute,
    "floordiv": np.floor_divide,
    "round": np.round,
}.items():
    _method(f"__{_name}__", _function)
for _function in (
    *(np.sum, np.mean, np.prod, np.var, np.std, np.cumsum, np.clip),
    *(np.squeeze, np.ravel, np.swapaxes, np.repeat, np.take, np.diagonal, np.trace, np.dot),
    *(np.argmax, np.argmin, np.argsort, np.nonzero, np.any, np.all),
):
    _method(_function.__name__, _function)
for _name, _function in {
    "max": np.max,
    "min": np.min,
    "round": np.round,
    "flatten": np.ravel,
}.items():
    _method(_name, _function)  # whose own names are others, in some version of NumPy
