r"""Covariance functions of Gaussian processes: what a kernel is, and how kernels make kernels.

A kernel has hyper-parameters, positive numbers such as a length scale, which live on a logarithmic
scale: ``theta`` is the vector of the logarithms of those that are free (their bounds are not
"fixed"). Sums, products and powers of kernels are kernels:

.. math::
    k(x, y) &= k_1(x, y) + k_2(x, y) \tag{1} \\
    k(x, y) &= k_1(x, y)\, k_2(x, y) \tag{2} \\
    k(x, y) &= k_1(x, y)^p \tag{3}

written ``k1 + k2``, ``k1 * k2`` and ``k ** p``. Each kernel says in differentiable NumPy what its
matrix is as a function of theta, and no kernel says what its derivative is: that is what automatic
differentiation is for.

Source: C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning (2006),
section 4.2.4.
"""

from __future__ import annotations

import inspect
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ...core.estimator import clone
from ...core.registry import storable
from ...core.tape import raw
from ...core.transforms import jvp

DEFAULT_BOUNDS = (1e-5, 1e5)
FAR = 1e280  # squared distances beyond it count as this one: whatever the length scale, k is 0


class Hyperparameter(NamedTuple):
    """What a kernel tells about one of its hyper-parameters."""

    name: str
    value_type: str
    bounds: Any  # of shape (n_elements, 2), or "fixed"
    n_elements: int = 1
    fixed: bool = False


class Pairs:
    """All pairs of rows of X and Y, or of X with itself, and what kernels ask about them, once.

    Differences are taken one by one and not by a matrix product: what cancels in a product would be
    magnified when the kernel's matrix, which is nearly singular, is inverted.
    """

    def __init__(self, X, Y=None):
        self.X, self.same = X, Y is None
        self.Y = X if Y is None else Y
        self.shape = (len(self.X), len(self.Y))

    @cached_property
    def squared(self) -> np.ndarray:
        """Squared distances, (n, m)."""
        total = np.zeros(self.shape)
        with np.errstate(over="ignore"):
            for x, y in zip(self.X.T, self.Y.T):
                difference = np.subtract.outer(x, y)
                difference *= difference
                total += difference
        return np.minimum(total, FAR, out=total)

    @cached_property
    def distances(self) -> np.ndarray:
        """Distances, (n, m)."""
        return np.sqrt(self.squared)

    @cached_property
    def squared_by_feature(self) -> np.ndarray:
        """Squared differences of each feature, (d, n m)."""
        differences = self.X.T[:, :, None] - self.Y.T[:, None, :]
        with np.errstate(over="ignore"):
            differences *= differences
        return np.minimum(differences, FAR, out=differences).reshape(self.X.shape[1], -1)

    @cached_property
    def coincide(self) -> np.ndarray:
        """Whether the two of a pair are the same point, (n, m)."""
        return self.squared == 0.0

    @cached_property
    def products(self) -> np.ndarray:
        """Inner products, (n, m)."""
        return self.X @ self.Y.T

    @cached_property
    def identity(self) -> np.ndarray:
        """1 for each row with itself, 0 for other pairs, (n, m)."""
        return np.eye(*self.shape) if self.same else np.zeros(self.shape)


