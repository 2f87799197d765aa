"""Parameters, flat vectors, modules and their states."""

import copy
import pickle

import numpy as np
import pytest

from ml_from_scratch.core import FlatParameters, Module, Parameter, Tensor, checkpoint, grad


class Linear(Module):
    def __init__(self, n_in, n_out, seed=0):
        rng = np.random.default_rng(seed)
        self.weight = Parameter(rng.standard_normal((n_in, n_out)).astype(np.float32))
        self.bias = Parameter(np.zeros(n_out, np.float32))

    def forward(self, x):
        return x @ self.weight + self.bias


class Tied(Module):
    buffers = ("count",)

    def __init__(self):
        self.layers = [Linear(3, 2), Linear(2, 3, seed=1)]
        self.heads = {"a": Linear(3, 1)}
        self.table = self.layers[0].weight
        self.count = np.zeros(1, np.float32)

    def forward(self, x):
        for layer in self.layers:
            x = np.tanh(layer(x))
        return np.sum(self.heads["a"](x) @ self.table[:1])


X = np.ones((4, 3), np.float32)


def test_parameters_are_found_by_dotted_name_each_once():
    names = [name for name, _ in Tied().named_parameters()]
    assert names == [
        "table", "layers.0.bias", "layers.1.weight", "layers.1.bias", "heads.a.weight", "heads.a.bias",
    ]  # fmt: skip
    assert len(Tied().parameters()) == 6


def test_state_dict_round_trip_in_place():
    a, b = Tied(), Tied()
    for p in b.parameters():
        p.data += 1
    b.count += 5
    flat = FlatParameters(a.parameters())
    a.load_state_dict(b.state_dict())
    flat.check()
    assert a.count[0] == 5
    np.testing.assert_array_equal(a(X).data, b(X).data)


def test_state_dict_is_a_copy():
    module = Linear(2, 2)
    state = module.state_dict()
    state["weight"][...] = 7
    assert not (module.weight.data == 7).any()


def test_a_state_that_does_not_fit_is_refused_whole():
    module = Linear(2, 2)
    before = module.state_dict()
    bad = {"weight": np.ones((2, 3)), "scale": np.ones(1)}
    with pytest.raises(ValueError) as error:
        module.load_state_dict(bad)
    for words in (
        "missing: bias",
        "unexpected: scale",
        r"shape of weight: expected (2, 2), got (2, 3)",
    ):
        assert words in str(error.value)
    np.testing.assert_array_equal(module.weight.data, before["weight"])


def test_weights_are_saved_and_loaded_bit_for_bit(tmp_path):
    a, b = Tied(), Tied()
    a.count += 2
    for p in a.parameters():
        p.data[...] = np.random.default_rng(7).standard_normal(p.shape)
    a.save_weights(tmp_path / "tied.mlfs")
    b.load_weights(tmp_path / "tied.mlfs")
    for name, array in a.state_dict().items():
        assert b.state_dict()[name].tobytes() == array.tobytes()


def test_other_files_are_no_weights(tmp_path):
    checkpoint.save(tmp_path / "other", {"weights": np.ones(3)})
    with pytest.raises(checkpoint.CheckpointError, match="holds no weights"):
        Tied().load_weights(tmp_path / "other")


def test_a_tensor_does_not_take_a_parameters_place():
    module = Linear(2, 2)
    with pytest.raises(TypeError, match="assign"):
        module.weight = module.weight * 2.0


def test_modes_and_repr():
    module = Tied()
    assert not module.eval().layers[0].training and module.train().heads["a"].training
    assert "(layers.0): Linear()" in repr(module)


def test_unbuilt_modules_name_build():
    module = Tied()
    module.layers[1].built = False
    with pytest.raises(RuntimeError, match=r"layers.1.*build\(input_shape\)"):
        module.parameters()


def test_to_dtype_before_attaching_only():
    module = Tied().to(np.float64)
    assert (
        module.table is module.layers[0].weight
        and module.table.dtype == np.float64
        and module.count.dtype == np.float64
    )
    FlatParameters(module.parameters())
    with pytest.raises(RuntimeError, match="before attaching"):
        module.to(np.float32)
    with pytest.raises(TypeError, match="floating dtype"):
        Tied().to(int)


