"""A run that is killed and resumed ends with the same bits as one that was not."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ml_from_scratch.core import checkpoint
from ml_from_scratch.core.checkpoint import CheckpointError
from ml_from_scratch.losses import MSE
from ml_from_scratch.neural import (
    Checkpointing,
    Dense,
    Dropout,
    EarlyStopping,
    Layer,
    Model,
    Sequential,
    Training,
    seed_layers,
)
from ml_from_scratch.optimizers import SGD, Adam

SCRIPT = Path(__file__).with_name("interrupted_run.py")
TOOLS = Path(__file__).with_name("interrupted_tools.py")
STEPS_IN_EPOCH = 7  # 45 samples to learn from, 7 in a batch
rng = np.random.default_rng(0)
X, Y = rng.standard_normal((20, 4)), rng.standard_normal((20, 1))


def run_script(*arguments, script=SCRIPT):
    return subprocess.run(
        [sys.executable, str(script), *map(str, arguments)], capture_output=True, text=True
    )


def bits(tree):
    """A tree with every array as its bytes and every float as its bits."""
    if isinstance(tree, dict):
        return {key: bits(part) for key, part in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [bits(part) for part in tree]
    if isinstance(tree, np.ndarray):
        return tree.dtype.str, tree.shape, tree.tobytes()
    return tree.hex() if isinstance(tree, float) else tree


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    done = run_script(folder / "checkpoint", folder / "out")
    assert done.returncode == 0, done.stderr
    return bits(checkpoint.load(folder / "out"))


@pytest.mark.slow
@pytest.mark.parametrize("steps", [(5,), (14,), (17, 40), (61,)], ids=str)
def test_killed_and_resumed(uninterrupted, tmp_path, steps):
    """In the first epoch; at an epoch's very end; twice, within epochs; late."""
    path, out = tmp_path / "checkpoint", tmp_path / "out"
    for step in steps:
        killed = run_script(path, out, step)
        assert killed.returncode != 0 and not killed.stderr and not out.exists()
    saved = checkpoint.load(path)["progress"]
    assert saved["n_steps"] < steps[-1]
    finished = run_script(path, out)
    assert finished.returncode == 0, finished.stderr
    result = bits(checkpoint.load(out))
    for part in uninterrupted:
        assert result[part] == uninterrupted[part], part


@pytest.mark.slow
def test_killed_and_resumed_with_all_tools(tmp_path):
    """Groups of batches, windows of a text at random, averages, a log; also within a group."""
    whole, part, out = tmp_path / "whole", tmp_path / "part", tmp_path / "out"
    for folder in (whole, part):
        folder.mkdir()
    done = run_script(whole, out, script=TOOLS)
    assert done.returncode == 0, done.stderr
    expected = bits(checkpoint.load(out))
    out.unlink()
    for batch in (10, 12, 22):  # of what is left: 9 batches an epoch, 6 epochs
        killed = run_script(part, out, batch, script=TOOLS)
        assert killed.returncode != 0 and not killed.stderr and not out.exists()
    assert 0 < checkpoint.load(part / "run")["progress"]["n_steps"] < 30
    finished = run_script(part, out, script=TOOLS)
    assert finished.returncode == 0, finished.stderr
    result = bits(checkpoint.load(out))
    for name in expected:
        assert result[name] == expected[name], name
    losses = [float.fromhex(loss) for loss in expected["history"]["loss"]]
    assert len(losses) == 6 and losses[-1] < losses[0] - 0.5


def test_the_runs_above_are_worth_comparing(uninterrupted):
    """They have learnt something, changed their learning rate and stopped early."""
    losses = [float.fromhex(loss) for loss in uninterrupted["history"]["loss"]]
    assert losses[-1] < losses[0]
    assert 2 < uninterrupted["best_epoch"] <= len(losses)
    rate = uninterrupted["optimizer"]["options"]["learning_rate"]["schedule"]["learning_rate"]
    assert float.fromhex(rate) < 0.02


# ---- within one process ----------------------------------------------------------------------------
def make(seed=0):
    model = Model([Dense(6, input_dim=4), Dropout(0.5), Dense(1)], seed=seed)
    model.compile(Adam(learning_rate=0.01), MSE())
    return model


@pytest.mark.parametrize("every_steps", [1, 2, 3, 4, 5, 6, 7, 8])
def test_from_every_place_of_an_epoch(tmp_path, every_steps):
    """Ten batches in two epochs; the last file that was written is the one to go on from."""
    path = tmp_path / "run"
    whole = make()
    expected = whole.fit(X, Y, epochs=2, batch_size=4, verbose=0)
    keep = Checkpointing(path, every_epochs=None, every_steps=every_steps)
    make().fit(X, Y, epochs=2, batch_size=4, verbose=0, callbacks=[keep])
    assert checkpoint.load(path)["progress"]["n_steps"] == 10 // every_steps * every_steps
    resumed = make(seed=1)  # all that matters is in the file
    keep = Checkpointing(tmp_path / "other")
    got = resumed.fit(X, Y, epochs=2, batch_size=4, verbose=0, callbacks=[keep], resume_from=path)
    assert bits(resumed.state_dict()) == bits(whole.state_dict())
    assert bits(got.history) == bits(expected.history) and got.epochs == [1, 2]


def test_a_second_fit_is_resumed_in_its_own_epochs(tmp_path):
    def train(resume_from=None, stop_after=None):
        model = make()
        model.fit(X, Y, epochs=2, verbose=0)
        model.fit(
            X, Y, epochs=stop_after or 3, verbose=0, callbacks=[keep], resume_from=resume_from
        )
        return model

    keep = Checkpointing(tmp_path / "run")
    whole = train()
    train(stop_after=1)
    resumed = train(resume_from=tmp_path / "run")
    assert resumed.history.epochs == whole.history.epochs == [1, 2, 3, 4, 5]
    assert bits(resumed.state_dict()) == bits(whole.state_dict())


