"""Averaged weights: their equations by hand, the swap, and that training does not notice."""

import copy

import numpy as np
import pytest

from ml_from_scratch.core import Module, Parameter, checkpoint
from ml_from_scratch.losses import MSE
from ml_from_scratch.neural import (
    Callback,
    Checkpointing,
    Dense,
    Dropout,
    ExponentialMovingAverage,
    Model,
    Training,
)
from ml_from_scratch.optimizers import SGD, Adam, decay_matrices_only

rng = np.random.default_rng(0)
X, Y = rng.standard_normal((20, 4)), rng.standard_normal((20, 1))


class Counter(Module):
    """A weight that grows by 1 at every step."""

    def __init__(self):
        self.n = Parameter([0.0])


def count(steps, callbacks, **options):
    counter = Counter()
    run = Training(
        counter,
        SGD(learning_rate=1.0).attach(counter.parameters()),
        lambda x: -np.sum(counter.n),
        (np.ones(1),),
        callbacks=callbacks,
        **options,
    )
    run.fit(steps)
    return run


def model(seed=0, **options):
    made = Model([Dense(6, input_dim=4), Dropout(0.5), Dense(1)], seed=seed)
    made.compile(Adam(learning_rate=0.01), MSE())
    return made


def bits(tree):
    if isinstance(tree, dict):
        return {key: bits(part) for key, part in tree.items()}
    return tree.tobytes() if isinstance(tree, np.ndarray) else tree


# ---- the equations ------------------------------------------------------------------------------------
def test_by_hand():
    """From 0, with d = 1/2: 0.5, 1.25, 2.125."""
    average = ExponentialMovingAverage(0.5, warm_up=False)
    count(3, [average])
    assert average.averages[0].tolist() == [2.125] and average.n_updates == 3


def test_the_warm_up_by_hand():
    """d = 1/10, 2/11: from 0, 0.9 of 1, and then 2/11 of that and 9/11 of 2."""
    average = ExponentialMovingAverage(0.999)
    count(2, [average])
    np.testing.assert_allclose(average.averages[0], [2 / 11 * 0.9 + 9 / 11 * 2])
    rates = []
    for average.n_updates in (0, 8, 80, 10_000_000):
        rates.append(average.rate())
    np.testing.assert_allclose(rates, [0.1, 0.5, 0.9, 0.999])


def test_it_is_a_weighted_mean_of_the_past():
    """d^k (1 - d) for what lies k steps back, and d^n for the beginning."""
    seen = []

    class Keep(Callback):
        def on_step_end(self, run):
            seen.append(run.gradient_step.flats[0].theta.copy())

    net = model()
    start = np.concatenate([p.data.ravel() for p in net.parameters()])
    average = ExponentialMovingAverage(0.8, warm_up=False)
    net.fit(X, Y, epochs=3, batch_size=5, callbacks=[Keep(), average], verbose=0)
    expected = 0.8 ** len(seen) * start
    for k, theta in enumerate(reversed(seen)):
        expected = expected + 0.8**k * 0.2 * theta
    np.testing.assert_allclose(average.averages[0], expected, atol=1e-6)
    assert average.averages[0].dtype == np.float32


def test_no_decay_is_the_present():
    average = ExponentialMovingAverage(0.0)
    run = count(5, [average])
    assert average.averages[0].tolist() == run.module.n.data.tolist() == [5.0]


def test_more_numbers_than_a_block():
    average = ExponentialMovingAverage(0.5, warm_up=False)
    net = Model([Dense(300, input_dim=4), Dense(150), Dense(1)], seed=0)
    net.compile(SGD(learning_rate=0.1), MSE())
    net.build(4)
    start = net.optimizer.groups[0].flat.theta.copy() if net.optimizer.groups else None
    net.fit(X, Y, batch_size=20, callbacks=[average], verbose=0)
    theta = net.optimizer.groups[0].flat.theta
    assert theta.size > 2 * 16384
    if start is None:
        pytest.fail("the optimiser was to be attached")
    np.testing.assert_allclose(average.averages[0], (start + theta) / 2, atol=1e-7)


# ---- beside training -----------------------------------------------------------------------------------
@pytest.mark.parametrize("validated", [False, True])
def test_training_does_not_notice(validated):
    one, two = model(), model()
    options = {"epochs": 3, "batch_size": 5, "verbose": 0}
    options["validation_data"] = (X, Y) if validated else None
    one.fit(X, Y, **options)
    average = ExponentialMovingAverage()
    history = two.fit(X, Y, callbacks=[average], **options)
    assert bits(one.state_dict()) == bits(two.state_dict())
    assert history.history == one.history.history


