"""Several batches make one step as if they were one, and a run is resumed between them."""

import copy

import numpy as np
import pytest

from ml_from_scratch.core import Module, Parameter
from ml_from_scratch.losses import MSE, CrossEntropy
from ml_from_scratch.neural import (
    L2,
    Callback,
    Dense,
    Dropout,
    GradientStep,
    Model,
    NonFiniteError,
    ReLU,
    Tanh,
    Training,
)
from ml_from_scratch.optimizers import SGD, Adam, ClipByGlobalNorm

rng = np.random.default_rng(0)
X, Y = rng.standard_normal((24, 5)), rng.standard_normal((24, 2))
LABELS = rng.integers(0, 3, 24)


def model(optimizer=None, loss=None, outputs=2, layers=None, **options):
    layers = layers or [Dense(8, input_dim=5, regularizer=L2(0.1)), Tanh(), Dense(outputs)]
    made = Model(layers, seed=0, dtype=np.float64)
    made.compile(optimizer or SGD(learning_rate=0.1), loss or MSE(), **options)
    return made


def assert_same(one, two, tolerance=1e-12):
    for (name, a), b in zip(one.state_dict().items(), two.state_dict().values()):
        np.testing.assert_allclose(a, b, atol=tolerance, rtol=0, err_msg=name)


def bits(tree):
    if isinstance(tree, dict):
        return {key: bits(part) for key, part in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [bits(part) for part in tree]
    return tree.tobytes() if isinstance(tree, np.ndarray) else tree


# ---- equal to the big batch ------------------------------------------------------------------------
@pytest.mark.parametrize("batch_size, k", [(1, 24), (3, 4), (4, 3), (12, 1), (5, 5), (7, 100)])
@pytest.mark.parametrize("optimizer", [lambda: SGD(learning_rate=0.1), lambda: Adam(0.01)])
def test_equal_to_one_big_batch(batch_size, k, optimizer):
    """Also where the batches of a group differ in size: 5, 5, 5, 5, 4 and 7, 7, 7, 3."""
    one, two = model(optimizer()), model(optimizer())
    big = min(24, batch_size * k)
    h1 = one.fit(X, Y, epochs=3, batch_size=big, verbose=0)
    h2 = two.fit(X, Y, epochs=3, batch_size=batch_size, accumulate=k, verbose=0)
    assert_same(one, two)
    np.testing.assert_allclose(h1["loss"], h2["loss"], rtol=1e-12)


def test_what_is_left_at_the_end_of_an_epoch_makes_a_step():
    """24 samples: with batches of 5 and groups of 2, steps of 10, 10 and 4."""
    one, two = model(), model()
    steps = []

    class Count(Callback):
        def on_step_end(self, run):
            steps.append((run.n_steps, run.batch))

    one.fit(X, Y, epochs=2, batch_size=10, verbose=0)
    two.fit(X, Y, epochs=2, batch_size=5, accumulate=2, verbose=0, callbacks=[Count()])
    assert_same(one, two)
    assert steps == [(1, 2), (2, 4), (3, 5), (4, 2), (5, 4), (6, 5)]


@pytest.mark.parametrize("class_weight", [None, [1.0, 2.0, 5.0]])
@pytest.mark.parametrize("weighted", [True, False])
def test_weights_of_samples_and_classes_count(class_weight, weighted):
    """A batch counts as much as the weights in it."""
    weight = rng.uniform(0.1, 3.0, 24) if weighted else None
    one, two = (
        model(loss=CrossEntropy(from_logits=True, class_weight=class_weight), outputs=3)
        for _ in range(2)
    )
    h1 = one.fit(X, LABELS, epochs=3, batch_size=24, sample_weight=weight, verbose=0)
    h2 = two.fit(X, LABELS, 3, 5, accumulate=5, sample_weight=weight, verbose=0)
    assert_same(one, two)
    np.testing.assert_allclose(h1["loss"], h2["loss"], rtol=1e-10)


def test_a_report_can_say_how_much_a_batch_counts():
    """Means over masked tokens: the first batch has three that count, the second one."""
    x, mask = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 1.0], [1.0, 0.0]])

    def train(batch_size, accumulate):
        w = Parameter([1.0])
        module = Module()
        module.w = w

        def compute_loss(x, mask):
            return np.sum(mask * w * x) / np.sum(mask), {"weight": mask.sum(), "n": len(x)}

        run = Training(
            module,
            SGD(learning_rate=1.0).attach([w]),
            compute_loss,
            (x, mask),
            batch_size=batch_size,
            accumulate=accumulate,
            shuffle=False,
        )
        return run.fit(1), w.data.item()

    history, w = train(1, 2)
    assert w == 1.0 - 2.0 and history["loss"] == [2.0]  # (1 + 2 + 3) / 3
    assert list(history.history) == ["loss", "n"]
    assert train(2, 1)[1] == w


