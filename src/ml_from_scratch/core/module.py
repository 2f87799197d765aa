"""Module: anything that owns parameters. It finds them by walking its own attributes."""

from __future__ import annotations

import numpy as np

from .. import backend
from . import checkpoint
from .parameters import Parameter
from .tensor import Tensor

CONTAINERS = (dict, list, tuple)


class Module:
    """A function with parameters: subclass it, set Parameters and Modules as attributes, write forward.

    Attributes that are Parameters or Modules, or lists, tuples or dicts of them, are found in the
    order in which they were set, and have dotted names such as ``blocks.3.attention.weight``. An
    attribute that is to be moved and saved but not trained (a running mean) is a buffer: an array
    whose name the class lists in ``buffers``.

    Attributes
    ----------
    training : bool
        Set by ``train()`` and ``eval()``: layers such as dropout behave differently.
    built : bool
        False while a layer waits for its input's shape to draw its weights.

    Examples
    --------
    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope = Parameter([2.0])
    ...     def forward(self, x):
    ...         return self.slope * x
    ...
    >>> line = Line()
    >>> line(3.0).item(), [name for name, p in line.named_parameters()]
    (6.0, ['slope'])
    """

    buffers: tuple = ()
    training = True
    built = True

    def forward(self, *args, **kwargs):
        """Compute the module's output; every subclass writes its own."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(): write one.")

    def __call__(self, *args, **kwargs):
        """Compute ``forward``."""
        return self.forward(*args, **kwargs)

    # ---- walking ---------------------------------------------------------------------------------
    def named_modules(self, prefix: str = "") -> list:
        """Return (dotted name, module) of this module (named "") and of all inside, each once."""
        found: dict = {}
        _walk_modules(self, prefix, found)
        return [(name, module) for name, module in found.values()]

    def named_children(self) -> list:
        """Return (dotted name, module) of the modules directly inside, as often as they are there."""
        return list(_parts(self, Module))

    def named_parameters(self) -> list:
        """Return (dotted name, Parameter), each parameter once, under its first name."""
        found: dict = {}
        for prefix, module in self.named_modules():
            if not module.built:
                raise RuntimeError(
                    f"{prefix or type(module).__name__}: {module!r} has no weights yet, since it does not know its "
                    "input. Call build(input_shape) (or give input_dim) first."
                )
            for path, parameter in _parts(module, Parameter, prefix):
                if id(parameter) not in found:
                    found[id(parameter)] = (path, parameter)
        for path, parameter in found.values():
            parameter.name = path
        return list(found.values())

    def parameters(self) -> list:
        """Return all Parameters, each once."""
        return [parameter for _, parameter in self.named_parameters()]

    def named_buffers(self) -> list:
        """Return (dotted name, array) of what is saved but not trained."""
        return [
            (_join(prefix, name), getattr(module, name))
            for prefix, module in self.named_modules()
            for name in module.buffers
            if getattr(module, name) is not None
        ]

    # ---- modes -----------------------------------------------------------------------------------
    def train(self, mode: bool = True):
        """Switch this module and all inside to training (or, with False, to evaluation)."""
        for _, module in self.named_modules():
            module.training = mode
        return self

    def eval(self):
        """Switch this module and all inside to evaluation."""
        return self.train(False)

    def freeze(self):
        """Let all parameters keep their values until ``unfreeze()``."""
        return self._set_frozen(True)

    def unfreeze(self):
        """Let all parameters be trained again."""
        return self._set_frozen(False)

    def _set_frozen(self, frozen):
        for parameter in self.parameters():
            parameter.frozen = frozen
        return self

    def zero_grad(self) -> None:
        """Forget all gradients."""
        for parameter in self.parameters():
            parameter.grad = None

    # ---- state -----------------------------------------------------------------------------------
    def state_dict(self) -> dict:
        """Return {dotted name: copied array} of all parameters and buffers."""
        state = {name: parameter.data.copy() for name, parameter in self.named_parameters()}
        return {
            **state,
            **{name: np.array(buffer, like=buffer) for name, buffer in self.named_buffers()},
        }

    def load_state_dict(self, state: dict) -> None:
        """Write a state into the parameters and buffers, in place; all of it or nothing.

        Raises
        ------
        ValueError
            If names are missing or unexpected, or shapes differ; it lists every one.
        """
        parameters, buffers = dict(self.named_parameters()), dict(self.named_buffers())
        _compare(state, {**parameters, **buffers})
        for name, parameter in parameters.items():
            parameter.assign(backend.like(state[name], parameter.data))
        for name, buffer in buffers.items():
            buffer[...] = backend.like(state[name], buffer)

    def save_weights(self, path) -> None:
        """Write the state to one file of arrays, without pickle, whole or not at all."""
        state = {name: backend.to_host(array) for name, array in self.state_dict().items()}
        checkpoint.save(path, {"kind": "weights", "state": state})

    def load_weights(self, path) -> None:
        """Read a state that ``save_weights`` wrote, in place; a damaged file changes nothing."""
        tree = checkpoint.load(path)
        if not isinstance(tree, dict) or tree.get("kind") != "weights":
            raise checkpoint.CheckpointError(
                f"{path} holds no weights of a Module; was it written by save_weights()?"
            )
        self.load_state_dict(tree["state"])

    def to(self, target):
        """Move to a device ("cpu", "cuda") or convert to a floating dtype, before training starts."""
        on_device = isinstance(target, str) and target in ("cpu", "cuda")
        if not on_device and np.dtype(target).kind != "f":
            raise TypeError(f'to() takes "cpu", "cuda" or a floating dtype; got {target!r}.')
        convert = (
            (lambda x: backend.to_device(x, target)) if on_device else (lambda x: x.astype(target))
        )
        for name, parameter in self.named_parameters():
            if parameter.place is not None:
                raise RuntimeError(
                    f"{name} is already attached to an optimiser: call to({target!r}) before attaching."
                )
            parameter.data, parameter.grad = convert(parameter.data), None
        for _, module in self.named_modules():
            for name in module.buffers:
                buffer = getattr(module, name)
                if buffer is not None and (on_device or buffer.dtype.kind == "f"):
                    setattr(module, name, convert(buffer))
        return self

    def __setattr__(self, name, value):
        if (
            isinstance(value, Tensor)
            and not isinstance(value, Parameter)
            and isinstance(vars(self).get(name), Parameter)
        ):
            raise TypeError(
                f"{name} is a Parameter, and a Tensor in its place would not be trained: change its value with "
                f"{name}.assign(array), or set a new Parameter."
            )
        object.__setattr__(self, name, value)

    def __repr__(self):
        lines = [
            f"  ({name}): " + repr(m).replace("\n", "\n  ") for name, m in self.named_children()
        ]
        inside = f"\n{chr(10).join(lines)}\n" if lines else self.extra_repr()
        return f"{type(self).__name__}({inside})"

    def extra_repr(self) -> str:
        """Return what stands between the brackets of repr() where there are no modules inside."""
        return ""


def _join(prefix, name):
    return f"{prefix}.{name}" if prefix else str(name)


def _parts(module, kind, prefix=""):
    """(dotted name, part) of the parts of a kind among a module's attributes, and in containers there."""
    for name, value in vars(module).items():
        if isinstance(value, kind):
            yield _join(prefix, name), value
        elif isinstance(value, CONTAINERS):
            yield from _inside(value, kind, _join(prefix, name))


def _inside(container, kind, path):
    items = container.items() if isinstance(container, dict) else enumerate(container)
    for key, value in items:
        if isinstance(value, kind):
            yield _join(path, key), value
        elif isinstance(value, CONTAINERS):
            yield from _inside(value, kind, _join(path, key))


def _walk_modules(module, prefix, found):
    if id(module) in found:
        return
    found[id(module)] = (prefix, module)
    for path, child in module.named_children():
        _walk_modules(child, _join(prefix, path), found)


def _compare(state, own):
    """Raise one ValueError that lists all that is missing, unexpected or of another shape."""
    problems = [f"missing: {name}" for name in own if name not in state]
    problems += [f"unexpected: {name}" for name in state if name not in own]
    problems += [
        f"shape of {name}: expected {own[name].shape}, got {np.shape(state[name])}"
        for name in own
        if name in state and own[name].shape != np.shape(state[name])
    ]
    if problems:
        raise ValueError("the state does not fit this module:\n  " + "\n  ".join(problems))
