r"""Which learning rate? Try them all, from tiny to far too large, in one short run.

The rate rises from step to step by one factor, and the loss is watched:

.. math::
    \eta_t &= \eta_0 \left( \frac{\eta_{n-1}}{\eta_0} \right)^{t / (n - 1)} \tag{1} \\
    m_t &= \beta m_{t-1} + (1 - \beta) \ell_t, \qquad \tilde \ell_t = \frac{m_t}{1 - \beta^{t+1}} \tag{2}

At first nothing happens, then the smoothed loss :math:`\tilde\ell` falls, then it shoots up. A rate ten
times smaller than the one at its lowest point learns quickly and is still far from where it breaks.

Sources: L. Smith, "Cyclical learning rates for training neural networks" (2017), section 3.3, for the test;
J. Howard and S. Gugger's fastai (2018) for the exponential rise, the smoothing and the tenth.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from ml_from_scratch.core.checks import check_number
from ml_from_scratch.utils.plotting import plot_learning_rates

from .callbacks import Callback
from .nonfinite import NonFiniteError
from .rehearsal import rehearsal

FIRST = 5  # smoothed losses of fewer steps say little


def find_learning_rate(
    run, lowest=1e-6, highest=1.0, n_steps=100, smoothing=0.9, limit=4.0
) -> LearningRates:
    """Try learning rates on a run of training, which is then as it was, bit for bit.

    Parameters
    ----------
    run : Training
        From ``model.prepare(X, y, batch_size=...)``, say; not begun, or finished for now. All groups
        of parameters get the same rates.
    lowest, highest : float
        The first and the last rate.
    n_steps : int
        How many rates.
    smoothing : float
        Beta, from 0 to below 1.
    limit : float
        It ends when the smoothed loss is so many times the smallest one (of a positive loss).

    Returns
    -------
    rates : LearningRates
        ``rates.suggestion`` is a rate to begin with, ``rates.plot()`` shows why.

    Examples
    --------
    >>> from ml_from_scratch.losses import MSE
    >>> from ml_from_scratch.neural import Dense, Model
    >>> x = np.linspace(-1.0, 1.0, 64)[:, None]
    >>> model = Model([Dense(1, input_dim=1)], seed=0)
    >>> model.compile("sgd", MSE())
    >>> rates = find_learning_rate(model.prepare(x, 3.0 * x), lowest=1e-4, highest=100.0)
    >>> 0.01 < rates.suggestion < 1.0
    True
    """
    check_number("lowest", lowest, above=0)
    check_number("highest", highest, above=lowest)
    check_number("n_steps", n_steps, least=2 * FIRST, integer=True)
    check_number("smoothing", smoothing, least=0, below=1)
    check_number("limit", limit, above=1)
    rates = lowest * (highest / lowest) ** (np.arange(n_steps) / (n_steps - 1))  # (1)
    found = LearningRates(smoothing=smoothing)
    with rehearsal(run), suppress(_Enough, NonFiniteError):
        run.callbacks = [_Test(rates.tolist(), found, limit)]
        run.fit(epochs=n_steps)  # an epoch has a step at least
    return found


@dataclass(repr=False)
class LearningRates:
    """What came of trying learning rates.

    Attributes
    ----------
    rates : list of float
        Those that were tried.
    losses : list of float
        The loss of the batch before the step with each.
    smoothed : list of float
        The same, smoothed by (2).
    """

    smoothing: float
    rates: list = field(default_factory=list)
    losses: list = field(default_factory=list)
    smoothed: list = field(default_factory=list)
    mean: float = field(default=0.0)

    def add(self, rate, loss) -> None:
        """Note the loss that was found before the step with a rate."""
        beta = self.smoothing
        self.rates.append(rate)
        self.losses.append(loss)
        self.mean = beta * self.mean + (1.0 - beta) * loss  # (2)
        self.smoothed.append(self.mean / (1.0 - beta ** len(self.losses)))  # (2)

    @property
    def suggestion(self) -> float:
        """A tenth of the rate at which the smoothed loss was smallest.

        Raises
        ------
        ValueError
            If the loss never fell.
        """
        lowest = int(np.argmin(self.smoothed)) if self.smoothed else 0
        if lowest < FIRST:
            raise ValueError(
                f"the loss did not fall at any of {len(self.rates)} rates: begin with a smaller lowest rate, "
                "or, if nothing happened at all, go on to a larger highest one."
            )
        return self.rates[lowest] / 10.0

    def plot(self, ax=None):
        """Draw losses over rates, with the suggestion; return the axes (needs matplotlib)."""
        return plot_learning_rates(self.rates, self.losses, self.smoothed, self.suggestion, ax=ax)

    def __repr__(self):
        try:
            told = f"suggestion {self.suggestion:.3g}"
        except ValueError:
            told = "the loss did not fall"
        return f"<LearningRates: {len(self.rates)} tried; {told}>"


class _Enough(Exception):
    """There is nothing more to see."""


class _Test(Callback):
    """Set the rate of every step, note its loss, and end the run."""

    def __init__(self, rates, found, limit):
        self.rates, self.found, self.limit = rates, found, limit

    def on_fit_begin(self, run):
        """Set the first rate."""
        self._set(run, self.rates[0])

    def on_step_end(self, run):
        """Note the loss, and set the next rate."""
        found = self.found
        found.add(self.rates[len(found.rates)], run.loss)
        best = min(found.smoothed)
        if len(found.rates) == len(self.rates):
            raise _Enough
        if len(found.rates) > FIRST and found.smoothed[-1] > self.limit * best > 0:
            raise _Enough
        self._set(run, self.rates[len(found.rates)])

    def _set(self, run, rate):
        run.optimizer.learning_rate = rate
        for group in run.optimizer.groups:
            group.options = {**group.options, "learning_rate": rate}
