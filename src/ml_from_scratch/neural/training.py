"""Training: one function makes a gradient step, and one loop makes the steps, over batches and epochs.

Both work with any Module and any loss: what is to be made small is a function of a batch,
``compute_loss(*batch)``, that returns a Tensor, or a Tensor and a dict of numbers to report.
``neural.Model.fit`` is a thin layer over this file.

A run can be stopped anywhere and resumed bit for bit: its state holds weights, buffers, the
optimiser, every generator, the epoch, the place in the shuffle and the callbacks' own states. The
shuffle is kept as the generator's state at the start of the epoch: drawn again, the same batches come,
and those that were seen are passed over.
"""

from __future__ import annotations

import itertools
import math
import time

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core import Module, Tensor
from ml_from_scratch.core.checks import check_number
from ml_from_scratch.core.random import as_generator
from ml_from_scratch.datasets.batches import batch_indices

from .history import History
from .nonfinite import NonFiniteError, describe_gradients, describe_origin, is_finite


class GradientStep:
    """One step down the gradient: forward, backward, clip, step, and a look whether all is finite.

    Parameters
    ----------
    optimizer : Optimizer
        Attached to the parameters.
    clip : callable, optional
        What is done to the parameters' gradients before the step: ``ClipByGlobalNorm(1.0)``.

    Examples
    --------
    >>> from ml_from_scratch.core import Parameter
    >>> from ml_from_scratch.optimizers import SGD
    >>> w = Parameter([3.0])
    >>> step = GradientStep(SGD(learning_rate=0.25).attach([w]))
    >>> [step(lambda: np.sum(w * w))[0] for _ in range(3)], w.data.tolist()
    ([9.0, 2.25, 0.5625], [0.375])
    """

    def __init__(self, optimizer, clip=None):
        self.optimizer, self.clip = optimizer, clip

    def __call__(self, compute_loss, *batch) -> tuple[float, dict]:
        """Make the step for a batch; return the loss before it, and what else was reported.

        Raises
        ------
        NonFiniteError
            If the loss, a gradient or a new weight is NaN or infinite; the weights stay as they were.
        """
        self.optimizer.zero_grad()
        with np.errstate(all="ignore"):  # what overflows is found, and told with its place
            result = compute_loss(*batch)
            loss, report = result if isinstance(result, tuple) else (result, {})
            value = self._checked(loss)
            loss.backward()
            self._step(self._clipped_and_checked())
        return value, report

    @property
    def flats(self) -> list:
        """The flat vectors of all groups of parameters."""
        return [group.flat for group in self.optimizer.groups]

    def _checked(self, loss) -> float:
        if not isinstance(loss, Tensor) or loss.size != 1:
            got = f"shape {loss.shape}" if isinstance(loss, Tensor) else f"a {type(loss).__name__}"
            raise TypeError(
                f"the loss of a batch is a Tensor that holds one number; got {got}. It must be "
                "computed from the parameters, outside no_grad(), and reduced with a sum or a mean."
            )
        if not is_finite(loss.data):
            raise NonFiniteError(describe_origin(loss))
        return loss.item()

    def _clipped_and_checked(self) -> list:
        """Clip the gradients; return, for each group, the sum of their squares."""
        if self.clip is not None:
            self.clip([p for flat in self.flats for p in flat.parameters])
        squares = []
        for flat in self.flats:
            parts = [flat.gradient[part] for part in flat.trained()]
            squares.append(sum(part.dot(part).item() for part in parts))
            if not math.isfinite(squares[-1]) and not all(is_finite(part) for part in parts):
                raise NonFiniteError(describe_gradients(flat.parameters))
        return squares

    def _step(self, squares):
        """Step; with a net below, unless the numbers are far from where they could overflow."""
        flats = self.flats
        if all(map(self._is_calm, flats, squares, self.optimizer.learning_rates())):
            self.optimizer.step()
            return
        before = [flat.theta.copy() for flat in flats]
        self.optimizer.step()
        bad = [p.name for flat in flats for p in flat.parameters if not is_finite(p.data)]
        if not bad:
            return
        for flat, theta in zip(flats, before):
            flat.theta[...] = theta
            flat.mark_changed()
        raise NonFiniteError(
            "loss and gradients are finite, but the step would have overflowed "
            f"{', '.join(map(str, bad))}"
        )

    def _is_calm(self, flat, squares, rate) -> bool:
        far = float(np.finfo(flat.theta.dtype).max) ** 0.25
        divides_by_zero = getattr(self.optimizer, "eps", 1.0) == 0
        return math.sqrt(squares) < far and rate < far and not divides_by_zero


