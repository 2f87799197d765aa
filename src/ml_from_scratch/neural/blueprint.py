"""A blueprint: an object as plain data, its class's name and the arguments of its constructor.

Whatever a saved model is built from (layers, initializers, regularizers) derives from
``Configurable``, which enters every class under its name. Loading looks names up there and nowhere
else: a file can ask for a class that is known, and never run code.
"""

from __future__ import annotations

import inspect

import numpy as np

CLASSES: dict = {}  # name -> class
_PACKAGE = __name__.partition(".")[0]


class Configurable:
    """Something that its constructor's arguments describe: each is kept in an attribute of its name.

    Examples
    --------
    >>> class Scale(Configurable):
    ...     def __init__(self, factor, offset=0.0):
    ...         self.factor, self.offset = factor, offset
    >>> Scale(2.0)
    Scale(factor=2.0)
    >>> Scale(2.0).arguments()
    {'factor': 2.0, 'offset': 0.0}
    """

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if not cls.__name__.startswith("_"):
            CLASSES[name_of(cls)] = cls

    def arguments(self) -> dict:
        """Return {name: value} of the constructor's arguments."""
        return {name: getattr(self, name) for name in _defaults(type(self))}

    def __repr__(self):
        defaults = _defaults(type(self))
        told = [
            f"{name}={value!r}"
            for name, value in self.arguments().items()
            if not _same(value, defaults[name])
        ]
        return f"{type(self).__name__}({', '.join(told)})"


def name_of(cls) -> str:
    """Return the name of a class in a blueprint: the bare one if it is this package's own."""
    inside = cls.__module__.partition(".")[0] == _PACKAGE
    return cls.__qualname__ if inside else f"{cls.__module__}.{cls.__qualname__}"


def blueprint_of(value, where="the model", seen=None):
    """Return an argument as plain data; an object that occurs twice is described once.

    Raises
    ------
    TypeError
        If something is neither plain data nor Configurable, such as a function.
    """
    seen = {} if seen is None else seen
    if isinstance(value, Configurable):
        if id(value) in seen:
            return {"same_as": seen[id(value)]}
        name = name_of(type(value))
        if CLASSES.get(name) is not type(value):
            raise TypeError(
                f"{where} is a {name}, which is not registered: another class has its name."
            )
        arguments = {
            key: blueprint_of(part, f"{where}.{key}", seen)
            for key, part in value.arguments().items()
        }
        seen[id(value)] = len(seen)
        return {"class": name, "arguments": arguments}
    if isinstance(value, (list, tuple)):
        return [blueprint_of(part, f"{where}[{i}]", seen) for i, part in enumerate(value)]
    if isinstance(value, np.dtype):
        return value.name
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(
        f"{where} is {value!r}, which cannot be kept in a file: nothing that is loaded may run code. "
        "Use a class that derives from Layer, Initializer or Regularizer, or keep the weights alone "
        "with state_dict()."
    )


def build_from(blueprint, made=None):
    """Make the object that a blueprint describes.

    Raises
    ------
    ValueError
        If it names a class that is not known here.
    """
    made = [] if made is None else made
    if isinstance(blueprint, list):
        return [build_from(part, made) for part in blueprint]
    if not isinstance(blueprint, dict):
        return blueprint
    if "same_as" in blueprint:
        return made[blueprint["same_as"]]
    name = blueprint["class"]
    if name not in CLASSES:
        raise ValueError(
            f"the file holds a {name}, which is not known here. Import the module that defines it first."
        )
    arguments = {key: build_from(part, made) for key, part in blueprint["arguments"].items()}
    made.append(CLASSES[name](**arguments))
    return made[-1]


def _defaults(cls) -> dict:
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {p.name: p.default for p in parameters if p.kind not in kinds}


def _same(value, default) -> bool:
    if isinstance(value, Configurable) and isinstance(default, Configurable):
        return type(value) is type(default) and value.arguments() == default.arguments()
    return type(value) is type(default) and value == default