def test_clipping_is_of_the_whole_gradient():
    one, two = (model(clip=ClipByGlobalNorm(0.05)) for _ in range(2))
    one.fit(X, Y, epochs=2, batch_size=24, verbose=0)
    two.fit(X, Y, epochs=2, batch_size=6, accumulate=4, verbose=0)
    assert_same(one, two)


def test_frozen_and_unused_parameters_stay():
    one = model()
    one[0].freeze()
    before = copy.deepcopy(one.state_dict())
    one.fit(X, Y, batch_size=6, accumulate=2, verbose=0)
    changed = {n for n, v in one.state_dict().items() if (before[n] != v).any()}
    assert changed == {"layers.2.weight", "layers.2.bias"}


def test_in_float32_too():
    one, two = (
        Model([Dense(8, input_dim=5), ReLU(), Dense(2)], seed=0, dtype=np.float32) for _ in range(2)
    )
    for each in (one, two):
        each.compile(SGD(learning_rate=0.1), MSE())
    one.fit(X, Y, epochs=2, batch_size=24, verbose=0)
    two.fit(X, Y, epochs=2, batch_size=6, accumulate=4, verbose=0)
    assert_same(one, two, 1e-6)
    assert {p.dtype for p in two.parameters()} == {np.dtype(np.float32)}


def test_one_batch_a_step_is_what_it_was():
    one, two = model(), model()
    one.fit(X, Y, epochs=2, batch_size=6, verbose=0)
    two.fit(X, Y, epochs=2, batch_size=6, accumulate=1, verbose=0)
    assert bits(one.state_dict()) == bits(two.state_dict())


# ---- by hand ---------------------------------------------------------------------------------------
def test_a_step_by_hand():
    """Means 2 over one sample and 4 over three: (2 + 12) / 4 = 3.5."""
    w = Parameter([10.0])
    step = GradientStep(SGD(learning_rate=1.0).attach([w]))
    loss, report = step.add(lambda a: (np.sum(w * a), {"a": a}), (2.0,), 1)
    assert (loss, report, w.data.tolist(), step.weight) == (20.0, {"a": 2.0}, [10.0], 1.0)
    step.add(lambda a: np.sum(w * a), {"a": 4.0}, 3)
    step.finish()
    assert w.data.tolist() == [6.5] and step.weight == 0.0
    step(lambda: np.sum(w))  # nothing is left over
    assert w.data.tolist() == [5.5]


def test_what_was_added_can_be_forgotten():
    w = Parameter([1.0])
    step = GradientStep(SGD(learning_rate=1.0).attach([w]))
    step.add(lambda: np.sum(w * 100.0), (), 1)
    step.forget()
    step.add(lambda: np.sum(w), (), 1)
    step.finish()
    assert w.data.tolist() == [0.0]


@pytest.mark.parametrize("weight", [0, -1.0])
def test_a_batch_must_count(weight):
    w = Parameter([1.0])
    step = GradientStep(SGD(learning_rate=1.0).attach([w]))
    with pytest.raises(ValueError, match="a batch's weight must be a number above 0"):
        step.add(lambda: (np.sum(w), {"weight": weight}), (), 1)


def test_sums_are_not_averaged():
    with pytest.raises(ValueError, match="reduction='mean'"):
        model(loss=MSE(reduction="sum")).fit(X, Y, accumulate=2, verbose=0)
    with pytest.raises(ValueError, match="accumulate must be an integer of at least 1"):
        model().fit(X, Y, accumulate=0, verbose=0)


