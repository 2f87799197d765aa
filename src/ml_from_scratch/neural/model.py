"""Model: layers in a row with everything around them: compile, fit, evaluate, predict, save, load.

>>> import numpy as np
>>> from ml_from_scratch.losses import MSE
>>> from ml_from_scratch.neural import Dense, Model, Tanh
>>> from ml_from_scratch.optimizers import Adam
>>> x = np.linspace(-1.0, 1.0, 64)[:, None]
>>> model = Model([Dense(16, input_dim=1), Tanh(), Dense(1)], seed=0)
>>> model.compile(optimizer=Adam(learning_rate=0.01), loss=MSE())
>>> history = model.fit(x, x**2, epochs=100, batch_size=16, verbose=0)
>>> history["loss"][-1] < 0.01 < history["loss"][0]
True
"""

from __future__ import annotations

from functools import partial

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core import Tensor, no_grad
from ml_from_scratch.core.checks import check_number
from ml_from_scratch.datasets.augmentation.base import change_pair
from ml_from_scratch.losses import Loss
from ml_from_scratch.losses import get as get_loss
from ml_from_scratch.optimizers import get as get_optimizer

from . import storage
from .arrays import as_array, as_data, split, that_count
from .history import History
from .layer import all_built, as_seed, layers_in, seed_layers
from .metrics import as_metric, measure, predicted_classes
from .progress import Progress
from .regularizers import penalty
from .sequential import Sequential
from .streaming import Metric
from .summary import summarize
from .training import Training

SHUFFLE, SPLIT = (0, 1), (0, 2)  # streams of the seed; those of the layers are (1,), (2,), ...


