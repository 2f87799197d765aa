r"""Sequences that ask a recurrent network for one thing each: to add, to go on, to remember.

.. math::

    \text{adding: } y &= v_i + v_j, \qquad v_t \sim \mathcal U(0, 1) \tag{1} \\
    \text{sine: } x_t &= \sin\big(2\pi (t / p + \varphi)\big) + \varepsilon_t, \quad
        y_t = x_{t+1} \tag{2}

with :math:`i, j` the two marked places, :math:`p` the wave's period in steps, :math:`\varphi`
its phase and :math:`\varepsilon_t \sim \mathcal N(0, \sigma^2)`. All arrays have the axes
(sample, time, channel).
"""

from __future__ import annotations

import numpy as np

from ..core.random import as_generator
from ._arguments import check_count, check_noise


def make_adding_problem(n_samples=100, length=50, *, random_state=None):
    """Draw sequences of numbers of which the two marked ones are to be added: equation (1).

    One mark lies in the first half and one in the second, so the network must hold a number over
    many steps. Always answering 1 has a mean squared error of 1/6: a network that stays there has
    learned nothing.

    Parameters
    ----------
    n_samples : int
        How many sequences.
    length : int
        Steps in each, at least 2.
    random_state : None, int, Generator or RandomState
        The same seed gives the same data.

    Returns
    -------
    X : ndarray of float64, shape (n_samples, length, 2)
        At each step a number between 0 and 1, and a mark: 1 at two steps, otherwise 0.
    y : ndarray of float64, shape (n_samples, 1)

    Raises
    ------
    ValueError, TypeError
        If a count is out of range or of the wrong type.

    References
    ----------
    S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural Computation 9 (1997),
    experiment 4; in the simpler form (numbers from 0 to 1, plain sum, fixed length) of Q. Le,
    N. Jaitly and G. Hinton, "A simple way to initialize recurrent networks of rectified linear
    units" (2015).

    Examples
    --------
    >>> X, y = make_adding_problem(n_samples=3, length=8, random_state=0)
    >>> values, marks = X[..., 0], X[..., 1]
    >>> marks.sum(axis=1).tolist(), bool(np.all(y[:, 0] == (values * marks).sum(axis=1)))
    ([2.0, 2.0, 2.0], True)
    """
    n_samples = check_count("n_samples", n_samples)
    length = check_count("length", length, least=2)
    rng = as_generator(random_state)
    v, marks = rng.random((n_samples, length)), np.zeros((n_samples, length))
    rows = np.arange(n_samples)
    i = rng.integers(0, length // 2, size=n_samples)
    j = rng.integers(length // 2, length, size=n_samples)
    marks[rows, i] = marks[rows, j] = 1.0
    y = v[rows, i] + v[rows, j]  # (1)
    return np.stack([v, marks], axis=-1), y[:, None]


def make_sine_waves(
    n_samples=100, length=50, *, periods=(10.0, 40.0), noise=0.0, random_state=None
):
    """Draw sine waves, and for each step the value that comes next: equation (2).

    Parameters
    ----------
    n_samples : int
        How many waves.
    length : int
        Steps in each.
    periods : pair of float
        The shortest and the longest period, in steps; each wave draws one, and a phase.
    noise : float
        Standard deviation of the Gaussian noise on every value.
    random_state : None, int, Generator or RandomState
        The same seed gives the same data.

    Returns
    -------
    X, y : ndarray of float64, both of shape (n_samples, length, 1)
        ``y[:, t]`` is ``X[:, t + 1]``. To predict only the end, use ``y[:, -1]``.

    Raises
    ------
    ValueError, TypeError
        If a count, the periods or the noise are out of range or of the wrong type.

    Examples
    --------
    >>> X, y = make_sine_waves(n_samples=2, length=30, random_state=0)
    >>> X.shape, bool(np.all(X[:, 1:] == y[:, :-1]))
    ((2, 30, 1), True)
    """
    n_samples, length = check_count("n_samples", n_samples), check_count("length", length)
    shortest, longest = periods
    if not 0 < shortest <= longest < float("inf"):
        raise ValueError(f"periods must be (shortest, longest), above 0; got {periods}.")
    rng = as_generator(random_state)
    p = rng.uniform(shortest, longest, size=(n_samples, 1))
    phi = rng.random((n_samples, 1))
    t = np.arange(length + 1)
    x = np.sin(2 * np.pi * (t / p + phi))  # (n_samples, length + 1)  (2)
    x += check_noise(noise) * rng.standard_normal(x.shape)  # (2)
    return x[:, :-1, None], x[:, 1:, None]  # (2)


def make_copy_memory(n_samples=100, delay=20, *, n_symbols=8, n_copied=10, random_state=None):
    """Draw symbols to be remembered over a delay and then repeated, in order.

    A sequence has ``delay + 2 * n_copied`` steps: the symbols, ``delay`` steps of blanks of which
    the last is a signal to start, and blanks while the network writes. The answer is blank until
    the signal has been seen. Answering blanks, then any symbol, costs a cross-entropy of
    ``n_copied * log(n_symbols) / (delay + 2 * n_copied)`` a step: the figure to beat.

    Parameters
    ----------
    n_samples : int
        How many sequences.
    delay : int
        Steps between the last symbol and the first answer, at least 1.
    n_symbols : int
        How many symbols there are; they are classes 1 to n_symbols. Class 0 is the blank, and
        class n_symbols + 1 the signal.
    n_copied : int
        How many symbols are to be remembered.
    random_state : None, int, Generator or RandomState
        The same seed gives the same data.

    Returns
    -------
    X : ndarray of float64, shape (n_samples, delay + 2 * n_copied, n_symbols + 2)
        One-hot.
    y : ndarray of int, shape (n_samples, delay + 2 * n_copied)
        The class that is to be answered at each step.

    Raises
    ------
    ValueError, TypeError
        If a count is out of range or of the wrong type.

    References
    ----------
    S. Hochreiter and J. Schmidhuber (1997), as above; the form of M. Arjovsky, A. Shah and
    Y. Bengio, "Unitary evolution recurrent neural networks" (2016), section 5.1.

    Examples
    --------
    >>> X, y = make_copy_memory(1, delay=3, n_symbols=2, n_copied=2, random_state=0)
    >>> X.argmax(axis=-1).tolist(), y.tolist()
    ([[2, 2, 0, 0, 3, 0, 0]], [[0, 0, 0, 0, 0, 2, 2]])
    """
    n_samples, delay = check_count("n_samples", n_samples), check_count("delay", delay)
    n_symbols, n_copied = check_count("n_symbols", n_symbols), check_count("n_copied", n_copied)
    symbols = as_generator(random_state).integers(1, n_symbols + 1, size=(n_samples, n_copied))
    asked = np.zeros((n_samples, delay + 2 * n_copied), dtype=int)
    answer = np.zeros_like(asked)
    asked[:, :n_copied] = answer[:, -n_copied:] = symbols
    asked[:, n_copied + delay - 1] = n_symbols + 1
    return np.eye(n_symbols + 2)[asked], answer
