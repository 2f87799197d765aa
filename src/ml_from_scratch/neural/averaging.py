r"""Averaged weights: the mean of where training has been lately is often a better place than its last step.

After step t = 0, 1, 2, ... with the weights :math:`\theta`,

.. math::
    \bar\theta &\leftarrow \bar\theta + (1 - d_t)(\theta - \bar\theta) \tag{1} \\
    d_t &= \min\Big(d, \frac{1 + t}{10 + t}\Big) \tag{2}

so that what lies k steps back counts :math:`d^k` as much as the present: a mean over about 1 / (1 - d)
steps. The warm-up (2) lets the first averages, of few steps, follow quickly.

Sources: Polyak and Juditsky 1992, "Acceleration of stochastic approximation by averaging", for averaging;
Kingma and Ba 2015, Adam, section 7.2, for the exponential mean; TensorFlow's ExponentialMovingAverage for (2).
"""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core.checks import check_number

from .callbacks import Callback

BLOCK = 16384  # numbers at a time, so that temporaries stay in cache


class ExponentialMovingAverage(Callback):
    """Keep an exponential moving average of the weights beside them.

    Training itself goes on as if it were not there. Buffers (running statistics) are not averaged. The
    average has the dtype of the weights: in float32 a decay above 0.9999 begins to lose small changes.

    Parameters
    ----------
    decay : float
        How much of the average stays at each step, d.
    warm_up : bool
        Whether the first averages follow quickly, by (2).
    evaluate : bool
        Whether the run evaluates the averaged weights after each epoch, so that ``val_loss`` and
        the like are theirs.

    Attributes
    ----------
    averages : list of arrays, or None
        One flat vector for each group of the optimiser's parameters.
    n_updates : int
        Steps that have gone in.

    Examples
    --------
    >>> from ml_from_scratch.losses import MSE
    >>> from ml_from_scratch.neural import Dense, Model
    >>> from ml_from_scratch.optimizers import SGD
    >>> x = np.linspace(-1.0, 1.0, 32)[:, None]
    >>> model = Model([Dense(1, input_dim=1)], seed=0)
    >>> model.compile(SGD(learning_rate=0.1), MSE())
    >>> average = ExponentialMovingAverage(decay=0.9)
    >>> history = model.fit(x, 3.0 * x, epochs=100, callbacks=[average], verbose=0)
    >>> with average.averaged():
    ...     model.evaluate(x, 3.0 * x)["loss"] < 1e-3
    True
    """

    def __init__(self, decay=0.999, warm_up=True, evaluate=False):
        self.decay = check_number("decay", decay, least=0, below=1)
        self.warm_up, self.evaluate = warm_up, evaluate
        self.averages, self.n_updates = None, 0
        self._flats: list = []
        self._swapped = False

    def rate(self) -> float:
        """Return d for the coming update."""
        t = self.n_updates
        return min(self.decay, (1.0 + t) / (10.0 + t)) if self.warm_up else self.decay  # (2)

    def update(self) -> None:
        """Take the weights as they are into the average."""
        share = 1.0 - self.rate()
        for flat, average in zip(self._flats, self.averages):
            for start in range(0, average.size, BLOCK):
                block = slice(start, start + BLOCK)
                average[block] += share * (flat.theta[block] - average[block])  # (1)
        self.n_updates += 1

    @contextmanager
    def averaged(self):
        """Give the module the averaged weights for a while: ``with average.averaged(): ...``."""
        self.swap()
        try:
            yield
        finally:
            self.swap()

    def swap(self) -> None:
        """Let weights and average change places; a second time undoes it.

        Raises
        ------
        RuntimeError
            If there is no average yet.
        """
        if self.averages is None or not self._flats:
            raise RuntimeError("there is no average yet: give this callback to a run of training.")
        for flat, average in zip(self._flats, self.averages):
            weights = np.array(flat.theta, like=flat.theta)
            flat.theta[...] = average
            average[...] = weights
            flat.mark_changed()
        self._swapped = not self._swapped

    # ---- events ------------------------------------------------------------------------------------
    def on_fit_begin(self, run):
        """Begin with the weights as they are, or go on with the average that there is."""
        self._flats = run.gradient_step.flats
        if self.averages is None:
            self.averages = [np.array(flat.theta, like=flat.theta) for flat in self._flats]
        sizes = [average.shape for average in self.averages]
        if sizes != [flat.theta.shape for flat in self._flats]:
            raise ValueError(
                "this average is of other weights: give each module that is trained one of its own."
            )
        self.averages = [backend.like(a, f.theta) for a, f in zip(self.averages, self._flats)]

    def on_step_end(self, run):
        """Update the average."""
        self.update()

    def on_evaluation_begin(self, run):
        """Evaluate the average, if that is wanted."""
        if self.evaluate:
            self.swap()

    def on_evaluation_end(self, run):
        """Give the weights back."""
        if self._swapped:
            self.swap()

    def on_error(self, run):
        """Give the weights back, should the error have come from an evaluation."""
        self.on_evaluation_end(run)

    def state_dict(self):
        """Return the average."""
        averages = self.averages and [np.array(a, like=a) for a in self.averages]
        return {"n_updates": self.n_updates, "averages": averages}

    def load_state_dict(self, state):
        """Remember it."""
        self.n_updates = state["n_updates"]
        self.averages = state["averages"] and [np.array(a, like=a) for a in state["averages"]]
