"""Training: a loop that makes gradient steps, over batches and epochs, and can be stopped and resumed.

It works with any Module and any loss: what is to be made small is a function of a batch,
``compute_loss(*batch)``, that returns a Tensor, or a Tensor and a dict of numbers to report. The step
itself is in ``step.py``. ``neural.Model.fit`` is a thin layer over this file.

A run can be stopped anywhere and resumed bit for bit: what it remembers is in ``resumable.py``. The
shuffle is kept as the generator's state at the start of the epoch: drawn again, the same batches come,
and those that were seen are passed over.
"""

from __future__ import annotations

import copy
import itertools
import math
import time

from ml_from_scratch.core.checks import check_number
from ml_from_scratch.core.random import as_generator
from ml_from_scratch.datasets.batches import batch_indices, cut
from ml_from_scratch.datasets.samples import as_source

from .history import History
from .nonfinite import NonFiniteError
from .resumable import Resumable
from .step import GradientStep


class Training(Resumable):
    """A run of training: what is trained, on what, and how far it has come.

    Parameters
    ----------
    module : Module
        What is trained: it is switched to training mode, saved and restored.
    optimizer : Optimizer
        Attached to its parameters.
    compute_loss : callable
        Called with a batch, rows of every array in data: ``compute_loss(*batch)``, or
        ``compute_loss(**batch)`` for a dict. In what it reports, "weight" is how much the batch
        counts among others, where that is not its number of samples (a number of tokens, say).
    data : tuple or dict of arrays, or a source of data
        Each array of shape (n_samples, ...); a source has ``n_samples`` and ``take(index)``, see
        ``datasets.samples``.
    batch_size : int
        Samples in a batch; the last one is smaller if they do not divide evenly, unless drop_last.
    rng : None, int or Generator
        Where the order of the samples comes from: a stream of its own.
    shuffle, drop_last : bool
        See ``datasets.batch_indices``.
    accumulate : int
        How many batches make one step together, as if they were one batch: see GradientStep. What
        is left of them at the end of an epoch makes a step of its own.
    augment : callable, optional
        Called as ``augment(batch, rng)``, returns the batch to learn from. Its random numbers come
        from the run's generator.
    clip : callable, optional
        See GradientStep.
    metrics : dict of str to Metric, optional
        What compute_loss updates; reset when an epoch begins, and their results join its numbers.
    evaluate : callable, optional
        Called after each epoch; the numbers in the dict it returns go to the history.
    callbacks : sequence of Callback
        Called in this order.
    history : History, optional
        To be continued.

    Attributes
    ----------
    epoch : int
        Epochs finished, in this run and those whose history it continues.
    batch : int
        Batches finished in the present epoch.
    n_steps : int
        Steps made in this run.
    loss : float
        Of the last batch.
    values : dict
        What was measured in the last epoch that was finished.
    stop : str
        Why training is to end before its time; empty while it is not. Callbacks set it.

    Examples
    --------
    Any Module, any loss: here a line through two points.

    >>> import numpy as np
    >>> from ml_from_scratch.core import Module, Parameter
    >>> from ml_from_scratch.optimizers import SGD
    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope = Parameter([0.0])
    ...     def forward(self, x):
    ...         return self.slope * x
    >>> line = Line()
    >>> def compute_loss(x, y):
    ...     return np.mean(np.square(line(x) - y))
    >>> run = Training(
    ...     line, SGD(learning_rate=0.1).attach(line.parameters()), compute_loss,
    ...     (np.array([1.0, 2.0]), np.array([3.0, 6.0])), batch_size=2,
    ... )
    >>> round(run.fit(epochs=50)["loss"][-1], 6), line.slope.data.round(6).tolist()
    (0.0, [3.0])
    """

    def __init__(
        self,
        module,
        optimizer,
        compute_loss,
        data,
        *,
        batch_size=32,
        rng=None,
        shuffle=True,
        drop_last=False,
        accumulate=1,
        augment=None,
        clip=None,
        metrics=None,
        evaluate=None,
        callbacks=(),
        history=None,
    ):
        self.module, self.optimizer, self.compute_loss = module, optimizer, compute_loss
        self.source = as_source(data)
        self.n_samples = self.source.n_samples
        if self.n_samples < 1:
            raise ValueError("training needs at least 1 sample; the data have none.")
        self.batch_size = check_number("batch_size", batch_size, least=1, integer=True)
        self.accumulate = check_number("accumulate", accumulate, least=1, integer=True)
        self.rng, self.shuffle, self.drop_last = as_generator(rng), shuffle, drop_last
        self.augment, self.metrics = augment, dict(metrics or {})
        self.evaluate, self.callbacks = evaluate, list(callbacks)
        self.history = History() if history is None else history
        self.gradient_step = GradientStep(optimizer, clip)
        self.first_epoch = self.epoch = len(self.history)
        self.last_epoch = self.epoch
        self.batch = self.n_steps = 0
        self.loss = math.nan
        self.stop = ""
        if not self.n_batches:
            raise ValueError(
                f"{self.n_samples} samples fill no batch of {self.batch_size}, and drop_last leaves out "
                "smaller ones. Take a smaller batch_size."
            )
        self.values: dict = {}
        self._totals: dict = {}
        self._order_state = None  # the generator's, when the epoch began; None between epochs

    @property
    def n_batches(self) -> int:
        """Batches in an epoch."""
        whole, rest = divmod(self.n_samples, self.batch_size)
        return whole + (1 if rest and not self.drop_last else 0)

    # ---- the loop ------------------------------------------------------------------------------------
    def fit(self, epochs, resume_from=None) -> History:
        """Train for some epochs.

        Parameters
        ----------
        epochs : int
            How many, counted from where this run began: an interrupted run that is resumed with the
            same number ends where it would have ended.
        resume_from : dict, optional
            A state to go on from, as ``state_dict`` returns it.

        Raises
        ------
        NonFiniteError
            At the first NaN or infinity, saying where it began.
        """
        check_number("epochs", epochs, least=0, integer=True)
        if resume_from is not None:
            self.load_state_dict(resume_from)
        self.last_epoch = self.first_epoch + epochs
        self._tell("on_fit_begin")
        try:
            while self.epoch < self.last_epoch and not self.stop:
                self._run_epoch()
        except BaseException:
            self._tell("on_error")
            raise
        self._tell("on_fit_end")
        return self.history

    def _run_epoch(self):
        start = time.perf_counter()
        self.module.train()
        batches = self.order()
        if not self.batch:
            for metric in self.metrics.values():
                metric.reset()
        self._tell("on_epoch_begin")
        for index in itertools.islice(batches, self.batch, None):
            self._run_batch(index)
        self._finish_epoch(start)

    def order(self):
        """Return the positions of the samples, batch by batch; of an epoch that was begun, once more."""
        rng = self.rng
        if self._order_state is None:
            self._order_state = rng.bit_generator.state
        else:
            rng = copy.deepcopy(rng)  # its own state has moved on since
            rng.bit_generator.state = self._order_state
        if hasattr(self.source, "order"):
            return cut(self.source.order(rng), self.batch_size, self.drop_last)
        return batch_indices(self.n_samples, self.batch_size, rng, self.shuffle, self.drop_last)

    def take(self, index):
        """Return the batch at these positions, augmented."""
        batch = self.source.take(index)
        return batch if self.augment is None else self.augment(batch, self.rng)

    def _run_batch(self, index):
        batch = self.take(index)
        is_last = (self.batch + 1) % self.accumulate == 0 or self.batch + 1 == self.n_batches
        try:
            self.loss, report = self._learn(batch, len(index), is_last)
        except NonFiniteError as error:
            self.gradient_step.forget()
            raise NonFiniteError(error.place, self.epoch + 1, self.batch + 1) from None
        self.batch += 1
        self._add("loss", self.loss, report.get("weight", len(index)))
        for name, value in report.items():
            if name != "weight":
                self._add(name, value, len(index))
        if is_last:
            self.n_steps += 1
            self._tell("on_step_end")

    def _learn(self, batch, n, is_last):
        """Make a step, or a part of one; return the loss and the report."""
        step = self.gradient_step
        if self.accumulate > 1:
            found = step.add(self.compute_loss, batch, n)
            if is_last:
                step.finish()
            return found
        if isinstance(batch, dict):
            return step(self.compute_loss, **batch)
        return step(self.compute_loss, *batch)

    def _add(self, name, value, n):
        total, weight = self._totals.get(name, (0.0, 0))
        self._totals[name] = (total + float(value) * n, weight + n)

    def averages(self) -> dict:
        """Return the means over the samples of this epoch's batches so far."""
        return {name: total / weight for name, (total, weight) in self._totals.items()}

    def results(self) -> dict:
        """Return the same, and the results of the metrics."""
        return {**self.averages(), **{name: m.result() for name, m in self.metrics.items()}}

    def _finish_epoch(self, start):
        self.values = self.results()
        if self.evaluate is not None:
            self._tell("on_evaluation_begin")
            self.values.update(self.evaluate())
            self._tell("on_evaluation_end")
        tell_plateaus(self.optimizer, self.values.get("val_loss", self.values["loss"]))
        self.history.append(self.values, time.perf_counter() - start)
        self.epoch += 1
        self.batch, self._totals, self._order_state = 0, {}, None
        self._tell("on_epoch_end")

    def _tell(self, event):
        for callback in self.callbacks:
            getattr(callback, event)(self)


def tell_plateaus(optimizer, loss) -> None:
    """Tell the schedules that want to know how training goes what the loss is, once in an epoch."""
    rates = [group.options.get("learning_rate") for group in optimizer.groups]
    for rate in {id(rate): rate for rate in [optimizer.learning_rate, *rates]}.values():
        while rate is not None:
            if hasattr(rate, "tell"):
                rate.tell(loss)
            rate = getattr(rate, "schedule", None)
