"""Diagnoses: each illness is given to a network and found in its layer; a healthy one has none."""

import re

import numpy as np
import pytest

from ml_from_scratch.core import Module, Parameter
from ml_from_scratch.datasets import load_digits
from ml_from_scratch.losses import MSE, CrossEntropy
from ml_from_scratch.neural import (
    Checkpointing,
    Dense,
    Diagnostics,
    Dropout,
    Flatten,
    HeNormal,
    Layer,
    Model,
    ReLU,
    Sequential,
    Sigmoid,
    Tanh,
    Training,
    diagnose,
)
from ml_from_scratch.neural.diagnostics import LayerReport, _findings
from ml_from_scratch.optimizers import SGD, Adam, ClipByGlobalNorm

images, labels = load_digits(return_X_y=True)
images, labels = images[:200] / 16.0, labels[:200]


def prepared(layers, optimizer=None, X=images, clip=None, **options):
    model = Model(layers, seed=0)
    model.compile(optimizer or Adam(learning_rate=0.001), CrossEntropy(from_logits=True), clip=clip)
    return model.prepare(X, labels, 64, verbose=0, **options)


def deep(activation, n, units=32, **options):
    return [
        *[make() for _ in range(n) for make in (lambda: Dense(units, **options), activation)],
        Dense(10),
    ]


def bits(run):
    state = {**run.module.state_dict(), "order": run.rng.bit_generator.state}
    return {n: v.tobytes() if isinstance(v, np.ndarray) else v for n, v in state.items()}


# ---- illnesses -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "layers",
    [
        [Dense(64), ReLU(), Dropout(0.2), Dense(10)],
        deep(ReLU, 3, kernel_initializer=HeNormal()),
        deep(Tanh, 3),
    ],
)
def test_a_healthy_network(layers):
    diagnosis = diagnose(prepared(layers))
    assert diagnosis.findings == []
    assert repr(diagnosis).endswith("Nothing stands out.")


def test_dead_units_are_counted():
    run = prepared([Dense(128, input_dim=64), ReLU(), Dense(10)])
    bias = np.zeros(128, np.float32)
    bias[:37] = -1e3
    run.module[0].bias.assign(bias)
    diagnosis = diagnose(run)
    (row,) = [layer for layer in diagnosis.layers if layer.kind == "ReLU"]
    assert row.name == "layers.1" and row.units == 128 and 37 <= row.dead < 50
    assert f"layers.1 ReLU: {row.dead} of 128 units are dead" in diagnosis.findings[0]
    assert f"{row.dead}/128" in repr(diagnosis)


def test_a_unit_that_is_alive_once_is_alive():
    """By hand: outputs (1, 0), (0, 0): the first unit lives, the second does not."""
    model = Model([Dense(2, input_dim=1), ReLU(), Dense(1)], seed=0)
    model.build(1)
    model[0].weight.assign([[1.0, -1.0]])
    model.compile(SGD(learning_rate=0.0), MSE())
    row = diagnose(model.prepare(np.array([[1.0], [0.0]]), np.zeros(2))).layers[1]
    assert (row.dead, row.units, row.mean) == (1, 2, 0.25)
    assert row.std == pytest.approx(np.std([1, 0, 0, 0]))


@pytest.mark.parametrize("activation", [Tanh, Sigmoid])
def test_saturated_outputs(activation):
    diagnosis = diagnose(
        prepared([Dense(32, input_dim=64), activation(), Dense(10)], X=1e4 * images)
    )
    row = diagnosis.layers[1]
    assert row.saturated > 0.9
    assert f"layers.1 {activation.__name__}: " in diagnosis.findings[-1]
    assert f"{row.saturated:.0%} of the outputs are saturated" in "".join(diagnosis.findings)
    fine = diagnose(prepared([Dense(32, input_dim=64), activation(), Dense(10)])).layers[1]
    assert fine.saturated < 0.1


def test_saturation_by_hand():
    """Slopes below 5 %: tanh beyond 0.9747, the sigmoid beyond 0.9872."""
    for layer, inside, outside in [(Tanh(), 2.17, 2.20), (Sigmoid(), 4.34, 4.40)]:
        model = Model([Dense(2, input_dim=1), layer, Dense(1)], seed=0)
        model.build(1)
        model[0].weight.assign([[inside, outside]])
        model.compile(SGD(learning_rate=0.0), MSE())
        diagnosis = diagnose(model.prepare(np.array([[1.0], [-1.0]]), np.zeros(2)))
        assert diagnosis.layers[1].saturated == 0.5


def test_vanishing_gradients():
    diagnosis = diagnose(prepared(deep(Sigmoid, 8), SGD(learning_rate=0.1)))
    first = diagnosis.findings[0]
    assert first.startswith("layers.0 Dense: the gradient vanishes on its way here: ")
    gradients = [layer.gradient for layer in diagnosis.layers if layer.gradient]
    assert gradients[0] < 1e-4 * gradients[-1]
    assert not any(
        "layers.14" in finding or "layers.16" in finding for finding in diagnosis.findings
    )


