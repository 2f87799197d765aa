"""Metrics over batches: the value for all samples, not the mean of the batches' values."""

import copy

import numpy as np
import pytest

from ml_from_scratch.core import checkpoint
from ml_from_scratch.losses import MSE, BinaryCrossEntropy, CrossEntropy
from ml_from_scratch.neural import (
    Callback,
    Checkpointing,
    Dense,
    FromAll,
    FromCounts,
    Metric,
    Model,
    Perplexity,
    Tanh,
    TopKAccuracy,
)
from ml_from_scratch.optimizers import SGD, Adam
from ml_from_scratch.utils import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    precision_score,
    r2_score,
    recall_score,
    roc_auc_score,
)

rng = np.random.default_rng(0)
X, LABELS = rng.standard_normal((47, 4)), rng.integers(0, 3, 47)
SCORES = rng.standard_normal((47, 3))


def fed(metric, y_true, y_pred, size=10):
    metric.reset()
    for i in range(0, len(y_true), size):
        metric.update(y_true[i : i + size], y_pred[i : i + size])
    return metric.result()


# ---- equal to the metric of all samples --------------------------------------------------------------
@pytest.mark.parametrize(
    "function, options",
    [
        (precision_score, {"average": "macro"}),
        (recall_score, {"average": "weighted"}),
        (f1_score, {"average": "micro"}),
        (balanced_accuracy_score, {}),
        (accuracy_score, {}),
    ],
)
@pytest.mark.parametrize("one_hot", [True, False])
def test_from_counts(function, options, one_hot):
    expected = function(LABELS, SCORES.argmax(1), **options)
    metric = FromCounts(function, **options)
    y_true = np.eye(3)[LABELS] if one_hot else LABELS
    assert fed(metric, y_true, SCORES) == pytest.approx(expected, rel=1e-12)
    assert metric.name == function.__name__
    assert FromCounts(function, name="x").name == "x"


def test_the_mean_over_batches_is_something_else():
    """Which is why all this is needed."""
    y = (LABELS > 0).astype(int)
    parts = [
        precision_score(y[i : i + 10], SCORES[i : i + 10, 0] > 0) for i in range(0, len(y), 10)
    ]
    metric = FromCounts(precision_score)
    metric.loss = BinaryCrossEntropy(from_logits=True)
    value = fed(metric, y, SCORES[:, :1])
    assert value == pytest.approx(precision_score(y, SCORES[:, 0] > 0))
    assert abs(np.mean(parts) - value) > 0.01


def test_classes_that_come_late_and_rare_ones():
    """The table grows; a class that was never predicted counts as scikit-learn counts it."""
    y_true, y_pred = np.array([0, 0, 1, 4, 4]), np.eye(5)[[0, 1, 1, 4, 1]]
    value = fed(FromCounts(recall_score, average="macro"), y_true, y_pred, size=2)
    assert value == recall_score([0, 0, 1, 4, 4], [0, 1, 1, 4, 1], average="macro")


@pytest.mark.parametrize("from_logits", [True, False])
def test_one_column_and_its_middle(from_logits):
    y, p = np.array([1, 0, 1]), np.array([[0.3], [0.2], [0.8]])
    metric = FromCounts(recall_score)
    metric.loss = BinaryCrossEntropy(from_logits=from_logits)
    assert fed(metric, y, p) == (1.0 if from_logits else 0.5)


def test_from_all():
    y = (LABELS > 0).astype(int)
    assert fed(FromAll(roc_auc_score), y, SCORES[:, :1]) == roc_auc_score(y, SCORES[:, 0])
    truth = X[:, :1]
    assert fed(FromAll(r2_score), truth, SCORES[:, :1]) == r2_score(truth, SCORES[:, :1])
    weighted = fed(FromAll(r2_score, multioutput="variance_weighted"), X[:, :3], SCORES)
    assert weighted == r2_score(X[:, :3], SCORES, multioutput="variance_weighted")


@pytest.mark.parametrize("shape", [(40,), (4, 10)])
def test_perplexity_of_a_guess_is_the_number_of_choices(shape):
    y, logits = rng.integers(0, 7, shape), np.zeros((*shape, 7))
    metric = Perplexity()
    metric.loss = CrossEntropy(from_logits=True, label_smoothing=0.1)  # smoothing is not in it
    assert fed(metric, y, logits, size=3) == pytest.approx(7.0)
    metric.loss = CrossEntropy()
    assert fed(metric, y, np.full((*shape, 7), 1 / 7), size=3) == pytest.approx(7.0)


