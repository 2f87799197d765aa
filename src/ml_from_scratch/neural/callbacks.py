"""Callbacks: small objects that watch a run of training, and may stop, save or report it.

A callback is told what happens, with the run as the argument (see ``training.Training``): its epoch,
batch and history can be read, and setting ``run.stop`` to a reason ends it. What a callback must
remember when training is interrupted is in its ``state_dict``.
"""

from __future__ import annotations

import math
import os

from ml_from_scratch.core.checks import check_choice, check_number

from .storage import save_run


class Callback:
    """What happens at the events of a run: subclass it and write those that matter."""

    def on_fit_begin(self, run):
        """Training begins, or goes on."""

    def on_epoch_begin(self, run):
        """An epoch begins; ``run.epoch`` epochs are finished."""

    def on_step_end(self, run):
        """A step was made; ``run.averages()`` has the epoch's numbers so far."""

    def on_evaluation_begin(self, run):
        """The module is about to be evaluated, after the last step of an epoch."""

    def on_evaluation_end(self, run):
        """It was evaluated; ``run.values`` has the numbers."""

    def on_epoch_end(self, run):
        """An epoch was finished; ``run.values`` has its numbers."""

    def on_fit_end(self, run):
        """Training has come to its end."""

    def on_error(self, run):
        """Training was ended by an error, or by Ctrl-C; the error goes on afterwards."""

    def state_dict(self):
        """Return what is to be remembered, in arrays and plain values; None if nothing is."""
        return None

    def load_state_dict(self, state):
        """Remember it."""


class Monitor:
    """Keeps the best value of one number of the history.

    Parameters
    ----------
    name : str
        Such as "val_loss".
    mode : {"auto", "min", "max"}
        Whether small or large is good; "auto" takes large for accuracies and scores.
    min_delta : float
        By how much a better value has to be better.
    """

    def __init__(self, name, mode="auto", min_delta=0.0):
        self.name, self.min_delta = name, check_number("min_delta", min_delta, least=0)
        check_choice("mode", mode, ("auto", "min", "max"))
        large = any(word in name for word in ("accuracy", "score", "r2", "auc"))
        self.sign = -1.0 if mode == "max" or (mode == "auto" and large) else 1.0
        self.best = math.inf

    def improved(self, run) -> bool:
        """Whether the last epoch was the best so far."""
        if self.name not in run.values:
            raise ValueError(
                f"{self.name!r} is to be watched, but this run measures {', '.join(run.values)}. Give fit "
                "validation data, compile with metrics, or watch one of these."
            )
        value = self.sign * run.values[self.name]
        if not value < self.best - self.min_delta:
            return False
        self.best = value
        return True


class EarlyStopping(Callback):
    """Stop when a number has not become better for some epochs, and go back to its best epoch.

    Parameters
    ----------
    monitor : str
        Which number of the history.
    patience : int
        How many epochs in a row may bring nothing better; the next one ends training.
    min_delta : float
        By how much a better value has to be better.
    mode : {"auto", "min", "max"}
        Whether small or large is good; "auto" takes large for accuracies and scores.
    restore_best : bool
        Whether the module gets the weights of the best epoch back in the end.

    Attributes
    ----------
    best_epoch : int
        Which one that was, from 1.
    """

    def __init__(
        self, monitor="val_loss", patience=5, min_delta=0.0, mode="auto", restore_best=True
    ):
        self.monitor = Monitor(monitor, mode, min_delta)
        self.patience = check_number("patience", patience, least=0, integer=True)
        self.restore_best = restore_best
        self.best_epoch, self.n_failures, self.best_state = 0, 0, None

    def on_fit_begin(self, run):
        """Count the failures anew, unless an interrupted run goes on."""
        if run.epoch == run.first_epoch and not run.batch:
            self.n_failures = 0

    def on_epoch_end(self, run):
        """Keep the weights of a better epoch; after too many others, stop."""
        if self.monitor.improved(run):
            self.best_epoch, self.n_failures = run.epoch, 0
            self.best_state = run.module.state_dict() if self.restore_best else None
            return
        self.n_failures += 1
        if self.n_failures > self.patience:
            run.stop = f"{self.monitor.name} has not become better since epoch {self.best_epoch}"

    def on_fit_end(self, run):
        """Give the best weights back."""
        if self.best_state is not None:
            run.module.load_state_dict(self.best_state)

    def state_dict(self):
        """Return the best so far, weights included."""
        return {
            "best": self.monitor.best,
            "best_epoch": self.best_epoch,
            "n_failures": self.n_failures,
            "best_state": self.best_state,
        }

    def load_state_dict(self, state):
        """Remember it."""
        self.monitor.best, self.best_epoch = state["best"], state["best_epoch"]
        self.n_failures, self.best_state = state["n_failures"], state["best_state"]


class Checkpointing(Callback):
    """Write the whole run to a file now and then, so that it can go on after an interruption.

    ``fit(..., resume_from=path)`` goes on bit for bit from where the file was written. A Model can
    also be read from it, with ``Model.load(path)``.

    Parameters
    ----------
    path : str or path-like
        Where to. "{epoch}" and "{step}" in it are filled in, to keep several files.
    every_epochs : int or None
        How often.
    every_steps : int or None
        How often within epochs.
    best_only : bool
        Whether to write only at the end of epochs that are the best so far.
    monitor : str
        Which number of the history says so.
    mode : {"auto", "min", "max"}
        Whether small or large is good.
    """

    def __init__(
        self,
        path,
        every_epochs=1,
        every_steps=None,
        best_only=False,
        monitor="val_loss",
        mode="auto",
    ):
        limits = {"least": 1, "integer": True, "optional": True}
        self.path = os.fspath(path)
        self.every_epochs = check_number("every_epochs", every_epochs, **limits)
        self.every_steps = check_number("every_steps", every_steps, **limits)
        self.monitor = Monitor(monitor, mode) if best_only else None

    def on_step_end(self, run):
        """Write after every so many steps."""
        if self.every_steps and not self.monitor and run.n_steps % self.every_steps == 0:
            self.save(run)

    def on_epoch_end(self, run):
        """Write after every so many epochs, or after the best one."""
        due = self.every_epochs and run.epoch % self.every_epochs == 0
        if self.monitor.improved(run) if self.monitor else due:
            self.save(run)

    def save(self, run) -> None:
        """Write the run."""
        path = self.path.replace("{epoch}", str(run.epoch)).replace("{step}", str(run.n_steps))
        save_run(path, run)

    def state_dict(self):
        """Return the best value so far."""
        return {"best": self.monitor.best if self.monitor else None}

    def load_state_dict(self, state):
        """Remember it."""
        if self.monitor:
            self.monitor.best = state["best"]
