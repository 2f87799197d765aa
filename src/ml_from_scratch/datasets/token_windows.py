"""Windows of a long text, as a language model learns from them: some tokens, and what comes next.

A window that begins at s, with a context of T tokens, is x = tokens[s : s + T] and
y = tokens[s + 1 : s + 1 + T]: the target of each place is the token that follows it. Both classes are
sources of data (see :mod:`~ml_from_scratch.datasets.samples`), for a training loop; the text may be an
array, or the part of a file that is mapped into memory.
"""

from __future__ import annotations

import numpy as np

from ._arguments import check_count


class TokenWindows:
    """Windows that lie side by side, so that an epoch goes over the text once.

    Parameters
    ----------
    tokens : ndarray of int, shape (n,), or TokenFile
        The text.
    context_length : int
        Tokens in a window.
    stride : int, optional
        From the start of one window to the next; context_length unless given, so that every token
        but the first is a target once. What is left at the end and fills no window is left out.

    Attributes
    ----------
    n_samples : int
        How many windows there are.

    Raises
    ------
    ValueError
        If the text is too short for one window.

    Examples
    --------
    >>> windows = TokenWindows(np.arange(10), context_length=4)
    >>> x, y = windows.take(np.array([1]))
    >>> windows.n_samples, x.tolist(), y.tolist()
    (2, [[4, 5, 6, 7]], [[5, 6, 7, 8]])
    """

    def __init__(self, tokens, context_length, stride=None):
        self.tokens, self.context_length = _checked(tokens, context_length)
        self.stride = check_count("stride", context_length if stride is None else stride)
        self.n_samples = (len(self.tokens) - self.context_length - 1) // self.stride + 1

    def take(self, index):
        """Return (x, y) of int64, each of shape (len(index), context_length)."""
        return windows_at(self.tokens, np.asarray(index) * self.stride, self.context_length)


class RandomTokenWindows:
    """Windows that begin anywhere, drawn at random: the way in which large texts are learnt.

    An epoch is as many windows as are asked for, drawn with replacement from the generator of the
    training run, so that a run is resumed at the very same windows.

    Parameters
    ----------
    tokens : ndarray of int, shape (n,), or TokenFile
        The text.
    context_length : int
        Tokens in a window.
    n_samples : int
        Windows in an epoch: for 1000 steps with batches of 64, 64_000.

    Raises
    ------
    ValueError
        If the text is too short for one window.

    References
    ----------
    A. Karpathy, nanoGPT (2022), draws its batches in this way.

    Examples
    --------
    >>> windows = RandomTokenWindows(np.arange(1000), context_length=3, n_samples=2)
    >>> x, y = windows.take(windows.order(np.random.default_rng(0)))
    >>> x.tolist(), y.tolist()
    ([[848, 849, 850], [635, 636, 637]], [[849, 850, 851], [636, 637, 638]])
    """

    def __init__(self, tokens, context_length, n_samples):
        self.tokens, self.context_length = _checked(tokens, context_length)
        self.n_samples = check_count("n_samples", n_samples)

    def order(self, rng):
        """Return the places where the windows of an epoch begin, shape (n_samples,)."""
        return rng.integers(0, len(self.tokens) - self.context_length, self.n_samples)

    def take(self, index):
        """Return (x, y) of int64 for windows that begin at these places."""
        return windows_at(self.tokens, np.asarray(index), self.context_length)


def windows_at(tokens, starts, context_length):
    """Return (x, y): windows that begin at ``starts``, and the same moved on by one token.

    >>> x, y = windows_at(np.array([5, 6, 7, 8]), np.array([0, 1]), 2)
    >>> x.tolist(), y.tolist()
    ([[5, 6], [6, 7]], [[6, 7], [7, 8]])
    """
    window = tokens[starts[:, None] + np.arange(context_length + 1)].astype(np.int64)  # (B, T + 1)
    return window[:, :-1].copy(), window[:, 1:].copy()


def _checked(tokens, context_length):
    """Return (the text as a plain array, its context length)."""
    tokens = np.asarray(getattr(tokens, "tokens", tokens))
    context_length = check_count("context_length", context_length)
    if tokens.ndim != 1 or tokens.dtype.kind not in "iu":
        raise TypeError(
            f"tokens are integers of shape (n,); got shape {tokens.shape} and dtype {tokens.dtype}."
        )
    if len(tokens) <= context_length:
        raise ValueError(
            f"a window of {context_length} tokens and their targets needs {context_length + 1} tokens; the "
            f"text has {len(tokens)}. Take a smaller context_length."
        )
    return tokens, context_length
