r"""The feed-forward part of a transformer: what each position makes of what it has gathered, by itself.

.. math::
    y &= \mathrm{GELU}(x W_1 + b_1) W_2 + b_2                                \tag{1} \\
    y &= \big( \mathrm{SiLU}(x W_g) \odot x W_u \big) W_d                     \tag{2}

x, y: (..., d_model); between the matrices there are ``hidden`` numbers, four times d_model as a rule. In
(2), "SwiGLU", one half of them says how much of the other half passes; as it has three matrices, hidden is
8/3 of d_model for the same number of weights.

Nothing in a transformer takes as much memory as what is wide. GELU and SiLU keep their slope from the
forward pass, so that what they were computed from is of no more use. One operation makes both steps and
lets go of it,

.. math::
    a = \phi(u), \quad u = x W + b, \qquad \bar u = \bar a \odot \phi'(u) \tag{3}

from where on the derivatives are those of a dense layer.

Sources: (1) Vaswani et al. 2017, "Attention is all you need", eq. 2, with the GELU of GPT-2; (2) Shazeer
2020, "GLU variants improve transformer", eq. 6.
"""

from __future__ import annotations

from ml_from_scratch.core import fused
from ml_from_scratch.core.checks import check_number
from ml_from_scratch.neural import GELU, Dense, Layer, SiLU, linear, silu
from ml_from_scratch.neural.initializers import check_initializer


def activated_linear_definition(x, W, *b, activation):
    """Return the activation of x W + b; b may be left out."""
    return activation.definition(linear.definition(x, W, *b))  # (3)


def activated_linear_forward(x, W, *b, activation):
    """The same; keeps x, W and the slope."""
    a, slope = activation.forward(linear.value(x, W, *b))  # (3)
    return a, (x, W, slope)


def activated_linear_value(x, W, *b, activation):
    """The same, with nothing kept."""
    return activation.value(linear.value(x, W, *b))


def activated_linear_vjp(g, residuals, wanted=(True, True, True), into=(None, None, None)):
    """Return the gradients of x, W and b, each where it is wanted; that of W made in ``into[1]``."""
    x, W, slope = residuals
    return linear.vjp(g * slope, (x, W), wanted, into)  # (3)


activated_linear = fused(
    activated_linear_definition,
    activated_linear_forward,
    activated_linear_vjp,
    "activated_linear",
    activated_linear_value,
)


def activated(layer, activation, x):
    """Return activation(layer(x)) for a Dense layer, in one operation if the activation keeps its slope."""
    if not isinstance(activation, (GELU, SiLU)):
        return activation(layer(x))
    parameters = [p for p in (layer.weight, layer.bias) if p is not None]
    return activated_linear(layer.accept(x), *parameters, activation=activation.operation)


class _Wide(Layer):
    """A layer that goes to ``hidden`` numbers and back to d_model."""

    def check_shape(self, input_shape):
        """Check that samples are (..., d_model)."""
        if not input_shape or input_shape[-1] != self.d_model:
            raise ValueError(
                f"{type(self).__name__} expects samples of shape (..., {self.d_model}), got {input_shape}."
            )

    def create(self, input_shape, rng):
        """Draw the matrices."""
        wide = (*input_shape[:-1], self.hidden)
        for name, inner in self.named_children():
            inner.build(wide if name in ("activation", "output") else input_shape)


class FeedForward(_Wide):
    """y = activation(x W_1 + b_1) W_2 + b_2.

    Parameters
    ----------
    d_model : int
        How many numbers go in and come out.
    hidden : int, optional
        How many there are between; 4 d_model unless given.
    activation : Module, optional
        GELU() unless given.
    use_bias : bool
        Whether there are b_1 and b_2.
    kernel_initializer : Initializer, optional
        Of both matrices; GlorotUniform() unless given.

    Attributes
    ----------
    inner, output : Dense

    Examples
    --------
    >>> import numpy as np
    >>> layer = FeedForward(4).build((4,), seed=0)
    >>> layer.inner.weight.shape, layer(np.ones((2, 3, 4), np.float32)).shape
    ((4, 16), (2, 3, 4))
    """

    def __init__(
        self, d_model, hidden=None, activation=None, use_bias=True, kernel_initializer=None
    ):
        self.d_model = check_number("d_model", d_model, least=1, integer=True)
        self.hidden = check_number("hidden", hidden or 4 * d_model, least=1, integer=True)
        self.activation = GELU() if activation is None else activation
        self.use_bias = use_bias
        self.kernel_initializer = check_initializer("kernel_initializer", kernel_initializer)
        self.inner = Dense(self.hidden, None, use_bias, kernel_initializer)
        self.output = Dense(d_model, None, use_bias, kernel_initializer)

    def forward(self, x):
        """Return what each position makes of its numbers."""
        return self.output(activated(self.inner, self.activation, x))  # (1)


class SwiGLU(_Wide):
    """y = (silu(x W_g) * x W_u) W_d: gated, without biases.

    Parameters
    ----------
    d_model : int
        How many numbers go in and come out.
    hidden : int, optional
        How many there are between; 8/3 d_model, rounded up, unless given.
    kernel_initializer : Initializer, optional
        Of the three matrices; GlorotUniform() unless given.

    Attributes
    ----------
    gate, inner, output : Dense

    Examples
    --------
    >>> import numpy as np
    >>> layer = SwiGLU(3).build((3,), seed=0)
    >>> layer.gate.weight.shape, layer(np.ones((2, 3), np.float32)).shape
    ((3, 8), (2, 3))
    """

    def __init__(self, d_model, hidden=None, kernel_initializer=None):
        self.d_model = check_number("d_model", d_model, least=1, integer=True)
        self.hidden = check_number("hidden", hidden or -(-8 * d_model // 3), least=1, integer=True)
        self.kernel_initializer = check_initializer("kernel_initializer", kernel_initializer)
        self.gate, self.inner = (
            Dense(self.hidden, None, False, kernel_initializer) for _ in range(2)
        )
        self.output = Dense(d_model, None, False, kernel_initializer)

    def forward(self, x):
        """Return what each position makes of its numbers."""
        gate = activated_linear(self.gate.accept(x), self.gate.weight, activation=silu)
        return self.output(gate * self.inner(x))  # (2)