class Kernel:
    """A covariance function: ``kernel(X, Y)`` is its matrix.

    To write one, store the hyper-parameter ``name`` and its bounds ``name_bounds`` for each name in
    ``_names``, and say what the matrix is in ``_covariance(pairs, **values)`` and its diagonal in
    ``_diagonal(X, **values)``, in functions that are differentiable.
    """

    _names: tuple[str, ...] = ()  # of the hyper-parameters, sorted
    requires_vector_input = True

    # ---- parameters ------------------------------------------------------------------------------
    @classmethod
    def _parameter_names(cls):
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep=True) -> dict:
        """Return the constructor's arguments by name; deep: those of inner kernels too."""
        params = {}
        for name in self._parameter_names():
            value = params[name] = getattr(self, name)
            if deep and isinstance(value, Kernel):
                params.update((f"{name}__{k}", v) for k, v in value.get_params().items())
        return params

    def set_params(self, **params):
        """Change parameters by name, ``name__inner`` for those of an inner kernel; return self."""
        valid = self._parameter_names()
        for key, value in params.items():
            name, _, inner = key.partition("__")
            if name not in valid:
                raise ValueError(
                    f"Invalid parameter {name!r} for kernel {self!r}. Valid parameters are: {valid}."
                )
            if inner:
                getattr(self, name).set_params(**{inner: value})
            else:
                setattr(self, name, value)
        return self

    @property
    def hyperparameters(self) -> list[Hyperparameter]:
        """What there is to be known about each hyper-parameter."""
        return [self._hyperparameter(name) for name in self._names]

    def _hyperparameter(self, name):
        bounds, n = getattr(self, f"{name}_bounds"), np.size(getattr(self, name))
        if isinstance(bounds, str):
            if bounds != "fixed":
                raise ValueError(
                    f"{name}_bounds must be a pair of numbers or 'fixed'; got {bounds!r}."
                )
            return Hyperparameter(name, "numeric", bounds, n, fixed=True)
        bounds = np.atleast_2d(np.asarray(bounds, dtype=np.float64))
        if bounds.shape not in ((1, 2), (n, 2)):
            raise ValueError(
                f"{name}_bounds must be one pair of numbers, or {n}; got shape {bounds.shape}."
            )
        return Hyperparameter(name, "numeric", np.broadcast_to(bounds, (n, 2)).copy(), n)

    @property
    def theta(self) -> np.ndarray:
        """The logarithms of the free hyper-parameters, (n_dims,)."""
        free = [np.ravel(getattr(self, h.name)) for h in self.hyperparameters if not h.fixed]
        return np.log(np.concatenate(free, dtype=np.float64)) if free else np.empty(0)

    @theta.setter
    def theta(self, theta):
        theta = np.asarray(theta, dtype=np.float64)
        if theta.shape != (self.n_dims,):
            raise ValueError(
                f"theta must have shape ({self.n_dims},), one element per free hyper-parameter of "
                f"{self!r}; got {theta.shape}."
            )
        self._set_theta(theta)

    def _set_theta(self, theta):
        for name, value in self._free_values(theta).items():
            setattr(self, name, value if np.ndim(value) else float(value))

    @property
    def bounds(self) -> np.ndarray:
        """The logarithms of the free hyper-parameters' bounds, (n_dims, 2)."""
        free = [h.bounds for h in self.hyperparameters if not h.fixed]
        with np.errstate(divide="ignore"):  # a bound of 0 is none
            return np.log(np.vstack(free)) if free else np.empty((0, 2))

    @property
    def n_dims(self) -> int:
        """The number of free hyper-parameters."""
        return sum(h.n_elements for h in self.hyperparameters if not h.fixed)

    def clone_with_theta(self, theta):
        """Return a copy with other values of the free hyper-parameters."""
        copy = clone(self)
        copy.theta = theta
        return copy

    # ---- values ----------------------------------------------------------------------------------
    def covariance(self, pairs, theta=None):
        """Return the kernel of pairs, of a shape that broadcasts to theirs; differentiable in theta."""
        return self._covariance(pairs, **self._values(theta))

    def _values(self, theta):
        """Return the hyper-parameters by name: the free ones from theta, or all as they are."""
        own = {name: np.asarray(getattr(self, name), dtype=np.float64) for name in self._names}
        if theta is not None:
            own.update(self._free_values(theta))
        return own

    def _free_values(self, theta):
        values, start = {}, 0
        for h in self.hyperparameters:
            if not h.fixed:
                part = theta[start : start + h.n_elements]
                values[h.name] = np.exp(part if np.ndim(getattr(self, h.name)) else part[0])
                start += h.n_elements
        return values

    def __call__(self, X, Y=None, eval_gradient=False):
        """Return the kernel's matrix, and its derivatives by theta if asked for.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Points.
        Y : array-like of shape (m, d), optional
            Other points. Without them the pairs are those of X with itself.
        eval_gradient : bool
            Whether to return (K, gradient), with a gradient of shape (n, n, n_dims). Only without Y.
        """
        if eval_gradient and Y is not None:
            raise ValueError("Gradient can only be evaluated when Y is None.")
        pairs = Pairs(_points(X), None if Y is None else _points(Y))
        K = np.array(np.broadcast_to(self.covariance(pairs), pairs.shape))
        if not eval_gradient:
            return K
        along = [
            jvp(lambda t: self.covariance(pairs, t), (self.theta,), (direction,))[1]
            for direction in np.eye(self.n_dims)
        ]
        gradient = np.empty((*pairs.shape, self.n_dims))
        for k, derivative in enumerate(along):
            gradient[:, :, k] = derivative
        return K, gradient

    def diag(self, X) -> np.ndarray:
        """Return the diagonal of ``kernel(X)``, (n,)."""
        X = _points(X)
        return np.array(np.broadcast_to(self._diagonal(X, **self._values(None)), len(X)))

    def _covariance(self, pairs, **values):
        raise NotImplementedError

    def _diagonal(self, X, **values):
        return 1.0

    def is_stationary(self) -> bool:
        """Whether the kernel depends on differences of points alone."""
        return True

    # ---- kernels of kernels ----------------------------------------------------------------------
    def __add__(self, other):
        return Sum(self, _as_kernel(other))

    def __radd__(self, other):
        return Sum(_as_kernel(other), self)

    def __mul__(self, other):
        return Product(self, _as_kernel(other))

    def __rmul__(self, other):
        return Product(_as_kernel(other), self)

    def __pow__(self, exponent):
        return Exponentiation(self, exponent)

    def __eq__(self, other):
        if type(self) is not type(other):
            return False
        ours, theirs = self.get_params(), other.get_params()
        return ours.keys() == theirs.keys() and all(
            np.array_equal(ours[k], theirs[k]) for k in ours
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self):
        values = [f"{name}={_short(getattr(self, name))}" for name in self._names]
        return f"{type(self).__name__}({', '.join(values)})"