def test_a_finished_run_has_nothing_left_to_do(tmp_path):
    one = make()
    one.fit(X, Y, epochs=2, verbose=0, callbacks=[Checkpointing(tmp_path / "run")])
    two = make()
    keep = [Checkpointing(tmp_path / "other")]
    two.fit(X, Y, epochs=2, verbose=0, callbacks=keep, resume_from=tmp_path / "run")
    assert bits(one.state_dict()) == bits(two.state_dict()) and len(two.history) == 2
    assert not (tmp_path / "other").exists()


def test_a_run_can_go_back_to_its_beginning():
    """Also the generators, which had not been made then."""
    model = make()
    loss = MSE()
    run = Training(
        model, model.optimizer, lambda x, y: loss(model(x), y), (X, Y), batch_size=4, rng=0
    )
    beginning = run.state_dict()
    first = bits(run.fit(2).history)
    weights = bits(model.state_dict())
    assert bits(run.fit(2, resume_from=beginning).history) == first
    assert bits(model.state_dict()) == weights


def test_a_module_of_ones_own_with_a_generator_of_its_own(tmp_path):
    class Noisy(Sequential):
        def __init__(self):
            super().__init__([Dense(1, input_dim=4), Dropout(0.2)])
            self.noise = np.random.default_rng(5)
            self.seed = seed_layers(self, 0)

        def forward(self, x):
            return super().forward(x) + self.noise.standard_normal(1).astype(np.float32)

    def run(callbacks=()):
        net = Noisy()
        optimizer = SGD(learning_rate=0.1).attach(net.parameters())
        data = X.astype(np.float32), Y.astype(np.float32)
        loss = MSE()
        return Training(
            net,
            optimizer,
            lambda x, y: loss(net(x), y),
            data,
            batch_size=4,
            rng=1,
            callbacks=callbacks,
        )

    whole, part, resumed = run(), run([Checkpointing(tmp_path / "run", every_steps=7)]), run()
    whole.fit(3)
    part.fit(2)
    state = checkpoint.load(tmp_path / "run")
    assert state["progress"]["n_steps"] == 10 and state["header"] is None
    resumed.fit(3, resume_from={**state, "callbacks": []})
    assert bits(resumed.module.state_dict()) == bits(whole.module.state_dict())
    with pytest.raises(CheckpointError, match="Build that Module yourself"):
        Model.load(tmp_path / "run")


@pytest.mark.parametrize(
    "change, name",
    [
        ({"batch_size": 5}, "batch_size = 4, this one has 5"),
        ({"shuffle": False}, "shuffle = True, this one has False"),
        ({"callbacks": [EarlyStopping("loss")]}, r"callbacks = \['Checkpointing'\], this one has"),
        ({"validation_split": 0.5}, "n_samples = 20, this one has 10"),
    ],
)
def test_another_setting_is_refused(tmp_path, change, name):
    keep = Checkpointing(tmp_path / "run")
    make().fit(X, Y, batch_size=4, verbose=0, callbacks=[keep])
    options = {"batch_size": 4, "callbacks": [keep], "verbose": 0, **change}
    with pytest.raises(ValueError, match=name):
        make().fit(X, Y, resume_from=tmp_path / "run", **options)


def test_another_network_is_refused(tmp_path):
    keep = Checkpointing(tmp_path / "run")
    make().fit(X, Y, verbose=0, callbacks=[keep])
    other = Model([Dense(1, input_dim=4)], seed=0)
    other.compile(Adam(), MSE())
    with pytest.raises(ValueError, match="does not fit this module"):
        other.fit(X, Y, verbose=0, callbacks=[keep], resume_from=tmp_path / "run")


def test_other_files_are_refused(tmp_path):
    model = make()
    model.save(tmp_path / "model")
    with pytest.raises(CheckpointError, match=r"read with Model\.load"):
        model.fit(X, Y, verbose=0, resume_from=tmp_path / "model")
    with pytest.raises(FileNotFoundError):
        model.fit(X, Y, verbose=0, resume_from=tmp_path / "nothing")


def test_a_model_is_read_from_a_run(tmp_path):
    model = make()
    model.fit(X, Y, epochs=2, verbose=0, callbacks=[Checkpointing(tmp_path / "run")])
    loaded = Model.load(tmp_path / "run")
    assert bits(loaded.predict(X)) == bits(model.predict(X))
    assert loaded.history.epochs == [1, 2]
    for net in (model, loaded):
        net.fit(X, Y, epochs=1, verbose=0)
    assert bits(loaded.state_dict()) == bits(model.state_dict())


def test_a_layer_without_a_blueprint_can_still_be_resumed(tmp_path):
    class Scaled(Layer):
        def __init__(self, function):
            self.function = function

        def forward(self, x):
            return self.function(x)

    def build():
        model = Model([Dense(1, input_dim=4), Scaled(lambda x: x * 2.0)], seed=0)
        model.compile(SGD(learning_rate=0.1), MSE())
        return model

    keep = Checkpointing(tmp_path / "run")
    build().fit(X, Y, verbose=0, callbacks=[keep])
    build().fit(X, Y, verbose=0, callbacks=[keep], resume_from=tmp_path / "run")
    with pytest.raises(CheckpointError, match="Build that Module"):
        Model.load(tmp_path / "run")


def test_file_names_with_numbers(tmp_path):
    keep = Checkpointing(tmp_path / "run-{epoch}-{step}", every_epochs=2)
    make().fit(X, Y, epochs=5, batch_size=10, verbose=0, callbacks=[keep])
    assert sorted(os.listdir(tmp_path)) == ["run-2-4", "run-4-8"]
