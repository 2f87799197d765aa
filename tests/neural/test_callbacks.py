"""Callbacks: when training stops, what it goes back to, what is written when; and what is printed."""

import sys

import numpy as np
import pytest

from ml_from_scratch.core import Module, Parameter, checkpoint
from ml_from_scratch.losses import MSE
from ml_from_scratch.neural import (
    Checkpointing,
    Dense,
    EarlyStopping,
    History,
    Model,
    Training,
)
from ml_from_scratch.neural.progress import Progress
from ml_from_scratch.optimizers import SGD


class Counter(Module):
    """A weight that grows by 1 at every step."""

    def __init__(self):
        self.n = Parameter([0.0])


def run_with(callbacks, name="val_loss", values=(3.0, 2.0, 2.5, 2.4, 2.3, 1.0), history=None):
    """A run whose epochs are one step each and are measured as the values say."""
    counter, measured = Counter(), iter(values)
    return Training(
        counter,
        SGD(learning_rate=1.0).attach(counter.parameters()),
        lambda x: -np.sum(counter.n),
        (np.ones(1),),
        evaluate=lambda: {name: next(measured)},
        callbacks=callbacks,
        history=history,
    )


# ---- early stopping --------------------------------------------------------------------------------
@pytest.mark.parametrize("patience, epochs", [(0, 3), (1, 4), (2, 5), (3, 6)])
def test_patience_is_how_many_epochs_may_bring_nothing(patience, epochs):
    stopping = EarlyStopping(patience=patience)
    run = run_with([stopping])
    assert len(run.fit(6)) == epochs
    assert bool(run.stop) == (epochs < 6)
    if run.stop:
        assert run.stop == "val_loss has not become better since epoch 2"
        assert run.module.n.data.tolist() == [2.0] and stopping.best_epoch == 2


def test_the_best_weights_come_back_even_if_nothing_stopped():
    run = run_with([EarlyStopping(patience=10)], values=(3.0, 1.0, 2.0))
    run.fit(3)
    assert run.module.n.data.tolist() == [2.0]


def test_unless_they_are_not_wanted():
    run = run_with([EarlyStopping(patience=0, restore_best=False)])
    run.fit(6)
    assert run.module.n.data.tolist() == [3.0]


@pytest.mark.parametrize("name, mode", [("val_accuracy", "auto"), ("val_loss", "max")])
def test_large_can_be_good(name, mode):
    stopping = EarlyStopping(name, patience=1, mode=mode)
    run = run_with([stopping], name, values=(0.5, 0.9, 0.8, 0.7, 1.0))
    assert len(run.fit(5)) == 4 and stopping.best_epoch == 2


def test_a_little_better_is_not_better():
    stopping = EarlyStopping(patience=1, min_delta=0.5)
    assert len(run_with([stopping], values=(3.0, 2.6, 2.4, 2.3, 2.2)).fit(5)) == 5
    assert stopping.best_epoch == 3  # 3.0 -> 2.4; then 2.3 and 2.2 are not half a point better


def test_nan_is_never_better():
    stopping = EarlyStopping(patience=0)
    assert len(run_with([stopping], values=(1.0, float("nan"), 0.5)).fit(3)) == 2


def test_what_is_not_measured_cannot_be_watched():
    for callback in (
        EarlyStopping("val_acuracy"),
        Checkpointing("x", best_only=True, monitor="f1"),
    ):
        with pytest.raises(
            ValueError, match="is to be watched, but this run measures loss, val_loss"
        ):
            run_with([callback]).fit(1)


def test_not_even_if_it_was_measured_earlier():
    history = History()
    history.append({"loss": 1.0, "val_loss": 1.0}, 0.0)
    with pytest.raises(ValueError, match="measures loss, other"):
        run_with([EarlyStopping()], "other", history=history).fit(1)


def test_one_object_serves_a_second_fit():
    """It counts failures anew and still knows the best epoch of all."""
    stopping, history = EarlyStopping(patience=1), History()
    run_with([stopping], values=(1.0, 2.0, 3.0), history=history).fit(3)
    assert len(run_with([stopping], values=(4.0, 5.0, 6.0), history=history).fit(3)) == 5
    assert stopping.best_epoch == 1


@pytest.mark.parametrize(
    "options, message",
    [
        ({"patience": -1}, "patience must be an integer of at least 0"),
        ({"min_delta": -0.1}, "min_delta must be a number of at least 0"),
        ({"mode": "best"}, "mode must be one of 'auto', 'min', 'max'"),
    ],
)
def test_early_stopping_checks_its_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        EarlyStopping(**options)


# ---- checkpoints ----------------------------------------------------------------------------------
def epochs_written(folder, callback, epochs=6):
    """The epochs after which a file was written, by their file names."""
    run_with([callback]).fit(epochs)
    return sorted(int(path.name) for path in folder.iterdir())