def test_for_a_while():
    net, average = model(), ExponentialMovingAverage(0.9)
    net.fit(X, Y, epochs=3, batch_size=5, callbacks=[average], verbose=0)
    own, vector = copy.deepcopy(net.state_dict()), average.averages[0].copy()
    with average.averaged():
        assert bits(net.state_dict()) != bits(own)
        np.testing.assert_array_equal(net.optimizer.groups[0].flat.theta, vector)
        inside = net.predict(X)
    assert bits(net.state_dict()) == bits(own)
    assert (net.predict(X) != inside).any()
    np.testing.assert_array_equal(average.averages[0], vector)
    with pytest.raises(KeyError), average.averaged():
        raise KeyError
    assert bits(net.state_dict()) == bits(own)


def test_a_look_between_two_fits_leaves_no_trace():
    one, two, average = model(), model(), ExponentialMovingAverage(0.9)
    for _ in range(2):
        one.fit(X, Y, epochs=2, validation_data=(X, Y), verbose=0)
        two.fit(X, Y, epochs=2, validation_data=(X, Y), callbacks=[average], verbose=0)
        with average.averaged():
            two.predict(X)
    assert bits(one.state_dict()) == bits(two.state_dict())


def test_what_was_recorded_before_the_swap_is_not_walked_back_after_it():
    average = ExponentialMovingAverage(0.5)
    counter = count(2, [average]).module
    loss = np.sum(counter.n * counter.n)
    with average.averaged(), pytest.raises(RuntimeError, match="changed"):
        loss.backward()


def test_several_groups_have_an_average_each():
    net, average = model(), ExponentialMovingAverage(0.0)
    net.build(4)
    optimizer = Adam(learning_rate=0.01).attach(decay_matrices_only(net.parameters(), 0.1))
    net.compile(optimizer, MSE())
    net.fit(X, Y, callbacks=[average], verbose=0)
    for group, vector in zip(net.optimizer.groups, average.averages):
        np.testing.assert_array_equal(group.flat.theta, vector)
    assert len(average.averages) == 2


def test_validation_can_be_of_the_average():
    net, average = model(), ExponentialMovingAverage(0.9, evaluate=True)
    history = net.fit(
        X, Y, epochs=3, batch_size=5, callbacks=[average], validation_data=(X, Y), verbose=0
    )
    with average.averaged():
        expected = net.evaluate(X, Y)["loss"]
    assert history["val_loss"][-1] == expected != net.evaluate(X, Y)["loss"]
    plain = model()
    plain.fit(X, Y, epochs=3, batch_size=5, verbose=0)
    assert bits(plain.state_dict()) == bits(net.state_dict())


def test_an_error_in_an_evaluation_gives_the_weights_back():
    def fail():
        raise KeyboardInterrupt

    average = ExponentialMovingAverage(0.5, evaluate=True)
    seen = []

    class Look(Callback):
        def on_error(self, run):
            seen.append(run.module.n.data.item())

    with pytest.raises(KeyboardInterrupt):
        count(1, [average, Look()], evaluate=fail)
    assert seen == [1.0]


def test_one_object_goes_on_in_a_second_fit():
    one, two = ExponentialMovingAverage(0.9), ExponentialMovingAverage(0.9)
    first, second = model(), model()
    first.fit(X, Y, epochs=4, callbacks=[one], verbose=0)
    for _ in range(2):
        second.fit(X, Y, epochs=2, callbacks=[two], verbose=0)
    assert one.averages[0].tobytes() == two.averages[0].tobytes()


# ---- resumed -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("every_steps", [1, 2, 3, 4, 5, 7])
def test_resumed_bit_for_bit(tmp_path, every_steps):
    """Eight steps in two epochs; the last file that was written is the one to go on from."""

    def fit(net, path, every_steps=None, **options):
        average = ExponentialMovingAverage(0.9)
        keep = Checkpointing(path, every_epochs=None, every_steps=every_steps)
        net.fit(X, Y, epochs=2, batch_size=5, callbacks=[average, keep], verbose=0, **options)
        return average.averages[0].tobytes(), average.n_updates

    expected = fit(model(), tmp_path / "none")
    fit(model(), tmp_path / "run", every_steps)
    assert (
        checkpoint.load(tmp_path / "run")["progress"]["n_steps"] == 8 // every_steps * every_steps
    )
    assert fit(model(seed=1), tmp_path / "other", resume_from=tmp_path / "run") == expected


def test_a_state_is_a_copy():
    average = ExponentialMovingAverage(0.5, warm_up=False)
    run = count(1, [average])
    state = average.state_dict()
    run.fit(2)
    assert state["averages"][0].tolist() == [0.5]
    average.load_state_dict(state)
    average.averages[0][:] = 7.0
    assert state["averages"][0].tolist() == [0.5]


# ---- what it says --------------------------------------------------------------------------------------
def test_another_module_needs_another_average():
    average = ExponentialMovingAverage()
    model().fit(X, Y, callbacks=[average], verbose=0)
    with pytest.raises(ValueError, match="give each module that is trained one of its own"):
        count(1, [average])
    with pytest.raises(RuntimeError, match="no average yet"):
        ExponentialMovingAverage().swap()
    with pytest.raises(ValueError, match="decay must be a number of at least 0 and below 1"):
        ExponentialMovingAverage(1.0)
