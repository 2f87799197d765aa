"""Parallel: branches that see the same input, side by side in the output."""

from __future__ import annotations

import numpy as np

from .layer import Layer, agree, one_output, within
from .sequential import as_layer


class Parallel(Layer):
    """Concatenate what several branches make of one input, along the last axis.

    To add two of them use ``Residual``.

    Parameters
    ----------
    branches : list of (Module or list of Module)
        At least one; a list inside is a Sequential.

    Raises
    ------
    ValueError
        If the outputs differ in another length than the last.

    Examples
    --------
    >>> from ml_from_scratch.neural import Dense, ReLU
    >>> layer = Parallel([Dense(2), [Dense(8), ReLU(), Dense(3)]]).build((4,), seed=0)
    >>> layer(np.ones((6, 4), np.float32)).shape
    (6, 5)
    >>> [name for name, p in layer.named_parameters()][2]
    'branches.1.layers.0.weight'
    """

    def __init__(self, branches):
        if not isinstance(branches, (list, tuple)) or not branches:
            raise TypeError(
                f"branches is a list of at least one layer, such as [Dense(8), Dense(4)]; got {branches!r}."
            )
        self.branches = [
            within(f"branches.{i}", as_layer, branch) for i, branch in enumerate(branches)
        ]

    def create(self, input_shape, rng):
        """Build the branches."""
        self._through("build", input_shape)
        self._check_side_by_side(self._through("output_shape", input_shape))

    def check_shape(self, input_shape):
        """Check a shape for which the branches have not been built."""
        if self._built:
            self.create(input_shape, None)

    def output_shape(self, input_shape):
        """Add up the last lengths; None if one of them is not known."""
        shapes = self._through("output_shape", input_shape)
        if None in shapes:
            return None
        last = [shape[-1] for shape in shapes]
        return (*shapes[0][:-1], None if None in last else sum(last))

    def forward(self, x):
        """Return the branches' outputs as one array."""
        outputs = [
            within(f"branches.{i}", one_output, branch, x) for i, branch in enumerate(self.branches)
        ]
        self._check_side_by_side([y.shape[1:] for y in outputs])
        kinds = [y.dtype for y in outputs if y.dtype.kind == "f"]
        if kinds:  # else NumPy would make float64 of float32 beside integers
            outputs = [y if y.dtype.kind == "f" else y.astype(kinds[0]) for y in outputs]
        return np.concatenate(outputs, axis=-1)

    def _through(self, method, x) -> list:
        return [
            within(f"branches.{i}", getattr(branch, method), x)
            for i, branch in enumerate(self.branches)
        ]

    def _check_side_by_side(self, shapes):
        first = shapes[0]
        for i, shape in enumerate(shapes):
            known = shape is not None and first is not None
            if shape == () or (known and not agree(shape[:-1], first[:-1])):
                raise ValueError(
                    f"branches.{i}: returns samples of shape {shape}, and branches.0 {first}: to stand side by "
                    "side they need all lengths but the last in common, and at least one axis."
                )
