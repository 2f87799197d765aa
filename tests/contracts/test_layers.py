"""What every layer must do: run over the registry, so that the next one is tested by being defined."""

import copy
import pickle
from functools import partial

import numpy as np
import pytest
from fake_device import FakeArray, asarray
from layer_examples import DEFAULT_SHAPE, EXAMPLES, Ids

from ml_from_scratch import neural, transformers
from ml_from_scratch.core import Module, Tensor, check_gradients
from ml_from_scratch.neural import Layer, Model
from ml_from_scratch.neural.blueprint import blueprint_of, build_from
from ml_from_scratch.neural.generators import generators
from ml_from_scratch.neural.layer import all_layers

PACKAGES = [neural, transformers]
LAYERS = all_layers()
CASES = [
    pytest.param(make, shape, id=f"{name}-{i}")
    for name, kind in LAYERS.items()
    for i, (make, shape) in enumerate(EXAMPLES.get(name, [(kind, DEFAULT_SHAPE)]))
]
every_layer = pytest.mark.parametrize("make, shape", CASES)
both_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])
both_modes = pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])


def built(make, shape, dtype=np.float64, seed=0):
    """The layer with weights, biases that are not all zero, and a batch for it."""
    layer = make().build(shape, seed=seed).to(dtype)
    rng = np.random.default_rng(seed)
    for p in layer.parameters():
        p.assign(p.data + 0.1 * rng.standard_normal(p.shape).astype(dtype))
    return layer, batch_of(shape, rng, dtype)


def batch_of(shape, rng, dtype=np.float64):
    """Four samples: standard normal, or integers where the example says Ids."""
    if isinstance(shape, Ids):
        return rng.integers(0, shape.below, (4, *shape))
    return rng.standard_normal((4, *shape)).astype(dtype)


def recorded(x):
    """A Tensor; integers, which nothing can be differentiated by, are passed as they are."""
    return Tensor(x) if x.dtype.kind == "f" else x


def functional(layer):
    """f(x, *parameters), the same function at every call: the masks begin anew."""
    modules = dict(layer.named_modules())
    names = [name.rpartition(".") for name, _ in layer.named_parameters()]
    layer(np.zeros((2, *layer.input_shape), int))  # whoever draws has a generator now
    states = {name: rng.bit_generator.state for name, rng in generators(layer).items()}

    def call(x, *values):
        for name, rng in generators(layer).items():
            rng.bit_generator.state = states[name]
        owners = [(vars(modules[path]), last) for path, _, last in names]
        before = [owner[last] for owner, last in owners]
        try:
            for (owner, last), value in zip(owners, values):
                owner[last] = value
            return layer(x)
        finally:
            for (owner, last), value in zip(owners, before):
                owner[last] = value

    return call, [p.data for p in layer.parameters()]


def test_the_registry_is_full_and_the_examples_are_of_it():
    assert len(LAYERS) >= 16
    assert not EXAMPLES.keys() - LAYERS.keys()
    public = [getattr(package, name) for package in PACKAGES for name in package.__all__]
    layers = {x.__name__ for x in public if isinstance(x, type) and issubclass(x, Layer)}
    assert layers - {"Layer"} == LAYERS.keys()


def test_a_new_layer_is_registered_by_being_defined():
    class Doubled(Layer):
        def forward(self, x):
            return x * 2.0

    from ml_from_scratch.neural.blueprint import CLASSES

    assert Doubled in CLASSES.values()
    assert "Doubled" not in all_layers()  # which are this package's own


@every_layer
@both_modes
def test_gradients_of_both_orders(make, shape, training):
    layer, x = built(make, shape)
    call, values = functional(layer.train(training))
    if isinstance(shape, Ids):
        check_gradients(partial(call, x), values, order=2, rtol=1e-5)
    else:
        check_gradients(call, (x, *values), order=2, rtol=1e-5)


@every_layer
@both_modes
def test_backward_reaches_every_parameter(make, shape, training):
    layer, x = built(make, shape)
    call, values = functional(layer.train(training))
    out = call(recorded(x))
    g = np.random.default_rng(1).standard_normal(out.shape)
    out.backward(g)
    for i, p in enumerate(layer.parameters()):
        eps, u = 1e-6, np.random.default_rng(2).standard_normal(p.shape)
        moved = [[*values[:i], values[i] + h * u, *values[i + 1 :]] for h in (eps, -eps)]
        up, down = (np.sum(g * call(x, *v)) for v in moved)
        np.testing.assert_allclose(
            np.sum(u * p.grad), (up - down) / (2 * eps), rtol=1e-5, atol=1e-8
        )


@every_layer
@both_modes
@both_dtypes
def test_the_dtype_is_kept(make, shape, training, dtype):
    layer, x = built(make, shape, dtype)
    layer.train(training)
    t = recorded(x)
    out = layer(t)
    assert out.dtype == dtype
    out.sum().backward()
    assert isinstance(shape, Ids) or t.grad.dtype == dtype
    assert {p.dtype for p in layer.parameters()} <= {np.dtype(dtype)}
    assert {p.grad.dtype for p in layer.parameters()} <= {np.dtype(dtype)}