def test_nan_in_a_group_leaves_nothing_behind():
    one, bad = model(), X.copy()
    bad[13, 0] = np.nan
    before = bits(one.state_dict())
    with pytest.raises(NonFiniteError, match="in epoch 1, step 3") as caught:
        one.fit(bad, Y, batch_size=6, accumulate=4, shuffle=False, verbose=0)
    assert caught.value.step == 3 and bits(one.state_dict()) == before


def test_an_error_in_a_group_forgets_the_group():
    net, bad = model(), X.copy()
    bad[13, 0] = np.nan
    run = net.prepare(bad, Y, 6, accumulate=4, shuffle=False, verbose=0)
    with pytest.raises(NonFiniteError):
        run.fit(1)
    assert run.gradient_step.weight == 0.0 and run.state_dict()["added"] is None
    assert all(p.grad is None for p in net.parameters())


# ---- resumed within a group --------------------------------------------------------------------------
class Stop(Exception):
    pass


def build(fail_at=None):
    """A run with dropout; it fails before the loss of a batch is computed."""
    net = Model([Dense(6, input_dim=5), Dropout(0.5), Dense(2)], seed=0)
    net.compile(Adam(learning_rate=0.01), MSE())
    net.build(5)
    optimizer, loss, seen = Adam(learning_rate=0.01).attach(net.parameters()), MSE(), []

    def compute_loss(x, y):
        if len(seen) == fail_at:
            raise Stop
        seen.append(len(x))
        return loss(net(x), y)

    data = X.astype(np.float32), Y.astype(np.float32)
    return Training(net, optimizer, compute_loss, data, batch_size=4, accumulate=4, rng=0)


@pytest.mark.parametrize("fail_at", range(1, 12))
def test_from_every_batch_of_a_group(fail_at):
    """Six batches an epoch in groups of four and two, twice."""
    whole, part, resumed = build(), build(fail_at), build()
    whole.fit(2)
    with pytest.raises(Stop):
        part.fit(2)
    state = part.state_dict()
    assert (state["added"] is None) == (fail_at % 6 in (0, 4))
    resumed.fit(2, resume_from=copy.deepcopy(state))
    assert bits(resumed.module.state_dict()) == bits(whole.module.state_dict())
    assert resumed.history.history == whole.history.history


@pytest.mark.parametrize("fail_at", [3, 8])
def test_the_same_object_goes_on(fail_at):
    whole, part = build(), build(fail_at)
    whole.fit(2)
    with pytest.raises(Stop):
        part.fit(2)
    loss = MSE()
    part.compute_loss = lambda x, y: loss(part.module(x), y)
    part.fit(2)
    assert bits(part.module.state_dict()) == bits(whole.module.state_dict())


def test_a_parameter_that_has_no_gradient_yet_is_remembered():
    """Of two weights the first batch of the group uses one only."""
    a, b = Parameter([1.0]), Parameter([1.0])
    module = Module()
    module.a, module.b = a, b
    step = GradientStep(SGD(learning_rate=1.0).attach([a, b]))
    step.add(lambda: np.sum(a), (), 1)
    state = copy.deepcopy(step.state_dict())
    assert state["flats"][0]["present"] == [True, False]
    step.load_state_dict(state)
    assert b.grad is None and a.grad.tolist() == [1.0]
    step.finish()
    assert (a.data.tolist(), b.data.tolist()) == ([0.0], [1.0])


def test_the_state_of_a_group_is_a_copy():
    w = Parameter([1.0])
    step = GradientStep(SGD(learning_rate=1.0).attach([w]))
    step.add(lambda: np.sum(w), (), 1)
    state = step.state_dict()
    step.add(lambda: np.sum(w * 9.0), (), 1)
    assert state["flats"][0]["gradient"].tolist() == [1.0] and state["weight"] == 1.0


def test_another_accumulation_is_refused():
    state = build().state_dict()
    other = build()
    other.accumulate = 2
    with pytest.raises(ValueError, match="accumulate = 4, this one has 2"):
        other.fit(1, resume_from=state)
