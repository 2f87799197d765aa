"""What a run can be fed with: dicts, sources of data, augmented batches, windows of a text."""

import copy
import inspect

import numpy as np
import pytest

from ml_from_scratch.core import Module, Parameter
from ml_from_scratch.datasets import (
    RandomTokenWindows,
    TokenFile,
    TokenWindows,
    load_digits,
    write_tokens,
)
from ml_from_scratch.datasets.augmentation import Compose, MixUp, Shift
from ml_from_scratch.losses import MSE, CrossEntropy
from ml_from_scratch.neural import Callback, Dense, Flatten, Model, ReLU, Training
from ml_from_scratch.optimizers import SGD, Adam

rng = np.random.default_rng(0)
X, Y = rng.standard_normal((20, 4)).astype(np.float32), rng.standard_normal((20, 1)).astype("f4")


class Line(Module):
    def __init__(self):
        self.slope = Parameter([0.0])

    def forward(self, x):
        return self.slope * x


def run_on(data, compute_loss, module=None, **options):
    module = module or Line()
    optimizer = SGD(learning_rate=0.1).attach(module.parameters())
    return Training(
        module, optimizer, lambda *a, **k: compute_loss(module, *a, **k), data, **options
    )


def bits(module):
    return {name: value.tobytes() for name, value in module.state_dict().items()}


# ---- tuples and dicts --------------------------------------------------------------------------------
@pytest.mark.parametrize("accumulate", [1, 3])
def test_a_dict_goes_in_by_name(accumulate):
    x = np.linspace(1.0, 2.0, 8)

    def by_name(line, *, target, inputs):
        return np.mean(np.square(line(inputs) - target))

    def by_place(line, inputs, target):
        return np.mean(np.square(line(inputs) - target))

    options = {"batch_size": 2, "rng": 0, "accumulate": accumulate}
    one = run_on({"inputs": x, "target": 3.0 * x}, by_name, **options)
    two = run_on((x, 3.0 * x), by_place, **options)
    assert one.fit(3).history == two.fit(3).history
    assert bits(one.module) == bits(two.module)


def test_a_source_of_ones_own():
    class Squares:
        """Numbers that are never in memory together."""

        n_samples = 6

        def __init__(self):
            self.asked = []

        def take(self, index):
            self.asked += index.tolist()
            return index.astype(float), 2.0 * index

    source = Squares()
    run = run_on(source, lambda line, x, y: np.mean(np.square(line(x) - y)), batch_size=4)
    run.fit(2)
    assert sorted(source.asked) == sorted(2 * list(range(6)))
    assert run.n_batches == 2


@pytest.mark.parametrize("drop_last, expected", [(False, [3, 3, 1]), (True, [3, 3])])
def test_a_source_with_an_order_of_its_own(drop_last, expected):
    class Backwards:
        n_samples = 7

        def order(self, rng):
            return np.arange(7)[::-1]

        def take(self, index):
            asked.append(index.tolist())
            return index.astype(float), 2.0 * index

    asked: list = []
    loss = lambda line, x, y: np.mean(np.square(line(x) - y))
    run_on(Backwards(), loss, batch_size=3, drop_last=drop_last).fit(1)
    assert [len(batch) for batch in asked] == expected
    assert sum(asked, []) == list(range(6, 6 - sum(expected), -1))


def test_no_batch_at_all_is_refused():
    with pytest.raises(ValueError, match="3 samples fill no batch of 4"):
        run_on((np.ones(3),), None, batch_size=4, drop_last=True)


# ---- augmentation ------------------------------------------------------------------------------------
def digits_model(**options):
    model = Model([Flatten(), Dense(16, input_dim=64), ReLU(), Dense(10)], seed=0)
    model.compile(Adam(learning_rate=0.01), CrossEntropy(from_logits=True), ["accuracy"])
    return model


IMAGES, LABELS = load_digits().images[:200] / 16.0, load_digits().target[:200]
CHANGE = Compose([Shift(1), MixUp(0.2, n_classes=10)])


@pytest.mark.parametrize("augment", [Shift(1), CHANGE, lambda x, rng: x + rng.normal(size=x.shape)])
def test_batches_are_changed_in_training_only(augment):
    plain, one, two = digits_model(), digits_model(), digits_model()
    data = {"validation_data": (IMAGES, LABELS), "verbose": 0, "epochs": 2}
    plain.fit(IMAGES, LABELS, **data)
    for model in (one, two):
        model.fit(IMAGES, LABELS, augment=augment, **data)
    assert bits(one) == bits(two) != bits(plain)
    assert one.history["val_loss"][-1] == one.evaluate(IMAGES, LABELS)["loss"]


def test_a_change_is_new_in_every_epoch():
    seen = []

    def watch(x, rng):
        seen.append(rng.random())
        return x

    digits_model().fit(IMAGES, LABELS, epochs=3, batch_size=100, augment=watch, verbose=0)
    assert len(seen) == len(set(seen)) == 6


