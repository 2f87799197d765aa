r"""Residual connections: a layer learns what to add to its input.

.. math::
    y = s(x) + f(x)    \tag{1}

where s is the identity wherever the shapes allow it. Its derivative is

.. math::
    \bar x = J_s^\top \bar y + J_f^\top \bar y

With s the identity the first term is :math:`\bar y` itself: however deep the network, the gradient has
a way back on which nothing shrinks it. Source: He et al. 2016, "Deep residual learning for image
recognition", eq. 1 and 2 (there the shortcut that changes the shape is :math:`W_s`).
"""

from __future__ import annotations

from .layer import Layer, agree, matching_dtype, one_output, within
from .sequential import as_layer


class Residual(Layer):
    """y = x + f(x), or s(x) + f(x) where the shape changes.

    Parameters
    ----------
    inner : Module or list of Module
        f; a list is a Sequential.
    shortcut : Module or list of Module, optional
        s, for example a ``Dense(64)`` where f returns 64 features; the identity unless given.

    Raises
    ------
    ValueError
        If the two outputs have different shapes, which adding would mix up without a word.

    Examples
    --------
    >>> import numpy as np
    >>> from ml_from_scratch.neural import Dense, Tanh
    >>> block = Residual([Dense(8), Tanh(), Dense(4)]).build((4,), seed=0)
    >>> block(np.ones((2, 4), np.float32)).shape
    (2, 4)
    >>> [name for name, p in block.named_parameters()][:2]
    ['inner.layers.0.weight', 'inner.layers.0.bias']
    """

    def __init__(self, inner, shortcut=None):
        self.inner = as_layer(inner)
        self.shortcut = None if shortcut is None else as_layer(shortcut)

    def create(self, input_shape, rng):
        """Build f and s."""
        within("inner", self.inner.build, input_shape)
        if self.shortcut is not None:
            within("shortcut", self.shortcut.build, input_shape)
        self._check_sum(self.inner.output_shape(input_shape), self._beside(input_shape))

    def check_shape(self, input_shape):
        """Check a shape for which f and s have not been built."""
        if self._built:
            self.create(input_shape, None)

    def output_shape(self, input_shape):
        """Return the shape of s(x)."""
        return self._beside(input_shape)

    def forward(self, x):
        """Return s(x) + f(x)."""
        y = within("inner", one_output, self.inner, x)
        beside = (
            matching_dtype(self, x, y.dtype)
            if self.shortcut is None
            else within("shortcut", one_output, self.shortcut, x)
        )
        self._check_sum(y.shape[1:], beside.shape[1:])
        return beside + y  # (1)

    def _beside(self, input_shape):
        return input_shape if self.shortcut is None else self.shortcut.output_shape(input_shape)

    def _check_sum(self, inner, beside):
        if not agree(inner, beside):
            whose = "input" if self.shortcut is None else "shortcut's output"
            raise ValueError(
                f"Residual adds what its inner layers return to its {whose}, so samples need one shape; "
                f"got {inner} and {beside}. Give it a shortcut with that output, such as "
                f"shortcut=Dense({inner[-1] if inner else 1})."
            )
