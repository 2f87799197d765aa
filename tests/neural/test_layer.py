"""When weights are drawn, from which stream, in which dtype; and what unsuitable input is told."""

import numpy as np
import pytest

from ml_from_scratch.core import Module, Parameter, Tensor
from ml_from_scratch.neural import (
    Dense,
    Dropout,
    Flatten,
    Layer,
    Model,
    ReLU,
    Sequential,
    seed_layers,
)
from ml_from_scratch.optimizers import Adam


class Pair(Module):
    """A network of one's own."""

    def __init__(self, seed=None):
        self.layers = [Dense(4, input_dim=3), Dropout(0.5), Dense(2, input_dim=4)]
        self.seed = seed_layers(self, seed)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


# ---- when ----------------------------------------------------------------------------------------
def test_an_unbuilt_layer_cannot_be_attached():
    with pytest.raises(RuntimeError, match=r"build\(input_shape\)"):
        Adam().attach(Dense(3).parameters())
    with pytest.raises(RuntimeError, match=r"layers\.0.*build\(input_shape\)"):
        Adam().attach(Sequential([Dense(3)]).parameters())


def test_the_first_batch_tells_the_shape():
    layer = Dense(3)
    assert not layer.built
    assert layer(np.ones((2, 5), np.float32)).shape == (2, 3)
    assert layer.built and layer.input_shape == (5,) and layer.weight.shape == (5, 3)


def test_weights_of_a_known_shape_are_there_when_asked_for():
    assert Dense(3, input_dim=5).weight.shape == (5, 3)
    assert [p.shape for p in Dense(3, input_dim=5).parameters()] == [(5, 3), (3,)]
    with pytest.raises(AttributeError, match=r"no attribute 'weight' \(yet.*build"):
        Dense(3).weight  # noqa: B018
    with pytest.raises(AttributeError, match=r"no attribute 'wieght'\.$"):
        Dense(3, input_dim=5).wieght  # noqa: B018  # codespell:ignore


def test_build_takes_a_number_or_a_shape_and_never_draws_twice():
    layer = Dense(3).build(5, seed=0)
    before = layer.weight
    assert layer.build((5,), seed=1) is layer and layer.weight is before
    assert layer.build((7, 5)).input_shape == (7, 5)  # any leading axes
    with pytest.raises(ValueError, match=r"samples of shape \(5,\), got \(6,\)"):
        layer.build(6)


@pytest.mark.parametrize("shape", [(5.0,), "five", (True,), (-1,)])
def test_a_shape_is_made_of_lengths(shape):
    with pytest.raises(ValueError, match="shape of one sample"):
        Dense(3).build(shape)


def test_open_lengths():
    assert Dense(3).build((None, 4)).output_shape((None, 4)) == (None, 3)
    assert Flatten().output_shape((None, 4)) == (None,)
    with pytest.raises(ValueError, match="Dense expects samples"):
        Dense(3).build((None,))


def test_what_fails_while_drawing_can_be_tried_again():
    def initializer(shape, rng, dtype):
        if not asked:
            asked.append(shape)
            raise MemoryError
        return np.zeros(shape, dtype)

    asked = []
    layer = Dense(3, kernel_initializer=initializer)
    with pytest.raises(MemoryError):
        layer.build(5)
    assert not layer.built
    assert layer.build(5).weight.shape == (5, 3)


# ---- from which stream ---------------------------------------------------------------------------
def test_a_network_of_ones_own_is_seeded_as_a_whole():
    x = np.ones((8, 3), np.float32)
    np.testing.assert_array_equal(Pair(seed=7)(x).data, Pair(seed=7)(x).data)
    assert (Pair(seed=7)(x).data != Pair(seed=8)(x).data).any()
    unseeded = Pair()
    np.testing.assert_array_equal(Pair(seed=unseeded.seed)(x).data, unseeded(x).data)