class Training:
    """A run of training: what is trained, on what, and how far it has come.

    Parameters
    ----------
    module : Module
        What is trained: it is switched to training mode, saved and restored.
    optimizer : Optimizer
        Attached to its parameters.
    compute_loss : callable
        Called with a batch: rows of every array in data.
    data : tuple of arrays
        Each of shape (n_samples, ...).
    batch_size : int
        Samples in a batch; the last one is smaller if they do not divide evenly, unless drop_last.
    rng : None, int or Generator
        Where the order of the samples comes from: a stream of its own.
    shuffle, drop_last : bool
        See ``datasets.batch_indices``.
    clip : callable, optional
        See GradientStep.
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
    values : dict
        What was measured in the last epoch that was finished.
    stop : str
        Why training is to end before its time; empty while it is not. Callbacks set it.

    Examples
    --------
    Any Module, any loss: here a line through two points.

    >>> from ml_from_scratch.core import Parameter
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
        clip=None,
        evaluate=None,
        callbacks=(),
        history=None,
    ):
        self.module, self.optimizer, self.compute_loss = module, optimizer, compute_loss
        self.data = tuple(data)
        self.n_samples = _common_length(self.data)
        self.batch_size = check_number("batch_size", batch_size, least=1, integer=True)
        self.rng, self.shuffle, self.drop_last = as_generator(rng), shuffle, drop_last
        self.evaluate, self.callbacks = evaluate, list(callbacks)
        self.history = History() if history is None else history
        self.gradient_step = GradientStep(optimizer, clip)
        self.first_epoch = self.epoch = len(self.history)
        self.last_epoch = self.epoch
        self.batch = self.n_steps = 0
        self.stop = ""
        self.values: dict = {}
        self._totals: dict = {}
        self._order_state = self.rng.bit_generator.state

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
        self._order_state = self.rng.bit_generator.state
        batches = batch_indices(
            self.n_samples, self.batch_size, self.rng, self.shuffle, self.drop_last
        )
        self._tell("on_epoch_begin")
        for index in itertools.islice(batches, self.batch, None):
            self._run_step(index)
        self._finish_epoch(start)

    def _run_step(self, index):
        batch = [array.take(backend.like(index, array), axis=0) for array in self.data]
        try:
            loss, report = self.gradient_step(self.compute_loss, *batch)
        except NonFiniteError as error:
            raise NonFiniteError(error.place, self.epoch + 1, self.batch + 1) from None
        self.batch += 1
        self.n_steps += 1
        self._add("loss", loss, len(index))
        for name, value in report.items():
            self._add(name, value, len(index))
        self._tell("on_step_end")

    def _add(self, name, value, n):
        total, weight = self._totals.get(name, (0.0, 0))
        self._totals[name] = (total + float(value) * n, weight + n)

    def averages(self) -> dict:
        """Return the means over the samples of this epoch's batches so far."""
        return {name: total / weight for name, (total, weight) in self._totals.items()}

    def _finish_epoch(self, start):
        self.values = self.averages()
        if self.evaluate is not None:
            self.values.update(self.evaluate())
        tell_plateaus(self.optimizer, self.values.get("val_loss", self.values["loss"]))
        self.history.append(self.values, time.perf_counter() - start)
        self.epoch += 1
        self.batch, self._totals = 0, {}
        self._tell("on_epoch_end")

    def _tell(self, event):
        for callback in self.callbacks:
            getattr(callback, event)(self)

    # ---- state -----------------------------------------------------------------------------------------
    def state_dict(self) -> dict:
        """Return all that is needed to go on bit for bit, in arrays and plain values."""
        order = self._order_state if self.batch else self.rng.bit_generator.state
        return {
            "progress": {
                "first_epoch": self.first_epoch,
                "epoch": self.epoch,
                "batch": self.batch,
                "n_steps": self.n_steps,
                "stop": self.stop,
                "totals": {name: list(pair) for name, pair in self._totals.items()},
            },
            "setting": self._setting(),
            "order": order,
            "module": self.module.state_dict(),
            "generators": {
                name: rng.bit_generator.state for name, rng in generators(self.module).items()
            },
            "optimizer": self.optimizer.state_dict(),
            "history": self.history.state_dict(),
            "callbacks": [
                {"kind": type(callback).__name__, "state": callback.state_dict()}
                for callback in self.callbacks
                if callback.state_dict() is not None
            ],
        }

    def load_state_dict(self, state: dict) -> None:
        """Go back to where ``state_dict`` was called, in a run that was set up in the same way.

        Raises
        ------
        ValueError
            If data, batches, callbacks or the module are others than those of the saved run.
        """
        self._check_setting(state)
        self.module.load_state_dict(state["module"])
        self.optimizer.load_state_dict(state["optimizer"])
        set_generators(self.module, state["generators"])
        self.rng.bit_generator.state = self._order_state = state["order"]
        self.history.load_state_dict(state["history"])
        progress = dict(state["progress"])
        self._totals = {name: tuple(pair) for name, pair in progress.pop("totals").items()}
        vars(self).update(progress)
        for callback, saved in zip(self._with_state(), state["callbacks"]):
            callback.load_state_dict(saved["state"])

    def _setting(self) -> dict:
        names = ("n_samples", "batch_size", "shuffle", "drop_last")
        return {name: getattr(self, name) for name in names}

    def _with_state(self) -> list:
        return [callback for callback in self.callbacks if callback.state_dict() is not None]

    def _check_setting(self, state):
        pairs = [(name, state["setting"].get(name), own) for name, own in self._setting().items()]
        kinds = [type(callback).__name__ for callback in self._with_state()]
        pairs.append(("callbacks", [saved["kind"] for saved in state["callbacks"]], kinds))
        for name, saved, own in pairs:
            if saved != own:
                raise ValueError(
                    f"the saved run had {name} = {saved}, this one has {own}: resuming needs the same "
                    "data, settings and callbacks."
                )


