"""Layers in a row: shapes from one to the next, and errors that say which layer they come from."""

import numpy as np
import pytest

from ml_from_scratch.core import Module, no_grad
from ml_from_scratch.neural import (
    GRU,
    LSTM,
    RNN,
    Dense,
    Dropout,
    Flatten,
    Model,
    Parallel,
    ReLU,
    Residual,
    Sequential,
)
from ml_from_scratch.neural.layer import all_built


def test_shapes_run_through():
    net = Sequential([Flatten(), Dropout(0.1), Dense(5), ReLU(), Dense(2)], seed=0).build((3, 4))
    assert [p.shape for p in net.parameters()] == [(12, 5), (5,), (5, 2), (2,)]
    assert net.output_shape((3, 4)) == (2,) and net.input_shape == (3, 4)


def test_a_known_layer_tells_those_behind_it():
    net = Sequential([Dropout(0.1), Dense(3, input_dim=4), Sequential([ReLU(), Dense(2)])], seed=0)
    assert [p.shape for p in net.parameters()] == [(4, 3), (3,), (3, 2), (2,)]


def test_nested_rows_are_named_by_their_place():
    net = Sequential([Sequential([Dense(2, input_dim=2)]), Dense(1)], seed=0)
    assert [name for name, _ in net.named_parameters()] == [
        "layers.0.layers.0.weight",
        "layers.0.layers.0.bias",
        "layers.1.weight",
        "layers.1.bias",
    ]
    x = np.ones((2, 3), np.float32)
    with pytest.raises(ValueError, match=r"^layers\.0: layers\.0: Dense expects \(batch, 2\)"):
        net(x)


def test_layers_that_do_not_fit_each_other():
    with pytest.raises(
        ValueError, match=r"layers\.1: Dense expects samples of shape \(5,\), got \(3,\)"
    ):
        Sequential([Dense(3, input_dim=2), Dense(4, input_dim=5)]).parameters()


def test_any_module_can_stand_in_the_row():
    class Double(Module):
        def forward(self, x):
            return x * 2.0

    net = Sequential([Dense(3, input_dim=2), Double(), Dense(1, input_dim=3)], seed=0)
    assert net(np.ones((4, 2), np.float32)).shape == (4, 1)
    unknown = Sequential([Dense(3, input_dim=2), Double(), Dense(1)], seed=0)
    assert not all_built(unknown)  # who knows what comes out of it
    assert unknown(np.ones((4, 2), np.float32)).shape == (4, 1)
    assert all_built(unknown) and unknown.output_shape((2,)) is None


@pytest.mark.parametrize(
    "what, hint", [(Dense, r"Add its brackets: Dense\(\)"), (np.tanh, "got <ufunc")]
)
def test_only_modules_are_layers(what, hint):
    with pytest.raises(TypeError, match=f"a layer is a Module.*{hint}"):
        Sequential([what])


def test_a_layer_can_occur_twice():
    layer = Dense(3, input_dim=3)
    net = Sequential([layer, ReLU(), layer], seed=0)
    assert len(net.parameters()) == 2
    net(np.ones((2, 3), np.float32)).sum().backward()
    assert layer.weight.grad is not None


def test_an_empty_row_is_the_identity():
    x = np.ones((2, 3))
    assert Sequential()(x) is x and Sequential().output_shape((3,)) == (3,)


def test_indexing_and_length():
    net = Sequential([Flatten(), ReLU()])
    assert len(net) == 2 and isinstance(net[1], ReLU)


def test_plain_arrays_without_gradients():
    net = Sequential([Dense(3, input_dim=2), ReLU()], seed=0)
    with no_grad():
        assert type(net(np.ones((1, 2), np.float32))) is np.ndarray


def test_layers_added_later_are_seeded_too():
    def net():
        row = Sequential([Dense(3, input_dim=2)], seed=0)
        row.parameters()
        row.add(Dense(2))
        return row

    x = np.ones((1, 2), np.float32)
    np.testing.assert_array_equal(net()(x).data, net()(x).data)


def test_an_error_of_another_kind_passes_unchanged():
    class Broken(Module):
        def forward(self, x):
            raise ZeroDivisionError("as it was")

    with pytest.raises(ZeroDivisionError, match="^as it was$"):
        Sequential([Broken()])(np.ones((1, 1)))


# ---- layers that return more than one array -------------------------------------------------------------
SEQUENCES = np.ones((2, 4, 3), np.float32)
STATE = (
    r"returned a tuple of 2, where one array is handed on\. It was made with return_state=True: .*"
    r"write a Module .*outputs, state = self\.inner\(x\)\.$"
)


@pytest.mark.parametrize("recurrent", [RNN, GRU, LSTM])
@pytest.mark.parametrize("row", [Sequential, Model])
@pytest.mark.parametrize("behind", [[], [Dense(2)]])
def test_a_state_cannot_be_handed_on_in_a_row(recurrent, row, behind):
    net = row([ReLU(), recurrent(3, return_state=True), *behind], seed=0)
    with pytest.raises(TypeError, match=rf"^layers\.1: {recurrent.__name__} {STATE}"):
        net(SEQUENCES)


@pytest.mark.parametrize("ask", ["fit", "predict"])
def test_a_model_says_so_too(ask):
    model = Model([GRU(3, return_state=True), Dense(2)], seed=0)
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match=rf"^layers\.0: GRU {STATE}"):
        (
            model.fit(SEQUENCES, np.ones((2, 2)), verbose=0)
            if ask == "fit"
            else model.predict(SEQUENCES)
        )


@pytest.mark.parametrize(
    "make, place",
    [
        (lambda layer: Residual(layer, shortcut=GRU(3)), "inner"),
        (lambda layer: Residual(GRU(3), shortcut=layer), "shortcut"),
        (lambda layer: Parallel([GRU(3), layer]), r"branches\.1"),
    ],
)
def test_nor_beside_others(make, place):
    layer = make(GRU(3, return_state=True)).build((4, 3), seed=0)
    with pytest.raises(TypeError, match=rf"^{place}: GRU {STATE}"):
        layer(SEQUENCES)


def test_the_way_out_that_the_error_names():
    class Outputs(Module):
        def __init__(self):
            self.inner = GRU(3, return_state=True)

        def forward(self, x):
            outputs, _ = self.inner(x)
            return outputs

    assert Sequential([Outputs(), Dense(2)], seed=0)(SEQUENCES).shape == (2, 2)


@pytest.mark.parametrize(
    "result, words",
    [
        (
            {"a": 1, "b": 2, "c": 3},
            r"a dict of 3, where .*\. Write a Module whose forward picks one",
        ),
        ([], r"a list of 0, where"),
        (None, r"None, where one array is handed on\. Does its forward end in return\?$"),
        (1.5, r"1\.5, where one array is handed on\.$"),
    ],
)
def test_what_is_no_array_is_named(result, words):
    class Odd(Module):
        def forward(self, x):
            return result

    with pytest.raises(TypeError, match=rf"^layers\.0: Odd returned {words}"):
        Sequential([Odd()])(SEQUENCES)