def test_the_order_of_calls_does_not_matter():
    one, two = Pair(seed=7), Pair(seed=7)
    first, last = one.layers[0].weight, one.layers[2].weight
    np.testing.assert_array_equal(two.layers[2].weight.data, last.data)
    np.testing.assert_array_equal(two.layers[0].weight.data, first.data)


def test_another_layer_changes_no_others_weights():
    short = Model([Dense(4, input_dim=3), Dense(2)], seed=0)
    long = Model([Dense(4, input_dim=3), Dense(2), Dense(2)], seed=0)
    for name, p in short.named_parameters():
        np.testing.assert_array_equal(dict(long.named_parameters())[name].data, p.data)


def test_two_layers_of_a_model_differ():
    model = Model([Dense(3, input_dim=3), Dense(3)], seed=0)
    assert (model[0].weight.data != model[1].weight.data).any()


def test_no_layer_touches_the_global_generator():
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    Pair(seed=1)(np.ones((2, 3), np.float32))
    assert (np.random.get_state()[1] == before).all()


def test_a_layer_within_a_model_keeps_the_stream_that_it_had():
    layer = Dense(3).build(4, seed=11)
    before = layer.weight.data.copy()
    model = Model([layer], seed=0)
    np.testing.assert_array_equal(model[0].weight.data, before)


@pytest.mark.parametrize("seed", [-1, 0.5, "0", True])
def test_a_seed_is_an_integer(seed):
    with pytest.raises((ValueError, TypeError), match="seed must be an integer of at least 0"):
        Model(seed=seed)


# ---- in which dtype ------------------------------------------------------------------------------
def test_float32_unless_told_otherwise():
    assert Dense(3, input_dim=2).weight.dtype == np.float32
    assert Dense(3).to(np.float64).build(2).weight.dtype == np.float64
    assert Model([Dense(3, input_dim=2)], dtype=np.float64)[0].weight.dtype == np.float64


def test_both_dtypes_draw_the_same_weights():
    one, two = (Model([Dense(3, input_dim=2)], 0, dtype)[0] for dtype in (np.float32, np.float64))
    np.testing.assert_array_equal(one.weight.data, two.weight.data.astype(np.float32))


def test_another_floating_dtype_is_refused_and_integers_are_converted():
    layer = Dense(3, input_dim=2)
    for x in (np.ones((1, 2)), Tensor(np.ones((1, 2)))):
        with pytest.raises(
            TypeError, match=r"Dense has float32 weights and got float64.*x\.astype"
        ):
            layer(x)
    with pytest.raises(TypeError, match="real numbers; got dtype complex64"):
        layer(np.ones((1, 2), np.complex64))
    with pytest.raises(TypeError, match="real numbers; got dtype <U1"):
        layer(np.array([["a", "b"]]))
    expected = layer(np.ones((1, 2), np.float32)).data
    for x in (np.ones((1, 2), int), np.ones((1, 2), bool), [[1, 1]]):
        np.testing.assert_array_equal(layer(x).data, expected)


def test_a_module_converted_as_a_whole_takes_the_new_dtype():
    net = Pair(seed=0)
    net.to(np.float64)
    assert net(np.ones((1, 3))).dtype == np.float64


# ---- what to write -------------------------------------------------------------------------------
def test_a_layer_made_of_layers():
    class Twice(Layer):
        def __init__(self, units):
            self.units = units
            self.inner, self.act = Dense(units), ReLU()

        def create(self, input_shape, rng):
            self.inner.build(input_shape)
            self.scale = Parameter(np.full(self.units, 2.0, self.dtype))

        def output_shape(self, input_shape):
            return self.inner.output_shape(input_shape)

        def forward(self, x):
            return self.act(self.inner(x)) * self.scale

    one, two = (Model([Twice(3), Dense(1)], seed=0) for _ in range(2))
    x = np.ones((2, 4), np.float32)
    np.testing.assert_array_equal(one(x).data, two(x).data)
    assert [name for name, _ in one.named_parameters()][:3] == [
        "layers.0.scale",
        "layers.0.inner.weight",
        "layers.0.inner.bias",
    ]
    assert repr(one[0]) == "Twice(units=3)"
