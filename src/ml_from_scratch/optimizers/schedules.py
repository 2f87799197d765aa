r"""Schedules: the learning rate as a function of the step t = 0, 1, 2, ...

With the base rate :math:`\eta`:

.. math::
    \text{Constant} \quad & \eta_t = \eta                                                  \tag{1} \\
    \text{Step} \quad & \eta_t = \eta \, \gamma^{\lfloor t / s \rfloor}                    \tag{2} \\
    \text{Exponential} \quad & \eta_t = \eta \, \gamma^t                                   \tag{3} \\
    \text{Cosine} \quad & \eta_t = \eta_{\min} + (\eta - \eta_{\min}) (1 + \cos (\pi t / T)) / 2 \tag{4} \\
    \text{InverseSquareRoot} \quad & \eta_t = \eta \, \min \big( (t + 1) / w, \sqrt{w / (t + 1)} \big) \tag{5} \\
    \text{WarmUp} \quad & \eta_t = \eta_0 \, (t + 1) / (w + 1) \text{ for } t < w          \tag{6}

A step is an optimiser's step, not an epoch: for something that happens once in an epoch, count the
batches. All are plain functions of t, so that a training run can be resumed anywhere, except for
Plateau, which is told how training goes and remembers it. Any function of t will do as a schedule.

>>> optimizer_rate = WarmUp(Cosine(0.1, n_steps=90), n_steps=10)
>>> [round(optimizer_rate(t), 4) for t in (0, 9, 10, 55, 100)]
[0.0091, 0.0909, 0.1, 0.05, 0.0]
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

from ..core.checks import check_choice, check_number


class Schedule:
    """A learning rate that changes; a subclass is a dataclass with ``__call__(step)``."""

    def __post_init__(self):
        if hasattr(self, "learning_rate"):
            check_number("learning_rate", self.learning_rate, least=0)

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step."""
        raise NotImplementedError(f"{type(self).__name__} has no __call__(step): write it.")

    def state_dict(self) -> dict:
        """Return what it is made of, and what it remembers, in plain values."""
        parts = {name: learning_rate_state(value) for name, value in vars(self).items()}
        return {"kind": type(self).__name__, **parts}

    def load_state_dict(self, state: dict) -> None:
        """Become what ``state_dict`` was called on."""
        if state["kind"] != type(self).__name__:
            raise ValueError(
                f"the state is of the schedule {state['kind']}; this is {type(self).__name__}."
            )
        strange = set(vars(self)) ^ (set(state) - {"kind"})
        if strange:
            raise ValueError(
                f"{type(self).__name__}: the state differs in {', '.join(sorted(strange))}: it was saved "
                "by another version."
            )
        for name, now in vars(self).items():
            setattr(self, name, learning_rate_from_state(state[name], now))


@dataclass
class Constant(Schedule):
    """The same rate at every step, as a plain number is, too."""

    learning_rate: float

    def __call__(self, step):
        """Return the one rate."""
        return self.learning_rate  # (1)


