"""Model: the quick start, data of all kinds, regularizers, validation, saving, and what errors say."""

import copy
import re

import numpy as np
import pytest
from fake_device import asarray

from ml_from_scratch.core import checkpoint
from ml_from_scratch.core.checkpoint import CheckpointError
from ml_from_scratch.datasets import load_digits
from ml_from_scratch.losses import MSE, BinaryCrossEntropy, CrossEntropy
from ml_from_scratch.neural import (
    L1,
    L1L2,
    L2,
    Dense,
    Dropout,
    Flatten,
    Layer,
    Model,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from ml_from_scratch.neural.metrics import predicted_classes
from ml_from_scratch.optimizers import (
    SGD,
    Adam,
    AdamW,
    ClipByGlobalNorm,
    Cosine,
    decay_matrices_only,
)

rng = np.random.default_rng(0)
X, Y = rng.standard_normal((30, 5)), rng.standard_normal((30, 2))
LABELS = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)


def classifier(seed=0, layers=None, loss=None, optimizer=None, **options):
    layers = layers or [Dense(8, input_dim=5), ReLU(), Dense(3), Softmax()]
    model = Model(layers, seed=seed)
    model.compile(optimizer or Adam(learning_rate=0.01), loss or CrossEntropy(), **options)
    return model


def bits(model):
    return {name: value.tobytes() for name, value in model.state_dict().items()}


# ---- the quick start -----------------------------------------------------------------------------
def test_the_quick_start_on_the_bundled_digits():
    X, y = load_digits(return_X_y=True)
    X_train, y_train, X_test, y_test = X[:1400] / 16.0, y[:1400], X[1400:] / 16.0, y[1400:]
    model = Model(seed=0)
    model.add(Dense(128, input_dim=64))
    model.add(ReLU())
    model.add(Dense(10))
    model.add(Softmax())
    model.compile(optimizer=Adam(learning_rate=0.001), loss=CrossEntropy(), metrics=["accuracy"])
    history = model.fit(X_train, y_train, epochs=10, batch_size=32, verbose=0)
    assert len(history["loss"]) == 10 and history["loss"][-1] < history["loss"][0] / 4
    assert history["accuracy"][-1] > 0.95
    assert model.evaluate(X_test, y_test)["accuracy"] > 0.88
    assert np.mean(model.predict_classes(X_test) == y_test) > 0.88
    assert model.predict(X_test).dtype == np.float32


def test_one_seed_one_outcome_whatever_is_known_beforehand():
    """The input's shape may come from the constructor, from build or from the data."""
    models = [
        Model([Dense(6, input_dim=n), Dropout(0.2), Dense(2)], seed=3) for n in (5, None, None)
    ]
    models[1].build(5)
    for model in models:
        model.compile(SGD(learning_rate=0.1), MSE())
        model.fit(X, Y, epochs=2, batch_size=8, verbose=0)
    assert bits(models[0]) == bits(models[1]) == bits(models[2])


def test_the_seed_that_was_drawn_repeats_the_run():
    one = classifier(seed=None)
    two = classifier(seed=one.seed)
    assert one.seed != classifier(seed=None).seed
    assert f"seed={one.seed})" in repr(one) and f"seed {one.seed}" in one.summary()
    for model in (one, two):
        model.fit(X, LABELS, epochs=2, verbose=0)
    assert bits(one) == bits(two)


def test_fit_goes_on():
    """Twice three epochs are six: weights, order of the samples, optimiser and history."""
    one, two = classifier(), classifier()
    history = one.fit(X, LABELS, epochs=6, verbose=0)
    two.fit(X, LABELS, epochs=3, verbose=0)
    again = two.fit(X, LABELS, epochs=3, verbose=0)
    assert bits(one) == bits(two)
    assert again is two.history and again.history == history.history
    assert again.epochs == [1, 2, 3, 4, 5, 6]


