"""The search for a learning rate: what it tries, what it suggests, and that nothing is left of it."""

import copy

import numpy as np
import pytest

from ml_from_scratch.core import Module, Parameter
from ml_from_scratch.datasets import load_digits
from ml_from_scratch.losses import MSE, CrossEntropy
from ml_from_scratch.neural import (
    Callback,
    Dense,
    Dropout,
    EarlyStopping,
    ExponentialMovingAverage,
    FromAll,
    Model,
    ReLU,
    Training,
    find_learning_rate,
    rehearsal,
)
from ml_from_scratch.neural.learning_rate import LearningRates
from ml_from_scratch.optimizers import SGD, Adam, Plateau, WarmUp, decay_matrices_only
from ml_from_scratch.utils import mean_squared_error

rng = np.random.default_rng(0)
X, Y = rng.standard_normal((40, 5)), rng.standard_normal((40, 1))


def model(optimizer=None, seed=0):
    made = Model([Dense(8, input_dim=5), ReLU(), Dropout(0.3), Dense(1)], seed=seed)
    made.build(5)
    optimizer = optimizer or Adam(learning_rate=0.01)
    optimizer.attach(decay_matrices_only(made.parameters(), 0.01))
    made.compile(optimizer, MSE(), metrics=["mae", FromAll(mean_squared_error)])
    return made


