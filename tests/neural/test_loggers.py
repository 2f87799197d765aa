"""Loggers: every number once, whatever happens in between."""

import json
import math
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from ml_from_scratch.losses import MSE
from ml_from_scratch.neural import (
    Callback,
    Checkpointing,
    Dense,
    JSONLinesLogger,
    Model,
    TensorBoardLogger,
)
from ml_from_scratch.optimizers import Adam, Step

rng = np.random.default_rng(0)
X, Y = rng.standard_normal((20, 4)), rng.standard_normal((20, 1))


class Stop(Exception):
    pass


class StopAt(Callback):
    def __init__(self, step):
        self.step = step

    def on_step_end(self, run):
        if run.n_steps == self.step:
            raise Stop


def model():
    made = Model([Dense(3, input_dim=4), Dense(1)], seed=0)
    made.compile(Adam(learning_rate=Step(0.01, every=4)), MSE(), metrics=["mae"])
    return made


def fit(*callbacks, epochs=3, net=None, **options):
    net = net or model()
    net.fit(X, Y, epochs, 5, verbose=0, callbacks=callbacks, validation_data=(X, Y), **options)
    return net


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def timeless(lines):
    """The lines without what a clock said."""
    return [{name: value for name, value in line.items() if name != "seconds"} for line in lines]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.jsonl"


# ---- lines of JSON -------------------------------------------------------------------------------------
def test_a_line_per_epoch(path):
    history = fit(JSONLinesLogger(path)).history
    lines = read(path)
    assert [(x["epoch"], x["batch"], x["step"]) for x in lines] == [
        (1, 0, 4),
        (2, 0, 8),
        (3, 0, 12),
    ]
    for name in ("loss", "mae", "val_loss", "val_mae"):
        assert [line[name] for line in lines] == history[name]
    assert [line["seconds"] for line in lines] == history.seconds
    np.testing.assert_allclose([line["learning_rate"] for line in lines], [1e-3, 1e-4, 1e-5])


def test_and_per_so_many_steps(path):
    fit(JSONLinesLogger(path, every_steps=3), epochs=2)
    lines = read(path)
    places = [(x["epoch"], x["batch"], x["step"], "val_loss" in x) for x in lines]
    assert places == [(1, 3, 3, 0), (1, 0, 4, 1), (2, 2, 6, 0), (2, 0, 8, 1)]
    assert all(line["loss"] > 0 for line in lines)


def test_the_first_groups_learning_rate_is_told(path):
    net = model()
    net.build(4)
    first, *rest = net.parameters()
    groups = [{"parameters": [first]}, {"parameters": rest, "learning_rate": 0.5}]
    net.compile(Adam(learning_rate=0.25).attach(groups), MSE())
    net.fit(X, Y, verbose=0, callbacks=[JSONLinesLogger(path)])
    assert [line["learning_rate"] for line in read(path)] == [0.25]


def test_lines_are_on_the_disk_at_once(path):
    seen = []

    class Look(Callback):
        def on_step_end(self, run):
            seen.append(len(path.read_text().splitlines()) if path.exists() else 0)

    fit(JSONLinesLogger(path, every_steps=1), Look(), epochs=1)
    assert seen == [1, 2, 3, 4]


def test_what_json_has_no_word_for_is_null(path):
    net = model()
    values = [math.nan, math.inf, 1.0]
    net.compile(net.optimizer, MSE(), metrics=[lambda y_true, y_pred: values.pop(0)])
    net.fit(X, Y, epochs=3, batch_size=20, verbose=0, callbacks=[JSONLinesLogger(path)])
    assert [line["<lambda>"] for line in read(path)] == [None, None, 1.0]
    assert "NaN" not in path.read_text()


@pytest.mark.parametrize("stop_at", [4, 5, 6, 7, 8, 11])
@pytest.mark.parametrize("torn", [False, True])
def test_a_resumed_run_leaves_the_same_file(tmp_path, path, stop_at, torn):
    """Written every step, saved every third: what lies between is taken back, and so is a torn line."""
    fit(JSONLinesLogger(path, every_steps=1), Checkpointing(tmp_path / "none", every_steps=3))
    expected = timeless(read(path))
    path.unlink()
    keep = Checkpointing(tmp_path / "run", every_epochs=None, every_steps=3)
    with pytest.raises(Stop):
        fit(JSONLinesLogger(path, every_steps=1), StopAt(stop_at), keep)
    if torn:
        with open(path, "a", encoding="utf-8") as file:
            file.write('{"epoch": 1, "ba')
    before = len(path.read_text().splitlines())
    fit(JSONLinesLogger(path, every_steps=1), keep, resume_from=tmp_path / "run")
    assert timeless(read(path)) == expected and before > 3


