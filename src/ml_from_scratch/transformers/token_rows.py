"""What every reader of tokens checks: rows of tokens, one text each, that are not too long."""

from __future__ import annotations

from ml_from_scratch.core import raw
from ml_from_scratch.neural import Layer


class _ReadsTokens(Layer):
    """A layer for tokens (batch, time), with a ``context_length``; its table checks the tokens themselves."""

    too_long = ""  # what to do with a text of more than context_length tokens

    def check_shape(self, input_shape):
        """Check that a sample is a row of at most context_length tokens."""
        if len(input_shape) != 1 or (input_shape[0] or 0) > self.context_length:
            raise ValueError(
                f"{type(self).__name__} expects samples of shape (time,), with at most "
                f"context_length={self.context_length} tokens; got {input_shape}."
            )

    def accept(self, x):
        """Check that x is (batch, time), and not too long."""
        x, who, n = raw(x), type(self).__name__, self.context_length
        if x.ndim != 2:
            hint = " Add a batch axis: tokens[None]." if x.ndim == 1 else ""
            raise ValueError(f"{who} expects tokens (batch, time), got {tuple(x.shape)}.{hint}")
        if x.shape[1] > n:
            raise ValueError(
                f"this {who} sees at most context_length={n} tokens, and {x.shape[1]} arrived. "
                + self.too_long.format(n=n)
            )
        return x