def test_exploding_gradients():
    """Weights that are too large for tanh: outputs stay below 1, gradients grow from layer to layer."""

    class Large(HeNormal):
        def __call__(self, shape, rng, dtype=np.float32):
            return 4.0 * super().__call__(shape, rng, dtype)

    diagnosis = diagnose(prepared(deep(Tanh, 20, units=64, kernel_initializer=Large())))
    texts = [text for text in diagnosis.findings if "explodes" in text]
    assert texts[0].startswith("layers.0 Dense: the gradient explodes on its way here")
    assert not any("layers.40" in text for text in texts)


@pytest.mark.parametrize(
    "rate, words", [(30.0, "Take a smaller learning rate"), (1e-8, "Take a larger learning rate")]
)
def test_steps_that_are_too_long_or_too_short(rate, words):
    diagnosis = diagnose(prepared([Dense(32), ReLU(), Dense(10)], SGD(learning_rate=rate)))
    assert len(diagnosis.findings) == 2
    assert all("a step changes the weights by" in f and words in f for f in diagnosis.findings)


def test_a_layer_that_nothing_comes_from():
    class Deaf(Layer):
        def forward(self, x):
            return x * 0.0

    diagnosis = diagnose(prepared([Dense(8), Deaf(), Dense(10)]))
    assert diagnosis.findings[0].startswith("layers.0 Dense: no gradient arrives")


def test_nan_is_told_with_its_place():
    bad = images.copy()
    bad[:, 3] = np.nan
    run = prepared([Dense(8), ReLU(), Dense(10)], X=bad)
    before = bits(run)
    diagnosis = diagnose(run)
    assert diagnosis.findings[0].startswith("the output of linear in layers.0")
    assert "check the data" in diagnosis.findings[0] and "nan" in repr(diagnosis)
    assert bits(run) == before


# ---- numbers ---------------------------------------------------------------------------------------------
def test_gradient_and_step_by_hand():
    """y = 2 x at x = 1, target 0: L = 4, dL/dw = 4; with rate 0.1 the step is 0.4 of 2."""
    model = Model([Dense(1, input_dim=1, use_bias=False)], seed=0)
    model.build(1)
    model[0].weight.assign([[2.0]])
    model.compile(SGD(learning_rate=0.1), MSE(), clip=ClipByGlobalNorm(100.0))
    (row,) = diagnose(model.prepare(np.ones((5, 1)), np.zeros(5))).layers
    assert (row.name, row.kind, row.mean, row.std) == ("layers.0", "Dense", 2.0, 0.0)
    assert row.gradient == pytest.approx(4.0) and row.update == pytest.approx(0.2)
    model.compile(SGD(learning_rate=0.1), MSE(), clip=ClipByGlobalNorm(1.0))
    (row,) = diagnose(model.prepare(np.ones((5, 1)), np.zeros(5))).layers
    assert row.gradient == pytest.approx(4.0) and row.update == pytest.approx(0.05)  # clipped


def test_gradients_by_hand_of_several_weights_and_a_batch_that_counts_more():
    """y = w1 x1 + w2 x2 at x = (1, 3), y = 2, target 0: gradients 4 and 12; their RMS is sqrt(80)."""
    model = Model([Dense(1, input_dim=2, use_bias=False)], seed=0)
    model.build(2)
    model[0].weight.assign([[2.0], [0.0]])
    model.compile(SGD(learning_rate=0.1), MSE())
    run = model.prepare(np.array([[1.0, 3.0]]), np.zeros(1))
    assert diagnose(run).layers[0].gradient == pytest.approx(np.sqrt(80.0))
    inner = run.compute_loss
    run.compute_loss = lambda *batch: (inner(*batch)[0], {"weight": 50.0})
    assert diagnose(run).layers[0].gradient == pytest.approx(np.sqrt(80.0))


def test_it_looks_at_a_network_in_training():
    seen = []

    class Look(Layer):
        def forward(self, x):
            seen.append(self.training)
            return x

    run = prepared([Dense(8, input_dim=64), Look(), Dense(10)])
    run.module.eval()
    diagnose(run)
    assert seen and all(seen) and not run.module.training


def test_a_layer_of_zeros_has_no_step_in_proportion_to_it():
    run = prepared([Dense(8, input_dim=64), ReLU(), Dense(10)])
    run.module[2].weight.assign(np.zeros((8, 10)))
    last = diagnose(run).layers[-1]
    assert last.update is None and last.gradient > 0


def judged(*reports):
    """What is said of layers that were seen like this, and of one at the end that is healthy."""
    rows = [LayerReport(f"layers.{i}", "Kind", **seen) for i, seen in enumerate(reports)]
    rows.append(LayerReport("layers.9", "Dense", gradient=1.0, update=1e-3))
    return _findings(rows, 64)