# ---- operators -----------------------------------------------------------------------------------
class _Operator(Kernel):
    """A kernel made of two."""

    def __init__(self, k1, k2):
        self.k1 = k1
        self.k2 = k2

    @property
    def hyperparameters(self):
        """What there is to be known about each hyper-parameter of both."""
        return [
            h._replace(name=f"{side}__{h.name}")
            for side in ("k1", "k2")
            for h in getattr(self, side).hyperparameters
        ]

    @property
    def theta(self):
        """The logarithms of the free hyper-parameters of both, (n_dims,)."""
        return np.concatenate([self.k1.theta, self.k2.theta])

    @theta.setter
    def theta(self, theta):
        Kernel.theta.fset(self, theta)

    def _set_theta(self, theta):
        n = self.k1.n_dims
        self.k1.theta, self.k2.theta = theta[:n], theta[n:]

    def _sides(self, pairs, theta):
        if theta is None:
            return self.k1.covariance(pairs), self.k2.covariance(pairs)
        n = self.k1.n_dims
        return self.k1.covariance(pairs, theta[:n]), self.k2.covariance(pairs, theta[n:])

    def is_stationary(self):
        """Whether both depend on differences of points alone."""
        return self.k1.is_stationary() and self.k2.is_stationary()


@storable
class Sum(_Operator):
    """The sum of two kernels, ``k1 + k2``: either similarity suffices."""

    def covariance(self, pairs, theta=None):
        """Return the sum of both."""
        a, b = self._sides(pairs, theta)
        return a + b  # (1)

    def diag(self, X):
        """Return the sum of both diagonals."""
        return self.k1.diag(X) + self.k2.diag(X)

    def __repr__(self):
        return f"{self.k1!r} + {self.k2!r}"


@storable
class Product(_Operator):
    """The product of two kernels, ``k1 * k2``: both similarities are needed."""

    def covariance(self, pairs, theta=None):
        """Return the product of both."""
        a, b = self._sides(pairs, theta)
        return a * b  # (2)

    def diag(self, X):
        """Return the product of both diagonals."""
        return self.k1.diag(X) * self.k2.diag(X)

    def __repr__(self):
        sides = (f"({k!r})" if isinstance(k, Sum) else repr(k) for k in (self.k1, self.k2))
        return " * ".join(sides)


@storable
class Exponentiation(Kernel):
    """A power of a kernel, ``kernel ** exponent``: a kernel itself if the exponent is an integer."""

    def __init__(self, kernel, exponent):
        self.kernel = kernel
        self.exponent = exponent

    @property
    def hyperparameters(self):
        """What there is to be known about each hyper-parameter of the inner kernel."""
        return [h._replace(name=f"kernel__{h.name}") for h in self.kernel.hyperparameters]

    @property
    def theta(self):
        """The logarithms of the inner kernel's free hyper-parameters, (n_dims,)."""
        return self.kernel.theta

    @theta.setter
    def theta(self, theta):
        self.kernel.theta = theta

    def covariance(self, pairs, theta=None):
        """Return the power of the inner kernel."""
        return self.kernel.covariance(pairs, theta) ** float(self.exponent)  # (3)

    def diag(self, X):
        """Return the power of the inner kernel's diagonal."""
        return self.kernel.diag(X) ** float(self.exponent)

    def is_stationary(self):
        """Whether the inner kernel depends on differences of points alone."""
        return self.kernel.is_stationary()

    def __repr__(self):
        inner = f"({self.kernel!r})" if isinstance(self.kernel, _Operator) else repr(self.kernel)
        return f"{inner} ** {self.exponent}"