# ---- data ------------------------------------------------------------------------------------------
def test_inputs_of_every_kind_are_converted():
    expected = classifier().predict(X.astype(np.float32))
    readonly = X.astype(np.float32)
    readonly.flags.writeable = False
    for inputs in (X, X.tolist(), np.asfortranarray(X), readonly):
        np.testing.assert_array_equal(classifier().predict(inputs), expected)
    whole_numbers = np.arange(10).reshape(2, 5)
    for inputs in (whole_numbers, whole_numbers.astype(np.uint8), whole_numbers.astype(float)):
        out = classifier().predict(inputs)
        assert out.dtype == np.float32
        np.testing.assert_array_equal(out, classifier().predict(whole_numbers.astype(np.float32)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_training_stays_in_the_models_dtype(dtype):
    model = Model([Dense(4, input_dim=5), Tanh(), Dense(2)], seed=0, dtype=dtype)
    model.compile(Adam(), MSE())
    seen = []
    forward = model.forward
    model.forward = lambda x: (seen.append(x.dtype), forward(x))[1]
    for y in (Y, Y.astype(np.float32), np.round(Y).astype(int)):
        model.fit(X, y, verbose=0, validation_data=(X, y))
    assert set(seen) == {np.dtype(dtype)}
    assert {p.dtype for p in model.parameters()} == {np.dtype(dtype)}
    assert model.predict(X).dtype == dtype


def test_the_data_are_left_alone():
    inputs, targets = X.copy(), Y.copy()
    inputs.flags.writeable = targets.flags.writeable = False
    model = Model([Dense(2, input_dim=5)], seed=0)
    model.compile(SGD(learning_rate=0.1), MSE())
    model.fit(inputs, targets, epochs=2, verbose=0, validation_split=0.2)
    np.testing.assert_array_equal(inputs, X)


def test_one_hot_labels_are_labels():
    one, two = (classifier(metrics=["accuracy"]) for _ in range(2))
    one.fit(X, LABELS, epochs=2, verbose=0)
    two.fit(X, np.eye(3)[LABELS], epochs=2, verbose=0)
    np.testing.assert_allclose(one.history["loss"], two.history["loss"], rtol=1e-6)
    assert one.history["accuracy"] == two.history["accuracy"]


def test_regression_takes_a_plain_vector():
    y = X @ [1.0, -2.0, 0.5, 0.0, 3.0] + 1.0
    models = [Model([Dense(1, input_dim=5)], seed=0) for _ in range(2)]
    for model, target in zip(models, (y, y[:, None])):
        model.compile(Adam(learning_rate=0.1), MSE(), metrics=["mse", "mae"])
        model.fit(X, target, epochs=150, verbose=0, validation_data=(X, target))
    assert bits(models[0]) == bits(models[1])
    np.testing.assert_allclose(
        models[0][0].weight.data[:, 0], [1.0, -2.0, 0.5, 0.0, 3.0], atol=1e-2
    )
    last = models[0].history.last()
    assert (
        last["val_loss"] == pytest.approx(last["val_mse"])
        and last["val_mae"] ** 2 <= last["val_mse"]
    )


@pytest.mark.parametrize(
    "loss, last, middle",
    [(BinaryCrossEntropy(), [Sigmoid()], 0.5), (BinaryCrossEntropy(from_logits=True), [], 0.0)],
)
def test_two_classes_from_one_output(loss, last, middle):
    y = (X[:, 0] > 0).astype(int)
    model = classifier(layers=[Dense(8, input_dim=5), Tanh(), Dense(1), *last], loss=loss)
    model.compile(Adam(learning_rate=0.05), loss, metrics=["accuracy"])
    model.fit(X, y, epochs=60, verbose=0)
    predicted = model.predict_classes(X)
    np.testing.assert_array_equal(predicted, model.predict(X)[:, 0] > middle)
    assert np.mean(predicted == y) == model.evaluate(X, y)["accuracy"] > 0.9


def test_classes_by_hand():
    one_column = np.array([[-0.1], [0.2], [0.6]])
    assert predicted_classes(one_column).tolist() == [0, 0, 1]
    logits = BinaryCrossEntropy(from_logits=True)
    assert predicted_classes(one_column, logits).tolist() == [0, 1, 1]
    assert predicted_classes(one_column[:, 0], logits).tolist() == [0, 1, 1]
    assert predicted_classes(np.array([[0.2, 0.8], [0.9, 0.1]]), logits).tolist() == [1, 0]


def test_images_and_sequences():
    images = rng.standard_normal((6, 4, 3))
    flat = classifier(layers=[Flatten(), Dense(3), Softmax()])
    flat.fit(images, LABELS[:6], verbose=0)
    assert flat.predict(images).shape == (6, 3)
    along = Model([Dense(2), Tanh()], seed=0)
    along.compile(SGD(learning_rate=0.1), MSE())
    along.fit(images, np.zeros((6, 4, 2)), verbose=0)
    assert along.predict(images).shape == (6, 4, 2) and along.output_shape((4, 3)) == (4, 2)


def test_a_single_sample_and_none():
    model = classifier()
    model.fit(X[:1], LABELS[:1], verbose=0)
    assert model.predict(X[:1]).shape == (1, 3) and model.predict(X[:0]).shape == (0, 3)
    with pytest.raises(ValueError, match="at least 1"):
        model.fit(X[:0], LABELS[:0], verbose=0)


def test_predict_is_the_same_in_batches_and_leaves_the_mode():
    model = classifier(layers=[Dense(8, input_dim=5), Dropout(0.5), Dense(3), Softmax()])
    model.train()
    np.testing.assert_allclose(model.predict(X, batch_size=7), model.predict(X), rtol=1e-6)
    assert model.training and all(layer.training for layer in model.layers)


# ---- weights, penalties, clipping ----------------------------------------------------------------------
def test_a_weight_of_two_is_a_row_that_stands_twice():
    """Full batches, so that one step sees the whole weighted mean."""
    weight = rng.integers(0, 3, 30)
    repeated = np.repeat(np.arange(30), weight)
    one, two = (Model([Dense(2, input_dim=5)], seed=0, dtype=np.float64) for _ in range(2))
    for model in (one, two):
        model.compile(SGD(learning_rate=0.1), MSE())
    one.fit(X, Y, epochs=5, batch_size=30, sample_weight=weight, verbose=0)
    two.fit(X[repeated], Y[repeated], epochs=5, batch_size=90, verbose=0)
    np.testing.assert_allclose(one[0].weight.data, two[0].weight.data, rtol=1e-10)
    np.testing.assert_allclose(one.history["loss"], two.history["loss"], rtol=1e-10)
    np.testing.assert_allclose(
        one.evaluate(X, Y, weight)["loss"], two.evaluate(X[repeated], Y[repeated])["loss"]
    )


def test_a_batch_without_weight_is_passed_over():
    weight = np.r_[np.zeros(10), np.ones(20)]
    model = Model([Dense(2, input_dim=5)], seed=0)
    model.compile(SGD(learning_rate=0.1), MSE())
    loss = model.fit(X, Y, batch_size=10, shuffle=False, sample_weight=weight, verbose=0)["loss"]
    other = Model([Dense(2, input_dim=5)], seed=0)
    other.compile(SGD(learning_rate=0.1), MSE())
    assert loss == other.fit(X[10:], Y[10:], batch_size=10, shuffle=False, verbose=0)["loss"]
    assert bits(model) == bits(other)
    with pytest.raises(ValueError, match="at least one"):
        model.fit(X, Y, sample_weight=np.zeros(30), verbose=0)


@pytest.mark.parametrize("regularizer", [L1(0.1), L2(0.1), L1L2(0.1, 0.2)], ids=repr)
def test_the_gradient_is_that_of_the_loss_that_is_reported(regularizer):
    """A step with learning rate 1 shows the gradient; differences of the reported loss the same."""
    model = Model([Dense(3, input_dim=5, regularizer=regularizer), Tanh(), Dense(2)], 0, np.float64)
    model.compile(SGD(learning_rate=1.0), MSE())
    before = copy.deepcopy(model.state_dict())
    value = model.evaluate(X, Y)["loss"]
    reported = model.fit(X, Y, batch_size=30, verbose=0)["loss"][0]
    assert reported == pytest.approx(value, rel=1e-12)
    gradient = {name: before[name] - after for name, after in model.state_dict().items()}
    for name, p in model.named_parameters():
        u = rng.standard_normal(p.shape)
        losses = []
        for h in (1e-6, -1e-6):
            model.load_state_dict({**before, name: before[name] + h * u})
            losses.append(model.evaluate(X, Y)["loss"])
        slope = (losses[0] - losses[1]) / 2e-6
        assert slope == pytest.approx(np.sum(gradient[name] * u), rel=1e-6, abs=1e-8), name


def test_penalties_by_hand():
    layer = Dense(1, input_dim=2, regularizer=L1L2(0.5, 0.25)).to(np.float64)
    layer.weight.assign([[3.0], [-4.0]])
    assert [p.item() for p in layer.penalties()] == [0.5 * 7.0 + 0.25 * 25.0]


def test_l1_makes_weights_exactly_small():
    target = X @ [2.0, 0.0, 0.0, 0.0, -1.0]
    model = Model([Dense(1, input_dim=5, regularizer=L1(0.1))], seed=0)
    model.compile(Adam(learning_rate=Cosine(0.05, 400)), MSE())
    model.fit(X, target, epochs=400, batch_size=30, verbose=0)
    w = np.abs(model[0].weight.data[:, 0])
    assert (w[1:4] < 2e-3).all() and w[0] > 1.5


def test_clipping_is_applied():
    model = Model([Dense(2, input_dim=5)], seed=0)
    model.compile(SGD(learning_rate=1.0), MSE(), clip=ClipByGlobalNorm(0.01))
    before = {n: v.copy() for n, v in model.state_dict().items()}
    model.fit(X, 100.0 * Y, batch_size=30, verbose=0)
    moved = sum(np.sum((before[n] - v) ** 2) for n, v in model.state_dict().items())
    assert np.sqrt(moved) == pytest.approx(0.01, rel=1e-4)


# ---- validation and metrics ----------------------------------------------------------------------------
def test_validation_data():
    model = classifier(metrics=["accuracy"])
    history = model.fit(X, LABELS, epochs=3, verbose=0, validation_data=(X[:10], LABELS[:10]))
    assert list(history.history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    expected = model.evaluate(X[:10], LABELS[:10])
    assert history["val_loss"][-1] == expected["loss"]
    assert history["val_accuracy"][-1] == expected["accuracy"]


def test_validation_split_is_random_repeatable_and_not_learnt_from():
    numbered = np.arange(40.0)[:, None]
    model = Model([Dense(1, input_dim=1)], seed=0)
    model.compile(SGD(learning_rate=0.0), MSE())
    seen = []
    forward = model.forward
    model.forward = lambda x: (seen.append((model.training, x[:, 0].tolist())), forward(x))[1]
    for _ in range(2):
        model.fit(numbered, numbered, verbose=0, validation_split=0.25)
    learnt = [
        sorted(n for training, xs in part for n in xs if training) for part in (seen[:2], seen[3:])
    ]
    held_out = {n for training, xs in seen if not training for n in xs}
    assert len(held_out) == 10 and held_out != set(range(30, 40))
    assert set(learnt[0]) | held_out == set(range(40)) and not set(learnt[0]) & held_out


def test_a_metric_of_ones_own():
    def largest_error(y_true, y_pred):
        return np.max(np.abs(y_true - y_pred))

    model = Model([Dense(2, input_dim=5)], seed=0)
    model.compile(SGD(learning_rate=0.1), MSE(), metrics=[largest_error])
    model.fit(X, Y, verbose=0)
    expected = np.abs(Y.astype(np.float32) - model.predict(X)).max()
    assert model.evaluate(X, Y)["largest_error"] == expected
    assert "largest_error" in model.history


def test_a_loss_of_ones_own():
    model = Model([Dense(2, input_dim=5)], seed=0)
    model.compile(SGD(learning_rate=0.1), lambda y_pred, y_true: np.mean((y_pred - y_true) ** 2))
    other = Model([Dense(2, input_dim=5)], seed=0)
    other.compile(SGD(learning_rate=0.1), MSE())
    for each in (model, other):
        each.fit(X, Y, epochs=3, verbose=0)
    np.testing.assert_allclose(model.history["loss"], other.history["loss"], rtol=1e-5)


def test_names_instead_of_objects():
    model = classifier(optimizer="adam", loss="cross_entropy", metrics="accuracy")
    model.fit(X, LABELS, verbose=0)
    assert isinstance(model.optimizer, Adam) and isinstance(model.loss, CrossEntropy)


# ---- optimisers ------------------------------------------------------------------------------------------
def test_groups_that_were_attached_before_are_kept():
    model = Model([Dense(3, input_dim=5), Dense(2)], seed=0)
    optimizer = AdamW().attach(decay_matrices_only(model.parameters(), 0.5))
    model.compile(optimizer, MSE())
    model.fit(X, Y, verbose=0)
    assert model.optimizer is optimizer and len(optimizer.groups) == 2


def test_only_part_of_a_model_is_trained():
    model = Model([Dense(3, input_dim=5), Dense(2)], seed=0)
    model.compile(SGD(learning_rate=0.1).attach(model[1].parameters()), MSE())
    before = model[0].weight.data.copy()
    model.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(model[0].weight.data, before)


def test_compiling_again_starts_the_optimiser_anew_and_keeps_the_weights():
    model = classifier()
    model.fit(X, LABELS, epochs=2, verbose=0)
    weights = bits(model)
    model.compile(SGD(learning_rate=0.1), CrossEntropy())
    assert bits(model) == weights and model.optimizer.n_steps == 0
    model.fit(X, LABELS, verbose=0)
    assert model.history.epochs == [1, 2, 3]


def test_a_layer_more_after_compiling():
    model = Model([Dense(3, input_dim=5)], seed=0)
    model.compile(SGD(learning_rate=0.1), MSE())
    model.add(Dense(2))
    model.fit(X, Y, verbose=0)
    assert len(model.optimizer.groups[0].flat.parameters) == 4


def test_an_optimiser_belongs_to_one_model():
    optimizer = SGD(learning_rate=0.1)
    one, two = (Model([Dense(2, input_dim=5)], seed=0) for _ in range(2))
    for model in (one, two):
        model.compile(optimizer, MSE())
    two.fit(X, Y, verbose=0)
    with pytest.raises(RuntimeError, match="give each model an optimiser of its own"):
        one.fit(X, Y, verbose=0)


def test_trained_layers_serve_in_another_model():
    one = classifier()
    one.fit(X, LABELS, verbose=0)
    before = bits(one)
    two = classifier(layers=[*one.layers[:2], Dense(3), Softmax()], seed=9)
    assert two[0].weight.data.tobytes() == before["layers.0.weight"]
    two.fit(X, LABELS, verbose=0)
    with pytest.raises(RuntimeError, match="has left this optimiser"):
        one.fit(X, LABELS, verbose=0)
    wide = Model(dtype=np.float64)
    with pytest.raises(RuntimeError, match="already attached"):
        wide.add(two[2])


def test_a_layer_that_does_not_fit_is_not_added():
    model = Model([Dense(2, input_dim=5)], seed=0)
    with pytest.raises(
        ValueError, match=r"layers\.1: Dense expects samples of shape \(8,\), got \(2,\)"
    ):
        model.add(Dense(3, input_dim=8))
    assert len(model) == 1 and model.predict(X).shape == (30, 2)


def test_layers_of_another_dtype_are_converted():
    layer = Dense(2, input_dim=5).build(5, seed=0)
    model = Model([layer], dtype=np.float64)
    assert layer.weight.dtype == np.float64 and model.predict(X).dtype == np.float64


def test_copies_train_by_themselves():
    model = classifier()
    model.fit(X, LABELS, verbose=0)
    twin = copy.deepcopy(model)
    before = bits(model)
    twin.fit(X, LABELS, verbose=0)
    assert bits(model) == before and bits(twin) != before
    model.fit(X, LABELS, verbose=0)
    assert bits(model) == bits(twin)


def test_training_on_a_device():
    """With a CuPy-like array in hand everything stays there."""
    one, two = (Model([Dense(3, input_dim=5), Tanh(), Dropout(0.2), Dense(2)], 0) for _ in range(2))
    for p in two.parameters():
        p.data = asarray(p.data)
    for model in (one, two):
        model.compile(SGD(learning_rate=0.1), MSE())
    x, y = X.astype(np.float32), Y.astype(np.float32)
    one.fit(x, y, epochs=2, verbose=0)
    two.fit(asarray(x), asarray(y), epochs=2, verbose=0)
    np.testing.assert_allclose(two[0].weight.data.get(), one[0].weight.data, rtol=1e-5)
    np.testing.assert_allclose(two.history["loss"], one.history["loss"], rtol=1e-5)


# ---- saving and loading --------------------------------------------------------------------------------
def test_a_loaded_model_goes_on_as_the_saved_one_would(tmp_path):
    layers = [Dense(8, input_dim=5, regularizer=L2(1e-3)), ReLU(), Dropout(0.3), Dense(3)]
    model = classifier(
        layers=layers,
        loss=CrossEntropy(from_logits=True, class_weight={0: 2.0, 2: 0.5}),
        optimizer=Adam(learning_rate=Cosine(0.01, 50)),
        metrics=["accuracy"],
        clip=ClipByGlobalNorm(1.0),
    )
    model.fit(X, LABELS, epochs=3, batch_size=7, verbose=0)
    model.save(tmp_path / "model")
    loaded = Model.load(tmp_path / "model")
    assert loaded.predict(X).tobytes() == model.predict(X).tobytes()
    assert repr(loaded) == repr(model) and loaded.summary() == model.summary()
    assert loaded.evaluate(X, LABELS) == model.evaluate(X, LABELS)
    for each in (model, loaded):
        each.fit(X, LABELS, epochs=2, batch_size=7, verbose=0)
    assert bits(loaded) == bits(model) and loaded.history.history == model.history.history


def test_groups_are_saved(tmp_path):
    model = Model([Dense(3, input_dim=5), Dense(2)], seed=0)
    model.compile(AdamW().attach(decay_matrices_only(model.parameters(), 0.5)), MSE())
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "model")
    loaded = Model.load(tmp_path / "model")
    for each in (model, loaded):
        each.fit(X, Y, verbose=0)
    assert bits(loaded) == bits(model) and len(loaded.optimizer.groups) == 2


def test_what_is_not_compiled_is_saved_too(tmp_path):
    model = Model([Dense(3, input_dim=5), Tanh()], seed=0)
    model.save(tmp_path / "model")
    loaded = Model.load(tmp_path / "model")
    assert loaded.optimizer is None
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


def test_a_loss_of_ones_own_is_not_saved_and_the_rest_is(tmp_path):
    model = classifier(loss=lambda y_pred, y_true: np.mean(y_pred))
    model.fit(X, LABELS, verbose=0)
    model.save(tmp_path / "model")
    loaded = Model.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    with pytest.raises(RuntimeError, match="call compile"):
        loaded.fit(X, LABELS)


def test_a_layer_that_stands_twice_is_one_layer_again(tmp_path):
    shared = Dense(5, input_dim=5)
    model = Model([shared, Tanh(), shared], seed=0)
    model.save(tmp_path / "model")
    loaded = Model.load(tmp_path / "model")
    assert loaded[0] is loaded[2] and len(loaded.parameters()) == 2
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


def test_a_layer_of_ones_own(tmp_path):
    class Scaled(Layer):
        def __init__(self, factor):
            self.factor = factor

        def forward(self, x):
            return x * self.factor

    Model([Dense(2, input_dim=5), Scaled(2.5)], seed=0).save(tmp_path / "model")
    assert Model.load(tmp_path / "model")[1].factor == 2.5
    tree = checkpoint.load(tmp_path / "model")
    tree["header"]["blueprint"]["arguments"]["layers"][1]["class"] = "elsewhere.Unknown"
    checkpoint.save(tmp_path / "strange", tree)
    with pytest.raises(ValueError, match=r"elsewhere\.Unknown, which is not known here\. Import"):
        Model.load(tmp_path / "strange")


def test_no_code_is_saved(tmp_path):
    class Scaled(Layer):
        def __init__(self, function):
            self.function = function

        def forward(self, x):
            return self.function(x)

    model = Model([Dense(2, input_dim=5), Scaled(np.tanh)], seed=0)
    with pytest.raises(
        TypeError, match=r"the model\.layers\[1\]\.function is <ufunc 'tanh'>.*run code"
    ):
        model.save(tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_other_files_hold_no_model(tmp_path):
    checkpoint.save(tmp_path / "other", {"kind": "weights"})
    with pytest.raises(CheckpointError, match=r"holds no model; was it written by Model\.save"):
        Model.load(tmp_path / "other")
    (tmp_path / "text").write_text("no checkpoint")
    with pytest.raises(CheckpointError):
        Model.load(tmp_path / "text")


def test_a_model_without_weights_cannot_be_saved(tmp_path):
    with pytest.raises(RuntimeError, match=r"build\(input_shape\)"):
        Model([Dense(3)]).save(tmp_path / "model")


# ---- summary -----------------------------------------------------------------------------------------
def test_summary():
    model = Model([Flatten(), Dense(3), ReLU(), Dense(2, use_bias=False)], seed=7)
    assert "not known yet" in model.summary() and "not built yet" in model.summary()
    model.build((2, 2))
    lines = str(model.summary()).splitlines()
    assert re.sub(" +", " ", lines[3]) == "Dense(units=3) (batch, 3) 15"
    assert re.sub(" +", " ", lines[5]) == "Dense(units=2, use_bias=False) (batch, 2) 6"
    assert lines[-1] == "21 parameters; float32; seed 7"
    assert repr(model.summary()) == str(model.summary())
    model[1].freeze()
    assert "21 parameters, 15 of them frozen" in model.summary()


def test_summary_counts_shared_weights_once():
    shared = Dense(5, input_dim=5)
    lines = str(Model([shared, shared], seed=0).summary()).splitlines()
    assert [line.split()[-1] for line in lines[2:4]] == ["30", "0"]
    assert lines[-1].startswith("30 parameters")


# ---- errors --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "arguments, error, message",
    [
        ((Adam, MSE()), TypeError, r"compile takes objects: write Adam\(\)"),
        ((Adam(), MSE), TypeError, r"compile takes objects: write MSE\(\)"),
        (("adamm", MSE()), ValueError, "optimizer must be one of 'sgd'"),
        ((Adam(), "mean"), ValueError, "loss must be one of 'mse'"),
        ((Adam(), MSE(reduction="none")), ValueError, "reduction='mean' or 'sum'"),
        ((Adam(), MSE(), ["acc"]), ValueError, "a metric is one of accuracy, mse, mae"),
    ],
)
def test_compile_says_what_it_takes(arguments, error, message):
    with pytest.raises(error, match=message):
        Model([Dense(2)]).compile(*arguments)


def test_uncompiled():
    for call in (lambda m: m.fit(X, Y), lambda m: m.evaluate(X, Y)):
        with pytest.raises(RuntimeError, match=r"call compile\(optimizer, loss\) first"):
            call(Model([Dense(2)]))


@pytest.mark.parametrize("labels", [np.array(["cat", "dog"] * 15), np.array([None, 1] * 15)])
def test_labels_that_are_no_numbers(labels):
    with pytest.raises(TypeError, match="y must hold real numbers; got dtype .*LabelEncoder"):
        classifier().fit(X, labels)


@pytest.mark.parametrize(
    "inputs, targets, error, message",
    [
        (
            X,
            LABELS[:5],
            ValueError,
            r"one row per sample; got X of shape \(30, 5\) and y of shape \(5,\)",
        ),
        (
            X[:, :3],
            LABELS,
            ValueError,
            r"layers\.0: Dense expects samples of shape \(5,\), got \(3,\)",
        ),
        (X, LABELS + 1, ValueError, "labels lie in 0 to 2; got 1 to 3"),
        (X, LABELS.astype(float), TypeError, "labels are integers"),
        (X.astype(str), LABELS, TypeError, "X must hold real numbers.*encoder"),
        (X.astype(complex), LABELS, TypeError, "X must hold real numbers"),
        (3.0, LABELS, ValueError, "one row per sample"),
    ],
)
def test_data_that_do_not_fit(inputs, targets, error, message):
    with pytest.raises(error, match=message):
        classifier().fit(inputs, targets, verbose=0)


def test_one_sample_without_its_batch_axis():
    with pytest.raises(ValueError, match=r"predict takes a batch.*x\[None\]"):
        classifier().predict(X[0])


@pytest.mark.parametrize("dtype", [int, np.complex64])
def test_a_model_computes_in_a_floating_dtype(dtype):
    with pytest.raises(TypeError, match="floating dtype"):
        Model(dtype=dtype)


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_a_split_is_a_share(share):
    with pytest.raises(
        ValueError, match="validation_split must be a number of at least 0 and below 1"
    ):
        classifier().fit(X, LABELS, validation_split=share)
