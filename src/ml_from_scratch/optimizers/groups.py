"""Groups: parameters that are trained with the same settings, as one flat vector."""

from __future__ import annotations

import numpy as np

from .. import backend
from ..core import FlatParameters, Parameter


class Group:
    """The parameters of one group, and what an optimiser remembers about them.

    Parameters
    ----------
    parameters : iterable of Parameter
        Adopted as views into one vector (see FlatParameters).
    options : dict
        Hyper-parameters that are this group's own.
    vectors : sequence of str
        Names of the vectors that the optimiser keeps beside theta; they begin as zeros.
    scratch : sequence of str
        Names of those that it only computes in, each as long as a block.
    block : int
        How many numbers are updated at a time.

    Attributes
    ----------
    flat : FlatParameters
        theta and its gradient.
    vectors : dict
        name -> array of theta's shape.
    scratch : list of arrays
        To compute in: no update asks for new memory.
    decayed : array
        The same, for a gradient with the weight decay in it.
    steps : list of int
        How often each parameter has been updated: a frozen one waits, and so does its step number.
    """

    def __init__(self, parameters, options, vectors, scratch=(), block=1):
        self.flat = FlatParameters(parameters)
        self.options = options
        theta, n_block = self.flat.theta, len(self.flat.theta[:block])
        self.vectors = {name: backend.vector_of_zeros(len(theta), theta) for name in vectors}
        self.scratch = [backend.vector_of_zeros(n_block, theta) for _ in scratch]
        self.decayed = backend.vector_of_zeros(n_block, theta)
        self.steps = [0] * len(self.flat.parameters)

    def due(self) -> list:
        """Count a step for every parameter with a gradient; return (slice of theta, step number).

        Neighbours with the same number are one slice.
        """
        runs: list = []
        for i, part in self.flat.due():
            self.steps[i] += 1
            if runs and runs[-1][0].stop == part.start and runs[-1][1] == self.steps[i]:
                runs[-1] = (slice(runs[-1][0].start, part.stop), self.steps[i])
            else:
                runs.append((part, self.steps[i]))
        return runs

    def state_dict(self) -> dict:
        """Return what is remembered, in copies."""
        return {
            "steps": list(self.steps),
            "shapes": [p.shape for p in self.flat.parameters],
            "vectors": {name: np.array(v, like=v) for name, v in self.vectors.items()},
        }

    def check_state(self, state, who) -> None:
        """Raise ValueError if a state belongs to other parameters."""
        shapes = [p.shape for p in self.flat.parameters]
        saved = [tuple(shape) for shape in state["shapes"]]
        if saved != shapes:
            i = next((i for i, pair in enumerate(zip(saved, shapes)) if pair[0] != pair[1]), None)
            what = (
                f"{len(saved)} parameters, attached are {len(shapes)}"
                if i is None
                else f"shape {saved[i]} for {self.flat.parameters[i].name!r}, which has {shapes[i]}"
            )
            raise ValueError(
                f"{who}: the state belongs to other parameters: it has {what}. Attach the model that "
                "the state was saved with, parameters in the same order."
            )
        for name, v in self.vectors.items():
            saved = state["vectors"].get(name)
            if saved is None or saved.shape != v.shape or saved.dtype != v.dtype:
                got = "nothing" if saved is None else f"shape {saved.shape}, {saved.dtype}"
                raise ValueError(
                    f"{who}: the state's vector {name!r} should have shape {v.shape}, {v.dtype}; got "
                    f"{got}. Load it into an optimiser of the same kind and the same dtype."
                )

    def load_state_dict(self, state) -> None:
        """Write a checked state into the vectors, in place."""
        self.steps = list(state["steps"])
        for name, v in self.vectors.items():
            v[...] = backend.like(state["vectors"][name], v)


def as_groups(parameters, known) -> list:
    """Return (parameters, options) pairs from Parameters, or from dicts with "parameters" and options.

    Raises
    ------
    TypeError, ValueError
        If it is neither, an option is not among the known ones, or a parameter is in two groups.
    """
    if isinstance(parameters, (Parameter, dict)) or not hasattr(parameters, "__iter__"):
        hint = ".parameters()" if hasattr(parameters, "parameters") else " in a list"
        raise TypeError(
            "attach takes a list of Parameters, or of groups [{'parameters': ..., 'weight_decay': ...}]; "
            f"got one {type(parameters).__name__}. Pass it{hint}."
        )
    items = list(parameters)
    if not any(isinstance(item, dict) for item in items):
        return [(items, {})]
    pairs = [_group(item, known) for item in items]
    owners: dict = {}
    for number, (members, _) in enumerate(pairs):
        for p in members:
            if owners.setdefault(id(p), number) != number:
                raise ValueError(
                    f"parameter {getattr(p, 'name', None)!r} is in the groups {owners[id(p)]} and {number}; "
                    "it can be trained by one only."
                )
    return pairs


def _group(item, known):
    if not isinstance(item, dict) or "parameters" not in item:
        raise TypeError(
            "a group is a dict with the key 'parameters'; got "
            f"{sorted(item) if isinstance(item, dict) else type(item).__name__}."
        )
    options = {name: value for name, value in item.items() if name != "parameters"}
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ValueError(f"a group has the options {', '.join(known)}; got {', '.join(unknown)}.")
    return list(item["parameters"]), options


def decay_matrices_only(parameters, weight_decay: float) -> list:
    """Return two groups: matrices (two axes or more) with weight decay, biases and gains without.

    A bias is not what overfits, and a gain that is pulled to 0 turns its layer off.

    Examples
    --------
    >>> weight, bias = Parameter([[1.0, 2.0]]), Parameter([0.0])
    >>> groups = decay_matrices_only([weight, bias], weight_decay=0.1)
    >>> [(len(group["parameters"]), group["weight_decay"]) for group in groups]
    [(1, 0.1), (1, 0.0)]
    """
    parameters = list(parameters)
    matrices = [p for p in parameters if p.ndim >= 2]
    others = [p for p in parameters if p.ndim < 2]
    groups = [
        {"parameters": matrices, "weight_decay": weight_decay},
        {"parameters": others, "weight_decay": 0.0},
    ]
    return [group for group in groups if group["parameters"]]