@storable
class CompoundKernel(Kernel):
    """Several kernels side by side, one for each class: their matrices along a third axis."""

    def __init__(self, kernels):
        self.kernels = kernels

    @property
    def hyperparameters(self):
        """What there is to be known about each hyper-parameter of all."""
        return [h for kernel in self.kernels for h in kernel.hyperparameters]

    @property
    def theta(self):
        """The logarithms of the free hyper-parameters of all, (n_dims,)."""
        return np.concatenate([kernel.theta for kernel in self.kernels])

    @theta.setter
    def theta(self, theta):
        Kernel.theta.fset(self, theta)

    def _set_theta(self, theta):
        parts = np.split(theta, np.cumsum([kernel.n_dims for kernel in self.kernels])[:-1])
        for kernel, part in zip(self.kernels, parts):
            kernel.theta = part

    def __call__(self, X, Y=None, eval_gradient=False):
        """Return the matrices, (n, m, n_kernels), and their gradients, (n, n, n_dims, n_kernels)."""
        if not eval_gradient:
            return np.stack([kernel(X, Y) for kernel in self.kernels], axis=-1)
        both = [kernel(X, Y, eval_gradient=True) for kernel in self.kernels]
        return tuple(np.stack(arrays, axis=-1) for arrays in zip(*both))

    def diag(self, X):
        """Return the diagonals, (n, n_kernels)."""
        return np.stack([kernel.diag(X) for kernel in self.kernels], axis=-1)

    def is_stationary(self):
        """Whether all depend on differences of points alone."""
        return all(kernel.is_stationary() for kernel in self.kernels)

    def __repr__(self):
        return f"CompoundKernel({self.kernels!r})"


# ---- the simplest kernels ------------------------------------------------------------------------
@storable
class ConstantKernel(Kernel):
    r"""The same covariance for all pairs: the scale of a product, the unknown mean in a sum.

    .. math:: k(x, y) = c \tag{4}

    Parameters
    ----------
    constant_value : float
        The number c.
    constant_value_bounds : pair of floats or "fixed"
        Between which values it may be fitted.

    Examples
    --------
    >>> ConstantKernel(2.0)([[0.0], [1.0]]).tolist()
    [[2.0, 2.0], [2.0, 2.0]]
    """

    _names = ("constant_value",)

    def __init__(self, constant_value=1.0, constant_value_bounds=DEFAULT_BOUNDS):
        self.constant_value = constant_value
        self.constant_value_bounds = constant_value_bounds

    def _covariance(self, pairs, constant_value):
        return constant_value  # (4)

    def _diagonal(self, X, constant_value):
        return constant_value

    def __repr__(self):
        return f"{self.constant_value**0.5:.3g}**2"


@storable
class WhiteKernel(Kernel):
    r"""Noise: each point has a variance of its own that it shares with no other.

    .. math:: k(x_i, x_j) = v\, [i = j] \tag{5}

    Between X and other points it is 0.

    Parameters
    ----------
    noise_level : float
        The variance v.
    noise_level_bounds : pair of floats or "fixed"
        Between which values it may be fitted.

    Examples
    --------
    >>> WhiteKernel(0.5)([[0.0], [1.0]]).tolist()
    [[0.5, 0.0], [0.0, 0.5]]
    """

    _names = ("noise_level",)

    def __init__(self, noise_level=1.0, noise_level_bounds=DEFAULT_BOUNDS):
        self.noise_level = noise_level
        self.noise_level_bounds = noise_level_bounds

    def _covariance(self, pairs, noise_level):
        return noise_level * pairs.identity  # (5)

    def _diagonal(self, X, noise_level):
        return noise_level


@storable
class DotProduct(Kernel):
    r"""Linear functions: the process is a line with Gaussian coefficients.

    .. math:: k(x, y) = \sigma_0^2 + x^T y \tag{6}

    Parameters
    ----------
    sigma_0 : float
        The standard deviation of the intercept.
    sigma_0_bounds : pair of floats or "fixed"
        Between which values it may be fitted.

    Examples
    --------
    >>> DotProduct(1.0)([[1.0], [2.0]]).tolist()
    [[2.0, 3.0], [3.0, 5.0]]
    """

    _names = ("sigma_0",)

    def __init__(self, sigma_0=1.0, sigma_0_bounds=DEFAULT_BOUNDS):
        self.sigma_0 = sigma_0
        self.sigma_0_bounds = sigma_0_bounds

    def _covariance(self, pairs, sigma_0):
        return sigma_0 * sigma_0 + pairs.products  # (6)

    def _diagonal(self, X, sigma_0):
        return sigma_0 * sigma_0 + np.einsum("ij,ij->i", X, X)

    def is_stationary(self):
        """Whether the kernel depends on differences of points alone: this one does not."""
        return False


def _as_kernel(value) -> Kernel:
    return value if isinstance(value, Kernel) else ConstantKernel(value)


def _points(X) -> np.ndarray:
    return np.atleast_2d(np.asarray(raw(X), dtype=np.float64))


def _short(value) -> str:
    if np.ndim(value):
        return f"[{', '.join(f'{v:.3g}' for v in np.ravel(value))}]"
    return f"{value:.3g}"
