"""What all optimisers share: groups, gradients set by hand, states that do not fit, names."""

import numpy as np
import pytest

from ml_from_scratch.core import Module, Parameter, no_grad
from ml_from_scratch.optimizers import (
    OPTIMIZERS,
    SGD,
    Adam,
    Cosine,
    Momentum,
    Plateau,
    WarmUp,
    decay_matrices_only,
    get,
)


def two():
    return [Parameter([[1.0, 2.0]], "weight"), Parameter([3.0], "bias")]


def give_gradients(ps, value=1.0):
    for p in ps:
        p.grad = np.full(p.shape, value)


# ---- attach --------------------------------------------------------------------------------------
def test_parameters_become_views_of_one_vector():
    w, b = ps = two()
    optimizer = SGD(0.5).attach(iter(ps))
    (group,) = optimizer.groups
    assert group.flat.theta.tolist() == [1.0, 2.0, 3.0]
    assert np.shares_memory(w.data, group.flat.theta) and np.shares_memory(
        b.place, group.flat.gradient
    )
    (np.sum(w * 2) + np.sum(b)).backward()
    assert group.flat.gradient.tolist() == [2.0, 2.0, 1.0]
    optimizer.step()
    assert w.data.tolist() == [[0.0, 1.0]] and b.data.tolist() == [2.5]
    optimizer.zero_grad()
    assert w.grad is None
    SGD().zero_grad()  # with nothing attached there is nothing to forget


def test_gradients_add_up_until_they_are_forgotten():
    w, b = two()
    optimizer = SGD(1.0).attach([w, b])
    for _ in range(3):
        np.sum(w).backward()
    optimizer.step()
    assert w.data.tolist() == [[-2.0, -1.0]]
    assert b.data.tolist() == [3.0]  # without a gradient it is passed by


def test_a_gradient_that_is_set_by_hand_counts():
    w, b = ps = two()
    optimizer = SGD(1.0).attach(ps)
    np.sum(w).backward()
    w.grad = np.array([[10.0, 20.0]])
    b.grad = np.array([1], dtype=np.int64)
    optimizer.step()
    assert w.data.tolist() == [[-9.0, -18.0]] and b.data.tolist() == [2.0]


def test_what_attach_does_not_take_is_explained():
    w, b = two()

    class Net(Module):
        def __init__(self):
            self.w = w

    with pytest.raises(TypeError, match=r"got one Net. Pass it.parameters\(\)"):
        SGD().attach(Net())
    with pytest.raises(TypeError, match="got one Parameter. Pass it in a list"):
        SGD().attach(w)
    with pytest.raises(TypeError, match="got one dict. Pass it in a list"):
        SGD().attach({"parameters": [w]})
    with pytest.raises(
        TypeError, match="a group is a dict with the key 'parameters'; got Parameter"
    ):
        SGD().attach([{"parameters": [w]}, b])
    with pytest.raises(TypeError, match=r"got \['lr'\]"):
        SGD().attach([{"lr": 0.1}])
    with pytest.raises(ValueError, match="options learning_rate, weight_decay; got momentum"):
        SGD().attach([{"parameters": [w], "momentum": 0.5}])
    with pytest.raises(ValueError, match="'bias' is in the groups 0 and 1"):
        SGD().attach([{"parameters": [w, b]}, {"parameters": [b]}])
    with pytest.raises(ValueError, match="the list is empty"):
        SGD().attach([])
    with pytest.raises(TypeError, match="trains Parameters; got ndarray"):
        SGD().attach([np.ones(3)])


def test_a_weight_may_be_twice_in_one_group():
    w, b = two()
    SGD().attach([{"parameters": [w, w]}, {"parameters": [b]}])


def test_decay_on_matrices_only():
    ps = two() + [Parameter(np.ones((2, 2, 3, 3)))]
    groups = decay_matrices_only(iter(ps), 0.5)
    optimizer = SGD(1.0).attach(groups)
    give_gradients(ps, 0.0)
    optimizer.step()
    assert ps[0].data.tolist() == [[0.5, 1.0]]
    assert ps[1].data.tolist() == [3.0]
    assert (ps[2].data == 0.5).all()
    assert len(decay_matrices_only(ps[:1], 0.5)) == len(decay_matrices_only(ps[1:2], 0.5)) == 1


# ---- learning rates ------------------------------------------------------------------------------
def test_hyper_parameters_can_be_changed_while_training():
    w, b = ps = two()
    optimizer = SGD(1.0).attach([{"parameters": [w]}, {"parameters": [b], "learning_rate": 0.5}])
    optimizer.learning_rate = 0.25
    give_gradients(ps)
    optimizer.step()
    assert w.data.tolist() == [[0.75, 1.75]] and b.data.tolist() == [2.5]
    assert optimizer.learning_rates() == [0.25, 0.5]
    optimizer.learning_rate = lambda step: 0.1 * step
    assert optimizer.learning_rates() == [0.1, 0.5]


