"""The fake device: what holds here holds on a GPU, as far as mixing arrays goes."""

import fake_device
import numpy as np
import pytest
from fake_device import FakeArray, asarray
from row_examples import EXAMPLES

from ml_from_scratch import backend
from ml_from_scratch.core import Parameter, grad, vjp
from ml_from_scratch.losses import LOSSES
from ml_from_scratch.optimizers import OPTIMIZERS

# index arrays, masks and weights in these examples are host arrays by intent: they live with the data
HOST_DATA = {
    "copysign-0", "remainder-0", "where-0", "select-0", "take-3", "take-4", "take-5", "take_along_axis-0",
    "take_along_axis-1", "compress-0",
}  # fmt: skip
CASES = [
    pytest.param(f, args, id=f"{function.__name__}-{i}")
    for function, uses in EXAMPLES.items()
    for i, (f, args) in enumerate(uses)
    if f"{function.__name__}-{i}" not in HOST_DATA
]


@pytest.mark.parametrize("f, args", CASES)
def test_rows_keep_host_and_device_apart(f, args):
    expected_out, expected_pull = vjp(f, *args)
    expected = expected_pull(np.ones_like(expected_out))
    out, pull = vjp(f, *map(asarray, args))
    assert isinstance(out, FakeArray)
    np.testing.assert_allclose(out.get(), expected_out, rtol=1e-12, atol=1e-12)
    for g, e in zip(pull(np.ones_like(out)), expected):
        assert isinstance(g, FakeArray)
        np.testing.assert_allclose(g.get(), e, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("f, args", CASES)
def test_rows_at_second_order(f, args):
    def g(*xs):
        return np.sum(grad(lambda *ys: np.sum(f(*ys) ** 2))(*xs) ** 2)

    expected = grad(g)(*args)
    np.testing.assert_allclose(grad(g)(*map(asarray, args)).get(), expected, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("index", [[0, 0, 1], np.array([0, 0, 1]), np.array([True, False, True])])
def test_indices_live_with_the_data(index):
    x = np.arange(6.0).reshape(3, 2)
    on_device = asarray(index) if isinstance(index, np.ndarray) else index
    expected = grad(lambda x: np.sum(x[index] ** 2))(x)
    np.testing.assert_array_equal(
        grad(lambda x: np.sum(x[on_device] ** 2))(asarray(x)).get(), expected
    )


@pytest.mark.parametrize("mix", [
    lambda a: np.asarray(a), lambda a: a + np.ones(3), lambda a: np.ones(3) * a, lambda a: np.concatenate([a, np.ones(3)]),
    lambda a: a[np.array([0])], lambda a: np.ones(3).dot(a), lambda a: a.__setitem__(0, np.ones(())),
])  # fmt: skip
def test_the_fake_device_refuses_to_mix(mix):
    with pytest.raises(TypeError):
        mix(asarray(np.ones(3)))


def test_backend_finds_the_library_of_an_array():
    a = asarray(np.zeros(3))
    assert backend.namespace(a) is fake_device and backend.namespace(np.ones(3)) is np
    assert isinstance(backend.like(np.ones(2), a), FakeArray) and isinstance(
        backend.zeros((2,), float, a), FakeArray
    )
    assert type(backend.to_host(a)) is np.ndarray
    backend.scatter_add(a, asarray(np.array([0, 0, 2])), asarray(np.ones(3)))
    assert a.get().tolist() == [2, 0, 1]


def test_devices_are_named():
    assert type(backend.to_device(asarray(np.ones(2)), "cpu")) is np.ndarray
    with pytest.raises(ValueError, match='"cpu" or "cuda"'):
        backend.to_device(np.ones(2), "gpu")


# ---- losses and optimisers -------------------------------------------------------------------------
rng = np.random.default_rng(3)
PROBABILITIES = rng.dirichlet(np.ones(4), size=5)
LOSS_DATA = {
    "CrossEntropy": (PROBABILITIES, rng.integers(0, 4, 5)),
    "BinaryCrossEntropy": (rng.random(5), rng.integers(0, 2, 5)),
    "KLDivergence": (PROBABILITIES, rng.dirichlet(np.ones(4), size=5)),
    "Hinge": (rng.standard_normal(5), 2 * rng.integers(0, 2, 5) - 1),
    "SquaredHinge": (rng.standard_normal(5), 2 * rng.integers(0, 2, 5) - 1),
    "Exponential": (rng.standard_normal(5), 2 * rng.integers(0, 2, 5) - 1),
    "Poisson": (rng.random(5) + 0.5, rng.integers(0, 5, 5)),
}
REGRESSION = (rng.standard_normal(5), rng.standard_normal(5))


@pytest.mark.parametrize("loss", sorted(set(LOSSES.values()), key=lambda kind: kind.__name__))
@pytest.mark.parametrize("weighted", [False, True])
def test_losses(loss, weighted):
    y_pred, y_true = LOSS_DATA.get(loss.__name__, REGRESSION)
    weight = rng.random(5) if weighted else None
    value = lambda p, t, w: loss()(p, t, sample_weight=w)
    expected, expected_pull = vjp(lambda p: value(p, y_true, weight), y_pred)
    on_device = [None if a is None else asarray(a) for a in (y_true, weight)]
    out, pull = vjp(lambda p: value(p, *on_device), asarray(y_pred))
    assert isinstance(out, FakeArray)
    np.testing.assert_allclose(out.get(), expected, rtol=1e-12)
    np.testing.assert_allclose(
        pull(np.ones_like(out))[0].get(), expected_pull(np.ones(()))[0], rtol=1e-10
    )


@pytest.mark.parametrize(
    "optimizer", sorted(set(OPTIMIZERS.values()), key=lambda kind: kind.__name__)
)
def test_optimizers(optimizer):
    target = np.arange(6.0).reshape(2, 3)

    def train(place):
        w, b = Parameter(place(np.ones((2, 3))), "w"), Parameter(place(np.zeros(3)), "b")
        trained = optimizer(weight_decay=0.1).attach([w, b])
        for _ in range(3):
            trained.zero_grad()
            np.sum((w + b - place(target)) ** 2).backward()
            trained.step()
        return w.data, b.data

    for on_host, on_device in zip(train(np.asarray), train(asarray)):
        assert isinstance(on_device, FakeArray)
        np.testing.assert_allclose(on_device.get(), on_host, rtol=1e-12)