def test_perplexity_of_all_by_hand():
    """exp of the mean of log 2, log 4, log 4: two batches of 1 and 2."""
    p = np.array([[0.5, 0.5], [0.25, 0.75], [0.75, 0.25]])
    metric = Perplexity()
    metric.update(np.array([0]), p[:1])
    metric.update(np.array([0, 1]), p[1:])
    assert metric.result() == pytest.approx(32 ** (1 / 3))
    metric.loss = CrossEntropy(from_logits=True)
    assert fed(metric, np.array([0]), np.array([[0.0, 1e4]])) == np.inf


def test_top_k_accuracy():
    y_pred = np.array([[0.5, 0.2, 0.3], [0.3, 0.6, 0.1]])
    assert TopKAccuracy(2)(np.array([2, 2]), y_pred) == 0.5
    assert TopKAccuracy(2)(np.eye(3)[[2, 2]], y_pred) == 0.5
    assert TopKAccuracy(1)(np.array([[0, 1]]), y_pred[None]) == 1.0  # (batch, time, classes)
    assert (
        TopKAccuracy(5).__name__ == "top_5_accuracy" and repr(TopKAccuracy(5)) == "TopKAccuracy(5)"
    )


@pytest.mark.parametrize(
    "metric",
    [FromCounts(f1_score, average="macro"), FromAll(roc_auc_score), Perplexity()],
    ids=repr,
)
def test_nothing_was_seen(metric):
    metric.reset()
    assert np.isnan(metric.result())


@pytest.mark.parametrize(
    "metric", [FromCounts(f1_score, average="macro"), FromAll(r2_score), Perplexity()], ids=repr
)
def test_a_state_goes_on(metric, tmp_path):
    """Through a file, in the middle; what comes later does not change what was saved."""
    y = X[:, :3] if isinstance(metric, FromAll) else LABELS
    p = np.abs(SCORES) / np.abs(SCORES).sum(1, keepdims=True)
    expected = fed(metric, y, p)
    metric.reset()
    metric.update(y[:20], p[:20])
    checkpoint.save(tmp_path / "state", metric.state_dict())
    other = copy.copy(metric)
    metric.update(y[20:], p[20:])
    other.reset()
    other.load_state_dict(checkpoint.load(tmp_path / "state"))
    other.update(y[20:], p[20:])
    assert metric.result() == other.result() == pytest.approx(expected)


# ---- in a model --------------------------------------------------------------------------------------
METRICS = [
    "accuracy",
    FromCounts(precision_score, name="precision", average="macro", zero_division=0),
]
METRICS += ["perplexity", TopKAccuracy(2)]


def classifier(metrics=None):
    model = Model([Dense(8, input_dim=4), Tanh(), Dense(3)], seed=0)
    loss = CrossEntropy(from_logits=True)
    model.compile(SGD(learning_rate=0.0), loss, metrics=METRICS if metrics is None else metrics)
    return model


def test_an_epoch_has_the_metric_of_all_its_samples():
    """With learning rate 0 the epoch's numbers are those of the whole data."""
    model = classifier()
    history = model.fit(X, LABELS, epochs=2, batch_size=10, verbose=0, validation_data=(X, LABELS))
    names = ["loss", "accuracy", "top_2_accuracy", "precision", "perplexity"]
    expected = model.evaluate(X, LABELS)
    assert set(history.history) == {*names, *(f"val_{name}" for name in names)}
    for name in names:
        np.testing.assert_allclose(history[name], [expected[name]] * 2, rtol=1e-6, err_msg=name)
        np.testing.assert_allclose(history[f"val_{name}"], [expected[name]] * 2, rtol=1e-6)
    assert expected["perplexity"] == pytest.approx(np.exp(expected["loss"]), rel=1e-6)


def test_evaluating_in_between_disturbs_nothing():
    class Evaluate(Callback):
        def on_step_end(self, run):
            run.module.evaluate(X[:5], LABELS[:5])

    one, two = classifier(), classifier()
    one.fit(X, LABELS, batch_size=10, verbose=0)
    two.fit(X, LABELS, batch_size=10, verbose=0, callbacks=[Evaluate()])
    assert one.history.history == two.history.history


def test_one_metric_serves_two_models():
    metric = FromCounts(precision_score, average="macro", zero_division=0)
    one, two = classifier([metric]), classifier([metric])
    for model in (one, two):
        model.fit(X, LABELS, batch_size=10, verbose=0)
    assert one.history.history == two.history.history and metric.counts.size == 0


