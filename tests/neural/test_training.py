"""The gradient step and the loop: what they do, when they stop, and what they leave behind."""

import copy
import platform
import subprocess
import sys

import numpy as np
import pytest

from ml_from_scratch.core import Module, Parameter, no_grad
from ml_from_scratch.losses import MSE
from ml_from_scratch.neural import (
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
from ml_from_scratch.neural.training import tell_plateaus
from ml_from_scratch.optimizers import (
    SGD,
    Adam,
    ClipByGlobalNorm,
    ClipByValue,
    Plateau,
    Step,
    WarmUp,
)

rng = np.random.default_rng(0)
X, Y = rng.standard_normal((24, 5)), rng.standard_normal((24, 2))


class Line(Module):
    """slope * x: no Layer, no Model."""

    def __init__(self, slope=0.0):
        self.slope = Parameter([slope])

    def forward(self, x):
        return self.slope * x


def line_run(optimizer=None, n=8, **options):
    line = Line()
    optimizer = (optimizer or SGD(learning_rate=0.1)).attach(line.parameters())
    x = np.linspace(1.0, 2.0, n)
    return Training(
        line, optimizer, lambda x, y: np.mean(np.square(line(x) - y)), (x, 3.0 * x), **options
    )


def network(optimizer, seed=0, layers=None, **options):
    model = Model(layers or [Dense(8, input_dim=5), Tanh(), Dense(2)], seed=seed)
    model.compile(optimizer, MSE(), **options)
    return model


# ---- one step --------------------------------------------------------------------------------------
def test_a_step_by_hand():
    """L = w^2 at 3: the loss before is 9, the gradient 6, the step 0.25 times that."""
    w = Parameter([3.0])
    loss, report = GradientStep(SGD(learning_rate=0.25).attach([w]))(lambda: np.sum(w * w))
    assert (loss, report, w.data.tolist()) == (9.0, {}, [1.5])


def test_a_step_gets_the_batch_and_passes_the_report_on():
    w = Parameter([1.0])
    step = GradientStep(SGD(learning_rate=0.0).attach([w]))
    loss, report = step(lambda a, b: (np.sum(w * a * b), {"a": a}), 2.0, 3.0)
    assert (loss, report) == (6.0, {"a": 2.0})


def test_gradients_do_not_add_up_from_step_to_step():
    w = Parameter([1.0])
    step = GradientStep(SGD(learning_rate=1.0).attach([w]))
    for _ in range(3):
        step(lambda: np.sum(w))
    assert w.data.tolist() == [-2.0]


@pytest.mark.parametrize(
    "clip, expected", [(ClipByGlobalNorm(1.0), [0.6, 0.8]), (ClipByValue(3.5), [3.0, 3.5])]
)
def test_clipping(clip, expected):
    w = Parameter([0.0, 0.0])
    GradientStep(SGD(learning_rate=1.0).attach([w]), clip)(lambda: np.sum(w * [3.0, 4.0]))
    np.testing.assert_allclose(w.data, [-v for v in expected])


@pytest.mark.parametrize(
    "compute_loss, got",
    [
        (lambda w: w * 2.0, "shape \\(2,\\)"),
        (lambda w: 1.0, "a float"),
        (lambda w: w.data.sum(), "a float64"),
    ],
)
def test_a_loss_is_one_number_made_from_the_parameters(compute_loss, got):
    w = Parameter([1.0, 2.0])
    with pytest.raises(TypeError, match=f"a Tensor that holds one number; got {got}"):
        GradientStep(SGD(learning_rate=0.1).attach([w]))(lambda: compute_loss(w))


def test_frozen_parameters_stay():
    model = network(SGD(learning_rate=0.1))
    model[0].freeze()
    before = copy.deepcopy(model.state_dict())
    model.fit(X, Y, epochs=2, verbose=0)
    after = model.state_dict()
    changed = {name for name in before if (before[name] != after[name]).any()}
    assert changed == {"layers.2.weight", "layers.2.bias"}


# ---- NaN and infinity: the place, and the weights of the last good step ------------------------------
def bits(model):
    return {name: value.tobytes() for name, value in model.state_dict().items()}


class Kept(Callback):
    """The weights after every step."""

    def __init__(self):
        self.states = []

    def on_step_end(self, run):
        self.states.append(bits(run.module))


@pytest.mark.filterwarnings("error")
def test_nan_in_the_data_is_found():
    model, kept = network(SGD(learning_rate=0.01)), Kept()
    bad = X.copy()
    bad[17, 2] = np.nan
    with pytest.raises(NonFiniteError, match="check the data") as caught:
        model.fit(bad, Y, epochs=3, batch_size=8, shuffle=False, callbacks=[kept], verbose=0)
    error = caught.value
    assert (error.epoch, error.step) == (1, 3)
    assert "in epoch 1, step 3: the output of linear in layers.0" in str(error)
    assert "because its input of shape (8, 5) does" in str(error)
    assert len(kept.states) == 2 and bits(model) == kept.states[-1]


def test_nan_in_the_targets_is_found():
    model, bad = network(SGD(learning_rate=0.01)), Y.copy()
    bad[0, 0] = np.nan
    with pytest.raises(NonFiniteError, match="the output of MSE.*check the data"):
        model.fit(X, bad, batch_size=24, verbose=0)


@pytest.mark.filterwarnings("error")
def test_divergence_is_found_where_it_began():
    model = network(SGD(learning_rate=30.0), layers=[Dense(8, input_dim=5), ReLU(), Dense(2)])
    kept = Kept()
    with pytest.raises(NonFiniteError, match="while all that went into it is finite") as caught:
        model.fit(X, 100.0 * Y, epochs=100, callbacks=[kept], verbose=0)
    assert "infinity" in str(caught.value) and "learning rates" in str(caught.value)
    assert bits(model) == kept.states[-1]
    assert all(np.isfinite(value).all() for value in model.state_dict().values())


def test_a_weight_that_was_nan_before_is_named():
    model = network(SGD(learning_rate=0.01))
    model[2].bias.data[1] = np.inf
    with pytest.raises(NonFiniteError, match="the parameter layers.2.bias holds infinity"):
        model.fit(X, Y, verbose=0)


def test_an_operation_of_ones_own_is_named():
    class Root(Module):
        def forward(self, x):
            return np.sqrt(x)

    model = network(SGD(learning_rate=0.01), layers=[Dense(2, input_dim=5), Root()])
    with pytest.raises(NonFiniteError, match=r"the output of sqrt \(behind layers\.0\).*holds NaN"):
        model.fit(X, Y, verbose=0)


def test_a_gradient_that_is_not_finite_is_named():
    class Root(Module):
        """Finite at 0, with an infinite slope there."""

        def __init__(self):
            self.shift = Parameter(np.zeros(2, np.float32))

        def forward(self, x):
            return np.sqrt(np.abs(x * 0.0)) + self.shift

    model = network(SGD(learning_rate=0.01), layers=[Dense(2, input_dim=5), Root()])
    before = bits(model)
    message = r"the loss is finite, but the gradient of layers\.0\.bias holds NaN \(and in 1 more\)"
    with pytest.raises(NonFiniteError, match=message):
        model.fit(X, Y, verbose=0)
    assert bits(model) == before


def test_a_step_that_overflows_is_taken_back():
    w = Parameter(np.array([1.0, 2.0], np.float32), "w")
    step = GradientStep(SGD(learning_rate=1e30).attach([w]))
    with pytest.raises(NonFiniteError, match="the step would have overflowed w"):
        step(lambda: np.sum(w * np.float32(1e10)))
    assert w.data.tolist() == [1.0, 2.0]
    step.optimizer.learning_rate = 1e-10  # and training can go on
    step(lambda: np.sum(w * np.float32(1e10)))
    np.testing.assert_allclose(w.data, [0.0, 1.0])


@pytest.mark.parametrize("slope, rate", [(1e19, 1e20), (1e8, 1e31), (1e20, 1e19)])
def test_no_overflow_goes_unseen(slope, rate):
    """Whether the gradient is large, the rate, or both: their product is not a float32."""
    w = Parameter(np.array([1.0], np.float32), "w")
    step = GradientStep(SGD(learning_rate=rate).attach([w]))
    with pytest.raises(NonFiniteError, match="the step would have overflowed w"):
        step(lambda: np.sum(w * np.float32(slope)))
    assert w.data.tolist() == [1.0]


def test_a_division_by_zero_is_taken_back():
    """Adam without its eps: 0 / 0 for a weight that has never had a gradient."""
    w = Parameter(np.array([1.0, 2.0], np.float32), "w")
    step = GradientStep(Adam(eps=0.0).attach([w]))
    with pytest.raises(NonFiniteError, match="the step would have overflowed w"):
        step(lambda: np.sum(w * np.array([1.0, 0.0], np.float32)))
    assert w.data.tolist() == [1.0, 2.0]


def test_half_precision_overflows_early_and_is_caught():
    w = Parameter(np.array([1.0], np.float16), "w")
    step = GradientStep(SGD(learning_rate=100.0).attach([w]))
    with pytest.raises(NonFiniteError, match="the step would have overflowed w"):
        step(lambda: np.sum(w * np.float16(1000.0)))
    assert w.data.tolist() == [1.0]


def test_large_but_finite_gradients_pass():
    w = Parameter(np.array([1.0], np.float32))  # the square of the gradient overflows
    GradientStep(SGD(learning_rate=1e-25).attach([w]))(lambda: np.sum(w * np.float32(1e25)))
    np.testing.assert_allclose(w.data, [0.0], atol=1e-6)


def test_the_error_can_be_sent_between_processes():
    import pickle

    error = pickle.loads(pickle.dumps(NonFiniteError("here", 2, 3)))
    assert (error.place, error.epoch, error.step) == ("here", 2, 3)


# ---- the loop ----------------------------------------------------------------------------------------
def test_any_module_and_any_loss():
    run = line_run(batch_size=4)
    assert run.fit(epochs=30)["loss"][-1] < 1e-6
    np.testing.assert_allclose(run.module.slope.data, [3.0], atol=1e-3)


def test_the_loss_of_an_epoch_is_the_mean_over_its_samples():
    """With learning rate 0 the batches' losses are parts of the whole one, the last batch smaller."""
    run = line_run(SGD(learning_rate=0.0), n=7, batch_size=3)
    x = np.linspace(1.0, 2.0, 7)
    np.testing.assert_allclose(run.fit(2)["loss"], [np.mean(9 * x * x)] * 2)


def test_what_is_reported_is_averaged_over_samples():
    """Batches of 3, 3 and 1, which report their sizes: (3 x 3 + 3 x 3 + 1) / 7."""
    run = line_run(n=7, batch_size=3)
    inner = run.compute_loss
    run.compute_loss = lambda x, y: (inner(x, y), {"size": len(x)})
    assert run.fit(1)["size"] == [pytest.approx(19 / 7)]


@pytest.mark.parametrize("stop_in", [1, 2])
def test_a_reason_to_stop_ends_the_run_after_the_epoch(stop_in):
    class StopIn(Callback):
        def on_epoch_end(self, run):
            run.stop = "enough" if run.epoch == stop_in else ""

    run = line_run(callbacks=[StopIn()])
    assert len(run.fit(5)) == stop_in and run.stop == "enough"


@pytest.mark.parametrize("drop_last, expected", [(False, [3, 3, 1]), (True, [3, 3])])
def test_the_last_batch(drop_last, expected):
    sizes = []
    run = line_run(n=7, batch_size=3, drop_last=drop_last)
    inner = run.compute_loss
    run.compute_loss = lambda x, y: (sizes.append(len(x)), inner(x, y))[1]
    run.fit(1)
    assert sizes == expected and run.n_batches == len(expected)


def test_every_sample_once_an_epoch_in_another_order():
    seen = []
    run = line_run(batch_size=3, rng=0)
    inner = run.compute_loss
    run.compute_loss = lambda x, y: (seen.extend(x), inner(x, y))[1]
    run.fit(2)
    first, second = seen[:8], seen[8:]
    assert sorted(first) == sorted(second) == np.linspace(1.0, 2.0, 8).tolist() and first != second


def test_callbacks_hear_of_everything_in_order():
    class Scribe(Callback):
        def __init__(self):
            self.events = []

        def __getattribute__(self, name):
            if name.startswith("on_"):
                return lambda run: self.events.append((name[3:], run.epoch, run.batch))
            return super().__getattribute__(name)

    scribe = Scribe()
    line_run(batch_size=4, callbacks=[scribe]).fit(2)
    epoch = [("epoch_begin", 0), ("step_end", 1), ("step_end", 2)]
    assert scribe.events == [
        ("fit_begin", 0, 0),
        *[(name, 0, batch) for name, batch in epoch],
        ("epoch_end", 1, 0),
        *[(name, 1, batch) for name, batch in epoch],
        ("epoch_end", 2, 0),
        ("fit_end", 2, 0),
    ]


def test_an_error_is_told_and_goes_on():
    class Stop(Callback):
        ended = failed = False

        def on_step_end(self, run):
            raise KeyboardInterrupt

        def on_fit_end(self, run):
            self.ended = True

        def on_error(self, run):
            self.failed = True

    stop = Stop()
    with pytest.raises(KeyboardInterrupt):
        line_run(callbacks=[stop]).fit(1)
    assert stop.failed and not stop.ended


@pytest.mark.parametrize("data", [(), (np.ones(3), np.ones(4)), (np.ones(0), np.ones(0))])
def test_data_have_one_common_length(data):
    line = Line()
    with pytest.raises(
        ValueError, match="at least 1 sample|one or more arrays|same number of samples"
    ):
        Training(line, SGD(learning_rate=0.1).attach(line.parameters()), None, data)


@pytest.mark.parametrize("options", [{"batch_size": 0}, {"batch_size": 2.5}])
def test_settings_are_checked(options):
    with pytest.raises(
        (ValueError, TypeError), match="batch_size must be an integer of at least 1"
    ):
        line_run(**options)
    with pytest.raises(ValueError, match="epochs must be an integer of at least 0"):
        line_run().fit(-1)


def test_modes_are_switched():
    model = Model([Dense(4, input_dim=5), Dropout(0.5), Dense(2)], seed=0)
    model.compile(SGD(learning_rate=0.0), MSE())
    modes = []
    evaluate = model.evaluate
    model.evaluate = lambda *args: (modes.append(model.training), evaluate(*args))[1]
    one, two = (model.fit(X, Y, verbose=0, validation_data=(X, Y)).last() for _ in range(2))
    assert (
        one["loss"] != two["loss"] and one["val_loss"] == two["val_loss"]
    )  # masks only in training
    assert not model.training


# ---- learning rates ------------------------------------------------------------------------------------
def test_a_schedule_counts_steps():
    rates = []

    class Watch(Callback):
        def on_step_end(self, run):
            rates.append(run.optimizer.learning_rates()[0])

    line_run(SGD(learning_rate=Step(0.1, every=2)), batch_size=4, callbacks=[Watch()]).fit(2)
    np.testing.assert_allclose(rates, [0.1, 0.01, 0.01, 0.001])


@pytest.mark.parametrize("wrap", [lambda plateau: plateau, lambda plateau: WarmUp(plateau, 2)])
def test_a_plateau_is_told_the_validation_loss(wrap):
    plateau = Plateau(0.1, factor=0.5, patience=1)
    validation = iter([3.0, 2.0, 2.0, 2.0, 2.0, 2.0])
    run = line_run(
        SGD(learning_rate=wrap(plateau)), evaluate=lambda: {"val_loss": next(validation)}
    )
    run.fit(6)
    np.testing.assert_allclose(plateau.learning_rate, 0.025)


def test_a_plateau_without_validation_watches_the_loss():
    plateau = Plateau(1e-9, factor=0.5, patience=0, threshold=0.5)
    line_run(SGD(learning_rate=plateau)).fit(3)
    assert plateau.learning_rate == 1e-9 / 4


@pytest.mark.parametrize("shared", [False, True])
def test_the_plateaus_of_groups_are_told_and_each_once(shared):
    told = []

    class Listens(Plateau):
        def tell(self, loss):
            told.append((self, loss))

    everyones, own = Listens(0.1), Listens(0.2)
    groups = [{"parameters": Line().parameters(), "learning_rate": own}]
    tell_plateaus(SGD(learning_rate=own if shared else everyones).attach(groups), 3.0)
    assert [loss for _, loss in told] == [3.0] * (1 if shared else 2)
    assert {id(plateau) for plateau, _ in told} == {id(own), id(own if shared else everyones)}


def test_no_gradient_is_kept_under_no_grad():
    model = network(SGD(learning_rate=0.1))
    with no_grad(), pytest.raises(TypeError, match="outside no_grad"):
        model.fit(X, Y, verbose=0)


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="other C libraries keep memory in other ways"
)
def test_a_step_finds_the_memory_that_the_last_one_freed():
    """In a process of its own, since whatever ran before has moved the allocator's limits."""
    program = """
import resource
import numpy as np
from ml_from_scratch.core import Parameter
from ml_from_scratch.neural import GradientStep
from ml_from_scratch.optimizers import SGD

faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt
work = lambda: [np.ones(40_000) for _ in range(40)]  # 13 MB, freed at once
if KEEP:
    GradientStep(SGD().attach([Parameter([1.0])]))
work()
before = faults()
for _ in range(10):
    work()
print(faults() - before)
"""
    kept, given_back = (
        int(
            subprocess.run(
                [sys.executable, "-c", program.replace("KEEP", keep)],
                capture_output=True,
                check=True,
            ).stdout
        )
        for keep in ("True", "False")
    )
    assert kept < 0.1 * given_back and given_back > 10_000, (kept, given_back)
