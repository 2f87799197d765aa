"""Reshape, Residual, Parallel, Embedding and Unembedding by hand; what they refuse; their summaries."""

import numpy as np
import pytest

from ml_from_scratch import backend
from ml_from_scratch.core import Tensor
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import (
    LSTM,
    Conv2D,
    Dense,
    Embedding,
    Flatten,
    Model,
    Parallel,
    ReLU,
    Reshape,
    Residual,
    Sequential,
    Tanh,
    Unembedding,
)
from ml_from_scratch.optimizers import SGD, Adam

rng = np.random.default_rng(0)


# ---- reshape -------------------------------------------------------------------------------------
def test_reshape_keeps_the_order():
    x = np.arange(12.0).reshape(2, 6)
    np.testing.assert_array_equal(Reshape((3, -1))(x), x.reshape(2, 3, 2))
    assert Reshape((3, -1)).output_shape((None, 2)) == (3, None)


@pytest.mark.parametrize(
    "target, shape, told",
    [((4, 2), (6,), "needs samples of 8 numbers"), ((4, -1), (6,), "a multiple of 4")],
)
def test_numbers_that_do_not_fill_the_shape(target, shape, told):
    with pytest.raises(ValueError, match=told):
        Reshape(target).build(shape)
    with pytest.raises(ValueError, match=told):
        Reshape(target)(np.zeros((2, *shape)))


def test_reshape_refuses_two_open_lengths_and_zero():
    with pytest.raises(ValueError, match="only one"):
        Reshape((-1, -1))
    with pytest.raises(ValueError, match="target_shape"):
        Reshape((0, 2))


# ---- residual and parallel -----------------------------------------------------------------------
def test_residual_adds_its_input():
    block = Residual(Dense(3)).build((3,), seed=0)
    block.inner.weight.assign(2.0 * np.eye(3))
    np.testing.assert_allclose(block(np.ones((1, 3), np.float32)).data, [[3.0, 3.0, 3.0]])


def test_a_deep_stack_lets_the_gradient_through():
    deep = Sequential([Residual([Dense(4), Tanh()]) for _ in range(60)], seed=0)
    for layer in deep.build((4,)).layers:
        layer.inner.layers[0].weight.assign(np.zeros((4, 4)))
    x = Tensor(np.ones((1, 4), np.float32))
    np.sum(deep(x)).backward()
    np.testing.assert_allclose(x.grad, np.ones((1, 4)))


def test_residual_says_which_shapes_do_not_add_up():
    with pytest.raises(ValueError, match=r"got \(5,\) and \(3,\).*shortcut=Dense\(5\)"):
        Residual(Dense(5)).build((3,))
    with pytest.raises(ValueError, match="shortcut's output"):
        Residual(Dense(5), shortcut=Dense(4)).build((3,))
    with pytest.raises(ValueError, match="inner: .*Conv2D"):
        Residual(Conv2D(2, 3)).build((4,))


def test_parallel_concatenates():
    layer = Parallel([Dense(2), Tanh()]).build((3,), seed=0)
    x = rng.standard_normal((4, 3)).astype(np.float32)
    y = layer(x).data
    np.testing.assert_array_equal(y[:, :2], layer.branches[0](x).data)
    np.testing.assert_array_equal(y[:, 2:], np.tanh(x))


def test_parallel_names_the_branch():
    with pytest.raises(ValueError, match=r"branches.1: returns samples of shape \(6,\)"):
        Parallel([Dense(2), Flatten()]).build((2, 3))
    with pytest.raises(ValueError, match="branches.1: layers.0: "):
        Parallel([Dense(2), [Conv2D(2, 3)]]).build((3,))
    with pytest.raises(TypeError, match="at least one layer"):
        Parallel([])


def test_one_seed_decides_what_is_inside():
    make = lambda: Model(
        [Residual([Dense(4), ReLU(), Dense(3)]), Parallel([Dense(2), Dense(2)])], seed=7
    )
    one, two = make().build((3,)), make().build((3,))
    for a, b in zip(one.parameters(), two.parameters()):
        np.testing.assert_array_equal(a.data, b.data)
    weights = [p.data for n, p in one.named_parameters() if n.endswith("branches.0.weight")]
    others = [p.data for n, p in one.named_parameters() if n.endswith("branches.1.weight")]
    assert (weights[0] != others[0]).any()


