"""What the convolutional layers share: their arguments, their weights, and what they say when it does not fit."""

from __future__ import annotations

import numpy as np

from ml_from_scratch.core import Parameter
from ml_from_scratch.core.checks import check_number

from ..initializers import GlorotUniform, Zeros, check_initializer
from ..layer import Layer, matching_dtype
from ..regularizers import check_regularizer
from .arithmetic import check_lengths, check_padding

PLACES = {1: "time", 2: "height, width"}


class _KernelLayer(Layer):
    """A layer with a kernel and a bias over ``dims`` axes, channels last.

    A subclass computes ``forward``, and says how many ``_groups`` of channels and outputs (``_n_out``)
    there are for n_in input channels, and which ``_lengths`` come out of given ones.
    """

    dims: int
    paddings = ("valid", "same")

    def __init__(
        self,
        kernel_size,
        stride,
        padding,
        dilation,
        use_bias,
        input_dim,
        kernel_initializer,
        bias_initializer,
        regularizer,
    ):
        self.kernel_size = check_lengths("kernel_size", kernel_size, self.dims)
        self.stride = check_lengths("stride", stride, self.dims)
        self.padding = check_padding(padding, self.dims, self.paddings)
        self.dilation = check_lengths("dilation", dilation, self.dims)
        self.use_bias = use_bias
        self.input_dim = check_number("input_dim", input_dim, least=1, integer=True, optional=True)
        self.kernel_initializer = check_initializer("kernel_initializer", kernel_initializer)
        self.bias_initializer = check_initializer("bias_initializer", bias_initializer)
        self.regularizer = check_regularizer("regularizer", regularizer)
        if input_dim is not None:
            self.input_shape = (*(None,) * self.dims, input_dim)

    # ---- what a subclass says ----------------------------------------------------------------------
    def _groups(self, n_in) -> int:
        return self.groups

    def _n_out(self, n_in) -> int:
        return self.filters

    def _lengths(self, lengths) -> tuple:
        raise NotImplementedError

    # ---- the same for all --------------------------------------------------------------------------
    def create(self, input_shape, rng):
        """Draw the kernel, group by group, since each is a convolution by itself; then the bias."""
        n_in = input_shape[-1]
        groups, n_out = self._groups(n_in), self._n_out(n_in)
        size = self.kernel_size
        kernel = (size,) * self.dims if isinstance(size, int) else size
        shape = (*kernel, n_in // groups, n_out // groups)
        draw_W = self.kernel_initializer or GlorotUniform()
        draw_b = self.bias_initializer or Zeros()
        W = np.concatenate([draw_W(shape, rng, self.dtype) for _ in range(groups)], axis=-1)
        self.weight = Parameter(W, "weight")
        self.bias = Parameter(draw_b((n_out,), rng, self.dtype), "bias") if self.use_bias else None

    def check_shape(self, input_shape):
        """Check the number of axes, the channels and that the kernel fits."""
        n_in = self._n_in()
        if len(input_shape) != self.dims + 1 or input_shape[-1] != (n_in or input_shape[-1]):
            raise ValueError(
                f"{type(self).__name__} expects samples of shape ({PLACES[self.dims]}, {n_in or 'channels'}), "
                f"got {input_shape}.{_hint(input_shape, self.dims, n_in, 'sample')}"
            )
        if not input_shape[-1]:
            raise ValueError(
                f"{type(self).__name__} needs to know the number of channels, and at least one; "
                f"got samples of shape {input_shape}."
            )
        groups = self._groups(input_shape[-1])
        if input_shape[-1] % groups:
            raise ValueError(
                f"{type(self).__name__} cuts its channels into groups={groups}, and {input_shape[-1]} channels "
                "cannot be cut so."
            )
        self.output_shape(input_shape)

    def output_shape(self, input_shape):
        """(*lengths, n_in) becomes (*outputs, n_out); an open length stays open."""
        *lengths, n_in = input_shape
        long_enough = tuple(10**9 if n is None else n for n in lengths)
        outputs = (None if n is None else o for n, o in zip(lengths, self._lengths(long_enough)))
        return (*outputs, self._n_out(n_in))

    def accept(self, x):
        """Check the axes, the channels, that the kernel fits, and the dtype."""
        n_in = self._n_in()
        if x.ndim != self.dims + 2 or x.shape[-1] != (n_in or x.shape[-1]):
            raise ValueError(
                f"{type(self).__name__} expects (batch, {PLACES[self.dims]}, {n_in or 'channels'}), got "
                f"{tuple(x.shape)}.{_hint(x.shape[1:], self.dims, n_in, 'batch')}"
            )
        self._lengths(x.shape[1:-1])
        return matching_dtype(self, x, self.weight.dtype if self._built else self.dtype)

    def penalties(self):
        """Return the regularizer's price of the kernel."""
        return [self.regularizer(self.weight)] if self.regularizer else []

    def _n_in(self):
        if self._built:
            return self.weight.shape[-2] * self._built_groups()
        return self.input_dim

    def _built_groups(self):
        return self.groups

    def _parameters(self):
        return (self.weight, self.bias) if self.use_bias else (self.weight,)


def _hint(sample, dims, n_in, given) -> str:
    """What to do about a sample, or a batch of samples, of this shape."""
    if given == "batch" and len(sample) == dims and n_in is not None and sample[-1:] == (n_in,):
        return " Add a batch axis: x[None]."
    if len(sample) == dims and n_in in (None, 1):
        return " Add a channel axis: x[..., None]."
    if len(sample) == dims + 1 and sample[0] == n_in:
        return " Channels come last here: np.moveaxis(x, 1, -1)."
    if len(sample) == 1:
        return " Give the features their places back: x.reshape(len(x), ...)."
    return " The last axis holds the channels."
