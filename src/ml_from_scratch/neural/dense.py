r"""The dense layer: every output is a weighted sum of all inputs.

For a batch of samples as the rows of X, with weights W and biases b,

.. math::
    Y = X W + b \tag{1}

X: (..., n_in), W: (n_in, units), b: (units,), Y: (..., units). All leading axes are samples.

Derivation. Written out, :math:`Y_{ij} = \sum_k X_{ik} W_{kj} + b_j`. A change of :math:`W_{kj}` reaches
the loss through column j of Y, in every sample i: its derivative is
:math:`\sum_i X_{ik} G_{ij}`, where :math:`G = \partial L / \partial Y`. In the same way for X and b:

.. math::
    \bar X &= G W^\top       \tag{2} \\
    \bar W &= X^\top G       \tag{3} \\
    \bar b &= \mathbf 1^\top G  \tag{4}

So a layer costs one matrix product forward and two backward, for the whole batch at once.
"""

from __future__ import annotations

import math

import numpy as np

from ml_from_scratch.core import Parameter, fused
from ml_from_scratch.core.checks import check_number

from .initializers import GlorotUniform, Zeros, check_initializer
from .layer import Layer, matching_dtype
from .regularizers import check_regularizer


def linear_definition(x, W, *b):
    """Return x @ W + b, for x of shape (..., n_in); b may be left out."""
    return x @ W + b[0] if b else x @ W  # (..., units)  (1)


def linear_forward(x, W, *b):
    """The same with one matrix product for all samples; keeps x and W."""
    y = as_rows(x) @ W
    if b:
        y += b[0]
    return (y if x.ndim == 2 else y.reshape(x.shape[:-1] + y.shape[1:])), (x, W)


def linear_value(x, W, *b):
    """The same, with nothing kept."""
    y = (x.reshape(-1, x.shape[-1]) if x.size else as_rows(x)) @ W
    if b:
        y += b[0]
    return y if x.ndim == 2 else y.reshape(x.shape[:-1] + y.shape[1:])


def linear_vjp(g, residuals, wanted=(True, True, True), into=(None, None, None)):
    """Return the gradients of x, W and b, each where it is wanted; that of W made in ``into[1]``."""
    x, W = residuals
    G, X = as_rows(g), as_rows(x)
    dx = (G @ W.T).reshape(x.shape) if wanted[0] else None  # (2)
    dW = np.matmul(X.T, G, out=into[1]) if wanted[1] else None  # (3)
    if len(wanted) == 2:
        return dx, dW
    ones = np.ones_like(G, shape=(len(G),))
    return dx, dW, (ones @ G if wanted[2] else None)  # (4)


def as_rows(x):
    """Return (..., n) as (samples, n)."""
    return x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


linear = fused(linear_definition, linear_forward, linear_vjp, "linear", linear_value)


class Dense(Layer):
    """Y = X W + b, for inputs of shape (batch, ..., n_in).

    Parameters
    ----------
    units : int
        How many outputs.
    input_dim : int, optional
        How many inputs, n_in; otherwise ``build`` or the first batch says so.
    use_bias : bool
        Whether there is a b.
    kernel_initializer, bias_initializer : Initializer, optional
        How W and b are drawn; GlorotUniform() and Zeros() unless given.
    regularizer : Regularizer, optional
        What W adds to the loss, for example ``L2(1e-4)``.

    Attributes
    ----------
    weight : Parameter of shape (n_in, units)
    bias : Parameter of shape (units,), or None

    Raises
    ------
    ValueError
        If the input has no batch axis, or another number of features than n_in.
    TypeError
        If the input is floating-point of another dtype than the weights. Integers are converted.

    Examples
    --------
    >>> layer = Dense(2, input_dim=3).build((3,), seed=0)
    >>> layer(np.ones((4, 3), np.float32)).shape
    (4, 2)
    >>> layer
    Dense(units=2, input_dim=3)
    """

    def __init__(
        self,
        units,
        input_dim=None,
        use_bias=True,
        kernel_initializer=None,
        bias_initializer=None,
        regularizer=None,
    ):
        self.units = check_number("units", units, least=1, integer=True)
        self.input_dim = check_number("input_dim", input_dim, least=1, integer=True, optional=True)
        self.use_bias = use_bias
        self.kernel_initializer = check_initializer("kernel_initializer", kernel_initializer)
        self.bias_initializer = check_initializer("bias_initializer", bias_initializer)
        self.regularizer = check_regularizer("regularizer", regularizer)
        if input_dim is not None:
            self.input_shape = (input_dim,)

    def check_shape(self, input_shape):
        """Check the number of features, the last axis of a sample."""
        n_in = self._n_in()
        arrived = input_shape[-1] if input_shape else None
        if arrived is None or arrived != (n_in or arrived):
            hint = "" if input_shape else " Give each sample an axis of features: x[:, None]."
            raise ValueError(
                f"Dense expects samples of shape ({n_in or 'features'},), got {input_shape}.{hint}"
            )

    def create(self, input_shape, rng):
        """Draw W, then b."""
        shape = (input_shape[-1], self.units)
        draw_W, draw_b = (
            self.kernel_initializer or GlorotUniform(),
            self.bias_initializer or Zeros(),
        )
        self.weight = Parameter(draw_W(shape, rng, self.dtype), "weight")
        self.bias = Parameter(draw_b(shape[1:], rng, self.dtype), "bias") if self.use_bias else None

    def output_shape(self, input_shape):
        """(..., n_in) becomes (..., units)."""
        return (*input_shape[:-1], self.units)

    def accept(self, x):
        """Check the batch axis, the number of features and the dtype."""
        if x.ndim < 2 or x.shape[-1] != (self._n_in() or x.shape[-1]):
            raise ValueError(_wrong_shape(x.shape, self._n_in()))
        return matching_dtype(self, x, self.weight.dtype if self._built else self.dtype)

    def forward(self, x):
        """Return x W + b."""
        return linear(x, self.weight, self.bias) if self.use_bias else linear(x, self.weight)

    def penalties(self):
        """Return the regularizer's price of W."""
        return [self.regularizer(self.weight)] if self.regularizer else []

    def _n_in(self):
        return self.weight.shape[0] if self._built else self.input_dim


def _wrong_shape(shape, n_in):
    expected = f"Dense expects (batch, {n_in or 'features'}), got {tuple(shape)}."
    if len(shape) == 1 and shape[0] == (n_in or shape[0]):
        return f"{expected} Add a batch axis: x[None, :]."
    if len(shape) == 1 and n_in == 1:
        return f"{expected} Add a feature axis: x[:, None]."
    if len(shape) > 2 and math.prod(shape[1:]) == n_in:
        return f"{expected} Put Flatten() before it."
    return f"{expected} The last axis holds a sample's features."
