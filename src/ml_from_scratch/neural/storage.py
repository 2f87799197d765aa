"""A model as a tree of arrays and plain values, and back: what ``save`` and ``load`` put in a file.

The file of a model and that of an interrupted run of training share their keys: "header" says what to
build, "module" has the weights, "generators" the states of the random numbers, "optimizer" and "history"
are what they say. So a model can be read from either.
"""

from __future__ import annotations

from ml_from_scratch import backend
from ml_from_scratch.core import checkpoint
from ml_from_scratch.core.checkpoint import CheckpointError
from ml_from_scratch.losses import LOSSES
from ml_from_scratch.optimizers import OPTIMIZERS, ClipByGlobalNorm, ClipByValue

from .blueprint import blueprint_of, build_from
from .generators import generators, set_generators

KNOWN = {
    cls.__name__: cls
    for cls in [*LOSSES.values(), *OPTIMIZERS.values(), ClipByGlobalNorm, ClipByValue]
}


# ---- to the file -----------------------------------------------------------------------------------
def save_model(path, model) -> None:
    """Write a model to one file."""
    attached = model.optimizer is not None and model.optimizer.groups
    checkpoint.save(
        path,
        {
            "kind": "model",
            "header": header_of(model),
            "module": on_host(model.state_dict()),
            "generators": {n: rng.bit_generator.state for n, rng in generators(model).items()},
            "optimizer": on_host(model.optimizer.state_dict()) if attached else None,
            "history": model.history.state_dict(),
        },
    )


def header_of(model) -> dict:
    """Return what is needed to build the model again: its blueprint, and how it was compiled."""
    metrics = [metric for metric in model.metrics if isinstance(metric, str)]
    return {
        "blueprint": blueprint_of(model),
        "input_shape": model.input_shape,
        "compiled": {
            "loss": _known(model.loss),
            "clip": _known(model.clip),
            "metrics": metrics,
            "optimizer": _kept_optimizer(model.optimizer),
            "groups": _group_names(model.optimizer),
        },
    }


def save_run(path, run) -> None:
    """Write a run of training to one file; if it trains a model, with what is needed to build that."""
    try:
        header = header_of(run.module) if hasattr(run.module, "compile") else None
    except TypeError:  # a function in it, say: the run can be resumed all the same
        header = None
    checkpoint.save(path, on_host({"kind": "training", "header": header, **run.state_dict()}))


def on_host(tree):
    """Return a tree whose arrays are NumPy's."""
    if isinstance(tree, dict):
        return {key: on_host(part) for key, part in tree.items()}
    if isinstance(tree, (list, tuple)):
        return type(tree)(on_host(part) for part in tree)
    return backend.to_host(tree) if hasattr(tree, "__array_function__") else tree


def _known(thing):
    """A loss or a clip as plain data; None if it is of a class of the user's, whose code is not kept."""
    if thing is None or KNOWN.get(type(thing).__name__) is not type(thing):
        return None
    options = dict(vars(thing))
    weights = options.get("class_weight")
    if weights is not None:  # a checkpoint's keys are strings
        pairs = weights.items() if isinstance(weights, dict) else enumerate(weights)
        options["class_weight"] = [[int(k), float(w)] for k, w in pairs]
    return {"class": type(thing).__name__, "options": options}


def _kept_optimizer(optimizer):
    if KNOWN.get(type(optimizer).__name__) is not type(optimizer):
        return None
    state = optimizer.state_dict()
    options = [state["options"], *(group["options"] for group in state["groups"])]
    coded = any("learning_rate" in o and o["learning_rate"] is None for o in options)
    return None if coded else type(optimizer).__name__


def _group_names(optimizer):
    groups = [] if optimizer is None else optimizer.groups
    return [[p.name for p in group.flat.parameters] for group in groups]


# ---- from the file ---------------------------------------------------------------------------------
def load_run(path) -> dict:
    """Return the state of a run of training.

    Raises
    ------
    CheckpointError
        If the file holds something else.
    """
    tree = checkpoint.load(path)
    if not isinstance(tree, dict) or tree.get("kind") != "training":
        raise CheckpointError(
            f"{path} does not hold a run of training that could be resumed: that is what the callback "
            "Checkpointing writes. A model from save() is read with Model.load(path)."
        )
    return tree


def load_model(path):
    """Return the model that ``save_model`` or ``save_run`` wrote.

    Raises
    ------
    CheckpointError
        If the file holds no model.
    """
    tree = checkpoint.load(path)
    if not isinstance(tree, dict) or tree.get("kind") not in ("model", "training"):
        raise CheckpointError(f"{path} holds no model; was it written by Model.save()?")
    if tree["header"] is None:
        raise CheckpointError(
            f"{path} holds a run of training, but not how to build what was trained: that is no Model, or a "
            "function is in it. Build that Module yourself, and resume the run with it."
        )
    model = build_from(tree["header"]["blueprint"])
    if tree["header"]["input_shape"] is not None:
        model.build(tree["header"]["input_shape"])
    model.load_state_dict(tree["module"])
    set_generators(model, tree["generators"])
    model.history.load_state_dict(tree["history"])
    _compile(model, tree)
    return model.eval()


def _compile(model, tree):
    """Compile as before, as far as it is known how: a loss or schedule of the user's own is not."""
    compiled = tree["header"]["compiled"]
    if compiled["loss"] is None or compiled["optimizer"] is None:
        return
    optimizer = KNOWN[compiled["optimizer"]]()
    if tree["optimizer"] is not None:
        own = dict(model.named_parameters())
        groups = [{"parameters": [own[n] for n in names]} for names in compiled["groups"]]
        optimizer.attach(groups)
        optimizer.load_state_dict(tree["optimizer"])
    loss, clip = _made(compiled["loss"]), _made(compiled["clip"])
    model.compile(optimizer, loss, compiled["metrics"], clip)


def _made(description):
    if description is None:
        return None
    options = dict(description["options"])
    if options.get("class_weight") is not None:
        options["class_weight"] = {int(k): w for k, w in options["class_weight"]}
    return KNOWN[description["class"]](**options)