class Model(Sequential):
    """Layers in a row that can be trained, asked, saved and loaded.

    Parameters
    ----------
    layers : list of Module, optional
        To begin with; ``add`` puts more behind them.
    seed : int, optional
        Where weights, dropout, shuffling and ``validation_split`` come from. None draws one from fresh
        entropy; it is shown by ``repr`` and ``summary``, so that any run can be repeated.
    dtype : floating dtype
        Of the weights. Floating inputs and targets are converted to it.

    Attributes
    ----------
    history : History
        Of all training so far.
    """

    def __init__(self, layers=None, seed=None, dtype=np.float32):
        self.dtype = np.dtype(dtype)
        if self.dtype.kind != "f":
            raise TypeError(f"a model computes in a floating dtype; got {self.dtype}.")
        self.optimizer = self.loss = self.clip = None
        self.metrics: list = []
        self.history = History()
        self._groups, self._shuffling, self._weighs = None, None, False
        super().__init__(layers, as_seed(seed))

    def add(self, layer) -> None:
        """Put a layer behind the others.

        Raises
        ------
        TypeError
            If it is no Module: a class without its brackets, or a function.
        """
        super().add(layer)
        try:
            self._take_in(layer)
        except BaseException:
            self.layers.pop()
            raise
        self._groups = None

    def _take_in(self, layer):
        seed_layers(self, self.seed)
        for inner in layers_in(layer):
            inner.dtype = self.dtype
        self._prepare(None)  # draws weights whose shapes are known
        if all_built(layer) and any(p.dtype != self.dtype for p in layer.parameters()):
            layer.to(self.dtype)

    def __call__(self, x):
        """Return the output for a batch, which is converted to the model's dtype."""
        return super().__call__(self._as_input(x))

    # ---- training ------------------------------------------------------------------------------------
    def compile(self, optimizer, loss, metrics=None, clip=None) -> None:
        """Say how the model is to be trained.

        Parameters
        ----------
        optimizer : Optimizer or str
            ``Adam(learning_rate=0.001)``, or a name. It is attached to the model's parameters as soon
            as they are there, unless it already is (to groups of them, say).
        loss : Loss, str or callable
            ``CrossEntropy()``, a name, or a function of (y_pred, y_true) in differentiable NumPy.
        metrics : list of str, callable or Metric, optional
            What else to measure: "accuracy", "mse", "mae", "r2", "auc", "perplexity", functions of
            (y_true, y_pred), or a Metric: ``FromCounts(precision_score)``.
        clip : callable, optional
            ``ClipByGlobalNorm(1.0)`` or ``ClipByValue(0.5)``, applied to the gradients.
        """
        if isinstance(optimizer, type) or isinstance(loss, type):
            name = (optimizer if isinstance(optimizer, type) else loss).__name__
            raise TypeError(f"compile takes objects: write {name}(), with its brackets.")
        if getattr(loss, "reduction", "mean") == "none":
            raise ValueError("training needs one number: give the loss reduction='mean' or 'sum'.")
        self.loss = loss if callable(loss) else get_loss(loss)
        self.optimizer = get_optimizer(optimizer)
        if isinstance(metrics, str):
            metrics = [metrics]
        self.metrics = list(metrics or [])
        self._metric_functions()  # unknown names are found here
        self.clip = clip
        self._groups = None
        self._attach_all = not self._is_attached()
        if self.layers and all_built(self):
            self._attach()

    def fit(
        self,
        X,
        y,
        epochs=1,
        batch_size=32,
        *,
        validation_data=None,
        validation_split=0.0,
        callbacks=(),
        verbose=1,
        shuffle=True,
        sample_weight=None,
        accumulate=1,
        augment=None,
        resume_from=None,
    ) -> History:
        """Train, and return the history; called again it goes on.

        Parameters
        ----------
        X : array of shape (n_samples, ...)
            Inputs.
        y : array of shape (n_samples, ...)
            Targets: integer labels or one-hot rows for CrossEntropy, numbers otherwise. For a model
            with one output, (n_samples,) will do.
        epochs : int
            How often to go through the data.
        batch_size : int
            Samples in a batch.
        validation_data : tuple (X, y) or (X, y, sample_weight), optional
            Evaluated after each epoch.
        validation_split : float
            The share of the samples to set aside for that instead, drawn at random; the same ones
            every time for the same seed.
        callbacks : sequence of Callback
            EarlyStopping, Checkpointing, or your own.
        verbose : int
            0: silent. 1: a line per epoch, and a bar where a terminal can show one. 2: lines only.
        shuffle : bool
            Whether every epoch has another order.
        sample_weight : array of shape (n_samples,), optional
            How often each sample counts.
        accumulate : int
            How many batches make one step together, as if they were one: for batches that memory
            has no room for.
        augment : callable, optional
            What is done to each batch in training: called as ``augment(X, rng)``, see
            ``datasets.augmentation``.
        resume_from : path, optional
            A file that Checkpointing wrote. Give everything else as in the interrupted call: training
            goes on bit for bit, and ends where it would have ended.

        Returns
        -------
        history : History
            The mean loss over each epoch's batches (with the price of the regularizers), the
            metrics likewise, and the same after the epoch for validation data.

        Raises
        ------
        NonFiniteError
            At the first NaN or infinity, saying where it began.
        """
        run = self.prepare(
            X,
            y,
            batch_size,
            validation_data=validation_data,
            validation_split=validation_split,
            callbacks=callbacks,
            verbose=verbose,
            shuffle=shuffle,
            sample_weight=sample_weight,
            accumulate=accumulate,
            augment=augment,
        )
        state = None if resume_from is None else storage.load_run(resume_from)
        try:
            return run.fit(epochs, state)
        finally:
            self.eval()

    def prepare(
        self,
        X,
        y,
        batch_size=32,
        *,
        validation_data=None,
        validation_split=0.0,
        callbacks=(),
        verbose=1,
        shuffle=True,
        sample_weight=None,
        accumulate=1,
        augment=None,
    ) -> Training:
        """Return the run of training that ``fit`` would make of these arguments, not yet begun.

        It is what ``find_learning_rate`` and ``diagnose`` want.
        """
        self._check_compiled()
        self._check_accumulates(accumulate)
        X, y, weight = that_count(*as_data(X, y, sample_weight))
        self.build(X.shape[1:])
        targets = self._as_targets(y)
        data, held_out = split((X, targets, weight), validation_split, self._stream(SPLIT))
        if validation_data is not None:
            held_out = as_data(*validation_data)
        self._attach()
        counts_alike = weight is None and getattr(self.loss, "class_weight", None) is None
        self._weighs = isinstance(self.loss, Loss) and not counts_alike
        return Training(
            self,
            self.optimizer,
            self._compute_loss,
            [array for array in data if array is not None],
            batch_size=batch_size,
            rng=self.shuffling,
            shuffle=shuffle,
            accumulate=accumulate,
            augment=augment and partial(_augmented, augment),
            clip=self.clip,
            metrics=self._streaming,
            evaluate=held_out and (lambda: self._validate(held_out, batch_size)),
            callbacks=_in_order(callbacks, verbose),
            history=self.history,
        )

    def evaluate(self, X, y, sample_weight=None, batch_size=256) -> dict:
        """Return the loss (with the price of the regularizers) and the metrics on data."""
        self._check_compiled()
        X, y, weight = as_data(X, y, sample_weight)
        y_pred = self.predict(X, batch_size)
        y = self._as_targets(y)
        weights = () if weight is None else (weight,)
        with no_grad(), np.errstate(all="ignore"):
            loss = self.loss(y_pred, y, *weights) + penalty(layers_in(self))
        return {
            "loss": float(backend.to_host(loss)),
            **measure(self._metric_functions(), y, y_pred),
        }

    def predict(self, X, batch_size=256) -> np.ndarray:
        """Return the outputs for all samples, in evaluation mode."""
        check_number("batch_size", batch_size, least=1, integer=True)
        X = as_array("X", X)
        if X.ndim == 0 or X.shape == self.input_shape:
            raise ValueError(
                f"predict takes a batch of samples; got one of shape {X.shape}. Add a batch axis: x[None]."
            )
        training = self.training
        self.eval()
        try:
            with no_grad():
                starts = range(0, max(len(X), 1), batch_size)
                return np.concatenate([self(X[i : i + batch_size]) for i in starts])
        finally:
            self.train(training)

    def predict_classes(self, X, batch_size=256) -> np.ndarray:
        """Return the most probable class of every sample: see ``metrics.predicted_classes``."""
        return predicted_classes(self.predict(X, batch_size), self.loss)

    # ---- what training consists of ---------------------------------------------------------------------
    def _compute_loss(self, X, y, *weight):
        y_pred = self(X)
        loss = self.loss(y_pred, y, *weight)
        if self._regularized:
            loss = loss + penalty(self._regularized)
        report = measure(self._functions, y, y_pred.data) if self._functions else {}
        for metric in self._streaming.values():
            metric.update(y, y_pred.data)
        if self._weighs:
            report["weight"] = self.loss.weight_of(y_pred.data, y, *weight)
        return loss, report

    def _validate(self, held_out, batch_size):
        X, y, weight = held_out
        values = self.evaluate(X, y, weight, max(batch_size, 256))
        return {f"val_{name}": value for name, value in values.items()}

    def _is_attached(self) -> bool:
        """Whether the optimiser has adopted parameters of this model, and no others, by itself."""
        adopted = {id(p) for group in self.optimizer.groups for p in group.flat.parameters}
        own = self.parameters() if adopted and all_built(self) else []
        return bool(adopted) and adopted <= {id(p) for p in own}

    def _attach(self):
        """Attach the optimiser to the parameters, unless it is, or see whether it still is."""
        parameters = self.parameters()
        if self._groups is None:
            if self._attach_all:
                self.optimizer.attach(parameters)
            self._groups = self.optimizer.groups
        elif self._groups is not self.optimizer.groups:
            raise RuntimeError(
                "this model's optimiser has been attached to other parameters since compile(): give "
                "each model an optimiser of its own, and compile again."
            )
        self._regularized = [layer for layer in layers_in(self) if layer.penalties()]
        pairs = self._metric_functions()
        self._functions = [pair for pair in pairs if not isinstance(pair[1], Metric)]
        self._streaming = {name: metric for name, metric in pairs if isinstance(metric, Metric)}

    def _metric_functions(self):
        return [as_metric(metric, self.loss) for metric in self.metrics]

    def _check_accumulates(self, accumulate):
        if accumulate != 1 and getattr(self.loss, "reduction", "mean") != "mean":
            raise ValueError(
                "accumulate averages the gradients of batches, so each batch's loss must be a mean: "
                "compile with a loss of reduction='mean'."
            )

    def _check_compiled(self):
        if self.loss is None:
            raise RuntimeError(
                "the model does not know how to be trained yet: call compile(optimizer, loss) first."
            )

    @property
    def shuffling(self) -> np.random.Generator:
        """What orders the samples of each epoch; it goes on from one fit to the next."""
        if self._shuffling is None:
            self._shuffling = self._stream(SHUFFLE)
        return self._shuffling

    def _stream(self, key):
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))

    # ---- data ------------------------------------------------------------------------------------------
    def _as_input(self, x):
        x = x if isinstance(x, Tensor) else as_array("X", x)
        return x.astype(self.dtype) if x.dtype.kind == "f" and x.dtype != self.dtype else x

    def _as_targets(self, y):
        """Floating targets in the model's dtype; for one output, as a column."""
        if y.dtype.kind == "f" and y.dtype != self.dtype:
            y = y.astype(self.dtype)
        shape = None if self.input_shape is None else self.output_shape(self.input_shape)
        return y[:, None] if shape == (1,) and y.ndim == 1 else y

    # ---- to look at, and to keep ---------------------------------------------------------------------
    def summary(self):
        """Return a table of the layers, the shapes of their outputs and their parameters, as text."""
        return summarize(self)

    def save(self, path) -> None:
        """Write architecture, weights, the optimiser and the history to one file, without code.

        Raises
        ------
        TypeError
            If a layer is not described by its constructor's arguments, or holds a function.
        """
        storage.save_model(path, self)

    @classmethod
    def load(cls, path) -> Model:
        """Read a model that ``save``, or Checkpointing, wrote: its predictions are the same bits.

        Classes are looked up by name among those that are known: import your own layers first.

        Raises
        ------
        CheckpointError
            If the file is damaged or holds no model.
        """
        return storage.load_model(path)

    def arguments(self):
        """Return what the constructor was given; the seed is the one that was drawn."""
        return {"layers": self.layers, "seed": self.seed, "dtype": self.dtype}

    def __repr__(self):
        lines = [f"  ({i}): " + repr(m).replace("\n", "\n  ") for i, m in enumerate(self.layers)]
        inside = "\n".join(["", *lines, ""]) if lines else ""
        return f"Model([{inside}], seed={self.seed})"


def _augmented(augment, batch, rng):
    """Return a batch of (X, y) or (X, y, sample_weight) whose inputs were changed, or mixed."""
    X, y, *weight = batch
    return (*change_pair(augment, X, y, rng), *weight)


def _in_order(callbacks, verbose):
    """Checkpointing last, so that what it writes has all the others' states."""
    callbacks = sorted(callbacks, key=lambda callback: hasattr(callback, "save"))
    return [*callbacks, Progress(bar=verbose == 1)] if verbose else callbacks
