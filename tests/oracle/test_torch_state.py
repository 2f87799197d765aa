"""Weights move between torch and us: exported, loaded there, and read back, they are the same network."""

import numpy as np
import pytest

from ml_from_scratch.core import Module
from ml_from_scratch.experiments.reference import from_torch, to_torch
from ml_from_scratch.neural import Dense, ReLU, Sequential

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle
nn = torch.nn

# name -> (our layer, the shape of a sample, torch's layer)
LAYERS = {
    "Dense": (lambda: Dense(3), (5,), lambda: nn.Linear(5, 3)),
    "Dense without bias": (lambda: Dense(3, use_bias=False), (5,), lambda: nn.Linear(5, 3, False)),
    "Sequential": (
        lambda: Sequential([Dense(3), ReLU(), Sequential([Dense(2)])]),
        (5,),
        lambda: nn.Sequential(nn.Linear(5, 3), nn.ReLU(), nn.Sequential(nn.Linear(3, 2))),
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_there_and_back(name):
    make, shape, theirs = LAYERS[name]
    ours, other, theirs = make().build(shape, seed=0), make().build(shape, seed=1), theirs()
    theirs.load_state_dict(to_torch(ours))
    from_torch(other, theirs.state_dict())
    for one, two in zip(ours.state_dict().values(), other.state_dict().values()):
        np.testing.assert_array_equal(one, two)


def test_a_network_of_torchs_computes_the_same_here():
    theirs = nn.Sequential(nn.Linear(5, 3), nn.ReLU(), nn.Linear(3, 2))
    ours = Sequential([Dense(3), ReLU(), Dense(2)]).build(5)
    from_torch(ours, theirs.state_dict())
    x = np.random.default_rng(0).standard_normal((4, 5)).astype(np.float32)
    expected = theirs(torch.from_numpy(x)).detach().numpy()
    with np.errstate(all="raise"):
        np.testing.assert_allclose(ours(x).data, expected, rtol=1e-5, atol=1e-6)


def test_modules_of_ones_own_are_walked_by_the_names_of_their_attributes():
    class Net(Module):
        def __init__(self):
            self.hidden, self.heads = Dense(3, input_dim=5), [Dense(2, input_dim=3)]

    state = to_torch(Net())
    assert list(state) == ["hidden.weight", "hidden.bias", "heads.0.weight", "heads.0.bias"]
    assert tuple(state["hidden.weight"].shape) == (3, 5)


def test_what_does_not_fit_is_listed_and_nothing_is_written():
    ours = Dense(3, input_dim=5).build(5, seed=0)
    before = ours.weight.data.copy()
    with pytest.raises(ValueError, match=r"(?s)missing: bias.*unexpected: b.*shape of weight"):
        from_torch(ours, {"weight": torch.zeros(5, 3), "b": torch.zeros(3)})
    np.testing.assert_array_equal(ours.weight.data, before)