@dataclass
class Step(Schedule):
    """Multiplied by a factor every so many steps.

    Parameters
    ----------
    learning_rate : float
        The rate of the first steps.
    every : int
        Steps between two changes, s.
    factor : float
        What each change multiplies with, gamma.
    """

    learning_rate: float
    every: int
    factor: float = 0.1

    def __post_init__(self):
        super().__post_init__()
        check_number("every", self.every, least=1, integer=True)
        check_number("factor", self.factor, above=0)

    def __call__(self, step):
        """Return the rate after step // every changes."""
        return self.learning_rate * self.factor ** (step // self.every)  # (2)


@dataclass
class Exponential(Schedule):
    """Multiplied by a factor, gamma, at every step."""

    learning_rate: float
    factor: float

    def __post_init__(self):
        super().__post_init__()
        check_number("factor", self.factor, above=0)

    def __call__(self, step):
        """Return the rate after one change per step."""
        return self.learning_rate * self.factor**step  # (3)


@dataclass
class Cosine(Schedule):
    """Down to the lowest rate along half a cosine, where it stays.

    Parameters
    ----------
    learning_rate : float
        The rate of step 0.
    n_steps : int
        When the lowest rate is reached, T. (torch's CosineAnnealingLR climbs again afterwards.)
    lowest : float
        The last rate.

    References
    ----------
    I. Loshchilov and F. Hutter, SGDR: stochastic gradient descent with warm restarts (2017), eq. 5.
    """

    learning_rate: float
    n_steps: int
    lowest: float = 0.0

    def __post_init__(self):
        super().__post_init__()
        check_number("n_steps", self.n_steps, least=1, integer=True)
        check_number("lowest", self.lowest, least=0)

    def __call__(self, step):
        """Return the rate on its way down."""
        share = min(step / self.n_steps, 1.0)
        return between(self.learning_rate, self.lowest, share)


@dataclass
class OneCycle(Schedule):
    """Up to the peak and far down again, both along half a cosine.

    Parameters
    ----------
    learning_rate : float
        The peak.
    n_steps : int
        All steps of the cycle.
    peak_at : float
        The share of the steps before the peak, between 0 and 1.
    start_divisor, end_divisor : float
        The first rate is the peak's, divided; the last is the first, divided.

    References
    ----------
    L. N. Smith and N. Topin, Super-convergence (2019). Without the momentum's counter-cycle.
    """

    learning_rate: float
    n_steps: int
    peak_at: float = 0.3
    start_divisor: float = 25.0
    end_divisor: float = 1e4

    def __post_init__(self):
        super().__post_init__()
        check_number("n_steps", self.n_steps, least=2, integer=True)
        check_number("peak_at", self.peak_at, above=0, below=1)
        check_number("start_divisor", self.start_divisor, above=0)
        check_number("end_divisor", self.end_divisor, above=0)

    def __call__(self, step):
        """Return the rate on its way up or down."""
        peak, last = self.peak_at * self.n_steps - 1.0, self.n_steps - 1.0
        first_rate = self.learning_rate / self.start_divisor
        if step <= peak:
            return between(first_rate, self.learning_rate, step / peak if peak > 0 else 1.0)
        share = min((step - peak) / (last - peak), 1.0)
        return between(self.learning_rate, first_rate / self.end_divisor, share)


@dataclass
class InverseSquareRoot(Schedule):
    """Up in a line for w steps, then down with the square root of the step.

    Parameters
    ----------
    learning_rate : float
        The peak; the paper's is (d_model w)^(-1/2).
    warm_up : int
        Steps to the peak, w.

    References
    ----------
    A. Vaswani et al., Attention is all you need (2017), equation 3.
    """

    learning_rate: float
    warm_up: int

    def __post_init__(self):
        super().__post_init__()
        check_number("warm_up", self.warm_up, least=1, integer=True)

    def __call__(self, step):
        """Return the rate: a line up to the peak, then the root."""
        t, w = step + 1, self.warm_up
        return self.learning_rate * min(t / w, math.sqrt(w / t))  # (5)


@dataclass
class WarmUp(Schedule):
    """Up in a line to where another schedule starts; that one then counts from 0.

    Parameters
    ----------
    schedule : Schedule, function or float
        What follows.
    n_steps : int
        Steps of the way up, w.
    """

    schedule: Any
    n_steps: int

    def __post_init__(self):
        check_number("n_steps", self.n_steps, least=0, integer=True)
        if not callable(self.schedule):
            self.schedule = Constant(self.schedule)

    def __call__(self, step):
        """Return the rate of the way up, then the schedule's own."""
        if step < self.n_steps:
            return self.schedule(0) * (step + 1) / (self.n_steps + 1)  # (6)
        return self.schedule(step - self.n_steps)


@dataclass
class Plateau(Schedule):
    """Multiplied by a factor when a watched number has stopped getting better.

    Tell it the number with ``tell``, once in an epoch, say. The only schedule with a memory.

    Parameters
    ----------
    learning_rate : float
        The rate to begin with.
    factor : float
        What a change multiplies with, below 1.
    patience : int
        How many times in a row the number may fail to improve; at the next the rate is changed.
    threshold : float
        The share of the best value by which a better one has to differ.
    cooldown : int
        How many tellings after a change are not counted as failures.
    lowest : float
        The rate never falls below.
    mode : {"min", "max"}
        Whether small numbers are good (a loss) or large ones (an accuracy).

    Examples
    --------
    >>> plateau = Plateau(0.1, factor=0.5, patience=1)
    >>> for loss in [3.0, 2.0, 2.0, 2.0]:
    ...     plateau.tell(loss)
    >>> plateau(0)
    0.05
    """

    learning_rate: float
    factor: float = 0.1
    patience: int = 10
    threshold: float = 1e-4
    cooldown: int = 0
    lowest: float = 0.0
    mode: str = "min"

    def __post_init__(self):
        super().__post_init__()
        check_number("factor", self.factor, above=0, below=1)
        check_number("patience", self.patience, least=0, integer=True)
        check_number("threshold", self.threshold, least=0)
        check_number("cooldown", self.cooldown, least=0, integer=True)
        check_number("lowest", self.lowest, least=0)
        check_choice("mode", self.mode, ("min", "max"))
        self.best = math.inf if self.mode == "min" else -math.inf
        self.n_failures = self.n_cooling = 0

    def __call__(self, step):
        """Return the present rate, whatever the step."""
        return self.learning_rate

    def tell(self, metric) -> None:
        """Take note of the watched number, and change the rate if it is time."""
        if self._is_better(float(metric)):
            self.best, self.n_failures = float(metric), 0
        else:
            self.n_failures += 1
        if self.n_cooling:
            self.n_cooling -= 1
            self.n_failures = 0
        if self.n_failures > self.patience:
            lower = max(self.learning_rate * self.factor, self.lowest)
            self.learning_rate = min(self.learning_rate, lower)
            self.n_cooling, self.n_failures = self.cooldown, 0

    def _is_better(self, metric):
        if self.mode == "min":
            return metric < self.best * (1.0 - self.threshold)
        return metric > self.best * (1.0 + self.threshold)


def between(first, last, share):
    """Return the rate after a share of the way from first to last, along half a cosine."""
    return last + (first - last) * (1.0 + math.cos(math.pi * share)) / 2.0  # (4)


SCHEDULES = {
    kind.__name__: kind
    for kind in (
        Constant,
        Step,
        Exponential,
        Cosine,
        OneCycle,
        InverseSquareRoot,
        WarmUp,
        Plateau,
    )
}


# ---- a learning rate in a state ------------------------------------------------------------------
def learning_rate_state(rate):
    """Return a number as it is, the state of a Schedule, and None for any other function."""
    if isinstance(rate, Schedule):
        return rate.state_dict()
    return None if callable(rate) else rate


def learning_rate_from_state(state, current):
    """Return the learning rate that was saved.

    A current Schedule of the same kind takes the state over, so that whoever tells it metrics still
    tells the right one. A function that could not be saved has to be there already.
    """
    if not isinstance(state, dict):
        if state is None and not callable(current):
            raise ValueError(
                "the state was saved with a function of your own as learning rate, which is never "
                "saved: give the optimiser that function before loading."
            )
        return current if state is None else state
    kind = state["kind"]
    if type(current).__name__ != kind:
        if kind not in SCHEDULES:
            raise ValueError(
                f"the state has the schedule {kind!r}, which is not one of {', '.join(SCHEDULES)}: give "
                "the optimiser one of that kind before loading."
            )
        names = [field.name for field in fields(SCHEDULES[kind])]
        parts = {name: learning_rate_from_state(state.get(name), None) for name in names}
        current = SCHEDULES[kind](**parts)
    current.load_state_dict(state)
    return current