@every_layer
def test_shapes_are_told_beforehand(make, shape):
    layer, x = built(make, shape)
    assert layer(x).shape == (4, *layer.output_shape(shape))
    assert layer.input_shape == tuple(shape)


@every_layer
def test_only_ids_are_not_differentiated_by(make, shape):
    """Ids excuse a layer from being differentiated by its input: so it must take nothing else."""
    layer, _ = built(make, shape)
    if isinstance(shape, Ids):
        with pytest.raises(TypeError, match="integer ids"):
            layer(np.zeros((4, *shape)))


@every_layer
def test_a_batch_of_one_and_of_none(make, shape):
    layer, x = built(make, shape)
    layer.eval()
    whole = layer.eval()(x)
    for i in range(4):
        np.testing.assert_allclose(
            _plain(layer(x[i : i + 1])), _plain(whole)[i : i + 1], rtol=1e-12
        )
    assert layer(x[:0]).shape == (0, *whole.shape[1:])


@every_layer
def test_evaluation_is_the_same_every_time(make, shape):
    layer, x = built(make, shape)
    layer.eval()
    np.testing.assert_array_equal(_plain(layer(x)), _plain(layer(x)))


@every_layer
@both_modes
def test_one_seed_one_outcome(make, shape, training):
    (one, x), (two, _) = built(make, shape), built(make, shape)
    np.testing.assert_array_equal(_plain(one.train(training)(x)), _plain(two.train(training)(x)))


@every_layer
def test_state_round_trip(make, shape):
    (one, x), (two, _) = built(make, shape), built(make, shape, seed=1)
    two.load_state_dict(one.state_dict())
    np.testing.assert_array_equal(_plain(two.eval()(x)), _plain(one.eval()(x)))


@every_layer
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_are_the_same_and_independent(make, shape, duplicate):
    layer, x = built(make, shape)
    twin = duplicate(layer)
    np.testing.assert_array_equal(_plain(twin(x)), _plain(layer(x)))  # masks included
    for p in twin.parameters():
        p.assign(np.zeros(p.shape))
    assert all(p.data.any() for p in layer.parameters())


@every_layer
def test_a_blueprint_builds_the_same(make, shape):
    layer = make()
    again = build_from(blueprint_of(layer))
    assert type(again) is type(layer) and repr(again) == repr(layer)
    assert blueprint_of(again) == blueprint_of(layer)


@every_layer
@both_dtypes
def test_a_model_with_it_is_saved_and_loaded(make, shape, dtype, tmp_path):
    x = batch_of(shape, np.random.default_rng(0), dtype)
    model = Model([make()], seed=5, dtype=dtype)
    model.build(shape)
    model.save(tmp_path / "model")
    loaded = Model.load(tmp_path / "model")
    expected = model.predict(x)
    assert expected.dtype == dtype
    np.testing.assert_array_equal(loaded.predict(x), expected)
    assert repr(loaded) == repr(model)


@every_layer
def test_the_input_is_left_alone_however_it_lies_in_memory(make, shape):
    layer, x = built(make, shape)
    expected = _plain(layer.eval()(x))
    before = x.copy()
    x.flags.writeable = False
    np.testing.assert_array_equal(_plain(layer(x)), expected)
    np.testing.assert_array_equal(x, before)
    strange = np.asfortranarray(np.repeat(x, 2, axis=0))[::2]
    np.testing.assert_allclose(_plain(layer(strange)), expected, rtol=1e-12)


@every_layer
@both_modes
def test_on_a_device(make, shape, training):
    layer, x = built(make, shape)
    call, _ = functional(layer.train(training))
    t = recorded(x)
    expected = call(t)
    expected.sum().backward()
    expected_gradients = [p.grad for p in layer.parameters()]
    for p in layer.parameters():
        p.data, p.grad = asarray(p.data), None
    for _, module in layer.named_modules():
        for name in module.buffers:
            setattr(module, name, asarray(getattr(module, name)))
    on_device = recorded(asarray(x))
    out = call(on_device)
    out.sum().backward()
    assert isinstance(out.data, FakeArray)
    np.testing.assert_allclose(out.data.get(), expected.data, rtol=1e-12)
    if not isinstance(shape, Ids):
        np.testing.assert_allclose(on_device.grad.get(), t.grad, rtol=1e-12, atol=1e-15)
    for p, g in zip(layer.parameters(), expected_gradients):
        np.testing.assert_allclose(p.grad.get(), g, rtol=1e-12, atol=1e-15)


def _plain(x):
    return x.data if isinstance(x, Tensor) else x


def test_the_battery_catches_a_wrong_gradient():
    """By one part in a thousand."""
    from ml_from_scratch.core import fused
    from ml_from_scratch.core.fused import FUSED
    from ml_from_scratch.core.tape import VJPS

    wrong = fused(
        np.tanh, lambda x: (np.tanh(x),) * 2, lambda g, y, w: (g * (1.001 - y * y),), "wrong"
    )

    class Wrong(Module):
        def forward(self, x):
            return wrong(x)

    try:
        with pytest.raises(AssertionError):
            check_gradients(Wrong(), (np.array([0.5, -1.0]),))
    finally:
        FUSED.remove(wrong)
        del VJPS[wrong]
