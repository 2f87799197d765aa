"""Loggers: callbacks that write the numbers of training where programs can read them.

What is written agrees with the history: when an interrupted run is resumed, what was logged after the
checkpoint that it goes on from is taken back, so that nothing stands there twice.
"""

from __future__ import annotations

import json
import math
import os

from ml_from_scratch.core.checks import check_number
from ml_from_scratch.core.files import replacing

from .callbacks import Callback


class JSONLinesLogger(Callback):
    """Write a line of JSON for every epoch, and for every so many steps if that is wanted.

    Every line is one object, with "epoch" (from 1), "batch" (how many of the epoch's are done; 0 in the
    line of a whole epoch, which has "seconds" instead of being in progress), "step", "learning_rate" and
    the numbers that were measured; NaN and infinity are null, for which JSON has no word. Lines are on
    the disk as soon as they are written. Read them with ``[json.loads(line) for line in open(path)]``, or
    pandas' ``read_json(path, lines=True)``.

    A run that begins empties the file of an earlier one, as Checkpointing replaces its file; a model
    that is trained further, and a run that is resumed, keep the lines of what they go on from.

    Parameters
    ----------
    path : str or path-like
        The file to write.
    every_steps : int, optional
        How often to write the means of the epoch so far.

    Raises
    ------
    ValueError
        When training begins and the file holds something else than such lines.
    """

    def __init__(self, path, every_steps=None):
        self.path = os.fspath(path)
        self.every_steps = check_number(
            "every_steps", every_steps, least=1, integer=True, optional=True
        )

    def on_fit_begin(self, run):
        """Take back what was logged after the point from which this run goes on."""
        if not os.path.exists(self.path):
            return
        with open(self.path, "rb") as file:
            lines = file.read().splitlines(keepends=True)
        kept = [line for i, line in enumerate(lines, 1) if self._is_past(line, i, lines, run)]
        if len(kept) < len(lines):
            with replacing(self.path) as file:
                file.writelines(kept)

    def on_step_end(self, run):
        """Write a line every so many steps."""
        if self.every_steps and run.n_steps % self.every_steps == 0:
            self._write(run, run.epoch + 1, run.averages())

    def on_epoch_end(self, run):
        """Write the epoch's line."""
        self._write(run, run.epoch, {"seconds": run.history.seconds[-1], **run.values})

    def _write(self, run, epoch, values):
        place = {"epoch": epoch, "batch": run.batch, "step": run.n_steps}
        place["learning_rate"] = run.optimizer.learning_rates()[0]
        numbers = {name: _as_json(value) for name, value in values.items()}
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps({**place, **numbers}, allow_nan=False) + "\n")

    def _is_past(self, line, number, lines, run) -> bool:
        """Whether a line tells what this run has done already; a torn last line does not."""
        if number == len(lines) and not line.endswith(b"\n"):
            return False
        try:
            place = json.loads(line)
            epoch, batch = int(place["epoch"]), int(place["batch"])
        except (ValueError, TypeError, KeyError):
            raise ValueError(
                f"line {number} of {self.path!r} is not of this logger, which would overwrite it. Give "
                "the logger a path of its own."
            ) from None
        return epoch <= run.epoch or (epoch == run.epoch + 1 and 0 < batch <= run.batch)


class TensorBoardLogger(Callback):
    """Write the numbers of every epoch for TensorBoard, training and validation in one chart.

    It needs tensorboardX (the extra ``tensorboard``), which writes TensorBoard's files without
    TensorFlow or torch.

    Parameters
    ----------
    folder : str or path-like
        Where to; one folder per run. ``tensorboard --logdir FOLDER`` shows it.

    Raises
    ------
    ImportError
        When training begins, if tensorboardX is not installed.
    """

    def __init__(self, folder):
        self.folder = os.fspath(folder)
        self._writer = None

    def on_fit_begin(self, run):
        """Open the folder; what is there of later epochs is hidden."""
        try:
            from tensorboardX import SummaryWriter
        except ImportError as error:
            raise ImportError(
                "TensorBoardLogger needs tensorboardX, which is not installed: "
                'pip install "ml-from-scratch-lab[tensorboard]". JSONLinesLogger needs nothing.'
            ) from error
        self._writer = SummaryWriter(self.folder, purge_step=run.epoch + 1)

    def on_epoch_end(self, run):
        """Write the numbers: "val_loss" goes to "loss/validation", "loss" to "loss/training"."""
        for name, value in run.values.items():
            validation = name.startswith("val_")
            chart = name[len("val_") :] if validation else name
            kind = "validation" if validation else "training"
            self._writer.add_scalar(f"{chart}/{kind}", float(value), run.epoch)
        self._writer.add_scalar("learning_rate", run.optimizer.learning_rates()[0], run.epoch)
        self._writer.flush()

    def on_fit_end(self, run):
        """Close the files."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def on_error(self, run):
        """Close the files."""
        self.on_fit_end(run)


def _as_json(value):
    """Return a number as JSON has it."""
    value = float(value)
    return value if math.isfinite(value) else None