@pytest.mark.parametrize("name, y", [("auc", LABELS > 0), ("r2", X[:, 0])])
def test_names(name, y):
    model = Model([Dense(1, input_dim=4)], seed=0)
    loss = BinaryCrossEntropy(from_logits=True) if name == "auc" else MSE()
    model.compile(Adam(learning_rate=0.1), loss, metrics=[name])
    model.fit(X, y.astype(float), epochs=40, verbose=0)
    function = roc_auc_score if name == "auc" else r2_score
    assert model.evaluate(X, y)[name] == pytest.approx(function(y, model.predict(X)[:, 0]))
    assert model.history[name][-1] > 0.5
    with pytest.raises(ValueError, match="accuracy, mse, mae, auc, r2, perplexity, a function"):
        model.compile("adam", "mse", metrics=["f2"])


class Stop(Exception):
    pass


@pytest.mark.parametrize("step", [1, 3, 5, 6, 9])
def test_resumed_within_an_epoch(tmp_path, step):
    """Five batches an epoch: the epoch's metrics have seen all of them all the same."""

    class StopAt(Callback):
        def on_step_end(self, run):
            if run.n_steps == step:
                raise Stop

    def fit(*more, **options):
        model = classifier([*METRICS, FromAll(log_of_first, name="all")])
        model.compile(Adam(learning_rate=0.01), model.loss, model.metrics)
        try:
            model.fit(X, LABELS, 3, 10, verbose=0, callbacks=[keep, *more], **options)
        except Stop:
            return None
        return model.history.history

    keep = Checkpointing(tmp_path / "run", every_steps=1)
    expected = fit()
    assert fit(StopAt()) is None
    keep.path = str(tmp_path / "other")
    if step > 1:  # the callback stops before the file of its step is written
        assert fit(resume_from=tmp_path / "run") == expected


def log_of_first(y_true, y_pred):
    return float(np.log(np.abs(y_pred[:, 0]).sum()) + y_true.sum())


def test_other_metrics_are_refused(tmp_path):
    keep = Checkpointing(tmp_path / "run")
    classifier().fit(X, LABELS, verbose=0, callbacks=[keep])
    with pytest.raises(
        ValueError, match=r"metrics = \['perplexity', 'precision'\], this one has \[\]"
    ):
        classifier([]).fit(X, LABELS, verbose=0, callbacks=[keep], resume_from=tmp_path / "run")


def test_a_metric_of_ones_own():
    class Largest(Metric):
        name = "largest"

        def reset(self):
            self.value = -np.inf

        def update(self, y_true, y_pred):
            self.value = max(self.value, float(np.max(y_pred)))

        def result(self):
            return self.value

    model = classifier([Largest()])
    model.fit(X, LABELS, batch_size=10, verbose=0)
    assert model.history["largest"][0] == model.predict(X).max()
    for method in ("state_dict",):
        with pytest.raises(NotImplementedError, match="Largest has no state_dict"):
            getattr(Largest(), method)()


# ---- at the edges ----------------------------------------------------------------------------------------
def test_perplexity_counts_labels_not_rows():
    """Two sequences of three steps that are guessed, then two of one step that are known."""
    metric = Perplexity()
    metric.update(np.zeros((2, 3), int), np.full((2, 3, 4), 0.25))
    metric.update(np.zeros((2, 1), int), np.array([[[1.0, 0.0, 0.0, 0.0]]] * 2))
    assert metric.result() == pytest.approx(4.0 ** (6 / 8))


@pytest.mark.parametrize(
    "metric",
    [
        FromCounts(accuracy_score),
        FromAll(lambda y_true, y_pred: (y_true == y_pred.argmax(1)).mean()),
    ],
)
def test_an_empty_batch_and_states_that_are_copies(metric):
    metric.reset()
    metric.update(LABELS, SCORES)
    expected = metric.result()
    metric.update(LABELS[:0], SCORES[:0])
    assert metric.result() == expected
    state = metric.state_dict()
    other = copy.deepcopy(metric)
    other.reset()
    other.load_state_dict(state)
    for array in arrays_in(state):
        array[...] = 0
    assert metric.result() == other.result() == expected


def arrays_in(tree):
    """All arrays in dicts and lists."""
    if isinstance(tree, np.ndarray):
        return [tree]
    return [
        a for part in (tree.values() if isinstance(tree, dict) else tree) for a in arrays_in(part)
    ]