def test_a_schedule_that_goes_astray_is_refused():
    ps = two()
    optimizer = SGD(lambda step: 1.0 - step).attach(ps)
    give_gradients(ps)
    optimizer.step()
    optimizer.step()
    with pytest.raises(ValueError, match="learning_rate must be a number of at least 0; got -1.0"):
        optimizer.step()
    assert ps[1].data.tolist() == [2.0]


# ---- states --------------------------------------------------------------------------------------
def trained(kind=Adam, ps=None, **options):
    ps = ps or two()
    optimizer = kind(**options).attach(ps)
    give_gradients(ps)
    optimizer.step()
    return optimizer


def test_states_that_do_not_fit_change_nothing():
    state = trained().state_dict()
    for other, words in [
        (trained(Momentum), "the state is of Adam; this is Momentum"),
        (
            trained(ps=[{"parameters": two()[:1]}][0]["parameters"]),
            "it has 2 parameters, attached are 1",
        ),
        (trained(ps=[Parameter([[1.0], [2.0]], "w"), Parameter([3.0])]), r"shape \(1, 2\) for 'w'"),
        (trained(ps=[Parameter(p.data.astype("f")) for p in two()]), "'M' should have shape"),
    ]:
        before = repr(other.state_dict())
        with pytest.raises(ValueError, match=words):
            other.load_state_dict(state)
        assert repr(other.state_dict()) == before
    other = Adam().attach([{"parameters": [p]} for p in two()])
    with pytest.raises(
        ValueError, match=r"the state has 1 group\(s\) of parameters, attached are 2"
    ):
        other.load_state_dict(state)


def test_a_state_cannot_bring_anything_else():
    for where in (lambda state: state["options"], lambda state: state["groups"][0]["options"]):
        state = trained().state_dict()
        where(state)["step"] = 1.0
        with pytest.raises(ValueError, match="other hyper-parameters, step"):
            trained().load_state_dict(state)


def test_a_state_brings_its_hyper_parameters():
    state = trained(learning_rate=0.125, betas=(0.5, 0.75)).state_dict()
    other = trained()
    other.load_state_dict(state)
    assert (other.learning_rate, other.betas) == (0.125, (0.5, 0.75))


def test_a_state_brings_its_schedule():
    schedule = WarmUp(Cosine(0.5, 10), 2)
    other = trained(learning_rate=0.1)
    other.load_state_dict(trained(learning_rate=schedule).state_dict())
    assert other.learning_rate == schedule and other.learning_rate is not schedule


def test_whoever_tells_the_plateau_still_tells_the_right_one():
    plateau = Plateau(0.1, patience=3)
    plateau.tell(1.0)
    plateau.tell(1.0)
    mine = Plateau(0.7)
    other = trained(learning_rate=mine)
    other.load_state_dict(trained(learning_rate=plateau).state_dict())
    assert other.learning_rate is mine
    assert mine == plateau and mine.best == 1.0 and mine.n_failures == 1


def test_a_function_of_ones_own_has_to_be_there():
    state = trained(learning_rate=lambda step: 0.5).state_dict()
    with pytest.raises(ValueError, match="a function of your own"):
        trained().load_state_dict(state)
    mine = trained(learning_rate=lambda step: 0.25)
    mine.load_state_dict(state)
    assert mine.learning_rates() == [0.25]


# ---- the rest ------------------------------------------------------------------------------------
def test_names_find_optimizers():
    assert type(get("adam")) is Adam
    assert get("sgd", learning_rate=0.5).learning_rate == 0.5
    assert get("adam", betas=[0.5, 0.6]).betas == (0.5, 0.6)
    optimizer = SGD()
    assert get(optimizer) is optimizer
    with pytest.raises(ValueError, match="'sgd', 'momentum'.*got 'adan'"):
        get("adan")
    assert list(OPTIMIZERS) == [name.lower() for name in OPTIMIZERS]


def test_optimizers_are_themselves():
    assert SGD() != SGD() and len({SGD(), SGD()}) == 2


def test_training_under_no_grad_has_nothing_to_do():
    ps = two()
    optimizer = SGD().attach(ps)
    with no_grad():
        loss = np.sum(ps[0] ** 2)
    assert isinstance(loss, np.float64)
    with pytest.raises(RuntimeError, match="no parameter has a gradient"):
        optimizer.step()