def test_every_so_many_epochs(tmp_path):
    assert epochs_written(tmp_path, Checkpointing(tmp_path / "{epoch}", every_epochs=2)) == [
        2,
        4,
        6,
    ]


def test_only_the_best(tmp_path):
    assert epochs_written(tmp_path, Checkpointing(tmp_path / "{epoch}", best_only=True)) == [
        1,
        2,
        6,
    ]


def test_every_so_many_steps(tmp_path):
    callback = Checkpointing(tmp_path / "{step}", every_epochs=None, every_steps=4)
    assert epochs_written(tmp_path, callback) == [4]


def test_a_file_has_the_state_of_the_callbacks_behind_it(tmp_path):
    """Whatever the order in which they are given to fit."""
    model = Model([Dense(1, input_dim=2)], seed=0)
    model.compile(SGD(learning_rate=0.1), MSE())
    callbacks = [Checkpointing(tmp_path / "run"), EarlyStopping("loss")]
    model.fit(np.eye(2), np.ones(2), epochs=3, callbacks=callbacks, verbose=0)
    saved = checkpoint.load(tmp_path / "run")["callbacks"]
    assert [part["kind"] for part in saved] == ["EarlyStopping", "Checkpointing"]
    assert saved[0]["state"]["best_epoch"] == 3


@pytest.mark.parametrize("options", [{"every_epochs": 0}, {"every_steps": 0}])
def test_checkpointing_checks_its_arguments(options):
    with pytest.raises(ValueError, match="must be an integer of at least 1 or None; got 0"):
        Checkpointing("run", **options)


# ---- history --------------------------------------------------------------------------------------------
def test_history():
    history = History()
    history.append({"loss": 2.0}, 0.5)
    history.append({"loss": 1.0, "val_loss": 3.0}, 0.25)
    history.append({"loss": 0.5}, 0.25)
    assert (
        len(history) == 3 and history.epochs == [1, 2, 3] and history.seconds == [0.5, 0.25, 0.25]
    )
    np.testing.assert_array_equal(history["val_loss"], [np.nan, 3.0, np.nan])
    assert history.last() == {"loss": 0.5} and "val_loss" in history and "accuracy" not in history
    assert repr(history) == "<History of 3 epochs: loss 0.5>"
    with pytest.raises(KeyError, match="'accuracy' was not measured; there is loss, val_loss"):
        history["accuracy"]
    again = History()
    again.load_state_dict(history.state_dict())
    assert again.epochs == history.epochs and again.seconds == history.seconds
    np.testing.assert_array_equal(again["val_loss"], history["val_loss"])


# ---- what is printed ----------------------------------------------------------------------------------
def fit_printed(capsys, verbose, **options):
    model = Model([Dense(1, input_dim=2)], seed=0)
    model.compile(SGD(learning_rate=0.1), MSE(), metrics=["mae"])
    model.fit(np.eye(2), np.ones(2), epochs=10, batch_size=1, verbose=verbose, **options)
    return capsys.readouterr()


def test_silence(capsys):
    assert fit_printed(capsys, 0) == ("", "")


@pytest.mark.parametrize("verbose", [1, 2])
def test_a_line_per_epoch_and_no_bar_in_a_log(capsys, verbose):
    out, err = fit_printed(capsys, verbose)
    lines = out.splitlines()
    assert err == "" and len(lines) == 10 and "\r" not in out
    assert lines[0].startswith("epoch  1/10  0.0 s  loss ") and "  mae " in lines[0]
    assert lines[9].startswith("epoch 10/10")


def test_why_it_stopped(capsys):
    run = run_with([EarlyStopping(patience=0), Progress()])
    run.fit(6)
    out = capsys.readouterr().out.splitlines()
    assert out[-1] == "stopped: val_loss has not become better since epoch 2." and len(out) == 4


def test_a_bar_on_a_terminal(capsys, monkeypatch):
    pytest.importorskip("tqdm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    out, err = fit_printed(capsys, 1)
    assert len(out.splitlines()) == 10
    assert "epoch 10/10" in err and "2/2" in err and "loss" in err
    out, err = fit_printed(capsys, 2)
    assert err == "" and len(out.splitlines()) == 10


def test_a_terminal_without_tqdm(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    out, err = fit_printed(capsys, 1)
    assert err == "" and len(out.splitlines()) == 10


def test_the_bar_ends_with_an_error(capsys, monkeypatch):
    pytest.importorskip("tqdm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with pytest.raises(ArithmeticError):
        model = Model([Dense(1, input_dim=2)], seed=0)
        model.compile(SGD(learning_rate=0.1), MSE())
        model.fit(np.full((2, 2), np.nan), np.ones(2))
    assert capsys.readouterr().err.endswith("\n")
