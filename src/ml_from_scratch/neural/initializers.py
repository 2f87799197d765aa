r"""Where training starts: weights drawn so that signals keep their size from layer to layer.

For a layer with :math:`n_\text{in}` inputs and :math:`n_\text{out}` outputs per unit ("fans"), a
sum over the inputs has :math:`n_\text{in}` times the variance of one product, and a gradient, which
travels the other way, :math:`n_\text{out}` times. Hence

.. math::
    \operatorname{Var}[w] &= \frac{1}{n_\text{in}}                 \tag{1} \\
    \operatorname{Var}[w] &= \frac{2}{n_\text{in}}                 \tag{2} \\
    \operatorname{Var}[w] &= \frac{2}{n_\text{in} + n_\text{out}}  \tag{3}

(1) keeps signals (LeCun et al. 1998, "Efficient BackProp", eq. 16); (2) does so behind a ReLU, which
lets half of them pass (He et al. 2015, "Delving deep into rectifiers", eq. 10); (3) weighs signals and
gradients (Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural
networks", eq. 12 and 16). A uniform distribution of that variance has the limit

.. math:: a = \sqrt{3 \operatorname{Var}[w]} \tag{4}

An initializer is called with (shape, rng, dtype). It draws float64 and rounds, so that a model's
float32 weights are those of the same model in float64.
"""

from __future__ import annotations

import math

import numpy as np

from ml_from_scratch.core.checks import check_number

from .blueprint import Configurable


def fans(shape) -> tuple[int, int]:
    """Return (inputs, outputs) per unit of a weight: the last axis is the output, the one before it
    the input, and any axes before those are the places of a kernel, which multiply both.

    Examples
    --------
    >>> fans((784, 128)), fans((3, 3, 16, 32)), fans((10,))
    ((784, 128), (144, 288), (10, 10))
    """
    if len(shape) < 2:
        n = math.prod(shape)
        return n, n
    places = math.prod(shape[:-2])
    return places * shape[-2], places * shape[-1]


class Initializer(Configurable):
    """A way to draw a first weight: subclass it and write __call__."""

    def __call__(self, shape, rng, dtype=np.float32):
        """Return an array of that shape and dtype, drawn from the Generator rng."""
        raise NotImplementedError(f"{type(self).__name__} has no __call__(shape, rng, dtype).")


class _Scaled(Initializer):
    """Draws with the variance that a subclass computes from the fans."""

    def variance(self, n_in, n_out):
        raise NotImplementedError

    def __call__(self, shape, rng, dtype=np.float32):
        """Return an array of that shape and dtype."""
        n_in, n_out = fans(shape)
        variance = self.variance(max(n_in, 1), max(n_out, 1))
        return self.draw(math.sqrt(variance), shape, rng).astype(dtype)


class _Normal(_Scaled):
    def draw(self, deviation, shape, rng):
        return rng.normal(0.0, deviation, shape)


class _Uniform(_Scaled):
    def draw(self, deviation, shape, rng):
        a = math.sqrt(3.0) * deviation  # (4)
        return rng.uniform(-a, a, shape)


class LeCunNormal(_Normal):
    """Normal with variance 1 / n_in: for linear layers, tanh near 0, and SELU."""

    def variance(self, n_in, n_out):
        """Return Var[w]."""
        return 1.0 / n_in  # (1)


class LeCunUniform(_Uniform):
    """Uniform with variance 1 / n_in."""

    variance = LeCunNormal.variance


class HeNormal(_Normal):
    """Normal with variance 2 / n_in: for layers followed by a ReLU."""

    def variance(self, n_in, n_out):
        """Return Var[w]."""
        return 2.0 / n_in  # (2)


class HeUniform(_Uniform):
    """Uniform with variance 2 / n_in."""

    variance = HeNormal.variance


class GlorotNormal(_Normal):
    """Normal with variance 2 / (n_in + n_out)."""

    def variance(self, n_in, n_out):
        """Return Var[w]."""
        return 2.0 / (n_in + n_out)  # (3)


class GlorotUniform(_Uniform):
    """Uniform with variance 2 / (n_in + n_out): what layers use unless told otherwise.

    Examples
    --------
    >>> W = GlorotUniform()((784, 128), np.random.default_rng(0))
    >>> W.shape, W.dtype.name, round(float(abs(W).max()), 3)
    ((784, 128), 'float32', 0.081)
    """

    variance = GlorotNormal.variance


class Orthogonal(Initializer):
    r"""A matrix with orthonormal rows or columns (the shorter ones), times gain.

    With A of standard normal entries and its decomposition A = QR, taken so that R has a positive
    diagonal, Q is uniformly distributed among the orthogonal matrices (Mezzadri 2007, "How to
    generate random matrices from the classical compact groups"):

    .. math:: Q \leftarrow Q \operatorname{diag}(\operatorname{sign} R_{ii}) \tag{5}

    All axes but the last count as rows. Source: Saxe et al. 2014, "Exact solutions to the nonlinear
    dynamics of learning in deep linear neural networks".

    Examples
    --------
    >>> Q = Orthogonal()((3, 2), np.random.default_rng(0), np.float64)
    >>> bool(np.allclose(Q.T @ Q, np.eye(2)))
    True
    """

    def __init__(self, gain=1.0):
        self.gain = check_number("gain", gain)

    def __call__(self, shape, rng, dtype=np.float32):
        """Return an array of that shape and dtype."""
        if len(shape) < 2:
            raise ValueError(f"Orthogonal needs at least two axes; got shape {tuple(shape)}.")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        A = rng.standard_normal((max(rows, columns), min(rows, columns)))
        Q, R = np.linalg.qr(A)
        Q = Q * np.where(np.diagonal(R) < 0, -1.0, 1.0)  # (5)
        Q = Q if rows >= columns else Q.T
        return (self.gain * Q.reshape(shape)).astype(dtype)


class RandomNormal(Initializer):
    """Normal with a given mean and standard deviation, whatever the fans."""

    def __init__(self, stddev=0.02, mean=0.0):
        self.stddev, self.mean = check_number("stddev", stddev, least=0), check_number("mean", mean)

    def __call__(self, shape, rng, dtype=np.float32):
        """Return an array of that shape and dtype."""
        return rng.normal(self.mean, self.stddev, shape).astype(dtype)


class Constant(Initializer):
    """The same value everywhere."""

    def __init__(self, value=0.0):
        self.value = check_number("value", value)

    def __call__(self, shape, rng, dtype=np.float32):
        """Return an array of that shape and dtype."""
        return np.full(shape, self.value, dtype)


class Zeros(Initializer):
    """Zeros: for biases. For weights they would make all units equal, for ever."""

    def __call__(self, shape, rng, dtype=np.float32):
        """Return an array of that shape and dtype."""
        return np.zeros(shape, dtype)


class Ones(Initializer):
    """Ones: for scales."""

    def __call__(self, shape, rng, dtype=np.float32):
        """Return an array of that shape and dtype."""
        return np.ones(shape, dtype)


def check_initializer(name, initializer):
    """Return an initializer or None, or say what one is.

    Raises
    ------
    TypeError
        If it cannot be called.
    """
    if initializer is not None and (isinstance(initializer, type) or not callable(initializer)):
        raise TypeError(
            f"{name} must be an initializer, an object called with (shape, rng, dtype), for example "
            f"HeNormal() from ml_from_scratch.neural.initializers; got {initializer!r}."
        )
    return initializer
