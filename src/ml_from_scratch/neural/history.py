"""History: what training was like, epoch by epoch."""

from __future__ import annotations

import math


class History:
    """Lists of one number per epoch, under their names: "loss", "val_loss", "accuracy", ...

    What was not measured in an epoch is NaN there, so that all lists have the length of ``epochs``.

    Attributes
    ----------
    history : dict of str to list of float
        The numbers.
    epochs : list of int
        Their epochs, from 1.
    seconds : list of float
        How long each epoch took, validation included.

    Examples
    --------
    >>> history = History()
    >>> history.append({"loss": 0.5}, seconds=1.0)
    >>> history.append({"loss": 0.25, "val_loss": 0.5}, seconds=1.0)
    >>> history["loss"], history["val_loss"], history.epochs
    ([0.5, 0.25], [nan, 0.5], [1, 2])
    """

    def __init__(self):
        self.history: dict = {}
        self.epochs: list = []
        self.seconds: list = []

    def append(self, values: dict, seconds: float) -> None:
        """Add an epoch."""
        for name in values:
            self.history.setdefault(name, [math.nan] * len(self.epochs))
        for name, numbers in self.history.items():
            numbers.append(float(values.get(name, math.nan)))
        self.epochs.append(len(self.epochs) + 1)
        self.seconds.append(float(seconds))

    def last(self) -> dict:
        """Return what was measured in the last epoch."""
        return {
            name: numbers[-1]
            for name, numbers in self.history.items()
            if numbers and not math.isnan(numbers[-1])
        }

    def state_dict(self) -> dict:
        """Return it all in plain values."""
        return {
            "history": {name: list(numbers) for name, numbers in self.history.items()},
            "epochs": list(self.epochs),
            "seconds": list(self.seconds),
        }

    def load_state_dict(self, state: dict) -> None:
        """Become what ``state_dict`` was called on."""
        self.history = {name: list(numbers) for name, numbers in state["history"].items()}
        self.epochs, self.seconds = list(state["epochs"]), list(state["seconds"])

    def __getitem__(self, name):
        if name not in self.history:
            raise KeyError(f"{name!r} was not measured; there is {', '.join(self.history)}.")
        return self.history[name]

    def __contains__(self, name):
        return name in self.history

    def __len__(self):
        return len(self.epochs)

    def __repr__(self):
        last = ", ".join(f"{name} {value:.4g}" for name, value in self.last().items())
        return f"<History of {len(self)} epochs{': ' + last if last else ''}>"