def bits(tree):
    if isinstance(tree, dict):
        return {key: bits(part) for key, part in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [bits(part) for part in tree]
    if isinstance(tree, np.ndarray):
        return tree.dtype.str, tree.shape, tree.tobytes()
    return tree.hex() if isinstance(tree, float) else tree


# ---- what it does ----------------------------------------------------------------------------------------
def test_the_rates_rise_by_one_factor_and_are_used():
    """A weight that grows by its learning rate at every step says what they were."""
    module = Module()
    module.w = Parameter([0.0])
    optimizer = SGD(learning_rate=0.5).attach([{"parameters": [module.w], "learning_rate": 0.7}])
    seen = []

    def compute_loss(x):
        seen.append(module.w.data.item())
        return -np.sum(module.w)

    run = Training(module, optimizer, compute_loss, (np.ones(3),), batch_size=1)
    found = find_learning_rate(run, lowest=1e-3, highest=1e1, n_steps=13)
    expected = [1e-3 * 10 ** (i / 3) for i in range(13)]
    np.testing.assert_allclose(found.rates, expected)
    np.testing.assert_allclose(np.diff(seen), expected[:-1], rtol=1e-5)
    assert optimizer.learning_rate == 0.5
    assert optimizer.groups[0].options["learning_rate"] == 0.7


def test_smoothing_by_hand():
    found = LearningRates(smoothing=0.5)
    for rate, loss in [(0.1, 4.0), (0.2, 1.0), (0.4, 1.0)]:
        found.add(rate, loss)
    np.testing.assert_allclose(found.smoothed, [4.0, 2.0, 10 / 7])
    assert found.losses == [4.0, 1.0, 1.0]


def test_the_suggestion_is_a_tenth_of_the_lowest_place():
    found = LearningRates(smoothing=0.0)
    losses = [5.0, 5.0, 5.0, 5.0, 5.0, 4.0, 2.0, 1.0, 3.0, 9.0]
    for i, loss in enumerate(losses):
        found.add(10.0 ** (i - 7), loss)
    assert found.suggestion == pytest.approx(0.1)
    assert repr(found) == "<LearningRates: 10 tried; suggestion 0.1>"


@pytest.mark.parametrize(
    "losses", [[], [1.0, 2.0], [1.0] * 20, list(range(1, 20)), [9.0, 8.0, 7.0, 1.0, *[9.0] * 9]]
)
def test_no_suggestion_where_nothing_fell(losses):
    found = LearningRates(smoothing=0.0)
    for loss in losses:
        found.add(0.1, loss)
    with pytest.raises(ValueError, match=f"did not fall at any of {len(losses)} rates"):
        found.suggestion  # noqa: B018
    assert "the loss did not fall" in repr(found)


def test_it_ends_where_the_loss_shoots_up():
    found = find_learning_rate(
        model(SGD(learning_rate=1.0)).prepare(X, Y, 8), 1e-4, 1e6, n_steps=100
    )
    assert 20 < len(found.rates) < 90
    assert found.smoothed[-1] > 3 * min(found.smoothed) or len(found.rates) < 90


def test_noise_in_the_first_steps_does_not_end_it():
    module = Module()
    module.w = Parameter([0.0])
    losses = [1.0, 90.0, 5.0, 4.0, 3.0, 2.0, *[1.0] * 30]
    optimizer, told = SGD(learning_rate=0.5).attach([module.w]), iter(losses)

    def compute_loss(x):
        return np.sum(0.0 * module.w) + next(told)

    run = Training(module, optimizer, compute_loss, (np.ones(3),))
    found = find_learning_rate(run, n_steps=30, smoothing=0.0)
    assert found.losses == losses[:30]


def test_it_ends_where_numbers_overflow():
    found = find_learning_rate(
        model(SGD(learning_rate=1.0)).prepare(X, Y, 8), 1e-4, 1e30, n_steps=60, limit=1e300
    )
    assert 5 < len(found.rates) < 60 and np.isfinite(found.losses).all()


def test_a_negative_loss_does_not_end_it():
    module = Module()
    module.w = Parameter([0.0])
    optimizer = SGD(learning_rate=0.5).attach([module.w])
    run = Training(module, optimizer, lambda x: -1.0 - np.sum(module.w), (np.ones(3),))
    assert len(find_learning_rate(run, n_steps=20).rates) == 20


@pytest.mark.parametrize("optimizer", [Adam, SGD])
def test_the_suggestion_is_good_on_the_digits(optimizer):
    images, labels = load_digits(return_X_y=True)
    images = images[:1000] / 16.0

    def build(**options):
        net = Model([Dense(64, input_dim=64), ReLU(), Dense(10)], seed=0)
        net.compile(optimizer(**options), CrossEntropy(from_logits=True), metrics=["accuracy"])
        return net

    run = build(learning_rate=1e-3).prepare(images, labels[:1000])
    found = find_learning_rate(run, highest=10.0)
    net = build(learning_rate=found.suggestion)
    assert net.fit(images, labels[:1000], epochs=8, verbose=0)["accuracy"][-1] > 0.95


# ---- nothing is left of it -------------------------------------------------------------------------------
@pytest.mark.parametrize("accumulate", [1, 3])
@pytest.mark.parametrize("epochs", [0, 2])
def test_the_run_is_as_it_was_bit_for_bit(epochs, accumulate):
    """Also the schedule with a memory, the masks to come, the order to come, and what others remember."""

    def prepare():
        net = model(Adam(learning_rate=WarmUp(Plateau(0.01, patience=0), 3)))
        callbacks = [EarlyStopping("loss"), ExponentialMovingAverage()]
        options = {"callbacks": callbacks, "accumulate": accumulate, "verbose": 0}
        run = net.prepare(X, Y, 8, validation_split=0.2, **options)
        run.fit(epochs)
        run.first_epoch = run.epoch
        return run

    one, two = prepare(), prepare()
    before = bits(copy.deepcopy(one.state_dict()))
    schedule, values = one.optimizer.learning_rate, dict(one.values)
    one.module.eval()
    find_learning_rate(one, n_steps=50)
    assert not one.module.training and one.optimizer.learning_rate is schedule
    assert one.values == values and one.history is one.module.history
    assert bits(one.state_dict()) == before
    for run in (one, two):
        run.fit(2)
    assert bits(one.module.state_dict()) == bits(two.module.state_dict())
    assert one.history.history == two.history.history
    mask = [run.module[2].train()(np.ones((3, 8), np.float32)).tobytes() for run in (one, two)]
    assert mask[0] == mask[1]


def test_a_function_as_learning_rate_comes_back():
    def rate(t):
        return 0.01

    optimizer = Adam(learning_rate=rate)
    run = model(optimizer).prepare(X, Y, 8, verbose=0)
    find_learning_rate(run, n_steps=20)
    assert optimizer.learning_rate is rate and run.fit(1)


def test_nobody_hears_of_it(capsys):
    class Loud(Callback):
        def __getattribute__(self, name):
            assert not name.startswith("on_"), name
            return super().__getattribute__(name)

    net = model()
    run = net.prepare(X, Y, 8, callbacks=[Loud()], validation_data=(X, Y))
    run.evaluate = None if run.evaluate is None else (lambda: 1 / 0)
    find_learning_rate(run, n_steps=20)
    assert capsys.readouterr() == ("", "") and len(net.history) == 0


def test_an_error_goes_on_and_leaves_the_run_as_it_was():
    run = model().prepare(X, Y, 8, verbose=0)
    before, inner, calls = bits(run.state_dict()), run.compute_loss, []

    def fail(*batch):
        calls.append(1)
        if len(calls) > 3:
            raise KeyboardInterrupt
        return inner(*batch)

    run.compute_loss = fail
    with pytest.raises(KeyboardInterrupt):
        find_learning_rate(run)
    assert bits(run.state_dict()) == before


def test_a_rehearsal_of_ones_own():
    run = model().prepare(X, Y, 8, verbose=0)
    before = bits(run.state_dict())
    with rehearsal(run):
        run.fit(3)
        run.optimizer.learning_rate = 7.0
        run.module[0].weight.assign(np.zeros((5, 8)))
        assert len(run.history) == 3
    assert bits(run.state_dict()) == before and len(run.history) == 0


@pytest.mark.parametrize(
    "options, message",
    [
        ({"lowest": 0.0}, "lowest must be a number above 0"),
        ({"highest": 1e-7}, "highest must be a number above 1e-06"),
        ({"n_steps": 3}, "n_steps must be an integer of at least 10"),
        ({"smoothing": 1.0}, "smoothing"),
        ({"limit": 1.0}, "limit must be a number above 1"),
    ],
)
def test_settings_are_checked(options, message):
    with pytest.raises(ValueError, match=message):
        find_learning_rate(model().prepare(X, Y), **options)


# ---- the picture -----------------------------------------------------------------------------------------
def test_the_picture():
    figure = pytest.importorskip("matplotlib.figure")
    found = find_learning_rate(model().prepare(X, Y, 8), highest=100.0)
    ax = found.plot(ax=figure.Figure().subplots())
    ax.figure.canvas.draw()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("learning rate", "loss of a batch")
    assert ax.get_xscale() == "log" and ax.get_title() == "Which learning rate?"
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["each step", "smoothed", f"suggestion: {found.suggestion:.2g}"]
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), found.smoothed)