# ---- embedding -----------------------------------------------------------------------------------
def test_rows_are_picked_and_their_gradients_add_up():
    layer = Embedding(4, 2).build((None,), seed=0)
    layer.weight.assign(np.arange(8.0).reshape(4, 2))
    ids = np.array([[3, 0, 3], [3, 1, 0]])
    y = layer(ids)
    np.testing.assert_array_equal(y.data[0], [[6, 7], [0, 1], [6, 7]])
    y.backward(np.ones(y.shape, np.float32))
    np.testing.assert_array_equal(layer.weight.grad, [[2, 2], [1, 1], [0, 0], [3, 3]])


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_scattered_rows_are_added_as_np_add_at_does(shape):
    index = rng.integers(-5, 5, (40, 3))
    values = rng.standard_normal((*index.shape, *shape))
    expected, target = np.zeros((5, *shape)), np.zeros((5, *shape))
    np.add.at(expected, index, values)
    np.testing.assert_allclose(backend.scatter_add(target, index, values), expected, rtol=1e-12)
    np.testing.assert_array_equal(backend.scatter_add(target, index[:0], values[:0]), target)


@pytest.mark.parametrize("ids", [[[0, 4]], [[-1, 0]]])
def test_ids_outside_of_the_table(ids):
    with pytest.raises(ValueError, match="has 4 rows, so ids lie in 0 to 3; got"):
        Embedding(4, 2)(np.array(ids))


def test_what_is_no_id():
    with pytest.raises(TypeError, match="integer ids"):
        Embedding(4, 2)(np.zeros((2, 3)))
    with pytest.raises(TypeError, match="needs the Embedding"):
        Unembedding(Dense(3))
    with pytest.raises(ValueError, match="d_model"):
        Unembedding(Embedding(4, 2)).build((3,))


def tied(seed=0, dtype=np.float32):
    words = Embedding(7, 6)
    layers = [words, LSTM(6, return_sequences=True), Unembedding(words)]
    return Model(layers, seed=seed, dtype=dtype)


def test_a_tied_table_is_one_parameter_that_hears_of_both_ends():
    model = tied(dtype=np.float64).build((5,))
    names = [name for name, _ in model.named_parameters()]
    assert names[0] == "layers.0.weight" and sum("layers.2" in name for name in names) == 0
    ids = rng.integers(0, 7, (2, 5))
    g = rng.standard_normal((2, 5, 7))
    table = model.layers[0].weight
    np.sum(model(ids) * g).backward()
    eps, u = 1e-6, rng.standard_normal(table.shape)
    start, ends = table.data.copy(), []
    for h in (eps, -eps):
        table.assign(start + h * u)
        ends.append(np.sum(model(ids).data * g))
    assert np.sum(table.grad * u) == pytest.approx((ends[0] - ends[1]) / (2 * eps), rel=1e-6)


def test_a_tied_table_is_stepped_and_saved_once(tmp_path):
    model = tied().build((5,))
    optimizer = SGD(learning_rate=0.5).attach(model.parameters())
    assert optimizer.groups[0].flat.theta.size == sum(p.size for p in model.parameters())
    model.save(tmp_path / "model")
    loaded = Model.load(tmp_path / "model")
    assert loaded.layers[2].embedding is loaded.layers[0]
    ids = rng.integers(0, 7, (3, 5))
    np.testing.assert_array_equal(loaded.predict(ids), model.predict(ids))


def test_a_model_learns_to_say_what_comes_next():
    ids = np.arange(40).reshape(4, 10) % 7
    model = tied()
    model.compile(Adam(learning_rate=0.05), CrossEntropy(from_logits=True), metrics=["accuracy"])
    history = model.fit(ids, (ids + 1) % 7, epochs=60, batch_size=4, verbose=0)
    assert history["loss"][-1] < 0.05 and history["accuracy"][-1] == 1.0
    assert model.predict(ids).shape == (4, 10, 7)


# ---- summaries -----------------------------------------------------------------------------------
def test_a_summary_shows_what_is_inside_and_counts_shared_weights_once():
    words = Embedding(10, 4)
    block = Residual([Dense(8), ReLU(), Dense(4)])
    model = Model([words, block, Parallel([Dense(1), Dense(3)]), Unembedding(words)], seed=0)
    told = str(model.build((6,)).summary())
    lines = told.splitlines()
    rows = {line[: len(line) - len(line.lstrip())] + line.split()[0]: line for line in lines[2:-2]}
    assert any(line.startswith("Embedding") and "(batch, 6, 4)" in line for line in lines)
    assert any(line.startswith("  ") and "Dense(units=8" in line and "40" in line for line in lines)
    assert any("Residual" in line and "76" in line for line in lines)
    assert any(line.startswith("Unembedding") and line.endswith(" 0") for line in lines)
    assert "136 parameters" in lines[-1] and rows
