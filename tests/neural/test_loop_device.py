"""All that surrounds the loop on a device's arrays: nothing mixes with the host's, and the numbers are the same."""

import numpy as np
from fake_device import FakeArray, asarray

from ml_from_scratch.core import checkpoint
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import (
    Checkpointing,
    Dense,
    Diagnostics,
    Dropout,
    ExponentialMovingAverage,
    FromAll,
    FromCounts,
    JSONLinesLogger,
    Model,
    ReLU,
    TopKAccuracy,
    find_learning_rate,
)
from ml_from_scratch.optimizers import Adam
from ml_from_scratch.utils import balanced_accuracy_score, recall_score

rng = np.random.default_rng(0)
X, LABELS = rng.standard_normal((30, 5)).astype(np.float32), rng.integers(0, 3, 30)
WEIGHT = rng.uniform(0.5, 2.0, 30).astype(np.float32)


def recall_of_columns(y_true, y_pred):
    return recall_score(y_true, y_pred.argmax(-1), average="macro")


def model(convert):
    made = Model([Dense(8, input_dim=5), ReLU(), Dropout(0.2), Dense(3)], seed=0)
    made.build(5)
    for p in made.parameters():
        p.data = convert(p.data)
    metrics = [FromCounts(balanced_accuracy_score), FromAll(recall_of_columns), "perplexity"]
    metrics.append(TopKAccuracy(2))
    made.compile(Adam(learning_rate=0.01), CrossEntropy(from_logits=True), metrics=metrics)
    return made


def train(convert, folder, stop_early=False, resume_from=None):
    net, average = model(convert), ExponentialMovingAverage(0.9, evaluate=True)
    callbacks = [average, Diagnostics(show=lambda text: None), JSONLinesLogger(folder / "log")]
    callbacks.append(Checkpointing(folder / "run", every_steps=1))
    data = convert(X), convert(LABELS)
    run = net.prepare(
        *data,
        8,
        accumulate=2,
        sample_weight=convert(WEIGHT),
        validation_data=data,
        callbacks=callbacks,
        verbose=0,
    )
    if resume_from is None:
        found = find_learning_rate(run, n_steps=15).losses
        run.fit(1 if stop_early else 3)
    else:
        found = run.fit(3, checkpoint.load(resume_from)) and None
    weights = [p.data for p in net.parameters()] + average.averages
    return net, found, weights


def test_a_device_gives_the_numbers_of_the_host(tmp_path):
    for name in ("host", "device"):
        (tmp_path / name).mkdir()
    host, losses, expected = train(np.asarray, tmp_path / "host")
    device, found, weights = train(asarray, tmp_path / "device")
    np.testing.assert_allclose(found, losses, rtol=1e-5)
    assert all(isinstance(x, FakeArray) for x in weights)
    for one, two in zip(weights, expected):
        np.testing.assert_allclose(one.get(), two, rtol=1e-4, atol=1e-6)
    for name, values in host.history.history.items():
        np.testing.assert_allclose(device.history[name], values, rtol=1e-4, err_msg=name)


def test_a_run_on_a_device_is_resumed(tmp_path):
    for name in ("whole", "part"):
        (tmp_path / name).mkdir()
    whole, _, expected = train(asarray, tmp_path / "whole")
    train(asarray, tmp_path / "part", stop_early=True)
    resumed, _, weights = train(asarray, tmp_path / "part", resume_from=tmp_path / "part" / "run")
    assert [x.get().tobytes() for x in weights] == [x.get().tobytes() for x in expected]
    assert resumed.history.history == whole.history.history
