"""Layer: a Module that knows its input's shape, draws its weights then, and can be described.

A layer needs three things before it has weights: the shape of one sample (from the constructor, from
``build`` or from its first input), a stream of random numbers and a dtype (both from the model that
it is put into). So weights are drawn late, when someone asks for them. Every layer has a stream of
its own: adding a layer at the end changes no other layer's weights, nor does the order of calls.
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch.core import Module
from ml_from_scratch.core.checks import check_number

from .blueprint import CLASSES, Configurable

SEVERAL = (tuple, list, dict)


class Layer(Configurable, Module):
    """The base of all layers: subclass it, keep the constructor's arguments, write ``forward``.

    A layer with weights also writes ``create``, which sets its Parameters; one that changes the shape
    writes ``output_shape``; one that is particular about its input writes ``check_shape``, for the
    shape of a sample, and ``accept``, for a batch. A layer made of layers makes them in its constructor
    and calls their ``build`` in ``create``.

    Attributes
    ----------
    input_shape : tuple or None
        The shape of one sample, without the batch axis, once it is known.
    dtype : numpy.dtype
        Of the weights: float32, unless ``to(dtype)`` or the model says otherwise.
    stream : numpy.random.SeedSequence or None
        Where its random numbers come from; ``seed_layers`` hands it out.

    Examples
    --------
    >>> from ml_from_scratch.core import Parameter
    >>> class Scale(Layer):
    ...     def create(self, input_shape, rng):
    ...         self.weight = Parameter(np.ones(input_shape, self.dtype))
    ...     def forward(self, x):
    ...         return x * self.weight
    >>> layer = Scale().build((3,))
    >>> [(name, p.shape) for name, p in layer.named_parameters()]
    [('weight', (3,))]
    """

    input_shape = None
    dtype = np.dtype(np.float32)
    stream = None
    _built = False
    _rng = None

    # ---- what a subclass writes --------------------------------------------------------------------
    def create(self, input_shape, rng) -> None:
        """Set the Parameters for samples of this shape, drawn from the Generator rng."""

    def check_shape(self, input_shape) -> None:
        """Raise a ValueError if the layer cannot take samples of this shape."""

    def output_shape(self, input_shape) -> tuple:
        """Return the shape of one output sample."""
        return input_shape

    def accept(self, x):
        """Return x as ``forward`` can use it, or raise an error that says what is wrong with it."""
        return x

    def penalties(self) -> list:
        """Return what this layer adds to the loss: numbers, or Tensors."""
        return []

    # ---- weights, drawn when they are asked for ----------------------------------------------------
    @property
    def built(self) -> bool:
        """Whether the weights are there. If the shape is known they are drawn by asking."""
        if not self._built and self.input_shape is not None:
            self.build(self.input_shape)
        return self._built or type(self).create is Layer.create

    def build(self, input_shape, seed=None):
        """Draw the weights for samples of a shape, unless they are there, and return the layer.

        Parameters
        ----------
        input_shape : int or tuple
            The shape of one sample, without the batch axis: 784 or (784,). A length may be None.
        seed : int, optional
            Where the weights come from, unless a model has handed a stream to this layer already.

        Raises
        ------
        ValueError
            If the layer cannot take samples of this shape, or was built for others.
        """
        shape = as_shape(input_shape)
        self.check_shape(shape)
        if not self._built:
            seed_layers(self, seed)
            self._draw(shape)
        self.input_shape = shape
        return self

    def _draw(self, shape):
        self._built = True
        try:
            self.create(shape, np.random.default_rng(self.stream))
        except BaseException:
            self._built = False
            raise

    def __getattr__(self, name):
        """Draw the weights if one is asked for and the shape is known; called for what is not there."""
        shape = vars(self).get("input_shape")
        if not self._built and shape is not None and not name.startswith("_"):
            self.build(shape)
            return getattr(self, name)
        hint = "" if self._built else " (yet: weights are drawn in build(input_shape))"
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}{hint}.")

    def __call__(self, x, *args, **kwargs):
        """Return forward(x), after a check of x; the first batch tells a new layer its shape."""
        if not hasattr(x, "dtype"):
            x = np.asarray(x)
        x = self.accept(x)
        if not self._built:
            self.build(x.shape[1:])
        return self.forward(x, *args, **kwargs)

    @property
    def rng(self) -> np.random.Generator:
        """The Generator of a layer that draws while it runs; made when first asked for."""
        if self._rng is None:
            seed_layers(self)
            noise = (*self.stream.spawn_key, 0)
            self._rng = np.random.default_rng(
                np.random.SeedSequence(self.stream.entropy, spawn_key=noise)
            )
        return self._rng

    def to(self, target):
        """Move to a device or convert to a dtype; a layer without weights yet will draw them so."""
        if target not in ("cpu", "cuda"):
            for _, module in self.named_modules():
                if isinstance(module, Layer):
                    module.dtype = np.dtype(target)
        return super().to(target) if all_built(self) else self

    def __repr__(self):
        return Configurable.__repr__(self)


def seed_layers(module: Module, seed=None) -> int:
    """Give every layer inside a stream of random numbers, unless it has one; return the seed.

    Call it at the end of the constructor of a network of your own, and everything in it, weights and
    dropout, follows from one number.

    Parameters
    ----------
    module : Module
        A layer, a model, or anything that holds some.
    seed : int, optional
        None draws one from fresh entropy.

    Examples
    --------
    >>> from ml_from_scratch.neural import Dense
    >>> class Net(Module):
    ...     def __init__(self, seed=None):
    ...         self.hidden, self.out = Dense(8, input_dim=4), Dense(1, input_dim=8)
    ...         self.seed = seed_layers(self, seed)
    >>> a, b = Net(seed=0), Net(seed=0)
    >>> bool((a.out.weight.data == b.out.weight.data).all())
    True
    """
    seed = as_seed(seed)
    for i, layer in enumerate(layers_in(module)):
        if layer.stream is None:
            layer.stream = np.random.SeedSequence(seed, spawn_key=(i,))
    return seed


def as_seed(seed) -> int:
    """Return a seed as an integer: None is one drawn from fresh entropy."""
    if seed is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    return int(check_number("seed", seed, least=0, integer=True))


def layers_in(module: Module) -> list:
    """Return all Layers inside a module, itself included, each once."""
    return [inner for _, inner in module.named_modules() if isinstance(inner, Layer)]


def all_built(module: Module) -> bool:
    """Whether all weights inside a module are there."""
    return all(inner.built for _, inner in module.named_modules())


def all_layers() -> dict:
    """Return the library's own layers by name, for the tests that run over all of them."""
    ours = __package__.partition(".")[0] + "."
    return {
        name: cls
        for name, cls in CLASSES.items()
        if issubclass(cls, Layer) and cls is not Layer and cls.__module__.startswith(ours)
    }


