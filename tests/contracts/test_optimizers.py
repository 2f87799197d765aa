"""What every optimiser must do: run over the registry, so that the next one is tested by being listed."""

import copy
import inspect
import pickle
from dataclasses import dataclass, fields

import numpy as np
import pytest

from ml_from_scratch import optimizers
from ml_from_scratch.core import Parameter, checkpoint
from ml_from_scratch.optimizers import OPTIMIZERS, Adam, Cosine, Optimizer, WarmUp
from ml_from_scratch.optimizers.base import LIMITS

every_optimizer = pytest.mark.parametrize("kind", OPTIMIZERS.values(), ids=OPTIMIZERS)
rng = np.random.default_rng(0)
STARTS = [rng.standard_normal((4, 3)), rng.standard_normal(3)]
TARGETS = [rng.standard_normal((4, 3)), rng.standard_normal(3)]
SCALES = np.array([1.0, 3.0, 10.0])


def parameters(dtype=np.float64):
    return [Parameter(x.astype(dtype), f"p{i}") for i, x in enumerate(STARTS)]


def quadratic(ps):
    """A bowl that is ten times as steep in one direction as in another."""
    return sum(
        np.sum(SCALES.astype(p.dtype) * (p - t.astype(p.dtype)) ** 2) for p, t in zip(ps, TARGETS)
    )


def train(optimizer, ps, n):
    for _ in range(n):
        optimizer.zero_grad()
        quadratic(ps).backward()
        optimizer.step()
    return [p.data.copy() for p in ps]


def same(xs, ys):
    return all(np.array_equal(x, y) for x, y in zip(xs, ys))


def test_every_public_optimizer_is_in_the_registry():
    public = {kind for _, kind in inspect.getmembers(optimizers, inspect.isclass)}
    assert {kind for kind in public if issubclass(kind, Optimizer)} - {Optimizer} == set(
        OPTIMIZERS.values()
    )
    assert OPTIMIZERS


# ---- it trains -----------------------------------------------------------------------------------
@every_optimizer
def test_a_quadratic_descends(kind):
    ps = parameters()
    start = quadratic(ps).item()
    # AdaDelta's and AdaGrad's steps are short; Lion's never get shorter by themselves
    rate = {"AdaDelta": 30.0, "AdaGrad": 0.5, "Lion": Cosine(0.03, 300)}.get(kind.__name__, 0.03)
    optimizer = kind(learning_rate=rate).attach(ps)
    values = []
    for _ in range(6):
        train(optimizer, ps, 50)
        values.append(quadratic(ps).item())
    assert values[-1] < 0.01 * start, values
    assert values[0] < start


@every_optimizer
def test_its_first_step_goes_down_the_gradient(kind):
    ps = parameters()
    signs = [np.sign(t - x) for x, t in zip(STARTS, TARGETS)]
    moved = [x - start for x, start in zip(train(kind().attach(ps), ps, 1), STARTS)]
    assert same([np.sign(m) for m in moved], signs)


@every_optimizer
def test_where_there_is_no_gradient_nothing_moves(kind):
    ps = parameters()
    optimizer = kind(weight_decay=0.0).attach(ps)
    for p in ps:
        p.grad = np.zeros(p.shape)
    optimizer.step()
    assert same([p.data for p in ps], STARTS)


@every_optimizer
def test_float32_stays_float32(kind):
    ps = parameters(np.float32)
    optimizer = kind(weight_decay=0.01).attach(ps)
    train(optimizer, ps, 3)
    (group,) = optimizer.groups
    arrays = [p.data for p in ps] + [p.grad for p in ps] + list(group.vectors.values())
    assert {a.dtype.name for a in arrays} == {"float32"}
    double = parameters()
    expected = train(kind(weight_decay=0.01).attach(double), double, 3)
    for p, x in zip(ps, expected):
        np.testing.assert_allclose(p.data, x, rtol=1e-4, atol=1e-6)


@every_optimizer
def test_blocks_do_not_show(kind):
    block = kind().block
    n = block + 1000
    start, gradients = rng.standard_normal(n), rng.standard_normal((3, n))
    picked = [0, 1, block - 1, block, n - 1]
    whole, few = Parameter(start), Parameter(start[picked])
    optimizers = [kind(weight_decay=0.1).attach([p]) for p in (whole, few)]
    for g in gradients:
        whole.grad, few.grad = g.copy(), g[picked]
        for optimizer in optimizers:
            optimizer.step()
    np.testing.assert_allclose(whole.data[picked], few.data, rtol=1e-12)


