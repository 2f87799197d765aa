"""How training goes, on the screen: a line per epoch, and a bar within it on a terminal."""

from __future__ import annotations

import sys
from contextlib import ExitStack

from ml_from_scratch.core.progress import progress

from .callbacks import Callback


class Progress(Callback):
    """Print the numbers of every epoch on a line.

    The bar of the epoch that is running shows where tqdm is installed and stderr is a terminal, so a
    log file never holds one.

    Parameters
    ----------
    bar : bool
        Whether to show the bar where that is possible.
    """

    def __init__(self, bar=True):
        self._wanted = bar and sys.stderr is not None and sys.stderr.isatty()
        self._open = ExitStack()

    def on_epoch_begin(self, run):
        """Show a bar."""
        self._report = None
        if self._wanted:
            bar = progress(run.n_batches, self.title(run, run.epoch + 1), "batch", lines=0)
            self._report = self._open.enter_context(bar)

    def on_step_end(self, run):
        """Move the bar."""
        if self._report is not None:
            self._report(run.batch, f"loss {run.averages()['loss']:.4f}")

    def on_epoch_end(self, run):
        """End the bar and print the line."""
        self._open.close()
        numbers = "  ".join(f"{name} {value:.4f}" for name, value in run.values.items())
        seconds = run.history.seconds[-1]
        print(f"{self.title(run, run.epoch)}  {seconds:.1f} s  {numbers}", flush=True)

    def on_fit_end(self, run):
        """Say why training ended early, if it did."""
        if run.stop:
            print(f"stopped: {run.stop}.", flush=True)

    def on_error(self, run):
        """End the bar."""
        self._open.close()

    def title(self, run, epoch) -> str:
        """Return what a line begins with."""
        width = len(str(run.last_epoch))
        return f"epoch {epoch:>{width}}/{run.last_epoch}"
