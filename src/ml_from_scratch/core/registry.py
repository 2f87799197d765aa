"""Every estimator by its name: for the tests that run over all of them, and to rebuild a saved one.

Defining a class registers it (``BaseEstimator.__init_subclass__`` calls ``register``), so that the
contract tests cover an estimator from the moment it exists and nobody can forget to list it. A name
that starts with an underscore marks a base that is not meant to be used by itself. Names are looked
up here and nowhere else: a file can ask for a class that is known, never import one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import checkpoint
from .checkpoint import CheckpointError

_ESTIMATORS: dict[str, type] = {}
_PARTS: dict[str, type] = {}
_PACKAGE = __name__.partition(".")[0]
_KIND = "__kind__"
_BIT_GENERATORS = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")


def register(estimator_class: type) -> None:
    """Enter a class under its name: the bare one for this package, with the module for others."""
    if not estimator_class.__name__.startswith("_"):
        _ESTIMATORS[key_of(estimator_class)] = estimator_class


def storable(part_class: type) -> type:
    """Class decorator: let estimators hold such objects when they are saved (a tree, a kernel).

    What is written are the object's attributes; reading makes an object with them, without calling
    ``__init__``.
    """
    _PARTS[key_of(part_class)] = part_class
    return part_class


def key_of(estimator_class: type) -> str:
    """Return the name under which a class is saved."""
    inside = estimator_class.__module__.partition(".")[0] == _PACKAGE
    name = estimator_class.__qualname__
    return name if inside else f"{estimator_class.__module__}.{name}"


def all_estimators() -> dict[str, type]:
    """Return this package's public estimators by name, of the modules imported so far, sorted."""
    inside = {k: v for k, v in _ESTIMATORS.items() if v.__module__.partition(".")[0] == _PACKAGE}
    return dict(sorted(inside.items()))


# ---- an estimator as a tree of plain values ------------------------------------------------------
def save_estimator(path, estimator) -> None:
    """Write an estimator, its parameters and what it learned, to one checkpoint file."""
    checkpoint.save(path, _to_tree(estimator, type(estimator).__name__))


def load_estimator(path):
    """Read back an estimator; its class must have been imported."""
    tree = checkpoint.load(path)
    if not (isinstance(tree, dict) and tree.get(_KIND) == "estimator"):
        raise CheckpointError(f"{str(path)!r} is a checkpoint, but not one of an estimator.")
    return _from_tree(tree)


def _to_tree(node: Any, where: str) -> Any:
    if isinstance(node, np.ndarray) and node.dtype.kind == "O":
        items = [_to_tree(item, where) for item in node.ravel().tolist()]
        return {_KIND: "objects", "shape": node.shape, "items": items}
    if isinstance(node, (np.random.Generator, np.random.RandomState)):
        return _generator_to_tree(node)
    if _PARTS.get(key_of(type(node))) is type(node):
        state = {k: _to_tree(v, f"{where}.{k}") for k, v in vars(node).items()}
        return {_KIND: "part", "name": key_of(type(node)), "state": state}
    if hasattr(node, "get_params") and not isinstance(node, type):
        return _estimator_to_tree(node, where)
    if type(node) in (list, tuple):
        return type(node)(_to_tree(item, where) for item in node)
    if type(node) is dict:
        if _KIND in node:
            raise CheckpointError(
                f"{where} has the key {_KIND!r}, which is kept for files' own use."
            )
        return {key: _to_tree(item, f"{where}[{key!r}]") for key, item in node.items()}
    if callable(node) and not isinstance(node, np.generic):
        raise CheckpointError(
            f"{where} is {node!r}: code is never saved. Set it to None before saving, and again "
            "after loading."
        )
    return node


def _estimator_to_tree(estimator: Any, where: str) -> dict:
    kind = type(estimator)
    key = key_of(kind)
    if _ESTIMATORS.get(key) is not kind:
        raise CheckpointError(
            f"{where} is a {key}, which is not an estimator of this package nor derived from its "
            "BaseEstimator, so that it could not be rebuilt."
        )
    params: dict[str, Any] = estimator.get_params(deep=False)
    state = {k: v for k, v in vars(estimator).items() if k not in params}
    return {
        _KIND: "estimator",
        "name": key,
        "params": {k: _to_tree(v, f"{where}.{k}") for k, v in params.items()},
        "state": {k: _to_tree(v, f"{where}.{k}") for k, v in state.items()},
    }


def _generator_to_tree(rng) -> dict:
    if isinstance(rng, np.random.RandomState):
        return {_KIND: "RandomState", "state": rng.get_state(legacy=False)}
    return {_KIND: "Generator", "state": rng.bit_generator.state}


def _from_tree(node: Any) -> Any:
    if type(node) in (list, tuple):
        return type(node)(_from_tree(item) for item in node)
    if type(node) is not dict:
        return node
    kind = node.get(_KIND)
    if kind is None:
        return {key: _from_tree(item) for key, item in node.items()}
    if kind == "objects":
        array = np.empty(len(node["items"]), dtype=object)
        for i, item in enumerate(node["items"]):
            array[i] = _from_tree(item)
        return array.reshape(node["shape"])
    if kind == "estimator":
        return _estimator_from_tree(node)
    if kind == "part":
        return _part_from_tree(node)
    if kind in ("Generator", "RandomState"):
        return _generator_from_tree(kind, node["state"])
    raise CheckpointError(f"the checkpoint holds an unknown kind of value, {kind!r}.")


def _part_from_tree(tree: dict):
    part_class = _known(_PARTS, tree["name"])
    part: Any = object.__new__(part_class)
    vars(part).update({k: _from_tree(v) for k, v in tree["state"].items()})
    return part


def _known(table: dict[str, type], name: str) -> type:
    if name not in table:
        raise CheckpointError(
            f"the checkpoint holds a {name}, which is not known here. Import the module that "
            f"defines it first (known: {', '.join(sorted(table)) or 'none'})."
        )
    return table[name]


def _estimator_from_tree(tree: dict):
    estimator_class = _known(_ESTIMATORS, tree["name"])
    try:
        estimator = estimator_class(**{k: _from_tree(v) for k, v in tree["params"].items()})
    except TypeError as error:
        raise CheckpointError(
            f"the checkpoint was written by another version of {tree['name']}: {error}."
        ) from error
    vars(estimator).update({k: _from_tree(v) for k, v in tree["state"].items()})
    return estimator


def _generator_from_tree(kind: str, state: dict):
    name = state["bit_generator"]
    if name not in _BIT_GENERATORS:
        raise CheckpointError(f"the checkpoint asks for an unknown random generator, {name!r}.")
    if kind == "RandomState":
        rng = np.random.RandomState()
        rng.set_state(state)
        return rng
    bits = getattr(np.random, name)()
    bits.state = state
    return np.random.Generator(bits)
