"""The commands ``mlfs gpt``: a run is begun, killed, resumed, and read; mistakes are one sentence."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from ml_from_scratch import cli
from ml_from_scratch.core import checkpoint
from ml_from_scratch.experiments.config import read_choices
from ml_from_scratch.transformers import RunFolder

TEXT = "the cat sat on the mat. the dog lay on the log, and the hog sat in the fog.\n" * 40
TINY = ["--n-layers", "1", "--n-heads", "2", "--d-model", "16", "--context-length", "8"]


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(TEXT, encoding="utf-8")
    return str(path)


@pytest.fixture
def trained(text, tmp_path):
    out = tmp_path / "run"
    assert cli.main(["gpt", "train", text, "--out", str(out), *TINY, "--steps", "20"]) == 0
    return out


def mlfs(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "ml_from_scratch.cli", "gpt", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def lines_of(out):
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    return [{name: v for name, v in line.items() if name != "seconds"} for line in lines]


def begin(text, out, steps):
    flags = [*TINY, "--steps", steps, "--evaluate-every", steps // 4, "--save-every", 7]
    return mlfs("train", text, "--out", out, *flags)


def interrupted(text, out, steps, kind):
    """Begin a run and send it a signal when it has gone beyond its first checkpoints."""
    process = begin(text, out, steps)
    for _ in range(2000):
        log = out / "log.jsonl"
        if log.exists() and len(log.read_bytes().splitlines()) > 8:
            break
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.005)
    process.send_signal(kind)
    return process, process.communicate(timeout=60)


def assert_resumes_to_the_same_bits(text, tmp_path, out, steps):
    made = RunFolder(out).n_steps
    assert 0 < made < steps
    whole = begin(text, tmp_path / "whole", steps)
    resumed = mlfs("train", "--out", out, "--resume")
    for process in (whole, resumed):
        told = process.communicate(timeout=100)
        assert process.returncode == 0, told
    assert f"{made} of {steps} steps made" in told[0]
    ends = [checkpoint.load(tmp_path / name / "checkpoint.npz") for name in ("whole", "run")]
    for name, weights in ends[0]["module"].items():
        assert weights.tobytes() == ends[1]["module"][name].tobytes(), name
    assert lines_of(tmp_path / "whole") == lines_of(out)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_run_that_is_killed_goes_on_bit_for_bit(text, tmp_path):
    process, _ = interrupted(text, tmp_path / "run", 1000, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert_resumes_to_the_same_bits(text, tmp_path, tmp_path / "run", 1000)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing there")
def test_ctrl_c_leaves_a_checkpoint_and_says_how_to_go_on(text, tmp_path):
    process, (out, err) = interrupted(text, tmp_path / "run", 1000, signal.SIGINT)
    assert process.returncode == 130, err
    assert "--resume" in err and "Traceback" not in err and "\r" not in out + err
    assert f"stopped after step {RunFolder(tmp_path / 'run').n_steps};" in err
    assert_resumes_to_the_same_bits(text, tmp_path, tmp_path / "run", 1000)


def test_training_tells_how_it_goes(text, tmp_path, capsys):
    arguments = ["gpt", "train", text, "--out", str(tmp_path / "r"), *TINY, "--steps", "20"]
    assert cli.main(arguments) == 0
    told, err = capsys.readouterr()
    assert "step 20/20" in told and "val_loss" in told and "after 20 steps it writes" in told
    assert "\r" not in told + err
    assert (
        cli.main(["gpt", "train", "--resume", "--out", str(tmp_path / "r"), "--steps", "40"]) == 0
    )
    assert "step 40/40" in capsys.readouterr().out
    assert RunFolder(tmp_path / "r").n_steps == 40


def test_samples_repeat_with_their_seed(trained, capsys):
    capsys.readouterr()
    told = []
    for seed in ("3", "3", "4"):
        sample = ["gpt", "sample", str(trained), "--prompt", "the ", "--tokens", "30"]
        assert cli.main([*sample, "--seed", seed]) == 0
        told.append(capsys.readouterr().out)
    assert told[0] == told[1] != told[2] and told[0].startswith("the ") and len(told[0]) == 35
    stop = ["gpt", "sample", str(trained), "--stop", "t", "--tokens", "300", "--top-k", "9"]
    assert cli.main(stop) == 0
    assert capsys.readouterr().out.count("t") == 1


def test_perplexity_of_a_file(trained, text, capsys):
    capsys.readouterr()
    assert cli.main(["gpt", "perplexity", str(trained), text]) == 0
    told = capsys.readouterr().out
    loss = float(told.split("loss ")[1].split()[0])
    assert told.startswith(f"{len(TEXT):,} tokens") and 1.0 < loss < np.log(30)
    bits = float(told.split("a token, ")[1].split()[0])  # one byte a token
    assert bits == pytest.approx(loss / np.log(2), rel=1e-3)


def test_a_config_file_and_flags_that_go_before_it(text, tmp_path):
    path = tmp_path / "c.json"
    path.write_text('{"n_layers": 1, "n_heads": 2, "d_model": 8, "context_length": 4, "seed": 5}')
    out = tmp_path / "run"
    flags = ["--config", str(path), "--steps", "5", "--seed", "6", "--vocab-size", "260"]
    assert cli.main(["gpt", "train", text, "--out", str(out), *flags]) == 0
    config = RunFolder(out).config
    assert (config.d_model, config.seed, config.tokenizer) == (8, 6, "byte_pairs")
    assert RunFolder(out).tokenizer.vocab_size == 260


def test_yaml_says_the_same_as_json(tmp_path):
    pytest.importorskip("yaml")
    (tmp_path / "c.yaml").write_text("n_layers: 2\nbetas: [0.9, 0.99]\n")
    assert read_choices(tmp_path / "c.yaml") == {"n_layers": 2, "betas": [0.9, 0.99]}
    (tmp_path / "bad.yml").write_text("a: [1")
    with pytest.raises(ValueError, match="cannot be read as a config"):
        read_choices(tmp_path / "bad.yml")


def broken(trained, name, content):
    (trained / name).write_bytes(content)
    return ["sample", str(trained)] if name != "text.tokens" else ["train", "--resume", "--out", str(trained)]  # fmt: skip


@pytest.mark.parametrize(
    "files, arguments, words",
    [
        ({}, ["train", "no.txt", "--out", "r"], "there is no file no.txt"),
        ({"t": b""}, ["train", "t", "--out", "r"], "too short"),
        ({"t": b"short"}, ["train", "t", "--out", "r"], "too short"),
        ({"t": b"\xff\xfe\xff"}, ["train", "t", "--out", "r"], "UTF-8"),
        ({"c.json": b'{"n_layer": 2}'}, ["train", "--config", "c.json", "--out", "r"], "no n_layer; its keys are: text"),
        ({"c.json": b"{"}, ["train", "--config", "c.json", "--out", "r"], "cannot be read as a config"),
        ({"c.json": b"[]"}, ["train", "--config", "c.json", "--out", "r"], "no table"),
        ({}, ["train", "--out", "r", "--n-heads", "3"], "must divide"),
        ({}, ["train", "--out", "r", "--resume"], "holds no run"),
        ({}, ["train", "no.txt", "--out", "r", "--resume"], "leave out file"),
        ({}, ["sample", "r"], "holds no run"),
        ({"r/a": b""}, ["train", "--out", "r"], "not empty"),
    ],
)  # fmt: skip
def test_mistakes_are_told_in_a_sentence(files, arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert cli.main(["gpt", *arguments]) == 2
    told, err = capsys.readouterr()
    assert words in err and err.count("\n") == 1 and err.startswith("mlfs gpt: ") and not told


@pytest.mark.parametrize("name", ["config.json", "tokenizer.txt", "text.tokens", "checkpoint.npz"])
@pytest.mark.parametrize("content", [b"", b"{}nonsense"])
def test_a_damaged_run_is_told_so(trained, name, content, capsys):
    capsys.readouterr()
    assert cli.main(["gpt", *broken(trained, name, content)]) == 2
    err = capsys.readouterr().err
    assert name in err and err.count("\n") == 1


def test_a_run_is_not_overwritten(trained, text, capsys):
    before = (trained / "checkpoint.npz").read_bytes()
    assert cli.main(["gpt", "train", text, "--out", str(trained)]) == 2
    assert "--resume" in capsys.readouterr().err
    assert (trained / "checkpoint.npz").read_bytes() == before