@every_optimizer
def test_a_weight_that_is_used_twice_is_updated_once(kind):
    once, twice = parameters(), parameters()
    expected = train(kind().attach(once), once, 3)
    assert same(train(kind().attach([*twice, twice[0]]), twice, 3), expected)


@every_optimizer
def test_weight_decay(kind):
    """Coupled decay is part of the gradient; decoupled decay shrinks the parameter by itself."""
    start, g, rate, decay = STARTS[0], STARTS[0][::-1].copy(), 0.01, 0.1
    decayed, plain = Parameter(start.copy()), Parameter(start.copy())
    optimizer = kind(learning_rate=rate, weight_decay=decay).attach([decayed])
    other = kind(learning_rate=rate, weight_decay=0.0).attach([plain])
    for _ in range(3):
        before = decayed.data.copy()
        decayed.grad = g.copy()
        if not kind.decoupled:
            plain.grad = g + decay * plain.data
        else:
            plain.grad = g.copy()
            plain.assign(before * (1 - rate * decay))
        optimizer.step()
        other.step()
        np.testing.assert_allclose(decayed.data, plain.data, rtol=1e-10)
    assert np.abs(decayed.data - start).max() > 0


@every_optimizer
def test_frozen_parameters_wait_and_then_begin_at_their_first_step(kind):
    ps, alone = parameters(), parameters()
    optimizer, others = kind().attach(ps), [kind().attach([p]) for p in alone]
    ps[1].frozen = True
    train(optimizer, ps, 3)
    train(others[0], alone[:1], 3)
    assert np.array_equal(ps[1].data, STARTS[1])
    ps[1].frozen = False
    for p in (*ps, *alone):
        p.grad = np.ones(p.shape)
    for o in (optimizer, *others):
        o.step()
    assert same([p.data for p in ps], [p.data for p in alone])


@every_optimizer
def test_groups_have_their_own_settings(kind):
    ps, alone = parameters(), parameters()
    settings = {"learning_rate": 0.02, "weight_decay": 0.3}
    train(kind(0.01).attach([{"parameters": ps[:1]}, {"parameters": ps[1:], **settings}]), ps, 3)
    expected = train(kind(0.01).attach(alone), alone, 3)
    assert np.array_equal(ps[0].data, expected[0])
    alone = parameters()
    expected = train(kind(**settings).attach(alone), alone, 3)
    assert np.array_equal(ps[1].data, expected[1])


@every_optimizer
def test_a_schedule_sets_every_step(kind):
    ps, by_hand = parameters(), parameters()
    schedule = WarmUp(Cosine(0.1, n_steps=5), n_steps=2)
    optimizer, other = kind(schedule).attach(ps), kind(0.1).attach(by_hand)
    train(optimizer, ps, 6)
    for t in range(6):
        other.learning_rate = schedule(t)
        train(other, by_hand, 1)
    assert same([p.data for p in ps], [p.data for p in by_hand])


# ---- it can be stopped, copied and moved -----------------------------------------------------------
def build(kind, ps):
    """An optimiser with all that can be in its state."""
    optimizer = kind(learning_rate=WarmUp(Cosine(0.05, n_steps=20), n_steps=3), weight_decay=0.01)
    return optimizer.attach([{"parameters": ps[:1]}, {"parameters": ps[1:], "learning_rate": 0.02}])


@every_optimizer
def test_a_saved_state_goes_on_bit_for_bit(kind, tmp_path):
    ps = parameters()
    optimizer = build(kind, ps)
    halfway = train(optimizer, ps, 5)
    checkpoint.save(tmp_path / "state", optimizer.state_dict())
    expected = train(optimizer, ps, 5)

    fresh = parameters()
    resumed = kind(learning_rate=7.0).attach([{"parameters": fresh[:1]}, {"parameters": fresh[1:]}])
    for p, x in zip(fresh, halfway):
        p.assign(x)
    resumed.load_state_dict(checkpoint.load(tmp_path / "state"))
    assert same(train(resumed, fresh, 5), expected)
    assert repr(resumed) == repr(optimizer)
    assert resumed.n_steps == 10


@every_optimizer
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_with_its_parameters_goes_on_bit_for_bit(kind, duplicate):
    ps = parameters()
    optimizer = build(kind, ps)
    train(optimizer, ps, 5)
    twin_ps, twin = duplicate((ps, optimizer))
    expected = train(optimizer, ps, 5)
    assert same(train(twin, twin_ps, 5), expected)
    assert same([p.data for p in ps], expected)  # the twin trained its own