def within(name, step, *args):
    """Return step(*args) of a part of a layer; an error says which part it comes from.

    Examples
    --------
    >>> within("branches.1", int, "four")
    Traceback (most recent call last):
    ValueError: branches.1: invalid literal for int() with base 10: 'four'
    """
    try:
        return step(*args)
    except (TypeError, ValueError) as error:
        if type(error) not in (TypeError, ValueError):
            raise
        raise type(error)(f"{name}: {error}") from error


def one_output(layer, x):
    """Return layer(x), which is to be one array: what a layer hands on to those behind and beside it.

    Raises
    ------
    TypeError
        If it is several, or none.

    Examples
    --------
    >>> from ml_from_scratch.neural import GRU
    >>> one_output(GRU(3, return_state=True), np.ones((2, 4, 1), np.float32))
    Traceback (most recent call last):
    TypeError: GRU returned a tuple of 2, where one array is handed on. It was made with return_state=True: \
leave that out, or write a Module whose forward says what becomes of the state: outputs, state = self.inner(x).
    """
    y = layer(x)
    if hasattr(y, "dtype"):
        return y
    got = f"a {type(y).__name__} of {len(y)}" if isinstance(y, SEVERAL) else repr(y)
    raise TypeError(
        f"{type(layer).__name__} returned {got}, where one array is handed on.{_way_out(layer, y)}"
    )


def _way_out(layer, y) -> str:
    if y is None:
        return " Does its forward end in return?"
    if getattr(layer, "return_state", False):
        return (
            " It was made with return_state=True: leave that out, or write a Module whose forward says "
            "what becomes of the state: outputs, state = self.inner(x)."
        )
    several = isinstance(y, SEVERAL)
    return " Write a Module whose forward picks one: y, _ = self.inner(x)." if several else ""


def agree(one, other) -> bool:
    """Return whether two shapes can be the same: None, for a length or for all, may be any.

    Examples
    --------
    >>> agree((None, 3), (5, 3)), agree((5, 3), (5, 1))
    (True, False)
    """
    if one is None or other is None:
        return True
    pairs = zip(one, other)
    return len(one) == len(other) and all(None in pair or pair[0] == pair[1] for pair in pairs)


def as_shape(shape) -> tuple:
    """Return the shape of one sample as a tuple: 784 means (784,).

    Raises
    ------
    ValueError
        If a length is neither a positive integer nor None.
    """
    shape = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    for n in shape:
        if n is not None and (not isinstance(n, (int, np.integer)) or isinstance(n, bool) or n < 0):
            raise ValueError(
                f"input_shape is the shape of one sample, such as (784,) or (28, 28); got {shape}."
            )
    return tuple(None if n is None else int(n) for n in shape)


def matching_dtype(layer, x, dtype):
    """Return x in the weights' dtype: integers are converted, another floating dtype is refused."""
    if x.dtype == dtype:
        return x
    if x.dtype.kind in "iub":
        return x.astype(dtype)
    if x.dtype.kind != "f":
        raise TypeError(f"{type(layer).__name__} computes with real numbers; got dtype {x.dtype}.")
    raise TypeError(
        f"{type(layer).__name__} has {dtype} weights and got {x.dtype}. Convert the input, x.astype({dtype.name!r}), "
        f"or the layer, .to({x.dtype.name!r}) before it is trained."
    )