def test_weights_of_samples_stay_with_theirs():
    weight = np.arange(1.0, 201.0)
    model = digits_model()
    seen = []
    inner = model._compute_loss
    model._compute_loss = lambda X, y, w: (seen.append((X, y, w)), inner(X, y, w))[1]
    model.fit(IMAGES, LABELS, sample_weight=weight, augment=Shift(0), shuffle=False, verbose=0)
    np.testing.assert_array_equal(np.concatenate([w for _, _, w in seen]), weight)


class Stop(Exception):
    pass


class StopAt(Callback):
    """Keeps the run's state after a step, and ends it."""

    def __init__(self, step=None):
        self.step, self.state = step, None

    def on_step_end(self, run):
        if run.n_steps == self.step:
            self.state = copy.deepcopy(run.state_dict())
            raise Stop


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5, 6, 8])
def test_augmented_training_is_resumed_bit_for_bit(step):
    """The order is drawn again, and the changes go on where they were."""

    def fit(stop=None, state=None):
        model = digits_model()
        run = model.prepare(
            IMAGES, LABELS, 50, augment=CHANGE, callbacks=[stop or StopAt()], verbose=0
        )
        if stop is None:
            run.fit(3, state)
        else:
            with pytest.raises(Stop):
                run.fit(3, state)
        return model

    stop = StopAt(step)
    fit(stop)
    assert bits(fit(state=stop.state)) == bits(fit())


def test_prepare_takes_what_fit_takes():
    fit, prepare = (inspect.signature(f).parameters for f in (Model.fit, Model.prepare))
    assert {n: p.default for n, p in fit.items() if n not in ("epochs", "resume_from")} == {
        n: p.default for n, p in prepare.items()
    }
    assert len(fit) == len(prepare) + 2


# ---- a text ------------------------------------------------------------------------------------------
class Bigram(Module):
    """The next token from this one, by a table of logits."""

    def __init__(self, vocab_size=5):
        self.table = Parameter(np.zeros((vocab_size, vocab_size)))

    def forward(self, x):
        return self.table[x]


def text_run(source, callbacks=(), **options):
    bigram, loss = Bigram(), CrossEntropy(from_logits=True)
    return Training(
        bigram,
        Adam(learning_rate=0.1).attach(bigram.parameters()),
        lambda x, y: loss(bigram(x), y),
        source,
        rng=0,
        callbacks=callbacks,
        **options,
    )


@pytest.mark.parametrize("kind", [TokenWindows, RandomTokenWindows])
def test_a_text_is_learnt_from_its_file(tmp_path, kind):
    """0 1 2 3 4 0 1 2 3 4 ...: what follows is certain."""
    write_tokens(tmp_path / "text", np.arange(400) % 5, vocab_size=5)
    train, validation = TokenFile(tmp_path / "text").split(0.1)
    source = kind(train, 8) if kind is TokenWindows else kind(train, 8, n_samples=45)
    run = text_run(source, batch_size=8)
    assert run.fit(20)["loss"][-1] < 0.01
    x, y = TokenWindows(validation, 8).take(np.arange(2))
    np.testing.assert_array_equal(run.module(x).data.argmax(-1), y)


@pytest.mark.parametrize("step", [1, 3, 4, 5, 7])
@pytest.mark.parametrize("accumulate", [1, 2])
def test_windows_at_random_places_are_resumed(tmp_path, step, accumulate):
    write_tokens(tmp_path / "text", rng.integers(0, 5, 3000), vocab_size=5)
    source = RandomTokenWindows(TokenFile(tmp_path / "text"), context_length=6, n_samples=30)
    options = {"batch_size": 8, "accumulate": accumulate}
    whole, stop = text_run(source, [StopAt()], **options), StopAt(step)
    whole.fit(4)
    with pytest.raises(Stop):
        text_run(source, [stop], **options).fit(4)
    resumed = text_run(source, [StopAt()], **options)
    resumed.fit(4, resume_from=stop.state)
    assert bits(resumed.module) == bits(whole.module)


def test_every_epoch_has_other_windows():
    source = RandomTokenWindows(np.arange(1000), context_length=6, n_samples=8)
    seen = []
    take = source.take
    source.take = lambda index: (seen.append(index.tolist()), take(index % 4))[1]
    run = text_run(RandomTokenWindows(np.zeros(1000, int), 6, 8), batch_size=8)
    run.source = source
    run.compute_loss = lambda x, y: np.sum(run.module.table) * 0.0
    run.fit(3)
    assert len({tuple(part) for part in seen}) == 3


def test_mse_is_here_for_targets_of_any_shape():
    model = Model([Dense(1, input_dim=4)], seed=0)
    model.compile(SGD(learning_rate=0.1), MSE())
    model.fit(X, Y, augment=lambda x, rng: x, verbose=0)
