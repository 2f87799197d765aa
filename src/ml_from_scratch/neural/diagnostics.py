"""What is wrong with a network that does not learn? A look into every layer during one step of training.

It finds units that are always 0, units that are saturated, gradients that vanish or explode on their way from
the last layer to the first, and steps that are too long or too short for the weights. The step is taken on
trial: the run is afterwards as it was, bit for bit.

Sources: Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks",
for looking at activations and gradients layer by layer; A. Karpathy's notes for Stanford's CS231n, "Babysitting
the learning process", for the ratio of updates to weights, which should be somewhere around 0.001.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core import no_grad
from ml_from_scratch.core.checks import check_number

from .activations import ReLU, Sigmoid, Tanh
from .callbacks import Callback
from .nonfinite import NonFiniteError
from .rehearsal import rehearsal
from .sequential import Sequential

MANY = 0.25  # the share of dead units that is worth a word
HALF = 0.5  # and of saturated outputs
FLAT = 0.05  # saturated: the slope is below this share of its largest
FAR = 1e3  # gradients that differ by so much from those of the last layer
LONG, SHORT = 0.1, 1e-6  # steps, as a share of the weights


class LayerReport(NamedTuple):
    """What was seen of one layer; None where there is nothing to see.

    Attributes
    ----------
    name, kind : str
        Its dotted name and its class.
    mean, std : float
        Of its outputs.
    units, dead : int
        How many units it has, and how many of them are 0 for the whole batch (of a ReLU).
    saturated : float
        The share of outputs where the activation is flat (of a Tanh or Sigmoid).
    gradient : float
        The root mean square of its parameters' gradient, before clipping.
    update : float
        The length of the step of its parameters, over the length of its parameters.
    """

    name: str
    kind: str
    mean: float | None = None
    std: float | None = None
    units: int | None = None
    dead: int | None = None
    saturated: float | None = None
    gradient: float | None = None
    update: float | None = None


class Diagnosis:
    """A report on all layers, and what it means; ``print`` shows it as a table.

    Attributes
    ----------
    layers : list of LayerReport
    findings : list of str
        What is wrong, by layer, and what to do about it; empty if nothing is.
    """

    def __init__(self, layers, findings):
        self.layers, self.findings = layers, findings

    def __repr__(self):
        rows = [("layer", "kind", "output", "dead", "saturated", "gradient", "step/weights")]
        rows += [_cells(layer) for layer in self.layers]
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        lines.insert(1, "-" * max(map(len, lines)))
        return "\n".join([*lines, "", *(self.findings or ["Nothing stands out."])])


def diagnose(run, inputs=None) -> Diagnosis:
    """Look into all layers during one step of training, which is then undone.

    Parameters
    ----------
    run : Training
        From ``model.prepare(X, y)``, say, before it begins or later.
    inputs : array, optional
        What the module is called with, to look at its outputs; unless given, the first array of the
        batch. Outputs are seen of a Model or Sequential, layer by layer; of other modules only
        gradients and steps are.

    Examples
    --------
    >>> from ml_from_scratch.losses import MSE
    >>> from ml_from_scratch.neural import Dense, Model
    >>> model = Model([Dense(4, input_dim=2), ReLU(), Dense(1)], seed=0)
    >>> model.compile("sgd", MSE())
    >>> model[0].bias.assign([0.0, 0.0, -9.0, -9.0])
    >>> diagnosis = diagnose(model.prepare(np.ones((8, 2)), np.ones(8)))
    >>> print(diagnosis.findings[0][:39])
    layers.1 ReLU: 2 of 4 units are dead (0
    """
    with rehearsal(run):
        run.module.train()
        batch = run.take(next(run.order()))
        if inputs is None:
            inputs = next(iter(batch.values())) if isinstance(batch, dict) else batch[0]
        outputs = _outputs(run, inputs)
        gradients, updates, trouble = _trial_step(run, batch)
    layers = []
    for name, module in run.module.named_modules():
        if name in outputs or name in gradients:
            seen = _about_output(module, outputs[name]) if name in outputs else {}
            about = {"gradient": gradients.get(name), "update": updates.get(name)}
            layers.append(LayerReport(name, type(module).__name__, **seen, **about))
    return Diagnosis(layers, [*trouble, *_findings(layers, len(inputs))])


class Diagnostics(Callback):
    """Diagnose the network now and then while it is trained, and say what was found.

    Training itself goes on as if it were not there.

    Parameters
    ----------
    every_epochs : int
        How often.
    show : callable
        Called with each text that is worth reading.

    Attributes
    ----------
    reports : list of Diagnosis
        All that were made.
    """

    def __init__(self, every_epochs=1, show=print):
        self.every_epochs = check_number("every_epochs", every_epochs, least=1, integer=True)
        self.show, self.reports = show, []

    def on_epoch_end(self, run):
        """Diagnose."""
        if run.epoch % self.every_epochs == 0:
            self.reports.append(diagnose(run))
            for finding in self.reports[-1].findings:
                self.show(f"epoch {run.epoch}: {finding}")


# ---- looking ---------------------------------------------------------------------------------------
def _outputs(run, x) -> dict:
    """Return {name: output} of the layers of a Sequential, those within it too."""
    found: dict = {}
    if not isinstance(run.module, Sequential):
        return found
    dtype = run.gradient_step.flats[0].theta.dtype
    with no_grad(), np.errstate(all="ignore"):
        _walk(run.module, "", x.astype(dtype) if x.dtype.kind == "f" else x, found)
    return found


def _walk(module, name, x, found):
    if not isinstance(module, Sequential):
        found[name] = module(x)
        return found[name]
    for i, layer in enumerate(module.layers):
        x = _walk(layer, f"{name}.layers.{i}".lstrip("."), x, found)
    return x


def _trial_step(run, batch) -> tuple:
    """Make a step; return ({layer: gradient}, {layer: step over weights}, what went wrong)."""
    names = {name for name, _ in run.module.named_modules()}
    owners: dict = {}
    for path, p in run.module.named_parameters():
        owner = path.rpartition(".")[0]
        while owner not in names:  # a list of parameters: w.0 belongs to the module that has w
            owner = owner.rpartition(".")[0]
        owners.setdefault(owner, []).append(p)
    step, before = run.gradient_step, {n: _joined(p.data for p in ps) for n, ps in owners.items()}
    gradients: dict = {}
    try:
        step.add(run.compute_loss, batch, 1.0)
        for name, parameters in owners.items():
            gs = [p.grad for p in parameters if p.grad is not None]
            gradients[name] = _rms(_joined(gs)) / step.weight if gs else None
        step.finish()
    except NonFiniteError as error:
        return gradients, {}, [f"{error.place}."]
    updates = {
        name: _ratio(_joined(p.data for p in owners[name]) - old, old)
        for name, old in before.items()
        if gradients[name] is not None
    }
    return gradients, updates, []


def _joined(arrays):
    """Return a fresh vector of all numbers, in double precision."""
    return np.concatenate([backend.to_host(a).astype(np.float64).reshape(-1) for a in arrays])


def _rms(x) -> float:
    return math.sqrt(x.dot(x) / max(x.size, 1))


def _ratio(step, weights):
    length = math.sqrt(weights.dot(weights))
    return math.sqrt(step.dot(step)) / length if length else None


def _about_output(layer, y) -> dict:
    y = backend.to_host(y).astype(np.float64)
    about = {"mean": float(y.mean()), "std": float(y.std()), "units": y.shape[-1]}
    if isinstance(layer, ReLU):
        about["dead"] = int(np.sum(~y.reshape(-1, y.shape[-1]).any(axis=0)))
    if isinstance(layer, Tanh):
        about["saturated"] = float(np.mean(1.0 - y * y < FLAT))
    if isinstance(layer, Sigmoid):
        about["saturated"] = float(np.mean(4.0 * y * (1.0 - y) < FLAT))
    return about


# ---- judging ---------------------------------------------------------------------------------------
def _findings(layers, n) -> list:
    """Return what is wrong, in sentences that begin with the layer."""
    found = []
    learning = [layer for layer in layers if layer.gradient]
    last = learning[-1].gradient if learning else None
    for layer in layers:
        found += [f"{layer.name} {layer.kind}: {text}" for text in _about(layer, n, last)]
    return found


def _about(layer, n, last):
    if layer.dead is not None and layer.dead > MANY * layer.units:
        yield (
            f"{layer.dead} of {layer.units} units are dead (0 for all {n} samples of the batch) and learn "
            "nothing from it. Take a smaller learning rate, HeNormal weights before it, or LeakyReLU."
        )
    if layer.saturated is not None and layer.saturated > HALF:
        yield (
            f"{layer.saturated:.0%} of the outputs are saturated, where gradients hardly pass. Scale the "
            "inputs, take GlorotUniform weights before it, or ReLU."
        )
    if layer.gradient == 0:
        yield "no gradient arrives: nothing that it computes reaches the loss."
    elif layer.gradient is not None and layer.gradient * FAR < last:
        yield (
            f"the gradient vanishes on its way here: {layer.gradient:.1e}, and {last:.1e} in the last "
            "layer. ReLU with HeNormal weights, normalization or shortcuts let it pass."
        )
    elif layer.gradient is not None and layer.gradient > FAR * last:
        yield (
            f"the gradient explodes on its way here: {layer.gradient:.1e}, and {last:.1e} in the last "
            "layer. Take smaller initial weights, normalization, or clip=ClipByGlobalNorm(1.0)."
        )
    if layer.update is not None and layer.update > LONG:
        yield f"a step changes the weights by {layer.update:.0%}. Take a smaller learning rate."
    arrives = layer.gradient is not None and layer.gradient * FAR >= (last or 0.0)
    if layer.update is not None and arrives and layer.update < SHORT:
        yield f"a step changes the weights by {layer.update:.1e} only. Take a larger learning rate."


def _cells(layer) -> tuple:
    def number(value):
        return "" if value is None else f"{value:.1e}"

    output = "" if layer.mean is None else f"{layer.mean:.2g} ± {layer.std:.2g}"
    dead = "" if layer.dead is None else f"{layer.dead}/{layer.units}"
    saturated = "" if layer.saturated is None else f"{layer.saturated:.0%}"
    name = layer.name or "(itself)"
    return name, layer.kind, output, dead, saturated, number(layer.gradient), number(layer.update)