def test_a_second_fit_goes_on(path):
    net = fit(JSONLinesLogger(path), epochs=2)
    fit(JSONLinesLogger(path), epochs=2, net=net)
    assert [line["epoch"] for line in read(path)] == [1, 2, 3, 4]
    fit(JSONLinesLogger(path), epochs=1)  # another run
    assert [line["epoch"] for line in read(path)] == [1]


def test_a_run_that_goes_on_elsewhere_begins_a_file(tmp_path, path):
    keep = Checkpointing(tmp_path / "run")
    fit(JSONLinesLogger(path), keep, epochs=2)
    fit(JSONLinesLogger(tmp_path / "new"), keep, resume_from=tmp_path / "run")
    assert [line["epoch"] for line in read(tmp_path / "new")] == [3]


@pytest.mark.parametrize(
    "content",
    [
        "my notes\n",
        "my\rnotes\n",
        "[1, 2]\n",
        '{"loss": 1.0}\n',
        '{"epoch": "one", "batch": 0}\n',
        "7\n",
    ],
)
def test_other_files_are_left_alone(path, content):
    path.write_bytes(content.encode())
    with pytest.raises(ValueError, match="line 1 of .* is not of this logger"):
        fit(JSONLinesLogger(path))
    assert path.read_bytes() == content.encode()


def test_the_folder_must_exist(tmp_path):
    with pytest.raises(FileNotFoundError):
        fit(JSONLinesLogger(tmp_path / "none" / "log"))
    with pytest.raises(ValueError, match="every_steps must be an integer of at least 1 or None"):
        JSONLinesLogger("log", every_steps=0)


def test_no_bar_in_it(path, capsys):
    net = model()
    net.fit(X, Y, epochs=2, verbose=1, callbacks=[JSONLinesLogger(path)])
    capsys.readouterr()
    assert len(read(path)) == 2 and "\r" not in path.read_text()


# ---- TensorBoard -----------------------------------------------------------------------------------------
class Writer:
    """Stands in for tensorboardX.SummaryWriter."""

    made: list = []

    def __init__(self, folder, purge_step=None):
        self.folder, self.purge_step, self.calls, self.closed = folder, purge_step, [], False
        Writer.made.append(self)

    def add_scalar(self, name, value, step):
        assert type(value) is float and type(step) is int
        self.calls.append((name, value, step))

    def flush(self):
        self.calls.append("flush")

    def close(self):
        self.closed = True


@pytest.fixture
def writers(monkeypatch):
    monkeypatch.setattr(Writer, "made", [])
    monkeypatch.setitem(sys.modules, "tensorboardX", SimpleNamespace(SummaryWriter=Writer))
    return Writer.made


def test_numbers_go_to_tensorboard(writers, tmp_path):
    history = fit(TensorBoardLogger(tmp_path), epochs=2).history
    (writer,) = writers
    assert (writer.folder, writer.purge_step, writer.closed) == (str(tmp_path), 1, True)
    first = writer.calls[: writer.calls.index("flush")]
    names = ["loss/training", "mae/training", "loss/validation", "mae/validation", "learning_rate"]
    assert [name for name, _, _ in first] == names and {step for _, _, step in first} == {1}
    losses = [call[1] for call in writer.calls if call[0] == "loss/validation"]
    assert losses == history["val_loss"]


def test_a_resumed_run_hides_what_comes_again(writers, tmp_path):
    keep = Checkpointing(tmp_path / "run")
    with pytest.raises(Stop):
        fit(TensorBoardLogger(tmp_path), StopAt(10), keep)
    fit(TensorBoardLogger(tmp_path), keep, resume_from=tmp_path / "run")
    assert [writer.purge_step for writer in writers] == [1, 3]
    assert all(writer.closed for writer in writers)


def test_without_tensorboardx(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ImportError, match=r'pip install "ml-from-scratch-lab\[tensorboard\]"'):
        fit(TensorBoardLogger("folder"))


def test_the_files_are_tensorboards(tmp_path):
    pytest.importorskip("tensorboardX")
    fit(TensorBoardLogger(tmp_path))
    (file,) = tmp_path.glob("events.out.tfevents.*")
    assert b"loss/validation" in file.read_bytes()
