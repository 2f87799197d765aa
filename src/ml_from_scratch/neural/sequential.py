"""Sequential: layers in a row, each fed with the one before."""

from __future__ import annotations

import numpy as np

from ml_from_scratch.core import Module

from .layer import Layer, all_built, as_shape, layers_in, one_output, seed_layers, within


class Sequential(Layer):
    """Apply layers one after the other.

    Parameters
    ----------
    layers : list of Module, optional
        Layers, or any Modules with one input and one output.
    seed : int, optional
        Where all weights and dropout inside come from, unless a model hands out its own. None
        draws a seed from fresh entropy and remembers it.

    Examples
    --------
    >>> import numpy as np
    >>> from ml_from_scratch.neural import Dense, ReLU
    >>> net = Sequential([Dense(8, input_dim=4), ReLU(), Dense(2)], seed=0)
    >>> net(np.ones((5, 4), np.float32)).shape
    (5, 2)
    >>> [name for name, p in net.named_parameters()]
    ['layers.0.weight', 'layers.0.bias', 'layers.2.weight', 'layers.2.bias']
    """

    _ready = False

    def __init__(self, layers=None, seed=None):
        self.layers: list = []
        self.seed = seed
        for layer in layers or []:
            self.add(layer)

    def add(self, layer) -> None:
        """Put a layer behind the others.

        Raises
        ------
        TypeError
            If it is no Module: a class without its brackets, or a function.
        """
        if not isinstance(layer, Module):
            hint = f" Add its brackets: {layer.__name__}()." if isinstance(layer, type) else ""
            raise TypeError(
                f"a layer is a Module such as Dense(10) or ReLU(); got {layer!r}.{hint}"
            )
        self.layers.append(layer)
        self._ready = False

    # ---- shapes, from layer to layer ---------------------------------------------------------------
    @property
    def input_shape(self):
        """The shape of one sample, if the first layer knows it."""
        return getattr(self.layers[0], "input_shape", None) if self.layers else None

    @property
    def built(self) -> bool:
        """True, since all weights are the layers'; those whose shapes are known are drawn by asking."""
        return self._ready or self._prepare(None) or True

    def build(self, input_shape, seed=None):
        """Draw the weights of all layers for samples of a shape, and return self."""
        self._prepare(as_shape(input_shape), seed)
        return self

    def _prepare(self, shape, seed=None) -> bool:
        if any(layer.stream is None for layer in layers_in(self)):
            self.seed = seed_layers(self, seed if self.seed is None else self.seed)
        self._fold(_build_through, shape)
        self._ready = all(all_built(layer) for layer in self.layers)
        return self._ready

    def output_shape(self, input_shape):
        """Return the shape that comes out of the last layer, or None if a layer does not tell."""
        for layer in self.layers:
            known = input_shape is not None and isinstance(layer, Layer)
            input_shape = layer.output_shape(input_shape) if known else None
        return input_shape

    def __call__(self, x):
        """Return forward(x); the first batch tells new layers their shapes."""
        if not hasattr(x, "dtype"):
            x = np.asarray(x)
        if not self._ready:
            self._prepare(x.shape[1:] if x.ndim > 1 else None)
        return self.forward(x)

    def forward(self, x):
        """Return the last layer's output.

        Raises
        ------
        TypeError
            If a layer returns several arrays, as a recurrent one does with ``return_state=True``.
        """
        return self._fold(one_output, x)

    def _fold(self, step, x):
        """Return step(layer, x) carried through all layers; an error says which one it comes from."""
        for i, layer in enumerate(self.layers):
            x = within(f"layers.{i}", step, layer, x)
        return x

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, i):
        return self.layers[i]


def _build_through(layer, shape):
    """Build a layer for samples of a shape, or for the one it knows itself; return what comes out."""
    if not isinstance(layer, Layer):
        return None
    shape = layer.input_shape if shape is None else shape
    if shape is None:
        return None
    layer.build(shape)
    return layer.output_shape(shape)


def as_layer(value) -> Layer:
    """Return a layer: itself, or a Sequential of a list, or of a Module that is no Layer.

    Raises
    ------
    TypeError
        If it is neither a Module nor a list of them.
    """
    if isinstance(value, Layer):
        return value
    return Sequential(value if isinstance(value, (list, tuple)) else [value])