def generators(module: Module) -> dict:
    """Return {dotted name: Generator} of all random generators that a module holds."""
    return {
        f"{path}.{name}": value
        for path, inner in module.named_modules()
        for name, value in vars(inner).items()
        if isinstance(value, np.random.Generator)
    }


def set_generators(module: Module, states: dict) -> None:
    """Give all generators the states that they had when ``generators`` was asked."""
    modules = dict(module.named_modules())
    for name in generators(module).keys() - states.keys():
        path, _, attribute = name.rpartition(".")
        setattr(modules[path], attribute, None)  # it had not been made yet
    for name, state in states.items():
        path, _, attribute = name.rpartition(".")
        rng = getattr(modules[path], attribute.lstrip("_"))  # a layer makes its own when asked
        rng.bit_generator.state = state


def tell_plateaus(optimizer, loss) -> None:
    """Tell the schedules that want to know how training goes what the loss is, once in an epoch."""
    rates = [group.options.get("learning_rate") for group in optimizer.groups]
    for rate in {id(rate): rate for rate in [optimizer.learning_rate, *rates]}.values():
        while rate is not None:
            if hasattr(rate, "tell"):
                rate.tell(loss)
            rate = getattr(rate, "schedule", None)


def _common_length(data) -> int:
    lengths = {len(array) for array in data}
    if len(lengths) != 1 or lengths == {0}:
        shapes = ", ".join(str(array.shape) for array in data)
        raise ValueError(
            f"training needs arrays with one common number of samples, at least 1; got ({shapes})."
        )
    return lengths.pop()
