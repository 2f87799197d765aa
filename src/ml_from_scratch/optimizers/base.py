r"""Optimizer: everything about training parameters that is not the algorithm itself.

A subclass is its paper's algorithm on vectors: parameters :math:`\theta`, their gradient g, and what
it remembers of the past (m, v, ...). It says so in ``update``, in place, for one block of numbers that
fits the cache, and sees neither shapes nor names. Here is the rest: groups, schedules, weight decay,
frozen parameters, states.

Weight decay pulls parameters towards 0. For the classical algorithms it belongs to the gradient
(the derivative of :math:`\lambda \theta^2 / 2`, L2 regularisation):

.. math:: g \leftarrow g + \lambda \theta \tag{1}

AdamW and Lion decay the parameters themselves instead: see there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from ..core.checks import check_number
from .groups import Group, as_groups
from .schedules import learning_rate_from_state, learning_rate_state

SHORT = 16384  # numbers per update: temporaries of 64 kB of float32 stay in the cache
LONG = 262144  # where there are none: fewer calls, each of them worth while
LIMITS: dict = {  # what hyper-parameters may be, by name
    "learning_rate": {"least": 0},
    "weight_decay": {"least": 0},
    "momentum": {"least": 0, "below": 1},
    "rho": {"least": 0, "below": 1},
    "eps": {"least": 0},
    "momentum_decay": {"least": 0},
}


class Optimizer:
    """What all optimisers share: ``attach``, ``step``, ``zero_grad`` and their state.

    A subclass is a dataclass whose fields are its hyper-parameters; ``learning_rate`` and
    ``weight_decay`` are among them. They can be changed at any time.

    Attributes
    ----------
    n_steps : int
        Steps made so far; a schedule is asked for the learning rate at this number.
    groups : list of Group
        What is trained.
    vectors : tuple of str
        Names of the vectors that ``update`` wants beside theta and g.
    scratch : tuple of str
        Names of vectors that it wants after those, to compute in: what is in them means nothing.
    decoupled : bool
        Whether ``update`` takes care of weight decay itself.
    """

    vectors: tuple = ()
    scratch: tuple = ()
    decoupled = False
    n_steps = 0
    groups: Sequence[Group] = ()

    def __setattr__(self, name, value):
        """Set an attribute; hyper-parameters are checked, in the constructor and whenever they change."""
        if name == "betas":
            value = _checked_betas(value)
        elif name in LIMITS and not (name == "learning_rate" and callable(value)):
            check_number(name, value, **LIMITS[name])
        object.__setattr__(self, name, value)

    def update(self, t, theta, g, *vectors_and_scratch):
        """Change theta, and the vectors, in place: the t-th update (from 1) of these numbers."""
        raise NotImplementedError(f"{type(self).__name__} has no update(): write its equations.")

    # ---- training ----------------------------------------------------------------------------------
    def attach(self, parameters):
        """Adopt parameters, to be trained from now on, and forget any earlier ones.

        Parameters
        ----------
        parameters : iterable of Parameter, or of dict
            A dict is a group: ``{"parameters": [...], "weight_decay": 0.1, ...}`` with its own values
            of any hyper-parameters. All parameters of a group have one dtype.

        Returns
        -------
        self : Optimizer

        Raises
        ------
        TypeError, ValueError
            If these are no parameters, or the options of a group are unknown or out of range.
        """
        pairs = as_groups(parameters, self._names())
        for _, options in pairs:
            replace(self, **options)  # checks them
        self.groups = [
            Group(members, options, self.vectors, self.scratch, self.block)
            for members, options in pairs
        ]
        self.n_steps = 0
        return self

    def step(self) -> None:
        """Update every parameter that has a gradient and is not frozen, once.

        Raises
        ------
        RuntimeError
            If nothing is attached, parameters have been attached elsewhere since, or there is no
            gradient at all.
        """
        self._check_ready()
        rates = self.learning_rates()
        with np.errstate(all="ignore"):  # an overflow shows in the parameters, for the loop to find
            for group, rate in zip(self.groups, rates):
                self._step(group, self._rule(group.options, rate))
        self.n_steps += 1

    def _rule(self, options, rate):
        """Return the optimiser with the hyper-parameters that a group has at the moment."""
        own = rate is self.learning_rate and not options
        return self if own else replace(self, **{**options, "learning_rate": rate})

    def _step(self, group, rule):
        """Update a group by a rule, block by block."""
        decay = 0.0 if rule.decoupled else rule.weight_decay
        for part, t in group.due():
            for start in range(part.start, part.stop, self.block):
                block = slice(start, min(start + self.block, part.stop))
                theta, g = group.flat.theta[block], group.flat.gradient[block]
                if decay:
                    decayed = np.multiply(theta, decay, out=group.decayed[: len(theta)])
                    decayed += g  # (1)
                    g = decayed
                vectors = [v[block] for v in group.vectors.values()]
                scratch = [u[: len(theta)] for u in group.scratch]
                rule.update(t, theta, g, *vectors, *scratch)
        group.flat.mark_changed()

    @property
    def block(self) -> int:
        """How many numbers ``update`` gets at a time."""
        return LONG if self.scratch else SHORT

    def _check_ready(self):
        if not self.groups:
            raise RuntimeError(
                f"{type(self).__name__} has no parameters to train yet: call attach(parameters) first."
            )
        for group in self.groups:
            group.flat.check()
        waiting = [p for group in self.groups for p in group.flat.parameters if not p.frozen]
        if waiting and all(p.grad is None for p in waiting):
            raise RuntimeError(
                "no parameter has a gradient, so there is nothing to do: call backward() on the loss "
                "before step()."
            )

    def zero_grad(self) -> None:
        """Forget the gradients; otherwise the next backward() adds to them."""
        for group in self.groups:
            group.flat.zero_grad()

    def learning_rates(self) -> list:
        """Return the learning rate of each group for the coming step."""
        chosen = [group.options.get("learning_rate", self.learning_rate) for group in self.groups]
        return [float(rate(self.n_steps)) if callable(rate) else rate for rate in chosen]

    # ---- state ---------------------------------------------------------------------------------------
    def state_dict(self) -> dict:
        """Return all that is needed to go on bit for bit, in arrays and plain values.

        Parameters are not in it: they are the model's. A schedule of this package is; a function of
        your own is not, since code is never saved.
        """
        return {
            "optimizer": type(self).__name__,
            "n_steps": self.n_steps,
            "options": _options_state({name: getattr(self, name) for name in self._names()}),
            "groups": [
                {"options": _options_state(group.options), **group.state_dict()}
                for group in self.groups
            ],
        }

    def load_state_dict(self, state: dict) -> None:
        """Take over a saved state, after ``attach``: all of it or nothing.

        Raises
        ------
        RuntimeError
            If nothing is attached.
        ValueError
            If the state is of another optimiser or of other parameters.
        """
        who = type(self).__name__
        if not self.groups:
            raise RuntimeError(f"{who}: attach the parameters first, then load the state.")
        if state.get("optimizer") != who:
            raise ValueError(f"the state is of {state.get('optimizer')}; this is {who}.")
        if len(state["groups"]) != len(self.groups):
            raise ValueError(
                f"{who}: the state has {len(state['groups'])} group(s) of parameters, attached are "
                f"{len(self.groups)}. Attach the same groups."
            )
        for group, saved in zip(self.groups, state["groups"]):
            group.check_state(saved, who)
        self._check_names(state)
        options = _options_from_state(state["options"], vars(self))
        group_options = [
            _options_from_state(saved["options"], group.options)
            for group, saved in zip(self.groups, state["groups"])
        ]
        vars(self).update(options)
        for group, saved, own in zip(self.groups, state["groups"], group_options):
            group.options = own
            group.load_state_dict(saved)
        self.n_steps = state["n_steps"]

    def _check_names(self, state):
        names = set(self._names())
        strange = names ^ set(state["options"])
        for saved in state["groups"]:
            strange |= set(saved["options"]) - names
        if strange:
            raise ValueError(
                f"{type(self).__name__}: the state has other hyper-parameters, {', '.join(sorted(strange))}: "
                "it was saved by another version."
            )

    def _names(self) -> list:
        return [field.name for field in fields(self)]


def _checked_betas(betas):
    betas = tuple(betas) if isinstance(betas, (tuple, list)) else (betas,)
    if len(betas) != 2:
        raise ValueError(f"betas are two numbers, such as (0.9, 0.999); got {betas}.")
    return tuple(
        check_number(f"betas[{i}]", beta, least=0, below=1) for i, beta in enumerate(betas)
    )


def _options_state(options):
    return {
        name: learning_rate_state(value) if name == "learning_rate" else value
        for name, value in options.items()
    }


def _options_from_state(saved, current):
    return {
        name: (
            learning_rate_from_state(value, current.get(name)) if name == "learning_rate" else value
        )
        for name, value in saved.items()
    }