# ---- flat vectors ----------------------------------------------------------------------------------
def test_gradients_land_in_the_flat_vector():
    module = Tied()
    flat = FlatParameters(module.parameters())
    assert flat.theta.size == sum(p.size for p in module.parameters())
    module(X).backward()
    expected = np.concatenate([p.grad.ravel() for p in module.parameters()])
    np.testing.assert_array_equal(flat.gradient, expected)
    assert all(np.shares_memory(p.grad, flat.gradient) for p in module.parameters())
    flat.zero_grad()
    module(X).backward()
    np.testing.assert_array_equal(flat.gradient, expected)


def test_attached_elsewhere_is_noticed():
    module = Linear(2, 2)
    flat = FlatParameters(module.parameters())
    FlatParameters([module.weight])
    with pytest.raises(RuntimeError, match="'weight' has left this optimiser"):
        flat.check()


@pytest.mark.parametrize("parameters, error, words", [
    ([], ValueError, "empty"), ([Tensor([1.0])], TypeError, r"Parameter\(x\)"),
    ([Parameter(np.ones(1)), Parameter(np.ones(1, np.float32))], TypeError, "one dtype"),
])  # fmt: skip
def test_what_cannot_be_flat(parameters, error, words):
    with pytest.raises(error, match=words):
        FlatParameters(parameters)


def test_frozen_and_untouched_parameters_are_passed_by():
    a, b, c = (Parameter(np.ones(n), name) for n, name in ((2, "a"), (3, "b"), (4, "c")))
    flat = FlatParameters([a, b, c])
    b.frozen = True
    np.sum(a).backward()
    np.sum(b * 2.0).backward()
    np.sum(c).backward()
    assert b.grad is None and flat.trained() == [slice(0, 2), slice(5, 9)]
    b.frozen = False
    b.grad = np.full(3, 7.0)
    assert flat.trained() == [slice(0, 9)]
    assert flat.gradient[2:5].tolist() == [7, 7, 7] and b.grad is b.place


@pytest.mark.parametrize("change", [
    lambda flat, p: flat.mark_changed(), lambda flat, p: p.assign(np.zeros(2)),
])  # fmt: skip
def test_a_stale_tape_is_refused_by_name(change):
    p = Parameter(np.ones(2), "head.weight")
    flat = FlatParameters([p])
    loss = np.sum(p.reshape(1, 2).T * 3.0)
    change(flat, p)
    with pytest.raises(RuntimeError, match="'head.weight' was changed"):
        loss.backward()
    np.sum(p * 3.0).backward()
    assert p.grad.tolist() == [3, 3]


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_of_module_and_flat_vector_stay_views_of_each_other(duplicate):
    module = Tied()
    pair = {"module": module, "flat": FlatParameters(module.parameters())}
    twin = duplicate(pair)
    twin["flat"].check()
    twin["flat"].theta[...] = 0
    assert not twin["module"].table.data.any() and module.table.data.any()
    assert twin["module"].table is twin["module"].layers[0].weight
    twin["module"](X).backward()
    assert module.table.grad is None and twin["module"].table.grad is not None


def test_assign_checks_the_shape():
    with pytest.raises(ValueError, match=r"\(2,\).*\(3,\)"):
        Parameter(np.ones(2), "w").assign(np.ones(3))


def test_gradient_penalty_reaches_the_parameters():
    critic = Linear(3, 1)
    slope = grad(lambda x: np.sum(np.tanh(critic(x))))(X)
    assert isinstance(slope, Tensor)
    np.sum(slope**2).backward()
    assert critic.weight.grad is not None and critic.weight.grad.any()


def test_parameters_are_found_in_containers_within_containers():
    class Nested(Module):
        def __init__(self):
            self.parts = {
                "a": [Linear(1, 1), (Linear(1, 2),)],
                "b": [[Parameter(np.zeros(3))]],
                "c": "text",
            }

    names = [name for name, _ in Nested().named_parameters()]
    assert names == [
        *("parts.b.0.0", "parts.a.0.weight", "parts.a.0.bias"),
        *("parts.a.1.0.weight", "parts.a.1.0.bias"),
    ]
    assert [name for name, _ in Nested().named_children()] == ["parts.a.0", "parts.a.1.0"]
