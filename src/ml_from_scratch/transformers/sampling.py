r"""Choosing the next token from its logits: at random, but not too much so.

.. math::
    z_k &\leftarrow z_k / \theta \text{ if } z_k > 0 \text{ else } z_k \, \theta, \quad
        k \text{ written before}                                                    \tag{1} \\
    z &\leftarrow z / \tau                                                          \tag{2} \\
    z_k &\leftarrow -\infty \text{ unless } z_k \text{ is among the } K \text{ largest}     \tag{3} \\
    z_k &\leftarrow -\infty \text{ if those above } z_k \text{ have a probability of } P \text{ or more} \tag{4} \\
    i &\sim \mathrm{softmax}(z)                                                     \tag{5}

:math:`\theta` is the repetition penalty, :math:`\tau` the temperature: below 1 it sharpens, at 0 the
largest logit is taken. (3) is called top-k, (4) top-p or nucleus sampling: of the most likely tokens, as
many as it takes to have the probability P.

Sources: (1) Keskar et al. 2019, "CTRL", section 4.1; (3) Fan et al. 2018, "Hierarchical neural story
generation", section 5.1; (4) Holtzman et al. 2020, "The curious case of neural text degeneration",
section 3.1.
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch.core.checks import check_number
from ml_from_scratch.core.functions import softmax


class Sampler:
    """How tokens are chosen; called with logits (batch, vocab_size) it returns tokens (batch,).

    Parameters
    ----------
    temperature : float
        0 takes the most likely token each time; 1 draws from the model's distribution.
    top_k : int, optional
        Draw among so many most likely tokens (and those that tie with the last of them).
    top_p : float, optional
        Draw among the most likely tokens that together have this probability, above 0 to 1.
    repetition_penalty : float
        What logits of tokens that were written before are divided by, or multiplied if negative; 1 is
        none.

    Examples
    --------
    >>> logits = np.log([[0.1, 0.6, 0.3]])
    >>> Sampler(temperature=0)(logits).tolist()
    [1]
    >>> np.exp(Sampler(top_p=0.5).adjusted(logits)).round(2).tolist()
    [[0.0, 0.6, 0.0]]
    """

    def __init__(self, temperature=1.0, top_k=None, top_p=None, repetition_penalty=1.0):
        self.temperature = check_number("temperature", temperature, least=0)
        self.top_k = check_number("top_k", top_k, least=1, integer=True, optional=True)
        self.top_p = check_number("top_p", top_p, above=0, most=1, optional=True)
        self.repetition_penalty = check_number("repetition_penalty", repetition_penalty, above=0)

    def __call__(self, logits, previous=None, rng=None):
        """Choose a token for each row.

        Parameters
        ----------
        logits : (batch, vocab_size)
        previous : integers (batch, time), optional
            What was written before, for the repetition penalty.
        rng : Generator
            May be left out at the temperature 0.
        """
        z = self.adjusted(logits, previous)
        if self.temperature == 0:
            return np.argmax(z, axis=-1)
        p = np.cumsum(softmax(z.astype(np.float64)), axis=-1)
        u = rng.random((len(p), 1)) * p[:, -1:]
        return np.sum(p <= u, axis=-1)  # (5)

    def adjusted(self, logits, previous=None):
        """Return the logits after (1) to (4), a new array; at the temperature 0 only (1)."""
        z = np.array(logits)
        if previous is not None and self.repetition_penalty != 1.0:
            _discourage(z, previous, self.repetition_penalty)
        if self.temperature == 0:
            return z
        z /= self.temperature  # (2)
        if self.top_k is not None and self.top_k < z.shape[-1]:
            least = np.partition(z, -self.top_k, axis=-1)[:, -self.top_k, None]
            z[z < least] = -np.inf  # (3)
        if self.top_p is not None and self.top_p < 1:
            z[~_nucleus(z, self.top_p)] = -np.inf  # (4)
        return z


def _discourage(z, previous, penalty):
    """Make the logits of tokens that were written before smaller, in place."""
    for row, tokens in zip(z, previous):
        seen = np.unique(tokens)
        row[seen] = np.where(row[seen] > 0, row[seen] / penalty, row[seen] * penalty)  # (1)


def _nucleus(z, P):
    """Whether each token is among the most likely ones that together have the probability P."""
    order = np.argsort(-z, axis=-1, kind="stable")
    p = np.take_along_axis(softmax(z), order, axis=-1)
    inside = np.empty(z.shape, bool)
    np.put_along_axis(inside, order, np.cumsum(p, axis=-1) - p < P, axis=-1)  # (4)
    return inside