@every_optimizer
def test_a_state_is_a_copy(kind):
    ps = parameters()
    optimizer = build(kind, ps)
    train(optimizer, ps, 2)
    state = optimizer.state_dict()
    kept = copy.deepcopy(state)
    train(optimizer, ps, 2)
    np.testing.assert_equal(state, kept)


@every_optimizer
def test_another_owner_ends_the_former_ones(kind):
    ps = parameters()
    optimizer = kind().attach(ps)
    other = kind().attach(ps[1:])
    train(other, ps, 1)
    with pytest.raises(RuntimeError, match="'p1' has left this optimiser"):
        optimizer.step()
    assert np.array_equal(ps[0].data, STARTS[0])  # nothing was updated


@every_optimizer
def test_attaching_again_forgets(kind):
    ps, fresh = parameters(), parameters()
    optimizer = kind().attach(ps)
    train(optimizer, ps, 3)
    for p, x in zip(ps, STARTS):
        p.assign(x)
    optimizer.attach(ps)
    assert same(train(optimizer, ps, 3), train(kind().attach(fresh), fresh, 3))


@every_optimizer
def test_what_was_computed_before_a_step_is_stale_after_it(kind):
    ps = parameters()
    optimizer = kind().attach(ps)
    old = quadratic(ps)
    train(optimizer, ps, 1)
    with pytest.raises(RuntimeError, match="'p.' was changed"):
        old.backward()


@every_optimizer
def test_nan_and_infinity_pass_without_a_warning(kind, recwarn):
    p = Parameter(np.ones(3, np.float32))
    optimizer = kind(weight_decay=0.1).attach([p])
    for _ in range(2):
        p.grad = np.array([np.nan, np.inf, 3e38], np.float32)
        optimizer.step()
    assert np.isnan(p.data[0])
    assert not recwarn.list


# ---- it says what is wrong -------------------------------------------------------------------------
@every_optimizer
def test_its_repr_makes_it_again(kind):
    names = {k.__name__: k for k in OPTIMIZERS.values()}
    optimizer = kind(0.125, weight_decay=0.5)
    assert repr(eval(repr(optimizer), names)) == repr(optimizer)


@every_optimizer
def test_hyper_parameters_are_checked(kind):
    ps = parameters()
    bad = {"learning_rate": -0.1, "weight_decay": -1.0, "momentum": 1.0, "rho": 1.5, "eps": -1e-8}
    for field in fields(kind):
        assert field.name in LIMITS or field.name == "betas"
        values = (
            [(1.0, 0.9), (0.9, -0.1), (0.9,), 0.9]
            if field.name == "betas"
            else [bad.get(field.name, -1.0), float("nan")]
        )
        for value in values:
            with pytest.raises(ValueError, match=field.name):
                kind(**{field.name: value})
            with pytest.raises(ValueError, match=field.name):
                kind().attach([{"parameters": ps, field.name: value}])
    with pytest.raises(TypeError, match="learning_rate"):
        kind(learning_rate="fast")


@every_optimizer
def test_steps_that_cannot_be(kind):
    ps = parameters()
    with pytest.raises(RuntimeError, match=f"{kind.__name__} has no parameters.*attach"):
        kind().step()
    with pytest.raises(RuntimeError, match="attach the parameters first"):
        kind().load_state_dict({})
    optimizer = kind().attach(ps)
    with pytest.raises(RuntimeError, match="no parameter has a gradient.*backward"):
        optimizer.step()
    for p in ps:
        p.frozen = True
    optimizer.step()  # all of it frozen is no mistake
    assert same([p.data for p in ps], STARTS)


# ---- the battery catches what it is for ------------------------------------------------------------
@dataclass(eq=False)
class Forgetful(Adam):
    """Keeps its momentum where no state finds it."""

    vectors = scratch = ()

    def update(self, t, theta, g):
        memory = MEMORY.setdefault(len(theta), np.zeros(len(theta)))
        memory *= 0.9
        memory += g
        theta -= self.learning_rate * memory


MEMORY: dict = {}


def test_a_state_that_is_not_saved_is_caught(tmp_path):
    with pytest.raises(AssertionError):
        test_a_saved_state_goes_on_bit_for_bit(Forgetful, tmp_path)
