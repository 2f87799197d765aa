"""An array that behaves as one on a GPU: it refuses every silent mixture with the host's arrays.

Differentiable code that runs on it runs on CuPy's arrays, too, as far as the rules of mixing go.
Module ``fake_device`` stands for the array library: ``backend.namespace`` finds it by the class.
"""

import operator

import numpy as np


class FakeArray:
    """A NumPy array in a box, which only functions called with boxes get open."""

    __array_priority__ = 1000

    def __init__(self, host):
        self._host = host

    def __array__(self, *args, **kwargs):
        raise TypeError("implicit conversion of a device array to a host array")

    shape = property(lambda self: self._host.shape)
    dtype = property(lambda self: self._host.dtype)
    ndim = property(lambda self: self._host.ndim)
    size = property(lambda self: self._host.size)
    T = property(lambda self: FakeArray(self._host.T))

    def get(self):
        return self._host.copy()

    def item(self):
        return self._host.item()

    def __len__(self):
        return len(self._host)

    def __bool__(self):
        return bool(self._host)

    def __repr__(self):
        return f"fake({self._host!r})"

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
        if any(_is_foreign(x) for x in inputs):
            return NotImplemented
        _refuse_host(inputs, ufunc.__name__)
        if out is not None:
            kwargs["out"] = _open(tuple(out))
        return _box(getattr(ufunc, method)(*_open(inputs), **kwargs))

    def __array_function__(self, function, types, args, kwargs):
        if any(t not in (FakeArray, np.ndarray) for t in types):
            return NotImplemented
        if np.ndarray in types:
            raise TypeError(f"host and device arrays mixed in np.{function.__name__}")
        return _box(function(*_open(args), **_open(kwargs)))

    def __getitem__(self, index):
        _refuse_host(index if isinstance(index, tuple) else (index,), "indexing")
        return _box(self._host[_open(index)])

    def __setitem__(self, index, value):
        _refuse_host((value, *(index if isinstance(index, tuple) else (index,))), "assignment")
        self._host[_open(index)] = _open(value)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        method = getattr(self._host, name)
        if not callable(method):
            return _box(method)

        def call(*args, **kwargs):
            _refuse_host(args, name)
            return _box(method(*_open(args), **_open(kwargs)))

        return call

    def __neg__(self):
        return np.negative(self)

    def __abs__(self):
        return np.absolute(self)

    def __invert__(self):
        return np.invert(self)


def _operators(name, ufunc):
    def forward(self, other):
        return NotImplemented if _is_foreign(other) else ufunc(self, other)

    def reflected(self, other):
        return NotImplemented if _is_foreign(other) else ufunc(other, self)

    def augmented(self, other):
        ufunc(self, other, out=(self,))
        return self

    for prefix, method in (("", forward), ("r", reflected), ("i", augmented)):
        setattr(FakeArray, f"__{prefix}{name}__", method)


for _name, _ufunc in {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide, "floordiv": np.floor_divide,
    "mod": np.remainder, "pow": np.power, "matmul": np.matmul, "and": np.bitwise_and, "or": np.bitwise_or,
    "xor": np.bitwise_xor,
}.items():  # fmt: skip
    _operators(_name, _ufunc)


def _comparison(name):
    compare = getattr(operator, name)
    setattr(FakeArray, f"__{name}__", lambda self, other: _box(compare(self._host, _open(other))))


for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    _comparison(_name)
FakeArray.__hash__ = object.__hash__


def _is_foreign(x):
    """Something with protocols of its own (a Tensor): it is to answer."""
    return hasattr(x, "__array_function__") and not isinstance(
        x, (FakeArray, np.ndarray, np.generic)
    )


def _refuse_host(values, where):
    for x in values:
        if isinstance(x, np.ndarray):
            raise TypeError(f"a host array mixed with a device array in {where}")


def _open(x):
    if isinstance(x, FakeArray):
        return x._host
    if isinstance(x, (tuple, list)):
        return type(x)([_open(part) for part in x])
    return {key: _open(part) for key, part in x.items()} if isinstance(x, dict) else x


def _box(x):
    if isinstance(x, (np.ndarray, np.generic)):
        return FakeArray(np.asarray(x))
    if isinstance(x, (tuple, list)):
        parts = [_box(part) for part in x]
        return (
            x._replace(**dict(zip(x._fields, parts))) if hasattr(x, "_replace") else type(x)(parts)
        )
    return x


# ---- the module as an array library ------------------------------------------------------------------
def asarray(x):
    return x if isinstance(x, FakeArray) else FakeArray(np.asarray(x))


class add:
    """fake_device.add.at, as CuPy has it."""

    @staticmethod
    def at(target, index, values):
        np.add.at(target._host, _open(index), _open(values))