@pytest.mark.parametrize(
    "seen, words",
    [
        ({"units": 100, "dead": 25}, None),
        ({"units": 100, "dead": 26}, "26 of 100 units are dead .0 for all 64 samples"),
        ({"saturated": 0.5}, None),
        ({"saturated": 0.51}, "51% of the outputs are saturated"),
        ({"gradient": 1.1e-3, "update": 1e-3}, None),
        ({"gradient": 0.9e-3, "update": 1e-3}, "the gradient vanishes on its way here: 9.0e-04"),
        ({"gradient": 0.9e3, "update": 1e-3}, None),
        ({"gradient": 1.1e3, "update": 1e-3}, "the gradient explodes on its way here: 1.1e.03"),
        ({"gradient": 1.0, "update": 0.1}, None),
        ({"gradient": 1.0, "update": 0.11}, "a step changes the weights by 11%"),
        ({"gradient": 1.0, "update": 1e-6}, None),
        ({"gradient": 1.0, "update": 0.9e-6}, "a step changes the weights by 9.0e-07 only"),
    ],
)
def test_the_limits_of_what_is_healthy(seen, words):
    found = judged(seen)
    assert len(found) == (words is not None)
    assert words is None or re.match(f"layers.0 Kind: {words}", found[0])


def test_a_short_step_is_no_wonder_where_no_gradient_arrives():
    (finding,) = judged({"gradient": 1e-5, "update": 1e-9})
    assert "vanishes" in finding


def test_layers_within_layers_have_their_names():
    inner = Sequential([Dense(8), ReLU()])
    diagnosis = diagnose(prepared([Flatten(), inner, Dense(10)], X=images.reshape(-1, 8, 8)))
    names = [(layer.name, layer.kind) for layer in diagnosis.layers]
    assert names == [
        ("layers.0", "Flatten"),
        ("layers.1.layers.0", "Dense"),
        ("layers.1.layers.1", "ReLU"),
        ("layers.2", "Dense"),
    ]


def test_the_table():
    lines = repr(diagnose(prepared([Dense(32), ReLU(), Dense(10)]))).splitlines()
    assert lines[0].split() == [
        "layer",
        "kind",
        "output",
        "dead",
        "saturated",
        "gradient",
        "step/weights",
    ]
    assert lines[2].startswith("layers.0  Dense") and lines[3].startswith("layers.1  ReLU")
    assert set(lines[1]) == {"-"} and len(lines[1]) == max(map(len, lines[:5]))


def test_frozen_layers_are_left_out_of_judgement():
    run = prepared([Dense(8, input_dim=64), ReLU(), Dense(10)])
    run.module[0].freeze()
    diagnosis = diagnose(run)
    assert diagnosis.layers[0].gradient is None and diagnosis.layers[0].update is None
    assert diagnosis.findings == []


def test_any_module_by_its_gradients():
    class Pair(Module):
        def __init__(self):
            self.first, self.rest = Dense(4, input_dim=3), [Parameter(np.ones((4, 2), np.float32))]

        def forward(self, x):
            return self.first(x) @ self.rest[0]

    pair, loss = Pair(), MSE()
    pair.parameters()
    x = np.ones((6, 3), np.float32)
    run = Training(
        pair,
        SGD(learning_rate=0.1).attach(pair.parameters()),
        lambda inputs, targets: loss(pair(inputs), targets),
        {"inputs": x, "targets": np.zeros((6, 2), np.float32)},
    )
    diagnosis = diagnose(run)
    assert [(layer.name, layer.kind) for layer in diagnosis.layers] == [
        ("", "Pair"),
        ("first", "Dense"),
    ]
    assert "(itself)" in repr(diagnosis)


# ---- beside training ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("accumulate", [1, 2])
def test_training_does_not_notice(accumulate, tmp_path):
    def fit(*callbacks):
        model = Model([Dense(16, input_dim=64), ReLU(), Dropout(0.3), Dense(10)], seed=0)
        model.compile(
            Adam(learning_rate=0.01), CrossEntropy(from_logits=True), ["accuracy", "perplexity"]
        )
        callbacks = [*callbacks, Checkpointing(tmp_path / "run", every_steps=1)]
        run = model.prepare(
            images, labels, 32, callbacks=callbacks, verbose=0, accumulate=accumulate
        )
        run.fit(4)
        return bits(run), model.history.history

    callback = Diagnostics(every_epochs=2, show=lambda text: None)
    assert fit(callback) == fit()
    assert [report.layers[1].units for report in callback.reports] == [16, 16]


def test_what_is_found_is_said():
    said = []
    callback = Diagnostics(show=said.append)
    prepared([Dense(8), ReLU(), Dense(10)], SGD(learning_rate=1e-9), callbacks=[callback]).fit(2)
    assert len(said) == 4 and said[0].startswith("epoch 1: layers.0 Dense: a step changes")
    assert said[-1].startswith("epoch 2: layers.2 Dense: ")
    with pytest.raises(ValueError, match="every_epochs"):
        Diagnostics(every_epochs=0)
